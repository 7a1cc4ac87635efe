//! Backends that are names which a name server knows: from 1.27.3 on nginx follows them by itself.
//!
//! The name server is the test's own, on port 53 of a network that nobody else is in: the test runs itself once more there,
//! with an `/etc/resolv.conf` that names it.

use std::net::{Ipv4Addr, UdpSocket};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use mech::render::NginxVersion;

use crate::harness::{Backend, Nginx, World, free_port, poll, until, versions};

/// The first version with `resolve` for everybody.
const SINCE: NginxVersion = NginxVersion(1, 27, 3);

/// The addresses of `app.test`; any other name is unknown.
#[derive(Clone, Default)]
struct Names(Arc<Mutex<Vec<Ipv4Addr>>>);

impl Names {
    /// A name server on 127.0.0.1, which lasts as long as this process.
    fn served() -> Self {
        let names = Self::default();
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 53)).unwrap();
        let own = names.clone();
        thread::spawn(move || {
            let mut asked = [0; 512];
            while let Ok((length, client)) = socket.recv_from(&mut asked) {
                socket.send_to(&own.answer(&asked[..length]), client).ok();
            }
        });
        names
    }

    fn are(&self, addresses: &[[u8; 4]]) {
        *self.0.lock().unwrap() = addresses.iter().map(|own| (*own).into()).collect();
    }

    /// The answer to a question (RFC 1035, section 4): all addresses, good for one second.
    fn answer(&self, asked: &[u8]) -> Vec<u8> {
        let length: usize = asked[12..]
            .iter()
            .position(|byte| *byte == 0)
            .map_or(0, |end| end + 5);
        let question = &asked[12..12 + length];
        let known = question
            .to_ascii_lowercase()
            .starts_with(b"\x03app\x04test\0");
        let addresses = self.0.lock().unwrap().clone();
        let exists = known && !addresses.is_empty();
        // Of addresses of the other family there are none.
        let v4 = question[length - 4..length - 2] == [0, 1];
        let records = if exists && v4 { addresses } else { Vec::new() };
        let status = if exists { 0 } else { 3 };
        let count = u8::try_from(records.len()).unwrap();
        let mut answer = asked[..2].to_vec();
        answer.extend([0x84, 0x80 | status, 0, 1, 0, count, 0, 0, 0, 0]);
        answer.extend(question);
        for address in records {
            answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4]);
            answer.extend(address.octets());
        }
        answer
    }
}

#[test]
fn a_name_whose_addresses_change_is_followed_and_one_that_is_lost_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("resolv.conf");
    std::fs::write(&own, "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n").unwrap();
    let user = if rustix::process::geteuid().is_root() {
        ""
    } else {
        "--map-root-user"
    };
    let script = format!(
        "exec unshare {user} --mount --net --propagation private sh -c '
            ip link set lo up && mount --bind \"$RESOLV\" /etc/resolv.conf || exit 99
            exec \"$@\"' sh \"$@\""
    );
    let program = std::env::current_exe().unwrap();
    let run = Command::new("sh")
        .args(["-c", &script, "sh"])
        .arg(program)
        .args(["--exact", "--ignored", "--nocapture"])
        .arg("versions::resolve::names_are_followed")
        .env("RESOLV", &own)
        .output()
        .unwrap();
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&run.stdout),
        String::from_utf8_lossy(&run.stderr)
    );
    assert_ne!(
        run.status.code(),
        Some(99),
        "needs the right to make namespaces, and `ip`: apt-get install iproute2\n{said}"
    );
    // A filter that fits no test succeeds too.
    assert!(said.contains("test result: ok. 1 passed"), "{said}");
}

/// The backend that answers.
fn who(world: &World) -> String {
    let answer = world.get("s.com", "/");
    let name = answer.header("X-Test-Backend").map(str::to_owned);
    name.unwrap_or_else(|| answer.status.to_string())
}

#[test]
#[ignore = "runs in a network of its own, by the test above"]
fn names_are_followed() {
    let names = Names::served();
    let port = free_port();
    let at = |last: u8| (Ipv4Addr::new(127, 0, 1, last), port);
    let (one, two) = (at(1), at(2));
    let _one = Backend::at("one", std::net::SocketAddr::from(one));
    let _two = Backend::at("two", std::net::SocketAddr::from(two));
    for version in versions() {
        println!("nginx {}", version.number);
        // Of the users of this machine there may be none but the one that is mapped.
        let nginx = Nginx::private().version(&version).workers_as_me();
        let mut world = World::with(nginx);
        names.are(&[]);
        let backends = format!("--backends=app.test:{port}");
        let add = ["add", "s", "--host=s.com", &backends];
        let refused = world.untouched_by(|| world.mech(add).code(1));
        let _ = refused.stderr_has("`app.test`").no_panic();
        names.are(&[[127, 0, 1, 1]]);
        let _ = world.mech(add).ok();
        until("the first address is known", || who(&world) == "one");
        let by_nginx = world
            .rendered()
            .contains(&format!("server app.test:{port} resolve"));
        assert_eq!(by_nginx, version.number >= SINCE);
        names.are(&[[127, 0, 1, 2]]);
        if by_nginx {
            let workers = world.nginx.worker_pids();
            until("nginx has seen the other address", || who(&world) == "two");
            assert_eq!(world.nginx.worker_pids(), workers, "nginx was reloaded");
        } else {
            assert_eq!(who(&world), "one");
            let _ = world
                .mech(["refresh"])
                .ok()
                .stderr_has("nginx has reloaded");
            assert_eq!(who(&world), "two");
        }
        names.are(&[]);
        world.nginx.stop();
        world.nginx.start();
        if by_nginx {
            // No address, no answer, and the others are served.
            assert_eq!(who(&world), "502");
            names.are(&[[127, 0, 1, 1]]);
            // nginx keeps for 10 s that there is no such name.
            assert!(poll(Duration::from_secs(20), || who(&world) == "one"));
        } else {
            assert_eq!(who(&world), "two");
        }
    }
}
