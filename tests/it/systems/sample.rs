//! The configuration that the tutorial of `ApostropheCMS` gives to those who write nginx.conf by hand, in an nginx of its
//! own.

use std::fmt::Write as _;
use std::path::Path;

use crate::harness::{Nginx, Request, Response, World, free_port};

/// The sample with its directives and values; what belongs to the machine is filled in.
const SAMPLE: &str = r"
upstream upstream-EXAMPLE { @SERVERS@ }
server {
    listen @PORT@;
    server_name localhost EXAMPLE.com www.EXAMPLE.com;
    client_max_body_size 32M;
    access_log @PREFIX@/logs/EXAMPLE.access.log;
    error_log @PREFIX@/logs/EXAMPLE.error.log;
    location / {
        gzip_types text/css text/javascript image/svg+xml application/vnd.ms-fontobject
            application/x-font-ttf text/html;
        root @PUBLIC@;
        try_files $uri @proxy-EXAMPLE;
    }
    location @proxy-EXAMPLE {
        proxy_pass http://upstream-EXAMPLE;
        proxy_next_upstream error timeout invalid_header http_500 http_502 http_503 http_504;
        proxy_redirect off;
        proxy_buffering off;
        proxy_set_header Host $host;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
}
";

/// An nginx with the sample, for the same apps as the nginx of a world.
pub(super) struct Sample {
    pub(super) port: u16,
    _nginx: Nginx,
}

impl Sample {
    pub(super) fn before(servers: &[String], public: &Path) -> Self {
        let port = free_port();
        let servers = format!("server {};", servers.join("; server "));
        let text = SAMPLE
            .replace("@SERVERS@", &servers)
            .replace("@PORT@", &port.to_string())
            .replace("@PUBLIC@", public.to_str().unwrap());
        let nginx = Nginx::private().conf("sample.conf", &text).started();
        Self {
            port,
            _nginx: nginx,
        }
    }
}

/// The answers of both to one request.
pub(super) struct Both {
    pub(super) sample: Response,
    pub(super) mech: Response,
}

/// Sends the same request to both.
#[track_caller]
pub(super) fn both(
    sample: &Sample,
    world: &World,
    host: &str,
    target: &str,
    more: impl Fn(Request) -> Request,
) -> Both {
    let send = |port: u16| more(Request::get(port, host, target)).send();
    Both {
        sample: send(sample.port),
        mech: send(world.http_port),
    }
}

impl Both {
    /// Claims that a visitor and an app cannot tell the two apart.
    #[track_caller]
    pub(super) fn agree(&self) {
        let (sample, mech) = (told(&self.sample), told(&self.mech));
        assert_eq!(
            sample, mech,
            "sample:\n{}\nmech:\n{}",
            self.sample, self.mech
        );
    }
}

/// What of an answer, and of what the app saw, is to be the same.
fn told(answer: &Response) -> String {
    let names = [
        "Content-Type",
        "Content-Encoding",
        "Content-Range",
        "Location",
        "Last-Modified",
    ];
    let mut told = format!(
        "{} {:?}",
        answer.status,
        names.map(|name| answer.header(name))
    );
    let of_the_app = answer.header("X-Test-Backend").is_some();
    if of_the_app && answer.body.starts_with(b"{") {
        let echo = answer.echo();
        // The ports are those of the test: on 80 there is none in either.
        let host = echo.header("Host").and_then(|host| host.split(':').next());
        let address = ["X-Real-IP", "X-Forwarded-For"].map(|name| echo.header(name));
        let seen = (&echo.method, &echo.target, host, address, echo.body_length);
        write!(told, " the app saw {seen:?}").unwrap();
    } else if of_the_app || answer.status < 300 {
        told.push_str(&answer.text());
    }
    told
}
