//! A machine that is watched while something is refused: its files, its workers, and each call of nginx.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::harness::{Ran, World};

/// A world with sites that were applied, and with an nginx whose calls are noted.
pub(crate) struct Watched {
    pub(crate) world: World,
}

impl Watched {
    #[track_caller]
    pub(crate) fn new() -> Self {
        let watched = Self {
            world: World::new(),
        };
        let calls = watched.calls_file();
        let real = watched.world.nginx.command();
        let program = real.split(' ').next().unwrap();
        watched.world.home.program(
            "noted-nginx",
            &format!("echo \"$@\" >> {}\nexec {program} \"$@\"", calls.display()),
        );
        watched.write_sites();
        watched.apply();
        watched
    }

    /// The registry's JSON with nginx behind the script.
    pub(crate) fn registry(&self) -> Value {
        let port = self.world.http_port;
        self.world.write_registry(&json!([
            {"shortname": "base", "host": "base.example", "backends": ["localhost:9"]},
            {"shortname": "away", "host": "away.example", "redirect": format!("http://back:{port}/")},
            {"shortname": "www", "host": "www.site.example",
             "aliases": ["xn--bcher-kva.example"], "static": "/srv"},
            {"shortname": "other", "host": "other.example", "aliases": ["www.other.example"],
             "backends": ["localhost:9"], "default": true},
        ]));
        let mut registry: Value = serde_json::from_str(&self.world.registry()).unwrap();
        let real = self.world.nginx.command();
        let (_, arguments) = real.split_once(' ').unwrap();
        let script = self.world.home.bin().join("noted-nginx");
        registry["settings"]["nginx"] = json!(format!("{} {arguments}", script.display()));
        registry
    }

    pub(crate) fn write_sites(&self) {
        self.write(&format!("{:#}\n", self.registry()));
    }

    pub(crate) fn write(&self, registry: &str) {
        fs::write(self.world.home.registry(), registry).unwrap();
    }

    #[track_caller]
    fn apply(&self) {
        let _ = self.world.mech(["refresh"]).ok();
        self.world.nginx.reload();
        self.forget_calls();
    }

    fn calls_file(&self) -> PathBuf {
        self.world.home.path().join("calls")
    }

    pub(crate) fn forget_calls(&self) {
        fs::write(self.calls_file(), "").unwrap();
    }

    /// How often nginx was asked to test something.
    pub(crate) fn tests_run(&self) -> usize {
        let calls = fs::read_to_string(self.calls_file()).unwrap();
        calls
            .lines()
            .filter(|call| call.split(' ').any(|word| word == "-t" || word == "-T"))
            .count()
    }

    /// Claims that the command is refused with `code`, in the shape of an error that names `says`, by mech itself.
    #[track_caller]
    pub(crate) fn refuses(&self, code: i32, args: &[&str], says: &[&str]) -> Ran {
        let ran = self.fails(code, args, says);
        assert_eq!(self.tests_run(), 0, "mech could have known: {ran}");
        ran
    }

    /// The same without the claim that nginx was not asked.
    #[track_caller]
    pub(crate) fn fails(&self, code: i32, args: &[&str], says: &[&str]) -> Ran {
        let ran = self.world.untouched_by(|| self.world.mech(args).code(code));
        // nginx's own words may name functions as Rust does.
        let mut own = ran.clone();
        own.stderr = own
            .stderr
            .lines()
            .filter(|line| !line.contains("nginx: ["))
            .collect();
        let _ = own.no_panic();
        assert!(ran.stdout.is_empty(), "data on stdout: {ran}");
        let first = ran
            .stderr
            .lines()
            .find(|line| !line.starts_with("registry: "))
            .unwrap();
        assert!(first.starts_with("error: "), "{ran}");
        assert_eq!(ran.last_line(), "nothing was changed", "{ran}");
        assert!(
            !ran.stderr.contains(['\u{1b}', '\r', '\u{7f}', '\u{85}']),
            "control characters reach the terminal: {ran}"
        );
        for words in says {
            assert!(ran.stderr.contains(words), "no `{words}` in {ran}");
        }
        ran
    }
}
