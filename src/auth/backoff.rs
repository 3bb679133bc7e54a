//! A growing pause for whoever guesses a password: `{"door address": [guesses, seconds]}`. Each door has a count of its
//! own, so that who opens one is not forgiven at another. Pure.

use super::pass::Door;
use super::place;
use crate::clock::Moment;
use crate::maps::gather;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Anybody mistypes.
const FREE: u32 = 3;
const LONGEST_PAUSE_SEC: u64 = 900;
/// After this much silence an address is forgiven.
const FORGIVE_SEC: u64 = 3600;
/// More than fit are dropped, the oldest first, so that the file stays small.
const MOST_ADDRESSES: usize = 500;

/// Who has guessed, and how often.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backoff(BTreeMap<String, (u32, u64)>);

impl Backoff {
    /// Reads the file's text; what can't be read is forgiven.
    pub fn parse(text: &[u8]) -> Self {
        let value: Value = serde_json::from_slice(text).unwrap_or_default();
        let entries = value.as_object().into_iter().flatten();
        let entry = |(address, entry): (&String, &Value)| {
            let count = u32::try_from(entry[0].as_u64()?).ok()?;
            Some((address.clone(), (count, entry[1].as_u64()?)))
        };
        Self(gather(entries.filter_map(entry)))
    }

    /// As in the file.
    pub fn to_json(&self) -> Value {
        let entries: Map<_, _> = gather(self.0.iter().map(|(address, (n, at))| (address.clone(), json!([n, at]))));
        Value::Object(entries)
    }

    /// Counts a guess before it is looked at, so that many at once count too.
    ///
    /// # Errors
    /// The seconds to wait, if it comes too soon; it is not counted then.
    pub fn guess(&mut self, door: Door, address: &str, now: Moment) -> Result<(), u64> {
        let now = now.seconds();
        self.0.retain(|_, (_, at)| at.saturating_add(FORGIVE_SEC) > now && *at <= now + FORGIVE_SEC);
        let key = key(door, address);
        let (count, at) = self.0.get(&key).copied().unwrap_or((0, now));
        let next = at + pause(count);
        if next > now {
            return Err(next - now);
        }
        if self.0.len() >= MOST_ADDRESSES && !self.0.contains_key(&key) {
            // A crowd of addresses must not hide one that goes on guessing.
            let least = self.0.iter().min_by_key(|(_, guesses)| **guesses).map(|(key, _)| key.clone());
            least.and_then(|key| self.0.remove(&key));
        }
        self.0.insert(key, (count.saturating_add(1), now));
        Ok(())
    }

    /// Forgets the guesses at a door of an address that knew the password.
    pub fn forgive(&mut self, door: Door, address: &str) {
        self.0.remove(&key(door, address));
    }

    /// Takes back one guess at a door, which turned out to be meant for another.
    pub fn take_back(&mut self, door: Door, address: &str) {
        if let Some((count, _)) = self.0.get_mut(&key(door, address)) {
            *count = count.saturating_sub(1);
        }
    }
}

fn key(door: Door, address: &str) -> String {
    format!("{} {}", door.word(), place(address))
}

/// The pause after so many guesses, in seconds.
fn pause(count: u32) -> u64 {
    if count < FREE { 0 } else { 2u64.saturating_pow(count - FREE + 1).min(LONGEST_PAUSE_SEC) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment::from_seconds(1_000_000 + seconds)
    }

    #[test]
    fn guessing_gets_slower_and_slower_and_others_are_not_concerned() {
        let mut guesses = Backoff::default();
        let mut now = 0;
        let mut pauses = Vec::new();
        for _ in 0..16 {
            while let Err(wait) = guesses.guess(Door::Thread, "1.2.3.4", at(now)) {
                now += wait;
            }
            pauses.push(now);
            guesses = Backoff::parse(guesses.to_json().to_string().as_bytes());
        }
        assert_eq!(pauses[..6], [0, 0, 0, 2, 6, 14]);
        assert_eq!(pauses[15] - pauses[14], LONGEST_PAUSE_SEC);
        assert_eq!(guesses.guess(Door::Thread, "1.2.3.5", at(now)), Ok(()));
        guesses.forgive(Door::Thread, "1.2.3.4");
        assert_eq!(guesses.guess(Door::Thread, "1.2.3.4", at(now)), Ok(()));
    }

    #[test]
    fn who_opens_one_door_is_not_forgiven_at_another() {
        let mut guesses = Backoff::default();
        for _ in 0..3 {
            for door in [Door::Thread, Door::Moderators, Door::Code] {
                assert_eq!(guesses.guess(door, "1.2.3.4", at(0)), Ok(()));
            }
        }
        guesses.forgive(Door::Thread, "1.2.3.4");
        guesses.forgive(Door::Code, "1.2.3.4");
        assert!(guesses.guess(Door::Moderators, "1.2.3.4", at(0)).is_err());
        guesses.take_back(Door::Moderators, "1.2.3.4");
        assert_eq!(guesses.guess(Door::Moderators, "1.2.3.4", at(0)), Ok(()));
    }

    #[test]
    fn a_network_of_ipv6_is_one_guesser_and_the_file_stays_small() {
        assert_eq!(place("2001:db8:1:2:aaaa::1"), place("2001:db8:1:2:bbbb::2"));
        assert_ne!(place("2001:db8:1:2::1"), place("2001:db8:1:3::1"));
        let mut guesses = Backoff::default();
        for _ in 0..3 {
            assert_eq!(guesses.guess(Door::Thread, "1.2.3.4", at(0)), Ok(()));
        }
        for n in 0..2000 {
            assert_eq!(guesses.guess(Door::Thread, &format!("10.0.{}.{}", n / 256, n % 256), at(0)), Ok(()));
        }
        assert_eq!(guesses.0.len(), MOST_ADDRESSES);
        assert!(guesses.guess(Door::Thread, "1.2.3.4", at(1)).is_err(), "a crowd hides nobody");
    }
}
