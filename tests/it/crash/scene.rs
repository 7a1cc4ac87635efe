//! A scene for changes that are cut short: sites with overrides and a history, the way back to the start, and the kill.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::harness::{Backend, Nginx, World, poll, until};

/// What marks an override file as a person's.
pub(crate) const MARK: &str = "add_header X-Mark kept always;\n";

/// A world, its apps, and a picture of the start to which it can be brought back.
pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) blue: Backend,
    pub(crate) green: Backend,
    start: PathBuf,
}

impl Scene {
    /// Sites `one` and `two`; `two` has an override; nothing else.
    #[track_caller]
    pub(crate) fn new() -> Self {
        let scene = Self::empty();
        let blue = format!("--backends={}", scene.blue.port());
        let _ = scene
            .world
            .mech(["add", "one", "--host=one.test", &blue])
            .ok();
        let _ = scene
            .world
            .mech(["add", "two", "--host=two.test", &blue])
            .ok();
        fs::write(scene.overrides().join("two/location"), MARK).unwrap();
        let _ = scene.world.mech(["refresh"]).ok();
        scene
            .world
            .get("two.test", "/")
            .has_header("X-Mark", "kept");
        scene
    }

    /// The same, after which `two` was removed.
    #[track_caller]
    pub(crate) fn without_two() -> Self {
        let scene = Self::new();
        let _ = scene.world.mech(["remove", "two"]).ok();
        scene
    }

    pub(super) fn empty() -> Self {
        let world = World::new();
        let start = world.home.path().join("start");
        Self {
            world,
            blue: Backend::tcp("blue"),
            green: Backend::tcp("green"),
            start,
        }
    }

    /// Puts another nginx into PATH, one that does not run: the one that is found without the setting `nginx`.
    pub(crate) fn with_another_nginx_in_path(&self) -> Nginx {
        let other = Nginx::private().stopped();
        let (prefix, command) = (other.prefix().display(), other.command());
        let program = command.split(' ').next().unwrap();
        let script = format!(
            "if [ \"$1\" = -V ]; then
                {program} -V 2>&1 | sed 's#--conf-path=[^ ]*#--conf-path={prefix}/nginx.conf#; s#--prefix=[^ ]*#--prefix={prefix}#' >&2
            else
                exec {command} \"$@\"
            fi"
        );
        self.world.home.program("nginx", &script);
        other
    }

    pub(crate) fn overrides(&self) -> PathBuf {
        self.world.nginx.prefix().join("mech-overrides")
    }

    fn folders(&self) -> [(PathBuf, &'static str); 4] {
        let prefix = self.world.nginx.prefix();
        [
            (self.world.home.data(), "data"),
            (prefix.join("conf.d"), "conf.d"),
            (prefix.join("sites-enabled"), "sites-enabled"),
            (prefix.join("mech-overrides"), "mech-overrides"),
        ]
    }

    /// Remembers every file as it is now.
    pub(crate) fn remember(&self) {
        for (folder, name) in self.folders() {
            let to = self.start.join(name);
            if to.exists() {
                fs::remove_dir_all(&to).unwrap();
            }
            copy(&folder, &to);
        }
    }

    /// Brings every file back to what [`Scene::remember`] saw, and has nginx load it.
    pub(crate) fn back_to_start(&self) {
        for (folder, name) in self.folders() {
            if folder.exists() {
                fs::remove_dir_all(&folder).unwrap();
            }
            copy(&self.start.join(name), &folder);
        }
        self.world.nginx.reload();
    }

    /// Runs `args` until they wait at `step`, and kills them there; whether there is such a step.
    #[track_caller]
    pub(crate) fn kill_at(&self, step: &str, args: &[String]) -> bool {
        let said = self.world.home.path().join("said.txt");
        fs::write(&said, "").unwrap();
        let run = self
            .world
            .run(args)
            .env("MECH_PARK", step)
            .env("SAID", &said)
            .shell("exec mech \"$@\" 2>\"$SAID\"")
            .spawn();
        let mut parked = false;
        let mut ended = false;
        until(&format!("{args:?} parks at {step} or ends"), || {
            let text = fs::read_to_string(&said).unwrap();
            parked = text.contains(&format!("parked at {step}\n"));
            ended = !Path::new(&format!("/proc/{}/exe", run.pid())).exists()
                || fs::read_link(format!("/proc/{}/exe", run.pid())).is_err();
            parked || ended
        });
        let _ = run.kill_9();
        parked
    }

    /// Waits for `delay`, more exactly than a poll does.
    pub(crate) fn after(delay: Duration) {
        let start = Instant::now();
        poll(delay.saturating_sub(Duration::from_millis(6)), || false);
        while start.elapsed() < delay {
            std::thread::yield_now();
        }
    }
}

fn copy(from: &Path, to: &Path) {
    let Ok(listed) = fs::read_dir(from) else {
        return;
    };
    fs::create_dir_all(to).unwrap();
    for entry in listed {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}
