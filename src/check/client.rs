//! Asks the site's own web server, as a browser would. The one module that knows `ureq`.

use super::PATIENCE;
use std::cell::Cell;
use std::collections::HashMap;
use std::io::{self, Read};
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use ureq::config::Config;
use ureq::http::{HeaderMap, Response, Uri};
use ureq::tls::TlsConfig;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Body, Error, SendBody};

/// As much of an answer as is looked at.
const MOST_BYTES: u64 = 4096;
/// More than the largest file of the page.
const WHOLE: u64 = 4_000_000;
/// Firewalls turn away whoever does not begin like a browser.
const NAME: &str = "Mozilla/5.0 (compatible; mozchat check)";
/// What limits on requests answer: their number (RFC 6585), nginx's, and CloudLinux's.
const TOO_MANY: [u16; 3] = [429, 503, 508];
/// How long one waits after such an answer, and how often, for one request and in all.
const PAUSE: Duration = Duration::from_millis(600);
const TRIES: u32 = 3;
const MOST_PAUSES: u32 = 12;
/// How long sending what is large may take.
const SENDING: Duration = Duration::from_secs(12);

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

    /// All headers of this name.
    pub fn headers(&self, name: &str) -> Vec<&str> {
        self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect()
    }

    /// The media type, without parameters.
    pub fn kind(&self) -> &str {
        self.header("content-type").split(';').next().unwrap_or_default().trim()
    }

    /// For how many seconds caches may keep it without asking; 0 if they have to ask.
    pub fn kept_for(&self) -> u64 {
        let said = self.headers("cache-control").join(",").to_ascii_lowercase();
        if said.contains("no-cache") || said.contains("no-store") {
            return 0;
        }
        let ages = said.split(',').filter_map(|word| word.trim().strip_prefix("max-age=")?.parse().ok());
        ages.max().unwrap_or_default()
    }

    /// Whether one of our programs says it.
    pub fn is_a_programs(&self) -> bool {
        !self.header("mozchat-error").is_empty()
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
pub(super) struct Client {
    agent: Agent,
    /// What a limit on requests answered, and how often it was waited for.
    limit: Cell<(u16, u32)>,
}

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
            .user_agent(NAME)
            .tls_config(tls);
        let agent = Agent::with_parts(config.build(), DefaultConnector::default(), Addresses::default());
        Self { agent, limit: Cell::default() }
    }

    /// Fetches the beginning of what is at an address.
    ///
    /// # Errors
    /// When nothing came.
    pub fn get(&self, url: &str, headers: &[(&str, &str)]) -> Result<Got, Silence> {
        self.patiently(|| {
            let plain = self.agent.get(url);
            let request = headers.iter().fold(plain, |request, (name, value)| request.header(*name, *value));
            request.call().map_err(silence).map(|response| got(response, MOST_BYTES))
        })
    }

    /// Fetches a file of the page, as a whole.
    ///
    /// # Errors
    /// When nothing came.
    pub fn whole(&self, url: &str) -> Result<Got, Silence> {
        self.patiently(|| self.agent.get(url).call().map_err(silence).map(|response| got(response, WHOLE)))
    }

    /// Sends a body of a kind, with cookies if there are some.
    ///
    /// # Errors
    /// When nothing came.
    pub fn post(&self, url: &str, kind: &str, cookies: &str, body: &[u8]) -> Result<Got, Silence> {
        self.patiently(|| {
            let request = self.agent.post(url).header("Content-Type", kind);
            let request = if cookies.is_empty() { request } else { request.header("Cookie", cookies) };
            request.send(body).map_err(silence).map(|response| got(response, MOST_BYTES))
        })
    }

    /// Sends so many bytes between a beginning and an end, of which none is kept here. This may take longer than the rest.
    ///
    /// # Errors
    /// When nothing came.
    pub fn post_large(
        &self,
        url: &str,
        kind: &str,
        (beginning, end): (&[u8], &[u8]),
        bytes: u64,
    ) -> Result<Got, Silence> {
        let length = (beginning.len() + end.len()) as u64 + bytes;
        let request = self.agent.post(url).header("Content-Type", kind).header("Content-Length", length.to_string());
        let request = request.config().timeout_global(Some(SENDING)).build();
        let mut body = beginning.chain(io::repeat(b'x').take(bytes)).chain(end);
        let sent = request.send(SendBody::from_reader(&mut body));
        sent.map_err(silence).map(|response| got(response, MOST_BYTES))
    }

    /// What a limit on how often one may ask has answered; 0 if there seems to be none.
    pub fn limit(&self) -> u16 {
        self.limit.get().0
    }

    /// Asks again in a moment where a limit on requests may have refused; what is still refused then, though others got
    /// through, counts as silence, since it says nothing of what was asked for.
    fn patiently(&self, ask: impl Fn() -> Result<Got, Silence>) -> Result<Got, Silence> {
        let is_refused = |got: &Got| TOO_MANY.contains(&got.status) && !got.is_a_programs();
        let mut answer = ask();
        for _ in 1..TRIES {
            let Some(status) = answer.as_ref().ok().filter(|got| is_refused(got)).map(|got| got.status) else { break };
            let (known, pauses) = self.limit.get();
            // Where waiting has never helped, something else is wrong.
            if pauses >= MOST_PAUSES || (known == 0 && pauses >= TRIES) {
                break;
            }
            std::thread::sleep(PAUSE);
            answer = ask();
            let has_helped = answer.as_ref().is_ok_and(|got| !is_refused(got));
            self.limit.set((if has_helped { status } else { known }, pauses + 1));
        }
        match answer {
            Ok(got) if self.limit() > 0 && is_refused(&got) => Err(Silence::Late),
            answer => answer,
        }
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

fn got(mut response: Response<Body>, most: u64) -> Got {
    let mut start = Vec::new();
    let read = response.body_mut().as_reader().take(most).read_to_end(&mut start);
    // A body that is cut off has come as far as it is wanted.
    drop(read);
    Got { status: response.status().as_u16(), headers: response.headers().clone(), start }
}

/// Looks names up in this thread, since a host may allow no other, and each once.
#[derive(Debug, Default)]
struct Addresses(Mutex<HashMap<String, Vec<SocketAddr>>>);

impl Resolver for Addresses {
    fn resolve(&self, uri: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let place = uri.scheme().zip(uri.authority());
        let place = place.and_then(|(scheme, authority)| DefaultResolver::host_and_port(scheme, authority));
        let place = place.ok_or(Error::HostNotFound)?;
        let mut known = self.0.lock().map_err(|_| Error::HostNotFound)?;
        let found = known
            .entry(place.clone())
            .or_insert_with(|| place.to_socket_addrs().map(Iterator::collect).unwrap_or_default());
        let mut addresses = self.empty();
        found.iter().take(16).for_each(|address| addresses.push(*address));
        if addresses.is_empty() { Err(Error::HostNotFound) } else { Ok(addresses) }
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
