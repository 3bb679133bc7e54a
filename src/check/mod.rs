//! Looks whether an installation works, for the admin: `check.cgi`, and `serve --check` on a shell.
//!
//! One file a subject; each returns a [`Section`] of [`Finding`]s, in words and with the remedy. All is asked one after
//! the other in this one process, since a host may allow few threads and little memory, and has a time limit. Nothing
//! here changes a thread: what is written is removed again.

mod browser;
mod client;
mod cookies;
mod damaged;
mod elf;
mod filesystem;
mod finding;
mod firewall;
mod host;
mod hub;
mod limits;
mod locking;
mod mail;
mod page_files;
mod programs;
mod proxy;
mod pulse;
mod reasons;
mod remedies;
mod report;
mod run;
mod settings;
mod shown;
mod specimen;
mod stun;
mod threads;
mod turn;
mod web;

pub use browser::{Questions, hold, specimens};
pub(crate) use finding::say;
pub use finding::{Finding, Lang, Level, Section, worst};
pub use limits::note_ignored_children;
pub use locking::try_lock;
pub use report::{Hash, greeting, page, plain};

use crate::error::Error;
use crate::mail::address::Place;
use crate::names::ThreadName;
use crate::site::{Site, SiteSettings};
use crate::thread::Thread;
use crate::wire::Sender;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// What does not answer within this time counts as silent.
const PATIENCE: Duration = Duration::from_secs(3);
/// What was not looked at by then is said: web servers end a program that takes much longer.
const ALL_IN: Duration = Duration::from_secs(25);

/// The programs that an installation has, by their names without `.cgi`.
pub const PROGRAMS: [&str; 8] = ["upload", "poll", "users", "delete", "chat", "thread", "mail", "check"];

/// What is looked at, and how.
#[derive(Debug)]
pub struct Look<'l> {
    lang: Lang,
    site: Result<&'l Site, &'l Error>,
    programs: Option<PathBuf>,
    place: Option<Place>,
    root: Option<PathBuf>,
    sender: Option<Sender>,
    end: Instant,
    settings: SiteSettings,
    threads: Vec<Thread>,
    broken: Vec<(String, Error)>,
}

impl<'l> Look<'l> {
    /// A look at this installation; its threads are opened.
    ///
    /// `programs` is the folder of the `.cgi` programs, where there is one; `place` the addresses of page and
    /// programs, where they are known; `root` the folder that the web server shows as `/`.
    pub fn new(
        lang: Lang,
        site: Result<&'l Site, &'l Error>,
        programs: Option<PathBuf>,
        place: Option<Place>,
        root: Option<PathBuf>,
    ) -> Self {
        let settings = site.ok().and_then(|site| site.settings().ok()).unwrap_or_default();
        let end = Instant::now() + ALL_IN;
        let (threads, broken) = (Vec::new(), Vec::new());
        let mut look = Self { lang, site, programs, place, root, sender: None, end, settings, threads, broken };
        if let Ok(site) = site {
            look.open_threads(site);
        }
        look
    }

    /// The same with the request that asks for it.
    pub fn asked_by(self, sender: &Sender) -> Self {
        Self { sender: Some(sender.clone()), ..self }
    }

    /// Whether there is no time left for what may take long.
    fn is_late(&self) -> bool {
        Instant::now() > self.end
    }

    fn open_threads(&mut self, site: &Site) {
        let entries = fs::read_dir(site.threads()).into_iter().flatten().flatten();
        let folders = entries.filter(|entry| entry.path().is_dir());
        let mut names: Vec<_> = folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.retain(|name| !name.starts_with('.'));
        names.sort();
        for name in names {
            match ThreadName::new(&name).and_then(|name| Thread::open(site, name)) {
                Ok(thread) => self.threads.push(thread),
                Err(error) => self.broken.push((name, error)),
            }
        }
    }

    /// The host's name as pages know it.
    fn host(&self) -> &str {
        self.place.as_ref().map_or("", Place::host)
    }

    /// Whether everything runs in one process, `serve`, and no web server starts programs.
    fn is_in_one_process(&self) -> bool {
        self.site.is_ok_and(|site| site.hub().is_some())
    }

    /// What others have said (a mail server, a settings file's reader), without the secrets that they may repeat. Our
    /// own words hold none, and must not be searched: what is missing in them would be a short password.
    fn without_secrets(&self, said: &str) -> String {
        self.secrets().iter().fold(said.to_owned(), |said, secret| said.replace(secret, "•••"))
    }

    fn secrets(&self) -> Vec<String> {
        let of_site =
            [("mail", "password"), ("", "checkKey")].map(|(section, key)| self.settings.get(section, key).to_owned());
        let of_thread = |thread: &Thread| {
            let settings = &thread.settings;
            let folder = settings.media_folder.strip_prefix("media").unwrap_or_default();
            [&settings.turn_secret, &settings.password, &settings.moderator_password]
                .map(Clone::clone)
                .into_iter()
                .chain([folder.to_owned()])
                .chain(credentials(&settings.ice_string))
                .collect::<Vec<_>>()
        };
        of_site.into_iter().chain(self.threads.iter().flat_map(of_thread)).filter(|secret| secret.len() >= 4).collect()
    }
}

/// The passwords in a list of ICE servers.
fn credentials(list: &str) -> Vec<String> {
    let list: serde_json::Value = serde_json::from_str(list).unwrap_or_default();
    let servers = list.as_array().cloned().unwrap_or_else(|| vec![list]);
    servers.iter().filter_map(|server| Some(server["credential"].as_str()?.to_owned())).collect()
}

/// Looks at everything.
pub fn everything(look: &Look<'_>) -> Vec<Section> {
    let subjects: [fn(&Look<'_>) -> Section; 8] =
        [programs::look, web::look, settings::look, threads::look, host::look, mail::look, hub::look, turn::look];
    subjects.iter().map(|subject| subject(look)).collect()
}

/// What to do about what there was no time for.
fn again(lang: Lang) -> String {
    say!(lang, "Look again when the host is less busy.", "Повторите, когда хостинг будет свободнее.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_say_is_repeated_without_secrets() {
        let folder = tempfile::tempdir().unwrap();
        let ini = "[common]\nmediaFolder=media_hush1\nturnSecret=hush2\n[client]\niceString='[{\"urls\":\"turn:a\",\"credential\":\"hush3\"}]'\n[auth]\npassword=hush4\n";
        fs::create_dir(folder.path().join("room")).unwrap();
        fs::write(folder.path().join("room/.ini"), ini.replace('\'', "\"").replace("\"urls\"", "'urls'")).unwrap();
        fs::write(folder.path().join("mozchat.ini"), "checkKey=hush5hush5hush5\n[mail]\npassword=hush6\n").unwrap();
        let site = Site::at(folder.path().into()).with_programs(folder.path().into());
        let mut look = Look::new(Lang::En, Ok(&site), None, None, None);
        look.threads[0].settings.ice_string = r#"[{"urls":"turn:a","credential":"hush3"}]"#.into();
        let said = "hush6 _hush1 hush2, hush3, hush4, hush5hush5hush5, hus";
        assert_eq!(look.without_secrets(said), "••• ••• •••, •••, •••, •••, hus");
    }
}
