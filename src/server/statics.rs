//! Files: the page's, and of a thread what [`Asked`] lets through.

use super::paths::Asked;
use super::{Installation, headers, pulse};
use crate::formats;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, CONTENT_TYPE, HeaderValue, LOCATION};
use axum::http::{Method, Response, StatusCode, Uri};
use std::path::Path;
use std::sync::Arc;
use tower_http::services::ServeFile;

/// Answers with a file.
pub async fn answer(State(installation): State<Arc<Installation>>, request: Request) -> Response<Body> {
    let Some(asked) = Asked::by(request.uri().path()) else { return headers::not_found() };
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return wrong_method();
    }
    let Installation { page, threads, .. } = &*installation;
    match asked {
        Asked::Page(path) => {
            let response = headers::with(headers::PAGE, send(&page.join(&path), request).await);
            if is_hashed(&path) { headers::with(headers::HASHED, response) } else { response }
        }
        Asked::Folder(path) => lead_into(&threads.join(path), request.uri()).await,
        Asked::Listener(path) => headers::with(headers::PAGE, send(&threads.join(path), request).await),
        Asked::Pulse(path) => pulse::send(&threads.join(path), request.headers()).await,
        Asked::Clip(path, name) => {
            let response = send(&threads.join(path), request).await;
            headers::with(headers::CLIP, typed(formats::mime_of_extension(name.extension()), response))
        }
    }
}

/// Whether a name carries its content's hash, as in `main-SB37YMEL.js`.
fn is_hashed(path: &Path) -> bool {
    let is_code = path.extension().is_some_and(|extension| extension == "js" || extension == "css");
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let hash = stem.rsplit_once('-').map_or("", |(_, hash)| hash);
    is_code && hash.len() == 8 && hash.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

async fn send(path: &Path, request: Request) -> Response<Body> {
    match tokio::fs::metadata(path).await {
        Ok(found) if found.is_file() => send_file(path, request).await,
        Ok(found) if found.is_dir() => with_slash(request.uri()).unwrap_or_else(headers::not_found),
        _ => headers::not_found(),
    }
}

/// Whoever forgot the last slash behind a folder.
async fn lead_into(folder: &Path, asked: &Uri) -> Response<Body> {
    let is_folder = tokio::fs::metadata(folder).await.is_ok_and(|found| found.is_dir());
    is_folder.then(|| with_slash(asked)).flatten().unwrap_or_else(headers::not_found)
}

async fn send_file(path: &Path, request: Request) -> Response<Body> {
    match ServeFile::new(path).try_call(request).await {
        Ok(response) => response.map(Body::new),
        Err(error) => {
            tracing::warn!("read '{}': {error}", path.display());
            headers::not_found()
        }
    }
}

/// Sends whoever asks for a folder without the last slash to the address with it, below which the relative
/// addresses in its index.html are right. The answer is relative too: a proxy may have us in a subfolder.
fn with_slash(asked: &Uri) -> Option<Response<Body>> {
    let (_, last) = asked.path().rsplit_once('/').filter(|(_, last)| !last.is_empty())?;
    let query = asked.query().map_or_else(String::new, |query| format!("?{query}"));
    let mut response = headers::words(StatusCode::MOVED_PERMANENTLY, "");
    response.headers_mut().insert(LOCATION, HeaderValue::try_from(format!("./{last}/{query}")).ok()?);
    Some(response)
}

/// Gives a file its type, where the answer has one.
fn typed(kind: &'static str, mut response: Response<Body>) -> Response<Body> {
    if response.status().is_success() {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    response
}

fn wrong_method() -> Response<Body> {
    let mut response = headers::words(StatusCode::METHOD_NOT_ALLOWED, "Files can only be fetched\n");
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_with_a_hash_may_be_kept_for_long() {
        for name in ["js/main-SB37YMEL.js", "css/page-12345678.css"] {
            assert!(is_hashed(Path::new(name)), "{name}");
        }
        for name in ["js/main.js", "js/first-aid.js", "js/connection-TEST.js", "index-SB37YMEL.html", "", "js/-.js"] {
            assert!(!is_hashed(Path::new(name)), "{name}");
        }
    }
}
