//! A disk that is full, for the tests of what then happens.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// A small tmpfs, unmounted when dropped.
#[must_use = "the disk is unmounted when this is dropped"]
pub(crate) struct SmallDisk {
    folder: TempDir,
}

/// Why there can be no small disk here, in the words of `mount`; a test then limits file sizes instead, with
/// `Mech::no_file_above`.
#[derive(Debug)]
pub(crate) struct NoDisk {
    pub(crate) reason: String,
}

impl SmallDisk {
    /// Mounts a disk of `kilobytes`, which needs root and the right to mount.
    pub(crate) fn new(kilobytes: u32) -> Result<Self, NoDisk> {
        if !rustix::process::geteuid().is_root() {
            return Err(NoDisk {
                reason: "mounting needs root".to_owned(),
            });
        }
        let folder = tempfile::Builder::new()
            .prefix("disk")
            .tempdir_in("/tmp")
            .unwrap();
        let options = format!("size={kilobytes}k,mode=755");
        let run = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "mech-test"])
            .arg(folder.path())
            .output();
        match run {
            Ok(run) if run.status.success() => Ok(Self { folder }),
            Ok(run) => Err(NoDisk {
                reason: String::from_utf8_lossy(&run.stderr).trim().to_owned(),
            }),
            Err(error) => Err(NoDisk {
                reason: format!("`mount`: {error}"),
            }),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Fills the disk to the last byte.
    pub(crate) fn fill(&self) {
        let mut filler = File::create(self.path().join("filler")).unwrap();
        // Small writes at the end, or the last pages would stay free.
        for size in [4096, 1] {
            loop {
                match filler.write_all(&[0; 4096][..size]) {
                    Ok(()) => {}
                    Err(error) if error.kind() == ErrorKind::StorageFull => break,
                    Err(error) => panic!("filling the disk: {error}"),
                }
            }
        }
    }

    /// Makes room again.
    pub(crate) fn make_room(&self) {
        fs::remove_file(self.path().join("filler")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily, because a process that ended this very moment may still be counted.
        Command::new("umount")
            .arg("-l")
            .arg(self.path())
            .status()
            .ok();
    }
}
