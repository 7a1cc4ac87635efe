//! What bad input gets: a refusal that names it, and a machine on which not a byte has moved.
//!
//! nginx is run through a script that notes each call, so that a refusal which mech could have known
//! without `nginx -t` shows if it was nginx that found it.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "test code stops at the first surprise and writes the files that it tests with"
)]

mod beyond_mechanic;
mod contradictions;
mod tables;
mod watched;

use std::fs;

use mech::model::{SettingKey, SiteOption};

use self::contradictions::CONTRADICTIONS;
use self::tables::{NAMES, PLACES, POISON, SETTINGS, SHAPES, VALUES};
pub(crate) use self::watched::Watched;

/// A value as a message shows it.
fn shown(value: &str) -> String {
    value.escape_debug().to_string()
}

#[test]
fn no_place_for_a_value_carries_nginx_syntax() {
    let watched = Watched::new();
    for (line, taken) in PLACES.iter().chain(beyond_mechanic::PLACES) {
        for character in POISON {
            let args: Vec<String> = line
                .iter()
                .map(|word| word.replace('@', &character.to_string()))
                .collect();
            let mut args: Vec<&str> = args.iter().map(String::as_str).collect();
            if taken.contains(*character) {
                // Taken as a plain character of the value; nginx must agree that it is one.
                args.push("--dry-run");
                let ran = watched.world.untouched_by(|| watched.world.mech(&args));
                let tested = ran.stderr.contains("nginx accepts it");
                let idle = args[0] == "set" && ran.stderr.contains("nothing in it concerns nginx");
                assert!(ran.code == 0 && (tested || idle), "{ran}");
                watched.forget_calls();
            } else {
                let subject = match line[0] {
                    "set" => format!("setting `{}`", line[1]),
                    "add" => "shortname".to_owned(),
                    _ => "site `base`, option `--".to_owned(),
                };
                watched.refuses(1, &args, &[&subject]);
            }
        }
    }
}

#[test]
fn an_option_refuses_a_value_that_it_does_not_take_and_names_it() {
    let watched = Watched::new();
    for (option, values) in VALUES.iter().chain(beyond_mechanic::VALUES) {
        for value in *values {
            let word = format!("--{option}={value}");
            let option = format!("site `base`, option `--{option}`");
            watched.refuses(1, &["update", "base", &word], &[&option, &shown(value)]);
            let site = option.replace("base", "new");
            watched.refuses(1, &["add", "new", &word], &[&site, &shown(value)]);
        }
    }
}

#[test]
fn a_setting_refuses_a_value_that_it_does_not_take_and_names_it() {
    let watched = Watched::new();
    for (key, values) in SETTINGS.iter().chain(beyond_mechanic::SETTINGS) {
        for value in *values {
            let setting = format!("setting `{key}`");
            watched.refuses(1, &["set", key, value], &[&setting, &shown(value)]);
        }
    }
}

#[test]
fn every_option_and_every_setting_has_values_that_it_does_not_take() {
    let options = || VALUES.iter().chain(beyond_mechanic::VALUES);
    for option in SiteOption::ALL {
        assert!(
            options().any(|(name, _)| *name == option.name()),
            "{option:?}"
        );
    }
    let settings = || SETTINGS.iter().chain(beyond_mechanic::SETTINGS);
    for key in SettingKey::ALL {
        assert!(settings().any(|(name, _)| *name == key.name()), "{key:?}");
    }
}

#[test]
fn a_value_of_four_thousand_bytes_is_refused_in_few_words() {
    let watched = Watched::new();
    let long = "a".repeat(4096);
    for place in [
        "--host=@",
        "--aliases=@.com",
        "--backends=@:3000",
        "--backends=3000/@",
        "--backends=unix:/@",
        "--static=/@",
        "--redirect=https://x/@",
        "--redirect-full=https://@/",
        "--https=@",
    ] {
        let ran = watched.refuses(
            1,
            &["update", "base", &place.replace('@', &long)],
            &["site `base`"],
        );
        assert!(ran.stderr.len() < 1500, "{} bytes: {ran}", ran.stderr.len());
    }
    for key in [
        "conf",
        "overrides",
        "logs",
        "certs",
        "template",
        "bind",
        "http-port",
        "prelaunch-host",
        "history-max",
    ] {
        let value = format!("/{long}");
        let ran = watched.refuses(1, &["set", key, &value], &[&format!("setting `{key}`")]);
        assert!(ran.stderr.len() < 1500, "{} bytes: {ran}", ran.stderr.len());
    }
    watched.refuses(
        1,
        &["add", &long, "--backends=3000"],
        &["shortname", "64 bytes"],
    );
    watched.refuses(
        1,
        &["add", &"a".repeat(65), "--backends=3000"],
        &["shortname", "64 bytes"],
    );
}

#[test]
fn names_that_are_none_are_refused_by_every_command() {
    let watched = Watched::new();
    for name in NAMES {
        for command in ["add", "update", "remove", "show"] {
            watched.refuses(1, &[command, name], &["shortname", &shown(name)]);
        }
    }
}

#[test]
fn what_contradicts_the_registry_is_refused_with_both_sides_named() {
    let watched = Watched::new();
    let world = &watched.world;
    let fill = |text: &str| {
        text.replace("@HTTPS", &world.https_port.to_string())
            .replace("@HTTP", &world.http_port.to_string())
    };
    for (line, says) in CONTRADICTIONS {
        let (line, says): (Vec<_>, Vec<_>) = (
            line.iter().map(|word| fill(word)).collect(),
            says.iter().map(|word| fill(word)).collect(),
        );
        let line: Vec<&str> = line.iter().map(String::as_str).collect();
        let says: Vec<&str> = says.iter().map(String::as_str).collect();
        watched.refuses(1, &line, &says);
    }
}

#[test]
fn a_line_of_the_wrong_shape_ends_with_2_and_touches_nothing() {
    let watched = Watched::new();
    for (line, says) in SHAPES {
        watched.refuses(2, line, &[says]);
    }
}

#[test]
fn many_of_a_thing_are_either_served_or_refused_with_the_limit() {
    let watched = Watched::new();
    let many = |count: u32, item: &dyn Fn(u32) -> String| {
        (0..count).map(item).collect::<Vec<_>>().join(",")
    };
    let aliases = format!("--aliases={}", many(2000, &|n| format!("h{n}.example")));
    let backends = format!(
        "--backends={}",
        many(2000, &|n| format!("10.0.{}.{}:80", n / 200, n % 200))
    );
    for word in [&aliases, &backends] {
        let ran = watched.world.untouched_by(|| {
            watched
                .world
                .mech(["update", "base", word, "--dry-run"])
                .ok()
        });
        assert!(ran.stderr.contains("nginx accepts it"), "{}", ran.stderr);
    }
    watched.forget_calls();
    watched.refuses(
        1,
        &["update", "base", "--backends=3000-3256"],
        &["`base`", "256 ports"],
    );
}

#[test]
fn bytes_that_are_no_text_are_the_wrong_shape() {
    use std::os::unix::ffi::OsStrExt as _;
    let watched = Watched::new();
    for bytes in [
        &b"--host=a\xff.com"[..],
        b"--static=/srv/\xff",
        b"--backends=\xc3\x28",
        b"\xff",
    ] {
        let word = std::ffi::OsStr::from_bytes(bytes);
        let words = ["update".as_ref(), "base".as_ref(), word];
        let ran = watched
            .world
            .untouched_by(|| watched.world.mech(words))
            .code(2)
            .no_panic();
        assert_eq!(ran.last_line(), "nothing was changed");
    }
}

#[test]
fn a_registry_at_a_place_that_cannot_be_one_is_refused() {
    let watched = Watched::new();
    let data = watched.world.home.data();
    fs::create_dir(data.join("folder")).unwrap();
    // Only read: with no registry there, a change would find the machine's own nginx.
    for place in [
        data.join("folder"),
        data.join("registry.d"),
        "/dev/null".into(),
        "/dev/zero".into(),
        "/".into(),
    ] {
        watched.refuses(
            1,
            &["--data", place.to_str().unwrap(), "list"],
            &["regular file"],
        );
    }
    // The header of mech.conf could not name the first; the others share the folder of state with a registry.
    for name in ["a\nb.json", "a\u{1b}[2Jb.json", "b.d"] {
        let place = data.join(name);
        fs::write(&place, watched.world.registry()).unwrap();
        let ran = watched.world.untouched_by(|| {
            let args = [
                "--data",
                place.to_str().unwrap(),
                "add",
                "new",
                "--backends=3000",
                "--force",
            ];
            watched.world.mech(args).code(1).no_panic()
        });
        assert_eq!(ran.last_line(), "nothing was changed", "{ran}");
        assert!(!ran.stderr.contains('\u{1b}'), "{ran}");
        fs::remove_file(place).unwrap();
    }
}

#[test]
fn the_setting_nginx_names_a_program_and_not_what_it_is_to_do() {
    let watched = Watched::new();
    let nginx = watched.world.nginx.command();
    for argument in ["-t", "-T", "-tq", "-s stop", "-sreload", "-v", "-h"] {
        let first = argument.split(' ').next().unwrap();
        watched.refuses(
            1,
            &["set", "nginx", &format!("{nginx} {argument}")],
            &["setting `nginx`", first],
        );
    }
}
