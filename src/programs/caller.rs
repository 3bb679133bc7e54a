//! Who asks, and in which thread: checked once, at the edge.

use super::{Context, gate};
use crate::error::{Error, Result};
use crate::mail;
use crate::names::{ThreadName, UserName, VisitId};
use crate::settings::reports;
use crate::thread::Thread;
use crate::wire::{Fields, Incoming, NoFiles, body};
use std::time::SystemTime;

/// A user in a thread.
pub struct Caller {
    /// The thread, open.
    pub thread: Thread,
    /// The user.
    pub user: UserName,
}

impl Caller {
    /// Takes `user` and `realm` from a request. `missing` is what to say if one of them isn't there.
    ///
    /// # Errors
    /// When one is missing or bad, there is no such thread, or the user may not come in.
    pub fn of(context: &Context<'_>, fields: &Fields, missing: impl FnOnce() -> String) -> Result<Self> {
        let (Some(user), Some(realm)) = (fields.name("user")?, fields.text("realm")) else {
            return Err(Error::refused("no-user", missing()));
        };
        context.note_page(fields);
        let user = UserName::new(&user)?;
        let thread = open_thread(context, &realm)?;
        gate::admit(context, &thread, &user)?;
        Ok(Self { thread, user })
    }

    /// As [`of`](Self::of), in the words of upload.php.
    ///
    /// # Errors
    /// The same.
    pub fn of_upload(context: &Context<'_>, fields: &Fields, act: &str) -> Result<Self> {
        // The act may be anything, so no more of it is repeated than an act has letters.
        Self::of(context, fields, || format!("Missing USER or REALM (act={})", cut(act)))
    }

    /// Takes a request that changes something apart: who asks, the act, and everything.
    ///
    /// # Errors
    /// When it wasn't sent with POST, something is missing or bad, or there is no such thread.
    pub fn posting(context: &Context<'_>, incoming: Incoming<'_>) -> Result<(Self, String, Fields)> {
        context.must_post()?;
        let fields = body::parse(incoming, &mut NoFiles)?;
        let act = act_of(&fields)?;
        Ok((Self::of_upload(context, &fields, &act)?, act, fields))
    }
}

/// What a request wants.
///
/// # Errors
/// When it doesn't say.
pub fn act_of(fields: &Fields) -> Result<String> {
    fields.filled("act").ok_or_else(|| Error::refused("no-act", "Missing ACT"))
}

/// The visit that a request belongs to; `None` from an old page, or if it is no such name.
pub fn visit_of(fields: &Fields) -> Option<VisitId> {
    fields.text("visit").and_then(|text| VisitId::new(&text))
}

/// Opens the thread that a request names.
///
/// # Errors
/// When the name is bad, there is no such thread, or it is closed to the one who asks.
pub fn open_thread(context: &Context<'_>, realm: &str) -> Result<Thread> {
    let thread = open(context, realm)?;
    thread.must_be_open(context.request())?;
    if mail::is_wanted(&thread) && mail::start::if_due(context.site, &thread) {
        context.mail.replace(Some(thread.name.clone()));
    }
    Ok(thread)
}

/// The same without asking who it is. What keeps a thread from being opened is logged once an hour, not at each request.
///
/// # Errors
/// When the name is bad, or there is no such thread.
pub fn open(context: &Context<'_>, realm: &str) -> Result<Thread> {
    let name = ThreadName::new(realm)?;
    let folder = context.site.threads().join(name.as_str());
    let is_known = |error: &Error| error.is_the_hosts() && !reports::is_due(&folder, SystemTime::now());
    Thread::open(context.site, name).map_err(|error| if is_known(&error) { error.again() } else { error })
}

/// The refusal of an act that a program doesn't know, in the words of upload.php.
pub fn unknown_command(act: &str) -> Error {
    Error::refused("unknown-act", format!("Unknown command={}!", cut(act)))
}

/// The beginning of something that a request brought, for repeating it to whoever sent it.
pub fn cut(text: &str) -> &str {
    const LONGEST: usize = 40;
    &text[..text.floor_char_boundary(LONGEST)]
}
