//! A clock that jumps: set back an hour, forward a year and back again. The programs are built as for a test, and see
//! the time that libfaketime shows them; the files keep the times that the kernel gives them, so the two disagree.

use crate::programs::{Request, is_done};
use crate::room::Room;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Debian's package libfaketime.
fn library() -> PathBuf {
    let places =
        ["x86_64", "aarch64"].map(|machine| format!("/usr/lib/{machine}-linux-gnu/faketime/libfaketimeMT.so.1"));
    let found = places.iter().map(Path::new).find(|place| place.exists());
    found.expect("libfaketime is installed (scripts/test does that)").to_owned()
}

struct Time<'r> {
    room: &'r mut Room,
    shift: &'static str,
}

impl Time<'_> {
    fn ask(&mut self, user: &str, request: &Request) -> Value {
        let program = match request.program {
            "upload" => env!("CARGO_BIN_EXE_upload"),
            "chat" => env!("CARGO_BIN_EXE_chat"),
            "poll" => env!("CARGO_BIN_EXE_poll"),
            "users" => env!("CARGO_BIN_EXE_users"),
            "delete" => env!("CARGO_BIN_EXE_delete"),
            other => panic!("{other}"),
        };
        let library = library();
        let library = library.to_str().expect("UTF-8");
        let variables = [
            ("LD_PRELOAD", library),
            ("FAKETIME", self.shift),
            ("NO_FAKE_STAT", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ];
        let said = request.run_as(Command::new(program), &self.room.threads(), &variables);
        let answer = said.answer.unwrap_or_else(|| panic!("{}: {}", request.program, said.complaints));
        assert!(
            is_done(&answer),
            "{user} {} at {}: {}",
            request.program,
            self.shift,
            String::from_utf8_lossy(&answer.body)
        );
        self.room.keep_cookies(user, &answer);
        answer.json()
    }

    fn act(&mut self, user: &str, program: &'static str, act: &str, more: &Value) -> Value {
        let request = self.room.request(user, program, act, more);
        self.ask(user, &request)
    }

    fn upload(&mut self, user: &str, description: &str) -> String {
        let request = self.room.upload(user, description);
        self.ask(user, &request)["id"].as_str().expect("an id").to_owned()
    }

    fn say(&mut self, text: &str) {
        self.act("Ann", "chat", "relay", &json!({ "target": "Bob", "type": "message", "text": text }));
    }

    fn poll(&mut self, user: &str, catalog: &Value) -> Value {
        self.act(user, "poll", "poll", &json!({ "catCrc": catalog, "ack": "" }))
    }
}

fn descriptions(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().map(|row| row[7].as_str().expect("a description")).collect()
}

fn texts(news: &Value) -> Vec<&str> {
    news["messages"].as_array().into_iter().flatten().filter_map(|message| message["text"].as_str()).collect()
}

#[test]
fn a_clock_that_is_set_back_or_forward_loses_nothing_that_is_not_outdated_and_shows_nobody_who_is_gone() {
    let mut room = Room::new("clipLifetimeSec=7200\nmessageLifetimeSec=7200\n");
    let mut time = Time { room: &mut room, shift: "+0" };
    for _ in 0..2 {
        time.act("Ann", "users", "online", &json!({}));
    }
    time.upload("Ann", "first");
    time.say("one");
    let before = time.poll("Bob", &json!(""));

    time.shift = "-3600";
    let seen = time.poll("Bob", &before["catCrc"]);
    assert!(seen.get("list").is_none(), "no new clip, no new list: {seen}");
    assert_eq!(texts(&seen), ["one"]);
    time.upload("Ann", "second");
    time.say("two");
    let seen = time.poll("Bob", &before["catCrc"]);
    assert_eq!((descriptions(&seen["list"]), texts(&seen)), (vec!["first", "second"], vec!["one", "two"]));
    assert_ne!(seen["pulse"], before["pulse"], "pages notice");
    assert_eq!(
        time.act("Cy", "users", "online", &json!({}))["users"],
        json!(["Bob", "Cy"]),
        "Ann was here in another time"
    );

    time.shift = "+366d";
    // What is outdated by now has gone; the name is free, and taken anew.
    let seen = time.poll("Bob", &json!(""));
    assert_eq!((descriptions(&seen["list"]), texts(&seen)), (vec![], vec![]));
    time.upload("Ann", "third");
    time.say("three");
    let seen = time.poll("Bob", &json!(""));
    assert_eq!((descriptions(&seen["list"]), texts(&seen)), (vec!["third"], vec!["three"]));

    time.shift = "+0";
    let seen = time.poll("Bob", &json!(""));
    assert_eq!(
        (descriptions(&seen["list"]), texts(&seen)),
        (vec!["third"], vec!["three"]),
        "they last a little longer"
    );
    assert_eq!(seen["users"], json!(["Bob"]), "who was here in a year is not");
    time.upload("Ann", "fourth");
    let after = time.poll("Bob", &seen["catCrc"]);
    assert_eq!(descriptions(&after["list"]), ["third", "fourth"]);
    assert_ne!(after["pulse"]["clips"], seen["pulse"]["clips"], "pages notice");
    let left: Vec<_> = room.names("").into_iter().filter(|name| name.ends_with(".tmp")).collect();
    assert!(left.is_empty(), "{left:?}");
}
