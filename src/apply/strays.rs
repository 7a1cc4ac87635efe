//! What a run leaves that is killed before it has committed to anything.

use std::path::PathBuf;

use fs_err as fs;

use crate::system::archive::Archive;
use crate::system::files::remove_optional;
use crate::system::machine::{Machine, STAGED_FILE};
use crate::system::staged_test::TEST_FILE;
use crate::system::state::State;
/// Removes what a run left that was killed before it committed to anything.
pub(super) fn clean_strays(state: &State, machine: &Machine) {
    let mut strays = strays_beside(machine);
    strays.extend([state.staged_registry(), state.kept_registry()]);
    for folder in [state.folder.clone(), state.history(), state.imported()] {
        let Ok(found) = fs::read_dir(&folder) else {
            continue;
        };
        let names = found.flatten().map(|entry| entry.path());
        strays.extend(names.filter(|path| {
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            let ends = [".new", ".whole", ".kept"];
            name.starts_with("test-")
                || ends.iter().any(|end| name.ends_with(end))
                || name == "main.conf"
        }));
    }
    let passwords = [
        state.passwords(),
        Archive::of(&state.history()).passwords_folder(),
    ];
    for folder in passwords {
        let names = fs::read_dir(&folder).into_iter().flatten().flatten();
        strays.extend(names.map(|entry| entry.path()).filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            // No site's name has a dot.
            name.ends_with(".new") || name.ends_with(".whole") || name.ends_with(".kept")
        }));
    }
    for stray in strays {
        let _ = remove_optional(&stray);
    }
    super::users::leave_no_empty_folder(state);
    let _ = fs::remove_dir_all(state.folder.join("alone"));
    let _ = fs::remove_dir_all(machine.places.overrides.join(super::overrides::IMPORTING));
}

/// The files beside nginx's own that a run needs until it commits.
pub(super) fn strays_beside(machine: &Machine) -> Vec<PathBuf> {
    let test = machine
        .nginx
        .as_ref()
        .map(|nginx| nginx.conf().with_file_name(TEST_FILE));
    let staged = machine.places.conf.join(STAGED_FILE);
    test.into_iter().chain([staged]).collect()
}
