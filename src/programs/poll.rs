//! `poll.cgi`: what is new for a user. Also `longPoll`, which waits until something is, and `echo`.

use super::Context;
use super::caller::{Caller, act_of, cut};
use super::news::{Ask, news_knowing};
use super::users::{present_until, tidy};
use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::thread::calls;
use crate::thread::presence::PresenceText;
use crate::thread::watch::Watch;
use crate::wire::reply::Reply;
use crate::wire::{Fields, Incoming, NoFiles, body};
use std::time::{Duration, Instant};

/// Answers one request. The original's pages poll with GET, so that is allowed here.
pub fn answer(context: &mut Context<'_>, incoming: Incoming<'_>) -> Result<Reply> {
    let fields = body::parse(incoming, &mut NoFiles)?;
    let caller = Caller::of(context, &fields, || "Missing USER or REALM".into())?;
    let act = act_of(&fields)?;
    match act.as_str() {
        "poll" => poll(context, &caller, &fields),
        "longPoll" => long_poll(context, &caller, &fields),
        "echo" => Ok(Reply::alert("Echo response")),
        _ => Err(Error::refused("unknown-act", format!("Unknown command {}", cut(&act)))),
    }
}

fn poll(context: &Context<'_>, caller: &Caller, fields: &Fields) -> Result<Reply> {
    let ask = Ask::new(fields);
    let presence = arrive(context, caller, fields, &ask)?;
    Ok(news_knowing(caller, &ask, presence)?.into_reply(&ask))
}

fn long_poll(context: &Context<'_>, caller: &Caller, fields: &Fields) -> Result<Reply> {
    let watch = Watch::new(&caller.thread);
    let reply = wait_for_news(context, caller, fields, &watch);
    context.close_later(watch.into_descriptor());
    reply
}

fn wait_for_news(context: &Context<'_>, caller: &Caller, fields: &Fields, watch: &Watch) -> Result<Reply> {
    let ask = Ask::new(fields);
    let settings = &caller.thread.settings;
    let end = Instant::now() + Duration::from_secs(settings.long_poll_period_s.into());
    // Presence is renewed, and what only time changes is looked at, at least this often.
    let step = Duration::from_secs(settings.user_status_fade_s.max(2).into()) / 2;
    let presence = arrive(context, caller, fields, &ask)?;
    let mut found = news_knowing(caller, &ask, presence)?;
    if found.is_new {
        return Ok(found.into_reply(&ask));
    }
    let Some(_permit) = caller.thread.take_permit(settings.max_long_polls) else {
        return Ok(found.not_waited_for().into_reply(&ask));
    };
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if found.is_new || left.is_zero() {
            return Ok(found.into_reply(&ask));
        }
        watch.wait(left.min(step));
        // A page that is closed says so, and no web server does: it must not be marked as there again.
        if !caller.thread.presence()?.names_at_all(&caller.user) {
            return Ok(found.into_reply(&ask));
        }
        found = news_knowing(caller, &ask, None)?;
        // Not before the news are told: whoever has made them may still hold the lock. The page asks again at once.
        if !found.is_new {
            drop(stay(context, caller, &ask)?);
        }
    }
}

/// What a poll does before it looks: it says that the user is there, takes note of what the page has, and that a
/// call goes on.
fn arrive(context: &Context<'_>, caller: &Caller, fields: &Fields, ask: &Ask) -> Result<Option<PresenceText>> {
    let presence = stay(context, caller, ask)?;
    let (thread, now) = (&caller.thread, Moment::now());
    if let Some(ids) = ask.acknowledged() {
        thread.lock()?.settle(&caller.user, Some(ids), now)?;
    }
    if let Some(sid) = fields.filled("sid").filter(|_| thread.settings.should_log_polls) {
        thread.lock()?.change_calls(|calls| calls::goes_on(calls, &sid, now))?;
    }
    // Whether folder and catalog agree, the look for what is new finds by itself.
    if thread.settings.remove_expired_from_dir {
        tidy(thread)?;
    }
    Ok(presence)
}

fn stay(context: &Context<'_>, caller: &Caller, ask: &Ask) -> Result<Option<PresenceText>> {
    let Caller { thread, user } = caller;
    let settings = &thread.settings;
    let until = if ask.is_new_page() {
        present_until(settings)
    } else {
        Moment::from_seconds(Moment::now().seconds() + u64::from(settings.user_status_fade_s))
    };
    thread.mark_online(user, until, &context.sender.client)
}
