//! Machines on which users are not as simple: a full disk, an nginx that does not run, an nginx without a `user`.

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use super::guarded::Guarded;
use crate::harness::{Mech, Nginx, World};

#[test]
fn a_full_disk_leaves_the_old_password() {
    let guarded = Guarded::new();
    guarded.add("ada", "old");
    // More users than the disk has room for: the file itself is what does not fit.
    let line = |at: i32| format!("user{at}:{}", "x".repeat(40));
    let many = (0..200).map(line).collect::<Vec<_>>().join("\n");
    fs::write(guarded.file("shop"), guarded.text("shop") + &many + "\n").unwrap();
    let _ = guarded.mech("refresh").ok();
    let ran = guarded.world.untouched_by(|| {
        let run = guarded.world.run(["auth", "add", "shop", "ada"]);
        run.stdin("new").no_file_above(8).run().code(1)
    });
    assert_eq!(ran.last_line(), "nothing was changed", "{ran}");
    assert_eq!(
        (guarded.status("ada", "old"), guarded.status("ada", "new")),
        (200, 401)
    );
}

#[test]
fn the_group_is_that_of_the_user_that_nginx_conf_names() {
    if !rustix::process::geteuid().is_root() {
        // Who is not root gives files to nobody else; the workers are then the same user.
        let guarded = Guarded::new();
        guarded.add("ada", "word");
        assert_eq!(guarded.status("ada", "word"), 200);
        return;
    }
    let id = |name: &str, field: usize, file: &str| -> u32 {
        let text = fs::read_to_string(file).unwrap();
        let mut lines = text.lines().map(|line| line.split(':').collect::<Vec<_>>());
        lines.find(|of| of[0] == name).unwrap()[field]
            .parse()
            .unwrap()
    };
    let main = "worker_processes 1;\npid @PREFIX@/nginx.pid;\nerror_log @PREFIX@/logs/error.log;\nevents {}\nhttp {\n    access_log off;\n    include @PREFIX@/conf.d/*.conf;\n}\n";
    for (user, group) in [
        ("user nobody daemon;\n", id("daemon", 2, "/etc/group")),
        ("user daemon;\n", id("daemon", 2, "/etc/group")),
        ("user root;\n", 0),
        // nginx's own default.
        ("", id("nobody", 3, "/etc/passwd")),
    ] {
        let nginx = Nginx::private().with_main(&format!("{user}{main}"));
        let world = World::with(nginx);
        for folder in [world.home.path().to_owned(), world.home.data()] {
            let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            fs::set_permissions(folder, open).unwrap();
        }
        let _ = world.mech(["add", "shop", "--static=/srv", "--auth"]).ok();
        let run = world.run(["auth", "add", "shop", "ada"]).stdin("word");
        let ran = run.run().ok();
        assert!(!ran.stderr.contains("warning"), "{user}: {ran}");
        let file = fs::metadata(world.home.data().join("registry.d/passwords/shop")).unwrap();
        assert_eq!((file.gid(), file.mode() & 0o777), (group, 0o640), "{user}");
        let basic = super::guarded::base64(b"ada:word");
        let answer = world
            .request("shop", "/nothing")
            .header("Authorization", &format!("Basic {basic}"))
            .send();
        assert_eq!(answer.status, 404, "{user}: read by the workers\n{answer}");
        let _ = world.get("shop", "/nothing").status(401);
    }
}

#[test]
fn users_may_come_before_any_change_of_nginx_can() {
    let world = World::stopped();
    let _ = world
        .mech(["add", "shop", "--backends=3000", "--auth"])
        .ok();
    let run = world
        .run(["auth", "add", "shop", "ada"])
        .stdin("word")
        .run();
    let ran = run.ok();
    assert!(
        ran.stderr.contains("it takes effect when nginx starts")
            || ran.stderr.contains("needs no reload"),
        "{ran}"
    );
    let other = Mech::new()
        .args(["auth", "add", "shop", "ada"])
        .stdin("word")
        .run();
    assert!(other.code(1).stderr.contains("there is no site `shop`"));
}
