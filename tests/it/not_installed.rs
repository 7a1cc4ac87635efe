//! A server on which nginx is still to be installed.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "test code stops at the first surprise and lays out the files of a server"
)]

use std::fs;

use serde_json::{Value, json};

use crate::harness::{Backend, Ran, World};

/// Where `mech` looks for nginx when the PATH has none.
const NGINX_FOLDERS: &str =
    "/usr/sbin:/usr/local/sbin:/usr/local/nginx/sbin:/opt/homebrew/bin:/usr/local/bin";

/// Runs mech where no nginx is installed: in a mount namespace of its own in which an empty file lies over each
/// program called nginx. Nothing of it is seen outside.
#[track_caller]
fn without_nginx(world: &World, args: &[&str]) -> Ran {
    let tool = |name: &str| {
        which::which_in(name, Some("/usr/bin:/bin:/usr/sbin:/sbin"), "/")
            .unwrap_or_else(|_| panic!("needs `{name}`: apt-get install util-linux mount"))
    };
    let hidden: Vec<String> = std::env::split_paths(NGINX_FOLDERS)
        .map(|folder| folder.join("nginx"))
        .filter(|path| path.is_file())
        .map(|path| {
            format!(
                "{} --bind /dev/null {} || exit 99",
                tool("mount").display(),
                path.display()
            )
        })
        .collect();
    assert!(!hidden.is_empty(), "an nginx to hide");
    let user = if rustix::process::geteuid().is_root() {
        ""
    } else {
        "--map-root-user"
    };
    let inner = format!("{}\nexec mech \"$@\"", hidden.join("\n"));
    let script = format!(
        "exec {} {user} --mount --propagation private sh -c '{inner}' sh \"$@\"",
        tool("unshare").display()
    );
    let ran = world.run(args).shell(&script).run();
    assert!(
        ran.code != 99 && !ran.stderr.contains("unshare:"),
        "needs the right to make a mount namespace: {ran}"
    );
    ran
}

/// A registry without the setting `nginx`, as on a server on which nginx is still to be installed.
fn forget_nginx(world: &World) {
    let mut registry: Value = serde_json::from_str(&world.registry()).unwrap();
    registry["settings"]
        .as_object_mut()
        .unwrap()
        .remove("nginx");
    let prefix = world.nginx.prefix();
    for (key, folder) in [
        ("conf", "conf.d"),
        ("overrides", "mech-overrides"),
        ("certs", "certs"),
    ] {
        registry["settings"][key] = json!(prefix.join(folder));
    }
    fs::write(world.home.registry(), format!("{registry:#}\n")).unwrap();
}

fn add(backend: &Backend) -> [String; 4] {
    [
        "add".into(),
        "s".into(),
        "--host=s.example".into(),
        format!("--backends={}", backend.port()),
    ]
}

#[test]
fn before_nginx_is_installed_a_change_is_written_and_said_to_wait() {
    let backend = Backend::tcp("a");
    let mut world = World::stopped();
    forget_nginx(&world);
    let add = add(&backend);
    let add: Vec<&str> = add.iter().map(String::as_str).collect();
    let dry = [&add[..], &["--dry-run"]].concat();
    world.untouched_by(|| {
        let ran = without_nginx(&world, &dry).ok();
        let _ = ran
            .stderr_has("not tested: nginx is not installed")
            .stdout_has("+    server_name s.example;");
    });
    let ran = without_nginx(&world, &add).ok().no_panic();
    let mut last = ran.stderr.lines().rev();
    assert!(
        last.next()
            .is_some_and(|note| note.starts_with("note: from now on connections for names")),
        "{ran}"
    );
    assert!(
        last.next()
            .unwrap()
            .contains("not tested: nginx is not installed yet; it takes effect when nginx starts"),
        "{ran}"
    );
    let value = without_nginx(&world, &["update", "s", "--aliases=t.example", "--json"])
        .ok()
        .stdout;
    let value: Value = serde_json::from_str(&value).unwrap();
    assert_eq!(value["outcome"], "not-installed");
    // It is rendered for nginx 1.18, which this one understands.
    let rendered = world.rendered();
    assert!(
        !rendered.contains("http2 on;") && !rendered.contains("keepalive_min_timeout"),
        "{rendered}"
    );
    let shown = without_nginx(&world, &["set", "nginx"]).ok();
    assert!(shown.stdout.contains("not installed"), "{shown}");
    world.nginx.start();
    world.get("t.example", "/").status(200).from_backend("a");
}

#[test]
fn before_nginx_is_installed_its_folders_are_made() {
    let world = World::stopped();
    let folder = world.home.path().join("etc/nginx/conf.d");
    forget_nginx(&world);
    let path = folder.to_str().unwrap();
    let _ = without_nginx(&world, &["set", "conf", path]).ok();
    let _ = without_nginx(&world, &["add", "s", "--backends=3000"]).ok();
    assert!(folder.join("mech.conf").is_file());
    // An nginx that the setting names has to be there.
    let _ = without_nginx(&world, &["set", "nginx", &world.nginx.command()])
        .code(1)
        .stderr_has("not there");
}
