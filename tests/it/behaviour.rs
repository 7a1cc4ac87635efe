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

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::harness::World;

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

/// A folder that nginx's workers may read, with these files in it.
fn folder(world: &World, name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = world.nginx.prefix().join(name);
    fs::create_dir_all(&folder).unwrap();
    for (file, text) in files {
        write(&folder.join(file), text);
    }
    folder
}

/// Writes a file, and the folders above it.
fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Writes an override file of the site `site`.
fn write_override(world: &World, site: &str, file: &str, text: &str) {
    let folder = world.nginx.prefix().join("mech-overrides").join(site);
    write(&folder.join(file), text);
}
