//! Who comes in: reads the facts of [`auth::entry`](crate::auth::entry) once, and keeps what was decided.

use super::{Locked, Thread};
use crate::auth::cookies;
use crate::auth::entry::{Decision, Facts, Passes, Request, rules};
use crate::auth::holders::{self, Holders, Visitor};
use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::files::{self, Durability};
use crate::names::UserName;
use crate::random;
use crate::settings;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// The moderators' word in [`Thread::pass_series`].
const PASS_SERIES: &str = ".pass-series";

/// A cookie to be given: its name and its value.
pub type Cookie = (String, String);

impl Thread {
    /// Lets in who knows the password of a closed thread.
    ///
    /// # Errors
    /// `password` if the request has no good pass; when the thread's key can't be read.
    pub fn must_be_open(&self, request: Request<'_>) -> Result<()> {
        self.passes(request, Moment::now())?.must_open_the_thread()
    }

    fn passes(&self, request: Request<'_>, now: Moment) -> Result<Passes> {
        Passes::read(&self.settings, || Ok((self.key()?, self.pass_series()?)), request, now)
    }

    /// Lets in who may use a name: the one whose token the request carries, or anybody while it is free. Returns the
    /// token for who has none.
    ///
    /// # Errors
    /// `name-taken`, `banned`, `moderator`; when the thread's files can't be read.
    pub fn admit(&self, user: &UserName, request: Request<'_>) -> Result<Option<Cookie>> {
        if self.settings.name_hold_days == 0 {
            return Ok(None);
        }
        let (now, cookie) = (Moment::now(), self.name_cookie(user)?);
        let marks: Vec<_> = cookies::values(request.cookies, &cookie).map(|token| holders::mark(user, token)).collect();
        let visitor = Visitor { user, marks: &marks, address: request.address };
        let facts = Facts::new(visitor, &self.settings, self.passes(request, now)?, request.takes_cookies);
        if !marks.is_empty() && facts.are_settled(&self.holders_text()?, now) {
            return Ok(None);
        }
        let token = random::hex::<16>()?;
        let (decision, is_kept) = self.lock()?.try_to_change_holders(|holders| {
            let decision = facts.decide(holders, || holders::mark(user, &token), now);
            (matches!(decision, Decision::Noted | Decision::Offered), decision)
        })?;
        match decision {
            Decision::Refused(refusal) => Err(refusal.into()),
            Decision::Offered if is_kept => Ok(Some((cookie, token))),
            Decision::Welcome | Decision::Noted | Decision::Offered => Ok(None),
        }
    }

    /// What ends with all passes: a word of the admin's, and one of the moderators'.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn pass_series(&self) -> Result<String> {
        let by_moderators = files::read(&self.file(PASS_SERIES))?.unwrap_or_default();
        Ok([&self.settings.pass_series, &*String::from_utf8_lossy(&by_moderators)]
            .map(str::trim)
            .join(" ")
            .trim()
            .into())
    }

    /// The name of the cookie that holds a user's token.
    ///
    /// # Errors
    /// When the thread's key can't be read or made.
    pub fn name_cookie(&self, user: &UserName) -> Result<String> {
        Ok(format!("mzn{}", self.pulse_name(user)?))
    }

    /// Whether a name is anybody's, so that [`admit`](Self::admit) would let everybody have it and, at the hub, note
    /// nothing.
    pub fn is_anybodys(&self, holders: &mut Holders, user: &UserName) -> bool {
        // Whom nobody knows is known by no token either.
        let visitor = Visitor { user, marks: &[], address: "" };
        Facts::new(visitor, &self.settings, Passes::NONE, false).are_anybodys(holders, Moment::now())
    }

    /// Whether a user who was admitted is a moderator who holds the name, and not just somebody who uses it.
    ///
    /// # Errors
    /// When the thread's files can't be read.
    pub fn is_moderator(&self, user: &UserName) -> Result<bool> {
        let rules = rules(&self.settings, user);
        if rules.days == 0 || !rules.is_moderator {
            return Ok(false);
        }
        Ok(Holders::parse(&self.holders_text()?).is_held(user, Moment::now()))
    }
}

impl Locked<'_> {
    /// Ends all passes: everybody must give the password again.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn end_passes(&self) -> Result<()> {
        let series = random::hex::<8>()?;
        files::replace(&self.file(PASS_SERIES), series.as_bytes(), self.file_mode(), Durability::Promised)
    }

    /// Puts the hash of a password with more rounds in the place of the one in the settings, if that stands there once
    /// and as it was read.
    ///
    /// # Errors
    /// When the settings can't be read or written.
    pub fn raise_hash(&self, old: &str, new: &str) -> Result<()> {
        for path in [settings::FILE, settings::OWN_FILE].map(|name| self.file(name)) {
            let text = files::read(&path)?.unwrap_or_default();
            let mut places = memchr::memmem::find_iter(&text, old.as_bytes());
            let (Some(at), None) = (places.next(), places.next()) else { continue };
            let text = [&text[..at], new.as_bytes(), &text[at + old.len()..]].concat();
            // The admin's file keeps the bits that the admin gave it.
            let mode = fs::metadata(&path).map_err(Error::io("read", &path))?.permissions().mode() & 0o777;
            files::replace(&path, &text, mode, Durability::Whole)?;
        }
        Ok(())
    }
}
