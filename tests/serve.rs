//! `serve`, as a browser meets it: the real program with the real page and threads of the test's own.
#![cfg(feature = "server")]

#[allow(dead_code)]
#[path = "apache/support/browser.rs"]
mod browser;
#[allow(dead_code)]
#[path = "apache/support/http.rs"]
mod http;
#[path = "apache/support/patience.rs"]
mod patience;
#[path = "apache/support/private.rs"]
mod private;
#[path = "serve/raw.rs"]
mod raw;
#[path = "serve/server.rs"]
mod server;
#[path = "serve/vps.rs"]
mod vps;

use browser::{blob, multipart, multipart_type};
use http::{Request, read_answer};
use patience::{PATIENCE, eventually};
use private::{PUBLIC, files as files_in, leave_rare_files, ways_to_ask};
use serde_json::json;
use server::Server;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

#[test]
fn the_page_comes_with_its_policies_and_is_not_sent_twice() {
    let server = Server::start();
    let ann = server.browser("Ann", "room");
    let page = ann.get("?realm=room");
    assert_eq!((page.status, page.header("Content-Type")), (200, Some("text/html")));
    assert!(page.header("Content-Security-Policy").unwrap().contains("frame-ancestors 'self'"));
    assert!(page.header("Permissions-Policy").unwrap().contains("microphone=(self), camera=(self)"));
    assert_eq!(page.header("Referrer-Policy"), Some("same-origin"));
    assert_eq!(page.header("X-Content-Type-Options"), Some("nosniff"));
    assert!(!page.header("Content-Security-Policy").unwrap().contains("unsafe"));
    assert_eq!(page.header("Cache-Control"), Some("no-cache"));
    let script = ann.get("js/main.js");
    assert_eq!((script.status, script.header("Content-Type")), (200, Some("text/javascript")));
    let again = Request::new("GET", "js/main.js").header("If-None-Match", script.header("ETag").unwrap());
    assert_eq!(ann.send(again).status, 304);
}

#[test]
fn the_pages_meta_and_its_header_say_the_same() {
    let server = Server::start();
    let page = server.browser("Ann", "room").get("");
    let html = String::from_utf8(page.body.clone()).unwrap();
    let header = page.header("Content-Security-Policy").unwrap();
    let (shared, _) = header.split_once("; frame-ancestors").unwrap();
    assert!(html.contains(shared), "{shared}");
}

#[test]
fn a_threads_door_and_pulse_are_public() {
    let server = Server::start();
    let ann = server.browser("Ann", "room");
    ann.poll();
    for public in ["threads/room/", "threads/room/index.html", "threads/room/pulse.json", "%74hreads/room/"] {
        assert_eq!(ann.get(public).status, 200, "{public}");
    }
    let door = ann.get("threads/room?user=Ann");
    assert_eq!((door.status, door.header("Location")), (301, Some("./room/?user=Ann")));
}

#[test]
fn a_threads_private_files_are_not_found() {
    let server = Server::start();
    let ann = server.browser("Ann", "room");
    ann.upload("a clip", 1000);
    ann.act("chat", "relay", json!({ "target": "*", "type": "message" }));
    ann.poll();
    fs::write(server.media().join("page.html"), "<script>").unwrap();
    let files = fs::read_dir(server.thread()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let private: Vec<_> = files.filter(|file| !["index.html", "pulse.json"].contains(&file.as_str())).collect();
    for file in [".ini", ".lock", "catalog.json", "users.json", "messages.json", "notify.ini"] {
        assert!(private.iter().any(|private| private == file), "{file} is not among {private:?}");
    }
    let media = server.media().file_name().unwrap().to_str().unwrap().to_owned();
    let hidden = [format!("{media}/"), format!("{media}/page.html"), format!("{media}/../users.json")];
    leave_rare_files(&server.thread());
    for file in
        files_in(&server.thread()).iter().filter(|file| !PUBLIC.contains(&file.as_str()) && !file.contains(&media))
    {
        for way in ways_to_ask(file) {
            assert_ne!(ann.get(&format!("threads/room/{way}")).status, 200, "{way}");
        }
    }
    for file in private.iter().chain(&hidden) {
        for prefix in ["threads/room", "%74hreads/room", "threads//room", "threads/./room", "js/../threads/room"] {
            assert_eq!(ann.get(&format!("{prefix}/{file}")).status, 404, "{prefix}/{file}");
        }
    }
}

#[test]
fn what_lies_beside_the_threads_is_no_thread() {
    let server = Server::start();
    let ann = server.browser("Ann", "room");
    let threads = server.thread().parent().unwrap().to_owned();
    for file in ["ws.ini", "example.ini", "notes"] {
        fs::write(threads.join(file), "[server]\ncommandSecret=hush\n").unwrap();
        for way in [file.to_owned(), format!("{file}?user=Ann"), format!("{file}/")] {
            assert_eq!(ann.get(&format!("threads/{way}")).status, 404, "{way}");
        }
    }
}

#[test]
fn what_lies_outside_of_the_page_is_not_found() {
    let server = Server::start();
    let ann = server.browser("Ann", "room");
    for path in ["../Cargo.toml", "..%2fCargo.toml", "%2e%2e/Cargo.toml", "/etc/passwd", "js/..%5c..%5cCargo.toml"] {
        assert_eq!(ann.get(path).status, 404, "{path}");
    }
    for path in [".htaccess", "cgi-bin/.htaccess", "cgi-bin/", "cgi-bin/serve.cgi", "threads/", "threads/none/"] {
        assert_eq!(ann.get(path).status, 404, "{path}");
    }
}

#[test]
fn a_clip_is_sent_in_ranges_and_is_nothing_but_a_clip() {
    let server = Server::start();
    let ann = server.browser("Ann", "room");
    let clip = blob("m4a", 10_000);
    let address = server.upload(&ann, &clip, "m4a", "audio/mp4");
    let whole = ann.get(&address);
    assert_eq!((whole.status, whole.body == clip), (200, true));
    assert_eq!(whole.header("Content-Type"), Some("audio/mp4"));
    assert_eq!(whole.header("X-Content-Type-Options"), Some("nosniff"));
    assert_eq!(
        whole.header("Content-Security-Policy"),
        Some("default-src 'none'; media-src 'self'; sandbox allow-same-origin")
    );
    assert!(whole.header("Cache-Control").unwrap().contains("immutable"));
    let range = |range: &str| ann.send(Request::new("GET", &address).header("Range", range));
    for (asked, got, bytes) in [
        ("bytes=0-0", "bytes 0-0/10000", &clip[..1]),
        ("bytes=100-199", "bytes 100-199/10000", &clip[100..200]),
        ("bytes=9000-", "bytes 9000-9999/10000", &clip[9000..]),
        ("bytes=-10", "bytes 9990-9999/10000", &clip[9990..]),
    ] {
        let part = range(asked);
        assert_eq!((part.status, part.header("Content-Range")), (206, Some(got)), "{asked}");
        assert!(part.body == bytes, "{asked}");
    }
    let beyond = range("bytes=10000-");
    assert_eq!((beyond.status, beyond.header("Content-Range")), (416, Some("bytes */10000")));
    assert_eq!(beyond.header("Cache-Control"), Some("no-cache"));
}

#[test]
fn a_pulse_is_sent_again_only_when_it_was_replaced() {
    let server = Server::start();
    let ann = server.browser("Ann", "room");
    ann.poll();
    let ask = |tag: &str| ann.send(Request::new("GET", "threads/room/pulse.json").header("If-None-Match", tag));
    let first = ask("");
    let tag = first.header("ETag").unwrap();
    assert_eq!((first.status, first.header("Cache-Control")), (200, Some("no-cache")));
    let same = ask(tag);
    assert_eq!((same.status, same.body.len(), same.header("ETag")), (304, 0, Some(tag)));
    ann.upload("a clip", 1000);
    let next = ask(tag);
    assert_eq!(next.status, 200);
    assert_ne!((&next.body, next.header("ETag")), (&first.body, Some(tag)));
}

#[test]
fn two_beats_in_one_tick_of_the_clock_are_told_apart() {
    let server = Server::start();
    let ann = server.browser("Ann", "room");
    let path = server.thread().join("pulse.json");
    let beat = |clips: u32| {
        fs::write(&path, json!({ "clips": clips, "users": 0, "all": 0, "to": {} }).to_string()).unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
        ann.get("threads/room/pulse.json").header("ETag").unwrap().to_owned()
    };
    assert_ne!(beat(1), beat(2));
}

#[test]
fn a_large_clip_is_uploaded_listed_and_fetched() {
    let server = Server::start();
    let ann = server.browser("Ann", "room");
    let clip = blob("webm", 5_000_000);
    let answer = ann.upload_with(&[("description", "large"), ("uploadId", "0123456789")], &clip).json();
    assert_eq!(answer["alert"], "Server got a record of 5000kB");
    let news = server.browser("Bob", "room").poll();
    let row = &news["list"][0];
    assert_eq!(
        (&row[0], &row[1], &row[5], &row[7]),
        (&answer["id"], &json!("Ann"), &json!(5_000_000), &json!("large"))
    );
    assert_eq!(news["users"], json!(["Bob"]));
    assert!(ann.get(&server.address_of(row[0].as_str().unwrap())).body == clip);
}

#[test]
fn a_clip_is_written_while_it_comes_and_is_gone_if_it_breaks_off() {
    let server = Server::start();
    let whole = server.an_upload(1_000_000);
    let mut line = TcpStream::connect(server.address()).unwrap();
    line.write_all(&whole[..500_000]).unwrap();
    eventually("half of the clip", || server.unfinished().filter(|bytes| *bytes >= 400_000));
    drop(line);
    eventually("the clip's removal", || server.unfinished().is_none().then_some(()));
    assert_eq!(server.browser("Ann", "room").sees(), [""; 0]);
}

#[test]
fn a_body_without_a_length_is_taken_piece_by_piece() {
    let server = Server::start();
    let ann = server.browser("Ann", "room");
    let body = multipart(&ann.upload_fields(&[("description", "in pieces")]), Some(&blob("webm", 3000)));
    let pieces = body.chunks(1000).map(|piece| [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat());
    let body = pieces.chain([b"0\r\n\r\n".to_vec()]).collect::<Vec<_>>().concat();
    let head = Request::new("POST", "cgi-bin/upload.cgi").header("Content-Type", &multipart_type());
    let mut line = head.header("Transfer-Encoding", "chunked").begin(server.address());
    line.write_all(&body).unwrap();
    assert_eq!(read_answer(&mut line).alert(), "Server got a record of 3kB");
    assert_eq!(ann.sees(), ["in pieces"]);
}

#[test]
fn a_clip_that_is_refused_at_once_may_be_sent_to_its_end_and_is_answered() {
    let server = Server::start();
    let mut line = TcpStream::connect(server.address()).unwrap();
    line.write_all(&server.an_upload(20_000_000)).unwrap();
    assert_eq!(read_answer(&mut line).error(), "File is too big, server allows only 10000kB");
    assert_eq!(server.unfinished(), None);
}

#[test]
fn what_changes_something_is_refused_with_get() {
    let server = Server::start();
    let ann = server.browser("Ann", "room");
    let answer = ann.query("upload", &[("user", "Ann"), ("realm", "room"), ("act", "uploadBlob")]);
    assert_eq!((answer.status, answer.header("Mozchat-Error")), (405, Some("wrong-method")));
    assert_eq!(answer.header("Allow"), Some("GET, HEAD, POST"));
    assert_eq!(ann.send(Request::new("PUT", "cgi-bin/upload.cgi")).status, 405);
    assert_eq!(ann.send(Request::new("POST", "index.html").body("text/plain", "x")).status, 405);
}

#[test]
fn a_program_learns_who_asks_and_where() {
    let server = Server::start();
    server.browser("Ann", "room").poll();
    let users = fs::read_to_string(server.thread().join("users.json")).unwrap();
    assert!(users.contains("127.0.0.1"), "{users}");
}

#[test]
fn a_long_poll_ends_when_there_is_news_and_holds_nobody_up() {
    let server = Server::start();
    let (ann, bob) = (server.browser("Ann", "room"), server.browser("Bob", "room"));
    let mut waiting = server.long_poll(&ann);
    assert_eq!(bob.act("chat", "relay", json!({ "target": "Ann", "type": "message", "text": "hi" })).status, 200);
    let news = read_answer(&mut waiting).json();
    assert_eq!(news["messages"][0]["text"], "hi", "{news}");
}

#[test]
fn it_ends_within_seconds_though_somebody_waits() {
    let mut server = Server::start();
    let mut waiting = server.long_poll(&server.browser("Ann", "room"));
    let told = Instant::now();
    server.terminate();
    let status = eventually("its end", || server.ended());
    assert!(status.success() && told.elapsed() < Duration::from_secs(4), "{status} after {:?}", told.elapsed());
    let left = waiting.read_to_end(&mut Vec::new());
    assert!(matches!(left, Ok(0) | Err(_)), "{left:?}");
}

#[test]
fn an_upload_that_is_nearly_there_is_waited_for() {
    let mut server = Server::start();
    let whole = server.an_upload(9000);
    let mut line = TcpStream::connect(server.address()).unwrap();
    line.write_all(&whole[..whole.len() - 100]).unwrap();
    eventually("most of the clip", || server.unfinished());
    server.terminate();
    line.write_all(&whole[whole.len() - 100..]).unwrap();
    assert_eq!(read_answer(&mut line).alert(), "Server got a record of 9kB");
    assert!(eventually("its end", || server.ended()).success());
}

#[test]
fn what_keeps_it_from_starting_is_said_in_words() {
    let server = Server::start();
    let port = server.address().port().to_string();
    for (options, words) in [
        (["--port", &port], "is taken; choose another one with --port"),
        (["--threads", "no/such/folder"], "--threads: 'no/such/folder'"),
        (["--page", "src"], "--page: there is no index.html"),
    ] {
        let (status, said) = Server::try_start(&options);
        assert!(!status.success() && said.contains(words), "{options:?}: {said}");
    }
}
