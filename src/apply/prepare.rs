//! Everything before the first write: what is, what is asked, what it would be.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::time::Instant;

use fs_err as fs;

use super::back::Goal;
use super::error::{ApplyError, Cause, LoadError};
use super::import::{Imported, import};
use super::live::{Live, LiveError};
use super::look::{Look, load, snapshot};
use super::overrides::Moves;
use super::strays::{clean_strays, strays_beside};
use super::users::Users;
use super::{Ask, Options, listen};
use crate::format::print_registry;
use crate::model::{
    Change, ChangeError, Registry, Restart, SettingKey, Settings, Site, SiteName, UnknownHosts,
};
use crate::plan::FileChange;
use crate::render::{Rendered, Renderer};
use crate::system::environment::Environment;
use crate::system::facts::{Gathered, Purpose, Remark, gather};
use crate::system::journal::{Direction, Journal, Step};
use crate::system::lock::{Lock, LockError, lock_folder};
use crate::system::machine::{Machine, STAGED_FILE};
use crate::system::nginx::Nginx;
use crate::system::state::{Applied, State, digest};

/// A change, worked out and not begun.
pub(super) struct Prepared {
    pub(super) state: State,
    pub(super) before_text: Option<String>,
    pub(super) after_text: String,
    pub(super) before: Registry,
    pub(super) after: Registry,
    pub(super) applied: Option<Applied>,
    pub(super) machine: Machine,
    pub(super) gathered: Gathered,
    pub(super) rendered: Rendered,
    pub(super) live: Live,
    /// mech's file at an earlier place, where the settings have moved it.
    pub(super) earlier: Option<Live>,
    pub(super) moves: Moves,
    pub(super) users: Users,
    pub(super) imported: Option<Imported>,
    /// A port whose addresses no reload can move.
    pub(super) stuck_port: Option<u16>,
    pub(super) never_reload: bool,
    /// Held until the change is done: another registry may render to the same folder, or test beside
    /// the same nginx.conf.
    _locks: Vec<Lock>,
}

/// Works a change out.
pub(super) fn prepare(
    environment: &Environment,
    state: &State,
    ask: &Ask,
    options: &Options,
    deadline: Instant,
) -> Result<Prepared, ApplyError> {
    let look = load(state)?;
    refuse_missing(&look, state)?;
    let before = look.registry;
    let applied = Applied::load(&state.applied()).map_err(Cause::Io)?;
    let (change, imported) = change(ask, state, &before)?;
    let after = before.apply(&change).map_err(Cause::Change)?;
    // Settings alone concern no folder of nginx's, nor who works in it.
    let idle = before.sites.is_empty() && after.sites.is_empty();
    let key = SettingKey::Nginx;
    let other_nginx = change == Change::Unset { key }
        || matches!(&change, Change::Set { key: set, .. } if *set == key);
    // Where the last site goes, the nginx that still serves it; but one that is broken or gone must not
    // stand in the way of naming another.
    let settings = if after.sites.is_empty() && !(idle && other_nginx) {
        &before.settings
    } else {
        &after.settings
    };
    let look_at = || {
        machine(
            environment,
            state,
            settings,
            applied.as_ref(),
            imported.as_ref(),
        )
    };
    let mut machine = look_at()?;
    let locks = if idle {
        Vec::new()
    } else {
        lock_folders(&machine, deadline, options.dry_run)?
    };
    if locks.iter().any(Lock::waited) {
        // Who held the folder may have changed what was seen in it.
        machine = look_at()?;
    }
    if let (Some(nginx), None) = (&machine.nginx, &machine.tree)
        && (other_nginx || !idle)
    {
        return Err(LiveError::NoMain(nginx.conf()).into());
    }
    if !options.dry_run {
        clean_strays(state, &machine);
    }
    let users = Users::of(ask, &before, &after, &machine, state, options.dry_run)?;
    let moves = Moves::between(&before, &after, &machine, matches!(ask, Ask::Rollback(_)));
    let undo = undo(options, applied.as_ref(), &machine);
    let moves = moves.begin(imported.as_ref(), &machine, state, undo)?;
    let touched: HashSet<String> = touched_names(&before, &after)
        .iter()
        .map(SiteName::folded)
        .collect();
    let mut gathered = gather(
        &after,
        &machine,
        applied.as_ref(),
        &touched,
        purpose(ask, options),
    )
    .map_err(Cause::Fact)?;
    gathered
        .remarks
        .extend(refuses_unknown(&before, &after).then_some(Remark::RefusesUnknown));
    let templates = Renderer::new(&gathered.templates).map_err(Cause::Render)?;
    let rendered = templates
        .render(&after, &gathered.facts)
        .map_err(Cause::Render)?;
    check_included(&machine, &rendered)?;
    let mut live = Live::read(&machine.live(), applied.as_ref())?;
    if live.edited {
        // What the registry rendered to before, to show what a person made of it.
        let nothing = HashSet::new();
        let facts = gather(&before, &machine, applied.as_ref(), &nothing, Purpose::Look).ok();
        let expected = facts.and_then(|found| templates.render(&before, &found.facts).ok());
        let expected = expected.as_ref().map(|rendered| rendered.text.as_str());
        live.check(&state.registry, expected, &rendered.text, options.force)?;
        // Without mech's own record of it, its work is known by what the registry renders to.
        let known = [expected, Some(rendered.text.as_str())];
        live.edited = !known.contains(&live.text.as_deref());
    }
    let earlier = earlier(applied.as_ref(), &live, state, options)?;
    let stuck_port = listen::stuck_port(&before, &after, &machine, gathered.facts.ipv6);
    Ok(Prepared {
        state: state.clone(),
        before_text: look.text,
        after_text: print_registry(&after),
        never_reload: matches!(after.settings.restart, Some(Restart::Never)),
        before,
        after,
        applied,
        machine,
        gathered,
        rendered,
        live,
        earlier,
        moves,
        users,
        imported,
        stuck_port,
        _locks: locks,
    })
}

fn purpose(ask: &Ask, options: &Options) -> Purpose {
    match ask {
        _ if options.dry_run => Purpose::Look,
        Ask::Change(Change::Refresh) => Purpose::Refresh,
        Ask::Change(_) | Ask::Rollback(_) | Ask::Import { .. } | Ask::User { .. } => {
            Purpose::Change
        }
    }
}

/// What takes back the moves of override folders, with the strays of a file that changes folders.
fn undo(options: &Options, applied: Option<&Applied>, machine: &Machine) -> Journal {
    let old = applied.and_then(|applied| applied.live.as_ref());
    let moves_folder = old
        .and_then(|live| live.parent())
        .is_some_and(|folder| folder != machine.places.conf);
    let strays = moves_folder.then(|| {
        let beside_old = old.map(|live| live.with_file_name(STAGED_FILE));
        strays_beside(machine).into_iter().chain(beside_old)
    });
    let steps = strays.into_iter().flatten().map(|file| Step::Make { file });
    Journal {
        command: options.command.join(" "),
        direction: Direction::Back,
        commit: steps.collect(),
        settle: Vec::new(),
    }
}

fn check_included(machine: &Machine, rendered: &Rendered) -> Result<(), LiveError> {
    match &machine.nginx {
        Some(nginx) if machine.is_included() == Some(false) && !rendered.text.is_empty() => {
            Err(LiveError::NotIncluded {
                main: nginx.conf(),
                file: machine.live(),
            })
        }
        _ => Ok(()),
    }
}

/// mech's file at the place where earlier settings had it.
fn earlier(
    applied: Option<&Applied>,
    live: &Live,
    state: &State,
    options: &Options,
) -> Result<Option<Live>, LiveError> {
    let place = applied
        .and_then(|applied| applied.live.clone())
        .filter(|path| *path != live.path);
    let found = place.map(|path| Live::read(&path, applied)).transpose()?;
    let found = found.filter(|live| live.text.is_some());
    if let Some(found) = &found {
        found.check(&state.registry, None, "", options.force)?;
    }
    Ok(found)
}

fn change(
    ask: &Ask,
    state: &State,
    before: &Registry,
) -> Result<(Change, Option<Imported>), ApplyError> {
    match ask {
        Ask::Change(change) => Ok((change.clone(), None)),
        Ask::Rollback(entry) => {
            let registry = Goal::of(state, *entry)?.registry()?;
            Ok((Change::Replace(Box::new(registry)), None))
        }
        Ask::User { site, .. } if before.site(site).is_none() => {
            let known = before.sites.iter().map(|site| site.name.clone());
            Err(Cause::Change(ChangeError::Unknown {
                name: site.clone(),
                known: known.collect(),
            })
            .into())
        }
        // Nothing of it stands in the registry.
        Ask::User { .. } => Ok((Change::Refresh, None)),
        Ask::Import { file, partial } => {
            let imported = import(file, *partial, before)?;
            Ok((
                Change::Replace(Box::new(imported.registry.clone())),
                Some(imported),
            ))
        }
    }
}

/// The machine that these settings point at.
fn machine(
    environment: &Environment,
    state: &State,
    settings: &Settings,
    applied: Option<&Applied>,
    imported: Option<&Imported>,
) -> Result<Machine, ApplyError> {
    let predecessor = imported.map(|imported| imported.conf_file.as_path());
    let looked = Machine::look(settings, environment, &state.registry, applied, predecessor);
    Ok(looked.map_err(Cause::Machine)?)
}

/// Locks the folders in which a change writes: that of mech's file and that of nginx.conf.
///
/// Who may only look may not be able to open them; then there is nothing of theirs to keep apart.
fn lock_folders(
    machine: &Machine,
    deadline: Instant,
    dry_run: bool,
) -> Result<Vec<Lock>, LockError> {
    let mut folders = vec![machine.places.conf.clone()];
    folders.extend(machine.nginx.as_ref().map(Nginx::conf_folder));
    // One order for all, and each once: a folder locked twice would wait for itself.
    let mut real: Vec<PathBuf> = folders
        .iter()
        .filter_map(|folder| fs::canonicalize(folder).ok())
        .collect();
    real.sort_unstable();
    real.dedup();
    let mut locks = Vec::new();
    for folder in real {
        match lock_folder(&folder, deadline) {
            Err(LockError::Io(_)) if dry_run => {}
            locked => locks.push(locked?),
        }
    }
    Ok(locks)
}

/// Refuses to take down the sites of a registry that is not there.
fn refuse_missing(look: &Look, state: &State) -> Result<(), LoadError> {
    if look.text.is_some() || !applied_sites(state) {
        return Ok(());
    }
    Err(LoadError::Missing {
        path: state.registry.clone(),
        snapshot: snapshot(state),
    })
}

/// Whether a registry with sites was applied before.
fn applied_sites(state: &State) -> bool {
    let applied = Applied::load(&state.applied()).ok().flatten();
    applied.is_some_and(|applied| applied.live.is_some())
}

/// Whether names that no site has are refused from this change on, and nobody asked for it.
fn refuses_unknown(before: &Registry, after: &Registry) -> bool {
    let refuses = |registry: &Registry| registry.unknown_hosts() == UnknownHosts::Reject;
    after.settings.unknown_hosts.is_none() && refuses(after) && !refuses(before)
}

/// The sites that a change adds or alters.
pub(super) fn touched_names(before: &Registry, after: &Registry) -> Vec<SiteName> {
    let old: HashMap<String, &Site> = before
        .sites
        .iter()
        .map(|site| (site.name.folded(), site))
        .collect();
    let changed = after
        .sites
        .iter()
        .filter(|site| old.get(&site.name.folded()) != Some(site));
    changed.map(|site| site.name.clone()).collect()
}

/// The sites that a change removes.
pub(super) fn removed_names(before: &Registry, after: &Registry) -> Vec<SiteName> {
    let kept: HashSet<String> = after.sites.iter().map(|site| site.name.folded()).collect();
    let names = before.sites.iter().map(|site| &site.name);
    names
        .filter(|name| !kept.contains(&name.folded()))
        .cloned()
        .collect()
}

impl Prepared {
    /// Whether registry, text and every file that it names are what was last proven.
    pub(super) fn is_unchanged(&self, options: &Options) -> bool {
        let Some(applied) = &self.applied else {
            // Nothing was ever applied, and there is nothing to apply.
            return self.before_text.is_none()
                && self.after == Registry::default()
                && self.live.text.is_none();
        };
        let registry = self.before_text.as_deref() == Some(self.after_text.as_str())
            && applied.registry == digest(self.after_text.as_bytes());
        let settled = applied.proven || self.never_reload || self.is_nothing_running();
        let users = self.users.changes(applied.passwords.as_deref());
        registry && !users && !self.changes_nginx() && settled && !options.reload
    }

    /// Whether the registry was edited by hand since it was last applied.
    pub(super) fn is_edited(&self) -> bool {
        let applied = self
            .applied
            .as_ref()
            .map(|applied| applied.registry.as_str());
        let text = self
            .before_text
            .as_ref()
            .map(|text| digest(text.as_bytes()));
        applied.is_some() && text.as_deref() != applied
    }

    /// Whether nginx has anything new to read.
    pub(super) fn changes_nginx(&self) -> bool {
        let inputs = self.applied.as_ref().map(|applied| applied.inputs.as_str());
        let text = (!self.rendered.text.is_empty()).then_some(self.rendered.text.as_str());
        self.live.text.as_deref() != text
            || self.earlier.is_some()
            || inputs.is_some_and(|inputs| inputs != self.gathered.inputs)
            || self
                .imported
                .as_ref()
                .is_some_and(|imported| imported.conf_text.is_some())
    }

    fn is_nothing_running(&self) -> bool {
        !matches!(
            self.machine.master(),
            Ok(crate::system::found::Found::Running(_))
        )
    }

    /// The plan: each file as it is and as it is to be.
    pub(super) fn files(&self) -> Vec<FileChange> {
        let mut files = vec![
            FileChange {
                path: self.state.registry.clone(),
                before: self.before_text.clone(),
                after: Some(self.after_text.clone()),
            },
            FileChange {
                path: self.live.path.clone(),
                before: self.live.text.clone(),
                after: (!self.rendered.text.is_empty()).then(|| self.rendered.text.clone()),
            },
        ];
        files.extend(self.earlier.as_ref().map(|earlier| FileChange {
            path: earlier.path.clone(),
            before: earlier.text.clone(),
            after: None,
        }));
        files.extend(self.imported.as_ref().and_then(|imported| {
            let before = imported.conf_text.clone()?;
            Some(FileChange {
                path: imported.conf_file.clone(),
                before: Some(before),
                after: None,
            })
        }));
        files
    }
}
