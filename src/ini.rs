//! The `.ini` files, meaning what PHP's `parse_ini_string(text, true, INI_SCANNER_RAW)` made of them.
//!
//! Admins have such files and edit them over FTP. PHP 8.2 decides what a text means; [`dialect`] restates it so
//! that `rust-ini`, whose comments, quotes and escapes are others, reads the same. We are kinder than PHP only
//! where it would refuse the whole file: a last line without a newline may be `key= ; comment`. We are stricter
//! where a file is no text: a NUL byte, or bytes that are no UTF-8. `key[]=value` is kept under the key as
//! written, brackets included, since no setting of ours is a list.

mod dialect;
mod plain;

use ini::ParseOption;
use std::borrow::Cow;
use std::fmt;

/// A text's sections, in order. Names and values are parts of the text where it is as most are written.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Ini<'t> {
    sections: Vec<Section<'t>>,
    slips: Vec<Slip>,
}

/// A section. The first one may have no name: it holds the keys above every `[name]`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Section<'t> {
    /// What stands between the brackets, spaces included.
    pub name: Option<Cow<'t, str>>,
    /// The line of its `[name]`, counted from 1; 0 without a name.
    pub line: usize,
    /// Its keys in the order of the file, each once.
    pub entries: Vec<Entry<'t>>,
}

/// A key with its value.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry<'t> {
    /// The key, without the spaces around it.
    pub key: Cow<'t, str>,
    /// The value, without the spaces and the double quotes around it.
    pub value: Cow<'t, str>,
    /// Its line, counted from 1.
    pub line: usize,
}

/// Something that PHP passes over in silence and the admin surely did not mean.
#[derive(Debug, PartialEq, Eq)]
pub struct Slip {
    /// The line, counted from 1.
    pub line: usize,
    /// The words in question.
    pub about: String,
    /// What happens, in words.
    pub reason: &'static str,
}

impl Slip {
    /// The words in question as far as anybody may read them: a section's, and a key that `is_key` knows. What else stands
    /// in a line without `=` may be one half of a secret.
    pub fn shown(&self, is_key: impl Fn(&str) -> bool) -> &str {
        let first = self.about.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        if self.about.starts_with('[') {
            &self.about
        } else if is_key(first) {
            first
        } else {
            "…"
        }
    }
}

/// A text that PHP refuses as a whole.
#[derive(Debug, PartialEq, Eq)]
pub struct IniError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it, and what to do.
    pub reason: String,
}

impl fmt::Display for IniError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

impl std::error::Error for IniError {}

impl<'t> Ini<'t> {
    /// The sections in order; a section that stands in the file twice is here once, as it was the second time.
    pub fn sections(&self) -> &[Section<'t>] {
        &self.sections
    }

    /// What PHP passes over in silence: lines without `=`, and sections that a later one replaces.
    pub fn slips(&self) -> &[Slip] {
        &self.slips
    }

    /// The value of a key; the section `""` holds the keys above every `[name]`.
    pub fn get(&self, section: &str, key: &str) -> Option<&str> {
        let section = self.sections.iter().find(|s| s.name.as_deref().unwrap_or_default() == section)?;
        section.entries.iter().find(|e| e.key == key).map(|e| e.value.as_ref())
    }
}

/// Reads a text.
///
/// # Errors
/// [`IniError`] where PHP refuses the text, and where it is not text in UTF-8.
pub fn parse(text: &[u8]) -> Result<Ini<'_>, IniError> {
    let text = utf8(text)?;
    // Some editors begin a text with the mark that says that it is UTF-8.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    plain::read(text).map_or_else(|| slowly(text), Ok)
}

fn slowly(text: &str) -> Result<Ini<'static>, IniError> {
    let plain = dialect::restate(text)?;
    let option = ParseOption { enabled_quote: true, enabled_escape: true, ..ParseOption::default() };
    let read = ini::Ini::load_from_str_opt(&plain.text, option)
        .map_err(|e| IniError { line: e.line, reason: e.msg.into_owned() })?;
    Ok(collect(&read, plain))
}

fn utf8(text: &[u8]) -> Result<&str, IniError> {
    let refuse = |at: usize, reason: &str| {
        let line = 1 + text[..at].iter().filter(|b| **b == b'\n').count();
        Err(IniError { line, reason: reason.into() })
    };
    if text.contains(&0) {
        let at = text.iter().take_while(|b| **b != 0).count();
        return refuse(at, "a NUL byte, so this is no plain text; save the file as UTF-8 text");
    }
    match std::str::from_utf8(text) {
        Ok(text) => Ok(text),
        Err(e) => refuse(e.valid_up_to(), "bytes that are no UTF-8; save the file as UTF-8 in your editor"),
    }
}

/// Gives every section and pair, which `rust-ini` keeps in the order of the text, its line.
fn collect(read: &ini::Ini, plain: dialect::Plain) -> Ini<'static> {
    let mut out = Ini { sections: Vec::new(), slips: plain.slips };
    let (mut headers, mut lines) = (plain.section_lines.into_iter(), plain.pair_lines.into_iter());
    for (name, pairs) in read.iter() {
        let mut section = Section { name: name.map(|n| owned(dialect::unguard(n))), ..Section::default() };
        if section.name.is_some() {
            section.line = headers.next().unwrap_or_default();
        }
        for (key, value) in pairs.iter() {
            section.set(owned(dialect::unguard(key)), owned(value), lines.next().unwrap_or_default());
        }
        out.add(section);
    }
    out
}

fn owned(text: &str) -> Cow<'static, str> {
    Cow::Owned(text.to_owned())
}

impl<'t> Section<'t> {
    /// The last value of a repeated key stays, at its first place.
    fn set(&mut self, key: Cow<'t, str>, value: Cow<'t, str>, line: usize) {
        let entry = Entry { key, value, line };
        match self.entries.iter_mut().find(|e| e.key == entry.key) {
            Some(old) => *old = entry,
            None => self.entries.push(entry),
        }
    }
}

impl<'t> Ini<'t> {
    /// A repeated section replaces the first: its keys are not joined.
    fn add(&mut self, section: Section<'t>) {
        let Some(old) = self.sections.iter_mut().find(|s| s.name == section.name) else {
            return self.sections.push(section);
        };
        let about = format!("[{}]", section.name.as_deref().unwrap_or_default());
        let reason = "stands here a second time, so everything in the first one is forgotten; join them";
        self.slips.push(Slip { line: section.line, about, reason });
        *old = section;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_key_knows_its_line_whatever_ends_the_lines() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["; c", "[a]", "", "x=1", "y = \"2\" ; two", "[b]", "z=3"].join(end);
            let ini = parse(text.as_bytes()).unwrap();
            let lines: Vec<_> = ini.sections().iter().flat_map(|s| &s.entries).map(|e| (&*e.key, e.line)).collect();
            assert_eq!(lines, [("x", 4), ("y", 5), ("z", 7)], "{end:?}");
            assert_eq!(ini.sections().iter().map(|s| s.line).collect::<Vec<_>>(), [0, 2, 6]);
        }
    }

    #[test]
    fn what_php_drops_in_silence_is_noted() {
        let ini = parse(b"[a]\nx=1\nno pair here\n[a]\ny=2\n").unwrap();
        assert_eq!((ini.get("a", "x"), ini.get("a", "y")), (None, Some("2")));
        let slips: Vec<_> = ini.slips().iter().map(|s| (s.line, s.about.as_str())).collect();
        assert_eq!(slips, [(3, "no pair here"), (4, "[a]")]);
    }

    #[test]
    fn a_refused_text_names_its_line() {
        for (text, line, word) in [
            (&b"[a]\nx=1\n[b\n"[..], 3, "]"),
            (b"a=1\nnone=2\n", 2, "none"),
            (b"=1\n", 1, "key"),
            (b"\n a(b)=1\n", 2, "("),
            (b"a=1\nb=\xff\n", 2, "UTF-8"),
            (b"\xff\xfea\0=\0", 1, "UTF-8"),
            (b"a[x=1\n", 1, "["),
            (b"\n\n [a]\n", 3, "space"),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.line, line, "{error}");
            assert!(error.reason.contains(word), "{error}");
        }
    }

    #[test]
    fn several_statements_may_share_a_line_as_in_php() {
        let ini = parse(b"[a] x=1\ty=2\n[b]\tbare\tz=3 ; c\n").unwrap();
        assert_eq!(ini.get("a", "x"), Some("1\ty=2"), "a value takes the rest of the line");
        assert_eq!(ini.get("b", "z"), Some("3"));
    }

    #[test]
    fn names_keep_what_rust_ini_would_eat() {
        let ini = parse("#k:1=a:b#c\n[ a\\n:# ]\n\u{a0}x\u{a0}=\u{a0}\\\n".as_bytes()).unwrap();
        assert_eq!(ini.get("", "#k:1"), Some("a:b#c"));
        assert_eq!(ini.get(" a\\n:# ", "\u{a0}x\u{a0}"), Some("\u{a0}\\"));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(text in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse(&text);
        }

        #[test]
        fn nothing_near_an_ini_makes_it_panic_or_lose_a_line(text in "([\\[\\]a-c=; \t\"'\\\\#:(]|\n|\r|null|é){0,60}") {
            if let Ok(ini) = parse(text.as_bytes()) {
                let last = 1 + text.matches(['\n', '\r']).count();
                for entry in ini.sections().iter().flat_map(|s| &s.entries) {
                    prop_assert!((1..=last).contains(&entry.line));
                }
            }
        }

        #[test]
        fn a_value_in_quotes_comes_back_the_same(value in "[^\"\r\n\0]{0,80}", spaces in "[ \t]{0,3}") {
            let text = format!("[a]\nx{spaces}={spaces}\"{value}\"{spaces}\n");
            let ini = parse(text.as_bytes()).unwrap();
            prop_assert_eq!(ini.get("a", "x"), Some(value.as_str()));
        }
    }
}
