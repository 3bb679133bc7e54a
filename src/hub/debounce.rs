//! How long a room waits before it believes or says something. Knows the time only as it is told.

use crate::names::UserName;
use std::time::Duration;
use tokio::time::Instant;

/// A page that vanished without goodbye mostly comes back at once.
const GRACE: Duration = Duration::from_secs(5);
/// When many come and go, lists of users are sent no faster than this, in bytes a second …
const USERS_BYTES_PER_SEC: f64 = 1e6;
/// … and no later than this, in seconds.
const LONGEST_HOLD: f64 = 5.0;

/// Who vanished, and when that is to be believed.
#[derive(Debug, Default)]
pub struct Vanished(Vec<(UserName, Instant)>);

impl Vanished {
    /// Somebody vanished.
    pub fn add(&mut self, user: UserName, now: Instant) {
        self.0.push((user, now + GRACE));
    }

    /// Somebody has come back.
    pub fn forget(&mut self, user: &UserName) {
        self.0.retain(|(vanished, _)| vanished != user);
    }

    /// Nobody is waited for any more.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Whether nobody is waited for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// When the next one is to be believed gone.
    pub fn next(&self) -> Option<Instant> {
        self.0.iter().map(|(_, at)| *at).min()
    }

    /// Takes those who are to be believed gone.
    pub fn take_due(&mut self, now: Instant) -> Vec<UserName> {
        let (due, waiting) = std::mem::take(&mut self.0).into_iter().partition::<Vec<_>, _>(|(_, at)| *at <= now);
        self.0 = waiting;
        due.into_iter().map(|(user, _)| user).collect()
    }
}

/// Whether lists of users are held back.
#[derive(Debug)]
pub struct Hold {
    until: Instant,
    is_holding: bool,
}

impl Hold {
    /// Nothing is held back.
    pub fn new(now: Instant) -> Self {
        Self { until: now, is_holding: false }
    }

    /// Whether a list may be sent.
    pub fn is_over(&self, now: Instant) -> bool {
        now >= self.until
    }

    /// One was held back.
    pub fn keep(&mut self, is_holding: bool) {
        self.is_holding = is_holding;
    }

    /// One of so many bytes was sent.
    pub fn sent(&mut self, bytes: usize, now: Instant) {
        self.until = now + Duration::from_secs_f64((bytes as f64 / USERS_BYTES_PER_SEC).min(LONGEST_HOLD));
    }

    /// When to send what is held back.
    pub fn next(&self) -> Option<Instant> {
        self.is_holding.then_some(self.until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_vanished_is_believed_gone_after_a_while_unless_he_comes_back() {
        let (mut vanished, now) = (Vanished::default(), Instant::now());
        let [ann, bob] = ["Ann", "Bob"].map(|name| UserName::new(name).unwrap());
        vanished.add(ann.clone(), now);
        vanished.add(bob.clone(), now + GRACE / 2);
        assert_eq!(vanished.next(), Some(now + GRACE));
        assert_eq!(vanished.take_due(now + GRACE), [ann]);
        vanished.forget(&bob);
        assert!(vanished.is_empty() && vanished.take_due(now + 9 * GRACE).is_empty());
    }

    #[test]
    fn a_small_list_is_held_back_for_no_time_and_a_large_one_for_seconds() {
        let now = Instant::now();
        let mut hold = Hold::new(now);
        assert!(hold.is_over(now));
        hold.sent(500, now);
        assert!(hold.is_over(now + Duration::from_millis(1)));
        hold.sent(2_000_000, now);
        assert!(!hold.is_over(now + Duration::from_secs(1)) && hold.next().is_none());
        hold.keep(true);
        assert_eq!(hold.next(), Some(now + Duration::from_secs(2)));
        hold.sent(usize::MAX, now);
        assert!(hold.is_over(now + Duration::from_secs(5)));
    }
}
