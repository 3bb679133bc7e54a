//! Serves visitors' connections, none for longer than it is worth: who says nothing is sent away, and no address has
//! more than its share.

use super::listener::{Line, Listener, Peer};
use crate::hub::limits::{Guests, Most, Place};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1::{self, UpgradeableConnection};
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::time::interval;

/// A browser sends a request's head at once; a connection without a request is not missed.
const HEAD_WITHIN: Duration = Duration::from_secs(15);
/// Browsers have six connections each, and a school one address.
const CONNECTIONS: Most = Most { connections: 20_000, per_address: 500, new_per_minute: AS_MANY_AS_COME };
/// Behind a proxy everybody has the proxy's address.
const BEHIND_A_PROXY: Most = Most { per_address: CONNECTIONS.connections, ..CONNECTIONS };
const AS_MANY_AS_COME: u32 = 1_000_000;
const FORGET_EVERY: Duration = Duration::from_secs(60);

/// How much one address may have at once.
#[derive(Debug)]
pub struct Shares {
    guests: Arc<Guests>,
    most: Most,
}

impl Shares {
    /// Of so many programs in all, a quarter for one address.
    pub fn of_programs(all: usize) -> Self {
        Self::new(Most { connections: all, per_address: all / 4, new_per_minute: AS_MANY_AS_COME })
    }

    fn of_connections(is_behind_a_proxy: bool) -> Self {
        Self::new(if is_behind_a_proxy { BEHIND_A_PROXY } else { CONNECTIONS })
    }

    fn new(most: Most) -> Self {
        Self { guests: Arc::default(), most }
    }

    /// A place for one more, if its address does not have its share already.
    pub fn admit(&self, address: std::net::IpAddr) -> Option<Place> {
        self.guests.admit(address, self.most, Instant::now())
    }

    /// Forgets who has gone.
    pub fn tidy(&self) {
        self.guests.forget_the_idle(self.most, Instant::now());
    }
}

/// Serves whoever comes through the listener until `patience` is over, and then lets those inside finish.
pub async fn serve(mut listener: Listener, app: Router, is_behind_a_proxy: bool, patience: impl Future<Output = ()>) {
    let (shares, (end, ending)) = (Shares::of_connections(is_behind_a_proxy), watch::channel(()));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN);
    let (mut patience, mut forget) = (pin!(patience), interval(FORGET_EVERY));
    loop {
        let (line, peer) = tokio::select! {
            arrival = listener.next() => arrival,
            _ = forget.tick() => { shares.tidy(); continue }
            () = &mut patience => break,
        };
        let Some(place) = shares.admit(peer.address.ip()) else { continue };
        let visit = Visit { app: TowerToHyperService::new(app.clone()), peer, _place: place };
        let connection = http.serve_connection(TokioIo::new(line), visit).with_upgrades();
        tokio::spawn(stay(connection, ending.clone()));
    }
    drop((listener, ending));
    let _ = end.send(());
    end.closed().await;
}

/// Until the visitor goes; at the end only until the answer is out. How it ends is the visitor's business.
async fn stay(connection: UpgradeableConnection<TokioIo<Line>, Visit>, mut ending: watch::Receiver<()>) {
    let mut connection = pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = ending.changed() => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

/// One connection.
struct Visit {
    app: TowerToHyperService<Router>,
    peer: Peer,
    _place: Place,
}

impl Service<Request<Incoming>> for Visit {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = <TowerToHyperService<Router> as Service<Request<Body>>>::Future;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(ConnectInfo(self.peer));
        self.app.call(request.map(Body::new))
    }
}
