//! TLS for names that no site has: by nginx's directive from 1.19.4 on, below it by a certificate that is none.

use mech::render::NginxVersion;

use super::{no_warning, on_each};
use crate::harness::{Backend, World};

/// From here on nginx has a directive for it.
const DIRECTIVE: NginxVersion = NginxVersion(1, 19, 4);

/// Claims that a handshake is refused, with HTTP/2 offered and without.
#[track_caller]
fn refused(world: &World, host: &str) {
    for http2 in [false, true] {
        let request = world.https(host, "/").insecure();
        let request = if http2 { request.http2() } else { request };
        let answer = request.try_send();
        let code = answer.map_err(|failure| failure.code);
        assert_eq!(code.map(|answer| answer.status), Err(35), "`{host}`");
    }
}

#[test]
fn tls_for_a_name_that_no_site_has_is_refused_and_nothing_is_logged_about_it() {
    on_each(|version, world| {
        let app = Backend::tcp("app");
        let cert = world.cert("s", &["s.com"]);
        let backend = format!("--backends={}", app.address());
        let add = ["add", "s", "--host=s.com", "--https", "--http2", &backend];
        let _ = world.mech(add).ok();
        no_warning(&world);
        let directive = world.rendered().contains("ssl_reject_handshake on;");
        assert_eq!(directive, version.number >= DIRECTIVE);
        let logs = || {
            let folder = world.nginx.prefix().join("logs");
            let read = |name| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
            let texts = ["error.log", "s.error.log", "s.access.log", "access.log"].map(read);
            texts.concat()
        };
        let before = logs();
        refused(&world, "unknown.com");
        // An address is no name: curl sends none then.
        refused(&world, "127.0.0.1");
        assert_eq!(logs(), before);
        for http2 in [false, true] {
            let request = world.https("s.com", "/").cacert(&cert.cer);
            let request = if http2 { request.http2() } else { request };
            let _ = request.send().status(200).from_backend("app");
        }
        let _ = world.get("s.com", "/").status(200).from_backend("app");
    });
}

#[test]
fn another_default_of_tls_takes_the_place_of_the_refusal() {
    on_each(|_, world| {
        let (app, other) = (Backend::tcp("app"), Backend::tcp("other"));
        for (name, backend) in [("s", &app), ("t", &other)] {
            world.cert(name, &[&format!("{name}.com")]);
            let own = [
                format!("--host={name}.com"),
                format!("--backends={}", backend.address()),
            ];
            let own = own.iter().map(String::as_str);
            let _ = world
                .mech(["add", name, "--https"].into_iter().chain(own))
                .ok();
        }
        refused(&world, "unknown.com");
        let _ = world.mech(["update", "t", "--default"]).ok();
        no_warning(&world);
        let answer = world.https("unknown.com", "/").insecure().send();
        let _ = answer.status(200).from_backend("other");
        let _ = world.mech(["update", "t", "--default=false"]).ok();
        refused(&world, "unknown.com");
    });
}
