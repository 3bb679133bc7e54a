//! What comes over the line and is no request of a browser's: smuggled, torn, slow, or too much at once.

use super::http::{Request, read_answer};
use super::server::Server;
use super::{PATIENCE, eventually};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

fn connect(address: SocketAddr) -> TcpStream {
    let line = TcpStream::connect(address).unwrap();
    line.set_read_timeout(Some(PATIENCE)).unwrap();
    line
}

/// All that the server says until it closes the line.
fn all(mut line: TcpStream) -> String {
    let mut text = Vec::new();
    match line.read_to_end(&mut text) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("the line stays open: {text:?}"),
        _ => String::from_utf8_lossy(&text).into_owned(),
    }
}

fn say(address: SocketAddr, text: &str) -> String {
    let mut line = connect(address);
    line.write_all(text.as_bytes()).unwrap();
    all(line)
}

#[test]
fn a_request_that_two_readers_could_read_differently_is_one_request_or_none() {
    let server = Server::start();
    let hidden = "GET /threads/room/pulse.json HTTP/1.1\r\nHost: a\r\nX-Hidden: 1\r\nConnection: close\r\n\r\n";
    let length = hidden.len();
    let post = "POST /cgi-bin/users.cgi HTTP/1.1\r\nHost: a\r\n";
    let cases = [
        // Both lengths: the body ends where its pieces say, or nowhere.
        format!(
            "{post}Content-Length: {length}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n{hidden}"
        ),
        format!("{post}Transfer-Encoding: chunked\r\nContent-Length: 4\r\nConnection: close\r\n\r\n0\r\n\r\n{hidden}"),
        format!("{post}Content-Length: 0\r\nContent-Length: {length}\r\n\r\n{hidden}"),
        format!("{post}Content-Length: 0, {length}\r\n\r\n{hidden}"),
        format!("{post}Content-Length: +{length}\r\n\r\n{hidden}"),
        format!("{post}Content-Length : {length}\r\n\r\n{hidden}"),
        format!("{post}Transfer-Encoding: xchunked\r\n\r\n{hidden}"),
        format!("{post}Transfer-Encoding: chunked, identity\r\n\r\n{hidden}"),
        format!("{post}Transfer-Encoding:\u{b}chunked\r\n\r\n{hidden}"),
        format!("{post}Transfer-Encoding: chunked\r\n\r\n1_0\r\n{hidden}"),
        format!("{post}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{hidden}"),
        format!("{post} folded: x\r\n\r\n{hidden}"),
        format!("{post}X: a\0b\r\n\r\n{hidden}"),
        format!("POST /cgi-bin/users.cgi HTTP/1.1\nHost: a\nContent-Length: {length}\nConnection: close\n\n{hidden}"),
        format!("GET /js/main.js\0 HTTP/1.1\r\nHost: a\r\n\r\n{hidden}"),
        format!("GET http://b/../.ini HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n{hidden}"),
    ];
    for case in cases {
        let said = say(server.address(), &case);
        let answers = said.matches("HTTP/1.1 ").count();
        assert!(answers <= 1, "{case:?}: {said}");
        assert!(!said.contains("\"clips\""), "the hidden request was answered: {case:?}");
    }
    // One after the other is fine, as long as the lengths are clear.
    let two = "GET /threads/room/pulse.json HTTP/1.1\r\nHost: a\r\n\r\n".to_owned() + hidden;
    assert_eq!(say(server.address(), &two).matches("HTTP/1.1 ").count(), 2);
}

#[test]
fn who_says_nothing_or_half_a_request_is_sent_away() {
    let server = Server::start();
    let begun = Instant::now();
    let mut lines: Vec<_> = (0..3).map(|_| connect(server.address())).collect();
    lines[1].write_all(b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ").unwrap();
    // One that was served, and keeps the line.
    lines[2].write_all(b"GET /threads/room/index.html HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    for line in lines {
        let said = all(line);
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 408") || said.starts_with("HTTP/1.1 200"), "{said:?}");
    }
    println!("sent away after {:?}", begun.elapsed());
    assert!(begun.elapsed() < PATIENCE);
}

#[test]
fn one_address_has_its_share_of_programs_and_the_page_comes_all_the_same() {
    let server = Server::start();
    let bytes = server.an_upload(100_000);
    // They announce a clip, and send the half of it.
    let begin = || {
        let mut line = connect(server.address());
        line.write_all(&bytes[..50_000]).unwrap();
        line
    };
    let mut slow: Vec<_> = (0..150).map(|_| begin()).collect();
    let busy = eventually("an address that has its share", || {
        // Should one of them be sent away for another reason, another comes.
        slow.push(begin());
        let answer = Request::new("GET", "cgi-bin/thread.cgi?realm=room").send(server.address());
        (answer.header("Mozchat-Error") == Some("busy")).then_some(answer)
    });
    for line in &slow {
        line.set_nonblocking(true).unwrap();
        let mut answer = [0; 200];
        let length = line.peek(&mut answer).unwrap_or_default();
        if length > 0 {
            println!("sent away: {}", String::from_utf8_lossy(&answer[..length]));
        }
    }
    assert_eq!(busy.status, 503);
    assert_eq!(Request::new("GET", "js/main.js").send(server.address()).status, 200);
    // From elsewhere, as a proxy would say it, or another machine.
    drop(slow);
    eventually("room again", || {
        (Request::new("GET", "cgi-bin/thread.cgi?realm=room").send(server.address()).status == 200).then_some(())
    });
}

#[test]
fn one_address_has_its_share_of_connections() {
    let server = Server::start();
    let crowd: Vec<_> = (0..600).map(|_| connect(server.address())).collect();
    let is_closed = |line: &TcpStream| {
        line.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        matches!((&mut &*line).read(&mut [0]), Ok(0))
    };
    eventually("those who are too many", || crowd.iter().rev().take(20).all(is_closed).then_some(()));
    drop(crowd);
    let answer = eventually("room again", || {
        let mut line = connect(server.address());
        line.write_all(&Request::new("GET", "threads/room/index.html").bytes()).ok()?;
        line.peek(&mut [0]).is_ok_and(|count| count > 0).then(|| read_answer(&mut line))
    });
    assert_eq!(answer.status, 200);
}
