//! What can still be read of a damaged JSON file: one that is cut off, or in whose middle something is wrong.

use memchr::{memmem, memrchr};
use serde_json::{Deserializer, Map, Value, json};
use std::borrow::Cow;

/// The whole values at the beginning of an array that is cut off or damaged.
pub fn whole_values(text: &[u8]) -> Vec<Value> {
    let mut values = Vec::new();
    let Some(mut rest) = text.trim_ascii_start().strip_prefix(b"[") else { return values };
    while let Some((value, length)) = first_value(rest) {
        values.push(value);
        rest = rest[length..].trim_ascii_start();
        rest = rest.strip_prefix(b",").unwrap_or(rest);
    }
    values
}

/// The text of `names.json`; of a damaged one, what can be read of it, as JSON again. An empty file is sound.
pub fn names(text: &[u8]) -> Cow<'_, [u8]> {
    let is_sound = |value: Value| value.get("names").is_none_or(Value::is_object) && value.is_object();
    if text.trim_ascii().is_empty() || serde_json::from_slice(text).is_ok_and(is_sound) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(json!({ "names": records(text) }).to_string().into_bytes())
}

/// What a record of a name is made of.
const MEMBERS: [&str; 6] = ["banned", "code", "from", "held", "muted", "offers"];
/// It comes first, so that it is read also where the rest of the record is not.
const BANNED: &[u8] = b"{\"banned\":true";

/// Everything in a text that is a name's record.
fn records(text: &[u8]) -> Map<String, Value> {
    let (mut records, mut read) = (Map::new(), 0);
    for at in memmem::find_iter(text, b"\":{") {
        let rest = &text[at + 2..];
        let (record, length) = match first_value(rest) {
            Some((Value::Object(record), length)) => (record, length),
            _ if rest.starts_with(BANNED) => (Map::from_iter([("banned".into(), true.into())]), 0),
            _ => continue,
        };
        // Inside of one that was read.
        let is_record = at >= read && record.keys().all(|member| MEMBERS.contains(&member.as_str()));
        if let Some(name) = name_before(text, at).filter(|_| is_record && !record.is_empty()) {
            records.insert(name, record.into());
            read = at + 2 + length;
        }
    }
    records
}

/// The text whose closing quote is there.
fn name_before(text: &[u8], end: usize) -> Option<String> {
    let mut start = end;
    loop {
        start = memrchr(b'"', &text[..start])?;
        let escapes = text[..start].iter().rev().take_while(|byte| **byte == b'\\').count();
        if escapes % 2 == 0 {
            return serde_json::from_slice(&text[start..=end]).ok();
        }
    }
}

/// The value at the beginning of a text, and how long it is there.
fn first_value(text: &[u8]) -> Option<(Value, usize)> {
    let mut values = Deserializer::from_slice(text).into_iter();
    let value = values.next()?.ok()?;
    Some((value, values.byte_offset()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NAMES: &str = r#"{"names":{"Ann":{"held":{"marks":["a1"],"until":9},"offers":[["m","::1",5]]},"E\"ve":{"banned":true,"held":{"marks":[],"until":0}},"Joe":{"from":"192.0.2.1","held":{"marks":["b"],"until":7},"muted":true}}}"#;

    fn of(text: &str) -> Value {
        serde_json::from_slice(&names(text.as_bytes())).unwrap_or_default()
    }

    #[test]
    fn what_is_sound_stays_as_it_is() {
        for text in [NAMES, "{}", "", " \n", r#"{"names":{}}"#] {
            assert!(matches!(names(text.as_bytes()), Cow::Borrowed(_)), "{text}");
        }
        for text in ["[]", "null", "{", r#"{"names":[]}"#, &NAMES[..NAMES.len() - 1]] {
            assert!(matches!(names(text.as_bytes()), Cow::Owned(_)), "{text}");
        }
    }

    #[test]
    fn of_names_that_are_cut_off_the_whole_ones_and_the_bans_are_kept() {
        let whole = of(NAMES);
        let ban_is_read = NAMES.find("\"banned\":true").unwrap() + "\"banned\":true".len();
        for end in 1..NAMES.len() {
            let kept = of(&NAMES[..end]);
            let banned = kept["names"]["E\"ve"]["banned"] == true;
            assert_eq!(banned, end >= ban_is_read, "{end}: {kept}");
            for (name, record) in kept["names"].as_object().unwrap() {
                assert!(banned && name == "E\"ve" || *record == whole["names"][name], "{end}: {name} {record}");
            }
        }
    }

    #[test]
    fn what_is_wrong_in_the_middle_costs_one_name() {
        let broken = NAMES.replace("\"until\":9", "\"until\":x");
        let mut whole = of(NAMES);
        whole["names"].as_object_mut().unwrap().remove("Ann");
        assert_eq!(of(&broken), whole);
    }

    #[test]
    fn of_an_array_the_whole_values_are_kept() {
        for (text, count) in [("[1,{\"a\":2},[3]", 3), ("[1,{\"a\"", 1), (" [ 1 , 2 x", 2), ("[", 0), ("{", 0), ("", 0)]
        {
            assert_eq!(whole_values(text.as_bytes()).len(), count, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in proptest::collection::vec(any::<u8>(), 0..300), at in 0..NAMES.len()) {
            names(&text);
            whole_values(&text);
            let mut broken = NAMES.as_bytes().to_vec();
            broken.splice(at..at, text);
            prop_assert!(serde_json::from_slice::<Value>(&names(&broken)).is_ok());
        }
    }
}
