//! `users.cgi`: marks a user online, says who is, and gives the current pulse.

use super::caller::{Caller, act_of, cut, open_thread, visit_of};
use super::delete::{not_permitted, sweep};
use super::news::Ask;
use super::{Context, gate};
use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::names::UserName;
use crate::notice;
use crate::settings::Settings;
use crate::thread::Thread;
use crate::thread::state::LONGEST_PRESENCE_SEC;
use crate::wire::reply::Reply;
use crate::wire::{Fields, Incoming, NoFiles, body};
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
    if act == "take" {
        return take(context, &fields);
    }
    let Caller { thread, user } = Caller::of(context, &fields, missing)?;
    match act.as_str() {
        "share" => {
            let (code, seconds) = gate::share(&thread, &user)?;
            return Ok(Reply::Json(json!({ "code": code, "seconds": seconds })));
        }
        "mute" | "unmute" | "ban" | "unban" => return moderate(&thread, &user, &act, &fields),
        "endPasses" => {
            if !thread.is_moderator(&user)? {
                return Err(not_permitted());
            }
            gate::end_passes(context, &thread)?;
            notice::changed(&thread);
            return Ok(Reply::alert("Everybody must give the password again"));
        }
        "online" => {
            let until = present_until(&thread.settings, Pace::of(&fields));
            drop(thread.mark_online(&user, until, &context.sender.client, visit_of(&fields).as_ref())?);
            if let Some(ids) = Ask::new(&fields).acknowledged() {
                thread.lock()?.settle(&user, Some(ids), Moment::now())?;
            }
            tidy(&thread)?;
        }
        "bye" => thread.mark_gone(&user, visit_of(&fields).as_ref())?,
        _ => return Err(Error::refused("unknown-act", format!("Unknown command {}", cut(&act)))),
    }
    notice::changed(&thread);
    who_is_there(&thread, Some(&user))
}

/// Gives this device a name that another one holds, for the code that the other one shows.
fn take(context: &Context<'_>, fields: &Fields) -> Result<Reply> {
    let (Some(user), Some(realm)) = (fields.name("user")?, fields.text("realm")) else {
        return Err(Error::refused("no-user", missing()));
    };
    let (user, thread) = (UserName::new(&user)?, open_thread(context, &realm)?);
    gate::take(context, &thread, &user, &fields.filled("code").unwrap_or_default())?;
    who_is_there(&thread, Some(&user))
}

/// Does what only moderators may.
fn moderate(thread: &Thread, user: &UserName, act: &str, fields: &Fields) -> Result<Reply> {
    if !thread.is_moderator(user)? {
        return Err(not_permitted());
    }
    let target = UserName::new(&fields.name("target")?.unwrap_or_default())?;
    let silenced = thread.lock()?.change_holders(|holders| {
        match act {
            "mute" | "unmute" => holders.mute(&target, act == "mute"),
            _ => holders.ban(&target, act == "ban"),
        }
        let (muted, banned) = holders.silenced();
        (true, json!({ "muted": muted, "banned": banned }))
    })?;
    if act == "ban" {
        thread.mark_gone(&target, None)?;
    }
    // The hub must not let through what is refused from now on.
    notice::changed(thread);
    Ok(Reply::Json(silenced))
}

fn missing() -> String {
    "Missing USER or REALM".into()
}

/// Every how many tenths of a second a page asks, as far as it says so (`pollFactor`); 0: it does not.
#[derive(Clone, Copy, Default)]
pub struct Pace(u32);

impl Pace {
    /// What the request says.
    pub fn of(fields: &Fields) -> Self {
        Self(fields.text("pollFactor").and_then(|text| text.parse().ok()).unwrap_or(0))
    }

    /// For how many seconds a user is there after a question: so long at least, or until the page's next question if
    /// that comes later, and so many seconds late.
    fn stays(self, least: u64, late: u64) -> u64 {
        let own = if u64::from(self.0) > least * 10 { u64::from(self.0.div_ceil(10)) + late } else { 0 };
        own.min(LONGEST_PRESENCE_SEC).max(least)
    }
}

/// Until when a user is online whose page renews that by itself, or asks more slowly than that and says so.
pub fn present_until(settings: &Settings, pace: Pace) -> Moment {
    const LATE: u64 = 10;
    in_seconds(pace.stays(u64::from(settings.user_status_fade_s).max(PRESENCE_SEC), LATE))
}

/// The same for a page of the original, which renews nothing but polls.
pub fn old_page_present_until(settings: &Settings, pace: Pace) -> Moment {
    const LATE: u64 = 2;
    in_seconds(pace.stays(settings.user_status_fade_s.into(), LATE))
}

fn in_seconds(seconds: u64) -> Moment {
    Moment::from_seconds(Moment::now().seconds() + seconds)
}

/// What is done for a thread whenever somebody is there: a look whether folder and catalog agree, which mends what
/// a crash or the admin left, and the removal of expired clips where the settings ask for it.
pub fn tidy(thread: &Thread) -> Result<()> {
    if thread.settings.remove_expired_from_dir { sweep(thread).map(drop) } else { thread.mend_clips() }
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
        assert!(present_until(&settings, Pace::default()).seconds() - Moment::now().seconds() > 2 * RENEW_SEC);
    }

    #[test]
    fn a_page_that_asks_slowly_is_there_until_its_next_question() {
        let cases = [
            (5, None, 5),
            (5, Some("l"), 5),
            (5, Some("30"), 5),
            (5, Some("50"), 5),
            (5, Some("51"), 8),
            (5, Some("600"), 62),
            (700, Some("600"), 700),
            (5, Some("4294967295"), LONGEST_PRESENCE_SEC),
            (5, Some("-1"), 5),
        ];
        for (least, factor, seconds) in cases {
            let mut fields = Fields::default();
            if let Some(factor) = factor {
                fields.add_form(format!("pollFactor={factor}").as_bytes()).expect("a form");
            }
            assert_eq!(Pace::of(&fields).stays(least, 2), seconds, "{least} {factor:?}");
        }
    }
}
