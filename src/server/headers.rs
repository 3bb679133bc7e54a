//! The headers of files, and answers without one. What Apache says is in the `.htaccess` files.

use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{Response, StatusCode};

/// Headers by name, in lower case.
pub type Headers = [(&'static str, &'static str)];

/// The page: what its `<meta>` says, and what only a header can say.
pub const PAGE: &Headers = &[
    (
        "content-security-policy",
        "default-src 'self'; script-src 'self'; style-src 'self'; media-src 'self' blob:; \
         img-src 'self' data: blob:; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'self'",
    ),
    ("referrer-policy", "same-origin"),
    (
        "permissions-policy",
        "microphone=(self), camera=(self), display-capture=(self), autoplay=(self), geolocation=(), payment=(), usb=()",
    ),
    // After an update every visitor has the new files at the next visit; until then a question gets a 304.
    ("cache-control", "no-cache"),
];

/// A file of the page whose name carries the hash of its content, as `scripts/bundle` makes them.
pub const HASHED: &Headers = &[("cache-control", "public, max-age=31536000, immutable")];

/// A clip: whatever somebody uploaded, it stays a clip. Nothing in it runs; `media-src` and `allow-same-origin` are
/// what a browser needs to play it in a tab of its own. Its name is never used again, so a browser may keep it;
/// shared caches may not, since a deleted clip is gone.
pub const CLIP: &Headers = &[
    ("content-security-policy", "default-src 'none'; media-src 'self'; sandbox allow-same-origin"),
    ("cache-control", "private, max-age=31536000, immutable"),
];

/// What is asked for again and again.
pub const FRESH: &Headers = &[("cache-control", "no-cache")];

/// Adds headers to an answer, and what every answer has. An answer that brings no file is not to be kept.
pub fn with(headers: &Headers, mut response: Response<Body>) -> Response<Body> {
    let brings = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
    for (name, value) in headers {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if !brings {
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Says that this host is to be asked over TLS only, for a year (RFC 6797).
pub async fn over_tls_only(mut response: Response<Body>) -> Response<Body> {
    let value = HeaderValue::from_static("max-age=31536000");
    response.headers_mut().insert(STRICT_TRANSPORT_SECURITY, value);
    response
}

/// An answer of a few words.
pub fn words(status: StatusCode, words: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(words));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    with(FRESH, response)
}

/// The answer where there is nothing that anyone may see.
pub fn not_found() -> Response<Body> {
    words(StatusCode::NOT_FOUND, "Not found\n")
}
