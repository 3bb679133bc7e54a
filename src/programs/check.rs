//! `check.cgi`: tells the admin, who knows `checkKey` of mozchat.ini, what works here and what does not.

use super::{Context, gate};
use crate::auth::backoff::Backoff;
use crate::auth::cookies::{self, Scope};
use crate::auth::pass::{self, Door};
use crate::auth::password;
use crate::check::{self, Hash, Lang, Look, Questions, greeting, say};
use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::files::{self, Durability};
use crate::lock::Lock;
use crate::mail::address::Place;
use crate::site::{self, SITE_INI, Site, SiteSettings};
use crate::wire::reply::Reply;
use crate::wire::{Fields, Incoming, Method, NoFiles, Sender, body};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A shorter key could be guessed; it counts as none.
const SHORTEST_KEY: usize = 12;
const GUESSES: &str = ".check-guesses.json";
const LOCK: &str = ".check-lock";
const LOCK_LIMIT: Duration = Duration::from_secs(3);
const FILE_MODE: u32 = 0o600;

/// Answers one request.
pub(super) fn answer(context: &mut Context<'_>, incoming: Incoming<'_>) -> Result<Reply> {
    let fields = body::parse(incoming, &mut NoFiles)?;
    let (reply, pass) = Visit::of(Ok(context.site), &context.sender, context.is_post).receive(&fields)?;
    if let Some((name, pass)) = pass {
        context.grant(&name, &pass);
    }
    Ok(reply)
}

/// The same where the threads were not found, which is what the admin wants to hear.
pub(super) fn without_threads(error: &Error, incoming: Incoming<'_>, grants: &mut Vec<String>) -> Result<Reply> {
    let (sender, is_post) = (incoming.sender.clone(), incoming.method == Method::POST);
    if is_post {
        gate::refuse_foreign(&sender)?;
    }
    let fields = body::parse(incoming, &mut NoFiles)?;
    let (reply, pass) = Visit::of(Err(error), &sender, is_post).receive(&fields)?;
    grants.extend(
        pass.map(|(name, pass)| {
            cookies::set(&name, &pass, if sender.is_secure { Scope::Tls } else { Scope::Programs })
        }),
    );
    Ok(reply)
}

/// A cookie's name and value.
type Pass = (String, String);

struct Visit<'v> {
    site: std::result::Result<&'v Site, &'v Error>,
    sender: &'v Sender,
    is_post: bool,
    /// Where mozchat.ini is.
    folder: PathBuf,
}

impl<'v> Visit<'v> {
    fn of(site: std::result::Result<&'v Site, &'v Error>, sender: &'v Sender, is_post: bool) -> Self {
        let said = site.ok().and_then(|site| site.programs().map(Path::to_path_buf));
        Self {
            site,
            sender,
            is_post,
            folder: said.unwrap_or_else(|| site::programs_folder(&|name| std::env::var_os(name))),
        }
    }

    fn receive(&self, fields: &Fields) -> Result<(Reply, Option<Pass>)> {
        let greeting = |lang, status, said: &str| Reply::Page(greeting(lang, status, said));
        let lang = Lang::of(fields.filled("lang").as_deref().unwrap_or(&self.sender.languages));
        let settings = self.settings()?;
        let key = settings.filled("", "checkKey").filter(|key| key.len() >= SHORTEST_KEY);
        let cookie = Door::Check.cookie(key.unwrap_or_default());
        match (key, fields.filled("key")) {
            (Some(key), Some(given)) => match self.guess(&given, key)? {
                Ok(()) => {
                    let pass = Door::Check.issue(pass::Lock { key, password: key, series: "" }, Moment::now());
                    Ok((self.report(lang, &settings, fields)?, Some((cookie, pass))))
                }
                Err(0) => Ok((greeting(lang, 403, &say!(lang, "This is not the key.", "Это не тот ключ.")), None)),
                Err(seconds) => {
                    let said = say!(
                        lang,
                        "Too many wrong keys; try again in {seconds} s.",
                        "Слишком много неверных ключей; повторите через {seconds} с."
                    );
                    Ok((greeting(lang, 429, &said), None))
                }
            },
            (Some(key), None) if self.has_pass(&cookie, key) => Ok((self.report(lang, &settings, fields)?, None)),
            // The same whether there is a key or none, so that nobody learns which.
            (_, Some(_)) => Ok((greeting(lang, 403, &say!(lang, "This is not the key.", "Это не тот ключ.")), None)),
            (_, None) => Ok((greeting(lang, 200, ""), None)),
        }
    }

    fn settings(&self) -> Result<SiteSettings> {
        let path = self.folder.join(SITE_INI);
        let text = files::read(&path)?.unwrap_or_default();
        SiteSettings::parse(&text).map_err(|error| Error::Ini { path, line: error.line, reason: error.reason })
    }

    fn has_pass(&self, cookie: &str, key: &str) -> bool {
        let lock = pass::Lock { key, password: key, series: "" };
        cookies::values(&self.sender.cookies, cookie).any(|pass| Door::Check.opens(pass, lock, Moment::now()))
    }

    /// Whether a key is the right one: `Err` with 0 if not, else with the seconds for which nobody listens.
    fn guess(&self, given: &str, key: &str) -> Result<std::result::Result<(), u64>> {
        let address = &self.sender.client;
        // Counted before it is looked at, so that many at once count too.
        if let Err(wait) = self.count(|guesses| guesses.guess(Door::Check, address, Moment::now())) {
            return Ok(Err(wait));
        }
        if !password::matches(given, key) {
            return Ok(Err(0));
        }
        self.count(|guesses| {
            guesses.forgive(Door::Check, address);
            Ok(())
        })
        .map(Ok)
        .or(Ok(Ok(())))
    }

    /// Changes the count of guesses. Where it can't be kept, as on a full disk, the admin must get in all the same; a
    /// key of twelve characters and a slow comparison have to do then.
    fn count<T: Default>(
        &self,
        change: impl FnOnce(&mut Backoff) -> std::result::Result<T, u64>,
    ) -> std::result::Result<T, u64> {
        let locks = self.folders().into_iter().map(|folder| {
            let lock = Lock::exclusive(&folder.join(LOCK), FILE_MODE, LOCK_LIMIT);
            lock.map(|lock| (lock, folder.join(GUESSES)))
        });
        // Whoever guesses so often that a lock is never free must not find another count, or none.
        let mut reached = locks.filter(|lock| matches!(lock, Ok(_) | Err(Error::Busy { .. })));
        let (_lock, path) = match reached.next() {
            Some(Ok(found)) => found,
            Some(Err(_)) => return Err(LOCK_LIMIT.as_secs()),
            None => return Ok(T::default()),
        };
        let mut guesses = Backoff::parse(&files::read(&path).ok().flatten().unwrap_or_default());
        let outcome = change(&mut guesses)?;
        if let Err(error) = files::replace(&path, guesses.to_json().to_string().as_bytes(), FILE_MODE, Durability::Best)
        {
            files::complain(&error);
        }
        Ok(outcome)
    }

    /// Where the count may be: above the threads, in one of them, or beside the programs. The web sees none of these.
    fn folders(&self) -> Vec<PathBuf> {
        let threads = self.site.ok().map(|site| site.threads().to_path_buf());
        let inner = threads.iter().filter_map(|threads| std::fs::read_dir(threads).ok()).flatten().flatten();
        let mut inner: Vec<_> = inner.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
        inner.sort();
        threads.iter().cloned().chain(inner).chain([self.folder.clone()]).collect()
    }

    fn report(&self, lang: Lang, settings: &SiteSettings, fields: &Fields) -> Result<Reply> {
        let act = fields.text("act").unwrap_or_default();
        if self.is_post && ["specimen", "beat", "sweep", "ping"].contains(&act.as_str()) {
            return Ok(Reply::Json(check::specimens(&self.look(lang, settings), &act)));
        }
        if self.is_post && act == "hold" {
            return Ok(Reply::Json(check::hold(fields.text("seconds").as_deref())));
        }
        let hash = if self.is_post && act == "hash" {
            fields.filled("password").map(|password| password::hash(&password)).transpose()?.or(Some(String::new()))
        } else {
            None
        };
        let look = self.look(lang, settings);
        let sections = check::everything(&look);
        let hash = match hash.as_deref() {
            None => Hash::None,
            Some("") => Hash::Empty,
            Some(hash) => Hash::Made(hash),
        };
        Ok(Reply::Page(check::page(lang, &sections, &Questions::of(&look), hash)))
    }

    fn look(&self, lang: Lang, settings: &SiteSettings) -> Look<'v> {
        // Whatever page has a link to this one need not be ours.
        let sender = Sender { referer: String::new(), ..self.sender.clone() };
        let place = Place::of(&sender, settings.filled("", "page"));
        // Who is here has the key, so this is what the admin's browser has in its address line.
        if let (Ok(site), None) = (self.site, settings.filled("", "page"))
            && let Err(error) = place.keep(site)
        {
            files::complain(&error);
        }
        let is_cgi = !self.site.is_ok_and(|site| site.hub().is_some());
        let root = std::env::var_os("DOCUMENT_ROOT").filter(|root| !root.is_empty() && is_cgi);
        let programs = is_cgi.then(|| self.folder.clone());
        Look::new(lang, self.site, programs, Some(place), root.map(PathBuf::from)).asked_by(self.sender)
    }
}

#[cfg(test)]
mod tests {
    use crate::programs::Program;

    #[test]
    fn every_program_is_looked_at() {
        let names: Vec<_> = Program::ALL.iter().map(|program| program.name()).collect();
        assert_eq!(names, crate::check::PROGRAMS);
    }
}
