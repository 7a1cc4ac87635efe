//! Files as the transaction needs them: absent told apart from unreadable, written beside their
//! place and renamed over it, on disk before anything relies on them.

use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::Path;

use fs_err as fs;
use fs_err::os::unix::fs::OpenOptionsExt;

/// The content of a regular file, or none where there is no such file.
///
/// A pipe or a device is refused: it could give bytes without end, or none and never end either.
pub fn read_optional(path: &Path) -> io::Result<Option<Vec<u8>>> {
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        let error = format!("`{}` is no regular file", path.display());
        return Err(io::Error::other(error));
    }
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether the error says that there is no such file.
#[must_use]
pub fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// Whether something is there, be it a link to nothing.
#[must_use]
pub fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Writes a new file and has it on disk before it returns. Mode and owner are those of `like` if
/// it exists, else `mode` and this process's own.
pub fn write_new(path: &Path, bytes: &[u8], like: &Path, mode: u32) -> io::Result<()> {
    remove_optional(path)?;
    let old = match fs::metadata(like) {
        Ok(metadata) => Some(metadata),
        Err(error) if is_absent(&error) => None,
        Err(error) => return Err(error),
    };
    let written = (|| {
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        let mode = old.as_ref().map_or(mode, |old| old.mode() & 0o777);
        if let Some(old) = &old {
            // Only root may give a file away; for others it stays their own, as it was before.
            let _ = fchown(file.file(), Some(old.uid()), Some(old.gid()));
        }
        file.set_permissions(PermissionsExt::from_mode(mode))?;
        file.write_all(bytes)?;
        file.sync_all()
    })();
    if written.is_err() {
        let _ = fs::remove_file(path);
    }
    written
}

/// Replaces a small file of mech's own state by renaming a new one over it.
pub fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    write_new(&new, bytes, path, mode)?;
    fs::rename(&new, path)
}

/// Removes a file; one that is not there is fine. Tells whether there was one.
pub fn remove_optional(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if is_absent(&error) => Ok(false),
        // A read-only file system refuses before it looks whether there is anything to remove.
        Err(error) if error.kind() == ErrorKind::ReadOnlyFilesystem => {
            match fs::symlink_metadata(path) {
                Err(looked) if is_absent(&looked) => Ok(false),
                _ => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}

/// Has the names within a folder on disk.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

/// A second name for a file's content, which stays when the first is renamed over; a copy where the
/// file system has no hard links.
pub fn keep(original: &Path, kept: &Path) -> io::Result<()> {
    match fs::hard_link(original, kept) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(_) => {
            let bytes = fs::read(original)?;
            write_new(kept, &bytes, original, 0o644)
        }
    }
}
