//! What no page of ours would do.

use super::daemon::{Daemon, ini};
use super::page::{Page, plain_request};
use super::{PATIENCE, eventually};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Message, client};

#[test]
fn nobody_asks_for_anything_before_hello_or_under_another_name() {
    let hub = Daemon::start();
    let mut page = Page::connect(hub.address());
    page.say(&json!({ "user": "Ann", "realm": "room", "act": "relay", "target": "*", "rid": 1 }));
    assert_eq!(page.next()["code"], "no-hello");
    page.hello("Ann", "room", "");
    page.say(&json!({ "user": "Bob", "act": "relay", "target": "*", "rid": 2 }));
    assert_eq!(page.until("rid")["code"], "bad-user");
    page.say(&json!({ "act": "dance", "rid": 3 }));
    assert_eq!(page.until("rid")["code"], "unknown-act");
    page.say(&json!({ "act": "relay", "rid": 4 }));
    assert_eq!(page.until("rid")["code"], "no-target");
}

#[test]
fn bad_names_and_threads_that_are_not_there_are_refused() {
    let hub = Daemon::with(&ini("", "[realms]\nroom=1\nlost=1\n"));
    hub.make_thread("other");
    let mut page = Page::connect(hub.address());
    for (user, realm, code) in [
        ("A<b", "room", "bad-user"),
        ("Ann", "../room", "bad-thread"),
        ("", "room", "no-user"),
        ("Ann", "other", "not-served"),
        ("Ann", "lost", "no-thread"),
    ] {
        page.say(&json!({ "user": user, "realm": realm, "act": "userHello", "ack": "" }));
        assert_eq!(page.next()["code"], code, "{user} {realm}");
    }
    page.hello("Ann", "room", "");
}

#[test]
fn who_goes_from_thread_to_thread_that_cannot_be_opened_fills_no_log() {
    let hub = Daemon::start();
    hub.make_thread("broken");
    std::fs::write(hub.folder.path().join("broken/.ini"), "[common\n").unwrap();
    let mut eve = Page::connect(hub.address());
    for n in 0..10 {
        for (realm, code) in [(format!("invented{n}"), "no-thread"), ("broken".into(), "settings")] {
            eve.say(&json!({ "user": "Eve", "realm": realm, "act": "userHello", "ack": "" }));
            assert_eq!(eve.until("code")["code"], code);
        }
        // Whose last room must be gone.
        eve.hello("Eve", "room", "");
    }
    hub.signal(Signal::HUP);
    let log = hub.log_until("read again");
    assert_eq!(log.iter().filter(|line| line.contains("broken/.ini")).count(), 1, "{log:?}");
    assert!(!log.iter().any(|line| line.contains("invented")), "{log:?}");
}

#[test]
fn malformed_frames_are_answered_and_harm_nobody() {
    let hub = Daemon::start();
    let (mut ann, _) = hub.join("Ann");
    for text in ["", "{", "[]", "null", "\u{0}", "{\"act\":7}", "{\"act\":\"ack\",\"ids\":7}", "{\"act\":\"ack\"}"] {
        ann.say_text(text);
    }
    ann.say(&json!({ "act": "echo", "rid": "after" }));
    let errors = std::iter::from_fn(|| Some(ann.next()).filter(|frame| frame.get("rid").is_none())).count();
    assert_eq!(errors, 6);
}

#[test]
fn binary_and_huge_frames_end_the_connection() {
    let hub = Daemon::start();
    let (mut ann, _) = hub.join("Ann");
    ann.socket.send(Message::binary(vec![1, 2, 3])).unwrap();
    assert_eq!(ann.closed().map(|frame| frame.code), Some(CloseCode::Unsupported));
    let (mut bob, _) = hub.join("Bob");
    // The hub may close while this is still being sent.
    let _ = bob.socket.send(Message::text("x".repeat(300_000)));
    assert_ne!(bob.closed().map(|frame| frame.code), Some(CloseCode::Normal));
    let (mut eve, _) = hub.join("Eve");
    eve.say(&json!({ "act": "relay", "target": "*", "text": "y".repeat(200_000), "rid": 1 }));
    assert!(eve.until("rid").get("alert").is_some(), "a large one is fine");
}

#[test]
fn what_breaks_the_protocol_ends_the_connection() {
    let hub = Daemon::start();
    // Unmasked; a reserved bit; no UTF-8; a control frame of 126 bytes; a continuation of nothing.
    for bytes in [
        &[0x81, 2, b'h', b'i'][..],
        &[0xc1, 0x80, 0, 0, 0, 0],
        &[0x81, 0x81, 0, 0, 0, 0, 0xff],
        &[0x89, 0xfe, 0, 126, 0, 0, 0, 0],
        &[0x80, 0x80, 0, 0, 0, 0],
    ] {
        let (mut page, _) = hub.join("Ann");
        page.socket.get_mut().write_all(bytes).unwrap();
        assert_ne!(page.closed().map(|frame| frame.code), Some(CloseCode::Normal), "{bytes:?}");
    }
    hub.join("Ann");
}

#[test]
fn who_asks_for_too_much_is_sent_away() {
    let hub = Daemon::start();
    let (mut ann, _) = hub.join("Ann");
    for _ in 0..200 {
        if ann.socket.send(Message::text(r#"{"act":"echo"}"#)).is_err() {
            break;
        }
    }
    let frame = ann.closed();
    assert!(frame.is_none_or(|frame| frame.code == CloseCode::Policy));
}

#[test]
fn pages_of_other_sites_may_not_come() {
    let hub = Daemon::with(&ini("allowOrigin=\"https://good.example\"", ""));
    let connect = |origin: &str| Page::try_connect(hub.address(), Some(origin)).err();
    assert_eq!(connect("https://evil.example"), Some(403));
    assert_eq!(connect("null"), Some(403));
    assert_eq!(connect("https://good.example"), None);
    assert_eq!(connect("http://127.0.0.1"), None);
}

#[test]
fn what_is_no_websocket_gets_an_answer_in_words() {
    let hub = Daemon::start();
    let ask = |text: &str| {
        let mut line = TcpStream::connect(hub.address()).unwrap();
        line.set_read_timeout(Some(PATIENCE)).unwrap();
        line.write_all(text.as_bytes()).unwrap();
        let mut answer = String::new();
        line.read_to_string(&mut answer).unwrap();
        answer
    };
    assert!(ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 426 "));
    assert!(ask("POST / HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 400 "));
    assert!(ask("\u{16}\u{3}\u{1}\r\n\r\n").starts_with("HTTP/1.1 400 "));
}

#[test]
fn one_address_has_a_limit_and_others_come_in() {
    let hub = Daemon::with(&ini("maxPerAddress=2\ntrustProxy=1", ""));
    let connect = |address: &str| {
        let mut request = plain_request(hub.address());
        request.headers_mut().insert("X-Forwarded-For", address.parse().unwrap());
        client(request, TcpStream::connect(hub.address()).unwrap()).map(|(socket, _)| socket).ok()
    };
    let (_first, second) = (connect("10.0.0.1").unwrap(), connect("10.0.0.1").unwrap());
    assert!(connect("10.0.0.1").is_none());
    assert!(connect("10.0.0.2").is_some());
    drop(second);
    eventually("room for another", || connect("10.0.0.1"));
}

#[test]
fn more_connections_than_file_descriptors_do_not_keep_those_who_are_in_from_their_files() {
    let hub = Daemon::with_descriptors(64);
    let (mut ann, _) = hub.join("Ann");
    let crowd: Vec<_> = std::iter::from_fn(|| Page::try_connect(hub.address(), None).ok()).take(200).collect();
    assert!((10..60).contains(&crowd.len()), "{}", crowd.len());
    // Some more than the host has descriptors for, which nobody takes.
    let waiting: Vec<_> = (0..100).map(|_| TcpStream::connect(hub.address()).unwrap()).collect();
    ann.relay("*", "still here");
    hub.upload("Eve", 100);
    ann.until("list");
    drop((crowd, waiting));
    let mut bob = eventually("room for another", || Page::try_connect(hub.address(), None).ok());
    bob.hello("Bob", "room", "");
}

/// Resident memory of a process, in bytes.
pub fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

/// Joins, and reads nothing any more.
fn silent(address: SocketAddr, user: &str) -> Page {
    let mut page = Page::connect(address);
    page.hello(user, "room", "");
    page
}

#[test]
fn those_who_do_not_read_are_dropped_while_the_others_go_on() {
    const PAGES: usize = 1000;
    let hub = Daemon::start();
    let mut deaf: Vec<_> = (0..PAGES / 10).map(|n| silent(hub.address(), &format!("deaf{n}"))).collect();
    let readers: Vec<_> = (0..PAGES - deaf.len()).map(|n| silent(hub.address(), &format!("u{n}"))).collect();
    let readers: Vec<_> = readers.into_iter().map(|page| std::thread::spawn(move || read_until_last(page))).collect();
    let (mut author, _) = hub.join("author");
    let text = "x".repeat(100_000);
    for n in 0..30 {
        let user = format!("Eve{}", n % 5);
        let message = json!({ "user": user, "realm": "room", "act": "relay", "target": "*", "text": text, "n": n });
        assert_eq!(hub.cgi("chat", &message)["error"], Value::Null);
        author.find(|frame| frame["messages"].to_string().contains(&format!("\"n\":{n}")));
    }
    let begun = Instant::now();
    author.relay("*", "the last one");
    for reader in readers {
        reader.join().expect("every reader gets everything");
    }
    println!("the last message to {} readers: {:?}", PAGES - deaf.len(), begun.elapsed());
    let memory = resident(hub.process_id());
    println!("resident: {} MB", memory / 1_000_000);
    assert!(memory < 200_000_000, "what is not read is not kept: {memory}");
    for page in &mut deaf {
        assert_eq!(page.closed(), None, "dropped without a word");
    }
}

/// Reads without looking closely, so that the hub and not this test is what takes time.
fn read_until_last(mut page: Page) {
    while !matches!(page.read().expect("a frame"), Message::Text(text) if text.contains("the last one")) {}
}
