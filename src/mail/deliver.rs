//! Empties a thread's queue: waits until it is due, writes to everybody, notes who was written to.

use super::address::Place;
use super::list::Reader;
use super::post::{Envelope, Failure, Post};
use super::queue::{self, Entry, GIVE_UP, IN_WORK, Sent, Trouble, pause, ready_at};
use super::settings::By;
use super::{is_wanted, letter};
use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::files;
use crate::lock::Lock;
use crate::names::ThreadName;
use crate::site::{Site, SiteSettings};
use crate::thread::Thread;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

/// How long this program waits at most for a queue to become due; then the next request has to start it again. Hosts
/// end what lives for long.
const LONGEST_WAIT: Duration = Duration::from_secs(150);

/// Links must lead where the admin says, and nobody has said it.
const UNKNOWN_PLACE: &str = "the page's address is not known: set page in mozchat.ini, or open check.cgi with its key";

/// What is to be done after looking once.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    /// Nothing waits.
    Done,
    /// Look again, at the earliest then.
    At(SystemTime),
}

/// Sends what waits in a thread; returns when nothing does any more, or not soon.
///
/// # Errors
/// When the thread or mozchat.ini can't be read, or the queue can't be read or written.
pub fn empty(site: &Site, name: &ThreadName) -> Result<()> {
    let end = SystemTime::now() + LONGEST_WAIT;
    loop {
        let thread = Thread::open(site, name.clone())?;
        let lock = match Lock::exclusive(&queue::place(&thread, ".lock"), thread.file_mode(), Duration::ZERO) {
            Ok(lock) => lock,
            // Somebody else is at it, and looks again when this is done; or there is no queue.
            Err(Error::Busy { .. }) => return Ok(()),
            Err(Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        match look(site, &thread)? {
            Next::At(when) if when > end => return Ok(()),
            // With the lock, so that one waits and not ten.
            Next::At(when) => sleep(when.duration_since(SystemTime::now()).unwrap_or_default()),
            Next::Done => {
                drop(lock);
                // What came after the last look, while the lock kept others out.
                if queue::waiting(&thread) == 0 {
                    return Ok(());
                }
            }
        }
    }
}

fn look(site: &Site, thread: &Thread) -> Result<Next> {
    let settings = site.settings()?;
    let entries = worth_telling(thread)?;
    let Some(oldest) = entries.first() else { return Ok(Next::Done) };
    let trouble = queue::trouble(thread);
    let ready = ready_at(oldest.came, settings.mail_wait(), &trouble);
    if ready > SystemTime::now() {
        return Ok(Next::At(ready));
    }
    thread.lock()?.set_due(SystemTime::now() + IN_WORK, &trouble)?;
    match tell(site, thread, &settings, &entries) {
        Ok(()) => {
            thread.lock()?.announced(&entries)?;
            // What came meanwhile has a wait of its own.
            let rest = Duration::from_secs(60) + settings.mail_wait();
            let locked = thread.lock()?;
            if queue::waiting(thread) > 0 {
                locked.set_due(SystemTime::now() + rest, &Trouble::default())?;
            }
            Ok(Next::Done)
        }
        Err(said) => fail(thread, &entries, trouble.failures + 1, said).map(Next::At),
    }
}

/// The clips of the queue that people are still to be told of: not those that were deleted meanwhile. Those whose time
/// was over before a mail server came back are told of, so that people know who spoke.
fn worth_telling(thread: &Thread) -> Result<Vec<Entry>> {
    let locked = thread.lock()?;
    let catalog = locked.catalog()?;
    let now = Moment::now().seconds();
    let is_there = |entry: &Entry| catalog.find(entry.clip.file.as_str()).is_some();
    let is_told = |entry: &Entry| is_wanted(thread) && (is_there(entry) || entry.clip.expire <= now);
    let (told, untold): (Vec<_>, Vec<_>) = locked.outgoing()?.into_iter().partition(is_told);
    if !untold.is_empty() || told.is_empty() {
        locked.announced(&untold)?;
    }
    Ok(told)
}

/// Writes to everybody who has not been written to.
///
/// # Errors
/// What the mail server, or whatever else stands in the way, said.
fn tell(site: &Site, thread: &Thread, settings: &SiteSettings, entries: &[Entry]) -> std::result::Result<(), String> {
    let words = |error: Error| error.to_string();
    let Some(Entry { script, .. }) = entries.last() else { return Ok(()) };
    let Some(place) = &Place::known(site, script).map_err(words)? else { return Err(UNKNOWN_PLACE.into()) };
    let most = settings.most_mails_a_day();
    let readers = thread.readers().map_err(words)?;
    // Nobody to write to: whether a mail server is there does not matter.
    if readers.is_empty() {
        return Ok(());
    }
    let Some(post) = Post::open(&By::of(settings)?, place.host())? else { return Ok(()) };
    let gone = thread.unsubscribed().map_err(words)?;
    let mut sent = thread.lock().and_then(|locked| locked.sent()).map_err(words)?;
    let mut failed = None;
    for reader in readers.iter().filter(|reader| !gone.contains(&reader.token)) {
        let told = news_for(reader, entries, &sent);
        if told.is_empty() {
            continue;
        }
        if !thread.lock().and_then(|locked| locked.count_mail(&reader.token, most, Moment::now())).map_err(words)? {
            // As if it had gone: tomorrow there is news enough.
            complain(thread, &format!("no more mails to {} today: mostPerDay is {most}", reader.name));
            note(&mut sent, reader, &told);
            continue;
        }
        match post
            .send(&written(thread, reader, place, &told), &envelope(thread, settings, reader, place).as_envelope())
        {
            Ok(()) => {}
            Err(Failure::Reader(said)) => complain(thread, &format!("no mail to {}: {said}", reader.name)),
            Err(Failure::Server(said)) => {
                failed = Some(said);
                continue;
            }
        }
        note(&mut sent, reader, &told);
        thread.lock().and_then(|locked| locked.set_sent(&sent)).map_err(words)?;
    }
    failed.map_or(Ok(()), Err)
}

/// The clips that a reader is to be told of: not the reader's own.
fn news_for<'e>(reader: &Reader, entries: &'e [Entry], sent: &Sent) -> Vec<&'e Entry> {
    let known = sent.get(&reader.token);
    let is_known = |entry: &Entry| known.is_some_and(|known| known.iter().any(|name| name == entry.clip.file.as_str()));
    entries.iter().filter(|entry| entry.clip.author != reader.name && !is_known(entry)).collect()
}

fn note(sent: &mut Sent, reader: &Reader, told: &[&Entry]) {
    let names = told.iter().map(|entry| entry.clip.file.as_str().to_owned());
    sent.entry(reader.token.clone()).or_default().extend(names);
}

fn written(thread: &Thread, reader: &Reader, place: &Place, told: &[&Entry]) -> letter::Letter {
    let unsubscribe = place.unsubscribe(thread.name.as_str(), &reader.token);
    letter::write(thread.name.as_str(), &thread.settings, told, place, &unsubscribe)
}

/// The texts that an envelope borrows.
struct Texts<'e> {
    from: String,
    reply_to: &'e str,
    reader: &'e Reader,
    list: String,
    unsubscribe: String,
}

impl Texts<'_> {
    fn as_envelope(&self) -> Envelope<'_> {
        let to = (self.reader.name.as_str(), self.reader.address.as_str());
        Envelope { from: &self.from, reply_to: self.reply_to, to, list: &self.list, unsubscribe: &self.unsubscribe }
    }
}

fn envelope<'e>(thread: &'e Thread, settings: &SiteSettings, reader: &'e Reader, place: &Place) -> Texts<'e> {
    let said = Some(thread.settings.mail_from.as_str()).filter(|from| !from.is_empty());
    let from = said.or(settings.filled("mail", "from")).map(str::to_owned);
    let name = thread.name.as_str();
    // Domain names are ASCII.
    let label: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "-.".contains(c) { c } else { '-' }).collect();
    Texts {
        from: from.unwrap_or_else(|| format!("mozchat <noreply@{}>", place.host())),
        reply_to: &thread.settings.mail_reply_to,
        reader,
        list: format!("{label}.{}", place.host()),
        unsubscribe: place.unsubscribe(name, &reader.token),
    }
}

/// Notes a failure; what has failed for days is given up.
fn fail(thread: &Thread, entries: &[Entry], failures: u32, said: String) -> Result<SystemTime> {
    complain(thread, &format!("mails can't be sent: {said}"));
    let long_ago = Moment::from_seconds(Moment::now().seconds().saturating_sub(GIVE_UP.as_secs()));
    let (old, rest): (Vec<_>, Vec<_>) = entries.iter().cloned().partition(|entry| entry.came < long_ago);
    let locked = thread.lock()?;
    if !old.is_empty() {
        locked.announced(&old)?;
    }
    let when = SystemTime::now() + pause(failures);
    if !rest.is_empty() {
        let until = Moment::now().seconds() + pause(failures).as_secs();
        locked.set_due(when, &Trouble { failures, said, until })?;
    }
    Ok(when)
}

/// Nobody reads what this program says, so it is said where the admin finds the page's errors.
fn complain(thread: &Thread, what: &str) {
    let now = Moment::now().log_time(thread.settings.time_shift_hrs);
    let line = crate::thread::state::one_line(&format!("{now} mail: {what}"));
    if let Err(error) = thread.lock().and_then(|locked| locked.report_error(&line)) {
        files::complain(&error);
    }
}

/// Whether a mail server takes mails from here; for the admin.
///
/// # Errors
/// What is wrong with the settings, or what the server says.
pub fn greet(site: &Site) -> std::result::Result<String, String> {
    let settings = site.settings().map_err(|error| error.to_string())?;
    let by = By::of(&settings)?;
    match Post::open(&by, "localhost")? {
        None => Ok("off".into()),
        Some(post) => post.greet().map(|()| "ok".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::ClipName;
    use crate::thread::catalog::Clip;

    fn entry(author: &str, file: &str) -> Entry {
        let clip = Clip {
            file: ClipName::new(file).unwrap(),
            author: author.into(),
            date_time: String::new(),
            mime: String::new(),
            duration: "1".into(),
            bytes: 1,
            expire: 1,
            description: String::new(),
        };
        Entry { clip, script: String::new(), came: Moment::from_seconds(1) }
    }

    #[test]
    fn nobody_is_told_of_an_own_clip_or_twice_of_the_same() {
        let ann = Reader { name: "Ann".into(), address: "a@b".into(), token: "00".into() };
        let entries = [entry("Ann", "a.webm"), entry("Bob", "b.webm"), entry("Bob", "c.webm")];
        let mut sent = Sent::new();
        let names =
            |sent: &Sent| news_for(&ann, &entries, sent).iter().map(|e| e.clip.file.as_str()).collect::<Vec<_>>();
        assert_eq!(names(&sent), ["b.webm", "c.webm"]);
        note(&mut sent, &ann, &[&entries[1]]);
        assert_eq!(names(&sent), ["c.webm"]);
    }
}
