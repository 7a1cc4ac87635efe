//! Whatever a commit consists of: finished it is done once, however often it is begun; taken back it never was.

use std::fs;
use std::path::Path;

use mech::system::journal::{Direction, Journal, Step};
use proptest::prelude::*;

use super::cases;
use crate::harness::{Snapshot, no_stray_files};

/// What becomes of one file of a folder.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Stays,
    Created,
    Replaced,
    Taken,
    Moved,
}

fn fates() -> impl Strategy<Value = Vec<Fate>> {
    let fate = prop::sample::select(vec![
        Fate::Stays,
        Fate::Created,
        Fate::Replaced,
        Fate::Taken,
        Fate::Moved,
    ]);
    prop::collection::vec(fate, 1..7)
}

/// Lays the folder out as it is before a commit that is staged and not begun.
fn stage(folder: &Path, fates: &[Fate]) -> Journal {
    fs::create_dir_all(folder).unwrap();
    let mut commit = Vec::new();
    for (at, fate) in fates.iter().enumerate() {
        let target = folder.join(format!("file{at}"));
        let beside = |end: &str| folder.join(format!(".mech-{at}.{end}"));
        if !matches!(fate, Fate::Created) {
            fs::write(&target, format!("old {at}\n")).unwrap();
        }
        let put = |kept| {
            fs::write(beside("staged"), format!("new {at}\n")).unwrap();
            Step::Put {
                target: target.clone(),
                staged: beside("staged"),
                kept,
            }
        };
        commit.extend(match fate {
            Fate::Stays => None,
            Fate::Created => Some(put(None)),
            Fate::Replaced => Some(put(Some(beside("kept")))),
            Fate::Taken => Some(Step::Take {
                target: target.clone(),
                kept: beside("kept"),
            }),
            Fate::Moved => Some(Step::Move {
                from: target.clone(),
                to: folder.join(format!("moved{at}")),
            }),
        });
    }
    let record = folder.join("record");
    fs::write(folder.join(".mech-record.staged"), "recorded\n").unwrap();
    let settle = vec![Step::Put {
        target: record,
        staged: folder.join(".mech-record.staged"),
        kept: None,
    }];
    Journal {
        command: "test".to_owned(),
        direction: Direction::Forward,
        commit,
        settle,
    }
}

/// The same folder laid out anew, without what belongs to the commit alone.
fn before(folder: &Path, fates: &[Fate]) -> Snapshot {
    stage(folder, fates);
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path
            .file_name()
            .unwrap()
            .to_string_lossy()
            .starts_with(".mech")
        {
            fs::remove_file(path).unwrap();
        }
    }
    let shown = Snapshot::of(&[folder]);
    fs::remove_dir_all(folder).unwrap();
    shown
}

/// The first `steps` steps alone, as a crash leaves them.
fn begin(journal: &Journal, steps: usize) {
    let part = Journal {
        commit: journal.commit[..steps.min(journal.commit.len())].to_vec(),
        ..journal.clone()
    };
    part.commit(&mut |_| {}).unwrap();
}

/// Whether everything could be taken back, and nginx was to be told of it.
fn restored(journal: &mut Journal, path: &Path) -> bool {
    let mut told = false;
    let failed = journal.restore(path, &mut |_| {}, || told = true);
    failed.is_empty() && told
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn a_commit_taken_back_at_any_step_never_was(fates in fates(), steps in 0_usize..8, twice in any::<bool>()) {
        let root = tempfile::tempdir().unwrap();
        let (folder, path) = (root.path().join("conf"), root.path().join("journal.json"));
        let was = before(&folder, &fates);
        stage(&folder, &fates).write(&path).unwrap();
        let mut journal = Journal::load(&path).unwrap().unwrap();
        begin(&journal, steps);
        prop_assert!(restored(&mut journal, &path));
        if twice {
            prop_assert!(restored(&mut journal, &path));
        }
        was.assert_same(&Snapshot::of(&[&folder]));
        no_stray_files(&[root.path()]);
        prop_assert!(Journal::load(&path).unwrap().is_none());
    }

    #[test]
    fn a_commit_begun_twice_is_done_once(fates in fates(), steps in 0_usize..8) {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("journal.json");
        let mut ends = Vec::new();
        for steps in [0, steps] {
            let folder = root.path().join("conf");
            stage(&folder, &fates).write(&path).unwrap();
            let journal = Journal::load(&path).unwrap().unwrap();
            begin(&journal, steps);
            journal.commit(&mut |_| {}).unwrap();
            journal.commit(&mut |_| {}).unwrap();
            journal.settle(&path, &mut |_| {}).unwrap();
            no_stray_files(&[root.path()]);
            for (at, fate) in fates.iter().enumerate() {
                let text = fs::read_to_string(folder.join(format!("file{at}"))).ok();
                let expected = match fate {
                    Fate::Stays => Some(format!("old {at}\n")),
                    Fate::Created | Fate::Replaced => Some(format!("new {at}\n")),
                    Fate::Taken | Fate::Moved => None,
                };
                prop_assert_eq!(text, expected, "{:?}", fate);
            }
            prop_assert!(folder.join("record").is_file());
            ends.push(Snapshot::of(&[&folder]));
            fs::remove_dir_all(folder).unwrap();
        }
        ends[0].assert_same(&ends[1]);
    }
}
