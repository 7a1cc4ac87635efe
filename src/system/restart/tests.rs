use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use super::{Restarted, stop_and_start};
use crate::system::master::MasterError;
use crate::system::test_nginx::{DEADLINE, Nginx, free_port};

#[test]
fn a_restart_moves_a_bind_address() {
    let nginx = Nginx::start("", "");
    let old = nginx.master();
    let outcome = stop_and_start(
        &old,
        &nginx.pid_file(),
        &nginx.expected(),
        DEADLINE,
        DEADLINE,
        || {
            nginx.launch();
            Ok::<(), MasterError>(())
        },
    );
    match outcome.unwrap() {
        Restarted::Up {
            master, workers, ..
        } => {
            assert_eq!(master, nginx.master());
            assert_ne!(master, old);
            assert!(!workers.is_empty());
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_restart_cuts_a_long_request_after_the_grace() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free_port();
    let http = format!(
        "server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://{}; }} }}",
        silent.local_addr().unwrap()
    );
    let nginx = Nginx::start("", &http);
    let mut client = TcpStream::connect(("127.0.0.1", port)).unwrap();
    client.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    let _backend = silent.accept().unwrap();
    let (grace, patience) = (Duration::from_millis(300), Duration::from_millis(300));
    let outcome = stop_and_start(
        &nginx.master(),
        &nginx.pid_file(),
        &nginx.expected(),
        grace,
        patience,
        || Ok::<(), MasterError>(()),
    );
    assert!(matches!(outcome, Ok(Restarted::NotUp)), "{outcome:?}");
}
