//! Lets pages in on the hub's own port.

use super::handshake::{self, Refusal};
use super::limits::Place;
use super::{Hub, connection};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// A TLS handshake takes some round trips.
const TLS_WITHIN: Duration = Duration::from_secs(10);
const SHORT_WAIT: Duration = Duration::from_millis(50);
/// What the kernel keeps for a page that does not read; without a limit, some megabytes.
const SEND_BUFFER: u32 = 128 * 1024;
const BACKLOG: u32 = 1024;
/// So many may be about to say who they are; whoever comes then is let go at once.
const MOST_AT_THE_DOOR: usize = 1000;
/// A host without free descriptors says so no more often than this.
const SAY_EVERY: Duration = Duration::from_secs(60);

/// What takes TLS connections in, replaced when the certificate is.
pub type Door = RwLock<Option<TlsAcceptor>>;

/// Takes a port.
///
/// # Errors
/// When it can't be had.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    // Connections have it from their listener.
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Lets pages in for as long as the hub runs.
pub async fn listen(listener: TcpListener, hub: Arc<Hub>, door: Arc<Door>) {
    let (at_the_door, mut said) = (Arc::new(Semaphore::new(MOST_AT_THE_DOOR)), None);
    loop {
        match listener.accept().await {
            Ok((line, peer)) => {
                let Ok(mat) = at_the_door.clone().try_acquire_owned() else { continue };
                tokio::spawn(let_in(line, peer, hub.clone(), door.clone(), mat));
            }
            Err(error) => {
                // Most likely no descriptor is free; one will be.
                if said.is_none_or(|at: Instant| at.elapsed() > SAY_EVERY) {
                    tracing::warn!("a connection could not be taken: {error}");
                    said = Some(Instant::now());
                }
                tokio::time::sleep(SHORT_WAIT).await;
            }
        }
    }
}

async fn let_in(line: TcpStream, peer: SocketAddr, hub: Arc<Hub>, door: Arc<Door>, mat: OwnedSemaphorePermit) {
    // Frames are small and wait for nothing that would come after them.
    let _ = line.set_nodelay(true);
    // Before a word is read, unless only the words tell who it is.
    let early = (!hub.settings().trust_proxy).then(|| hub.admit(peer.ip()));
    let acceptor = door.read().unwrap_or_else(PoisonError::into_inner).clone();
    // Whoever can't come in has been told, or is not there.
    let _ = match acceptor {
        None => seat(line, peer.ip(), hub, early, mat).await,
        // A refusal is not worth a handshake.
        Some(_) if matches!(early, Some(None)) => Ok(()),
        Some(acceptor) => match timeout(TLS_WITHIN, acceptor.accept(line)).await {
            Ok(Ok(line)) => seat(line, peer.ip(), hub, early, mat).await,
            _ => Ok(()),
        },
    };
}

/// `early`: the place that was found already, or that there is none.
async fn seat<S>(
    mut line: S,
    peer: IpAddr,
    hub: Arc<Hub>,
    early: Option<Option<Place>>,
    mat: OwnedSemaphorePermit,
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    if matches!(early, Some(None)) {
        return handshake::refuse(&mut line, TOO_MANY).await;
    }
    let opening = handshake::read(&mut line, peer, &hub.settings()).await?;
    let Some(place) = early.unwrap_or_else(|| hub.admit(opening.visitor)) else {
        return handshake::refuse(&mut line, TOO_MANY).await;
    };
    opening.accept(&mut line).await?;
    drop(mat);
    // A task of its own, which is as small as what stays: the memory of those who wait is counted.
    tokio::spawn(connection::run(hub, line, opening.visitor, opening.cookies, place));
    Ok(())
}

/// The refusal of one connection too many.
pub const TOO_MANY: Refusal = Refusal(503, "Too many connections; please poll, or try again in a minute");
