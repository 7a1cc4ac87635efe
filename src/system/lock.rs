//! One writer at a time, for a registry and for the folder it renders to.
//!
//! The lock is the kernel's (flock), so it ends with the process however that ends.

use std::fs::TryLockError;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use fs_err as fs;

/// How often a taken lock is tried again.
const RETRY: Duration = Duration::from_millis(5);

/// A lock that is held until this value is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: std::fs::File,
}

/// Why no lock was had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody else had it all the time.
    #[error("another mech{} works on `{}` (waited {} s)", holder(*pid), path.display(), waited.as_secs())]
    Held {
        /// What is locked.
        path: PathBuf,
        /// Who holds it, if known.
        pid: Option<u32>,
        /// How long was waited.
        waited: Duration,
    },
    /// The file to lock could not be opened or locked.
    #[error("{0}")]
    Io(#[from] io::Error),
}

fn holder(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (process {pid})"))
        .unwrap_or_default()
}

/// Locks a file, made where it is missing, until `deadline`.
pub fn lock_file(path: &Path, deadline: Instant) -> Result<Lock, LockError> {
    let open = || {
        fs::OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
    };
    let file = open()?.into_parts().0;
    let holder = || {
        let mut text = String::new();
        open().ok()?.read_to_string(&mut text).ok()?;
        text.trim().parse().ok()
    };
    let mut file = wait(file, path, deadline, holder)?;
    // Only told to people; the lock itself is the kernel's.
    let _ = file
        .set_len(0)
        .and_then(|()| writeln!(file, "{}", std::process::id()));
    Ok(Lock { _file: file })
}

/// Locks a folder until `deadline`; nothing is written to it.
pub fn lock_folder(path: &Path, deadline: Instant) -> Result<Lock, LockError> {
    let file = fs::File::open(path)?.into_parts().0;
    wait(file, path, deadline, || None).map(|file| Lock { _file: file })
}

fn wait(
    file: std::fs::File,
    path: &Path,
    deadline: Instant,
    holder: impl Fn() -> Option<u32>,
) -> Result<std::fs::File, LockError> {
    let start = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(error.into()),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => sleep(RETRY),
            Err(TryLockError::WouldBlock) => {
                let waited = start.elapsed();
                return Err(LockError::Held {
                    path: path.to_owned(),
                    pid: holder(),
                    waited,
                });
            }
        }
    }
}
