//! Who gets mails of a thread: `notify.ini`, without those who have unsubscribed.
//!
//! A reader is known to the web by a token only: the keyed hash of the address. It stands in the link that ends the
//! mails, and in `unsubscribed.json`; `notify.ini` is the admin's and never written.

use crate::auth::keyed;
use crate::error::{Error, Result};
use crate::files::{self, Durability};
use crate::ini::{self, IniError};
use crate::random::to_hex;
use crate::thread::{Locked, Thread};
use hmac::Mac;
use std::collections::BTreeSet;

/// The admin's list in a thread's folder: `Ann="ann@example.net"`.
pub const FILE: &str = "notify.ini";
/// The tokens of those who want no more mails.
const UNSUBSCRIBED: &str = "unsubscribed.json";

/// Somebody whom the list names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// The name in the thread.
    pub name: String,
    /// The address.
    pub address: String,
    /// What the web knows the reader by.
    pub token: String,
}

/// A list, taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// Names and addresses, each address once.
    pub good: Vec<(String, String)>,
    /// Lines, and the names in them, whose address is none.
    pub bad: Vec<(usize, String)>,
}

/// Takes the names and addresses of a list.
///
/// # Errors
/// If the text can't be understood.
pub fn parse(text: &[u8]) -> std::result::Result<Listed, IniError> {
    let ini = ini::parse(text)?;
    let mut listed = Listed::default();
    for entry in ini.sections().iter().flat_map(|section| &section.entries) {
        let address = entry.value.trim();
        if !could_be_address(address) {
            listed.bad.push((entry.line, entry.key.to_string()));
        } else if !listed.good.iter().any(|(_, known)| known.eq_ignore_ascii_case(address)) {
            listed.good.push((entry.key.to_string(), address.to_owned()));
        }
    }
    Ok(listed)
}

/// Whether a thread's list is there to be filled: no mail can go out. A list that can't be understood is not empty.
pub fn lists_nobody(thread: &Thread) -> bool {
    let text = files::read(&thread.file(FILE)).map(Option::unwrap_or_default);
    text.is_ok_and(|text| parse(&text).is_ok_and(|Listed { good, bad }| good.is_empty() && bad.is_empty()))
}

fn could_be_address(text: &str) -> bool {
    let is_clean = !text.contains(|c: char| c.is_control() || c.is_whitespace() || "<>,;\"".contains(c));
    let parts = text.rsplit_once('@');
    is_clean && text.len() <= 254 && parts.is_some_and(|(user, host)| !user.is_empty() && !host.is_empty())
}

fn token(key: &str, address: &str) -> String {
    let hash = keyed(key, &["unsubscribe", &address.to_lowercase()]).finalize().into_bytes();
    to_hex(&hash[..16])
}

impl Thread {
    /// Everybody whom `notify.ini` lists.
    ///
    /// # Errors
    /// When it can't be read or understood.
    pub fn readers(&self) -> Result<Vec<Reader>> {
        let path = self.file(FILE);
        let text = files::read(&path)?.unwrap_or_default();
        let refused = |error: IniError| Error::Ini { path: path.clone(), line: error.line, reason: error.reason };
        // What is wrong with an address, check.cgi says.
        let Listed { good: listed, .. } = parse(&text).map_err(refused)?;
        if listed.is_empty() {
            return Ok(Vec::new());
        }
        let key = self.key()?;
        let reader = |(name, address): (String, String)| Reader { name, token: token(&key, &address), address };
        Ok(listed.into_iter().map(reader).collect())
    }

    /// The tokens of those who want no more mails.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn unsubscribed(&self) -> Result<BTreeSet<String>> {
        let text = files::read(&self.file(UNSUBSCRIBED))?.unwrap_or_default();
        // A broken list would be made anew by the next who unsubscribes.
        Ok(serde_json::from_slice::<Vec<String>>(&text).unwrap_or_default().into_iter().collect())
    }
}

impl Locked<'_> {
    /// Notes that a reader wants mails, or none.
    ///
    /// # Errors
    /// When that can't be written.
    pub fn subscribe(&self, token: &str, wanted: bool) -> Result<()> {
        let mut gone = self.unsubscribed()?;
        let changed = if wanted { gone.remove(token) } else { gone.insert(token.to_owned()) };
        if !changed {
            return Ok(());
        }
        let text = serde_json::Value::from_iter(gone).to_string();
        files::replace(&self.file(UNSUBSCRIBED), text.as_bytes(), self.file_mode(), Durability::Promised)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_gives_names_and_addresses_and_leaves_out_what_is_none() {
        let text = "; mails\nAnn=\"ann@example.net\"\nBob = bob@example.net\nEve=\"eve\"\nMal=\"m@x, n@y\"\nAnn2=\"ANN@example.net\"\n[more]\nЖеня=\"z@example.net\"\n";
        let Listed { good, bad } = parse(text.as_bytes()).unwrap();
        let names: Vec<_> = good.iter().map(|(name, address)| format!("{name} {address}")).collect();
        assert_eq!(names, ["Ann ann@example.net", "Bob bob@example.net", "Женя z@example.net"]);
        assert_eq!(bad, [(4, "Eve".to_owned()), (5, "Mal".to_owned())]);
        assert_eq!(parse(b"x=1\n[y\n").unwrap_err().line, 2);
    }

    #[test]
    fn a_token_tells_nothing_without_the_key_and_is_the_same_for_the_same_address() {
        assert_eq!(token("k", "Ann@example.net"), token("k", "ann@EXAMPLE.net"));
        assert_ne!(token("k", "ann@example.net"), token("l", "ann@example.net"));
        assert_eq!(token("k", "a@b").len(), 32);
    }
}
