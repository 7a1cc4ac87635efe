//! Free TCP ports that parallel tests, and parallel test programs, do not hand out twice.
//!
//! The range lies below Linux's ephemeral ports (32768 and up), so an outgoing connection cannot take a port between
//! the check and the bind. A port is claimed by a locked file, which the kernel lets go when this process ends.

use std::fs::{File, OpenOptions};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Mutex;

const FIRST: u16 = 20_000;
const COUNT: u16 = 10_000;

/// The claims of this process: they are kept until it ends, so no port comes twice.
static CLAIMED: Mutex<Vec<File>> = Mutex::new(Vec::new());

/// A port between 20000 and 29999 on which nobody listens, on any address, and which no other test gets.
pub(crate) fn free_port() -> u16 {
    let uid = rustix::process::geteuid().as_raw();
    let folder = std::env::temp_dir().join(format!("mech-test-ports-{uid}"));
    std::fs::create_dir_all(&folder).expect("the folder of port claims");
    let mut claimed = CLAIMED.lock().unwrap();
    // Neighbouring processes start far apart, which keeps the search short.
    let offset = u16::try_from(u64::from(std::process::id()) * 37 % u64::from(COUNT)).unwrap();
    let next = u16::try_from(claimed.len()).unwrap();
    for step in 0..COUNT {
        let port = FIRST + (offset + next + step) % COUNT;
        if let Some(claim) = claim(&folder, port)
            && nobody_listens(port)
        {
            claimed.push(claim);
            return port;
        }
    }
    panic!("no free port between {FIRST} and {}", FIRST + COUNT - 1);
}

/// The locked file of `port`; also `None` for a port of this process, because every open file has its own lock.
fn claim(folder: &Path, port: u16) -> Option<File> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join(port.to_string()))
        .expect("a port claim");
    file.try_lock().ok().map(|()| file)
}

fn nobody_listens(port: u16) -> bool {
    let free = |address: SocketAddr| TcpListener::bind(address).is_ok();
    free((Ipv4Addr::LOCALHOST, port).into())
        && free((Ipv4Addr::UNSPECIFIED, port).into())
        && (!has_ipv6() || free((Ipv6Addr::UNSPECIFIED, port).into()))
}

/// Whether this machine can listen on IPv6 at all; some containers cannot.
pub(crate) fn has_ipv6() -> bool {
    TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok()
}
