//! The way back from an import: a rollback, and mechanic's own file in its place again.

use std::fs;

use super::server::{EVERYTHING, Server};
use crate::parity::{answers, compare};

#[test]
fn a_rollback_leaves_no_site_and_says_where_the_old_file_is() {
    let server = Server::of(EVERYTHING);
    let before = server.world.mech(["list"]).ok().stdout;
    server.world.mech(server.import(&[])).ok();
    let ran = server.world.mech(["rollback"]).ok();
    assert_eq!(server.world.mech(["list"]).ok().stdout, before);
    assert_eq!(server.world.rendered(), "");
    assert!(
        !server.mechanic.conf().exists(),
        "mech does not put files of others in place"
    );
    let kept = server.kept();
    assert!(kept.is_file());
    let _ = ran.stderr_has(kept.to_str().unwrap());
    // What it says is what brings the old state back.
    fs::copy(kept, server.mechanic.conf()).unwrap();
    server.world.nginx.reload();
    server
        .world
        .get("last.example", "/")
        .status(200)
        .from_backend("root1");
}

#[test]
fn going_back_needs_no_outage_where_the_old_file_is_put_back_first() {
    let server = Server::of(EVERYTHING);
    let (listed, ports) = (server.listed(), server.ports());
    let before = answers(&listed, ports);
    server.world.mech(server.import(&[])).ok();
    let load = server.world.load("last.example", "/");
    let (summary, ()) = load.during(|| {
        fs::copy(server.kept(), server.mechanic.conf()).unwrap();
        server.world.mech(["rollback"]).ok();
    });
    println!("{summary}");
    summary.none_failed();
    assert_eq!(
        compare(&listed, &before, ports, &[]),
        [0; 0],
        "mechanic's own answers again"
    );
}
