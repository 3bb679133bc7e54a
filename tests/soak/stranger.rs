//! A visitor who knows the password and means ill: new names, invented recipients, uploads that break off, guesses, clips
//! that fill the thread, and requests of another site, all at once, from one address.

use super::support::{Answer, Browser, Request, Site, blob, multipart, multipart_type};
use super::talk::Talk;
use super::{PASSWORD, PEOPLE, of_a_program};
use serde_json::json;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

pub struct Stranger<'t> {
    browser: Browser,
    site: SocketAddr,
    talk: &'t Talk,
    tricks: Vec<Trick<'t>>,
}

/// Something that the stranger does over and over.
struct Trick<'t> {
    name: &'static str,
    act: fn(&Stranger<'t>, usize),
    count: AtomicUsize,
}

const ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 0, 6, 66);
/// After each act of a trick, so that the machine has time for the others.
const PAUSE: Duration = Duration::from_millis(400);
const CLIP_BYTES: usize = 45_000;
/// So long the stranger is at it, and then rests for as long, so that polls are compared on the same machine.
const SPELL: Duration = Duration::from_secs(8);

/// Whether the stranger, who came at that time, is at it at this one.
pub fn is_at_it(came: Instant, now: Instant) -> bool {
    let since = now.checked_duration_since(came);
    since.is_some_and(|since| (since.as_secs() / SPELL.as_secs()).is_multiple_of(2))
}

impl<'t> Stranger<'t> {
    pub fn new(site: &Site, talk: &'t Talk) -> Self {
        let trick = |name, act: fn(&Self, usize)| Trick { name, act, count: AtomicUsize::new(0) };
        Self {
            browser: site.browser("Eve", "room").at_address(ADDRESS),
            site: site.address(),
            talk,
            tricks: vec![
                trick("new names", Self::take_new_name),
                trick("names that look like others", Self::take_name_like_another),
                trick("invented recipients", Self::write_to_nobody),
                trick("uploads broken off", Self::break_upload_off),
                trick("guesses", Self::guess),
                trick("clips", Self::fill),
                trick("requests of another site", Self::come_from_another_site),
            ],
        }
    }

    /// Comes in at that moment, and does everything at once, spell by spell, until the talk is over.
    pub fn torments_from(&self, moment: Instant) {
        std::thread::sleep(moment.saturating_duration_since(Instant::now()));
        while !self.comes_in() && !self.talk.left().is_zero() {}
        std::thread::scope(|scope| {
            for trick in &self.tricks {
                scope.spawn(|| {
                    while !self.talk.left().is_zero() {
                        if is_at_it(moment, Instant::now()) {
                            (trick.act)(self, trick.count.fetch_add(1, Relaxed));
                        }
                        std::thread::sleep(PAUSE);
                    }
                });
            }
        });
    }

    pub fn has_tried_everything(&self) {
        let tried: Vec<_> =
            self.tricks.iter().map(|trick| format!("{} {}", trick.count.load(Relaxed), trick.name)).collect();
        println!("the stranger: {}", tried.join(", "));
        assert!(self.tricks.iter().all(|trick| trick.count.load(Relaxed) > 10), "{tried:?}");
    }

    fn comes_in(&self) -> bool {
        let is_well = |answer: Option<Answer>| answer.is_some_and(|answer| answer.status == 200);
        is_well(self.says_password(PASSWORD))
            && (0..2).all(|_| is_well(self.browser.try_act("users", "online", json!({}))))
    }

    fn says_password(&self, password: &str) -> Option<Answer> {
        let text = json!({ "realm": "room", "password": password }).to_string();
        self.send(Request::new("POST", "cgi-bin/thread.cgi").body("application/json", text))
    }

    /// Over a line that may break, since Apache restarts.
    fn send(&self, request: Request) -> Option<Answer> {
        self.browser.try_send(request, usize::MAX, Duration::ZERO)
    }

    fn take_new_name(&self, n: usize) {
        let browser = self.browser.renamed(&format!("an invented name, number {n}"));
        (0..2).for_each(|_| drop(browser.try_act("users", "online", json!({}))));
    }

    fn take_name_like_another(&self, n: usize) {
        // The first letter is Cyrillic.
        let browser = self.browser.renamed(&format!("рerson {}", n % PEOPLE));
        if let Some(answer) = of_a_program(browser.try_act("users", "online", json!({}))) {
            assert_eq!(answer.header("Mozchat-Error"), Some("name-taken"), "{answer:?}");
        }
    }

    fn write_to_nobody(&self, n: usize) {
        for more in 0..3 {
            let target = format!("nobody {}", 3 * n + more);
            let message = json!({ "target": target, "type": "message", "text": "x".repeat(200) });
            self.browser.try_act("chat", "relay", message);
        }
    }

    /// Half of a clip, and then nothing more; every other time after a pause.
    fn break_upload_off(&self, n: usize) {
        let request = self.upload(&format!("broken-off-{n}"));
        let whole = self.browser.with_cookies(request).bytes();
        let Ok(mut line) = Request::new("GET", "").coming_from(ADDRESS).connect(self.site) else { return };
        let _ = std::io::Write::write_all(&mut line, &whole[..whole.len() / 2]);
        std::thread::sleep(PAUSE * u32::from(n.is_multiple_of(2)));
    }

    fn guess(&self, n: usize) {
        if let Some(answer) = self.says_password(&format!("guess {n}")) {
            assert_ne!(answer.status, 200, "{answer:?}");
        }
    }

    fn fill(&self, n: usize) {
        self.send(self.upload(&format!("filling-up-{n}")));
    }

    fn come_from_another_site(&self, n: usize) {
        let visitor = self.browser.renamed(&format!("visitor {n}"));
        let look = Request::new("GET", "cgi-bin/thread.cgi?realm=room").header("Sec-Fetch-Site", "cross-site");
        if let Some(answer) = visitor.with_cookies(look).try_send(self.site) {
            assert_eq!(answer.header("Set-Cookie"), None, "{answer:?}");
        }
        let text =
            json!({ "user": "Eve", "realm": "room", "act": "relay", "target": "*", "type": "message", "text": "boo" });
        let say = Request::new("POST", "cgi-bin/chat.cgi").header("Sec-Fetch-Site", "cross-site");
        let say = say.header("Origin", "https://evil.example").body("application/json", text.to_string());
        if let Some(answer) = of_a_program(self.browser.with_cookies(say).try_send(self.site)) {
            assert_eq!(answer.status, 403, "{answer:?}");
        }
    }

    fn upload(&self, id: &str) -> Request {
        let body = multipart(&self.browser.upload_fields(&[("uploadId", id)]), Some(&blob("webm", CLIP_BYTES)));
        Request::new("POST", "cgi-bin/upload.cgi").body(&multipart_type(), body)
    }
}
