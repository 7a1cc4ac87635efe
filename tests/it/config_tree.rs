#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may panic; the test starts nginx itself, to ask it what it accepts"
)]
//! Real nginx tests a staged configuration as it would test the live one.

use std::path::{Path, PathBuf};
use std::process::Command;

use mech::system::config_tree::ConfigTree;
use tempfile::TempDir;

/// A private configuration whose `conf.d` holds files that sort before and after mech's.
fn configuration() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().display();
    let main = format!(
        "pid {root}/pid;\nerror_log {root}/error.log;\nevents {{}}\nhttp {{\n  access_log off;\n  include mime.types;\n  include\n    conf.d/*.conf;\n  include outer.conf;\n  types_hash_max_size 1024;\n}}\n"
    );
    for (name, text) in [
        ("nginx.conf", main.as_str()),
        ("mime.types", "types { text/html html; }\n"),
        ("outer.conf", "# one\n\ninclude extra/*.conf;\n"),
        (
            "extra/mech.conf",
            "upstream extra { server 127.0.0.1:1; }\n",
        ),
        (
            "conf.d/a [1].conf",
            "upstream mine { server 127.0.0.1:1; }\n",
        ),
        (
            "conf.d/mech.conf",
            "upstream live { server 127.0.0.1:1; }\n",
        ),
        ("conf.d/z.conf", "upstream theirs { server 127.0.0.1:1; }\n"),
    ] {
        let path = folder.path().join(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }
    folder
}

/// Whether nginx accepts this main file, and its words.
fn test(folder: &Path, main: &Path) -> (bool, String) {
    let output = Command::new("nginx")
        .args(["-t", "-q", "-p"])
        .arg(folder)
        .arg("-c")
        .arg(main)
        .output()
        .expect("this test needs nginx");
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.success(), words)
}

/// Writes the staged tree in which `live` is swapped for a file with `text`, and has nginx test it.
fn test_staged(folder: &Path, live: &str, text: Option<&str>) -> (bool, String) {
    let tree = ConfigTree::read(&folder.join("nginx.conf"), folder, &[]).unwrap();
    let stage = folder.join(".stage [x]");
    fs_err::create_dir_all(&stage).unwrap();
    let staged: Option<PathBuf> = text.map(|text| {
        let path = stage.join("new");
        fs_err::write(&path, text).unwrap();
        path
    });
    let place = |path: &Path| stage.join(path.file_name().unwrap());
    let staged = tree.staged(&[(folder.join(live), staged)], &place).unwrap();
    for (original, text) in &staged.others {
        fs_err::write(place(original), text).unwrap();
    }
    let main = folder.join(".mech-test.conf");
    fs_err::write(&main, staged.main_text).unwrap();
    test(folder, &main)
}

#[test]
fn nginx_accepts_a_staged_tree_and_reads_the_staged_file() {
    let folder = configuration();
    let root = folder.path();
    assert_eq!(test(root, &root.join("nginx.conf")), (true, String::new()));
    for live in [
        "conf.d/mech.conf",
        "conf.d/new.conf",
        "extra/mech.conf",
        "extra/new.conf",
    ] {
        let good = test_staged(root, live, Some("upstream fresh { server 127.0.0.1:1; }"));
        assert_eq!(good, (true, String::new()), "{live}");
        let (accepted, words) = test_staged(root, live, Some("\nnonsense;"));
        assert!(!accepted, "{live}");
        assert!(words.contains("unknown directive \"nonsense\""), "{words}");
        assert!(words.contains("/.stage [x]/new:2"), "{words}");
    }
    // Were the live file read as well, its own upstream would be a duplicate.
    for (live, name) in [("conf.d/mech.conf", "live"), ("extra/mech.conf", "extra")] {
        let text = format!("upstream {name} {{ server 127.0.0.1:1; }}");
        assert_eq!(test_staged(root, live, Some(&text)), (true, String::new()));
        assert!(test_staged(root, live, None).0);
    }
}

#[test]
fn clashes_with_the_users_files_are_found_on_either_side() {
    let folder = configuration();
    let root = folder.path();
    for (name, file) in [
        ("mine", ".stage [x]/new:1"),
        // nginx blames whichever file it reads second, so this also proves the order.
        ("theirs", "conf.d/z.conf:1"),
    ] {
        let text = format!("upstream {name} {{ server 127.0.0.1:1; }}");
        let (accepted, words) = test_staged(root, "conf.d/mech.conf", Some(&text));
        assert!(!accepted);
        assert!(
            words.contains(&format!("duplicate upstream \"{name}\"")),
            "{words}"
        );
        assert!(words.contains(file), "{words}");
    }
}

#[test]
fn messages_have_the_line_numbers_of_the_live_files() {
    for (file, text, line) in [
        ("nginx.conf", "types_hash_max_size 1024;", 10),
        ("outer.conf", "include extra/*.conf;", 4),
    ] {
        let folder = configuration();
        let root = folder.path();
        let path = root.join(file);
        let before = fs_err::read_to_string(&path).unwrap();
        fs_err::write(&path, before.replace(text, &format!("{text}\nnonsense;"))).unwrap();
        let line = line + usize::from(file == "nginx.conf");
        let (_, words) = test(root, &root.join("nginx.conf"));
        assert!(words.contains(&format!("{file}:{line}")), "{words}");
        for swapped in ["conf.d/mech.conf", "extra/mech.conf"] {
            let (accepted, words) = test_staged(root, swapped, Some("# nothing"));
            assert!(!accepted);
            assert!(
                words.contains(&format!(
                    ":{line}
"
                )),
                "{words}"
            );
        }
    }
}
