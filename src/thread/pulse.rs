//! The pulse: a static file of counters that tells pages whether anything has changed, and nothing else.
//!
//! `{"clips": n, "users": n, "all": n, "to": {"<keyed hash>": n}}`. A page compares for difference. A counter's
//! next value is greater than every value in the file and not less than the time in milliseconds, so that no
//! value comes twice for the same counter, not even after an entry was dropped or the file was lost.

use crate::clock::Moment;
use crate::maps::gather;
use crate::names::UserName;
use crate::random::to_hex;
use crate::text::find;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value, json};
use sha2::Sha256;
use std::collections::BTreeMap;

/// After this time every page has long seen that there was mail; one that comes later asks anyway.
const DAY_MS: u64 = 86_400_000;

/// The counters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pulse {
    /// Changes with the list of clips.
    pub clips: u64,
    /// Changes with the set of users online.
    pub users: u64,
    /// Changes with messages to everybody.
    pub all: u64,
    /// Changes with messages to one user, by the keyed hash of the name. No mail for a day: no entry.
    pub to: BTreeMap<String, u64>,
}

/// So many who are not there have entries, the newest; whoever comes with mail waiting is given one then.
pub const MOST_ABSENT: usize = 50;

/// What has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Beat {
    /// The list of clips.
    Clips,
    /// The set of users online.
    Users,
    /// Messages to everybody.
    All,
    /// Messages to the user with this keyed hash.
    To(String),
}

impl Pulse {
    /// Reads the file's text. What can't be read counts as 0, which the next beat mends.
    pub fn parse(text: &[u8]) -> Self {
        let value: Value = serde_json::from_slice(text).unwrap_or_default();
        let counter = |name: &str| value[name].as_u64().unwrap_or_default();
        let to = value["to"].as_object().into_iter().flatten();
        Self {
            clips: counter("clips"),
            users: counter("users"),
            all: counter("all"),
            to: gather(to.filter_map(|(hash, n)| Some((hash.clone(), n.as_u64()?)))),
        }
    }

    /// Reads of the file's text what concerns the user with this keyed hash: `to` has no other entry. As written by
    /// [`to_json`](Self::to_json) it is not taken apart, since a thousand users may have had mail.
    pub fn parse_for(text: &[u8], me: &str) -> Self {
        Self::pick(text, me).unwrap_or_else(|| {
            let mut all = Self::parse(text);
            all.to.retain(|hash, _| hash == me);
            all
        })
    }

    fn pick(text: &[u8], me: &str) -> Option<Self> {
        let (all, rest) = number(text.strip_prefix(b"{\"all\":")?)?;
        let (clips, rest) = number(rest.strip_prefix(b",\"clips\":")?)?;
        let rest = rest.strip_prefix(b",\"to\":{")?;
        let end = find(rest, b"}")?;
        let (users, tail) = number(rest[end..].strip_prefix(b"},\"users\":")?)?;
        let key = format!("\"{me}\":");
        let mine = find(&rest[..end], key.as_bytes()).map(|at| number(&rest[at + key.len()..end]));
        let to = match mine {
            Some(count) => BTreeMap::from([(me.to_owned(), count?.0)]),
            None => BTreeMap::new(),
        };
        (tail == b"}").then_some(Self { clips, users, all, to })
    }

    /// As in the file and in answers.
    pub fn to_json(&self) -> Value {
        let to: Map<_, _> = gather(self.to.iter().map(|(hash, n)| (hash.clone(), json!(n))));
        json!({ "clips": self.clips, "users": self.users, "all": self.all, "to": to })
    }

    /// Counts a change.
    pub fn beat(&mut self, beat: &Beat, now: Moment) {
        let highest = self.to.values().chain([&self.clips, &self.users, &self.all]).max().copied().unwrap_or_default();
        let next = highest.wrapping_add(1).max(now.millis());
        match beat {
            Beat::Clips => self.clips = next,
            Beat::Users => self.users = next,
            Beat::All => self.all = next,
            Beat::To(hash) => drop(self.to.insert(hash.clone(), next)),
        }
        // Not as soon as the mail is fetched: the same value could come again then.
        self.to.retain(|_, n| n.saturating_add(DAY_MS) > next);
    }
}

impl Pulse {
    /// Forgets the oldest entries of those who are not there, beyond [`MOST_ABSENT`]; `is_there` says it of a hash. The
    /// entry with the greatest value stays, so that none comes twice.
    pub fn forget_absent(&mut self, is_there: impl Fn(&str) -> bool) {
        let mut absent: Vec<_> = self.to.iter().filter(|(hash, _)| !is_there(hash)).map(|(_, n)| *n).collect();
        absent.sort_unstable();
        let Some(oldest_kept) = absent.len().checked_sub(MOST_ABSENT).map(|at| absent[at]) else { return };
        self.to.retain(|hash, n| *n >= oldest_kept || is_there(hash));
    }
}

/// The number with which a text begins, and what follows.
fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let (digits, rest) = text.split_at(text.iter().take_while(|byte| byte.is_ascii_digit()).count());
    Some((std::str::from_utf8(digits).ok()?.parse().ok()?, rest))
}

/// The name under which a user's mail is counted: HMAC-SHA256 (RFC 2104) under the thread's key, the first
/// eight bytes in hexadecimal. Only the user is told it; others can't tell whose it is.
pub fn keyed_hash(key: &str, user: &UserName) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(user.as_str().as_bytes());
    to_hex(&mac.finalize().into_bytes()[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_comes_twice_even_if_the_clock_stands_still_or_goes_back() {
        let mut pulse = Pulse::default();
        let mut seen = std::collections::HashSet::new();
        let bob = Beat::To("b".into());
        for second in [1000, 1000, 999, 0, 2000] {
            for beat in [&Beat::Clips, &bob, &bob, &Beat::Clips] {
                pulse.beat(beat, Moment::from_seconds(second));
                let value = if beat == &bob { pulse.to["b"] } else { pulse.clips };
                assert!(seen.insert(value), "{value} came twice");
            }
        }
    }

    #[test]
    fn old_entries_go_so_that_the_file_stays_small() {
        let mut pulse = Pulse::default();
        pulse.beat(&Beat::To("b".into()), Moment::from_seconds(1000));
        pulse.beat(&Beat::Clips, Moment::from_seconds(1000 + 86_000));
        assert_eq!(pulse.to.len(), 1);
        pulse.beat(&Beat::Clips, Moment::from_seconds(1000 + 86_401));
        assert!(pulse.to.is_empty());
    }

    #[test]
    fn invented_recipients_stay_few_and_who_is_there_stays() {
        let mut pulse = Pulse::default();
        pulse.beat(&Beat::To("ann".into()), Moment::from_seconds(1000));
        for n in 0..1500 {
            pulse.beat(&Beat::To(format!("{n}")), Moment::from_seconds(1000));
            pulse.forget_absent(|hash| hash == "ann");
        }
        assert_eq!(pulse.to.len(), MOST_ABSENT + 1);
        assert!(pulse.to.contains_key("ann") && pulse.to.contains_key("1499"));
    }

    #[test]
    fn a_lost_or_broken_file_is_made_anew_with_greater_values() {
        for text in ["", "{", "[]", r#"{"clips":"x","to":[]}"#] {
            let mut pulse = Pulse::parse(text.as_bytes());
            pulse.beat(&Beat::Users, Moment::from_seconds(5));
            assert_eq!(pulse.users, 5000);
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut pulse = Pulse { clips: 3, users: 2, all: 1, to: BTreeMap::new() };
        pulse.beat(&Beat::To("ab".into()), Moment::from_seconds(0));
        assert_eq!(Pulse::parse(pulse.to_json().to_string().as_bytes()), pulse);
        assert_eq!(pulse.to["ab"], 4);
    }

    #[test]
    fn a_users_part_is_the_same_whether_it_is_picked_or_taken_apart() {
        let mut pulse = Pulse { clips: 3, users: 2, all: 1, to: BTreeMap::new() };
        let texts = |pulse: &Pulse| [pulse.to_json().to_string(), format!(" {}", pulse.to_json())];
        for to in ["", "ab", "cd"] {
            if !to.is_empty() {
                pulse.beat(&Beat::To(to.into()), Moment::from_seconds(0));
            }
            for text in texts(&pulse) {
                let picked = Pulse::parse_for(text.as_bytes(), "ab");
                let mine = pulse.to.iter().filter(|(hash, _)| *hash == "ab").map(|(hash, n)| (hash.clone(), *n));
                assert_eq!(picked, Pulse { to: mine.collect(), ..pulse.clone() }, "{text}");
            }
        }
        assert!(Pulse::pick(pulse.to_json().to_string().as_bytes(), "ab").is_some());
        for text in ["", "{", r#"{"all":1,"clips":2,"to":{},"users":}"#, r#"{"all":1,"clips":2,"to":{},"users":3"#] {
            assert_eq!(Pulse::pick(text.as_bytes(), "ab"), None, "{text}");
        }
    }

    #[test]
    fn a_hash_differs_by_name_and_by_key() {
        let (ann, bob) = (UserName::new("Ann").unwrap(), UserName::new("Bob").unwrap());
        assert_eq!(keyed_hash("k", &ann).len(), 16);
        assert_ne!(keyed_hash("k", &ann), keyed_hash("k", &bob));
        assert_ne!(keyed_hash("k", &ann), keyed_hash("l", &ann));
    }
}
