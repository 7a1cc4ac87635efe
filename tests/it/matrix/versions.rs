//! Directives that came with a version of nginx are written for that version and later ones only. These tests read the
//! text, also for versions just beside the boundary that nobody has at hand; `crate::versions` asks real ones.

use mech::render::{NginxVersion, Renderer};
use mech::syntax::{Directive, parse};
use serde_json::{Value, json};

use super::judge::{facts, parsed};

const OLD: NginxVersion = NginxVersion(1, 18, 0);
const DEBIAN: NginxVersion = NginxVersion(1, 22, 1);
const HTTP2: NginxVersion = NginxVersion(1, 25, 1);
const MAINLINE: NginxVersion = NginxVersion(1, 31, 0);

fn sites(http2: [bool; 2]) -> Value {
    json!({ "version": 1, "sites": [
        { "shortname": "a", "backends": ["3000"], "https": true, "http2": http2[0] },
        { "shortname": "b", "backends": ["3001"], "https": true, "http2": http2[1] },
    ] })
}

fn rendered(registry: &Value, version: NginxVersion) -> Result<Vec<Directive>, String> {
    let facts = facts(std::path::Path::new("/srv/ng"), version);
    let registry = parsed(registry)?;
    let rendered = Renderer::new(&[]).unwrap().render(&registry, &facts);
    let text = rendered.map_err(|error| error.to_string())?.text;
    let mut all = Vec::new();
    flatten(&parse(text.as_bytes()).unwrap(), &mut all);
    Ok(all)
}

fn flatten(directives: &[Directive], all: &mut Vec<Directive>) {
    for directive in directives {
        all.push(directive.clone());
        flatten(directive.block.as_deref().unwrap_or_default(), all);
    }
}

fn count(directives: &[Directive], name: &str) -> usize {
    directives.iter().filter(|d| d.name == name).count()
}

fn tls_listens(directives: &[Directive]) -> Vec<bool> {
    let listens = directives.iter().filter(|d| d.name == "listen");
    let tls = listens.filter(|d| d.args.iter().any(|arg| arg == "ssl"));
    tls.map(|d| d.args.iter().any(|arg| arg == "http2"))
        .collect()
}

#[test]
fn http2_belongs_to_the_socket_before_1_25_1_and_to_the_server_from_then_on() {
    for (version, on_socket) in [
        (OLD, true),
        (DEBIAN, true),
        (HTTP2, false),
        (MAINLINE, false),
    ] {
        let text = rendered(&sites([true, true]), version).unwrap();
        let listens = tls_listens(&text);
        assert!(!listens.is_empty());
        assert!(
            listens.iter().all(|http2| *http2 == on_socket),
            "{version}: {listens:?}"
        );
        let servers = if on_socket {
            0
        } else {
            // The two sites, and the server that refuses unknown names.
            3
        };
        assert_eq!(count(&text, "http2"), servers, "{version}");
    }
}

#[test]
fn sites_may_differ_in_http2_from_1_25_1_on_and_are_refused_before() {
    for version in [OLD, DEBIAN] {
        let refusal = rendered(&sites([true, false]), version).unwrap_err();
        for word in ["`a`", "`b`", "http2", "1.25.1"] {
            assert!(refusal.contains(word), "{version}: {refusal}");
        }
    }
    for version in [HTTP2, MAINLINE] {
        let text = rendered(&sites([true, false]), version).unwrap();
        assert!(tls_listens(&text).iter().all(|http2| !http2), "{version}");
        assert!(count(&text, "http2") >= 1, "{version}");
    }
}

#[test]
fn unknown_tls_names_are_refused_from_1_19_4_on() {
    for (version, servers) in [
        (OLD, 0),
        (NginxVersion(1, 19, 3), 0),
        (NginxVersion(1, 19, 4), 1),
        (DEBIAN, 1),
        (HTTP2, 1),
        (MAINLINE, 1),
    ] {
        let text = rendered(&sites([false, false]), version).unwrap();
        assert_eq!(count(&text, "ssl_reject_handshake"), servers, "{version}");
    }
}

#[test]
fn idle_connections_outlive_a_reload_from_1_27_4_on() {
    for (version, servers) in [
        (OLD, 0),
        (DEBIAN, 0),
        (HTTP2, 0),
        (NginxVersion(1, 27, 3), 0),
        // Plain and TLS, for both sites.
        (NginxVersion(1, 27, 4), 4),
        (MAINLINE, 4),
    ] {
        let text = rendered(&sites([false, false]), version).unwrap();
        assert_eq!(count(&text, "keepalive_min_timeout"), servers, "{version}");
    }
}
