//! `mail.cgi`: sends what waits in a thread's queue (`mail.cgi THREAD`, as the other programs start it), and, where a
//! web server starts it, lets readers unsubscribe. See `src/mail/mod.rs` and `src/programs/mail.rs`.

use mozchat::gateway::{cgi, mail};
use mozchat::programs::Program;
use std::process::exit;

fn main() {
    exit(if cgi::is_asked() { cgi::main(Program::Mail) } else { mail::main() });
}
