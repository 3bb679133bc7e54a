//! What many users do at the same time, with one write for all of them: the hub speaks for hundreds.

use super::mailbox::{Letter, Mailbox};
use super::{Locked, Thread};
use crate::clock::Moment;
use crate::error::Result;
use crate::names::UserName;
use std::collections::HashMap;

impl Thread {
    /// Marks users, each with an address, online until then.
    ///
    /// # Errors
    /// When a file can't be read or written.
    pub fn mark_all_online(&self, users: &[(UserName, String)], until: Moment) -> Result<()> {
        let now = Moment::now();
        let known = self.presence()?;
        if users.iter().all(|(user, _)| known.is_fresh(user, until, now)) {
            return Ok(());
        }
        let locked = self.lock()?;
        let mut presence = locked.presence()?;
        let mut changed = false;
        for (user, address) in users {
            changed |= presence.mark(user, until, address, now);
        }
        locked.write_presence(&presence, changed)
    }

    /// Marks users as gone.
    ///
    /// # Errors
    /// When a file can't be read or written.
    pub fn mark_all_gone(&self, users: &[UserName]) -> Result<()> {
        if users.is_empty() {
            return Ok(());
        }
        let locked = self.lock()?;
        let mut presence = locked.presence()?;
        // Not `any`: each of them leaves.
        let gone = users.iter().filter(|user| presence.leave(user)).count();
        if gone > 0 { locked.write_presence(&presence, true) } else { Ok(()) }
    }
}

impl Locked<'_> {
    /// Takes away what users say that they have: the messages with these ids.
    ///
    /// # Errors
    /// When the mailbox can't be read or written.
    pub fn settle_all(&self, had: &[(UserName, Vec<String>)], now: Moment) -> Result<()> {
        let mut readers = HashMap::<&str, Vec<&UserName>>::new();
        for (user, ids) in had {
            ids.iter().for_each(|id| readers.entry(id).or_default().push(user));
        }
        let mut mailbox = self.mailbox()?;
        if mailbox.settle_many(&readers, now) { self.write_mailbox(&mailbox) } else { Ok(()) }
    }
}

impl Mailbox {
    /// All that wait, for whomever, oldest first, without the outdated.
    pub fn waiting(&self, now: Moment) -> impl Iterator<Item = Letter<'_>> {
        self.letters().filter(move |letter| !letter.is_outdated(now))
    }
}
