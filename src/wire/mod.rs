//! What travels between a page and the programs: requests taken apart and answers put together.
//!
//! Knows neither threads nor gateways. A gateway fills in an [`Incoming`]; [`parse`](body::parse) makes
//! [`Fields`] of it; a program's result becomes a [`Response`] in [`reply`].

pub mod body;
pub mod fields;
pub mod multipart;
pub mod page;
mod parts;
pub mod reply;
pub mod sink;

pub use cgi::http::Method;
pub use fields::Fields;
pub use sink::{FileSink, NoFiles};

use std::io::Read;

/// Set where check.cgi wants to hear which version a program is. No visitor can set it: what comes from them begins with
/// `HTTP_`.
pub const ASKS_VERSION: &str = "MOZCHAT_ASKS_VERSION";
/// What the answer begins with.
pub const VERSION: &str = concat!("Status: 200 OK\r\nMozchat-Version: ", env!("CARGO_PKG_VERSION"), "\r\n");

/// An answer on its way to a gateway.
pub type Response = cgi::Response;

/// Who sends a request, as far as the connection and the headers tell. Headers that are not there are empty.
#[derive(Clone, Debug, Default)]
pub struct Sender {
    /// The client's address: the peer's, or the one that a trusted proxy names.
    pub client: String,
    /// The address of whoever opened the connection, as the web server saw it.
    pub peer: String,
    /// The X-Forwarded-For header, which a proxy adds, or a visitor makes up.
    pub forwarded_for: String,
    /// The port that the web server was asked at; empty where that is not known.
    pub port: String,
    /// The Host header.
    pub host: String,
    /// The X-Forwarded-Host header, which a proxy adds; to be believed only where a lie hurts nobody but the liar.
    pub forwarded_host: String,
    /// The Cookie header.
    pub cookies: String,
    /// The Origin header.
    pub origin: String,
    /// The Sec-Fetch-Site header.
    pub fetch_site: String,
    /// The Referer header: the page that asks, as its browser knows it.
    pub referer: String,
    /// The Accept-Language header.
    pub languages: String,
    /// The path of the program in the address, as the server sees it (`SCRIPT_NAME`).
    pub script: String,
    /// Whether the request came over HTTPS.
    pub is_secure: bool,
}

/// A request as every gateway can give it. Nothing in it has been checked.
pub struct Incoming<'b> {
    /// The HTTP method.
    pub method: Method,
    /// What stands behind the `?`, still encoded.
    pub query: Vec<u8>,
    /// The Content-Type header, or an empty string.
    pub content_type: String,
    /// What the client says about the body's length, in bytes.
    pub content_length: Option<u64>,
    /// Who sends it.
    pub sender: Sender,
    /// The body. May be shorter or longer than `content_length` says.
    pub body: &'b mut dyn Read,
}
