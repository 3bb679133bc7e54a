//! A WebSocket that costs next to nothing while nothing happens on it.
//!
//! The library keeps 8 kB to read into, for as long as it has a connection. Most pages are silent most of the time, so
//! a connection is the library's only while frames come or go.

mod tap;

use futures_util::{SinkExt, StreamExt};
use std::future::poll_fn;
use std::task::{Context, Poll, ready};
use tap::Tap;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_websockets::{Error, Limits, Message, ServerBuilder, WebSocketStream};

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

    /// Adds a message to what [`flush`](Self::flush) sends.
    ///
    /// # Errors
    /// When the page has gone.
    pub async fn feed(&mut self, message: Message) -> Result<(), Error> {
        self.is_closing |= message.is_close();
        self.wake().feed(message).await
    }

    /// Sends what waits.
    ///
    /// # Errors
    /// When the page has gone.
    pub async fn flush(&mut self) -> Result<(), Error> {
        if let State::Busy(stream) = &mut self.state {
            stream.flush().await?;
        }
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

#[cfg(test)]
mod tests;
