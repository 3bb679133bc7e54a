//! Starts the program that sends, which lives on by itself.

use super::queue;
use crate::error::{Error, Result};
use crate::names::ThreadName;
use crate::site::Site;
use crate::thread::Thread;
use std::process::{Command, Stdio};
use std::time::Duration;

/// The file of the program, beside the others.
pub const PROGRAM: &str = "mail.cgi";
/// Where it can't be started, it is tried again after so long, and not at each request.
const AGAIN: Duration = Duration::from_secs(60);

/// Starts `mail.cgi` for a thread whose queue has to be looked at; returns at once. It gets none of our streams, which
/// the web server would wait for, and none of the request's variables.
///
/// # Errors
/// When it can't be started.
pub fn detached(site: &Site, name: &ThreadName) -> Result<()> {
    let Some(programs) = site.programs() else { return Ok(()) };
    let program = programs.join(PROGRAM);
    let mut command = Command::new(&program);
    command.arg(name.as_str()).env_clear().env("MOZCHAT_THREADS", site.threads());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // Its end is init's business: this process does not live to see it.
    command.spawn().map(drop).map_err(Error::io("start", &program))
}

/// The same, if the queue of this thread is due; others are kept from trying the same.
pub fn if_due(site: &Site, thread: &Thread) -> bool {
    let is_due = site.programs().is_some() && queue::is_due(thread);
    if is_due {
        queue::put_off(thread, AGAIN);
    }
    is_due
}
