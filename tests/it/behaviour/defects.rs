//! Each defect of mechanic 1.8.0 that a visitor or an app could notice is kept out by a test that names it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The defects of configuration and behaviour; those of the command line and the registry come after them.
const NOTICED: std::ops::RangeInclusive<u8> = 1..=32;

/// What has no test yet, and why.
const WITHOUT: &[(u8, &str)] = &[(
    23,
    "a redirecting server without a place for http-01: mech orders no certificates yet",
)];

#[test]
fn every_defect_that_a_visitor_could_notice_has_a_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/behaviour");
    let mut named = BTreeSet::new();
    for file in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for pair in lines.windows(2) {
            let Some(number) = pair[0].strip_prefix("// defect ") else {
                continue;
            };
            assert_eq!(pair[1], "#[test]", "`{}` stands above a test", pair[0]);
            named.insert(number.parse::<u8>().unwrap());
        }
    }
    let without: BTreeSet<u8> = WITHOUT.iter().map(|(number, _)| *number).collect();
    let expected: BTreeSet<u8> = NOTICED.filter(|n| !without.contains(n)).collect();
    assert_eq!(named, expected);
}
