//! Messages, presence, and the pulse that tells pages of them.

use crate::support::{Answer, Browser, Request, Site, eventually};
use serde_json::{Value, json};

const INI: &str = "[common]\nuserStatusFadeS=60\n";

/// The texts of the messages in a new page's poll that says what it has.
fn polled(browser: &Browser, ack: &str) -> (Vec<String>, String) {
    let news = browser.act("poll", "poll", json!({ "catCrc": "", "ack": ack })).json();
    let messages = news["messages"].as_array().cloned().unwrap_or_default();
    let column = |name: &str| messages.iter().map(|m| m[name].as_str().expect(name).to_owned()).collect::<Vec<_>>();
    (column("text"), column("id").join(","))
}

/// The text in an old page's poll, which takes it away.
fn taken(browser: &Browser) -> Value {
    browser.act("poll", "poll", json!({ "catCrc": "" })).json()["text"].clone()
}

fn say(browser: &Browser, target: &str, text: &str) {
    browser.act("chat", "relay", json!({ "target": target, "type": "message", "text": text })).alert();
}

#[test]
fn a_message_comes_again_until_the_page_says_that_it_has_it() {
    let site = Site::start();
    site.thread("room", INI);
    let (ann, bob) = (site.browser("Ann", "room"), site.browser("Bob", "room"));
    say(&ann, "Bob", "one");
    say(&ann, "Bob", "two");
    let (texts, ids) = polled(&bob, "");
    assert_eq!(texts, ["one", "two"]);
    assert_eq!(polled(&bob, "").0, ["one", "two"], "the answer may have been lost");
    let first = ids.split(',').next().expect("an id").to_owned();
    assert_eq!(polled(&bob, &first).0, ["two"]);
    assert_eq!(polled(&bob, &ids).0, Vec::<String>::new());
    assert_eq!(polled(&ann, "").0, Vec::<String>::new(), "nobody else's");
}

/// What the page says of an answer when it asks for the next.
fn seen(answer: &Value) -> String {
    let (pulse, me) = (&answer["pulse"], answer["me"].as_str().expect("me"));
    let mine = pulse["to"][me].as_u64().unwrap_or(0);
    let [clips, users, all] = ["clips", "users", "all"].map(|name| pulse[name].as_u64().expect(name));
    format!("{clips}.{users}.{all}.{mine}")
}

#[test]
fn a_page_that_says_what_it_has_seen_gets_what_came_since_and_nothing_else() {
    let site = Site::start();
    site.thread("room", INI);
    let (ann, bob) = (site.browser("Ann", "room"), site.browser("Bob", "room"));
    ann.act("users", "online", json!({}));
    let poll =
        |seen: &str, token: &Value| bob.act("poll", "poll", json!({ "catCrc": token, "ack": "", "seen": seen })).json();
    say(&ann, "Bob", "one");
    say(&ann, "*", "all");
    let first = bob.poll();
    let (token, had) = (&first["catCrc"], seen(&first));
    assert_eq!((first["messages"].as_array().map(Vec::len), &first["users"]), (Some(2), &json!(["Ann", "Bob"])));
    let nothing = poll(&had, token);
    let members: Vec<_> = nothing.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(members, ["me", "pulse", "timestamp"], "{nothing}");
    assert_eq!(seen(&nothing), had);

    say(&ann, "Eve", "not for Bob");
    assert_eq!(poll(&had, token)["messages"], Value::Null, "another's mail");
    for (target, text) in [("Bob", "two"), ("*", "all again")] {
        let before = poll(&had, token);
        say(&ann, target, text);
        let after = poll(&seen(&before), token);
        let texts = after["messages"].as_array().expect("messages");
        assert_eq!(texts.last().map(|message| &message["text"]), Some(&json!(text)));
        assert!(texts.iter().any(|message| message["text"] == "one"), "it was not acknowledged");
    }
    site.browser("Cleo", "room").act("users", "online", json!({}));
    assert_eq!(poll(&had, token)["users"], json!(["Ann", "Bob", "Cleo"]));
    ann.upload("new", 100);
    assert_eq!(poll(&had, token)["list"][0][7], "new");
    assert_eq!(polled(&bob, "").0, ["one", "all", "two", "all again"], "a page that was opened anew has seen nothing");
}

#[test]
fn a_page_that_has_seen_the_users_hears_of_one_who_fades() {
    let site = Site::start();
    site.thread("room", "[common]\nuserStatusFadeS=2\n");
    let bob = site.browser("Bob", "room");
    // An old page, which fades soon.
    site.browser("Ann", "room").query("poll", &[("user", "Ann"), ("realm", "room"), ("act", "poll")]);
    let first = bob.poll();
    assert_eq!(first["users"], json!(["Ann", "Bob"]));
    let fields = json!({ "catCrc": first["catCrc"], "ack": "", "seen": seen(&first) });
    eventually("Ann to fade", || {
        let users = bob.act("poll", "poll", fields.clone()).json()["users"].clone();
        (users == json!(["Bob"])).then_some(())
    });
}

#[test]
fn nobody_settles_anothers_message() {
    let site = Site::start();
    site.thread("room", INI);
    let (ann, bob, eve) = (site.browser("Ann", "room"), site.browser("Bob", "room"), site.browser("Eve", "room"));
    say(&ann, "Bob", "secret");
    let (_, ids) = polled(&bob, "");
    polled(&eve, &ids);
    assert_eq!(polled(&bob, "").0, ["secret"]);
}

#[test]
fn an_old_page_takes_its_messages_at_once() {
    let site = Site::start();
    site.thread("room", INI);
    let (ann, bob) = (site.browser("Ann", "room"), site.browser("Bob", "room"));
    say(&ann, "Bob", "one");
    assert_eq!((taken(&bob), taken(&bob)), (json!("one"), Value::Null));
}

#[test]
fn a_message_to_all_reaches_every_user_once_and_not_its_author() {
    let site = Site::start();
    site.thread("room", INI);
    let ann = site.browser("Ann", "room");
    say(&ann, "*", "hello");
    let (bob, eve, dan) = (site.browser("Bob", "room"), site.browser("Eve", "room"), site.browser("Dan", "room"));
    let (texts, ids) = polled(&bob, "");
    assert_eq!(texts, ["hello"]);
    assert_eq!(polled(&bob, &ids).0, Vec::<String>::new());
    assert_eq!(polled(&eve, "").0, ["hello"]);
    assert_eq!((taken(&dan), taken(&dan)), (json!("hello"), Value::Null), "an old page too");
    assert_eq!(polled(&ann, "").0, Vec::<String>::new());
}

#[test]
fn a_message_that_nobody_took_in_time_is_not_delivered() {
    let site = Site::start();
    site.thread("room", "[common]\nmessageLifetimeSec=4\n");
    let (ann, bob) = (site.browser("Ann", "room"), site.browser("Bob", "room"));
    say(&ann, "Bob", "old");
    assert_eq!(polled(&bob, "").0, ["old"]);
    eventually("the message to expire", || polled(&bob, "").0.is_empty().then_some(()));
}

#[test]
fn many_messages_at_once_all_arrive_in_their_senders_order() {
    let site = Site::start();
    site.thread("room", INI);
    let bob = site.browser("Bob", "room");
    std::thread::scope(|scope| {
        for sender in 0..8 {
            let ann = site.browser(&format!("Ann{sender}"), "room");
            scope.spawn(move || (0..5).for_each(|n| say(&ann, "Bob", &format!("{sender} {n}"))));
        }
    });
    let (texts, _) = polled(&bob, "");
    assert_eq!(texts.len(), 40);
    for sender in 0..8 {
        let own: Vec<_> = texts.iter().filter_map(|text| text.strip_prefix(&format!("{sender} "))).collect();
        assert_eq!(own, ["0", "1", "2", "3", "4"]);
    }
}

#[test]
fn a_call_is_written_into_the_call_log() {
    let site = Site::start();
    let room = site.thread("room", INI);
    let (ann, bob) = (site.browser("Ann", "room"), site.browser("Bob", "room"));
    let call = |browser: &Browser, target: &str, kind: &str| {
        browser.act("chat", "logNrelay", json!({ "target": target, "type": kind, "sid": "abcdefghij" })).json()
    };
    assert_eq!(call(&bob, "Ann", "accept"), "0/0/1");
    call(&ann, "Bob", "hang-up");
    let log = room.read("calls.csv");
    let fields: Vec<_> = log.lines().last().expect("a line").split(';').collect();
    assert_eq!((fields.len(), fields[7]), (10, "abcdefghij"), "{log}");
    assert_eq!(log.lines().filter(|line| line.contains("abcdefghij")).count(), 1, "{log}");
}

#[test]
fn a_call_that_is_given_up_before_it_has_an_id_is_told_and_not_logged() {
    let site = Site::start();
    let room = site.thread("room", INI);
    let (ann, bob) = (site.browser("Ann", "room"), site.browser("Bob", "room"));
    let given_up = ann.act("chat", "logNrelay", json!({ "target": "Bob", "type": "hang-up", "sid": "" }));
    assert_eq!(given_up.status, 200);
    let heard = bob.act("poll", "poll", json!({ "ack": "" })).json();
    assert_eq!(heard["messages"][0]["type"], "hang-up", "{heard}");
    assert!(!room.path().join("calls.csv").exists(), "nothing is logged");
}

/// The pulse as a page fetches it: only if it differs from the one that it has.
fn pulse(browser: &Browser, tag: &str) -> Answer {
    browser.send(Request::new("GET", "threads/room/pulse.json").header("If-None-Match", tag))
}

fn tag_of(answer: &Answer) -> String {
    answer.header("ETag").expect("a tag").to_owned()
}

#[test]
fn an_unchanged_pulse_is_answered_with_304_by_apache_alone() {
    let site = Site::start();
    site.thread("room", INI);
    let ann = site.browser("Ann", "room");
    assert_eq!(pulse(&ann, "").status, 404, "nobody was here yet");
    ann.act("users", "online", json!({}));
    let first = pulse(&ann, "");
    assert_eq!((first.status, first.header("Content-Type")), (200, Some("application/json; charset=utf-8")));
    assert_eq!(first.header("Cache-Control"), Some("no-cache"));
    for _ in 0..20 {
        let again = pulse(&ann, &tag_of(&first));
        assert_eq!((again.status, again.body.len()), (304, 0));
        // Renewing one's presence changes nothing for others.
        ann.act("users", "online", json!({}));
    }
}

#[test]
fn every_change_gives_the_pulse_another_tag_however_fast_they_come() {
    let site = Site::start();
    site.thread("room", INI);
    let (ann, bob) = (site.browser("Ann", "room"), site.browser("Bob", "room"));
    ann.act("users", "online", json!({}));
    let mut tags = vec![tag_of(&pulse(&ann, ""))];
    for _ in 0..10 {
        say(&ann, "Bob", "x");
        tags.push(tag_of(&pulse(&ann, "")));
        say(&bob, "Ann", "y");
        tags.push(tag_of(&pulse(&ann, "")));
    }
    // A page may see a change with a weak tag, and a later one with a strong one.
    let mut bare: Vec<_> = tags.iter().map(|tag| tag.trim_start_matches("W/")).collect();
    bare.sort_unstable();
    bare.dedup();
    assert_eq!(bare.len(), 21, "{tags:?}");
}

#[test]
fn each_kind_of_news_changes_its_own_counter_and_no_other() {
    let site = Site::start();
    site.thread("room", INI);
    let (ann, bob) = (site.browser("Ann", "room"), site.browser("Bob", "room"));
    let me =
        |browser: &Browser| browser.act("users", "online", json!({})).json()["me"].as_str().expect("me").to_owned();
    let (ann_key, bob_key) = (me(&ann), me(&bob));
    assert_ne!(ann_key, bob_key);
    let look = || pulse(&ann, "").json();
    let changed = |before: &Value, after: &Value| {
        ["clips", "users", "all"].into_iter().filter(|name| before[name] != after[name]).collect::<Vec<_>>()
    };

    let idle = look();
    assert_eq!(idle["to"], json!({}), "no mail, no key");
    say(&ann, "Bob", "hi");
    let mail = look();
    let woken: Vec<_> = mail["to"].as_object().expect("to").keys().collect();
    assert_eq!((changed(&idle, &mail), woken), (vec![], vec![&bob_key]));
    assert!(!mail.to_string().contains("Bob"), "names are nobody's business");
    say(&ann, "Bob", "there?");
    let more = look();
    assert_ne!(mail["to"][&bob_key], more["to"][&bob_key]);
    let (_, ids) = polled(&bob, "");
    polled(&bob, &ids);
    assert_eq!(look(), more, "reading one's mail is no news");

    say(&ann, "*", "all");
    let all = look();
    assert_eq!((changed(&more, &all), &all["to"]), (vec!["all"], &more["to"]));
    ann.upload("", 100);
    let clip = look();
    assert_eq!(changed(&all, &clip), ["clips"]);
    site.browser("Eve", "room").act("users", "online", json!({}));
    let come = look();
    assert_eq!(changed(&clip, &come), ["users"]);
    let left = site.browser("Eve", "room").act("users", "bye", json!({})).json();
    assert_eq!((changed(&come, &look()), left["users"].clone()), (vec!["users"], json!(["Ann", "Bob"])));
    assert_eq!(left["pulse"], look(), "users.cgi repeats the pulse");
}

#[test]
fn someone_who_only_looks_who_is_there_is_not_there() {
    let site = Site::start();
    site.thread("room", INI);
    let ann = site.browser("Ann", "room");
    let list = || ann.query("users", &[("realm", "room"), ("act", "list")]).json();
    assert_eq!(list()["users"], json!([]));
    ann.act("users", "online", json!({}));
    assert_eq!((list()["users"].clone(), list()["me"].clone()), (json!(["Ann"]), Value::Null));
}

#[test]
fn a_page_that_closes_says_goodbye_with_a_beacon() {
    let site = Site::start();
    site.thread("room", INI);
    let ann = site.browser("Ann", "room");
    ann.act("users", "online", json!({}));
    let beacon = json!({ "user": "Ann", "realm": "room", "act": "bye" }).to_string();
    let answer = ann.post("users", "text/plain;charset=UTF-8", beacon).checked();
    assert_eq!(answer.json()["users"], json!([]));
}

#[test]
fn what_a_page_asked_for_before_its_goodbye_does_not_bring_its_user_back() {
    let site = Site::start();
    site.thread("room", INI);
    let bob = site.browser("Bob", "room");
    let there = |program: &str, act: &str, visit: &str| {
        bob.act(program, act, json!({ "ack": "", "catCrc": "", "visit": visit }));
        bob.query("users", &[("realm", "room"), ("act", "list")]).json()["users"] == json!(["Bob"])
    };
    assert!(there("users", "online", "first-visit"));
    assert!(!there("users", "bye", "first-visit"));
    // Each of them was on its way when the page was closed.
    assert!(!there("poll", "poll", "first-visit") && !there("users", "online", "first-visit"));
    assert!(!there("poll", "longPoll", "first-visit"), "and it does not wait");
    assert!(there("poll", "poll", "second-visit"), "the page is opened again");
    assert!(!there("users", "bye", "second-visit"));
    assert!(there("poll", "poll", "?") && there("users", "online", ""), "what is no name of a visit is passed over");
    assert!(
        !there("users", "bye", "never-seen-before") && !there("poll", "poll", "never-seen-before"),
        "it came first"
    );
}
