//! What came of a change, in words or JSON.

use std::time::Duration;

use serde_json::{Value, json};

use super::Context;
use super::failure::{Failure, recovered_words, remark};
use crate::apply::{Ask, Effect, ImportReport, Report, Stage, TestReport};
use crate::model::{Change, SiteName};
use crate::plan::Action;
use crate::system::diagnostics::Message;
use crate::system::facts::Remark;
use crate::system::staged_test::Way;

pub(super) fn print(context: &Context, ask: &Ask, report: &Report) -> Result<(), Failure> {
    let output = &context.output;
    if output.is_json() {
        return output.json(&to_json(report));
    }
    output.registry_used(&report.registry);
    if report.effect == Effect::Planned {
        let diff: String = report
            .files
            .iter()
            .map(crate::plan::FileChange::diff)
            .collect();
        output.text(&diff)?;
    }
    for message in &report.warnings {
        output.warn(&warning_words(message));
    }
    output.say(&format!("{}: {}", subject(ask), effect_words(report)));
    if report.edited && !matches!(ask, Ask::Change(Change::Refresh)) {
        output.warn("the registry had been edited since it was last applied; the edit is part of this change");
    }
    if let Some(error) = &report.unrecorded {
        output.warn(&format!(
            "the change is live but not yet recorded ({error}); `mech refresh` records it"
        ));
    }
    if report.overwritten {
        output
            .warn("a hand edit of mech's file was overwritten; the edited text is kept in history");
    }
    if let Some(import) = &report.import {
        import_words(context, import);
    }
    if let Some(words) = predecessor_words(report) {
        output.note(&words);
    }
    for found in &report.remarks {
        if found.is_warning() {
            output.warn(&remark_words(found));
        } else {
            output.note(&remark_words(found));
        }
    }
    Ok(())
}

/// A step, for a person who watches.
pub(super) fn stage_words(stage: &Stage) -> String {
    match stage {
        Stage::Locked { file } => format!("locked {}", file.display()),
        Stage::Prepared {
            nginx,
            live,
            sites,
            bytes,
        } => {
            let nginx = match nginx {
                Some((program, version)) => format!("nginx {version} ({})", program.display()),
                None => "no nginx".to_owned(),
            };
            format!(
                "rendered {sites} sites, {bytes} bytes, for {nginx}: {}",
                live.display()
            )
        }
        Stage::Tested { way, took } => {
            let how = match way {
                Way::Beside => "with the rest of the configuration",
                Way::Namespace => "with the rest of the configuration, in a mount namespace",
                Way::Alone => "by itself",
            };
            format!("tested {how}: nginx accepts it ({})", length(*took))
        }
        Stage::Committed => "committed".to_owned(),
        Stage::Recorded { file } => format!("recorded {}", file.display()),
    }
}

fn subject(ask: &Ask) -> String {
    match ask {
        Ask::Change(change) => match change {
            Change::Add { name, .. } | Change::Update { name, .. } => format!("site `{name}`"),
            Change::Remove { name, .. } => format!("remove `{name}`"),
            Change::Set { key, .. } | Change::Unset { key } => format!("setting `{}`", key.name()),
            Change::Reset => "reset".to_owned(),
            Change::Refresh => "refresh".to_owned(),
            Change::Replace(_) => "registry".to_owned(),
        },
        Ask::Rollback(Some(id)) => format!("rollback to entry {id}"),
        Ask::Rollback(None) => "rollback".to_owned(),
        Ask::Import { .. } => "import".to_owned(),
        Ask::User { site, user, .. } => format!("user `{user}` of `{site}`"),
    }
}

/// Why nginx is not told of users.
const USERS: &str = "nginx reads users at each request and needs no reload";

fn effect_words(report: &Report) -> String {
    let alone = if report.test == TestReport::PassedAlone {
        " (tested by itself first, then in place: the folder of nginx.conf cannot be written)"
    } else {
        ""
    };
    match &report.effect {
        Effect::Unchanged => "unchanged, nginx was left alone".to_owned(),
        Effect::Planned => match &report.test {
            TestReport::NotNeeded if report.users => format!("would be done, {USERS}"),
            TestReport::NotNeeded => "would be done, nothing in it concerns nginx".to_owned(),
            TestReport::Passed => "would be done, nginx accepts it".to_owned(),
            TestReport::PassedAlone => {
                "would be done, nginx accepts it by itself (not tested with the rest of the configuration)".to_owned()
            }
            TestReport::NotTested(why) => format!("would be done, not tested: {why}"),
        },
        Effect::Proven { workers, took, restarted } => {
            let how = if *restarted { "nginx was stopped and started" } else { "nginx has reloaded" };
            let plural = if *workers == 1 { "worker serves" } else { "workers serve" };
            format!("done, {how}: {workers} {plural} it after {}{alone}", length(*took))
        }
        Effect::Unverified(why) => format!("done, not verified: {why}"),
        Effect::NotRunning(why) => format!("done, it takes effect when nginx starts ({why})"),
        Effect::NoNginx => {
            "done and not tested: nginx is not installed yet; it takes effect when nginx starts".to_owned()
        }
        Effect::NeverReloaded => "done, nginx was not reloaded (setting `restart` is false)".to_owned(),
        Effect::RegistryOnly if report.users => format!("done, {USERS}"),
        Effect::RegistryOnly => "done, nothing in it concerns nginx".to_owned(),
    }
}

/// A length of time as a person reads it.
fn length(time: Duration) -> String {
    match time.as_millis() {
        short @ 0..1000 => format!("{short} ms"),
        _ => format!("{:.1} s", time.as_secs_f64()),
    }
}

fn warning_words(message: &Message) -> String {
    match &message.site {
        Some(site) => format!("site `{site}`: {}", message.words()),
        None => message.words(),
    }
}

fn remark_words(found: &Remark) -> String {
    match found {
        Remark::StickyByHash(site) => format!("clients of `{site}` stay with their backend by a consistent hash of a cookie; nginx itself keeps them from 1.29.6 on"),
        Remark::RotatesLogs(file) => format!("no rule rotated these logs, so one was made: `{}`", file.display()),
        Remark::RefusesUnknown => "from now on connections for names that no site has are closed; `mech set unknown-hosts default-site` lets the first site answer them, `--default` one that you choose".to_owned(),
        Remark::NoHost(site) => format!(
            "`{site}` has no host yet and answers to `{}`; give it one: mech update {site} --host=www.example.com",
            site.folded()
        ),
        Remark::NoStaticFolder(site, path) => {
            format!(
                "the folder `{}` of `{site}` is not there yet",
                path.display()
            )
        }
        Remark::IdleRedirect(site) => {
            format!(
                "`redirect-to-https` of `{site}` has no effect until it has `https`: mech update {site} --https"
            )
        }
        Remark::IdleUsers(site) => format!(
            "`{site}` asks for no passwords, so its users have no effect until it does: mech update {site} --auth"
        ),
        Remark::HiddenUsers { folder, user } => format!(
            "nginx's workers run as `{user}`, who may not pass `{}`, so they cannot read users and answer 500; let them pass: chmod o+x {}",
            folder.display(),
            shell_words::quote(&folder.to_string_lossy())
        ),
        Remark::Ipv6Localhost(port) => {
            format!("localhost:{port} answers on [::1] alone, so it is written as [::1]:{port}")
        }
        Remark::NoUsers(site) => {
            format!("nobody can log in to `{site}` before: mech auth add {site} USER")
        }
        Remark::NoErrorPage { site, page, asked } => {
            let then = if *asked {
                "its backends are asked for it"
            } else {
                "nginx shows its own until it is"
            };
            format!("the page `{page}` of `{site}` is no file of this machine; {then}")
        }
        Remark::RedirectChain { site, way, count } => {
            let others = match count {
                0 | 1 => String::new(),
                count => format!(" ({count} redirects lead to another one)"),
            };
            format!("the redirect map of `{site}` sends clients on more than once: {way}{others}")
        }
        Remark::StaleFile { site, error } => {
            format!("site `{site}` keeps the backends that its file last held: {error}")
        }
        Remark::StaleRedirects { site, error } => {
            format!("site `{site}` keeps the redirects that its map last held: {error}")
        }
        Remark::StaleTrust { error } => {
            format!("the networks that a file of `trust` last held stay trusted: {error}")
        }
        Remark::StaleAddresses { site, name, error } => {
            format!("site `{site}` keeps the addresses that `{name}` last had: {error}")
        }
    }
}

fn predecessor_words(report: &Report) -> Option<String> {
    let (kept, place) = report.predecessor.as_ref()?;
    Some(format!(
        "mechanic.conf is kept as {}; to let mechanic's sites be served again, copy it to {} and reload nginx",
        kept.display(),
        place.display()
    ))
}

fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

fn import_words(context: &Context, import: &ImportReport) {
    let output = &context.output;
    output.say(&format!(
        "{} taken over, {} copied",
        counted(import.sites, "site"),
        counted(import.overrides, "override folder")
    ));
    if let Some(kept) = &import.kept {
        output.say(&format!("mechanic.conf is kept as {}", kept.display()));
    }
    for found in &import.remarks {
        match found {
            crate::format::Remark::NotCarried { .. } => output.warn(&remark(found)),
            crate::format::Remark::Differs { .. } => output.note(&remark(found)),
        }
    }
}

fn to_json(report: &Report) -> Value {
    let planned = report.effect == Effect::Planned;
    let changes = report
        .files
        .iter()
        .filter(|file| file.action() != Action::Keep);
    let files: Vec<Value> = changes
        .map(|file| {
            let mut value = json!({ "path": file.path, "action": file.action().word() });
            if planned {
                value["diff"] = json!(file.diff());
            }
            value
        })
        .collect();
    let mut value = json!({
        "outcome": outcome_word(&report.effect),
        "changed": !matches!(report.effect, Effect::Unchanged | Effect::Planned),
        "registry": report.registry,
        "entry": report.entry,
        "sites": report.touched.iter().map(SiteName::as_str).collect::<Vec<_>>(),
        "removed": report.removed.iter().map(SiteName::as_str).collect::<Vec<_>>(),
        "files": files,
        "test": test_word(&report.test),
        "warnings": report.warnings.iter().map(warning_words).collect::<Vec<_>>(),
        "notes": report.remarks.iter().map(remark_words).chain(predecessor_words(report)).collect::<Vec<_>>(),
        "unrecorded": report.unrecorded,
        "recovered": report.recovered.as_ref().map(recovered_words),
        "registry-edited": report.edited,
        "overwrote-hand-edit": report.overwritten,
        "nginx": null,
        "reason": null,
        "test-reason": null,
        "import": null,
    });
    match &report.effect {
        Effect::Proven {
            workers,
            took,
            restarted,
        } => {
            value["nginx"] = json!({ "workers": workers, "seconds": took.as_secs_f64(), "restarted": restarted });
        }
        Effect::Unverified(why) | Effect::NotRunning(why) => value["reason"] = json!(why),
        Effect::Unchanged
        | Effect::Planned
        | Effect::NoNginx
        | Effect::NeverReloaded
        | Effect::RegistryOnly => {}
    }
    if let TestReport::NotTested(why) = &report.test {
        value["test-reason"] = json!(why);
    }
    if let Some(import) = &report.import {
        value["import"] = json!({
            "sites": import.sites,
            "overrides": import.overrides,
            "kept": import.kept,
            "remarks": import.remarks.iter().map(remark).collect::<Vec<_>>(),
        });
    }
    value
}

fn outcome_word(effect: &Effect) -> &'static str {
    match effect {
        Effect::Unchanged => "unchanged",
        Effect::Planned => "planned",
        Effect::Proven { .. } => "proven",
        Effect::Unverified(_) => "unverified",
        Effect::NotRunning(_) => "not-running",
        Effect::NoNginx => "not-installed",
        Effect::NeverReloaded => "not-reloaded",
        Effect::RegistryOnly => "registry",
    }
}

fn test_word(test: &TestReport) -> &'static str {
    match test {
        TestReport::NotNeeded => "not-needed",
        TestReport::Passed => "passed",
        TestReport::PassedAlone => "passed-alone",
        TestReport::NotTested(_) => "not-tested",
    }
}
