//! stagecoach: as many processes as its file of ports says.

use super::{folder, follow, write};
use crate::harness::{Backend, World};

const TITLE: &str = "stagecoach";
const HOST: &str = "mysite.example.com";

#[test]
fn a_site_grows_with_its_file_of_ports_and_no_request_fails() {
    let (one, two) = (Backend::tcp("one"), Backend::tcp("two"));
    let (world, ports) = (
        World::new(),
        [one.port(), two.port()].map(|port| port.to_string()),
    );
    let apps = folder(&world, "opt/stagecoach");
    let file = format!("{apps}/apps/mysite/current/data/port");
    write(file.as_ref(), format!("{}\n", ports[0]));
    let here = [("/opt/stagecoach", apps), ("3000 3001", ports.join(" "))];
    let _ = follow(&world, TITLE, 0..1, &here);
    for _ in 0..6 {
        let _ = world.get(HOST, "/").status(200).from_backend("one");
    }
    let load = world.load(HOST, "/");
    let (summary, _) = load.during(|| follow(&world, TITLE, 1..2, &here));
    summary.none_failed();
    let before = (one.requests(), two.requests());
    for _ in 0..8 {
        let _ = world.get(HOST, "/").status(200);
    }
    assert!(
        one.requests() > before.0 && two.requests() > before.1,
        "both work"
    );
    let again = world.untouched_by(|| world.mech(["refresh"]).ok());
    assert_eq!(
        again.last_line(),
        "refresh: unchanged, nginx was left alone"
    );
}
