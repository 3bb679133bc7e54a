//! Who may come in: a closed thread's password, the names that belong to others, requests from other sites.

use super::Context;
use crate::auth::cookies;
use crate::auth::entry::rules;
use crate::auth::holders;
use crate::auth::pass::{Door, Lock};
use crate::auth::password;
use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::files;
use crate::names::UserName;
use crate::random;
use crate::thread::Thread;
use crate::wire::Sender;

/// Refuses what another site's page makes a visitor's browser send. Browsers say from where a request comes
/// (Fetch Metadata and RFC 6454); what says nothing is no browser, or too old to be told apart.
///
/// # Errors
/// `foreign`.
pub(super) fn refuse_foreign(sender: &Sender) -> Result<()> {
    let is_ours = match sender.fetch_site.as_str() {
        "" => sender.origin.is_empty() || is_own_site(sender, &sender.origin),
        // `none`: typed in, or a bookmark.
        site => site == "same-origin" || site == "none",
    };
    if is_ours { Ok(()) } else { Err(Error::with_status(403, "foreign", "Pages of other sites may not do this")) }
}

/// Whether another site has sent the visitor's browser here: by a form or an image, which [`refuse_foreign`] knows, or by
/// a link, which old browsers tell by Referer only.
pub(super) fn is_foreign(sender: &Sender) -> bool {
    let by_link = sender.fetch_site.is_empty() && !sender.referer.is_empty() && !is_own_site(sender, &sender.referer);
    by_link || refuse_foreign(sender).is_err()
}

fn is_own_site(sender: &Sender, address: &str) -> bool {
    let Some((_, rest)) = address.split_once("://") else { return false };
    let site = rest.split('/').next().unwrap_or_default();
    let is_same =
        |host: &str| !host.is_empty() && without_usual_port(site).eq_ignore_ascii_case(without_usual_port(host));
    // A page can't set either of these headers for another site's request.
    is_same(&sender.host) || is_same(&sender.forwarded_host) || is_same(&with_port(sender))
}

/// Some web servers leave the port out of the Host that they give to programs, and say it beside: it is the server's own
/// word, so that a page on another port of the same machine stays foreign.
fn with_port(sender: &Sender) -> String {
    let (host, port) = (&sender.host, &sender.port);
    let has_port = host.rsplit_once(':').is_some_and(|(name, _)| !name.ends_with(':') && !host.ends_with(']'));
    if host.is_empty() || port.is_empty() || has_port { String::new() } else { format!("{host}:{port}") }
}

fn without_usual_port(host: &str) -> &str {
    host.strip_suffix(":80").or_else(|| host.strip_suffix(":443")).unwrap_or(host)
}

/// Gives a pass to who knows the password: the thread's, or its moderators'. Each has a count of wrong guesses.
///
/// # Errors
/// `bad-password`; `slow-down` after too many of those.
pub(super) fn log_in(context: &Context<'_>, thread: &Thread, given: &str) -> Result<()> {
    let (now, address, settings) = (Moment::now(), context.sender.client.as_str(), &thread.settings);
    let stored = |door: Door| if door == Door::Thread { &settings.password } else { &settings.moderator_password };
    let mut doors = vec![Door::Thread, Door::Moderators];
    doors.retain(|door| !stored(*door).is_empty());
    let (guessed, refusal) = thread.lock()?.guess(&doors, address, now)?;
    // Outside the lock, since it is slow on purpose.
    let opened: Vec<_> = guessed.iter().copied().filter(|door| password::matches(given, stored(*door))).collect();
    if opened.is_empty() {
        return Err(refusal.unwrap_or_else(|| Error::with_status(403, "bad-password", "This is not the password")));
    }
    let (key, series) = (thread.key()?, thread.pass_series()?);
    let pass = |door: Door| {
        let lock = Lock { key: &key, password: stored(door), series: &series };
        context.grant(&door.cookie(&key), &door.issue(lock, now));
    };
    opened.iter().for_each(|door| pass(*door));
    // Who may moderate may come in.
    if !opened.contains(&Door::Thread) && !settings.password.is_empty() {
        pass(Door::Thread);
    }
    thread.lock()?.forgive(&opened, &guessed, address)?;
    for old in opened.iter().map(|door| stored(*door)) {
        let raised = password::raised(given, old).map(|new| thread.lock()?.raise_hash(old, &new));
        // Where programs may not write the settings, the old hash does as well as before.
        if let Some(Err(error)) = raised {
            files::complain(&error);
        }
    }
    Ok(())
}

/// Ends all passes of a thread, for a moderator: everybody must give the password again, but who asks.
///
/// # Errors
/// When the thread's files can't be read or written.
pub(super) fn end_passes(context: &Context<'_>, thread: &Thread) -> Result<()> {
    let (now, key, settings) = (Moment::now(), thread.key()?, &thread.settings);
    let mut kept = vec![(Door::Thread, &settings.password), (Door::Moderators, &settings.moderator_password)];
    let old = thread.pass_series()?;
    let has = |door: Door, password: &str| {
        let lock = Lock { key: &key, password, series: &old };
        cookies::values(&context.sender.cookies, &door.cookie(&key)).any(|pass| door.opens(pass, lock, now))
    };
    kept.retain(|(door, password)| !password.is_empty() && has(*door, password));
    thread.lock()?.end_passes()?;
    let series = thread.pass_series()?;
    for (door, password) in kept {
        context.grant(&door.cookie(&key), &door.issue(Lock { key: &key, password, series: &series }, now));
    }
    Ok(())
}

/// Lets in who may use a name, and gives a token to who has none.
///
/// # Errors
/// `name-taken`, `banned`, `moderator`; when the thread's files can't be read.
pub(super) fn admit(context: &Context<'_>, thread: &Thread, user: &UserName) -> Result<()> {
    if let Some((cookie, token)) = thread.admit(user, context.request())? {
        context.grant(&cookie, &token);
    }
    Ok(())
}

/// A code that lets a second device take the caller's name, and for how many seconds.
///
/// # Errors
/// `not-held` if the name isn't the caller's own.
pub(super) fn share(thread: &Thread, user: &UserName) -> Result<(String, u64)> {
    let (code, now) = (new_code()?, Moment::now());
    let seconds = thread.lock()?.change_holders(|holders| {
        let is_held = holders.is_held(user, now);
        (is_held, is_held.then(|| holders.share(user, &code, now)))
    })?;
    let seconds = seconds.ok_or_else(|| {
        Error::with_status(
            409,
            "not-held",
            "This browser does not keep cookies, so the name is not yours to take along",
        )
    })?;
    Ok((format!("{}-{}", &code[..4], &code[4..]), seconds))
}

/// Lets this device hold a name too, whose code it knows.
///
/// # Errors
/// `bad-code`; `slow-down` after too many of those.
pub(super) fn take(context: &Context<'_>, thread: &Thread, user: &UserName, code: &str) -> Result<()> {
    let (token, now) = (random::hex::<16>()?, Moment::now());
    let code: String = code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    let mark = holders::mark(user, &token);
    let rules = rules(&thread.settings, user);
    let locked = thread.lock()?;
    let (address, door) = (&context.sender.client, [Door::Code]);
    locked.guess(&door, address, now)?;
    let is_right = locked.change_holders(|holders| (true, holders.take(user, &code, mark, rules, now)))?;
    if is_right {
        locked.forgive(&door, &door, address)?;
    } else {
        return Err(Error::with_status(403, "bad-code", "The code is wrong or too old; make a new one"));
    }
    context.grant(&thread.name_cookie(user)?, &token);
    Ok(())
}

/// Eight letters and digits that nobody mistakes for others when reading them aloud.
fn new_code() -> Result<String> {
    const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let random = random::hex::<8>()?;
    let bytes = (0..8).map(|n| u8::from_str_radix(&random[2 * n..2 * n + 2], 16).unwrap_or_default());
    Ok(bytes.map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(fetch_site: &str, origin: &str) -> Sender {
        Sender {
            fetch_site: fetch_site.into(),
            origin: origin.into(),
            host: "chat.example.net".into(),
            forwarded_host: "outside.example.net:8443".into(),
            ..Sender::default()
        }
    }

    #[test]
    fn what_another_site_makes_a_browser_send_is_refused() {
        let ours = [
            ("", ""),
            ("same-origin", ""),
            ("none", ""),
            ("", "https://chat.example.net"),
            ("", "http://CHAT.example.net:80"),
            ("", "https://outside.example.net:8443"),
        ];
        let foreign = [
            ("cross-site", ""),
            ("same-site", ""),
            ("cross-site", "https://chat.example.net"),
            ("", "https://evil.example"),
            ("", "null"),
            ("", "https://chat.example.net.evil.example"),
            ("", "https://chat.example.net:444"),
        ];
        for (site, origin) in ours {
            assert!(refuse_foreign(&sender(site, origin)).is_ok(), "{site} {origin}");
        }
        for (site, origin) in foreign {
            assert!(refuse_foreign(&sender(site, origin)).is_err(), "{site} {origin}");
        }
    }

    #[test]
    fn a_host_whose_port_the_web_server_says_elsewhere_is_the_same_host() {
        for (host, port, origin, is_ours) in [
            ("chat.example.net", "8080", "http://chat.example.net:8080", true),
            ("[2001:db8::1]", "8080", "http://[2001:db8::1]:8080", true),
            ("chat.example.net", "8080", "http://chat.example.net:8081", false),
            ("chat.example.net", "", "http://chat.example.net:8080", false),
            ("chat.example.net:9000", "8080", "http://chat.example.net:8080", false),
            ("", "8080", "http://:8080", false),
        ] {
            let (host, port, origin) = (host.into(), port.into(), origin.into());
            let sender = Sender { host, port, origin, ..Sender::default() };
            assert_eq!(refuse_foreign(&sender).is_ok(), is_ours, "{sender:?}");
        }
    }

    #[test]
    fn a_code_is_easy_to_read_aloud() {
        let code = new_code().unwrap();
        assert!(code.len() == 8 && !code.contains(['0', 'O', '1', 'I']), "{code}");
        assert_ne!(code, new_code().unwrap());
    }
}
