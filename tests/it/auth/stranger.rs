//! A user of the machine who may read the registry and not its users.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use super::guarded::Guarded;
use crate::harness::Ran;

/// Runs `line` as `nobody`; where the test is not root, with the folders closed to everybody.
fn as_stranger(guarded: &Guarded, line: &str) -> Ran {
    let program = guarded.world.home.path().join("strangers-mech");
    if !program.exists() {
        fs::copy(env!("CARGO_BIN_EXE_mech"), &program).unwrap();
        fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    }
    let words = if rustix::process::geteuid().is_root() {
        "exec /usr/bin/setpriv --reuid=65534 --regid=65534 --clear-groups"
    } else {
        let kept = guarded
            .world
            .home
            .data()
            .join("registry.d/history/passwords");
        for folder in [guarded.folder(), kept] {
            fs::set_permissions(folder, Permissions::from_mode(0o000)).unwrap();
        }
        "exec"
    };
    let run = guarded.world.run(line.split(' ')).env("MECH", &program);
    let run = run.shell(&format!("echo word | {words} \"$MECH\" \"$@\""));
    run.run().no_panic()
}

#[test]
fn reads_everything_but_users_and_is_told_so() {
    let guarded = Guarded::new();
    guarded.add("ada", "first");
    for (line, shown) in [
        ("list", "# the users of these sites cannot be read"),
        ("show shop", "Permission denied"),
        ("history", "mech auth add shop ada"),
    ] {
        let ran = as_stranger(&guarded, line).code(0);
        ran.stdout_has(shown).says_nothing_of("apr1");
    }
    let entry = as_stranger(&guarded, "diff 2").code(0);
    assert_eq!(entry.stdout, "");
    entry.stderr_has("for the owner of the registry to read");
    for line in [
        "auth list",
        "auth add shop ada",
        "auth add shop ada --dry-run",
        "auth remove shop ada",
    ] {
        let ran = as_stranger(&guarded, line).code(1);
        assert!(ran.stderr.contains("ermission denied"), "{line}: {ran}");
        assert_eq!(ran.last_line(), "nothing was changed", "{line}");
    }
    if rustix::process::geteuid().is_root() {
        assert_eq!(guarded.status("ada", "first"), 200);
        let _ = as_stranger(&guarded, "update shop --aliases=s.test --dry-run").code(0);
    }
}
