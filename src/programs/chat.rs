//! `chat.cgi`: relays messages, logs calls, takes the page's error reports.

use super::Context;
use super::caller::{Caller, unknown_command};
use crate::auth::rate_limit::Action;
use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::notice;
use crate::thread::Thread;
use crate::thread::calls::{self, CallEvent, Entry, Party};
use crate::thread::mailbox::{Counts, Target};
use crate::thread::state::one_line;
use crate::wire::reply::Reply;
use crate::wire::{Fields, Incoming};
use crate::zone;
use serde_json::json;

/// Answers one request.
pub fn answer(context: &mut Context<'_>, incoming: Incoming<'_>) -> Result<Reply> {
    let (caller, act, fields) = Caller::posting(context, incoming)?;
    match act.as_str() {
        "relay" => relay(context, &caller, fields),
        "logNrelay" => log_and_relay(context, &caller, fields),
        "logError" => log_error(context, &caller, &fields),
        _ => Err(unknown_command(&act)),
    }
    .inspect(|_| notice::changed(&caller.thread))
}

/// Puts a message into the mailbox, as it came.
pub fn relay(context: &Context<'_>, caller: &Caller, fields: Fields) -> Result<Reply> {
    let target = target(&fields)?;
    caller.thread.must_not_be_silenced(&caller.user)?;
    let locked = caller.thread.lock()?;
    context.count(Action::Message, &locked, &caller.user)?;
    let counts = locked.post(&target, fields.into_object(), Moment::now())?;
    Ok(Reply::alert(words(counts)))
}

/// The same for a message about a call, which the call log is told first.
pub fn log_and_relay(context: &Context<'_>, caller: &Caller, fields: Fields) -> Result<Reply> {
    log_call(context, caller, fields, false)
}

/// The same for a page of the original. With a hub it says everything about a call twice, as `relay` over the hub and as
/// `logNrelay` to upload.php, in whatever order the two arrive: what the log knows already is relayed no second time.
pub fn log_and_relay_once(context: &Context<'_>, caller: &Caller, fields: Fields) -> Result<Reply> {
    log_call(context, caller, fields, true)
}

fn log_call(context: &Context<'_>, caller: &Caller, fields: Fields, once: bool) -> Result<Reply> {
    let target = target(&fields)?;
    let event = CallEvent::of_type(&fields.text("type").unwrap_or_default())?;
    let Some(sid) = fields.filled("sid") else {
        // Whose call at an old page nobody has taken yet has no id for it, and gives it up all the same.
        relay(context, caller, fields)?;
        return Ok(Reply::Json(json!("")));
    };
    calls::check_sid(&sid)?;
    let Target::One(other) = &target else {
        return Err(Error::refused("bad-target", "A call goes to one user"));
    };
    let (thread, now) = (&caller.thread, Moment::now());
    thread.must_not_be_silenced(&caller.user)?;
    let locked = thread.lock()?;
    context.count(Action::Message, &locked, &caller.user)?;
    let presence = locked.presence()?;
    let entry = Entry {
        event,
        sid: &sid,
        by: Party { name: caller.user.as_str(), address: &context.sender.client },
        to: Party { name: other.as_str(), address: presence.address(other.as_str()).unwrap_or_default() },
        video: is_video(fields.filled("video").as_deref()),
        now,
        shift_hours: zone::hours(now.seconds()) + thread.settings.time_shift_hrs,
    };
    let mut was_said = false;
    locked.change_calls(|calls| {
        was_said = once && entry.is_in(calls);
        if !was_said {
            entry.log(calls, thread.settings.call_log_limit as usize);
        }
        !was_said
    })?;
    if was_said {
        return Ok(Reply::Json(json!("")));
    }
    let counts = locked.post(&target, fields.into_object(), now)?;
    // The original answers with a bare string here, unlike to `relay`.
    Ok(Reply::Json(json!(words(counts))))
}

/// Whether a call has a picture: pages of the original say `video` or `audio`, ours `1` or nothing.
fn is_video(said: Option<&str>) -> bool {
    !matches!(said, None | Some("0" | "false" | "audio"))
}

/// Notes that a call goes on, as a poll with its `sid` does.
#[cfg(feature = "server")]
pub(crate) fn call_goes_on(caller: &Caller, fields: &Fields) -> Result<Reply> {
    let sid = fields.filled("sid").ok_or_else(|| Error::refused("no-sid", "Missing SID"))?;
    note_that_call_goes_on(&caller.thread, &sid)?;
    Ok(Reply::Nothing)
}

/// The same, where the thread's settings ask for it.
pub(crate) fn note_that_call_goes_on(thread: &Thread, sid: &str) -> Result<()> {
    if thread.settings.should_log_polls {
        thread.lock()?.change_calls(|calls| calls::goes_on(calls, sid, Moment::now()))?;
    }
    Ok(())
}

/// Keeps what went wrong in a page, for the admin.
pub fn log_error(context: &Context<'_>, caller: &Caller, fields: &Fields) -> Result<Reply> {
    let said = ["errorMsg", "url", "lineNumber", "errorObj"].map(|name| fields.text(name).unwrap_or_default());
    report(context, caller, &said)
}

/// Tells the admin which formats a page's browser could record in, none of which the thread takes; pages of the
/// original ask for it.
pub fn report_mime_fault(context: &Context<'_>, caller: &Caller, fields: &Fields) -> Result<Reply> {
    report(context, caller, &[format!("Mime fault: {}", fields.text("mimesList").unwrap_or_default())])
}

/// Puts what a page reports into the thread's log of errors, on one line.
fn report(context: &Context<'_>, caller: &Caller, said: &[String]) -> Result<Reply> {
    let now = Moment::now();
    let time = now.log_time(zone::hours(now.seconds()) + caller.thread.settings.time_shift_hrs);
    let said: Vec<_> = said.iter().map(|text| one_line(text)).collect();
    let line = format!("{time} {} {}: {}", caller.user, context.sender.client, said.join(" | "));
    let locked = caller.thread.lock()?;
    context.count(Action::Report, &locked, &caller.user)?;
    locked.report_error(&line)?;
    Ok(Reply::Nothing)
}

/// To whom a message goes.
pub fn target(fields: &Fields) -> Result<Target> {
    let target = fields.name("target")?.ok_or_else(|| Error::refused("no-target", "Missing TARGET"))?;
    Target::new(&target)
}

/// The original's answer to a message.
pub fn words(counts: Counts) -> String {
    format!("{}/{}/{}", counts.before, counts.valid, counts.now)
}
