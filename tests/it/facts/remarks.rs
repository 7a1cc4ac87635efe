//! What is worth knowing and stops nothing.

use std::fs;

use super::two_sites;

#[test]
fn what_is_not_there_yet_is_told_once() {
    let (world, _one, _two) = two_sites();
    let folder = world.nginx.prefix().join("assets");
    let page = world.nginx.prefix().join("down.html");
    let (assets, down) = (
        format!("--static-path=/assets:{}", folder.display()),
        format!("--error-page=502:{}", page.display()),
    );
    let update = ["update", "shop", &assets, &down, "--auth"];
    let remarks = [
        format!(
            "the folder `{}` of `shop` is not there yet",
            folder.display()
        ),
        format!(
            "the page `{}` of `shop` is no file of this machine; its backends are asked for it",
            page.display()
        ),
        "nobody can log in to `shop` before: mech auth add shop USER".to_owned(),
    ];
    let ran = world
        .mech([&update[..], &["--dry-run"]].concat())
        .no_panic();
    for remark in &remarks {
        assert!(ran.stderr.contains(remark), "no `{remark}` in {ran}");
    }
    fs::create_dir(&folder).unwrap();
    fs::write(&page, "down").unwrap();
    let passwords = world.home.data().join("registry.d/passwords");
    fs::create_dir_all(&passwords).unwrap();
    fs::write(passwords.join("shop"), "anna:x\n").unwrap();
    let ran = world
        .mech([&update[..], &["--dry-run"]].concat())
        .no_panic();
    for remark in &remarks {
        assert!(!ran.stderr.contains(remark), "`{remark}` in {ran}");
    }
}

#[test]
fn a_page_for_errors_that_appears_is_taken_in_by_a_refresh() {
    let (world, _one, _two) = two_sites();
    let page = world.nginx.prefix().join("down.html");
    let option = format!("--error-page=502:{}", page.display());
    let _ = world.mech(["update", "shop", &option]).ok();
    let _ = world.mech(["refresh"]).ok().stderr_has("unchanged");
    fs::write(&page, "down").unwrap();
    let _ = world
        .mech(["refresh"])
        .ok()
        .stderr_has("nginx has reloaded");
    fs::write(&page, "still down").unwrap();
    // What is in it nginx reads by itself.
    let _ = world.mech(["refresh"]).ok().stderr_has("unchanged");
}
