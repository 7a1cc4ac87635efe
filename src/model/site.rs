//! One site of the registry.

use super::option::parse_full_url;
use super::slot::{Slot, TextValue};
use super::{
    AbsolutePath, Backend, OptionValue, RedirectUrl, ServerName, SiteName, SiteOption, Target,
    ValueError,
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
        }
    }

    /// The main host name: the one given, else the shortname.
    #[must_use]
    pub fn main_name(&self) -> String {
        self.host
            .as_ref()
            .map_or_else(|| self.name.folded(), |host| host.as_str().to_owned())
    }

    /// The main name and the aliases.
    pub fn names(&self) -> impl Iterator<Item = String> {
        std::iter::once(self.main_name()).chain(self.aliases.iter().map(|a| a.as_str().to_owned()))
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
        }
    }
}

impl TextValue for ServerName {}
impl TextValue for AbsolutePath {}
impl TextValue for RedirectUrl {}
