//! How much one name and one address may do in a minute: `{key: [minute, count]}`. Pure.

use super::place;
use crate::clock::Moment;
use crate::maps::gather;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A school or an office has one address for many names.
const NAMES_AN_ADDRESS: u32 = 10;
/// More are not kept, so that the file stays small.
const MOST_KEYS: usize = 2000;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A clip is uploaded.
    Clip,
    /// A message is sent.
    Message,
    /// An error of the page is reported.
    Report,
}

impl Action {
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
pub struct RateLimit(BTreeMap<String, (u64, u32)>);

impl RateLimit {
    /// Reads the file's text; what can't be read was not done.
    pub fn parse(text: &[u8]) -> Self {
        let value: Value = serde_json::from_slice(text).unwrap_or_default();
        let entry = |(key, entry): (&String, &Value)| {
            Some((key.clone(), (entry[0].as_u64()?, u32::try_from(entry[1].as_u64()?).ok()?)))
        };
        Self(gather(value.as_object().into_iter().flatten().filter_map(entry)))
    }

    /// As in the file.
    pub fn to_json(&self) -> Value {
        let entries: Map<_, _> = gather(self.0.iter().map(|(key, (minute, n))| (key.clone(), json!([minute, n]))));
        Value::Object(entries)
    }

    /// Counts a action. `false` if it is one too many for its name or its address in this minute.
    pub fn count(&mut self, action: Action, limit: u32, user: &str, address: &str, now: Moment) -> bool {
        let minute = now.seconds() / 60;
        self.0.retain(|_, (then, _)| *then == minute);
        let keys = [
            (format!("{}n{user}", action.letter()), limit),
            (format!("{}a{}", action.letter(), place(address)), limit.saturating_mul(NAMES_AN_ADDRESS)),
        ];
        let is_within = |(key, most): &(String, u32)| self.0.get(key).is_none_or(|(_, count)| count < most);
        if !keys.iter().all(is_within) {
            return false;
        }
        for (key, _) in keys {
            self.make_room_for(&key);
            self.0.entry(key).or_insert((minute, 0)).1 += 1;
        }
        true
    }

    /// Whoever has done least gives way: a crowd of names must not hide who does much.
    fn make_room_for(&mut self, key: &str) {
        if self.0.len() >= MOST_KEYS && !self.0.contains_key(key) {
            let least = self.0.iter().min_by_key(|(_, (_, count))| *count).map(|(key, _)| key.clone());
            least.and_then(|key| self.0.remove(&key));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_an_address_and_a_minute_have_their_limits() {
        let mut rates = RateLimit::default();
        let at = Moment::from_seconds;
        let mut count = |action, user: &str, address, second| {
            rates = RateLimit::parse(rates.to_json().to_string().as_bytes());
            rates.count(action, 2, user, address, at(second))
        };
        assert!(count(Action::Clip, "Ann", "1", 60) && count(Action::Clip, "Ann", "1", 119));
        assert!(!count(Action::Clip, "Ann", "2", 119), "whatever the address");
        assert!(count(Action::Message, "Ann", "1", 119), "another action");
        assert!(count(Action::Clip, "Ann", "1", 120), "the next minute");
        let many = (0..40).filter(|n| count(Action::Clip, &format!("u{n}"), "1", 121)).count();
        assert_eq!(many, 19, "one address under many names");
    }

    #[test]
    fn a_network_of_ipv6_is_one_visitor_and_a_crowd_hides_nobody() {
        let (mut rates, now) = (RateLimit::default(), Moment::from_seconds(60));
        let address = |n: usize| format!("2001:db8:0:1::{n:x}");
        let passed = (0..50).filter(|n| rates.count(Action::Message, 2, &format!("u{n}"), &address(*n), now)).count();
        assert_eq!(passed, 20, "ten names' worth");
        for n in 0..3 * MOST_KEYS {
            rates.count(Action::Message, 2, &format!("many{n}"), &format!("10.0.{}.{}", n / 256, n % 256), now);
        }
        assert!(rates.0.len() <= MOST_KEYS);
        assert!(!rates.count(Action::Message, 2, "one more", &address(7), now), "still known");
    }
}
