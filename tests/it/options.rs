//! What the options for traffic and files do, shown by real requests through a real nginx that mech has
//! configured by its command line.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may panic, starts programs, and writes the files that nginx is to serve"
)]

mod balance;
mod files;
mod grpc;
mod path_properties;
mod protocols;
mod raw;
mod retries;
mod static_path;
mod sticky;
mod strip;

use crate::harness::{Backend, Nginx, Response, World, folder, write};

/// A world with one worker, in which the turns of backends can be foretold.
fn single() -> World {
    World::with(Nginx::private().workers(1))
}

/// Makes the site `s` for `s.com` with `options`, or gives them to the one that is there.
#[track_caller]
fn add(world: &World, options: &[&str]) {
    let args = ["add", "s", "--host=s.com", "--upsert"];
    let _ = world.mech(args.iter().chain(options)).ok();
}

/// Claims that a site `s` with `options` is refused with this reason and nothing is changed.
#[track_caller]
fn refused(world: &World, options: &[&str], reason: &str) {
    let args = ["add", "s", "--host=s.com"];
    let run = world.untouched_by(|| world.mech(args.iter().chain(options)));
    let _ = run.code(1).stderr_has(reason);
}

/// The option for these backends.
fn backends(apps: &[&Backend]) -> String {
    let all: Vec<String> = apps.iter().map(|app| app.address()).collect();
    format!("--backends={}", all.join(","))
}

/// The backend that has answered.
#[track_caller]
fn who(answer: &Response) -> String {
    let name = answer.header("X-Test-Backend");
    name.unwrap_or_else(|| panic!("no backend answered:\n{answer}"))
        .to_owned()
}

/// What of the request line reached the app.
#[track_caller]
fn seen(world: &World, target: &str) -> String {
    world.get("s.com", target).status(200).echo().target
}

/// Writes an override file of the site and lets mech take it in.
#[track_caller]
fn write_override(world: &World, file: &str, text: &str) {
    let folder = world.nginx.prefix().join("mech-overrides/s");
    write(&folder.join(file), text);
    let _ = world.mech(["refresh"]).ok();
}
