//! Answers: JSON with the headers that every one of them needs.

use super::Response;
use super::page::Page;
use crate::error::Error;
use cgi::http::header::{CACHE_CONTROL, HeaderName, HeaderValue, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS};
use serde_json::{Value, json};

/// What a program answers when all went well.
#[derive(Debug, PartialEq)]
pub enum Reply {
    /// Status 200 and JSON.
    Json(Value),
    /// The same, written already: it may be long.
    Text(Vec<u8>),
    /// A page in HTML, for a person without our page.
    Page(Page),
    /// Status 204: done, nothing to say.
    Nothing,
    /// Status 304: nothing is new.
    NotModified,
}

impl Reply {
    /// `{"alert": words}`, as the original says that something worked.
    pub fn alert(words: impl Into<String>) -> Self {
        Self::Json(json!({ "alert": words.into() }))
    }
}

/// When who was too busy is asked again, in seconds.
const SOON: &str = "5";
const ERROR_CODE: HeaderName = HeaderName::from_static("mozchat-error");

/// Turns what a program returned into an answer.
pub fn response(result: Result<Reply, Error>) -> Response {
    match result {
        Ok(Reply::Json(value)) => json_response(200, value.to_string().into_bytes()),
        Ok(Reply::Text(text)) => json_response(200, text),
        Ok(Reply::Page(page)) => finish(page.response()),
        Ok(Reply::Nothing) => finish(cgi::empty_response(204)),
        Ok(Reply::NotModified) => finish(cgi::empty_response(304)),
        Err(error) => {
            let mut told = json!({ "error": error.for_the_page() });
            if error.alerts() {
                told["alert"] = error.for_the_page().into();
            }
            let mut response = json_response(error.status(), told.to_string().into_bytes());
            response.headers_mut().insert(ERROR_CODE, HeaderValue::from_static(error.code()));
            if error.status() == 503 {
                response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static(SOON));
            }
            response
        }
    }
}

fn json_response(status: u16, text: Vec<u8>) -> Response {
    finish(cgi::binary_response(status, "application/json; charset=utf-8", text))
}

fn finish(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_its_status_its_code_and_its_words() {
        let response = response(Err(Error::with_status(413, "too-large", "Too \"large\"")));
        assert_eq!(response.status(), 413);
        assert_eq!(response.headers()["mozchat-error"], "too-large");
        assert_eq!(response.headers()["content-length"], response.body().len().to_string());
        assert_eq!(response.body(), br#"{"error":"Too \"large\""}"#);
    }

    #[test]
    fn who_comes_at_a_busy_time_is_told_when_to_come_again() {
        let again = |error| response(Err(error)).headers().get("retry-after").map(|value| value.as_bytes().to_vec());
        assert_eq!(again(Error::Busy { path: "x".into() }), Some(b"5".to_vec()));
        assert_eq!(again(Error::host("x")), None);
    }

    #[test]
    fn a_page_of_the_original_is_told_as_an_alert_what_the_original_had_no_words_for() {
        let told = |error: Error| {
            let response = response(Err(error.for_old_page()));
            assert_eq!(response.status(), 200);
            String::from_utf8(response.into_body()).expect("text")
        };
        assert_eq!(told(Error::with_status(403, "banned", "Out")), r#"{"alert":"Out","error":"Out"}"#);
        assert_eq!(told(Error::refused("missing", "Missing ACT")), r#"{"error":"Missing ACT"}"#);
    }

    #[test]
    fn nothing_is_ever_stored_by_a_cache() {
        for result in [Ok(Reply::Nothing), Ok(Reply::NotModified), Ok(Reply::alert("x")), Err(Error::host("y"))] {
            assert_eq!(response(result).headers()["cache-control"], "no-store");
        }
    }
}
