//! What is answered, to whom, and how often: limits, access, client addresses, redirects, headers, pages for
//! errors, unknown hosts, logs. Real requests through a real nginx, configured by mech.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may panic, and writes the files that nginx is to serve"
)]

mod down_page;
mod error_pages;
mod forward_auth;
mod headers;
mod hsts;
mod limits;
mod log_format;
mod networks;
mod passwords;
mod proxy_protocol;
mod rate;
mod redirect_map;
mod redirects;
mod streaming;
mod trust;
mod unknown_hosts;
mod www;

use std::fs;
use std::net::{Ipv6Addr, SocketAddr};

use crate::harness::{Backend, Request, Response, World, folder, until, write, write_override};

/// A world with the site `s`, host `s.test`, made by `mech add` with these options.
#[track_caller]
fn added<'a>(options: impl IntoIterator<Item = &'a str>) -> World {
    let world = World::new();
    add(&world, "s", options);
    world
}

/// Adds the site `name` with the host `NAME.test`.
#[track_caller]
fn add<'a>(world: &World, name: &str, options: impl IntoIterator<Item = &'a str>) {
    let host = format!("--host={name}.test");
    let command = ["add", name, &host].map(str::to_owned);
    let options = options.into_iter().map(str::to_owned);
    let _ = world.mech(command.into_iter().chain(options)).ok();
}

/// The option that sends requests to `app`.
fn to(app: &Backend) -> String {
    format!("--backends={}", app.address())
}

/// A request for `s.test` from `::1`; those of the harness come from 127.0.0.1.
fn from_v6(world: &World, target: &str) -> Request {
    let address = SocketAddr::from((Ipv6Addr::LOCALHOST, world.http_port));
    Request::get(address, "s.test", target)
}

/// All values of a header.
fn all<'a>(response: &'a Response, name: &str) -> Vec<&'a str> {
    let headers = response.headers.iter();
    let own = headers.filter(|(of, _)| of.eq_ignore_ascii_case(name));
    own.map(|(_, value)| value.as_str()).collect()
}

/// Claims that a header stands exactly once, with this value.
#[track_caller]
fn once(response: &Response, name: &str, value: &str) {
    assert_eq!(all(response, name), [value], "{name} of:\n{response}");
}

/// The line with `text` in a log, once nginx has written it.
#[track_caller]
fn logged(world: &World, name: &str, text: &str) -> String {
    let path = world.nginx.prefix().join("logs").join(name);
    let line = || {
        let log = String::from_utf8_lossy(&fs::read(&path).ok()?).into_owned();
        log.lines()
            .find(|line| line.contains(text))
            .map(str::to_owned)
    };
    until(&format!("`{text}` stands in {name}"), || line().is_some());
    line().unwrap()
}
