//! A thread's small files: who is online, the mailbox, the call log, the pulse, the page's error reports.

use super::calls::{self, Call};
use super::key::{self, PULSE_KEY};
use super::mailbox::{Counts, Mailbox, Target};
use super::presence::{Presence, PresenceText};
use super::pulse::{Beat, MOST_ABSENT, Pulse, keyed_hash};
use super::{Locked, Thread};
use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::files::{self, Draft, Durability, or_complain};
use crate::names::{UserName, VisitId};
use crate::random;
use crate::text;
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::time::{Duration, SystemTime};

pub(super) const USERS: &str = "users.json";
pub(super) const MESSAGES: &str = "messages.json";
const CALLS: &str = "calls.csv";
const ERRORS: &str = "error.log";
/// The pulse's file, which the web server gives to everybody.
pub const PULSE: &str = "pulse.json";
/// Behind the name of a file that could not be read, and is kept for the admin.
pub const BROKEN: &str = ".broken";
/// Nobody says to be there for longer than this, a page that polls every ten minutes included, if not the settings; who seems
/// to be, was seen before the clock was set back.
pub const LONGEST_PRESENCE_SEC: u64 = 650;
/// An error report that grows past this loses its older half.
const LONGEST_ERROR_LOG: usize = 100_000;

impl Thread {
    /// Who is online, as the file says.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn presence(&self) -> Result<Presence> {
        let mut presence = self.presence_text()?.parse();
        presence.forget_beyond(self.longest_presence());
        Ok(presence)
    }

    /// No user is online for longer than this.
    pub(super) fn longest_presence(&self) -> Moment {
        let longest = u64::from(self.settings.user_status_fade_s).max(LONGEST_PRESENCE_SEC);
        Moment::from_seconds(Moment::now().seconds() + longest)
    }

    /// The file's text, not yet taken apart.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn presence_text(&self) -> Result<PresenceText> {
        Ok(PresenceText::new(self.read(USERS)?))
    }

    /// The messages that wait. Takes the lock only if the file is damaged.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn mailbox(&self) -> Result<Mailbox> {
        let (mailbox, is_sound) = Mailbox::read(&self.mailbox_text()?);
        if !is_sound {
            let_in(self.lock().and_then(|locked| locked.mend_mailbox()))?;
        }
        Ok(mailbox)
    }

    /// The text of the mailbox. What a backup has brought back has been had, or is outdated.
    fn mailbox_text(&self) -> Result<Vec<u8>> {
        if self.is_mailbox_restored() { Ok(Vec::new()) } else { self.read(MESSAGES) }
    }

    /// Whether a backup was unpacked over the mailbox.
    pub(super) fn is_mailbox_restored(&self) -> bool {
        files::is_restored(&self.file(MESSAGES))
    }

    /// The pulse.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn pulse(&self) -> Result<Pulse> {
        Ok(Pulse::parse(&self.read(PULSE)?))
    }

    /// The pulse as it concerns the user whom it counts under this name: without other users' mail.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn pulse_for(&self, me: &str) -> Result<Pulse> {
        Ok(Pulse::parse_for(&self.read(PULSE)?, me))
    }

    /// Marks a user online until then, unless the page's `visit` is over; takes the lock only if that is worth a write.
    /// Returns the file's text if it was not.
    ///
    /// # Errors
    /// When a file can't be read or written.
    pub fn mark_online(
        &self,
        user: &UserName,
        until: Moment,
        address: &str,
        visit: Option<&VisitId>,
    ) -> Result<Option<PresenceText>> {
        let (text, now) = (self.presence_text()?, Moment::now());
        let within = until..=self.longest_presence();
        if text.says_fresh(user, within, now) || self.presence()?.is_fresh(user, until, now) {
            return Ok(Some(text));
        }
        let most = self.settings.max_names_per_address;
        if !self.presence()?.has_room_for(user, address, most, now) {
            return Ok(Some(text));
        }
        let locked = self.lock()?;
        let mut presence = locked.presence()?;
        // Others of the same address may have come meanwhile, and the page that asked may have been closed.
        let is_over = visit.is_some_and(|visit| presence.is_over(visit, now));
        if is_over || !presence.has_room_for(user, address, most, now) {
            return Ok(Some(text));
        }
        let is_new = !presence.names_at_all(user);
        let changed = presence.mark(user, until, address, Moment::now());
        locked.let_in(locked.write_presence(&presence, changed))?;
        let told = if is_new { locked.beat_for_who_comes(user, now) } else { Ok(()) };
        locked.let_in(told).map(|()| None)
    }

    /// Marks a user as gone, and the page's `visit` as over: other requests of that page, which may be answered later, do
    /// not bring the user back.
    ///
    /// # Errors
    /// When a file can't be read or written.
    pub fn mark_gone(&self, user: &UserName, visit: Option<&VisitId>) -> Result<()> {
        let locked = self.lock()?;
        let mut presence = locked.presence()?;
        let was_there = presence.leave(user);
        if let Some(visit) = visit {
            presence.end_visit(visit, Moment::now());
        }
        let is_worth_a_write = was_there || visit.is_some();
        if is_worth_a_write { locked.let_in(locked.write_presence(&presence, was_there)) } else { Ok(()) }
    }

    /// The name under which the pulse counts a user's mail; the thread's key is made at the first call.
    ///
    /// # Errors
    /// When the key can't be read or made.
    pub fn pulse_name(&self, user: &UserName) -> Result<String> {
        if let Some((_, name)) = self.first.get().filter(|(first, _)| first == user) {
            return Ok(name.clone());
        }
        let name = keyed_hash(&self.key()?, user);
        self.first.get_or_init(|| (user.clone(), name.clone()));
        Ok(name)
    }

    /// The thread's key, which the web never sees; made at the first call.
    ///
    /// # Errors
    /// When it can't be read or made.
    pub fn key(&self) -> Result<String> {
        if let Some(key) = self.key.get() {
            return Ok(key.clone());
        }
        let key = match key::own(&self.read(PULSE_KEY)?, &self.name) {
            Some(key) => key,
            None => self.lock()?.make_key()?,
        };
        Ok(self.key.get_or_init(|| key).clone())
    }

    pub(super) fn read(&self, name: &str) -> Result<Vec<u8>> {
        Ok(files::read(&self.file(name))?.unwrap_or_default())
    }
}

/// An empty mailbox need not last: what it lacks, readers have.
pub(super) fn durability_of(mailbox: &Mailbox) -> Durability {
    if mailbox.is_empty() { Durability::Best } else { Durability::Whole }
}

impl Locked<'_> {
    /// Puts a message into the mailbox and wakes its readers.
    ///
    /// # Errors
    /// When the mailbox is full or can't be written.
    pub fn post(&self, target: &Target, message: Map<String, Value>, now: Moment) -> Result<Counts> {
        let id = random::hex::<8>()?;
        let mut mailbox = self.mailbox()?;
        let counts = mailbox.post(message, id, now, self.settings.message_lifetime_sec)?;
        self.write(MESSAGES, &mailbox.to_text(), Durability::Whole)?;
        self.beat(&self.beat_for(target)?)?;
        // Message and beat are promised together: a page that is not told would not ask.
        files::sync_folder(&self.folder)?;
        Ok(counts)
    }

    /// The messages that wait; a damaged file is kept for the admin, and made anew of what could be read.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn mailbox(&self) -> Result<Mailbox> {
        let text = self.mailbox_text()?;
        let (mailbox, is_sound) = Mailbox::read(&text);
        if !is_sound {
            self.keep_broken(MESSAGES, &text);
        }
        Ok(mailbox)
    }

    fn mend_mailbox(&self) -> Result<()> {
        let (mailbox, is_sound) = Mailbox::read(&self.mailbox_text()?);
        if is_sound { Ok(()) } else { self.mailbox().and_then(|_| self.write_mailbox(&mailbox)) }
    }

    /// Keeps what could not be read beside the file that will be made anew.
    pub(super) fn keep_broken(&self, name: &str, text: &[u8]) {
        let (path, kept) = (self.file(name), format!("{name}{BROKEN}"));
        files::complain(&Error::host(format!(
            "{}: damaged; it is made anew of what could be read, and the old one is kept as {kept}",
            path.display()
        )));
        or_complain(files::replace(&self.file(&kept), text, self.file_mode(), Durability::Best));
    }

    /// Lets go on who could not be written down because there is no room, and makes some if others have left any.
    pub(super) fn let_in(&self, result: Result<()>) -> Result<()> {
        if result.as_ref().is_err_and(Error::is_no_room) {
            or_complain(self.sweep());
        }
        let_in(result)
    }

    /// Takes away the messages that a user has: those with the ids given, or all that are due, which are returned. What
    /// can't be taken away since there is no room comes again.
    ///
    /// # Errors
    /// When the mailbox can't be read or written.
    pub fn settle(&self, user: &UserName, ids: Option<&[String]>, now: Moment) -> Result<Vec<Value>> {
        let mut mailbox = self.mailbox()?;
        let due = if ids.is_none() {
            mailbox.due(user, now).map(|letter| letter.for_old_page()).collect()
        } else {
            Vec::new()
        };
        if mailbox.settle(user, ids, now) {
            if mailbox.has_many_readers() {
                self.keep_readers(&mut mailbox, &self.presence()?, now);
            }
            self.let_in(self.write_mailbox(&mailbox))?;
        }
        Ok(due)
    }

    /// Forgets who has which messages, but of those who are there, of whom each address has as many as are shown.
    pub(super) fn keep_readers(&self, mailbox: &mut Mailbox, presence: &Presence, now: Moment) {
        mailbox.keep_readers(&presence.names_of_each_address(self.settings.max_names_per_address, now));
    }

    /// Changes the call log; `change` says whether it did.
    ///
    /// # Errors
    /// When the log can't be read or written.
    pub fn change_calls(&self, change: impl FnOnce(&mut Vec<Call>) -> bool) -> Result<()> {
        let mut calls = calls::parse(&String::from_utf8_lossy(&self.read(CALLS)?));
        if change(&mut calls) {
            let text = calls::to_text(&calls);
            self.let_in(self.write(CALLS, &text, Durability::Best))?;
        }
        Ok(())
    }

    /// Adds a line to the page's error reports, which are kept within a bound.
    ///
    /// # Errors
    /// When they can't be read or written.
    pub fn report_error(&self, line: &str) -> Result<()> {
        let old = self.read(ERRORS)?;
        let mut text = String::from_utf8_lossy(&old).into_owned();
        if text.len() + line.len() > LONGEST_ERROR_LOG {
            let middle = text.ceil_char_boundary(text.len() / 2);
            text = text[middle..].split_once('\n').map(|(_, rest)| rest.to_owned()).unwrap_or_default();
        }
        text.push_str(line);
        text.push('\n');
        files::replace(&self.file(ERRORS), text.as_bytes(), self.file_mode(), Durability::Best)
    }

    /// Counts a change in the pulse.
    ///
    /// # Errors
    /// When the pulse can't be read or written.
    pub fn beat(&self, beat: &Beat) -> Result<()> {
        self.beat_all(std::slice::from_ref(beat))
    }

    /// The same for several changes, with one write for all.
    ///
    /// # Errors
    /// The same.
    pub(super) fn beat_all(&self, beats: &[Beat]) -> Result<()> {
        let mut pulse = self.pulse()?;
        beats.iter().for_each(|beat| pulse.beat(beat, Moment::now()));
        if pulse.to.len() > MOST_ABSENT {
            let (presence, key) = (self.presence()?, self.make_key()?);
            let names = presence.names(Moment::now()).into_iter().filter_map(|name| UserName::new(name).ok());
            let there: HashSet<_> = names.map(|user| keyed_hash(&key, &user)).collect();
            pulse.forget_absent(|hash| there.contains(hash));
        }
        self.write_pulse(&pulse, beats.iter().any(|beat| matches!(beat, Beat::All | Beat::To(_))))
    }

    /// Counts the mail that waits for somebody who comes, unless that is counted already: the pulse forgets who is not
    /// there, and a page that slept for a while must not take that for no mail.
    fn beat_for_who_comes(&self, user: &UserName, now: Moment) -> Result<()> {
        let name = self.name_in_pulse(user)?;
        if self.pulse_for(&name)?.to.is_empty() && self.mailbox()?.has_mail(user, now) {
            self.beat(&Beat::To(name))?;
        }
        Ok(())
    }

    /// Web servers make an ETag of the time and the size. Two replacements within one tick of the kernel's clock
    /// would have the same, and a page that saw the first would never see the second.
    ///
    /// A pulse that a crash of the machine has cut off reads as zeros, which tells the pages that something has
    /// changed, unless they had seen none before, or it is about mail.
    fn write_pulse(&self, pulse: &Pulse, is_mail: bool) -> Result<()> {
        let path = self.file(PULSE);
        let last = files::modified(&path)?;
        let durability = if is_mail || last.is_none() { Durability::Whole } else { Durability::Best };
        let draft = Draft::write(&path, pulse.to_json().to_string().as_bytes(), self.public_file_mode(), durability)?;
        let now = SystemTime::now();
        let next = last.map_or(now, |last| now.max(last + Duration::from_micros(2)));
        if let Err(error) = draft.stamp(next) {
            files::complain(&error);
        }
        draft.place()
    }

    pub(super) fn write_presence(&self, presence: &Presence, set_changed: bool) -> Result<()> {
        self.write(USERS, &presence.to_text(), Durability::Best)?;
        if set_changed { self.beat(&Beat::Users) } else { Ok(()) }
    }

    /// Writes a mailbox that someone has read from. What still waits in it was promised, and would be lost with a file
    /// that a crash of the machine cuts off.
    pub(super) fn write_mailbox(&self, mailbox: &Mailbox) -> Result<()> {
        self.write(MESSAGES, &mailbox.to_text(), durability_of(mailbox))
    }

    /// What wakes a message's readers.
    pub(super) fn beat_for(&self, target: &Target) -> Result<Beat> {
        Ok(match target {
            Target::All => Beat::All,
            Target::One(user) => Beat::To(self.name_in_pulse(user)?),
        })
    }

    fn name_in_pulse(&self, user: &UserName) -> Result<String> {
        Ok(keyed_hash(&self.make_key()?, user))
    }

    fn write(&self, name: &str, text: &str, durability: Durability) -> Result<()> {
        files::replace(&self.file(name), text.as_bytes(), self.file_mode(), durability)
    }
}

/// What a person or a browser says, as one harmless line for a log.
pub fn one_line(text: &str) -> String {
    const LONGEST: usize = 500;
    text::one_line(text).chars().take(LONGEST).collect()
}

/// Passes over that something could not be written since there is no room.
///
/// # Errors
/// Every other error.
pub(super) fn let_in(result: Result<()>) -> Result<()> {
    match result {
        Err(error) if error.is_no_room() => {
            files::complain(&error);
            Ok(())
        }
        result => result,
    }
}
