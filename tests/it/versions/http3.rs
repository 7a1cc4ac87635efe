//! HTTP/3: requests over QUIC to the sites that ask for it, on those nginxes that have it.

use std::net::UdpSocket;

use mech::render::NginxVersion;
use serde_json::json;

use super::quic::Quic;
use super::{has_module, no_warning};
use crate::harness::{Backend, Nginx, Version, World, until, versions};

/// The first version with HTTP/3.
const SINCE: NginxVersion = NginxVersion(1, 25, 0);

/// Runs `claim` on each nginx that has HTTP/3, with four workers, and a client where one is to be had; the others refuse.
pub(super) fn on_each(claim: impl Fn(World, Option<Quic>)) {
    for version in versions() {
        println!("nginx {}: {}", version.number, version.program.display());
        let world = World::with(Nginx::private().version(&version).workers(4));
        if has_http3(&version) {
            let quic = Quic::to(world.https_port);
            claim(world, quic);
        } else {
            let app = Backend::tcp("app");
            world.cert("a", &["a.com"]);
            let add = ["add", "a", "--host=a.com", "--https", "--http3"];
            let backends = format!("--backends={}", app.address());
            let add = add.into_iter().chain([backends.as_str()]);
            let refused = world.untouched_by(|| world.mech(add).code(1));
            let _ = refused
                .stderr_has(&format!("nginx {SINCE} or newer, built with HTTP/3"))
                .stderr_has(&format!("this is nginx {} without it", version.number));
        }
    }
}

fn has_http3(version: &Version) -> bool {
    version.number >= SINCE && has_module(version, "--with-http_v3_module")
}

/// Makes a site with TLS and a certificate; its backends are `app`.
#[track_caller]
fn add(world: &World, name: &str, app: &Backend, options: &[&str]) {
    world.cert(name, &[&format!("{name}.com")]);
    let own = [
        format!("--host={name}.com"),
        format!("--backends={}", app.address()),
    ];
    let own = own.iter().map(String::as_str);
    let args = ["add", name, "--https"].into_iter().chain(own);
    let run = world.mech(args.chain(options.iter().copied())).ok();
    let _ = run.stderr_has("nginx has reloaded");
    no_warning(world);
}

/// Claims that only the newest workers are there: until then the old ones read from the same sockets (seen with 1.26.3 and
/// 1.30.6).
#[track_caller]
fn settled(world: &World) {
    until("the old workers have ended", || {
        let family = world.nginx.family();
        family
            .iter()
            .all(|(_, title)| title == "nginx: worker process")
    });
}

/// Claims that a site answers whichever worker a connection falls to.
#[track_caller]
fn answers(world: &World, quic: &mut Quic, name: &str) {
    settled(world);
    for _ in 0..12 {
        let answer = quic.get(&format!("{name}.com"), "/x%2Fy?q");
        let answer = answer.status(200).from_backend(name);
        assert_eq!(answer.echo().target, "/x%2Fy?q");
    }
}

#[test]
fn a_site_answers_over_quic_and_says_so_over_tls_alone() {
    on_each(|world, quic| {
        let (app, other) = (Backend::tcp("a"), Backend::tcp("b"));
        add(&world, "a", &app, &["--http3"]);
        add(&world, "b", &other, &[]);
        let port = world.https_port;
        let says = format!("h3=\":{port}\"; ma=86400");
        let _ = UdpSocket::bind(("127.0.0.1", port)).expect_err("nginx has it");
        for path in ["/", "/status/500"] {
            let answer = world.https("a.com", path).insecure().send();
            let _ = answer.has_header("Alt-Svc", &says);
            let _ = world.get("a.com", path).lacks_header("Alt-Svc");
            let answer = world.https("b.com", path).insecure().send();
            let _ = answer.lacks_header("Alt-Svc");
        }
        let Some(mut quic) = quic else { return };
        let answer = quic.get("a.com", "/a%2Fb?c").status(200).from_backend("a");
        let echo = answer.echo();
        assert_eq!(echo.target, "/a%2Fb?c");
        for (header, value) in [
            ("Host", format!("a.com:{port}")),
            ("X-Forwarded-Host", format!("a.com:{port}")),
            ("X-Forwarded-Proto", "https".to_owned()),
            ("X-Forwarded-Port", port.to_string()),
            ("X-Forwarded-For", "127.0.0.1".to_owned()),
        ] {
            assert_eq!(echo.header(header), Some(value.as_str()), "{header}");
        }
    });
}

#[test]
fn http3_of_a_site_goes_on_whatever_becomes_of_the_site_that_had_it_first() {
    on_each(|world, quic| {
        let (app, other) = (Backend::tcp("a"), Backend::tcp("b"));
        add(&world, "a", &app, &["--http3"]);
        add(&world, "b", &other, &["--http3"]);
        let Some(mut quic) = quic else { return };
        let kept = json!({ "as": "kept" });
        answers(&world, &mut quic, "a");
        for change in [
            &["remove", "a"][..],
            &["update", "b", "--aliases=other.com"],
            &["set", "unknown-hosts", "default-site"],
            &["set", "unknown-hosts", "reject"],
        ] {
            answers(&world, &mut quic, "b");
            let _ = quic.try_get("b.com", "/", &kept).unwrap().status(200);
            let _ = world.mech(change).ok().stderr_has("nginx has reloaded");
            // An idle connection is told to be over, not left to wait.
            until("the connection that was there is closed", || {
                let again = quic.try_get("b.com", "/", &kept);
                again.is_err_and(|error| error.starts_with("ConnectionError: closed"))
            });
            answers(&world, &mut quic, "b");
            let _ = quic.try_get("b.com", "/", &json!({ "forget": "kept" }));
        }
        add(&world, "a", &app, &["--http3"]);
        answers(&world, &mut quic, "a");
        answers(&world, &mut quic, "b");
        for name in ["a", "b"] {
            let _ = world.mech(["update", name, "--http3=false"]).ok();
        }
        settled(&world);
        let _ = UdpSocket::bind(("127.0.0.1", world.https_port)).expect("nginx has let go of it");
        add(&world, "c", &other, &["--http3"]);
        let _ = quic.get("c.com", "/").status(200).from_backend("b");
    });
}

/// Claims that the handshake is refused before a certificate is shown.
#[track_caller]
fn refused(quic: &mut Quic, host: &str) {
    let error = quic.try_get(host, "/", &json!({})).unwrap_err();
    // 0x100 and TLS's `unrecognized_name`.
    assert!(
        error.starts_with("ConnectionError: closed: 368 "),
        "`{host}`: {error}"
    );
}

#[test]
fn a_name_that_no_site_has_is_refused_over_quic_as_over_tls() {
    on_each(|world, quic| {
        let (app, other) = (Backend::tcp("a"), Backend::tcp("b"));
        add(&world, "a", &app, &["--http3"]);
        add(&world, "b", &other, &["--http3"]);
        let Some(mut quic) = quic else { return };
        settled(&world);
        for host in ["unknown.com", ""] {
            refused(&mut quic, host);
        }
        // Over TCP a default answers; it has no HTTP/3.
        let _ = world
            .mech(["update", "a", "--default", "--http3=false"])
            .ok();
        settled(&world);
        let answer = world.https("unknown.com", "/").insecure().send();
        let _ = answer.status(200).from_backend("a");
        refused(&mut quic, "unknown.com");
        answers(&world, &mut quic, "b");
        let _ = world.mech(["update", "a", "--http3"]).ok();
        settled(&world);
        let _ = quic.get("unknown.com", "/").status(200).from_backend("a");
        answers(&world, &mut quic, "b");
        let _ = world.mech(["update", "a", "--default=false"]).ok();
        let _ = world.mech(["set", "unknown-hosts", "default-site"]).ok();
        settled(&world);
        let first = world
            .https("unknown.com", "/")
            .insecure()
            .send()
            .status(200);
        let first = first.header("X-Test-Backend").unwrap();
        let _ = quic.get("unknown.com", "/").status(200).from_backend(first);
    });
}

#[test]
fn redirects_and_bound_addresses_are_spoken_to_over_quic_too() {
    on_each(|world, quic| {
        let app = Backend::tcp("a");
        let options = ["--http3", "--aliases=one.com", "--canonical"];
        let redirect = ["--redirect-full=https://elsewhere.com"];
        let _ = world.mech(["set", "bind", "127.0.0.1,127.0.0.2"]).ok();
        // Several server blocks of one site, the first of HTTP/3.
        for name in ["a", "b"] {
            world.cert(name, &[&format!("{name}.com")]);
        }
        let add_b = ["add", "b", "--host=b.com", "--aliases=two.com", "--https"];
        let add_b = add_b.iter().chain(&options[..1]).chain(&options[2..]);
        let _ = world.mech(add_b.chain(&redirect)).ok();
        no_warning(&world);
        add(&world, "a", &app, &options);
        let Some(mut quic) = quic else { return };
        settled(&world);
        for address in ["127.0.0.1", "127.0.0.2"] {
            let at = json!({ "address": address });
            let get = |quic: &mut Quic, host: &str| quic.try_get(host, "/x?y", &at).unwrap();
            let _ = get(&mut quic, "a.com").status(200).from_backend("a");
            let own = format!("https://a.com:{}/x?y", world.https_port);
            let _ = get(&mut quic, "one.com").redirects_to(&own);
            let _ = get(&mut quic, "b.com").redirects_to("https://elsewhere.com/x?y");
            let own = format!("https://b.com:{}/x?y", world.https_port);
            let _ = get(&mut quic, "two.com").redirects_to(&own);
        }
        let elsewhere = quic.try_get("a.com", "/", &json!({ "address": "127.0.0.3" }));
        let _ = elsewhere.unwrap_err();
    });
}

#[test]
fn a_service_that_is_asked_hears_the_host_of_a_request_over_quic() {
    on_each(|world, quic| {
        let (app, gate) = (Backend::tcp("a"), Backend::tcp("gate"));
        let ask = format!(
            "--forward-auth=http://{} login=https://login.com/?to=",
            gate.address()
        );
        add(&world, "a", &app, &["--http3", &ask]);
        let Some(mut quic) = quic else { return };
        settled(&world);
        let port = world.https_port;
        let _ = quic.get("a.com", "/x?y").status(200).from_backend("a");
        let heard = gate.last().unwrap();
        for (header, value) in [
            ("X-Forwarded-Host", format!("a.com:{port}")),
            ("X-Original-URL", format!("https://a.com:{port}/x?y")),
        ] {
            assert_eq!(heard.header(header), Some(value.as_str()), "{header}");
        }
        gate.always_answer(Some(401));
        let login = format!("https://login.com/?to=https://a.com:{port}/x?y");
        let _ = quic.get("a.com", "/x?y").redirects_to(&login);
    });
}

#[test]
fn one_port_speaks_the_proxy_protocol_with_http2_and_quic_without() {
    for version in versions() {
        let world = World::with(Nginx::private().version(&version));
        let (app, has) = (Backend::tcp("a"), has_http3(&version));
        let _ = world.mech(["set", "trust", "proxy-protocol"]).ok();
        let options = ["--http2", "--http3"];
        add(&world, "a", &app, &options[..=usize::from(has)]);
        let answer = world.https("a.com", "/").insecure().http2();
        let answer = answer.arg("--haproxy-protocol").send();
        let answer = answer.status(200).from_backend("a");
        assert_eq!(answer.version, "HTTP/2");
        let bare = world.https("a.com", "/").insecure().http2().try_send();
        let _ = bare.expect_err("a balancer is expected");
        if let Some(mut quic) = has.then(|| Quic::to(world.https_port)).flatten() {
            settled(&world);
            let echo = quic.get("a.com", "/").status(200).echo();
            assert_eq!(echo.header("X-Forwarded-For"), Some("127.0.0.1"));
        }
    }
}
