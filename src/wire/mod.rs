//! What travels between a page and the programs: requests taken apart and answers put together.
//!
//! Knows neither threads nor gateways. A gateway fills in an [`Incoming`]; [`parse`](body::parse) makes
//! [`Fields`] of it; a program's result becomes a [`Response`] in [`reply`].

pub mod body;
pub mod fields;
pub mod multipart;
mod part_types;
pub mod reply;
pub mod sink;

pub use fields::Fields;
pub use sink::{FileSink, NoFiles};

use cgi::http::Method;
use std::io::Read;

/// An answer on its way to a gateway.
pub type Response = cgi::Response;

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
    /// The client's address, as the server saw it.
    pub client: String,
    /// The Host header, or an empty string.
    pub host: String,
    /// The body. May be shorter or longer than `content_length` says.
    pub body: &'b mut dyn Read,
}
