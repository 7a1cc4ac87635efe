//! Random words for every option and setting, and the registries that come of what is accepted.

mod options;

use mech::cli::args::{self, Command};
use mech::format::{commands, read_registry};
use mech::model::{Change, OptionKind, Registry, SettingKey, SiteName, SiteOption};
use proptest::prelude::*;
use proptest::strategy::Union;
use serde_json::{Map, Value, json};

/// The words of one registry, before anybody has looked at them.
#[derive(Clone, Debug)]
pub(super) struct Raw {
    pub(super) settings: Vec<(SettingKey, String)>,
    pub(super) sites: Vec<RawSite>,
}

#[derive(Clone, Debug)]
pub(super) struct RawSite {
    pub(super) name: String,
    pub(super) options: Vec<(SiteOption, String)>,
}

/// Anything at all, most of it with a meaning to nginx, to a shell or to JSON.
pub(super) fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,24}",
        r#"[a./:;{}$"'\\# \t\n\r,=*@%?é-]{0,16}"#,
        "\\PC{0,12}",
        any::<String>(),
        prop::sample::select(vec![
            "",
            " ",
            "..",
            "../..",
            "/..",
            "${mech_dollar}",
            "$host",
            "a;",
            "a{",
            "}",
            "a\"",
            "a'",
            "#",
            "\\",
            "a b",
            "unix:",
            "@",
            "*",
            "[::1]",
            "http://",
            "false",
            "true",
            "--https",
            "-",
            "=",
            "{{ x }}",
            "{% if %}",
        ])
        .prop_map(str::to_owned),
    ]
}

pub(super) fn site_name() -> impl Strategy<Value = String> {
    prop_oneof![9 => "[A-Za-z_][A-Za-z0-9_-]{0,6}", 1 => hostile()]
}

pub(super) fn host() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "[a-z0-9_]{1,6}(\\.[a-z0-9_-]{1,5}){0,2}",
        2 => "(\\*\\.)?[A-Za-z0-9]{1,6}\\.(test|example)\\.?",
        1 => "[a-zäöüßéIİı日本ñ]{1,6}\\.example",
        1 => "xn--[a-z0-9-]{1,8}\\.example",
        1 => "[a-z]{40,64}\\.[a-z]{1,64}\\.example",
        2 => hostile(),
    ]
}

pub(super) fn path() -> impl Strategy<Value = String> {
    prop_oneof![4 => "/[a-z0-9/._-]{0,16}", 3 => r"/[ -~é]{0,20}", 1 => "/\\PC{0,10}", 1 => hostile()]
}

pub(super) fn backend() -> impl Strategy<Value = String> {
    let port =
        || prop_oneof![4 => "[1-9][0-9]{3}", 1 => "[0-9]{1,6}", 1 => "30[0-4][0-9]-30[5-9][0-9]"];
    let address = prop_oneof![
        3 => port(),
        3 => (prop_oneof!["localhost", "LOCALHOST", "10\\.0\\.0\\.[0-9]{1,3}", "\\[::[0-9a-f]{1,4}\\]", "[a-z]{1,6}\\.internal", host()], port())
            .prop_map(|(host, port)| format!("{host}:{port}")),
        2 => path().prop_map(|path| format!("unix:{path}")),
        2 => path().prop_map(|path| format!("@{path}")),
        1 => hostile(),
    ];
    let below = prop_oneof![4 => "", 2 => ":?/[a-z]{1,4}(/[a-z.é*~\\[-]{1,4}){0,2}/?", 1 => path().prop_map(|path| format!(":{path}"))];
    let parameters = prop_oneof![
        5 => "",
        2 => " weight=[0-9]{1,3}",
        1 => " max_conns=[0-9]{1,3}[ \t]+max_fails=[0-9]{1,2}",
        1 => " fail_timeout=[0-9]{1,6}[smhd]? down",
        1 => " backup",
        1 => hostile().prop_map(|text| format!(" {text}")),
    ];
    (address, below, parameters)
        .prop_map(|(address, below, parameters)| format!("{address}{below}{parameters}"))
}

pub(super) fn url() -> impl Strategy<Value = String> {
    prop_oneof![
        5 => "https?://[a-z]{1,8}\\.example(:[1-9][0-9]{0,3})?(/[!-~]{0,16})?",
        2 => "HTTPS?://(\\[::1\\]|10\\.0\\.0\\.1)(:[0-9]{1,6})?[/?#]?[!-~]{0,8}",
        1 => "http://[a-z]{1,4}/(\\$|\\$host|;|'){1,12}",
        2 => hostile(),
    ]
}

pub(super) fn switch() -> impl Strategy<Value = String> {
    prop_oneof![9 => "true|false|on|off|yes|NO|1|0", 1 => hostile()]
}

/// A value for one option, in the command line's syntax; most are fine, so that whole sites are accepted.
fn option_value(option: SiteOption) -> BoxedStrategy<String> {
    let list = |tame: &'static str, wild: BoxedStrategy<String>| {
        let item = prop_oneof![15 => tame, 2 => wild];
        prop::collection::vec(item, 1..4)
            .prop_map(|items| items.join(","))
            .boxed()
    };
    match option {
        SiteOption::Host => prop_oneof![5 => "[a-z]{1,6}\\.example", 1 => host()].boxed(),
        SiteOption::Aliases => list(
            "[a-z]{1,6}\\.(test|example)|\\*\\.[a-z]{1,4}\\.test",
            host().boxed(),
        ),
        SiteOption::Backends => list(
            "[1-9][0-9]{3}|[a-z]{1,4}\\.internal:[1-9]0[0-9](/[a-z]{1,3})?( weight=[1-9])?|unix:/run/[a-z]{1,4}|@/srv/[a-z]{1,4}|3001/[a-z]{1,3}",
            backend().boxed(),
        ),
        SiteOption::Static => path().boxed(),
        SiteOption::Redirect | SiteOption::RedirectFull => {
            prop_oneof![2 => "https?://[a-z]{1,8}\\.example(/[a-z$;']{0,6})?", 1 => url()].boxed()
        }
        _ if option.kind() == OptionKind::Switch => switch().boxed(),
        _ => options::value(option),
    }
}

fn setting_value(key: SettingKey) -> BoxedStrategy<String> {
    match key {
        SettingKey::Logrotate => prop_oneof![2 => path(), 1 => switch()].boxed(),
        SettingKey::Nginx | SettingKey::Restart => {
            prop_oneof![3 => "(/usr/)?[a-z-]{1,8}( -[a-z] '?[a-z/ ]{0,6}'?)?", 1 => switch(), 1 => hostile()].boxed()
        }
        SettingKey::Conf | SettingKey::Overrides | SettingKey::Logs | SettingKey::Certs | SettingKey::Template => path().boxed(),
        SettingKey::LogsShared | SettingKey::Http2 => switch().boxed(),
        SettingKey::Bind => prop_oneof![
            1 => "\\*",
            3 => "(127\\.0\\.0\\.[0-9]{1,3}|\\[?::[0-9a-f]{1,4}\\]?)(, ?192\\.0\\.2\\.[0-9]{1,2}){0,2}",
            1 => hostile(),
        ]
        .boxed(),
        SettingKey::HttpPort | SettingKey::HttpsPort => prop_oneof![4 => "[1-9][0-9]{1,4}", 1 => hostile()].boxed(),
        SettingKey::PrelaunchHost => {
            prop_oneof![4 => "[a-zA-Z-]{0,4}\\{shortname\\}[a-z-]{0,4}\\.[a-zA-Z]{1,5}\\.test", 1 => hostile()].boxed()
        }
        SettingKey::HistoryMax => prop_oneof![3 => "[0-9]{1,6}", 1 => hostile()].boxed(),
        SettingKey::HistoryAge => prop_oneof![3 => "[0-9]{1,10}[smhd]?", 1 => hostile()].boxed(),
        SettingKey::Trust => {
            prop_oneof![3 => "(cloudflare,)?10\\.0\\.0\\.0/[0-9]{1,2}(,@/etc/[a-z]{1,4})?", 1 => "proxy-protocol", 1 => hostile()].boxed()
        }
        SettingKey::UnknownHosts => prop_oneof![3 => "reject|default-site|404", 1 => hostile()].boxed(),
        SettingKey::LogFormat => prop_oneof![3 => "combined|json", 1 => hostile()].boxed(),
    }
}

fn raw_site() -> impl Strategy<Value = RawSite> {
    // With what it needs beside it, or next to no site would have the option.
    let given = Union::new(SiteOption::ALL.map(|option| {
        option_value(option).prop_map(move |value| {
            let beside = options::beside(option).iter();
            let beside = beside.map(|(option, value)| (*option, (*value).to_owned()));
            std::iter::once((option, value))
                .chain(beside)
                .collect::<Vec<_>>()
        })
    }));
    // Without something to serve a site is refused, so most get a backend first.
    let first = prop_oneof![
        3 => option_value(SiteOption::Backends).prop_map(|value| vec![(SiteOption::Backends, value)]),
        1 => Just(Vec::new()),
    ];
    (site_name(), first, prop::collection::vec(given, 0..6)).prop_map(|(name, first, rest)| {
        let mut options = first;
        let mut rest: Vec<_> = rest.into_iter().flatten().collect();
        if rest.iter().any(|(option, _)| *option == SiteOption::Spa) {
            // No backend may have all paths beside it.
            options.clear();
            rest.sort_by_key(|(option, _)| *option != SiteOption::Spa);
            rest.insert(1, (SiteOption::Backends, "3001/api".to_owned()));
        }
        for (option, value) in rest {
            if options.iter().all(|(known, _)| *known != option) {
                options.push((option, value));
            }
        }
        RawSite { name, options }
    })
}

/// One setting with a value for it.
pub(super) fn setting() -> impl Strategy<Value = (SettingKey, String)> {
    // All patterns are compiled once here, not once for each value.
    Union::new(SettingKey::ALL.map(|key| setting_value(key).prop_map(move |value| (key, value))))
}

pub(super) fn raw() -> impl Strategy<Value = Raw> {
    (
        prop::collection::vec(setting(), 0..5),
        prop::collection::vec(raw_site(), 0..6),
    )
        .prop_map(|(settings, sites)| Raw { settings, sites })
}

impl RawSite {
    /// The words of `mech add`.
    pub(super) fn words(&self) -> Vec<String> {
        let mut words: Vec<String> = ["mech", "add"].map(str::to_owned).to_vec();
        for (option, value) in &self.options {
            let values = options::entries(*option, value);
            words.extend(values.map(|value| format!("--{}={value}", option.name())));
        }
        words.extend(["--".to_owned(), self.name.clone()]);
        words
    }
}

impl Raw {
    /// What the command line makes of it: each command that is refused leaves things as they were.
    pub(super) fn by_commands(&self) -> Registry {
        let set = self.settings.iter().map(|(key, value)| {
            ["mech", "set", key.name(), value]
                .map(str::to_owned)
                .to_vec()
        });
        let add = self.sites.iter().map(RawSite::words);
        set.chain(add).fold(Registry::default(), |registry, words| {
            run(&registry, &words).unwrap_or(registry)
        })
    }

    /// What a person makes of it who edits the file: each entry that is refused is left out.
    pub(super) fn by_hand(&self) -> Registry {
        let mut settings = Map::new();
        let mut sites: Vec<Value> = Vec::new();
        let mut accepted = Registry::default();
        let mut read = |settings: &Map<String, Value>, sites: &[Value]| {
            let text = json!({ "version": 1, "settings": settings, "sites": sites }).to_string();
            read_registry(&text)
                .map(|loaded| accepted = loaded.registry)
                .is_ok()
        };
        for (key, value) in &self.settings {
            let before = settings.clone();
            settings.insert(key.name().to_owned(), json!(value));
            if !read(&settings, &sites) {
                settings = before;
            }
        }
        for site in &self.sites {
            let mut object = Map::from_iter([("shortname".to_owned(), json!(site.name))]);
            for (option, value) in &site.options {
                let value = match option.kind() {
                    OptionKind::Text => json!(value),
                    // The whole text is one entry too: a comma means nothing to JSON.
                    OptionKind::List if value.len() % 2 == 0 => json!([value]),
                    OptionKind::List => json!(value.split(',').collect::<Vec<_>>()),
                    OptionKind::Rules => {
                        json!(options::entries(*option, value).collect::<Vec<_>>())
                    }
                    OptionKind::Switch => json!(value.len() % 3 != 0),
                };
                object.insert(option.name().to_owned(), value);
            }
            sites.push(Value::Object(object));
            if !read(&settings, &sites) {
                sites.pop();
            }
        }
        accepted
    }
}

/// A registry that mech has accepted, by either way.
pub(super) fn registry() -> impl Strategy<Value = Registry> {
    (raw(), any::<bool>()).prop_map(|(raw, by_hand)| {
        if by_hand {
            raw.by_hand()
        } else {
            raw.by_commands()
        }
    })
}

/// A registry with at least one site.
pub(super) fn registry_with_sites() -> impl Strategy<Value = Registry> {
    registry().prop_filter("no site", |registry| !registry.sites.is_empty())
}

/// The change that a command line asks for; none where it is refused before the registry is asked.
pub(super) fn change(words: &[String]) -> Option<Change> {
    let name = |text: &str| text.parse::<SiteName>().ok();
    match args::parse(words).ok()?.command {
        Command::Add(add) => Some(Change::Add {
            name: name(&add.name)?,
            patch: add.site.patch().ok()?,
            upsert: add.upsert,
        }),
        Command::Set(set) => {
            let key = SettingKey::named(&set.key?)?;
            Some(match set.value? {
                value if value.is_empty() => Change::Unset { key },
                value => Change::Set { key, value },
            })
        }
        _ => None,
    }
}

/// The registry after a command line, where it is accepted.
pub(super) fn run(registry: &Registry, words: &[String]) -> Option<Registry> {
    registry.apply(&change(words)?).ok()
}

/// The registry that the commands of `list` make, and the command that did not work.
pub(super) fn replayed(registry: &Registry) -> Result<Registry, String> {
    commands(registry)
        .into_iter()
        .try_fold(Registry::default(), |built, line| {
            let words = shell_words::split(&line).map_err(|error| format!("{line}: {error}"))?;
            run(&built, &words).ok_or(line)
        })
}
