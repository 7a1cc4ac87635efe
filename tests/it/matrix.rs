//! What mech accepts, real nginx accepts, without a warning: every option alone, every pair of options, and a seeded
//! random sample of larger sets under every kind of setting.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may panic, and writes its own temporary files"
)]

pub(crate) mod choices;
mod judge;
mod versions;

use choices::{CHOICES, Choice, Dice, GUARDS, registry, settings};
use judge::{Judge, Verdict};
use mech::render::NginxVersion;
use serde_json::Value;

/// The seed of a run; `MECH_TEST_SEED` repeats another one.
fn seed() -> u64 {
    let given = std::env::var("MECH_TEST_SEED").ok();
    given.map_or(20_261_120, |text| text.parse().unwrap())
}

/// Claims that nginx accepts each of the sets as the only site of a registry, but for those that mech refuses; what
/// this nginx lacks is refused with the version that has it.
#[track_caller]
fn all_accepted(judge: &Judge, sets: &[Vec<&Choice>]) {
    let cases: Vec<_> = sets
        .iter()
        .map(|set| registry(std::slice::from_ref(set), &[]))
        .collect();
    for ((set, case), verdict) in sets.iter().zip(&cases).zip(judge.all(&cases)) {
        let refused = contradicts(&case["sites"][0], judge.version());
        let names: Vec<String> = set.iter().map(ToString::to_string).collect();
        let lacking: Vec<NginxVersion> = set
            .iter()
            .filter_map(|c| c.lacking(judge.version()))
            .collect();
        match verdict {
            Verdict::Accepted => assert!(
                !refused && lacking.is_empty(),
                "{names:?} was to be refused"
            ),
            Verdict::Refused(words) => assert!(
                refused
                    || lacking
                        .iter()
                        .any(|since| words.contains(&since.to_string())),
                "{names:?} refused by mech: {words}"
            ),
            Verdict::Rejected(words) => panic!("{names:?} rejected by nginx:\n{words}"),
        }
    }
}

/// What cannot be: as the documentation of each option says it.
fn contradicts(site: &Value, nginx: NginxVersion) -> bool {
    let has = |option: &str| !site[option].is_null();
    let text = |option: &str| site[option].as_str().unwrap_or_default();
    let on = |option: &str| site[option] == true;
    let backends: Vec<&str> = site["backends"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    // Aliases cannot be redirected to a name that is no name, and `www.*.` is none.
    let wildcard = text("host").starts_with("*.") && (on("canonical") || has("www"));
    let redirects =
        (has("redirect") && has("redirect-full")) || (has("permanent") && has("redirect-code"));
    // A single-page app answers all paths that no backend has, so none may have them all.
    let whole = backends
        .iter()
        .any(|backend| match backend.strip_prefix("unix:") {
            Some(socket) => !socket.contains(':'),
            None => backend.starts_with('@') || !backend.contains('/'),
        });
    let never_asked = on("spa") && whole;
    // nginx has no `backup` beside what draws or hashes, and below 1.29.6 a cookie is a hash.
    let backup = backends.iter().any(|backend| backend.ends_with(" backup"));
    let hashes = text("balance").starts_with("hash:");
    let cookie = text("sticky") == "cookie" && nginx < NginxVersion(1, 29, 6);
    let drawn = hashes || text("balance") == "random" || text("sticky").starts_with("header:");
    let chosen_twice = has("sticky") && hashes;
    // gRPC clients speak HTTP/2, below 1.25.1 over TLS alone.
    let grpc = site["backend-protocol"][0] == "/pkg.Greeter grpc";
    let unspoken = grpc && nginx < NginxVersion(1, 25, 1) && !(on("https") && on("http2"));
    // A prefix below which no backend is asked is stripped from nothing.
    let below = |backend: &&str| backend.contains("/api") || backend.contains("/live");
    let asked = whole || backends.iter().any(below);
    let unstripped = has("strip-prefix") && !backends.is_empty() && !asked;
    // A password would be asked for by nobody where a login page stands for it.
    let login = site["forward-auth"].to_string().contains("login=");
    let never_passed = has("auth") && login;
    // A site that redirects everything asks nobody.
    let unguarded = (has("redirect") || has("redirect-full")) && GUARDS.into_iter().any(has);
    wildcard
        || unguarded
        || unstripped
        || never_passed
        || redirects
        || never_asked
        || (backup && (drawn || cookie))
        || chosen_twice
        || unspoken
}

#[test]
fn nginx_accepts_every_option_alone() {
    let sets: Vec<Vec<&Choice>> = CHOICES.iter().map(|choice| vec![choice]).collect();
    all_accepted(&Judge::new(), &sets);
}

#[test]
fn nginx_accepts_every_pair_of_options() {
    let mut sets = Vec::new();
    for (at, first) in CHOICES.iter().enumerate() {
        for second in &CHOICES[at + 1..] {
            if first.option != second.option {
                sets.push(vec![first, second]);
            }
        }
    }
    assert!(sets.len() > 300, "{} pairs", sets.len());
    all_accepted(&Judge::new(), &sets);
}

#[test]
fn nginx_accepts_every_pair_of_options_of_an_https_site() {
    let https = CHOICES.iter().find(|c| c.option == "https").unwrap();
    let mut sets = Vec::new();
    for (at, first) in CHOICES.iter().enumerate() {
        for second in &CHOICES[at + 1..] {
            let options = [first.option, second.option, "https"];
            if options[0] != options[1] && !options[..2].contains(&"https") {
                sets.push(vec![https, first, second]);
            }
        }
    }
    all_accepted(&Judge::new(), &sets);
}

/// What people write to override files; `location` and `proxy` may meet in one location, so they say different things.
const OVERRIDES: &[(&str, &str)] = &[
    ("top", "map $uri $own { default 1; }\n"),
    (
        "server",
        "gzip off;\ngzip_types text/css;\nclient_max_body_size 1m;\naccess_log off;\nproxy_http_version 1.0;
proxy_set_header X-Own $own;\nproxy_ssl_server_name off;\nproxy_buffer_size 8k;\nerror_page 404 /404.html;
ssl_protocols TLSv1.3;\nssl_session_cache shared:own:1m;\nlocation = /own { return 204; }\n",
    ),
    (
        "location",
        "expires 1h;\nclient_max_body_size 2m;\nadd_header X-Own own;\nerror_page 405 /405.html;\n",
    ),
    (
        "proxy",
        "proxy_buffering off;\nproxy_redirect default;\nproxy_set_header host own.com;\nproxy_connect_timeout 1s;
proxy_http_version 1.1;\nproxy_ssl_name own.com;\nproxy_next_upstream off;\nproxy_read_timeout 1h;\n",
    ),
];

#[test]
fn nginx_accepts_every_pair_of_options_beside_override_files() {
    let judge = Judge::new().with_overrides(OVERRIDES);
    let https = CHOICES.iter().find(|c| c.option == "https").unwrap();
    let mut sets = Vec::new();
    for (at, first) in CHOICES.iter().enumerate() {
        for second in &CHOICES[at + 1..] {
            // `proxy_redirect default` stands for what `proxy_pass` says, and gRPC has none.
            let odd = ["https", "backend-protocol"];
            if !odd.contains(&first.option)
                && !odd.contains(&second.option)
                && first.option != second.option
            {
                sets.push(vec![https, first, second]);
            }
        }
    }
    all_accepted(&judge, &sets);
}

#[test]
fn nginx_accepts_every_value_of_every_setting_with_every_option() {
    let judge = Judge::new();
    let https = CHOICES.iter().find(|c| c.option == "https").unwrap();
    let mut cases = Vec::new();
    for (key, values) in settings() {
        for value in values {
            for choice in CHOICES {
                // With nothing else, and over TLS, as one site and as two.
                let sites = [vec![https, choice], vec![choice]];
                let case = registry(&sites, &[(key, value.clone())]);
                let both = case["sites"].as_array().unwrap().iter();
                let alike = choice.option != "default" && !choice.speaks_http2();
                let had = choice.lacking(judge.version()).is_none();
                if had
                    && alike
                    && !both
                        .into_iter()
                        .any(|site| contradicts(site, judge.version()))
                {
                    cases.push(case);
                }
            }
        }
    }
    assert!(cases.len() > 500, "{} cases", cases.len());
    for (case, verdict) in cases.iter().zip(judge.all(&cases)) {
        if let Verdict::Refused(words) | Verdict::Rejected(words) = verdict {
            panic!("{case:#}\n{words}");
        }
    }
}

/// What is refused of registries made by chance: a canonical wildcard, two defaults, sites that differ in HTTP/2.
const CONTRADICTIONS: &[&str] = &[
    "host is a wildcard",
    "a wildcard has no `www.`",
    "is the default already",
    "`permanent` stands before it",
    "differ in `http2`",
    "the backends would never be asked",
    "nginx knows no `backup`",
    "both choose the backend of a client",
    "no backends get what is below the prefix",
    "would be sent to the login page",
    "everybody is redirected before anything is asked",
    "beside a `backup` backend nginx 1.29.6",
    "for grpc HTTP/2 from clients",
];

#[test]
fn nginx_accepts_whatever_mech_accepts_of_random_registries() {
    const COUNT: usize = 250;
    let seed = seed();
    let mut dice = Dice(seed);
    let judge = Judge::new();
    let cases: Vec<_> = (0..COUNT)
        .map(|_| {
            let count = 1 + dice.below(5);
            let sites: Vec<_> = (0..count)
                .map(|_| dice.some_choices(judge.version()))
                .collect();
            registry(&sites, &dice.some_settings())
        })
        .collect();
    let mut accepted = 0;
    for (case, verdict) in cases.iter().zip(judge.all(&cases)) {
        match verdict {
            Verdict::Accepted => accepted += 1,
            // Chance makes contradictions too; any other refusal would hide what was to be shown.
            Verdict::Refused(words) => assert!(
                CONTRADICTIONS.iter().any(|known| words.contains(known)),
                "MECH_TEST_SEED={seed}: mech refuses\n{case:#}\n{words}"
            ),
            Verdict::Rejected(words) => {
                panic!("MECH_TEST_SEED={seed}: nginx rejects\n{case:#}\n{words}")
            }
        }
    }
    assert!(
        accepted * 2 > COUNT,
        "MECH_TEST_SEED={seed}: only {accepted} of {COUNT} were accepted by mech"
    );
}
