//! Imports that stop before anything is changed, and what they leave out when told to go on.

use serde_json::json;

use super::server::{EVERYTHING, Server};
use crate::harness::Ran;

#[test]
fn a_template_of_its_own_is_said_not_to_be_carried() {
    let server = Server::of(&EVERYTHING[5..]);
    let words = server.import(&[]);
    let mut registry = server.mechanic.registry();
    registry["settings"]["template"] = json!("/etc/mechanic/custom.conf");
    server.mechanic.write(&registry);
    let ran = server.world.mech(words).ok();
    let _ = ran.stderr_has("not carried: template `/etc/mechanic/custom.conf`");
}

#[test]
fn it_is_refused_where_mech_has_sites() {
    let server = Server::of(EVERYTHING);
    server
        .world
        .mech(["add", "mine", "--host=mine.example", "--backends=3000"])
        .ok();
    let ran = server
        .world
        .untouched_by(|| server.world.mech(server.import(&[])));
    let _ = ran
        .code(1)
        .no_panic()
        .stderr_has("sites")
        .stderr_has("nothing was changed");
}

#[test]
fn a_second_import_is_refused_and_changes_nothing() {
    let server = Server::of(EVERYTHING);
    let words = server.import(&[]);
    server.world.mech(&words).ok();
    let ran = server.world.untouched_by(|| server.world.mech(&words));
    let _ = ran.code(1).stderr_has("nothing was changed");
}

#[test]
fn a_site_that_cannot_be_carried_stops_it_unless_it_is_told_to_leave_it_out() {
    let server = Server::of(&[
        "mechanic add good --host=good.example --backends=@A@",
        "mechanic add 1st --host=first.example --backends=@A@",
    ]);
    let ran: Ran = server
        .world
        .untouched_by(|| server.world.mech(server.import(&[])));
    let _ = ran
        .code(1)
        .no_panic()
        .stderr_has("site `1st`")
        .stderr_has("its shortname")
        .stderr_has("--partial")
        .stderr_has("nothing was changed");
    let ran = server.world.mech(server.import(&["--partial"])).ok();
    let _ = ran
        .stderr_has("site `1st`: not carried")
        .stderr_has("1 site taken over");
    server
        .world
        .get("good.example", "/")
        .status(200)
        .from_backend("root1");
}

#[test]
fn an_address_that_mech_cannot_take_stops_it_too() {
    // Without it the sites of an inner network would answer on every address.
    let server = Server::of(&["mechanic set bind localhost", EVERYTHING[5]]);
    let ran = server
        .world
        .untouched_by(|| server.world.mech(server.import(&[])));
    let _ = ran
        .code(1)
        .stderr_has("setting `bind` = `localhost`")
        .stderr_has("nothing was changed");
}
