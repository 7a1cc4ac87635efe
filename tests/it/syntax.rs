#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test may panic; the test starts nginx itself, to ask it what it read"
)]
//! What the safe writer writes is what nginx reads.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use mech::syntax::{Variables, quote};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;

struct Nginx(Child);

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Lines of main context that keep nginx within `folder`, in the foreground and in one process.
fn private(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log; events {{}}"
    )
}

fn body_of(port: u16, path: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    answer.split_off(end.unwrap() + 4)
}

#[test]
fn nginx_reads_quoted_values_byte_for_byte() {
    let mut runner = TestRunner::deterministic();
    let strategy = r#"[$"'\\{};#}~^*=@()\[\]|<>%&?+,: a-c0/tnré😀]{0,24}"#;
    let mut value = || {
        let tree = proptest::string::string_regex(strategy)
            .unwrap()
            .new_tree(&mut runner);
        tree.unwrap().current()
    };
    let folder = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut locations = String::new();
    let mut expected = Vec::new();
    for number in 0..200 {
        // Slashes are left out of names, because nginx joins and resolves them in the request.
        let name = format!("/{number}-{}", value().replace('/', "_"));
        let body = value();
        writeln!(
            locations,
            "location = {} {{ return 200 {}; }}",
            quote(&name, Variables::Plain).unwrap(),
            quote(&body, Variables::Expanded).unwrap()
        )
        .unwrap();
        expected.push((name, body));
    }
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {}/{kind};", folder.path().display()))
        .concat();
    let text = format!(
        "{} http {{ access_log off; {temporary} geo $mech_dollar {{ default \"$\"; }}\nserver {{ listen 127.0.0.1:{port};\n{locations}}} }}",
        private(folder.path())
    );
    let conf = folder.path().join("nginx.conf");
    fs_err::write(&conf, text).unwrap();
    let child = Command::new("nginx")
        .arg("-p")
        .arg(folder.path())
        .arg("-c")
        .arg(&conf)
        .stdin(Stdio::null())
        .spawn()
        .expect("this test needs nginx");
    let mut nginx = Nginx(child);
    let limit = Instant::now() + Duration::from_secs(10);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(nginx.0.try_wait().unwrap().is_none(), "nginx ended");
        assert!(Instant::now() < limit, "nginx does not listen");
        std::thread::sleep(Duration::from_millis(10));
    }
    for (name, body) in expected {
        let path: String = name
            .bytes()
            .map(|byte| match byte {
                b'/' => "/".to_owned(),
                _ => format!("%{byte:02X}"),
            })
            .collect();
        assert_eq!(body_of(port, &path), body.as_bytes(), "{name:?}");
    }
}
