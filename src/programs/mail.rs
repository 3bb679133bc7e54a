//! `mail.cgi` on the web: lets a reader unsubscribe, and subscribe again.
//!
//! The link in a mail opens a page with a button, since programs that look at mails follow links. A mail reader's own
//! button posts to the same address (RFC 8058). Who has the token has the mail.

use super::Context;
use super::caller::open;
use crate::error::{Error, Result};
use crate::mail::words;
use crate::thread::Thread;
use crate::wire::page::{Page, escaped};
use crate::wire::reply::Reply;
use crate::wire::{Incoming, NoFiles, body};

/// Answers one request.
pub fn answer(context: &mut Context<'_>, incoming: Incoming<'_>) -> Result<Reply> {
    let fields = body::parse(incoming, &mut NoFiles)?;
    let (Some(realm), Some(token)) = (fields.filled("realm"), fields.filled("to")) else {
        return Err(Error::malformed("no-token", "This address is not whole; use the link in the mail"));
    };
    let thread = open(context, &realm)?;
    // Also for a name that is no longer listed: it gets no mails either way, and nobody learns who is listed.
    let is_token = token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_known = is_token && thread.readers()?.iter().any(|reader| reader.token == token);
    if !is_known {
        return Err(Error::with_status(404, "no-token", "Nobody gets mails by this link any more"));
    }
    let wanted = if context.is_post {
        let wanted = fields.text("act").as_deref() == Some("subscribe");
        thread.lock()?.subscribe(&token, wanted)?;
        wanted
    } else {
        !thread.unsubscribed()?.contains(&token)
    };
    Ok(Reply::Page(page(&thread, &token, wanted)))
}

fn page(thread: &Thread, token: &str, wanted: bool) -> Page {
    let words = words::of(&thread.settings.lang);
    let title = Some(&thread.settings.title).filter(|title| !title.is_empty());
    let title = title.map_or(thread.name.as_str(), |title| title).to_owned();
    let (says, act, button) =
        if wanted { (words.gets, "unsubscribe", words.stop) } else { (words.stopped, "subscribe", words.again) };
    let (heading, says) = (escaped(&title), says.replace("{thread}", &escaped(&title)));
    let (realm, token) = (escaped(thread.name.as_str()), escaped(token));
    let main = format!(
        "<h1>{heading}</h1><p role=\"status\">{says}</p>\n\
         <form method=\"post\"><input type=\"hidden\" name=\"realm\" value=\"{realm}\">\
         <input type=\"hidden\" name=\"to\" value=\"{token}\"><input type=\"hidden\" name=\"act\" value=\"{act}\">\
         <button>{button}</button></form>"
    );
    Page { status: 200, lang: words.lang.into(), title, main, style: "", script: "", policy: String::new() }
}
