//! A simulated person with a page: hears from the hub or polls, talks, records, and has a line that is slow and breaks.

mod socket;

use super::support::{Browser, Request, Site, blob, multipart, multipart_type};
use super::talk::{Said, Talk};
use serde_json::{Value, json};
use socket::Socket;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// One of them.
pub struct Person<'t> {
    name: String,
    browser: Browser,
    hub: SocketAddr,
    talk: &'t Talk,
    /// Some only poll, as where there is no hub; some of those have a slow line.
    polls_only: bool,
    is_slow: bool,
    socket: Option<Socket>,
    chance: u64,
    spoken: usize,
    ear: Ear,
    ways: Ways,
}

/// What a page keeps of what it has heard.
#[derive(Default)]
struct Ear {
    /// The ids of messages that were shown.
    ids: BTreeSet<String>,
    /// How often each message was heard, by its key.
    heard: BTreeMap<String, usize>,
    clips: BTreeSet<String>,
    catalog: String,
    /// Ids that nobody was told yet that they are here.
    unacknowledged: Vec<String>,
}

/// How often what went which way.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ways {
    pushes: usize,
    polls: usize,
    connections: usize,
    sent_again: usize,
    came_again: usize,
}

const WITH_HUB: usize = 20;
const SLOW: usize = 5;
const POLL_EVERY: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(10);

impl<'t> Person<'t> {
    pub fn new(number: usize, site: &Site, hub: SocketAddr, talk: &'t Talk) -> Self {
        let name = format!("person {number}");
        let last = u8::try_from(number + 1).expect("a small number");
        let browser = site.browser(&name, "room").at_address([127, 0, 2, last]);
        let answer = browser.json("thread", &json!({ "realm": "room", "password": super::PASSWORD }));
        assert_eq!(answer.status, 200, "{answer:?}");
        Self {
            browser,
            name,
            hub,
            talk,
            polls_only: number >= WITH_HUB,
            is_slow: number % 6 == SLOW,
            socket: None,
            chance: number as u64 + 1,
            spoken: 0,
            ear: Ear::default(),
            ways: Ways::default(),
        }
    }

    pub fn ways(&self) -> Ways {
        self.ways
    }

    /// Talks until the talk is over, and listens until everything was heard, or it is too late.
    pub fn talk_and_listen(&mut self, latest: Duration) {
        while !self.browser_is_known() {}
        while !self.talk.left().is_zero() {
            match self.throw(20) {
                0..=3 => self.say(None),
                4..=5 => {
                    let other = self.throw(super::PEOPLE as u64);
                    self.say(Some(format!("person {other}")));
                }
                6 => self.record(),
                7 => self.socket = None,
                8 => self.go_away(),
                _ => {}
            }
            let pause = 500 + self.throw(2000);
            self.listen(Duration::from_millis(pause));
        }
        self.talk.falls_silent();
        while !self.talk.is_over_for(super::PEOPLE) {
            self.listen(Duration::from_millis(500));
        }
        let end = Instant::now() + latest;
        while !self.has_heard_all() && Instant::now() < end {
            self.listen(Duration::from_millis(500));
        }
    }

    pub fn has_heard_everything_once(&self) {
        let name = &self.name;
        let meant = self.talk.meant_for(name);
        let missing: Vec<_> = meant.iter().filter(|key| !self.ear.heard.contains_key(*key)).collect();
        assert!(missing.is_empty(), "{name} has not heard {missing:?}");
        let odd: Vec<_> = self.ear.heard.iter().filter(|(key, count)| **count != 1 || !meant.contains(*key)).collect();
        assert!(odd.is_empty(), "{name} has heard more than once, or what was for others: {odd:?}");
        let clips = self.talk.clips();
        let missing: Vec<_> = clips.difference(&self.ear.clips).collect();
        assert!(missing.is_empty(), "{name} has not seen the clips {missing:?}");
    }

    pub fn leave(mut self) {
        self.listen(Duration::from_millis(100));
        self.socket = None;
        self.browser.act("users", "bye", json!({}));
    }

    /// Whether the name is this browser's: the cookie has come, and gone back.
    fn browser_is_known(&self) -> bool {
        (0..2).all(|_| self.browser.try_act("users", "online", json!({})).is_some_and(|answer| answer.status == 200))
    }

    fn has_heard_all(&self) -> bool {
        let meant = self.talk.meant_for(&self.name);
        meant.iter().all(|key| self.ear.heard.contains_key(key)) && self.talk.clips().is_subset(&self.ear.clips)
    }

    /// A number below `most`: the same each time, but for what others do in between.
    fn throw(&mut self, most: u64) -> u64 {
        self.chance = self.chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.chance >> 33) % most
    }

    /// As a page that sleeps, or a line that is gone for a while.
    fn go_away(&mut self) {
        self.socket = None;
        let most = self.talk.left().min(Duration::from_secs(8));
        std::thread::sleep(most * u32::try_from(self.throw(100)).expect("a small number") / 100);
    }

    /// Says something until it lasts, as pages do, which know it again by its key.
    fn say(&mut self, target: Option<String>) {
        if target.as_ref() == Some(&self.name) {
            return;
        }
        self.spoken += 1;
        let key = format!("{} {}", self.name, self.spoken);
        let message = json!({ "target": target.as_deref().unwrap_or("*"), "type": "message", "text": "x".repeat(80), "key": key });
        while !self.sends(&message) {
            self.ways.sent_again += 1;
            self.listen(Duration::from_millis(300));
        }
        self.talk.note(Said { key, author: self.name.clone(), target });
    }

    fn sends(&mut self, message: &Value) -> bool {
        if let Some(mut socket) = self.socket.take() {
            let lasts = socket.ask("relay", message, PATIENCE, &mut |frame| {
                self.ways.pushes += 1;
                self.ear.hear(frame, &mut self.ways.came_again);
            });
            if let Some(lasts) = lasts {
                self.socket = Some(socket);
                return lasts;
            }
        }
        self.browser.try_act("chat", "relay", message.clone()).is_some_and(|answer| is_done(&answer))
    }

    fn record(&mut self) {
        self.spoken += 1;
        let id = format!("recording-{}", self.spoken);
        let clip = blob("webm", 1500 + usize::try_from(self.throw(3000)).expect("a small number"));
        let body = multipart(&self.browser.upload_fields(&[("uploadId", &id)]), Some(&clip));
        let (piece, pause) = if self.is_slow { (200, Duration::from_millis(60)) } else { (usize::MAX, Duration::ZERO) };
        loop {
            let request = Request::new("POST", "cgi-bin/upload.cgi").body(&multipart_type(), body.clone());
            if let Some(answer) = self.browser.try_send(request, piece, pause)
                && is_done(&answer)
            {
                return self.talk.note_clip(answer.json()["id"].as_str().expect("an id"));
            }
            self.ways.sent_again += 1;
            self.listen(Duration::from_millis(300));
        }
    }

    /// Hears what comes for so long.
    fn listen(&mut self, time: Duration) {
        let end = Instant::now() + time;
        if !self.polls_only && self.socket.is_none() {
            self.connect();
        }
        let Some(mut socket) = self.socket.take() else {
            self.poll();
            std::thread::sleep(end.saturating_duration_since(Instant::now()).max(time.min(POLL_EVERY)));
            return;
        };
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            match socket.hear(left) {
                Ok(None) => {}
                Ok(Some(frame)) => {
                    self.ways.pushes += 1;
                    self.ear.hear(&frame, &mut self.ways.came_again);
                }
                Err(()) => return,
            }
        }
        if socket.acknowledge(&self.ear.unacknowledged) {
            self.ear.unacknowledged.clear();
            self.socket = Some(socket);
        }
    }

    fn connect(&mut self) {
        let Some(mut socket) = Socket::connect(self.hub, &self.browser.cookies()) else { return };
        let hello = json!({
            "user": self.name, "realm": "room", "act": "userHello", "ack": self.ear.unacknowledged, "catCrc": self.ear.catalog,
        });
        if socket.say(&hello) {
            self.ways.connections += 1;
            self.socket = Some(socket);
        }
    }

    fn poll(&mut self) {
        let ask = json!({ "catCrc": self.ear.catalog, "ack": self.ear.unacknowledged.join(",") });
        let Some(answer) = self.browser.try_act("poll", "poll", ask).filter(is_done) else { return };
        self.ways.polls += 1;
        self.ear.unacknowledged.clear();
        self.ear.hear(&answer.json(), &mut self.ways.came_again);
    }
}

fn is_done(answer: &super::support::Answer) -> bool {
    answer.status == 200 && answer.header("Mozchat-Error").is_none()
}

impl Ear {
    /// Takes a poll's answer or a push.
    fn hear(&mut self, news: &Value, came_again: &mut usize) {
        for message in news["messages"].as_array().into_iter().flatten() {
            let id = message["id"].as_str().expect("an id").to_owned();
            self.unacknowledged.push(id.clone());
            let key = message["key"].as_str().expect("a key").to_owned();
            // As the page: by the id, and by the key of one that its author had to send twice.
            if self.ids.insert(id) && !self.heard.contains_key(&key) {
                self.heard.insert(key, 1);
            } else {
                *came_again += 1;
            }
        }
        if let Some(list) = news["list"].as_array() {
            self.clips.extend(list.iter().filter_map(|row| row[0].as_str()).map(str::to_owned));
            self.catalog = news["catCrc"].as_str().expect("a token").to_owned();
        }
    }
}

impl Ways {
    pub fn add(&mut self, other: Self) {
        self.pushes += other.pushes;
        self.polls += other.polls;
        self.connections += other.connections;
        self.sent_again += other.sent_again;
        self.came_again += other.came_again;
    }
}

impl fmt::Display for Ways {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pushes, polls, connections, sent_again, came_again } = self;
        write!(
            f,
            "{pushes} pushes over {connections} connections, {polls} polls; {sent_again} times something was sent again, \
             {came_again} times something came again and was passed over"
        )
    }
}
