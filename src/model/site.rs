//! One site of the registry.

use std::str::FromStr;

use super::option::parse_full_url;
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
        match option {
            SiteOption::Host => self.host = Some(value.text()?.trim().parse()?),
            SiteOption::Aliases => self.aliases = parse_list(value.list()?)?,
            SiteOption::Backends => {
                self.backends = parse_list(value.list()?)?;
                // The predecessor kept them so, and what is below one path is read together.
                self.backends.sort_by(|a, b| a.group().cmp(b.group()));
            }
            SiteOption::Canonical => self.canonical = Some(value.switch()?),
            SiteOption::Default => self.default = Some(value.switch()?),
            SiteOption::Static => self.static_root = Some(value.text()?.parse()?),
            SiteOption::Autoindex => self.autoindex = Some(value.switch()?),
            SiteOption::Https => self.https = Some(value.switch()?),
            SiteOption::RedirectToHttps => self.redirect_to_https = Some(value.switch()?),
            SiteOption::Http2 => self.http2 = Some(value.switch()?),
            SiteOption::HttpsUpstream => self.https_upstream = Some(value.switch()?),
            SiteOption::Websockets => self.websockets = Some(value.switch()?),
            SiteOption::Redirect => {
                self.redirect = Some(value.text()?.trim().parse()?);
                self.redirect_full = None;
            }
            SiteOption::RedirectFull => {
                self.redirect_full = Some(parse_full_url(value.text()?.trim())?);
                self.redirect = None;
            }
            SiteOption::Permanent => self.permanent = Some(value.switch()?),
        }
        Ok(())
    }

    /// Forgets what was said of one option.
    pub fn clear(&mut self, option: SiteOption) {
        match option {
            SiteOption::Host => self.host = None,
            SiteOption::Aliases => self.aliases = Vec::new(),
            SiteOption::Backends => self.backends = Vec::new(),
            SiteOption::Canonical => self.canonical = None,
            SiteOption::Default => self.default = None,
            SiteOption::Static => self.static_root = None,
            SiteOption::Autoindex => self.autoindex = None,
            SiteOption::Https => self.https = None,
            SiteOption::RedirectToHttps => self.redirect_to_https = None,
            SiteOption::Http2 => self.http2 = None,
            SiteOption::HttpsUpstream => self.https_upstream = None,
            SiteOption::Websockets => self.websockets = None,
            SiteOption::Redirect => self.redirect = None,
            SiteOption::RedirectFull => self.redirect_full = None,
            SiteOption::Permanent => self.permanent = None,
        }
    }

    /// What was said of one option.
    #[must_use]
    pub fn value(&self, option: SiteOption) -> Option<OptionValue> {
        fn list<T: ToString>(items: &[T]) -> Option<OptionValue> {
            (!items.is_empty()).then(|| OptionValue::List(items.iter().map(T::to_string).collect()))
        }
        fn text<T: ToString>(item: Option<&T>) -> Option<OptionValue> {
            item.map(|item| OptionValue::Text(item.to_string()))
        }
        let switch = |said: Option<bool>| said.map(OptionValue::Switch);
        match option {
            SiteOption::Host => text(self.host.as_ref()),
            SiteOption::Aliases => list(&self.aliases),
            SiteOption::Backends => list(&self.backends),
            SiteOption::Canonical => switch(self.canonical),
            SiteOption::Default => switch(self.default),
            SiteOption::Static => text(self.static_root.as_ref()),
            SiteOption::Autoindex => switch(self.autoindex),
            SiteOption::Https => switch(self.https),
            SiteOption::RedirectToHttps => switch(self.redirect_to_https),
            SiteOption::Http2 => switch(self.http2),
            SiteOption::HttpsUpstream => switch(self.https_upstream),
            SiteOption::Websockets => switch(self.websockets),
            SiteOption::Redirect => text(self.redirect.as_ref()),
            SiteOption::RedirectFull => text(self.redirect_full.as_ref()),
            SiteOption::Permanent => switch(self.permanent),
        }
    }

    /// Everything that was said, in the order of [`SiteOption::ALL`].
    pub fn said(&self) -> impl Iterator<Item = (SiteOption, OptionValue)> {
        SiteOption::ALL
            .into_iter()
            .filter_map(|option| self.value(option).map(|value| (option, value)))
    }
}

fn parse_list<T>(items: Vec<String>) -> Result<Vec<T>, ValueError>
where
    T: FromStr + ToString + PartialEq,
    ValueError: From<T::Err>,
{
    let mut parsed: Vec<T> = Vec::with_capacity(items.len());
    let alone = items.len() == 1;
    for item in items {
        // Where there is one entry, whoever tells the value has told the entry.
        let refused = |error: T::Err| match error.into() {
            error if alone => error,
            error => ValueError::Item {
                item: item.clone(),
                error: Box::new(error),
            },
        };
        let value: T = item.trim().parse().map_err(refused)?;
        if parsed.contains(&value) {
            return Err(ValueError::Repeated(value.to_string()));
        }
        parsed.push(value);
    }
    Ok(parsed)
}
