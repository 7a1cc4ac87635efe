//! One writer at a time, for a registry and for the folder it renders to.
//!
//! The lock is the kernel's (flock), so it ends with the process however that ends.

use std::cell::Cell;
use std::fs::TryLockError;
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use fs_err as fs;
use fs_err::os::unix::fs::OpenOptionsExt;

use super::state::State;

/// How often a taken lock is tried again.
const RETRY: Duration = Duration::from_millis(5);

const NO_LINK: i32 = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();

/// A lock that is held until this value is dropped.
#[derive(Debug)]
pub struct Lock {
    file: std::fs::File,
    waited: bool,
}

impl Lock {
    /// Whether somebody else held it first.
    #[must_use]
    pub fn waited(&self) -> bool {
        self.waited
    }
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

/// The folders of a registry's state that this run made: gone again unless something came of it.
#[derive(Debug)]
pub struct NewFolders {
    made: Vec<PathBuf>,
    lock: PathBuf,
    kept: Cell<bool>,
}

impl NewFolders {
    /// The run committed to a change: the folders stay.
    pub fn keep(&self) {
        self.kept.set(true);
    }

    fn make(state: &State) -> io::Result<Self> {
        let parent = state
            .registry
            .parent()
            .map_or_else(PathBuf::new, Path::to_owned);
        let mut folders = Self {
            made: Vec::new(),
            lock: state.lock(),
            kept: Cell::new(false),
        };
        for folder in [parent, state.folder.clone(), state.history()] {
            if folder.is_dir() {
                continue;
            }
            fs::create_dir_all(&folder)?;
            // The registry is for everybody to read, whatever the umask of the one who made it.
            fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755))?;
            folders.made.push(folder);
        }
        Ok(folders)
    }
}

impl Drop for NewFolders {
    fn drop(&mut self) {
        if self.kept.get() || self.made.is_empty() {
            return;
        }
        // The lock is still held: who waits for it finds its file gone and makes a new one.
        let _ = fs::remove_file(&self.lock);
        for folder in self.made.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Makes the folders of a registry's state where they are missing and locks it until `deadline`.
pub fn lock_state(state: &State, deadline: Instant) -> Result<(Lock, NewFolders), LockError> {
    loop {
        let folders = NewFolders::make(state)?;
        match lock_file(&state.lock(), deadline) {
            // Another run that made the folders has just taken them away again.
            Err(LockError::Io(error))
                if super::files::is_absent(&error) && Instant::now() < deadline => {}
            locked => return Ok((locked?, folders)),
        }
    }
}

/// Whether somebody holds the lock now. One that cannot be looked at counts as free.
#[must_use]
pub fn is_locked(path: &Path) -> bool {
    // Shared and let go at once: readers do not stand in each other's way.
    let tried = fs::File::open(path).map(|file| file.into_parts().0.try_lock_shared());
    matches!(tried, Ok(Err(TryLockError::WouldBlock)))
}

/// Locks a file, made where it is missing, until `deadline`.
pub fn lock_file(path: &Path, deadline: Instant) -> Result<Lock, LockError> {
    loop {
        let lock = lock_once(path, deadline)?;
        // The file may have been removed while this run waited for its lock, which then locks nothing.
        let same = |held: &std::fs::Metadata, named: &std::fs::Metadata| held.ino() == named.ino();
        match (lock.file.metadata(), fs::metadata(path)) {
            (Ok(held), Ok(named)) if same(&held, &named) => return Ok(lock),
            _ => drop(lock),
        }
    }
}

fn lock_once(path: &Path, deadline: Instant) -> Result<Lock, LockError> {
    let open = || {
        fs::OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            // It is emptied below: in a folder of somebody else's it may be a link to any file.
            .custom_flags(NO_LINK)
            .open(path)
    };
    let file = open()?.into_parts().0;
    let holder = || {
        let mut text = String::new();
        open().ok()?.read_to_string(&mut text).ok()?;
        text.trim().parse().ok()
    };
    let mut lock = wait(file, path, deadline, holder)?;
    // Only told to people; the lock itself is the kernel's.
    let _ = lock
        .file
        .set_len(0)
        .and_then(|()| writeln!(lock.file, "{}", std::process::id()));
    Ok(lock)
}

/// Locks a folder until `deadline`; nothing is written to it.
pub fn lock_folder(path: &Path, deadline: Instant) -> Result<Lock, LockError> {
    let file = fs::File::open(path)?.into_parts().0;
    wait(file, path, deadline, || None)
}

fn wait(
    file: std::fs::File,
    path: &Path,
    deadline: Instant,
    holder: impl Fn() -> Option<u32>,
) -> Result<Lock, LockError> {
    let start = Instant::now();
    let mut waited = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Lock { file, waited }),
            Err(TryLockError::Error(error)) => return Err(error.into()),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                waited = true;
                sleep(RETRY);
            }
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
