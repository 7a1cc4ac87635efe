//! The files of users in a change: what they are, what they become, and how they get there.
//!
//! nginx opens such a file for each request, so a changed one needs no reload; it takes part in
//! everything else.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};

use super::Ask;
use super::back::Goal;
use super::error::{ApplyError, Cause, UserError};
use super::live::LiveError;
use crate::format::{PasswordFile, PasswordFiles, print_password_files, users_shown};
use crate::model::{Registry, SiteName};
use crate::plan::FileChange;
use crate::system::archive::Archive;
use crate::system::facts::Remark;
use crate::system::journal::Step;
use crate::system::machine::Machine;
use crate::system::passwords::{
    is_misplaced, make_password_folder, read_passwords, write_password_file,
};
use crate::system::state::{State, digest};
use crate::system::worker_user::WorkerUser;

/// The files of users, as they are and as they are to be.
pub(super) struct Users {
    folder: PathBuf,
    before: PasswordFiles,
    after: PasswordFiles,
    /// Those that have the right content, and whom nginx's workers may not be able to read.
    misplaced: HashSet<String>,
    worker: Option<WorkerUser>,
}

impl Users {
    pub(super) fn of(
        ask: &Ask,
        before: &Registry,
        after: &Registry,
        machine: &Machine,
        state: &State,
        dry_run: bool,
    ) -> Result<Self, ApplyError> {
        let folder = state.passwords();
        let found = match read_passwords(&folder) {
            // Who may not read them is shown the rest of a change.
            Err(error) if dry_run && error.kind() == io::ErrorKind::PermissionDenied => match ask {
                Ask::User { .. } => return Err(Cause::Io(error).into()),
                _ => PasswordFiles::new(),
            },
            found => found.map_err(Cause::Io)?,
        };
        let wanted = wanted(ask, before, after, &found, state)?;
        // Without any file there is nobody to read them.
        let worker = (!wanted.is_empty())
            .then(|| WorkerUser::of(machine))
            .flatten();
        let group = worker.as_ref().map(|worker| worker.group);
        let misplaced = wanted
            .keys()
            .filter(|name| is_misplaced(&folder.join(name), group))
            .cloned()
            .collect();
        Ok(Self {
            folder,
            before: found,
            after: wanted,
            misplaced,
            worker,
        })
    }

    /// All files as history keeps them, as they are and as they are to be.
    pub(super) fn texts(&self) -> [Option<String>; 2] {
        [&self.before, &self.after].map(print_password_files)
    }

    /// What tells their state after the change from another.
    pub(super) fn digest(&self) -> Option<String> {
        print_password_files(&self.after).map(|text| digest(text.as_bytes()))
    }

    /// Whether anything is to be done, or a person has edited what was last `applied`.
    pub(super) fn changes(&self, applied: Option<&str>) -> bool {
        self.writes() || self.digest().as_deref() != applied
    }

    /// Whether any file is to be written or taken away.
    pub(super) fn writes(&self) -> bool {
        self.before != self.after || !self.misplaced.is_empty()
    }

    fn put(&self) -> impl Iterator<Item = (&String, &String)> {
        self.after.iter().filter(|(name, text)| {
            self.before.get(*name) != Some(text) || self.misplaced.contains(*name)
        })
    }

    fn taken(&self) -> impl Iterator<Item = &String> {
        let names = self.before.keys();
        names.filter(|name| !self.after.contains_key(*name))
    }

    /// Writes the new files beside their places; gives what was written, though not all may be.
    pub(super) fn stage(&self, written: &mut Vec<PathBuf>) -> io::Result<()> {
        if self.put().next().is_some() {
            make_password_folder(&self.folder)?;
        }
        let group = self.worker.as_ref().map(|worker| worker.group);
        for (name, text) in self.put() {
            let staged = beside(&self.folder, name, "new");
            written.push(staged.clone());
            write_password_file(&staged, text, group)?;
        }
        Ok(())
    }

    /// The steps before nginx's text gets new sites: their users are there first.
    pub(super) fn first_steps(&self) -> impl Iterator<Item = Step> {
        self.put().map(|(name, _)| Step::Put {
            target: self.folder.join(name),
            staged: beside(&self.folder, name, "new"),
            kept: self
                .before
                .contains_key(name)
                .then(|| beside(&self.folder, name, "kept")),
        })
    }

    /// The steps after nginx's text has lost its sites.
    pub(super) fn last_steps(&self) -> impl Iterator<Item = Step> {
        self.taken().map(|name| Step::Take {
            target: self.folder.join(name),
            kept: beside(&self.folder, name, "kept"),
        })
    }

    /// Refuses to overwrite what somebody else has written meanwhile.
    pub(super) fn refuse_newer(&self) -> Result<(), LiveError> {
        if self.writes() && read_passwords(&self.folder)? != self.before {
            let name = self.folder.display();
            let error = format!(
                "a file in `{name}` was changed by somebody else at this moment; try again"
            );
            return Err(io::Error::other(error).into());
        }
        Ok(())
    }

    /// The plan: users by name, and never a hash.
    pub(super) fn shown(&self) -> Vec<FileChange> {
        users_changes(&self.folder, &self.before, &self.after)
    }

    /// The sites that stay and whose users change.
    pub(super) fn touched<'a>(&'a self, after: &'a Registry) -> impl Iterator<Item = &'a SiteName> {
        let sites = after.sites.iter().map(|site| &site.name);
        sites.filter(|name| {
            let name = name.as_str();
            self.before.get(name) != self.after.get(name)
                && has_users(self.before.get(name)) | has_users(self.after.get(name))
        })
    }

    /// What a person should know of the users of these sites.
    pub(super) fn remarks(&self, sites: &[SiteName], after: &Registry) -> Vec<Remark> {
        let mut remarks = Vec::new();
        let mut read = false;
        for site in sites.iter().filter_map(|name| after.site(name)) {
            let users = has_users(self.after.get(site.name.as_str()));
            read |= !site.auth.is_empty();
            match (site.auth.is_empty(), users) {
                (false, false) => remarks.push(Remark::NoUsers(site.name.clone())),
                (true, true) => remarks.push(Remark::IdleUsers(site.name.clone())),
                _ => {}
            }
        }
        let stopped = self.worker.as_ref().filter(|_| read).and_then(|worker| {
            Some(Remark::HiddenUsers {
                folder: worker.stopped_at(&self.folder)?,
                user: worker.name.clone(),
            })
        });
        remarks.extend(stopped);
        remarks
    }
}

/// Takes the folders of users' files away where nothing is in them.
pub(super) fn leave_no_empty_folder(state: &State) {
    let history = Archive::of(&state.history()).passwords_folder();
    for folder in [state.passwords(), history] {
        let _ = fs_err::remove_dir(folder);
    }
}

/// What differs between two states of the files, by the users alone.
#[must_use]
pub fn users_changes(
    folder: &Path,
    before: &PasswordFiles,
    after: &PasswordFiles,
) -> Vec<FileChange> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changed = names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name));
    let change = |name: &String| {
        let text = |files: &PasswordFiles| files.get(name).cloned();
        let (old, new) = (text(before), text(after));
        let [before, after] = users_shown(old.as_deref(), new.as_deref());
        FileChange {
            path: folder.join(name),
            before,
            after,
        }
    };
    changed.map(change).collect()
}

fn has_users(text: Option<&String>) -> bool {
    text.is_some_and(|text| PasswordFile::read(text).users().next().is_some())
}

fn beside(folder: &Path, name: &str, end: &str) -> PathBuf {
    folder.join(format!(".{name}.{end}"))
}

/// The files after the change: those of sites that stay, with what is asked of one of them.
///
/// A new site starts without users, whatever an old one of its name has left. One that asks for
/// passwords has a file even without users: nginx then asks, where it would answer 403 for want of a
/// file and complain of it in its log.
fn wanted(
    ask: &Ask,
    before: &Registry,
    after: &Registry,
    found: &PasswordFiles,
    state: &State,
) -> Result<PasswordFiles, ApplyError> {
    let earlier = match ask {
        Ask::Rollback(entry) => Some(Goal::of(state, *entry)?.passwords()?),
        Ask::Change(_) | Ask::Import { .. } | Ask::User { .. } => None,
    };
    let known: HashSet<String> = before.sites.iter().map(|s| s.name.folded()).collect();
    let source = earlier.as_ref().unwrap_or(found);
    // A registry edited by hand may spell a name in other letters.
    let folded: HashMap<String, &String> = source
        .iter()
        .map(|(name, text)| (name.to_ascii_lowercase(), text))
        .collect();
    let mut files = PasswordFiles::new();
    for site in &after.sites {
        let stays = earlier.is_some() || known.contains(&site.name.folded());
        let text = source
            .get(site.name.as_str())
            .or_else(|| folded.get(&site.name.folded()).copied())
            .filter(|_| stays);
        let mut text = text.cloned();
        if let Ask::User { site: of, .. } = ask
            && of.folded() == site.name.folded()
        {
            text = asked(ask, text.as_deref(), &site.name)?;
        }
        let empty = text
            .as_ref()
            .is_none_or(|text| PasswordFile::read(text).is_empty());
        if !empty || !site.auth.is_empty() {
            files.insert(site.name.as_str().to_owned(), text.unwrap_or_default());
        }
    }
    Ok(files)
}

fn asked(ask: &Ask, text: Option<&str>, site: &SiteName) -> Result<Option<String>, ApplyError> {
    let Ask::User {
        user,
        hash,
        if_exists,
        ..
    } = ask
    else {
        return Ok(text.map(str::to_owned));
    };
    let mut file = PasswordFile::read(text.unwrap_or_default());
    match hash {
        Some(hash) if file.hash_of(user) == Some(hash) => return Ok(text.map(str::to_owned)),
        Some(hash) => file.set(user, hash.clone()),
        None if file.remove(user) => {}
        None if *if_exists => return Ok(text.map(str::to_owned)),
        None => {
            return Err(Cause::User(UserError::Unknown {
                site: site.clone(),
                user: user.clone(),
                known: file.users().map(str::to_owned).collect(),
            })
            .into());
        }
    }
    Ok(Some(file.print()))
}
