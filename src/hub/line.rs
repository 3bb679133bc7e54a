//! Writing to a page, no longer than it reads.

use super::outbox::{End, Outbox};
use super::socket::Socket;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_websockets::{CloseCode, Message};

/// A page that takes nothing for this long does not read.
const SEND_WITHIN: Duration = Duration::from_secs(20);
/// Whoever was told goodbye closes.
const CLOSE_WITHIN: Duration = Duration::from_secs(2);

/// Sends frames, as long as the page takes them. The errors say how to end then.
pub async fn send<'m, S>(
    line: &mut Socket<S>,
    frames: impl Iterator<Item = &'m Message> + Clone,
    outbox: &Outbox,
) -> std::result::Result<bool, Option<End>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut all = pin!(line.send(frames));
    // Mostly it is done at once, and nothing has to be waited for.
    let now = poll_fn(|context| Poll::Ready(all.as_mut().poll(context))).await;
    if let Poll::Ready(result) = now {
        return result.map(|()| true).map_err(|_| None);
    }
    tokio::select! {
        result = timeout(SEND_WITHIN, all) => match result {
            Ok(Ok(())) => Ok(true),
            Ok(Err(_)) => Err(None),
            Err(_) => Err(Some(End::Drop)),
        },
        () = outbox.given_up() => Err(Some(End::Drop)),
    }
}

/// Closes a connection. Whoever doesn't answer is left.
pub async fn say_goodbye<S>(line: &mut Socket<S>, code: CloseCode, words: &str)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let goodbye = async {
        let _ = line.send([Message::close(Some(code), words)].iter()).await;
        while let Some(Ok(_)) = line.next().await {}
    };
    let _ = timeout(CLOSE_WITHIN, goodbye).await;
}
