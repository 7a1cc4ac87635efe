//! Code 4: what `nginx -t` refuses, led back to the site, the file and the line.

use std::fs;

use serde_json::json;

use super::{UNTOUCHED, as_json, hints, shape, with_site};
use crate::harness::{Backend, World};

#[test]
fn code_4_leads_from_nginxs_words_to_the_site_and_the_file() {
    let backend = Backend::tcp("a");
    let world = with_site(&backend);
    let file = world.nginx.prefix().join("mech-overrides/s/location");
    let kept = fs::read_to_string(&file).unwrap();
    fs::write(&file, "# mine\n\nbogus on;\n").unwrap();
    let words = format!(
        "  site `s`: nginx: [emerg] unknown directive \"bogus\" in {}:3",
        file.display()
    );
    let ran =
        shape(world.untouched_by(|| world.mech(["refresh"])), 4, UNTOUCHED).stderr_has(&words);
    assert_eq!(
        hints(&ran),
        [format!("look at line 3 of {}", file.display())]
    );
    let _ = world
        .mech(["show", "s", "--nginx"])
        .ok()
        .stdout_has(&file.display().to_string());
    let error = as_json(
        world.untouched_by(|| world.mech(["refresh", "--json"])),
        4,
        "rejected",
        "untouched",
    );
    assert_eq!(error["details"], json!([words.trim()]));
    fs::write(&file, kept).unwrap();
    let _ = world.mech(["refresh"]).ok();
}

#[test]
fn code_4_leaves_a_broken_file_of_the_users_to_the_user() {
    let backend = Backend::tcp("a");
    let world = with_site(&backend);
    world
        .nginx
        .add_conf("user.conf", "server {\n  bogus on;\n}\n");
    let words = format!(
        "  nginx: [emerg] unknown directive \"bogus\" in {}:2",
        world.nginx.conf_dir().join("user.conf").display()
    );
    let add = ["add", "new", "--backends=3000"];
    let ran = shape(world.untouched_by(|| world.mech(add)), 4, UNTOUCHED).stderr_has(&words);
    assert!(!ran.stderr.contains("site `"), "it is no site's: {ran}");
    world.get("s.example", "/").status(200).from_backend("a");
    fs::remove_file(world.nginx.conf_dir().join("user.conf")).unwrap();
    let _ = world.mech(add).ok();
}

#[test]
fn a_server_name_that_nginx_would_ignore_is_an_error_for_a_site_and_a_warning_between_users_files()
{
    let backend = Backend::tcp("a");
    let world = World::new();
    let server = |name: &str| {
        format!(
            "server {{ listen {}; server_name {name}; return 200 user; }}\n",
            world.http_port
        )
    };
    world.nginx.add_conf("one.conf", &server("user.example"));
    world.nginx.add_conf("two.conf", &server("user.example"));
    let add = [
        "add",
        "s",
        "--host=s.example",
        &format!("--backends={}", backend.port()),
    ];
    let ran = world.mech(add).ok();
    let warning = "warning: nginx: [warn] conflicting server name \"user.example\" on 0.0.0.0:";
    assert!(
        ran.stderr.lines().any(|line| line.starts_with(warning)),
        "{ran}"
    );
    // A file that nginx reads before mech's takes the name from the site, one that it reads after has no effect.
    for file in ["a.conf", "z.conf"] {
        world.nginx.add_conf(file, &server("s.example t.example"));
        let ran = shape(
            world.untouched_by(|| world.mech(["update", "s", "--aliases=t.example"])),
            4,
            UNTOUCHED,
        );
        let _ = ran.stderr_has(
            "  site `s`: nginx: [warn] conflicting server name \"s.example\" on 0.0.0.0:",
        );
        fs::remove_file(world.nginx.conf_dir().join(file)).unwrap();
    }
    let _ = world.mech(["update", "s", "--aliases=t.example"]).ok();
    world.get("t.example", "/").status(200).from_backend("a");
}
