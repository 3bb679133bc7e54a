//! A WebSocket that costs next to nothing while nothing happens on it.
//!
//! The library keeps 8 kB to read into, for as long as it has a connection. Most pages are silent most of the time, so
//! a connection is the library's only while frames come or go.

mod tap;

use futures_util::{SinkExt, StreamExt};
use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tap::Tap;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_websockets::{Error, Limits, Message, ServerBuilder, WebSocketStream};

/// Frames are handed to the connection in pieces of about this size.
const PIECE: usize = 32 * 1024;

thread_local! {
    /// What is handed over next. One for all connections of a thread: nothing stays in it.
    static HAND: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// A connection whose handshake is done.
#[derive(Debug)]
pub struct Socket<S> {
    state: State<S>,
    most_bytes: usize,
    /// Whether the library has nothing more in what it has read.
    is_drained: bool,
    /// Whether goodbye was said, which the library must remember.
    is_closing: bool,
}

#[derive(Debug)]
enum State<S> {
    Idle(Tap<S>),
    Busy(Box<WebSocketStream<Tap<S>>>),
    /// While it changes from one to the other.
    Changing,
}

impl<S> Socket<S>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    /// Takes a connection over, whose messages may have so many bytes.
    pub fn new(stream: S, most_bytes: usize) -> Self {
        Self { state: State::Idle(Tap::new(stream)), most_bytes, is_drained: true, is_closing: false }
    }

    /// The next message; `None` at the end. Whoever stops waiting loses nothing.
    pub async fn next(&mut self) -> Option<Result<Message, Error>> {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// Sends messages. Whoever stops waiting for it must not use the connection any more.
    ///
    /// # Errors
    /// When the page has gone.
    pub async fn send(&mut self, messages: impl Iterator<Item = &Message> + Clone) -> Result<(), Error> {
        self.is_closing |= messages.clone().any(Message::is_close);
        if let State::Idle(tap) = &mut self.state
            && !self.is_closing
        {
            // A thousand pages are told the same: that should not cost the library's buffers a thousand times.
            let mut sent = 0;
            poll_fn(|context| poll_send(tap, context, messages.clone(), &mut sent)).await?;
            return Ok(());
        }
        let stream = self.wake();
        for message in messages {
            stream.feed(message.clone()).await?;
        }
        stream.flush().await?;
        self.rest();
        Ok(())
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Message, Error>>> {
        if let State::Idle(tap) = &mut self.state {
            match ready!(tap.poll_begin(context)) {
                Ok(0) => return Poll::Ready(None),
                Ok(_) => {}
                Err(error) => return Poll::Ready(Some(Err(error.into()))),
            }
        }
        let stream = self.wake();
        if let Poll::Ready(message) = stream.poll_next_unpin(context) {
            self.is_drained = false;
            return Poll::Ready(message);
        }
        // The library has looked at all that came; its own answers must be out before it may go.
        let is_sent = matches!(stream.poll_flush_unpin(context), Poll::Ready(Ok(())));
        self.is_drained = true;
        if is_sent {
            self.rest();
        }
        Poll::Pending
    }

    /// Gives the connection to the library, unless it has it.
    fn wake(&mut self) -> &mut WebSocketStream<Tap<S>> {
        self.state = match std::mem::replace(&mut self.state, State::Changing) {
            State::Idle(tap) => {
                let limits = Limits::default().max_payload_len(Some(self.most_bytes));
                State::Busy(Box::new(ServerBuilder::new().limits(limits).serve(tap)))
            }
            other => other,
        };
        match &mut self.state {
            State::Busy(stream) => stream,
            State::Idle(_) | State::Changing => unreachable!("the library has it"),
        }
    }

    /// Takes the connection back, unless the library has something of it in hand.
    fn rest(&mut self) {
        self.state = match std::mem::replace(&mut self.state, State::Changing) {
            State::Busy(stream) if self.is_drained && !self.is_closing && stream.get_ref().is_between_messages() => {
                State::Idle(stream.into_inner())
            }
            other => other,
        };
    }
}

/// Sends messages, of which so many bytes were sent.
fn poll_send<'m, S>(
    tap: &mut Tap<S>,
    context: &mut Context<'_>,
    messages: impl Iterator<Item = &'m Message> + Clone,
    sent: &mut usize,
) -> Poll<io::Result<()>>
where
    S: AsyncWrite + Unpin,
{
    HAND.with_borrow_mut(|hand| {
        loop {
            hand.clear();
            take(messages.clone(), *sent, hand);
            if hand.is_empty() {
                return Pin::new(&mut *tap).poll_flush(context);
            }
            match ready!(Pin::new(&mut *tap).poll_write(context, hand))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => *sent += count,
            }
        }
    })
}

/// Takes a piece of what messages are on the wire, which begins behind so many bytes.
fn take<'m>(messages: impl Iterator<Item = &'m Message>, mut passed: usize, piece: &mut Vec<u8>) {
    for message in messages {
        let (head, payload) = (Head::of(message), message.as_payload());
        for bytes in [head.bytes(), &**payload] {
            let rest = &bytes[passed.min(bytes.len())..];
            passed -= bytes.len() - rest.len();
            piece.extend_from_slice(&rest[..rest.len().min(PIECE.saturating_sub(piece.len()))]);
        }
        if piece.len() >= PIECE {
            return;
        }
    }
}

/// What stands before a server's message: one whole frame, without a mask (RFC 6455, section 5.2).
struct Head {
    bytes: [u8; 10],
    length: usize,
}

impl Head {
    fn of(message: &Message) -> Self {
        const LAST: u8 = 0x80;
        let opcode = match message {
            text if text.is_text() => 1,
            binary if binary.is_binary() => 2,
            ping if ping.is_ping() => 9,
            _ => 10,
        };
        let count = message.as_payload().len();
        let mut bytes = [0; 10];
        bytes[0] = LAST | opcode;
        bytes[2..].copy_from_slice(&(count as u64).to_be_bytes());
        let length = match count {
            0..126 => {
                bytes[1] = count as u8;
                2
            }
            126..0x1_0000 => {
                bytes[1] = 126;
                bytes.copy_within(8.., 2);
                4
            }
            _ => {
                bytes[1] = 127;
                10
            }
        };
        Self { bytes, length }
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

#[cfg(test)]
mod tests;
