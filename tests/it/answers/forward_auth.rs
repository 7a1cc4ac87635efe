//! A service that is asked whether a request may pass.

use super::{add, added, folder, to};
use crate::harness::{Backend, World, free_port};

/// An app and the service that is asked.
fn pair() -> (Backend, Backend) {
    (Backend::tcp("app"), Backend::tcp("gate"))
}

/// The option that asks `gate` at `path`.
fn ask(gate: &Backend, path: &str) -> String {
    format!("--forward-auth=http://localhost:{}{path}", gate.port())
}

#[test]
fn what_the_service_lets_pass_reaches_the_app_with_its_user() {
    let (app, gate) = pair();
    gate.always_send("Remote-User", "ada");
    gate.always_send("Remote-Groups", "admins");
    gate.always_send("X-Auth-Request-Email", "ada@example.com");
    let world = added([to(&app).as_str(), &ask(&gate, "/verify?rule=1")]);
    let request = world
        .request("s.test", "/a%2Fb?x=1")
        .header("Cookie", "session=1");
    let seen = request.send().status(200).from_backend("app").echo();
    assert_eq!(seen.target, "/a%2Fb?x=1");
    assert_eq!(seen.header("Remote-User"), Some("ada"));
    assert_eq!(seen.header("Remote-Groups"), Some("admins"));
    assert_eq!(seen.header("X-Auth-Request-Email"), Some("ada@example.com"));
    let asked = gate.last().unwrap();
    assert_eq!(
        (asked.method.as_str(), asked.target.as_str()),
        ("GET", "/verify?rule=1")
    );
    assert_eq!(asked.header("Host"), Some("localhost"));
    assert_eq!(asked.header("Cookie"), Some("session=1"));
    assert_eq!(asked.header("X-Forwarded-Uri"), Some("/a%2Fb?x=1"));
    assert_eq!(asked.header("X-Forwarded-For"), Some("127.0.0.1"));
    let host = format!("s.test:{}", world.http_port);
    assert_eq!(asked.header("X-Forwarded-Host"), Some(host.as_str()));
    let url = format!("http://{host}/a%2Fb?x=1");
    assert_eq!(asked.header("X-Original-URL"), Some(url.as_str()));
}

#[test]
fn a_clients_own_word_on_who_it_is_never_gets_through() {
    let (app, gate) = pair();
    let world = added([to(&app).as_str(), &ask(&gate, "/")]);
    let claimed = [
        "Remote-User",
        "Remote-Groups",
        "Remote-Name",
        "Remote-Email",
        "X-Auth-Request-User",
        "X-Auth-Request-Email",
        "X-Auth-Request-Groups",
        "X-Auth-Request-Preferred-Username",
    ];
    let claims = |target: &str| {
        let request = world.request("s.test", target);
        claimed
            .iter()
            .fold(request, |request, name| request.header(name, "root"))
            .send()
    };
    let paths = format!("--forward-auth=/in http://127.0.0.1:{}/", gate.port());
    for option in [None, Some(paths.as_str())] {
        if let Some(option) = option {
            let _ = world.mech(["update", "s", option]).ok();
        }
        for target in ["/", "/in/x", "/.dot"] {
            let seen = claims(target).status(200).from_backend("app").echo();
            for name in claimed {
                assert_eq!(seen.header(name), None, "{name} at {target}, {option:?}");
            }
        }
    }
}

#[test]
fn the_service_is_asked_about_the_host_that_is_served() {
    let (app, gate) = pair();
    let login = " login=http://login.test/?rd=";
    let world = added([to(&app).as_str(), &(ask(&gate, "/") + login)]);
    // nginx serves the host of the first line; the header is whatever the client likes.
    let lie = || world.request("public.test", "http://s.test/x");
    let _ = lie().send().status(200).from_backend("app");
    let asked = gate.last().unwrap();
    let host = format!("s.test:{}", world.http_port);
    assert_eq!(asked.header("X-Forwarded-Host"), Some(host.as_str()));
    let shown = format!("{:?}", asked.headers);
    assert!(!shown.contains("public.test"), "{shown}");
    gate.always_answer(Some(401));
    let location = format!("http://login.test/?rd=http://{host}/x");
    let _ = lie().send().status(302).redirects_to(&location);
}

#[test]
fn who_has_no_session_is_refused_or_sent_to_log_in() {
    let (app, gate) = pair();
    let world = added([to(&app).as_str(), &ask(&gate, "/")]);
    gate.always_send("WWW-Authenticate", "Basic realm=\"gate\"");
    gate.always_answer(Some(401));
    let _ = world
        .get("s.test", "/")
        .status(401)
        .has_header("WWW-Authenticate", "Basic realm=\"gate\"");
    let login = format!("{} login=https://login.test/?rd=", ask(&gate, "/"));
    let _ = world.mech(["update", "s", &login]).ok();
    let location = format!(
        "https://login.test/?rd=http://s.test:{}/a%2Fb?c",
        world.http_port
    );
    let _ = world
        .get("s.test", "/a%2Fb?c")
        .status(302)
        .redirects_to(&location);
    gate.always_answer(Some(403));
    let _ = world
        .get("s.test", "/")
        .status(403)
        .body_has("403 Forbidden");
    assert_eq!(app.requests(), 0);
}

#[test]
fn a_service_that_fails_lets_nobody_in() {
    let (app, mut gate) = pair();
    let world = World::new();
    let page = folder(
        &world,
        "pages",
        &[("500.html", "ours"), ("502.html", "ours")],
    );
    let pages =
        [500, 502].map(|code| format!("--error-page={code}:{}/{code}.html", page.display()));
    add(&world, "s", [to(&app).as_str(), &ask(&gate, "/")]);
    for status in [200, 204] {
        gate.always_answer(Some(status));
        let _ = world.get("s.test", "/").status(200).from_backend("app");
    }
    let passed = app.requests();
    for status in [301, 302, 400, 404, 429, 500, 502, 503] {
        gate.always_answer(Some(status));
        let _ = world.get("s.test", "/").status(500);
    }
    gate.stop();
    let _ = world
        .get("s.test", "/")
        .status(500)
        .body_has("500 Internal Server Error");
    let _ = world.mech(["update", "s", &pages[0], &pages[1]]).ok();
    let _ = world.get("s.test", "/").status(500).body_has("ours");
    let _ = world.mech(["update", "s", "--error-page=502:/down"]).ok();
    let _ = world.get("s.test", "/").status(500);
    assert_eq!(app.requests(), passed);
}

#[test]
fn a_page_of_the_persons_own_does_not_open_what_the_service_guards() {
    let (app, gate) = pair();
    let gone = free_port();
    let world = World::new();
    let files = folder(&world, "files", &[("back-soon.html", "back soon")]);
    let text = format!(
        "error_page 500 502 504 =200 /back-soon.html;\nlocation = /back-soon.html {{ root {}; auth_request off; }}\n",
        files.display()
    );
    super::write_override(&world, "s", "server", &text);
    let asked = format!("--forward-auth=http://127.0.0.1:{gone}/");
    add(&world, "s", [to(&app).as_str(), &asked]);
    let _ = world
        .get("s.test", "/secret")
        .status(200)
        .body_has("back soon");
    assert_eq!(app.requests(), 0);
    drop(gate);
}

#[test]
fn the_body_of_a_post_reaches_the_app_and_not_the_service() {
    let (app, gate) = pair();
    let world = added([to(&app).as_str(), &ask(&gate, "/")]);
    let body = "x".repeat(200_000);
    let seen = world
        .request("s.test", "/")
        .body(body)
        .send()
        .status(200)
        .echo();
    assert_eq!((seen.method.as_str(), seen.body_length), ("POST", 200_000));
    let asked = gate.last().unwrap();
    assert_eq!(asked.body_length, 0);
    assert_eq!(asked.header("Content-Length"), None);
    assert_eq!(asked.header("X-Forwarded-Method"), Some("POST"));
    let mut connection = world.connect();
    connection.say("POST /c HTTP/1.1\r\nHost: s.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    let seen = connection.answer(false).unwrap().status(200).echo();
    assert_eq!(seen.body_length, 5);
    assert_eq!(gate.last().unwrap().body_length, 0);
}

#[test]
fn a_body_that_its_path_allows_is_not_held_against_the_question() {
    let (app, gate) = pair();
    let world = added([
        to(&app).as_str(),
        &ask(&gate, "/"),
        "--max-body=1k,/upload 8k",
    ]);
    let post = |target: &str, size: usize| {
        world
            .request("s.test", target)
            .body("x".repeat(size))
            .send()
    };
    let _ = post("/upload", 8000).status(200).from_backend("app");
    let _ = post("/upload", 9000).status(413);
    let _ = post("/", 2000).status(413);
}

#[test]
fn only_the_paths_that_say_so_are_asked_about_and_each_asks_its_own() {
    let (app, gate) = pair();
    let other = Backend::tcp("other");
    let options = [
        format!("--forward-auth=/in http://127.0.0.1:{}/", gate.port()),
        format!("--forward-auth=/in/deep http://127.0.0.1:{}/", other.port()),
    ];
    let world = World::new();
    let files = folder(&world, "files", &[("in/a.txt", "a"), ("b.txt", "b")]);
    let files = format!("--static={}", files.display());
    add(
        &world,
        "s",
        [to(&app).as_str(), &files, &options[0], &options[1]],
    );
    gate.always_answer(Some(403));
    other.always_send("Remote-User", "deep");
    for target in ["/", "/b.txt", "/inn"] {
        let _ = world.get("s.test", target).status(200);
    }
    assert_eq!(gate.requests() + other.requests(), 0);
    for target in ["/in", "/in/a.txt", "/in/app", "/in/.dot", "//in/a.txt"] {
        let _ = world.get("s.test", target).status(403);
    }
    let seen = world.get("s.test", "/in/deep/x").status(200).echo();
    assert_eq!(seen.header("Remote-User"), Some("deep"));
    // Nobody asks from outside.
    let _ = world.get("s.test", "/.mech/auth/1").status(404);
}

#[test]
fn a_login_page_beside_passwords_would_never_be_passed_and_is_refused() {
    let (app, gate) = pair();
    let world = World::new();
    let login = format!("{} login=http://login.test/", ask(&gate, "/"));
    let ran = world
        .mech(["add", "s", &to(&app), "--auth", &login])
        .code(1);
    let _ = ran
        .no_panic()
        .stderr_has("`forward-auth`")
        .stderr_has("`auth`");
}

#[test]
fn one_request_is_one_question_behind_files_too() {
    let (app, gate) = pair();
    gate.always_send("Remote-User", "ada");
    let world = World::new();
    let files = folder(&world, "files", &[("a.txt", "a"), ("in/a.txt", "a")]);
    let files = format!("--static={}", files.display());
    let below = ask(&gate, "/").replace("--forward-auth=", "--forward-auth=/in ");
    for (order, rule) in [
        ("--app-first=false", ask(&gate, "/")),
        ("--app-first=false", below),
        ("--app-first", ask(&gate, "/")),
    ] {
        add(
            &world,
            "s",
            [to(&app).as_str(), &files, &rule, order, "--upsert"],
        );
        for target in ["/in/a.txt", "/in/app", "/in/.dot", "/in/status/404"] {
            for body in ["", "x"] {
                let before = gate.requests();
                let request = world.request("s.test", target);
                let request = if body.is_empty() {
                    request
                } else {
                    request.body(body)
                };
                let answer = request.send();
                assert_eq!(
                    gate.requests() - before,
                    1,
                    "{order} {rule} {target} {body}:\n{answer}"
                );
                if answer.status == 200 && answer.header("X-Test-Backend").is_some() {
                    assert_eq!(
                        answer.echo().header("Remote-User"),
                        Some("ada"),
                        "{order} {target}"
                    );
                }
            }
        }
        gate.always_answer(Some(403));
        let before = app.requests();
        for target in ["/in/a.txt", "/in/app", "/in/.dot"] {
            let _ = world.get("s.test", target).status(403);
            let _ = world.request("s.test", target).body("x").send().status(403);
        }
        assert_eq!(app.requests(), before);
        gate.always_answer(None);
    }
}
