//! TLS to the backends.

use serde_json::json;

use super::serving;
use crate::harness::TlsBackend;

// defect 10
#[test]
fn a_tls_backend_is_asked_by_the_name_of_the_site() {
    let app = TlsBackend::start("app", &["s.com"]);
    let world = serving(&json!([
        { "shortname": "s", "host": "s.com", "backends": [app.address(), format!("{}/ci", app.address())],
          "https-upstream": true },
    ]));
    let host = format!("s.com:{}", world.http_port);
    for path in ["/a%2Fb", "/ci/x"] {
        let echo = world
            .get(&host, path)
            .status(200)
            .from_backend("app")
            .echo();
        assert_eq!((echo.sni.as_str(), echo.target.as_str()), ("s.com", path));
        assert_eq!(echo.header("Host"), Some(host.as_str()));
        assert_eq!(echo.header("X-Forwarded-Proto"), Some("http"));
    }
}

#[test]
fn a_tls_backend_with_a_name_is_asked_by_that_name() {
    // A number in the form of a name: it resolves to 127.0.0.1 without DNS, on every machine.
    const NAME: &str = "0x7f000001";
    let app = TlsBackend::start("app", &["app.internal"]);
    let address = app.address();
    let port = address.rsplit(':').next().unwrap();
    let world = serving(&json!([
        { "shortname": "s", "host": "s.com", "backends": [format!("{NAME}:{port}")], "https-upstream": true },
    ]));
    let echo = world
        .get("s.com", "/")
        .status(200)
        .from_backend("app")
        .echo();
    assert_eq!(echo.sni, NAME);
}

#[test]
fn behind_a_wildcard_the_backend_is_asked_by_the_visitors_name() {
    let app = TlsBackend::start("app", &["s.com"]);
    let world = serving(&json!([
        { "shortname": "s", "host": "*.s.com", "backends": [app.address()], "https-upstream": true },
    ]));
    assert_eq!(world.get("a.s.com", "/").status(200).echo().sni, "a.s.com");
}

#[test]
fn a_backend_that_speaks_one_version_of_tls_is_understood() {
    // nginx below 1.23.4 offers no 1.3 unless told to.
    for protocol in ["TLSv1.2", "TLSv1.3"] {
        let app = TlsBackend::speaking("app", &["s.com"], protocol);
        let world = serving(&json!([
            { "shortname": "s", "host": "s.com", "backends": [app.address()], "https-upstream": true },
        ]));
        let _ = world.get("s.com", "/").status(200).from_backend("app");
    }
}
