//! `diff`: the registry against what is live, or what one entry of history changed.

use std::io::ErrorKind;

use serde_json::json;

use super::Context;
use super::args::Diff;
use super::change::entry_id;
use super::failure::Failure;
use super::show::{gathered, rendered};
use crate::apply::{ApplyError, Cause, users_changes};
use crate::format::{PasswordFiles, read_password_files};
use crate::history::Entry;
use crate::plan::{FileChange, unified};
use crate::system::archive::{Archive, ArchiveError};
use crate::system::files::read_optional;
use crate::system::passwords::read_passwords;

pub(super) fn diff(context: &Context, args: &Diff) -> Result<(), Failure> {
    match &args.entry {
        Some(id) => of_entry(context, entry_id(id)?),
        None => of_live(context),
    }
}

fn of_entry(context: &Context, id: u64) -> Result<(), Failure> {
    // What is pending is said here too; a registry that cannot be read does not hide history.
    let _ = context.look();
    let archive = Archive::of(&context.state.history());
    let entry = archive.entry(id).map_err(ApplyError::from)?;
    let text = |digest: &String| archive.registry(id, digest).map_err(ApplyError::from);
    let before = entry
        .before
        .as_ref()
        .map(text)
        .transpose()?
        .unwrap_or_default();
    let after = text(&entry.after)?;
    let path = &context.state.registry;
    let diff = if before == after {
        String::new()
    } else {
        unified(&before, &after, path, path)
    };
    let diff = diff + &users(context, &archive, &entry)?;
    if context.output.is_json() {
        return context.answer(json!({ "entry": id, "diff": diff }));
    }
    if diff.is_empty() {
        context
            .output
            .say(&format!("entry {id} did not change the registry"));
    }
    context.output.text(&diff)
}

/// What an entry changed of users: their names, never a hash.
fn users(context: &Context, archive: &Archive, entry: &Entry) -> Result<String, Failure> {
    if entry.passwords_before == entry.passwords_after {
        return Ok(String::new());
    }
    let read = |digest: &Option<String>| -> Result<PasswordFiles, ApplyError> {
        let Some(digest) = digest else {
            return Ok(PasswordFiles::new());
        };
        let text = archive.passwords(entry.id, digest)?;
        let path = archive.passwords_file(digest);
        Ok(read_password_files(&text).map_err(|error| ArchiveError::Entry { path, error })?)
    };
    let files = [&entry.passwords_before, &entry.passwords_after].map(read);
    match files {
        [Ok(before), Ok(after)] => {
            let changes = users_changes(&context.state.passwords(), &before, &after);
            Ok(changes.iter().map(FileChange::diff).collect())
        }
        [Err(error), _] | [_, Err(error)] => match &*error.cause {
            Cause::Archive(ArchiveError::Io(error))
                if error.kind() == ErrorKind::PermissionDenied =>
            {
                context
                    .output
                    .warn("which users it changed is for the owner of the registry to read");
                Ok(String::new())
            }
            _ => Err(error.into()),
        },
    }
}

/// What a person has edited of users since the newest entry, as far as this user may read it.
fn edited_users(context: &Context, archive: &Archive, newest: &Entry) -> Option<Vec<FileChange>> {
    let folder = context.state.passwords();
    let found = read_passwords(&folder).ok()?;
    let applied = match &newest.passwords_after {
        Some(digest) => read_password_files(&archive.passwords(newest.id, digest).ok()?).ok()?,
        None => PasswordFiles::new(),
    };
    Some(users_changes(&folder, &applied, &found))
}

fn of_live(context: &Context) -> Result<(), Failure> {
    let look = context.look()?;
    let (machine, gathered) = gathered(context, &look.registry)?;
    let wanted = rendered(&look.registry, &gathered)?.text;
    let live =
        read_optional(&machine.live()).map_err(|error| ApplyError::from(Cause::Io(error)))?;
    let archive = Archive::of(&context.state.history());
    let newest = archive
        .ids()
        .ok()
        .and_then(|ids| archive.entry(*ids.last()?).ok());
    let applied = newest
        .as_ref()
        .and_then(|entry| archive.registry(entry.id, &entry.after).ok());
    let mut files = vec![
        FileChange {
            path: context.state.registry.clone(),
            before: applied,
            after: look.text,
        },
        FileChange {
            path: machine.live(),
            before: live.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
            after: (!wanted.is_empty()).then_some(wanted),
        },
    ];
    files.extend(
        newest
            .and_then(|entry| edited_users(context, &archive, &entry))
            .into_iter()
            .flatten(),
    );
    let diffs: Vec<String> = files
        .iter()
        .map(FileChange::diff)
        .filter(|diff| !diff.is_empty())
        .collect();
    if context.output.is_json() {
        let changes: Vec<_> = files
            .iter()
            .map(|file| json!({ "path": file.path, "action": file.action().word(), "diff": file.diff() }))
            .collect();
        return context.answer(json!({ "differs": !diffs.is_empty(), "files": changes }));
    }
    if diffs.is_empty() {
        context.output.say("what is live is what the registry says");
    }
    context.output.text(&diffs.concat())
}
