//! A catalog as its text, with the places of its rows: to list a hundred thousand clips, to add one or to take some
//! away, no row but those need be taken apart.

use super::{Clip, Loaded, parse};
use crate::clock::Moment;
use crate::names::{ClipName, UploadKey};
use crate::thread::retention::Cached;
use memchr::memmem;
use serde_json::Value;
use std::borrow::Cow;
use std::hash::{DefaultHasher, Hasher};
use std::ops::Range;

/// A catalog's text as [`to_json`](super::to_json) writes it, and its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Catalog {
    text: Vec<u8>,
    rows: Vec<Row>,
}

/// A row of a catalog: where in its text it is, and what the rules about clips need to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    start: usize,
    end: usize,
    /// Where its author's name is.
    author: (usize, usize),
    bytes: u64,
    expire: u64,
}

impl Cached for Row {
    fn bytes(&self) -> u64 {
        self.bytes
    }

    fn expire(&self) -> u64 {
        self.expire
    }
}

impl Default for Catalog {
    fn default() -> Self {
        Self { text: b"[]".to_vec(), rows: Vec::new() }
    }
}

impl Catalog {
    /// Reads a file's text; of a damaged one, everything before the damage. `false` if that is not all.
    pub fn read(text: Vec<u8>) -> (Self, bool) {
        match scan(&text) {
            Some(rows) => (Self { text, rows }, true),
            // PHP's, a person's, or a broken one.
            None => {
                let Loaded { clips, sound } = parse(&text);
                (Self::of(&clips), sound)
            }
        }
    }

    /// A catalog of these clips.
    pub fn of(clips: &[Clip]) -> Self {
        let text = super::to_json(clips).to_string().into_bytes();
        let rows = scan(&text);
        debug_assert_eq!(rows.as_ref().map(Vec::len), Some(clips.len()));
        Self { text, rows: rows.unwrap_or_default() }
    }

    /// The rows, oldest first.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The text, as the file has it.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// The clip in a row; `None` if its name can't be a clip's.
    pub fn clip(&self, row: &Row) -> Option<Clip> {
        Clip::from_row(&serde_json::from_slice::<Value>(&self.text[row.start..row.end]).ok()?)
    }

    /// The author of the clip in a row, as [`author`] writes a name.
    pub fn author_of(&self, row: &Row) -> &[u8] {
        &self.text[row.author.0..row.author.1]
    }

    /// All clips, oldest first.
    pub fn clips(&self) -> Vec<Clip> {
        self.rows.iter().filter_map(|row| self.clip(row)).collect()
    }

    /// The row of the clip with this file name, if it is there.
    pub fn find(&self, name: &str) -> Option<Row> {
        let head = format!("[{},", Value::from(name)).into_bytes();
        let at = memmem::find_iter(&self.text, &head).find_map(|at| self.row_at(at))?;
        Some(at)
    }

    /// The file name of the clip that was uploaded with this key, if it is there.
    pub fn find_upload(&self, key: &UploadKey) -> Option<ClipName> {
        let is_it = |name: &ClipName| name.upload_key().as_ref() == Some(key);
        let rows = memmem::find_iter(&self.text, key.as_str()).filter_map(|at| self.row_around(at));
        rows.filter_map(|row| self.clip(&row)).map(|clip| clip.file).find(is_it)
    }

    /// The text of the list that pages see at this time.
    pub fn shown(&self, hides_expired: bool, now: Moment) -> Cow<'_, [u8]> {
        let is_shown = |row: &&Row| !(hides_expired && row.is_expired(now));
        if self.rows.iter().all(|row| is_shown(&row)) {
            return Cow::Borrowed(&self.text);
        }
        let rows: Vec<_> = self.rows.iter().filter(is_shown).copied().collect();
        Cow::Owned(self.text_of(&rows, None))
    }

    /// The row that begins there.
    fn row_at(&self, start: usize) -> Option<Row> {
        let index = self.rows.binary_search_by_key(&start, |row| row.start).ok()?;
        Some(self.rows[index])
    }

    fn row_around(&self, at: usize) -> Option<Row> {
        let after = self.rows.partition_point(|row| row.start <= at);
        Some(self.rows[after.checked_sub(1)?])
    }

    /// The text of a catalog of these rows, in their order, with one more clip at its end.
    pub fn text_of(&self, rows: &[Row], more: Option<&Clip>) -> Vec<u8> {
        let mut text = Vec::with_capacity(self.text.len() + 1024);
        text.push(b'[');
        // Neighbours are one piece, with the comma between them.
        for piece in pieces(rows) {
            separate(&mut text);
            text.extend_from_slice(&self.text[piece]);
        }
        if let Some(clip) = more {
            separate(&mut text);
            text.extend_from_slice(clip.to_row().to_string().as_bytes());
        }
        text.push(b']');
        text
    }
}

/// A comma, where something stands before it.
fn separate(text: &mut Vec<u8>) {
    if text.len() > 1 {
        text.push(b',');
    }
}

/// A name as it stands in a catalog.
pub fn author(name: &str) -> Vec<u8> {
    let quoted = Value::from(name).to_string().into_bytes();
    quoted[1..quoted.len() - 1].to_vec()
}

fn pieces(rows: &[Row]) -> impl Iterator<Item = Range<usize>> {
    rows.chunk_by(|a, b| a.end + 1 == b.start).filter_map(|run| Some(run.first()?.start..run.last()?.end))
}

/// A token that changes exactly when a list's text does. The empty list has one too.
pub fn token(list: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(list);
    format!("{:016x}", hasher.finish())
}

/// The rows of a text that is exactly as [`to_json`](super::to_json) writes it; `None` if it is not.
fn scan(text: &[u8]) -> Option<Vec<Row>> {
    std::str::from_utf8(text).ok()?;
    let mut scanner = Scanner { text, at: 0 };
    let mut rows = Vec::new();
    scanner.take(b"[")?;
    if text != b"[]" {
        loop {
            rows.push(scanner.row()?);
            if scanner.take(b",").is_none() {
                break;
            }
        }
    }
    scanner.take(b"]")?;
    (scanner.at == text.len()).then_some(rows)
}

struct Scanner<'t> {
    text: &'t [u8],
    at: usize,
}

/// Texts before the numbers of a row: file name, author, time, media type, duration.
const TEXTS: usize = 5;

impl Scanner<'_> {
    fn row(&mut self) -> Option<Row> {
        let start = self.at;
        self.take(b"[\"")?;
        self.clip_name()?;
        self.take(b",\"")?;
        let author = self.at;
        self.text_to_its_end()?;
        let author = (author, self.at - 1);
        self.take(b",\"")?;
        for _ in 3..TEXTS {
            self.text_to_its_end()?;
            self.take(b",\"")?;
        }
        self.text_to_its_end()?;
        self.take(b",")?;
        let bytes = self.number()?;
        self.take(b",")?;
        let expire = self.number()?;
        self.take(b",\"")?;
        self.text_to_its_end()?;
        self.take(b"]")?;
        Some(Row { start, end: self.at, author, bytes, expire })
    }

    /// Pages get the rows as they are, so none may name what is no clip.
    fn clip_name(&mut self) -> Option<()> {
        let start = self.at;
        self.text_to_its_end()?;
        let name = &self.text[start..self.at - 1];
        let name = match memchr::memchr(b'\\', name) {
            None => Cow::Borrowed(std::str::from_utf8(name).ok()?),
            // Files of the original may have quotes in their names.
            Some(_) => Cow::Owned(serde_json::from_slice(&self.text[start - 1..self.at]).ok()?),
        };
        ClipName::new(&name).map(drop)
    }

    fn take(&mut self, wanted: &[u8]) -> Option<()> {
        self.text[self.at..].starts_with(wanted).then(|| self.at += wanted.len())
    }

    /// Behind the quote that ends a text. What is escaped otherwise than we do is not ours.
    fn text_to_its_end(&mut self) -> Option<()> {
        loop {
            let byte = *self.text.get(self.at)?;
            self.at += 1;
            match byte {
                b'"' => return Some(()),
                b'\\' => self.escaped()?,
                0..b' ' => return None,
                _ => {}
            }
        }
    }

    fn escaped(&mut self) -> Option<()> {
        match *self.text.get(self.at)? {
            b'"' | b'\\' | b'n' | b'r' | b't' | b'b' | b'f' => self.at += 1,
            b'u' => {
                let code = self.text.get(self.at..self.at + 5)?;
                // Control characters only: everything else stands for itself.
                code.starts_with(b"u00").then_some(())?;
                (matches!(code[3], b'0' | b'1') && code[4].is_ascii_hexdigit()).then(|| self.at += 5)?;
            }
            _ => return None,
        }
        Some(())
    }

    fn number(&mut self) -> Option<u64> {
        let digits = self.text[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = &self.text[self.at..self.at + digits];
        self.at += digits;
        if number.len() > 1 && number[0] == b'0' {
            return None;
        }
        std::str::from_utf8(number).ok()?.parse().ok()
    }
}

#[cfg(test)]
mod tests;
