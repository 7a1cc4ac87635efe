//! A private nginx: its own prefix, configuration, ports and pid file, ended when it is dropped.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use mech::render::NginxVersion;
use rustix::process::Signal;
use tempfile::TempDir;

use super::versions::{Version, system_nginx, version_of};
use super::wait::until;
use super::{nginx_files, processes};

/// What is to be known before a private nginx is made.
#[must_use = "nothing exists before `.started()` or `.stopped()`"]
pub(crate) struct Builder {
    program: Option<PathBuf>,
    modules: String,
    workers: usize,
    main: Option<String>,
    confs: Vec<(String, String)>,
    user: String,
}

/// A private nginx. Its folder is `/tmp/ng…`, short enough for unix sockets and readable for its workers.
#[must_use = "nginx ends when this is dropped"]
pub(crate) struct Nginx {
    folder: TempDir,
    program: PathBuf,
    user: String,
    /// Ends nginx when the test program is killed and no destructor runs.
    watchdog: Option<Child>,
}

impl Builder {
    /// Sets `worker_processes`; 2 by default.
    pub(crate) fn workers(mut self, count: usize) -> Self {
        self.workers = count;
        self
    }

    /// Another nginx than the system's.
    pub(crate) fn version(mut self, version: &Version) -> Self {
        self.program = Some(version.program.clone());
        self.modules.clone_from(&version.modules);
        self
    }

    /// Uses `text` as nginx.conf; `@PREFIX@` and `@USER@` (the whole directive or nothing) are filled in.
    pub(crate) fn with_main(mut self, text: &str) -> Self {
        self.main = Some(text.to_owned());
        self
    }

    /// Adds the file `conf.d/NAME`.
    pub(crate) fn conf(mut self, name: &str, text: &str) -> Self {
        self.confs.push((name.to_owned(), text.to_owned()));
        self
    }

    /// Lets the workers run as the user of the test; by default they are unprivileged where the test runs as root.
    pub(crate) fn workers_as_me(mut self) -> Self {
        self.user = nginx_files::current_user();
        self
    }

    /// Writes the files only.
    pub(crate) fn stopped(self) -> Nginx {
        let program = self.program.unwrap_or_else(system_nginx);
        let folder = tempfile::Builder::new()
            .prefix("ng")
            .tempdir_in("/tmp")
            .unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        nginx_files::lay_out(folder.path());
        let nginx = Nginx {
            folder,
            program,
            user: self.user,
            watchdog: None,
        };
        let main = self.main;
        let main = main.unwrap_or_else(|| nginx_files::standard_main(self.workers));
        nginx.replace_main(&format!("{}{main}", self.modules));
        for (name, text) in self.confs {
            nginx.add_conf(&name, &text);
        }
        nginx
    }

    /// Writes the files and starts nginx.
    #[track_caller]
    pub(crate) fn started(self) -> Nginx {
        let mut nginx = self.stopped();
        nginx.start();
        nginx
    }
}

impl Nginx {
    /// A private nginx with a main configuration like Debian's and no server block.
    pub(crate) fn private() -> Builder {
        let user = nginx_files::unprivileged_user();
        Builder {
            program: None,
            modules: String::new(),
            workers: 2,
            main: None,
            confs: Vec::new(),
            user,
        }
    }

    /// The folder that holds everything.
    pub(crate) fn prefix(&self) -> &Path {
        self.folder.path()
    }

    /// The folder `conf.d`, which nginx.conf includes.
    pub(crate) fn conf_dir(&self) -> PathBuf {
        self.prefix().join("conf.d")
    }

    /// The command line of this nginx, as the setting `nginx` takes it.
    pub(crate) fn command(&self) -> String {
        let prefix = self.prefix().display();
        format!(
            "{} -p {prefix} -c {prefix}/nginx.conf",
            self.program.display()
        )
    }

    /// What it says of its version.
    pub(crate) fn version(&self) -> NginxVersion {
        version_of(&self.program)
    }

    /// Writes `conf.d/NAME`; takes effect at the next start or reload.
    pub(crate) fn add_conf(&self, name: &str, text: &str) {
        fs::write(
            self.conf_dir().join(name),
            nginx_files::fill(text, self.prefix(), &self.user),
        )
        .unwrap();
    }

    /// Writes nginx.conf; `@PREFIX@` and `@USER@` are filled in.
    pub(crate) fn replace_main(&self, text: &str) {
        let text = nginx_files::fill(text, self.prefix(), &self.user);
        fs::write(self.prefix().join("nginx.conf"), text).unwrap();
    }

    /// Everything in the main error log.
    pub(crate) fn error_log(&self) -> String {
        fs::read_to_string(self.prefix().join("logs/error.log")).unwrap_or_default()
    }

    /// Runs `nginx -t`; what it said, as an error where it refused.
    pub(crate) fn test(&self) -> Result<String, String> {
        let run = self.program().arg("-t").output().unwrap();
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        if run.status.success() {
            Ok(said)
        } else {
            Err(said)
        }
    }

    /// Starts nginx and waits until its workers are there.
    #[track_caller]
    pub(crate) fn start(&mut self) {
        // A file, not a pipe: a daemon that keeps its stderr would hold a pipe open for ever.
        let said = self.prefix().join("start.txt");
        let status = self
            .program()
            .stderr(File::create(&said).unwrap())
            .status()
            .unwrap();
        let said = fs::read_to_string(said).unwrap();
        assert!(
            status.success(),
            "nginx did not start:\n{said}{}",
            self.error_log()
        );
        until("nginx has written its pid and started a worker", || {
            !self.worker_pids().is_empty()
        });
        if self.watchdog.is_none() {
            self.watchdog = Some(self.watch());
        }
    }

    /// Ends nginx and its workers.
    pub(crate) fn stop(&self) {
        let Some(master) = self.pid() else { return };
        let family = processes::children(master);
        processes::end(master);
        // A master that had to be killed leaves its workers.
        for (pid, _) in family {
            if processes::runs(pid) && processes::title(pid).starts_with("nginx: ") {
                processes::end(pid);
            }
        }
        fs::remove_file(self.prefix().join("nginx.pid")).ok();
    }

    /// Sends HUP and waits until new workers have taken over and no old one accepts connections.
    #[track_caller]
    pub(crate) fn reload(&self) {
        let old = self.worker_pids();
        processes::signal(self.pid().expect("a running nginx"), Signal::HUP);
        until("new workers have replaced the old ones", || {
            let now = self.worker_pids();
            !now.is_empty() && !now.iter().any(|pid| old.contains(pid))
        });
    }

    /// The process id of the master, where it runs.
    pub(crate) fn pid(&self) -> Option<i32> {
        let text = fs::read_to_string(self.prefix().join("nginx.pid")).ok()?;
        let pid = text.trim().parse().ok()?;
        // The prefix in the title tells this master from a stranger that got the number of a dead one.
        let ours = processes::title(pid).contains(self.prefix().to_str().unwrap());
        (processes::runs(pid) && ours).then_some(pid)
    }

    /// The workers that accept connections, in order; those that are shutting down are not among them.
    pub(crate) fn worker_pids(&self) -> Vec<i32> {
        let accepting = self
            .family()
            .into_iter()
            .filter(|(_, title)| title == "nginx: worker process");
        let mut pids: Vec<i32> = accepting.map(|(pid, _)| pid).collect();
        pids.sort_unstable();
        pids
    }

    /// All children of the master with their titles, also those that are shutting down.
    pub(crate) fn family(&self) -> Vec<(i32, String)> {
        self.pid().map(processes::children).unwrap_or_default()
    }

    /// Whether the master runs.
    pub(crate) fn is_running(&self) -> bool {
        self.pid().is_some()
    }

    /// Does what the kernel does to nginx when the test program is killed.
    pub(crate) fn abandon(&mut self) {
        if let Some(mut watchdog) = self.watchdog.take() {
            drop(watchdog.stdin.take());
            watchdog.wait().ok();
        }
    }

    fn program(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .arg("-p")
            .arg(self.prefix())
            .arg("-c")
            .arg(self.prefix().join("nginx.conf"));
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command
    }

    /// A shell whose stdin closes with this process, however that ends.
    fn watch(&self) -> Child {
        let script =
            "read -r _; pid=$(cat \"$0/nginx.pid\" 2>/dev/null) && kill -TERM \"$pid\" 2>/dev/null";
        Command::new("sh")
            .arg("-c")
            .arg(script)
            .arg(self.prefix())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("needs `sh`")
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        self.stop();
        self.abandon();
        if std::thread::panicking() {
            eprintln!(
                "--- error log of {}\n{}---",
                self.prefix().display(),
                self.error_log()
            );
        }
    }
}
