//! Pages of the original over the hub, and the settings that were made for its hub.

use super::daemon::Daemon;
use super::eventually;
use super::page::Page;
use serde_json::{Value, json};
use tungstenite::protocol::frame::coding::CloseCode;

/// A page of the original that is in the thread.
fn old_page(hub: &Daemon, user: &str) -> Page {
    let mut page = Page::connect(hub.address());
    page.say(&json!({ "user": user, "realm": "room", "act": "userHello" }));
    page.find(|frame| frame["users"].as_str().is_some_and(|users| users.split(", ").any(|name| name == user)));
    page
}

#[test]
fn a_second_connection_of_an_old_page_replaces_the_first() {
    let hub = Daemon::start();
    let mut first = old_page(&hub, "Old");
    let (_ann, _) = hub.join("Ann");
    let mut second = old_page(&hub, "Old");
    assert_eq!(first.closed().map(|frame| frame.code), Some(CloseCode::Normal));
    let (mut bob, state) = hub.join("Bob");
    assert_eq!(state["users"], json!(["Ann", "Bob", "Old"]), "nobody has left");
    bob.relay("Old", "hi");
    assert_eq!(second.until("text")["text"], "hi");
}

#[test]
fn a_chat_message_goes_to_all() {
    let hub = Daemon::start();
    let mut old = old_page(&hub, "Old");
    let mut other = old_page(&hub, "Other");
    let (mut ann, _) = hub.join("Ann");
    old.say(&json!({ "user": "Old", "realm": "room", "act": "chatMessage", "text": "hello" }));
    assert_eq!(old.find(|frame| frame["alert"] == "0/0/1").get("error"), None);
    let said = ann.messages().remove(0);
    assert_eq!((&said["user"], &said["text"], &said["type"]), (&json!("Old"), &json!("hello"), &json!("message")));
    assert_eq!(other.until("text")["text"], "hello");
    old.say(&json!({ "user": "Old", "realm": "room", "act": "chatMessage" }));
    assert_eq!(old.until("error")["error"], "Missing TEXT");
}

#[test]
fn what_an_old_page_says_of_a_call_over_both_ways_arrives_once() {
    let hub = Daemon::start();
    let (mut ann, mut bob) = (old_page(&hub, "Ann"), old_page(&hub, "Bob"));
    let call = |act: &str, kind: &str| json!({ "user": "Ann", "realm": "room", "act": act, "target": "Bob", "type": kind, "sid": "abcdefghij", "video": "audio" });
    let say = |page: &mut Page, frame: &Value| {
        page.say(frame);
        page.find(|frame| frame["alert"].as_str().is_some_and(|alert| alert.is_empty() || alert.contains('/')));
    };
    // In both orders, as they may arrive.
    say(&mut ann, &call("relay", "accept"));
    hub.cgi("upload", &call("logNrelay", "accept"));
    hub.cgi("upload", &call("logNrelay", "hang-up"));
    say(&mut ann, &call("relay", "hang-up"));
    say(
        &mut ann,
        &json!({ "user": "Ann", "realm": "room", "act": "relay", "target": "Bob", "type": "message", "text": "end" }),
    );
    let mut types = Vec::new();
    while types.last().is_none_or(|last| last != "message") {
        let frame = bob.find(|frame| frame.get("type").is_some() || frame.get("pack").is_some());
        let messages = frame["pack"].as_array().cloned().unwrap_or_else(|| vec![frame.clone()]);
        types.extend(messages.iter().map(|message| message["type"].as_str().expect("a type").to_owned()));
    }
    assert_eq!(types, ["accept", "hang-up", "message"]);
    let log = std::fs::read_to_string(hub.thread().join("calls.csv")).expect("the log");
    let lines: Vec<_> = log.lines().filter(|line| line.contains(";abcdefghij;")).collect();
    assert!(lines.len() == 1 && lines[0].ends_with(";hang-up"), "{log}");
}

/// The file that the original shipped, but for its ports, with the hub switched on as in its other file.
fn shipped(port: u16, command_port: u16) -> String {
    format!(
        "[common]\nwsOn=10\nwsCommandUri=\"http://localhost:{command_port}\"\n;wsServerUri=\"ws://localhost:8080\"\n\
         wsServerUri=\"wss://myphp:8082\"\n[server]\nwsLocalPort={port}\ncomposerPath=\"/home/alexander/\";\n\
         listenForCommands=\"127.0.0.1\"\nwssCert=\"/opt/lampp/etc/ssl.crt/snakeoil_myphp.pem\"\n\
         wssKey=\"/opt/lampp/etc/ssl.key/snakeoil_myphp_copy.key\"\n[realms]\nvideoStream=\nmediaChat=\nroom=\nmc=\n"
    )
}

#[test]
fn the_file_of_the_originals_hub_starts_ours_behind_the_web_server() {
    let free = || std::net::TcpListener::bind("127.0.0.1:0").and_then(|line| line.local_addr()).expect("a port").port();
    let hub = Daemon::with(&shipped(free(), free()));
    hub.logged("wssCert is not used");
    hub.logged("trustProxy");
    let mut old = old_page(&hub, "Old");
    let settings = hub.cgi("thread", &json!({ "realm": "room" }));
    assert_eq!(settings["hub"], "wss://myphp:8082", "pages are told of it");
    hub.cgi("chat", &json!({ "user": "Eve", "realm": "room", "act": "relay", "target": "Old", "text": "hi" }));
    assert_eq!(old.until("text")["text"], "hi");
    eventually("the empty mailbox", || hub.mailbox().is_empty().then_some(()));
}
