//! The files beside the registry: the lock, the journal, what was last applied, history.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::files::read_optional;
use super::nginx::Known;

/// The paths of one registry's state. For `/var/lib/mech/registry.json` it is the folder
/// `/var/lib/mech/registry.d`.
#[derive(Clone, Debug)]
pub struct State {
    /// The registry.
    pub registry: PathBuf,
    /// The folder of all the rest.
    pub folder: PathBuf,
}

impl State {
    /// The state of the registry at this path.
    #[must_use]
    pub fn of(registry: &Path) -> Self {
        // Only `.json` gives way to `.d`: `a.json` and `a.txt` are two registries.
        let json = registry.extension().is_some_and(|end| end == "json");
        let stem = if json {
            registry.with_extension("")
        } else {
            registry.to_owned()
        };
        let mut folder = stem.into_os_string();
        folder.push(".d");
        Self {
            registry: registry.to_owned(),
            folder: folder.into(),
        }
    }

    /// The file that is locked.
    #[must_use]
    pub fn lock(&self) -> PathBuf {
        self.folder.join("lock")
    }

    /// The journal of a commit in progress.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        self.folder.join("journal.json")
    }

    /// The file that a change replaces: the registry, or what it is a link to. The link, into a checkout
    /// say, stays; else the checkout would go stale without a word.
    #[must_use]
    pub fn registry_file(&self) -> PathBuf {
        self.linked().unwrap_or_else(|| self.registry.clone())
    }

    /// Where the new registry is staged: beside the old one, under a name that a later run knows.
    #[must_use]
    pub fn staged_registry(&self) -> PathBuf {
        beside(&self.registry_file(), "staged")
    }

    /// Where the registry from before is kept while a commit is under way. It is renamed back, so it is on
    /// the file system of the registry.
    #[must_use]
    pub fn kept_registry(&self) -> PathBuf {
        match self.linked() {
            Some(file) => beside(&file, "kept"),
            None => self.folder.join("registry.kept"),
        }
    }

    fn linked(&self) -> Option<PathBuf> {
        self.registry
            .is_symlink()
            .then(|| fs_err::canonicalize(&self.registry).ok())
            .flatten()
    }

    /// What was last applied.
    #[must_use]
    pub fn applied(&self) -> PathBuf {
        self.folder.join("applied.json")
    }

    /// The folder of history.
    #[must_use]
    pub fn history(&self) -> PathBuf {
        self.folder.join("history")
    }

    /// The folder of the password files that nginx reads, one for each site with users.
    #[must_use]
    pub fn passwords(&self) -> PathBuf {
        self.folder.join("passwords")
    }

    /// The folder of files that an import replaced.
    #[must_use]
    pub fn imported(&self) -> PathBuf {
        self.folder.join("imported")
    }
}

fn beside(file: &Path, end: &str) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!(".{name}.{end}"))
}

/// What was last applied, so that a later run can tell what changed since.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Applied {
    /// The digest of the registry's text.
    pub registry: String,
    /// Where mech's file was written; none where there was no site.
    pub live: Option<PathBuf>,
    /// The digest of what was written there.
    pub text: String,
    /// One digest of all files that the text names.
    pub inputs: String,
    /// The digest of all files of users; none where there were none.
    #[serde(default)]
    pub passwords: Option<String>,
    /// Whether a running nginx was seen to have taken it.
    pub proven: bool,
    /// Which nginx it was rendered for.
    pub nginx: Option<Known>,
    /// What each `@FILE` last held.
    #[serde(default)]
    pub files: BTreeMap<String, Vec<String>>,
    /// What the host name of each backend last resolved to.
    #[serde(default)]
    pub addresses: BTreeMap<String, Vec<IpAddr>>,
    /// The text of each redirect map when it was last good.
    #[serde(default)]
    pub redirects: BTreeMap<String, String>,
    /// The text of each file of trusted networks when it was last good.
    #[serde(default)]
    pub trusted: BTreeMap<String, String>,
    /// Ports of `localhost` rendered as `[::1]`.
    #[serde(default)]
    pub ipv6_only: Vec<u16>,
}

impl Applied {
    /// Reads what was last applied; none before the first change, or where the file is not mech's.
    ///
    /// Nothing is lost without it: the next change is then tested, reloaded and proven.
    pub fn load(path: &Path) -> io::Result<Option<Self>> {
        let bytes = read_optional(path)?;
        Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    /// The text of the file.
    #[must_use]
    pub fn print(&self) -> Vec<u8> {
        // Plain strings, numbers and lists: printing them cannot fail.
        let mut text = serde_json::to_vec_pretty(self).unwrap_or_default();
        text.push(b'\n');
        text
    }
}

/// A digest by which contents are told apart.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// A digest over several named contents.
#[derive(Default)]
pub struct Digests(Sha256);

impl Digests {
    /// Takes in one file; none is a file that is not there.
    pub fn add(&mut self, name: &str, content: Option<&[u8]>) {
        let length = content.map_or(u64::MAX, |content| content.len() as u64);
        self.0.update(name.as_bytes());
        self.0.update([0]);
        self.0.update(length.to_le_bytes());
        self.0.update(content.unwrap_or_default());
    }

    /// The digest of all.
    #[must_use]
    pub fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

fn hex(bytes: &[u8]) -> String {
    let pairs = bytes.iter().map(|byte| format!("{byte:02x}"));
    pairs.collect::<Vec<_>>().concat()
}
