//! What mech takes in from the machine besides the registry: names, redirect maps, trusted networks, certificates,
//! pages, modules.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and writes the files that mech is to read"
)]

mod certificates;
mod modules;
mod names;
mod redirect_map;
mod remarks;
mod trust;

use std::fs;
use std::path::PathBuf;

use crate::harness::{Backend, Ran, World};

/// Runs mech in a mount namespace of its own, in which `sh` has run `mounts` before.
#[track_caller]
fn in_namespace(world: &World, mounts: &str, env: &[(&str, PathBuf)], args: &[&str]) -> Ran {
    let user = if rustix::process::geteuid().is_root() {
        ""
    } else {
        "--map-root-user"
    };
    let script = format!(
        "PATH=/usr/bin:/bin:/usr/sbin:/sbin exec unshare {user} --mount --propagation private sh -c '
            {{ {mounts}; }} || exit 99
            PATH=\"$BIN\" exec mech \"$@\"' sh \"$@\""
    );
    let run = world.run(args).env("BIN", world.home.bin()).shell(&script);
    let run = env
        .iter()
        .fold(run, |run, (name, value)| run.env(name, value));
    let ran = run.run();
    assert_ne!(ran.code, 99, "needs the right to mount:\n{ran}");
    ran.no_panic()
}

/// Writes a file beside nginx's.
fn write(world: &World, name: &str, text: &str) -> String {
    let path = world.nginx.prefix().join(name);
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// A world with the sites `shop` and `other`, each with a backend of its own.
fn two_sites() -> (World, Backend, Backend) {
    let world = World::new();
    let (one, two) = (Backend::tcp("one"), Backend::tcp("two"));
    for (name, backend) in [("shop", &one), ("other", &two)] {
        let host = format!("--host={name}.example");
        let backends = format!("--backends={}", backend.port());
        let _ = world.mech(["add", name, &host, &backends]).ok();
    }
    (world, one, two)
}
