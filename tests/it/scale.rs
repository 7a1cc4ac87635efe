//! Many sites: what an operator with thousands of them relies on.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "test code stops at the first surprise and starts programs"
)]

use std::process::Command;

use serde_json::json;

use crate::harness::{Backend, World};

const SITES: usize = 10_000;

fn many(world: &World, port: u16) {
    let sites: Vec<_> = (0..SITES)
        .map(|n| {
            json!({
                "shortname": format!("s{n}"),
                "host": format!("s{n}.example"),
                "backends": [format!("localhost:{port}")],
            })
        })
        .collect();
    world.write_registry(&json!(sites));
}

/// Both the test and the running master get no more than this many descriptors.
fn limit(world: &World, files: u32) {
    let pid = world.nginx.pid().unwrap().to_string();
    let limit = format!("--nofile={files}:{files}");
    let done = Command::new("prlimit")
        .args(["--pid", &pid, &limit])
        .status()
        .unwrap();
    assert!(done.success(), "needs prlimit: apt-get install util-linux");
}

#[test]
fn ten_thousand_sites_need_shared_logs_under_a_thousand_open_files() {
    let backend = Backend::tcp("one");
    let world = World::new();
    many(&world, backend.port());
    limit(&world, 1024);
    let limited = |words: &str| {
        let script = format!("ulimit -n 1024; exec mech {words}");
        world.run([] as [&str; 0]).shell(&script).run()
    };
    let refused = world.untouched_by(|| limited("refresh").code(4));
    refused
        .stderr_has("Too many open files")
        .stderr_has("mech set logs-shared true");
    // The registry as written by hand has the sites; the setting and the sites go live together.
    limited("set logs-shared true")
        .ok()
        .stderr_has("nginx has reloaded");
    for n in [0, 4_321, SITES - 1] {
        world
            .get(&format!("s{n}.example"), "/")
            .status(200)
            .from_backend("one");
    }
    limited("update s77 --aliases=other.example").ok();
    world.get("other.example", "/").status(200);
}
