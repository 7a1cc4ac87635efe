//! The harness keeps its own promises: bytes, TLS, ports, runs of mech, snapshots, disks, certificates.

use std::path::Path;

use super::{
    Backend, Cert, Connection, Curl, Mech, Nginx, Ran, Request, SmallDisk, Snapshot, TlsBackend,
    World, free_port, no_stray_files, until,
};

#[test]
fn the_client_sends_bytes_as_they_are_and_reads_chunks() {
    let backend = Backend::tcp("a");
    let raw = Request::get(backend.port(), "x", b"http://other.example/\xe9 {}")
        .send()
        .status(200);
    assert_eq!(raw.echo().target, "http://other.example/\u{e9} {}");

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let answer = b"HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 302 Found\r\nLocation: /x\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nT: t\r\n\r\n";
        std::io::Write::write_all(&mut stream, answer).unwrap();
    });
    let mut connection = Connection::open(address).unwrap();
    connection.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    let answer = connection.answer(false).unwrap().redirects_to("/x");
    assert_eq!(answer.text(), "abcde");
    server.join().unwrap();
}

#[test]
fn tls_is_spoken_by_curl_and_by_backends() {
    let backend = TlsBackend::start("secure", &["app.internal"]);
    let mut world = World::stopped();
    let cert = world.cert("shop", &["shop.example"]);
    world.nginx.add_conf(
        "app.conf",
        &format!(
            "server {{ listen 127.0.0.1:{} ssl http2; ssl_certificate {}; ssl_certificate_key {};
  location / {{ proxy_pass https://{}; proxy_ssl_server_name on; proxy_ssl_name app.internal; proxy_ssl_verify on;
    proxy_ssl_trusted_certificate {}; proxy_set_header Host $host; proxy_set_header X-Forwarded-Proto $scheme; }} }}",
            world.https_port,
            cert.cer.display(),
            cert.key.display(),
            backend.address(),
            backend.ca().display(),
        ),
    );
    world.nginx.start();
    let answer = world
        .https("shop.example", "/a?b")
        .cacert(&cert.cer)
        .http2()
        .send()
        .status(200)
        .from_backend("secure");
    assert_eq!(answer.version, "HTTP/2");
    let echo = answer.echo();
    assert_eq!(
        (echo.sni.as_str(), echo.target.as_str()),
        ("app.internal", "/a?b")
    );
    assert_eq!(
        (echo.header("Host"), echo.header("X-Forwarded-Proto")),
        (Some("shop.example"), Some("https"))
    );
    let answer = world
        .https("other.example", "/")
        .insecure()
        .header("X-A", "b")
        .send()
        .status(200);
    assert_eq!(answer.version, "HTTP/1.1");
    let refused = Curl::https("other.example", world.https_port, "/")
        .cacert(&cert.cer)
        .try_send()
        .unwrap_err();
    assert_eq!(refused.code, 60, "{}", refused.words);
}

#[test]
fn ports_are_never_handed_out_twice() {
    let threads: Vec<_> = (0..4)
        .map(|_| std::thread::spawn(|| (0..25).map(|_| free_port()).collect::<Vec<_>>()))
        .collect();
    let mut ports: Vec<u16> = threads
        .into_iter()
        .flat_map(|thread| thread.join().unwrap())
        .collect();
    ports.sort_unstable();
    ports.dedup();
    assert_eq!(ports.len(), 100);
}

#[test]
fn mech_runs_in_an_environment_of_its_own() {
    let mech = || {
        Mech::new()
            .env("EXTRA", "x y")
            .stdin("typed")
            .args(["one two", "3"])
    };
    let ran = mech()
        .shell(
            "echo $PATH; echo $MECH_DATA; echo $EXTRA; cat; echo \"$1|$#\"; echo end >&2; echo >&2",
        )
        .run()
        .ok();
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert!(
        lines[0].ends_with("/bin") && !lines[0].contains(':'),
        "{ran}"
    );
    assert!(lines[1].ends_with("/data/registry.json"), "{ran}");
    assert_eq!(lines[2..], ["x y", "typedone two|2"]);
    assert_eq!(ran.last_line(), "end");
    mech()
        .shell("command -v nginx || { env >&2; exit 7; }")
        .run()
        .code(7)
        .says_nothing_of("CARGO")
        .stderr_has("EXTRA=x y");
    mech()
        .shell("command -v mech")
        .run()
        .ok()
        .stdout_has("/bin/mech")
        .no_panic();

    let world = World::stopped();
    world.home.program("fake", "echo \"fake $*\"");
    world
        .run(["a", "b"])
        .shell("fake \"$@\"")
        .run()
        .ok()
        .stdout_has("fake a b");
    assert!(
        world
            .registry()
            .contains(&format!("\"http-port\": \"{}\"", world.http_port))
    );
    assert!(world.rendered().is_empty() && world.mech_conf().ends_with("conf.d/mech.conf"));
}

#[test]
fn mech_itself_is_what_runs() {
    // True of any command line program, whatever it does by now.
    Mech::new().args(["--help"]).run().ok().no_panic();
    World::stopped().mech(["--help"]).ok().no_panic();
}

#[test]
fn a_spawned_run_can_be_killed_and_waited_for() {
    let sleeper = Mech::new().shell("echo begun; exec sleep 30").spawn();
    let pid = sleeper.pid();
    until("it sleeps", || {
        std::fs::read_to_string(format!("/proc/{pid}/comm"))
            .is_ok_and(|name| name.trim() == "sleep")
    });
    sleeper.kill_9().code(-9).stdout_has("begun");
    Mech::new()
        .shell("echo word >&2; exit 4")
        .spawn()
        .wait()
        .code(4)
        .stderr_has("word");
}

#[test]
#[should_panic(expected = "looks like Debug output")]
fn debug_output_is_noticed() {
    Mech::new()
        .shell("echo 'error: StoreError { path: 1 }' >&2")
        .run()
        .no_panic()
        .stdout_has("");
}

#[test]
#[should_panic(expected = "panicked at")]
fn a_panic_is_noticed_by_every_run() {
    Mech::new()
        .shell("echo \"thread 'main' panicked at src/x.rs\" >&2")
        .run()
        .ok()
        .stdout_has("");
}

#[test]
fn nginx_text_is_not_taken_for_debug_output() {
    let words = "nginx: [emerg] unexpected \"}\" in /tmp/x:3\\nserver {\\n  location / {\\nhint: mech set nginx (\"nginx -p\")";
    Mech::new()
        .shell(&format!("printf '{words}' >&2"))
        .run()
        .ok()
        .no_panic()
        .stderr_has("location / {");
}

#[test]
fn a_snapshot_shows_every_difference() {
    let world = World::stopped();
    let conf = world.nginx.conf_dir();
    std::fs::write(conf.join("a.conf"), "one\ntwo\n").unwrap();
    world
        .untouched_by(|| std::fs::write(world.nginx.prefix().join("logs/x.log"), "noise").unwrap());
    let before = world.snapshot();
    before.assert_same(&world.snapshot());

    std::fs::write(conf.join("a.conf"), "one\n2\n").unwrap();
    std::fs::write(conf.join("b.conf"), "").unwrap();
    std::fs::remove_file(world.home.registry()).unwrap();
    std::os::unix::fs::symlink("a.conf", conf.join("link")).unwrap();
    let said = before.differences(&world.snapshot());
    for part in [
        "-two\n+2\n",
        "created: ",
        "b.conf",
        "removed: ",
        "registry.json",
        "link to a.conf",
    ] {
        assert!(said.contains(part), "no `{part}` in:\n{said}");
    }
    assert!(
        Snapshot::of(&[Path::new("/nowhere")])
            .differences(&Snapshot::of(&[]))
            .is_empty()
    );
    world.no_stray_files();
}

#[test]
#[should_panic(expected = "stray files")]
fn stray_files_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".mech-staged"), "").unwrap();
    no_stray_files(&[folder.path()]);
}

#[test]
fn a_disk_can_be_full() {
    let full: Ran = match SmallDisk::new(256) {
        Ok(disk) => {
            disk.fill();
            let path = disk.path().join("file");
            let refused = Mech::new()
                .args([path.as_os_str()])
                .shell("echo x > \"$1\"")
                .run();
            disk.make_room();
            Mech::new()
                .args([path.as_os_str()])
                .shell("echo x > \"$1\"")
                .run()
                .ok()
                .stdout_has("");
            refused
        }
        // Not skipped: the other way is tested on every machine below, and the reason is on show.
        Err(none) => Mech::new()
            .shell(&format!("echo 'no disk: {}'; exit 1", none.reason))
            .run(),
    };
    assert_ne!(full.code, 0, "{full}");
    eprintln!("{full}");
    let folder = tempfile::tempdir().unwrap();
    let script = "trap '' XFSZ; ulimit -f 2; sed -n '1,$p' > \"$1\"";
    let limited = Mech::new()
        .args([folder.path().join("file")])
        .stdin("x".repeat(5000))
        .shell(script)
        .run();
    assert_ne!(limited.code, 0, "{limited}");
    Mech::new()
        .args(["--help"])
        .no_file_above(1)
        .run()
        .ok()
        .stdout_has("");
}

#[test]
fn certificates_are_made_for_days() {
    let folder = tempfile::tempdir().unwrap();
    let cert = Cert::make_for_days(
        folder.path(),
        "shop",
        &["shop.example", "www.shop.example"],
        3,
    );
    assert!(cert.cer.ends_with("shop.cer") && cert.key.ends_with("shop.key"));
    let text = std::process::Command::new("openssl")
        .args(["x509", "-noout", "-checkend", "345600", "-in"])
        .arg(&cert.cer)
        .output();
    assert!(
        !text.expect("openssl").status.success(),
        "valid for more than 4 days"
    );
}

#[test]
fn a_running_world_has_a_running_nginx() {
    let world = World::with(Nginx::private().workers(1));
    assert!(world.nginx.is_running());
    assert_eq!(world.nginx.worker_pids().len(), 1);
    assert!(World::new().nginx.is_running());
}
