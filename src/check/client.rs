//! Asks the site's own web server, as a browser would. The one module that knows `ureq`.

use super::PATIENCE;
use std::io::Read;
use std::time::Instant;
use ureq::http::HeaderMap;
use ureq::tls::TlsConfig;
use ureq::{Agent, Error};

/// As much of an answer as is looked at.
const MOST_BYTES: u64 = 4096;

/// An answer.
#[derive(Debug)]
pub(super) struct Got {
    /// The status.
    pub status: u16,
    /// The headers.
    headers: HeaderMap,
    /// The beginning of the body.
    pub start: Vec<u8>,
}

impl Got {
    /// A header; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Silence {
    /// None in time.
    Late,
    /// The certificate is none that browsers trust.
    Certificate(String),
    /// Something else.
    Failed(String),
}

/// A browser without a screen.
#[derive(Debug)]
pub(super) struct Client(Agent);

impl Client {
    /// One that trusts whom browsers trust.
    pub fn strict() -> Self {
        Self::with(false)
    }

    /// One that takes any certificate, for what is no secret.
    pub fn lenient() -> Self {
        Self::with(true)
    }

    fn with(any_certificate: bool) -> Self {
        let tls = TlsConfig::builder().disable_verification(any_certificate).build();
        let config = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            // A redirect may lead to somebody else's host, who is not to be asked.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            // The header Proxy of a request is the variable HTTP_PROXY of a CGI program.
            .proxy(None)
            .user_agent("mozchat check")
            .tls_config(tls);
        Self(config.build().into())
    }

    /// Fetches the beginning of what is at an address.
    ///
    /// # Errors
    /// When nothing came.
    pub fn get(&self, url: &str, headers: &[(&str, &str)]) -> Result<Got, Silence> {
        let request = headers.iter().fold(self.0.get(url), |request, (name, value)| request.header(*name, *value));
        let mut response = request.call().map_err(silence)?;
        let mut start = Vec::new();
        let read = response.body_mut().as_reader().take(MOST_BYTES).read_to_end(&mut start);
        // A body that is cut off has come as far as it is wanted.
        drop(read);
        Ok(Got { status: response.status().as_u16(), headers: response.headers().clone(), start })
    }

    /// The same, with how long it took.
    ///
    /// # Errors
    /// When nothing came.
    pub fn time(&self, url: &str) -> Result<(Got, std::time::Duration), Silence> {
        let begun = Instant::now();
        self.get(url, &[]).map(|got| (got, begun.elapsed()))
    }
}

fn silence(error: Error) -> Silence {
    let said = error.to_string();
    match error {
        Error::Timeout(_) => Silence::Late,
        Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => Silence::Late,
        Error::Io(error) if !said.to_ascii_lowercase().contains("certificate") => Silence::Failed(error.to_string()),
        _ if said.to_ascii_lowercase().contains("certificate") => Silence::Certificate(said),
        _ => Silence::Failed(said),
    }
}
