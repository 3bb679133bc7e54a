//! Who may speak in a room, and how often: as the thread's files say, which a message must not be faster than.

use crate::auth::password;
use crate::auth::rate_limit::{Action, RateLimit};
use crate::clock::Moment;
use crate::error::Result;
use crate::names::UserName;
use crate::thread::guard::too_much;
use crate::thread::{Memory, Thread};
use std::collections::HashSet;

/// What a room heeds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules {
    muted: HashSet<String>,
    banned: HashSet<String>,
    /// The thread's `maxMessagesPerMinute`.
    most_messages: u32,
    /// What closes the thread: its password, and the series of its passes. Empty: it is open.
    lock: String,
}

/// Looks for new rules.
#[derive(Debug, Default)]
pub struct RuleReader(Option<Rules>);

impl RuleReader {
    /// The rules, if they have changed.
    ///
    /// # Errors
    /// When the thread's files can't be read.
    pub fn look(&mut self, thread: &Thread, memory: &mut Memory) -> Result<Option<Rules>> {
        let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
        let (muted, banned) = thread.recall_holders(memory, |holders| {
            let (muted, banned) = holders.silenced();
            (owned(muted), owned(banned))
        })?;
        let most_messages = thread.settings.max_messages_per_minute;
        let password = &thread.settings.password;
        let lock = if password.is_empty() {
            String::new()
        } else {
            format!("{} {}", password::identity(password), thread.pass_series()?)
        };
        let rules = Rules { muted, banned, most_messages, lock };
        if self.0.as_ref() == Some(&rules) {
            return Ok(None);
        }
        self.0 = Some(rules.clone());
        Ok(Some(rules))
    }
}

impl Rules {
    /// Whether a moderator wants this user out.
    pub fn bans(&self, user: &UserName) -> bool {
        self.banned.contains(user.as_str())
    }

    /// Whether nobody is to hear this user.
    pub fn silences(&self, user: &UserName) -> bool {
        self.muted.contains(user.as_str()) || self.bans(user)
    }

    /// Whether who was let in before must show again that they know the password.
    pub fn closes_after(&self, before: &Self) -> bool {
        !self.lock.is_empty() && self.lock != before.lock
    }

    /// Counts a message.
    ///
    /// # Errors
    /// `slow-down` if it is one too many.
    pub fn count(&self, rates: &mut RateLimit, user: &UserName, address: &str, now: Moment) -> Result<()> {
        let most = self.most_messages;
        let is_within = most == 0 || rates.count(Action::Message, most, user.as_str(), address, now);
        if is_within { Ok(()) } else { Err(too_much()) }
    }
}
