//! The systems that people run behind nginx: the commands of `docs/recipes.md`, and real requests to what they make.
//!
//! Where a system comes from is told in `tests/cases/*/from.txt`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, starts programs, and writes the files of apps"
)]

mod actionhero;
mod apostrophe;
mod express;
mod node;
mod prelaunch;
mod react_server;
mod recipes;
mod sample;
mod short;
mod stagecoach;

use std::fs;
use std::ops::Range;
use std::path::Path;

use crate::harness::{Ran, World};

/// The names of other machines in the recipes, as `/etc/hosts` has them in the tests.
const HOSTS: &str = "\
127.0.0.1 localhost
127.0.0.1 backend-one.mydomain.com
127.0.0.2 backend-two.mydomain.com
";

/// Types in these blocks of the recipe called `title`, with what it names replaced by what is here.
#[track_caller]
fn follow(world: &World, title: &str, blocks: Range<usize>, here: &[(&str, String)]) -> Ran {
    let recipe = recipes::recipe(title);
    for (theirs, _) in here {
        assert!(
            recipe.concat().contains(theirs),
            "no `{theirs}`: {recipe:?}"
        );
    }
    let script = here
        .iter()
        .fold(recipe[blocks].concat(), |script, (theirs, ours)| {
            script.replace(theirs, ours)
        });
    type_in(world, "true", &script)
}

/// Types in `script` on a machine that knows [`HOSTS`] and no name server, after root has done `before`.
#[track_caller]
fn type_in(world: &World, before: &str, script: &str) -> Ran {
    let at = |name: &str| world.home.path().join(name);
    fs::write(at("hosts"), HOSTS).unwrap();
    let silent = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n";
    fs::write(at("resolv.conf"), silent).unwrap();
    fs::write(at("script"), script).unwrap();
    let (user, group) = (rustix::process::geteuid(), rustix::process::getegid());
    // Only root mounts; but nginx, tested as a root of one user, would give its folders to users that are not there.
    let (become_root, and_back) = if user.is_root() {
        ("", String::new())
    } else {
        let (user, group) = (user.as_raw(), group.as_raw());
        let back = format!("unshare --map-user={user} --map-group={group}");
        ("--map-root-user", back)
    };
    // The program is bound to a place of its own, because `before` may cover the folder that it was built in.
    let around = format!(
        "PATH=/usr/bin:/bin:/usr/sbin:/sbin exec unshare {become_root} --mount --propagation private sh -c '
            {{
                set -e
                mount --bind \"$AT/hosts\" /etc/hosts
                mount --bind \"$AT/resolv.conf\" /etc/resolv.conf
                mkdir -p \"$AT/own\"
                touch \"$AT/own/mech\"
                mount --bind \"$MECH\" \"$AT/own/mech\"
                {before}
            }} || exit 99
            exec {and_back} env PATH=\"$AT/own:$AT/bin\" sh -eux \"$AT/script\"'"
    );
    let run = world.run([""; 0]).shell(&around);
    let run = run.env("AT", world.home.path());
    let run = run.env("MECH", env!("CARGO_BIN_EXE_mech"));
    // What `mech auth add` asks for.
    let ran = run.stdin("correct horse battery staple\n").run();
    assert_ne!(ran.code, 99, "needs the right to mount:\n{ran}");
    ran.no_panic().ok()
}

/// Writes a file, and the folders above it.
fn write(path: &Path, text: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A folder of nginx's prefix that stands for one of the server's, as a recipe names it.
fn folder(world: &World, name: &str) -> String {
    let folder = world.nginx.prefix().join(name);
    fs::create_dir_all(&folder).unwrap();
    folder.display().to_string()
}
