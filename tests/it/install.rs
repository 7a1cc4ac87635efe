//! `make install` and `make uninstall`: what they put under a prefix, and that nothing of it stays.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and runs make"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs a target of the Makefile with a program that was built before, and no cargo.
fn make(target: &str, built: &Path, into: &Path) {
    let run = Command::new("make")
        .args([
            "-C",
            env!("CARGO_MANIFEST_DIR"),
            target,
            "CARGO=no-such-cargo",
        ])
        .arg("PREFIX=/opt/mech")
        .arg(format!("DESTDIR={}", into.display()))
        .env("CARGO_TARGET_DIR", built)
        .output()
        .unwrap();
    assert!(run.status.success(), "{run:?}");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn what_is_installed_is_all_uninstalled_and_the_timer_runs_the_installed_program() {
    let folder = tempfile::tempdir().unwrap();
    let (built, into) = (folder.path().join("target"), folder.path().join("into"));
    fs::create_dir_all(built.join("release")).unwrap();
    let program = built.join("release/mech");
    fs::write(&program, "#!/bin/sh\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    make("install", &built, &into);
    let prefix = into.join("opt/mech");
    assert!(prefix.join("bin/mech").is_file());
    let units = prefix.join("lib/systemd/system");
    let service = fs::read_to_string(units.join("mech-refresh.service")).unwrap();
    assert!(
        service.contains("\nExecStart=/opt/mech/bin/mech refresh -q\n"),
        "{service}"
    );
    let timer = units.join("mech-refresh.timer");
    assert_eq!(
        fs::metadata(timer).unwrap().permissions().mode() & 0o777,
        0o644
    );
    make("uninstall", &built, &into);
    assert_eq!(files(&into), Vec::<PathBuf>::new());
}
