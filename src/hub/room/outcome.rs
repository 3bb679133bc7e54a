//! What a room makes of what its store has done.

use super::{RENEW_SOON, Room};
use crate::error::Error;
use crate::hub::frame::answer;
use crate::hub::room_store::{Done, RoomStore};
use crate::hub::rules::Rules;
use crate::hub::snapshot::Snapshot;
use crate::hub::{RETRY_MS, RETRY_SPREAD_MS, say_goodbye};
use crate::settings::reports;
use crate::thread::guard::banned;
use std::time::SystemTime;
use tokio::time::Instant;
use tokio_websockets::CloseCode;

/// Sending a frame costs as much as so many bytes of it.
const FRAME_BYTES: usize = 1000;

impl Room {
    /// Tells everybody what came of the work; `None` if it crashed.
    pub(super) fn finish(&mut self, result: Option<(RoomStore, Done)>) {
        let Some((store, done)) = result else {
            // A crash is a mistake of ours; its words are in the log. The room goes on with a new store.
            self.store = Some(RoomStore::new(self.hub.site.clone(), self.name.clone()));
            self.left_early.clear();
            return;
        };
        self.store = Some(store);
        if let Some(at) = done.again_at.map(Instant::from_std) {
            self.due = Some(self.due.map_or(at, |due| due.min(at)));
        }
        if let Some(rules) = done.rules {
            self.heed(rules);
        }
        for (asked, result) in done.answers {
            if result.is_err() {
                self.roster.forget(&asked.id);
            }
            asked.outbox.say(answer(asked.rid.as_ref(), &result));
        }
        if let Some(snapshot) = done.snapshot {
            self.show(snapshot, Instant::now());
        }
        for (newcomer, welcome) in done.joined {
            let Some(snapshot) = &self.last else { continue };
            if newcomer.ack.is_none() {
                // An old page gets the lists with the next look.
                self.due = Some(Instant::now());
            }
            self.vanished.forget(&newcomer.user);
            if let Some(retry_ms) = self.stopped {
                crate::hub::say_goodbye(&newcomer.outbox, retry_ms);
            }
            // Who has hung up meanwhile leaves at once.
            let _ = self.roster.join(newcomer, welcome, snapshot).send(Ok(()));
        }
        for (newcomer, error) in done.refused {
            let _ = newcomer.verdict.send(Err(error));
        }
        for (seat, news) in done.for_old_pages {
            self.roster.tell_old_page(seat, &news);
        }
        for (seat, clean) in std::mem::take(&mut self.left_early) {
            self.leave(seat, clean, Instant::now());
        }
        self.notice_failure(done.failed);
    }

    /// Shows out who may not be here any more.
    fn heed(&mut self, rules: Rules) {
        for (_, outbox) in self.roster.pages().filter(|(user, _)| rules.bans(user)) {
            outbox.say(answer(None, &Err(banned())));
            outbox.close(CloseCode::POLICY_VIOLATION, "banned");
        }
        if self.rules.as_ref().is_some_and(|before| rules.closes_after(before)) {
            // Those who know the password come back, at other moments each.
            for (outbox, later) in self.roster.outboxes().zip(0_u64..) {
                say_goodbye(outbox, Some(RETRY_MS + later % RETRY_SPREAD_MS));
            }
        }
        self.rules = Some(rules);
    }

    pub(super) fn show(&mut self, mut snapshot: Snapshot, now: Instant) {
        let may_show_users = self.hold.is_over(now);
        if may_show_users && self.roster.misses_somebody(&snapshot.users) {
            self.renew_at = self.renew_at.min(now + RENEW_SOON);
        }
        self.hold.keep(self.roster.show(&snapshot, may_show_users));
        if may_show_users {
            self.hold.sent(self.roster.len() * (FRAME_BYTES + snapshot.users.len()), now);
        }
        // Everybody has them now.
        snapshot.fresh.clear();
        self.last = Some(snapshot);
    }

    /// Whoever asks for a thread that can't be opened makes a new room each time, and could fill the log with it.
    fn is_news_to_the_admin(&self, error: &Error) -> bool {
        let folder = || self.hub.site.threads().join(self.name.as_str());
        let was_open = self.last.is_some();
        was_open || error.is_the_hosts() && reports::is_due(&folder(), SystemTime::now())
    }

    fn notice_failure(&mut self, failed: Option<Error>) {
        let said = failed.as_ref().map(Error::to_string).unwrap_or_default();
        if said != self.wrong && failed.as_ref().is_some_and(|error| self.is_news_to_the_admin(error)) {
            tracing::warn!(thread = %self.name, "{said}");
        }
        if let Some(error) = failed.filter(|error| error.code() == "no-thread") {
            let words = answer(None, &Err(error));
            for outbox in self.roster.outboxes() {
                outbox.say(words.clone());
                outbox.close(CloseCode::POLICY_VIOLATION, "the thread is gone");
            }
        }
        self.wrong = said;
    }
}
