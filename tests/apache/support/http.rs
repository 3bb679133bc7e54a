//! As much HTTP as the tests need, where every byte of a request can be wrong on purpose.

use super::PATIENCE;
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, connect, socket_with};
use serde_json::Value;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// A request in the making.
pub struct Request {
    head: String,
    body: Vec<u8>,
    from: Option<Ipv4Addr>,
}

impl Request {
    /// `target` is a path below the site, with its query.
    pub fn new(method: &str, target: &str) -> Self {
        Self {
            head: format!("{method} /{target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"),
            body: Vec::new(),
            from: None,
        }
    }

    /// The same from another address of this machine.
    pub fn coming_from(self, from: Ipv4Addr) -> Self {
        Self { from: Some(from), ..self }
    }

    /// The same to a host that is called otherwise.
    pub fn at_host(mut self, host: &str) -> Self {
        self.head = self.head.replacen("Host: 127.0.0.1", &format!("Host: {host}"), 1);
        self
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.head.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    /// A body with its type and its true length.
    pub fn body(self, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let length = body.len().to_string();
        self.body_said_to_be(&length, kind, body)
    }

    /// A body with a Content-Length that may be a lie.
    pub fn body_said_to_be(self, length: &str, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        let mut request = self.header("Content-Type", kind).header("Content-Length", length);
        request.body = body.into();
        request
    }

    /// The bytes that go over the line.
    pub fn bytes(&self) -> Vec<u8> {
        [self.head.as_bytes(), b"\r\n", &self.body].concat()
    }

    /// Sends it and reads the answer.
    pub fn send(&self, address: SocketAddr) -> Answer {
        read_answer(&mut self.begin(address))
    }

    /// Sends it over a line that may break; `None` if no whole answer comes.
    pub fn try_send(&self, address: SocketAddr) -> Option<Answer> {
        self.try_send_slowly(address, usize::MAX, Duration::ZERO)
    }

    /// The same in pieces of so many bytes, with a pause after each.
    pub fn try_send_slowly(&self, address: SocketAddr, piece: usize, pause: Duration) -> Option<Answer> {
        let mut line = self.connect(address).ok()?;
        line.set_read_timeout(Some(PATIENCE)).ok()?;
        for piece in self.bytes().chunks(piece) {
            line.write_all(piece).ok()?;
            std::thread::sleep(pause);
        }
        let mut bytes = Vec::new();
        line.read_to_end(&mut bytes).ok()?;
        parse_answer(&bytes)
    }

    /// Sends it, hangs up as far as sending goes, and reads the answer.
    pub fn send_and_hang_up(&self, address: SocketAddr) -> Answer {
        let mut line = self.begin(address);
        line.shutdown(Shutdown::Write).expect("an open line");
        read_answer(&mut line)
    }

    /// Sends it and leaves the line open.
    pub fn begin(&self, address: SocketAddr) -> TcpStream {
        let mut line = self.connect(address).expect("Apache listens");
        line.set_read_timeout(Some(PATIENCE)).expect("a time limit");
        let _ = line.write_all(&self.bytes());
        line
    }

    /// A line from this request's address, on which nothing was said yet.
    pub fn connect(&self, address: SocketAddr) -> io::Result<TcpStream> {
        let Some(from) = self.from else { return TcpStream::connect(address) };
        // What a test starts meanwhile must not have this line too, and hold it open.
        let line = socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
        bind(&line, &SocketAddr::from((from, 0)))?;
        connect(&line, &address)?;
        Ok(line.into())
    }
}

/// An answer, checked to be as long as it says.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{} {error}: {}", self.status, String::from_utf8_lossy(&self.body)))
    }

    /// The words of a JSON answer's `error`.
    pub fn error(&self) -> String {
        let json = self.json();
        json["error"].as_str().unwrap_or_else(|| panic!("no error: {json}")).to_owned()
    }

    /// The words of a JSON answer's `alert`.
    pub fn alert(&self) -> String {
        let json = self.json();
        json["alert"].as_str().unwrap_or_else(|| panic!("no alert: {json}")).to_owned()
    }

    /// Checks what every answer of every program has: JSON that no cache keeps.
    pub fn checked(self) -> Self {
        assert_eq!(self.header("Cache-Control"), Some("no-store"), "{self:?}");
        if !self.body.is_empty() {
            assert_eq!(self.header("Content-Type"), Some("application/json; charset=utf-8"), "{self:?}");
            assert_eq!(self.header("Content-Length"), Some(self.body.len().to_string().as_str()), "{self:?}");
            self.json();
        }
        self
    }
}

/// Reads an answer to the end of the line.
pub fn read_answer(line: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    let read = line.read_to_end(&mut bytes);
    parse_answer(&bytes).unwrap_or_else(|| panic!("no answer ({read:?}): {:?}", String::from_utf8_lossy(&bytes)))
}

/// Takes an answer apart: a server's, or a program's, whose status is in a header. `None` if its head or its body is
/// cut off.
pub fn parse_answer(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let headers = head.split("\r\n").skip(1).filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.into(), value.into())).collect();
    let answer = Answer { status, headers, body: bytes[end + 4..].to_vec() };
    let said = answer.header("Content-Length").map(|length| length.parse::<usize>().expect("a length"));
    if said.is_some_and(|length| answer.body.len() < length) {
        return None;
    }
    assert!(said.is_none_or(|length| answer.body.len() == length), "more than was promised: {answer:?}");
    Some(answer)
}
