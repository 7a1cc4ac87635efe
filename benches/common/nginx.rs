//! A private nginx on its own prefix and free ports.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use fs_err as fs;

use super::process::Outcome;

pub(crate) struct Nginx {
    pub(crate) program: PathBuf,
    pub(crate) prefix: PathBuf,
    pub(crate) http: u16,
    pub(crate) https: u16,
}

/// The nginx that is measured.
pub(crate) fn program() -> PathBuf {
    which::which("nginx").unwrap_or_else(|_| PathBuf::from("/usr/sbin/nginx"))
}

impl Nginx {
    /// Makes its folders and its main file; `http` is what stands there before the sites.
    pub(crate) fn prepare(
        prefix: &Path,
        program: &Path,
        workers: &str,
        http: &str,
    ) -> Outcome<Self> {
        for folder in ["conf.d", "overrides", "certs", "logs", "tmp", "www"] {
            fs::create_dir_all(prefix.join(folder))?;
        }
        let p = prefix.display();
        let temporary = temporary_paths(prefix);
        fs::write(
            prefix.join("nginx.conf"),
            format!(
                "worker_processes {workers};\npid {p}/nginx.pid;\nerror_log {p}/error.log;\n\
                 events {{\n    worker_connections 768;\n}}\n\
                 http {{\n    access_log {p}/access.log;\n{temporary}{http}    include {p}/conf.d/*.conf;\n}}\n"
            ),
        )?;
        let [http, https] = free_ports()?;
        Ok(Self {
            program: program.to_owned(),
            prefix: prefix.to_owned(),
            http,
            https,
        })
    }

    pub(crate) fn command_line(&self, program: &Path) -> String {
        let (program, prefix) = (program.display(), self.prefix.display());
        format!("{program} -p {prefix} -c {prefix}/nginx.conf")
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("-p").arg(&self.prefix);
        command.arg("-c").arg(self.prefix.join("nginx.conf"));
        command
    }
}

/// The lines that keep nginx's temporary files in the prefix.
pub(crate) fn temporary_paths(prefix: &Path) -> String {
    let p = prefix.display();
    ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("    {kind}_temp_path {p}/tmp/{kind};\n"))
        .concat()
}

pub(crate) fn free_ports<const N: usize>() -> Outcome<[u16; N]> {
    let mut ports = [0; N];
    // All stay bound until all are known, so that they differ.
    let mut held = Vec::with_capacity(N);
    for port in &mut ports {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        *port = listener.local_addr()?.port();
        held.push(listener);
    }
    Ok(ports)
}
