//! A WebSocket to the hub that may break at any moment.

use serde_json::{Value, json};
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};
use tungstenite::client::IntoClientRequest;
use tungstenite::{Error, Message, WebSocket, client};

pub struct Socket {
    line: WebSocket<TcpStream>,
    asked: u64,
}

impl Socket {
    /// `None` if nobody is there.
    pub fn connect(hub: SocketAddr, cookies: &str) -> Option<Self> {
        let line = TcpStream::connect_timeout(&hub, Duration::from_secs(5)).ok()?;
        line.set_nodelay(true).ok()?;
        line.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
        let mut request = format!("ws://{hub}/").into_client_request().ok()?;
        request.headers_mut().insert("Cookie", cookies.parse().ok()?);
        let (line, _) = client(request, line).ok()?;
        Some(Self { line, asked: 0 })
    }

    /// `false` if the line is broken.
    pub fn say(&mut self, frame: &Value) -> bool {
        self.line.send(Message::text(frame.to_string())).is_ok()
    }

    pub fn acknowledge(&mut self, ids: &[String]) -> bool {
        ids.is_empty() || self.say(&json!({ "act": "ack", "ids": ids }))
    }

    /// The next frame, if one comes in that time.
    pub fn hear(&mut self, time: Duration) -> Result<Option<Value>, ()> {
        // No time at all would mean any time.
        self.line.get_ref().set_read_timeout(Some(time.max(Duration::from_millis(1)))).map_err(drop)?;
        match self.line.read() {
            Ok(Message::Text(text)) => Ok(Some(serde_json::from_str(&text).expect("a frame is JSON"))),
            Ok(Message::Close(_)) => Err(()),
            Ok(_) => Ok(None),
            Err(Error::Io(error)) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(None),
            Err(_) => Err(()),
        }
    }

    /// Asks for something: whether it was done; `None` if the answer does not come. What comes meanwhile is heard.
    pub fn ask(&mut self, act: &str, what: &Value, patience: Duration, hear: &mut dyn FnMut(&Value)) -> Option<bool> {
        self.asked += 1;
        let mut frame = what.clone();
        (frame["act"], frame["rid"]) = (act.into(), self.asked.into());
        if !self.say(&frame) {
            return None;
        }
        let end = Instant::now() + patience;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            match self.hear(left) {
                Ok(Some(frame)) if frame["rid"] == self.asked => return Some(frame.get("error").is_none()),
                Ok(Some(frame)) => hear(&frame),
                Ok(None) => {}
                Err(()) => return None,
            }
        }
        None
    }
}
