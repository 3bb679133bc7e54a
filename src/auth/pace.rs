//! How much one name and one address may do in a minute: `{key: [minute, count]}`. Pure.

use crate::clock::Moment;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A school or an office has one address for many names.
const NAMES_AN_ADDRESS: u32 = 10;
/// More are not counted, so that the file stays small.
const MOST_KEYS: usize = 2000;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// A clip is uploaded.
    Clip,
    /// A message is sent.
    Message,
    /// An error of the page is reported.
    Report,
}

impl Deed {
    fn letter(self) -> char {
        match self {
            Self::Clip => 'c',
            Self::Message => 'm',
            Self::Report => 'r',
        }
    }
}

/// What was done in this minute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pace(BTreeMap<String, (u64, u32)>);

impl Pace {
    /// Reads the file's text; what can't be read was not done.
    pub fn parse(text: &[u8]) -> Self {
        let value: Value = serde_json::from_slice(text).unwrap_or_default();
        let entry = |(key, entry): (&String, &Value)| {
            Some((key.clone(), (entry[0].as_u64()?, u32::try_from(entry[1].as_u64()?).ok()?)))
        };
        Self(value.as_object().into_iter().flatten().filter_map(entry).collect())
    }

    /// As in the file.
    pub fn to_json(&self) -> Value {
        let entries: Map<_, _> = self.0.iter().map(|(key, (minute, n))| (key.clone(), json!([minute, n]))).collect();
        Value::Object(entries)
    }

    /// Counts a deed. `false` if it is one too many for its name or its address in this minute.
    pub fn count(&mut self, deed: Deed, limit: u32, user: &str, address: &str, now: Moment) -> bool {
        let minute = now.seconds() / 60;
        self.0.retain(|_, (then, _)| *then == minute);
        let keys = [
            (format!("{}n{user}", deed.letter()), limit),
            (format!("{}a{address}", deed.letter()), limit.saturating_mul(NAMES_AN_ADDRESS)),
        ];
        let is_within = |(key, most): &(String, u32)| self.0.get(key).is_none_or(|(_, count)| count < most);
        if !keys.iter().all(is_within) {
            return false;
        }
        for (key, _) in keys {
            if self.0.len() < MOST_KEYS || self.0.contains_key(&key) {
                self.0.entry(key).or_insert((minute, 0)).1 += 1;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_an_address_and_a_minute_have_their_limits() {
        let mut pace = Pace::default();
        let at = Moment::from_seconds;
        let mut count = |deed, user: &str, address, second| {
            pace = Pace::parse(pace.to_json().to_string().as_bytes());
            pace.count(deed, 2, user, address, at(second))
        };
        assert!(count(Deed::Clip, "Ann", "1", 60) && count(Deed::Clip, "Ann", "1", 119));
        assert!(!count(Deed::Clip, "Ann", "2", 119), "whatever the address");
        assert!(count(Deed::Message, "Ann", "1", 119), "another deed");
        assert!(count(Deed::Clip, "Ann", "1", 120), "the next minute");
        let many = (0..40).filter(|n| count(Deed::Clip, &format!("u{n}"), "1", 121)).count();
        assert_eq!(many, 19, "one address under many names");
    }
}
