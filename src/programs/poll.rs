//! `poll.cgi`: what is new for a user. Also `longPoll`, which waits until something is, and `echo`.

use super::caller::{Caller, act_of, cut, visit_of};
use super::news::{Ask, News, news_knowing};
use super::users::{Pace, old_page_present_until, present_until, tidy};
use super::{Context, delete};
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
        "delete" | "clearMedia" => change(context, &caller, &act, &fields),
        _ => Err(Error::refused("unknown-act", format!("Unknown command {}", cut(&act)))),
    }
}

/// What download.php took besides polls; upload.php does the same.
fn change(context: &Context<'_>, caller: &Caller, act: &str, fields: &Fields) -> Result<Reply> {
    if act == "clearMedia" {
        context.must_post()?;
        return delete::clear(caller);
    }
    // These pages ask for it with GET. It wants the name of a clip, which no other site can know.
    delete::delete(caller, fields)?;
    News::catalog(&caller.thread, "Clip deleted")
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
    let there = caller.thread.presence()?;
    // On a full disk nobody is written down.
    let is_known = there.names_at_all(&caller.user);
    let is_over = visit_of(fields).is_some_and(|visit| there.is_over(&visit, Moment::now()));
    let mut found = news_knowing(caller, &ask, presence)?;
    if found.is_new || is_over {
        return Ok(found.into_reply(&ask));
    }
    let Some(_permit) = caller.thread.take_permit(settings.max_long_polls) else {
        return Ok(found.not_waited_for().into_reply(&ask));
    };
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if found.is_new || left.is_zero() {
            return after_wait(caller, found, &ask);
        }
        watch.wait(left.min(step));
        // A page that is closed says so, and no web server does: it must not be marked as there again.
        if is_known && !caller.thread.presence()?.names_at_all(&caller.user) {
            return after_wait(caller, found, &ask);
        }
        found = news_knowing(caller, &ask, None)?;
        // Not before the news are told: whoever has made them may still hold the lock. The page asks again at once.
        if !found.is_new {
            drop(stay(context, caller, fields, &ask)?);
        }
    }
}

/// An old page that has waited for nothing gets the catalog again, as from the original, and not a 304.
fn after_wait(caller: &Caller, found: News, ask: &Ask) -> Result<Reply> {
    if found.is_new || ask.is_new_page() {
        return Ok(found.into_reply(ask));
    }
    News::catalog(&caller.thread, "Catalog refreshed")
}

/// What a poll does before it looks: it says that the user is there, takes note of what the page has, and that a
/// call goes on.
fn arrive(context: &Context<'_>, caller: &Caller, fields: &Fields, ask: &Ask) -> Result<Option<PresenceText>> {
    let presence = stay(context, caller, fields, ask)?;
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
    } else if ask.wants_expired_removed() {
        delete::sweep(thread)?;
    }
    Ok(presence)
}

fn stay(context: &Context<'_>, caller: &Caller, fields: &Fields, ask: &Ask) -> Result<Option<PresenceText>> {
    let Caller { thread, user } = caller;
    let (settings, pace) = (&thread.settings, Pace::of(fields));
    let until = if ask.is_new_page() { present_until(settings, pace) } else { old_page_present_until(settings, pace) };
    thread.mark_online(user, until, &context.sender.client, visit_of(fields).as_ref())
}
