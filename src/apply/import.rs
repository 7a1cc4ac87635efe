//! Taking over from the predecessor.

use std::path::{Path, PathBuf};

use super::error::{ApplyError, Cause};
use crate::format::{MechanicError, Remark, read_mechanic};
use crate::model::{Registry, SiteName};
use crate::system::files::read_optional;

/// What is taken over.
pub(super) struct Imported {
    /// The registry that it makes.
    pub(super) registry: Registry,
    /// The predecessor's rendered file.
    pub(super) conf_file: PathBuf,
    /// What that file holds, to be shown; none where there is none.
    pub(super) conf_text: Option<String>,
    /// The same, to be kept: nginx takes bytes that are no text.
    pub(super) conf_bytes: Vec<u8>,
    /// Its folder of override files.
    pub(super) overrides: PathBuf,
    /// The sites taken over.
    pub(super) taken: Vec<SiteName>,
    /// What behaves differently or was not carried.
    pub(super) remarks: Vec<Remark>,
}

/// Reads the predecessor's registry and its rendered file.
pub(super) fn import(
    file: &Path,
    partial: bool,
    before: &Registry,
) -> Result<Imported, ApplyError> {
    if !before.sites.is_empty() {
        return Err(Cause::NotEmpty.into());
    }
    let text = fs_err::read_to_string(file).map_err(Cause::Io)?;
    let refused = |error: MechanicError| Cause::Mechanic {
        path: file.to_owned(),
        error,
    };
    let mut read = read_mechanic(&text).map_err(refused)?;
    let served = |remark: &Remark| matches!(remark, Remark::NotCarried { served: true, .. });
    if !partial && read.remarks.iter().any(served) {
        read.remarks.retain(served);
        return Err(Cause::NotCarried(read.remarks).into());
    }
    // Settings made here before the import stay unless the predecessor had its own.
    for (key, value) in before.settings.said() {
        if read.registry.settings.value(key).is_none() {
            let _ = read.registry.settings.assign(key, &value.to_text());
        }
    }
    let conf_file = Path::new(&read.conf).join("mechanic.conf");
    let conf_bytes = read_optional(&conf_file).map_err(Cause::Io)?;
    let shown = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
    Ok(Imported {
        registry: read.registry,
        conf_file,
        conf_text: conf_bytes.as_ref().map(shown),
        conf_bytes: conf_bytes.unwrap_or_default(),
        overrides: PathBuf::from(read.overrides),
        taken: read.taken,
        remarks: read.remarks,
    })
}
