//! As much STUN (RFC 8489) and TURN (RFC 8656) as it takes to see whether a server would help a call. Pure.

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha1::Sha1;

const COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const HEADER: usize = 20;
const INTEGRITY_BYTES: usize = 24;

/// What is asked for (RFC 8489, section 18.2, and RFC 8656, section 17).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    /// "Under which address do you see me?"
    Binding = 1,
    /// "Relay for me."
    Allocate = 3,
    /// "For so long"; with 0, no longer.
    Refresh = 4,
}

/// Attributes that are said or heard.
pub(super) mod attribute {
    pub const USERNAME: u16 = 0x0006;
    pub const INTEGRITY: u16 = 0x0008;
    pub const ERROR_CODE: u16 = 0x0009;
    pub const LIFETIME: u16 = 0x000d;
    pub const REALM: u16 = 0x0014;
    pub const NONCE: u16 = 0x0015;
    pub const REQUESTED_TRANSPORT: u16 = 0x0019;
}

/// Twelve bytes by which an answer is known to belong to a question.
pub(super) type Transaction = [u8; 12];

/// A request, without a password.
pub(super) fn request(method: Method, transaction: Transaction, attributes: &[(u16, &[u8])]) -> Vec<u8> {
    let mut message = vec![0, method as u8, 0, 0];
    message.extend_from_slice(&COOKIE);
    message.extend_from_slice(&transaction);
    for (kind, value) in attributes {
        push(&mut message, *kind, value);
    }
    message
}

/// The same with a password's proof at its end (RFC 8489, section 14.5).
pub(super) fn proved(mut message: Vec<u8>, key: &[u8]) -> Vec<u8> {
    // What is hashed says already how long the message will be.
    set_length(&mut message, INTEGRITY_BYTES);
    let mut mac = Hmac::<Sha1>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(&message);
    let proof = mac.finalize().into_bytes();
    push(&mut message, attribute::INTEGRITY, &proof);
    message
}

/// The key of a name and a password at a server (RFC 8489, section 9.2.2).
pub(super) fn long_term_key(name: &str, realm: &str, password: &str) -> Vec<u8> {
    Md5::digest(format!("{name}:{realm}:{password}")).to_vec()
}

fn push(message: &mut Vec<u8>, kind: u16, value: &[u8]) {
    message.extend_from_slice(&kind.to_be_bytes());
    message.extend_from_slice(&u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes());
    message.extend_from_slice(value);
    message.resize(message.len().next_multiple_of(4), 0);
    set_length(message, 0);
}

fn set_length(message: &mut [u8], more: usize) {
    let length = u16::try_from(message.len() - HEADER + more).unwrap_or(u16::MAX);
    message[2..4].copy_from_slice(&length.to_be_bytes());
}

/// What a server answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    /// `None` if it agrees, else its error: 401, 437 …
    pub error: Option<u16>,
    /// What it is in charge of, which is part of the key.
    pub realm: String,
    /// What it wants to hear again.
    pub nonce: Vec<u8>,
}

/// Takes an answer to a request apart; `None` if it is none.
pub(super) fn answer(bytes: &[u8], method: Method, transaction: &Transaction) -> Option<Answer> {
    let head = bytes.get(..HEADER)?;
    let class = match (u16::from_be_bytes([head[0], head[1]])).checked_sub(method as u16)? {
        0x100 => None,
        0x110 => Some(500),
        _ => return None,
    };
    if head[4..8] != COOKIE || &head[8..] != transaction {
        return None;
    }
    let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
    let mut answer = Answer { error: class, ..Answer::default() };
    let mut rest = bytes.get(HEADER..HEADER + length)?;
    while let [a, b, c, d, more @ ..] = rest {
        let (kind, size) = (u16::from_be_bytes([*a, *b]), usize::from(u16::from_be_bytes([*c, *d])));
        let value = more.get(..size)?;
        match kind {
            attribute::REALM => answer.realm = String::from_utf8_lossy(value).into_owned(),
            attribute::NONCE => answer.nonce = value.to_vec(),
            attribute::ERROR_CODE if class.is_some() => {
                answer.error = Some(u16::from(*value.get(2)? & 7) * 100 + u16::from(*value.get(3)?));
            }
            _ => {}
        }
        rest = more.get(size.next_multiple_of(4)..).unwrap_or_default();
    }
    Some(answer)
}

/// How long the message is that begins with these bytes; `None` if that can't be said yet. For TCP.
pub(super) fn length(bytes: &[u8]) -> Option<usize> {
    bytes.get(2..4).map(|length| HEADER + usize::from(u16::from_be_bytes([length[0], length[1]])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_with_a_password_is_the_one_in_the_standard() {
        // RFC 5769, section 2.4.
        let transaction = [0x78, 0xad, 0x34, 0x33, 0xc6, 0xad, 0x72, 0xc0, 0x29, 0xda, 0x41, 0x2e];
        let (name, realm, nonce) = ("マトリックス", "example.org", "f//499k954d6OL34oL9FSTvy64sA");
        let attributes: [(u16, &[u8]); 3] = [
            (attribute::USERNAME, name.as_bytes()),
            (attribute::NONCE, nonce.as_bytes()),
            (attribute::REALM, realm.as_bytes()),
        ];
        let message = request(Method::Binding, transaction, &attributes);
        let message = proved(message, &long_term_key(name, realm, "TheMatrIX"));
        assert_eq!((message.len(), &message[..4]), (116, [0, 1, 0, 0x60].as_slice()));
        let proof = "f67024656dd64a3e02b8e0712e85c9a28ca89666";
        assert_eq!(crate::random::to_hex(&message[96..]), proof);
    }

    #[test]
    fn an_answer_is_taken_apart_and_what_is_none_is_passed_over() {
        let transaction = [7; 12];
        let mut refusal = request(
            Method::Allocate,
            transaction,
            &[
                (attribute::ERROR_CODE, &[0, 0, 4, 1, b'n', b'o']),
                (attribute::NONCE, b"abcde"),
                (attribute::REALM, b"example.net"),
            ],
        );
        (refusal[0], refusal[1]) = (0x01, 0x13);
        let expected = Answer { error: Some(401), realm: "example.net".into(), nonce: b"abcde".into() };
        assert_eq!(answer(&refusal, Method::Allocate, &transaction), Some(expected));
        assert_eq!(length(&refusal), Some(refusal.len()));
        assert_eq!(answer(&refusal, Method::Allocate, &[8; 12]), None, "of another question");
        assert_eq!(answer(&refusal, Method::Binding, &transaction), None);
        for end in 0..refusal.len() {
            assert_eq!(answer(&refusal[..end], Method::Allocate, &transaction), None, "{end}");
        }
        let mut good = request(Method::Binding, transaction, &[]);
        good[0] = 1;
        assert_eq!(answer(&good, Method::Binding, &transaction).unwrap().error, None);
    }
}
