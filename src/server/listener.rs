//! Lets visitors in: plain, or with TLS, whose handshakes keep nobody waiting but who makes them.

use crate::error::Result;
use crate::hub::tls;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;

/// A TLS handshake takes some round trips.
const TLS_WITHIN: Duration = Duration::from_secs(10);
/// Visitors who have not been taken up yet.
const WAITING: usize = 64;
const SHORT_WAIT: Duration = Duration::from_millis(50);

/// A visitor's connection.
pub type Line = Either<TcpStream, TlsStream<TcpStream>>;

/// Where a connection comes from, and how.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// The other end.
    pub address: SocketAddr,
    /// Whether it speaks TLS with us.
    pub is_secure: bool,
}

/// The certificate and its key, which are files that may be renewed.
pub struct Certificate {
    paths: (PathBuf, PathBuf),
    acceptor: RwLock<TlsAcceptor>,
}

impl Certificate {
    /// Reads the two PEM files.
    ///
    /// # Errors
    /// When they can't be read or don't belong together.
    pub fn read(paths: (PathBuf, PathBuf)) -> Result<Self> {
        let acceptor = RwLock::new(acceptor(&paths)?);
        Ok(Self { paths, acceptor })
    }

    /// Reads them again; if something is wrong with them, the old ones hold.
    pub fn read_again(&self) {
        match acceptor(&self.paths) {
            Ok(new) => {
                *self.acceptor.write().unwrap_or_else(PoisonError::into_inner) = new;
                tracing::info!("the certificate was read again");
            }
            Err(error) => tracing::error!("the certificate stays as it was: {error}"),
        }
    }

    fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn acceptor((certificate, key): &(PathBuf, PathBuf)) -> Result<TlsAcceptor> {
    tls::read(("--cert", certificate), ("--key", key))
}

/// What the server gets its visitors from.
pub struct Listener {
    arrivals: Receiver<(Line, Peer)>,
}

impl Listener {
    /// Opens it; needs a runtime. `None`: without TLS.
    pub fn open(listener: TcpListener, certificate: Option<Arc<Certificate>>) -> Self {
        let (arrived, arrivals) = channel(WAITING);
        tokio::spawn(receive(listener, certificate, arrived));
        Self { arrivals }
    }

    /// Waits for a visitor.
    pub async fn next(&mut self) -> (Line, Peer) {
        match self.arrivals.recv().await {
            Some(arrival) => arrival,
            // The other half ends only with the runtime.
            None => std::future::pending().await,
        }
    }
}

async fn receive(listener: TcpListener, certificate: Option<Arc<Certificate>>, arrived: Sender<(Line, Peer)>) {
    while !arrived.is_closed() {
        let (line, address) = match listener.accept().await {
            Ok(arrival) => arrival,
            Err(error) => {
                // Most likely no descriptor is free; one will be.
                tracing::warn!("a connection could not be taken: {error}");
                sleep(SHORT_WAIT).await;
                continue;
            }
        };
        // Answers are small and wait for nothing that would come after them.
        let _ = line.set_nodelay(true);
        let Some(certificate) = &certificate else {
            let _ = arrived.send((Either::Left(line), Peer { address, is_secure: false })).await;
            continue;
        };
        let (acceptor, arrived) = (certificate.acceptor(), arrived.clone());
        tokio::spawn(async move {
            // Who can't speak TLS is not there.
            if let Ok(Ok(line)) = timeout(TLS_WITHIN, acceptor.accept(line)).await {
                let _ = arrived.send((Either::Right(line), Peer { address, is_secure: true })).await;
            }
        });
    }
}
