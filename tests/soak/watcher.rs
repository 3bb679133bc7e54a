//! A page that only listens: how long its polls take and how large their answers are.

use super::stranger::is_at_it;
use super::support::{Answer, Browser, Site};
use super::talk::Talk;
use super::{PASSWORD, of_a_program};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

pub struct Watcher<'t> {
    browser: Browser,
    talk: &'t Talk,
    page: Page,
    looks: Vec<Look>,
}

/// What the page tells the server that it has.
#[derive(Default)]
struct Page {
    catalog: String,
    seen: String,
    unacknowledged: Vec<String>,
}

/// A poll that had little to tell.
struct Look {
    begun: Instant,
    took: Duration,
    /// Without the messages, which are as long as people make them.
    bytes: usize,
}

const PAUSE: Duration = Duration::from_millis(150);
/// An answer with more messages, or with the list of clips, is not little.
const FEW_MESSAGES: usize = 3;
const MOST_BYTES: usize = 2000;

impl<'t> Watcher<'t> {
    pub fn new(site: &Site, talk: &'t Talk) -> Self {
        let browser = site.browser("watcher", "room").at_address([127, 0, 3, 1]);
        let answer = browser.json("thread", &json!({ "realm": "room", "password": PASSWORD }));
        assert_eq!(answer.status, 200, "{answer:?}");
        Self { browser, talk, page: Page::default(), looks: Vec::new() }
    }

    /// Polls until the talk is over.
    pub fn watch(&mut self) {
        while !self.talk.left().is_zero() {
            let begun = Instant::now();
            if let Some(answer) = of_a_program(self.browser.try_act("poll", "poll", self.page.ask())) {
                let took = begun.elapsed();
                assert_eq!(answer.status, 200, "{answer:?}");
                if let Some(messages) = self.page.take(&answer) {
                    self.looks.push(Look { begun, took, bytes: answer.body.len() - messages });
                }
            }
            std::thread::sleep(PAUSE);
        }
        self.browser.try_act("users", "bye", json!({}));
    }

    /// Compares the polls while somebody who came then was at it with the others: those before, and those in between,
    /// when the machine had as much else to do.
    pub fn hardly_noticed_who_came(&self, came: Instant) {
        let (then, rest): (Vec<_>, Vec<_>) = self.looks.iter().partition(|look| is_at_it(came, look.begun));
        let (before, between): (Vec<_>, Vec<_>) = rest.into_iter().partition(|look| look.begun < came);
        let counts = [&before, &then, &between].map(Vec::len);
        assert!(counts.iter().all(|count| *count >= 10), "{counts:?} polls");
        let [before, then, between] = [&before, &then, &between].map(|looks| median(looks).as_secs_f64() * 1e3);
        let ratio = then / before.max(between);
        let most = self.looks.iter().map(|look| look.bytes).max().unwrap_or_default();
        println!(
            "polls with little new: {before:.1} ms before the stranger came, {then:.1} ms while at it, {between:.1} ms in \
             between (medians of {counts:?}): {ratio:.2} times as long; at most {most} bytes beside the messages"
        );
        assert!(most < MOST_BYTES, "an answer of {most} bytes");
        assert!(ratio < 2.0, "{ratio} times as long");
    }
}

impl Page {
    fn ask(&self) -> Value {
        let mut ask = json!({ "catCrc": self.catalog, "ack": self.unacknowledged.join(",") });
        if !self.seen.is_empty() {
            ask["seen"] = self.seen.as_str().into();
        }
        ask
    }

    /// Takes a poll's answer; if it had little to tell, returns how long its messages are.
    fn take(&mut self, answer: &Answer) -> Option<usize> {
        let news = answer.json();
        let is_first = self.seen.is_empty();
        let pulse = &news["pulse"];
        let own = news["me"].as_str().and_then(|me| pulse["to"][me].as_u64()).unwrap_or_default();
        self.seen = format!("{}.{}.{}.{own}", pulse["clips"], pulse["users"], pulse["all"]);
        let messages = news["messages"].as_array().cloned().unwrap_or_default();
        self.unacknowledged = messages.iter().filter_map(|message| Some(message["id"].as_str()?.to_owned())).collect();
        if let Some(catalog) = news["catCrc"].as_str() {
            self.catalog = catalog.into();
        }
        let is_little = !is_first && news.get("list").is_none() && messages.len() <= FEW_MESSAGES;
        is_little.then(|| Value::from(messages).to_string().len())
    }
}

fn median(looks: &[&Look]) -> Duration {
    let mut times: Vec<_> = looks.iter().map(|look| look.took).collect();
    times.sort();
    times[times.len() / 2]
}
