//! `thread.cgi`: everything that the page must know of a thread, as one JSON object.

use super::caller::{open, open_thread};
use super::users::RENEW_SEC;
use super::{Context, gate};
use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::formats::{self, Kind};
use crate::ice;
use crate::names::UserName;
use crate::notice;
use crate::settings::{OnRecorded, PollFactor, Settings, reports};
use crate::thread::Thread;
use crate::thread::listing::{Listed, listed};
use crate::thread::state::PULSE;
use crate::wire::reply::Reply;
use crate::wire::{Incoming, NoFiles, body};
use serde_json::{Value, json};
use std::time::SystemTime;

/// Answers one request.
pub fn answer(context: &mut Context<'_>, incoming: Incoming<'_>) -> Result<Reply> {
    let fields = body::parse(incoming, &mut NoFiles)?;
    if fields.text("act").as_deref() == Some("list") {
        return list(context);
    }
    let realm = fields.filled("realm").ok_or_else(|| Error::refused("no-thread", "Missing REALM"))?;
    let user = fields.name("user")?.map(|user| UserName::new(&user)).transpose()?;
    let thread = match fields.filled("password") {
        None => {
            let thread = open_thread(context, &realm)?;
            // Before all else that a page asks for, so that what it asks for at once comes with its cookie.
            user.map_or(Ok(()), |user| gate::admit(context, &thread, &user))?;
            thread
        }
        Some(password) => {
            context.must_post()?;
            let thread = open(context, &realm)?;
            gate::log_in(context, &thread, &password)?;
            thread
        }
    };
    let (ice_servers, ice_problem) = ice::servers(&thread.settings, &context.sender.host, Moment::now());
    report(context, &thread, ice_problem);
    let mut description = description(&thread, ice_servers);
    if let Some(hub) = context.site.hub().map(str::to_owned).or_else(|| notice::hub_of(&thread)) {
        description["hub"] = hub.into();
    }
    Ok(Reply::Json(description))
}

/// Tells the admin what is wrong with the settings, at its time.
fn report(context: &mut Context<'_>, thread: &Thread, ice_problem: Option<String>) {
    let problems: Vec<_> = thread.problems.iter().map(ToString::to_string).chain(ice_problem).collect();
    if !problems.is_empty() && reports::is_due(&thread.folder, SystemTime::now()) {
        context.log.extend(problems.iter().map(|problem| format!("{}: {problem}", thread.folder.display())));
    }
}

/// The threads that want to be found, for whoever comes without a link.
fn list(context: &Context<'_>) -> Result<Reply> {
    let row =
        |thread: &Listed| json!({ "thread": thread.name.as_str(), "title": thread.title, "closed": thread.is_closed });
    Ok(Reply::Json(json!({ "threads": listed(context.site)?.iter().map(row).collect::<Value>() })))
}

fn description(thread: &Thread, ice_servers: Value) -> Value {
    let s = &thread.settings;
    let folder = format!("threads/{}", encoded(thread.name.as_str()));
    json!({
        "thread": thread.name.as_str(),
        "title": s.title,
        "lang": s.lang,
        "media": format!("{folder}/{}/", encoded(&s.media_folder)),
        "pulse": format!("{folder}/{PULSE}"),
        "limits": limits(s),
        "formats": formats::FORMATS.iter().map(format).collect::<Value>(),
        "allowVideo": s.allow_video,
        "videoOn": s.video_on,
        "allowStream": s.allow_stream,
        "onRecorded": match s.on_recorded { OnRecorded::Stop => "stop", OnRecorded::Upload => "upload" },
        "streamIdleS": s.stream_idle_s,
        "playNew": s.play_new,
        "skipMine": s.skip_mine,
        "showMore": s.show_more,
        "reportErrors": s.report_errors,
        "allowClear": s.allow_clear,
        "hideExpired": s.hide_expired,
        "holdsNames": s.name_hold_days > 0,
        "moderators": s.moderators,
        "pollFactor": match s.poll_factor {
            PollFactor::Tenths(tenths) => json!(tenths),
            PollFactor::Long => json!("l"),
            PollFactor::Off => json!("off"),
        },
        "renewSec": RENEW_SEC,
        "longPollPeriodS": s.long_poll_period_s,
        "timeShiftHrs": s.time_shift_hrs,
        "iceServers": ice_servers,
        "relayOnly": s.relay_only,
        "timestamp": Moment::now().seconds(),
    })
}

fn limits(s: &Settings) -> Value {
    json!({
        "maxBlobBytes": crate::thread::retention::largest_clip(s),
        "maxMediaFolderBytes": s.max_media_folder_bytes,
        "clipLifetimeSec": s.clip_lifetime_sec,
        "maxClipCount": s.max_clip_count,
        "maxClipSizeSec": s.max_clip_size_sec,
        "messageLifetimeSec": s.message_lifetime_sec,
    })
}

fn format(format: &formats::Format) -> Value {
    let kind = match format.kind {
        Kind::Audio => "audio",
        Kind::Video => "video",
    };
    json!({ "mime": format.mime, "ext": format.ext, "kind": kind })
}

/// A name as a component of an address, where a `+` is no space.
fn encoded(name: &str) -> String {
    form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>().replace('+', "%20")
}
