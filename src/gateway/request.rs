//! What CGI and FastCGI have in common: a request made of variables and a body, an answer as RFC 3875 has it.

use super::variables::Variables;
use crate::error::Result;
use crate::files;
use crate::mail::start;
use crate::names::ThreadName;
use crate::programs::{Program, run};
use crate::site::Site;
use crate::wire::{Incoming, Response, Sender};
use cgi::http::Method;
use std::io::{self, Read, Write};
use std::net::IpAddr;
use std::os::fd::OwnedFd;

/// A request that was answered.
pub struct Answered {
    /// For the client.
    pub response: Response,
    site: Result<Site>,
    mail: Option<ThreadName>,
    to_close: Vec<OwnedFd>,
}

/// Runs a program on a request, and takes the rest of its body once `send` has sent the answer.
pub fn serve(program: Program, variables: &Variables, body: &mut dyn Read, send: impl FnOnce(&Response)) {
    let content_length = content_length(variables);
    let mut body = Counted { inner: body, count: 0 };
    let answered = answer(program, variables, content_length, &mut body);
    send(&answered.response);
    if method(variables) == Method::POST {
        drain(body, content_length);
    }
    answered.follow_up();
}

fn answer(program: Program, variables: &Variables, content_length: Option<u64>, body: &mut dyn Read) -> Answered {
    let site = Site::find(&|name| variables.get(name)).map(Site::for_web_server);
    let incoming = Incoming {
        method: method(variables),
        query: variables.bytes("QUERY_STRING"),
        content_type: variables.text("CONTENT_TYPE"),
        content_length,
        sender: sender(variables, site.as_ref().is_ok_and(Site::trusts_proxy)),
        body,
    };
    let outcome = run(program, &site, incoming);
    for line in outcome.log {
        files::log(&line);
    }
    Answered { response: outcome.response, site, mail: outcome.mail, to_close: outcome.to_close }
}

impl Answered {
    /// What is done when nobody waits any more.
    fn follow_up(self) {
        drop(self.to_close);
        if let (Some(thread), Ok(site)) = (self.mail, self.site)
            && let Err(error) = start::detached(&site, &thread)
        {
            files::complain(&error);
        }
    }
}

/// More than a page sends by mistake.
pub const LARGEST_REST: u64 = 256 * 1024 * 1024;

/// Takes what was left unread, as a refusal leaves it. Under mod_cgid and FastCGI body and answer share one socket, and
/// whoever closes that with something unread in it takes back the answer too.
fn drain(body: Counted<impl Read>, content_length: Option<u64>) {
    let rest = content_length.map_or(LARGEST_REST, |length| length.saturating_sub(body.count).min(LARGEST_REST));
    // Nobody misses what does not come.
    let _ = io::copy(&mut body.inner.take(rest), &mut io::sink());
}

/// A body that knows how much of it was read.
struct Counted<R> {
    inner: R,
    count: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buf)?;
        self.count += got as u64;
        Ok(got)
    }
}

/// The head of an answer as RFC 3875, section 6, has it, with the empty line that ends it.
pub fn head(response: &Response) -> Vec<u8> {
    let status = response.status();
    let mut text = Vec::with_capacity(256);
    // Writing to a vector always works.
    let _ = write!(text, "Status: {} {}\r\n", status.as_u16(), status.canonical_reason().unwrap_or("Answer"));
    for (name, value) in response.headers() {
        text.extend_from_slice(name.as_str().as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value.as_bytes());
        text.extend_from_slice(b"\r\n");
    }
    text.extend_from_slice(b"\r\n");
    text
}

fn sender(variables: &Variables, trusts_proxy: bool) -> Sender {
    let text = |name| variables.text(name);
    let (peer, forwarded_for) = (text("REMOTE_ADDR"), text("HTTP_X_FORWARDED_FOR"));
    let named = Some(&forwarded_for).filter(|_| trusts_proxy).and_then(|list| last_address(list));
    Sender {
        client: named.unwrap_or_else(|| peer.clone()),
        peer,
        forwarded_for,
        port: text("SERVER_PORT"),
        host: text("HTTP_HOST"),
        forwarded_host: text("HTTP_X_FORWARDED_HOST"),
        cookies: text("HTTP_COOKIE"),
        origin: text("HTTP_ORIGIN"),
        fetch_site: text("HTTP_SEC_FETCH_SITE"),
        referer: text("HTTP_REFERER"),
        languages: text("HTTP_ACCEPT_LANGUAGE"),
        script: text("SCRIPT_NAME"),
        // A client that lies here gets a cookie that only HTTPS brings back.
        is_secure: !["", "off"].contains(&text("HTTPS").as_str()) || text("HTTP_X_FORWARDED_PROTO") == "https",
    }
}

/// The last address of a list: the one that the nearest proxy has added. Those before it are a visitor's words.
fn last_address(list: &str) -> Option<String> {
    let last: IpAddr = list.rsplit(',').next()?.trim().parse().ok()?;
    Some(last.to_canonical().to_string())
}

fn method(variables: &Variables) -> Method {
    Method::from_bytes(&variables.bytes("REQUEST_METHOD")).unwrap_or(Method::GET)
}

/// No length: whatever comes until the end, as with a chunked body. A length that is no number promises more than
/// anyone would send, and is refused as too large.
fn content_length(variables: &Variables) -> Option<u64> {
    let said = variables.text("CONTENT_LENGTH");
    if said.is_empty() { None } else { Some(said.trim().parse().unwrap_or(u64::MAX)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_address_that_a_proxy_names_counts() {
        for (list, expected) in [
            ("203.0.113.7", Some("203.0.113.7")),
            ("10.0.0.1, 203.0.113.7", Some("203.0.113.7")),
            ("::ffff:203.0.113.7", Some("203.0.113.7")),
            ("203.0.113.7, unknown", None),
            ("", None),
        ] {
            assert_eq!(last_address(list).as_deref(), expected, "{list}");
        }
    }

    #[test]
    fn an_answer_has_a_status_line_headers_and_an_empty_line() {
        let response = cgi::binary_response(200, "application/json", b"{}".to_vec());
        let text = String::from_utf8(head(&response)).unwrap();
        assert!(text.starts_with("Status: 200 OK\r\n"), "{text}");
        assert!(text.contains("content-length: 2\r\n") && text.ends_with("\r\n\r\n"), "{text}");
    }
}
