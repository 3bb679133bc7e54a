//! Tells the hub, where there is one, that a thread has changed, so that it looks at once.
//!
//! A notice is a hint and carries nothing: the hub reads the thread itself. It is sent after the thread is unlocked,
//! nobody waits for an answer, and a hub that is down, hangs or is busy costs at most [`LIMIT`]. Without `ws.ini` it
//! costs one look for that file.
//!
//! A notice is signed (HMAC-SHA256, RFC 2104), so that another account on the host can't make the hub look again
//! and again. The secret itself does not travel: whoever listens in the hub's place while it is down learns nothing.

mod ws_ini;

pub use ws_ini::{FILE, Link, WsIni};

use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::files;
use crate::names::ThreadName;
use crate::random::to_hex;
use crate::thread::Thread;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::io::{self, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::Duration;

/// What a hub that does not answer may cost. The kernel counts in steps of some milliseconds, hence not all of 50.
pub const LIMIT: Duration = Duration::from_millis(40);
/// The file with the secret, where `ws.ini` has none; the hub makes it.
pub const SECRET: &str = ".hub-secret";
/// A notice is good for this long, in seconds: the clocks are the same, the hub may be busy.
const GOOD_FOR: u64 = 60;

/// Tells the hub that a thread has changed. What goes wrong is for the admin, never for the one who asked.
pub fn changed(thread: &Thread) {
    let Some(threads) = thread.folder.parent() else { return };
    match tell(threads, &thread.name) {
        Ok(()) => {}
        // A hub that is down has nothing to be told; it looks at everything when it starts.
        Err(Error::Io { doing: "tell", .. }) => {}
        Err(error) => files::complain(&error),
    }
}

/// Where pages find the hub of this thread, as `ws.ini` says; `None` if there is none.
pub fn hub_of(thread: &Thread) -> Option<String> {
    let threads = thread.folder.parent()?;
    match WsIni::load(&threads.join(FILE), threads) {
        Ok(ini) => ini.filter(|ini| ini.on && ini.serves(&thread.name)).map(|ini| ini.server_uri),
        Err(error) => {
            files::complain(&error);
            None
        }
    }
    .filter(|address| !address.is_empty())
}

/// Whether there may be a hub for these threads, which may have an address of its own.
pub fn has_hub(threads: &Path) -> bool {
    threads.join(FILE).exists()
}

fn tell(threads: &Path, thread: &ThreadName) -> Result<()> {
    let Some(hub) = WsIni::load(&threads.join(FILE), threads)?.filter(|ini| ini.on) else { return Ok(()) };
    let Some(secret) = hub.secret(threads)? else { return Ok(()) };
    let notice = Notice::about(thread, Moment::now(), &secret);
    match &hub.command {
        Link::Socket(path) => send_datagram(path, &notice).map_err(Error::io("tell", path)),
        Link::Http(address) => send_http(*address, &notice).map_err(Error::io("tell", address.to_string())),
    }
}

fn send_datagram(path: &Path, notice: &Notice) -> io::Result<()> {
    let socket = UnixDatagram::unbound()?;
    socket.set_write_timeout(Some(LIMIT))?;
    socket.send_to(notice.as_query().as_bytes(), path).map(drop)
}

fn send_http(address: SocketAddr, notice: &Notice) -> io::Result<()> {
    let mut line = TcpStream::connect_timeout(&address, LIMIT * 4 / 5)?;
    line.set_write_timeout(Some(LIMIT / 5))?;
    line.write_all(format!("GET /?{} HTTP/1.0\r\n\r\n", notice.as_query()).as_bytes())
}

/// "This thread has changed", signed.
#[derive(Debug, PartialEq, Eq)]
pub struct Notice {
    thread: ThreadName,
    seconds: u64,
    sign: String,
}

impl Notice {
    /// Signs a notice.
    pub fn about(thread: &ThreadName, now: Moment, secret: &str) -> Self {
        let seconds = now.seconds();
        let sign = to_hex(&mac(thread.as_str(), seconds, secret).finalize().into_bytes());
        Self { thread: thread.clone(), seconds, sign }
    }

    /// As it travels: `act=changed&realm=THREAD&at=SECONDS&sign=HEX`.
    pub fn as_query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("act", "changed").append_pair("realm", self.thread.as_str());
        query.append_pair("at", &self.seconds.to_string()).append_pair("sign", &self.sign);
        query.finish()
    }

    /// Takes a notice apart; `None` if it is none, is not signed with this secret, or is too old.
    pub fn read(query: &[u8], now: Moment, secret: &str) -> Option<ThreadName> {
        let value = |name: &str| form_urlencoded::parse(query).find(|(key, _)| key == name).map(|(_, value)| value);
        if value("act")? != "changed" {
            return None;
        }
        let (thread, seconds) = (ThreadName::new(&value("realm")?).ok()?, value("at")?.parse::<u64>().ok()?);
        let sign = from_hex(&value("sign")?)?;
        let good = mac(thread.as_str(), seconds, secret).verify_slice(&sign).is_ok();
        (good && seconds.abs_diff(now.seconds()) <= GOOD_FOR).then_some(thread)
    }
}

fn mac(thread: &str, seconds: u64, secret: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(format!("changed\n{thread}\n{seconds}").as_bytes());
    mac
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    text.len().is_multiple_of(2).then(|| text.as_bytes().chunks(2).map(pair).collect())?
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment::from_seconds(1_763_912_788);

    fn notice(secret: &str) -> String {
        Notice::about(&ThreadName::new("комната-1").unwrap(), NOW, secret).as_query()
    }

    #[test]
    fn a_notice_is_read_only_with_the_secret_it_was_signed_with_and_only_for_a_while() {
        let read = |query: &str, seconds: u64, secret: &str| {
            let now = Moment::from_seconds(NOW.seconds() + seconds);
            Notice::read(query.as_bytes(), now, secret).map(|thread| thread.as_str().to_owned())
        };
        assert_eq!(read(&notice("s"), 5, "s").as_deref(), Some("комната-1"));
        assert_eq!(read(&notice("s"), 5, "t"), None);
        assert_eq!(read(&notice("s"), 61, "s"), None);
        assert_eq!(read(&notice("s").replace("-1", "-2"), 5, "s"), None);
        for other in ["", "act=echo", "act=changed&realm=..&at=1&sign=", "act=changed&realm=a&at=x&sign=zz"] {
            assert_eq!(read(other, 0, "s"), None, "{other}");
        }
    }

    #[test]
    fn without_a_hub_nothing_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let thread = ThreadName::new("a").unwrap();
        assert!(tell(folder.path(), &thread).is_ok());
        std::fs::write(folder.path().join(FILE), "[common]\nwsOn=0\n").unwrap();
        assert!(tell(folder.path(), &thread).is_ok());
    }

    #[test]
    fn a_notice_arrives_over_the_socket() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "[common]\nwsOn=1\n[server]\ncommandSecret=s\n").unwrap();
        let socket = UnixDatagram::bind(folder.path().join(".hub.sock")).unwrap();
        tell(folder.path(), &ThreadName::new("a").unwrap()).unwrap();
        let mut buffer = [0; 500];
        let got = socket.recv(&mut buffer).unwrap();
        assert_eq!(Notice::read(&buffer[..got], Moment::now(), "s"), ThreadName::new("a").ok());
    }
}
