#![expect(
    clippy::disallowed_methods,
    reason = "a test may stop at the first surprise, and runs its own nginx"
)]

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::{Before, reload};
use crate::system::error_log::NoLog;
use crate::system::found::{Found, NotRunning};
use crate::system::master::{Master, MasterError, Sent};
use crate::system::outcome::{Means, Outcome, Unverified};
use crate::system::test_nginx::{DEADLINE, Nginx, binary, free_port, signal, wait_for};
use crate::system::workers::{self, Role};

fn confirmed(outcome: Outcome) -> (Means, Vec<u32>, Duration) {
    match outcome {
        Outcome::Confirmed {
            by, workers, took, ..
        } => (by, workers, took),
        other => panic!("{other:?}"),
    }
}

fn failed(outcome: Outcome) -> (Vec<String>, Option<NoLog>) {
    match outcome {
        Outcome::Failed { lines, log } => (lines, log),
        other => panic!("{other:?}"),
    }
}

#[test]
fn fifteen_reloads_in_a_row_are_each_confirmed_at_once() {
    let nginx = Nginx::start("", "");
    for _ in 0..15 {
        let old = nginx.accepting();
        let (by, new, took) = confirmed(nginx.hup());
        assert_eq!(by, Means::Reload);
        assert!(!new.is_empty() && new.iter().all(|pid| !old.contains(pid)));
        assert!(took < Duration::from_millis(1500), "{took:?}");
    }
}

#[test]
fn after_an_uncertain_mark_the_retiring_is_left_to_the_master() {
    let nginx = Nginx::start("", "");
    let mut before = nginx.before();
    before.calm = false;
    let (_, _, took) = confirmed(nginx.prove(before, DEADLINE, Master::hup));
    assert!(took >= Duration::from_millis(90), "{took:?}");
}

#[test]
fn a_worker_that_is_retired_early_is_not_replaced() {
    let nginx = Nginx::start("worker_processes 3;", "");
    for _ in 0..12 {
        let (_, mut new, _) = confirmed(nginx.hup());
        // The master now wakes, retires the old generation itself and reaps what is gone.
        std::thread::sleep(Duration::from_millis(200));
        let mut now = nginx.accepting();
        now.sort_unstable();
        new.sort_unstable();
        assert_eq!(now, new);
    }
    let log = fs_err::read_to_string(nginx.path("error.log")).unwrap();
    assert!(
        !log.contains("[alert]") && !log.contains("[emerg]"),
        "{log}"
    );
}

#[test]
fn a_single_worker_and_a_changed_number_are_confirmed() {
    let nginx = Nginx::start("worker_processes 1;", "");
    assert_eq!(confirmed(nginx.hup()).1.len(), 1);
    nginx.write("worker_processes 3;", "");
    confirmed(nginx.hup());
    wait_for(|| nginx.accepting().len() == 3);
    nginx.write("worker_processes 1;", "");
    assert_eq!(confirmed(nginx.hup()).1.len(), 1);
}

#[test]
fn a_taken_port_fails_with_the_words_of_nginx_once_it_gives_up() {
    let nginx = Nginx::start("", "");
    let old: Vec<u32> = nginx
        .before()
        .workers()
        .iter()
        .map(|worker| worker.pid)
        .collect();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    nginx.write("", &format!("server {{ listen {address}; }}"));
    // The deadline is shorter than the retries of nginx.
    let (lines, log) = failed(nginx.prove(nginx.before(), Duration::from_millis(300), Master::hup));
    assert!(log.is_none());
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(
        lines[0].contains(&format!("bind() to {address} failed")),
        "{lines:?}"
    );
    assert!(lines[1].contains("still could not bind()"), "{lines:?}");
    assert_eq!(nginx.accepting(), old);
}

#[test]
fn a_port_that_is_given_free_meanwhile_is_confirmed() {
    let nginx = Nginx::start("", "");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    nginx.write(
        "",
        &format!("server {{ listen {}; }}", taken.local_addr().unwrap()),
    );
    let before = nginx.before();
    let release = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(700));
        drop(taken);
    });
    confirmed(nginx.prove(before, DEADLINE, Master::hup));
    release.join().unwrap();
}

#[test]
fn a_changed_zone_key_fails_at_once() {
    let zone = |key: &str| {
        format!(
            "limit_req_zone {key} zone=z:64k rate=1r/s; server {{ listen 127.0.0.1:0; limit_req zone=z; }}"
        )
    };
    let port = free_port();
    let with = |key| zone(key).replace("127.0.0.1:0", &format!("127.0.0.1:{port}"));
    let nginx = Nginx::start("", &with("$binary_remote_addr"));
    nginx.write("", &with("$host"));
    let start = Instant::now();
    let (lines, _) = failed(nginx.hup());
    assert!(
        lines[0].contains("limit_req \"z\" uses the \"$host\" key"),
        "{lines:?}"
    );
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[test]
fn without_a_log_a_failure_shows_all_the_same_and_says_why_it_is_mute() {
    let nginx = Nginx::start("error_log /dev/null;", "");
    nginx.write("error_log /dev/null;", "nonsense;");
    for (logs, text) in [
        (vec![], "is not a file"),
        (vec![PathBuf::from("/dev/null")], "`/dev/null`"),
    ] {
        let before = Before::observe(nginx.master(), &logs).unwrap();
        let (lines, log) = failed(nginx.prove(before, DEADLINE, Master::hup));
        assert!(lines.is_empty());
        assert!(log.unwrap().to_string().contains(text));
    }
    nginx.write("error_log /dev/null;", "");
    let before = Before::observe(nginx.master(), &[]).unwrap();
    confirmed(nginx.prove(before, DEADLINE, Master::hup));
}

#[test]
fn an_error_in_the_log_of_the_new_configuration_is_seen() {
    let nginx = Nginx::start("", "");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let log = nginx.path("new.log");
    nginx.write(
        &format!("error_log {};", log.display()),
        &format!("server {{ listen {}; }}", taken.local_addr().unwrap()),
    );
    let before = Before::observe(nginx.master(), &[nginx.path("error.log"), log]).unwrap();
    let (lines, _) = failed(nginx.prove(before, DEADLINE, Master::hup));
    assert!(
        lines
            .iter()
            .any(|line| line.contains("still could not bind()"))
    );
}

#[test]
fn a_worker_held_by_a_long_request_does_not_delay() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free_port();
    let http = format!(
        "server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://{}; }} }}",
        silent.local_addr().unwrap()
    );
    let nginx = Nginx::start("", &http);
    let mut client = TcpStream::connect(("127.0.0.1", port)).unwrap();
    client.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    let (backend, _) = silent.accept().unwrap();
    let (_, _, took) = confirmed(nginx.hup());
    assert!(took < Duration::from_millis(1500), "{took:?}");
    let all = workers::of(&nginx.master()).unwrap();
    assert_eq!(
        all.iter()
            .filter(|worker| worker.role == Role::Draining)
            .count(),
        1
    );
    // A second reload, with a worker that drained before it began.
    confirmed(nginx.hup());
    backend.shutdown(Shutdown::Both).unwrap();
    client.read_to_end(&mut Vec::new()).unwrap();
}

#[test]
fn a_command_that_does_nothing_confirms_nothing() {
    let nginx = Nginx::start("", "");
    let outcome = nginx.prove(nginx.before(), Duration::from_millis(300), |_| {
        Ok(Sent::Unknown)
    });
    assert!(
        matches!(
            outcome,
            Outcome::Unverified(Unverified::NothingHappened { .. })
        ),
        "{outcome:?}"
    );
    let before = Before::observe(nginx.master(), &[]).unwrap();
    let (lines, log) =
        failed(nginx.prove(before, Duration::from_millis(300), |_| Ok(Sent::Unknown)));
    assert!(lines.is_empty() && matches!(log, Some(NoLog::NoFile)));
}

#[test]
fn a_command_that_reloads_is_confirmed_and_one_that_restarts_too() {
    let nginx = Nginx::start("", "");
    let run = |words: &[&str]| {
        let status = Command::new(binary())
            .arg("-p")
            .arg(nginx.path(""))
            .args(["-c", "nginx.conf"])
            .args(words)
            .status();
        assert!(status.unwrap().success());
    };
    let outcome = nginx.prove(nginx.before(), DEADLINE, |_| {
        run(&["-s", "reload"]);
        Ok(Sent::Unknown)
    });
    assert_eq!(confirmed(outcome).0, Means::Reload);
    let outcome = nginx.prove(nginx.before(), DEADLINE, |master| {
        run(&["-s", "stop"]);
        wait_for(|| !master.still_there().unwrap());
        run(&[]);
        Ok(Sent::Unknown)
    });
    assert_eq!(confirmed(outcome).0, Means::Restart);
}

#[test]
fn an_error_of_the_kick_comes_back() {
    let nginx = Nginx::start("", "");
    let result = reload(
        nginx.before(),
        &nginx.pid_file(),
        &nginx.expected(),
        DEADLINE,
        |_| Err(MasterError::Gone(7)),
    );
    assert!(matches!(result, Err(MasterError::Gone(7))));
}

#[test]
fn a_crashed_worker_confirms_nothing() {
    for count in [1, 2] {
        let main = format!("worker_processes {count};");
        let nginx = Nginx::start(&main, "");
        nginx.write(&main, "nonsense;");
        let old = nginx.accepting();
        let (lines, _) = failed(nginx.prove(nginx.before(), DEADLINE, |master| {
            signal(old[0], Signal::KILL);
            wait_for(|| nginx.accepting().len() == count && !nginx.accepting().contains(&old[0]));
            master.hup()
        }));
        assert!(
            lines
                .iter()
                .any(|line| line.contains("unknown directive \"nonsense\"")),
            "{lines:?}"
        );
    }
}

#[test]
fn a_killed_master_is_gone() {
    let nginx = Nginx::start("", "");
    let before = nginx.before();
    let orphans = nginx.accepting();
    let start = Instant::now();
    let outcome = nginx.prove(before, DEADLINE, |master| {
        signal(master.pid(), Signal::KILL);
        Ok(Sent::Unknown)
    });
    for pid in orphans {
        signal(pid, Signal::KILL);
    }
    assert!(matches!(outcome, Outcome::MasterGone { .. }), "{outcome:?}");
    assert!(start.elapsed() < Duration::from_secs(4));
    assert!(matches!(
        nginx.found(),
        Found::NotRunning(NotRunning::Gone(_))
    ));
}

#[test]
fn two_reloads_at_the_same_time_are_both_confirmed() {
    let nginx = Nginx::start("", "");
    std::thread::scope(|scope| {
        let other = scope.spawn(|| nginx.hup());
        confirmed(nginx.hup());
        confirmed(other.join().unwrap());
    });
}

#[test]
fn a_crash_of_the_only_worker_without_a_log_is_left_open() {
    let nginx = Nginx::start("worker_processes 1;", "");
    let before = Before::observe(nginx.master(), &[]).unwrap();
    let old = before.workers()[0].pid;
    let outcome = nginx.prove(before, DEADLINE, |_| {
        signal(old, Signal::KILL);
        wait_for(|| nginx.accepting().iter().any(|&pid| pid != old));
        Ok(Sent::Unknown)
    });
    assert!(
        matches!(outcome, Outcome::Unverified(Unverified::OnlyWorkerReplaced)),
        "{outcome:?}"
    );
}

#[test]
fn a_master_that_is_not_done_by_the_deadline_has_not_failed() {
    let nginx = Nginx::start("", "");
    let before = nginx.before();
    let pid = nginx.master().pid();
    let outcome = nginx.prove(before, Duration::from_millis(200), |master| {
        signal(pid, Signal::STOP);
        master.hup()
    });
    signal(pid, Signal::CONT);
    assert!(
        matches!(
            outcome,
            Outcome::Unverified(Unverified::StillLoading { .. })
        ),
        "{outcome:?}"
    );
    // The reload that was under way is waited for, and its workers are not taken for those of the next one.
    let before = nginx.before();
    let (_, new, _) = confirmed(nginx.prove(before, DEADLINE, Master::hup));
    assert!(!new.is_empty());
}
