//! `mail.cgi`: sends what waits in a thread's queue (`mail.cgi THREAD`, as the other programs start it), and, where a
//! web server starts it, lets readers unsubscribe. See `src/mail/mod.rs` and `src/programs/mail.rs`.

use mozchat::gateway::{cgi, mail};
use mozchat::programs::Program;
use std::process::exit;

fn main() {
    // Else a mail that sendmail took would count as failed, and be sent again.
    cgi::hear_children();
    exit(if cgi::is_asked() { cgi::main(Program::Mail) } else { mail::main() });
}
