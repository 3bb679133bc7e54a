//! A room: the pages of one thread that are connected. One task that owns them all, and a [`RoomStore`] for the files.
//!
//! While the store works, what comes in meanwhile is gathered, and is its next work.

use super::debounce::{Hold, Vanished};
use super::event::{Asked, Event, Seat};
use super::frame::answer;
use super::room_store::{Done, RoomStore, Work};
use super::roster::Roster;
use super::rules::Rules;
use super::snapshot::{Fresh, Snapshot};
mod outcome;

use super::{Hub, RETRY_SPREAD_MS};
use crate::auth::rate_limit::RateLimit;
use crate::clock::Moment;
use crate::names::ThreadName;
use crate::programs::chat::target;
use crate::programs::users::RENEW_SEC;
use crate::thread::mailbox::Target;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::Receiver;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{Instant, sleep_until};

/// Nobody waits for acknowledgements, so they are gathered for a while.
const ACK_WAIT: Duration = Duration::from_secs(1);
/// Who joins and what changes in the folder is done together, where it comes faster than this.
const PACE: Duration = Duration::from_millis(20);
/// Whether the folder has changed is looked at this often, for file systems that tell nobody of changes.
const LOOK_EVERY: Duration = Duration::from_secs(2);
const RENEW_EVERY: Duration = Duration::from_secs(RENEW_SEC);
/// Somebody who is here was said to have left.
const RENEW_SOON: Duration = Duration::from_secs(1);
/// More does not come together in one piece of work.
const MOST_TOGETHER: usize = 2000;

/// One room's state.
pub struct Room {
    hub: Arc<Hub>,
    name: ThreadName,
    inbox: Receiver<Event>,
    roster: Roster,
    /// `None` while it works.
    store: Option<RoomStore>,
    work: Work,
    gathered: usize,
    /// When what pages have is to be settled, at the latest.
    settle_at: Option<Instant>,
    /// When the gathered work is to be done.
    due: Option<Instant>,
    worked_at: Instant,
    vanished: Vanished,
    look_at: Instant,
    renew_at: Instant,
    /// Of lists of users.
    hold: Hold,
    /// Who has gone while the store let them in.
    left_early: Vec<(Seat, bool)>,
    last: Option<Snapshot>,
    rules: Option<Rules>,
    /// What was said in this minute.
    rates: RateLimit,
    /// What was wrong with the thread last, so that it is said once.
    wrong: String,
    /// Once pages were sent away: what they were told, which is told to latecomers too.
    stopped: Option<Option<u64>>,
}

impl Room {
    /// An empty room.
    pub fn new(hub: Arc<Hub>, name: ThreadName, inbox: Receiver<Event>) -> Self {
        let now = Instant::now();
        Self {
            store: Some(RoomStore::new(hub.site.clone(), name.clone())),
            hub,
            name,
            inbox,
            roster: Roster::default(),
            work: Work::default(),
            gathered: 0,
            settle_at: None,
            due: None,
            worked_at: now,
            vanished: Vanished::default(),
            look_at: now + LOOK_EVERY,
            renew_at: now + RENEW_EVERY,
            hold: Hold::new(now),
            left_early: Vec::new(),
            last: None,
            rules: None,
            rates: RateLimit::default(),
            wrong: String::new(),
            stopped: None,
        }
    }

    /// Runs until nobody is there any more.
    pub async fn run(mut self) {
        let mut working: Option<JoinHandle<(RoomStore, Done)>> = None;
        loop {
            if working.is_none() {
                if self.is_over() && self.hub.close_room(&self.name, &mut self.inbox) {
                    return;
                }
                working = self.start_work();
            }
            let wake = self.next_deadline();
            tokio::select! {
                event = self.inbox.recv(), if self.gathered < MOST_TOGETHER => self.take(event),
                Some(result) = finished(&mut working) => {
                    working = None;
                    self.finish(result);
                }
                () = sleep_until(wake), if working.is_none() => self.wake_up(Instant::now()),
            }
        }
    }

    fn is_over(&self) -> bool {
        self.roster.is_empty() && self.vanished.is_empty() && self.due.is_none()
    }

    fn take(&mut self, event: Option<Event>) {
        let now = Instant::now();
        match event {
            Some(Event::Join(newcomer)) => {
                self.open_again();
                self.work.joins.push(newcomer);
                self.gather(now.max(self.worked_at + PACE));
            }
            Some(Event::Ask(asked)) => self.ask(asked, now),
            Some(Event::Ack(user, ids)) => {
                self.work.acks.push((user, ids));
                let settle_at = *self.settle_at.get_or_insert(now + ACK_WAIT);
                self.gather(settle_at);
            }
            Some(Event::Leave(seat, clean)) => self.leave(seat, clean, now),
            Some(Event::Changed) => self.gather(now.max(self.worked_at + PACE)),
            Some(Event::Stop(retry_ms)) => self.stop(retry_ms),
            // The hub never lets go of a room that runs.
            None => {}
        }
    }

    fn ask(&mut self, asked: Asked, now: Instant) {
        let is_message = matches!(asked.act.as_str(), "relay" | "logNrelay");
        if let Some(rules) = self.rules.as_ref().filter(|_| is_message) {
            if let Err(error) = rules.count(&mut self.rates, &asked.user, &asked.address, Moment::now()) {
                return asked.outbox.say(answer(asked.rid.as_ref(), &Err(error)));
            }
            // What the store is going to refuse is told to nobody.
            if !rules.silences(&asked.user) {
                self.tell_at_once(&asked);
            }
        }
        self.work.asks.push(asked);
        self.gather(now);
    }

    /// A message reaches those who are here before it is on the disk; its author is answered when it is.
    fn tell_at_once(&mut self, asked: &Asked) {
        let (Some(snapshot), "relay") = (&self.last, asked.act.as_str()) else { return };
        let Ok(target) = target(&asked.fields) else { return };
        let mut message = asked.fields.clone().into_object();
        message.insert("received".into(), Moment::now().seconds().to_string().into());
        message.insert("id".into(), asked.id.as_str().into());
        let target = if let Target::One(user) = target { Some(user.as_str().to_owned()) } else { None };
        let text = Value::Object(message).to_string();
        self.roster.tell(Fresh { id: asked.id.clone(), author: Some(asked.user.to_string()), target, text }, snapshot);
    }

    fn gather(&mut self, by: Instant) {
        self.gathered += 1;
        // Nothing more comes in until that much is done.
        let by = if self.gathered < MOST_TOGETHER { by } else { Instant::now() };
        self.due = Some(self.due.map_or(by, |due| due.min(by)));
    }

    fn leave(&mut self, seat: Seat, clean: bool, now: Instant) {
        self.work.joins.retain(|newcomer| newcomer.seat != seat);
        let Some(user) = self.roster.leave(seat) else {
            if self.store.is_none() {
                self.left_early.push((seat, clean));
            }
            return;
        };
        if self.stopped.is_some() || self.roster.has(&user) {
            return;
        }
        if clean {
            self.work.leaves.push(user);
            self.gather(now);
        } else {
            self.vanished.add(user, now);
        }
    }

    fn stop(&mut self, retry_ms: Option<u64>) {
        self.stopped = Some(retry_ms);
        let newcomers = self.work.joins.iter().map(|newcomer| &*newcomer.outbox);
        for (outbox, later) in self.roster.outboxes().chain(newcomers).zip(0_u64..) {
            super::say_goodbye(outbox, retry_ms.map(|ms| ms + later % RETRY_SPREAD_MS));
        }
        self.vanished.clear();
    }

    /// The admin may serve a thread again before its room is empty.
    fn open_again(&mut self) {
        if self.stopped == Some(None) && self.hub.settings().serves(&self.name) {
            self.stopped = None;
        }
    }

    fn next_deadline(&self) -> Instant {
        let others = [self.due, self.vanished.next(), self.hold.next()];
        others.into_iter().flatten().fold(self.look_at.min(self.renew_at), Instant::min)
    }

    fn wake_up(&mut self, now: Instant) {
        if now >= self.look_at {
            self.gather(now);
        }
        if now >= self.renew_at {
            self.renew_at = now + RENEW_EVERY;
            self.work.renew = Some(self.roster.users());
            self.gather(now);
        }
        if self.hold.next().is_some_and(|at| at <= now)
            && let Some(snapshot) = self.last.take()
        {
            self.show(snapshot, now);
        }
        for user in self.vanished.take_due(now) {
            if !self.roster.has(&user) {
                self.work.leaves.push(user);
                self.gather(now);
            }
        }
    }

    /// Nobody waits for what pages have to be settled, but who joins is not to get again what was had.
    fn may_settle_later(&self, work: &Work, now: Instant) -> bool {
        let is_early = self.settle_at.is_some_and(|at| now < at);
        is_early && work.joins.is_empty() && work.acks.len() < MOST_TOGETHER
    }

    fn start_work(&mut self) -> Option<JoinHandle<(RoomStore, Done)>> {
        let now = Instant::now();
        if self.due.is_none_or(|due| due > now) {
            return None;
        }
        let mut store = self.store.take()?;
        let mut work = std::mem::take(&mut self.work);
        work.old_pages = self.roster.old_pages();
        if self.may_settle_later(&work, now) {
            self.work.acks = std::mem::take(&mut work.acks);
        } else {
            self.settle_at = None;
        }
        (self.due, self.gathered, self.worked_at, self.look_at) = (self.settle_at, 0, now, now + LOOK_EVERY);
        Some(spawn_blocking(move || {
            let done = store.work(work);
            (store, done)
        }))
    }
}

/// The work's result, once it is there; `None` inside if it crashed. Never ready if nothing works.
async fn finished<T>(working: &mut Option<JoinHandle<T>>) -> Option<Option<T>> {
    Some(working.as_mut()?.await.ok())
}
