//! Waiting for what must come.

use std::time::{Duration, Instant};

/// A limit that only something that hangs reaches.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until `look` finds what it looks for.
pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
