//! A thread's settings: `.ini`, its keys, their defaults and meanings.
//!
//! The keys stand once, in the table of [`table`]; everything else (the struct, its defaults, parsing, the notice
//! of unknown keys) is made from it.

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
use std::path::Path;
use std::time::{Duration, SystemTime};

/// The settings' file in a thread's folder.
pub const FILE: &str = ".ini";

/// An FTP program empties a file and then fills it. Until this much time has passed, an empty file is taken for
/// one that is being replaced: the defaults would evict clips that the admin means to keep.
const BEING_REPLACED: Duration = Duration::from_secs(10);

/// Something in a `.ini` that the admin should know; the thread goes on, with the default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line, counted from 1.
    pub line: usize,
    /// The key, or `[section]`, or the words in question.
    pub key: String,
    /// What is wrong, and what happens instead.
    pub reason: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{FILE} line {}, {}: {}", self.line, self.key, self.reason)
    }
}

/// Reads the settings of the thread in a folder, with what the admin should know about them.
///
/// # Errors
/// [`Error::Host`] if there is no `.ini`, [`Error::Busy`] if it seems to be being replaced just now,
/// [`Error::Ini`] if it cannot be understood, [`Error::Io`] if it cannot be read.
pub fn load(folder: &Path) -> Result<(Settings, Vec<Problem>)> {
    let path = folder.join(FILE);
    let Some(text) = files::read(&path)? else { return Err(missing(folder)) };
    if text.is_empty() && is_being_replaced(&path)? {
        return Err(Error::Busy { path });
    }
    parse(&text, &path)
}

fn missing(folder: &Path) -> Error {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    Error::host(format!("The folder of the thread '{name}' has no {FILE}; copy one from a ready thread"))
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
    let refused = |e: ini::IniError| Error::Ini { path: path.to_owned(), line: e.line, reason: e.reason };
    let ini = ini::parse(text).map_err(refused)?;
    let mut settings = Settings::default();
    let mut problems = slips(&ini);
    for section in ini.sections() {
        if let Some(name) = section.name.as_deref().filter(|name| !is_section(name)) {
            let reason = "is no section; there are [common], [client] and [auth]".into();
            problems.push(Problem { line: section.line, key: format!("[{name}]"), reason });
            continue;
        }
        for entry in &section.entries {
            let set = settings.set(section.name.as_deref(), &entry.key, &entry.value);
            problems.extend(set.err().map(|reason| Problem { line: entry.line, key: entry.key.to_string(), reason }));
        }
    }
    problems.extend(doubts(&ini, &settings));
    problems.sort_by_key(|p| p.line);
    Ok((settings, problems))
}

/// What works, and should be better.
fn doubts(ini: &Ini<'_>, settings: &Settings) -> Vec<Problem> {
    let line_of = |key: &str| {
        let entries = ini.sections().iter().flat_map(|section| &section.entries);
        entries.filter(|entry| entry.key == key).map(|entry| entry.line).next_back().unwrap_or(1)
    };
    let doubt = |key: &str, reason: &str| Problem { line: line_of(key), key: key.into(), reason: reason.into() };
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

fn slips(ini: &Ini<'_>) -> Vec<Problem> {
    let problem = |s: &ini::Slip| Problem { line: s.line, key: s.about.clone(), reason: s.reason.into() };
    ini.slips().iter().map(problem).collect()
}

fn is_section(name: &str) -> bool {
    KEYS.iter().any(|key| key.sections.contains(&name))
}

impl Settings {
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
