//! What `list` says, of either program, as values that compare.

use std::collections::BTreeMap;

/// The sites, in order, and the settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) settings: BTreeMap<String, String>,
    pub(crate) sites: Vec<Site>,
}

/// One site: option by option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Site {
    pub(crate) name: String,
    pub(crate) options: BTreeMap<String, String>,
}

/// The predecessor's defaults: it does not list a setting that has this value.
const DEFAULTS: &[(&str, &str)] = &[
    ("conf", "/etc/nginx/conf.d"),
    ("overrides", "/etc/nginx/mechanic-overrides"),
    ("logs", "/var/log/nginx"),
    ("restart", "nginx -s reload"),
    ("bind", "*"),
];

impl Listed {
    /// Reads the commands of a `list`; `seed` holds the settings of the test's own private place.
    pub(crate) fn read(text: &str, program: &str, seed: &[(String, String)]) -> Self {
        let mut listed = Self::default();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let words = shell_words::split(line).unwrap();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            match words.as_slice() {
                // The predecessor's way of listing an emptied setting.
                [first, "set", _] if *first == program => {}
                [first, "set", key, value] if *first == program => {
                    let pair = ((*key).to_owned(), (*value).to_owned());
                    // mech lists what was said; the predecessor only what differs from its defaults.
                    // An emptied setting is one that is not set.
                    if !value.is_empty()
                        && !seed.contains(&pair)
                        && !DEFAULTS.contains(&(*key, *value))
                    {
                        listed.settings.insert(pair.0, pair.1);
                    }
                }
                [first, "add", name, options @ ..] if *first == program => {
                    let options = options.iter().filter_map(|word| option(word)).collect();
                    listed.sites.push(Site {
                        name: (*name).to_owned(),
                        options,
                    });
                }
                _ => panic!("no command of a list: {line}"),
            }
        }
        listed
    }
}

impl Site {
    pub(crate) fn is(&self, option: &str) -> bool {
        self.text(option) == "true"
    }

    pub(crate) fn text(&self, option: &str) -> &str {
        self.options.get(option).map_or("", String::as_str)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.text("host"))
            .chain(self.text("aliases").split(','))
            .filter(|name| !name.is_empty())
    }

    pub(crate) fn serves(&self) -> bool {
        self.text("redirect").is_empty() && self.text("redirect-full").is_empty()
    }
}

fn option(word: &str) -> Option<(String, String)> {
    let (name, value) = word.strip_prefix("--").unwrap().split_once('=').unwrap();
    let (name, value) = match name {
        // One option under two names; the predecessor keeps the name that was used.
        "websocket" => ("websockets", value.to_owned()),
        // Host names have no case; mech keeps them in small letters.
        "host" | "aliases" => (name, value.to_lowercase()),
        // Below `/` is everything, which mech says without a path.
        "backends" => (name, without_root(value)),
        // Accepted and never used; mech accepts it and says so.
        "path" => return None,
        _ => (name, value.to_owned()),
    };
    // An option emptied as its README tells stays in the predecessor's list without a value; mech forgets it.
    // For a text the README's other word, `false`, is kept by the predecessor as a value (a defect).
    let texts = [
        "host",
        "aliases",
        "backends",
        "static",
        "redirect",
        "redirect-full",
    ];
    let unset = value.is_empty() || (value == "false" && texts.contains(&name));
    (!unset).then(|| (name.to_owned(), value))
}

fn without_root(backends: &str) -> String {
    let backends = backends.split(',').map(|backend| {
        let whole = backend
            .strip_suffix('/')
            .filter(|address| !address.contains('/'));
        whole.unwrap_or(backend)
    });
    backends.collect::<Vec<_>>().join(",")
}
