//! The verbs that change something: arguments to an [`Ask`], a report to words.

use std::io::Write;
use std::time::Duration;

use super::args::{Add, Changing, Import, ImportSource, Refresh, Remove, Reset, Rollback, Update};
use super::failure::{Failure, recovered_words};
use super::site_options::SiteOptions;
use super::{Context, report};
use crate::apply::{Ask, Options, Stage, apply};
use crate::model::{Change, SiteName, SitePatch};
use crate::system::environment::stdin_is_terminal;

pub(super) fn add(context: &Context, args: &Add) -> Result<(), Failure> {
    let name = site_name(&args.name)?;
    warn_of_path(context, args.site.path_ignored());
    let change = Change::Add {
        patch: patch(&name, &args.site)?,
        name,
        upsert: args.upsert,
    };
    run(context, &Ask::Change(change), &args.changing)
}

pub(super) fn update(context: &Context, args: &Update) -> Result<(), Failure> {
    let name = site_name(&args.name)?;
    warn_of_path(context, args.site.path_ignored());
    let change = Change::Update {
        patch: patch(&name, &args.site)?,
        name,
    };
    run(context, &Ask::Change(change), &args.changing)
}

pub(super) fn remove(context: &Context, args: &Remove) -> Result<(), Failure> {
    let change = Change::Remove {
        name: site_name(&args.name)?,
        if_exists: args.if_exists,
    };
    run(context, &Ask::Change(change), &args.changing)
}

pub(super) fn refresh(context: &Context, args: &Refresh) -> Result<(), Failure> {
    run(context, &Ask::Change(Change::Refresh), &args.changing)
}

pub(super) fn reset(context: &Context, args: &Reset) -> Result<(), Failure> {
    if !args.yes && !args.changing.dry_run {
        confirm(context)?;
    }
    run(context, &Ask::Change(Change::Reset), &args.changing)
}

pub(super) fn import(context: &Context, args: &Import) -> Result<(), Failure> {
    let ImportSource::Mechanic(mechanic) = &args.source;
    let ask = Ask::Import {
        file: mechanic.file.clone(),
        partial: mechanic.partial,
    };
    run(context, &ask, &mechanic.changing)
}

pub(super) fn rollback(context: &Context, args: &Rollback) -> Result<(), Failure> {
    let entry = args.entry.as_deref().map(entry_id).transpose()?;
    run(context, &Ask::Rollback(entry), &args.changing)
}

/// Carries a change out and tells what came of it.
pub(super) fn run(context: &Context, ask: &Ask, changing: &Changing) -> Result<(), Failure> {
    let options = Options {
        dry_run: changing.dry_run,
        force: changing.force,
        reload: changing.reload,
        restart_nginx: changing.restart_nginx,
        lock_wait: lock_wait(&context.global.lock_wait)?,
        command: context.words.clone(),
    };
    let tell = |stage: &Stage| context.output.step(&report::stage_words(stage));
    let done = apply(&context.environment, &context.state, ask, &options, &tell);
    let earlier = match &done {
        Ok(report) => &report.recovered,
        Err(error) => &error.recovered,
    };
    if let Some(recovered) = earlier {
        context.output.warn(&recovered_words(recovered));
    }
    let report = done?;
    report::print(context, ask, &report)
}

fn patch(name: &SiteName, options: &SiteOptions) -> Result<SitePatch, Failure> {
    options.patch().map_err(|error| Failure::Option {
        site: name.clone(),
        error,
    })
}

pub(super) fn site_name(text: &str) -> Result<SiteName, Failure> {
    text.parse().map_err(|error| Failure::Name {
        name: text.to_owned(),
        error,
    })
}

pub(super) fn entry_id(text: &str) -> Result<u64, Failure> {
    text.parse().map_err(|_| Failure::Entry(text.to_owned()))
}

fn lock_wait(text: &str) -> Result<Duration, Failure> {
    let parsed: Result<crate::model::Duration, _> = text.parse();
    parsed
        .map(|wait| Duration::from_secs(wait.as_seconds()))
        .map_err(|error| Failure::LockWait {
            value: text.to_owned(),
            error,
        })
}

fn warn_of_path(context: &Context, given: bool) {
    if given {
        context
            .output
            .warn("`--path` has no effect; it had none in mechanic either");
    }
}

fn confirm(context: &Context) -> Result<(), Failure> {
    if !stdin_is_terminal() {
        return Err(Failure::Unconfirmed);
    }
    let sites = context.look()?.registry.sites.len();
    let question = format!(
        "Forget {sites} sites and all settings of {}? [y/N] ",
        context.state.registry.display()
    );
    let _ = std::io::stderr().write_all(question.as_bytes());
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    match (read, answer.trim().to_ascii_lowercase().as_str()) {
        (Ok(_), "y" | "yes") => Ok(()),
        _ => Err(Failure::Declined),
    }
}
