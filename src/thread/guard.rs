//! The files that say who may do what in a thread: who holds which name, who guesses passwords, who does too much.

use super::{Locked, Memory, Thread};
use crate::auth::backoff::Backoff;
use crate::auth::entry::Refusal;
use crate::auth::holders::{Holders, Visitor};
use crate::auth::pass::Door;
use crate::auth::rate_limit::{Action, RateLimit};
use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::files::{self, Durability, or_complain};
use crate::names::UserName;
use crate::salvage;
use crate::text::find;
use std::borrow::Cow;
use std::path::Path;

const HOLDERS: &str = "names.json";
const GUESSES: &str = ".guesses.json";
const PACE: &str = ".pace.json";

impl Thread {
    /// The text of `names.json`; of a damaged one, what can be read of it. Takes the lock only then.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn holders_text(&self) -> Result<Vec<u8>> {
        let text = read(&self.file(HOLDERS))?;
        // Every poll asks, so it is not taken apart. What is wrong in its middle is found by the next who changes it.
        if text.is_empty() || text.trim_ascii_end().ends_with(b"}") && text.starts_with(b"{") {
            return Ok(text);
        }
        // Who asks may hold the lock already.
        match self.try_lock()? {
            Some(locked) => locked.holders_text(),
            None => Ok(salvage::names(&text).into_owned()),
        }
    }

    /// Refuses a name that a moderator has muted or banned.
    ///
    /// # Errors
    /// `muted` or `banned`; when the file can't be read.
    pub fn must_not_be_silenced(&self, user: &UserName) -> Result<()> {
        must_not_be_silenced(&self.holders_text()?, user)
    }

    /// Looks who holds which name.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn recall_holders<T>(&self, memory: &mut Memory, look: impl FnOnce(&mut Holders) -> T) -> Result<T> {
        memory.holders.look(&self.file(HOLDERS), |text| Holders::parse(&salvage::names(text)), look)
    }
}

/// Refuses a name that, as the text of `names.json` says, a moderator has muted or banned.
///
/// # Errors
/// `muted` or `banned`.
pub fn must_not_be_silenced(text: &[u8], user: &UserName) -> Result<()> {
    let says = |word: &[u8]| find(text, word).is_some();
    // Hardly any thread has either.
    if !says(b"\"muted\":true") && !says(b"\"banned\":true") {
        return Ok(());
    }
    let holders = Holders::parse(&salvage::names(text));
    if holders.is_banned(user) {
        Err(banned())
    } else if holders.is_muted(user) {
        Err(Error::with_status(403, "muted", "A moderator has muted you here; you can still listen"))
    } else {
        Ok(())
    }
}

/// The refusal of what comes too often.
pub fn too_much() -> Error {
    Error::with_status(429, "slow-down", "That is too much in one minute; try again in the next")
}

/// The refusal of a name that a moderator has banned.
pub fn banned() -> Error {
    Refusal::Banned.into()
}

impl Locked<'_> {
    /// The text of `names.json`. A damaged file is kept for the admin, and made anew of what could be read.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn holders_text(&self) -> Result<Vec<u8>> {
        let text = read(&self.file(HOLDERS))?;
        let Cow::Owned(sound) = salvage::names(&text) else { return Ok(text) };
        self.keep_broken(HOLDERS, &text);
        or_complain(self.keep(HOLDERS, &String::from_utf8_lossy(&sound), Durability::Promised));
        Ok(sound)
    }

    /// Changes who holds which name; `change` says whether the file has to be written.
    ///
    /// # Errors
    /// When the file can't be read or written.
    pub fn change_holders<T>(&self, change: impl FnOnce(&mut Holders) -> (bool, T)) -> Result<T> {
        let mut holders = Holders::parse(&self.holders_text()?);
        let (changed, outcome) = change(&mut holders);
        if changed {
            self.keep(HOLDERS, &holders.to_json().to_string(), Durability::Promised)?;
        }
        Ok(outcome)
    }

    /// The same where a file that can't be written must stop nobody, as on a full disk, where one must still be able
    /// to delete. Also says whether it was written.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn try_to_change_holders<T>(&self, change: impl FnOnce(&mut Holders) -> (bool, T)) -> Result<(T, bool)> {
        let mut holders = Holders::parse(&self.holders_text()?);
        let (changed, outcome) = change(&mut holders);
        let text = holders.to_json().to_string();
        let kept = changed.then(|| self.keep(HOLDERS, &text, Durability::Promised));
        if let Some(Err(error)) = &kept {
            files::complain(error);
        }
        Ok((outcome, matches!(kept, Some(Ok(())))))
    }

    /// Counts a guess at these doors; returns those at which it counts, and the refusal for the others, if there are
    /// any.
    ///
    /// # Errors
    /// `slow-down` if it counts at none; when the file can't be written, unless there is no room: who knows the password must
    /// be let in on a full disk, too.
    pub fn guess(&self, doors: &[Door], address: &str, now: Moment) -> Result<(Vec<Door>, Option<Error>)> {
        let (mut open, mut longest) = (Vec::new(), None);
        self.change_guesses(|guesses| {
            for door in doors {
                match guesses.guess(*door, address, now) {
                    Ok(()) => open.push(*door),
                    Err(seconds) => longest = longest.max(Some(seconds)),
                }
            }
        })?;
        let too_soon = longest.map(|seconds| {
            Error::with_status(429, "slow-down", format!("Too many wrong passwords; try again in {seconds} s"))
        });
        match too_soon {
            Some(refusal) if open.is_empty() => Err(refusal),
            refusal => Ok((open, refusal)),
        }
    }

    /// Forgets the guesses of an address that has opened some of the doors at which it guessed, at these alone; at the
    /// others this was no guess.
    ///
    /// # Errors
    /// When the file can't be read or written.
    pub fn forgive(&self, opened: &[Door], guessed: &[Door], address: &str) -> Result<()> {
        self.change_guesses(|guesses| {
            for door in guessed {
                if opened.contains(door) { guesses.forgive(*door, address) } else { guesses.take_back(*door, address) }
            }
        })
    }

    fn change_guesses(&self, change: impl FnOnce(&mut Backoff)) -> Result<()> {
        let mut guesses = Backoff::parse(&read(&self.file(GUESSES))?);
        change(&mut guesses);
        self.let_in(self.keep(GUESSES, &guesses.to_json().to_string(), Durability::Best))
    }

    /// Counts an action. A count that can't be kept stops nobody: on a full disk one must still be able to delete, and
    /// what would fill the disk fails by itself.
    ///
    /// # Errors
    /// `slow-down` if it is one too many.
    pub fn count(&self, action: Action, visitor: Visitor<'_>, now: Moment) -> Result<()> {
        let limit = match action {
            Action::Clip => self.settings.max_clips_per_minute,
            Action::Message => self.settings.max_messages_per_minute,
            Action::Report => REPORTS_PER_MINUTE,
        };
        if limit == 0 {
            return Ok(());
        }
        let mut rates = RateLimit::parse(&or_complain(read(&self.file(PACE))));
        if !rates.count(action, limit, visitor.user.as_str(), visitor.address, now) {
            return Err(too_much());
        }
        or_complain(self.keep(PACE, &rates.to_json().to_string(), Durability::Best));
        Ok(())
    }

    fn keep(&self, name: &str, text: &str, durability: Durability) -> Result<()> {
        files::replace(&self.file(name), text.as_bytes(), self.file_mode(), durability)
    }
}

const REPORTS_PER_MINUTE: u32 = 30;

fn read(path: &Path) -> Result<Vec<u8>> {
    Ok(files::read(path)?.unwrap_or_default())
}
