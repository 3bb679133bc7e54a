//! Thirty people talk for ten minutes through Apache and the hub, on lines that are slow and break, while both are
//! restarted and, after a while, a stranger does whatever one visitor can: in the end everybody has heard everything
//! once, polls are as small and nearly as fast as before the stranger came, and all is as it was. `scripts/test soak`
//! runs it; `MOZCHAT_SOAK_SECONDS` says for how long.
#![cfg(feature = "server")]

#[path = "soak/figures.rs"]
mod figures;
#[path = "soak/hub.rs"]
mod hub;
#[path = "soak/person.rs"]
mod person;
#[path = "soak/stranger.rs"]
mod stranger;
#[allow(dead_code, unused_imports)]
#[path = "apache/support/mod.rs"]
mod support;
#[path = "soak/talk.rs"]
mod talk;
#[path = "soak/watcher.rs"]
mod watcher;

use figures::Figures;
use hub::Daemon;
use person::{Person, Ways};
use std::time::{Duration, Instant};
use stranger::Stranger;
use support::{Answer, Folder, Site, eventually};
use talk::Talk;
use watcher::Watcher;

const PEOPLE: usize = 30;
const MESSAGE_LIFETIME: Duration = Duration::from_secs(60);
const INI: &str = "[common]\nmediaFolder=media1\nmaxClipCount=300\nmaxMediaFolderBytes=3000000\nclipLifetimeSec=7200\n\
                   messageLifetimeSec=60\n[auth]\nmoderators=Mo\npassword=sesame\n";
const PASSWORD: &str = "sesame";
/// Whoever has not heard everything by then does not hear it any more.
const LATEST: Duration = Duration::from_secs(45);

#[test]
#[ignore = "takes ten minutes"]
fn everybody_has_heard_everything_once_and_all_is_as_it_was() {
    let seconds = std::env::var("MOZCHAT_SOAK_SECONDS").map_or(600, |text| text.parse().expect("seconds"));
    let site = Site::start();
    let room = site.thread("room", INI);
    let mut hub = Daemon::start(&site.root().join("threads"));
    let talk = Talk::default();
    let mut people: Vec<_> = (0..PEOPLE).map(|n| Person::new(n, &site, hub.address(), &talk)).collect();
    let (mut watcher, stranger) = (Watcher::new(&site, &talk), Stranger::new(&site, &talk));
    let before = settled(&site, &hub, &room);
    talk.begin(Duration::from_secs(seconds));
    let stranger_comes = Instant::now() + talk.left() / 3;

    let (graceful, kills) = std::thread::scope(|scope| {
        let running: Vec<_> = people.iter_mut().map(|person| scope.spawn(|| person.talk_and_listen(LATEST))).collect();
        scope.spawn(|| watcher.watch());
        scope.spawn(|| stranger.torments_from(stranger_comes));
        let restarts = disturb(&site, &mut hub, &talk);
        running.into_iter().for_each(|person| person.join().expect("a person who is well"));
        restarts
    });
    let mut ways = Ways::default();
    for person in &people {
        person.has_heard_everything_once();
        ways.add(person.ways());
    }
    people.into_iter().for_each(Person::leave);
    println!("{PEOPLE} people, {seconds} s, Apache restarted {graceful} times, the hub killed {kills} times");
    println!("{}", talk.in_words());
    println!("{ways}");
    stranger.has_tried_everything();
    watcher.hardly_noticed_who_came(stranger_comes);
    println!("pulse.json: {} bytes", room.read("pulse.json").len());
    assert!(room.leftovers().is_empty(), "{:?}", room.leftovers());
    clear(&site, &room);
    let after = settled(&site, &hub, &room);
    println!("before: {before}\nafter:  {after}");
    after.must_be_like(&before);
    assert!(room.leftovers().is_empty(), "{:?}", room.leftovers());
}

/// An answer of a program. While Apache restarts, it says by itself that it can't.
fn of_a_program(answer: Option<Answer>) -> Option<Answer> {
    answer.filter(|answer| answer.status != 503 || answer.header("Mozchat-Error").is_some())
}

/// Restarts Apache and kills the hub in turns, until the talk is over.
fn disturb(site: &Site, hub: &mut Daemon, talk: &Talk) -> (usize, usize) {
    let pause = (talk.left() / 20).max(Duration::from_secs(3));
    let (mut graceful, mut kills) = (0, 0);
    while talk.left() > pause {
        std::thread::sleep(pause);
        if graceful <= kills {
            site.restart_gracefully();
            graceful += 1;
        } else {
            hub.kill();
            // For some seconds everybody polls.
            std::thread::sleep(pause.min(Duration::from_secs(4)) / 2);
            hub.restart();
            kills += 1;
        }
    }
    (graceful, kills)
}

/// What a moderator and time clear away.
fn clear(site: &Site, room: &Folder) {
    let mo = site.browser("Mo", "room");
    assert_eq!(mo.json("thread", &serde_json::json!({ "realm": "room", "password": PASSWORD })).status, 200);
    (0..2).for_each(|_| drop(mo.act("users", "online", serde_json::json!({}))));
    assert_eq!(mo.act("delete", "clearMedia", serde_json::json!({})).alert(), "files cleared");
    std::thread::sleep(MESSAGE_LIFETIME);
    // Outdated messages go with the next one, and that one with its reader.
    mo.act("chat", "relay", serde_json::json!({ "target": "Mo", "type": "message", "text": "good night" }));
    mo.query("poll", &[("user", "Mo"), ("realm", "room"), ("act", "poll"), ("catCrc", "")]);
    mo.act("users", "bye", serde_json::json!({}));
    assert_eq!((room.read("messages.json").as_str(), room.clips().len()), ("[]", 0));
}

/// The figures when nobody is there and nothing is under way.
fn settled(site: &Site, hub: &Daemon, room: &Folder) -> Figures {
    let mut last = None;
    eventually("some rest", || {
        std::thread::sleep(Duration::from_secs(1));
        let now = Figures::of(site, hub, room);
        let same = last.as_ref().is_some_and(|last: &Figures| last.descriptors() == now.descriptors());
        last = Some(now);
        same.then_some(())
    });
    last.expect("figures")
}
