//! One program for all fuzz targets: `MOZCHAT_FUZZ` names the one.
#![no_main]

// What the hub's parser of frames finds under `crate`, since it is no public part of the library.
use mozchat::{error, names, wire};

#[allow(dead_code)]
#[path = "../../src/hub/frame.rs"]
mod frame;
#[path = "../properties.rs"]
mod properties;

use std::sync::LazyLock;

static PROPERTY: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let wanted = std::env::var("MOZCHAT_FUZZ").unwrap_or_default();
    let found = properties::ALL.into_iter().find(|(name, _)| *name == wanted);
    found.unwrap_or_else(|| panic!("MOZCHAT_FUZZ names no target: {wanted}")).1
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| PROPERTY(data));
