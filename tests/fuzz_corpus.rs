//! The fuzzer's seeds, and every input by which it once broke something, keep the parsers' properties.
#![cfg(feature = "server")]

// What the hub's parser of frames finds under `crate`, since it is no public part of the library.
use mozchat::{error, names, wire};

#[allow(dead_code)]
#[path = "../src/hub/frame.rs"]
mod frame;
#[path = "../fuzz/properties.rs"]
mod properties;

use std::fs;
use std::path::Path;

#[test]
fn whatever_the_fuzzer_has_found_breaks_nothing_any_more() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (name, property) in properties::ALL {
        let inputs: Vec<_> = fs::read_dir(corpus.join(name)).expect(name).map(|entry| entry.unwrap().path()).collect();
        assert!(!inputs.is_empty(), "{name} has a corpus");
        for input in &inputs {
            eprintln!("{}", input.display());
            property(&fs::read(input).unwrap());
        }
    }
}
