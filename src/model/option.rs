//! The options of a site: their names, kinds and texts. One table serves the command line, the
//! registry's JSON, `list` and `show`, so an option has one name and one syntax everywhere.

use super::{AbsolutePathError, BackendError, RedirectUrl, ServerNameError, SwitchError, UrlError};

/// An option of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SiteOption {
    /// The main host name.
    Host,
    /// The other names.
    Aliases,
    /// Where requests go.
    Backends,
    /// Redirect aliases to the host.
    Canonical,
    /// Answer requests that no site matches.
    Default,
    /// The folder of files that nginx serves first.
    Static,
    /// Serve a directory's `index.html`.
    Autoindex,
    /// Serve TLS.
    Https,
    /// Redirect plain HTTP to TLS.
    RedirectToHttps,
    /// Speak HTTP/2 on TLS.
    Http2,
    /// Speak TLS to the backends.
    HttpsUpstream,
    /// Pass websockets.
    Websockets,
    /// Redirect everything to one URL.
    Redirect,
    /// Redirect everything to the same path elsewhere.
    RedirectFull,
    /// Redirect with 301 instead of 302.
    Permanent,
}

/// The kind of value that an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionKind {
    /// One text.
    Text,
    /// Texts between commas; an array in JSON.
    List,
    /// Yes or no.
    Switch,
}

/// A value on its way into or out of a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OptionValue {
    /// One text.
    Text(String),
    /// Several texts.
    List(Vec<String>),
    /// Yes or no.
    Switch(bool),
}

/// Why a value was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ValueError {
    /// Not a host name.
    #[error("{0}")]
    ServerName(#[from] ServerNameError),
    /// Not a backend.
    #[error("{0}")]
    Backend(#[from] BackendError),
    /// Not an absolute path.
    #[error("{0}")]
    Path(#[from] AbsolutePathError),
    /// Not a URL.
    #[error("{0}")]
    Url(#[from] UrlError),
    /// Neither yes nor no.
    #[error("{0}")]
    Switch(#[from] SwitchError),
    /// A value of another kind than the option's.
    #[error("this option takes {0}")]
    Kind(&'static str),
    /// One entry of a list.
    #[error("`{}`: {error}", shown(item))]
    Item {
        /// The entry.
        item: String,
        /// What is wrong with it.
        error: Box<ValueError>,
    },
    /// The same entry twice in one list.
    #[error("`{0}` is listed twice")]
    Repeated(String),
}

impl SiteOption {
    /// Every option, in the order in which all output lists them.
    pub const ALL: [Self; 15] = [
        Self::Host,
        Self::Aliases,
        Self::Backends,
        Self::Canonical,
        Self::Default,
        Self::Static,
        Self::Autoindex,
        Self::Https,
        Self::RedirectToHttps,
        Self::Http2,
        Self::HttpsUpstream,
        Self::Websockets,
        Self::Redirect,
        Self::RedirectFull,
        Self::Permanent,
    ];

    /// The name on the command line (after `--`) and in the registry.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Aliases => "aliases",
            Self::Backends => "backends",
            Self::Canonical => "canonical",
            Self::Default => "default",
            Self::Static => "static",
            Self::Autoindex => "autoindex",
            Self::Https => "https",
            Self::RedirectToHttps => "redirect-to-https",
            Self::Http2 => "http2",
            Self::HttpsUpstream => "https-upstream",
            Self::Websockets => "websockets",
            Self::Redirect => "redirect",
            Self::RedirectFull => "redirect-full",
            Self::Permanent => "permanent",
        }
    }

    /// The kind of value it takes.
    #[must_use]
    pub const fn kind(self) -> OptionKind {
        match self {
            Self::Host | Self::Static | Self::Redirect | Self::RedirectFull => OptionKind::Text,
            Self::Aliases | Self::Backends => OptionKind::List,
            Self::Canonical
            | Self::Default
            | Self::Autoindex
            | Self::Https
            | Self::RedirectToHttps
            | Self::Http2
            | Self::HttpsUpstream
            | Self::Websockets
            | Self::Permanent => OptionKind::Switch,
        }
    }

    /// The option of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|option| option.name() == name)
    }
}

impl OptionValue {
    /// The value in the command line's syntax.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::List(items) => items.join(","),
            Self::Switch(on) => on.to_string(),
        }
    }

    pub(super) fn text(self) -> Result<String, ValueError> {
        match self {
            Self::Text(text) => Ok(text),
            _ => Err(ValueError::Kind("one text")),
        }
    }

    pub(super) fn list(self) -> Result<Vec<String>, ValueError> {
        match self {
            Self::List(items) => Ok(items),
            _ => Err(ValueError::Kind("a list")),
        }
    }

    pub(super) fn switch(self) -> Result<bool, ValueError> {
        match self {
            Self::Switch(on) => Ok(on),
            _ => Err(ValueError::Kind("true or false")),
        }
    }
}

/// Reads a URL to which requests' own paths are appended.
pub(super) fn parse_full_url(text: &str) -> Result<RedirectUrl, UrlError> {
    text.parse::<RedirectUrl>()?.without_query()
}

/// A refused value as a message shows it: on one line, and not longer than a person reads.
#[must_use]
pub fn shown(value: &str) -> String {
    const MOST: usize = 100;
    let start: String = value.chars().take(MOST).collect();
    let more = if start.len() < value.len() { "…" } else { "" };
    format!("{}{more}", start.escape_debug())
}
