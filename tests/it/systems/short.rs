//! The shorter recipes: what a visitor gets after their commands.

use super::{folder, follow, write};
use crate::harness::{Backend, Curl, World, until};

#[test]
fn a_single_page_app_and_its_api_share_a_site() {
    let (world, api) = (World::new(), Backend::tcp("api"));
    let root = folder(&world, "app");
    for (file, text) in [
        ("index.html", "the page"),
        ("assets/app.3f9a1c.js", "the code"),
    ] {
        write(format!("{root}/dist/{file}").as_ref(), text);
    }
    let here = [("localhost:3000", api.address()), ("/srv/app", root)];
    let _ = follow(&world, "A single-page app and its API", 0..1, &here);
    let get = |target: &str| world.get("app.example.com", target);
    for target in ["/", "/orders/7", "/orders/7?a=b"] {
        let _ = get(target)
            .status(200)
            .body_has("the page")
            .has_header("Cache-Control", "no-cache");
    }
    let code = get("/assets/app.3f9a1c.js")
        .status(200)
        .body_has("the code");
    let _ = code.has_header("Cache-Control", "public, max-age=31536000, immutable");
    let missing = get("/assets/app.old.js").status(404);
    assert!(!missing.text().contains("the page"), "{missing}");
    let answer = get("/api/users?a=b").status(200).from_backend("api");
    assert_eq!(answer.echo().target, "/api/users?a=b");
    assert_eq!(api.requests(), 1);
}

#[test]
fn a_site_with_a_password_lets_in_who_knows_it_and_the_office() {
    let (world, app) = (World::new(), Backend::tcp("app"));
    let host = "intern.example.com";
    let cert = world.cert("intern", &[host]);
    let here = [
        ("localhost:3000", app.address()),
        ("192.0.2.0/24", "127.0.0.1".to_owned()),
    ];
    let title = "A site with a password";
    let _ = follow(&world, title, 0..1, &here);
    let get = |args: &[&str]| {
        let curl = world.https(host, "/x").cacert(&cert.cer);
        args.iter().fold(curl, Curl::arg).send()
    };
    let _ = get(&[])
        .status(401)
        .has_header("WWW-Authenticate", "Basic realm=\"intern.example.com\"");
    let _ = get(&["--user", "ada:wrong"]).status(401);
    assert_eq!(app.requests(), 0);
    let known = get(&["--user", "ada:correct horse battery staple"]);
    let _ = known.status(200).from_backend("app");
    let _ = follow(&world, title, 1..2, &here);
    let _ = get(&[]).status(200).from_backend("app");
}

#[test]
fn a_login_that_is_tried_too_often_is_refused_and_the_rest_is_not() {
    let (world, app) = (World::new(), Backend::tcp("app"));
    let here = [("localhost:3000", app.address())];
    let _ = follow(&world, "A login that is tried too often", 0..1, &here);
    let tries = (0..8).map(|_| {
        let login = world.request("shop.example.com", "/login").body("a=b");
        login.send().status
    });
    let tries: Vec<u16> = tries.collect();
    assert_eq!(tries, [200, 200, 200, 200, 429, 429, 429, 429]);
    assert_eq!(app.requests(), 4);
    for _ in 0..8 {
        let _ = world.get("shop.example.com", "/").status(200);
    }
}

#[test]
fn a_client_of_socket_io_stays_with_its_process() {
    let (world, apps) = (World::new(), ["one", "two"].map(Backend::tcp));
    let here = [
        ("localhost:3000", apps[0].address()),
        ("localhost:3001", apps[1].address()),
    ];
    let host = "chat.example.com";
    let _ = follow(&world, "Websockets that are silent for long", 0..1, &here);
    // New clients reach both, each time the same one with the cookie that they were given.
    until("two clients were given different processes", || {
        let first = world.get(host, "/socket.io/").status(200);
        let cookie = first
            .header("Set-Cookie")
            .unwrap()
            .split(';')
            .next()
            .unwrap()
            .to_owned();
        for _ in 0..4 {
            let polled = world.request(host, "/socket.io/").header("Cookie", &cookie);
            let name = first.header("X-Test-Backend").unwrap();
            let _ = polled.send().status(200).from_backend(name);
        }
        apps.iter().all(|app| app.requests() > 0)
    });
    let mut socket = world.connect();
    let _ = socket.upgrade(host, "/socket.io/?EIO=4").status(101);
    socket.say("ping");
    assert_eq!(socket.hear(4), b"ping");
}

#[test]
fn security_headers_come_with_every_answer_and_hsts_in_stages() {
    let (world, mut app) = (World::new(), Backend::tcp("app"));
    let host = "shop.example.com";
    let cert = world.cert("shop", &[host]);
    app.always_send("X-Frame-Options", "ALLOWALL");
    let here = [("localhost:3000", app.address())];
    let title = "Security headers and HSTS in stages";
    let _ = follow(&world, title, 0..1, &here);
    let get = |path: &str| world.https(host, path).cacert(&cert.cer).send();
    let _ = get("/").lacks_header("Strict-Transport-Security");
    let _ = follow(&world, title, 1..2, &here);
    let hsts = "max-age=63072000; includeSubDomains";
    let carries = |path: &str, status: u16| {
        get(path)
            .status(status)
            .has_header("Strict-Transport-Security", hsts)
            .has_header("Content-Security-Policy", "default-src https:")
            .has_header("X-Content-Type-Options", "nosniff")
    };
    for status in [200, 404, 500] {
        let answer = carries(&format!("/status/{status}"), status);
        let _ = answer.has_header("X-Frame-Options", "SAMEORIGIN");
    }
    let _ = carries("/embed/x", 200).lacks_header("X-Frame-Options");
    app.stop();
    let _ = carries("/", 502);
}

#[test]
fn nobody_but_cloudflare_is_believed_behind_cloudflare() {
    let (world, app) = (World::new(), Backend::tcp("app"));
    let host = "shop.example.com";
    let cert = world.cert("shop", &[host]);
    let here = [("localhost:3000", app.address())];
    let _ = follow(&world, "Cloudflare in front", 0..1, &here);
    let forged = world.https(host, "/").cacert(&cert.cer);
    let forged = forged
        .header("X-Forwarded-For", "6.6.6.6")
        .send()
        .status(200);
    assert_eq!(forged.echo().header("X-Real-IP"), Some("127.0.0.1"));
    assert!(
        world
            .rendered()
            .contains("set_real_ip_from 173.245.48.0/20;")
    );
}
