//! What was said and recorded, as its authors were told that it lasts.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

/// A message that lasts.
#[derive(Clone, Debug)]
pub struct Said {
    /// What a page calls it, so that one that is sent again is known.
    pub key: String,
    pub author: String,
    /// `None`: to all.
    pub target: Option<String>,
}

/// All that was said so far, and until when people talk.
#[derive(Default)]
pub struct Talk {
    /// Not before it has begun.
    end: OnceLock<Instant>,
    /// How many have said all that they want to say.
    silent: AtomicUsize,
    said: Mutex<Vec<Said>>,
    clips: Mutex<BTreeSet<String>>,
}

impl Talk {
    /// From now on people talk, for so long.
    pub fn begin(&self, time: Duration) {
        self.end.set(Instant::now() + time).expect("it begins once");
    }

    pub fn left(&self) -> Duration {
        let end = self.end.get().expect("it has begun");
        end.saturating_duration_since(Instant::now())
    }

    /// Somebody has said everything.
    pub fn falls_silent(&self) {
        self.silent.fetch_add(1, Relaxed);
    }

    /// Whether so many have.
    pub fn is_over_for(&self, people: usize) -> bool {
        self.silent.load(Relaxed) == people
    }

    pub fn note(&self, said: Said) {
        self.said.lock().expect("a list").push(said);
    }

    pub fn note_clip(&self, id: &str) {
        self.clips.lock().expect("a list").insert(id.into());
    }

    /// The keys of what a person was to hear.
    pub fn meant_for(&self, user: &str) -> BTreeSet<String> {
        let said = self.said.lock().expect("a list");
        let is_meant = |said: &&Said| said.author != user && said.target.as_deref().is_none_or(|target| target == user);
        said.iter().filter(is_meant).map(|said| said.key.clone()).collect()
    }

    pub fn clips(&self) -> BTreeSet<String> {
        self.clips.lock().expect("a list").clone()
    }

    pub fn in_words(&self) -> String {
        let said = self.said.lock().expect("a list");
        let to_one = said.iter().filter(|said| said.target.is_some()).count();
        format!("{} messages to all, {to_one} to one, {} clips", said.len() - to_one, self.clips().len())
    }
}
