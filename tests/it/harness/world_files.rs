//! Files of a world: what its sites serve, and what a person adds to them.

use std::fs;
use std::path::{Path, PathBuf};

use super::World;

/// A folder that nginx's workers may read, with these files in it.
pub(crate) fn folder(world: &World, name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = world.nginx.prefix().join(name);
    fs::create_dir_all(&folder).unwrap();
    for (file, text) in files {
        write(&folder.join(file), text);
    }
    folder
}

/// Writes a file, and the folders above it.
pub(crate) fn write(path: &Path, text: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Writes an override file of the site `site`.
pub(crate) fn write_override(world: &World, site: &str, file: &str, text: &str) {
    let folder = world.nginx.prefix().join("mech-overrides").join(site);
    write(&folder.join(file), text);
}
