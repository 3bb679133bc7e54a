//! What a thread promises, whatever has happened to it.

use crate::programs::{Request, Said, is_done};
use crate::room::{Room, clip};
use crate::scenarios::Scenario;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;

/// A thread as its people see it, without what differs from run to run.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Author, type, length, size and description of each clip.
    clips: BTreeSet<String>,
    /// What waits for Bob.
    messages: BTreeSet<String>,
}

/// What the thread promises before and after a request, and what Bob's page has seen of it before.
pub struct Promises<'s> {
    scenario: &'s Scenario,
    before: View,
    after: View,
    pulse: Value,
}

impl<'s> Promises<'s> {
    pub fn of(scenario: &'s Scenario) -> Self {
        let mut room = scenario.room.copy();
        let before = view(&mut room, scenario.most_clips).expect("a sound thread");
        let pulse = scenario.room.copy().done("Bob", "users", "online", &json!({}))["pulse"].clone();
        let mut room = scenario.room.copy();
        assert!(is_done(&scenario.request.run(&room.threads())), "{}", scenario.name);
        let after = view(&mut room, scenario.most_clips).expect("a sound thread");
        Self { scenario, before, after, pulse }
    }

    /// Looks whether a thread that a fault has struck keeps them; what is wrong, if it doesn't.
    pub fn are_kept(&self, room: &mut Room, said: &Said) -> Result<(), String> {
        // That a message was read is promised to nobody: it comes at least once.
        self.look(room, said.acknowledges() && !self.scenario.is_forgettable)
    }

    /// The same, where it is only known whether the page was told that it is done.
    pub fn look(&self, room: &mut Room, is_acknowledged: bool) -> Result<(), String> {
        let pulse = done(room, "Bob", "users", "online", &json!({}))?["pulse"].clone();
        let now = view(room, self.scenario.most_clips)?;
        if is_acknowledged && now != self.after {
            return Err(format!("acknowledged, but there is {now:?} instead of {:?}", self.after));
        }
        let (before, after) = (&self.before, &self.after);
        between("clips", &now.clips, &before.clips, &after.clips)?;
        between("messages", &now.messages, &before.messages, &after.messages)?;
        if now.clips != before.clips && pulse["clips"] == self.pulse["clips"] {
            return Err(format!("nobody is told that the clips are {:?} now", now.clips));
        }
        if is_acknowledged && after.messages.len() > before.messages.len() && pulse["to"] == self.pulse["to"] {
            return Err("Bob is not told of his message".into());
        }
        self.look_at_names(room)?;
        self.try_again(room)?;
        go_on(room)
    }

    /// Who held a name goes on holding it, and nobody else does.
    fn look_at_names(&self, room: &mut Room) -> Result<(), String> {
        let before = fs::read_to_string(self.scenario.room.file("names.json")).unwrap_or_default();
        for user in ["Ann", "Bob"].iter().filter(|user| before.contains(&format!("\"{user}\":{{\"held\""))) {
            done(room, user, "users", "online", &json!({}))?;
            let stranger = Request { cookies: String::new(), ..room.request(user, "users", "online", &json!({})) };
            let answer = stranger.run(&room.threads());
            if answer.header("Mozchat-Error") != Some("name-taken") {
                return Err(format!("a stranger may be {user}: {answer:?}"));
            }
        }
        Ok(())
    }

    /// The page sends what was not acknowledged again; what it sent twice is there once.
    fn try_again(&self, room: &mut Room) -> Result<(), String> {
        let answer = self.scenario.request.run(&room.threads());
        let is_gone = answer.header("Mozchat-Error") == Some("no-clip");
        if !is_done(&answer) && !is_gone {
            return Err(format!("sent again: {}", String::from_utf8_lossy(&answer.body)));
        }
        let now = view(room, self.scenario.most_clips)?;
        if now == self.after { Ok(()) } else { Err(format!("sent again: {now:?} instead of {:?}", self.after)) }
    }
}

/// What was there before and after must be there in between, and nothing else may be but what was there before or
/// after.
fn between(
    what: &str,
    now: &BTreeSet<String>,
    before: &BTreeSet<String>,
    after: &BTreeSet<String>,
) -> Result<(), String> {
    let lost: Vec<_> = before.intersection(after).filter(|item| !now.contains(*item)).collect();
    let odd: Vec<_> = now.iter().filter(|item| !before.contains(*item) && !after.contains(*item)).collect();
    if lost.is_empty() && odd.is_empty() { Ok(()) } else { Err(format!("{what}: lost {lost:?}, odd {odd:?}")) }
}

/// Some more of what people do; then nothing may be left of the fault.
fn go_on(room: &mut Room) -> Result<(), String> {
    let answer = room.upload("Dora", "later").run(&room.threads());
    if !is_done(&answer) {
        return Err(format!("a later upload: {}", String::from_utf8_lossy(&answer.body)));
    }
    let is_left = |name: &String| name.ends_with(".tmp") || name.starts_with(".receiving-");
    let left: Vec<_> = room.names("").into_iter().chain(room.names("media1")).filter(is_left).collect();
    if left.is_empty() { Ok(()) } else { Err(format!("{left:?} is left")) }
}

fn done(room: &mut Room, user: &str, program: &'static str, act: &str, more: &Value) -> Result<Value, String> {
    let answer = room.request(user, program, act, more).run(&room.threads());
    room.keep_cookies(user, &answer);
    if is_done(&answer) {
        return Ok(answer.json());
    }
    Err(format!("{user} {program} {act}: {}", String::from_utf8_lossy(&answer.body)))
}

/// What Bob sees. Each clip must be whole, and listed if it is there.
fn view(room: &mut Room, most_clips: usize) -> Result<View, String> {
    let news = done(room, "Bob", "poll", "poll", &json!({ "catCrc": "", "ack": "" }))?;
    let list = news["list"].as_array().cloned().ok_or_else(|| format!("no list: {news}"))?;
    let mut listed: Vec<_> = list.iter().map(|row| row[0].as_str().unwrap_or_default().to_owned()).collect();
    listed.sort();
    if listed != room.names("media1") {
        return Err(format!("listed: {listed:?}; there: {:?}", room.names("media1")));
    }
    if listed.len() > most_clips {
        return Err(format!("{} clips, and {most_clips} are allowed", listed.len()));
    }
    for row in &list {
        let file = room.file("media1").join(row[0].as_str().unwrap_or_default());
        let description = row[7].as_str().unwrap_or_default();
        if fs::read(&file).ok() != Some(clip(description)) || row[5] != json!(clip(description).len()) {
            return Err(format!("{row} is not whole"));
        }
    }
    let clips: BTreeSet<_> =
        list.iter().map(|row| json!([row[1], row[3], row[4], row[5], row[7]]).to_string()).collect();
    if clips.len() != list.len() {
        return Err(format!("a clip is there twice: {list:?}"));
    }
    let messages = news["messages"].as_array().into_iter().flatten();
    let messages = messages.map(|message| json!([message["user"], message["type"], message["text"]]).to_string());
    Ok(View { clips, messages: messages.collect() })
}
