//! The page that is shown while no backend answers.

use serde_json::Value;

use super::{added, once, to};
use crate::harness::{Backend, Response, World};

#[track_caller]
fn html(answer: &Response) {
    once(answer, "Content-Type", "text/html");
    once(answer, "Retry-After", "5");
    assert!(
        answer
            .text()
            .contains("http-equiv=\"refresh\" content=\"5\""),
        "{answer}"
    );
}

#[track_caller]
fn json(answer: &Response) {
    once(answer, "Content-Type", "application/json");
    once(answer, "Retry-After", "5");
    let value: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(value["error"], "unavailable", "{answer}");
}

fn accepting(world: &World, accept: &str) -> Response {
    world
        .request("s.test", "/x")
        .header("Accept", accept)
        .send()
        .status(502)
}

#[test]
fn people_get_a_page_that_asks_again_and_programs_get_json() {
    let mut app = Backend::tcp("app");
    let world = added([to(&app).as_str()]);
    app.stop();
    html(&world.get("s.test", "/").status(502));
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    for accept in [
        browser,
        "*/*",
        "text/html",
        "application/json;garbage\\\"",
        "text/html, application/json",
    ] {
        html(&accepting(&world, accept));
    }
    for accept in [
        "application/json",
        "application/json, text/plain, */*",
        "application/json, text/javascript, */*; q=0.01",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json,*/*",
        "application/vnd.api+json",
        "application/problem+json",
    ] {
        json(&accepting(&world, accept));
    }
    let post = world
        .request("s.test", "/x")
        .header("Accept", "application/json")
        .body("x".repeat(100_000));
    json(&post.send().status(502));
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS"] {
        html(
            &world
                .request("s.test", "/x")
                .method(method)
                .send()
                .status(502),
        );
    }
    let head = world
        .request("s.test", "/x")
        .method("HEAD")
        .send()
        .status(502);
    once(&head, "Content-Type", "text/html");
    assert_eq!(head.text(), "");
}

#[test]
fn a_backend_that_is_silent_gets_it_with_504() {
    let app = Backend::tcp("app");
    let world = added([to(&app).as_str(), "--timeout=1s"]);
    html(&world.get("s.test", "/delay/1800").status(504));
    let request = world
        .request("s.test", "/delay/1800")
        .header("Accept", "application/json");
    json(&request.send().status(504));
}

#[test]
fn it_is_gone_as_soon_as_an_app_is_back() {
    let (mut one, mut two) = (Backend::tcp("one"), Backend::tcp("two"));
    let backends = format!("--backends={},{}", one.address(), two.address());
    let world = added([backends.as_str()]);
    let _ = world.get("s.test", "/").status(200);
    one.stop();
    let _ = world.get("s.test", "/").status(200).from_backend("two");
    two.stop();
    html(&world.get("s.test", "/").status(502));
    one.start();
    crate::harness::until("the app that is back answers", || {
        let answer = world.get("s.test", "/");
        assert!([200, 502].contains(&answer.status), "{answer}");
        answer.status == 200
    });
    let _ = world.get("s.test", "/").status(200).from_backend("one");
}

#[test]
fn one_app_alone_is_asked_again_at_once() {
    let mut app = Backend::tcp("app");
    let world = added([to(&app).as_str()]);
    app.stop();
    html(&world.get("s.test", "/").status(502));
    app.start();
    let _ = world.get("s.test", "/").status(200).from_backend("app");
}

#[test]
fn an_apps_own_502_and_504_stay_its_own() {
    let app = Backend::tcp("app");
    let world = added([to(&app).as_str()]);
    for status in [502, 503, 504] {
        let _ = world
            .get("s.test", &format!("/status/{status}"))
            .status(status)
            .from_backend("app");
    }
    // What is no answer at all is none of the app's.
    html(&world.get("s.test", "/close/0").status(502));
}

#[test]
fn it_is_shown_below_paths_and_behind_files_too() {
    let mut app = Backend::tcp("app");
    let world = World::new();
    let files = super::folder(&world, "files", &[("a.txt", "a")]);
    let files = format!("--static={}", files.display());
    let own = format!("--backends={},{}/api", app.address(), app.address());
    super::add(&world, "s", [own.as_str(), &files, "--timeout=/slow 9s"]);
    app.stop();
    for target in ["/", "/api/x", "/slow/x", "/.dot"] {
        html(&world.get("s.test", target).status(502));
    }
    html(&world.request("s.test", "/app").body("x").send().status(502));
    let _ = world.get("s.test", "/a.txt").status(200);
}
