//! What waits to be sent to one page. Bounded: a page that does not read is dropped, never buffered for.

use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use tokio_websockets::{CloseCode, Message};

/// More frames do not wait for one page.
const MOST_FRAMES: usize = 256;
/// Nor more bytes than this, beyond one frame of any size. Most of them are shared with other pages.
const MOST_BYTES: usize = 1024 * 1024;

/// The frames for one page, filled by rooms and emptied by the page's connection.
#[derive(Debug, Default)]
pub struct Outbox {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    frames: Frames,
    bytes: usize,
    end: Option<End>,
}

/// Frames in their order. Mostly there is one, which takes no memory of its own.
#[derive(Debug, Default)]
pub struct Frames {
    first: Option<Message>,
    more: Vec<Message>,
}

impl Frames {
    /// The frames.
    pub fn iter(&self) -> impl Iterator<Item = &Message> + Clone {
        self.first.iter().chain(&self.more)
    }

    fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.more.len()
    }

    fn push(&mut self, frame: Message) {
        if self.first.is_none() {
            self.first = Some(frame);
        } else {
            self.more.push(frame);
        }
    }
}

/// How the hub ends a connection.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// Without a word: the page does not read.
    Drop,
    /// With a close frame, after what waits was sent.
    Close(CloseCode, &'static str),
}

/// What a connection should do next.
#[derive(Debug)]
pub enum Next {
    /// Send these.
    Send(Frames),
    /// End.
    End(End),
}

impl Outbox {
    /// Adds a frame. If too much waits already, the connection ends instead.
    pub fn push(&self, frame: Message) {
        let mut state = self.lock();
        if state.end.is_some() {
            return;
        }
        let is_full = state.frames.len() >= MOST_FRAMES || state.bytes >= MOST_BYTES;
        if is_full {
            *state = State { end: Some(End::Drop), ..State::default() };
        } else {
            state.bytes += frame.as_payload().len();
            state.frames.push(frame);
        }
        drop(state);
        self.changed.notify_one();
    }

    /// Adds a text.
    pub fn say(&self, text: impl Into<String>) {
        self.push(Message::text(text.into()));
    }

    /// Ends the connection when what waits was sent.
    pub fn close(&self, code: CloseCode, words: &'static str) {
        self.lock().end.get_or_insert(End::Close(code, words));
        self.changed.notify_one();
    }

    /// Waits until there is something to do. One connection waits at a time.
    pub async fn next(&self) -> Next {
        loop {
            if let Some(next) = self.take() {
                return next;
            }
            self.changed.notified().await;
        }
    }

    /// Waits until the page has been given up.
    pub async fn given_up(&self) {
        while self.lock().end != Some(End::Drop) {
            self.changed.notified().await;
        }
    }

    fn take(&self) -> Option<Next> {
        let mut state = self.lock();
        if state.frames.len() > 0 {
            state.bytes = 0;
            return Some(Next::Send(std::mem::take(&mut state.frames)));
        }
        state.end.clone().map(Next::End)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_waits_is_sent_before_the_end() {
        let outbox = Outbox::default();
        outbox.say("a");
        outbox.say("b");
        outbox.close(CloseCode::SERVICE_RESTART, "later");
        outbox.say("too late");
        assert!(matches!(outbox.next().await, Next::Send(frames) if frames.len() == 2));
        assert!(matches!(outbox.next().await, Next::End(End::Close(CloseCode::SERVICE_RESTART, _))));
    }

    #[tokio::test]
    async fn a_page_that_does_not_read_is_given_up_and_nothing_is_kept_for_it() {
        for (frame, most) in [("x".to_owned(), MOST_FRAMES), ("x".repeat(300_000), 4)] {
            let outbox = Outbox::default();
            for _ in 0..most {
                outbox.say(frame.clone());
            }
            assert_eq!(outbox.lock().end, None);
            outbox.say(frame);
            outbox.given_up().await;
            assert_eq!(outbox.lock().frames.len(), 0);
            assert!(matches!(outbox.next().await, Next::End(End::Drop)));
        }
    }
}
