//! `delete.cgi`: deletes a clip, clears a thread, removes expired clips.

use super::Context;
use super::caller::{Caller, unknown_command};
use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::notice;
use crate::thread::Thread;
use crate::thread::retention::{Verdict, expire};
use crate::wire::reply::Reply;
use crate::wire::{Fields, Incoming};

/// Answers one request.
pub fn answer(context: &mut Context<'_>, incoming: Incoming<'_>) -> Result<Reply> {
    let (caller, act, fields) = Caller::posting(context, incoming)?;
    match act.as_str() {
        "delete" => delete(&caller, &fields),
        "clearMedia" => clear(&caller),
        "removeExpired" => remove_expired(&caller),
        _ => Err(unknown_command(&act)),
    }
    .inspect(|_| notice::changed(&caller.thread))
}

/// Deletes one of the caller's own clips, or any for a moderator.
pub fn delete(caller: &Caller, fields: &Fields) -> Result<Reply> {
    let id = fields.filled("id").ok_or_else(|| Error::refused("no-id", "Missing ID"))?;
    let locked = caller.thread.lock()?;
    let catalog = locked.catalog()?;
    let found = catalog.find(&id).and_then(|row| Some((row, catalog.clip(&row)?)));
    match found {
        None => Err(Error::refused("no-clip", "No data about this file")),
        Some((_, clip)) if clip.author != caller.user.as_str() && !is_moderator(caller)? => Err(not_permitted()),
        Some((it, _)) => {
            let (go, stay) = catalog.rows().iter().partition(|row| **row == it);
            locked.remove(&catalog, &Verdict { stay, go })?;
            Ok(Reply::alert("Clip deleted"))
        }
    }
}

/// Deletes all clips of a thread, for a moderator, or where its settings allow that to everybody.
pub fn clear(caller: &Caller) -> Result<Reply> {
    if !caller.thread.settings.allow_clear && !is_moderator(caller)? {
        return Err(not_permitted());
    }
    let locked = caller.thread.lock()?;
    let catalog = locked.catalog()?;
    locked.remove(&catalog, &Verdict { stay: Vec::new(), go: catalog.rows().to_vec() })?;
    Ok(Reply::alert("files cleared"))
}

/// Deletes what is outdated.
pub fn remove_expired(caller: &Caller) -> Result<Reply> {
    Ok(Reply::alert(match sweep(&caller.thread)? {
        0 => "No outdated clips found".into(),
        count => format!("{count} expired clips deleted"),
    }))
}

/// Deletes a thread's outdated clips, if there are any, and returns how many. Takes the lock only then.
pub fn sweep(thread: &Thread) -> Result<usize> {
    let now = Moment::now();
    if thread.survey(&thread.pulse()?, now)?.summary.expired == 0 {
        return Ok(0);
    }
    let locked = thread.lock()?;
    let catalog = locked.catalog()?;
    let verdict = expire(catalog.rows().to_vec(), now);
    locked.remove(&catalog, &verdict)?;
    Ok(verdict.go.len())
}

fn is_moderator(caller: &Caller) -> Result<bool> {
    caller.thread.is_moderator(&caller.user)
}

/// The refusal, in the original's words.
pub fn not_permitted() -> Error {
    Error::refused("not-permitted", "You are not permitted")
}
