//! Takes a request apart, whatever encoding it came in.

use super::sink::{FileSink, lost};
use super::{Fields, Incoming, multipart};
use crate::error::{Error, Result};
use cgi::http::Method;
use std::io::{self, Read};

/// Text in a request: an SDP offer with many candidates is some 20 kB; this leaves room.
const LONGEST_TEXT_BODY: u64 = 256 * 1024;

/// Reads the query and the body; files in it go to `sink` as they come.
///
/// # Errors
/// When something in the request is malformed, too large, cut off, or refused by the sink.
pub fn parse(incoming: Incoming<'_>, sink: &mut dyn FileSink) -> Result<Fields> {
    let Incoming { method, query, content_type, content_length, body, .. } = incoming;
    let mut fields = Fields::default();
    fields.add_urlencoded(&query)?;
    if method == Method::POST {
        let mut body = Promised { inner: body, left: content_length };
        let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if kind == "multipart/form-data" {
            multipart::read(&mut body, &content_type, content_length, &mut fields, sink)?;
        } else {
            let text = read_text(&mut body, content_length)?;
            add_text(&kind, &text, &mut fields)?;
        }
    }
    fields.unfold_json()?;
    Ok(fields)
}

/// A body that is not multipart: JSON by its type or by its first byte (`sendBeacon` calls it text/plain),
/// else urlencoded.
fn add_text(kind: &str, text: &[u8], fields: &mut Fields) -> Result<()> {
    let is_json = kind == "application/json" || text.trim_ascii_start().first() == Some(&b'{');
    match (is_json, kind) {
        _ if text.is_empty() => Ok(()),
        (true, _) => fields.add_json(text),
        (false, "" | "application/x-www-form-urlencoded" | "text/plain") => fields.add_form(text),
        (false, _) => Err(Error::with_status(415, "bad-encoding", "The request's Content-Type is not understood")),
    }
}

fn read_text(body: &mut impl Read, announced: Option<u64>) -> Result<Vec<u8>> {
    let too_large = || Error::with_status(413, "too-large", "The request is too large");
    if announced.is_some_and(|bytes| bytes > LONGEST_TEXT_BODY) {
        return Err(too_large());
    }
    let mut text = Vec::new();
    body.take(LONGEST_TEXT_BODY + 1).read_to_end(&mut text).map_err(|error| lost(&error))?;
    if text.len() as u64 > LONGEST_TEXT_BODY { Err(too_large()) } else { Ok(text) }
}

/// A body that is read no further than its Content-Length, and whose early end is an error.
struct Promised<'b> {
    inner: &'b mut dyn Read,
    left: Option<u64>,
}

impl Read for Promised<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let Some(left) = self.left else { return self.inner.read(buf) };
        let most = buf.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if most == 0 {
            return Ok(0);
        }
        match self.inner.read(&mut buf[..most])? {
            0 => Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("{left} bytes are missing"))),
            got => {
                self.left = Some(left - got as u64);
                Ok(got)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::NoFiles;

    fn post(kind: &str, body: &str, announced: usize) -> Result<Fields> {
        let mut reader = body.as_bytes();
        let incoming = Incoming {
            method: Method::POST,
            query: b"realm=q".to_vec(),
            content_type: kind.into(),
            content_length: Some(announced as u64),
            sender: crate::wire::Sender::default(),
            body: &mut reader,
        };
        parse(incoming, &mut NoFiles)
    }

    #[test]
    fn every_encoding_gives_the_same_fields() {
        let cases = [
            ("application/x-www-form-urlencoded", "user=Ann&n=1"),
            ("application/json; charset=utf-8", r#"{"user":"Ann","n":"1"}"#),
            ("text/plain;charset=UTF-8", r#" {"user":"Ann","n":"1"}"#),
            ("application/x-www-form-urlencoded", r#"json={"user":"Ann","n":"1"}"#),
            ("application/x-www-form-urlencoded", "json64=eyJ1c2VyIjoiQW5uIiwibiI6IjEifQ"),
            (
                "multipart/form-data; boundary=b",
                "--b\r\nContent-Disposition: form-data; name=\"json\"\r\n\r\n{\"user\":\"Ann\",\"n\":\"1\"}\r\n--b--\r\n",
            ),
        ];
        for (kind, body) in cases {
            let fields = post(kind, body, body.len()).unwrap();
            assert_eq!(fields.text("user").as_deref(), Some("Ann"), "{kind}");
            assert_eq!(fields.text("n").as_deref(), Some("1"), "{kind}");
            assert_eq!(fields.text("realm").as_deref(), Some("q"), "{kind}");
        }
    }

    #[test]
    fn a_lying_content_length_is_an_error_or_a_limit_and_never_a_panic() {
        assert_eq!(post("", "user=Ann", 100).unwrap_err().code(), "cut-off");
        assert_eq!(post("", "user=Ann", 6).unwrap().text("user").as_deref(), Some("A"));
        assert_eq!(post("", "user=Ann", 2_000_000_000).unwrap_err().code(), "too-large");
    }

    #[test]
    fn an_unknown_type_is_refused_with_415() {
        assert_eq!(post("image/png", "\u{89}PNG", 5).unwrap_err().status(), 415);
    }
}
