//! First floor: the history of changes. Pure.
//!
//! An entry is never rewritten and never removed but by age and number. A rollback is a new entry.

use serde::{Deserialize, Serialize};

/// One committed change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Counts up from 1; never taken from a clock.
    pub id: u64,
    /// Seconds since 1970, UTC.
    pub time: u64,
    /// The user that mech ran as.
    pub user: String,
    /// `SUDO_USER`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sudo_user: Option<String>,
    /// The command line, word by word.
    pub command: Vec<String>,
    /// The digest of the registry before; none where there was none.
    pub before: Option<String>,
    /// The digest of the registry after.
    pub after: String,
    /// The digest of all files of users before; none where there were none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub passwords_before: Option<String>,
    /// The digest of all files of users after.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub passwords_after: Option<String>,
    /// Whether a running nginx was seen to take it.
    pub outcome: Outcome,
    /// The digest of a hand-edited `mech.conf` that this change overwrote.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub overwritten: Option<String>,
    /// The version of mech.
    pub mech: String,
}

/// What was known of nginx when the change was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// A running nginx was seen to have taken it.
    Proven,
    /// nginx was told, and it could not be seen whether it took it.
    Unverified,
    /// nginx did not run or is never told; it takes it when it starts.
    Written,
    /// Nothing in it concerned nginx.
    Registry,
}

impl Outcome {
    /// The word for it in lists and JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Unverified => "unverified",
            Self::Written => "written",
            Self::Registry => "registry",
        }
    }
}

/// The ids of the entries to let go of: those beyond the newest `most`, and those older than `age`
/// seconds at `now`. The newest one always stays.
#[must_use]
pub fn expired(entries: &[(u64, u64)], now: u64, most: usize, age: u64) -> Vec<u64> {
    let mut newest_first = entries.to_vec();
    newest_first.sort_unstable_by_key(|&(id, _)| std::cmp::Reverse(id));
    newest_first
        .into_iter()
        .enumerate()
        .filter(|&(at, (_, time))| at > 0 && (at >= most || now.saturating_sub(time) > age))
        .map(|(_, (id, _))| id)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::expired;

    #[test]
    fn keeps_the_newest_by_number_and_age() {
        let entries = [(1, 100), (2, 200), (3, 300), (4, 400)];
        assert_eq!(expired(&entries, 400, 10, 1000), Vec::<u64>::new());
        assert_eq!(expired(&entries, 400, 2, 1000), [2, 1]);
        assert_eq!(expired(&entries, 450, 10, 200), [2, 1]);
        assert_eq!(expired(&entries, 9999, 0, 0), [3, 2, 1], "the newest stays");
        assert_eq!(expired(&[], 0, 1, 1), Vec::<u64>::new());
    }
}
