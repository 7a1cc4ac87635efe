//! The values that options and settings take in the matrix, and sets of them by chance.

use std::fmt;

use serde_json::{Value, json};

/// One value of one option, as JSON; `%` in it stands for the site's number, so that no two sites share a name.
pub(super) struct Choice {
    pub(super) option: &'static str,
    value: &'static str,
}

const fn choice(option: &'static str, value: &'static str) -> Choice {
    Choice { option, value }
}

/// Every option, and of each the values that are rendered in different ways.
pub(super) const CHOICES: &[Choice] = &[
    choice("host", r#""www%.example.com""#),
    choice("host", r#""*.wild%.example.com""#),
    choice(
        "host",
        r#""a-name-that-is-longer-than-nginx-takes-without-being-told%.example.com""#,
    ),
    choice("aliases", r#"["example%.com", "*.more%.example.com"]"#),
    choice("backends", r#"["127.0.0.1:3000"]"#),
    choice(
        "backends",
        r#"["3000-3002", "10.0.0.1:3000 weight=3 max_fails=2 fail_timeout=5s", "[::1]:3000 backup"]"#,
    ),
    choice(
        "backends",
        r#"["localhost:3000", "3001/ci-server", "3002/ci-server", "unix:/run/live.sock:/live/deep"]"#,
    ),
    choice("backends", r#"["3001/only"]"#),
    choice(
        "backends",
        r#"["unix:/run/app.sock", "10.0.0.1:3000 max_conns=7 down"]"#,
    ),
    choice("backends", r#"["@/srv/app/data/port"]"#),
    choice("canonical", "true"),
    choice("canonical", "false"),
    choice("default", "true"),
    choice("static", r#""/srv/www""#),
    choice(
        "static",
        r#""/srv/it's \"quoted\" and $dollar; {braces} \\ # ~""#,
    ),
    choice("autoindex", "true"),
    choice("autoindex", "false"),
    choice("https", "true"),
    choice("redirect-to-https", "true"),
    choice("http2", "true"),
    choice("http2", "false"),
    choice("https-upstream", "true"),
    choice("websockets", "true"),
    choice("websockets", "false"),
    choice(
        "redirect",
        r#""https://elsewhere.com/?a=1&b='2'&c=$host#;~""#,
    ),
    choice("redirect-full", r#""http://elsewhere.com:8080/$base/""#),
    choice("permanent", "true"),
];

/// The file of backends that the machine of the matrix has.
pub(super) const BACKEND_FILE: &str = "/srv/app/data/port";

impl Choice {
    pub(super) fn is_true(&self) -> bool {
        self.value == "true"
    }

    pub(super) fn is_wildcard(&self) -> bool {
        self.value.starts_with("\"*.")
    }

    fn value(&self, site: usize) -> Value {
        serde_json::from_str(&self.value.replace('%', &site.to_string())).unwrap()
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.option, self.value)
    }
}

/// The JSON of a registry; a site that would serve nothing gets a backend.
pub(super) fn registry(sites: &[Vec<&Choice>], settings: &[(&str, Value)]) -> Value {
    let sites: Vec<Value> = sites
        .iter()
        .enumerate()
        .map(|(number, choices)| {
            let mut site = json!({ "shortname": format!("site{number}") });
            let serves = ["backends", "static", "redirect", "redirect-full"];
            if !choices.iter().any(|c| serves.contains(&c.option)) {
                site["backends"] = json!(["127.0.0.1:3999"]);
            }
            for choice in choices {
                site[choice.option] = choice.value(number);
            }
            site
        })
        .collect();
    let settings: serde_json::Map<String, Value> = settings
        .iter()
        .map(|(key, value)| ((*key).to_owned(), value.clone()))
        .collect();
    json!({ "version": 1, "settings": settings, "sites": sites })
}

/// A small generator (`SplitMix64`): the same seed gives the same registries on every machine.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound).unwrap()).unwrap()
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    /// Three options and more, each with one of its values.
    pub(super) fn some_choices(&mut self) -> Vec<&'static Choice> {
        let mut options: Vec<&str> = CHOICES.iter().map(|choice| choice.option).collect();
        options.dedup();
        let mut chosen = Vec::new();
        for option in options {
            // Few default sites, because a registry takes one; few words on HTTP/2, because sites that differ in it
            // are refused.
            let odds = if matches!(option, "default" | "http2") {
                8
            } else {
                2
            };
            let second = option == "redirect-full"
                && chosen.iter().any(|c: &&Choice| c.option == "redirect");
            if self.below(odds) == 0 && !second {
                let values: Vec<_> = CHOICES.iter().filter(|c| c.option == option).collect();
                chosen.push(self.one(&values));
            }
        }
        chosen
    }

    /// Settings, each said or not.
    pub(super) fn some_settings(&mut self) -> Vec<(&'static str, Value)> {
        let all = [
            ("bind", vec![json!("*"), json!("127.0.0.1"), json!("::1")]),
            ("bind", vec![json!("127.0.0.1,::1")]),
            ("http2", vec![json!(true), json!(false)]),
            ("shared-logs", vec![json!(true), json!(false)]),
            (
                "prelaunch-host",
                vec![
                    json!("{shortname}-prod.example.net"),
                    json!("{shortname}.x"),
                ],
            ),
        ];
        let mut settings: Vec<(&'static str, Value)> = Vec::new();
        for (key, values) in all {
            if self.below(2) == 0 && !settings.iter().any(|(said, _)| *said == key) {
                settings.push((key, self.one(&values)));
            }
        }
        settings
    }
}
