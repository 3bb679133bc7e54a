//! `upload.cgi`: takes clips, and every other act that upload.php took.

use super::caller::{Caller, act_of, open_thread, unknown_command};
use super::{Context, chat, delete};
use crate::auth::rate_limit::Action;
use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::files;
use crate::formats;
use crate::mail;
use crate::mail::queue::Entry;
use crate::names::{ClipName, UploadKey, UserName};
use crate::notice;
use crate::thread::catalog::{Clip, author};
use crate::thread::reservation::OnItsWay;
use crate::thread::retention::{NewClip, largest_clip, make_room};
use crate::thread::spool::{MOST_IN_MEMORY, Spooled, kilobytes, too_large};
use crate::thread::{Locked, Thread};
use crate::wire::reply::Reply;
use crate::wire::{Fields, FileSink, Incoming, body};
use crate::zone;
use serde_json::json;
use std::io::BufRead;
use std::os::fd::OwnedFd;

/// What a form adds to its file: boundaries, headers and the other fields.
const FORM_OVERHEAD: u64 = 64 * 1024;
const LONGEST_DESCRIPTION: usize = 1000;
/// A day; a longer clip is a mistake.
const LONGEST_DURATION: f64 = 86_400.0;

/// Answers one request.
pub fn answer(context: &mut Context<'_>, incoming: Incoming<'_>) -> Result<Reply> {
    let mut sink = ClipSink { context, received: None };
    let fields = body::parse(incoming, &mut sink)?;
    let received = sink.received;
    let act = act_of(&fields)?;
    // The original's page asks for this one with GET, and it removes nothing that is not outdated anyway.
    if act != "removeExpired" && act != "getCatalog" {
        context.must_post()?;
    }
    let caller = Caller::of_upload(context, &fields, &act)?;
    match act.as_str() {
        "uploadBlob" => upload(context, &caller, &fields, received),
        "delete" => delete::delete(&caller, &fields),
        "clearMedia" => delete::clear(&caller),
        "removeExpired" => delete::remove_expired(&caller),
        "relay" => chat::relay(context, &caller, fields),
        "logNrelay" => chat::log_and_relay_once(context, &caller, fields),
        "logError" => chat::log_error(context, &caller, &fields),
        "reportMimeFault" => chat::report_mime_fault(context, &caller, &fields),
        "getCatalog" => catalog_over_hub(context, &caller, &fields),
        _ => Err(unknown_command(&act)),
    }
    .inspect(|_| notice::changed(&caller.thread))
}

/// What a page of the original asks for now and then where it has a hub, over which it gets the catalog: the answer says only
/// that this works.
fn catalog_over_hub(context: &Context<'_>, caller: &Caller, fields: &Fields) -> Result<Reply> {
    if context.site.hub().is_none() && notice::hub_of(&caller.thread).is_none() {
        return Err(Error::refused("unknown-act", "Unappropriate command=getCatalog!"));
    }
    if let Some(sid) = fields.filled("sid") {
        chat::note_that_call_goes_on(&caller.thread, &sid)?;
    }
    Ok(Reply::alert("hub response:,Ok"))
}

/// Receives the clip of a request, and refuses it as early as what stands before it allows.
struct ClipSink<'c, 's> {
    context: &'c Context<'s>,
    received: Option<Spooled>,
}

impl FileSink for ClipSink<'_, '_> {
    fn take(&mut self, fields: &Fields, body_bytes: Option<u64>, data: &mut dyn BufRead) -> Result<()> {
        if self.received.is_some() {
            return Err(Error::malformed("two-files", "Only one clip can be uploaded at a time"));
        }
        self.context.note_page(fields);
        let thread = self.thread(fields)?;
        let limit = largest_clip(&thread.settings);
        if body_bytes.is_some_and(|bytes| bytes > limit + FORM_OVERHEAD) {
            return Err(too_large(limit));
        }
        let bytes = body_bytes.map_or(limit, |bytes| bytes.min(limit));
        let (new, mode) = (OnItsWay::new(bytes, &self.context.sender.client), thread.public_file_mode());
        let is_small = bytes <= MOST_IN_MEMORY;
        // Where many want the lock, one who can do with taking it once does not take it twice.
        let place = if is_small { thread.try_to_reserve_at_once(&new)? } else { thread.try_to_reserve(&new)? };
        self.received = Some(match place {
            Some(place) => Spooled::receive(data, place, &thread.folder, mode, limit)?,
            None if is_small => Spooled::receive_into_memory(data, &thread.folder, mode, limit)?,
            None => Spooled::receive(data, thread.reserve(&new)?, &thread.folder, mode, limit)?,
        });
        Ok(())
    }
}

impl ClipSink<'_, '_> {
    /// The thread to which a clip goes. Where it has room, and how much, is known from the thread alone.
    fn thread(&self, fields: &Fields) -> Result<Thread> {
        let realm = fields.text("realm").ok_or_else(|| {
            Error::malformed(
                "file-first",
                "The file came before the name of its thread (realm), which must stand before it",
            )
        })?;
        if let Some(user) = fields.name("user")? {
            UserName::new(&user)?;
        }
        open_thread(self.context, &realm)
    }
}

fn upload(context: &Context<'_>, caller: &Caller, fields: &Fields, received: Option<Spooled>) -> Result<Reply> {
    let Caller { thread, user } = caller;
    thread.must_not_be_silenced(user)?;
    let (Some(mime), Some(ext)) = (fields.filled("mime"), fields.filled("ext")) else {
        return Err(Error::refused("no-format", "Missing MIME or EXT"));
    };
    formats::check(&mime, &ext)?;
    let upload_id = fields.filled("uploadId");
    let key = match &upload_id {
        Some(id) => UploadKey::new(user, id)?,
        None => UploadKey::unique()?,
    };
    let now = Moment::now();
    let spooled = fit(thread, &ext, received)?;
    let clip = Clip {
        file: ClipName::of_upload(now, &key, &ext),
        author: user.as_str().into(),
        date_time: now.catalog_time(zone::hours(now.seconds()) + thread.settings.time_shift_hrs),
        mime,
        duration: duration(fields)?,
        bytes: spooled.bytes(),
        expire: now.seconds() + thread.settings.clip_lifetime_sec,
        description: description(fields)?,
    };
    let size = kilobytes(clip.bytes);
    let name = store(context, caller, clip, spooled, &key)?;
    let alert = format!("Server got a record of {size}");
    Ok(Reply::Json(match upload_id {
        Some(_) => json!({ "alert": alert, "id": name.as_str() }),
        None => json!({ "alert": alert }),
    }))
}

/// Checks a received clip against the thread's limits.
fn fit(thread: &Thread, ext: &str, received: Option<Spooled>) -> Result<Spooled> {
    let spooled = received.ok_or_else(|| Error::refused("no-file", "Missing the file"))?;
    let limit = largest_clip(&thread.settings);
    match spooled.bytes() {
        0 => Err(Error::refused("empty", "The file is empty")),
        bytes if bytes > limit => Err(too_large(limit)),
        _ if !formats::is_container(ext, spooled.head()) => {
            Err(Error::refused("bad-content", format!("The file is no {ext}, whatever its name says")))
        }
        _ => Ok(spooled),
    }
}

/// Stores a clip, unless the same upload was stored before; returns the name it has.
fn store(context: &Context<'_>, caller: &Caller, clip: Clip, spooled: Spooled, key: &UploadKey) -> Result<ClipName> {
    let locked = caller.thread.lock()?;
    let catalog = locked.catalog()?;
    if let Some(name) = locked.stored_before(key, &catalog)? {
        return Ok(name);
    }
    context.count(Action::Clip, &locked, &caller.user)?;
    announce(context, &locked, &clip);
    let new = NewClip { author: &author(&clip.author), bytes: clip.bytes };
    let rows = catalog.rows().to_vec();
    let verdict = make_room(rows, |row| catalog.author_of(row), new, &locked.settings, Moment::now());
    context.close_later(locked.add(&catalog, &clip, spooled, &verdict)?.into_iter().map(OwnedFd::from));
    Ok(clip.file)
}

/// Sees to it that people get a mail about a clip. Before the clip is stored, so that none is forgotten; what is not
/// stored in the end nobody is told of. A mail that can't be is no reason to refuse a clip.
fn announce(context: &Context<'_>, locked: &Locked<'_>, clip: &Clip) {
    if !mail::is_wanted(locked) || mail::list::lists_nobody(locked) {
        return;
    }
    let done = context.site.settings().and_then(|settings| {
        let entry = Entry { clip: clip.clone(), script: context.sender.script.clone(), came: Moment::now() };
        locked.announce(&entry, settings.mail_wait())
    });
    match done {
        Ok(()) => drop(context.mail.replace(Some(locked.name.clone()))),
        Err(error) => files::complain(&error),
    }
}

/// A duration in seconds as the catalog has it: as text, and never 0.
fn duration(fields: &Fields) -> Result<String> {
    let Some(text) = fields.filled("duration") else { return Ok("1".into()) };
    match text.trim().parse::<f64>() {
        Ok(seconds) if (0.0..=LONGEST_DURATION).contains(&seconds) => {
            Ok(if seconds == 0.0 { "1".into() } else { seconds.to_string() })
        }
        _ => Err(Error::refused("bad-duration", "The duration must be a number of seconds")),
    }
}

fn description(fields: &Fields) -> Result<String> {
    let text = fields.text("description").unwrap_or_default();
    if text.chars().count() > LONGEST_DESCRIPTION {
        return Err(Error::refused("long-description", "The description is too long"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(query: &str) -> Fields {
        let mut fields = Fields::default();
        fields.add_urlencoded(query.as_bytes()).unwrap();
        fields
    }

    #[test]
    fn a_duration_is_seconds_as_text_and_never_zero() {
        let cases = [("2", Some("2")), ("0", Some("1")), ("", Some("1")), ("2.50", Some("2.5")), (" 3 ", Some("3"))];
        for (text, expected) in cases {
            assert_eq!(duration(&fields(&format!("duration={text}"))).ok().as_deref(), expected, "{text}");
        }
        for bad in ["-1", "x", "NaN", "inf", "1e9"] {
            assert!(duration(&fields(&format!("duration={bad}"))).is_err(), "{bad}");
        }
    }
}
