//! `kill -9` at every step of the line that has a name, for every verb.

use std::net::TcpListener;
use std::time::Instant;

use super::scene::Scene;
use super::view::View;

/// The steps before the change is committed to, and those after; `committed-0`, `committed-1` … come between.
const BEFORE: [&str; 3] = ["locked", "staged", "tested"];
const AFTER: [&str; 4] = ["journaled", "committed", "reloaded", "settled"];

/// Where the state is to be found after the next run has healed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Before,
    After,
}

struct Cut<'a> {
    scene: &'a Scene,
    args: Vec<String>,
    before: View,
    after: View,
    /// Whether something has to move before the test.
    prepares: bool,
}

impl<'a> Cut<'a> {
    /// Learns what `args` do, and goes back.
    fn learn(scene: &'a Scene, args: &[&str]) -> Self {
        let prepares = ["rollback", "import", "set"].contains(&args[0]);
        let args: Vec<String> = args.iter().map(|&word| word.to_owned()).collect();
        scene.remember();
        let before = scene.view();
        let _ = scene.world.mech(&args).ok();
        let after = scene.view();
        assert_ne!(before.registry, after.registry, "{args:?} changes nothing");
        scene.is_settled("after a whole run");
        scene.back_to_start();
        assert_eq!(scene.view(), before, "the way back to the start");
        Self {
            scene,
            args,
            before,
            after,
            prepares,
        }
    }

    /// Kills at `step`; whether the run has such a step.
    fn at(&self, step: &str, end: End) -> bool {
        let when = format!("{:?} killed at {step}", self.args);
        if !self.scene.kill_at(step, &self.args) {
            self.scene.back_to_start();
            return false;
        }
        let pending = self.scene.holds_and_nginx_is_left_alone(&when);
        // Whoever reloads nginx now, a cron job say, finds every site once.
        let count = |view: &View| view.confs.len();
        let now = self.scene.view();
        if (count(&self.before), count(&self.after)) == (1, 1) {
            assert_eq!(count(&now), 1, "{when}: {:?}", now.confs.keys());
        }
        match end {
            End::After => assert_eq!(
                pending,
                step != "settled",
                "{when}: whether a change is pending"
            ),
            // Pending is then at most the way back of what the test needs in place.
            End::Before => assert!(!pending || self.prepares, "{when}: pending"),
        }
        self.scene.heals(&when, pending);
        self.scene.is_settled(&when);
        let wanted = match end {
            End::Before => &self.before,
            End::After => &self.after,
        };
        assert_eq!(&self.scene.view(), wanted, "{when}");
        self.scene.back_to_start();
        true
    }

    /// Kills at every step of the line.
    fn everywhere(&self) {
        let start = Instant::now();
        for step in BEFORE {
            assert!(self.at(step, End::Before), "no step {step}");
        }
        for step in AFTER {
            assert!(self.at(step, End::After), "no step {step}");
        }
        let mut steps = BEFORE.len() + AFTER.len();
        for family in ["committed", "settling"] {
            let named = |at: &u32| self.at(&format!("{family}-{at}"), End::After);
            let count = (0..20).take_while(named).count();
            assert!(count >= 2, "{family}: {count}");
            steps += count;
        }
        println!("{:?}: {steps} steps in {:?}", self.args, start.elapsed());
    }
}

#[test]
fn an_add_cut_short_is_whole_or_never_was() {
    let scene = Scene::new();
    let app = format!("--backends={}", scene.green.port());
    Cut::learn(&scene, &["add", "three", "--host=three.test", &app]).everywhere();
}

#[test]
fn an_update_cut_short_is_whole_or_never_was() {
    let scene = Scene::new();
    let app = format!("--backends={}", scene.green.port());
    Cut::learn(&scene, &["update", "one", &app]).everywhere();
}

#[test]
fn a_remove_cut_short_is_whole_or_never_was() {
    let scene = Scene::new();
    Cut::learn(&scene, &["remove", "two"]).everywhere();
}

#[test]
fn a_move_to_another_folder_cut_short_is_whole_or_never_was() {
    let scene = Scene::new();
    let folder = scene.world.nginx.prefix().join("sites-enabled");
    Cut::learn(&scene, &["set", "conf", folder.to_str().unwrap()]).everywhere();
}

#[test]
fn a_rollback_cut_short_is_whole_or_never_was_and_so_are_the_overrides() {
    let scene = Scene::without_two();
    let cut = Cut::learn(&scene, &["rollback"]);
    let place = std::path::Path::new("two/location");
    let brought_back = |view: &View| view.overrides.keys().any(|path| path.ends_with(place));
    assert!(!brought_back(&cut.before) && brought_back(&cut.after));
    cut.everywhere();
}

#[test]
fn an_import_cut_short_is_whole_or_never_was() {
    let scene = Scene::with_mechanic();
    let file = scene.mechanic_registry();
    Cut::learn(&scene, &["import", "mechanic", file.to_str().unwrap()]).everywhere();
}

#[test]
fn a_reset_cut_short_still_reaches_the_nginx_that_its_settings_named() {
    let scene = Scene::new();
    let _other = scene.with_another_nginx_in_path();
    let cut = Cut::learn(&scene, &["reset", "--yes"]);
    for step in ["tested", "staged"] {
        assert!(cut.at(step, End::Before), "no step {step}");
    }
    for step in ["journaled", "committed-0", "committed", "reloaded"] {
        assert!(cut.at(step, End::After), "no step {step}");
    }
}

#[test]
fn a_restore_cut_short_goes_on_to_its_end() {
    let scene = Scene::new();
    scene.remember();
    let before = scene.view();
    // nginx -t is content with a port that is taken; the master is not, after 2.5 seconds of trying.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let args: Vec<String> = ["set", "http-port", &port].map(str::to_owned).into();
    let _ = scene.world.mech(&args).code(3);
    assert_eq!(scene.view(), before);
    let mut steps = 0;
    for step in (0..20).map(|at| format!("restored-{at}")) {
        let when = format!("a restore killed at {step}");
        if !scene.kill_at(&step, &args) {
            break;
        }
        steps += 1;
        assert!(scene.holds(&when), "{when}: nothing is pending");
        let healed = scene.heals(&when, true);
        assert!(healed.stderr.contains("taken back"), "{when}: {healed}");
        assert_eq!(scene.view(), before, "{when}");
    }
    assert!(steps >= 3, "{steps} steps");
    // Committed to, and then the next run is the one that meets the taken port.
    assert!(scene.kill_at("committed", &args));
    assert!(scene.holds("committed to a taken port"));
    let healed = scene.heals("committed to a taken port", true);
    assert!(
        healed.stderr.contains("taken back") && healed.stderr.contains("bind()"),
        "{healed}"
    );
    assert_eq!(scene.view(), before);
}
