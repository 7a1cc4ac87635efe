#![expect(
    clippy::disallowed_methods,
    reason = "a test may stop at the first surprise, and writes its own files"
)]

use std::fs;
use std::io::Write as _;
use std::path::Path;

use super::{ErrorLogMark, NoLog, Weight, weigh};

fn append(path: &Path, text: &str) {
    fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
}

#[test]
fn only_what_was_added_is_returned_and_only_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("error.log");
    append(&path, "old\n");
    let mut mark = ErrorLogMark::take(&[path.clone(), path.clone()]);
    assert!(mark.appended().is_empty());
    append(&path, "new \u{e9}\nhal");
    assert_eq!(mark.appended(), ["new \u{e9}"]);
    append(&path, "f\n");
    assert_eq!(mark.appended(), ["half"]);
    assert!(mark.unreadable().is_none());
}

#[test]
fn a_rotation_loses_neither_the_last_lines_nor_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("error.log");
    append(&path, "old\n");
    let mut mark = ErrorLogMark::take(std::slice::from_ref(&path));
    append(&path, "before\n");
    fs::rename(&path, folder.path().join("error.log.1")).unwrap();
    append(&folder.path().join("error.log.1"), "late\n");
    append(&path, "after\n");
    assert_eq!(mark.appended(), ["before", "late", "after"]);
}

#[test]
fn truncated_and_missing_logs_are_read_from_their_start() {
    let folder = tempfile::tempdir().unwrap();
    let (path, later) = (
        folder.path().join("error.log"),
        folder.path().join("later.log"),
    );
    append(&path, "a long old line\n");
    let mut mark = ErrorLogMark::take(&[path.clone(), later.clone()]);
    fs::write(&path, "short\n").unwrap();
    append(&later, "created\n");
    assert_eq!(mark.appended(), ["short", "created"]);
}

#[test]
fn a_flood_is_cut_to_its_end_at_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("error.log");
    let mut mark = ErrorLogMark::take(std::slice::from_ref(&path));
    append(&path, &"0123456789\n".repeat(20_000));
    append(&path, "last\n");
    let lines = mark.appended();
    assert!(lines.len() < 6_000);
    assert!(
        lines[..lines.len() - 1]
            .iter()
            .all(|line| line == "0123456789")
    );
    assert_eq!(lines.last().unwrap(), "last");
}

#[test]
fn devices_and_no_file_are_named() {
    assert!(matches!(
        ErrorLogMark::take(&[]).unreadable(),
        Some(NoLog::NoFile)
    ));
    let mark = ErrorLogMark::take(&["/dev/null".into()]);
    assert!(
        mark.unreadable()
            .unwrap()
            .to_string()
            .contains("`/dev/null` is not a regular file")
    );
}

#[test]
fn lines_are_weighed_for_the_master_only() {
    let line = |level: &str, text: &str| format!("2026/11/20 21:51:03 [{level}] 42#42: {text}");
    let used = std::io::Error::from_raw_os_error(rustix::io::Errno::ADDRINUSE.raw_os_error())
        .raw_os_error()
        .unwrap();
    let retried = line(
        "emerg",
        &format!("bind() to 127.0.0.1:80 failed ({used}: Address already in use)"),
    );
    assert_eq!(weigh(&retried, 42), Some(Weight::Retried));
    assert_eq!(weigh(&retried, 4), None);
    assert_eq!(
        weigh(&line("emerg", "still could not bind()"), 42),
        Some(Weight::Final)
    );
    // Any other reason ends the attempt at once.
    assert_eq!(
        weigh(&line("emerg", "bind() to 10.9.9.9:80 failed (1: x)"), 42),
        Some(Weight::Final)
    );
    assert_eq!(
        weigh(&line("alert", "fork() failed while spawning"), 42),
        Some(Weight::Aside)
    );
    assert_eq!(weigh(&line("notice", "signal process started"), 42), None);
    assert_eq!(weigh("nonsense", 42), None);
}
