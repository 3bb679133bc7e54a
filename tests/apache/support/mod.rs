//! What the tests stand on: a throw-away Apache, a user's browser, the folder of a thread, running programs.

mod browser;
mod direct;
mod folder;
mod http;
mod private;
mod process;
pub mod site;

pub use browser::{BOUNDARY, Browser, blob, file_part, multipart, multipart_type};
pub use direct::Direct;
pub use folder::Folder;
pub use http::{Answer, Request, read_answer};
pub use private::{PUBLIC, files, leave_rare_files, ways_to_ask};
pub use process::Process;
pub use site::{Site, give_away, is_fcgid, packaged_site};

use std::time::{Duration, Instant};

/// A limit that only a hanging program reaches.
const PATIENCE: Duration = Duration::from_secs(30);

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

/// The time as the programs see it, in seconds since 1970.
pub fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("the clock is set").as_secs()
}
