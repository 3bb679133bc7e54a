//! Who comes in: reads the facts of [`auth::entry`](crate::auth::entry) once, and keeps what was decided.

use super::Thread;
use crate::auth::cookies;
use crate::auth::entry::{Decision, Facts, Passes, Request, rules};
use crate::auth::holders::{self, Holders, Visitor};
use crate::clock::Moment;
use crate::error::Result;
use crate::names::UserName;
use crate::random;

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
        Passes::read(&self.settings, || self.key(), request, now)
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
        let mark = cookies::value(request.cookies, &cookie).map(|token| holders::mark(user, token));
        let visitor = Visitor { user, mark: mark.as_deref(), address: request.address };
        let facts = Facts::new(visitor, &self.settings, self.passes(request, now)?, request.takes_cookies);
        if mark.is_some() && facts.are_settled(&self.holders_text()?, now) {
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
        let visitor = Visitor { user, mark: None, address: "" };
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
