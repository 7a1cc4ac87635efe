//! A ready world: a private nginx, and a machine whose registry knows how to find it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use super::backend::Backend;
use super::certs::Cert;
use super::connection::Connection;
use super::curl::Curl;
use super::http::{Request, Response};
use super::load::Load;
use super::mech::{Home, Mech};
use super::nginx::{Builder, Nginx};
use super::ports::free_port;
use super::ran::Ran;
use super::snapshot::{Snapshot, no_stray_files};

/// What nginx itself and a queue of runs may change at any time.
const RESTLESS: &[&str] = &["logs", "temp", "nginx.pid", "start.txt", "lock", "*.lock"];

/// nginx, mech, and the ports on which the sites are served.
pub(crate) struct World {
    pub(crate) nginx: Nginx,
    pub(crate) home: Arc<Home>,
    pub(crate) http_port: u16,
    pub(crate) https_port: u16,
}

impl World {
    /// A world whose nginx runs.
    #[track_caller]
    pub(crate) fn new() -> Self {
        Self::of(Nginx::private().started())
    }

    /// A world whose nginx is not started yet.
    pub(crate) fn stopped() -> Self {
        Self::of(Nginx::private().stopped())
    }

    /// A world with a running nginx of one's own making.
    #[track_caller]
    pub(crate) fn with(nginx: Builder) -> Self {
        Self::of(nginx.started())
    }

    fn of(nginx: Nginx) -> Self {
        let world = Self {
            nginx,
            home: Home::new(),
            http_port: free_port(),
            https_port: free_port(),
        };
        world.write_registry(&json!([]));
        world
    }

    /// Writes a registry with `sites` and the settings of this world: the one place that knows the seed.
    pub(crate) fn write_registry(&self, sites: &serde_json::Value) {
        let registry = json!({
            "version": 1,
            "settings": {
                "nginx": self.nginx.command(),
                "http-port": self.http_port.to_string(),
                "https-port": self.https_port.to_string(),
                "logs": self.nginx.prefix().join("logs"),
            },
            "sites": sites,
        });
        fs::write(self.home.registry(), format!("{registry:#}\n")).unwrap();
    }

    /// Runs `mech` with `args`.
    #[must_use = "a run that nobody looks at proves nothing"]
    #[track_caller]
    pub(crate) fn mech(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Ran {
        self.run(args).run()
    }

    /// A run of `mech` that can still be given an environment or stdin, or be spawned.
    pub(crate) fn run(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Mech {
        Mech::at(&self.home).args(args)
    }

    /// `GET TARGET` for `host` on the http port.
    #[must_use = "an answer that nobody looks at proves nothing"]
    #[track_caller]
    pub(crate) fn get(&self, host: &str, target: &str) -> Response {
        self.request(host, target).send()
    }

    /// A request for `host` on the http port that is not sent yet.
    pub(crate) fn request(&self, host: &str, target: impl AsRef<[u8]>) -> Request {
        Request::get(self.http_port, host, target)
    }

    /// A request for `host` on the https port that is not sent yet.
    pub(crate) fn https(&self, host: &str, path: &str) -> Curl {
        Curl::https(host, self.https_port, path)
    }

    /// A connection to the http port.
    #[track_caller]
    pub(crate) fn connect(&self) -> Connection {
        match Connection::open(self.http_port) {
            Ok(connection) => connection,
            Err(failure) => panic!("{failure}"),
        }
    }

    /// Load for `host` on the http port.
    pub(crate) fn load(&self, host: &str, path: &str) -> Load {
        Load::on(self.http_port, host, path)
    }

    /// A backend on a unix socket in nginx's prefix.
    #[track_caller]
    pub(crate) fn unix_backend(&self, name: &str) -> Backend {
        Backend::unix(
            name,
            &self
                .nginx
                .prefix()
                .join("temp")
                .join(format!("{name}.sock")),
        )
    }

    /// Makes the certificate of the site `name` where mech looks for it.
    #[track_caller]
    pub(crate) fn cert(&self, name: &str, hosts: &[&str]) -> Cert {
        Cert::make(&self.nginx.prefix().join("certs"), name, hosts)
    }

    /// The text of the registry.
    pub(crate) fn registry(&self) -> String {
        fs::read_to_string(self.home.registry()).unwrap_or_default()
    }

    /// The file that mech renders.
    pub(crate) fn mech_conf(&self) -> PathBuf {
        self.nginx.conf_dir().join("mech.conf")
    }

    /// The text that mech has rendered; empty where there is none yet.
    pub(crate) fn rendered(&self) -> String {
        fs::read_to_string(self.mech_conf()).unwrap_or_default()
    }

    /// A picture of nginx's prefix and of the registry's folder, without logs, temporary files, pid and locks.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let data = self.home.data();
        Snapshot::ignoring(&self.folders(&data), RESTLESS)
    }

    /// Claims that `act` leaves every file, and the running nginx, as they are.
    #[track_caller]
    pub(crate) fn untouched_by<T>(&self, act: impl FnOnce() -> T) -> T {
        let (before, workers) = (self.snapshot(), self.nginx.worker_pids());
        let result = act();
        before.assert_same(&self.snapshot());
        assert_eq!(self.nginx.worker_pids(), workers, "nginx was reloaded");
        self.no_stray_files();
        result
    }

    /// Claims that no temporary file or backup lies about.
    #[track_caller]
    pub(crate) fn no_stray_files(&self) {
        let data = self.home.data();
        no_stray_files(&self.folders(&data));
    }

    fn folders<'a>(&'a self, data: &'a Path) -> [&'a Path; 2] {
        [self.nginx.prefix(), data]
    }
}
