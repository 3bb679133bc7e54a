//! `users.cgi`: marks a user online, says who is, and gives the current pulse.

use super::Context;
use super::caller::{Caller, act_of, cut, open_thread};
use super::delete::sweep;
use super::news::Ask;
use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::names::UserName;
use crate::notice;
use crate::settings::Settings;
use crate::thread::Thread;
use crate::wire::reply::Reply;
use crate::wire::{Incoming, NoFiles, body};
use serde_json::{Value, json};

/// How often a page renews its user's presence, in seconds.
pub const RENEW_SEC: u64 = 18;
/// A renewal may come late, or be lost once.
const PRESENCE_SEC: u64 = 2 * RENEW_SEC + 10;

/// Answers one request.
pub fn answer(context: &mut Context<'_>, incoming: Incoming<'_>) -> Result<Reply> {
    let fields = body::parse(incoming, &mut NoFiles)?;
    let act = act_of(&fields)?;
    if act == "list" {
        let realm = fields.text("realm").ok_or_else(|| Error::refused("no-user", missing()))?;
        return who_is_there(&open_thread(context, &realm)?, None);
    }
    context.must_post()?;
    let Caller { thread, user } = Caller::of(context, &fields, missing)?;
    match act.as_str() {
        "online" => {
            thread.mark_online(&user, present_until(&thread.settings), &context.client)?;
            if let Some(ids) = Ask::new(&fields).acknowledged() {
                thread.lock()?.settle(&user, Some(ids), Moment::now())?;
            }
            tidy(&thread)?;
        }
        "bye" => thread.mark_gone(&user)?,
        _ => return Err(Error::refused("unknown-act", format!("Unknown command {}", cut(&act)))),
    }
    notice::changed(&thread);
    who_is_there(&thread, Some(&user))
}

fn missing() -> String {
    "Missing USER or REALM".into()
}

/// Until when a user is online whose page renews that by itself.
pub fn present_until(settings: &Settings) -> Moment {
    Moment::from_seconds(Moment::now().seconds() + u64::from(settings.user_status_fade_s).max(PRESENCE_SEC))
}

/// What is done for a thread whenever somebody is there: a look whether folder and catalog agree, which mends what
/// a crash or the admin left, and the removal of expired clips where the settings ask for it.
pub fn tidy(thread: &Thread) -> Result<()> {
    if thread.settings.remove_expired_from_dir { sweep(thread).map(drop) } else { thread.clips().map(drop) }
}

fn who_is_there(thread: &Thread, user: Option<&UserName>) -> Result<Reply> {
    let pulse = thread.pulse()?;
    let now = Moment::now();
    let mut answer = json!({
        "users": thread.presence()?.names(now),
        "pulse": pulse.to_json(),
        "timestamp": now.seconds(),
    });
    if let Some(user) = user {
        answer["me"] = Value::from(thread.pulse_name(user)?);
    }
    Ok(Reply::Json(answer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_lost_renewal_does_not_make_a_user_fade() {
        let settings = Settings { user_status_fade_s: 5, ..Settings::default() };
        assert!(present_until(&settings).seconds() - Moment::now().seconds() > 2 * RENEW_SEC);
    }
}
