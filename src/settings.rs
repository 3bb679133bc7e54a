//! A thread's settings: `.ini`, its keys, their defaults and meanings.
//!
//! The keys stand once, in the table of [`table`]; everything else (the struct, its defaults, parsing, the notice
//! of unknown keys) is made from it.

mod mistyped;
pub mod reports;
mod table;
mod values;

pub use table::{KEYS, Key, Settings};
pub(crate) use values::is_address;
pub use values::{OnRecorded, PollFactor};

use crate::error::{Error, Result};
use crate::files;
use crate::ini::{self, Ini};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The settings' file in a thread's folder. The original reads it, too, and refuses keys that it does not know.
pub const FILE: &str = ".ini";
/// A second one, which holds what the original must not see, and goes before the first.
pub const OWN_FILE: &str = "mozchat.ini";

/// An FTP program empties a file and then fills it. Until this much time has passed, an empty file is taken for
/// one that is being replaced: the defaults would evict clips that the admin means to keep.
const BEING_REPLACED: Duration = Duration::from_secs(10);

/// Something in a `.ini` that the admin should know; the thread goes on, with the default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// [`FILE`] or [`OWN_FILE`].
    pub file: &'static str,
    /// The line, counted from 1.
    pub line: usize,
    /// The key, or `[section]`, or the words in question.
    pub key: String,
    /// What is wrong, and what happens instead.
    pub reason: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} line {}, {}: {}", self.file, self.line, self.key, self.reason)
    }
}

/// Reads the settings of the thread in a folder, with what the admin should know about them. Without any file these are the
/// defaults.
///
/// # Errors
/// [`Error::Host`] if settings were there and are not any more, [`Error::Busy`] if a file seems to be being replaced just now,
/// [`Error::Ini`] if one cannot be understood, [`Error::Io`] if it cannot be read.
pub fn load(folder: &Path) -> Result<(Settings, Vec<Problem>)> {
    let texts = [read(folder, FILE)?, read(folder, OWN_FILE)?];
    if texts.iter().all(Option::is_none) {
        must_be_new(folder)?;
    }
    let texts = texts.iter().zip([FILE, OWN_FILE]).filter_map(|(text, file)| Some((file, text.as_deref()?)));
    merge(texts, |file| folder.join(file))
}

fn read(folder: &Path, file: &str) -> Result<Option<Vec<u8>>> {
    let path = folder.join(file);
    let text = files::read(&path)?;
    if text.as_ref().is_some_and(Vec::is_empty) && is_being_replaced(&path)? {
        return Err(Error::Busy { path });
    }
    Ok(text)
}

/// A folder of clips with a secret in its name is one that an `.ini` has named. Without that file, which an FTP program may be
/// about to replace, the clips would be forgotten and a closed thread would be open.
fn must_be_new(folder: &Path) -> Result<()> {
    let entries = fs::read_dir(folder).map_err(Error::io("read", folder))?.flatten();
    let is_secret = |name: &str| name.starts_with("media") && name != "media";
    let mut names =
        entries.filter(|entry| entry.path().is_dir()).filter_map(|entry| entry.file_name().into_string().ok());
    let Some(media) = names.find(|name| is_secret(name)) else { return Ok(()) };
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    Err(Error::host(format!(
        "The folder of the thread '{name}' has no {FILE}, though it had one that named '{media}'; put it back"
    )))
}

fn is_being_replaced(path: &Path) -> Result<bool> {
    let modified = fs::metadata(path).and_then(|m| m.modified()).map_err(Error::io("read", path))?;
    Ok(SystemTime::now().duration_since(modified).is_ok_and(|age| age < BEING_REPLACED))
}

/// Reads settings from a text; `path` is for the error only.
///
/// # Errors
/// [`Error::Ini`] if the text cannot be understood as a whole.
pub fn parse(text: &[u8], path: &Path) -> Result<(Settings, Vec<Problem>)> {
    merge([(FILE, text)].into_iter(), |_| path.to_owned())
}

/// Reads settings from texts, the later of which go before the earlier.
fn merge<'t>(
    texts: impl Iterator<Item = (&'static str, &'t [u8])>,
    path: impl Fn(&str) -> PathBuf,
) -> Result<(Settings, Vec<Problem>)> {
    let (mut settings, mut problems, mut read) = (Settings::default(), Vec::new(), Vec::new());
    let mut meant = Vec::new();
    for (file, text) in texts {
        let refused = |e: ini::IniError| Error::Ini { path: path(file), line: e.line, reason: e.reason };
        let ini = ini::parse(text).map_err(refused)?;
        settings.take(file, &ini, &mut problems);
        meant.extend(mistyped::find(&String::from_utf8_lossy(text), &ini).into_iter().map(|meant| (file, meant)));
        read.push((file, ini));
    }
    problems.extend(close_what_was_meant_to_be(meant, &mut settings));
    problems.extend(doubts(&read, &settings));
    problems.sort_by_key(|problem| (problem.file != FILE, problem.line));
    Ok((settings, problems))
}

/// Closes with what is mistyped what has no password else.
fn close_what_was_meant_to_be(meant: Vec<(&'static str, mistyped::Meant)>, settings: &mut Settings) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (file, mistyped::Meant { lock, line, value }) in meant {
        let password = match lock {
            mistyped::Lock::Thread => &mut settings.password,
            mistyped::Lock::Moderators => &mut settings.moderator_password,
        };
        // Whatever else the text may say of it, it is closed; of several slips the last counts, as of lines.
        if !password.is_empty() && !problems.iter().any(|problem: &Problem| problem.key == lock.key()) {
            continue;
        }
        let reason = if value.is_some() { MISTYPED_LOCK } else { UNREADABLE_LOCK };
        *password = value.unwrap_or_else(|| UNREADABLE.into());
        problems.push(Problem { file, line, key: lock.key().into(), reason: reason.into() });
    }
    problems
}

/// The beginning of a hash, which nothing fits.
const UNREADABLE: &str = "$pbkdf2-sha256$";
/// What the admin is told of a password that holds though it is mistyped.
pub const MISTYPED_LOCK: &str =
    "is mistyped or stands in the wrong place, and closes all the same; write password=\"…\" under [auth]";
/// What the admin is told of a password that can't be read.
pub const UNREADABLE_LOCK: &str =
    "can't be read, so that it closes and nothing opens; write password=\"…\" under [auth]";

/// What works, and should be better.
fn doubts(read: &[(&'static str, Ini<'_>)], settings: &Settings) -> Vec<Problem> {
    let place_of = |key: &str| {
        let entries = read.iter().flat_map(|(file, ini)| {
            ini.sections().iter().flat_map(|section| &section.entries).map(move |entry| (*file, entry))
        });
        entries
            .filter(|(_, entry)| entry.key == key)
            .map(|(file, entry)| (file, entry.line))
            .next_back()
            .unwrap_or((FILE, 1))
    };
    let doubt = |key: &str, reason: &str| {
        let (file, line) = place_of(key);
        Problem { file, line, key: key.into(), reason: reason.into() }
    };
    let mut doubts = Vec::new();
    for (key, value) in [("password", &settings.password), ("moderatorPassword", &settings.moderator_password)] {
        if !value.is_empty() && !value.starts_with('$') {
            doubts.push(doubt(key, "is plain text, which works; a hash would tell nobody what it is"));
        }
    }
    if !settings.moderators.is_empty() && settings.moderator_password.is_empty() {
        doubts.push(doubt("moderators", "whoever takes such a name first is a moderator; set moderatorPassword too"));
    }
    if !settings.moderators.is_empty() && settings.name_hold_days == 0 {
        doubts.push(doubt("nameHoldDays", "is 0, so that names can't be told apart, and nobody can moderate"));
    }
    doubts
}

fn is_like_a_key(word: &str) -> bool {
    KEYS.iter().any(|key| key.name.eq_ignore_ascii_case(word))
}

fn is_section(name: &str) -> bool {
    KEYS.iter().any(|key| key.sections.contains(&name))
}

impl Settings {
    /// Takes what a file says, and notes what is wrong with it.
    fn take(&mut self, file: &'static str, ini: &Ini<'_>, problems: &mut Vec<Problem>) {
        let slip =
            |s: &ini::Slip| Problem { file, line: s.line, key: s.shown(is_like_a_key).into(), reason: s.reason.into() };
        problems.extend(ini.slips().iter().map(slip));
        for section in ini.sections() {
            if let Some(name) = section.name.as_deref().filter(|name| !is_section(name)) {
                let reason = "is no section; there are [common], [client] and [auth]".into();
                problems.push(Problem { file, line: section.line, key: format!("[{name}]"), reason });
                continue;
            }
            for entry in &section.entries {
                let set = self.set(section.name.as_deref(), &entry.key, &entry.value);
                let problem = |reason| Problem { file, line: entry.line, key: entry.key.to_string(), reason };
                problems.extend(set.err().map(problem));
            }
        }
    }

    /// Sets one key from its text, or says what is wrong with it.
    fn set(&mut self, section: Option<&str>, key: &str, value: &str) -> std::result::Result<(), String> {
        let Some(known) = KEYS.iter().find(|k| k.name == key) else {
            return Err(unknown(key));
        };
        if !section.is_some_and(|s| known.sections.contains(&s)) {
            return Err(format!("belongs to [{}]; {} is used", known.sections[0], known.default_in_words()));
        }
        (known.set)(self, value).map_err(|reason| format!("{reason}; {} is used", known.default_in_words()))
    }
}

fn unknown(key: &str) -> String {
    match KEYS.iter().find(|k| k.name.eq_ignore_ascii_case(key)) {
        Some(near) => format!("is no setting; did you mean {}?", near.name),
        None => "is no setting; example.ini lists them all".into(),
    }
}

impl Key {
    fn default_in_words(&self) -> String {
        if self.default.is_empty() { "none".into() } else { format!("the default {}", self.default) }
    }
}

#[cfg(test)]
mod tests;
