//! The files of users on disk: read by nginx's workers for each request, and by nobody else.

use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use fs_err as fs;
use rustix::fs::{Gid, chown};

use super::files::{is_absent, read_optional, write_new};
use crate::format::PasswordFiles;
use crate::model::SiteName;

/// For the workers, by their group, to read.
const FILE_MODE: u32 = 0o640;

/// Whoever knows a name may pass, nobody else may list them: what protects the passwords is the mode of
/// the files.
const FOLDER_MODE: u32 = 0o711;

/// All files of users, by name; what is not named as a site is none of mech's.
pub fn read_passwords(folder: &Path) -> io::Result<PasswordFiles> {
    let listed = match fs::read_dir(folder) {
        Ok(listed) => listed,
        Err(error) if is_absent(&error) => return Ok(PasswordFiles::new()),
        Err(error) => return Err(error),
    };
    let mut files = PasswordFiles::new();
    for found in listed {
        let name = found?.file_name().into_string().unwrap_or_default();
        if name.parse::<SiteName>().is_err() {
            continue;
        }
        let path = folder.join(&name);
        if let Some(bytes) = read_optional(&path)? {
            let text = String::from_utf8(bytes)
                .map_err(|_| io::Error::other(format!("`{}` is no UTF-8 text", path.display())))?;
            files.insert(name, text);
        }
    }
    Ok(files)
}

/// Whether a file of users has another mode, or another group than this one.
#[must_use]
pub fn is_misplaced(path: &Path, group: Option<u32>) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| {
        found.is_file()
            && (found.mode() & 0o777 != FILE_MODE
                || group.is_some_and(|group| found.gid() != group))
    })
}

/// Writes a file of users that is to take its place later, for this group to read.
pub fn write_password_file(path: &Path, text: &str, group: Option<u32>) -> io::Result<()> {
    write_new(path, text.as_bytes(), path, FILE_MODE)?;
    if let Some(group) = group {
        chown(path, None, Some(Gid::from_raw(group)))?;
    }
    Ok(())
}

/// Makes the folder of the files where it is missing.
pub fn make_password_folder(folder: &Path) -> io::Result<()> {
    make_folder(folder, FOLDER_MODE)
}

/// Makes the folder of what history keeps of them where it is missing.
pub fn make_secret_folder(folder: &Path) -> io::Result<()> {
    make_folder(folder, 0o700)
}

fn make_folder(folder: &Path, mode: u32) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir(folder)?;
    fs::set_permissions(folder, PermissionsExt::from_mode(mode))
}

/// Bytes that nobody can guess, for a salt.
pub fn random_bytes() -> io::Result<[u8; 8]> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(io::Error::from)?;
    Ok(bytes)
}
