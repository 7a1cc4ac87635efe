//! The hash of passwords: the same as other programs', and one that nginx takes.

use std::process::Command;

use mech::format::apr1;
use mech::model::Password;

use super::guarded::Guarded;

fn openssl(password: &str, salt: &str) -> String {
    let ran = Command::new("openssl")
        .args(["passwd", "-apr1", "-salt", salt, "--", password])
        .output()
        .unwrap_or_else(|error| panic!("needs openssl, apt-get install openssl: {error}"));
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    String::from_utf8(ran.stdout).unwrap().trim().to_owned()
}

#[test]
fn is_that_of_openssl_for_every_length_and_salt() {
    let text = "ü% a\"b'\\$;Zz9~".repeat(40);
    for length in (1..=40).chain([63, 64, 65, 127, 128, 200, 255]) {
        let Some(password) = text.get(..length) else {
            continue;
        };
        let byte = |number: usize| u8::try_from(number % 256).unwrap();
        let random = [byte(length), 0, 255, 64, 63, 7, byte(length * 31), 128];
        let typed = Password::from_line(password.as_bytes()).unwrap();
        let ours = apr1::hash(&typed, random);
        let salt = ours.split('$').nth(2).unwrap();
        assert_eq!(salt.len(), 8);
        assert_eq!(ours, openssl(password, salt), "{password}");
        assert!(apr1::is_of(&openssl(password, &salt[..3]), &typed));
    }
}

#[test]
fn is_one_that_nginx_checks_whatever_the_password_holds() {
    let guarded = Guarded::new();
    let long = "x".repeat(512);
    for password in [
        "a",
        "with space",
        "a:b",
        "$apr1$",
        "ünï €",
        "'\"\\;{}#",
        " edge ",
        &long,
    ] {
        guarded.add("ada", password);
        assert_eq!(guarded.status("ada", password), 200, "{password}");
        assert_eq!(
            guarded.status("ada", &format!("{password}x")),
            401,
            "{password}"
        );
        let shorter = &password[..password.char_indices().next_back().unwrap().0];
        assert_eq!(guarded.status("ada", shorter), 401, "{password}");
    }
}

#[test]
fn two_users_with_one_password_have_two_hashes() {
    let guarded = Guarded::new();
    guarded.add("ada", "same");
    guarded.add("bob", "same");
    let text = guarded.text("shop");
    let hashes: Vec<&str> = text
        .lines()
        .map(|line| line.split_once(':').unwrap().1)
        .collect();
    assert_eq!(hashes.len(), 2);
    assert_ne!(hashes[0], hashes[1]);
}
