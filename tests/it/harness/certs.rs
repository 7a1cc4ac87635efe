//! Certificates for tests, made by `openssl`.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A self-signed certificate; a client that gets it as its CA file trusts it.
#[derive(Clone, Debug)]
pub(crate) struct Cert {
    pub(crate) cer: PathBuf,
    pub(crate) key: PathBuf,
}

impl Cert {
    /// Makes `FOLDER/NAME.cer` and `FOLDER/NAME.key` for `hosts`, valid for 30 days.
    #[track_caller]
    pub(crate) fn make(folder: &Path, name: &str, hosts: &[&str]) -> Self {
        Self::make_for_days(folder, name, hosts, 30)
    }

    /// As [`Cert::make`], valid from now for `days`.
    #[track_caller]
    pub(crate) fn make_for_days(folder: &Path, name: &str, hosts: &[&str], days: u32) -> Self {
        let cert = Self {
            cer: folder.join(format!("{name}.cer")),
            key: folder.join(format!("{name}.key")),
        };
        let names: Vec<String> = hosts.iter().map(|host| format!("DNS:{host}")).collect();
        let run = Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
            ])
            .args([
                "-subj",
                &format!("/CN={name}"),
                "-addext",
                &format!("subjectAltName={}", names.join(",")),
            ])
            .args(["-days", &days.to_string()])
            .arg("-keyout")
            .arg(&cert.key)
            .arg("-out")
            .arg(&cert.cer)
            .output()
            .expect("needs openssl: apt-get install openssl");
        assert!(
            run.status.success(),
            "openssl: {}",
            String::from_utf8_lossy(&run.stderr)
        );
        cert
    }
}
