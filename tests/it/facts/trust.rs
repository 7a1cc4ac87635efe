//! Files of trusted networks.

use std::fs;

use super::{two_sites, write};

#[test]
fn a_broken_file_of_networks_is_refused_by_the_line() {
    let (world, _one, _two) = two_sites();
    for (text, words) in [
        (
            "10.0.0.0/8\n\n# ours\n10.0.0.0/33\n",
            "line 4 of `FILE` holds `10.0.0.0/33`: an address or a network is expected",
        ),
        (
            "::/0\n",
            "line 1 of `FILE` holds `::/0`, which is everybody",
        ),
        ("# nobody yet\n", "`FILE` lists no network"),
    ] {
        let file = write(&world, "proxies", text);
        let value = format!("cloudflare,@{file}");
        let ran = world.untouched_by(|| world.mech(["set", "trust", &value]).code(1));
        let _ = ran
            .no_panic()
            .stderr_has("the setting `trust` names a file: ")
            .stderr_has(&words.replace("FILE", &file));
    }
    let _ = world
        .untouched_by(|| world.mech(["set", "trust", "@/no/such/file"]).code(1))
        .stderr_has("/no/such/file");
}

#[test]
fn a_file_of_networks_that_breaks_later_keeps_what_it_held() {
    let (world, _one, _two) = two_sites();
    let file = write(&world, "proxies", "10.0.0.0/8 # ours\n");
    let _ = world.mech(["set", "trust", &format!("@{file}")]).ok();
    fs::remove_file(&file).unwrap();
    let refresh = world.untouched_by(|| world.mech(["refresh"]).ok());
    let words = "warning: the networks that a file of `trust` last held stay trusted: ";
    assert!(refresh.stderr.contains(words), "{refresh}");
    let _ = world
        .mech(["update", "shop", "--aliases=s.example"])
        .ok()
        .stderr_has(&file);
    fs::write(&file, "10.0.0.0/8\n").unwrap();
    // A comment is no network.
    let refresh = world.untouched_by(|| world.mech(["refresh"]).ok());
    assert_eq!(
        refresh.last_line(),
        "refresh: unchanged, nginx was left alone"
    );
    fs::write(&file, "10.0.0.0/8 192.0.2.7\n").unwrap();
    let _ = world
        .mech(["refresh"])
        .ok()
        .stderr_has("nginx has reloaded")
        .says_nothing_of("warning");
}
