//! The settings files mean what PHP made of them: recorded texts with what PHP 8.2 read.

use serde_json::{Map, Value};
use std::path::Path;

fn vectors() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors/ini.json");
    let text = std::fs::read(&path)
        .unwrap_or_else(|e| panic!("{} holds what PHP made of .ini texts and must be there: {e}", path.display()));
    serde_json::from_slice(&text).expect("ini.json is JSON")
}

/// As PHP's array: keys above every section stand beside the sections.
fn as_php(ini: &mozchat::ini::Ini) -> Value {
    let mut all = Map::new();
    for section in ini.sections() {
        let entries = section.entries.iter().map(|e| (e.key.to_string(), Value::from(e.value.as_ref())));
        match &section.name {
            Some(name) => drop(all.insert(name.to_string(), Value::Object(entries.collect()))),
            None => all.extend(entries),
        }
    }
    // PHP has one kind of array: an empty one is written as a list.
    if all.is_empty() { Value::Array(Vec::new()) } else { Value::Object(all) }
}

#[test]
fn every_recorded_text_means_what_php_made_of_it() {
    let vectors = vectors();
    let cases = vectors["cases"].as_array().expect("cases");
    assert!(!cases.is_empty());
    for case in cases {
        let text = case["text"].as_str().expect("text");
        match mozchat::ini::parse(text.as_bytes()) {
            Ok(ini) => assert_eq!(as_php(&ini), case["parsed"], "{}", case["name"]),
            Err(e) => {
                assert_eq!(case["parsed"], Value::Bool(false), "{}: {e}", case["name"]);
                assert!(e.line > 0 && !e.reason.is_empty());
            }
        }
    }
}
