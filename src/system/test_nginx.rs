//! A real nginx for tests: on a folder of its own, as whoever runs the tests.

#![expect(
    clippy::disallowed_methods,
    reason = "a test may stop at the first surprise, and runs its own nginx"
)]

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::found::Found;
use super::master::{Expected, Master, MasterError, Sent};
use super::outcome::Outcome;
use super::proc_fs;
use super::proof::{Before, reload};
use super::workers::{self, Role};

pub(super) const DEADLINE: Duration = Duration::from_secs(6);

/// A real nginx on a folder of its own, ended with it.
pub(super) struct Nginx {
    folder: TempDir,
    port: u16,
    /// Without a master process there are no workers to wait for.
    single: bool,
}

impl Nginx {
    pub(super) fn prepare(main: &str, http: &str) -> Self {
        let nginx = Self {
            folder: tempfile::tempdir().unwrap(),
            port: free_port(),
            single: main.contains("master_process off"),
        };
        nginx.write(main, http);
        nginx
    }

    pub(super) fn start(main: &str, http: &str) -> Self {
        let nginx = Self::prepare(main, http);
        nginx.launch();
        nginx
    }

    pub(super) fn launch(&self) {
        let status = Command::new(binary())
            .arg("-p")
            .arg(self.path(""))
            .args(["-c", "nginx.conf"])
            .status()
            .unwrap();
        assert!(status.success());
        wait_for(|| self.single || self.found_with_workers());
    }

    pub(super) fn found_with_workers(&self) -> bool {
        let accepting = |master: &Master| {
            workers::of(master)
                .unwrap()
                .iter()
                .any(|one| one.role == Role::Accepting)
        };
        matches!(self.found(), Found::Running(master) if accepting(&master))
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn write(&self, main: &str, http: &str) {
        let folder = self.folder.path().display();
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| {
                format!(
                    "{kind}_temp_path {folder}/{kind};
"
                )
            })
            .concat();
        let count = if main.contains("worker_processes") {
            ""
        } else {
            "worker_processes 2;"
        };
        let log = if main.contains("error_log") {
            String::new()
        } else {
            format!("error_log {folder}/error.log;")
        };
        let port = self.port;
        let text = format!(
            "pid {folder}/nginx.pid;\n{log}\n{count}\n{main}\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}{http}\n\
             server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://127.0.0.1:{port}/never; }} location = /ok {{ return 200; }} }}\n}}\n"
        );
        fs::write(self.path("nginx.conf"), text).unwrap();
    }

    pub(super) fn expected(&self) -> Expected {
        Expected {
            binary: binary(),
            prefix: Some(self.path("")),
            conf: self.path("nginx.conf"),
            default_prefix: "/usr/share/nginx".into(),
            default_conf: "/etc/nginx/nginx.conf".into(),
        }
    }

    pub(super) fn pid_file(&self) -> PathBuf {
        self.path("nginx.pid")
    }

    pub(super) fn found(&self) -> Found {
        Master::find(&self.pid_file(), &self.expected()).unwrap()
    }

    pub(super) fn master(&self) -> Master {
        match self.found() {
            Found::Running(master) => master,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn before(&self) -> Before {
        Before::observe(self.master(), &[self.path("error.log")]).unwrap()
    }

    pub(super) fn prove(
        &self,
        before: Before,
        deadline: Duration,
        kick: impl FnOnce(&Master) -> Result<Sent, MasterError>,
    ) -> Outcome {
        reload(before, &self.pid_file(), &self.expected(), deadline, kick).unwrap()
    }

    pub(super) fn hup(&self) -> Outcome {
        self.prove(self.before(), DEADLINE, Master::hup)
    }

    pub(super) fn accepting(&self) -> Vec<u32> {
        let all = workers::of(&self.master()).unwrap();
        all.iter()
            .filter(|worker| worker.role == Role::Accepting)
            .map(|worker| worker.pid)
            .collect()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let text = fs::read_to_string(self.pid_file()).unwrap_or_default();
        // Only if it is the one of this folder: some tests write foreign numbers into the pid file.
        let pid = text.trim().parse::<u32>().unwrap_or(0);
        let title = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        if title.contains(&self.folder.path().display().to_string()) {
            signal(pid, Signal::TERM);
            let start = Instant::now();
            // A zombie that waits for init has ended.
            let runs = || matches!(proc_fs::stat(pid), Ok(Some(process)) if !process.ended);
            while runs() && start.elapsed() < Duration::from_secs(3) {
                std::thread::sleep(Duration::from_millis(2));
            }
        }
    }
}

pub(super) fn binary() -> PathBuf {
    fs::canonicalize("/usr/sbin/nginx").unwrap()
}

pub(super) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

pub(super) fn signal(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    let _gone = kill_process(pid, signal);
}

pub(super) fn wait_for(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(5), "waited in vain");
        std::thread::sleep(Duration::from_millis(2));
    }
}
