//! Texts as most admins write them: a comment, `[section]`, `key=value` or `key = "value"` in each line, and nothing in
//! which PHP and `rust-ini` could differ. Such a text is read at once, since that happens at every request; the slow way
//! makes the same of it, as a test says.

use super::Ini;
use super::Section;
use super::dialect::is_reserved;
use std::borrow::Cow;

/// Reads a text without NUL bytes, if it is plain.
pub(super) fn read(text: &str) -> Option<Ini<'_>> {
    let mut ini = Ini { sections: vec![Section::default()], slips: Vec::new() };
    for (line, number) in text.split('\n').zip(1..) {
        // As editors on Windows end a line.
        let line = line.strip_suffix('\r').unwrap_or(line);
        match line.as_bytes() {
            [] => {}
            // On old Macs a line ends there.
            _ if line.contains('\r') => return None,
            [b';', ..] => {}
            [b'[', name @ .., b']'] if is_word(name) => ini.begin(&line[1..line.len() - 1], number)?,
            _ => {
                let (key, value) = line.split_once('=')?;
                let (key, value) = (key.trim_end_matches(' '), value.trim_matches(' '));
                let is_plain = is_word(key.as_bytes()) && !is_reserved(key);
                let (key, value) = (Cow::Borrowed(key), Cow::Borrowed(plain_value(value)?));
                ini.sections.last_mut().filter(|_| is_plain)?.set(key, value, number);
            }
        }
    }
    Some(ini)
}

impl<'t> Ini<'t> {
    /// Begins a section, unless it stands in the text already.
    fn begin(&mut self, name: &'t str, line: usize) -> Option<()> {
        if self.sections.iter().any(|section| section.name.as_deref() == Some(name)) {
            return None;
        }
        self.sections.push(Section { name: Some(Cow::Borrowed(name)), line, entries: Vec::new() });
        Some(())
    }
}

fn is_word(text: &[u8]) -> bool {
    text.first().is_some_and(u8::is_ascii_alphabetic) && text.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
}

fn plain_value(text: &str) -> Option<&str> {
    match text.as_bytes() {
        [b'"', inner @ .., b'"'] => (!inner.contains(&b'"')).then(|| &text[1..text.len() - 1]),
        word => word.iter().all(|b| b.is_ascii_alphanumeric() || b"_-./".contains(b)).then_some(text),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{parse, slowly};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_ready_thread_has_is_plain() {
        let threads = concat!(env!("CARGO_MANIFEST_DIR"), "/threads");
        for name in ["mediaForum", "audioStream", "videoStream", "videoChat", "mediaChat"] {
            let text = std::fs::read_to_string(format!("{threads}/{name}/.ini")).unwrap();
            for text in [text.replace('\n', "\r\n"), text] {
                assert_eq!(read(&text), slowly(&text).ok(), "{name}");
                assert!(read(&text).is_some(), "{name}");
            }
        }
    }

    #[test]
    fn what_could_mean_something_else_is_not_plain() {
        for text in
            ["a=1\rb=1", "a=1\r\r\n", " a=1", "a\t=1", "a=1\t", "a=1;", "a=\"1\" ;", "a=\"1\"2\"", "a", "[a]b=1", "[a"]
        {
            assert_eq!(read(text), None, "{text:?}");
        }
        for text in ["null=1", "ON=1", "a[]=1", "[a b]", "[a]\n[a]", "a=b=c", "é=1", "a=é", "1=a"] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_plain_text_means_what_it_means_the_slow_way(
            text in "((;[^\n\0]{0,9}|\\[[a-c]{1,2}\\]|[abn_1]{1,2} ?=( ?\"[^\"\n\0]{0,9}\" ?|[a-c1 _./;-]{0,4})|on=1|)\r?\n?){0,12}"
        ) {
            if let Some(ini) = read(&text) {
                let (any, slow) = (parse(text.as_bytes()), slowly(&text));
                prop_assert_eq!(&any, &Ok(ini));
                prop_assert_eq!(any, slow);
            }
        }
    }
}
