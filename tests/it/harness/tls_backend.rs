//! A backend that speaks TLS: a private nginx of its own.

use std::path::Path;

use super::certs::Cert;
use super::echo::NAME_HEADER;
use super::nginx::Nginx;
use super::ports::free_port;

/// A TLS backend; it answers like [`super::Backend`], with the headers `Host` and `X-Forwarded-Proto` only, and with
/// the name that was asked for in the handshake.
#[must_use = "a backend stops when it is dropped"]
pub(crate) struct TlsBackend {
    port: u16,
    cert: Cert,
    _nginx: Nginx,
}

impl TlsBackend {
    /// Listens on 127.0.0.1 and a free port, with a certificate for `hosts`.
    #[track_caller]
    pub(crate) fn start(name: &str, hosts: &[&str]) -> Self {
        Self::speaking(name, hosts, "TLSv1.2 TLSv1.3")
    }

    /// The same, speaking these versions of TLS alone.
    #[track_caller]
    pub(crate) fn speaking(name: &str, hosts: &[&str], protocols: &str) -> Self {
        let port = free_port();
        let mut nginx = Nginx::private().workers(1).stopped();
        let cert = Cert::make(&nginx.prefix().join("certs"), name, hosts);
        let echo = format!(
            r#"{{"backend":"{name}","method":"$request_method","target":"$request_uri","version":"$server_protocol","sni":"$ssl_server_name","headers":[["Host","$http_host"],["X-Forwarded-Proto","$http_x_forwarded_proto"]]}}"#
        );
        nginx.add_conf(
            "backend.conf",
            &format!(
                "server {{
  listen 127.0.0.1:{port} ssl;
  ssl_certificate {};
  ssl_certificate_key {};
  ssl_protocols {protocols};
  default_type application/json;
  add_header {NAME_HEADER} {name} always;
  location / {{ return 200 '{echo}'; }}
}}
",
                cert.cer.display(),
                cert.key.display()
            ),
        );
        nginx.start();
        Self {
            port,
            cert,
            _nginx: nginx,
        }
    }

    /// The address in the command line's syntax.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The certificate, which is its own CA.
    pub(crate) fn ca(&self) -> &Path {
        &self.cert.cer
    }
}
