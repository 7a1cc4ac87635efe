//! The record of a change: its history entry, both registries, what is now applied.

use std::io;
use std::path::PathBuf;

use super::Options;
use super::error::{ApplyError, Cause};
use super::prepare::Prepared;
use super::staged::Staged;
use crate::history::{Entry, Outcome};
use crate::system::archive::Archive;
use crate::system::environment::{Environment, now};
use crate::system::files::{exists, read_optional, write_new};
use crate::system::journal::{Journal, Step};
use crate::system::nginx::Nginx;
use crate::system::passwords::make_secret_folder;
use crate::system::state::{Applied, State, digest};

/// The staged history entry.
pub(super) const ENTRY: &str = "entry.new";
const APPLIED: &str = "applied.new";

/// Stages the history entry and what goes with it. The outcome is filled in when it is known; until
/// then the record says what is true after a crash: written, and not proven.
pub(super) fn record(
    prepared: &Prepared,
    staged_files: &Staged,
    environment: &Environment,
    state: &State,
    options: &Options,
) -> Result<Vec<Step>, ApplyError> {
    let archive = Archive::of(&state.history());
    let id = archive
        .ids()
        .map_err(Cause::Io)?
        .last()
        .map_or(1, |last| last + 1);
    let overwritten = prepared.live.text.as_ref().filter(|_| prepared.live.edited);
    let users = prepared.users.texts();
    let [passwords_before, passwords_after] = users
        .each_ref()
        .map(|text| text.as_ref().map(|text| digest(text.as_bytes())));
    let entry = Entry {
        id,
        time: now(),
        user: environment.user.clone(),
        sudo_user: environment.sudo_user.clone(),
        command: options.command.clone(),
        before: prepared
            .before_text
            .as_ref()
            .map(|text| digest(text.as_bytes())),
        after: digest(prepared.after_text.as_bytes()),
        passwords_before,
        passwords_after,
        outcome: if prepared.changes_nginx() {
            Outcome::Written
        } else {
            Outcome::Registry
        },
        overwritten: overwritten.map(|text| digest(text.as_bytes())),
        mech: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let mut steps = Vec::new();
    let mut put_as = |name: &str, target: PathBuf, bytes: &[u8], mode| -> Result<(), ApplyError> {
        // Beside its place: a folder that takes no file says so now, not when the change is live.
        let staged = target.with_file_name(name);
        staged_files.record.borrow_mut().push(staged.clone());
        write_new(&staged, bytes, &target, mode).map_err(Cause::Io)?;
        steps.push(Step::Put {
            target,
            staged,
            kept: None,
        });
        Ok(())
    };
    let [old, new] = &users;
    let old = old.as_ref().filter(|_| old != new);
    for (name, text) in [("users-before.new", old), ("users-after.new", new.as_ref())] {
        let Some(text) = text else { continue };
        let file = archive.passwords_file(&digest(text.as_bytes()));
        if !exists(&file) {
            make_secret_folder(&archive.passwords_folder()).map_err(Cause::Io)?;
            put_as(name, file, text.as_bytes(), 0o600)?;
        }
    }
    let mut put = |name: &str, target, bytes: &[u8]| put_as(name, target, bytes, 0o644);
    let texts = prepared.before_text.iter().chain([&prepared.after_text]);
    for (name, text) in ["before.new", "after.new"].iter().rev().zip(texts.rev()) {
        let file = archive.registry_file(&digest(text.as_bytes()));
        if !exists(&file) {
            put(name, file, text.as_bytes())?;
        }
    }
    if let (Some(text), Some(digest)) = (overwritten, &entry.overwritten) {
        put(
            "edited.new",
            archive.overwritten_file(digest),
            text.as_bytes(),
        )?;
    }
    let replaced = prepared.imported.as_ref();
    if let Some(imported) = replaced.filter(|imported| imported.conf_text.is_some()) {
        fs_err::create_dir_all(state.imported()).map_err(Cause::Io)?;
        let name = imported.conf_file.file_name().unwrap_or_default();
        put(
            "imported.new",
            state.imported().join(name),
            &imported.conf_bytes,
        )?;
    }
    put(APPLIED, state.applied(), &applied(prepared, false).print())?;
    put(ENTRY, archive.entry_file(id), &print_entry(&entry))?;
    Ok(steps)
}

fn print_entry(entry: &Entry) -> Vec<u8> {
    // Plain strings, numbers and lists: printing them cannot fail.
    let mut text = serde_json::to_vec_pretty(entry).unwrap_or_default();
    text.push(b'\n');
    text
}

fn applied(prepared: &Prepared, proven: bool) -> Applied {
    let empty = prepared.rendered.text.is_empty();
    Applied {
        registry: digest(prepared.after_text.as_bytes()),
        live: (!empty).then(|| prepared.live.path.clone()),
        text: digest(prepared.rendered.text.as_bytes()),
        inputs: prepared.gathered.inputs.clone(),
        passwords: prepared.users.digest(),
        proven: proven || empty,
        nginx: prepared.machine.nginx.as_ref().and_then(Nginx::known),
        files: prepared.gathered.files.clone(),
        addresses: prepared.gathered.addresses.clone(),
        redirects: prepared.gathered.redirects.clone(),
        trusted: prepared.gathered.trusted.clone(),
        ipv6_only: prepared.gathered.facts.ipv6_only.iter().copied().collect(),
    }
}

/// Fills the outcome in on the staged record.
pub(super) fn finish_record(journal: &Journal, outcome: Outcome, proven: bool) -> io::Result<()> {
    for step in &journal.settle {
        let Step::Put { staged, target, .. } = step else {
            continue;
        };
        let name = staged.file_name().and_then(|name| name.to_str());
        let Some(bytes) = read_optional(staged)? else {
            continue;
        };
        let finished = match name {
            Some(ENTRY) => serde_json::from_slice::<Entry>(&bytes)
                .ok()
                .map(|mut entry| {
                    entry.outcome = outcome;
                    print_entry(&entry)
                }),
            Some(APPLIED) => serde_json::from_slice::<Applied>(&bytes)
                .ok()
                .map(|mut applied| {
                    applied.proven |= proven;
                    applied.print()
                }),
            _ => None,
        };
        if let Some(finished) = finished.filter(|finished| *finished != bytes) {
            let whole = staged.with_extension("whole");
            write_new(&whole, &finished, target, 0o644)?;
            fs_err::rename(&whole, staged)?;
        }
    }
    Ok(())
}
