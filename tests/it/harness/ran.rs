//! What a run of `mech` left behind, and claims on it.

use std::fmt;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Output;

/// Words by which Rust's own innards would show.
const INNARDS: &[&str] = &[
    "panicked",
    "unwrap",
    "RUST_BACKTRACE",
    "Some(",
    "Err(",
    "Ok(",
    "Os { code",
    "kind: ",
];

/// Exit code and output of a run.
#[derive(Clone, Debug)]
pub(crate) struct Ran {
    pub(crate) command: String,
    /// The exit code; minus the number of the signal where one ended the run.
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    #[track_caller]
    pub(crate) fn new(command: String, output: &Output) -> Self {
        let code = output
            .status
            .code()
            .or(output.status.signal().map(|signal| -signal));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let ran = Self {
            command,
            code: code.expect("a run ends by exit or by a signal"),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        };
        // No test has to ask for this.
        assert!(!ran.stderr.contains("panicked at"), "{ran}");
        ran
    }

    /// Claims exit code 0.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        self.code(0)
    }

    /// Claims the exit code.
    #[track_caller]
    pub(crate) fn code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "exit code of:\n{self}");
        self
    }

    /// Claims that `text` stands in stdout.
    #[track_caller]
    pub(crate) fn stdout_has(self, text: &str) -> Self {
        assert!(
            self.stdout.contains(text),
            "no `{text}` in the stdout of:\n{self}"
        );
        self
    }

    /// Claims that `text` stands in stderr.
    #[track_caller]
    pub(crate) fn stderr_has(self, text: &str) -> Self {
        assert!(
            self.stderr.contains(text),
            "no `{text}` in the stderr of:\n{self}"
        );
        self
    }

    /// Claims that `text` stands nowhere.
    #[track_caller]
    pub(crate) fn says_nothing_of(self, text: &str) -> Self {
        assert!(
            !self.stdout.contains(text) && !self.stderr.contains(text),
            "`{text}` in:\n{self}"
        );
        self
    }

    /// The last line of stderr that is not empty: the state of the machine, where the run failed.
    pub(crate) fn last_line(&self) -> &str {
        self.stderr
            .lines()
            .rfind(|line| !line.trim().is_empty())
            .unwrap_or_default()
    }

    /// Claims that stderr shows no panic, no backtrace and nothing that looks like Rust's Debug output.
    #[track_caller]
    pub(crate) fn no_panic(self) -> Self {
        for word in INNARDS {
            assert!(
                !self.stderr.contains(word),
                "`{word}` in the stderr of:\n{self}"
            );
        }
        if let Some(shown) = debug_struct(&self.stderr) {
            panic!("`{shown}` looks like Debug output in:\n{self}");
        }
        self
    }
}

/// The first `Name {` or `Name("` in `text`: how Debug shows a struct or an enum; nginx's blocks are in small letters.
fn debug_struct(text: &str) -> Option<String> {
    for (at, _) in text.match_indices(" {").chain(text.match_indices("(\"")) {
        let before = &text[..at];
        let start = before
            .rfind(|c: char| !c.is_ascii_alphanumeric())
            .map_or(0, |space| space + 1);
        let name = &before[start..];
        let camel = name.starts_with(|c: char| c.is_ascii_uppercase())
            && name.contains(|c: char| c.is_ascii_lowercase());
        if camel {
            return Some(text[start..at + 2].to_owned());
        }
    }
    None
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "$ {}\nexit code {}\n--- stdout\n{}--- stderr\n{}---",
            self.command, self.code, self.stdout, self.stderr
        )
    }
}
