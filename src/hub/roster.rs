//! Who is in a room, and which of them gets what of a snapshot. Knows no files and no clock.

use super::event::{Newcomer, Seat};
use super::outbox::Outbox;
use super::room_store::Welcome;
use super::snapshot::{Fresh, Snapshot};
use crate::error::Result;
use crate::names::UserName;
use crate::wire::Fields;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use tokio::sync::oneshot;
use tokio_websockets::{CloseCode, Message};

/// The pages in a room.
#[derive(Debug, Default)]
pub struct Roster {
    members: HashMap<Seat, Member>,
    /// The names that were sent last, as JSON, and how often they have changed.
    users: (String, u64),
    /// How many have joined so far.
    joined: u64,
    /// Messages that went to those who were here before they were in the mailbox: how many had joined then, by id.
    told: HashMap<String, u64>,
}

#[derive(Debug)]
struct Member {
    user: UserName,
    address: String,
    outbox: Arc<Outbox>,
    /// The user's key in the pulse.
    me: String,
    has: Has,
    /// As the how-manieth it joined.
    number: u64,
}

/// What a page has.
#[derive(Debug)]
enum Has {
    /// The token of its catalog, and which of the users' lists.
    New { token: String, users: u64 },
    /// The same as a poll of an old page would say it.
    Old { token: String, users: Option<String>, cookies: Box<str> },
}

/// Pages that get the same get the same bytes.
#[derive(PartialEq, Eq, Hash)]
struct Parts {
    users: bool,
    catalog: bool,
    mail: Vec<usize>,
    to: Option<(String, u64)>,
}

impl Roster {
    /// Whether nobody is there.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// How many pages there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether a user has a page here.
    pub fn has(&self, user: &UserName) -> bool {
        self.members.values().any(|member| member.user == *user)
    }

    /// Whether somebody is here who is not among these names, a JSON array that differs from the one sent last: a
    /// page of the same user somewhere else has said that the user leaves.
    pub fn misses_somebody(&self, users: &str) -> bool {
        if users == self.users.0 {
            return false;
        }
        let names: HashSet<String> = serde_json::from_str(users).unwrap_or_default();
        self.members.values().any(|member| !names.contains(member.user.as_str()))
    }

    /// All users with their addresses.
    pub fn users(&self) -> Vec<(UserName, String)> {
        self.members.values().map(|member| (member.user.clone(), member.address.clone())).collect()
    }

    /// The outboxes of all pages.
    pub fn outboxes(&self) -> impl Iterator<Item = &Outbox> {
        self.members.values().map(|member| &*member.outbox)
    }

    /// The pages with their users.
    pub fn pages(&self) -> impl Iterator<Item = (&UserName, &Outbox)> {
        self.members.values().map(|member| (&member.user, &*member.outbox))
    }

    /// Takes a page away; returns its user.
    pub fn leave(&mut self, seat: Seat) -> Option<UserName> {
        self.members.remove(&seat).map(|member| member.user)
    }

    /// Old pages, with what they have.
    pub fn old_pages(&self) -> Vec<(Seat, UserName, Fields)> {
        let old = self.members.iter().filter_map(|(seat, member)| match &member.has {
            Has::Old { token, users, .. } => Some((*seat, member.user.clone(), polled(token, users.as_deref()))),
            Has::New { .. } => None,
        });
        old.collect()
    }

    /// Sends an old page what a poll would have answered.
    pub fn tell_old_page(&mut self, seat: Seat, news: &Value) {
        let Some(member) = self.members.get_mut(&seat) else { return };
        if let Has::Old { token, users, .. } = &mut member.has {
            if let Some(new) = news["catCrc"].as_str() {
                *token = new.into();
            }
            if let Some(new) = news["users"].as_str() {
                *users = Some(new.into());
            }
            member.outbox.say(news.to_string());
        }
    }

    /// Lets a page in and sends it all that it doesn't have. The snapshot must have been [shown](Self::show) before.
    /// Returns whom to tell.
    pub fn join(&mut self, newcomer: Newcomer, welcome: Welcome, snapshot: &Snapshot) -> oneshot::Sender<Result<()>> {
        if newcomer.ack.is_none() {
            self.replace(&newcomer);
        }
        let Newcomer { seat, user, address, cookies, outbox, ack, token, verdict } = newcomer;
        let has = if ack.is_some() {
            let (me, messages) = (json!(welcome.me).to_string(), welcome.messages.join(","));
            let mut parts = vec![[r#""me":"#, &me, ""], [r#""users":"#, &snapshot.users, ""]];
            if token != snapshot.token {
                parts.push([&snapshot.catalog, "", ""]);
            }
            if !messages.is_empty() {
                parts.push([r#""messages":["#, &messages, "]"]);
            }
            outbox.push(snapshot.frame(snapshot.mail_of(&welcome.me), &parts));
            // While the others' list is held back, this page has another one than they.
            let revision = if self.users.0 == snapshot.users { self.users.1 } else { self.users.1.wrapping_sub(1) };
            Has::New { token: snapshot.token.clone(), users: revision }
        } else {
            outbox.say(json!({ "alert": format!("Welcome, {user} !") }).to_string());
            Has::Old { token, users: None, cookies }
        };
        self.joined += 1;
        self.members.insert(seat, Member { user, address, outbox, me: welcome.me, has, number: self.joined });
        verdict
    }

    /// Ends what other connections a browser has for a page of the original and the same name: such a page knows of one only,
    /// and what is sent to the one that its reader has left is lost.
    fn replace(&mut self, newcomer: &Newcomer) {
        self.members.retain(|seat, member| {
            let Has::Old { cookies, .. } = &member.has else { return true };
            let is_same_browser =
                member.address == newcomer.address || !cookies.is_empty() && *cookies == newcomer.cookies;
            let is_replaced = *seat != newcomer.seat && member.user == newcomer.user && is_same_browser;
            if is_replaced {
                member.outbox.close(CloseCode::NORMAL_CLOSURE, "this name is used by a newer connection");
            }
            !is_replaced
        });
    }

    /// Sends a message at once to those who are here; who joins before it is in the mailbox gets it from there.
    pub fn tell(&mut self, message: Fresh, snapshot: &Snapshot) {
        let parts = [[r#""messages":["#, &message.text, "]"]];
        let without_mail = snapshot.frame(None, &parts);
        for member in self.members.values().filter(|member| member.is_new_page() && member.gets(&message)) {
            let frame = match snapshot.mail_of(&member.me) {
                None => without_mail.clone(),
                to => snapshot.frame(to, &parts),
            };
            member.outbox.push(frame);
        }
        self.told.insert(message.id, self.joined);
    }

    /// A message that was [told](Self::tell) did not get into the mailbox.
    pub fn forget(&mut self, id: &str) {
        self.told.remove(id);
    }

    /// Sends everybody what is new for them. With `with_users`, the users too; returns whether those of somebody are out
    /// of date.
    pub fn show(&mut self, snapshot: &Snapshot, with_users: bool) -> bool {
        let stale = self.users.0 != snapshot.users;
        if stale && with_users {
            self.users = (snapshot.users.clone(), self.users.1 + 1);
        }
        let (revision, mut are_held_back) = (self.users.1, stale && !with_users);
        let fresh: Vec<_> = snapshot.fresh.iter().map(|fresh| (fresh, self.told.get(&fresh.id).copied())).collect();
        let mut made = HashMap::new();
        for member in self.members.values_mut() {
            are_held_back |= !with_users && member.has_other_users(revision);
            let Some(parts) = member.takes(snapshot, with_users.then_some(revision), &fresh) else { continue };
            let frame = made.entry(parts).or_insert_with_key(|parts| parts.frame(snapshot));
            member.outbox.push(frame.clone());
        }
        snapshot.fresh.iter().for_each(|fresh| self.forget(&fresh.id));
        are_held_back
    }
}

/// What a page has, in the words of an old page's poll.
fn polled(token: &str, users: Option<&str>) -> Fields {
    let mut fields = Fields::default();
    // Two are not too many.
    let _ = fields.set("catCrc".into(), token.into());
    let _ = fields.set("myUsersList".into(), users.unwrap_or_default().into());
    fields
}

impl Member {
    fn is_new_page(&self) -> bool {
        matches!(self.has, Has::New { .. })
    }

    fn gets(&self, message: &Fresh) -> bool {
        match &message.target {
            Some(target) => target == self.user.as_str(),
            None => message.author.as_deref() != Some(self.user.as_str()),
        }
    }

    fn has_other_users(&self, revision: u64) -> bool {
        matches!(self.has, Has::New { users, .. } if users != revision)
    }

    /// What of a snapshot this page gets; notes that it has it. `users`: which list that is, unless it is held back;
    /// `fresh`: the snapshot's messages, and how many had joined when one was told before.
    fn takes(&mut self, snapshot: &Snapshot, users: Option<u64>, fresh: &[(&Fresh, Option<u64>)]) -> Option<Parts> {
        let is_new =
            |(fresh, told): &(&Fresh, Option<u64>)| self.gets(fresh) && told.is_none_or(|joined| self.number > joined);
        let mail: Vec<_> = (0..fresh.len()).filter(|n| is_new(&fresh[*n])).collect();
        let Has::New { token, users: has_users } = &mut self.has else { return None };
        let new_users = users.filter(|users| has_users != users);
        let (users, catalog) = (new_users.is_some(), *token != snapshot.token);
        if !users && !catalog && mail.is_empty() {
            return None;
        }
        if let Some(new) = new_users {
            *has_users = new;
        }
        if catalog {
            token.clone_from(&snapshot.token);
        }
        Some(Parts { users, catalog, mail, to: snapshot.mail_of(&self.me) })
    }
}

impl Parts {
    fn frame(&self, snapshot: &Snapshot) -> Message {
        let mail: Vec<_> = self.mail.iter().map(|n| snapshot.fresh[*n].text.as_str()).collect();
        let (mail, mut parts) = (mail.join(","), Vec::new());
        if self.users {
            parts.push([r#""users":"#, &snapshot.users, ""]);
        }
        if self.catalog {
            parts.push([&snapshot.catalog, "", ""]);
        }
        if !mail.is_empty() {
            parts.push([r#""messages":["#, &mail, "]"]);
        }
        snapshot.frame(self.to.clone(), &parts)
    }
}

#[cfg(test)]
mod tests;
