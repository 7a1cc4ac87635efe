//! Rotating the logs, where nothing else does.

use std::io;
use std::path::{Path, PathBuf};

use fs_err as fs;

use super::files::read_optional;
use super::machine::Machine;
use crate::syntax::wildcard;

/// Where logrotate looks for the rules of packages.
const FOLDER: &str = "/etc/logrotate.d";

/// The name of mech's rule there.
const FILE: &str = "mech";

/// The folder of the rules: the one that is set, else the system's for the system's own registry.
#[must_use]
pub fn folder(set: Option<&Path>, is_system: bool) -> Option<PathBuf> {
    set.map(Path::to_owned)
        .or_else(|| is_system.then(|| PathBuf::from(FOLDER)))
        .filter(|folder| folder.is_dir())
}

/// Writes a rule for the folder of the logs, unless a rule covers it; gives the file that was made.
///
/// Only beside an nginx that is there: its package may bring a rule, and logrotate takes two for one
/// file as an error. A rule that is there is never touched again, whoever wrote it.
pub fn ensure(rules: &Path, machine: &Machine) -> io::Result<Option<PathBuf>> {
    if machine.nginx.is_none() {
        return Ok(None);
    }
    let logs = &machine.places.logs;
    let sample = logs.join("mech.access.log");
    for entry in fs::read_dir(rules)? {
        let text = read_optional(&entry?.path()).ok().flatten();
        let text = text.unwrap_or_default();
        if covers(&String::from_utf8_lossy(&text), &sample) {
            return Ok(None);
        }
    }
    let file = rules.join(FILE);
    let made = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&file);
    match made {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(None),
        Err(error) => Err(error),
        Ok(mut made) => {
            io::Write::write_all(&mut made, rule(logs, &machine.pid_file).as_bytes())?;
            Ok(Some(file))
        }
    }
}

/// Whether a file of rules names this log.
fn covers(rules: &str, log: &Path) -> bool {
    let mut inside = false;
    for line in rules.lines().map(str::trim) {
        if line.starts_with('#') {
            continue;
        }
        if inside {
            inside = !line.starts_with('}');
            continue;
        }
        let names = line.split('{').next().unwrap_or_default();
        let words = names.split_whitespace();
        let is_of_log = |word: &str| {
            let word = word.trim_matches(['"', '\'']);
            wildcard(word).is_some_and(|pattern| pattern.matches_path(log))
        };
        if words.into_iter().any(is_of_log) {
            return true;
        }
        inside = line.contains('{') && !line.contains('}');
    }
    false
}

fn rule(logs: &Path, pid_file: &Path) -> String {
    let quoted = |path: &Path| format!("\"{}\"", path.display());
    let (access, error) = (logs.join("*.access.log"), logs.join("*.error.log"));
    let pid = shell_words::quote(&pid_file.to_string_lossy()).into_owned();
    format!(
        "# Made by mech, because no rule covered this folder. It is yours now: mech does not touch it again.\n\
         {} {} {{\n    daily\n    rotate 14\n    missingok\n    notifempty\n    compress\n    delaycompress\n    sharedscripts\n    \
         postrotate\n        [ ! -s {pid} ] || kill -USR1 \"$(cat {pid})\"\n    endscript\n}}\n",
        quoted(&access),
        quoted(&error),
    )
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::covers;

    #[test]
    fn a_rule_covers_what_its_patterns_name() {
        let log = Path::new("/var/log/nginx/mech.access.log");
        for rules in [
            "/var/log/nginx/*.log {\n daily\n}\n",
            "# c\n/var/log/x.log /var/log/nginx/*.access.log\n{\n}\n",
            "\"/var/log/nginx/*log\" {\n}\n",
            "/a {\n rotate 1\n}\n/var/log/*/*.log {\n}\n",
        ] {
            assert!(covers(rules, log), "{rules}");
        }
        for rules in [
            "/var/log/nginx/access.log {\n}\n",
            "# /var/log/nginx/*.log {\n",
            "/a {\n prerotate\n /var/log/nginx/*.log\n endscript\n}\n",
            "",
        ] {
            assert!(!covers(rules, log), "{rules}");
        }
    }
}
