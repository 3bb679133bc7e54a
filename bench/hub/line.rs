//! A WebSocket client as small as can be, the same for every server that is measured.

use std::io;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One connection.
pub struct Line {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Line {
    /// Connects and opens the WebSocket.
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let request = format!(
            "GET / HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut line = Self { stream, buffer: Vec::new() };
        let end = loop {
            if let Some(end) = line.buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break end + 4;
            }
            line.fill().await?;
        };
        if !line.buffer.starts_with(b"HTTP/1.1 101") {
            return Err(io::Error::other(String::from_utf8_lossy(&line.buffer).into_owned()));
        }
        line.buffer.drain(..end);
        Ok(line)
    }

    /// Sends a text. The mask is zero: it is no secret, and costs no server more or less.
    pub async fn send(&mut self, text: &str) -> io::Result<()> {
        let mut frame = vec![0x81];
        match u16::try_from(text.len()) {
            Ok(short @ 0..126) => frame.push(0x80 | short as u8),
            Ok(length) => {
                frame.push(0x80 | 126);
                frame.extend(length.to_be_bytes());
            }
            Err(_) => return Err(io::ErrorKind::InvalidInput.into()),
        }
        frame.extend([0; 4]);
        frame.extend(text.as_bytes());
        self.stream.write_all(&frame).await
    }

    /// Waits for a text and gives it to `look`; other frames are passed over.
    pub async fn next<T>(&mut self, look: impl FnOnce(&[u8]) -> T) -> io::Result<T> {
        loop {
            let Some((start, end)) = self.frame() else {
                self.fill().await?;
                continue;
            };
            if self.buffer[0] & 15 == 1 {
                let found = look(&self.buffer[start..end]);
                self.buffer.drain(..end);
                return Ok(found);
            }
            self.buffer.drain(..end);
        }
    }

    /// Where the first frame's payload begins and ends, if it is here.
    fn frame(&self) -> Option<(usize, usize)> {
        let (start, length) = match *self.buffer.get(1)? {
            126 => (4, usize::from(u16::from_be_bytes(self.buffer.get(2..4)?.try_into().ok()?))),
            127 => (10, usize::try_from(u64::from_be_bytes(self.buffer.get(2..10)?.try_into().ok()?)).ok()?),
            short => (2, usize::from(short)),
        };
        (self.buffer.len() >= start + length).then_some((start, start + length))
    }

    async fn fill(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}
