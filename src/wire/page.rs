//! Pages in HTML, for a person without our page: one text, which loads nothing.

use super::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cgi::http::header::{HeaderName, HeaderValue};
use sha2::{Digest, Sha256};

/// How such a page looks: readable on a phone, light or dark as the person has it.
pub const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1c2430;--paper:#fff;--faint:#5a6472;--line:#d5dae1;--button:#1d5fb8}\
@media(prefers-color-scheme:dark){:root{--ink:#e7ebf0;--paper:#14181d;--faint:#a3adba;--line:#39424d;--button:#7fb2f5}}\
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}\
main{max-width:46rem;margin:auto;padding:1rem;overflow-wrap:anywhere}\
h1{font-size:1.5rem;line-height:1.2}h2{font-size:1.15rem;margin:1.8rem 0 .4rem}a{color:var(--button)}\
button,input{font:inherit;color:inherit;padding:.55rem .9rem;border:1px solid var(--line);border-radius:.4rem;max-width:100%;box-sizing:border-box}\
button{background:var(--button);border-color:var(--button);color:var(--paper);cursor:pointer}input{background:transparent}\
:focus-visible{outline:3px solid var(--button);outline-offset:2px}";

/// A page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The status.
    pub status: u16,
    /// The language's tag.
    pub lang: String,
    /// The title, as text.
    pub title: String,
    /// What stands in `<main>`, as HTML.
    pub main: String,
    /// What is added to [`STYLE`].
    pub style: &'static str,
    /// A script; empty for none.
    pub script: &'static str,
    /// What else the policy allows; empty for nothing.
    pub policy: String,
}

impl Page {
    /// The whole text.
    fn html(&self) -> String {
        let Self { main, style, script, .. } = self;
        let (lang, title) = (escaped(&self.lang), escaped(&self.title));
        let script = if script.is_empty() { String::new() } else { format!("<script>{script}</script>") };
        format!(
            "<!doctype html>\n<html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"robots\" content=\"noindex\">\
             <title>{title}</title><style>{STYLE}{style}</style></head>\n<body><main>{main}</main>{script}</body></html>\n"
        )
    }

    /// The answer. Nothing runs in it but the script that is meant, it loads nothing, and it tells nobody its address,
    /// which may hold a secret.
    pub(super) fn response(&self) -> Response {
        let mut response = cgi::binary_response(self.status, "text/html; charset=utf-8", self.html().into_bytes());
        let style = hash(&format!("{STYLE}{}", self.style));
        let script = if self.script.is_empty() { String::new() } else { format!("; script-src {}", hash(self.script)) };
        let more = if self.policy.is_empty() { String::new() } else { format!("; {}", self.policy) };
        let policy = format!(
            "default-src 'none'; style-src {style}{script}{more}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        );
        for (name, value) in [
            ("content-security-policy", policy.as_str()),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
        ] {
            if let Ok(value) = HeaderValue::from_str(value) {
                response.headers_mut().insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

/// What lets a text stand between the tags (CSP, Level 3, section 2.3.1).
fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

/// A text as HTML shows it.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_page_is_what_its_policy_lets_through() {
        let page = Page {
            status: 403,
            lang: "en".into(),
            title: "<b>".into(),
            main: "<p>x</p>".into(),
            style: "p{color:red}",
            script: "1",
            policy: "connect-src 'self'".into(),
        };
        let response = page.response();
        let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
        let html = String::from_utf8(response.body().clone()).unwrap();
        let inside = |tag: &str| html.split(&format!("<{tag}>")).nth(1).unwrap().split("</").next().unwrap().to_owned();
        for tag in ["style", "script"] {
            assert!(policy.contains(&format!("{tag}-src {}", hash(&inside(tag)))), "{tag}: {policy}");
        }
        assert!(policy.contains("; connect-src 'self'; form-action"), "{policy}");
        assert!(!policy.contains("unsafe-") && html.contains("<title>&lt;b&gt;</title>"), "{html}");
        // From: printf 1 | openssl dgst -sha256 -binary | base64
        assert_eq!(hash("1"), "'sha256-a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s='");
        assert_eq!(response.status(), 403);
    }
}
