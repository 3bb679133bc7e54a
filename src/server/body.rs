//! Lets a program, which reads and waits, read a body that comes when it comes.

use axum::body::{Body, Bytes};
use http_body_util::BodyExt;
use std::io::{self, Read};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::time::timeout;

/// A client that sends nothing for this long is gone.
const PATIENCE: Duration = Duration::from_secs(60);
/// And for this long, if the answer is known already.
const LITTLE_PATIENCE: Duration = Duration::from_secs(5);
/// Who sends less than this in a second, on the whole, keeps others from their turn: the slowest mobile networks
/// bring four times as much. Nobody is judged by the first moments.
const LEAST_PACE: f32 = 500.0;
const FIRST_MOMENTS: Duration = Duration::from_secs(30);
/// More than a page sends by mistake.
const LARGEST_REST: u64 = 64 * 1024 * 1024;

/// A body as a reader. Holds one piece of it at a time; the client can't send faster than it is read.
///
/// To be read on a thread that may wait, outside the event loop.
pub struct BlockingBody {
    body: Body,
    piece: Bytes,
    ended: bool,
    patience: Duration,
    first_moments: Duration,
    waited: Duration,
    bytes: f32,
    runtime: Handle,
}

impl BlockingBody {
    /// Wraps a body; the current runtime is the one that fetches it.
    pub fn new(body: Body) -> Self {
        Self {
            body,
            piece: Bytes::new(),
            ended: false,
            patience: PATIENCE,
            first_moments: FIRST_MOMENTS,
            waited: Duration::ZERO,
            bytes: 0.0,
            runtime: Handle::current(),
        }
    }

    /// Takes what the program left unread: most browsers look at no answer before they have sent everything, and
    /// see a broken connection if they can't.
    pub fn drain(mut self) {
        self.patience = LITTLE_PATIENCE;
        // Nobody misses what does not come.
        let _ = io::copy(&mut self.take(LARGEST_REST), &mut io::sink());
    }

    fn fetch(&mut self) -> io::Result<Option<Bytes>> {
        let begun = Instant::now();
        let frame = self.runtime.block_on(async { timeout(self.patience, self.body.frame()).await });
        self.waited += begun.elapsed();
        let cut_off = |why| Err(io::Error::new(io::ErrorKind::UnexpectedEof, why));
        match frame {
            Ok(None) => Ok(None),
            // Trailers have no data, and nobody asked for them.
            Ok(Some(Ok(frame))) => {
                let piece = frame.into_data().unwrap_or_default();
                self.bytes += piece.len() as f32;
                if self.is_too_slow() { cut_off("it came too slowly") } else { Ok(Some(piece)) }
            }
            Ok(Some(Err(_))) => cut_off("the connection broke"),
            Err(_) => cut_off("nothing more came"),
        }
    }

    fn is_too_slow(&self) -> bool {
        self.waited > self.first_moments && self.bytes < self.waited.as_secs_f32() * LEAST_PACE
    }
}

impl Read for BlockingBody {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() && !self.ended && !buf.is_empty() {
            let fetched = self.fetch();
            self.ended = !matches!(fetched, Ok(Some(_)));
            self.piece = fetched?.unwrap_or_default();
        }
        let count = buf.len().min(self.piece.len());
        buf[..count].copy_from_slice(&self.piece.split_to(count));
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::channel::Channel;
    use tokio::task::spawn_blocking;

    async fn read(body: Body) -> (Vec<u8>, io::Result<usize>) {
        let mut reader = BlockingBody::new(body);
        let read = move || {
            let mut text = Vec::new();
            let result = reader.read_to_end(&mut text);
            (text, result)
        };
        spawn_blocking(read).await.unwrap()
    }

    #[tokio::test]
    async fn a_body_is_read_to_its_end() {
        assert!(matches!(read(Body::empty()).await, (text, Ok(0)) if text.is_empty()));
        assert!(matches!(read(Body::from("clip")).await, (text, Ok(4)) if text == b"clip"));
    }

    #[tokio::test]
    async fn a_client_that_falls_silent_is_an_error_after_a_while() {
        let (_silent, body) = Channel::<Bytes>::new(1);
        let mut reader = BlockingBody { patience: Duration::from_millis(1), ..BlockingBody::new(Body::new(body)) };
        let result = spawn_blocking(move || reader.read(&mut [0; 9])).await.unwrap();
        assert_eq!(result.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[tokio::test]
    async fn a_client_that_sends_a_little_now_and_then_is_an_error_too() {
        let (mut sender, body) = Channel::<Bytes>::new(1);
        let drip = tokio::spawn(async move {
            while sender.send_data("x".into()).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(3)).await;
            }
        });
        let first_moments = Duration::from_millis(30);
        let mut reader = BlockingBody { first_moments, ..BlockingBody::new(Body::new(body)) };
        let read = move || io::copy(&mut reader, &mut io::sink());
        let error = spawn_blocking(read).await.unwrap().unwrap_err();
        assert_eq!(error.to_string(), "it came too slowly");
        drip.await.unwrap();
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_an_error_once_and_then_its_end() {
        let (mut sender, body) = Channel::<Bytes, io::Error>::new(1);
        sender.send_data("cl".into()).await.unwrap();
        sender.abort(io::ErrorKind::ConnectionReset.into());
        let mut reader = BlockingBody::new(Body::new(body));
        let reads = move || [9; 3].map(|size| reader.read(&mut vec![0; size]).map_err(|error| error.kind()));
        let expected = [Ok(2), Err(io::ErrorKind::UnexpectedEof), Ok(0)];
        assert_eq!(spawn_blocking(reads).await.unwrap(), expected);
    }
}
