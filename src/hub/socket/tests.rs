use super::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

const MOST: usize = 1000;

/// A page's end of a connection, and ours.
fn pair() -> (DuplexStream, Socket<DuplexStream>) {
    let (theirs, ours) = duplex(100_000);
    (theirs, Socket::new(ours, MOST))
}

/// A frame as a page sends it, with a mask that changes nothing.
fn frame(first: u8, payload: &str) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    [&[first, 0x80 | length, 0, 0, 0, 0], payload.as_bytes()].concat()
}

async fn say(socket: &mut Socket<DuplexStream>, message: Message) {
    socket.send([message].iter()).await.unwrap();
}

/// What is there without waiting.
async fn now(socket: &mut Socket<DuplexStream>) -> Poll<Option<Result<Message, Error>>> {
    poll_fn(|context| Poll::Ready(socket.poll_next(context))).await
}

async fn is_heard(page: &mut DuplexStream, frame: &[u8]) -> bool {
    let mut bytes = vec![0; frame.len()];
    page.read_exact(&mut bytes).await.is_ok() && bytes == frame
}

fn is_idle(socket: &Socket<DuplexStream>) -> bool {
    matches!(socket.state, State::Idle(_))
}

#[tokio::test]
async fn what_comes_together_is_heard_one_by_one_though_something_is_sent_between() {
    let (mut page, mut socket) = pair();
    let texts: Vec<_> = (0..20).map(|n| "x".repeat(n)).collect();
    page.write_all(&texts.iter().flat_map(|text| frame(0x81, text)).collect::<Vec<_>>()).await.unwrap();
    for text in texts {
        assert_eq!(socket.next().await.unwrap().unwrap().as_text(), Some(&*text));
        say(&mut socket, Message::text("ok")).await;
        assert!(is_heard(&mut page, b"\x81\x02ok").await);
    }
    assert!(now(&mut socket).await.is_pending() && is_idle(&socket));
}

#[tokio::test]
async fn a_message_that_comes_byte_by_byte_is_whole_though_something_is_sent_between() {
    let (mut page, mut socket) = pair();
    let mut heard = Vec::new();
    for byte in [frame(0x01, "Hel"), frame(0x89, "!"), frame(0x80, "lo")].concat() {
        page.write_all(&[byte]).await.unwrap();
        while let Poll::Ready(message) = now(&mut socket).await {
            heard.push(message.unwrap().unwrap());
        }
        say(&mut socket, Message::text("news")).await;
    }
    assert!(heard[0].is_ping() && heard[1].as_text() == Some("Hello") && heard.len() == 2, "{heard:?}");
    assert!(is_idle(&socket));
}

#[tokio::test]
async fn what_the_library_answers_by_itself_gets_out() {
    let (mut page, mut socket) = pair();
    page.write_all(&frame(0x89, "there?")).await.unwrap();
    assert!(socket.next().await.unwrap().unwrap().is_ping());
    assert!(now(&mut socket).await.is_pending() && is_idle(&socket));
    assert!(is_heard(&mut page, b"\x8a\x06there?").await);
}

#[tokio::test]
async fn a_message_that_is_too_large_ends_it_whether_it_comes_at_once_or_in_pieces() {
    let pieces = [frame(0x01, &"x".repeat(100)), frame(0x00, &"x".repeat(100)).repeat(MOST / 100)].concat();
    for bytes in [vec![0x81, 0xfe, 0x10, 0, 0, 0, 0, 0], pieces] {
        let (mut page, mut socket) = pair();
        page.write_all(&bytes).await.unwrap();
        assert!(socket.next().await.unwrap().is_err());
    }
}

#[tokio::test]
async fn after_goodbye_the_others_goodbye_is_the_end_and_gets_no_other() {
    let (mut page, mut socket) = pair();
    say(&mut socket, Message::close(None, "")).await;
    page.write_all(&frame(0x88, "")).await.unwrap();
    assert!(socket.next().await.unwrap().unwrap().is_close() && socket.next().await.is_none());
    drop(socket);
    let mut bytes = Vec::new();
    page.read_to_end(&mut bytes).await.unwrap();
    assert_eq!(bytes[0], 0x88);
    assert_eq!(bytes.len(), 2 + usize::from(bytes[1]), "one goodbye");
}

#[tokio::test]
async fn a_line_that_breaks_is_the_end() {
    let (page, mut socket) = pair();
    drop(page);
    assert!(socket.next().await.is_none());
}

#[tokio::test]
async fn what_is_sent_to_a_page_that_is_silent_is_what_the_library_would_send() {
    let messages = || {
        let texts = [0, 1, 125, 126, 65_535, 65_536, 1].into_iter().zip('a'..);
        texts.map(|(length, letter)| Message::text(letter.to_string().repeat(length))).chain([Message::ping("?")])
    };
    let (mut page, ours) = duplex(7000);
    let mut socket = Socket::new(ours, MOST);
    let sending =
        tokio::spawn(
            async move { socket.send(messages().collect::<Vec<_>>().iter()).await.map(|()| is_idle(&socket)) },
        );
    let mut bytes = Vec::new();
    page.read_to_end(&mut bytes).await.unwrap();
    assert!(sending.await.unwrap().unwrap());

    let (mut page, ours) = duplex(1_000_000);
    let mut library = ServerBuilder::new().serve(ours);
    for message in messages() {
        library.send(message).await.unwrap();
    }
    drop(library);
    let mut expected = Vec::new();
    page.read_to_end(&mut expected).await.unwrap();
    assert!(bytes == expected, "{} bytes instead of {}", bytes.len(), expected.len());
}
