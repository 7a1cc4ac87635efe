//! As whom nginx's workers run, and which folders that user may pass.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use fs_err as fs;

use super::found::Found;
use super::machine::Machine;
use super::workers::{self, Role};

/// The user and the groups of nginx's workers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerUser {
    /// For people: its name, or its number.
    pub name: String,
    /// Its first group.
    pub group: u32,
    uid: u32,
    others: Vec<u32>,
}

impl WorkerUser {
    /// The user that the configuration names, else the one that runs the workers now, else the usual one.
    /// `None` where it cannot be known, or where mech is not root: then neither is its nginx.
    #[must_use]
    pub fn of(machine: &Machine) -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            return None;
        }
        let tree = machine.tree.as_ref();
        let said = tree.and_then(|tree| tree.main_directive("user"));
        let said = said.map(|found| found.directive.args.clone());
        let words = said.as_deref().map(|words| (words.first(), words.get(1)));
        if let Some((Some(user), group)) = words {
            return Self::named(user, group.map(String::as_str)).or_else(|| Self::running(machine));
        }
        // A package will bring a configuration that names its distribution's user.
        let usual: &[&str] = match machine.nginx {
            Some(_) => &["nobody"],
            None => &["www-data", "nginx", "nobody"],
        };
        let named = || usual.iter().find_map(|name| Self::named(name, None));
        Self::running(machine).or_else(named)
    }

    fn named(name: &str, group: Option<&str>) -> Option<Self> {
        let users = fs::read_to_string("/etc/passwd").ok()?;
        let groups = fs::read_to_string("/etc/group").unwrap_or_default();
        let mut user = users
            .lines()
            .map(fields)
            .find(|of| of.first() == Some(&name))?
            .into_iter();
        let uid = user.nth(2)?.parse().ok()?;
        let own: u32 = user.next()?.parse().ok()?;
        let id = |of: &[&str]| of.get(2).and_then(|id| id.parse().ok());
        let groups: Vec<Vec<&str>> = groups.lines().map(fields).collect();
        let called = |wanted: &str| {
            let mut found = groups.iter().filter(|of| of.first() == Some(&wanted));
            found.find_map(|of| id(of))
        };
        // Without a second word nginx takes the group that is called as the user.
        let group = match group {
            Some(group) => called(group)?,
            None => called(name).unwrap_or(own),
        };
        let member = |of: &&Vec<&str>| {
            of.get(3)
                .is_some_and(|members| members.split(',').any(|member| member == name))
        };
        Some(Self {
            name: name.to_owned(),
            group,
            uid,
            others: groups
                .iter()
                .filter(member)
                .filter_map(|of| id(of))
                .collect(),
        })
    }

    fn running(machine: &Machine) -> Option<Self> {
        let Ok(Found::Running(master)) = machine.master() else {
            return None;
        };
        let found = workers::of(&master).ok()?;
        let worker = found.into_iter().find(|w| w.role == Role::Accepting)?;
        let found = fs::metadata(format!("/proc/{}", worker.pid)).ok()?;
        Some(Self {
            name: found.uid().to_string(),
            group: found.gid(),
            uid: found.uid(),
            others: Vec::new(),
        })
    }

    /// The first folder on the way to `path`, from the top, that this user may not pass.
    #[must_use]
    pub fn stopped_at(&self, path: &Path) -> Option<PathBuf> {
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let mut folders: Vec<&Path> = path.ancestors().collect();
        folders.reverse();
        folders
            .into_iter()
            .find(|folder| fs::metadata(folder).is_ok_and(|found| !self.may_pass(&found)))
            .map(Path::to_owned)
    }

    fn may_pass(&self, folder: &std::fs::Metadata) -> bool {
        let bit = if folder.uid() == self.uid {
            0o100
        } else if folder.gid() == self.group || self.others.contains(&folder.gid()) {
            0o010
        } else {
            0o001
        };
        self.uid == 0 || folder.mode() & bit != 0
    }
}

fn fields(line: &str) -> Vec<&str> {
    line.split(':').collect()
}
