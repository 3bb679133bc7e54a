//! Who holds which name: `names.json`, `{"names": {name: {"held": {"marks": [mark], "until": s}, …}}}`. Pure.
//!
//! The first to use a name is offered a token in a cookie. The name is held from the moment when the cookie comes
//! back, so that who can't keep cookies locks nobody out, not even themselves. Only marks (hashes) of tokens are
//! kept.

use super::confusables::Skeleton;
use super::{keyed, place};
use crate::clock::Moment;
use crate::maps::gather;
use crate::names::UserName;
use crate::random::to_hex;
use crate::text::find;
use hmac::Mac;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const DAY: u64 = 86_400;
/// A moderator's name is not given away because of a long holiday.
const MODERATOR_DAYS: u64 = 3650;
/// Requests of one page that set out before it had its cookie, and a cookie that came later than another's: both
/// are the same visitor's, if they come from the same address.
const OFFER_COUNTS_SEC: u64 = 60;
/// Who keeps no cookies is offered one again after so long.
const OFFER_AGAIN_SEC: u64 = 3;
/// A name that nobody took is forgotten after this.
const FORGET_SEC: u64 = 3600;
const MOST_OFFERS: usize = 4;
/// Browsers that one person uses.
const MOST_DEVICES: usize = 8;
/// Beyond this, whoever has most names loses one for each new one.
const MOST_NAMES: usize = 2000;
/// Of one address. Its further names are used, but not held, so that the ones that it has stay.
const MOST_NAMES_OF_ONE: usize = 200;
const CODE_SEC: u64 = 600;
/// Of a trillion codes. Whoever guesses is slowed down besides, so that nobody wears out another's code in a moment.
const MOST_TRIES: u64 = 20;

/// What is kept instead of a token: a hash that nobody can turn around, bound to the name.
pub fn mark(user: &UserName, token: &str) -> String {
    to_hex(&keyed(token, &["token", user.as_str()]).finalize().into_bytes()[..16])
}

/// Whether the text of `names.json` says that a mark's token holds its name; until when, in seconds since 1970.
///
/// Without taking the JSON apart: this is asked at every poll. A mark is 128 bits, so it stands nowhere else by
/// chance, and only what is held is a list of `marks` with an `until` behind it.
pub fn holds_until(text: &[u8], mark: &str) -> Option<u64> {
    let at = find(text, format!("\"{mark}\"").as_bytes())?;
    let list = memchr::memmem::rfind(&text[..at], b"[")?;
    if !text[..list].ends_with(b"\"marks\":") {
        return None;
    }
    let rest = &text[at..];
    let end = find(rest, b"]")?;
    let until = rest[end..].strip_prefix(b"],\"until\":")?;
    let digits: String = until.iter().take_while(|b| b.is_ascii_digit()).map(|b| char::from(*b)).collect();
    digits.parse().ok()
}

/// Whether a hold that ends then should be renewed: once a day.
pub fn is_due(until: u64, days: u32, now: Moment) -> bool {
    until < now.seconds() + u64::from(days).saturating_sub(1) * DAY + 1
}

/// A visitor who uses a name.
#[derive(Clone, Copy, Debug)]
pub struct Visitor<'v> {
    /// The name.
    pub user: &'v UserName,
    /// The marks of the tokens that came with the request.
    pub marks: &'v [String],
    /// The address.
    pub address: &'v str,
}

/// What the thread's settings say about holding.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'s> {
    /// For how many days an unused name is held.
    pub days: u32,
    /// Whether the name is a moderator's.
    pub is_moderator: bool,
    /// The moderators' names, which are never given away for others.
    pub moderators: &'s [String],
}

/// What becomes of a visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// May go on; the file is as it should be.
    Welcome,
    /// May go on; the file has to be written.
    Noted,
    /// May go on and should be offered a token.
    Offer,
    /// Somebody else holds the name.
    Taken,
    /// A moderator has banned the name.
    Banned,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Record {
    /// From where the name was first used: a place, not an address.
    from: String,
    banned: bool,
    code: Option<Code>,
    held: Vec<String>,
    until: u64,
    offers: Vec<Offer>,
    muted: bool,
}

#[derive(Clone, Debug, PartialEq)]
struct Offer {
    mark: String,
    address: String,
    at: u64,
}

#[derive(Clone, Debug, PartialEq)]
struct Code {
    mark: String,
    until: u64,
    tries: u64,
}

/// The names of a thread.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Holders(BTreeMap<String, Record>);

impl Holders {
    /// Reads the file's text. What can't be read is forgotten: the names are free again.
    pub fn parse(text: &[u8]) -> Self {
        let value: Value = serde_json::from_slice(text).unwrap_or_default();
        let names = value["names"].as_object().into_iter().flatten();
        Self(gather(names.map(|(name, record)| (name.clone(), Record::parse(record)))))
    }

    /// As in the file.
    pub fn to_json(&self) -> Value {
        let names: Map<_, _> = gather(self.0.iter().map(|(name, record)| (name.clone(), record.to_json())));
        json!({ "names": names })
    }

    /// What becomes of a visitor; notes what is to be noted. After [`Verdict::Offer`] comes [`offer`](Self::offer).
    pub fn admit(&mut self, visitor: Visitor<'_>, rules: Rules<'_>, now: Moment) -> Verdict {
        if !rules.is_moderator
            && !self.is_held(visitor.user, now)
            && let Some(verdict) = self.belongs_to_one_alike(visitor.user, now)
        {
            return verdict;
        }
        let Some(record) = self.0.get_mut(visitor.user.as_str()) else { return Verdict::Offer };
        if record.banned {
            return Verdict::Banned;
        }
        record.forget(now);
        let is_held = record.held.iter().any(|held| visitor.marks.contains(held));
        if is_held {
            if !record.renew(rules, now) {
                return Verdict::Welcome;
            }
            // Earlier versions did not note it.
            if record.from.is_empty() {
                record.from = place(visitor.address);
            }
            return Verdict::Noted;
        }
        if record.takes_offer(visitor, now) {
            record.renew(rules, now);
            return Verdict::Noted;
        }
        if !record.held.is_empty() {
            return Verdict::Taken;
        }
        let waits = |offer: &Offer| {
            offer.address == visitor.address && offer.at.saturating_add(OFFER_AGAIN_SEC) > now.seconds()
        };
        if record.offers.iter().any(waits) { Verdict::Welcome } else { Verdict::Offer }
    }

    /// Whether a name looks like another one that somebody holds or that is banned.
    fn belongs_to_one_alike(&self, user: &UserName, now: Moment) -> Option<Verdict> {
        let skeleton = Skeleton::of(user.as_str());
        let is_in_use = |record: &Record| record.banned || (!record.held.is_empty() && record.until >= now.seconds());
        let others = self.0.iter().filter(|(name, record)| *name != user.as_str() && is_in_use(record));
        let mut alike = others.filter(|(name, _)| skeleton.is_like(name));
        alike.next().map(|(_, record)| if record.banned { Verdict::Banned } else { Verdict::Taken })
    }

    /// Notes that a token was offered. `false` if there are too many names to hold another.
    pub fn offer(&mut self, visitor: Visitor<'_>, mark: String, rules: Rules<'_>, now: Moment) -> bool {
        let (name, from) = (visitor.user.as_str(), place(visitor.address));
        if !self.0.contains_key(name) && !rules.is_moderator && !self.has_room_for(&from, rules, now) {
            return false;
        }
        let record = self.0.entry(name.to_owned()).or_insert_with(|| Record { from, ..Record::default() });
        if record.held.is_empty() {
            record.until = now.seconds() + FORGET_SEC;
        }
        if record.offers.len() >= MOST_OFFERS {
            record.offers.remove(0);
        }
        record.offers.push(Offer { mark, address: visitor.address.into(), at: now.seconds() });
        true
    }

    /// Whether one more name can be held from a place, for which another may have to go.
    fn has_room_for(&mut self, from: &str, rules: Rules<'_>, now: Moment) -> bool {
        let of_this = |holders: &Self| holders.0.values().filter(|record| record.from == from).count();
        if self.0.len() < MOST_NAMES && of_this(self) < MOST_NAMES_OF_ONE {
            return true;
        }
        self.0.retain(|_, record| record.is_worth_keeping(now));
        if of_this(self) >= MOST_NAMES_OF_ONE {
            return false;
        }
        while self.0.len() >= MOST_NAMES {
            let Some(name) = self.one_of_the_many(rules) else { return false };
            self.0.remove(&name);
        }
        true
    }

    /// The name that nobody has used for the longest time among those of the place that has most.
    fn one_of_the_many(&self, rules: Rules<'_>) -> Option<String> {
        let is_kept = |name: &String, record: &Record| record.banned || record.muted || rules.moderators.contains(name);
        let may_go = || self.0.iter().filter(|(name, record)| !is_kept(name, record));
        let mut counts = BTreeMap::<&str, usize>::new();
        may_go().for_each(|(_, record)| *counts.entry(&record.from).or_default() += 1);
        let (most, _) = counts.into_iter().max_by_key(|(_, count)| *count)?;
        let theirs = may_go().filter(|(_, record)| record.from == most);
        theirs.min_by_key(|(_, record)| record.until).map(|(name, _)| name.clone())
    }

    /// Whether anything is known of a name.
    pub fn knows(&self, user: &UserName) -> bool {
        self.0.contains_key(user.as_str())
    }

    /// Whether somebody holds a name.
    pub fn is_held(&self, user: &UserName, now: Moment) -> bool {
        self.0.get(user.as_str()).is_some_and(|record| !record.held.is_empty() && record.until >= now.seconds())
    }

    /// Makes a code known that lets a second device take a name, for ten minutes.
    pub fn share(&mut self, user: &UserName, code: &str, now: Moment) -> u64 {
        let record = self.0.entry(user.as_str().into()).or_default();
        record.code = Some(Code { mark: mark(user, code), until: now.seconds() + CODE_SEC, tries: 0 });
        CODE_SEC
    }

    /// Lets a device that knows the code hold the name too. `false` if the code is wrong, old or worn out by
    /// guessing; the file has to be written either way.
    pub fn take(&mut self, user: &UserName, code: &str, token_mark: String, rules: Rules<'_>, now: Moment) -> bool {
        let Some(record) = self.0.get_mut(user.as_str()) else { return false };
        let Some(known) = record.code.as_mut().filter(|known| known.until >= now.seconds()) else { return false };
        known.tries = known.tries.saturating_add(1);
        // Marks are hashes, so how long comparing takes tells nothing about the code.
        let is_right = known.mark == mark(user, code);
        if is_right || known.tries >= MOST_TRIES {
            record.code = None;
        }
        if is_right {
            record.hold(token_mark);
            record.renew(rules, now);
        }
        is_right
    }

    /// Whether a moderator has muted a name.
    pub fn is_muted(&self, user: &UserName) -> bool {
        self.0.get(user.as_str()).is_some_and(|record| record.muted)
    }

    /// Whether a moderator has banned a name.
    pub fn is_banned(&self, user: &UserName) -> bool {
        self.0.get(user.as_str()).is_some_and(|record| record.banned)
    }

    /// Mutes a name, or not any more.
    pub fn mute(&mut self, user: &UserName, on: bool) {
        self.0.entry(user.as_str().into()).or_default().muted = on;
    }

    /// Bans a name, or not any more. Whoever held it does so no longer.
    pub fn ban(&mut self, user: &UserName, on: bool) {
        let record = self.0.entry(user.as_str().into()).or_default();
        *record = Record { banned: on, muted: record.muted, ..Record::default() };
    }

    /// Frees all names, as those of a thread whose folder was copied: their tokens are the other thread's. What moderators
    /// have silenced stays so.
    pub fn free_all(&mut self) {
        self.0.retain(|_, record| record.banned || record.muted);
        for record in self.0.values_mut() {
            *record = Record { banned: record.banned, muted: record.muted, ..Record::default() };
        }
    }

    /// The names that are muted and those that are banned, for a moderator's page.
    pub fn silenced(&self) -> (Vec<&str>, Vec<&str>) {
        let of = |is: fn(&Record) -> bool| self.0.iter().filter(|(_, r)| is(r)).map(|(n, _)| n.as_str()).collect();
        (of(|record| record.muted), of(|record| record.banned))
    }
}

impl Record {
    fn parse(value: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let offer = |offer: &Value| Offer {
            mark: text(&offer[0]),
            address: text(&offer[1]),
            at: offer[2].as_u64().unwrap_or_default(),
        };
        let code = value["code"].as_array().map(|code| Code {
            mark: code.first().map(text).unwrap_or_default(),
            until: code.get(1).and_then(Value::as_u64).unwrap_or_default(),
            tries: code.get(2).and_then(Value::as_u64).unwrap_or_default(),
        });
        Self {
            from: text(&value["from"]),
            banned: value["banned"] == true,
            code,
            held: value["held"]["marks"].as_array().into_iter().flatten().map(text).collect(),
            until: value["held"]["until"].as_u64().unwrap_or_default(),
            offers: value["offers"].as_array().into_iter().flatten().map(offer).collect(),
            muted: value["muted"] == true,
        }
    }

    /// `until` stands right behind `marks`, since members are sorted: [`holds_until`] relies on that.
    fn to_json(&self) -> Value {
        let mut record = json!({ "held": { "marks": self.held, "until": self.until } });
        if !self.from.is_empty() {
            record["from"] = self.from.as_str().into();
        }
        if self.banned {
            record["banned"] = true.into();
        }
        if self.muted {
            record["muted"] = true.into();
        }
        if let Some(code) = &self.code {
            record["code"] = json!([code.mark, code.until, code.tries]);
        }
        if !self.offers.is_empty() {
            record["offers"] = self.offers.iter().map(|o| json!([o.mark, o.address, o.at])).collect();
        }
        record
    }

    /// What is over by now.
    fn forget(&mut self, now: Moment) {
        if self.until < now.seconds() {
            self.held.clear();
        }
        self.offers.retain(|offer| {
            offer.at.saturating_add(FORGET_SEC) > now.seconds() && offer.at <= now.seconds() + FORGET_SEC
        });
    }

    fn takes_offer(&mut self, visitor: Visitor<'_>, now: Moment) -> bool {
        let is_free = self.held.is_empty();
        let is_theirs = |offer: &&Offer| {
            let is_in_time =
                offer.address == visitor.address && offer.at.saturating_add(OFFER_COUNTS_SEC) > now.seconds();
            visitor.marks.contains(&offer.mark) && (is_free || is_in_time)
        };
        let Some(mark) = self.offers.iter().find(is_theirs).map(|offer| offer.mark.clone()) else { return false };
        self.offers.retain(|offer| offer.mark != mark && offer.address == visitor.address);
        self.hold(mark);
        true
    }

    fn hold(&mut self, mark: String) {
        if self.held.len() >= MOST_DEVICES {
            self.held.remove(0);
        }
        self.held.push(mark);
    }

    /// `true` if that is worth a write.
    fn renew(&mut self, rules: Rules<'_>, now: Moment) -> bool {
        let days = if rules.is_moderator { MODERATOR_DAYS } else { u64::from(rules.days) };
        let until = now.seconds() + days * DAY;
        let is_worth = until >= self.until.saturating_add(DAY);
        if is_worth {
            self.until = until;
        }
        is_worth
    }

    fn is_worth_keeping(&self, now: Moment) -> bool {
        self.banned || self.muted || self.until >= now.seconds()
    }
}

#[cfg(test)]
mod tests;
