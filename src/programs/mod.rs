//! What each program does with a request: one file a program, the same for every gateway.
//!
//! `upload` and `poll` take whatever the original's upload.php and download.php took, so they share the acts in
//! [`delete`] and [`chat`] with the focused programs.

pub(crate) mod caller;
pub(crate) mod chat;
#[cfg(feature = "check")]
mod check;
mod delete;
mod gate;
mod mail;
pub(crate) mod news;
mod poll;
mod thread;
mod upload;
pub(crate) mod users;

use crate::auth::cookies::{self, Scope};
use crate::auth::entry::Request;
use crate::auth::holders::Visitor;
use crate::auth::rate_limit::Action;
use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::names::{ThreadName, UserName};
use crate::notice;
use crate::site::Site;
use crate::thread::Locked;
use crate::wire::reply::{self, Reply};
use crate::wire::{Fields, Incoming, Response, Sender};
use cgi::http::Method;
use cgi::http::header::{ALLOW, HeaderValue, SET_COOKIE};
use std::cell::{Cell, RefCell};
use std::os::fd::OwnedFd;

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
    /// Ends mails to a reader.
    Mail,
    /// Tells the admin what works and what does not.
    #[cfg(feature = "check")]
    Check,
}

impl Program {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Upload,
        Self::Poll,
        Self::Users,
        Self::Delete,
        Self::Chat,
        Self::Thread,
        Self::Mail,
        #[cfg(feature = "check")]
        Self::Check,
    ];

    /// The name on the wire, without `.cgi`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::Poll => "poll",
            Self::Users => "users",
            Self::Delete => "delete",
            Self::Chat => "chat",
            Self::Thread => "thread",
            Self::Mail => "mail",
            #[cfg(feature = "check")]
            Self::Check => "check",
        }
    }
}

/// The answer to a request, and what the admin should find in the server's log.
pub struct Outcome {
    /// For the client.
    pub response: Response,
    /// For the log, a line each.
    pub log: Vec<String>,
    /// A thread whose mails are to be sent, once the answer is out.
    pub mail: Option<ThreadName>,
    /// What takes a while to be closed, to be dropped once the answer is out.
    pub to_close: Vec<OwnedFd>,
}

/// What a program knows besides its parameters.
pub(crate) struct Context<'s> {
    site: &'s Site,
    /// The program that runs, unless it is the hub that does.
    program: Option<Program>,
    /// GET (or HEAD, which web servers make of it) or POST; nothing else gets here.
    is_post: bool,
    /// Who asks.
    pub(crate) sender: Sender,
    /// Whether it came over a WebSocket, where the hub counts by itself.
    is_hub: bool,
    /// Whether a page of the original asks, which shows no answer but those with status 200.
    is_old_page: Cell<bool>,
    /// Whether cookies can be given: over a WebSocket they can't, and what another site made a visitor's browser ask for
    /// must leave nothing there.
    takes_cookies: bool,
    /// Cookies for the one who asks.
    grants: RefCell<Vec<String>>,
    log: Vec<String>,
    /// A thread whose mails are to be sent.
    mail: RefCell<Option<ThreadName>>,
    /// What takes a while to be closed, which is done when nobody waits any more.
    to_close: RefCell<Vec<OwnedFd>>,
}

impl<'s> Context<'s> {
    /// For what a page says over its WebSocket.
    #[cfg(feature = "server")]
    pub(crate) fn of_hub(site: &'s Site, sender: Sender) -> Self {
        Self { is_hub: true, takes_cookies: false, ..Self::new(site, None, true, sender) }
    }

    fn new(site: &'s Site, program: Option<Program>, is_post: bool, sender: Sender) -> Self {
        Self {
            site,
            program,
            is_post,
            takes_cookies: !gate::is_foreign(&sender),
            sender,
            is_hub: false,
            is_old_page: Cell::new(false),
            grants: RefCell::default(),
            log: Vec::new(),
            mail: RefCell::default(),
            to_close: RefCell::default(),
        }
    }

    /// What the request shows of who asks.
    pub(crate) fn request(&self) -> Request<'_> {
        Request { cookies: &self.sender.cookies, address: &self.sender.client, takes_cookies: self.takes_cookies }
    }

    /// Gives the one who asks a cookie, and takes away those that are too many.
    fn grant(&self, name: &str, value: &str) {
        let mut grants = self.grants.borrow_mut();
        if grants.is_empty() {
            grants.extend(cookies::making_room(&self.sender.cookies));
        }
        grants.push(cookies::set(name, value, self.scope()));
    }

    /// For which requests a cookie is that is given now.
    fn scope(&self) -> Scope {
        let has_hub = || self.site.hub().is_some() || notice::has_hub(self.site.threads());
        match self.sender.is_secure {
            true => Scope::Tls,
            false if has_hub() => Scope::Host,
            false => Scope::Programs,
        }
    }

    /// Keeps open what takes a while to be closed, until the answer is out.
    fn close_later(&self, files: impl IntoIterator<Item = OwnedFd>) {
        self.to_close.borrow_mut().extend(files);
    }

    /// Counts what the one who asks does, unless the hub does.
    fn count(&self, action: Action, locked: &Locked<'_>, user: &UserName) -> Result<()> {
        if self.is_hub {
            return Ok(());
        }
        locked.count(action, Visitor { user, marks: &[], address: &self.sender.client }, Moment::now())
    }

    /// Notes whether a page of the original asks: it says neither what it has (`ack`) nor which upload this is.
    fn note_page(&self, fields: &Fields) {
        let says_so = match self.program {
            Some(Program::Poll) => fields.has("ack"),
            Some(Program::Upload) => fields.has("uploadId"),
            _ => true,
        };
        self.is_old_page.set(!says_so);
    }

    /// Refuses GET for what changes something: a link or an image must not be able to do it.
    fn must_post(&self) -> Result<()> {
        if self.is_post { Ok(()) } else { Err(wrong_method()) }
    }
}

/// The same error as a page of the original shows it. The cause of what is the host's fault, which is not in those words,
/// goes into the log.
fn in_words_for_old_page(error: Error, log: &mut Vec<String>) -> Error {
    if error.is_the_hosts() {
        log.push(error.to_string());
    }
    error.for_old_page()
}

fn wrong_method() -> Error {
    Error::with_status(405, "wrong-method", "This changes something, so it must be sent with POST")
}

/// Runs one program on one request. Never fails: errors become answers.
pub fn run(program: Program, site: &Result<Site>, incoming: Incoming<'_>) -> Outcome {
    let (mut log, mut grants, mut mail, mut to_close) = (Vec::new(), Vec::new(), None, Vec::new());
    let result = match site {
        Ok(site) => answer(program, site, incoming, &mut log, &mut grants, &mut mail, &mut to_close),
        // The one that says what is wrong.
        #[cfg(feature = "check")]
        Err(error) if program == Program::Check => check::without_threads(error, incoming, &mut grants),
        Err(error) => Err(Error::host(error.for_the_page())),
    };
    if let Err(error) = &result
        && error.is_the_hosts()
    {
        log.push(error.to_string());
    }
    let mut response = reply::response(result);
    if response.status() == 405 {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
    }
    for cookie in grants.iter().filter_map(|grant| HeaderValue::from_str(grant).ok()) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Outcome { response, log, mail, to_close }
}

fn answer(
    program: Program,
    site: &Site,
    incoming: Incoming<'_>,
    log: &mut Vec<String>,
    grants: &mut Vec<String>,
    mail: &mut Option<ThreadName>,
    to_close: &mut Vec<OwnedFd>,
) -> Result<Reply> {
    let is_post = match incoming.method {
        Method::POST => true,
        Method::GET | Method::HEAD => false,
        _ => return Err(Error::with_status(405, "wrong-method", "Only GET and POST are understood")),
    };
    // A poll takes messages away, whatever its method. Who unsubscribes comes from elsewhere, with a token.
    if program != Program::Mail && (is_post || program == Program::Poll) {
        gate::refuse_foreign(&incoming.sender)?;
    }
    let mut context = Context::new(site, Some(program), is_post, incoming.sender.clone());
    let result = match program {
        Program::Upload => upload::answer(&mut context, incoming),
        Program::Poll => poll::answer(&mut context, incoming),
        Program::Users => users::answer(&mut context, incoming),
        Program::Delete => delete::answer(&mut context, incoming),
        Program::Chat => chat::answer(&mut context, incoming),
        Program::Thread => thread::answer(&mut context, incoming),
        Program::Mail => mail::answer(&mut context, incoming),
        #[cfg(feature = "check")]
        Program::Check => check::answer(&mut context, incoming),
    };
    log.append(&mut context.log);
    let is_old_page = context.is_old_page.get();
    *grants = context.grants.into_inner();
    *mail = context.mail.into_inner();
    *to_close = context.to_close.into_inner();
    match result {
        Err(error) if is_old_page => Err(in_words_for_old_page(error, log)),
        result => result,
    }
}
