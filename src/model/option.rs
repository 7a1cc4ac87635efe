//! The options of a site: their names, kinds and texts. One table serves the command line, the
//! registry's JSON, `list` and `show`, so an option has one name and one syntax everywhere.

use super::{
    AbsolutePathError, BackendError, BackendProtocolError, BalanceError, CidrError, ClientError,
    CountError, ErrorPageError, ForwardAuthError, HeaderError, HstsError, PathError,
    PrerenderedError, RateError, RedirectCodeError, RedirectUrl, ScopedError, ServerNameError,
    SizeError, StaticPathError, SwitchError, TimeoutError, UrlError, VerifyError, WwwError,
};

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
    /// How requests are shared among backends.
    Balance,
    /// How a client stays with a backend.
    Sticky,
    /// Paths that the backends do not see.
    StripPrefix,
    /// The protocol spoken with the backends.
    BackendProtocol,
    /// Verify the certificates of the backends.
    VerifyUpstream,
    /// Speak HTTP/3.
    Http3,
    /// Folders of files for paths.
    StaticPath,
    /// Ask the backends before the files.
    AppFirst,
    /// Serve `index.html` for what is no file.
    Spa,
    /// Look for pages rendered beforehand.
    Prerendered,
    /// Paths whose files never change.
    Immutable,
    /// The largest body of a request.
    MaxBody,
    /// How long a backend may be silent.
    Timeout,
    /// Keep answers back until clients take them.
    Buffering,
    /// How often one client may ask.
    Rate,
    /// How many connections one client may have.
    MaxConnections,
    /// Paths for which users need a password.
    Auth,
    /// Networks that need no password.
    AuthBypass,
    /// Ask a service whether a request may pass.
    ForwardAuth,
    /// Networks that are let in.
    Allow,
    /// Networks that are kept out.
    Deny,
    /// The status of redirects.
    RedirectCode,
    /// Redirect to the name with or without `www.`.
    Www,
    /// A file of redirects.
    RedirectMap,
    /// Headers of every answer.
    Header,
    /// Send the usual headers for safety.
    SecurityHeaders,
    /// Have browsers ask by TLS alone.
    Hsts,
    /// Pages for errors.
    ErrorPage,
    /// Log requests.
    AccessLog,
}

/// The kind of value that an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionKind {
    /// One text.
    Text,
    /// Texts between commas; an array in JSON.
    List,
    /// Texts that may hold commas, the option repeated for each; an array in JSON.
    Rules,
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
    /// Not a rule of balancing.
    #[error("{0}")]
    Balance(#[from] BalanceError),
    /// Not a path.
    #[error("{0}")]
    Prefix(#[from] PathError),
    /// Neither yes nor a file.
    #[error("{0}")]
    Verify(#[from] VerifyError),
    /// Not a path and a folder.
    #[error("{0}")]
    StaticPath(#[from] StaticPathError),
    /// Neither yes nor a path.
    #[error("{0}")]
    Prerendered(#[from] PrerenderedError),
    /// Not a protocol of backends.
    #[error("{0}")]
    Protocol(#[from] ScopedError<BackendProtocolError>),
    /// Not a size.
    #[error("{0}")]
    Size(#[from] ScopedError<SizeError>),
    /// Not a time to wait.
    #[error("{0}")]
    Timeout(#[from] ScopedError<TimeoutError>),
    /// Neither yes nor no, for a path.
    #[error("{0}")]
    Scoped(#[from] ScopedError<SwitchError>),
    /// Not a rate.
    #[error("{0}")]
    Rate(#[from] ScopedError<RateError>),
    /// Not a count.
    #[error("{0}")]
    Count(#[from] ScopedError<CountError>),
    /// Not a network.
    #[error("{0}")]
    Network(#[from] CidrError),
    /// Not a service to ask.
    #[error("{0}")]
    ForwardAuth(#[from] ScopedError<ForwardAuthError>),
    /// Not a network, nor all.
    #[error("{0}")]
    Client(#[from] ScopedError<ClientError>),
    /// Not the status of a redirect.
    #[error("{0}")]
    RedirectCode(#[from] RedirectCodeError),
    /// Neither side of `www.`.
    #[error("{0}")]
    Www(#[from] WwwError),
    /// Not a header.
    #[error("{0}")]
    Header(#[from] ScopedError<HeaderError>),
    /// Not an HSTS policy.
    #[error("{0}")]
    Hsts(#[from] HstsError),
    /// Not a page for errors.
    #[error("{0}")]
    ErrorPage(#[from] ErrorPageError),
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
    pub const ALL: [Self; 44] = [
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
        Self::Balance,
        Self::Sticky,
        Self::StripPrefix,
        Self::BackendProtocol,
        Self::VerifyUpstream,
        Self::Http3,
        Self::StaticPath,
        Self::AppFirst,
        Self::Spa,
        Self::Prerendered,
        Self::Immutable,
        Self::MaxBody,
        Self::Timeout,
        Self::Buffering,
        Self::Rate,
        Self::MaxConnections,
        Self::Auth,
        Self::AuthBypass,
        Self::ForwardAuth,
        Self::Allow,
        Self::Deny,
        Self::RedirectCode,
        Self::Www,
        Self::RedirectMap,
        Self::Header,
        Self::SecurityHeaders,
        Self::Hsts,
        Self::ErrorPage,
        Self::AccessLog,
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
            Self::Balance => "balance",
            Self::Sticky => "sticky",
            Self::StripPrefix => "strip-prefix",
            Self::BackendProtocol => "backend-protocol",
            Self::VerifyUpstream => "https-upstream-verify",
            Self::Http3 => "http3",
            Self::StaticPath => "static-path",
            Self::AppFirst => "app-first",
            Self::Spa => "spa",
            Self::Prerendered => "prerendered",
            Self::Immutable => "immutable",
            Self::MaxBody => "max-body",
            Self::Timeout => "timeout",
            Self::Buffering => "buffering",
            Self::Rate => "rate",
            Self::MaxConnections => "max-connections",
            Self::Auth => "auth",
            Self::AuthBypass => "auth-bypass",
            Self::ForwardAuth => "forward-auth",
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::RedirectCode => "redirect-code",
            Self::Www => "www",
            Self::RedirectMap => "redirect-map",
            Self::Header => "header",
            Self::SecurityHeaders => "security-headers",
            Self::Hsts => "hsts",
            Self::ErrorPage => "error-page",
            Self::AccessLog => "access-log",
        }
    }

    /// The kind of value it takes.
    #[must_use]
    pub const fn kind(self) -> OptionKind {
        match self {
            Self::Host
            | Self::Static
            | Self::Redirect
            | Self::RedirectFull
            | Self::Balance
            | Self::Sticky
            | Self::VerifyUpstream
            | Self::Prerendered
            | Self::RedirectCode
            | Self::Www
            | Self::RedirectMap
            | Self::Hsts => OptionKind::Text,
            Self::Aliases
            | Self::Backends
            | Self::StripPrefix
            | Self::BackendProtocol
            | Self::Immutable
            | Self::MaxBody
            | Self::Timeout
            | Self::Buffering
            | Self::MaxConnections
            | Self::Auth
            | Self::AuthBypass
            | Self::Allow
            | Self::Deny => OptionKind::List,
            Self::StaticPath | Self::Rate | Self::ForwardAuth | Self::Header | Self::ErrorPage => {
                OptionKind::Rules
            }
            Self::Canonical
            | Self::Default
            | Self::Autoindex
            | Self::Https
            | Self::RedirectToHttps
            | Self::Http2
            | Self::HttpsUpstream
            | Self::Websockets
            | Self::Permanent
            | Self::Http3
            | Self::AppFirst
            | Self::Spa
            | Self::SecurityHeaders
            | Self::AccessLog => OptionKind::Switch,
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
