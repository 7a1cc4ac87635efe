//! Apache's MD5 password hash, `$apr1$SALT$HASH`: what nginx checks by its own code on every system.
//!
//! nginx checks a password in its event loop on every request, so the hash bounds what one worker can
//! serve: measured, some 5,800 checks a second of this one, 664 of SHA-512-crypt and 18 of bcrypt.
//! `{SSHA}` would be faster still and is one SHA-1 to who guesses; this one is 1,000 rounds, with a salt.

use md5::{Digest, Md5};

use crate::model::Password;

const MAGIC: &str = "$apr1$";

/// The digits of a hash and its salt, from the least on.
const DIGITS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The order in which three bytes of the digest become four digits.
const ORDER: [[usize; 3]; 5] = [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5]];

/// The hash of a password with a salt of eight digits, made of random bytes.
#[must_use]
pub fn hash(password: &Password, random: [u8; 8]) -> String {
    let salt: String = random.iter().map(|byte| digit(u32::from(*byte))).collect();
    with_salt(password.as_bytes(), &salt)
}

/// Whether `hash` is such a hash and of this password.
#[must_use]
pub fn is_of(hash: &str, password: &Password) -> bool {
    let salt = hash
        .strip_prefix(MAGIC)
        .and_then(|rest| rest.split_once('$'))
        .map(|(salt, _)| salt);
    salt.is_some_and(|salt| salt.len() <= 8 && with_salt(password.as_bytes(), salt) == hash)
}

fn with_salt(password: &[u8], salt: &str) -> String {
    let salt_bytes = salt.as_bytes();
    let inner = Md5::new()
        .chain_update(password)
        .chain_update(salt_bytes)
        .chain_update(password)
        .finalize();
    let mut first = Md5::new()
        .chain_update(password)
        .chain_update(MAGIC)
        .chain_update(salt_bytes);
    for at in (0..password.len()).step_by(16) {
        let left = (password.len() - at).min(16);
        first.update(inner.get(..left).unwrap_or_default());
    }
    let mut bits = password.len();
    while bits > 0 {
        // What the first author wrote: a NUL for a set bit, the first byte of the password else.
        if bits & 1 == 1 {
            first.update([0]);
        } else {
            first.update(password.get(..1).unwrap_or_default());
        }
        bits >>= 1;
    }
    let mut digest: [u8; 16] = first.finalize().into();
    for round in 0..1000_u32 {
        digest = next(round, password, salt_bytes, &digest);
    }
    let mut text = format!("{MAGIC}{salt}$");
    let byte = |at: usize| u32::from(digest.get(at).copied().unwrap_or_default());
    for [a, b, c] in ORDER {
        let bits = byte(a) << 16 | byte(b) << 8 | byte(c);
        text.extend((0..4).map(|at| digit(bits >> (6 * at))));
    }
    text.extend([digit(byte(11)), digit(byte(11) >> 6)]);
    text
}

fn next(round: u32, password: &[u8], salt: &[u8], digest: &[u8; 16]) -> [u8; 16] {
    let odd = !round.is_multiple_of(2);
    let mut next = Md5::new();
    next.update(if odd { password } else { digest });
    if !round.is_multiple_of(3) {
        next.update(salt);
    }
    if !round.is_multiple_of(7) {
        next.update(password);
    }
    next.update(if odd { digest } else { password });
    next.finalize().into()
}

fn digit(bits: u32) -> char {
    let at = usize::try_from(bits & 63).unwrap_or_default();
    DIGITS.get(at).copied().map_or('.', char::from)
}

#[cfg(test)]
mod tests {
    use super::{hash, is_of, with_salt};
    use crate::model::Password;

    #[test]
    fn is_what_the_page_of_htpasswd_shows() {
        // `openssl passwd -apr1 -salt SALT PASSWORD`; its own test in tests/it compares many more.
        for (password, salt, expected) in [
            (
                "myPassword",
                "r31.....",
                "$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/",
            ),
            (
                "password",
                "xxxxxxxx",
                "$apr1$xxxxxxxx$dxHfLAsjHkDRmG83UXe8K0",
            ),
        ] {
            assert_eq!(with_salt(password.as_bytes(), salt), expected);
        }
    }

    #[test]
    fn knows_its_own_password_and_no_other() {
        let password = |text: &str| Password::from_line(text.as_bytes()).unwrap();
        let made = hash(&password("one"), [0, 1, 63, 64, 200, 255, 7, 9]);
        assert!(is_of(&made, &password("one")));
        assert!(!is_of(&made, &password("One")));
        assert!(!is_of("$2y$05$abcdefgh", &password("one")));
        assert!(!is_of("$apr1$", &password("one")));
    }
}
