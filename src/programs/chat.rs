//! `chat.cgi`: relays messages, logs calls, takes the page's error reports.

use super::Context;
use super::caller::{Caller, unknown_command};
use crate::auth::rate_limit::Action;
use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::notice;
use crate::thread::calls::{self, CallEvent, Entry, Party};
use crate::thread::mailbox::{Counts, Target};
use crate::thread::state::one_line;
use crate::wire::reply::Reply;
use crate::wire::{Fields, Incoming};
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
    let target = target(&fields)?;
    let event = CallEvent::of_type(&fields.text("type").unwrap_or_default())?;
    let sid = fields.filled("sid").ok_or_else(|| Error::refused("no-sid", "Missing SID"))?;
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
        video: fields.filled("video").is_some_and(|video| video != "0"),
        now,
        shift_hours: thread.settings.time_shift_hrs,
    };
    locked.change_calls(|calls| {
        entry.log(calls, thread.settings.call_log_limit as usize);
        true
    })?;
    let counts = locked.post(&target, fields.into_object(), now)?;
    // The original answers with a bare string here, unlike to `relay`.
    Ok(Reply::Json(json!(words(counts))))
}

/// Notes that a call goes on, as a poll with its `sid` does.
#[cfg(feature = "server")]
pub(crate) fn call_goes_on(caller: &Caller, fields: &Fields) -> Result<Reply> {
    let sid = fields.filled("sid").ok_or_else(|| Error::refused("no-sid", "Missing SID"))?;
    if caller.thread.settings.should_log_polls {
        caller.thread.lock()?.change_calls(|calls| calls::goes_on(calls, &sid, Moment::now()))?;
    }
    Ok(Reply::Nothing)
}

/// Keeps what went wrong in a page, for the admin.
pub fn log_error(context: &Context<'_>, caller: &Caller, fields: &Fields) -> Result<Reply> {
    let said =
        ["errorMsg", "url", "lineNumber", "errorObj"].map(|name| one_line(&fields.text(name).unwrap_or_default()));
    let time = Moment::now().log_time(caller.thread.settings.time_shift_hrs);
    let line = format!("{time} {} {}: {}", caller.user, context.sender.client, said.join(" | "));
    let locked = caller.thread.lock()?;
    context.count(Action::Report, &locked, &caller.user)?;
    locked.report_error(&line)?;
    Ok(Reply::Nothing)
}

/// To whom a message goes.
pub fn target(fields: &Fields) -> Result<Target> {
    let target = fields.filled("target").ok_or_else(|| Error::refused("no-target", "Missing TARGET"))?;
    Target::new(&target)
}

/// The original's answer to a message.
pub fn words(counts: Counts) -> String {
    format!("{}/{}/{}", counts.before, counts.valid, counts.now)
}
