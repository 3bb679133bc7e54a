//! What each program does with a request: one file a program, the same for every gateway.
//!
//! `upload` and `poll` take whatever the original's upload.php and download.php took, so they share the acts in
//! [`delete`] and [`chat`] with the focused programs.

pub(crate) mod caller;
pub(crate) mod chat;
mod delete;
pub(crate) mod news;
mod poll;
mod thread;
mod upload;
pub(crate) mod users;

use crate::error::{Error, Result};
use crate::site::Site;
use crate::wire::reply::{self, Reply};
use crate::wire::{Incoming, Response};
use cgi::http::Method;
use cgi::http::header::{ALLOW, HeaderValue};

/// The programs, by the name they have on the wire (`cgi-bin/NAME.cgi`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// Takes clips, and every act that upload.php took.
    Upload,
    /// `poll`, `longPoll`, `echo`.
    Poll,
    /// Presence and the pulse.
    Users,
    /// Deletes clips.
    Delete,
    /// Relays messages, logs calls.
    Chat,
    /// A thread's settings for the page.
    Thread,
}

impl Program {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Upload, Self::Poll, Self::Users, Self::Delete, Self::Chat, Self::Thread];

    /// The name on the wire, without `.cgi`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::Poll => "poll",
            Self::Users => "users",
            Self::Delete => "delete",
            Self::Chat => "chat",
            Self::Thread => "thread",
        }
    }
}

/// The answer to a request, and what the admin should find in the server's log.
pub struct Outcome {
    /// For the client.
    pub response: Response,
    /// For the log, a line each.
    pub log: Vec<String>,
}

/// What a program knows besides its parameters.
pub(crate) struct Context<'s> {
    site: &'s Site,
    /// GET (or HEAD, which web servers make of it) or POST; nothing else gets here.
    is_post: bool,
    /// The client's address.
    client: String,
    /// The Host header.
    host: String,
    log: Vec<String>,
}

impl<'s> Context<'s> {
    /// For what a page says over its WebSocket.
    #[cfg(feature = "server")]
    pub(crate) fn of_hub(site: &'s Site, client: String) -> Self {
        Self { site, is_post: true, client, host: String::new(), log: Vec::new() }
    }

    /// Refuses GET for what changes something: a link or an image must not be able to do it.
    fn must_post(&self) -> Result<()> {
        if self.is_post { Ok(()) } else { Err(wrong_method()) }
    }
}

fn wrong_method() -> Error {
    Error::with_status(405, "wrong-method", "This changes something, so it must be sent with POST")
}

/// Runs one program on one request. Never fails: errors become answers.
pub fn run(program: Program, site: &Result<Site>, incoming: Incoming<'_>) -> Outcome {
    let mut log = Vec::new();
    let result = match site {
        Ok(site) => answer(program, site, incoming, &mut log),
        Err(error) => Err(Error::host(error.for_the_page())),
    };
    if let Err(error) = &result
        && error.is_the_hosts()
    {
        log.push(error.to_string());
    }
    let mut response = reply::response(&result);
    if response.status() == 405 {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
    }
    Outcome { response, log }
}

fn answer(program: Program, site: &Site, incoming: Incoming<'_>, log: &mut Vec<String>) -> Result<Reply> {
    let is_post = match incoming.method {
        Method::POST => true,
        Method::GET | Method::HEAD => false,
        _ => return Err(Error::with_status(405, "wrong-method", "Only GET and POST are understood")),
    };
    let (client, host) = (incoming.client.clone(), incoming.host.clone());
    let mut context = Context { site, is_post, client, host, log: Vec::new() };
    let result = match program {
        Program::Upload => upload::answer(&mut context, incoming),
        Program::Poll => poll::answer(&mut context, incoming),
        Program::Users => users::answer(&mut context, incoming),
        Program::Delete => delete::answer(&mut context, incoming),
        Program::Chat => chat::answer(&mut context, incoming),
        Program::Thread => thread::answer(&mut context, incoming),
    };
    log.append(&mut context.log);
    result
}
