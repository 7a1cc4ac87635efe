//! One site of the registry.

use super::option::parse_full_url;
use super::slot::{Slot, TextValue};
use super::{
    AbsolutePath, Backend, BackendProtocol, Balance, Cidr, Client, Count, ErrorPage, ForwardAuth,
    Header, Hsts, OptionValue, Prerendered, Rate, RedirectCode, RedirectUrl, Scope, Scoped,
    ServerName, SiteName, SiteOption, Size, StaticPath, Sticky, Switch, Target, Timeout, UrlPath,
    ValueError, Verify, Www,
};

/// A site: what the person said of it, and nothing derived.
///
/// A switch that was never said is `None`; what that means is told by the method of the same name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The shortname.
    pub name: SiteName,
    /// The main host name; without one the site answers to its shortname.
    pub host: Option<ServerName>,
    /// The other names.
    pub aliases: Vec<ServerName>,
    /// Where requests go, those of one path together, in the order of their paths.
    pub backends: Vec<Backend>,
    /// Redirect aliases to the host.
    pub canonical: Option<bool>,
    /// Answer requests that no site matches.
    pub default: Option<bool>,
    /// Files served by nginx.
    pub static_root: Option<AbsolutePath>,
    /// Serve a directory's `index.html`.
    pub autoindex: Option<bool>,
    /// Serve TLS.
    pub https: Option<bool>,
    /// Redirect plain HTTP to TLS.
    pub redirect_to_https: Option<bool>,
    /// Speak HTTP/2; unset follows the setting.
    pub http2: Option<bool>,
    /// Speak TLS to the backends.
    pub https_upstream: Option<bool>,
    /// Pass websockets; unset means yes.
    pub websockets: Option<bool>,
    /// Redirect everything to one URL.
    pub redirect: Option<RedirectUrl>,
    /// Redirect everything to the same path elsewhere.
    pub redirect_full: Option<RedirectUrl>,
    /// Redirect with 301 instead of 302.
    pub permanent: Option<bool>,
    /// How requests are shared among backends.
    pub balance: Option<Balance>,
    /// How a client stays with a backend.
    pub sticky: Option<Sticky>,
    /// Paths that the backends do not see.
    pub strip_prefix: Vec<UrlPath>,
    /// The protocol spoken with the backends.
    pub backend_protocol: Vec<Scoped<BackendProtocol>>,
    /// Verify the certificates of the backends.
    pub verify_upstream: Option<Verify>,
    /// Speak HTTP/3.
    pub http3: Option<bool>,
    /// Folders of files for paths.
    pub static_paths: Vec<StaticPath>,
    /// Ask the backends before the files.
    pub app_first: Option<bool>,
    /// Serve `index.html` for what is no file.
    pub spa: Option<bool>,
    /// Look for pages rendered beforehand.
    pub prerendered: Option<Prerendered>,
    /// Paths whose files never change.
    pub immutable: Vec<UrlPath>,
    /// The largest body of a request.
    pub max_body: Vec<Scoped<Size>>,
    /// How long a backend may be silent.
    pub timeout: Vec<Scoped<Timeout>>,
    /// Keep answers back until clients take them.
    pub buffering: Vec<Scoped<Switch>>,
    /// How often one client may ask.
    pub rate: Vec<Scoped<Rate>>,
    /// How many connections one client may have.
    pub max_connections: Vec<Scoped<Count>>,
    /// Paths for which users need a password.
    pub auth: Vec<Scope>,
    /// Networks that need no password.
    pub auth_bypass: Vec<Cidr>,
    /// Ask a service whether a request may pass.
    pub forward_auth: Vec<Scoped<ForwardAuth>>,
    /// Networks that are let in.
    pub allow: Vec<Scoped<Client>>,
    /// Networks that are kept out.
    pub deny: Vec<Scoped<Client>>,
    /// The status of redirects.
    pub redirect_code: Option<RedirectCode>,
    /// Redirect to the name with or without `www.`.
    pub www: Option<Www>,
    /// A file of redirects.
    pub redirect_map: Option<AbsolutePath>,
    /// Headers of every answer.
    pub headers: Vec<Scoped<Header>>,
    /// Send the usual headers for safety.
    pub security_headers: Option<bool>,
    /// Have browsers ask by TLS alone.
    pub hsts: Option<Hsts>,
    /// Pages for errors.
    pub error_pages: Vec<ErrorPage>,
    /// Log requests.
    pub access_log: Option<bool>,
}

impl Site {
    /// A site of which nothing is said yet.
    #[must_use]
    pub fn new(name: SiteName) -> Self {
        Self {
            name,
            host: None,
            aliases: Vec::new(),
            backends: Vec::new(),
            canonical: None,
            default: None,
            static_root: None,
            autoindex: None,
            https: None,
            redirect_to_https: None,
            http2: None,
            https_upstream: None,
            websockets: None,
            redirect: None,
            redirect_full: None,
            permanent: None,
            balance: None,
            sticky: None,
            strip_prefix: Vec::new(),
            backend_protocol: Vec::new(),
            verify_upstream: None,
            http3: None,
            static_paths: Vec::new(),
            app_first: None,
            spa: None,
            prerendered: None,
            immutable: Vec::new(),
            max_body: Vec::new(),
            timeout: Vec::new(),
            buffering: Vec::new(),
            rate: Vec::new(),
            max_connections: Vec::new(),
            auth: Vec::new(),
            auth_bypass: Vec::new(),
            forward_auth: Vec::new(),
            allow: Vec::new(),
            deny: Vec::new(),
            redirect_code: None,
            www: None,
            redirect_map: None,
            headers: Vec::new(),
            security_headers: None,
            hsts: None,
            error_pages: Vec::new(),
            access_log: None,
        }
    }

    /// The main host name: the one given, on the side of `www.` where the site lives, else the shortname.
    #[must_use]
    pub fn main_name(&self) -> String {
        let Some(host) = &self.host else {
            return self.name.folded();
        };
        match self.www {
            None => host.as_str().to_owned(),
            Some(Www::Strip) => bare(host).to_owned(),
            Some(Www::Add) => format!("www.{}", bare(host)),
        }
    }

    /// The name on the other side of `www.`, which is redirected to the main one.
    #[must_use]
    pub fn twin(&self) -> Option<String> {
        let host = self.host.as_ref()?;
        match self.www? {
            Www::Strip => Some(format!("www.{}", bare(host))),
            Www::Add => Some(bare(host).to_owned()),
        }
    }

    /// The main name, its twin and the aliases.
    pub fn names(&self) -> impl Iterator<Item = String> {
        let aliases = self.aliases.iter().map(|a| a.as_str().to_owned());
        std::iter::once(self.main_name())
            .chain(self.twin())
            .chain(aliases)
    }

    /// The status of its redirects: as said, else 302.
    #[must_use]
    pub fn redirect_code(&self) -> RedirectCode {
        let older = if self.permanent == Some(true) {
            RedirectCode::MovedPermanently
        } else {
            RedirectCode::Found
        };
        self.redirect_code.unwrap_or(older)
    }

    /// Whether it answers requests that no site matches.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.default == Some(true)
    }

    /// Whether it serves TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.https == Some(true)
    }

    /// Whether plain HTTP is redirected to TLS.
    #[must_use]
    pub fn redirects_to_https(&self) -> bool {
        self.is_https() && self.redirect_to_https == Some(true)
    }

    /// Whether aliases are redirected to the host.
    #[must_use]
    pub fn is_canonical(&self) -> bool {
        self.canonical == Some(true)
    }

    /// Whether a directory's `index.html` is served: as said, else for sites without backends.
    #[must_use]
    pub fn serves_index(&self) -> bool {
        self.autoindex.unwrap_or(self.backends.is_empty())
    }

    /// Whether websockets are passed: unless said otherwise.
    #[must_use]
    pub fn passes_websockets(&self) -> bool {
        self.websockets != Some(false)
    }

    /// The files that backends are read from.
    pub fn backend_files(&self) -> impl Iterator<Item = &AbsolutePath> {
        self.backends
            .iter()
            .filter_map(|backend| match &backend.target {
                Target::File(path) => Some(path),
                Target::Ports(..) | Target::Unix(_) => None,
            })
    }

    /// Takes one option's value.
    pub fn assign(&mut self, option: SiteOption, value: OptionValue) -> Result<(), ValueError> {
        let value = match value {
            // Spaces around a path belong to it.
            OptionValue::Text(text) if option != SiteOption::Static => {
                OptionValue::Text(text.trim().to_owned())
            }
            value => value,
        };
        if option == SiteOption::RedirectFull {
            self.redirect_full = Some(parse_full_url(&value.text()?)?);
        } else {
            self.slot_mut(option).take(value)?;
        }
        match option {
            // The predecessor kept them so, and what is below one path is read together.
            SiteOption::Backends => self.backends.sort_by(|a, b| a.group().cmp(b.group())),
            SiteOption::Redirect => self.redirect_full = None,
            SiteOption::RedirectFull => self.redirect = None,
            SiteOption::RedirectCode => self.permanent = None,
            SiteOption::Permanent => self.redirect_code = None,
            _ => {}
        }
        Ok(())
    }

    /// Forgets what was said of one option.
    pub fn clear(&mut self, option: SiteOption) {
        self.slot_mut(option).clear();
    }

    /// What was said of one option.
    #[must_use]
    pub fn value(&self, option: SiteOption) -> Option<OptionValue> {
        self.slot(option).said()
    }

    /// Everything that was said, in the order of [`SiteOption::ALL`].
    pub fn said(&self) -> impl Iterator<Item = (SiteOption, OptionValue)> {
        SiteOption::ALL
            .into_iter()
            .filter_map(|option| self.value(option).map(|value| (option, value)))
    }

    fn slot(&self, option: SiteOption) -> &dyn Slot {
        match option {
            SiteOption::Host => &self.host,
            SiteOption::Aliases => &self.aliases,
            SiteOption::Backends => &self.backends,
            SiteOption::Canonical => &self.canonical,
            SiteOption::Default => &self.default,
            SiteOption::Static => &self.static_root,
            SiteOption::Autoindex => &self.autoindex,
            SiteOption::Https => &self.https,
            SiteOption::RedirectToHttps => &self.redirect_to_https,
            SiteOption::Http2 => &self.http2,
            SiteOption::HttpsUpstream => &self.https_upstream,
            SiteOption::Websockets => &self.websockets,
            SiteOption::Redirect => &self.redirect,
            SiteOption::RedirectFull => &self.redirect_full,
            SiteOption::Permanent => &self.permanent,
            SiteOption::Balance => &self.balance,
            SiteOption::Sticky => &self.sticky,
            SiteOption::StripPrefix => &self.strip_prefix,
            SiteOption::BackendProtocol => &self.backend_protocol,
            SiteOption::VerifyUpstream => &self.verify_upstream,
            SiteOption::Http3 => &self.http3,
            SiteOption::StaticPath => &self.static_paths,
            SiteOption::AppFirst => &self.app_first,
            SiteOption::Spa => &self.spa,
            SiteOption::Prerendered => &self.prerendered,
            SiteOption::Immutable => &self.immutable,
            SiteOption::MaxBody => &self.max_body,
            SiteOption::Timeout => &self.timeout,
            SiteOption::Buffering => &self.buffering,
            SiteOption::Rate => &self.rate,
            SiteOption::MaxConnections => &self.max_connections,
            SiteOption::Auth => &self.auth,
            SiteOption::AuthBypass => &self.auth_bypass,
            SiteOption::ForwardAuth => &self.forward_auth,
            SiteOption::Allow => &self.allow,
            SiteOption::Deny => &self.deny,
            SiteOption::RedirectCode => &self.redirect_code,
            SiteOption::Www => &self.www,
            SiteOption::RedirectMap => &self.redirect_map,
            SiteOption::Header => &self.headers,
            SiteOption::SecurityHeaders => &self.security_headers,
            SiteOption::Hsts => &self.hsts,
            SiteOption::ErrorPage => &self.error_pages,
            SiteOption::AccessLog => &self.access_log,
        }
    }

    fn slot_mut(&mut self, option: SiteOption) -> &mut dyn Slot {
        match option {
            SiteOption::Host => &mut self.host,
            SiteOption::Aliases => &mut self.aliases,
            SiteOption::Backends => &mut self.backends,
            SiteOption::Canonical => &mut self.canonical,
            SiteOption::Default => &mut self.default,
            SiteOption::Static => &mut self.static_root,
            SiteOption::Autoindex => &mut self.autoindex,
            SiteOption::Https => &mut self.https,
            SiteOption::RedirectToHttps => &mut self.redirect_to_https,
            SiteOption::Http2 => &mut self.http2,
            SiteOption::HttpsUpstream => &mut self.https_upstream,
            SiteOption::Websockets => &mut self.websockets,
            SiteOption::Redirect => &mut self.redirect,
            SiteOption::RedirectFull => &mut self.redirect_full,
            SiteOption::Permanent => &mut self.permanent,
            SiteOption::Balance => &mut self.balance,
            SiteOption::Sticky => &mut self.sticky,
            SiteOption::StripPrefix => &mut self.strip_prefix,
            SiteOption::BackendProtocol => &mut self.backend_protocol,
            SiteOption::VerifyUpstream => &mut self.verify_upstream,
            SiteOption::Http3 => &mut self.http3,
            SiteOption::StaticPath => &mut self.static_paths,
            SiteOption::AppFirst => &mut self.app_first,
            SiteOption::Spa => &mut self.spa,
            SiteOption::Prerendered => &mut self.prerendered,
            SiteOption::Immutable => &mut self.immutable,
            SiteOption::MaxBody => &mut self.max_body,
            SiteOption::Timeout => &mut self.timeout,
            SiteOption::Buffering => &mut self.buffering,
            SiteOption::Rate => &mut self.rate,
            SiteOption::MaxConnections => &mut self.max_connections,
            SiteOption::Auth => &mut self.auth,
            SiteOption::AuthBypass => &mut self.auth_bypass,
            SiteOption::ForwardAuth => &mut self.forward_auth,
            SiteOption::Allow => &mut self.allow,
            SiteOption::Deny => &mut self.deny,
            SiteOption::RedirectCode => &mut self.redirect_code,
            SiteOption::Www => &mut self.www,
            SiteOption::RedirectMap => &mut self.redirect_map,
            SiteOption::Header => &mut self.headers,
            SiteOption::SecurityHeaders => &mut self.security_headers,
            SiteOption::Hsts => &mut self.hsts,
            SiteOption::ErrorPage => &mut self.error_pages,
            SiteOption::AccessLog => &mut self.access_log,
        }
    }
}

/// A host name without `www.`.
fn bare(host: &ServerName) -> &str {
    let name = host.as_str();
    name.strip_prefix("www.").unwrap_or(name)
}

impl TextValue for ServerName {}
impl TextValue for AbsolutePath {}
impl TextValue for RedirectUrl {}
impl TextValue for Balance {}
impl TextValue for Hsts {}
impl TextValue for Prerendered {}
impl TextValue for RedirectCode {}
impl TextValue for Sticky {}
impl TextValue for Verify {}
impl TextValue for Www {}
