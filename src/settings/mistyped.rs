//! Lines that were meant to close a thread and are mistyped: `Password=`, `[Auth]`, above any section, without `=`. Pure.
//!
//! A thread that its admin takes for closed must not be open. What is set so is taken for the password if it can be
//! read, and else nothing opens the thread; either way the admin is told.

use crate::ini::Ini;

/// The passwords of a `.ini`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lock {
    Thread,
    Moderators,
}

impl Lock {
    /// The key as it should be.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Thread => "password",
            Self::Moderators => "moderatorPassword",
        }
    }
}

/// A line that looks like a password's.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Meant {
    pub(super) lock: Lock,
    pub(super) line: usize,
    /// The password, if it can be read.
    pub(super) value: Option<String>,
}

/// The lines of a text that give something like a password, wherever they stand.
pub(super) fn find(text: &str, ini: &Ini<'_>) -> Vec<Meant> {
    // Windows ends a line with both, old Macs with the second alone.
    let lines = text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r')).zip(1..);
    let found = lines.filter(|(line, _)| may_set_a_lock(line)).filter_map(|(line, number)| {
        let lock = lock_of(line)?;
        Some((lock, number, line))
    });
    let entries = || ini.sections().iter().flat_map(|section| &section.entries);
    let meant = found.map(|(lock, line, text)| {
        let is_its = |value: &str| !value.is_empty() && text.contains(value);
        let value = entries().map(|entry| &*entry.value).find(|value| text.contains('=') && is_its(value));
        Meant { lock, line, value: value.map(str::to_owned) }
    });
    meant.collect()
}

/// Asked of every line at every request, and cheap: whether a line begins as one does that sets a password. Most don't.
fn may_set_a_lock(line: &str) -> bool {
    let begun = line.trim_start_matches(|c: char| c.is_whitespace() || "\"'\u{feff}".contains(c));
    begun.starts_with(BEGINNINGS)
}

const BEGINNINGS: [char; 6] = ['p', 'P', 'm', 'M', 'п', 'П'];

/// The password that a line sets to something, or would if it were well written.
fn lock_of(line: &str) -> Option<Lock> {
    let line = line.trim_start_matches('\u{feff}').trim();
    if line.starts_with([';', '#', '[']) || line.starts_with("//") {
        return None;
    }
    let line = line.trim_start_matches(['"', '\'']);
    let end = line.find(|c: char| !(c.is_alphanumeric() || "_-.".contains(c)))?;
    let (key, value) = line.split_at(end);
    // A value that is a comment is none.
    let value = value.trim_matches(|c: char| c.is_whitespace() || "=:\"'".contains(c));
    if value.is_empty() || value.starts_with(';') { None } else { lock_called(key) }
}

fn lock_called(key: &str) -> Option<Lock> {
    if !key.starts_with(BEGINNINGS) {
        return None;
    }
    let key: String = key.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let is_like = |word: &str, most: usize| key.len().abs_diff(word.len()) <= most && distance(&key, word) <= most;
    if is_like("moderatorpassword", 3) || is_like("moderatorspassword", 3) {
        Some(Lock::Moderators)
    } else if is_like("password", 2) || ["pass", "passphrase", "pwd", "пароль"].contains(&key.as_str()) {
        Some(Lock::Thread)
    } else {
        None
    }
}

/// How many letters must be changed, put in or left out to make one word of another (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (n, letter) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = n + 1;
        for (at, its) in other.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *its);
            diagonal = row[at + 1];
            row[at + 1] = changed.min(diagonal + 1).min(row[at] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_password_line_is_one() {
        for line in [
            "Password=x",
            "PASSWORD = \"x\"",
            "password: x",
            "password x",
            "pasword=x",
            "  pass-word=x",
            "Passwort=x",
            "пароль=x",
        ] {
            assert!(may_set_a_lock(line), "{line}");
            assert_eq!(lock_of(line), Some(Lock::Thread), "{line}");
        }
        for line in ["moderatorpassword=x", "moderator_password=x", "ModeratorsPassword=x"] {
            assert_eq!(lock_of(line), Some(Lock::Moderators), "{line}");
        }
        for line in [
            "password=",
            "password=\"\"",
            "password=;x",
            ";password=x",
            "# password=x",
            "passSeries=x",
            "[password]",
            "title=password",
            "lang=x",
            "password",
        ] {
            assert_eq!(lock_of(line), None, "{line}");
        }
    }

    #[test]
    fn a_slip_is_told_with_its_line_however_lines_end() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["; a comment", "[common]", "  \"Password=x"].join(end);
            let ini = crate::ini::parse(b"").expect("nothing");
            assert_eq!(find(&text, &ini), [Meant { lock: Lock::Thread, line: 3, value: None }], "{end:?}");
        }
    }
}
