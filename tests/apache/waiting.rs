//! `longPoll`: waits for news without costing anything.

use crate::support::{Browser, Process, Site, now};
use fs2::FileExt;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// What an old page that has seen everything asks.
fn wait_for_news(browser: &Browser, more: Value) -> crate::support::Answer {
    let mut fields = json!({ "catSince": "9999999999", "usersSince": "9999999999" });
    fields.as_object_mut().expect("fields").extend(more.as_object().cloned().expect("fields"));
    browser.act("poll", "longPoll", fields)
}

/// Waits until the program has done all that it does before it waits.
fn asleep(site: &Site) -> Process {
    Process::asleep(site, "poll")
}

#[test]
fn it_wakes_at_an_upload() {
    let site = Site::start();
    site.thread("room", "[common]\nuserStatusFadeS=60\nlongPollPeriodS=60\n");
    let (ann, bob) = (site.browser("Ann", "room"), site.browser("Bob", "room"));
    bob.act("users", "online", json!({}));
    let token = bob.poll()["catCrc"].clone();
    let (sent, woken) = channel();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let news = wait_for_news(&bob, json!({ "catCrc": token }));
            sent.send((Instant::now(), news)).expect("a listener");
        });
        asleep(&site);
        ann.upload("news", 100);
        let answered = Instant::now();
        let (at, news) = woken.recv().expect("news");
        assert_eq!((news.status, news.json()["list"][0][7].clone()), (200, json!("news")));
        println!("longPoll answered {:?} after the upload's answer", at.saturating_duration_since(answered));
    });
}

#[test]
fn it_wakes_at_a_message_and_at_a_user_who_comes() {
    let site = Site::start();
    site.thread("room", "[common]\nuserStatusFadeS=60\nlongPollPeriodS=60\n");
    let (ann, bob) = (site.browser("Ann", "room"), site.browser("Bob", "room"));
    let seen = bob.poll();
    let ask = || json!({ "catCrc": seen["catCrc"], "ack": "", "usersSeen": seen["users"].to_string() });
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| bob.act("poll", "longPoll", ask()).json());
        asleep(&site);
        ann.act("chat", "relay", json!({ "target": "Bob", "type": "message", "text": "wake up" }));
        let news = waiting.join().expect("news");
        assert_eq!(news["messages"][0]["text"], "wake up", "{news}");
        let id = news["messages"][0]["id"].clone();
        bob.act("poll", "poll", json!({ "catCrc": seen["catCrc"], "ack": id }));

        let waiting = scope.spawn(|| bob.act("poll", "longPoll", ask()).json());
        asleep(&site);
        ann.act("users", "online", json!({}));
        assert_eq!(waiting.join().expect("news")["users"], json!(["Ann", "Bob"]));
    });
}

#[test]
fn its_news_do_not_wait_for_whoever_holds_the_lock() {
    let site = Site::start();
    let room = site.thread("room", "[common]\nuserStatusFadeS=60\nlongPollPeriodS=60\n");
    let bob = site.browser("Bob", "room");
    bob.act("users", "online", json!({}));
    let seen = bob.poll();
    let ask = json!({ "catCrc": seen["catCrc"], "ack": "", "usersSeen": seen["users"].to_string() });
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| bob.act("poll", "longPoll", ask));
        asleep(&site);
        let lock = File::open(room.file(".lock")).expect(".lock");
        lock.lock_exclusive().expect("the lock");
        // Eve has come; and Bob, who is there for ten seconds yet, will have to be marked again.
        let until = now() + 10;
        room.write("users.json", format!(r#"{{"online":{{"Bob":[{until},""],"Eve":[{until},""]}}}}"#));
        let mut pulse: Value = serde_json::from_str(&room.read("pulse.json")).expect("the pulse");
        pulse["users"] = json!(pulse["users"].as_u64().expect("a counter") + 1);
        room.write("pulse.new", pulse.to_string());
        fs::rename(room.file("pulse.new"), room.file("pulse.json")).expect("a new pulse");
        assert_eq!(waiting.join().expect("news").json()["users"], json!(["Bob", "Eve"]));
    });
}

#[test]
fn it_gives_up_when_its_time_is_over() {
    let site = Site::start();
    site.thread("room", "[common]\nuserStatusFadeS=60\nlongPollPeriodS=1\n");
    let bob = site.browser("Bob", "room");
    let seen = bob.poll();
    let began = Instant::now();
    let answer = wait_for_news(&bob, json!({ "catCrc": seen["catCrc"] }));
    assert_eq!((answer.status, answer.alert().as_str()), (200, "Catalog refreshed"), "an old page gets the catalog");
    let ask = json!({ "catCrc": seen["catCrc"], "ack": "", "usersSeen": seen["users"].to_string() });
    let news = bob.act("poll", "longPoll", ask).json();
    assert_eq!(
        (news["users"].clone(), news["list"].clone()),
        (json!(["Bob"]), Value::Null),
        "a new page gets the state"
    );
    assert!((Duration::from_millis(1900)..Duration::from_secs(10)).contains(&began.elapsed()), "{:?}", began.elapsed());
}

#[test]
fn where_as_many_wait_as_may_the_next_is_answered_at_once() {
    let site = Site::start();
    site.thread("room", "[common]\nuserStatusFadeS=60\nlongPollPeriodS=60\nmaxLongPolls=1\n");
    let (ann, bob, eve) = (site.browser("Ann", "room"), site.browser("Bob", "room"), site.browser("Eve", "room"));
    for who in [&ann, &bob, &eve] {
        who.act("users", "online", json!({}));
    }
    let seen = ann.poll();
    let ask = || json!({ "catCrc": seen["catCrc"], "ack": "", "usersSeen": seen["users"].to_string() });
    std::thread::scope(|scope| {
        let first = scope.spawn(|| bob.act("poll", "longPoll", ask()).json());
        asleep(&site);
        let second = eve.act("poll", "longPoll", ask()).json();
        assert_eq!((&second["waited"], &second["list"]), (&json!(false), &Value::Null), "{second}");
        let old = eve.act("poll", "longPoll", json!({ "catSince": "9999999999", "usersSince": "9999999999" }));
        assert_eq!(old.status, 304);
        ann.upload("news", 100);
        let first = first.join().expect("news");
        assert_eq!((&first["list"][0][7], &first["waited"]), (&json!("news"), &Value::Null));
        let fresh = eve.act("poll", "longPoll", ask()).json();
        assert_eq!((&fresh["list"][0][7], &fresh["waited"]), (&json!("news"), &Value::Null), "there is room again");
    });
}

#[test]
fn it_ends_when_its_page_says_that_it_is_closed_and_does_not_bring_its_user_back() {
    let site = Site::start();
    site.thread("room", "[common]\nuserStatusFadeS=60\nlongPollPeriodS=60\n");
    let bob = site.browser("Bob", "room");
    let seen = bob.poll();
    let ask = json!({ "catCrc": seen["catCrc"], "ack": "", "usersSeen": seen["users"].to_string() });
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| bob.act("poll", "longPoll", ask));
        asleep(&site);
        bob.act("users", "bye", json!({}));
        assert_eq!(waiting.join().expect("an answer").status, 200);
    });
    let who = site.browser("Eve", "room").query("users", &[("realm", "room"), ("act", "list")]).json();
    assert_eq!(who["users"], json!([]));
}

#[test]
fn it_keeps_its_user_online_and_costs_nothing_meanwhile() {
    let site = Site::start();
    site.thread("room", "[common]\nuserStatusFadeS=4\nlongPollPeriodS=9\n");
    let bob = site.browser("Bob", "room");
    let token = bob.poll()["catCrc"].clone();
    bob.act("users", "bye", json!({}));
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| wait_for_news(&bob, json!({ "catCrc": token, "myUsersList": "Bob" })));
        let process = asleep(&site);
        let eve = site.browser("Eve", "room");
        let began = Instant::now();
        let mut ticks = 0;
        while began.elapsed() < Duration::from_secs(8) {
            let who = eve.query("users", &[("realm", "room"), ("act", "list")]).json();
            assert_eq!(who["users"], json!(["Bob"]), "after {:?}", began.elapsed());
            ticks = process.ticks();
            std::thread::sleep(Duration::from_millis(200));
        }
        println!("longPoll: {ticks} ticks of 10 ms in 8 s of waiting, {} kB at most", process.peak_memory() / 1024);
        assert!(ticks < 2, "{ticks} ticks");
        assert_eq!(waiting.join().expect("an answer").alert(), "Catalog refreshed");
    });
}

#[test]
fn it_sees_clips_that_the_admin_removes_and_users_that_fade() {
    let site = Site::start();
    let room = site.thread("room", "[common]\nmediaFolder=media1\nuserStatusFadeS=2\nlongPollPeriodS=60\n");
    let (ann, bob) = (site.browser("Ann", "room"), site.browser("Bob", "room"));
    ann.upload("", 100);
    let token = bob.poll()["catCrc"].clone();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| wait_for_news(&bob, json!({ "catCrc": token })).json());
        asleep(&site);
        std::fs::remove_file(room.file("media1").join(&room.listed()[0])).expect("the clip");
        assert_eq!(waiting.join().expect("news")["list"], json!([]));

        // An old page that is never heard of again.
        ann.query("poll", &[("user", "Ann"), ("realm", "room"), ("act", "poll")]);
        let token = bob.poll()["catCrc"].clone();
        let ask = json!({ "catCrc": token, "ack": "", "usersSeen": "[\"Ann\",\"Bob\"]" });
        assert_eq!(bob.act("poll", "longPoll", ask).json()["users"], json!(["Bob"]));
    });
}
