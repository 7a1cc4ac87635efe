//! What visitors and apps get: real requests through a real nginx, configured by mech, to real backends.
//!
//! `// defect N` above a test names the defect of mechanic 1.8.0, mech's predecessor, that the test keeps out;
//! `defects` claims that none is forgotten.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test may panic, and writes the files that nginx is to serve"
)]

mod backends;
mod body_size;
mod caching;
mod default_site;
mod defects;
mod files;
mod headers;
mod http2_and_tls;
mod listening;
mod logs;
mod overrides;
mod path_backends;
mod prelaunch;
mod redirects;
mod refusals;
mod routing;
mod templates;
mod upstream_tls;
mod websockets;

use serde_json::Value;

use crate::harness::{World, folder, write, write_override};

/// A world whose nginx serves `sites`, given as in the registry.
#[track_caller]
fn serving(sites: &Value) -> World {
    let world = World::new();
    serve(&world, sites);
    world
}

/// Lets mech take over a registry with `sites`.
#[track_caller]
fn serve(world: &World, sites: &Value) {
    world.write_registry(sites);
    let _ = world.mech(["refresh"]).ok();
}
