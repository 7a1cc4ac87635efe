//! All sites and settings, as one value.

use super::{
    Backend, Change, ChangeError, Conflict, Settings, Site, SiteName, SitePatch, UnknownHosts,
};

/// The sites in their order (a default site last) and the settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registry {
    /// The settings.
    pub settings: Settings,
    /// The sites.
    pub sites: Vec<Site>,
}

impl Registry {
    /// The site of this name, whatever its case.
    #[must_use]
    pub fn site(&self, name: &SiteName) -> Option<&Site> {
        self.sites
            .iter()
            .find(|site| site.name.as_str().eq_ignore_ascii_case(name.as_str()))
    }

    /// The registry after a change; this one stays as it is.
    pub fn apply(&self, change: &Change) -> Result<Self, ChangeError> {
        let mut after = self.clone();
        match change {
            Change::Add {
                name,
                patch,
                upsert,
            } => match after.position(name) {
                Some(at) if *upsert => after.patch(at, patch)?,
                Some(_) => return Err(ChangeError::Exists(name.clone())),
                None => {
                    after.sites.push(Site::new(name.clone()));
                    let last = after.sites.len() - 1;
                    after.patch(last, patch)?;
                }
            },
            Change::Update { name, patch } => {
                let at = after.position(name).ok_or_else(|| self.unknown(name))?;
                after.patch(at, patch)?;
            }
            Change::Remove { name, if_exists } => match after.position(name) {
                Some(at) => drop(after.sites.remove(at)),
                None if *if_exists => {}
                None => return Err(self.unknown(name)),
            },
            Change::Set { key, value } => {
                let refused = |error| ChangeError::Setting {
                    key: *key,
                    value: value.clone(),
                    error,
                };
                after.settings.assign(*key, value).map_err(refused)?;
            }
            Change::Unset { key } => after.settings.clear(*key),
            Change::Reset => after = Self::default(),
            Change::Refresh => {}
            Change::Replace(other) => after = (**other).clone(),
        }
        // The predecessor's order: nginx asks a default site last in any case, and people read it so.
        after.sites.sort_by_key(Site::is_default);
        after.check()?;
        Ok(after)
    }

    /// Whether the registry agrees with itself; the first thing found that does not.
    pub fn check(&self) -> Result<(), Conflict> {
        super::check::check(self)
    }

    /// What becomes of names that no site has: as set, else they are refused as soon as a site has a name
    /// of its own by which it can be told from others, and none is the default.
    #[must_use]
    pub fn unknown_hosts(&self) -> UnknownHosts {
        let named = self.sites.iter().any(|site| site.host.is_some());
        let default = self.sites.iter().any(Site::is_default);
        self.settings.unknown_hosts.unwrap_or(if named && !default {
            UnknownHosts::Reject
        } else {
            UnknownHosts::FirstSite
        })
    }

    /// The port of a backend on which nginx itself listens, if there is one.
    pub fn own_port(&self, backend: &Backend) -> Option<u16> {
        let tls = self.sites.iter().any(Site::is_https);
        super::check::own_port(backend, &self.settings, tls)
    }

    fn position(&self, name: &SiteName) -> Option<usize> {
        self.sites
            .iter()
            .position(|site| site.name.as_str().eq_ignore_ascii_case(name.as_str()))
    }

    fn unknown(&self, name: &SiteName) -> ChangeError {
        let known = self.sites.iter().map(|site| site.name.clone()).collect();
        ChangeError::Unknown {
            name: name.clone(),
            known,
        }
    }

    fn patch(&mut self, at: usize, patch: &SitePatch) -> Result<(), ChangeError> {
        if patch.move_default {
            for site in &mut self.sites {
                if site.is_default() {
                    site.default = None;
                }
            }
        } else if patch.claims_default() {
            // Here it is known which of the two had it first; their order in the registry does not tell.
            let mut others = self.sites.iter().enumerate().filter(|(i, _)| *i != at);
            let first = others.find(|(_, site)| site.is_default());
            if let (Some((_, first)), Some(second)) = (first, self.sites.get(at)) {
                return Err(ChangeError::Conflict(Conflict::Defaults {
                    first: first.name.clone(),
                    second: second.name.clone(),
                }));
            }
        }
        let Some(site) = self.sites.get_mut(at) else {
            return Ok(());
        };
        for (option, value) in &patch.entries {
            match value {
                None => site.clear(*option),
                Some(value) => {
                    let refused = |error| ChangeError::Value {
                        site: site.name.clone(),
                        option: *option,
                        value: value.to_text(),
                        error,
                    };
                    let mut assigned = site.clone();
                    assigned.assign(*option, value.clone()).map_err(refused)?;
                    *site = assigned;
                }
            }
        }
        Ok(())
    }
}
