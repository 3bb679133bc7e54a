//! A WebSocket inside `serve`: the same hub, on the server's own port.

use super::handshake::{self, Headers, Refusal};
use super::listen::TOO_MANY;
use super::{Hub, connection};
use crate::notice::WsIni;
use axum::body::Body;
use axum::http::header::{CONNECTION, HeaderMap, HeaderValue, SEC_WEBSOCKET_ACCEPT, UPGRADE};
use axum::http::{Request, Response, StatusCode};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use std::net::IpAddr;
use std::sync::Arc;

struct Sent<'r>(&'r HeaderMap);

impl Headers for Sent<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get_all(name).iter().next_back()?.to_str().ok()
    }
}

/// Whose request it is: the peer's, or the one that a trusted proxy names last.
pub fn visitor(headers: &HeaderMap, peer: IpAddr, settings: &WsIni) -> IpAddr {
    handshake::visitor(&Sent(headers), peer, settings)
}

/// Answers a request for a WebSocket; `peer` is the other end of the connection.
pub fn upgrade(hub: &Arc<Hub>, peer: IpAddr, mut request: Request<Body>) -> Response<Body> {
    let settings = hub.settings();
    let verdict = handshake::check(&Sent(request.headers()), &settings);
    let visitor = handshake::visitor(&Sent(request.headers()), peer, &settings);
    let cookies = handshake::cookies(&Sent(request.headers()));
    let upgraded = request.extensions_mut().remove::<OnUpgrade>();
    let (Ok(accept), Some(upgraded)) = (&verdict, upgraded) else {
        return refused(verdict.err().unwrap_or(Refusal(400, "This connection can't become a WebSocket")));
    };
    let Some(place) = hub.admit(visitor) else { return refused(TOO_MANY) };
    let hub = hub.clone();
    tokio::spawn(async move {
        if let Ok(line) = upgraded.await {
            connection::run(hub, TokioIo::new(line), visitor, cookies, place).await;
        }
    });
    accepted(accept)
}

fn accepted(accept: &str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    if let Ok(accept) = HeaderValue::from_str(accept) {
        headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    }
    response
}

fn refused(Refusal(status, words): Refusal) -> Response<Body> {
    let mut response = Response::new(Body::from(words));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    response
}
