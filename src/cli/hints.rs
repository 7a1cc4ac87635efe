//! What to type next, by the error.

use std::io;

use crate::apply::{ApplyError, Cause, LiveError, LoadError, Rejection, ReloadError, UserError};
use crate::format::FormatError;
use crate::model::{ChangeError, Conflict, SiteName, SiteOption};
use crate::render::{Refusal, RenderError};
use crate::system::archive::ArchiveError;
use crate::system::facts::FactError;
use crate::system::lock::LockError;
use crate::system::machine::{FILE, MachineError};
use crate::system::staged_test::TestError;
/// The known word nearest to a mistyped one, where one is near.
pub(super) fn closest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = |candidate: &str| {
        strsim::damerau_levenshtein(&word.to_lowercase(), &candidate.to_lowercase())
    };
    known
        .map(|candidate| (near(candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len().min(word.len()) / 4)
        .min()
        .map(|(_, candidate)| candidate)
}

/// What can be typed after a change that did not happen.
pub(super) fn of_change(error: &ApplyError) -> Vec<String> {
    let one = |hint: &str| vec![hint.to_owned()];
    if denied(&error.cause) && !rustix::process::geteuid().is_root() {
        return one("run it as root, with `sudo` before the command");
    }
    match &*error.cause {
        Cause::Lock(LockError::Held { .. }) => {
            one("wait for it to finish, or wait longer with --lock-wait=60")
        }
        Cause::Load(error) => load_hints(error),
        Cause::Change(error) => change_hints(error),
        Cause::Live(error) => live_hints(error),
        Cause::Rejected(rejection)
            if rejection
                .messages
                .iter()
                .any(|message| message.text.contains("(24: ")) =>
        {
            one("one pair of logs for all sites needs fewer open files: mech set logs-shared true")
        }
        Cause::Rejected(rejection) => rejection_hint(rejection).into_iter().collect(),
        Cause::Reload(error) => reload_hints(error),
        Cause::Fact(error) => fact_hints(error),
        Cause::Render(RenderError::Refused(Refusal::DefaultTaken { file, .. })) => {
            vec![format!(
                "take `default_server` out of `{}` (or remove that file if you do not need it), then try again",
                file.display()
            )]
        }
        Cause::Render(RenderError::Template(_)) => one("mech unset template"),
        Cause::Render(RenderError::Refused(Refusal::Http2Socket { .. })) => {
            one("mech set http2 true")
        }
        Cause::Render(RenderError::Refused(Refusal::Lacks { site, option, .. })) => {
            let setting = || format!("mech unset {option}");
            let hint = site.as_ref().map(|site| without(option, site));
            vec![hint.unwrap_or_else(setting)]
        }
        Cause::Machine(MachineError::Nginx(_)) => one("mech set nginx /path/to/nginx"),
        Cause::NotCarried(_) => {
            one("mend it with mechanic first, or leave these sites out with --partial")
        }
        Cause::Pending => one("mech refresh"),
        Cause::Journal(_) => one(
            "move that file away, then run `mech diff` to see how things stand and `mech refresh` to settle it",
        ),
        Cause::NotEmpty => one(
            "mech list > sites.sh; mech reset; then import, and replay from sites.sh what you need",
        ),
        Cause::Archive(
            ArchiveError::Unknown(_) | ArchiveError::Gone(_) | ArchiveError::UsersGone(_),
        ) => one("mech history"),
        Cause::User(UserError::Unknown { site, user, known }) => {
            let close = closest(user.as_str(), known.iter().map(String::as_str));
            close
                .map(|close| format!("did you mean `{close}`?"))
                .into_iter()
                .chain([format!("mech auth list {site}")])
                .collect()
        }
        Cause::Render(_)
        | Cause::Machine(_)
        | Cause::Archive(_)
        | Cause::Test(_)
        | Cause::Mechanic { .. }
        | Cause::Lock(LockError::Io(_))
        | Cause::Io(_) => Vec::new(),
    }
}

fn denied(cause: &Cause) -> bool {
    let refused = |error: &io::Error| error.kind() == io::ErrorKind::PermissionDenied;
    match cause {
        Cause::Io(error)
        | Cause::Lock(LockError::Io(error))
        | Cause::Test(TestError::Io(error))
        | Cause::Archive(ArchiveError::Io(error))
        | Cause::Load(LoadError::Io(error))
        | Cause::Fact(
            FactError::Io(error)
            | FactError::Certificate { error, .. }
            | FactError::Verify { error, .. },
        )
        | Cause::Live(LiveError::Io(error)) => refused(error),
        Cause::Rejected(rejection) => rejection
            .messages
            .iter()
            .any(|message| message.is_error() && message.text.contains("(13: Permission denied)")),
        _ => false,
    }
}

/// Where to look, if nginx blames a file of the person's own.
fn rejection_hint(rejection: &Rejection) -> Option<String> {
    let blamed = rejection
        .messages
        .iter()
        .find(|message| message.is_error())?;
    let (file, line) = (blamed.file.as_ref()?, blamed.line?);
    (!file.ends_with(FILE)).then(|| format!("look at line {line} of {}", file.display()))
}

fn load_hints(error: &LoadError) -> Vec<String> {
    match error {
        LoadError::Format {
            path,
            snapshot: Some(snapshot),
            ..
        }
        | LoadError::Missing {
            path,
            snapshot: Some(snapshot),
        } => vec![format!(
            "restore the last good one: cp {} {}",
            shell_words::quote(&snapshot.to_string_lossy()),
            shell_words::quote(&path.to_string_lossy()),
        )],
        LoadError::Format {
            path,
            error: FormatError::NoVersion,
            ..
        } => {
            vec![format!(
                "mech import mechanic {}",
                shell_words::quote(&path.to_string_lossy())
            )]
        }
        LoadError::Newer { .. }
        | LoadError::Format {
            error: FormatError::Newer { .. },
            ..
        } => {
            vec!["install the newer mech again".to_owned()]
        }
        LoadError::Missing { .. } => vec![
            "bring it back from a backup, or start anew with another one: --data FILE".to_owned(),
        ],
        LoadError::Io(_) | LoadError::Text(_) | LoadError::Format { .. } => Vec::new(),
    }
}

fn change_hints(error: &ChangeError) -> Vec<String> {
    match error {
        ChangeError::Exists(name) => vec![
            format!("mech update {name}"),
            format!("mech add {name} --upsert"),
        ],
        ChangeError::Unknown { name, known } => {
            let close = closest(name.as_str(), known.iter().map(SiteName::as_str));
            close
                .map(|close| format!("did you mean `{close}`?"))
                .into_iter()
                .chain(["mech list".to_owned()])
                .collect()
        }
        ChangeError::Conflict(Conflict::Nothing(name)) => {
            vec![format!(
                "say where its app listens, such as: mech add {name} --backends=3000"
            )]
        }
        ChangeError::Conflict(Conflict::Defaults { .. }) => {
            vec!["repeat the command with --default=move".to_owned()]
        }
        ChangeError::Conflict(Conflict::OwnPort { .. }) => {
            vec!["the app listens on a port of its own, such as 3000".to_owned()]
        }
        ChangeError::Conflict(Conflict::Needs {
            site,
            option,
            other,
        }) => {
            let value = match other {
                SiteOption::Backends => "=3000",
                SiteOption::Static => "=/srv/www",
                SiteOption::Host => "=www.example.com",
                _ => "",
            };
            vec![
                format!("repeat the command with --{}{value}", other.name()),
                without(option.name(), site),
            ]
        }
        ChangeError::Conflict(Conflict::Against { site, option, .. }) => {
            vec![without(option.name(), site)]
        }
        ChangeError::Value { .. } | ChangeError::Setting { .. } | ChangeError::Conflict(_) => {
            Vec::new()
        }
    }
}

/// A site that is about to be added cannot be updated yet, and one that has the option must be.
fn without(option: &str, site: &SiteName) -> String {
    format!(
        "repeat the command without --{option}, or take it from a site that has it: mech update {site} --{option}="
    )
}

fn live_hints(error: &LiveError) -> Vec<String> {
    match error {
        LiveError::Edited { .. } => vec![
            "keep the edit in an override file (see `man mech`), then repeat the command with --force; the edited text is kept in history".to_owned(),
        ],
        LiveError::NotIncluded { main, file } => {
            let folder = file.parent().map(|folder| folder.display().to_string()).unwrap_or_default();
            vec![
                format!("add this line within `http {{ }}` of `{}`: include {folder}/*.conf;", main.display()),
                "or name a folder that it does include: mech set conf /FOLDER".to_owned(),
            ]
        }
        LiveError::OtherRegistry { owner, .. } => vec![format!("use that registry: mech --data {owner} list")],
        LiveError::Foreign(path) => vec![format!("move `{}` away, or overwrite it with --force", path.display())],
        LiveError::NoMain(_) => vec!["name the nginx that is meant, with its file: mech set nginx 'nginx -c /path/to/nginx.conf'".to_owned()],
        LiveError::Io(_) => Vec::new(),
    }
}

fn reload_hints(error: &ReloadError) -> Vec<String> {
    match error {
        ReloadError::NeedsRestart(_) => {
            vec![
                "repeat the command with --restart-nginx; connections break off for a moment"
                    .to_owned(),
            ]
        }
        ReloadError::Failed { lines, .. }
            if lines
                .iter()
                .any(|line| line.contains("Too many open files")) =>
        {
            vec![
                "one pair of logs for all sites needs fewer open files: mech set logs-shared true"
                    .to_owned(),
            ]
        }
        ReloadError::Failed { lines, .. } if lines.iter().any(|line| line.contains("bind()")) => {
            vec!["see who holds the port: ss -ltnp".to_owned()]
        }
        ReloadError::Command { .. } | ReloadError::Run(_) => {
            vec!["mech set restart 'nginx -s reload'".to_owned()]
        }
        ReloadError::Failed { .. }
        | ReloadError::Late(_)
        | ReloadError::Gone { .. }
        | ReloadError::Restart(_)
        | ReloadError::Master(_) => Vec::new(),
    }
}

fn fact_hints(error: &FactError) -> Vec<String> {
    match error {
        FactError::Certificate { site, .. } | FactError::NotPem { site, .. } => {
            vec![format!(
                "put both files there, or serve the site without TLS: mech update {site} --https=false"
            )]
        }
        FactError::Logs(path) => vec![format!(
            "mkdir -p {}",
            shell_words::quote(&path.to_string_lossy())
        )],
        FactError::Templates(_) => vec!["mech unset template".to_owned()],
        FactError::Name { name, .. } => vec![
            format!("see what this machine knows of it: getent ahosts {name}"),
            "or name the address itself".to_owned(),
        ],
        FactError::NoCaBundle { site, .. } => vec![format!(
            "install the package ca-certificates, or name a file: mech update {site} --https-upstream-verify=/FILE"
        )],
        FactError::RedirectMap { site, .. } => vec![format!(
            "mend that file, or do without it: mech update {site} --redirect-map="
        )],
        FactError::Verify { site, .. } => vec![format!(
            "name another file, or take what this machine trusts: mech update {site} --https-upstream-verify"
        )],
        FactError::Trust(_) => {
            vec!["mend that file, or do without it: mech unset trust".to_owned()]
        }
        FactError::BackendFile { .. } | FactError::NoCertificate { .. } | FactError::Io(_) => {
            Vec::new()
        }
    }
}
