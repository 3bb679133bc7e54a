//! Passwords in settings: `$pbkdf2-sha256$i=600000$<salt>$<hash>` (PBKDF2, RFC 8018, salt and hash in Base64 without
//! padding, the shape of the PHC string format), or plain text, which works and is reported.

use super::keyed;
use crate::error::Result;
use crate::random;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const NAME: &str = "$pbkdf2-sha256$";
/// As OWASP's Password Storage Cheat Sheet asks for PBKDF2-HMAC-SHA256. Paid at a log-in only; after that, passes count.
const ITERATIONS: u32 = 600_000;
/// A settings file can't make a program run for minutes.
const MOST_ITERATIONS: u32 = 5_000_000;

/// Whether a text from a settings file is a hash and not a password in plain text.
pub fn is_hash(stored: &str) -> bool {
    parts(stored).is_some()
}

/// The hash of a password, for a settings file.
///
/// # Errors
/// When the kernel gives no random bytes.
pub fn hash(password: &str) -> Result<String> {
    Ok(hash_with(password, random::hex::<8>()?.as_bytes(), ITERATIONS))
}

fn hash_with(password: &str, salt: &[u8], iterations: u32) -> String {
    let hash = pbkdf2(password, salt, iterations);
    format!("{NAME}i={iterations}${}${}", STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash))
}

/// The hash to keep instead of one with fewer rounds than are asked for today; `password` is known to fit it. Its salt
/// stays, so that passes given for it stay good.
pub fn raised(password: &str, stored: &str) -> Option<String> {
    let (iterations, salt, _) = parts(stored)?;
    (iterations < ITERATIONS).then(|| hash_with(password, &salt, ITERATIONS))
}

/// What a pass is given for: it changes with the password, and not when a hash is [`raised`].
pub fn identity(stored: &str) -> String {
    parts(stored).map_or_else(|| stored.to_owned(), |(_, salt, _)| format!("{NAME}{}", STANDARD_NO_PAD.encode(salt)))
}

/// Whether a password is the one in the settings. Takes as long for a wrong one as for the right one.
pub fn matches(given: &str, stored: &str) -> bool {
    match parts(stored) {
        Some((iterations, salt, hash)) => same(&pbkdf2(given, &salt, iterations), &hash),
        // A hash of which something is missing.
        None if stored.starts_with(NAME) => false,
        None => {
            // The time that this takes tells nothing, and slows down whoever guesses.
            let key = random::to_hex(&pbkdf2(given, b"plain", ITERATIONS));
            let sealed = |text: &str| keyed(&key, &[text]).finalize().into_bytes();
            !stored.is_empty() && same(&sealed(given), &sealed(stored))
        }
    }
}

fn parts(stored: &str) -> Option<(u32, Vec<u8>, Vec<u8>)> {
    let mut fields = stored.strip_prefix(NAME)?.split('$');
    let iterations = fields.next()?.strip_prefix("i=")?.parse().ok()?;
    let salt = STANDARD_NO_PAD.decode(fields.next()?).ok()?;
    let hash = STANDARD_NO_PAD.decode(fields.next()?).ok()?;
    let is_sound = (1..=MOST_ITERATIONS).contains(&iterations) && hash.len() == 32 && fields.next().is_none();
    is_sound.then_some((iterations, salt, hash))
}

/// One block of PBKDF2 with HMAC-SHA256, which is all that a hash of 32 bytes needs (RFC 8018, section 5.2).
fn pbkdf2(password: &str, salt: &[u8], iterations: u32) -> [u8; 32] {
    let keyed = Hmac::<Sha256>::new_from_slice(password.as_bytes()).expect("HMAC takes a key of any length");
    let round = |text: &[u8]| -> [u8; 32] { keyed.clone().chain_update(text).finalize().into_bytes().into() };
    let mut block = round(&[salt, &1u32.to_be_bytes()].concat());
    let mut sum = block;
    for _ in 1..iterations {
        block = round(&block);
        sum.iter_mut().zip(block).for_each(|(sum, byte)| *sum ^= byte);
    }
    sum
}

/// Compares in a time that does not depend on where the difference is.
fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_function_is_the_standards() {
        // From RFC 7914, section 11.
        let block = pbkdf2("passwd", b"salt", 1);
        assert_eq!(random::to_hex(&block), "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
    }

    #[test]
    fn an_old_hash_is_raised_to_the_rounds_of_today_and_stays_the_same_password() {
        let old = hash_with("sesame", b"0123456789abcdef", 1000);
        let new = raised("sesame", &old).expect("more rounds");
        assert!(new.starts_with("$pbkdf2-sha256$i=600000$"), "{new}");
        assert_eq!(parts(&new).unwrap().1, parts(&old).unwrap().1, "passes stay good");
        assert_eq!((identity(&old), raised("sesame", &new)), (identity(&new), None));
        assert_ne!(identity(&old), identity("sesame"));
        assert_eq!(raised("plain", "plain"), None);
    }

    #[test]
    fn a_hash_that_lost_its_end_opens_to_nobody() {
        for broken in [NAME, "$pbkdf2-sha256$i=1000$YQ"] {
            assert!(!matches(broken, broken) && !matches("", broken), "{broken}");
        }
    }

    #[test]
    fn a_password_fits_its_hash_or_its_plain_text_and_no_other() {
        let stored = hash_with("open sesame", b"salt", 1000);
        assert!(is_hash(&stored) && !stored.contains("sesame"));
        assert!(matches("open sesame", &stored) && !matches("open sesam", &stored) && !matches("", &stored));
        assert!(matches("plain", "plain") && !matches("plan", "plain"));
        for broken in ["$pbkdf2-sha256$i=0$YQ$YQ", "$pbkdf2-sha256$", "$argon2id$v=19$x", "$pbkdf2-sha256$i=9$?$?"] {
            assert!(!is_hash(broken), "{broken}");
        }
    }
}
