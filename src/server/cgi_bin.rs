//! Runs the programs: the same handlers that CGI runs, each on a thread that may wait.

use super::body::BlockingBody;
use super::listener::Peer;
use super::{Installation, headers};
use crate::error::Error;
use crate::mail::deliver;
use crate::names::ThreadName;
use crate::programs::{Program, run};
use crate::site::Site;
use crate::wire::{Incoming, Response, Sender, reply};
use axum::body::Body;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST, HeaderName, ORIGIN, REFERER};
use axum::http::request::Parts;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// Answers `cgi-bin/NAME.cgi`.
pub async fn answer(
    State(installation): State<Arc<Installation>>,
    Path(file): Path<String>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
) -> axum::http::Response<Body> {
    let Some(program) = named(&file) else { return headers::not_found() };
    let free = installation.free.clone();
    let (parts, body) = request.into_parts();
    let Some(share) = installation.shares.admit(installation.visitor(&parts.headers, peer)) else {
        return busy().map(Body::from);
    };
    let (body, begun, counts) = (BlockingBody::new(body), Instant::now(), installation.counts.clone());
    let answer = on_own_thread(free, move || {
        let _share = share;
        answer_one(program, &installation, &parts, peer, body)
    })
    .await;
    counts.answered(program, answer.status(), begun.elapsed());
    answer.map(Body::from)
}

/// Does what may wait, if there is a thread for it. A crash becomes an answer.
async fn on_own_thread(free: Arc<Semaphore>, work: impl FnOnce() -> Response + Send + 'static) -> Response {
    let Ok(place) = free.try_acquire_owned() else { return busy() };
    let work = move || {
        // Held until the work is done, also if nobody waits for it any more.
        let _place = place;
        work()
    };
    spawn_blocking(work).await.unwrap_or_else(|_| {
        tracing::error!("a program crashed; what it said stands above");
        failed(Error::host("The server made a mistake; its log tells more"))
    })
}

fn named(file: &str) -> Option<Program> {
    let name = file.strip_suffix(".cgi")?;
    Program::ALL.iter().copied().find(|program| program.name() == name)
}

fn answer_one(
    program: Program,
    installation: &Installation,
    parts: &Parts,
    peer: Peer,
    mut body: BlockingBody,
) -> Response {
    let incoming = Incoming {
        method: parts.method.clone(),
        query: parts.uri.query().unwrap_or_default().into(),
        content_type: header(parts, CONTENT_TYPE),
        content_length: header(parts, CONTENT_LENGTH).parse().ok(),
        sender: sender(parts, installation.visitor(&parts.headers, peer), peer.is_secure),
        body: &mut body,
    };
    let outcome = run(program, &installation.site, incoming);
    // Here, since a client that has gone takes the waiting half of this request with it.
    for line in &outcome.log {
        tracing::warn!(program = program.name(), "{line}");
    }
    body.drain();
    if let (Some(thread), Ok(site)) = (outcome.mail, &installation.site) {
        send_mails(site.clone(), thread);
    }
    outcome.response
}

/// Sends what waits, on a thread of its own, since it may take minutes.
fn send_mails(site: Site, thread: ThreadName) {
    std::thread::spawn(move || {
        if let Err(error) = deliver::empty(&site, &thread) {
            tracing::warn!(thread = thread.as_str(), "mails: {error}");
        }
    });
}

fn sender(parts: &Parts, visitor: IpAddr, is_secure: bool) -> Sender {
    let named = |name: &'static str| header(parts, HeaderName::from_static(name));
    Sender {
        client: visitor.to_string(),
        // What a proxy says was heeded before.
        peer: visitor.to_string(),
        forwarded_for: String::new(),
        port: String::new(),
        host: header(parts, HOST),
        forwarded_host: named("x-forwarded-host"),
        cookies: header(parts, COOKIE),
        origin: header(parts, ORIGIN),
        fetch_site: named("sec-fetch-site"),
        referer: header(parts, REFERER),
        languages: named("accept-language"),
        script: parts.uri.path().to_owned(),
        is_secure: is_secure || named("x-forwarded-proto") == "https",
    }
}

/// A header as text. Bytes that are no UTF-8 come from no browser, so they need not survive.
fn header(parts: &Parts, name: HeaderName) -> String {
    parts.headers.get(name).map_or_else(String::new, |value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

fn busy() -> Response {
    failed(Error::with_status(503, "busy", "The server is busy, please try again"))
}

fn failed(error: Error) -> Response {
    reply::response(Err(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_has_its_name_and_nothing_else() {
        assert_eq!(named("poll.cgi"), Some(Program::Poll));
        for other in ["poll", "poll.CGI", ".cgi", "mozchat.ini", "hub.cgi", "../poll.cgi", "poll.cgi.cgi"] {
            assert_eq!(named(other), None, "{other}");
        }
    }

    async fn answer_of(places: usize, work: fn() -> Response) -> (u16, String) {
        let response = on_own_thread(Arc::new(Semaphore::new(places)), work).await;
        (response.status().as_u16(), response.headers()["mozchat-error"].to_str().unwrap().into())
    }

    #[tokio::test]
    async fn a_crash_and_a_crowd_are_answered_as_any_error() {
        assert_eq!(answer_of(1, || panic!("a program's mistake")).await, (500, "host".into()));
        assert_eq!(answer_of(0, || unreachable!()).await, (503, "busy".into()));
    }
}
