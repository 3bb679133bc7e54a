//! PHP's dialect, restated so that `rust-ini` reads it without surprises.
//!
//! Follows the raw mode of PHP 8.2's scanner (`Zend/zend_ini_scanner.l`). Out comes, line for line, one form only:
//! `["name"]` and `"key"="value"`, with a backslash before every sign. The quotes around names guard the spaces
//! that `rust-ini` would trim and PHP does not.

use super::{IniError, Slip};

/// The restated text, and the line of each section and each pair in it.
#[derive(Default)]
pub(super) struct Plain {
    pub text: String,
    pub section_lines: Vec<usize>,
    pub pair_lines: Vec<usize>,
    pub slips: Vec<Slip>,
    /// In the last line, where PHP takes a lone reserved word for a bare one.
    at_end: bool,
}

const RESERVED: [&str; 8] = ["null", "yes", "no", "true", "false", "on", "off", "none"];
/// Signs that end a key; only `=`, `[` and a comment may follow it.
const NOT_IN_KEYS: &str = "=\t;&|^$~(){}!\"[";
const BLANK: [char; 2] = [' ', '\t'];

/// Restates a whole text.
pub(super) fn restate(text: &str) -> Result<Plain, IniError> {
    let mut out = Plain::default();
    let mut lines = lines(text).zip(1..).peekable();
    while let Some((line, number)) = lines.next() {
        out.at_end = lines.peek().is_none() && !text.ends_with('\r');
        out.line(line, number).map_err(|reason| IniError { line: number, reason })?;
        out.text.push('\n');
    }
    Ok(out)
}

/// Whether PHP reads this as a value, and refuses it as a key.
pub(super) fn is_reserved(key: &str) -> bool {
    RESERVED.iter().any(|word| word.eq_ignore_ascii_case(key))
}

/// Takes the guard off a name that `rust-ini` gives back.
pub(super) fn unguard(name: &str) -> &str {
    name.strip_prefix('"').and_then(|n| n.strip_suffix('"')).unwrap_or(name)
}

/// Lines end with LF, CR LF, or CR as on old Macs.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

impl Plain {
    /// Restates the statements of one line. PHP allows several: `[a] b=1`.
    fn line(&mut self, line: &str, number: usize) -> Result<(), String> {
        let mut rest = line;
        loop {
            let text = rest.trim_start_matches(BLANK);
            // A run of spaces belongs to the key behind it, a run with a tab does not: so it is in PHP.
            let indent = &rest[..rest.len() - text.len()];
            let indented = !indent.is_empty() && !indent.contains('\t');
            rest = match text.chars().next() {
                None | Some(';') => return Ok(()),
                Some('[') if indented => return Err("no spaces may stand before '['".into()),
                Some('[') => self.section(text, number)?,
                Some(_) => self.entry(text, indented, number)?,
            };
        }
    }

    /// `[name]`; returns what follows.
    fn section<'t>(&mut self, text: &'t str, number: usize) -> Result<&'t str, String> {
        let (name, rest) = text[1..].split_once(']').ok_or("a section's name must end with ']'")?;
        self.text.push('[');
        self.quoted(name);
        self.text.push(']');
        self.section_lines.push(number);
        Ok(rest.trim_start_matches(BLANK))
    }

    /// `key=value`, `key[]=value`, or a bare word, which PHP drops; returns what follows.
    fn entry<'t>(&mut self, text: &'t str, indented: bool, number: usize) -> Result<&'t str, String> {
        let label = &text[..text.find(|c| NOT_IN_KEYS.contains(c)).unwrap_or(text.len())];
        let key = label.trim_end_matches(' ');
        let mut rest = &text[label.len()..];
        let list = rest.starts_with('[') && !label.is_empty();
        let last_words = self.at_end && rest.is_empty();
        if !list && !indented && !last_words && is_reserved(key) {
            return Err(format!("'{key}' is a reserved word and cannot be a key; put a value in double quotes"));
        }
        let key = if list { &text[..label.len() + list_end(rest)?] } else { key };
        if list {
            rest = &text[key.len()..];
        }
        match rest.trim_start_matches(BLANK).strip_prefix('=') {
            Some(_) if key.is_empty() => Err("there is no key before '='".into()),
            Some(after) => {
                self.pair(key, value(after), number);
                Ok("")
            }
            None if list => Err("a key with '[]' must be followed by '='".into()),
            None => self.bare(key, rest, number).map(|()| rest),
        }
    }

    fn pair(&mut self, key: &str, value: &str, number: usize) {
        self.quoted(key);
        self.text.push('=');
        self.quoted(value);
        self.pair_lines.push(number);
    }

    fn bare(&mut self, word: &str, rest: &str, number: usize) -> Result<(), String> {
        match rest.chars().next().filter(|c| !"\t;".contains(*c)) {
            Some(sign) => Err(format!("'{sign}' cannot stand here; a line is key=\"value\" or begins with ';'")),
            None => {
                let reason = "has no '=' and is ignored; write key=\"value\", or put ';' in front of a comment";
                self.slips.push(Slip { line: number, about: word.chars().take(40).collect(), reason });
                Ok(())
            }
        }
    }

    /// In quotes, with a backslash before every sign: letters behind a backslash would mean something.
    fn quoted(&mut self, text: &str) {
        self.text.push('"');
        for c in text.chars() {
            if c.is_ascii_punctuation() {
                self.text.push('\\');
            }
            self.text.push(c);
        }
        self.text.push('"');
    }
}

/// The length of `[…]` behind a list's key.
fn list_end(text: &str) -> Result<usize, String> {
    match text.find(']') {
        Some(end) if !text[1..end].contains(['[', ';', '=']) => Ok(end + 1),
        _ => Err("'[' in a key must be followed by ']' and '='".into()),
    }
}

/// The value in what stands behind `=`. Quotes are taken off if the first sign and the last are quotes; a `;`
/// begins a comment, unless the value begins with a quote and another quote follows the `;`.
fn value(text: &str) -> &str {
    let text = text.trim_start_matches(BLANK);
    let quotes_end = if text.starts_with('"') { text.rfind('"').unwrap_or(0) } else { 0 };
    let end = text[quotes_end..].find(';').map_or(text.len(), |at| quotes_end + at);
    let value = text[..end].trim_end_matches(BLANK);
    match value.strip_prefix('"').and_then(|v| v.strip_suffix('"')) {
        Some(inner) => inner,
        None => value,
    }
}
