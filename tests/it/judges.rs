//! Outside judges of our own judgement: what another parser of nginx's grammar reads in the golden texts, ours reads.
//!
//! `make lint-nginx` has `crossplane` read them and runs this; without that there is nothing to compare with.

#![expect(
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and reads what its script has left for it"
)]

use std::fs;
use std::path::{Path, PathBuf};

use mech::syntax::{Directive, parse};
use serde::Deserialize;

/// A directive as crossplane prints it; its other fields lead from file to file.
#[derive(Deserialize)]
struct Read {
    directive: String,
    line: u32,
    args: Vec<String>,
    block: Option<Vec<Read>>,
}

/// Both in one form, a line a directive.
fn ours(directives: &[Directive], depth: usize, into: &mut Vec<String>) {
    for one in directives {
        into.push(line(one.line, depth, &one.name, &one.args));
        ours(one.block.as_deref().unwrap_or_default(), depth + 1, into);
    }
}

fn theirs(directives: &[Read], depth: usize, into: &mut Vec<String>) {
    for one in directives {
        into.push(line(one.line, depth, &one.directive, &one.args));
        theirs(one.block.as_deref().unwrap_or_default(), depth + 1, into);
    }
}

fn line(number: u32, depth: usize, name: &str, args: &[String]) -> String {
    format!("{number}: {}{name:?} {args:?}", "  ".repeat(depth))
}

#[test]
#[ignore = "needs what crossplane reads: run by `make lint-nginx`"]
fn our_parser_reads_what_crossplane_reads() {
    let judged = std::env::var_os("MECH_JUDGED").expect("run by `make lint-nginx`");
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut count = 0;
    for case in fs::read_dir(cases).unwrap() {
        let case = case.unwrap().path();
        let read: PathBuf = Path::new(&judged).join(case.file_name().unwrap());
        let text = fs::read_to_string(read.join("mech.conf")).unwrap();
        let overrides = case.join("overrides").display().to_string();
        assert_eq!(
            text.replace(&overrides, "/etc/nginx/mech-overrides"),
            fs::read_to_string(case.join("mech.conf")).unwrap(),
            "{} was not judged as it is now",
            case.display()
        );
        let json = fs::read(read.join("crossplane.json")).unwrap();
        let crossplane: Vec<Read> = serde_json::from_slice(&json).unwrap();
        let (mut left, mut right) = (Vec::new(), Vec::new());
        ours(&parse(text.as_bytes()).unwrap(), 0, &mut left);
        theirs(&crossplane, 0, &mut right);
        assert_eq!(left, right, "{}", case.display());
        count += left.len();
    }
    assert!(count > 1_000, "{count} directives");
}
