//! May this person come in, and under this name? One decision, of facts that were read once. Pure; the facts are read
//! and the outcome is kept by [`thread::entry`](crate::thread::entry).

use super::confusables::Skeleton;
use super::cookies;
use super::holders::{self, Holders, Rules, Verdict, Visitor};
use super::pass::{Door, Lock};
use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::names::UserName;
use crate::settings::Settings;

/// What a request shows of whoever sends it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// Its Cookie header.
    pub cookies: &'r str,
    /// The address that it came from.
    pub address: &'r str,
    /// Whether the answer can bring a cookie; over a WebSocket none can.
    pub takes_cookies: bool,
}

/// Which of a thread's doors the request's cookies open.
#[derive(Clone, Copy, Debug)]
pub struct Passes {
    thread: bool,
    moderators: bool,
}

impl Passes {
    /// Of who has shown none.
    pub const NONE: Self = Self { thread: false, moderators: false };

    /// Looks at the cookies. `secrets` gives the thread's key and the series of its passes, and is asked only where the
    /// thread has a password.
    ///
    /// # Errors
    /// What `secrets` fails with.
    pub fn read(
        settings: &Settings,
        secrets: impl FnOnce() -> Result<(String, String)>,
        request: Request<'_>,
        now: Moment,
    ) -> Result<Self> {
        let (closed_by, of_moderators) = (&settings.password, &settings.moderator_password);
        let has_none = closed_by.is_empty() && of_moderators.is_empty();
        let (key, series) = if has_none { Default::default() } else { secrets()? };
        let opens = |door: Door, password: &str| {
            let cookie = door.cookie(&key);
            let mut passes = cookies::values(request.cookies, &cookie);
            !password.is_empty()
                && passes.any(|pass| door.opens(pass, Lock { key: &key, password, series: &series }, now))
        };
        Ok(Self {
            thread: closed_by.is_empty() || opens(Door::Thread, closed_by),
            moderators: opens(Door::Moderators, of_moderators),
        })
    }

    /// Refuses who has no pass of a closed thread.
    ///
    /// # Errors
    /// `password`.
    pub fn must_open_the_thread(self) -> Result<()> {
        if self.thread { Ok(()) } else { Err(Refusal::Closed.into()) }
    }
}

/// All that the decision is made of, but for the thread's list of names.
#[derive(Debug)]
pub struct Facts<'f> {
    visitor: Visitor<'f>,
    rules: Rules<'f>,
    takes_cookies: bool,
    /// Whether the name, while it is free, may be this visitor's.
    may_be_theirs: bool,
    /// Whether it is, or looks like, a moderator's.
    is_reserved: bool,
}

/// What becomes of somebody who wants to come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// May come in; nothing has changed.
    Welcome,
    /// May come in; the list of names has to be written.
    Noted,
    /// The same, and the token whose mark was given is to be sent once it is written.
    Offered,
    /// May not.
    Refused(Refusal),
}

/// Why somebody may not come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The thread has a password.
    Closed,
    /// The name is a moderator's, or looks like one.
    Moderators,
    /// Somebody else holds the name, or one that looks like it.
    Taken,
    /// A moderator has banned the name.
    Banned,
}

impl<'f> Facts<'f> {
    /// Of a visitor and the thread's settings.
    pub fn new(visitor: Visitor<'f>, settings: &'f Settings, passes: Passes, takes_cookies: bool) -> Self {
        let rules = rules(settings, visitor.user);
        let imitates = !rules.is_moderator && imitates_moderator(settings, visitor.user);
        let may_be_theirs = match (rules.is_moderator, imitates) {
            (false, false) => true,
            (true, _) => settings.moderator_password.is_empty() || passes.moderators,
            // Nobody has a name that is taken for a moderator's, but one of them.
            (false, true) => passes.moderators,
        };
        Self { visitor, rules, takes_cookies, may_be_theirs, is_reserved: rules.is_moderator || imitates }
    }

    /// Whether the text of the list says that the name is this visitor's, and nothing has to be renewed. Asked at every
    /// poll, so the list is not taken apart.
    pub fn are_settled(&self, list: &[u8], now: Moment) -> bool {
        let until = self.visitor.marks.iter().find_map(|mark| holders::holds_until(list, mark));
        until.is_some_and(|until| !holders::is_due(until, self.rules.days, now))
    }

    /// Decides, and notes in the list what is to be noted. `new_mark` is that of a token to offer.
    pub fn decide(&self, holders: &mut Holders, new_mark: impl FnOnce() -> String, now: Moment) -> Decision {
        match holders.admit(self.visitor, self.rules, now) {
            Verdict::Welcome => Decision::Welcome,
            Verdict::Noted => Decision::Noted,
            Verdict::Taken => Decision::Refused(Refusal::Taken),
            Verdict::Banned => Decision::Refused(Refusal::Banned),
            Verdict::Offer if !self.may_be_theirs => Decision::Refused(Refusal::Moderators),
            Verdict::Offer if self.takes_cookies && holders.offer(self.visitor, new_mark(), self.rules, now) => {
                Decision::Offered
            }
            // The name is used, but not held.
            Verdict::Offer => Decision::Welcome,
        }
    }

    /// Whether the name is anybody's, so that everybody would be welcome under it, and nothing noted.
    pub fn are_anybodys(&self, holders: &mut Holders, now: Moment) -> bool {
        self.rules.days == 0
            || !(self.is_reserved || holders.knows(self.visitor.user))
                && holders.admit(self.visitor, self.rules, now) == Verdict::Offer
    }
}

/// What the settings say about holding a name.
pub fn rules<'s>(settings: &'s Settings, user: &UserName) -> Rules<'s> {
    let is_moderator = settings.moderators.iter().any(|name| name == user.as_str());
    Rules { days: settings.name_hold_days, is_moderator, moderators: &settings.moderators }
}

/// Whether people could take this name for a moderator's.
fn imitates_moderator(settings: &Settings, user: &UserName) -> bool {
    let moderators = &settings.moderators;
    !moderators.is_empty() && {
        let skeleton = Skeleton::of(user.as_str());
        moderators.iter().any(|name| skeleton.is_like(name))
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let (code, say) = match refusal {
            Refusal::Closed => ("password", "This thread is closed; give its password"),
            Refusal::Moderators => {
                ("moderator", "This is a moderator's name here, or looks like one; give the moderators' password")
            }
            Refusal::Taken => (
                "name-taken",
                "Somebody else has this name here, or looks the same; choose another name, or take yours along with a code",
            ),
            Refusal::Banned => ("banned", "A moderator has banned this name from the thread"),
        };
        Self::with_status(403, code, say)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(settings: &Settings, passes: Passes, name: &str, takes_cookies: bool) -> Decision {
        let user = UserName::new(name).unwrap();
        let visitor = Visitor { user: &user, marks: &[], address: "::1" };
        let (mut holders, now) = (Holders::default(), Moment::from_seconds(1_000_000));
        Facts::new(visitor, settings, passes, takes_cookies).decide(&mut holders, || "mark".into(), now)
    }

    #[test]
    fn a_moderators_name_and_what_looks_like_it_are_for_who_knows_the_moderators_password() {
        let settings = |password: &str| Settings {
            moderators: vec!["Mo".into()],
            moderator_password: password.into(),
            ..Settings::default()
        };
        let passes = |moderators| Passes { thread: true, moderators };
        let refused = Decision::Refused(Refusal::Moderators);
        for (password, pass, name, expected) in [
            ("secret", false, "Mo", refused),
            ("secret", false, "mo", refused),
            ("secret", true, "Mo", Decision::Offered),
            ("secret", true, "mo", Decision::Offered),
            ("secret", false, "Ann", Decision::Offered),
            ("", false, "Mo", Decision::Offered),
            ("", false, "mo", refused),
        ] {
            assert_eq!(decide(&settings(password), passes(pass), name, true), expected, "{password} {pass} {name}");
        }
    }

    #[test]
    fn who_can_not_be_given_a_cookie_comes_in_and_holds_nothing() {
        let passes = Passes { thread: true, moderators: false };
        assert_eq!(decide(&Settings::default(), passes, "Ann", false), Decision::Welcome);
    }

    #[test]
    fn the_key_is_asked_for_only_where_there_is_a_password() {
        let request = Request { cookies: "", address: "::1", takes_cookies: true };
        let read = |password: &str| {
            let settings = Settings { password: password.into(), ..Settings::default() };
            let mut asked = false;
            let key = || {
                asked = true;
                Ok(("key".to_owned(), String::new()))
            };
            let passes = Passes::read(&settings, key, request, Moment::from_seconds(1)).unwrap();
            (asked, passes.must_open_the_thread().is_ok())
        };
        assert_eq!((read(""), read("secret")), ((false, true), (true, false)));
    }
}
