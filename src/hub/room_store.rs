//! What a room does with its thread's folder: all that reads and writes files, on a thread that may wait.
//!
//! What came together is done together: a hundred pages that join cost one write of the list of users.

use super::event::{Asked, Newcomer, Seat};
use super::frame::Ids;
use super::relay::{RELAY, relay};
use super::rules::{RuleReader, Rules};
use super::snapshot::{Fresh, Snapshot};
use crate::auth::entry::Request;
use crate::auth::holders::Holders;
use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::names::{ThreadName, UserName};
use crate::programs::Context;
use crate::programs::caller::Caller;
use crate::programs::news::{Ask, Listing, news};
use crate::programs::users::{Pace, present_until, tidy};
use crate::programs::{caller, chat};
use crate::site::Site;
use crate::thread::mailbox::Mailbox;
use crate::thread::pulse::{Pulse, keyed_hash};
use crate::thread::{Memory, Thread};
use crate::wire::reply::Reply;
use crate::wire::{Fields, Sender};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

/// What is to be done.
#[derive(Debug, Default)]
pub struct Work {
    /// Pages that join.
    pub joins: Vec<Newcomer>,
    /// Users who have left.
    pub leaves: Vec<UserName>,
    /// What users have.
    pub acks: Vec<(UserName, Ids)>,
    /// What users ask for.
    pub asks: Vec<Asked>,
    /// All who are there, with their addresses, when their presence is to be renewed.
    pub renew: Option<Vec<(UserName, String)>>,
    /// Old pages, with what they have.
    pub old_pages: Vec<(Seat, UserName, Fields)>,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Done {
    /// Pages that have joined.
    pub joined: Vec<(Newcomer, Welcome)>,
    /// Pages that could not join, and why.
    pub refused: Vec<(Newcomer, Error)>,
    /// Answers to requests.
    pub answers: Vec<(Asked, Result<Value>)>,
    /// The thread as it is now, unless nothing has changed.
    pub snapshot: Option<Snapshot>,
    /// What is new for old pages.
    pub for_old_pages: Vec<(Seat, Value)>,
    /// Who may speak, and how often, unless it is as before.
    pub rules: Option<Rules>,
    /// When the rest is to be done.
    pub again_at: Option<Instant>,
    /// What went wrong with the thread.
    pub failed: Option<Error>,
}

/// What a page gets when it joins, besides the snapshot.
#[derive(Debug)]
pub struct Welcome {
    /// The user's key in the pulse.
    pub me: String,
    /// The messages that wait for it, as JSON.
    pub messages: Vec<String>,
}

/// Programs know at once who joins, unless so many are there that writing down their names is work: …
const SMALL_CROWD: usize = 100;
/// … then after a time for each who is there, …
const REST_FOR_EACH: Duration = Duration::from_micros(200);
/// … which is no longer than this.
const LONGEST_REST: Duration = Duration::from_millis(250);

/// A room's place at its thread's folder.
#[derive(Debug)]
pub struct RoomStore {
    site: Site,
    name: ThreadName,
    rules: RuleReader,
    memory: Memory,
    /// Who has joined and is not written down yet.
    arrived: Vec<(UserName, String)>,
    /// How many were online last.
    present: usize,
    /// When somebody was written down last.
    written_at: Option<Instant>,
    pulse: Option<Pulse>,
    known: HashSet<String>,
}

impl RoomStore {
    /// For the thread of this name.
    pub fn new(site: Site, name: ThreadName) -> Self {
        let (rules, memory) = (RuleReader::default(), Memory::default());
        let (arrived, present, written_at) = (Vec::new(), 0, None);
        Self { site, name, rules, memory, arrived, present, written_at, pulse: None, known: HashSet::new() }
    }

    /// Does the work, then looks at the thread.
    pub fn work(&mut self, work: Work) -> Done {
        let mut done = Done::default();
        match Thread::open(&self.site, self.name.clone()) {
            Ok(thread) => self.work_at(&thread, work, &mut done),
            Err(error) => refuse_all(work, error, &mut done),
        }
        done
    }

    fn work_at(&mut self, thread: &Thread, work: Work, done: &mut Done) {
        let Work { joins, leaves, acks, asks, renew, old_pages } = work;
        match self.rules.look(thread, &mut self.memory) {
            Ok(rules) => done.rules = rules,
            Err(error) => done.failed = Some(error),
        }
        let joins = self.admit(thread, joins, done);
        let must_look = !joins.is_empty() || !leaves.is_empty() || renew.is_some();
        let kept = self.keep_presence(thread, &joins, &leaves, renew);
        let kept = kept.and_then(|()| self.settle(thread, &joins, &acks));
        done.failed = kept.err().or(done.failed.take());
        self.answer(thread, asks, done);
        done.again_at = self.rest_ends_at().filter(|_| !self.arrived.is_empty());
        if let Err(error) = self.look(thread, must_look, joins, done) {
            done.failed = Some(error);
        }
        for (seat, user, has) in old_pages {
            let caller = self.caller(&user);
            let new = caller.and_then(|caller| news(&caller, &Ask::new(&has)));
            done.for_old_pages.extend(new.ok().filter(|new| new.is_new).map(|new| (seat, new.into_value())));
        }
    }

    /// Those of the newcomers who may use their names, as a program would decide.
    fn admit(&mut self, thread: &Thread, joins: Vec<Newcomer>, done: &mut Done) -> Vec<Newcomer> {
        if joins.is_empty() {
            return joins;
        }
        // Asked once for all; what can't be read is said to each of those whom it concerns.
        let ask =
            |holders: &mut Holders| joins.iter().map(|one| thread.is_anybodys(holders, &one.user)).collect::<Vec<_>>();
        let anybodys = thread.recall_holders(&mut self.memory, ask).unwrap_or_else(|_| vec![false; joins.len()]);
        let mut admitted = Vec::with_capacity(joins.len());
        let mut is_busy = None;
        for (newcomer, is_anybodys) in joins.into_iter().zip(anybodys) {
            // Each would wait for the lock in turn, and the room with them.
            let verdict = is_busy
                .as_ref()
                .map_or_else(|| Self::admit_one(thread, is_anybodys, &newcomer), |busy: &Error| Err(busy.again()));
            match verdict {
                Ok(()) => admitted.push(newcomer),
                Err(error) => {
                    is_busy = is_busy.or_else(|| matches!(error, Error::Busy { .. }).then(|| error.again()));
                    done.refused.push((newcomer, error));
                }
            }
        }
        admitted
    }

    fn admit_one(thread: &Thread, is_anybodys: bool, newcomer: &Newcomer) -> Result<()> {
        let request = Request { cookies: &newcomer.cookies, address: &newcomer.address, takes_cookies: false };
        thread.must_be_open(request)?;
        if is_anybodys { Ok(()) } else { thread.admit(&newcomer.user, request).map(drop) }
    }

    fn caller(&self, user: &UserName) -> Result<Caller> {
        Ok(Caller { thread: Thread::open(&self.site, self.name.clone())?, user: user.clone() })
    }

    /// Answers requests in their order, messages that follow each other together.
    fn answer(&mut self, thread: &Thread, asks: Vec<Asked>, done: &mut Done) {
        let mut asks = asks.into_iter().peekable();
        while let Some(asked) = asks.next() {
            if asked.act != RELAY {
                let result = self.ask(&asked);
                done.answers.push((asked, result));
                continue;
            }
            let mut messages = vec![asked];
            messages.extend(std::iter::from_fn(|| asks.next_if(|asked| asked.act == RELAY)));
            done.answers.extend(relay(thread, &mut self.memory, messages));
        }
    }

    /// What a program would do.
    fn ask(&self, asked: &Asked) -> Result<Value> {
        let (caller, fields) = (self.caller(&asked.user)?, asked.fields.clone());
        let sender = Sender { client: asked.address.clone(), ..Sender::default() };
        let context = Context::of_hub(&self.site, sender);
        let reply = match asked.act.as_str() {
            "logNrelay" if asked.is_old_page => chat::log_and_relay_once(&context, &caller, fields)?,
            "logNrelay" => chat::log_and_relay(&context, &caller, fields)?,
            "stay" => chat::call_goes_on(&caller, &fields)?,
            other => return Err(caller::unknown_command(other)),
        };
        Ok(value(reply))
    }

    /// Looks at the thread if its pulse has changed or it must be looked at.
    fn look(&mut self, thread: &Thread, must: bool, joins: Vec<Newcomer>, done: &mut Done) -> Result<()> {
        // Before all else: what changes after this line is found at the next look.
        let pulse = thread.pulse()?;
        if !must && self.pulse.as_ref() == Some(&pulse) {
            return Ok(());
        }
        let now = Moment::now();
        let key = if joins.is_empty() { String::new() } else { thread.key()? };
        let known = &mut self.known;
        let (fresh, messages) = thread.recall_mailbox(&mut self.memory, |mailbox| {
            let welcome = |one: Newcomer| (welcome(&key, &one.user, mailbox, now), one);
            (fresh(known, mailbox, now), joins.into_iter().map(welcome).collect::<Vec<_>>())
        })?;
        let snapshot = self.snapshot(thread, &pulse, fresh, now)?;
        done.joined.extend(messages.into_iter().map(|(welcome, one)| (one, welcome)));
        (self.pulse, done.snapshot) = (Some(pulse), Some(snapshot));
        Ok(())
    }

    fn snapshot(&mut self, thread: &Thread, pulse: &Pulse, fresh: Vec<Fresh>, now: Moment) -> Result<Snapshot> {
        let Listing { list, token, free } = Listing::of(thread, now)?;
        let list = String::from_utf8_lossy(&list);
        Ok(Snapshot {
            seconds: now.seconds(),
            pulse: pulse.clone(),
            users: self.users(thread, now)?,
            catalog: format!(r#""list":{list},"catCrc":{},"free":{free}"#, json!(token)),
            token,
            fresh,
        })
    }

    /// The names of those who are online, whether they are written down or not.
    fn users(&mut self, thread: &Thread, now: Moment) -> Result<String> {
        let Self { memory, arrived, present, .. } = self;
        thread.recall_presence(memory, |presence| {
            let mut names = presence.names(now);
            if !arrived.is_empty() {
                names.extend(arrived.iter().map(|(user, _)| user.as_str()));
                names.sort_unstable();
                names.dedup();
            }
            *present = names.len();
            json!(names).to_string()
        })
    }

    /// Until when nobody else is written down.
    fn rest_ends_at(&self) -> Option<Instant> {
        let present = u32::try_from(self.present).unwrap_or(u32::MAX);
        let rest = REST_FOR_EACH.saturating_mul(present).min(LONGEST_REST);
        self.written_at.filter(|_| self.present >= SMALL_CROWD).map(|at| at + rest)
    }

    fn keep_presence(
        &mut self,
        thread: &Thread,
        joins: &[Newcomer],
        leaves: &[UserName],
        renew: Option<Vec<(UserName, String)>>,
    ) -> Result<()> {
        self.arrived.retain(|(user, _)| !leaves.contains(user));
        thread.mark_all_gone(&mut self.memory, leaves)?;
        self.arrived.extend(joins.iter().map(|newcomer| (newcomer.user.clone(), newcomer.address.clone())));
        let (is_renewal, now) = (renew.is_some(), Instant::now());
        if !is_renewal && self.rest_ends_at().is_some_and(|end| now < end) {
            return Ok(());
        }
        let mut here = renew.unwrap_or_default();
        here.append(&mut self.arrived);
        if !here.is_empty() {
            self.written_at = Some(now);
            thread.mark_all_online(&mut self.memory, &here, present_until(&thread.settings, Pace::default()))?;
        }
        if is_renewal { tidy(thread) } else { Ok(()) }
    }

    /// Takes away the messages that pages have, also those that they have from before they joined.
    fn settle(&mut self, thread: &Thread, joins: &[Newcomer], acks: &[(UserName, Ids)]) -> Result<()> {
        let joined = joins.iter().filter_map(|newcomer| Some((&newcomer.user, newcomer.ack.as_ref()?)));
        let mut had = HashMap::<&str, Vec<&UserName>>::new();
        for (user, ids) in acks.iter().map(|(user, ids)| (user, ids)).chain(joined) {
            ids.iter().for_each(|id| had.entry(id).or_default().push(user));
        }
        if had.is_empty() { Ok(()) } else { thread.lock()?.settle_all(&mut self.memory, &had, Moment::now()) }
    }
}

/// The messages that are not known yet; they are from now on.
fn fresh(known: &mut HashSet<String>, mailbox: &Mailbox, now: Moment) -> Vec<Fresh> {
    // What the original left waiting has no id and is as old as the last visit of its pages.
    let waiting = || mailbox.waiting(now).filter(|letter| !letter.id().is_empty());
    let new = waiting().filter(|letter| !known.contains(letter.id()));
    let fresh: Vec<_> = new
        .map(|letter| Fresh {
            id: letter.id().to_owned(),
            author: letter.author().map(str::to_owned),
            target: letter.target().filter(|target| *target != "*").map(str::to_owned),
            text: letter.for_new_page().to_string(),
        })
        .collect();
    known.extend(fresh.iter().map(|fresh| fresh.id.clone()));
    if known.len() > waiting().count() {
        *known = waiting().map(|letter| letter.id().to_owned()).collect();
    }
    fresh
}

/// What a program replies with, as an object.
fn value(reply: Reply) -> Value {
    match reply {
        Reply::Json(value) => value,
        Reply::Text(_) | Reply::Nothing | Reply::NotModified | Reply::Page(_) => json!({}),
    }
}

fn welcome(key: &str, user: &UserName, mailbox: &Mailbox, now: Moment) -> Welcome {
    let messages = mailbox.due(user, now).map(|letter| letter.for_new_page().to_string()).collect();
    Welcome { me: keyed_hash(key, user), messages }
}

fn refuse_all(work: Work, error: Error, done: &mut Done) {
    done.refused = work.joins.into_iter().map(|newcomer| (newcomer, error.again())).collect();
    done.answers = work.asks.into_iter().map(|asked| (asked, Err(error.again()))).collect();
    done.failed = Some(error);
}
