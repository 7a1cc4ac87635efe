//! `nginx -t` of a candidate in the full context of the user's own configuration, while the live
//! file stays as it is.
//!
//! nginx is given a main file in which the include that would read the live file reads the staged
//! one instead, on the same line and at the same place in nginx's order. That main file must lie
//! beside the real one, because relative includes resolve against its folder. Where that folder
//! cannot be written, the same text is bound over the real main file in a mount namespace of its own
//! (`unshare`); where that is not allowed either, the candidate is tested alone, and that is said.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

use fs_err as fs;

use super::config_tree::{ConfigTree, StageError};
use super::files::{exists, remove_optional, write_new};
use super::nginx::{Nginx, NginxError};
use super::state::digest;

/// The name of the main file that is tested; hidden, so that no include reads it.
pub const TEST_FILE: &str = ".mech-test.conf";

/// What was tested and how it went.
#[derive(Debug)]
pub struct Tested {
    /// Whether nginx accepts it.
    pub accepted: bool,
    /// What nginx said.
    pub stderr: Vec<u8>,
    /// How the context was made.
    pub way: Way,
    /// How long nginx took: about as long as the master will take to load it.
    pub took: Duration,
    /// Staged paths and what they stand for.
    pub names: Vec<(PathBuf, PathBuf)>,
}

/// How the candidate was put into its context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// A main file beside the real one.
    Beside,
    /// A main file bound over the real one in a private mount namespace.
    Namespace,
    /// No context: the candidate by itself.
    Alone,
}

/// Why there was no test.
#[derive(Debug, thiserror::Error)]
pub enum TestError {
    /// nginx could not be run.
    #[error("{0}")]
    Nginx(#[from] NginxError),
    /// The user's configuration cannot be restated with the candidate in it.
    #[error("{0}")]
    Stage(#[from] StageError),
    /// A file of the test could not be written.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// What is to be tested.
pub struct Candidate<'a> {
    /// The nginx that tests.
    pub nginx: &'a Nginx,
    /// Its configuration.
    pub tree: &'a ConfigTree,
    /// Live files and what stands for them in the test; none leaves one out.
    pub swap: &'a [(PathBuf, Option<PathBuf>)],
    /// A folder of mech's own for files of the test.
    pub folder: &'a Path,
    /// nginx's pid file.
    pub pid_file: &'a Path,
    /// Log files that the candidate names.
    pub logs: &'a [PathBuf],
}

/// Runs the test. Whatever nginx creates meanwhile is removed again.
pub fn run(candidate: &Candidate<'_>) -> Result<Tested, TestError> {
    let _traces = Traces::before(candidate);
    let start = Instant::now();
    let place = |original: &Path| nested(candidate.folder, original);
    let staged = candidate.tree.staged(candidate.swap, &place)?;
    let mut written = Written::default();
    let mut names: Vec<(PathBuf, PathBuf)> = candidate
        .swap
        .iter()
        .filter_map(|(live, staged)| staged.clone().map(|staged| (staged, live.clone())))
        .collect();
    for (original, text) in &staged.others {
        let path = place(original);
        written.write(&path, text, original)?;
        names.push((path, original.clone()));
    }
    let real = candidate.nginx.conf();
    let beside = real.with_file_name(TEST_FILE);
    let (output, way) = if let Ok(()) = written.write(&beside, &staged.main_text, &real) {
        names.push((beside.clone(), real));
        (candidate.nginx.test(&beside)?, Way::Beside)
    } else {
        let main = candidate.folder.join("main.conf");
        written.write(&main, &staged.main_text, &real)?;
        match in_namespace(candidate.nginx, &main, &real) {
            Some(output) => (output, Way::Namespace),
            None => return alone(candidate, start),
        }
    };
    Ok(tested(&output, way, start, names))
}

fn tested(output: &Output, way: Way, start: Instant, names: Vec<(PathBuf, PathBuf)>) -> Tested {
    let (accepted, stderr) = (output.status.success(), output.stderr.clone());
    Tested {
        accepted,
        stderr,
        way,
        took: start.elapsed(),
        names,
    }
}

/// Tests in a mount namespace of its own; none where the kernel does not allow one.
fn in_namespace(nginx: &Nginx, main: &Path, real: &Path) -> Option<Output> {
    // Whoever calls mech may have a PATH without the folders of `mount`.
    let script = "PATH=\"$PATH:/usr/bin:/bin:/usr/sbin:/sbin\"; mount --bind \"$1\" \"$2\" || exit 125; shift 2; exec \"$@\"";
    let mut words: Vec<String> = [
        "unshare",
        "--mount",
        "--propagation",
        "private",
        "sh",
        "-c",
        script,
        "mech",
    ]
    .map(str::to_owned)
    .to_vec();
    words.extend([main.display().to_string(), real.display().to_string()]);
    words.extend(shell_words::split(&nginx.typed("-t")).unwrap_or_default());
    words.push("-q".to_owned());
    let folders = std::ffi::OsStr::new("/usr/bin:/bin:/usr/sbin:/sbin");
    match super::nginx::run_words(&words, Some(folders)) {
        // 125 is the script's own, 1 with `unshare:` that of a namespace refused.
        Ok(output)
            if output.status.code() == Some(125) || output.stderr.starts_with(b"unshare:") =>
        {
            None
        }
        Ok(output) => Some(output),
        Err(_) => None,
    }
}

/// Tests the candidate without the user's configuration, but with the modules that it loads.
fn alone(candidate: &Candidate<'_>, start: Instant) -> Result<Tested, TestError> {
    let mut written = Written::default();
    let folder = candidate.folder.join("alone");
    fs::create_dir_all(&folder)?;
    let modules = candidate.tree.main_directives("load_module");
    let mut lines: Vec<String> = modules
        .iter()
        .filter_map(|found| found.directive.args.first())
        .map(|module| format!("load_module \"{module}\";\n"))
        .collect();
    let at = |name: &str| folder.join(name).display().to_string();
    lines.push(format!("pid \"{}\";\nevents {{}}\nhttp {{\n", at("pid")));
    for name in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
        lines.push(format!("    {name}_temp_path \"{}\";\n", at(name)));
    }
    let staged: Vec<&PathBuf> = candidate
        .swap
        .iter()
        .filter_map(|(_, staged)| staged.as_ref())
        .collect();
    for file in &staged {
        lines.push(format!("    include \"{}\";\n", file.display()));
    }
    lines.push("}\n".to_owned());
    let main = folder.join("nginx.conf");
    written.write(&main, lines.concat().as_bytes(), &main)?;
    let output = candidate.nginx.test(&main)?;
    let _ = fs::remove_dir_all(&folder);
    let names = candidate
        .swap
        .iter()
        .filter_map(|(live, staged)| staged.clone().map(|staged| (staged, live.clone())))
        .collect();
    Ok(tested(&output, Way::Alone, start, names))
}

/// Where a changed copy of an included file lies during a test.
fn nested(folder: &Path, original: &Path) -> PathBuf {
    let flat: String = original
        .to_string_lossy()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    // `a-b` and `a/b` are flat alike.
    let whole = digest(original.to_string_lossy().as_bytes());
    folder.join(format!("test{flat}-{}", whole.get(..8).unwrap_or_default()))
}

/// Files of a test, removed when it ends.
#[derive(Default)]
struct Written(Vec<PathBuf>);

impl Written {
    /// Writes a file that only those may read who may read `original`: it says the same.
    fn write(&mut self, path: &Path, text: &[u8], original: &Path) -> io::Result<()> {
        self.0.push(path.to_owned());
        write_new(path, text, original, 0o644)
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        for path in &self.0 {
            let _ = remove_optional(path);
        }
    }
}

/// What `nginx -t` creates where it is missing: an empty pid file, with which a later signal would
/// fail, and log files.
struct Traces(Vec<PathBuf>);

impl Traces {
    fn before(candidate: &Candidate<'_>) -> Self {
        let nginx = candidate.nginx;
        let compiled_in = [&nginx.build.http_log_path, &nginx.build.error_log_path];
        let logs = candidate.tree.all_directives(&["access_log", "error_log"]);
        let said = logs.iter().filter_map(|found| found.directive.args.first());
        // A log with a variable in its path is opened by the workers; the rest are no files.
        let files = compiled_in
            .into_iter()
            .chain(said)
            .filter(|log| !log.contains(['$', ':']) && !matches!(log.as_str(), "off" | "stderr"));
        let users = files.map(|log| nginx.prefix().join(log));
        let mut missing: Vec<PathBuf> = candidate
            .logs
            .iter()
            .cloned()
            .chain(users)
            .filter(|path| !exists(path))
            .collect();
        if !exists(candidate.pid_file) {
            missing.push(candidate.pid_file.to_owned());
        }
        Self(missing)
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        for path in &self.0 {
            // Empty, or it is no longer the test's: an nginx that started meanwhile writes its pid.
            if fs::symlink_metadata(path).is_ok_and(|found| found.is_file() && found.len() == 0) {
                let _ = remove_optional(path);
            }
        }
    }
}
