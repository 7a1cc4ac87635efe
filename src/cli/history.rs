//! `history`: what was changed, newest first.

use serde_json::json;
use time::OffsetDateTime;
use time::macros::format_description;

use super::Context;
use super::failure::Failure;
use crate::apply::{ApplyError, Cause};
use crate::format::command_line;
use crate::history::Entry;
use crate::system::archive::Archive;

pub(super) fn history(context: &Context) -> Result<(), Failure> {
    context.look()?;
    let archive = Archive::of(&context.state.history());
    let ids = archive
        .ids()
        .map_err(|error| ApplyError::from(Cause::Io(error)))?;
    let mut entries = Vec::with_capacity(ids.len());
    for id in ids.into_iter().rev() {
        match archive.entry(id) {
            Ok(entry) => entries.push(entry),
            // One that is spoiled does not hide the others.
            Err(error) => context.output.warn(&error.to_string()),
        }
    }
    if context.output.is_json() {
        let entries: Vec<_> = entries
            .iter()
            .map(|entry| {
                json!({
                    "id": entry.id,
                    "time": rfc3339(entry),
                    "user": entry.user,
                    "sudo-user": entry.sudo_user,
                    "command": entry.command,
                    "outcome": entry.outcome.word(),
                    "overwrote-hand-edit": entry.overwritten.is_some(),
                })
            })
            .collect();
        return context.answer(json!({ "entries": entries }));
    }
    let text: String = entries.iter().map(line).collect();
    context.output.text(&text)
}

fn line(entry: &Entry) -> String {
    let user = match &entry.sudo_user {
        Some(person) => format!("{person} ({})", entry.user),
        None => entry.user.clone(),
    };
    let command =
        command_line(std::iter::once("mech").chain(entry.command.iter().map(String::as_str)));
    // A value with a line feed, which was trimmed off, must not look like an entry of its own.
    let command = command.replace(char::is_control, " ");
    format!(
        "{:>5}  {}  {user:<12}  {:<10}  {command}\n",
        entry.id,
        readable(entry),
        entry.outcome.word()
    )
}

fn moment(entry: &Entry) -> OffsetDateTime {
    let seconds = i64::try_from(entry.time).unwrap_or(0);
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn readable(entry: &Entry) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC");
    moment(entry).format(format).unwrap_or_default()
}

fn rfc3339(entry: &Entry) -> String {
    moment(entry)
        .format(&time::format_description::well_known::Rfc3339)
        .unwrap_or_default()
}
