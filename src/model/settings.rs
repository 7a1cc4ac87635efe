//! The values of the settings.

use std::fmt;
use std::str::FromStr;

use super::{
    AbsolutePath, AbsolutePathError, Bind, Duration, LogFormat, ServerName, SettingError,
    SettingKey, SettingValue, SiteName, Trust, UnknownHosts, parse_port, parse_switch, shown,
};

/// What the person has set; an unset one follows the nginx that is found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The nginx command.
    pub nginx: Option<CommandLine>,
    /// The folder of `mech.conf`.
    pub conf: Option<AbsolutePath>,
    /// The folder of the override files.
    pub overrides: Option<AbsolutePath>,
    /// The folder of the logs.
    pub logs: Option<AbsolutePath>,
    /// One pair of logs for all sites.
    pub logs_shared: Option<bool>,
    /// The folder of the certificates.
    pub certs: Option<AbsolutePath>,
    /// The addresses to listen on.
    pub bind: Option<Bind>,
    /// The port of plain HTTP, 80 unless set.
    pub http_port: Option<u16>,
    /// The port of TLS, 443 unless set.
    pub https_port: Option<u16>,
    /// HTTP/2 for sites that do not say.
    pub http2: Option<bool>,
    /// The folder of templates.
    pub template: Option<AbsolutePath>,
    /// How to reload.
    pub restart: Option<Restart>,
    /// The second name of every site.
    pub prelaunch_host: Option<PrelaunchHost>,
    /// Whose word on a client's address is believed.
    pub trust: Option<Trust>,
    /// What becomes of names that no site has.
    pub unknown_hosts: Option<UnknownHosts>,
    /// The form of a line in the access logs.
    pub log_format: Option<LogFormat>,
    /// Where a rule for rotating the logs is written.
    pub logrotate: Option<Logrotate>,
    /// How many entries history keeps, 200 unless set.
    pub history_max: Option<u32>,
    /// How long history keeps them, a year unless set.
    pub history_age: Option<Duration>,
}

/// A command and its arguments, as one text that splits as shell words. No shell ever runs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    text: String,
    words: Vec<String>,
}

/// How nginx is told to take a new configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Restart {
    /// Not at all.
    Never,
    /// By this command, in place of a signal to the running master.
    Command(CommandLine),
}

/// Where a rule for rotating the logs is written, if none covers them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Logrotate {
    /// Nowhere.
    Never,
    /// In this folder.
    Folder(AbsolutePath),
}

/// A pattern of host names, with `{shortname}` where each site's shortname goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrelaunchHost(String);

/// Why a command was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CommandError {
    /// No word.
    #[error("a command is expected")]
    Empty,
    /// A quote without its end.
    #[error("a quote is opened and not closed")]
    Quotes,
    /// A control character.
    #[error("a command holds no control character")]
    Control,
    /// A hyphen at the start, as of an option.
    #[error("a command begins with the name of a program, not with `-`")]
    Hyphen,
    /// An argument that has nginx do something.
    #[error("this names the nginx with its -p, -c, -g and -e; what it is to do, such as `{}`, is given when it is run", shown(.0))]
    Verb(String),
}

/// Why a pattern was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PatternError {
    /// No place for the shortname.
    #[error("a pattern holds {{shortname}} once, such as {{shortname}}-prod.example.net")]
    Placeholder,
    /// What it makes is no host name.
    #[error("with a shortname in its place it is no host name: {0}")]
    Name(super::ServerNameError),
    /// A wildcard.
    #[error("a prelaunch host is one name, without `*`")]
    Wildcard,
}

const PLACEHOLDER: &str = "{shortname}";

impl Settings {
    /// The port of plain HTTP.
    #[must_use]
    pub fn http_port(&self) -> u16 {
        self.http_port.unwrap_or(80)
    }

    /// The port of TLS.
    #[must_use]
    pub fn https_port(&self) -> u16 {
        self.https_port.unwrap_or(443)
    }

    /// Takes the value of one setting.
    pub fn assign(&mut self, key: SettingKey, text: &str) -> Result<(), SettingError> {
        match key {
            SettingKey::Nginx => self.nginx = Some(text.parse::<CommandLine>()?.without_verbs()?),
            SettingKey::Conf => self.conf = Some(text.parse()?),
            SettingKey::Overrides => self.overrides = Some(text.parse()?),
            SettingKey::Logs => self.logs = Some(text.parse()?),
            SettingKey::LogsShared => self.logs_shared = Some(parse_switch(text)?),
            SettingKey::Certs => self.certs = Some(text.parse()?),
            SettingKey::Bind => self.bind = Some(text.parse()?),
            SettingKey::HttpPort => self.http_port = Some(parse_port(text)?),
            SettingKey::HttpsPort => self.https_port = Some(parse_port(text)?),
            SettingKey::Http2 => self.http2 = Some(parse_switch(text)?),
            SettingKey::Template => self.template = Some(text.parse()?),
            SettingKey::Restart => self.restart = Some(text.parse()?),
            SettingKey::PrelaunchHost => self.prelaunch_host = Some(text.parse()?),
            SettingKey::Trust => self.trust = Some(text.parse()?),
            SettingKey::UnknownHosts => self.unknown_hosts = Some(text.parse()?),
            SettingKey::LogFormat => self.log_format = Some(text.parse()?),
            SettingKey::Logrotate => self.logrotate = Some(text.parse()?),
            SettingKey::HistoryMax => {
                let count: u32 = text.parse().map_err(|_| SettingError::Count)?;
                if !(1..=100_000).contains(&count) {
                    return Err(SettingError::Count);
                }
                self.history_max = Some(count);
            }
            SettingKey::HistoryAge => self.history_age = Some(text.parse()?),
        }
        Ok(())
    }

    /// Forgets one setting.
    pub fn clear(&mut self, key: SettingKey) {
        match key {
            SettingKey::Nginx => self.nginx = None,
            SettingKey::Conf => self.conf = None,
            SettingKey::Overrides => self.overrides = None,
            SettingKey::Logs => self.logs = None,
            SettingKey::LogsShared => self.logs_shared = None,
            SettingKey::Certs => self.certs = None,
            SettingKey::Bind => self.bind = None,
            SettingKey::HttpPort => self.http_port = None,
            SettingKey::HttpsPort => self.https_port = None,
            SettingKey::Http2 => self.http2 = None,
            SettingKey::Template => self.template = None,
            SettingKey::Restart => self.restart = None,
            SettingKey::PrelaunchHost => self.prelaunch_host = None,
            SettingKey::Trust => self.trust = None,
            SettingKey::UnknownHosts => self.unknown_hosts = None,
            SettingKey::LogFormat => self.log_format = None,
            SettingKey::Logrotate => self.logrotate = None,
            SettingKey::HistoryMax => self.history_max = None,
            SettingKey::HistoryAge => self.history_age = None,
        }
    }

    /// What was set for one key.
    pub fn value(&self, key: SettingKey) -> Option<SettingValue> {
        fn text<T: ToString>(item: Option<&T>) -> Option<SettingValue> {
            item.map(|item| SettingValue::Text(item.to_string()))
        }
        let port = |port: Option<u16>| port.map(|p| SettingValue::Number(u64::from(p)));
        match key {
            SettingKey::Nginx => text(self.nginx.as_ref()),
            SettingKey::Conf => text(self.conf.as_ref()),
            SettingKey::Overrides => text(self.overrides.as_ref()),
            SettingKey::Logs => text(self.logs.as_ref()),
            SettingKey::LogsShared => self.logs_shared.map(SettingValue::Switch),
            SettingKey::Certs => text(self.certs.as_ref()),
            SettingKey::Bind => text(self.bind.as_ref()),
            SettingKey::HttpPort => port(self.http_port),
            SettingKey::HttpsPort => port(self.https_port),
            SettingKey::Http2 => self.http2.map(SettingValue::Switch),
            SettingKey::Template => text(self.template.as_ref()),
            SettingKey::Restart => self.restart.as_ref().map(|restart| match restart {
                Restart::Never => SettingValue::Switch(false),
                Restart::Command(command) => SettingValue::Text(command.to_string()),
            }),
            SettingKey::PrelaunchHost => text(self.prelaunch_host.as_ref()),
            SettingKey::Trust => text(self.trust.as_ref()),
            SettingKey::UnknownHosts => text(self.unknown_hosts.as_ref()),
            SettingKey::LogFormat => text(self.log_format.as_ref()),
            SettingKey::Logrotate => self.logrotate.as_ref().map(|logrotate| match logrotate {
                Logrotate::Never => SettingValue::Switch(false),
                Logrotate::Folder(folder) => SettingValue::Text(folder.to_string()),
            }),
            SettingKey::HistoryMax => self.history_max.map(|n| SettingValue::Number(u64::from(n))),
            SettingKey::HistoryAge => text(self.history_age.as_ref()),
        }
    }

    /// Everything that was set, in the order of [`SettingKey::ALL`].
    pub fn said(&self) -> impl Iterator<Item = (SettingKey, SettingValue)> {
        SettingKey::ALL
            .into_iter()
            .filter_map(|key| self.value(key).map(|value| (key, value)))
    }
}

impl CommandLine {
    /// The program and its arguments; never empty.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Refuses nginx's own verbs: with `-s stop` in it, the command that starts nginx would stop it.
    fn without_verbs(self) -> Result<Self, CommandError> {
        let mut words = self.words.iter().skip(1);
        while let Some(word) = words.next() {
            let flags = word.strip_prefix('-').unwrap_or_default();
            if flags.starts_with(['t', 'T', 'v', 'V', 'h', '?', 's', 'q']) {
                return Err(CommandError::Verb(word.clone()));
            }
            if matches!(flags, "p" | "c" | "g" | "e") {
                words.next();
            }
        }
        Ok(self)
    }
}

impl FromStr for CommandLine {
    type Err = CommandError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.chars().any(char::is_control) {
            return Err(CommandError::Control);
        }
        let words = shell_words::split(text).map_err(|_| CommandError::Quotes)?;
        if words.first().is_none_or(String::is_empty) {
            return Err(CommandError::Empty);
        }
        if text.trim_start().starts_with('-') {
            return Err(CommandError::Hyphen);
        }
        Ok(Self {
            text: text.to_owned(),
            words,
        })
    }
}

impl FromStr for Restart {
    type Err = CommandError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match parse_switch(text) {
            Ok(false) => Ok(Self::Never),
            _ => text.parse().map(Self::Command),
        }
    }
}

impl FromStr for Logrotate {
    type Err = AbsolutePathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match parse_switch(text) {
            Ok(false) => Ok(Self::Never),
            _ => text.parse().map(Self::Folder),
        }
    }
}

impl PrelaunchHost {
    /// The name of one site.
    #[must_use]
    pub fn of(&self, site: &SiteName) -> String {
        self.0.replace(PLACEHOLDER, &site.folded())
    }
}

impl FromStr for PrelaunchHost {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.matches(PLACEHOLDER).count() != 1 {
            return Err(PatternError::Placeholder);
        }
        if !text.is_ascii() {
            return Err(PatternError::Name(super::ServerNameError::International));
        }
        // `s` stands for any shortname; the longest ones are checked when a site has them.
        let (before, after) = text.split_once(PLACEHOLDER).unwrap_or((text, ""));
        let sample: ServerName = format!("{before}s{after}")
            .parse()
            .map_err(PatternError::Name)?;
        if sample.is_wildcard() {
            return Err(PatternError::Wildcard);
        }
        Ok(Self(format!(
            "{}{PLACEHOLDER}{}",
            before.to_ascii_lowercase(),
            after.to_ascii_lowercase()
        )))
    }
}

impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for PrelaunchHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
