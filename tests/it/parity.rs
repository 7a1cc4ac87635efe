//! Parity with mechanic 1.8.0, the real one: the same words leave the same registry, and nginx answers the same
//! requests the same way, but for mechanic's defects.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "test code stops at the first surprise, starts programs and looks at files"
)]

mod listed;
mod mechanic;
mod probes;
mod sequences;
mod settings;
mod twins;

use crate::harness::Request;

pub(crate) use listed::Listed;
pub(crate) use mechanic::Mechanic;
pub(crate) use probes::Ports;
use twins::Twins;
pub(crate) use twins::{answers, compare, lay_out_files, static_folder};

pub(crate) use sequences::{NAMES, Random};

/// Says the lines to both and compares registry and answers; the defects of mechanic's that showed.
#[track_caller]
fn alike(certs: &[&str], lines: &[&str]) -> Vec<u8> {
    let mut twins = Twins::new();
    for name in certs {
        twins.cert(name);
    }
    for line in lines {
        twins.say(line);
    }
    twins.same_behaviour()
}

#[test]
fn the_tour_of_its_readme_ends_the_same_at_every_stop() {
    let mut twins = Twins::new();
    twins.cert("mysite");
    let stops: &[&[&str]] = &[
        &["mechanic add mysite --host=mysite.example --backends=@A@"],
        &["mechanic update mysite --aliases=www.mysite.example,mysite.temporary.example"],
        &["mechanic update mysite --canonical=true"],
        &["mechanic update mysite --default=true"],
        &["mechanic update mysite --static=@STATIC@"],
        &["mechanic update mysite --backends=@A@,@B@"],
        &["mechanic update mysite --https=true"],
        &["mechanic update mysite --https=true --redirect-to-https=true"],
        &["mechanic update mysite --permanent=true"],
        &["mechanic update mysite --https=false"],
        &["mechanic update mysite --redirect=https://elsewhere.example/landing"],
        &["mechanic update mysite --redirect-full=https://elsewhere.example"],
    ];
    for lines in stops {
        for line in *lines {
            twins.say(line);
        }
        twins.same_behaviour();
    }
    twins.say("mechanic remove mysite");
    twins.same_registry();
}

#[test]
fn sites_share_a_server_and_the_default_one_is_last() {
    let defects = alike(
        &[],
        &[
            "mechanic add first --host=First.Example --backend=@A@",
            "mechanic add fallback --host=dummy --backends=localhost:@B@ --default",
            "mechanic add last --host=last.example --backends=127.0.0.1:@P@ --aliases=www.last.example",
            "mechanic refresh",
        ],
    );
    assert_eq!(defects, [20; 0]);
}

#[test]
fn a_default_site_that_is_canonical_redirects_unknown_names() {
    alike(
        &["main"],
        &[
            "mechanic add main --host=main.example --backends=@A@ --default=on --canonical=1",
            "mechanic update main --aliases=www.main.example --https --redirect-to-https --permanent",
            "mechanic add other --host=other.example --backends=@B@",
        ],
    );
}

#[test]
fn files_come_first_and_directories_by_autoindex() {
    let defects = alike(
        &[],
        &[
            "mechanic add shop --host=shop.example --backends=@A@ --static=@STATIC@",
            "mechanic add index --host=index.example --backends=@A@ --static=@STATIC@ --autoindex",
            "mechanic add site --host=site.example --static=@STATIC@ --autoindex",
        ],
    );
    assert_eq!(defects, [26, 27], "week-long HTML, and listings of folders");
}

#[test]
fn paths_have_backends_of_their_own() {
    let mut twins = Twins::new();
    let html = twins.old_nginx.prefix().join("html");
    std::fs::create_dir(&html).unwrap();
    std::fs::write(html.join("index.html"), probes::NGINX_PAGE).unwrap();
    twins.say("mechanic add site --host=site.example --backends=@P@/ci,@A@,localhost:@Q@/ci,@B@");
    twins.say("mechanic add only --host=only.example --backends=127.0.0.1:@P@/ci");
    let defects = twins.same_behaviour();
    // nginx's own folder shadowed an app's `/index.html`; `/ci` took `/cix`; what no backend has came from that folder.
    assert_eq!(defects, [9, 19, 32]);
}

#[test]
fn redirects_keep_each_other_out() {
    let defects = alike(
        &[],
        &[
            "mechanic add one --host=one.example --redirect=https://elsewhere.example/landing?a",
            "mechanic add full --host=full.example --redirect-full=https://elsewhere.example --permanent",
            "mechanic add both --host=both.example --redirect=https://a.example",
            "mechanic update both --redirect-full=https://b.example",
        ],
    );
    assert_eq!(defects, [20]);
}

#[test]
fn tls_is_served_with_and_without_http_2() {
    let defects = alike(
        &["plain", "secure"],
        &[
            "mechanic set http2 true",
            "mechanic add plain --host=plain.example --backends=@A@ --https=true --aliases=www.plain.example --canonical",
            "mechanic add secure --host=secure.example --backends=@B@ --https --redirect-to-https=on",
        ],
    );
    // Unknown names get the first certificate from both here; untold, mech shows none.
    assert_eq!(defects, [20], "bytes lost in redirects");
}

#[test]
fn websockets_pass_where_they_are_on() {
    alike(
        &[],
        &[
            "mechanic add on --host=on.example --backends=@A@ --websockets",
            "mechanic add alias --host=alias.example --backends=@A@ --websocket=true",
            "mechanic add off --host=off.example --backends=@A@ --websockets=false",
        ],
    );
}

#[test]
fn backends_are_asked_by_tls() {
    let tls = crate::harness::TlsBackend::start("secure", &["site.example"]);
    let line = format!(
        "mechanic add site --host=site.example --backends={} --https-upstream",
        tls.address()
    );
    alike(&[], &[&line]);
}

#[test]
fn options_are_emptied_as_its_readme_tells() {
    let mut twins = Twins::new();
    for line in [
        "mechanic add site --host=site.example --backends=@A@ --static=@STATIC@ --aliases=www.site.example --path=x",
        "mechanic update site --static= --aliases=",
        "mechanic add off --host=off.example --backends=@A@ --static=@STATIC@ --autoindex",
        "mechanic update off --static=false --autoindex=false",
        "mechanic add to --host=to.example --backends=@A@ --redirect=https://elsewhere.example/",
        "mechanic update to --redirect=",
    ] {
        twins.say(line);
    }
    twins.same_registry();
}

#[test]
fn names_and_addresses_may_have_spaces_around_them() {
    alike(
        &[],
        &[
            "mechanic add site '--host= site.example ' '--aliases=www.site.example , m.site.example' '--backends=@A@, @B@'",
            "mechanic add slash --host=slash.example --backends=@A@/",
            "mechanic update site",
        ],
    );
}

#[test]
fn what_neither_takes_ends_with_the_same_code() {
    let mut twins = Twins::new();
    twins.say("mechanic add site --host=site.example --backends=@A@");
    for (line, code) in [
        ("add site --backends=@A@", 1),
        ("update nosite --backends=@A@", 1),
    ] {
        let words = twins.fill(&format!("mechanic {line}"));
        twins.mechanic.run(&words).code(code);
        twins.world.mech(&words).code(code);
    }
    twins.same_registry();
}

#[test]
fn a_name_that_no_site_has_is_answered_by_the_first_site_only_where_that_is_said() {
    let mut twins = Twins::as_mech_comes();
    twins.cert("first");
    twins.say("mechanic add first --host=first.example --backends=@A@ --https");
    twins.say("mechanic add last --host=last.example --backends=@B@");
    twins.world.nginx.start();
    twins.old_nginx.start();
    let ask = |port| Request::get(port, "unknown.example", "/").try_send();
    let tls = |port| {
        let asked = crate::harness::Curl::https("unknown.example", port, "/").insecure();
        asked.try_send()
    };
    let _ = ask(twins.old.http)
        .unwrap()
        .status(200)
        .from_backend("root1");
    let closed = ask(twins.new.http);
    assert!(closed.is_err(), "{closed:?}");
    let refused = tls(twins.new.https).unwrap_err();
    assert_eq!(refused.code, 35, "{}", refused.words);
    let set = ["set", "unknown-hosts", "default-site"];
    let _ = twins.world.mech(set).ok().stderr_has("nginx has reloaded");
    for ports in [twins.old, twins.new] {
        let _ = ask(ports.http).unwrap().status(200).from_backend("root1");
        let _ = tls(ports.https).unwrap().status(200).from_backend("root1");
    }
    twins.same_behaviour();
}

#[test]
fn one_failing_page_took_the_whole_site_down_and_no_longer_does() {
    let mut twins = Twins::new();
    twins.say("mechanic add site --host=site.example --backends=@A@,@B@");
    twins.same_behaviour();
    let ask = |port, path| Request::get(port, "site.example", path).send().status;
    for port in [twins.old.http, twins.new.http] {
        // As often as there are workers and backends, for every worker counts for itself.
        for _ in 0..20 {
            assert!(matches!(ask(port, "/status/500"), 500 | 502));
        }
    }
    let good = |port| (0..10).filter(|_| ask(port, "/fine") == 200).count();
    assert!(
        good(twins.old.http) < 10,
        "mechanic's defect 1 does not show"
    );
    assert_eq!(good(twins.new.http), 10);
}

#[test]
fn an_app_no_longer_hears_what_a_client_says_of_itself() {
    let mut twins = Twins::new();
    twins.say("mechanic add site --host=site.example --backends=@A@");
    twins.same_behaviour();
    let heard = |port| {
        let request =
            Request::get(port, "site.example", "/").header("X-Forwarded-For", "192.0.2.7");
        request
            .send()
            .echo()
            .header("X-Forwarded-For")
            .map(str::to_owned)
    };
    assert_eq!(
        heard(twins.old.http).as_deref(),
        Some("192.0.2.7, 127.0.0.1"),
        "mechanic's defect 29"
    );
    assert_eq!(heard(twins.new.http).as_deref(), Some("127.0.0.1"));
}

#[test]
fn a_form_sent_to_a_path_that_is_a_file_too_reaches_the_app() {
    let mut twins = Twins::new();
    twins.say("mechanic add site --host=site.example --backends=@A@ --static=@STATIC@");
    twins.same_behaviour();
    let sent = |port| {
        Request::get(port, "site.example", "/note.txt")
            .body("a=1")
            .send()
    };
    assert_eq!(
        sent(twins.old.http).status,
        405,
        "mechanic let nginx refuse it"
    );
    let _ = sent(twins.new.http).status(200).from_backend("root1");
}
