//! The settings: their names and texts, one table as for the options of a site.

use super::{
    AbsolutePathError, BindError, CommandError, DurationError, LogFormatError, PatternError,
    PortError, SwitchError, TrustError, UnknownHostsError,
};

/// A setting that holds for all sites.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SettingKey {
    /// The nginx command.
    Nginx,
    /// The folder that holds `mech.conf`.
    Conf,
    /// The folder of the override files.
    Overrides,
    /// The folder of the logs.
    Logs,
    /// One pair of log files for all sites.
    LogsShared,
    /// The folder of the certificates.
    Certs,
    /// The addresses to listen on.
    Bind,
    /// The port of plain HTTP.
    HttpPort,
    /// The port of TLS.
    HttpsPort,
    /// HTTP/2 on TLS.
    Http2,
    /// A folder of templates in place of the built-in ones.
    Template,
    /// How nginx is told to reload.
    Restart,
    /// A second name for every site.
    PrelaunchHost,
    /// Whose word on a client's address is believed.
    Trust,
    /// What becomes of names that no site has.
    UnknownHosts,
    /// The form of a line in the access logs.
    LogFormat,
    /// Where a rule for rotating the logs is written.
    Logrotate,
    /// How many entries history keeps.
    HistoryMax,
    /// How long history keeps entries.
    HistoryAge,
}

/// A setting's value as the registry writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingValue {
    /// A text.
    Text(String),
    /// A whole number.
    Number(u64),
    /// Yes or no.
    Switch(bool),
}

/// Why a setting's value was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SettingError {
    /// Not an absolute path.
    #[error("{0}")]
    Path(#[from] AbsolutePathError),
    /// Not an address to listen on.
    #[error("{0}")]
    Bind(#[from] BindError),
    /// Not a port.
    #[error("{0}")]
    Port(#[from] PortError),
    /// Neither yes nor no.
    #[error("{0}")]
    Switch(#[from] SwitchError),
    /// Not a command.
    #[error("{0}")]
    Command(#[from] CommandError),
    /// Not a pattern of host names.
    #[error("{0}")]
    Pattern(#[from] PatternError),
    /// Not a length of time.
    #[error("{0}")]
    Duration(#[from] DurationError),
    /// Nobody to trust.
    #[error("{0}")]
    Trust(#[from] TrustError),
    /// No answer to unknown names.
    #[error("{0}")]
    UnknownHosts(#[from] UnknownHostsError),
    /// No form of a log.
    #[error("{0}")]
    LogFormat(#[from] LogFormatError),
    /// Not a whole number in its range.
    #[error("a whole number from 1 to 100000 is expected")]
    Count,
}

impl SettingKey {
    /// Every setting, in the order in which `list` replays them: first what finds nginx.
    pub const ALL: [Self; 19] = [
        Self::Nginx,
        Self::Conf,
        Self::Overrides,
        Self::Logs,
        Self::LogsShared,
        Self::Certs,
        Self::Bind,
        Self::HttpPort,
        Self::HttpsPort,
        Self::Http2,
        Self::Template,
        Self::Restart,
        Self::PrelaunchHost,
        Self::Trust,
        Self::UnknownHosts,
        Self::LogFormat,
        Self::Logrotate,
        Self::HistoryMax,
        Self::HistoryAge,
    ];

    /// The name on the command line and in the registry.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Conf => "conf",
            Self::Overrides => "overrides",
            Self::Logs => "logs",
            Self::LogsShared => "logs-shared",
            Self::Certs => "certs",
            Self::Bind => "bind",
            Self::HttpPort => "http-port",
            Self::HttpsPort => "https-port",
            Self::Http2 => "http2",
            Self::Template => "template",
            Self::Restart => "restart",
            Self::PrelaunchHost => "prelaunch-host",
            Self::Trust => "trust",
            Self::UnknownHosts => "unknown-hosts",
            Self::LogFormat => "log-format",
            Self::Logrotate => "logrotate",
            Self::HistoryMax => "history-max",
            Self::HistoryAge => "history-age",
        }
    }

    /// What it means, in one line.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Nginx => "the nginx command with its arguments",
            Self::Conf => "the folder that holds mech.conf; nginx.conf must include it",
            Self::Overrides => "the folder of the override files",
            Self::Logs => "the folder of the access and error logs",
            Self::LogsShared => "one pair of log files for all sites instead of one pair a site",
            Self::Certs => "the folder of <name>.cer and <name>.key",
            Self::Bind => "the addresses to listen on; * is every address, IPv4 and IPv6",
            Self::HttpPort => "the port of plain HTTP",
            Self::HttpsPort => "the port of HTTPS",
            Self::Http2 => "HTTP/2 for every https site that does not say otherwise",
            Self::Template => {
                "a folder whose files replace the built-in templates of the same name"
            }
            Self::Restart => "the reload command, run without a shell; false = never reload",
            Self::PrelaunchHost => {
                "a second name for every site, such as {shortname}-prod.example.net"
            }
            Self::Trust => {
                "whose word on the address of a client is believed: networks, cloudflare, @/FILE or proxy-protocol"
            }
            Self::UnknownHosts => "what a name that no site has gets: reject, default-site or 404",
            Self::LogFormat => "the form of a line in the access logs: combined or json",
            Self::Logrotate => {
                "the folder of logrotate, where a rule is made if none covers the logs; false = never"
            }
            Self::HistoryMax => "how many history entries are kept",
            Self::HistoryAge => "how long history entries are kept",
        }
    }

    /// The setting of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.name() == name)
    }
}

impl SettingValue {
    /// The value in the command line's syntax.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Switch(on) => on.to_string(),
        }
    }
}
