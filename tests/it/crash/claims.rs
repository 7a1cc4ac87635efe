//! What must hold after a run was killed: at once, and after the next run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;

use super::scene::Scene;
use super::view::texts;
use crate::harness::Ran;

impl Scene {
    /// What must hold at once after a kill, before anything heals. Returns whether a change is pending.
    #[track_caller]
    pub(crate) fn holds(&self, when: &str) -> bool {
        self.holds_for(when, &[&["list"], &["history"], &["diff"], &["set"]])
    }

    /// The same with these reading commands.
    #[track_caller]
    pub(crate) fn holds_for(&self, when: &str, readers: &[&[&str]]) -> bool {
        match self.world.nginx.test() {
            Ok(said) => assert!(!said.contains("conflicting"), "{when}: {said}"),
            Err(said) => panic!("{when}: nginx does not accept what is live:\n{said}"),
        }
        let pending = self
            .world
            .home
            .data()
            .join("registry.d/journal.json")
            .exists();
        let before = self.everything();
        for words in readers {
            let ran = self.world.mech(*words).ok().no_panic();
            assert_eq!(
                ran.stderr.contains("pending"),
                pending,
                "{when}, what a reading command says: {ran}"
            );
        }
        before.assert_same(&self.everything());
        pending
    }

    /// The same where nginx was not killed into a reload: reading does not touch it either.
    #[track_caller]
    pub(crate) fn holds_and_nginx_is_left_alone(&self, when: &str) -> bool {
        let workers = self.world.nginx.worker_pids();
        let pending = self.holds(when);
        let now = self.world.nginx.worker_pids();
        assert_eq!(now, workers, "{when}: a reader reloaded");
        pending
    }

    /// The next changing command, which asks for nothing itself, heals and says so.
    #[track_caller]
    pub(crate) fn heals(&self, when: &str, pending: bool) -> Ran {
        let ran = self.world.mech(["refresh"]).ok().no_panic();
        let told = ran.stderr.contains("had been interrupted");
        assert_eq!(
            told, pending,
            "{when}, whether it says that it healed: {ran}"
        );
        self.is_tidy(when);
        ran
    }

    /// Nothing is left of a run that was cut short, and files, answers and nginx agree.
    #[track_caller]
    pub(crate) fn is_settled(&self, when: &str) {
        self.is_tidy(when);
        let (before, workers) = (self.everything(), self.world.nginx.worker_pids());
        let ran = self.world.mech(["refresh"]).ok();
        assert!(ran.stderr.contains("unchanged"), "{when}, once more: {ran}");
        before.assert_same(&self.everything());
        assert_eq!(self.world.nginx.worker_pids(), workers, "{when}: {ran}");
    }

    /// Nothing lies about of a run that was cut short.
    #[track_caller]
    pub(crate) fn is_tidy(&self, when: &str) {
        self.world.no_stray_files();
        self.no_leftovers(when);
        self.folders_fit_sites(when);
    }

    /// Claims that no file of a transaction is left, whatever its name.
    #[track_caller]
    fn no_leftovers(&self, when: &str) {
        let mut files = BTreeMap::new();
        texts(self.world.nginx.prefix(), &mut files);
        let mut state = BTreeMap::new();
        texts(&self.world.home.data(), &mut state);
        let known = ["registry.json", "lock", "applied.json"];
        state.retain(|path, _| {
            let name = path.file_name().unwrap().to_str().unwrap();
            let folder = path.parent().unwrap().file_name().unwrap_or_default();
            let end = path.extension().unwrap_or_default();
            let history = folder == "history" && (end == "json" || end == "conf");
            !known.contains(&name) && !history && folder != "imported"
        });
        files.retain(|path, _| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.starts_with('.') || name.contains("staged") || name.contains("kept")
        });
        let left: Vec<_> = files.keys().chain(state.keys()).collect();
        assert!(left.is_empty(), "{when}: left behind: {left:?}");
        let importing = self.overrides().join(".importing");
        assert!(
            !importing.exists(),
            "{when}: left behind: {}",
            importing.display()
        );
    }

    /// A folder of overrides is in place for sites only: a new site must not inherit what an old one was told.
    #[track_caller]
    fn folders_fit_sites(&self, when: &str) {
        let registry: Value = serde_json::from_str(&self.world.registry()).unwrap();
        let sites: BTreeSet<&str> = registry["sites"]
            .as_array()
            .unwrap()
            .iter()
            .map(|site| site["shortname"].as_str().unwrap())
            .collect();
        let Ok(listed) = fs::read_dir(self.overrides()) else {
            return;
        };
        for entry in listed {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(
                name == ".removed" || sites.contains(name.as_str()),
                "{when}: overrides of no site: {name}"
            );
        }
    }
}
