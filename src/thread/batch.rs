//! What many users do at the same time, with one write for all of them: the hub speaks for hundreds.

use super::cache::{Cached, Source};
use super::mailbox::{Counts, Letter, Mailbox, Target};
use super::presence::Presence;
use super::pulse::Beat;
use super::state::{MESSAGES, USERS, durability_of};
use super::{Locked, Thread};
use crate::auth::holders::Holders;
use crate::clock::Moment;
use crate::error::Result;
use crate::files::{self, Draft, Durability};
use crate::names::UserName;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// What is kept of a thread's files from one look to the next.
#[derive(Debug, Default)]
pub struct Memory {
    presence: Cached<Presence>,
    mailbox: Cached<Mailbox>,
    pub(super) holders: Cached<Holders>,
}

/// A message to be put into the mailbox, under an id that was not used before.
#[derive(Debug)]
pub struct Post {
    /// Its id.
    pub id: String,
    /// For whom it is.
    pub target: Target,
    /// The message.
    pub message: Map<String, Value>,
}

impl Thread {
    /// Marks users, each with an address, online until then.
    ///
    /// # Errors
    /// When a file can't be read or written.
    pub fn mark_all_online(&self, memory: &mut Memory, users: &[(UserName, String)], until: Moment) -> Result<()> {
        let now = Moment::now();
        if self.recall_presence(memory, |known| users.iter().all(|(user, _)| known.is_fresh(user, until, now)))? {
            return Ok(());
        }
        let users = users.iter().map(|(user, address)| (user, address.as_str()));
        self.lock()?.change_presence(memory, |presence| Some(presence.mark_all(users, until, now)))
    }

    /// Marks users as gone.
    ///
    /// # Errors
    /// When a file can't be read or written.
    pub fn mark_all_gone(&self, memory: &mut Memory, users: &[UserName]) -> Result<()> {
        if users.is_empty() {
            return Ok(());
        }
        // Not `any`: each of them leaves.
        let leave = |presence: &mut Presence| users.iter().filter(|user| presence.leave(user)).count();
        self.lock()?.change_presence(memory, |presence| (leave(presence) > 0).then_some(true))
    }

    /// Looks who is online.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn recall_presence<T>(&self, memory: &mut Memory, look: impl FnOnce(&Presence) -> T) -> Result<T> {
        let longest = self.longest_presence();
        memory.presence.look(&self.file(USERS), Presence::parse, |presence| {
            presence.forget_beyond(longest);
            look(presence)
        })
    }

    /// Looks at the messages that wait.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn recall_mailbox<T>(&self, memory: &mut Memory, look: impl FnOnce(&Mailbox) -> T) -> Result<T> {
        let parse = |text: &[u8]| if self.is_mailbox_restored() { Mailbox::default() } else { Mailbox::parse(text) };
        memory.mailbox.look(&self.file(MESSAGES), parse, |mailbox| look(mailbox))
    }
}

impl Locked<'_> {
    /// `change` says whether the file has to be written, and whether the set of names has changed then.
    fn change_presence(&self, memory: &mut Memory, change: impl FnOnce(&mut Presence) -> Option<bool>) -> Result<()> {
        let (source, mut presence) = memory.presence.take(&self.file(USERS), Presence::parse)?;
        presence.forget_beyond(self.longest_presence());
        let Some(set_changed) = change(&mut presence) else {
            memory.presence.put(source, presence);
            return Ok(());
        };
        // What could not be written is read anew.
        let written = self.write_open(USERS, &presence.to_text(), Durability::Best);
        self.let_in(written.map(|source| memory.presence.put(source, presence)))?;
        if set_changed { self.let_in(self.beat(&Beat::Users)) } else { Ok(()) }
    }

    /// Takes away what users say that they have: by a message's id, who has it.
    ///
    /// # Errors
    /// When the mailbox can't be read or written.
    pub fn settle_all(&self, memory: &mut Memory, had: &HashMap<&str, Vec<&UserName>>, now: Moment) -> Result<()> {
        let (source, mut mailbox) = memory.mailbox.take(&self.file(MESSAGES), |text| self.read_mailbox(text))?;
        if !mailbox.settle_many(had, now) {
            memory.mailbox.put(source, mailbox);
            return Ok(());
        }
        if mailbox.has_many_readers() {
            self.recall_presence(memory, |presence| self.keep_readers(&mut mailbox, presence, now))?;
        }
        let written = self.write_open(MESSAGES, &mailbox.to_text(), durability_of(&mailbox));
        self.let_in(written.map(|source| memory.mailbox.put(source, mailbox)))
    }

    /// Puts messages into the mailbox and wakes their readers. What can't go in is said of each, as is what was wrong with
    /// one before.
    ///
    /// # Errors
    /// When the mailbox can't be read or written: then none of them is promised.
    pub fn post_all(&self, memory: &mut Memory, posts: Vec<Result<Post>>, now: Moment) -> Result<Vec<Result<Counts>>> {
        let (source, mut mailbox) = memory.mailbox.take(&self.file(MESSAGES), |text| self.read_mailbox(text))?;
        let (mut beats, mut outcomes) = (Vec::new(), Vec::new());
        for post in posts {
            let posted = post.and_then(|Post { id, target, message }| {
                let beat = self.beat_for(&target)?;
                Ok((beat, mailbox.post(message, id, now, self.settings.message_lifetime_sec)?))
            });
            outcomes.push(posted.map(|(beat, counts)| {
                if !beats.contains(&beat) {
                    beats.push(beat);
                }
                counts
            }));
        }
        if beats.is_empty() {
            memory.mailbox.put(source, mailbox);
            return Ok(outcomes);
        }
        let source = self.write_open(MESSAGES, &mailbox.to_text(), Durability::Whole)?;
        memory.mailbox.put(source, mailbox);
        self.beat_all(&beats)?;
        // Messages and beats are promised together: a page that is not told would not ask.
        files::sync_folder(&self.folder)?;
        Ok(outcomes)
    }

    /// The mailbox of its file's text, as [`Locked::mailbox`] reads it.
    fn read_mailbox(&self, text: &[u8]) -> Mailbox {
        if self.is_mailbox_restored() {
            return Mailbox::default();
        }
        let (mailbox, is_sound) = Mailbox::read(text);
        if !is_sound {
            self.keep_broken(MESSAGES, text);
        }
        mailbox
    }

    fn write_open(&self, name: &str, text: &str, durability: Durability) -> Result<Source> {
        let draft = Draft::write(&self.file(name), text.as_bytes(), self.file_mode(), durability)?;
        draft.place_open().map(Source::written)
    }
}

impl Mailbox {
    /// All that wait, for whomever, oldest first, without the outdated.
    pub fn waiting(&self, now: Moment) -> impl Iterator<Item = Letter<'_>> {
        self.letters().filter(move |letter| !letter.is_outdated(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::names::ThreadName;
    use crate::site::Site;
    use serde_json::json;

    /// More than is read each time.
    const CROWD: usize = 500;

    fn user(name: &str) -> UserName {
        UserName::new(name).unwrap()
    }

    fn crowd() -> Vec<(UserName, String)> {
        (0..CROWD).map(|n| (user(&format!("u{n}")), "::1".into())).collect()
    }

    /// A thread, opened anew as another program does.
    fn open(threads: &tempfile::TempDir) -> Thread {
        std::fs::create_dir_all(threads.path().join("room")).unwrap();
        std::fs::write(threads.path().join("room/.ini"), "[common]\n").unwrap();
        Thread::open(&Site::at(threads.path().into()), ThreadName::new("room").unwrap()).unwrap()
    }

    fn post(id: &str, author: &str) -> Result<Post> {
        let Value::Object(message) = json!({ "user": author, "target": "*", "text": "x".repeat(300) }) else {
            panic!()
        };
        Ok(Post { id: id.into(), target: Target::All, message })
    }

    #[test]
    fn whom_another_program_marks_or_sends_away_is_seen_though_a_crowd_is_remembered() {
        let (threads, mut memory) = (tempfile::tempdir().unwrap(), Memory::default());
        let (thread, until) = (open(&threads), Moment::from_seconds(Moment::now().seconds() + 60));
        thread.mark_all_online(&mut memory, &crowd(), until).unwrap();
        let count = |memory: &mut Memory| {
            thread.recall_presence(memory, |presence| presence.names(Moment::now()).len()).unwrap()
        };
        assert_eq!(count(&mut memory), CROWD);
        open(&threads).mark_online(&user("Ann"), until, "10.0.0.1", None).unwrap();
        assert_eq!(count(&mut memory), CROWD + 1);
        open(&threads).mark_gone(&user("u7"), None).unwrap();
        thread.mark_all_online(&mut memory, &[(user("Bob"), String::new())], until).unwrap();
        thread.mark_all_gone(&mut memory, &[user("u8"), user("u9")]).unwrap();
        open(&threads).mark_gone(&user("u10"), None).unwrap();
        assert_eq!(count(&mut memory), CROWD - 2);
        let known = open(&threads).presence().unwrap();
        thread.recall_presence(&mut memory, |presence| assert_eq!(*presence, known)).unwrap();
    }

    #[test]
    fn what_another_program_posts_or_settles_is_neither_lost_nor_brought_back() {
        let (threads, mut memory) = (tempfile::tempdir().unwrap(), Memory::default());
        let (thread, now) = (open(&threads), Moment::now());
        let first = (0..30).map(|n| post(&format!("i{n}"), "Ann")).collect();
        let outcomes = thread.lock().unwrap().post_all(&mut memory, first, now).unwrap();
        assert!(outcomes.iter().all(Result::is_ok) && outcomes.len() == 30);
        let had: Vec<_> = (0..5).map(|n| format!("i{n}")).collect();
        let other = open(&threads);
        other.lock().unwrap().settle(&user("Bob"), Some(&had), now).unwrap();
        other.lock().unwrap().post(&Target::All, post("", "Eve").unwrap().message, now).unwrap();
        let eve = user("Eve");
        let locked = thread.lock().unwrap();
        locked.settle_all(&mut memory, &[("i5", vec![&eve])].into(), now).unwrap();
        let refused = Err(Error::refused("muted", "no"));
        let outcomes = locked.post_all(&mut memory, vec![post("j1", "Ann"), refused, post("j2", "Ann")], now).unwrap();
        assert_eq!(outcomes.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
        assert_eq!(outcomes[2].as_ref().unwrap().now, 33);
        let mailbox = open(&threads).mailbox().unwrap();
        for (name, waiting) in [("Ann", 1), ("Bob", 33 - 5), ("Eve", 33 - 2), ("Joe", 33)] {
            assert_eq!(mailbox.due(&user(name), now).count(), waiting, "{name}");
        }
        thread.recall_mailbox(&mut memory, |kept| assert_eq!(*kept, mailbox)).unwrap();
    }
}
