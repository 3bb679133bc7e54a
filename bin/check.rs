//! `check.cgi`: tells the admin what works here and what does not. See `src/check/mod.rs`. It also is the second
//! process that tries whether a lock keeps it out (`check.cgi --try-lock PATH`).

use mozchat::check::{note_ignored_children, try_lock};
use mozchat::gateway::cgi;
use mozchat::programs::Program;
use std::env::{args_os, var_os};
use std::process::exit;

fn main() {
    note_ignored_children(cgi::hear_children());
    let mut arguments = args_os().skip(1);
    // A web server makes arguments of a query without "=" (RFC 3875, 4.4): a visitor's are not ours.
    let is_asked = var_os("REQUEST_METHOD").is_some();
    exit(match (arguments.next(), arguments.next()) {
        (Some(act), Some(path)) if act == "--try-lock" && !is_asked => try_lock(path.as_ref()).into(),
        _ => cgi::main(Program::Check),
    });
}
