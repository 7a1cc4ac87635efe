//! First floor: what a change would write, and how that differs from what is there. Pure.

use std::path::{Path, PathBuf};

use similar::TextDiff;

/// One file as it is and as it is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// The file.
    pub path: PathBuf,
    /// What it holds; none where there is none.
    pub before: Option<String>,
    /// What it is to hold; none where it is to go.
    pub after: Option<String>,
}

/// What becomes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// There was none.
    Create,
    /// Its content changes.
    Replace,
    /// It goes.
    Remove,
    /// Nothing.
    Keep,
}

impl FileChange {
    /// What becomes of the file.
    #[must_use]
    pub fn action(&self) -> Action {
        match (&self.before, &self.after) {
            (None, Some(_)) => Action::Create,
            (Some(_), None) => Action::Remove,
            (Some(before), Some(after)) if before != after => Action::Replace,
            (None, None) | (Some(_), Some(_)) => Action::Keep,
        }
    }

    /// The unified diff; empty where nothing changes.
    #[must_use]
    pub fn diff(&self) -> String {
        if self.action() == Action::Keep {
            return String::new();
        }
        let null = Path::new("/dev/null");
        let side = |text: &Option<String>| {
            if text.is_some() {
                self.path.as_path()
            } else {
                null
            }
        };
        unified(
            self.before.as_deref().unwrap_or_default(),
            self.after.as_deref().unwrap_or_default(),
            side(&self.before),
            side(&self.after),
        )
    }
}

impl Action {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Replace => "replace",
            Self::Remove => "remove",
            Self::Keep => "keep",
        }
    }
}

/// A unified diff of two texts.
#[must_use]
pub fn unified(before: &str, after: &str, old: &Path, new: &Path) -> String {
    let diff = TextDiff::from_lines(before, after);
    let mut lines = diff.unified_diff();
    lines
        .context_radius(3)
        .header(&old.display().to_string(), &new.display().to_string())
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::{Action, FileChange};

    #[test]
    fn tells_what_becomes_of_a_file() {
        let change = |before: Option<&str>, after: Option<&str>| FileChange {
            path: "/x".into(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
        };
        assert_eq!(change(None, Some("a\n")).action(), Action::Create);
        assert_eq!(change(Some("a\n"), None).action(), Action::Remove);
        assert_eq!(change(Some("a\n"), Some("a\n")).action(), Action::Keep);
        assert_eq!(change(Some("a\n"), Some("a\n")).diff(), "");
        let replaced = change(Some("a\nb\n"), Some("a\nc\n"));
        assert_eq!(replaced.action(), Action::Replace);
        assert_eq!(
            replaced.diff(),
            "--- /x\n+++ /x\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"
        );
        // Applied, it would change nothing more.
        assert_eq!(
            change(replaced.after.as_deref(), replaced.after.as_deref()).action(),
            Action::Keep
        );
    }
}
