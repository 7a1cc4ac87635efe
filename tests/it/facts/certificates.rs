//! The certificates by which backends are verified.

use std::fs;

use super::{in_namespace, two_sites, write};
use crate::harness::Cert;

#[test]
fn backends_are_verified_only_by_certificates_that_are_there() {
    let (world, _one, _two) = two_sites();
    let none = write(&world, "empty.pem", "-----BEGIN PRIVATE KEY-----\n");
    for (file, words) in [
        ("/no/such/ca.pem", "/no/such/ca.pem"),
        ("/etc/ssl", "`/etc/ssl` is no regular file"),
        (
            none.as_str(),
            "holds no certificate (it has no line `-----BEGIN CERTIFICATE`)",
        ),
    ] {
        let option = format!("--https-upstream-verify={file}");
        let update = ["update", "shop", "--https-upstream", &option];
        let ran = world.untouched_by(|| world.mech(update).code(1));
        let _ = ran
            .no_panic()
            .stderr_has("the site `shop` verifies its backends, but ")
            .stderr_has(words);
    }
}

#[test]
fn a_renewed_certificate_of_backends_is_taken_in() {
    let (world, _one, _two) = two_sites();
    let _ = Cert::make(&world.nginx.prefix().join("certs"), "ca", &["ca.example"]);
    let file = world.nginx.prefix().join("certs/ca.cer");
    let option = format!("--https-upstream-verify={}", file.display());
    let update = ["update", "shop", "--https-upstream", &option];
    let _ = world.mech(update).ok();
    let refresh = world.untouched_by(|| world.mech(["refresh"]).ok());
    assert!(refresh.stderr.contains("unchanged"), "{refresh}");
    let mut text = fs::read_to_string(&file).unwrap();
    text.insert(0, '\n');
    fs::write(&file, text).unwrap();
    let _ = world
        .mech(["refresh"])
        .ok()
        .stderr_has("nginx has reloaded");
}

#[test]
fn a_machine_that_trusts_nobody_says_so() {
    let (world, _one, _two) = two_sites();
    let hide = "for at in /etc/ssl /etc/pki; do
        [ ! -e \"$at\" ] || mount -t tmpfs none \"$at\" || exit 99
    done";
    let update = [
        "update",
        "shop",
        "--https-upstream",
        "--https-upstream-verify",
    ];
    let ran = world.untouched_by(|| in_namespace(&world, hide, &[], &update).code(1));
    let _ = ran
        .stderr_has("this machine has no file of the certificates that it trusts: none of /etc/ssl/certs/ca-certificates.crt, ")
        .stderr_has("hint: install the package ca-certificates");
}
