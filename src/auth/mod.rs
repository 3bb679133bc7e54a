//! Who may do what: names that belong to whoever used them first, threads that are closed by a password,
//! moderators, and how much one visitor may do in a minute. Pure but for random numbers; files are read and written
//! by [`thread::guard`](crate::thread::guard), cookies by the programs.

pub mod backoff;
pub mod confusables;
pub mod cookies;
pub mod entry;
pub mod holders;
pub mod pass;
pub mod password;
pub mod rate_limit;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::net::IpAddr;

/// HMAC-SHA256 (RFC 2104) over texts that can't run into each other.
pub(crate) fn keyed(key: &str, texts: &[&str]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
    for text in texts {
        mac.update(&(text.len() as u64).to_be_bytes());
        mac.update(text.as_bytes());
    }
    mac
}

/// Where an address is: one visitor has a whole network of IPv6 addresses.
pub(crate) fn place(address: &str) -> String {
    match address.parse() {
        Ok(IpAddr::V6(v6)) if v6.to_ipv4_mapped().is_none() => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::")
        }
        _ => address.chars().take(45).collect(),
    }
}
