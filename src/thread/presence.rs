//! Who is online: `{"online": {name: [expire, address]}}`, as the original wrote it. Pure.
//!
//! Before that stands `"next"`: when the first of them fades, in seconds since 1970; behind it, `"left": {visit: until}`:
//! visits of pages that have said goodbye, whose other requests may still be on their way.

use crate::auth::place;
use crate::clock::Moment;
use crate::maps::gather;
use crate::names::{UserName, VisitId};
use crate::text::find;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::RangeInclusive;

/// The users of a thread who said that they are there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presence {
    online: BTreeMap<String, Seen>,
    /// Visits that are over, and until when that is remembered, in seconds since 1970.
    left: BTreeMap<String, u64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    /// Seconds since 1970.
    until: u64,
    address: String,
}

/// So many bytes of names count as one name, so that long ones don't fill every poll.
const USUAL_NAME_BYTES: usize = 25;
/// A renewal that moves the end by less than this is not worth a write; in seconds.
const SLACK: u64 = 1;
/// What a page asked for before its goodbye is answered by then; in seconds.
const LEFT_SEC: u64 = 60;
/// So many goodbyes are remembered.
const MOST_LEFT: usize = 64;

impl Presence {
    /// Reads the file's text. What can't be read is nobody: those who are there say so again soon.
    pub fn parse(text: &[u8]) -> Self {
        let value: Value = serde_json::from_slice(text).unwrap_or_default();
        let online = match &value["online"] {
            Value::Object(users) => {
                gather(users.iter().filter_map(|(name, seen)| Some((name.clone(), Seen::parse(seen)?))))
            }
            // PHP writes an empty map as [], and a map whose names are 0, 1, … as a list.
            Value::Array(users) => {
                gather(users.iter().enumerate().filter_map(|(n, seen)| Some((n.to_string(), Seen::parse(seen)?))))
            }
            _ => BTreeMap::new(),
        };
        let visits = value["left"].as_object().into_iter().flatten();
        let left = gather(visits.filter_map(|(visit, until)| Some((visit.clone(), until.as_u64()?))));
        Self { online, left }
    }

    /// As in the file.
    pub fn to_text(&self) -> String {
        let mut text = String::from("{");
        if let Some(next) = self.online.values().map(|seen| seen.until).min() {
            text += &format!("\"next\":{next},");
        }
        text.push_str("\"online\":{");
        for (n, (name, seen)) in self.online.iter().enumerate() {
            let comma = if n == 0 { "" } else { "," };
            let (name, address) = (Value::from(name.as_str()), Value::from(seen.address.as_str()));
            text += &format!("{comma}{name}:[{},{address}]", seen.until);
        }
        text.push('}');
        if !self.left.is_empty() {
            text += &format!(",\"left\":{}", json!(self.left));
        }
        text + "}"
    }

    /// The names of those who are online, sorted.
    pub fn names(&self, now: Moment) -> Vec<&str> {
        self.online.iter().filter(|(_, seen)| seen.is_there(now)).map(|(name, _)| name.as_str()).collect()
    }

    /// Whether a user has said to be there and has not left since; it may have faded.
    pub fn names_at_all(&self, user: &UserName) -> bool {
        self.online.contains_key(user.as_str())
    }

    /// The address from which a user was last seen.
    pub fn address(&self, name: &str) -> Option<&str> {
        self.online.get(name).map(|seen| seen.address.as_str())
    }

    /// Whether marking this user online until then would change nothing worth a write.
    pub fn is_fresh(&self, user: &UserName, until: Moment, now: Moment) -> bool {
        let seen = self.online.get(user.as_str()).filter(|seen| seen.is_there(now));
        seen.is_some_and(|seen| seen.until.saturating_add(SLACK) >= until.seconds())
    }

    /// Whether one address may bring this user along with those that it has already: so many names, none of which is
    /// much longer than names are. Who is there already stays.
    pub fn has_room_for(&self, user: &UserName, address: &str, most: u32, now: Moment) -> bool {
        if most == 0 || self.online.get(user.as_str()).is_some_and(|seen| seen.is_there(now)) {
            return true;
        }
        let from = place(address);
        let theirs = self.online.iter().filter(|(_, seen)| seen.is_there(now) && place(&seen.address) == from);
        let (count, bytes) = theirs.fold((1, user.as_str().len()), |(n, bytes), (name, _)| (n + 1, bytes + name.len()));
        is_few(count, bytes, most)
    }

    /// The names of those who are there, of each address as many as it may bring along.
    pub fn names_of_each_address(&self, most: u32, now: Moment) -> HashSet<&str> {
        let (mut names, mut brought) = (HashSet::new(), HashMap::<_, (usize, usize)>::new());
        for (name, seen) in self.online.iter().filter(|(_, seen)| seen.is_there(now)) {
            let (count, bytes) = brought.entry(place(&seen.address)).or_default();
            (*count, *bytes) = (*count + 1, *bytes + name.len());
            if is_few(*count, *bytes, most) {
                names.insert(name.as_str());
            }
        }
        names
    }

    /// Marks a user online until then, unless it is so already for longer. `true` if the set of names changed.
    pub fn mark(&mut self, user: &UserName, until: Moment, address: &str, now: Moment) -> bool {
        self.mark_all([(user, address)], until, now)
    }

    /// The same for many users, each with an address.
    pub fn mark_all<'u>(
        &mut self,
        users: impl IntoIterator<Item = (&'u UserName, &'u str)>,
        until: Moment,
        now: Moment,
    ) -> bool {
        let before = self.online.len();
        self.online.retain(|_, seen| seen.is_there(now));
        let mut changed = self.online.len() < before;
        for (user, address) in users {
            if let Some(seen) = self.online.get_mut(user.as_str()) {
                seen.until = seen.until.max(until.seconds());
                address.clone_into(&mut seen.address);
            } else {
                let seen = Seen { until: until.seconds(), address: address.into() };
                self.online.insert(user.as_str().into(), seen);
                changed = true;
            }
        }
        changed
    }

    /// Forgets who is online for longer than anybody can be.
    pub fn forget_beyond(&mut self, end: Moment) {
        self.online.retain(|_, seen| seen.until <= end.seconds());
    }

    /// Takes a user away. `true` if the set of names changed.
    pub fn leave(&mut self, user: &UserName) -> bool {
        self.online.remove(user.as_str()).is_some()
    }

    /// Remembers for a minute that a visit is over. When there are too many, the oldest goes.
    pub fn end_visit(&mut self, visit: &VisitId, now: Moment) {
        self.left.retain(|_, until| (now.seconds()..=now.seconds() + LEFT_SEC).contains(until));
        while self.left.len() >= MOST_LEFT {
            let Some(oldest) = self.left.iter().min_by_key(|(_, until)| **until).map(|(visit, _)| visit.clone()) else {
                break;
            };
            self.left.remove(&oldest);
        }
        self.left.insert(visit.as_str().into(), now.seconds() + LEFT_SEC);
    }

    /// Whether a page has said goodbye: what it asked for before must not mark its user online again.
    pub fn is_over(&self, visit: &VisitId, now: Moment) -> bool {
        self.left.get(visit.as_str()).is_some_and(|until| *until >= now.seconds())
    }
}

/// Whether one address may have so many names, of so many bytes together.
fn is_few(count: usize, bytes: usize, most: u32) -> bool {
    let most = most as usize;
    most == 0 || count <= most && bytes <= most * USUAL_NAME_BYTES
}

/// The text of the file. Among a thousand users it answers what each poll asks without taking the JSON apart; what it
/// doesn't find so, because PHP wrote it, [`parse`](Self::parse) does.
#[derive(Debug)]
pub struct PresenceText(Vec<u8>);

impl PresenceText {
    /// Of the file.
    pub fn new(text: Vec<u8>) -> Self {
        Self(text)
    }

    /// Takes it apart.
    pub fn parse(&self) -> Presence {
        Presence::parse(&self.0)
    }

    /// Whether it says that marking this user online until then, and no longer than anybody may be, would change nothing
    /// worth a write.
    ///
    /// In a text within JSON a quote has a backslash before it, so what is found is a name, and its end and what follows
    /// are its own; no name has a quote in it.
    pub fn says_fresh(&self, user: &UserName, within: RangeInclusive<Moment>, now: Moment) -> bool {
        let key = format!("{}:[", Value::from(user.as_str()));
        let seen = find(&self.0, key.as_bytes()).and_then(|at| number(&self.0[at + key.len()..]));
        let (until, longest) = (within.start().seconds(), within.end().seconds());
        seen.is_some_and(|seen| seen >= now.seconds() && seen <= longest && seen + SLACK >= until)
    }

    /// Whether it says that all whom it names are still there.
    pub fn says_nobody_faded(&self, now: Moment) -> bool {
        let next = self.0.strip_prefix(b"{\"next\":").and_then(number);
        next.is_some_and(|next| next >= now.seconds())
    }
}

/// The number with which a text begins.
fn number(text: &[u8]) -> Option<u64> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&text[..digits]).ok()?.parse().ok()
}

impl Seen {
    fn parse(value: &Value) -> Option<Self> {
        let until = value.get(0)?;
        let until = until.as_u64().or_else(|| until.as_f64().map(|float| float.max(0.0) as u64))?;
        let address = value.get(1).and_then(Value::as_str).unwrap_or_default().into();
        Some(Self { until, address })
    }

    fn is_there(&self, now: Moment) -> bool {
        self.until >= now.seconds()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment::from_seconds(seconds)
    }

    fn user(name: &str) -> UserName {
        UserName::new(name).unwrap()
    }

    #[test]
    fn of_each_address_as_many_names_count_as_it_may_bring_along() {
        let mut presence = Presence::default();
        for n in 0..5 {
            presence.mark(&user(&format!("many{n}")), at(20), "2001:db8::1", at(10));
        }
        presence.mark(&user("Ann"), at(20), "192.0.2.1", at(10));
        presence.mark(&user("Bob"), at(15), "192.0.2.2", at(10));
        let names = |most| presence.names_of_each_address(most, at(16)).len();
        assert_eq!((names(2), names(40), names(0)), (3, 6, 6));
    }

    #[test]
    fn a_user_fades_and_the_next_mark_notices_it() {
        let mut presence = Presence::default();
        assert!(presence.mark(&user("Ann"), at(13), "::1", at(10)));
        assert!(presence.mark(&user("Bob"), at(14), "::1", at(11)));
        assert!(!presence.mark(&user("Bob"), at(15), "::1", at(12)));
        assert_eq!(presence.names(at(13)), ["Ann", "Bob"]);
        assert_eq!(presence.names(at(14)), ["Bob"]);
        assert!(presence.mark(&user("Bob"), at(17), "::1", at(14)), "Ann faded");
    }

    #[test]
    fn a_shorter_mark_does_not_shorten_a_longer_one() {
        let mut presence = Presence::default();
        presence.mark(&user("Ann"), at(50), "::1", at(10));
        presence.mark(&user("Ann"), at(13), "::1", at(10));
        assert_eq!(presence.names(at(50)), ["Ann"]);
        assert!(presence.is_fresh(&user("Ann"), at(40), at(10)));
        assert!(!presence.is_fresh(&user("Ann"), at(60), at(10)));
    }

    #[test]
    fn one_address_brings_so_many_names_and_long_ones_count_more() {
        let (mut presence, most) = (Presence::default(), 4);
        let come = |presence: &mut Presence, name: &str, address: &str| {
            let has_room = presence.has_room_for(&user(name), address, most, at(10));
            if has_room {
                presence.mark(&user(name), at(50), address, at(10));
            }
            has_room
        };
        let came = |n: u32| format!("2001:db8::{n}");
        assert_eq!((0..9).filter(|n| come(&mut presence, &format!("u{n}"), &came(*n))).count(), 4);
        assert!(come(&mut presence, "u1", &came(1)), "who is there stays");
        assert!(
            come(&mut presence, "Ann", "2001:db8:0:1::1") && presence.has_room_for(&user("x"), &came(1), 0, at(10))
        );
        assert!(presence.has_room_for(&user("late"), &came(1), most, at(51)), "the others have gone");
        let long = |n: u32| format!("{n}{}", "😀".repeat(29));
        assert!((0..3).filter(|n| come(&mut presence, &long(*n), "10.0.0.1")).count() < 2);
    }

    #[test]
    fn a_goodbye_is_remembered_for_a_minute_and_sixty_four_of_them_at_most() {
        let visit = |n: u32| VisitId::new(&format!("visit-{n:03}")).unwrap();
        let mut presence = Presence::default();
        presence.mark(&user("Ann"), at(50), "::1", at(10));
        (0..100).for_each(|n| presence.end_visit(&visit(n), at(10 + u64::from(n) / 10)));
        let read = Presence::parse(presence.to_text().as_bytes());
        assert_eq!(read, presence);
        assert_eq!((0..100).filter(|n| read.is_over(&visit(*n), at(20))).count(), 64);
        assert!(read.is_over(&visit(99), at(79)) && !read.is_over(&visit(99), at(80)));
        assert!(PresenceText::new(presence.to_text().into_bytes()).says_fresh(&user("Ann"), at(50)..=at(99), at(20)));
        presence.end_visit(&visit(1), at(200));
        assert_eq!(presence.left.len(), 1);
        presence.end_visit(&visit(2), at(100));
        assert!(!presence.is_over(&visit(1), at(100)), "the clock was set back");
    }

    #[test]
    fn the_text_says_who_is_there_as_taking_it_apart_does() {
        let mut presence = Presence::default();
        for (name, until) in [("Ann", 20), ("Bob", 30), ("An", 40), ("back\\slash", 50), ("Анна", 60)] {
            presence.mark(&user(name), at(until), "::1", at(10));
        }
        let text = PresenceText::new(presence.to_text().into_bytes());
        assert_eq!(text.parse(), presence);
        for name in ["Ann", "Bob", "An", "back\\slash", "Анна", "nn", "Eve", "online"] {
            for (until, now) in [(20, 10), (21, 20), (22, 20), (30, 21), (60, 60), (61, 61)] {
                let (until, now) = (at(until), at(now));
                let expected = presence.is_fresh(&user(name), until, now);
                assert_eq!(text.says_fresh(&user(name), until..=at(99), now), expected, "{name} {until:?} {now:?}");
            }
        }
        assert!(!text.says_fresh(&user("Bob"), at(20)..=at(29), at(20)), "longer than anybody may be");
        assert!(text.says_nobody_faded(at(20)) && !text.says_nobody_faded(at(21)));
        let by_php = PresenceText::new(br#"{"online":{"Ann":[20,""]}}"#.to_vec());
        assert!(!by_php.says_nobody_faded(at(10)), "it does not say");
        assert!(!PresenceText::new(Vec::new()).says_nobody_faded(at(10)));
    }

    #[test]
    fn what_php_wrote_is_read_also_where_it_is_a_list() {
        let cases = [
            (r#"{"online":[]}"#, vec![]),
            (r#"{"online":{"Ann":[99,"1.2.3.4"],"Bob":[1,""]}}"#, vec!["Ann"]),
            (r#"{"online":[[99,"1.2.3.4"]]}"#, vec!["0"]),
            ("", vec![]),
            ("[]", vec![]),
        ];
        for (text, names) in cases {
            assert_eq!(Presence::parse(text.as_bytes()).names(at(50)), names, "{text}");
        }
    }
}
