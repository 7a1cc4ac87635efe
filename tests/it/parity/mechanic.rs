//! The predecessor itself, mechanic 1.8.0 from npm, with everything it writes inside a private prefix.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::probes::Ports;
use crate::harness::Ran;

const VERSION: &str = "1.8.0";

/// mechanic, and the registry that it keeps.
pub(crate) struct Mechanic {
    folder: TempDir,
    prefix: PathBuf,
}

impl Mechanic {
    /// mechanic for the nginx of `prefix`, with its two fixed ports replaced by these in a copy of its template.
    ///
    /// Its registry is seeded with where things are, because its defaults are the machine's own nginx. Nothing is
    /// reloaded: nginx is started, or told, by the test.
    pub(crate) fn new(prefix: &Path, ports: Ports) -> Self {
        let Ports { http, https } = ports;
        let folder = tempfile::Builder::new()
            .prefix("mechanic")
            .tempdir_in("/tmp")
            .unwrap();
        let mechanic = Self {
            folder,
            prefix: prefix.to_owned(),
        };
        let text = fs::read_to_string(package().join("template.conf")).unwrap();
        let fixed = "{{ settings.bind }}:{{ options.port }}";
        assert_eq!(
            text.matches(fixed).count(),
            2,
            "the template is another one"
        );
        let free = format!(
            "{{{{ settings.bind }}}}:{{% if options.https %}}{https}{{% else %}}{http}{{% endif %}}"
        );
        fs::write(mechanic.template(), text.replace(fixed, &free)).unwrap();
        mechanic.write(&json!({ "settings": mechanic.seed(), "sites": [] }));
        mechanic
    }

    /// The settings of the private place, which are no part of any comparison.
    pub(crate) fn seed(&self) -> Value {
        json!({
            "conf": self.prefix.join("conf.d"),
            "overrides": self.overrides(),
            "logs": self.prefix.join("logs"),
            "restart": "true",
            "template": self.template(),
        })
    }

    /// Runs `mechanic` with `args`.
    #[must_use = "a run that nobody looks at proves nothing"]
    #[track_caller]
    pub(crate) fn run(&self, args: &[String]) -> Ran {
        let output = node()
            .arg(package().join("bin/mechanic"))
            .arg(format!("--data={}", self.data().display()))
            .args(args)
            .env_clear()
            // No nginx in PATH: whatever its settings say, it cannot reach the machine's own.
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.folder.path())
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        Ran::new(format!("mechanic {}", args.join(" ")), &output)
    }

    /// Its registry.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("mechanic.json")
    }

    /// What its registry holds.
    pub(crate) fn registry(&self) -> Value {
        serde_json::from_str(&fs::read_to_string(self.data()).unwrap()).unwrap()
    }

    /// Writes its registry.
    pub(crate) fn write(&self, registry: &Value) {
        fs::write(self.data(), registry.to_string()).unwrap();
    }

    /// The file that it renders.
    pub(crate) fn conf(&self) -> PathBuf {
        self.prefix.join("conf.d/mechanic.conf")
    }

    /// The folder of its override files.
    pub(crate) fn overrides(&self) -> PathBuf {
        self.prefix.join("mechanic-overrides")
    }

    fn template(&self) -> PathBuf {
        self.folder.path().join("template.conf")
    }
}

/// The installed package: fetched once for all tests and all test programs of this build folder.
fn package() -> &'static Path {
    static PACKAGE: OnceLock<PathBuf> = OnceLock::new();
    PACKAGE.get_or_init(|| {
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR"));
        fs::create_dir_all(cache).unwrap();
        let lock = File::create(cache.join("mechanic.lock")).unwrap();
        lock.lock().unwrap();
        let folder = cache.join(format!("mechanic-{VERSION}"));
        // Written last, so that a broken-off installation is begun anew.
        let done = folder.join("installed");
        if !done.exists() {
            fs::remove_dir_all(&folder).ok();
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join("package.json"), "{}\n").unwrap();
            npm(&folder, &["install", &format!("mechanic@{VERSION}")]);
            // Its lock module is native, and newer npm versions do not build it on installing.
            npm(&folder, &["rebuild", "--foreground-scripts"]);
            let probe = node()
                .args(["-e", "require('fs-ext').flockSync"])
                .current_dir(&folder)
                .output()
                .unwrap();
            assert!(probe.status.success(), "{}", words("node", &probe));
            fs::write(done, "").unwrap();
        }
        folder.join("node_modules/mechanic")
    })
}

fn npm(folder: &Path, args: &[&str]) {
    let run = Command::new("npm")
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .expect("needs npm, to compare with the real mechanic: apt-get install npm");
    assert!(
        run.status.success(),
        "mechanic {VERSION} could not be installed; it needs the npm registry, and make, g++ and python3 to build its lock module (apt-get install build-essential python3):\n{}",
        words(&format!("npm {}", args.join(" ")), &run)
    );
}

fn node() -> Command {
    let found = which::which("node").or_else(|_| which::which("nodejs"));
    Command::new(found.expect("needs node, to run the real mechanic: apt-get install nodejs npm"))
}

fn words(command: &str, run: &Output) -> String {
    format!(
        "$ {command}\n{}{}",
        String::from_utf8_lossy(&run.stdout),
        String::from_utf8_lossy(&run.stderr)
    )
}
