//! Mails about new clips, to those whom a thread's `notify.ini` lists.
//!
//! An upload puts an [`Entry`](queue::Entry) into the thread's folder `outgoing` and is done. What empties that folder
//! is another program, `mail.cgi`, which is started when the answer is out ([`start`]), waits a little so that many
//! clips make one mail, and tries again with growing pauses while the mail server is down. Should it be killed, the
//! next request that sees a queue whose time has come starts it again.
//!
//! Pure rules: [`address`] (links), [`letter`] (what a mail says), [`queue::pause`]. Files: [`queue`], [`list`].

pub mod address;
#[cfg(feature = "mail")]
pub mod deliver;
pub mod letter;
pub mod list;
#[cfg(feature = "mail")]
pub mod post;
pub mod queue;
pub mod settings;
pub mod start;
pub(crate) mod words;

use crate::thread::Thread;

/// Whether new clips of a thread are told by mail. Never those of a stream: there is one each second.
pub fn is_wanted(thread: &Thread) -> bool {
    thread.settings.notify_users && !thread.settings.allow_stream
}
