//! Override files override: what they say holds, and mech's own directive gives way.

use std::fs;

use serde_json::json;

use super::{folder, serve, serving, write, write_override};
use crate::harness::{Backend, World, until};

fn site(app: &Backend) -> serde_json::Value {
    json!([{ "shortname": "s", "host": "s.com", "backends": [app.address()] }])
}

/// A site with every kind of location: files, an app, a path, TLS.
fn whole(world: &World, app: &Backend) -> serde_json::Value {
    world.cert("s", &["s.com"]);
    let root = folder(
        world,
        "www",
        &[("a.txt", "a"), ("b.css", &"b ".repeat(2000))],
    );
    let backends = [app.address(), format!("{}/ci", app.address())];
    json!([{ "shortname": "s", "host": "s.com", "aliases": ["a.com"], "canonical": true, "backends": backends,
        "static": root, "https": true, "http2": true }])
}

#[test]
fn a_new_site_gets_empty_override_files_that_cost_nothing() {
    let (world, app) = (World::new(), Backend::tcp("app"));
    let _ = world.mech(["add", "s", "--backends", &app.address()]).ok();
    let own = world.nginx.prefix().join("mech-overrides/s");
    for file in ["top", "server", "location", "proxy"] {
        let text = fs::read_to_string(own.join(file)).unwrap();
        assert!(
            text.lines()
                .all(|line| line.starts_with('#') || line.is_empty()),
            "{text}"
        );
    }
    assert!(
        !world.rendered().contains("include"),
        "{}",
        world.rendered()
    );
}

// defect 15
#[test]
fn each_example_that_mechanic_refused_is_accepted_and_holds() {
    let (world, app) = (World::new(), Backend::tcp("app"));
    let sites = whole(&world, &app);
    write_override(
        &world,
        "s",
        "proxy",
        "proxy_buffering on;\nproxy_redirect http://old.com/ http://new.com/;\nproxy_next_upstream off;\nproxy_connect_timeout 1s;\nproxy_http_version 1.0;\n",
    );
    write_override(&world, "s", "location", "expires off;\n");
    write_override(
        &world,
        "s",
        "server",
        "gzip off;\nclient_max_body_size 1m;\n",
    );
    serve(&world, &sites);
    let answer = world
        .request("s.com", "/b.css")
        .header("Accept-Encoding", "gzip")
        .send();
    let _ = answer
        .lacks_header("Content-Encoding")
        .lacks_header("Cache-Control")
        .lacks_header("Expires");
    let _ = world
        .request("s.com", "/x")
        .body(vec![b'x'; 2 << 20])
        .send()
        .status(413);
    assert_eq!(world.get("s.com", "/x").echo().version, "HTTP/1.0");
    app.always_send("Location", "http://old.com/a");
    app.always_answer(Some(302));
    for path in ["/x", "/ci/x"] {
        let _ = world.get("s.com", path).redirects_to("http://new.com/a");
    }
}

// defect 15
#[test]
fn proxy_redirect_default_is_accepted_and_holds() {
    let (world, app) = (World::new(), Backend::tcp("app"));
    write_override(&world, "s", "proxy", "proxy_redirect default;\n");
    serve(&world, &site(&app));
    app.always_send("Location", "http://s.mech_site/a");
    app.always_answer(Some(302));
    let answer = world.get("s.com", "/x").status(302);
    let to = answer.header("Location").unwrap();
    assert!(to.starts_with("http://s.com") && to.ends_with("/a"), "{to}");
}

// defect 15
#[test]
fn whatever_mech_says_in_a_server_the_server_override_may_say_instead() {
    let (world, app) = (World::new(), Backend::tcp("app"));
    let mut sites = whole(&world, &app);
    sites[0]["https-upstream"] = json!(true);
    serve(&world, &sites);
    let logs = world.nginx.prefix().join("logs");
    let mut refused: Vec<String> = Vec::new();
    for directive in [
        "access_log off;".to_owned(),
        format!("access_log {}/own.log;", logs.display()),
        format!("error_log {}/own-error.log;", logs.display()),
        "client_max_body_size 0;".into(),
        "gzip off;".into(),
        "gzip_vary off;".into(),
        "gzip_proxied off;".into(),
        "gzip_types text/css;".into(),
        "proxy_http_version 1.0;".into(),
        "proxy_redirect off;".into(),
        "proxy_connect_timeout 1s;".into(),
        "proxy_buffer_size 8k;".into(),
        "proxy_buffers 4 64k;".into(),
        "proxy_buffer_size 32k; proxy_buffers 8 32k; proxy_busy_buffers_size 64k;".into(),
        "proxy_ssl_server_name off;".into(),
        "proxy_ssl_name other.com;".into(),
        "proxy_set_header Host other.com;".into(),
        "error_page 405 /405.html;".into(),
        "error_page 404 /404.html;".into(),
        "ssl_protocols TLSv1.3;".into(),
        "ssl_ciphers HIGH;".into(),
        "ssl_prefer_server_ciphers on;".into(),
        "ssl_session_cache shared:own:1m;".into(),
        "ssl_session_timeout 5m;".into(),
        "ssl_session_tickets on;".into(),
        "root /srv;".into(),
        "index index.htm;".into(),
        "expires 1h;".into(),
    ] {
        write_override(&world, "s", "server", &format!("{directive}\n"));
        let run = world.mech(["refresh", "--dry-run"]);
        if run.code != 0 {
            refused.push(run.stderr.clone());
        }
        assert!(!run.stderr.contains("not tested"), "{run}");
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

// defect 15
#[test]
fn a_log_in_the_server_override_stands_in_place_of_mechs_own() {
    let (world, app) = (World::new(), Backend::tcp("app"));
    let own = world.nginx.prefix().join("logs/own.log");
    write_override(
        &world,
        "s",
        "server",
        &format!("access_log {};\n", own.display()),
    );
    serve(&world, &site(&app));
    let _ = world.get("s.com", "/once").status(200);
    until("the request stands in the log of the override", || {
        fs::read_to_string(&own).unwrap().contains("/once")
    });
    let theirs =
        fs::read_to_string(world.nginx.prefix().join("logs/s.access.log")).unwrap_or_default();
    assert_eq!(theirs, "");
}

#[test]
fn headers_of_an_override_come_beside_mechs_own() {
    for (file, with_files) in [
        ("server", true),
        ("server", false),
        ("location", false),
        ("proxy", true),
        ("proxy", false),
    ] {
        let (world, app) = (World::new(), Backend::tcp("app"));
        let mut sites = site(&app);
        if with_files {
            sites[0]["static"] = json!(folder(&world, "www", &[]));
        }
        serve(&world, &sites);
        let before = world.get("s.com", "/").echo();
        write_override(
            &world,
            "s",
            file,
            "proxy_set_header X-Own \"a b\";\nproxy_set_header host own.com;\n",
        );
        let _ = world.mech(["refresh"]).ok();
        let after = world.get("s.com", "/").echo();
        assert_eq!(after.header("X-Own"), Some("a b"), "{file}");
        let hosts = after
            .headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("host"));
        assert_eq!(
            hosts.map(|(_, value)| value.as_str()).collect::<Vec<_>>(),
            ["own.com"],
            "{file}"
        );
        for (name, value) in before.headers {
            if !matches!(name.as_str(), "Host" | "X-Request-ID") {
                assert_eq!(after.header(&name), Some(value.as_str()), "{file}: {name}");
            }
        }
    }
}

// defect 17
#[test]
fn top_stands_once_however_many_servers_a_site_has() {
    let (world, app) = (World::new(), Backend::tcp("app"));
    let mut sites = whole(&world, &app);
    sites[0]["redirect-to-https"] = json!(true);
    let top = format!(
        "upstream extra {{ server {}; }}\nlimit_req_zone $binary_remote_addr zone=own:1m rate=1000r/s;\nmap $uri $own {{ default \"top\"; }}\n",
        app.address()
    );
    write_override(&world, "s", "top", &top);
    write_override(
        &world,
        "s",
        "server",
        "location = /extra { proxy_pass http://extra; }\nadd_header X-Own $own;\nlimit_req zone=own burst=100;\n",
    );
    serve(&world, &sites);
    assert_eq!(
        world.rendered().matches("/top;").count(),
        1,
        "{}",
        world.rendered()
    );
    let answer = world.https("s.com", "/extra").insecure().send().status(200);
    let _ = answer.from_backend("app").has_header("X-Own", "top");
}

#[test]
fn an_error_page_of_ones_own_leaves_posts_to_the_app() {
    for file in ["location", "server"] {
        let (world, app) = (World::new(), Backend::tcp("app"));
        let sites = whole(&world, &app);
        write_override(&world, "s", file, "error_page 502 =200 /a.txt;\n");
        serve(&world, &sites);
        let _ = world
            .request("s.com", "/a.txt")
            .body("x")
            .send()
            .status(200)
            .from_backend("app");
        if file == "server" {
            drop(app);
            let _ = world.get("s.com", "/x").status(200).body_has("a");
        }
    }
}

#[test]
fn an_edited_override_takes_effect_by_refresh() {
    let app = Backend::tcp("app");
    let world = serving(&site(&app));
    for text in ["one", "two"] {
        write_override(
            &world,
            "s",
            "server",
            &format!("add_header X-Own {text};\n"),
        );
        let _ = world.mech(["refresh"]).ok();
        let _ = world.get("s.com", "/").has_header("X-Own", text);
    }
    write_override(&world, "s", "server", "# nothing\n");
    let _ = world.mech(["refresh"]).ok();
    let _ = world.get("s.com", "/").lacks_header("X-Own");
}

// defect 15
#[test]
fn what_an_override_includes_counts_as_its_own() {
    let (world, app) = (World::new(), Backend::tcp("app"));
    let common = folder(
        &world,
        "common",
        &[("a.conf", "gzip off;\nclient_max_body_size 1m;\n")],
    );
    let text = format!("include {}/*.conf;\n", common.display());
    write_override(&world, "s", "server", &text);
    serve(&world, &site(&app));
    let request = world.request("s.com", "/x").body(vec![b'x'; 2 << 20]);
    let _ = request.send().status(413);
    let request = world.request("s.com", "/size/9000");
    let answer = request.header("Accept-Encoding", "gzip").send().status(200);
    let _ = answer.lacks_header("Content-Encoding");
    // A change of what is included is a change.
    write(
        &common.join("a.conf"),
        "gzip off;\nclient_max_body_size 3m;\n",
    );
    let _ = world.mech(["refresh"]).ok();
    let request = world.request("s.com", "/x").body(vec![b'x'; 2 << 20]);
    let _ = request.send().status(200);
}
