//! Who the client is, where proxies stand in front.

use super::{add, added, from_v6, logged, to};
use crate::harness::{Backend, Request, World};

/// What the app is told of the client: address, list of addresses, scheme, port.
fn told(request: Request) -> [String; 4] {
    let seen = request.send().status(200).echo();
    [
        "X-Real-IP",
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "X-Forwarded-Port",
    ]
    .map(|name| seen.header(name).unwrap_or("-").to_owned())
}

fn forwarded(world: &World, addresses: &str) -> Request {
    let request = world.request("s.test", "/");
    request
        .header("X-Forwarded-For", addresses)
        .header("X-Forwarded-Proto", "https")
}

#[track_caller]
fn set(world: &World, trust: &str) {
    let _ = world.mech(["set", "trust", trust]).ok();
}

#[test]
fn nobody_is_believed_who_is_not_trusted() {
    let app = Backend::tcp("app");
    let world = added([to(&app).as_str()]);
    let port = world.http_port.to_string();
    let own = ["127.0.0.1", "127.0.0.1", "http", port.as_str()];
    assert_eq!(told(forwarded(&world, "6.6.6.6")), own);
    for trust in ["10.0.0.0/8", "::1", "cloudflare"] {
        set(&world, trust);
        assert_eq!(told(forwarded(&world, "6.6.6.6")), own, "{trust}");
    }
    let _ = world.mech(["unset", "trust"]).ok();
    assert_eq!(told(forwarded(&world, "6.6.6.6")), own);
}

#[test]
fn the_right_most_address_that_is_not_trusted_is_the_client() {
    let app = Backend::tcp("app");
    let world = added([to(&app).as_str()]);
    set(&world, "127.0.0.1,10.0.0.0/8,2001:db8::/32");
    for (addresses, client) in [
        ("9.9.9.9", "9.9.9.9"),
        ("6.6.6.6, 9.9.9.9", "9.9.9.9"),
        ("6.6.6.6, 9.9.9.9, 10.1.2.3", "9.9.9.9"),
        ("6.6.6.6,9.9.9.9 , 10.1.2.3, 10.9.9.9", "9.9.9.9"),
        ("6.6.6.6, 2a00::7, 2001:db8::1", "2a00::7"),
        ("10.1.2.3, 10.1.2.4", "10.1.2.3"),
        ("6.6.6.6, nonsense", "127.0.0.1"),
        ("", "127.0.0.1"),
    ] {
        let [real, list, ..] = told(forwarded(&world, addresses));
        assert_eq!(
            [real.as_str(), list.as_str()],
            [client, client],
            "{addresses}"
        );
    }
    // A client that comes by itself speaks for nobody.
    let own = from_v6(&world, "/").header("X-Forwarded-For", "9.9.9.9");
    assert_eq!(told(own)[0], "::1");
}

#[test]
fn the_scheme_is_the_trusted_proxys_to_say() {
    let app = Backend::tcp("app");
    let world = added([to(&app).as_str()]);
    set(&world, "127.0.0.1");
    let port = world.http_port.to_string();
    let said = |proto: &str| {
        let request = world
            .request("s.test", "/")
            .header("X-Forwarded-For", "9.9.9.9");
        let seen = request
            .header("X-Forwarded-Proto", proto)
            .send()
            .status(200)
            .echo();
        [
            "X-Forwarded-Proto",
            "X-Forwarded-Port",
            "X-Forwarded-Host",
            "Host",
        ]
        .map(|name| seen.header(name).unwrap_or("-").to_owned())
    };
    assert_eq!(said("https"), ["https", "443", "s.test", "s.test"]);
    assert_eq!(said("http"), ["http", "80", "s.test", "s.test"]);
    let own = format!("s.test:{port}");
    for proto in ["", "ftp", "https, http", "https\tx", "javascript"] {
        assert_eq!(said(proto), ["http", &port, &own, &own], "{proto}");
    }
    let lie = from_v6(&world, "/").header("X-Forwarded-Proto", "https");
    assert_eq!(told(lie)[2], "http");
}

#[test]
fn rules_limits_and_logs_go_by_the_client_and_not_by_its_proxy() {
    let app = Backend::tcp("app");
    let options = [
        "--deny=9.9.9.9",
        "--rate=/login 1r/m",
        "--allow=/in 8.8.8.8",
    ];
    let world = added([to(&app).as_str()].into_iter().chain(options));
    set(&world, "127.0.0.1");
    let ask = |target: &str, client: &str| {
        let request = world.request("s.test", target);
        request.header("X-Forwarded-For", client).send().status
    };
    assert_eq!(ask("/", "9.9.9.9"), 403);
    assert_eq!(ask("/", "9.9.9.9, 7.7.7.7"), 200);
    assert_eq!(ask("/in", "8.8.8.8"), 200);
    assert_eq!(ask("/in", "7.7.7.7"), 403);
    assert_eq!(ask("/in", "8.8.8.8, 7.7.7.7"), 403);
    assert_eq!(
        [ask("/login", "1.1.1.1"), ask("/login", "1.1.1.1")],
        [200, 429]
    );
    assert_eq!(ask("/login", "2.2.2.2"), 200);
    assert_eq!(ask("/login", "6.6.6.6, 1.1.1.1"), 429);
    assert_eq!(ask("/logged-as", "5.5.5.5"), 200);
    let line = logged(&world, "s.access.log", "/logged-as");
    assert!(line.starts_with("5.5.5.5 - "), "{line}");
}

#[test]
fn a_trusted_proxy_that_ends_tls_is_redirected_by_its_own_scheme() {
    let app = Backend::tcp("app");
    let world = added([
        to(&app).as_str(),
        "--aliases=t.test",
        "--canonical",
        "--strip-prefix=/api",
    ]);
    set(&world, "127.0.0.1");
    let ask = |host: &str, target: &str, proto: &str| {
        let request = world
            .request(host, target)
            .header("X-Forwarded-For", "9.9.9.9");
        request.header("X-Forwarded-Proto", proto).send()
    };
    let _ = ask("t.test", "/x?y", "https").redirects_to("https://s.test/x?y");
    let _ = ask("t.test", "/x?y", "http").redirects_to("http://s.test/x?y");
    let own = format!("http://s.test:{}/x?y", world.http_port);
    let _ = ask("t.test", "/x?y", "").redirects_to(&own);
    // A path alone is right whatever stands in front.
    let _ = ask("s.test", "/api?x", "https").redirects_to("/api/?x");
}

#[test]
fn cloudflares_proxies_are_known() {
    let app = Backend::tcp("app");
    let world = added([to(&app).as_str()]);
    set(&world, "cloudflare,127.0.0.1");
    for proxy in ["104.16.0.1", "173.245.48.9", "2606:4700::1111"] {
        let [real, ..] = told(forwarded(&world, &format!("6.6.6.6, 9.9.9.9, {proxy}")));
        assert_eq!(real, "9.9.9.9", "{proxy}");
    }
    let [real, ..] = told(forwarded(&world, "9.9.9.9, 104.32.0.1"));
    assert_eq!(real, "104.32.0.1");
}

#[test]
fn every_site_believes_the_same_proxies() {
    let (one, two) = (Backend::tcp("one"), Backend::tcp("two"));
    let world = added([to(&one).as_str()]);
    add(
        &world,
        "t",
        [to(&two).as_str(), "--auth-bypass=9.9.9.9", "--auth"],
    );
    set(&world, "127.0.0.1");
    let ask = |client: &str| {
        let request = world
            .request("t.test", "/")
            .header("X-Forwarded-For", client);
        request.send().status
    };
    assert_eq!(ask("9.9.9.9"), 200);
    assert_eq!(ask("9.9.9.9, 8.8.8.8"), 401);
    assert_eq!(told(forwarded(&world, "8.8.8.8"))[0], "8.8.8.8");
}
