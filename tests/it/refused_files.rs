//! Files that people and other programs write, with something wrong in them: the registry, `@FILE`s, templates,
//! override files, certificates, the predecessor's registry.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "test code stops at the first surprise and writes the files that it tests with"
)]

mod edits;
mod predecessor;

use std::fs;

use self::edits::EDITS;
use crate::refusals::Watched;

#[test]
fn a_hand_edited_registry_is_refused_with_the_place_and_the_way_back() {
    let watched = Watched::new();
    let good = watched.world.registry();
    let port = watched.world.http_port.to_string();
    for (from, to, says) in EDITS {
        let edited = good.replacen(from, &to.replace("@HTTP", &port), 1);
        assert_ne!(edited, good, "{from}");
        watched.write(&edited);
        let registry = watched.world.home.registry();
        let mut says = says.to_vec();
        says.push(registry.to_str().unwrap());
        for command in [
            &["refresh"][..],
            &["add", "new", "--backends=3000"],
            &["refresh", "--dry-run"],
        ] {
            watched.refuses(1, command, &says);
        }
        // A newer registry that this mech can read may be shown.
        if !says.contains(&"newer") {
            watched.refuses(1, &["list"], &says);
        }
    }
    for (bytes, says) in [
        (&b""[..], "line 1"),
        (b"\xff\xfe{}", "UTF-8"),
        (b"[]", "line 1"),
        (b"{}", "no `version`"),
        (b"\0\0\0", "line 1"),
    ] {
        fs::write(watched.world.home.registry(), bytes).unwrap();
        watched.refuses(1, &["refresh"], &[says]);
        watched.refuses(1, &["show", "base"], &[says]);
    }
}

#[test]
fn the_hint_of_a_broken_registry_brings_the_last_good_one_back() {
    let watched = Watched::new();
    let good = watched.world.registry();
    watched.write(&good.replacen("\"base.example\"", "\"base example\"", 1));
    let ran = watched.refuses(1, &["list"], &["line", "column", "hint: "]);
    let (_, command) = ran
        .stderr
        .lines()
        .find_map(|line| line.split_once(": cp "))
        .unwrap();
    let _ = watched
        .world
        .run([""; 0])
        .shell(&format!("cp {command}"))
        .run()
        .ok();
    assert_eq!(watched.world.registry(), good);
    let _ = watched.world.mech(["list"]).ok().says_nothing_of("edited");
}

#[test]
fn a_broken_backend_file_is_refused_by_the_site_that_is_changed() {
    let watched = Watched::new();
    let folder = watched.world.home.path().to_owned();
    let file = folder.join("ports");
    let option = format!("--backends=@{}", file.display());
    let own = watched.world.http_port.to_string();
    let large = "3000\n".repeat(13_200);
    let contents: &[(&[u8], &str)] = &[
        (b"", "holds no port"),
        (b" \n\t ", "holds no port"),
        (b"3000 x", "`x`"),
        (b"0", "`0`"),
        (b"65536", "`65536`"),
        (b"3000;", "`3000;`"),
        (b"3000\x003001", "3000\\0"),
        (b"3000/path", "3000/path"),
        (b"@/etc/passwd", "@/etc/passwd"),
        (b"http://a:80", "http://a:80"),
        (b"a{b:3000", "a{b:3000"),
        (b"weight=3", "weight=3"),
        (b"\xff\xfe", "UTF-8"),
        ("\u{feff}3000".as_bytes(), "3000"),
        (own.as_bytes(), "nginx's own"),
        (large.as_bytes(), "65536 bytes"),
    ];
    for (content, says) in contents {
        fs::write(&file, content).unwrap();
        let path = file.to_str().unwrap();
        watched.refuses(1, &["update", "base", &option], &["`base`", path, says]);
        watched.refuses(1, &["add", "new", &option], &["`new`", path, says]);
    }
    fs::remove_file(&file).unwrap();
    watched.refuses(1, &["update", "base", &option], &["`base`", "ports"]);
    fs::create_dir(&file).unwrap();
    watched.refuses(
        1,
        &["update", "base", &option],
        &["`base`", "no regular file"],
    );
    watched.refuses(
        1,
        &["update", "base", "--backends=@/dev/zero"],
        &["`base`", "/dev/zero", "no regular file"],
    );
    watched.refuses(
        1,
        &["update", "base", "--backends=@/no/such/file"],
        &["`base`", "/no/such/file"],
    );
    let socket = watched.world.unix_backend("x");
    let (_, path) = socket
        .address()
        .split_once(':')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    watched.refuses(
        1,
        &["update", "base", &format!("--backends=@{path}")],
        &["`base`", "no regular file"],
    );
}

#[test]
fn a_broken_template_is_refused_and_the_hint_takes_it_away() {
    let watched = Watched::new();
    let folder = watched.world.home.path().join("templates");
    fs::create_dir(&folder).unwrap();
    let path = folder.to_str().unwrap().to_owned();
    let set = ["set", "template", &path];
    watched.refuses(1, &set, &[&path, "site.conf"]);
    for (file, text, says) in [
        ("site.conf", "{% if %}", "site.conf"),
        ("site.conf", "{{ nope }}", "nope"),
        ("site.conf", "{{ name", "site.conf"),
        ("site.conf", "{% for x in name %}", "site.conf"),
        ("site.conf", "{% include \"nope.conf\" %}", "nope.conf"),
        ("site.conf", "{% include \"site.conf\" %}", "site.conf"),
        ("head.conf", "{{ name }}", "name"),
        ("tls.conf", "{% endif %}", "tls.conf"),
    ] {
        let file = folder.join(file);
        fs::write(&file, text).unwrap();
        watched.refuses(1, &set, &["template", says, "hint: mech unset template"]);
        fs::remove_file(file).unwrap();
    }
    fs::create_dir(folder.join("site.conf")).unwrap();
    watched.refuses(1, &set, &["site.conf"]);
    fs::remove_dir(folder.join("site.conf")).unwrap();
    fs::write(folder.join("site.conf"), b"# \xff\n").unwrap();
    watched.refuses(1, &set, &["site.conf", "UTF-8"]);
    // What is fine as a template and no nginx text is nginx's to refuse.
    fs::write(folder.join("site.conf"), "server { bogus; }\n").unwrap();
    watched.fails(4, &set, &["unknown directive \"bogus\"", "mech.conf:"]);
}

#[test]
fn what_only_nginx_can_know_ends_with_4_and_names_the_site_and_the_place() {
    let watched = Watched::new();
    let folder = watched.world.nginx.prefix().join("mech-overrides/base");
    for (file, text, words) in [
        ("server", "bogus on;\n", "unknown directive \"bogus\""),
        ("server", "add_header X\n", "unexpected end of file"),
        ("server", "}\nserver { listen 1; }\n", "unexpected \"}\""),
        ("server", "location /x {\n", "unexpected end of file"),
        ("server", "listen 65536;\n", "invalid port"),
        ("server", "add_header X \"y;\n", "unexpected end of file"),
        ("location", "client_max_body_size x;\n", "invalid value"),
        (
            "proxy",
            "proxy_pass http://elsewhere.invalid;\n",
            "\"proxy_pass\" directive is duplicate",
        ),
        ("top", "server { bogus; }\n", "unknown directive \"bogus\""),
        (
            "top",
            "upstream base.mech_site { server 127.0.0.1:9; }\n",
            "duplicate upstream \"base.mech_site\"",
        ),
    ] {
        let path = folder.join(file);
        let kept = fs::read_to_string(&path).unwrap();
        fs::write(&path, text).unwrap();
        let place = format!("{}:", path.display());
        let ran = watched.fails(
            4,
            &["refresh"],
            &["site `base`: nginx: [emerg]", words, &place],
        );
        let hint = format!("of {}", path.display());
        assert!(
            ran.stderr
                .lines()
                .any(|line| line.starts_with("hint: look at line ") && line.ends_with(&hint)),
            "{ran}"
        );
        watched.fails(4, &["refresh", "--dry-run"], &[words, &place]);
        fs::write(&path, kept).unwrap();
    }
    // A name that only mech should use, in a file that nginx reads before mech's.
    let taken = "upstream base.mech_site { server 127.0.0.1:1; }\n";
    watched.world.nginx.add_conf("a.conf", taken);
    watched.fails(
        4,
        &["update", "base", "--backends=3999"],
        &[
            "site `base`",
            "duplicate upstream \"base.mech_site\"",
            "mech.conf:",
        ],
    );
    // The script does note the tests whose absence the other claims rest on.
    assert!(watched.tests_run() > 20);
}

#[test]
fn certificate_files_that_are_none_are_refused_by_the_one_who_can_know() {
    let watched = Watched::new();
    let certs = watched.world.nginx.prefix().join("certs");
    let (cer, key) = (certs.join("base.cer"), certs.join("base.key"));
    let https = ["update", "base", "--https"];
    fs::write(&cer, "not a certificate").unwrap();
    watched.refuses(1, &https, &["`base`", "base.cer", "PEM", "hint: "]);
    watched.world.cert("base", &["base.example"]);
    fs::remove_file(&key).unwrap();
    watched.refuses(1, &https, &["`base`", "base.key", "key"]);
    fs::write(&key, "").unwrap();
    watched.refuses(1, &https, &["`base`", "base.key", "PEM"]);
    let other = watched.world.cert("other", &["other.example"]);
    fs::copy(&other.key, &key).unwrap();
    watched.fails(4, &https, &["site `base`", "key values mismatch"]);
    fs::write(
        &cer,
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    )
    .unwrap();
    watched.fails(4, &https, &["site `base`", "base.cer"]);
}

#[test]
fn a_backend_file_that_names_the_port_nginx_is_given_is_refused_and_not_remembered() {
    let watched = Watched::new();
    let file = watched.world.home.path().join("ports");
    let port = crate::harness::free_port().to_string();
    fs::write(&file, &port).unwrap();
    let _ = watched
        .world
        .mech(["update", "base", &format!("--backends=@{}", file.display())])
        .ok();
    watched.forget_calls();
    watched.refuses(
        1,
        &["set", "http-port", &port],
        &["`base`", "nginx's own", file.to_str().unwrap()],
    );
}

#[test]
fn an_override_that_is_no_file_is_refused() {
    let watched = Watched::new();
    let path = watched
        .world
        .nginx
        .prefix()
        .join("mech-overrides/base/server");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    watched.refuses(1, &["refresh"], &[path.to_str().unwrap()]);
    fs::remove_dir(&path).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
    watched.refuses(1, &["refresh"], &[path.to_str().unwrap(), "regular file"]);
}
