//! A stream that knows whether what was read from it ends between two WebSocket messages (RFC 6455, section 5.2).

use std::io::{self, IoSlice};
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Enough for the beginning of a frame.
const BEGINNING: usize = 32;

/// The stream under a WebSocket.
#[derive(Debug)]
pub struct Tap<S> {
    stream: S,
    /// What was read before anybody had to take it.
    beginning: [u8; BEGINNING],
    /// How much of it is still to be taken.
    waiting: Range<usize>,
    frames: Frames,
}

impl<S> Tap<S> {
    /// Nothing was read so far.
    pub fn new(stream: S) -> Self {
        Self { stream, beginning: [0; BEGINNING], waiting: 0..0, frames: Frames::default() }
    }

    /// Whether whole messages were read, and all of them were taken.
    pub fn is_between_messages(&self) -> bool {
        self.waiting.start == self.waiting.end && self.frames.are_whole()
    }
}

impl<S: AsyncRead + Unpin> Tap<S> {
    /// Waits until something comes and keeps it for the next reader; how much it was, 0 at the end.
    pub fn poll_begin(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut buffer = ReadBuf::new(&mut self.beginning);
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer))?;
        self.frames.pass(buffer.filled());
        self.waiting = 0..buffer.filled().len();
        Poll::Ready(Ok(self.waiting.end))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tap<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Self { stream, beginning, waiting, frames } = &mut *self;
        if waiting.start < waiting.end {
            let count = (waiting.end - waiting.start).min(buf.remaining());
            buf.put_slice(&beginning[waiting.start..waiting.start + count]);
            waiting.start += count;
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        ready!(Pin::new(stream).poll_read(cx, buf))?;
        frames.pass(&buf.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tap<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Where in a stream of frames one is.
#[derive(Debug, Default)]
struct Frames {
    head: [u8; 14],
    /// So many bytes of the next frame's head have come.
    known: usize,
    /// So many bytes of the frame's payload have not come.
    missing: u64,
    /// Whether more frames belong to the message.
    is_fragment: bool,
}

impl Frames {
    fn are_whole(&self) -> bool {
        self.known == 0 && self.missing == 0 && !self.is_fragment
    }

    fn pass(&mut self, mut bytes: &[u8]) {
        while let Some((first, rest)) = bytes.split_first() {
            if self.missing > 0 {
                let count = usize::try_from(self.missing).map_or(bytes.len(), |missing| missing.min(bytes.len()));
                self.missing -= count as u64;
                bytes = &bytes[count..];
                continue;
            }
            self.head[self.known] = *first;
            self.known += 1;
            bytes = rest;
            if self.known == self.head_length() {
                self.begin_payload();
            }
        }
    }

    /// As far as it is known.
    fn head_length(&self) -> usize {
        if self.known < 2 {
            return 2;
        }
        let mask = if self.head[1] & 0x80 == 0 { 0 } else { 4 };
        mask + match self.head[1] & 0x7f {
            126 => 4,
            127 => 10,
            _ => 2,
        }
    }

    fn begin_payload(&mut self) {
        let number = |bytes: &[u8]| bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
        self.missing = match self.head[1] & 0x7f {
            126 => number(&self.head[2..4]),
            127 => number(&self.head[2..10]),
            short => u64::from(short),
        };
        self.known = 0;
        // Control frames may come between the fragments of a message.
        if self.head[0] & 0x08 == 0 {
            self.is_fragment = self.head[0] & 0x80 == 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A frame as a page sends it.
    fn frame(opcode: u8, is_last: bool, length: usize) -> Vec<u8> {
        let mut frame = vec![opcode | if is_last { 0x80 } else { 0 }];
        match u16::try_from(length) {
            Ok(short @ 0..126) => frame.push(0x80 | short as u8),
            Ok(length) => {
                frame.push(0x80 | 126);
                frame.extend(length.to_be_bytes());
            }
            Err(_) => {
                frame.push(0x80 | 127);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        frame.resize(frame.len() + 4 + length, 0x81);
        frame
    }

    proptest! {
        #[test]
        fn it_is_between_messages_exactly_at_their_ends(
            kinds in prop::collection::vec((prop_oneof![Just(1_u8), Just(0), Just(9)], any::<bool>(), prop_oneof![0_usize..300, 65_500_usize..65_600]), 1..6),
            step in 1_usize..200,
        ) {
            let mut ends = vec![0];
            let (mut bytes, mut is_open) = (Vec::new(), false);
            for (opcode, is_last, length) in kinds {
                let is_control = opcode == 9;
                bytes.extend(frame(opcode, is_last || is_control, if is_control { length % 126 } else { length }));
                is_open = if is_control { is_open } else { !is_last };
                if !is_open {
                    ends.push(bytes.len());
                }
            }
            let (mut frames, mut at) = (Frames::default(), 0);
            for piece in bytes.chunks(step) {
                frames.pass(piece);
                at += piece.len();
                prop_assert_eq!(frames.are_whole(), ends.contains(&at), "{} of {}", at, bytes.len());
            }
        }
    }
}
