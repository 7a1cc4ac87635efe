//! `diff`: the registry against what is live, or what one entry of history changed.

use serde_json::json;

use super::Context;
use super::args::Diff;
use super::change::entry_id;
use super::failure::Failure;
use super::show::{gathered, rendered};
use crate::apply::{ApplyError, Cause};
use crate::plan::{FileChange, unified};
use crate::system::archive::Archive;
use crate::system::files::read_optional;

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
    let applied = newest.and_then(|entry| archive.registry(entry.id, &entry.after).ok());
    let files = [
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
