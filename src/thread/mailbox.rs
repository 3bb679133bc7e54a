//! The mailbox: messages that wait for one user or for all, as JSON objects with `received`, `notAfter` and
//! `msid`. Pure.
//!
//! Two members are ours and never leave the file: `messageId`, by which a page says what it has, and `seenBy`,
//! who has a message to all.

use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::names::UserName;
use crate::salvage::whole_values;
use serde_json::{Map, Value, json};
use std::collections::{HashMap, HashSet};

/// Messages, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mailbox(Vec<Map<String, Value>>);

/// To whom a message goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// To one user.
    One(UserName),
    /// To everybody but its author: `*`.
    All,
}

/// The original's answer to a relayed message: how many waited before, after the outdated went, and now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Before.
    pub before: usize,
    /// After the outdated went.
    pub valid: usize,
    /// With the new one.
    pub now: usize,
}

/// More can't wait in a thread: someone floods it.
const MOST_MESSAGES: usize = 2000;
/// Everybody who polls reads them all.
const MOST_BYTES: usize = 4_000_000;
/// What may wait of one author, so that one who talks to the absent leaves room for the others.
const MOST_MESSAGES_OF_ONE: usize = 500;
const MOST_BYTES_OF_ONE: usize = 1_000_000;
/// What is remembered of who has the messages to all, unless it is of people who are there.
const MOST_BYTES_OF_READERS: usize = 500_000;
const ID: &str = "messageId";
const SEEN_BY: &str = "seenBy";

impl Target {
    /// Checks a request's `target`.
    ///
    /// # Errors
    /// When it is no user's name and not `*`.
    pub fn new(target: &str) -> Result<Self> {
        if target == "*" { Ok(Self::All) } else { UserName::new(target).map(Self::One) }
    }
}

impl Mailbox {
    /// Reads the file's text; of a damaged one, the whole messages before the damage.
    pub fn parse(text: &[u8]) -> Self {
        Self::read(text).0
    }

    /// The same, and whether that is everything. An empty file is an empty box.
    pub fn read(text: &[u8]) -> (Self, bool) {
        let (values, is_sound) = match serde_json::from_slice::<Value>(text) {
            Ok(Value::Array(values)) => (values, true),
            _ => (whole_values(text), text.trim_ascii().is_empty()),
        };
        let messages = values.into_iter().filter_map(|value| match value {
            Value::Object(message) => Some(message),
            _ => None,
        });
        (Self(messages.collect()), is_sound)
    }

    /// As in the file.
    pub fn to_text(&self) -> String {
        // What was taken out of JSON, or made of texts and numbers, is JSON again.
        serde_json::to_string(&self.0).unwrap_or_default()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts a message in, under the id given, and drops the outdated ones.
    ///
    /// # Errors
    /// `mailbox-full` when too many wait, `slow-down` when too many of the same author do.
    pub fn post(
        &mut self,
        mut message: Map<String, Value>,
        id: String,
        now: Moment,
        lifetime_sec: u64,
    ) -> Result<Counts> {
        let before = self.0.len();
        // The number goes on from the last one that waits, outdated or not, and starts again with an empty box.
        let last = self.0.last().and_then(|last| last.get("msid")?.as_u64());
        let msid = last.unwrap_or(0).wrapping_add(1);
        self.0.retain(|message| !is_outdated(message, now));
        let valid = self.0.len();
        self.must_have_room_for(&message)?;
        message.insert("received".into(), now.seconds().to_string().into());
        message.insert("notAfter".into(), (now.seconds() + lifetime_sec).to_string().into());
        message.insert("msid".into(), msid.into());
        message.insert(ID.into(), id.into());
        message.remove(SEEN_BY);
        self.0.push(message);
        Ok(Counts { before, valid, now: self.0.len() })
    }

    fn must_have_room_for(&self, message: &Map<String, Value>) -> Result<()> {
        let (mut all, mut own) = ((1, size_of_own(message)), (1, size_of_own(message)));
        let author = message.get("user");
        for other in &self.0 {
            let size = size_of_own(other);
            all = (all.0 + 1, all.1 + size);
            if other.get("user") == author {
                own = (own.0 + 1, own.1 + size);
            }
        }
        if own.0 > MOST_MESSAGES_OF_ONE || own.1 > MOST_BYTES_OF_ONE {
            return Err(Error::with_status(429, "slow-down", "Too many of your messages wait to be read here"));
        }
        if all.0 > MOST_MESSAGES || all.1 > MOST_BYTES {
            return Err(Error::with_status(503, "mailbox-full", "Too many messages wait in this thread"));
        }
        Ok(())
    }

    /// The messages that wait for a user, oldest first.
    pub fn due<'m>(&'m self, user: &'m UserName, now: Moment) -> impl Iterator<Item = Letter<'m>> {
        self.0.iter().filter(move |message| is_for(message, user) && !is_outdated(message, now)).map(Letter)
    }

    /// Takes away what a user has: all that is due, or those with the ids given. `true` if anything changed.
    pub fn settle(&mut self, user: &UserName, ids: Option<&[String]>, now: Moment) -> bool {
        let has = |message: &Map<String, Value>| {
            ids.is_none_or(|ids| id_of(message).is_some_and(|id| ids.iter().any(|had| had == id)))
        };
        let mut changed = false;
        self.0.retain_mut(|message| {
            if !is_for(message, user) || is_outdated(message, now) || !has(message) {
                return true;
            }
            changed = true;
            let to_all = target(message) == Some("*");
            if to_all {
                add_readers(message, [user]);
            }
            to_all
        });
        changed
    }

    /// The same for many users: by a message's id, who has it.
    pub(super) fn settle_many(&mut self, had: &HashMap<&str, Vec<&UserName>>, now: Moment) -> bool {
        let mut changed = false;
        self.0.retain_mut(|message| {
            let Some(users) = id_of(message).and_then(|id| had.get(id)).filter(|_| !is_outdated(message, now)) else {
                return true;
            };
            if target(message) != Some("*") {
                let is_read = users.iter().any(|user| is_for(message, user));
                changed |= is_read;
                return !is_read;
            }
            let known: HashSet<&str> = readers(message).collect();
            let author = message.get("user").and_then(Value::as_str).unwrap_or_default();
            let new = |user: &&&UserName| !known.contains(user.as_str()) && user.as_str() != author;
            let new: Vec<_> = users.iter().filter(new).copied().collect();
            changed |= !new.is_empty();
            add_readers(message, new);
            true
        });
        changed
    }

    /// Whether so much is remembered of who has what that somebody must be forgotten: names cost nothing, and whoever says
    /// under hundreds of them to have everything would make a file that nobody can read in time.
    pub(super) fn has_many_readers(&self) -> bool {
        self.0.iter().map(bytes_of_readers).sum::<usize>() > MOST_BYTES_OF_READERS
    }

    /// Forgets of all others that they have any of the messages to all.
    pub(super) fn keep_readers(&mut self, kept: &HashSet<&str>) {
        for message in self.0.iter_mut().filter(|message| message.contains_key(SEEN_BY)) {
            let left: String =
                readers(message).filter(|name| kept.contains(name)).flat_map(|name| [name, "\n"]).collect();
            message.insert(SEEN_BY.into(), left.into());
        }
    }

    /// Everything in the box, oldest first.
    pub(super) fn letters(&self) -> impl Iterator<Item = Letter<'_>> {
        self.0.iter().map(Letter)
    }

    /// Whether anything waits for a user.
    pub fn has_mail(&self, user: &UserName, now: Moment) -> bool {
        self.due(user, now).next().is_some()
    }
}

/// A message on its way to its reader.
#[derive(Clone, Copy, Debug)]
pub struct Letter<'m>(&'m Map<String, Value>);

impl Letter<'_> {
    /// As the original's pages know it.
    pub fn for_old_page(self) -> Value {
        let mut message = self.0.clone();
        message.remove(ID);
        message.remove(SEEN_BY);
        Value::Object(message)
    }

    /// The same with `id`, by which the page says that it has it.
    pub fn for_new_page(self) -> Value {
        let mut message = self.for_old_page();
        // What the original left waiting has no id; its number and time serve as one.
        message["id"] = self.id().into();
        message
    }

    /// The id by which a page says that it has it; empty for what the original left waiting.
    pub fn id(&self) -> &str {
        id_of(self.0).unwrap_or_default()
    }

    /// The name of its author, as it was said.
    pub fn author(&self) -> Option<&str> {
        self.0.get("user").and_then(Value::as_str)
    }

    /// The name of the user it is for, or `*`.
    pub fn target(&self) -> Option<&str> {
        target(self.0)
    }

    pub(super) fn is_outdated(&self, now: Moment) -> bool {
        is_outdated(self.0, now)
    }
}

fn target(message: &Map<String, Value>) -> Option<&str> {
    message.get("target")?.as_str()
}

fn id_of(message: &Map<String, Value>) -> Option<&str> {
    message.get(ID)?.as_str()
}

fn is_for(message: &Map<String, Value>, user: &UserName) -> bool {
    let is_author = message.get("user").and_then(Value::as_str) == Some(user.as_str());
    match target(message) {
        Some("*") => !is_author && !readers(message).any(|reader| reader == user.as_str()),
        Some(name) => name == user.as_str(),
        None => false,
    }
}

/// Names have no control characters, so a line each: a thousand readers are one text, not a thousand.
fn readers(message: &Map<String, Value>) -> impl Iterator<Item = &str> {
    message.get(SEEN_BY).and_then(Value::as_str).unwrap_or_default().lines()
}

fn add_readers<'u>(message: &mut Map<String, Value>, users: impl IntoIterator<Item = &'u UserName>) {
    let readers = message.entry(SEEN_BY).or_insert_with(|| json!(""));
    // Whatever else a damaged file has there would make a message come again and again.
    if !readers.is_string() {
        *readers = json!("");
    }
    if let Value::String(readers) = readers {
        if !readers.is_empty() && !readers.ends_with('\n') {
            readers.push('\n');
        }
        users.into_iter().for_each(|user| readers.extend([user.as_str(), "\n"]));
    }
}

fn bytes_of_readers(message: &Map<String, Value>) -> usize {
    message.get(SEEN_BY).and_then(Value::as_str).map_or(0, str::len)
}

/// About as many bytes as it has in the file, without its readers: who has a message takes no room from its author.
fn size_of_own(message: &Map<String, Value>) -> usize {
    size_of(message) - bytes_of_readers(message)
}

/// About as many bytes as it has in the file.
fn size_of(message: &Map<String, Value>) -> usize {
    fn size(value: &Value) -> usize {
        match value {
            Value::String(text) => text.len() + 3,
            Value::Array(values) => 2 + values.iter().map(size).sum::<usize>(),
            Value::Object(members) => size_of(members),
            Value::Null | Value::Bool(_) | Value::Number(_) => 8,
        }
    }
    2 + message.iter().map(|(name, value)| name.len() + 4 + size(value)).sum::<usize>()
}

/// The second in `notAfter` is the first in which a message is outdated, as in the original.
fn is_outdated(message: &Map<String, Value>, now: Moment) -> bool {
    let not_after = match message.get("notAfter") {
        Some(Value::String(text)) => text.parse::<f64>().ok(),
        Some(Value::Number(number)) => number.as_f64(),
        _ => None,
    };
    not_after.is_none_or(|end| end <= now.seconds() as f64)
}

#[cfg(test)]
mod tests;
