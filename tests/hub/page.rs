//! A page, as far as the hub can tell: a WebSocket client of another make.

use super::PATIENCE;
use serde_json::{Value, json};
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use tungstenite::client::IntoClientRequest;
use tungstenite::handshake::client::generate_key;
use tungstenite::http::Request;
use tungstenite::protocol::CloseFrame;
use tungstenite::{Error, Message, WebSocket, client};

/// One connection.
pub struct Page {
    pub socket: WebSocket<TcpStream>,
}

impl Page {
    pub fn connect(address: SocketAddr) -> Self {
        Self::try_connect(address, None).expect("the hub takes us")
    }

    /// Connects from a page of some origin; the error is the status of the refusal.
    pub fn try_connect(address: SocketAddr, origin: Option<&str>) -> Result<Self, u16> {
        Self::connect_to(address, "", origin)
    }

    /// The same with a path.
    pub fn connect_to(address: SocketAddr, path: &str, origin: Option<&str>) -> Result<Self, u16> {
        let line = TcpStream::connect(address).expect("the hub listens");
        line.set_nodelay(true).expect("a socket");
        line.set_read_timeout(Some(PATIENCE)).expect("a socket");
        let mut request = format!("ws://{address}/{path}").into_client_request().expect("a request");
        if let Some(origin) = origin {
            request.headers_mut().insert("Origin", origin.parse().expect("a header"));
        }
        match client(request, line) {
            Ok((socket, _)) => Ok(Self { socket }),
            Err(tungstenite::HandshakeError::Failure(Error::Http(answer))) => Err(answer.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    pub fn say(&mut self, frame: &Value) {
        self.socket.send(Message::text(frame.to_string())).expect("the hub reads");
    }

    pub fn say_text(&mut self, text: &str) {
        self.socket.send(Message::text(text)).expect("the hub reads");
    }

    /// Says hello as a new page; returns the state.
    pub fn hello(&mut self, user: &str, realm: &str, ack: &str) -> Value {
        self.say(&json!({ "user": user, "realm": realm, "act": "userHello", "ack": ack, "catCrc": "" }));
        self.until("me")
    }

    /// What comes next, of whatever kind.
    pub fn read(&mut self) -> Result<Message, Error> {
        loop {
            match self.socket.read() {
                // A wait with a limit ends when the process is stopped for a moment, too.
                Err(Error::Io(error)) if error.kind() == ErrorKind::Interrupted => {}
                outcome => return outcome,
            }
        }
    }

    /// The next frame.
    pub fn next(&mut self) -> Value {
        loop {
            match self.read().expect("a frame") {
                Message::Text(text) => return serde_json::from_str(&text).expect("JSON"),
                Message::Close(frame) => panic!("closed: {frame:?}"),
                _ => {}
            }
        }
    }

    /// The next frame that has this member.
    pub fn until(&mut self, member: &str) -> Value {
        self.find(|frame| frame.get(member).is_some())
    }

    /// The next frame of which this holds.
    pub fn find(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let frame = self.next();
            if wanted(&frame) {
                return frame;
            }
        }
    }

    /// The messages of the next frame that has some.
    pub fn messages(&mut self) -> Vec<Value> {
        self.until("messages")["messages"].as_array().expect("an array").clone()
    }

    /// Waits until exactly these users are there.
    pub fn sees_users(&mut self, users: &[&str]) {
        self.find(|frame| frame["users"] == json!(users));
    }

    /// Sends a message and waits until the hub has it.
    pub fn relay(&mut self, target: &str, text: &str) -> Value {
        self.say(&json!({ "act": "relay", "target": target, "type": "message", "text": text, "rid": text }));
        self.find(|frame| frame["rid"] == text)
    }

    pub fn ack(&mut self, ids: &[&str]) {
        self.say(&json!({ "act": "ack", "ids": ids }));
    }

    /// Reads until the hub closes; what its close frame says.
    pub fn closed(&mut self) -> Option<CloseFrame> {
        loop {
            match self.read() {
                Ok(Message::Close(frame)) => return frame,
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    }
}

/// A request for a WebSocket with no word of its own.
pub fn plain_request(address: SocketAddr) -> Request<()> {
    let builder = Request::builder().uri(format!("ws://{address}/")).header("Host", address.to_string());
    let builder = builder.header("Upgrade", "websocket").header("Connection", "Upgrade");
    let builder = builder.header("Sec-WebSocket-Version", "13").header("Sec-WebSocket-Key", generate_key());
    builder.body(()).expect("a request")
}
