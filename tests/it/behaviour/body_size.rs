//! How large a request may be: 32 MB, or what an override says, however the body is sent.

use serde_json::json;

use super::{folder, serve, write_override};
use crate::harness::{Backend, Response, World};

const MEGABYTE: usize = 1 << 20;

fn with_length(world: &World, path: &str, megabytes: usize) -> Response {
    let body = vec![b'x'; megabytes * MEGABYTE];
    world.request("s.com", path).body(body).send()
}

fn chunked(world: &World, path: &str, megabytes: usize) -> Response {
    let request = world.request("s.com", path).method("POST");
    let mut bytes = request.header("Transfer-Encoding", "chunked").bytes();
    for _ in 0..megabytes {
        bytes.extend_from_slice(b"100000\r\n");
        bytes.resize(bytes.len() + MEGABYTE, b'x');
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    let mut connection = world.connect();
    // nginx reads on for a while after it has refused, so all of it can be written.
    connection.say(bytes);
    connection
        .answer(false)
        .unwrap_or_else(|failure| panic!("{failure}"))
}

/// Both ways to send `megabytes` get this status at `path`.
#[track_caller]
fn both(world: &World, path: &str, megabytes: usize, status: u16) {
    for (way, answer) in [
        ("length", with_length(world, path, megabytes)),
        ("chunked", chunked(world, path, megabytes)),
    ] {
        assert_eq!(
            answer.status, status,
            "{megabytes} MB by {way} to {path}:\n{answer}"
        );
        if status == 200 {
            assert_eq!(answer.echo().body_length, megabytes * MEGABYTE);
        }
    }
}

fn site(world: &World, app: &Backend, files: bool) {
    let backends = [app.address(), format!("{}/up", app.address())];
    let mut site = json!({ "shortname": "s", "host": "s.com", "backends": backends });
    if files {
        site["static"] = json!(folder(world, "www", &[("a.txt", "a")]));
    }
    serve(world, &json!([site]));
}

#[test]
fn thirty_two_megabytes_pass_and_more_is_413() {
    for files in [false, true] {
        let (world, app) = (World::new(), Backend::tcp("app"));
        site(&world, &app, files);
        both(&world, "/x", 31, 200);
        both(&world, "/x", 33, 413);
        both(&world, "/up/x", 33, 413);
    }
}

// defect 16
#[test]
fn the_location_override_raises_the_limit_however_the_body_is_sent() {
    for files in [false, true] {
        let (world, app) = (World::new(), Backend::tcp("app"));
        write_override(&world, "s", "location", "client_max_body_size 41m;\n");
        site(&world, &app, files);
        both(&world, "/x", 40, 200);
        both(&world, "/x", 42, 413);
    }
}

// defect 15
#[test]
fn the_server_override_raises_the_limit_too() {
    let (world, app) = (World::new(), Backend::tcp("app"));
    write_override(&world, "s", "server", "client_max_body_size 41m;\n");
    site(&world, &app, true);
    both(&world, "/x", 40, 200);
}

#[test]
fn the_proxy_override_raises_the_limit_wherever_the_app_is_asked() {
    for files in [false, true] {
        let (world, app) = (World::new(), Backend::tcp("app"));
        write_override(&world, "s", "proxy", "client_max_body_size 41m;\n");
        site(&world, &app, files);
        both(&world, if files { "/x" } else { "/up/x" }, 40, 200);
    }
}
