//! The hub, as pages, programs and admins meet it: the real daemon, the real CGI programs, another make's client.
#![cfg(feature = "server")]

#[path = "hub/daemon.rs"]
mod daemon;
#[path = "hub/page.rs"]
mod page;
#[path = "apache/support/patience.rs"]
mod patience;

use daemon::Daemon;
use page::Page;
use patience::{PATIENCE, eventually};
use serde_json::{Map, Value, json};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

#[test]
fn a_page_that_says_hello_is_online_for_pages_and_programs_alike() {
    let hub = Daemon::start();
    let (mut ann, state) = hub.join("Ann");
    assert_eq!(state["users"], json!(["Ann"]));
    assert_eq!((state["list"].clone(), state["free"].clone()), (json!([]), json!(10_000_000)));
    assert!(state["pulse"]["users"].as_u64() > Some(0) && state["timestamp"].is_u64(), "{state}");
    let (bob, state) = hub.join("Bob");
    assert_eq!(state["users"], json!(["Ann", "Bob"]));
    ann.sees_users(&["Ann", "Bob"]);
    let poll = json!({ "user": "Eve", "realm": "room", "act": "poll", "catCrc": "", "ack": "" });
    assert_eq!(hub.cgi("poll", &poll)["users"], json!(["Ann", "Bob", "Eve"]));
    ann.sees_users(&["Ann", "Bob", "Eve"]);
    let mut bob = bob;
    bob.say(&json!({ "act": "bye" }));
    ann.sees_users(&["Ann", "Eve"]);
}

#[test]
fn a_clip_that_a_program_stores_or_deletes_is_shown_to_all_at_once() {
    let hub = Daemon::start();
    let (mut ann, state) = hub.join("Ann");
    let (mut bob, _) = hub.join("Bob");
    let begun = Instant::now();
    assert_eq!(hub.upload("Eve", 1500)["alert"], "Server got a record of 2kB");
    for page in [&mut ann, &mut bob] {
        let news = page.until("list");
        assert_eq!((news["list"][0][1].clone(), news["free"].clone()), (json!("Eve"), json!(10_000_000 - 1500)));
        assert_ne!(news["pulse"]["clips"], state["pulse"]["clips"]);
        assert_ne!(news["catCrc"], state["catCrc"]);
    }
    println!("upload.cgi to both pages: {:?}", begun.elapsed());
}

#[test]
fn a_page_that_comes_back_gets_only_what_it_does_not_have() {
    let hub = Daemon::start();
    let (mut ann, state) = hub.join("Ann");
    let hello = |has: &serde_json::Value| json!({ "user": "Ann", "realm": "room", "act": "userHello", "ack": "", "catCrc": has });
    ann.say(&hello(&state["catCrc"]));
    assert!(ann.until("me").get("list").is_none());
    drop(ann);
    hub.upload("Eve", 100);
    let mut ann = Page::connect(hub.address());
    ann.say(&hello(&state["catCrc"]));
    assert_eq!(ann.until("me")["list"].as_array().unwrap().len(), 1);
}

#[test]
fn a_message_goes_to_its_target_and_one_to_all_goes_to_all_but_its_author() {
    let hub = Daemon::start();
    let [(mut ann, _), (mut bob, _), (mut eve, _)] = ["Ann", "Bob", "Eve"].map(|user| hub.join(user));
    assert_eq!(ann.relay("Bob", "for Bob")["alert"], "0/0/1");
    ann.relay("*", "for all");
    let texts = |page: &mut Page, most: usize| {
        let mut texts = Vec::new();
        while texts.len() < most {
            texts.extend(page.messages().iter().map(|message| message["text"].as_str().unwrap().to_owned()));
        }
        texts
    };
    assert_eq!(texts(&mut bob, 2), ["for Bob", "for all"]);
    assert_eq!(texts(&mut eve, 1), ["for all"]);
    eve.relay("Ann", "to Ann");
    assert_eq!(texts(&mut ann, 1), ["to Ann"], "nobody gets what is by himself");
}

#[test]
fn a_message_from_a_program_is_pushed_with_the_pulse_of_its_reader_alone() {
    let hub = Daemon::start();
    let (mut ann, state) = hub.join("Ann");
    let message = |to: &str| json!({ "user": "Eve", "realm": "room", "act": "relay", "target": to, "type": "message" });
    hub.cgi("chat", &message("Bob"));
    hub.cgi("chat", &message("Ann"));
    let news = ann.until("messages");
    assert_eq!(news["messages"][0]["user"], "Eve");
    let to = news["pulse"]["to"].as_object().unwrap();
    assert_eq!(to.keys().collect::<Vec<_>>(), [state["me"].as_str().unwrap()], "not that Bob has mail");
}

#[test]
fn a_message_stays_until_its_reader_says_that_it_has_it() {
    let mut hub = Daemon::start();
    let (mut ann, _) = hub.join("Ann");
    let (mut bob, _) = hub.join("Bob");
    ann.relay("Bob", "hello");
    let id = bob.messages()[0]["id"].as_str().unwrap().to_owned();
    drop(bob);
    let (_, state) = hub.join("Bob");
    assert_eq!(state["messages"][0]["id"], *id, "pushed again");
    hub.kill();
    hub.restart();
    let state = { Page::connect(hub.address()).hello("Bob", "room", "") };
    assert_eq!(state["messages"][0]["id"], *id, "not lost with the hub");
    let mut bob = Page::connect(hub.address());
    assert!(bob.hello("Bob", "room", &id).get("messages").is_none(), "the hello says that Bob has it");
    eventually("the empty mailbox", || hub.mailbox().is_empty().then_some(()));
}

#[test]
fn an_acknowledgement_over_the_socket_empties_the_mailbox() {
    let hub = Daemon::start();
    let (mut ann, _) = hub.join("Ann");
    let (mut bob, _) = hub.join("Bob");
    ann.relay("Bob", "1");
    ann.relay("Bob", "2");
    let mut ids = Vec::new();
    while ids.len() < 2 {
        ids.extend(bob.messages().iter().map(|message| message["id"].as_str().unwrap().to_owned()));
    }
    bob.ack(&[&ids[0]]);
    eventually("one message left", || (hub.mailbox().len() == 1).then_some(()));
    assert_eq!(hub.mailbox()[0]["messageId"], *ids[1]);
}

#[test]
fn a_hub_that_is_killed_in_the_middle_of_a_conversation_loses_nothing_that_it_confirmed() {
    let mut hub = Daemon::start();
    let (mut ann, _) = hub.join("Ann");
    let (mut bob, _) = hub.join("Bob");
    for n in 0..20 {
        ann.relay("Bob", &n.to_string());
    }
    bob.messages();
    hub.kill();
    // Meanwhile the pages poll.
    let poll = json!({ "user": "Ann", "realm": "room", "act": "relay", "target": "Bob", "text": "20" });
    hub.cgi("chat", &poll);
    hub.restart();
    let state = Page::connect(hub.address()).hello("Bob", "room", "");
    let texts: Vec<_> = state["messages"].as_array().unwrap().iter().map(|m| m["text"].as_str().unwrap()).collect();
    assert_eq!(texts, (0..=20).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[test]
fn calls_are_logged_as_by_the_program() {
    let hub = Daemon::start();
    let (mut ann, _) = hub.join("Ann");
    let (mut bob, _) = hub.join("Bob");
    ann.say(&json!({ "act": "logNrelay", "type": "invite", "target": "Bob", "sid": "s1", "rid": 1 }));
    assert_eq!(ann.until("rid"), json!({ "alert": "0/0/1", "rid": 1 }));
    assert_eq!(bob.messages()[0]["type"], "invite");
    bob.say(&json!({ "act": "logNrelay", "type": "accept", "target": "Ann", "sid": "s1", "rid": 2 }));
    bob.until("rid");
    bob.say(&json!({ "act": "stay", "sid": "s1", "rid": 3 }));
    assert_eq!(bob.until("rid"), json!({ "rid": 3 }));
    let log = std::fs::read_to_string(hub.thread().join("calls.csv")).unwrap();
    assert!(log.contains("Ann;127.0.0.1;Bob;127.0.0.1;") && log.contains(";s1;"), "{log}");
}

#[test]
fn an_old_page_gets_what_its_polls_would_have_answered() {
    let hub = Daemon::start();
    let mut old = Page::connect(hub.address());
    old.say(&json!({ "user": "Old", "realm": "room", "act": "userHello" }));
    assert_eq!(old.next(), json!({ "alert": "Welcome, Old !" }));
    let lists = old.until("users");
    assert_eq!((lists["users"].clone(), lists["list"].clone()), (json!("Old"), json!([])));
    let (mut ann, _) = hub.join("Ann");
    assert_eq!(old.until("users")["users"], "Ann, Old");
    ann.relay("Old", "hi");
    assert_eq!(old.until("text")["user"], "Ann");
    eventually("the empty mailbox", || hub.mailbox().is_empty().then_some(()));
    old.say(&json!({ "user": "Old", "realm": "room", "act": "echo" }));
    assert_eq!(old.until("alert"), json!({ "alert": "echo reply" }));
    old.say(&json!({ "user": "Old", "realm": "room", "act": "relay", "target": "Ann", "text": "hi" }));
    assert_eq!(ann.messages()[0]["user"], "Old");
}

#[test]
fn who_vanishes_is_gone_after_a_while_and_who_comes_back_at_once_never_was() {
    let hub = Daemon::start();
    let (mut ann, _) = hub.join("Ann");
    let (bob, _) = hub.join("Bob");
    ann.sees_users(&["Ann", "Bob"]);
    drop(bob);
    let (bob, _) = hub.join("Bob");
    let (second, _) = hub.join("Bob");
    drop(second);
    let (eve, _) = hub.join("Eve");
    let users = ann.until("users");
    assert_eq!(users["users"], json!(["Ann", "Bob", "Eve"]), "Bob never went");
    drop(eve);
    assert_eq!(ann.until("users")["users"], json!(["Ann", "Bob"]));
    drop(bob);
}

#[test]
fn who_leaves_with_one_page_is_still_there_with_another() {
    let hub = Daemon::start();
    let (_ann, _) = hub.join("Ann");
    let (mut bob, _) = hub.join("Bob");
    let begun = Instant::now();
    // Her other page polls, and is closed.
    hub.cgi("users", &json!({ "user": "Ann", "realm": "room", "act": "bye" }));
    bob.sees_users(&["Bob"]);
    bob.sees_users(&["Ann", "Bob"]);
    assert!(begun.elapsed() < Duration::from_secs(8), "not only when everybody's presence is renewed");
}

#[path = "hub/abuse.rs"]
mod abuse;
#[path = "hub/admin.rs"]
mod admin;
#[path = "hub/gate.rs"]
mod gate;
#[path = "hub/old_pages.rs"]
mod old_pages;
#[path = "hub/serve.rs"]
mod serve;

#[test]
fn in_a_crowd_pages_know_at_once_who_joins_and_leaves_and_programs_a_moment_later() {
    let hub = Daemon::start();
    let until = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + 100;
    let crowd: Map<_, _> = (100..400).map(|n| (format!("u{n}"), json!([until, "::1"]))).collect();
    std::fs::write(hub.thread().join("users.json"), json!({ "online": crowd }).to_string()).unwrap();
    let count = |frame: &Value| frame["users"].as_array().unwrap().len();
    let (mut ann, state) = hub.join("Ann");
    assert_eq!(count(&state), 301);
    let joined = ["Bob", "Cat", "Dan"].map(|name| hub.join(name));
    assert_eq!(joined.each_ref().map(|(_, state)| count(state)), [302, 303, 304]);
    let known = || hub.cgi("poll", &json!({ "user": "u100", "realm": "room", "act": "poll", "ack": "" }));
    eventually("programs to know who has joined", || (count(&known()) == 304).then_some(()));
    let (mut eve, _) = hub.join("Eve");
    eve.say(&json!({ "act": "bye" }));
    for (mut page, _) in joined {
        page.say(&json!({ "act": "bye" }));
    }
    ann.find(|frame| frame["users"].is_array() && count(frame) == 301);
    eventually("programs to know who has left", || (count(&known()) == 301).then_some(()));
}
