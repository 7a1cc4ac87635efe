//! Values that are rightly quoted instead of refused mean to nginx what they say: real requests show it.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "test code stops at the first surprise and writes the files that it tests with"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::harness::{Backend, Cert, Nginx, World, until};

/// Parts of file names that nginx's grammar, its variables, its patterns or a shell would read as something else.
const PARTS: &[&str] = &[
    "a b", "a;b", "a{b", "a}b", "a$b", "${host}", "a\"b", "a'b", "a#b", "a\\b", "\\n", "a*b",
    "a?b", "a[b]c", "a`b", "a|b", "\u{2028}", "ü", "#", "a\\", "$", "'", "\"\"", "~",
];

fn folder(world: &World, name: &str) -> PathBuf {
    let path = world.nginx.prefix().join(name);
    fs::create_dir_all(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn a_static_folder_of_any_name_is_served() {
    let world = World::new();
    let mut sites = Vec::new();
    for (number, part) in PARTS.iter().enumerate() {
        let path = folder(&world, part);
        fs::write(path.join("file.txt"), format!("{number}")).unwrap();
        sites.push(json!({"shortname": format!("s{number}"), "static": path}));
    }
    world.write_registry(&json!(sites));
    let _ = world.mech(["refresh"]).ok();
    for (number, part) in PARTS.iter().enumerate() {
        let answer = world.get(&format!("s{number}"), "/file.txt");
        assert_eq!(answer.text(), number.to_string(), "`{part}`");
    }
}

#[test]
fn a_redirect_to_any_url_sends_its_bytes() {
    let world = World::new();
    for (number, url) in [
        "https://x.com/a;b",
        "https://x.com/$host",
        "https://x.com/a'b#c",
        "https://x.com/?a=1&b=$c;d",
        "https://x.com/${host}",
        "https://x#y",
        "https://x?$y",
    ]
    .into_iter()
    .enumerate()
    {
        // Braces are no part of a URL; they are refused elsewhere.
        let ran = world.mech(["add", &format!("s{number}"), &format!("--redirect={url}")]);
        if url.contains('{') {
            let _ = ran.code(1);
            continue;
        }
        let _ = ran.ok();
        let answer = world.get(&format!("s{number}"), "/p?q").status(302);
        assert_eq!(answer.header("Location"), Some(url));
    }
    let _ = world
        .mech(["add", "full", "--redirect-full=https://x.com/$a;b'c/"])
        .ok();
    let answer = world.get("full", "/p;$host?q='").status(302);
    assert_eq!(
        answer.header("Location"),
        Some("https://x.com/$a;b'c/p;$host?q='")
    );
}

#[test]
fn folders_of_any_name_work_as_settings() {
    let backend = Backend::tcp("a");
    for part in ["a b;c{d}e#f", "q\"r's\\t", "g*h?i[j]", "$host ${x}"] {
        let world = World::new();
        let (overrides, logs) = (
            folder(&world, &format!("o{part}")),
            folder(&world, &format!("l{part}")),
        );
        let site = overrides.join("s");
        fs::create_dir(&site).unwrap();
        fs::write(site.join("server"), "add_header X-Override yes always;\n").unwrap();
        let set = |key: &str, path: &Path| world.mech(["set", key, path.to_str().unwrap()]).ok();
        let _ = (set("overrides", &overrides), set("logs", &logs));
        if part.contains('$') {
            // nginx's workers, who may not write there, would have to open a log with a variable in its path.
            let _ = world.untouched_by(|| {
                world
                    .mech(["add", "s", "--backends=3000"])
                    .code(1)
                    .stderr_has("`logs`")
                    .stderr_has("`$`")
            });
            let _ = world.mech(["unset", "logs"]).ok();
            let _ = set("logs", &world.nginx.prefix().join("logs"));
        }
        let _ = world
            .mech(["add", "s", &format!("--backends={}", backend.port())])
            .ok()
            .stderr_has("nginx has reloaded");
        world
            .get("s", "/seen")
            .status(200)
            .from_backend("a")
            .has_header("X-Override", "yes");
        if part.contains('$') {
            continue;
        }
        // nginx notes a request after it has answered it.
        let log = logs.join("s.access.log");
        until("the request is in the log", || {
            fs::read_to_string(&log).is_ok_and(|text| text.contains("/seen"))
        });
        assert!(logs.join("s.error.log").is_file());
    }
}

#[test]
fn certificates_are_found_in_a_folder_of_any_name() {
    let backend = Backend::tcp("a");
    for part in ["a b;c{d}e#f", "q\"r's\\t", "g*h?i[j]", "$host"] {
        let world = World::new();
        let certs = folder(&world, &format!("c{part}"));
        let cert = Cert::make(&certs, "s", &["s.example"]);
        let _ = world.mech(["set", "certs", certs.to_str().unwrap()]).ok();
        let ran = world.mech([
            "add",
            "s",
            "--host=s.example",
            "--https",
            &format!("--backends={}", backend.port()),
        ]);
        if part.contains('$') {
            // A variable would make nginx read the files anew for each connection, as a user who may not.
            let _ = ran.code(1).stderr_has("`certs`").stderr_has("`$`");
            continue;
        }
        let _ = ran.ok();
        world
            .https("s.example", "/")
            .cacert(&cert.cer)
            .send()
            .status(200)
            .from_backend("a");
    }
}

#[test]
fn the_conf_folder_may_have_any_name_that_nginx_includes() {
    let backend = Backend::tcp("a");
    let include = "include \"@PREFIX@/c d;e/*.conf\";\n";
    let world = World::with(Nginx::private().conf("more.conf", include));
    let path = folder(&world, "c d;e");
    let _ = world.mech(["set", "conf", path.to_str().unwrap()]).ok();
    let _ = world
        .mech(["add", "s", &format!("--backends={}", backend.port())])
        .ok()
        .stderr_has("nginx has reloaded");
    assert!(path.join("mech.conf").is_file() && !world.mech_conf().exists());
    world.get("s", "/").status(200).from_backend("a");
}

#[test]
fn paths_of_requests_with_meaning_to_nginx_reach_their_backend_only() {
    let (one, two) = (Backend::tcp("one"), Backend::tcp("two"));
    let world = World::new();
    world.write_registry(&json!([{"shortname": "s", "backends": [
        format!("localhost:{}", one.port()), format!("localhost:{}/a*b", two.port()),
        format!("localhost:{}/~c", two.port()), format!("localhost:{}/=d", two.port()),
    ]}]));
    let _ = world.mech(["refresh"]).ok();
    for (target, backend) in [
        ("/a*b", "two"),
        ("/a*b/x", "two"),
        ("/axb", "one"),
        ("/~c", "two"),
        ("/c", "one"),
        ("/=d/", "two"),
        ("/d", "one"),
    ] {
        world.get("s", target).status(200).from_backend(backend);
    }
}
