//! The machine as a registry's settings point at it: its nginx, that nginx's own configuration, and
//! every path that follows from the two.

use std::io;
use std::net::{IpAddr, Ipv6Addr};
use std::path::{Path, PathBuf};

use super::config_tree::{ConfigTree, ConfigTreeError};
use super::environment::Environment;
use super::found::{Found, NotRunning};
use super::master::{Expected, Master, MasterError};
use super::nginx::{Nginx, NginxError};
use super::state::{Applied, State};
use crate::model::{Bind, Settings};
use crate::render::{Capabilities, Places, UserConfig, UserDefault, UserNamesHash};
use crate::syntax::{normalise, parse};

/// The file that mech renders.
pub const FILE: &str = "mech.conf";

/// The name under which it is staged; hidden, so that no include reads it.
pub const STAGED_FILE: &str = ".mech.conf.staged";

/// Folders of server blocks that distributions include, in the order of preference: Debian and
/// RHEL, Alpine, Homebrew, Debian's other one.
const USUAL: [&str; 4] = ["conf.d", "http.d", "servers", "sites-enabled"];

/// What was found.
#[derive(Debug)]
pub struct Machine {
    /// The nginx, if one is installed.
    pub nginx: Option<Nginx>,
    /// Its configuration without mech's own file, if it has one.
    pub tree: Option<ConfigTree>,
    /// Every path that the rendered text names.
    pub places: Places,
    /// Where nginx writes its pid.
    pub pid_file: PathBuf,
    /// Where its master writes errors.
    pub error_logs: Vec<PathBuf>,
}

/// Why the machine could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum MachineError {
    /// The nginx itself.
    #[error("{0}")]
    Nginx(#[from] NginxError),
    /// Its configuration.
    #[error("nginx's configuration: {0}")]
    Tree(#[from] ConfigTreeError),
}

impl Machine {
    /// Looks at the machine. What was last `applied` tells where mech's own file lies by earlier settings,
    /// and spares asking a known nginx for its build; a `predecessor`'s file is to be replaced by mech's.
    pub fn look(
        settings: &Settings,
        environment: &Environment,
        registry: &Path,
        applied: Option<&Applied>,
        predecessor: Option<&Path>,
    ) -> Result<Self, MachineError> {
        let known = applied.and_then(|applied| applied.nginx.as_ref());
        let live = applied.and_then(|applied| applied.live.as_deref());
        let own: Vec<PathBuf> = live
            .into_iter()
            .chain(predecessor)
            .map(Path::to_owned)
            .collect();
        let nginx = Nginx::find(settings.nginx.as_ref(), environment.path.as_deref(), known)?;
        let tree = nginx
            .as_ref()
            .map(|nginx| read_tree(nginx, settings, &own))
            .transpose()?
            .flatten();
        let places = places(settings, registry, nginx.as_ref(), tree.as_ref());
        let (pid_file, error_logs) = runtime_files(nginx.as_ref(), tree.as_ref());
        Ok(Self {
            nginx,
            tree,
            places,
            pid_file,
            error_logs,
        })
    }

    /// The live file.
    #[must_use]
    pub fn live(&self) -> PathBuf {
        self.places.conf.join(FILE)
    }

    /// What the templates may count on.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        let Some(nginx) = &self.nginx else {
            return Capabilities::UNKNOWN;
        };
        let lines = self
            .tree
            .iter()
            .flat_map(|t| t.main_directives("load_module"));
        let global = global_directives(&nginx.arguments);
        let global = global.iter().filter(|d| d.name == "load_module");
        let loaded: Vec<String> = lines
            .map(|found| found.directive)
            .chain(global)
            .filter_map(|directive| directive.args.first().cloned())
            .collect();
        nginx.capabilities(&loaded)
    }

    /// Whether nginx would read the live file; none where it has no configuration yet.
    #[must_use]
    pub fn is_included(&self) -> Option<bool> {
        self.tree
            .as_ref()
            .map(|tree| tree.includes_of(&self.live()).is_some())
    }

    /// What a running master must look like to be this nginx.
    #[must_use]
    pub fn expected(&self) -> Option<Expected> {
        self.nginx.as_ref().map(|nginx| Expected {
            binary: nginx.program.clone(),
            prefix: nginx.prefix.as_ref().map(PathBuf::from),
            conf: nginx.conf(),
            default_prefix: PathBuf::from(&nginx.build.prefix),
            default_conf: PathBuf::from(&nginx.build.conf_path),
        })
    }

    /// The running master of this nginx: the one that the pid file names, else one that runs without it.
    pub fn master(&self) -> Result<Found, MasterError> {
        let Some(expected) = self.expected() else {
            return Ok(Found::NotRunning(NotRunning::NoPidFile(
                self.pid_file.clone(),
            )));
        };
        match Master::find(&self.pid_file, &expected)? {
            Found::NotRunning(why) => {
                Ok(Master::search(&expected)?.map_or(Found::NotRunning(why), Found::Running))
            }
            found => Ok(found),
        }
    }

    /// What the user's own files say that mech must know.
    #[must_use]
    pub fn user_config(&self, settings: &Settings) -> UserConfig {
        let Some(tree) = &self.tree else {
            return UserConfig::default();
        };
        let bind = settings.bind.clone().unwrap_or_default();
        let ours = |host: Option<IpAddr>| match (&bind, host) {
            (Bind::Any, host) => host.is_none_or(|host| host.is_unspecified()),
            (Bind::Addresses(list), Some(host)) => list.contains(&host),
            (Bind::Addresses(list), None) => list.iter().any(|a| a.is_unspecified() && a.is_ipv4()),
        };
        let defaults = tree
            .listens(80)
            .into_iter()
            .filter(|l| l.default_server && !l.unix && l.name.is_none() && ours(l.host))
            .map(|l| UserDefault {
                port: l.port,
                address: l.address,
                file: l.file,
                line: l.line,
            })
            .collect();
        let names_hash = tree
            .http_directives("server_names_hash_bucket_size")
            .first()
            .and_then(|found| {
                let size = found.directive.args.first()?.parse().ok()?;
                let (file, line) = (found.file.path.clone(), found.directive.line);
                Some(UserNamesHash { size, file, line })
            });
        let listens_on = |port: u16, quic: bool| {
            let sockets = tree.listens(80);
            sockets
                .iter()
                .any(|l| l.port == port && !l.unix && l.quic == quic && ours(l.host))
        };
        let buffers = [
            "proxy_buffer_size",
            "proxy_buffers",
            "proxy_busy_buffers_size",
            "proxy_temp_file_write_size",
        ];
        UserConfig {
            defaults,
            names_hash,
            http: listens_on(settings.http_port(), false),
            tls: listens_on(settings.https_port(), false),
            quic: listens_on(settings.https_port(), true),
            proxy_buffers: buffers
                .iter()
                .any(|name| !tree.http_directives(name).is_empty()),
        }
    }
}

/// Whether this kernel makes IPv6 sockets: without, `listen [::]:80` keeps nginx from starting.
#[must_use]
pub fn has_ipv6() -> bool {
    let socket = rustix::net::socket(
        rustix::net::AddressFamily::INET6,
        rustix::net::SocketType::STREAM,
        None,
    );
    let any = std::net::SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, 0, 0, 0);
    socket.is_ok_and(|socket| rustix::net::bind(&socket, &any).is_ok())
}

fn read_tree(
    nginx: &Nginx,
    settings: &Settings,
    own: &[PathBuf],
) -> Result<Option<ConfigTree>, MachineError> {
    let (conf, folder) = (nginx.conf(), nginx.conf_folder());
    let mut skip: Vec<PathBuf> = own.to_vec();
    skip.extend(settings.conf.as_ref().map(|conf| conf.as_path().join(FILE)));
    skip.extend(USUAL.iter().map(|usual| folder.join(usual).join(FILE)));
    match ConfigTree::read(&conf, &folder, &skip) {
        Ok(tree) => Ok(Some(tree)),
        Err(ConfigTreeError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

fn places(
    settings: &Settings,
    registry: &Path,
    nginx: Option<&Nginx>,
    tree: Option<&ConfigTree>,
) -> Places {
    let set =
        |path: &Option<crate::model::AbsolutePath>| path.as_ref().map(|p| p.as_path().to_owned());
    let folder = nginx.map_or_else(|| PathBuf::from("/etc/nginx"), Nginx::conf_folder);
    let conf = set(&settings.conf).unwrap_or_else(|| default_conf(&folder, tree));
    let logs = set(&settings.logs).unwrap_or_else(|| {
        let log = nginx.map(|nginx| nginx.prefix().join(&nginx.build.http_log_path));
        let parent = log.as_deref().and_then(Path::parent).map(Path::to_owned);
        parent.unwrap_or_else(|| PathBuf::from("/var/log/nginx"))
    });
    Places {
        registry: registry.to_owned(),
        passwords: State::of(registry).passwords(),
        overrides: set(&settings.overrides).unwrap_or_else(|| folder.join("mech-overrides")),
        certs: set(&settings.certs).unwrap_or_else(|| normalise(&conf.join("../certs"))),
        logs,
        conf,
    }
}

/// The folder of server blocks that the main file includes, best the usual one.
fn default_conf(folder: &Path, tree: Option<&ConfigTree>) -> PathBuf {
    let usual = || USUAL.iter().map(|usual| folder.join(usual));
    let Some(tree) = tree else {
        return folder.join(USUAL[0]);
    };
    let reaches = |candidate: &PathBuf| tree.includes_of(&candidate.join(FILE)).is_some();
    let other = || {
        let includes = tree.http_directives("include");
        let patterns = includes
            .iter()
            .filter_map(|found| found.directive.args.first());
        let folders: Vec<PathBuf> = patterns
            .filter_map(|pattern| {
                normalise(&folder.join(pattern))
                    .parent()
                    .map(Path::to_owned)
            })
            .collect();
        folders.into_iter().find(|candidate| reaches(candidate))
    };
    usual()
        .find(|candidate| reaches(candidate))
        .or_else(other)
        .unwrap_or_else(|| folder.join(USUAL[0]))
}

fn runtime_files(nginx: Option<&Nginx>, tree: Option<&ConfigTree>) -> (PathBuf, Vec<PathBuf>) {
    let Some(nginx) = nginx else {
        return (PathBuf::from("/run/nginx.pid"), Vec::new());
    };
    let prefix = nginx.prefix();
    let global = global_directives(&nginx.arguments);
    let first = |name: &str| {
        let given = global
            .iter()
            .find(|d| d.name == name)
            .and_then(|d| d.args.first().cloned());
        given.or_else(|| tree?.main_directive(name)?.directive.args.first().cloned())
    };
    let pid = first("pid").unwrap_or_else(|| nginx.build.pid_path.clone());
    let mut logs: Vec<String> = tree
        .map(|tree| {
            tree.error_logs()
                .iter()
                .filter_map(|args| args.first().cloned())
                .collect()
        })
        .unwrap_or_default();
    logs.extend(
        global
            .iter()
            .filter(|d| d.name == "error_log")
            .filter_map(|d| d.args.first().cloned()),
    );
    if logs.is_empty() {
        logs.push(nginx.build.error_log_path.clone());
    }
    let files = logs
        .into_iter()
        .filter(|log| log != "stderr" && !log.starts_with("syslog:") && !log.starts_with("memory:"))
        .map(|log| prefix.join(log))
        .collect();
    (prefix.join(pid), files)
}

/// The directives of `-g`.
fn global_directives(arguments: &[String]) -> Vec<crate::syntax::Directive> {
    let mut words = arguments.iter();
    let mut all = Vec::new();
    while let Some(word) = words.next() {
        let text = match word.strip_prefix("-g") {
            Some("") => words.next().cloned(),
            Some(text) => Some(text.to_owned()),
            None => None,
        };
        // The last directive of `-g` needs no semicolon.
        let parsed = text.and_then(|text| {
            parse(format!("{text};").as_bytes())
                .or_else(|_| parse(text.as_bytes()))
                .ok()
        });
        all.extend(parsed.unwrap_or_default());
    }
    all
}
