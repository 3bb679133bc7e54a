//! Pages of the original: what they ask for in their own way, and what they can show of an answer (status 200 alone).

use crate::support::{BOUNDARY, Browser, Request, Site, blob, eventually, multipart_type};
use serde_json::{Value, json};

const INI: &str = "[common]\nmediaFolder=media1\nuserStatusFadeS=60\nlongPollPeriodS=1\n";
const FORM: &str = "application/x-www-form-urlencoded";

/// What an old page polls with.
fn old_poll(browser: &Browser, user: &str, more: &[(&str, &str)]) -> crate::support::Answer {
    let fields = [("user", user), ("realm", "room"), ("act", "poll"), ("catCrc", "1234"), ("usersSince", "0")];
    browser.query("poll", &[&fields, more].concat())
}

/// The `json=` of an old page, which is not encoded.
fn json_field(browser: &Browser, object: &Value) -> crate::support::Answer {
    browser.post("upload", FORM, format!("json={object}")).checked()
}

#[test]
fn a_person_at_an_old_page_reads_why_something_is_refused() {
    let site = Site::start();
    let room = site.thread("room", INI);
    let (ann, other) = (site.browser("Ann", "room"), site.browser("Ann", "room"));
    for _ in 0..2 {
        ann.act("users", "online", json!({}));
    }
    let relay =
        json!({ "user": "Ann", "realm": "room", "act": "relay", "target": "*", "type": "message", "text": "x" });
    let answers = || {
        let long = [("user", "Ann"), ("realm", "room"), ("act", "longPoll"), ("catCrc", "1234"), ("myUsersList", "")];
        [
            old_poll(&other, "Ann", &[]),
            other.query("poll", &long),
            other.upload_from_an_old_page("not hers", 500),
            json_field(&other, &relay),
        ]
    };
    for answer in answers() {
        assert_eq!((answer.status, answer.header("Mozchat-Error")), (200, Some("name-taken")), "{answer:?}");
        assert!(answer.error().starts_with("Somebody else has this name here"), "{answer:?}");
        // Where the player's further controls are hidden, so is the line for a poll's errors; alerts stand in the chat.
        assert_eq!(answer.json()["alert"], answer.json()["error"], "{answer:?}");
        assert!(answer.json().get("list").is_none(), "nothing else is told");
    }
    room.write(".ini", format!("{INI}[auth]\npassword=secret\n"));
    for answer in answers() {
        assert_eq!((answer.status, answer.error().as_str()), (200, "This thread is closed; give its password"));
    }
    let new = other.act("poll", "poll", json!({ "catCrc": "", "ack": "" }));
    assert_eq!((new.status, new.header("Mozchat-Error")), (403, Some("password")), "a new page reads the status");
    assert!(room.listed().is_empty());
}

#[test]
fn an_old_page_that_polls_slowly_is_there_until_its_next_poll() {
    let site = Site::start();
    site.thread("room", "[common]\nuserStatusFadeS=1\n");
    let [ann, bob, eve] = ["Ann", "Bob", "Eve"].map(|user| site.browser(user, "room"));
    old_poll(&ann, "Ann", &[("pollFactor", "600")]);
    old_poll(&eve, "Eve", &[("pollFactor", "10")]);
    let users = || bob.poll()["users"].clone();
    eventually("the page that polls every second to fade", || (users() == json!(["Ann", "Bob"])).then_some(()));
}

#[test]
fn the_call_log_says_whether_a_call_has_a_picture() {
    let site = Site::start();
    let room = site.thread("room", INI);
    let bob = site.browser("Bob", "room");
    for (n, (said, logged)) in [("audio", "0"), ("video", "1"), ("1", "1"), ("0", "0"), ("", "0")].iter().enumerate() {
        let sid = format!("call{n}");
        let call = json!({ "user": "Bob", "realm": "room", "act": "logNrelay", "type": "accept", "target": "Ann", "sid": sid, "video": said });
        assert_eq!(json_field(&bob, &call).status, 200);
        let log = room.read("calls.csv");
        let line = log.lines().find(|line| line.contains(&sid)).expect("a line");
        assert_eq!(line.split(';').nth(6), Some(*logged), "{said}: {line}");
    }
}

#[test]
fn the_catalog_may_be_asked_for_where_a_hub_brings_it() {
    let site = Site::start();
    let room = site.thread("room", INI);
    let ann = site.browser("Ann", "room");
    let ask = || json_field(&ann, &json!({ "user": "Ann", "realm": "room", "act": "getCatalog", "pollFactor": 15000 }));
    assert_eq!(ask().error(), "Unappropriate command=getCatalog!");
    let ini = "[common]\nwsOn=1\nwsServerUri=ws://127.0.0.1:1\n[server]\ncommandSecret=s\n";
    std::fs::write(room.file("../ws.ini"), ini).expect("ws.ini");
    assert!(ask().alert().starts_with("hub response:"), "{:?}", ask());
}

#[test]
fn a_poll_removes_what_is_outdated_when_asked_to() {
    let site = Site::start();
    let room = site.thread("room", "[common]\nmediaFolder=media1\nclipLifetimeSec=1\nhideExpired=0\n");
    let ann = site.browser("Ann", "room");
    ann.upload("old", 100);
    let with_clip = old_poll(&ann, "Ann", &[]).json();
    let token = with_clip["catCrc"].as_str().expect("a token").to_owned();
    eventually("the clip to be removed", || {
        let fields = [("user", "Ann"), ("realm", "room"), ("act", "poll"), ("usersSince", "9999999999")];
        let news =
            ann.query("poll", &[fields.as_slice(), &[("catCrc", &token), ("removeExpired", "1")]].concat()).json();
        assert!(news["list"].is_array(), "the catalog comes in any case: {news}");
        (news["list"] == json!([])).then_some(())
    });
    assert!(room.clips().is_empty() && room.listed().is_empty());
}

#[test]
fn download_php_deletes_and_clears_as_upload_php_does() {
    let site = Site::start();
    let room = site.thread("room", &format!("{INI}allowClear=1\n"));
    let (ann, bob) = (site.browser("Ann", "room"), site.browser("Bob", "room"));
    ann.upload("one", 100);
    ann.upload("two", 100);
    let id = room.listed().remove(0);
    let delete = |browser: &Browser, user: &str, id: &str| {
        browser.query("poll", &[("user", user), ("realm", "room"), ("act", "delete"), ("id", id)])
    };
    assert_eq!(delete(&bob, "Bob", &id).error(), "You are not permitted");
    let done = delete(&ann, "Ann", &id).json();
    assert_eq!((&done["alert"], &done["list"][0][7]), (&json!("Clip deleted"), &json!("two")), "{done}");
    assert!(done["free"].is_u64() && done["catCrc"].is_string() && done["timestamp"].is_u64(), "{done}");
    assert_eq!(delete(&ann, "Ann", &id).error(), "No data about this file");
    let clear = [("user", "Ann"), ("realm", "room"), ("act", "clearMedia")];
    assert!(!ann.query("poll", &clear).error().is_empty(), "a link must not clear a thread");
    assert_eq!(room.listed().len(), 1);
    assert_eq!(ann.form("poll", &clear).alert(), "files cleared");
    assert!(room.listed().is_empty());
}

#[test]
fn a_long_poll_without_news_ends_with_the_catalog() {
    let site = Site::start();
    site.thread("room", INI);
    let ann = site.browser("Ann", "room");
    ann.upload("one", 100);
    let first = old_poll(&ann, "Ann", &[]).json();
    let token = first["catCrc"].as_str().expect("a token");
    let fields = [("user", "Ann"), ("realm", "room"), ("act", "longPoll"), ("catCrc", token), ("myUsersList", "Ann")];
    let answer = ann.query("poll", &fields);
    let said = answer.json();
    assert_eq!((answer.status, &said["alert"]), (200, &json!("Catalog refreshed")), "{said}");
    assert_eq!((&said["list"], &said["catCrc"], &said["free"]), (&first["list"], &first["catCrc"], &first["free"]));
    assert!(said["timestamp"].is_u64());
}

#[test]
fn a_line_feed_in_a_message_is_taken_as_it_is() {
    let site = Site::start();
    site.thread("room", INI);
    let (ann, bob) = (site.browser("Ann", "room"), site.browser("Bob", "room"));
    let body = "json={\"user\":\"Ann\",\"realm\":\"room\",\n\"act\":\"relay\",\"target\":\"Bob\",\"type\":\"message\",\"text\":\"one\ntwo\"}";
    assert_eq!(ann.post("upload", FORM, body).checked().alert(), "0/0/1");
    assert_eq!(old_poll(&bob, "Bob", &[]).json()["text"], "one\ntwo");
}

#[test]
fn a_clip_is_taken_whose_part_says_its_file_name_first() {
    let site = Site::start();
    let room = site.thread("room", INI);
    let ann = site.browser("Ann", "room");
    let mut body: Vec<u8> = ann.upload_fields(&[]).iter().fold(Vec::new(), |mut body, (name, value)| {
        body.extend(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
        );
        body
    });
    let head =
        "Content-Disposition: form-data; filename=\"my; name=x.webm\"; name=\"blob\"\r\nContent-Type: audio/webm";
    body.extend(format!("--{BOUNDARY}\r\n{head}\r\n\r\n").bytes());
    body.extend(blob("webm", 1500));
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").bytes());
    let answer = ann.send(Request::new("POST", "cgi-bin/upload.cgi").body(&multipart_type(), body)).checked();
    assert_eq!(answer.alert(), "Server got a record of 2kB");
    assert_eq!(room.listed().len(), 1);
}

#[test]
fn a_browser_that_can_record_nothing_is_reported_to_the_admin() {
    let site = Site::start();
    let room = site.thread("room", INI);
    let ann = site.browser("Ann", "room");
    let fault = [("act", "reportMimeFault"), ("mimesList", "audio/x-odd\nvideo/x-odd")];
    let form = [("user", "Ann"), ("realm", "room")].into_iter().chain(fault);
    let body: String = form
        .flat_map(|(name, value)| {
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                .chars()
                .collect::<Vec<_>>()
        })
        .chain(format!("--{BOUNDARY}--\r\n").chars())
        .collect();
    assert_eq!(ann.post("upload", &multipart_type(), body).status, 204);
    let log = std::fs::read_to_string(room.path().join("error.log")).expect("a log of errors");
    assert!(log.contains("Mime fault: audio/x-odd video/x-odd"), "{log}");
    assert_eq!(log.lines().count(), 1, "{log}");
}
