//! The request that opens a WebSocket (RFC 6455, section 4.2), and who may send it.

use crate::auth::cookies::is_ours;
use crate::mail::address::near;
use crate::notice::WsIni;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};
use std::io;
use std::net::IpAddr;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// A request's head is smaller, cookies included.
const LONGEST_HEAD: usize = 8 * 1024;
const MOST_HEADERS: usize = 64;
/// A browser sends it at once.
const PATIENCE: Duration = Duration::from_secs(10);
/// RFC 6455, section 1.3.
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Why a request opens nothing: a status and words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal(pub u16, pub &'static str);

/// The lock on a door: what a request must have.
pub trait Headers {
    /// The value of a header; the last one if there are several.
    fn get(&self, name: &str) -> Option<&str>;
}

/// Checks the headers of a request; returns the value of Sec-WebSocket-Accept.
///
/// # Errors
/// The refusal to answer with.
pub fn check(headers: &impl Headers, settings: &WsIni) -> Result<String, Refusal> {
    let has_word = |name: &str, word: &str| {
        headers.get(name).is_some_and(|value| value.split(',').any(|one| one.trim().eq_ignore_ascii_case(word)))
    };
    if !has_word("upgrade", "websocket") || !has_word("connection", "upgrade") {
        return Err(Refusal(426, "This is mozchat's hub; it speaks WebSocket only"));
    }
    if headers.get("sec-websocket-version").map(str::trim) != Some("13") {
        return Err(Refusal(426, "Only version 13 of WebSocket is understood"));
    }
    let key = headers.get("sec-websocket-key").map(str::trim).unwrap_or_default();
    if !STANDARD.decode(key).is_ok_and(|bytes| bytes.len() == 16) {
        return Err(Refusal(400, "The Sec-WebSocket-Key is wrong"));
    }
    if !is_our_page(headers.get("origin"), headers.get("host").unwrap_or_default(), settings) {
        return Err(Refusal(403, "Pages of this origin may not come; allowOrigin in ws.ini would let them"));
    }
    Ok(STANDARD.encode(Sha1::new().chain_update(key).chain_update(GUID).finalize()))
}

/// A browser says from which site a page came. Another site's page must not speak with a visitor's connection. The
/// port may differ: Apache has one, the hub another.
fn is_our_page(origin: Option<&str>, host: &str, settings: &WsIni) -> bool {
    let Some(origin) = origin else { return true };
    let is_allowed = |allowed: &String| allowed == "*" || allowed.trim_end_matches('/').eq_ignore_ascii_case(origin);
    let same_host = origin.split_once("://").is_some_and(|(_, site)| {
        let (theirs, ours) = (without_port(site), without_port(host));
        !ours.is_empty() && theirs.eq_ignore_ascii_case(ours)
    });
    same_host || settings.allow_origin.iter().any(is_allowed)
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Whose connection it is: the peer's, or the one that a trusted proxy names last. A proxy is on this machine or in its own
/// network: who comes from elsewhere has not come by way of it, and could name whomever.
pub fn visitor(headers: &impl Headers, peer: IpAddr, settings: &WsIni) -> IpAddr {
    let named = headers.get("x-forwarded-for").filter(|_| settings.trust_proxy && near(peer));
    let last = named.and_then(|list| list.rsplit(',').next()?.trim().parse().ok());
    last.unwrap_or(peer).to_canonical()
}

/// The cookies of a request that say who it is; other programs of the same host may have many.
pub fn cookies(headers: &impl Headers) -> Box<str> {
    let all = headers.get("cookie").unwrap_or_default().split(';').map(str::trim);
    all.filter(|cookie| cookie.split('=').next().is_some_and(is_ours)).collect::<Vec<_>>().join("; ").into()
}

struct Parsed<'h>(&'h [httparse::Header<'h>]);

impl Headers for Parsed<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        let header = self.0.iter().rfind(|header| header.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(header.value).ok()
    }
}

/// A request that may become a WebSocket.
#[derive(Debug)]
pub struct Opening {
    /// Whose connection it is.
    pub visitor: IpAddr,
    /// The cookies that came with it.
    pub cookies: Box<str>,
    accept: String,
}

/// Reads the request on a new connection.
///
/// # Errors
/// When nothing sensible comes, or the request is refused; the refusal was sent then.
pub async fn read<S>(stream: &mut S, peer: IpAddr, settings: &WsIni) -> io::Result<Opening>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let head = timeout(PATIENCE, read_head(stream)).await??;
    match parse(&head, peer, settings) {
        Ok(opening) => Ok(opening),
        Err(refusal) => {
            refuse(stream, refusal).await?;
            Err(io::ErrorKind::PermissionDenied.into())
        }
    }
}

fn parse(head: &[u8], peer: IpAddr, settings: &WsIni) -> Result<Opening, Refusal> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let complete = matches!(request.parse(head), Ok(httparse::Status::Complete(_)));
    if !complete || request.method != Some("GET") {
        return Err(Refusal(400, "This is no request that the hub understands"));
    }
    let headers = Parsed(request.headers);
    let accept = check(&headers, settings)?;
    Ok(Opening { accept, visitor: visitor(&headers, peer, settings), cookies: cookies(&headers) })
}

impl Opening {
    /// Answers that the connection is a WebSocket from now on.
    ///
    /// # Errors
    /// When the other end has gone.
    pub async fn accept(&self, stream: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
        let accept = &self.accept;
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\n\r\n"
        );
        timeout(PATIENCE, stream.write_all(answer.as_bytes())).await?
    }
}

/// Answers that there will be no WebSocket.
///
/// # Errors
/// When the other end has gone.
pub async fn refuse(stream: &mut (impl AsyncWrite + Unpin), refusal: Refusal) -> io::Result<()> {
    timeout(PATIENCE, stream.write_all(refused(refusal).as_bytes())).await??;
    stream.shutdown().await
}

/// Reads up to the empty line. A client that speaks WebSocket sends nothing behind it before it has an answer.
async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(1024);
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= LONGEST_HEAD || stream.read_buf(&mut head).await? == 0 {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
    Ok(head)
}

fn refused(Refusal(status, words): Refusal) -> String {
    let reason = match status {
        403 => "Forbidden",
        426 => "Upgrade Required",
        503 => "Service Unavailable",
        _ => "Bad Request",
    };
    let length = words.len() + 1;
    format!(
        "HTTP/1.1 {status} {reason}\r\nUpgrade: websocket\r\nConnection: close\r\nContent-Type: text/plain\r\n\
         Content-Length: {length}\r\n\r\n{words}\n"
    )
}

#[cfg(test)]
mod tests;
