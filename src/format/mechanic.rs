//! The predecessor's registry (`mechanic` 1.8, `/var/lib/misc/mechanic.json`).
//!
//! It checked little, so much in such a file cannot work: what cannot be carried is said in
//! [`Remark`]s, never dropped in silence.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use crate::model::{
    OptionKind, OptionValue, Registry, Restart, SettingKey, Site, SiteName, SiteOption,
    UnknownHosts, parse_switch, shown,
};

/// What was read from the predecessor's registry.
#[derive(Debug)]
pub struct MechanicRegistry {
    /// The sites and settings that mech takes over.
    pub registry: Registry,
    /// The folder in which `mechanic.conf` lies.
    pub conf: String,
    /// The folder of its override files.
    pub overrides: String,
    /// The shortnames, as the predecessor wrote them, of the sites taken over.
    pub taken: Vec<SiteName>,
    /// What behaves differently or was not carried.
    pub remarks: Vec<Remark>,
}

/// Something that a person should know of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// It works, and not as it did.
    Differs {
        /// The site, or none for a setting.
        site: Option<String>,
        /// What is different.
        what: String,
    },
    /// It is not taken over.
    NotCarried {
        /// The site, or none for a setting.
        site: Option<String>,
        /// What, and why.
        what: String,
        /// Whether the predecessor served it, so that leaving it out takes something off the air.
        served: bool,
    },
}

/// Why the text is no registry of the predecessor's.
#[derive(Debug, thiserror::Error)]
pub enum MechanicError {
    /// Not JSON.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// JSON of another shape.
    #[error("it holds no `sites`, so it is not mechanic's registry")]
    Shape,
    /// mech's own.
    #[error("it is a registry of mech's own, not mechanic's")]
    Own,
}

/// Reads the predecessor's registry.
pub fn read_mechanic(text: &str) -> Result<MechanicRegistry, MechanicError> {
    let root: Value = serde_json::from_str(text)?;
    if root.get("version").is_some() {
        return Err(MechanicError::Own);
    }
    let sites = root
        .get("sites")
        .and_then(Value::as_array)
        .ok_or(MechanicError::Shape)?;
    let none = Map::new();
    let settings = root
        .get("settings")
        .and_then(Value::as_object)
        .unwrap_or(&none);
    let word = |key: &str, fallback: &str| {
        settings
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or(fallback)
            .to_owned()
    };
    let mut read = MechanicRegistry {
        registry: Registry::default(),
        conf: word("conf", "/etc/nginx/conf.d"),
        overrides: word("overrides", "/etc/nginx/mechanic-overrides"),
        taken: Vec::new(),
        remarks: Vec::new(),
    };
    read.settings(settings);
    let mut hosts = HashMap::new();
    for site in sites {
        read.site(site, &mut hosts);
    }
    let quiet = |site: &&Site| site.websockets != Some(true) && !site.backends.is_empty();
    let passing = read.registry.sites.iter().filter(quiet).count();
    if passing > 0 {
        read.differs(None, format!("websockets now pass unless a site says otherwise (`--websockets=false`); {passing} did not have them"));
    }
    read.registry.sites.sort_by_key(Site::is_default);
    if read.registry.unknown_hosts() != UnknownHosts::FirstSite {
        // People may reach the server by names that its registry never knew.
        read.set(
            SettingKey::UnknownHosts,
            &UnknownHosts::FirstSite.to_string(),
        );
    }
    Ok(read)
}

impl MechanicRegistry {
    fn settings(&mut self, settings: &Map<String, Value>) {
        for (name, value) in settings {
            let text = match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let default = match name.as_str() {
                "conf" => "/etc/nginx/conf.d",
                "logs" => "/var/log/nginx",
                "restart" => "nginx -s reload",
                "bind" => "*",
                // Its folders are copied to mech's own, whichever that is.
                "overrides" => continue,
                "template" if text.is_empty() => continue,
                "template" => {
                    self.not_carried(None, format!("template `{}`: it is a nunjucks template; mech's are Tera templates (see `mech set template`)", shown(&text)), false);
                    continue;
                }
                "http2" => {
                    // There every text but the empty one was true, `false` included.
                    if !text.is_empty() {
                        self.set(
                            SettingKey::Http2,
                            &(parse_switch(&text) != Ok(false)).to_string(),
                        );
                        if parse_switch(&text) == Ok(false) {
                            self.differs(
                                None,
                                "http2 `false` now means off; mechanic took it for on".to_owned(),
                            );
                        }
                    }
                    continue;
                }
                _ => {
                    self.not_carried(
                        None,
                        format!("setting `{name}`: mechanic did not use it either"),
                        false,
                    );
                    continue;
                }
            };
            if text != default
                && let Some(key) = SettingKey::named(name)
            {
                self.set(key, &text);
            }
        }
        if matches!(self.registry.settings.restart, Some(Restart::Never)) {
            self.differs(
                None,
                "restart `false` now means that nginx is never reloaded".to_owned(),
            );
        }
    }

    fn set(&mut self, key: SettingKey, text: &str) {
        if let Err(error) = self.registry.settings.assign(key, text) {
            self.not_carried(
                None,
                format!("setting `{}` = `{}`: {error}", key.name(), shown(text)),
                // Without its address the sites would answer on every one, which nobody asked for.
                key == SettingKey::Bind,
            );
        }
    }

    fn site(&mut self, value: &Value, hosts: &mut HashMap<String, String>) {
        let empty = Map::new();
        let fields = value.as_object().unwrap_or(&empty);
        let shortname = fields
            .get("shortname")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let name: SiteName = match shortname.parse() {
            Ok(name) => name,
            Err(error) => {
                let what = format!(
                    "its shortname: {error}; rename it there first (the override folder, logs and certificates bear the name)"
                );
                return self.not_carried(Some(shortname), what, true);
            }
        };
        if self.registry.site(&name).is_some() {
            return self.not_carried(
                Some(shortname),
                "another site has this shortname, but for case".into(),
                true,
            );
        }
        let mut site = Site::new(name.clone());
        for (key, value) in fields {
            let known = if key == "websocket" {
                "websockets"
            } else {
                key.as_str()
            };
            let Some(option) = SiteOption::named(known) else {
                if !matches!(
                    key.as_str(),
                    "shortname" | "backendGroups" | "path" | "_index"
                ) {
                    self.not_carried(
                        Some(shortname),
                        format!("`{}`: mechanic did not use it either", shown(key)),
                        false,
                    );
                }
                continue;
            };
            let Some(value) = self.value(shortname, option, value) else {
                continue;
            };
            // It had two words for them, and each was enough.
            if option == SiteOption::Websockets && site.websockets == Some(true) {
                continue;
            }
            let said = value.to_text();
            if let Err(error) = site.assign(option, value) {
                let what = format!("`{}` = `{}`: {error}", option.name(), shown(&said));
                return self.not_carried(Some(shortname), what, true);
            }
        }
        if site.backends.is_empty()
            && site.static_root.is_none()
            && site.redirect.is_none()
            && site.redirect_full.is_none()
        {
            return self.not_carried(
                Some(shortname),
                "it has nothing to serve; mechanic skipped it too".into(),
                false,
            );
        }
        let main = site.main_name();
        if let Some(first) = hosts.get(&main) {
            let what =
                format!("its host `{main}`: site `{first}` has it, and nginx asked that one");
            let served = !site.aliases.is_empty();
            return self.not_carried(Some(shortname), what, served);
        }
        self.names(&mut site, fields.contains_key("host"), hosts);
        self.differences(&site);
        self.taken.push(name);
        self.registry.sites.push(site);
    }

    /// A stored value in the form of the option, or none where nothing was meant by it.
    fn value(&mut self, site: &str, option: SiteOption, value: &Value) -> Option<OptionValue> {
        let words = |value: &Value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        match option.kind() {
            OptionKind::Switch => match value {
                Value::Bool(on) => Some(OptionValue::Switch(*on)),
                Value::Null => None,
                other => match parse_switch(&words(other)) {
                    Ok(on) => Some(OptionValue::Switch(on)),
                    Err(error) => {
                        let what = format!("`{}`: {error}", option.name());
                        self.not_carried(Some(site), what, true);
                        None
                    }
                },
            },
            OptionKind::List | OptionKind::Rules => {
                let none = value.is_null() || value.as_str().is_some_and(str::is_empty);
                if !value.is_array() && !none {
                    let what = format!("`{}`: a list is expected", option.name());
                    self.not_carried(Some(site), what, true);
                }
                let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
                let mut seen = HashSet::new();
                let said = items.iter().map(words).filter(|item| !item.is_empty());
                let (items, again): (Vec<String>, Vec<String>) = said.partition(|item| {
                    // Host names have no case, paths do.
                    seen.insert(if option == SiteOption::Aliases {
                        item.to_lowercase()
                    } else {
                        item.clone()
                    })
                });
                if option == SiteOption::Backends && !again.is_empty() {
                    let what = format!(
                        "backends listed twice count once ({}); `weight=2` after one gives it twice the requests",
                        shown(&again.join(", "))
                    );
                    self.differs(Some(site), what);
                }
                (!items.is_empty()).then_some(OptionValue::List(items))
            }
            OptionKind::Text => {
                let text = words(value);
                // `--static=false` was documented as unsetting and stored the word.
                if text.is_empty() || text == "false" || value.is_null() {
                    if text == "false" {
                        self.differs(
                            Some(site),
                            format!("`{}` = `false` now means unset", option.name()),
                        );
                    }
                    return None;
                }
                Some(OptionValue::Text(text))
            }
        }
    }

    /// Keeps each host name on the first site that has it, as nginx did in silence.
    fn names(&mut self, site: &mut Site, has_host: bool, hosts: &mut HashMap<String, String>) {
        let shortname = site.name.to_string();
        if !has_host {
            self.differs(
                Some(&shortname),
                "it has no host: it now answers to its shortname".into(),
            );
        }
        let mut kept = Vec::new();
        for alias in std::mem::take(&mut site.aliases) {
            match hosts.get(alias.as_str()) {
                Some(first) if *first != shortname => {
                    let what = format!(
                        "alias `{alias}`: site `{first}` has it, and nginx gave it to that one"
                    );
                    self.not_carried(Some(&shortname), what, false);
                }
                _ => kept.push(alias),
            }
        }
        site.aliases = kept;
        for name in site.names() {
            hosts.entry(name).or_insert_with(|| shortname.clone());
        }
    }

    fn differences(&mut self, site: &Site) {
        let name = site.name.as_str();
        if site.autoindex == Some(true) {
            self.differs(
                Some(name),
                "`autoindex` serves index.html and no longer lists folders".into(),
            );
        }
        if site.redirect.is_some() {
            self.differs(
                Some(name),
                "`redirect` goes to exactly that URL, without the request's query".into(),
            );
        }
        if site.backends.iter().any(|backend| backend.path.is_some()) {
            self.differs(
                Some(name),
                "a path backend gets whole path segments only (`/ci`, `/ci/x`, not `/cix`)".into(),
            );
        }
        if site.redirect_to_https == Some(true) && !site.is_https() {
            self.differs(
                Some(name),
                "`redirect-to-https` has no effect without `https`, as before".into(),
            );
        }
    }

    fn differs(&mut self, site: Option<&str>, what: String) {
        self.remarks.push(Remark::Differs {
            site: site.map(str::to_owned),
            what,
        });
    }

    fn not_carried(&mut self, site: Option<&str>, what: String, served: bool) {
        self.remarks.push(Remark::NotCarried {
            site: site.map(str::to_owned),
            what,
            served,
        });
    }
}
