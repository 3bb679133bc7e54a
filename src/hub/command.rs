//! The command link: programs say that a thread has changed. On a Unix socket or over HTTP, always signed.

use super::Hub;
use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::files;
use crate::notice::{Link, Notice, SECRET};
use crate::random;
use std::fs::{self, Permissions};
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixDatagram};
use tokio::time::timeout;

const LONGEST_NOTICE: usize = 2048;
const PATIENCE: Duration = Duration::from_secs(2);

/// Where notices come in.
#[derive(Debug)]
pub enum Ear {
    /// Datagrams.
    Socket(UnixDatagram),
    /// HTTP.
    Http(TcpListener),
}

impl Ear {
    /// Opens the link that the settings name.
    ///
    /// # Errors
    /// When it can't be had.
    pub async fn open(hub: &Hub) -> Result<Self> {
        let settings = hub.settings();
        match &settings.command {
            Link::Socket(path) => open_socket(path, hub.site.threads()).map(Self::Socket),
            Link::Http(address) => {
                let address = SocketAddr::new(settings.listen_for_commands, address.port());
                let said = |error: io::Error| Error::host(format!("Can't listen for commands on {address}: {error}"));
                TcpListener::bind(address).await.map(Self::Http).map_err(said)
            }
        }
    }

    /// Listens for as long as the hub runs.
    pub async fn listen(self, hub: Arc<Hub>) {
        match self {
            Self::Socket(socket) => {
                let mut notice = [0; LONGEST_NOTICE];
                loop {
                    match socket.recv(&mut notice).await {
                        Ok(length) => drop(take(&notice[..length], &hub)),
                        Err(error) => {
                            tracing::warn!("a command could not be heard: {error}");
                            tokio::time::sleep(Duration::from_secs(1)).await;
                        }
                    }
                }
            }
            Self::Http(listener) => loop {
                match listener.accept().await {
                    Ok((line, _)) => drop(tokio::spawn(answer(line, hub.clone()))),
                    // No descriptor is free; one will be.
                    Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                }
            },
        }
    }
}

fn open_socket(path: &Path, threads: &Path) -> Result<UnixDatagram> {
    if fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket()) {
        // Left by a hub that has ended: we hold the lock.
        files::remove(path)?;
    }
    let socket = UnixDatagram::bind(path).map_err(Error::io("listen on", path))?;
    let mode = Permissions::from_mode(private_mode(threads)?);
    fs::set_permissions(path, mode).map_err(Error::io("open", path))?;
    Ok(socket)
}

/// Whoever may write into the folder of the threads, but never others.
fn private_mode(threads: &Path) -> Result<u32> {
    let found = fs::metadata(threads).map_err(Error::io("look at", threads))?;
    Ok(0o600 | (found.permissions().mode() & 0o060))
}

/// Makes the secret that signs notices, unless there is one.
///
/// # Errors
/// When it can't be made.
pub fn make_secret(hub: &Hub) -> Result<()> {
    let threads = hub.site.threads();
    if hub.settings().secret(threads)?.is_some() {
        return Ok(());
    }
    let secret = random::hex::<32>()?;
    files::replace(&threads.join(SECRET), secret.as_bytes(), private_mode(threads)?, files::Durability::Best)
}

/// `true` if it was a notice, signed as it should be.
fn take(query: &[u8], hub: &Hub) -> bool {
    let secret = hub.settings().secret(hub.site.threads()).ok().flatten();
    let thread = secret.and_then(|secret| Notice::read(query, Moment::now(), &secret));
    match &thread {
        Some(thread) => hub.changed(thread),
        None => tracing::warn!("a command was refused: it was no notice, or not signed with our secret"),
    }
    thread.is_some()
}

/// Answers one request: the original's `act=echo`, or a notice.
async fn answer(mut line: TcpStream, hub: Arc<Hub>) {
    let Ok(Some(query)) = timeout(PATIENCE, read_query(&mut line)).await else { return };
    let (status, words) = match query.as_slice() {
        b"act=echo" => ("200 OK", "Echo reply"),
        notice if take(notice, &hub) => ("200 OK", "Ok"),
        _ => ("403 Forbidden", "The command is not signed with the hub's secret"),
    };
    let length = words.len();
    let text = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n{words}"
    );
    // Programs don't wait for it.
    let _ = line.write_all(text.as_bytes()).await;
}

/// What stands behind the `?` in the request line.
async fn read_query(line: &mut TcpStream) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if head.len() > LONGEST_NOTICE || line.read_buf(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    let target = head.split(|byte| *byte == b' ').nth(1)?;
    let query = target.iter().position(|byte| *byte == b'?').map(|at| target[at + 1..].to_vec());
    query.or_else(|| Some(Vec::new()))
}
