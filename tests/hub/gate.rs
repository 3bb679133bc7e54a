//! Who was let in over the socket is shown out, and who was silenced is not heard, as by the programs.

use super::daemon::Daemon;
use super::page::Page;
use mozchat::names::{ThreadName, UserName};
use mozchat::site::Site;
use mozchat::thread::Thread;
use serde_json::{Value, json};
use std::fs;
use std::time::Instant;

fn thread(hub: &Daemon) -> Thread {
    Thread::open(&Site::at(hub.folder.path().into()), ThreadName::new("room").unwrap()).unwrap()
}

/// What a moderator's request does; `act` is mute or ban.
fn silence(hub: &Daemon, act: &str, name: &str) {
    let (thread, name) = (thread(hub), UserName::new(name).unwrap());
    let change = |holders: &mut mozchat::auth::holders::Holders| match act {
        "mute" => holders.mute(&name, true),
        _ => holders.ban(&name, true),
    };
    thread.lock().unwrap().change_holders(|holders| (true, change(holders))).unwrap();
    mozchat::notice::changed(&thread);
}

fn texts(frame: &Value) -> Vec<&str> {
    frame["messages"].as_array().into_iter().flatten().filter_map(|message| message["text"].as_str()).collect()
}

#[test]
fn who_is_muted_is_heard_by_nobody_from_the_next_word_on() {
    let hub = Daemon::start();
    let [(mut ann, _), (mut bob, _), (mut eve, _)] = ["Ann", "Bob", "Eve"].map(|user| hub.join(user));
    assert!(bob.relay("*", "before").get("alert").is_some());
    assert_eq!(texts(&ann.until("messages")), ["before"]);
    silence(&hub, "mute", "Bob");
    // A word that sets out with the moderator's may still be under way.
    let begun = Instant::now();
    while bob.relay("*", "rude")["code"] != "muted" {
        assert!(begun.elapsed() < super::PATIENCE);
    }
    for _ in 0..5 {
        assert_eq!(bob.relay("*", "muted")["code"], "muted");
    }
    eve.relay("*", "the last");
    let mut heard = Vec::new();
    while heard.last().is_none_or(|text| text != "the last") {
        heard.extend(texts(&ann.until("messages")).iter().map(|text| (*text).to_owned()));
    }
    assert!(!heard.contains(&"muted".to_owned()), "{heard:?}");
}

#[test]
fn a_name_that_is_held_or_looks_so_needs_its_cookie() {
    let hub = Daemon::start();
    let until = mozchat::clock::Moment::now().seconds() + 86_400;
    let held =
        json!({ "names": { "Ann": { "held": { "marks": ["00112233445566778899aabbccddeeff"], "until": until } } } });
    fs::write(hub.thread().join("names.json"), held.to_string()).unwrap();
    let mut page = Page::connect(hub.address());
    for name in ["Ann", "ann", "Аnn"] {
        page.say(&json!({ "user": name, "realm": "room", "act": "userHello", "ack": "" }));
        assert_eq!(page.next()["code"], "name-taken", "{name}");
    }
    page.say(&json!({ "user": "Ann\u{200b}", "realm": "room", "act": "userHello", "ack": "" }));
    assert_eq!(page.next()["code"], "bad-user");
    page.hello("Bob", "room", "");
}

#[test]
fn who_is_banned_is_shown_out_and_not_let_in_again() {
    let hub = Daemon::start();
    let [(mut ann, _), (mut bob, _)] = ["Ann", "Bob"].map(|user| hub.join(user));
    silence(&hub, "ban", "Bob");
    assert_eq!(bob.until("code")["code"], "banned");
    assert!(bob.closed().is_some(), "with a word");
    ann.sees_users(&["Ann"]);
    let mut again = Page::connect(hub.address());
    again.say(&json!({ "user": "Bob", "realm": "room", "act": "userHello", "ack": "" }));
    assert_eq!(again.next()["code"], "banned");
}

#[test]
fn a_thread_that_is_closed_sends_everybody_to_its_door() {
    let hub = Daemon::start();
    let (mut ann, _) = hub.join("Ann");
    let ini = fs::read_to_string(hub.thread().join(".ini")).unwrap();
    fs::write(hub.thread().join(".ini"), format!("{ini}[auth]\npassword=secret\n")).unwrap();
    assert!(ann.until("act")["retryMs"].is_u64());
    assert!(ann.closed().is_some());
    let mut again = Page::connect(hub.address());
    again.say(&json!({ "user": "Ann", "realm": "room", "act": "userHello", "ack": "" }));
    assert_eq!(again.next()["code"], "password");
}

#[test]
fn as_many_messages_in_a_minute_as_the_thread_allows_and_no_more() {
    let hub = Daemon::start();
    let ini = fs::read_to_string(hub.thread().join(".ini")).unwrap();
    fs::write(hub.thread().join(".ini"), format!("{ini}maxMessagesPerMinute=5\n")).unwrap();
    let [(mut ann, _), (mut bob, _)] = ["Ann", "Bob"].map(|user| hub.join(user));
    let said: Vec<_> = (0..15).map(|n| bob.relay("*", &n.to_string())).collect();
    let passed = said.iter().filter(|answer| answer.get("alert").is_some()).count();
    // A minute may end in between.
    assert!((5..=10).contains(&passed), "{said:?}");
    assert!(said.iter().any(|answer| answer["code"] == "slow-down"));
    bob.relay("Ann", "the end");
    ann.relay("*", "mine");
    let heard = bob.until("messages");
    assert_eq!(texts(&heard), ["mine"], "the others go on");
    let waiting = hub.mailbox().iter().filter(|message| message["user"] == "Bob").count();
    assert!(waiting <= 10, "{waiting}");
}
