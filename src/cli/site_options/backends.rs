//! How requests reach the backends.

use clap::{Args, ValueHint};

use crate::model::SiteOption;

/// How requests reach the backends.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Backends")]
pub struct BackendOptions {
    /// Choose how requests are shared among backends
    ///
    /// Takes least-conn, round-robin, random, ip-hash or `hash:` and a key: uri, ip, host,
    /// header:NAME, cookie:NAME or arg:NAME. Default: least-conn, which takes turns among idle
    /// backends and passes by one that is busy. An empty value or `false` unsets it.
    #[arg(long, value_name = "RULE", value_hint = ValueHint::Other)]
    pub balance: Option<String>,

    /// Keep a client with the backend that it had first
    ///
    /// Takes cookie, cookie:NAME, ip or header:NAME. From nginx 1.29.6 on a cookie is nginx's own
    /// `sticky`; before, it is a consistent hash of a cookie that nginx sets, so a client moves only
    /// when its backend goes. Default: none. An empty value or `false` unsets it.
    #[arg(long, value_name = "HOW", value_hint = ValueHint::Other)]
    pub sticky: Option<String>,

    /// Take a path away before the backends see it
    ///
    /// Takes paths between commas: with `/api` a request for `/api/users` reaches the app as `/users`.
    /// nginx decodes what it strips: `/api/a%2Fb` arrives as `/a/b`, and `//` as `/`. May be repeated,
    /// then the paths add up. Default: the backends see the whole path. An empty value or `false`
    /// unsets it.
    #[arg(long, value_name = "PATHS", value_hint = ValueHint::Other)]
    pub strip_prefix: Vec<String>,

    /// Speak another protocol with the backends
    ///
    /// Takes http1, h2c or grpc, or a path and one of them: `'/pkg.Greeter grpc'`. Several stand
    /// between commas. gRPC wants HTTP/2 from clients too; h2c is there from nginx 1.29.4 on. May be
    /// repeated, then the values add up. Default: http1. An empty value or `false` unsets it.
    #[arg(long, value_name = "PROTOCOL", value_hint = ValueHint::Other)]
    pub backend_protocol: Vec<String>,

    /// Verify the certificates of the backends
    ///
    /// Takes true, for what this machine trusts, or a PEM file with the certificates to trust. Holds
    /// with --https-upstream. Default: they are not verified. An empty value or `false` unsets it.
    #[arg(long, value_name = "true|FILE", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_hint = ValueHint::Other)]
    pub https_upstream_verify: Option<String>,

    /// Speak HTTP/3 with clients, too
    ///
    /// Wants --https and an nginx from 1.25.0 on that is built with it. Other clients learn of it by
    /// the header Alt-Svc. While workers from before a reload still serve, nginx itself may lose new
    /// HTTP/3 connections; `worker_shutdown_timeout` in nginx.conf makes that time short. Takes true or false, bare it means true. Default: false. An empty value
    /// unsets it.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_hint = ValueHint::Other)]
    pub http3: Option<String>,
}

impl BackendOptions {
    /// The values of one option as they stand on the command line, if it is one of these.
    pub(super) fn given(&self, option: SiteOption) -> Option<&[String]> {
        match option {
            SiteOption::Balance => Some(self.balance.as_slice()),
            SiteOption::Sticky => Some(self.sticky.as_slice()),
            SiteOption::StripPrefix => Some(&self.strip_prefix),
            SiteOption::BackendProtocol => Some(&self.backend_protocol),
            SiteOption::VerifyUpstream => Some(self.https_upstream_verify.as_slice()),
            SiteOption::Http3 => Some(self.http3.as_slice()),
            _ => None,
        }
    }
}
