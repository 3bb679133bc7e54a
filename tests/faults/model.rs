//! Random sequences of requests by several people and an admin, compared after each with a simple model of a thread.
//!
//! Each request is a process of its own; some come at the same time. `MOZCHAT_FAULTS=all` takes 100,000 steps.

use crate::http::Answer;
use crate::programs::is_done;
use crate::room::{Room, clip};
use mozchat::clock::Moment;
use mozchat::names::{ThreadName, UserName};
use mozchat::site::Site;
use mozchat::thread::Thread;
use mozchat::thread::pulse::Pulse;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;

const PEOPLE: [&str; 3] = ["Ann", "Bob", "Mo"];
const MODERATOR: &str = "Mo";
const MOST_CLIPS: usize = 5;
const MOST_BYTES: usize = 6500;
const STEPS: usize = 100;

#[test]
fn whatever_people_do_in_whatever_order_the_thread_is_as_a_simple_model_says() {
    let cases = if crate::tries_all() { 1000 } else { 20 };
    let mut runner =
        TestRunner::new(Config { cases, failure_persistence: None, max_shrink_iters: 300, ..Config::default() });
    let outcome = runner.run(&vec(step(), STEPS), |steps| {
        let mut world = World::new();
        for (index, step) in steps.iter().enumerate() {
            world.take(step).map_err(|what| TestCaseError::fail(format!("step {index}, {step:?}: {what}")))?;
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    println!("{} steps", cases as usize * STEPS);
}

/// What somebody does. Whom and which clip it is about are numbers, taken modulo how many there are.
#[derive(Clone, Debug)]
enum Step {
    Upload(usize, u8),
    Delete(usize, usize),
    Clear(usize),
    Say(usize, usize),
    Poll(usize),
    /// A poll that says what has been shown.
    Acknowledge(usize),
    /// A poll of the original's page, which takes its messages along.
    OldPoll(usize),
    Online(usize),
    Bye(usize),
    Mute(usize, usize, bool),
    /// A request under somebody's name without the cookie.
    Impostor(usize),
    AdminDeletesClip(usize),
    AdminDeletesMedia,
    /// Uploads and messages at the same time.
    AtOnce(u8, u8),
}

fn step() -> impl Strategy<Value = Step> {
    let who = || 0..PEOPLE.len();
    prop_oneof![
        6 => (who(), 0..12_u8).prop_map(|(user, clip)| Step::Upload(user, clip)),
        2 => (who(), 0..7_usize).prop_map(|(user, clip)| Step::Delete(user, clip)),
        1 => who().prop_map(Step::Clear),
        4 => (who(), 0..4_usize).prop_map(|(user, target)| Step::Say(user, target)),
        3 => who().prop_map(Step::Poll),
        3 => who().prop_map(Step::Acknowledge),
        1 => who().prop_map(Step::OldPoll),
        1 => who().prop_map(Step::Online),
        1 => who().prop_map(Step::Bye),
        1 => (who(), who(), any::<bool>()).prop_map(|(user, target, on)| Step::Mute(user, target, on)),
        1 => who().prop_map(Step::Impostor),
        1 => (0..7_usize).prop_map(Step::AdminDeletesClip),
        1 => Just(Step::AdminDeletesMedia),
        1 => (0..4_u8, 0..4_u8).prop_map(|(clips, words)| Step::AtOnce(clips, words)),
    ]
}

#[derive(Clone, Debug, PartialEq)]
struct Letter {
    from: String,
    /// `None`: to all.
    to: Option<String>,
    text: String,
    read_by: BTreeSet<String>,
}

impl Letter {
    fn is_for(&self, user: &str) -> bool {
        match &self.to {
            Some(name) => name == user,
            None => self.from != user && !self.read_by.contains(user),
        }
    }
}

fn bytes(clips: &[String]) -> usize {
    clips.iter().map(|description| clip(description).len()).sum()
}

/// Whose clip it is, as its description says.
fn author(description: &str) -> &str {
    description.split('-').next().expect("a name")
}

/// What a thread should be like.
#[derive(Default)]
struct Model {
    /// Descriptions, oldest first.
    clips: Vec<String>,
    /// By description, the file of each upload that is known.
    known: BTreeMap<String, String>,
    letters: Vec<Letter>,
    online: BTreeSet<String>,
    muted: BTreeSet<String>,
    /// By user, the ids and texts of what was shown and not acknowledged.
    shown: BTreeMap<String, Vec<(String, String)>>,
}

impl Model {
    fn due(&self, user: &str) -> Vec<String> {
        self.letters.iter().filter(|letter| letter.is_for(user)).map(|letter| letter.text.clone()).collect()
    }

    fn add(&mut self, description: &str) {
        self.clips.push(description.into());
        while self.clips.len() > MOST_CLIPS {
            self.evict(|clips| clips.len());
        }
        while bytes(&self.clips) > MOST_BYTES {
            self.evict(bytes);
        }
    }

    /// Sends away the oldest clip of the one who has most; of several who have as much, of the one with the oldest. The
    /// new clip stays.
    fn evict(&mut self, measure: fn(&[String]) -> usize) {
        let of = |user: &str| self.clips.iter().filter(|clip| author(clip) == user).cloned().collect::<Vec<_>>();
        let oldest = |user: &str| self.clips.iter().position(|clip| author(clip) == user);
        let others = self.clips.len() - 1;
        let candidates = PEOPLE.into_iter().filter(|user| oldest(user).is_some_and(|index| index < others));
        let most = candidates.max_by_key(|user| (measure(&of(user)), std::cmp::Reverse(oldest(user))));
        let index = oldest(most.expect("somebody has a clip")).expect("a clip");
        self.clips.remove(index);
    }

    fn read(&mut self, user: &str, texts: &[String]) {
        self.letters.retain_mut(|letter| {
            let is_read = letter.is_for(user) && texts.contains(&letter.text);
            if is_read && letter.to.is_none() {
                letter.read_by.insert(user.into());
            }
            !is_read || letter.to.is_none()
        });
    }
}

/// The thread and its model.
struct World {
    room: Room,
    model: Model,
    words: usize,
}

type Checked = Result<(), String>;

impl World {
    fn new() -> Self {
        let limits = format!("maxClipCount={MOST_CLIPS}\nmaxMediaFolderBytes={MOST_BYTES}\nuserStatusFadeS=3600\n");
        let patience = "clipLifetimeSec=86400\nmessageLifetimeSec=86400\nmaxClipsPerMinute=0\nmaxMessagesPerMinute=0\n";
        let mut room = Room::new(&format!("{limits}{patience}[auth]\nmoderators={MODERATOR}\n"));
        PEOPLE.iter().for_each(|user| room.settle(user));
        let online = PEOPLE.iter().map(|user| (*user).to_owned()).collect();
        Self { room, model: Model { online, ..Model::default() }, words: 0 }
    }

    fn take(&mut self, step: &Step) -> Checked {
        let before = self.thread().pulse().map_err(|error| error.to_string())?;
        let clips_before = self.model.clips.clone();
        let due_before = PEOPLE.map(|user| self.model.due(user));
        self.act(step)?;
        self.compare()?;
        let after = self.thread().pulse().map_err(|error| error.to_string())?;
        if self.model.clips != clips_before && after.clips == before.clips {
            return Err("no beat for the clips".into());
        }
        for (user, due) in PEOPLE.iter().zip(due_before) {
            let has_new = self.model.due(user).iter().any(|text| !due.contains(text));
            if has_new && mail_of(&after, &self.thread(), user) == mail_of(&before, &self.thread(), user) {
                return Err(format!("no beat for {user}'s mail"));
            }
        }
        Ok(())
    }

    fn act(&mut self, step: &Step) -> Checked {
        match *step {
            Step::Upload(user, number) => self.upload(PEOPLE[user], &format!("{}-{number}", PEOPLE[user])),
            Step::Delete(user, index) => self.delete(PEOPLE[user], index),
            Step::Clear(user) => {
                let answer = self.ask(PEOPLE[user], "delete", "clearMedia", &json!({}));
                let may = PEOPLE[user] == MODERATOR;
                if may {
                    self.model.clips.clear();
                }
                expect(&answer, if may { None } else { Some("not-permitted") })
            }
            Step::Say(user, target) => self.say(PEOPLE[user], PEOPLE.get(target).copied()),
            Step::Poll(user) => self.poll(PEOPLE[user], &[]),
            Step::Acknowledge(user) => {
                let shown = self.model.shown.remove(PEOPLE[user]).unwrap_or_default();
                self.poll(PEOPLE[user], &shown)
            }
            Step::OldPoll(user) => self.old_poll(PEOPLE[user]),
            Step::Online(user) => {
                self.model.online.insert(PEOPLE[user].into());
                let answer = self.ask(PEOPLE[user], "users", "online", &json!({}));
                expect(&answer, None)?;
                same("users", &texts(&answer.json()["users"]), &self.model.online.iter().cloned().collect::<Vec<_>>())
            }
            Step::Bye(user) => {
                self.model.online.remove(PEOPLE[user]);
                expect(&self.ask(PEOPLE[user], "users", "bye", &json!({})), None)
            }
            Step::Mute(user, target, on) => self.mute(PEOPLE[user], PEOPLE[target], on),
            Step::Impostor(user) => {
                let mut request = self.room.upload(PEOPLE[user], "impostor");
                request.cookies = String::new();
                expect(&request.run(&self.room.threads()), Some("name-taken"))
            }
            Step::AdminDeletesClip(index) => self.admin_deletes(index),
            Step::AdminDeletesMedia => {
                self.let_time_pass();
                let _ = fs::remove_dir_all(self.room.file("media1"));
                let Model { clips, known, .. } = &mut self.model;
                clips.drain(..).for_each(|description| drop(known.remove(&description)));
                Ok(())
            }
            Step::AtOnce(clips, words) => self.at_once(clips, words),
        }
    }

    fn upload(&mut self, user: &str, description: &str) -> Checked {
        let answer = self.room.upload(user, description).run(&self.room.threads());
        if self.model.muted.contains(user) {
            return expect(&answer, Some("muted"));
        }
        expect(&answer, None)?;
        let id = answer.json()["id"].as_str().unwrap_or_default().to_owned();
        match self.model.known.get(description) {
            Some(known) => same("an upload sent again", &id, known),
            None => {
                self.model.known.insert(description.into(), id);
                self.model.add(description);
                Ok(())
            }
        }
    }

    fn delete(&mut self, user: &str, index: usize) -> Checked {
        let Some(description) = self.model.clips.get(index).cloned() else {
            return expect(&self.ask(user, "delete", "delete", &json!({ "id": "none.webm" })), Some("no-clip"));
        };
        let id = self.model.known[&description].clone();
        let answer = self.ask(user, "delete", "delete", &json!({ "id": id }));
        let may = user == MODERATOR || description.starts_with(user);
        if may {
            self.model.clips.remove(index);
        }
        expect(&answer, if may { None } else { Some("not-permitted") })
    }

    fn say(&mut self, user: &str, target: Option<&str>) -> Checked {
        let text = self.next_words();
        let more = json!({ "target": target.unwrap_or("*"), "type": "message", "text": text });
        let answer = self.ask(user, "chat", "relay", &more);
        if self.model.muted.contains(user) {
            return expect(&answer, Some("muted"));
        }
        let letter = Letter { from: user.into(), to: target.map(str::to_owned), text, read_by: BTreeSet::new() };
        self.model.letters.push(letter);
        expect(&answer, None)
    }

    fn poll(&mut self, user: &str, shown: &[(String, String)]) -> Checked {
        let ids: Vec<_> = shown.iter().map(|(id, _)| id.as_str()).collect();
        let answer = self.ask(user, "poll", "poll", &json!({ "catCrc": "", "ack": ids.join(",") }));
        expect(&answer, None)?;
        let read: Vec<_> = shown.iter().map(|(_, text)| text.clone()).collect();
        self.model.read(user, &read);
        self.model.online.insert(user.into());
        let news = answer.json();
        let messages = news["messages"].as_array().cloned().unwrap_or_default();
        let text = |message: &Value, name: &str| message[name].as_str().unwrap_or_default().to_owned();
        let got: Vec<_> = messages.iter().map(|message| text(message, "text")).collect();
        let shown = messages.iter().map(|message| (text(message, "id"), text(message, "text"))).collect();
        self.model.shown.insert(user.into(), shown);
        same("messages", &got, &self.model.due(user))?;
        let list: Vec<_> = news["list"].as_array().into_iter().flatten().map(|row| text(row, "")).collect();
        same("rows", &list.len(), &self.model.clips.len())
    }

    fn old_poll(&mut self, user: &str) -> Checked {
        let answer = self.ask(user, "poll", "poll", &json!({ "catCrc": "" }));
        self.model.online.insert(user.into());
        let due = self.model.due(user);
        self.model.read(user, &due);
        let news = answer.json();
        let got = match &news["pack"] {
            Value::Array(messages) => messages.iter().map(|m| m["text"].as_str().unwrap_or_default().into()).collect(),
            _ => news["text"].as_str().map(str::to_owned).into_iter().collect::<Vec<_>>(),
        };
        same("messages of an old page", &got, &due)
    }

    fn mute(&mut self, user: &str, target: &str, on: bool) -> Checked {
        let act = if on { "mute" } else { "unmute" };
        let answer = self.ask(user, "users", act, &json!({ "target": target }));
        if user != MODERATOR {
            return expect(&answer, Some("not-permitted"));
        }
        if on {
            self.model.muted.insert(target.into())
        } else {
            self.model.muted.remove(target)
        };
        expect(&answer, None)?;
        same("the muted", &texts(&answer.json()["muted"]), &self.model.muted.iter().cloned().collect::<Vec<_>>())
    }

    fn admin_deletes(&mut self, index: usize) -> Checked {
        if index < self.model.clips.len() {
            self.let_time_pass();
            let description = self.model.clips.remove(index);
            let file = self.model.known.remove(&description).expect("a known clip");
            fs::remove_file(self.room.file("media1").join(file)).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// Until a change to the media folder gives it another time than the last one did. Kernels before 6.13 count in
    /// ticks of some milliseconds, and no admin is as fast as that.
    fn let_time_pass(&self) {
        let probe = tempfile::tempfile_in(self.room.threads().parent().expect("a parent")).expect("a file");
        let last = fs::metadata(self.room.file("media1")).and_then(|media| media.modified());
        while last.as_ref().is_ok_and(|last| probe.metadata().and_then(|now| now.modified()).expect("a time") <= *last)
        {
            (&probe).write_all(b"x").expect("a file that is written");
        }
    }

    /// New clips and messages that come at the same time: in any order, but all of them.
    fn at_once(&mut self, clips: u8, words: u8) -> Checked {
        let speakers: Vec<_> = PEOPLE.into_iter().filter(|user| !self.model.muted.contains(*user)).collect();
        let Some(user) = speakers.first().copied() else { return Ok(()) };
        let new: Vec<_> = (0..clips).map(|_| format!("{user}-at-once-{}", self.next_words())).collect();
        let said: Vec<_> = (0..words).map(|_| self.next_words()).collect();
        let uploads = new.iter().map(|description| self.room.upload(user, description));
        let message = |text: &String| {
            self.room.request(user, "chat", "relay", &json!({ "target": "*", "type": "message", "text": text }))
        };
        let requests: Vec<_> = uploads.chain(said.iter().map(message)).collect();
        let threads = self.room.threads();
        let answers: Vec<_> = std::thread::scope(|scope| {
            let running: Vec<_> =
                requests.iter().map(|request| scope.spawn(|| request.run_until_taken(&threads))).collect();
            running.into_iter().map(|one| one.join().expect("an answer")).collect()
        });
        for answer in &answers {
            expect(answer, None)?;
        }
        for (description, answer) in new.iter().zip(&answers) {
            self.model.known.insert(description.clone(), answer.json()["id"].as_str().unwrap_or_default().into());
        }
        // In the order in which they came to be there; those that were driven out again came first.
        let listed = self.listed()?;
        let (last, first): (Vec<_>, Vec<_>) = new.iter().partition(|description| listed.contains(description));
        let place = |description: &&String| listed.iter().position(|one| one == *description);
        let mut last = last;
        last.sort_by_key(place);
        let after = |first: &[&String]| {
            let mut model = Model { clips: self.model.clips.clone(), ..Model::default() };
            first.iter().chain(&last).for_each(|description| model.add(description));
            model.clips
        };
        // In which order those came that are gone is not known, and may have decided which of the others went with them.
        let orders = orders(&first);
        let clips: Vec<_> = orders.iter().map(|first| after(first)).collect();
        self.model.clips = clips.iter().find(|clips| **clips == listed).unwrap_or(&clips[0]).clone();
        let arrived = self.waiting()?;
        let mut said = said;
        said.sort_by_key(|text| arrived.iter().position(|one| one == text));
        let letter = |text| Letter { from: user.into(), to: None, text, read_by: BTreeSet::new() };
        self.model.letters.extend(said.into_iter().map(letter));
        Ok(())
    }

    /// Compares the thread's files with the model.
    fn compare(&mut self) -> Checked {
        same("clips", &self.listed()?, &self.model.clips)?;
        let mut files: Vec<_> =
            self.model.clips.iter().map(|description| self.model.known[description].clone()).collect();
        files.sort();
        same("files", &self.room.names("media1"), &files)?;
        for description in &self.model.clips {
            let file = self.room.file("media1").join(&self.model.known[description]);
            same("a clip's bytes", &fs::read(file).unwrap_or_default().len(), &clip(description).len())?;
        }
        let letters: Vec<_> = self.model.letters.iter().map(|letter| letter.text.clone()).collect();
        same("messages that wait", &self.waiting()?, &letters)?;
        let presence = self.thread().presence().map_err(|error| error.to_string())?;
        let online: Vec<_> = self.model.online.iter().map(String::as_str).collect();
        same("who is online", &presence.names(Moment::now()), &online)?;
        let left: Vec<_> = self.room.names("").into_iter().filter(|name| name.ends_with(".tmp")).collect();
        same("leftovers", &left, &Vec::new())
    }

    fn listed(&self) -> Result<Vec<String>, String> {
        let clips = self.thread().clips().map_err(|error| error.to_string())?;
        Ok(clips.into_iter().map(|clip| clip.description).collect())
    }

    fn waiting(&self) -> Result<Vec<String>, String> {
        let mailbox = self.thread().mailbox().map_err(|error| error.to_string())?;
        let texts = mailbox
            .waiting(Moment::now())
            .map(|letter| letter.for_old_page()["text"].as_str().unwrap_or_default().to_owned());
        Ok(texts.collect())
    }

    fn thread(&self) -> Thread {
        let name = ThreadName::new("room").expect("a name");
        Thread::open(&Site::at(self.room.threads()), name).expect("a thread")
    }

    fn ask(&self, user: &str, program: &'static str, act: &str, more: &Value) -> Answer {
        self.room.request(user, program, act, more).run(&self.room.threads())
    }

    fn next_words(&mut self) -> String {
        self.words += 1;
        format!("words-{}", self.words)
    }
}

/// Every order in which these can come.
fn orders<T: Copy>(items: &[T]) -> Vec<Vec<T>> {
    if items.is_empty() {
        return vec![Vec::new()];
    }
    let beginning_with = |index: usize| {
        let mut rest = items.to_vec();
        let first = rest.remove(index);
        orders(&rest).into_iter().map(move |rest| [vec![first], rest].concat())
    };
    (0..items.len()).flat_map(beginning_with).collect()
}

fn mail_of(pulse: &Pulse, thread: &Thread, user: &str) -> (u64, Option<u64>) {
    let name = thread.pulse_name(&UserName::new(user).expect("a name")).expect("a key");
    (pulse.all, pulse.to.get(&name).copied())
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(|text| text.as_str().unwrap_or_default().to_owned()).collect()
}

fn expect(answer: &Answer, refusal: Option<&str>) -> Checked {
    let refused = answer.header("Mozchat-Error");
    if refused == refusal && (refusal.is_some() || is_done(answer)) {
        return Ok(());
    }
    Err(format!("{refused:?} instead of {refusal:?}: {}", String::from_utf8_lossy(&answer.body)))
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, is: &T, should_be: &T) -> Checked {
    if is == should_be { Ok(()) } else { Err(format!("{what}: {is:?} instead of {should_be:?}")) }
}
