//! What is planned, applied and planned again is nothing; what history lets go of is what it may.

use std::collections::BTreeMap;
use std::path::PathBuf;

use mech::history::expired;
use mech::plan::{Action, FileChange};
use proptest::prelude::*;

use super::cases;

type Files = BTreeMap<PathBuf, String>;

fn files() -> impl Strategy<Value = Files> {
    prop::collection::btree_map(
        "/[a-c]".prop_map(PathBuf::from),
        "([a-c ]{0,3}\n){0,6}[a-c]{0,2}",
        0..4,
    )
}

fn plan(observed: &Files, desired: &Files) -> Vec<FileChange> {
    let mut paths: Vec<&PathBuf> = observed.keys().chain(desired.keys()).collect();
    paths.sort();
    paths.dedup();
    let change = |path: &PathBuf| FileChange {
        path: path.clone(),
        before: observed.get(path).cloned(),
        after: desired.get(path).cloned(),
    };
    paths.into_iter().map(change).collect()
}

fn apply(files: &Files, plan: &[FileChange]) -> Files {
    let mut after = files.clone();
    for change in plan {
        match change.action() {
            Action::Create | Action::Replace => {
                after.insert(change.path.clone(), change.after.clone().unwrap());
            }
            Action::Remove => drop(after.remove(&change.path)),
            Action::Keep => {}
        }
    }
    after
}

/// The lines of one side of a unified diff that shows the whole file.
fn side(diff: &str, sign: char) -> Vec<String> {
    let lines = diff
        .lines()
        .skip(2)
        .filter(|line| !line.starts_with("@@") && !line.starts_with('\\'));
    lines
        .filter(|line| line.starts_with(' ') || line.starts_with(sign))
        .map(|line| line[1..].to_owned())
        .collect()
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn a_plan_applied_leaves_nothing_to_plan(observed in files(), desired in files()) {
        let first = plan(&observed, &desired);
        let after = apply(&observed, &first);
        prop_assert_eq!(&after, &desired);
        for change in plan(&after, &desired) {
            prop_assert_eq!(change.action(), Action::Keep);
            prop_assert_eq!(change.diff(), "");
        }
    }

    #[test]
    fn a_diff_shows_both_texts(before in "([a-c]{1,2}\n){0,4}", after in "([a-c]{1,2}\n){0,4}") {
        let change = FileChange { path: "/x".into(), before: Some(before.clone()), after: Some(after.clone()) };
        let diff = change.diff();
        prop_assert_eq!(diff.is_empty(), before == after);
        if before != after && before.lines().count() + after.lines().count() <= 4 {
            prop_assert_eq!(side(&diff, '-'), before.lines().collect::<Vec<_>>());
            prop_assert_eq!(side(&diff, '+'), after.lines().collect::<Vec<_>>());
        }
    }

    #[test]
    fn history_lets_go_of_the_old_and_the_many_and_never_of_the_newest(
        times in prop::collection::vec(0_u64..1_000, 0..12), now in 0_u64..2_000, most in 0_usize..14, age in 0_u64..1_200,
    ) {
        let entries: Vec<(u64, u64)> = (1..).zip(times).collect();
        let gone = expired(&entries, now, most, age);
        let newest = entries.last().map(|&(id, _)| id);
        for &(id, time) in &entries {
            let newer = entries.iter().filter(|(other, _)| *other > id).count();
            let may_go = Some(id) != newest && (newer >= most || now.saturating_sub(time) > age);
            prop_assert_eq!(gone.contains(&id), may_go, "entry {}", id);
        }
        prop_assert!(gone.is_sorted_by(|a, b| a > b), "the newest first: {gone:?}");
        let kept: Vec<(u64, u64)> = entries.iter().copied().filter(|(id, _)| !gone.contains(id)).collect();
        prop_assert!(kept.len() <= most.max(1));
        prop_assert_eq!(expired(&kept, now, most, age), Vec::<u64>::new());
        let mut shuffled = entries;
        shuffled.reverse();
        prop_assert_eq!(expired(&shuffled, now, most, age), gone, "the order on disk does not count");
    }
}
