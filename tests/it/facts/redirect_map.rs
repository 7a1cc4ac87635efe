//! Redirect maps: what is refused, what is told, and what stays when a map breaks.

use std::fs;

use super::{two_sites, write};

#[test]
fn a_broken_map_is_refused_by_the_line() {
    let (world, _one, _two) = two_sites();
    for (text, words) in [
        (
            "/a,/b\n/c\n",
            "line 2 of `MAP`: `from,to` or `from,to,code` is expected, this row has 1 fields",
        ),
        (
            "from,to\na,/b\n",
            "line 2 of `MAP`: `a`: `from` is a path, which begins with `/`",
        ),
        (
            "/a,/b,300\n",
            "line 1 of `MAP`: `300`: the status of a redirect is 301, 302, 307 or 308",
        ),
        (
            "/a,//b\n",
            "line 1 of `MAP`: `//b`: browsers read `//` as the start of a host name",
        ),
        (
            "/a b,/x\n\n/a%20b,/y\n",
            "line 3 of `MAP` redirects `/a b`, and so does line 1",
        ),
        (
            "/x,/a\n/a,/b\n/b,/a\n",
            "line 2 of `MAP` begins a loop: /a -> /b -> /a",
        ),
        (
            "/a,/a?again\n",
            "line 1 of `MAP` begins a loop: /a -> /a?again",
        ),
        ("/é\u{7},/a\n", "`from` holds `\\u{7}`"),
    ] {
        let map = write(&world, "map.csv", text);
        let option = format!("--redirect-map={map}");
        let ran = world.untouched_by(|| world.mech(["update", "shop", &option]).code(1));
        let _ = ran
            .no_panic()
            .stderr_has("the `redirect-map` of the site `shop`: ")
            .stderr_has(&words.replace("MAP", &map));
    }
    let own = format!("/a,http://shop.example:{}/a\n", world.http_port);
    let map = write(&world, "map.csv", &own);
    let _ = world
        .mech(["update", "shop", &format!("--redirect-map={map}")])
        .code(1)
        .stderr_has("begins a loop");
    let _ = world
        .mech(["update", "shop", "--redirect-map=/no/such/map.csv"])
        .code(1)
        .stderr_has("/no/such/map.csv");
}

#[test]
fn a_chain_is_told_when_it_is_new() {
    let (world, _one, _two) = two_sites();
    let map = write(
        &world,
        "map.csv",
        "/a,/b\n/b,/c\n/c,https://elsewhere.example/\n",
    );
    let option = format!("--redirect-map={map}");
    let chain = "the redirect map of `shop` sends clients on more than once: /a -> /b -> /c -> https://elsewhere.example/ (2 redirects lead to another one)";
    let _ = world
        .mech(["update", "shop", &option])
        .ok()
        .stderr_has(chain);
    let _ = world
        .mech(["update", "other", "--aliases=o.example"])
        .ok()
        .says_nothing_of("more than once");
    let _ = world
        .mech(["refresh"])
        .ok()
        .says_nothing_of("more than once");
    fs::write(&map, "/a,/b\n/b,/c\n").unwrap();
    let _ = world
        .mech(["refresh"])
        .ok()
        .stderr_has("nginx has reloaded")
        .stderr_has("/a -> /b -> /c");
}

#[test]
fn a_map_that_breaks_later_keeps_its_redirects_until_it_is_mended() {
    let (world, _one, _two) = two_sites();
    let map = write(&world, "map.csv", "/a,/b\n");
    let _ = world
        .mech(["update", "shop", &format!("--redirect-map={map}")])
        .ok();
    for broken in [Some("/a\n"), Some("/a,/a\n"), None] {
        match broken {
            Some(text) => fs::write(&map, text).unwrap(),
            None => fs::remove_file(&map).unwrap(),
        }
        let refresh = world.untouched_by(|| world.mech(["refresh"]).ok());
        let words = "warning: site `shop` keeps the redirects that its map last held: ";
        assert!(refresh.stderr.contains(words), "{refresh}");
        assert!(refresh.stderr.contains("refresh: unchanged"), "{refresh}");
        let _ = world
            .untouched_by(|| {
                world
                    .mech(["update", "shop", "--aliases=s.example"])
                    .code(1)
            })
            .stderr_has("the `redirect-map` of the site `shop`");
    }
    let _ = world
        .mech(["update", "other", "--aliases=o.example"])
        .ok()
        .stderr_has(&map);
    fs::write(&map, "/a,/c\n").unwrap();
    let _ = world
        .mech(["refresh"])
        .ok()
        .stderr_has("nginx has reloaded")
        .says_nothing_of("warning");
}
