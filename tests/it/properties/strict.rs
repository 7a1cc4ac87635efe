//! The whitelist of what templates can say is strict.

use mech::model::Registry;
use mech::render::{Facts, Renderer};

use super::machine::Machine;
use super::{inputs, whitelist};

/// Claims that no change is let through.
#[track_caller]
fn refuses(text: &str, registry: &Registry, facts: &Facts, others: &[(&str, &str)]) {
    for (from, to) in others {
        assert!(text.contains(from), "no `{from}` in\n{text}");
        let changed = text.replacen(from, to, 1);
        assert!(
            whitelist::check(&changed, registry, facts).is_err(),
            "`{to}` was let through"
        );
    }
}

/// The whitelist is a test of nothing if it lets everything through.
#[test]
fn the_whitelist_is_strict() {
    let machine = Machine::plain("1.22.1");
    let words = [
        "mech",
        "add",
        "s",
        "--host=s.test",
        "--aliases=t.test",
        "--static=/srv/a b",
        "--backends=3000,3001/ci",
        "--https",
    ];
    let registry = inputs::run(&Registry::default(), &words.map(str::to_owned)).unwrap();
    let facts = machine.facts(&registry);
    let text = Renderer::new(&[])
        .unwrap()
        .render(&registry, &facts)
        .unwrap()
        .text;
    whitelist::check(&text, &registry, &facts).unwrap();
    refuses(&text, &registry, &facts, BASICS);
}

/// What no template says of a plain site.
const BASICS: &[(&str, &str)] = &[
    ("gzip_vary on;", "gzip_vary on;\n    autoindex on;"),
    ("gzip_vary on;", "gzip_vary on;\n    gzip_vary on;"),
    ("root \"/srv/a b\";", "root /srv/a b;"),
    ("root \"/srv/a b\";", "root /srv/a;"),
    ("root \"/srv/a b\";", "alias /srv/a b;"),
    ("server_name s.test", "server_name evil.test"),
    ("listen 80;", "listen 81;"),
    ("listen 80;", "listen 80 default_server;\n    listen 80;"),
    ("listen 80;", "listen 80 proxy_protocol;"),
    ("location = /ci {", "location = /cix {"),
    ("location = /ci {", "location ~ /ci {"),
    (
        "proxy_pass http://s.mech_site;",
        "proxy_pass http://evil.test;",
    ),
    ("127.0.0.1:3000", "127.0.0.1:3000 route=a"),
    ("error_page 405 = @mech_app;", "error_page 404 = @mech_app;"),
    (
        "proxy_set_header Host $host;",
        "proxy_set_header Host $http_host;",
    ),
    (
        "upstream s.mech_site {",
        "include /etc/passwd;\nupstream s.mech_site {",
    ),
    ("upstream s.mech_site {", "upstream t.mech_site {"),
    (
        "map $http_upgrade $mech_connection {",
        "map $http_upgrade $evil {",
    ),
    ("/s.access.log;", "/t.access.log;"),
    ("/s.cer;", "/t.cer;"),
    (
        "try_files $uri @mech_app;",
        "try_files $uri $request_uri @mech_app;",
    ),
    ("client_max_body_size 32m;", "client_max_body_size 33m;"),
    ("return 444;", "return 200;"),
    (
        "internal;",
        "internal;\n        proxy_pass http://s.mech_site;",
    ),
    ("return 502 $mech_down;", "return 502 $mech_up;"),
    ("html '<!doctype html>", "html '$request_uri<!doctype html>"),
    ("    json '{\"error\"", "    '' x;\n    json '{\"error\""),
];

/// The same for what the options ask for that mechanic had not.
#[test]
fn the_whitelist_is_strict_about_every_option() {
    let machine = Machine::plain("1.27.4")
        .with_resolver()
        .with_moved("/old", "/new");
    let set = ["mech", "set", "trust", "10.0.0.0/8"].map(str::to_owned);
    let words = [
        "mech",
        "add",
        "s",
        "--host=s.test",
        "--https",
        "--http3",
        "--hsts=5m",
        "--backends=a.internal:3000,3001,3002/rpc",
        "--backend-protocol=/rpc grpc",
        "--sticky=cookie",
        "--strip-prefix=/v1",
        "--static-path=/assets:/srv/assets",
        "--immutable=/assets",
        "--max-body=/up 2g",
        "--timeout=/slow 10m",
        "--buffering=/slow off",
        "--rate=5r/m burst=3",
        "--max-connections=7",
        "--auth=/admin",
        "--auth-bypass=10.1.0.0/16",
        "--forward-auth=/private http://asked.internal:9/x login=https://login.test",
        "--allow=/admin 10.0.0.0/8",
        "--redirect-map=/srv/moved.csv",
        "--header=X-Own: a $ b",
        "--error-page=404:/404.html",
    ];
    let registry = inputs::run(&Registry::default(), &set).unwrap();
    let registry = inputs::run(&registry, &words.map(str::to_owned)).unwrap();
    let facts = machine.facts(&registry);
    let rendered = Renderer::new(&[]).unwrap().render(&registry, &facts);
    let text = rendered.unwrap().text;
    whitelist::check(&text, &registry, &facts).unwrap();
    refuses(&text, &registry, &facts, OPTIONS);
}

/// What no template says of the options that mechanic had not.
const OPTIONS: &[(&str, &str)] = &[
    ("    10.0.0.0/8 1;", "    0.0.0.0/0 1;"),
    ("    1http http;", "    1http https;"),
    (
        "    default $scheme;",
        "    default $http_x_forwarded_proto;",
    ),
    (
        "set_real_ip_from 10.0.0.0/8;",
        "set_real_ip_from 0.0.0.0/0;",
    ),
    (
        "real_ip_header X-Forwarded-For;",
        "real_ip_header X-Real-IP;",
    ),
    (
        "quic default_server reuseport;",
        "quic default_server reuseport http2;",
    ),
    ("a.internal:3000 resolve", "b.internal:3000 resolve"),
    ("127.0.0.1:3001", "127.0.0.1:3001 resolve"),
    ("zone s.mech_site 64k;", "zone t.mech_site 64k;"),
    ("resolver 127.0.0.53", "resolver 8.8.8.8"),
    (
        "hash $mech_cookie_mech_backend consistent;",
        "hash $request_id consistent;",
    ),
    (
        "mech_backend=$request_id; Path=/;",
        "mech_backend=$remote_addr; Path=/;",
    ),
    (
        "add_header Set-Cookie $mech_set_cookie_mech_backend always;",
        "add_header Set-Cookie $http_x always;",
    ),
    (
        "grpc_pass grpc://s.mech_site",
        "grpc_pass grpc://t.mech_site",
    ),
    ("max-age=300\"", "max-age=301\""),
    ("alias /srv/assets/;", "alias /srv/;"),
    ("alias /srv/assets/;", "alias /srv/assets;"),
    (
        "public, max-age=31536000, immutable",
        "public, max-age=31536000",
    ),
    ("client_max_body_size 2g;", "client_max_body_size 3g;"),
    ("proxy_read_timeout 600s;", "proxy_read_timeout 601s;"),
    ("proxy_buffering off;", "proxy_buffering maybe;"),
    (
        "zone=s.mech_rate.1 burst=3 nodelay;",
        "zone=s.mech_rate.1 burst=4 nodelay;",
    ),
    ("rate=5r/m;", "rate=6r/m;"),
    (
        "limit_conn s.mech_connections.1 7;",
        "limit_conn s.mech_connections.1 8;",
    ),
    ("limit_req_status 429;", "limit_req_status 200;"),
    (
        "auth_basic_user_file /var/lib/mech/registry.d/passwords/s;",
        "auth_basic_user_file /dev/null;",
    ),
    ("auth_basic $mech_realm_s;", "auth_basic off;"),
    ("    10.1.0.0/16 off;", "    0.0.0.0/0 off;"),
    ("    default s.test;", "    default off;"),
    ("satisfy all;", "satisfy any;"),
    ("allow 10.0.0.0/8;", "allow all;"),
    ("auth_request /.mech/auth/1;", "auth_request /.mech/auth/2;"),
    ("auth_request /.mech/auth/1;", "auth_request off;"),
    (
        "auth_request_set $mech_auth_user $upstream_http_remote_user;",
        "auth_request_set $mech_auth_user $http_remote_user;",
    ),
    (
        "proxy_set_header Remote-User $mech_auth_user;",
        "proxy_set_header Remote-User $http_remote_user;",
    ),
    ("http://s.mech_auth.1/x;", "http://s.mech_auth.1/y;"),
    (
        "proxy_pass_request_body off;",
        "proxy_pass_request_body on;",
    ),
    (
        "error_page 401 =302 https://login.test/",
        "error_page 401 =302 https://login.evil/",
    ),
    (
        "error_page 401 =302 https://login.test/",
        "error_page 401 =302 https://login.test",
    ),
    (
        "error_page 404 /404.html;",
        "error_page 404 =200 /404.html;",
    ),
    ("location = /old {", "location = /older {"),
    ("$is_args$args;", "$args;"),
    ("a ${mech_dollar} b", "a $host b"),
    ("a ${mech_dollar} b", "a ${mech_dollars} b"),
    (
        "location ~ \"/\\.(?!well-known/)\" {",
        "location ~ \"/\\.(?!git/)\" {",
    ),
];
