#![expect(
    clippy::disallowed_methods,
    reason = "a test may stop at the first surprise, and runs its own nginx"
)]

use std::fs;
use std::process::{Child, Command};

use rustix::process::Signal;

use super::{Expected, Master, MasterError};
use crate::system::found::{Foreign, Found, Hidden, NotRunning};
use crate::system::test_nginx::{Nginx, signal, wait_for};

/// A child that lives as long as the value.
struct Sleeper(Child);

impl Sleeper {
    fn new() -> Self {
        Self(Command::new("sleep").arg("60").spawn().unwrap())
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn an_nginx_that_does_not_run_is_told_by_its_pid_file() {
    let nginx = Nginx::prepare("", "");
    assert!(matches!(
        nginx.found(),
        Found::NotRunning(NotRunning::NoPidFile(_))
    ));
    fs::write(nginx.pid_file(), "\n").unwrap();
    assert!(matches!(
        nginx.found(),
        Found::NotRunning(NotRunning::EmptyPidFile(_))
    ));
    for text in ["x", "-1", "0", "99999999999"] {
        fs::write(nginx.pid_file(), text).unwrap();
        assert!(
            matches!(
                nginx.found(),
                Found::NotRunning(NotRunning::InvalidPidFile(_))
            ),
            "{text}"
        );
    }
    fs::write(nginx.pid_file(), i32::MAX.to_string()).unwrap();
    assert!(matches!(
        nginx.found(),
        Found::NotRunning(NotRunning::Gone(_))
    ));
    let sleeper = Sleeper::new();
    fs::write(nginx.pid_file(), sleeper.0.id().to_string()).unwrap();
    assert!(matches!(
        nginx.found(),
        Found::NotRunning(NotRunning::NoMaster { .. })
    ));
}

#[test]
fn a_worker_is_no_master() {
    let nginx = Nginx::start("", "");
    let worker = nginx.accepting()[0];
    let file = nginx.path("other.pid");
    fs::write(&file, worker.to_string()).unwrap();
    assert!(matches!(
        Master::find(&file, &nginx.expected()).unwrap(),
        Found::NotRunning(NotRunning::NoMaster { .. })
    ));
}

#[test]
fn the_master_of_another_nginx_is_foreign() {
    let (ours, other) = (Nginx::prepare("", ""), Nginx::start("", ""));
    fs::copy(other.pid_file(), ours.pid_file()).unwrap();
    assert!(
        matches!(ours.found(), Found::Foreign(Foreign::Conf { .. })),
        "{:?}",
        ours.found()
    );
    let find = |expected: &Expected| Master::find(&other.pid_file(), expected).unwrap();
    let binary = Expected {
        binary: "/opt/nginx".into(),
        ..other.expected()
    };
    assert!(matches!(
        find(&binary),
        Found::Foreign(Foreign::Binary { .. })
    ));
    let prefix = Expected {
        prefix: None,
        ..other.expected()
    };
    assert!(matches!(
        find(&prefix),
        Found::Foreign(Foreign::Prefix { .. })
    ));
    // The defaults count: another spelling of the same place is the same place.
    let link = other.path("link");
    std::os::unix::fs::symlink(other.path("nginx.conf"), &link).unwrap();
    let spelled = Expected {
        prefix: None,
        default_prefix: other.path("."),
        conf: link,
        ..other.expected()
    };
    assert!(matches!(find(&spelled), Found::Running(_)));
}

#[test]
fn without_a_master_process_nothing_can_be_proven() {
    let nginx = Nginx::start("master_process off;", "");
    assert!(
        matches!(nginx.found(), Found::Hidden(Hidden::SingleProcess(_))),
        "{:?}",
        nginx.found()
    );
}

#[test]
fn a_master_that_ended_is_not_signalled() {
    let nginx = Nginx::start("", "");
    let master = nginx.master();
    signal(master.pid(), Signal::TERM);
    wait_for(|| !master.still_there().unwrap());
    assert!(matches!(master.hup(), Err(MasterError::Gone(_))));
}
