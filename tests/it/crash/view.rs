//! What can be seen of a scene from outside.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::scene::Scene;
use crate::harness::Snapshot;

/// The names that are asked for; each is served or answers with nginx's own 404.
const HOSTS: [&str; 4] = ["one.test", "two.test", "three.test", "m1.test"];

/// What can be seen from outside: files, and the answers of the running nginx.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct View {
    pub(crate) registry: String,
    /// mech's file and the predecessor's, wherever they lie.
    pub(crate) confs: BTreeMap<PathBuf, String>,
    /// Override files that a person has written to; those of removed sites too.
    pub(crate) overrides: BTreeMap<PathBuf, String>,
    pub(crate) answers: Vec<String>,
    pub(crate) history: Vec<String>,
}

impl Scene {
    /// What is to be seen now.
    pub(crate) fn view(&self) -> View {
        let prefix = self.world.nginx.prefix();
        let mut confs = BTreeMap::new();
        for folder in ["conf.d", "sites-enabled"] {
            for name in ["mech.conf", "mechanic.conf"] {
                let path = Path::new(folder).join(name);
                if let Ok(text) = fs::read_to_string(prefix.join(&path)) {
                    confs.insert(path, text);
                }
            }
        }
        let mut overrides = BTreeMap::new();
        texts(&self.overrides(), &mut overrides);
        overrides.retain(|_, text| text.contains("X-Mark"));
        View {
            registry: self.world.registry(),
            confs,
            overrides,
            answers: HOSTS.iter().map(|host| self.answer(host)).collect(),
            history: self.history(),
        }
    }

    /// Who answers for `host`, and with the override or without.
    pub(crate) fn answer(&self, host: &str) -> String {
        match self.world.request(host, "/").try_send() {
            Ok(answer) => format!(
                "{host}: {} {} {}",
                answer.status,
                answer.header("X-Test-Backend").unwrap_or("-"),
                answer.header("X-Mark").unwrap_or("-"),
            ),
            // Where no site is left nobody listens.
            Err(_) => format!("{host}: nobody"),
        }
    }

    /// The command lines in history, oldest first.
    pub(crate) fn history(&self) -> Vec<String> {
        let folder = self.world.home.data().join("registry.d/history");
        let Ok(listed) = fs::read_dir(folder) else {
            return Vec::new();
        };
        let mut names: Vec<PathBuf> = listed.map(|entry| entry.unwrap().path()).collect();
        names.sort();
        names
            .iter()
            .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with('0'))
            .map(|path| {
                let entry: Value =
                    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
                let words = entry["command"].as_array().unwrap();
                let words: Vec<&str> = words.iter().map(|word| word.as_str().unwrap()).collect();
                words.join(" ")
            })
            .collect()
    }

    /// Every file but logs, temporary files, pid and lock.
    pub(crate) fn everything(&self) -> Snapshot {
        self.world.snapshot()
    }
}

/// Every file below `folder` with its text.
pub(super) fn texts(folder: &Path, found: &mut BTreeMap<PathBuf, String>) {
    let Ok(listed) = fs::read_dir(folder) else {
        return;
    };
    for entry in listed {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts(&path, found);
        } else if path.is_file() {
            let bytes = fs::read(&path).unwrap();
            found.insert(path, String::from_utf8_lossy(&bytes).into_owned());
        }
    }
}
