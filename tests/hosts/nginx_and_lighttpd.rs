//! nginx with fcgiwrap, and lighttpd, with the lines that docs/webservers.md gives: they serve what Apache does, and
//! hide what it hides.

use crate::server::Server;
use crate::support::{Answer, Browser, Folder, Request, blob};
use serde_json::json;
use std::fs;

const INI: &str = "[common]\nmediaFolder=media1\nmaxBlobBytes=9000000\nmaxMediaFolderBytes=90000000\n";

#[test]
fn nginx_serves_what_apache_does() {
    serves_what_apache_does(&Server::nginx(true));
}

#[test]
fn lighttpd_serves_what_apache_does() {
    serves_what_apache_does(&Server::lighttpd(true));
}

#[test]
fn the_same_lines_serve_a_subfolder() {
    for server in [Server::nginx(false), Server::lighttpd(false)] {
        let visitor = Browser::new(server.address, "Ann", "mediaForum");
        assert_eq!(visitor.get("mozchat/").status, 200);
        let asked = "mozchat/cgi-bin/thread.cgi?realm=mediaForum&user=Ann";
        assert_eq!(visitor.get(asked).checked().json()["thread"], "mediaForum");
        assert_eq!(visitor.get("mozchat/threads/mediaForum/").status, 200);
        for hidden in ["threads/mediaForum/.ini", "threads/mediaForum/notify.ini", "cgi-bin/mozchat.ini", ".htaccess"] {
            is_hidden(&visitor, &format!("mozchat/{hidden}"));
        }
    }
}

fn serves_what_apache_does(server: &Server) {
    let site = server.folder.path().join("site");
    let room = Folder::at(site.join("threads/mediaForum"));
    room.write(".ini", INI);
    room.write("../../cgi-bin/mozchat.ini", "threads=\"../threads\"\n");
    let ann = Browser::new(server.address, "Ann", "mediaForum");
    page_and_scripts(&ann);
    programs_and_messages(&ann, server);
    clips(&ann, &room);
    pulse(&ann);
    what_is_nobodys_business(&ann, &room);
    assert!(!server.log().contains("mozchat:"), "{}", server.log());
}

fn page_and_scripts(visitor: &Browser) {
    let page = visitor.get("");
    assert_eq!((page.status, page.header("Content-Type")), (200, Some("text/html; charset=utf-8")));
    let apaches = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/htdocs/.htaccess")).expect(".htaccess");
    for name in ["Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Permissions-Policy"] {
        let value = page.header(name).unwrap_or_else(|| panic!("{name}"));
        assert!(apaches.contains(&format!("{name} \"{value}\"")), "as in .htaccess: {name} {value}");
    }
    let text = String::from_utf8(page.body).expect("UTF-8");
    let named = |beginning: &str| text.split('"').find(|word| word.starts_with(beginning)).expect("a name").to_owned();
    let for_ever = "public, max-age=31536000, immutable";
    for (target, kind, keep) in [
        ("js/first-aid.js".to_owned(), "text/javascript; charset=utf-8", "no-cache"),
        (named("js/main-"), "text/javascript; charset=utf-8", for_ever),
        (named("css/page-"), "text/css; charset=utf-8", for_ever),
    ] {
        let file = visitor.get(&target);
        assert_eq!((file.status, file.header("Content-Type")), (200, Some(kind)), "{target}");
        assert_eq!(file.header("Cache-Control"), Some(keep), "{target}");
    }
}

fn programs_and_messages(ann: &Browser, server: &Server) {
    assert_eq!(ann.query("thread", &[("realm", "mediaForum"), ("user", "Ann")]).json()["thread"], "mediaForum");
    let bob = Browser::new(server.address, "Bob", "mediaForum");
    bob.poll();
    ann.act("chat", "relay", json!({ "target": "Bob", "type": "message", "text": "hi" }));
    assert_eq!(bob.poll()["messages"][0]["text"], "hi");
    assert_eq!(ann.get("cgi-bin/nosuch.cgi").status / 100, 4);
    origins(server);
}

/// A browser says of a page without HTTPS only its origin, with the port.
fn origins(server: &Server) {
    let host = server.address.to_string();
    let body = "realm=mediaForum&user=Zed&act=online";
    for (origin, status) in [(format!("http://{host}"), 200), ("http://127.0.0.1:1".to_owned(), 403)] {
        let request = Request::new("POST", "cgi-bin/users.cgi").at_host(&host).header("Origin", &origin);
        let answer = request.body("application/x-www-form-urlencoded", body).send(server.address);
        assert_eq!(answer.status, status, "{origin}: {answer:?}");
    }
}

/// Three megabytes, so that the server has to keep them somewhere.
fn clips(ann: &Browser, room: &Folder) {
    let clip = blob("webm", 3_000_000);
    assert_eq!(ann.upload_with(&[("description", "long")], &clip).alert(), "Server got a record of 3000kB");
    let target = format!("threads/mediaForum/media1/{}", room.listed()[0]);
    let part = ann.send(Request::new("GET", &target).header("Range", "bytes=1000-1099"));
    assert_eq!((part.status, part.header("Content-Range")), (206, Some("bytes 1000-1099/3000000")));
    assert_eq!(part.body, clip[1000..1100]);
    for (name, value) in [
        ("Content-Type", "video/webm"),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "private, max-age=31536000, immutable"),
        ("Content-Security-Policy", "default-src 'none'; media-src 'self'; sandbox allow-same-origin"),
    ] {
        assert_eq!(part.header(name), Some(value), "{name}");
    }
}

/// Each of many changes in a second is seen, also by who asks with the tag of the last one.
fn pulse(ann: &Browser) {
    let mut last: Option<Answer> = None;
    for _ in 0..5 {
        ann.act("chat", "relay", json!({ "target": "*", "type": "message" }));
        let tag = last.as_ref().and_then(|answer| answer.header("ETag"));
        let request = Request::new("GET", "threads/mediaForum/pulse.json");
        let answer = ann.send(if let Some(tag) = tag { request.header("If-None-Match", tag) } else { request });
        assert_eq!((answer.status, answer.header("Cache-Control")), (200, Some("no-cache")));
        assert_ne!(last.map(|last| last.json()), Some(answer.json()), "a pulse that has beaten");
        last = Some(answer);
    }
}

fn what_is_nobodys_business(ann: &Browser, room: &Folder) {
    let names: Vec<_> = fs::read_dir(room.path()).expect("the thread").map(|entry| entry.expect("one")).collect();
    let files = names.iter().filter(|entry| entry.path().is_file()).map(|entry| entry.file_name());
    let files: Vec<_> = files.map(|name| name.to_string_lossy().into_owned()).collect();
    for known in ["catalog.json", "messages.json", ".lock", ".htaccess", ".ini", "notify.ini", "names.json"] {
        assert!(files.iter().any(|file| file == known), "{known} in {files:?}");
    }
    for file in files.iter().filter(|file| !["index.html", "pulse.json"].contains(&file.as_str())) {
        is_hidden(ann, &format!("threads/mediaForum/{file}"));
    }
    fs::write(room.file("media1/x.cgi"), "#!/bin/sh\n").expect("a file");
    fs::write(room.file("media1/.upload-1.webm"), "x").expect("a file");
    for hidden in [
        "threads/",
        "threads/example.ini",
        "threads/mediaForum/media1/",
        "threads/mediaForum/media1/x.cgi",
        "threads/mediaForum/media1/.upload-1.webm",
        "threads/mediaForum/outgoing/x.json",
        "cgi-bin/",
        "cgi-bin/mozchat.ini",
        "cgi-bin/mozchat.example.ini",
        "cgi-bin/.htaccess",
        ".htaccess",
        "threads/.htaccess",
        "threads/mediaForum/%2eini",
        "threads//mediaForum/.ini",
        "threads/mediaForum/x/../catalog.json",
    ] {
        is_hidden(ann, hidden);
    }
}

fn is_hidden(visitor: &Browser, target: &str) {
    let status = visitor.get(target).status;
    assert!(matches!(status, 403 | 404), "{target}: {status}");
}
