//! A thread's pulse, the file that every page asks for all the time.
//!
//! Files in general have an ETag of their size and the time they changed, which the system counts in steps of
//! some milliseconds. Two beats in one step would look alike, so this one's ETag is a hash of what it says;
//! no two versions of a pulse say the same.

use super::headers;
use crate::random::to_hex;
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH};
use axum::http::{Response, StatusCode};
use sha2::{Digest, Sha256};
use std::path::Path;

/// As many bytes of the hash as make an accident impossible.
const HASH_BYTES: usize = 12;

/// Answers with the pulse, or with 304 to whoever has it.
pub async fn send(path: &Path, request: &HeaderMap) -> Response<Body> {
    let Ok(text) = tokio::fs::read(path).await else { return headers::not_found() };
    let tag = tag(&text);
    let mut response = if has(request, &tag) { not_modified() } else { whole(text) };
    response.headers_mut().insert(ETAG, HeaderValue::try_from(tag).expect("hex digits in quotes"));
    headers::with(headers::FRESH, response)
}

fn whole(text: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn not_modified() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    response
}

fn tag(text: &[u8]) -> String {
    format!("\"{}\"", to_hex(&Sha256::digest(text)[..HASH_BYTES]))
}

/// Whether `If-None-Match` names this tag (RFC 9110, section 13.1.2).
fn has(request: &HeaderMap, tag: &str) -> bool {
    let lines = request.get_all(IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    let mut tags = lines.flat_map(|line| line.split(',')).map(str::trim);
    tags.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_known_again_alone_among_others_and_weakened_by_a_proxy() {
        let tag = tag(b"{}");
        let asks = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(IF_NONE_MATCH, HeaderValue::from_str(value).unwrap());
            has(&headers, &tag)
        };
        for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".into()] {
            assert!(asks(&known), "{known}");
        }
        for other in ["", "\"x\"", tag.trim_matches('"')] {
            assert!(!asks(other), "{other}");
        }
    }

    #[test]
    fn versions_of_one_length_have_different_tags() {
        assert_ne!(tag(br#"{"clips":1}"#), tag(br#"{"clips":2}"#));
    }
}
