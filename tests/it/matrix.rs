//! What mech accepts, real nginx accepts, without a warning: every option alone, every pair of options, and a seeded
//! random sample of larger sets under every kind of setting.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may panic, and writes its own temporary files"
)]

mod choices;
mod judge;
mod versions;

use choices::{CHOICES, Choice, Dice, registry};
use judge::{Judge, Verdict};

/// The seed of a run; `MECH_TEST_SEED` repeats another one.
fn seed() -> u64 {
    let given = std::env::var("MECH_TEST_SEED").ok();
    given.map_or(20_261_120, |text| text.parse().unwrap())
}

/// Claims that nginx accepts each of the sets as the only site of a registry, but for those that mech refuses.
#[track_caller]
fn all_accepted(judge: &Judge, sets: &[Vec<&Choice>], refused: impl Fn(&[&Choice]) -> bool) {
    let cases: Vec<_> = sets
        .iter()
        .map(|set| registry(std::slice::from_ref(set), &[]))
        .collect();
    for (set, verdict) in sets.iter().zip(judge.all(&cases)) {
        let names: Vec<String> = set.iter().map(ToString::to_string).collect();
        match verdict {
            Verdict::Accepted => assert!(!refused(set), "{names:?} was to be refused"),
            Verdict::Refused(words) => assert!(refused(set), "{names:?} refused by mech: {words}"),
            Verdict::Rejected(words) => panic!("{names:?} rejected by nginx:\n{words}"),
        }
    }
}

/// The pairs that contradict themselves: aliases cannot be redirected to a name that is no name, and a site has one
/// redirect.
fn contradicts(set: &[&Choice]) -> bool {
    let has = |option: &str| set.iter().any(|c| c.option == option);
    let wildcard = set.iter().any(|c| c.option == "host" && c.is_wildcard());
    let canonical = set.iter().any(|c| c.option == "canonical" && c.is_true());
    (wildcard && canonical) || (has("redirect") && has("redirect-full"))
}

#[test]
fn nginx_accepts_every_option_alone() {
    let sets: Vec<Vec<&Choice>> = CHOICES.iter().map(|choice| vec![choice]).collect();
    all_accepted(&Judge::new(), &sets, contradicts);
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
    all_accepted(&Judge::new(), &sets, contradicts);
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
    all_accepted(&Judge::new(), &sets, contradicts);
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
            if first.option != "https" && second.option != "https" && first.option != second.option
            {
                sets.push(vec![https, first, second]);
            }
        }
    }
    all_accepted(&judge, &sets, contradicts);
}

/// What is refused of registries made by chance: a canonical wildcard, two defaults, sites that differ in HTTP/2.
const CONTRADICTIONS: &[&str] = &[
    "host is a wildcard",
    "is the default already",
    "differ in `http2`",
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
            let sites: Vec<_> = (0..count).map(|_| dice.some_choices()).collect();
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
