//! What the tests stand on: a throw-away Apache, a user's browser, the folder of a thread, running programs.

mod browser;
mod direct;
mod folder;
mod http;
mod patience;
mod private;
mod process;
pub mod site;

pub use browser::{BOUNDARY, Browser, blob, file_part, multipart, multipart_type};
pub use direct::Direct;
pub use folder::Folder;
pub use http::{Answer, Request, read_answer};
pub use patience::eventually;
pub use private::{PUBLIC, files, leave_rare_files, ways_to_ask};
pub use process::Process;
pub use site::{Site, give_away, is_fcgid, packaged_site};

use patience::PATIENCE;

/// The time as the programs see it, in seconds since 1970.
pub fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("the clock is set").as_secs()
}
