//! One request through CGI (RFC 3875): environment and standard input in, standard output out.
//!
//! The `cgi` crate's own loop trusts CONTENT_LENGTH, reads the whole body into memory and panics on a short one,
//! on protocols that it doesn't know and on variables that are no UTF-8; so only its types are used, and the
//! body is streamed.

use super::process;
use crate::files;
use crate::mail::start;
use crate::programs::{Program, run};
use crate::site::Site;
use crate::wire::{Incoming, Response, Sender};
use cgi::http::Method;
use std::env;
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStringExt;

/// The whole life of a CGI program; the answer is its exit status.
pub fn main(program: Program) -> i32 {
    if !process::prepare() {
        return 1;
    }
    serve(program);
    process::outlive();
    0
}

/// Runs a program on the request that this process was started for.
fn serve(program: Program) {
    let mut body = Counted { inner: io::stdin().lock(), count: 0 };
    let content_length = content_length();
    let incoming = Incoming {
        method: method(),
        query: bytes("QUERY_STRING"),
        content_type: text("CONTENT_TYPE"),
        content_length,
        sender: sender(),
        body: &mut body,
    };
    let has_body = incoming.method == Method::POST;
    let site = Site::find().map(Site::for_web_server);
    let outcome = run(program, &site, incoming);
    for line in outcome.log {
        files::log(&line);
    }
    // A client that has gone can't be told anything.
    let _ = write(&outcome.response, &mut StandardOutput);
    if has_body {
        drain(body, content_length);
    }
    if let (Some(thread), Ok(site)) = (outcome.mail, site)
        && let Err(error) = start::detached(&site, &thread)
    {
        files::complain(&error);
    }
}

/// Standard output as it is: the library's own writes up to the last line's end at once and the rest later, so that a
/// program that is killed in between has promised a length that never comes, and each answer costs two system calls.
struct StandardOutput;

impl Write for StandardOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(rustix::stdio::stdout(), bytes)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// More than a page sends by mistake.
const LARGEST_REST: u64 = 256 * 1024 * 1024;

/// Takes what was left unread, as a refusal leaves it. Under mod_cgid body and answer share one socket, and whoever
/// closes that with something unread in it takes back the answer too.
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

/// Writes an answer as RFC 3875, section 6, has it, in one piece.
fn write(response: &Response, out: &mut dyn Write) -> io::Result<()> {
    let status = response.status();
    let mut text = Vec::with_capacity(response.body().len() + 256);
    write!(text, "Status: {} {}\r\n", status.as_u16(), status.canonical_reason().unwrap_or("Answer"))?;
    for (name, value) in response.headers() {
        text.extend_from_slice(name.as_str().as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value.as_bytes());
        text.extend_from_slice(b"\r\n");
    }
    text.extend_from_slice(b"\r\n");
    text.extend_from_slice(response.body());
    out.write_all(&text)?;
    out.flush()
}

fn bytes(name: &str) -> Vec<u8> {
    env::var_os(name).unwrap_or_default().into_vec()
}

/// A variable as text. Bytes that are no UTF-8 come from no browser, so they need not survive.
fn text(name: &str) -> String {
    String::from_utf8_lossy(&bytes(name)).into_owned()
}

fn sender() -> Sender {
    Sender {
        client: text("REMOTE_ADDR"),
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

fn method() -> Method {
    Method::from_bytes(&bytes("REQUEST_METHOD")).unwrap_or(Method::GET)
}

/// No length: whatever comes until the end, as with a chunked body. A length that is no number promises more than
/// anyone would send, and is refused as too large.
fn content_length() -> Option<u64> {
    let said = text("CONTENT_LENGTH");
    if said.is_empty() { None } else { Some(said.trim().parse().unwrap_or(u64::MAX)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_a_status_line_headers_and_its_body() {
        let response = cgi::binary_response(200, "application/json", b"{}".to_vec());
        let mut out = Vec::new();
        write(&response, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("Status: 200 OK\r\n"), "{text}");
        assert!(text.contains("content-length: 2\r\n") && text.ends_with("\r\n\r\n{}"), "{text}");
    }
}
