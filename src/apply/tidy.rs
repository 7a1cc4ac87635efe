//! What follows a finished change and may fail without harm: override files for new sites, a rule that
//! rotates the logs, and less of what is kept of old changes.

use std::path::{Path, PathBuf};

use super::prepare::{Prepared, touched_names};
use crate::model::{Duration, Logrotate};
use crate::system::archive::Archive;
use crate::system::environment::SYSTEM_REGISTRY;
use crate::system::facts::Remark;
use crate::system::logrotate;
use crate::system::state::State;

impl Prepared {
    /// Does it; gives what a person should know of it.
    pub(super) fn tidy(&self, state: &State) -> Option<Remark> {
        // A refresh touches none and looks after all.
        let touched = touched_names(&self.before, &self.after);
        let all = || {
            self.after
                .sites
                .iter()
                .map(|site| site.name.clone())
                .collect()
        };
        let names = if touched.is_empty() { all() } else { touched };
        super::overrides::create_files(&names, &self.machine);
        super::users::leave_no_empty_folder(state);
        let settings = &self.after.settings;
        let most = settings.history_max.unwrap_or(200);
        let age = settings
            .history_age
            .map_or(365 * 86_400, Duration::as_seconds);
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        Archive::of(&state.history()).prune(crate::system::environment::now(), most, age);
        self.rotate_logs(state).map(Remark::RotatesLogs)
    }

    /// Has the logs rotated where nothing else does; without it the disk fills in a year, not today.
    fn rotate_logs(&self, state: &State) -> Option<PathBuf> {
        let set = match &self.after.settings.logrotate {
            Some(Logrotate::Never) => return None,
            Some(Logrotate::Folder(folder)) => Some(folder.as_path()),
            None => None,
        };
        if self.after.sites.is_empty() {
            return None;
        }
        let is_system = state.registry == Path::new(SYSTEM_REGISTRY);
        let rules = logrotate::folder(set, is_system)?;
        logrotate::ensure(&rules, &self.machine).ok().flatten()
    }
}
