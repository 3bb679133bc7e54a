//! The catalog: a thread's clips, oldest first, in the original's shape
//! `[[fileName, author, dateTime, mime, duration, bytes, expire, description], …]`.

mod text;

pub use text::{Catalog, Row, author, token};

use crate::names::ClipName;
use crate::salvage::whole_values;
use serde_json::{Value, json};

/// One clip.
#[derive(Clone, Debug, PartialEq)]
pub struct Clip {
    /// Its file in the media folder.
    pub file: ClipName,
    /// Who recorded it.
    pub author: String,
    /// When it came, for people: `Mon_DD_HH:MM:SS`.
    pub date_time: String,
    /// Its media type, with codecs.
    pub mime: String,
    /// Its length in seconds, as text.
    pub duration: String,
    /// Its size.
    pub bytes: u64,
    /// When it expires, in seconds since 1970.
    pub expire: u64,
    /// What its author says of it.
    pub description: String,
}

/// What a catalog file turned out to hold.
#[derive(Debug, PartialEq)]
pub struct Loaded {
    /// The clips that could be read, in the file's order.
    pub clips: Vec<Clip>,
    /// Whether that is everything: false for a file that is cut off, empty, or something else.
    pub sound: bool,
}

impl Clip {
    pub(crate) fn from_row(row: &Value) -> Option<Self> {
        let row = row.as_array()?;
        let text = |column: usize| row.get(column).map(as_text).unwrap_or_default();
        Some(Self {
            file: ClipName::new(row.first()?.as_str()?)?,
            author: text(1),
            date_time: text(2),
            mime: text(3),
            duration: text(4),
            bytes: as_number(row.get(5)?)?,
            expire: as_number(row.get(6)?)?,
            description: text(7),
        })
    }

    pub(crate) fn to_row(&self) -> Value {
        json!([
            self.file.as_str(),
            self.author,
            self.date_time,
            self.mime,
            self.duration,
            self.bytes,
            self.expire,
            self.description
        ])
    }
}

/// PHP wrote numbers sometimes as numbers and sometimes as text.
fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

fn as_number(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64().or_else(|| number.as_f64().map(|float| float.max(0.0) as u64)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Reads a catalog file's text; of a damaged one, everything before the damage.
pub fn parse(text: &[u8]) -> Loaded {
    match serde_json::from_slice::<Value>(text) {
        Ok(Value::Array(rows)) => {
            let clips: Vec<_> = rows.iter().filter_map(Clip::from_row).collect();
            Loaded { sound: clips.len() == rows.len(), clips }
        }
        Ok(_) => Loaded { clips: Vec::new(), sound: false },
        Err(_) => Loaded { clips: whole_values(text).iter().filter_map(Clip::from_row).collect(), sound: false },
    }
}

/// The catalog as JSON, for the file and for pages.
pub fn to_json<'c>(clips: impl IntoIterator<Item = &'c Clip>) -> Value {
    clips.into_iter().map(Clip::to_row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ROWS: &str = r#"[["a.webm","Ann","Nov_23_15:46:28","audio/webm","2",3000,1763912788,"hi"],
        ["b.webm","Bob","Nov_23_15:46:29","audio/webm",2,"100","1763912789",""]]"#;

    #[test]
    fn what_php_wrote_is_read_also_where_numbers_are_text() {
        let loaded = parse(ROWS.as_bytes());
        assert!(loaded.sound);
        assert_eq!(
            (loaded.clips[1].bytes, loaded.clips[1].expire, loaded.clips[1].duration.as_str()),
            (100, 1_763_912_789, "2")
        );
        assert_eq!(
            to_json(&loaded.clips[..1]).to_string(),
            r#"[["a.webm","Ann","Nov_23_15:46:28","audio/webm","2",3000,1763912788,"hi"]]"#
        );
    }

    #[test]
    fn of_a_catalog_that_is_cut_off_the_whole_rows_are_saved() {
        let first_row_ends = ROWS.find("],").unwrap() + 1;
        for end in 0..ROWS.len() {
            let loaded = parse(&ROWS.as_bytes()[..end]);
            assert!(!loaded.sound);
            assert_eq!(loaded.clips.len(), usize::from(end >= first_row_ends) + usize::from(end >= ROWS.len() - 1));
        }
    }

    #[test]
    fn something_else_is_no_catalog() {
        for text in ["", "{}", "null", "\"x\"", "[1]", r#"[["../a.webm","A","","","",1,1,""]]"#] {
            assert_eq!(parse(text.as_bytes()), Loaded { clips: vec![], sound: false }, "{text}");
        }
        assert!(parse(b"[]").sound);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in proptest::collection::vec(any::<u8>(), 0..300)) {
            parse(&text);
            parse(&[b"[[".as_slice(), &text].concat());
        }
    }
}
