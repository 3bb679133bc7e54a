//! Lets pages in on the hub's own port.

use super::handshake::{self, Refusal};
use super::{Hub, connection};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// A TLS handshake takes some round trips.
const TLS_WITHIN: Duration = Duration::from_secs(10);
const SHORT_WAIT: Duration = Duration::from_millis(50);
/// What the kernel keeps for a page that does not read; without a limit, some megabytes.
const SEND_BUFFER: u32 = 128 * 1024;
const BACKLOG: u32 = 1024;
/// Addresses of those who have gone are forgotten after so many arrivals.
const FORGET_EVERY: u32 = 1000;

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
    for arrivals in 1_u32.. {
        match listener.accept().await {
            Ok((line, peer)) => drop(tokio::spawn(let_in(line, peer, hub.clone(), door.clone()))),
            Err(error) => {
                // Most likely no descriptor is free; one will be.
                tracing::warn!("a connection could not be taken: {error}");
                tokio::time::sleep(SHORT_WAIT).await;
            }
        }
        if arrivals.is_multiple_of(FORGET_EVERY) {
            hub.guests.forget_the_idle(hub.most(), Instant::now());
        }
    }
}

async fn let_in(line: TcpStream, peer: SocketAddr, hub: Arc<Hub>, door: Arc<Door>) {
    // Frames are small and wait for nothing that would come after them.
    let _ = line.set_nodelay(true);
    let acceptor = door.read().unwrap_or_else(PoisonError::into_inner).clone();
    // Whoever can't come in has been told, or is not there.
    let _ = match acceptor {
        None => seat(line, peer.ip(), hub).await,
        Some(acceptor) => match timeout(TLS_WITHIN, acceptor.accept(line)).await {
            Ok(Ok(line)) => seat(line, peer.ip(), hub).await,
            _ => Ok(()),
        },
    };
}

async fn seat<S>(mut line: S, peer: IpAddr, hub: Arc<Hub>) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let settings = hub.settings();
    let admit = |address| hub.guests.admit(address, hub.most(), Instant::now());
    // Before a word is read, unless only the words tell who it is.
    let early = if settings.trust_proxy { None } else { admit(peer) };
    if early.is_none() && !settings.trust_proxy {
        return handshake::refuse(&mut line, TOO_MANY).await;
    }
    let opening = handshake::read(&mut line, peer, &settings).await?;
    let Some(place) = early.or_else(|| admit(opening.visitor)) else {
        return handshake::refuse(&mut line, TOO_MANY).await;
    };
    opening.accept(&mut line).await?;
    // A task of its own, which is as small as what stays: the memory of those who wait is counted.
    tokio::spawn(connection::run(hub, line, opening.visitor, opening.cookies, place));
    Ok(())
}

/// The refusal of one connection too many.
pub const TOO_MANY: Refusal = Refusal(503, "Too many connections; please poll, or try again in a minute");
