//! What is new for a user, in the shape that the original's pages know and in ours (`ack` tells them apart).

use super::caller::Caller;
use crate::clock::Moment;
use crate::error::Result;
use crate::thread::Thread;
use crate::thread::catalog::{self, Clip};
use crate::thread::pulse::Pulse;
use crate::thread::retention::free_bytes;
use crate::wire::Fields;
use crate::wire::reply::Reply;
use serde_json::{Map, Value, json};

/// What a page has already, as its request says.
pub struct Ask {
    /// The ids of messages that the page has; `None` from an old page.
    ack: Option<Vec<String>>,
    catalog_token: Option<String>,
    catalog_since: u64,
    users_since: u64,
    /// The names as the page last got them: joined, or (from a new page) as JSON.
    users: Option<String>,
}

impl Ask {
    /// Takes it from a request.
    pub fn new(fields: &Fields) -> Self {
        let ids = |text: String| text.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect();
        let seconds =
            |name: &str| fields.text(name).and_then(|text| text.parse::<f64>().ok()).map_or(0, |s| s.max(0.0) as u64);
        let ack = fields.has("ack").then(|| ids(fields.text("ack").unwrap_or_default()));
        let users = if ack.is_some() { "usersSeen" } else { "myUsersList" };
        Self {
            catalog_token: fields.text("catCrc"),
            catalog_since: seconds("catSince"),
            users_since: seconds("usersSince"),
            users: fields.text(users),
            ack,
        }
    }

    /// Whether the page says with `ack` what it has.
    pub fn is_new_page(&self) -> bool {
        self.ack.is_some()
    }

    /// The ids of messages that the page has, if there are any.
    pub fn acknowledged(&self) -> Option<&[String]> {
        self.ack.as_deref().filter(|ids| !ids.is_empty())
    }

    fn has_catalog(&self, token: &str, pulse: &Pulse) -> bool {
        match &self.catalog_token {
            Some(has) => has == token,
            None => pulse.clips / 1000 <= self.catalog_since,
        }
    }

    fn has_users(&self, users: &str, pulse: &Pulse) -> bool {
        match &self.users {
            Some(has) => has == users,
            // A new page gets the names with every answer anyway.
            None => self.is_new_page() || pulse.users / 1000 <= self.users_since,
        }
    }
}

/// What is new; `None` if nothing is.
///
/// # Errors
/// When the thread's files can't be read.
pub fn news(caller: &Caller, ask: &Ask) -> Result<Option<Value>> {
    if ask.is_new_page() { for_new_page(caller, ask) } else { for_old_page(caller, ask) }
}

/// The answer when nothing is new: 304 for an old page, the state as it is for a new one.
///
/// # Errors
/// When the thread's files can't be read.
pub fn nothing_new(caller: &Caller, ask: &Ask) -> Result<Reply> {
    if !ask.is_new_page() {
        return Ok(Reply::NotModified);
    }
    let (pulse, now) = (caller.thread.pulse()?, Moment::now());
    let users = json!(caller.thread.presence()?.names(now));
    Ok(Reply::Json(Value::Object(state(caller, &pulse, users, now)?)))
}

fn for_old_page(caller: &Caller, ask: &Ask) -> Result<Option<Value>> {
    let Caller { thread, user } = caller;
    let now = Moment::now();
    if thread.mailbox()?.has_mail(user, now) {
        // Taken away at once: this page can't say what it has.
        let mut due = thread.lock()?.settle(user, None, now)?;
        match due.len() {
            0 => {}
            1 => return Ok(due.pop()),
            _ => return Ok(Some(json!({ "pack": due }))),
        }
    }
    // Before the lists: what changes after this line is reported again rather than missed.
    let pulse = thread.pulse()?;
    let list = Listing::of(thread, now)?;
    let users = thread.presence()?.names(now).join(", ");
    let (has_catalog, has_users) = (ask.has_catalog(&list.token, &pulse), ask.has_users(&users, &pulse));
    if has_catalog && has_users {
        return Ok(None);
    }
    let mut alerts = Vec::new();
    let mut answer = Map::new();
    if !has_catalog {
        alerts.push("Catalog updated");
        list.put_into(&mut answer);
    }
    if !has_users {
        alerts.push("users updated");
        answer.insert("users".into(), users.into());
    }
    answer.insert("timestamp".into(), now.seconds().into());
    answer.insert("alert".into(), alerts.join(" ").into());
    Ok(Some(Value::Object(answer)))
}

fn for_new_page(caller: &Caller, ask: &Ask) -> Result<Option<Value>> {
    let Caller { thread, user } = caller;
    let now = Moment::now();
    let pulse = thread.pulse()?;
    let list = Listing::of(thread, now)?;
    let users = json!(thread.presence()?.names(now));
    let mailbox = thread.mailbox()?;
    let messages: Vec<_> = mailbox.due(user, now).map(|letter| letter.for_new_page()).collect();
    let has_catalog = ask.has_catalog(&list.token, &pulse);
    if has_catalog && messages.is_empty() && ask.has_users(&users.to_string(), &pulse) {
        return Ok(None);
    }
    let mut answer = state(caller, &pulse, users, now)?;
    if !has_catalog {
        list.put_into(&mut answer);
    }
    if !messages.is_empty() {
        answer.insert("messages".into(), messages.into());
    }
    Ok(Some(Value::Object(answer)))
}

/// What every answer to a new page has.
fn state(caller: &Caller, pulse: &Pulse, users: Value, now: Moment) -> Result<Map<String, Value>> {
    let me = caller.thread.pulse_name(&caller.user)?;
    let members =
        [("timestamp", json!(now.seconds())), ("pulse", pulse.to_json()), ("me", json!(me)), ("users", users)];
    Ok(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// The clips as a page sees them.
pub(crate) struct Listing {
    /// The rows.
    pub list: Value,
    /// Changes exactly when the rows do.
    pub token: String,
    /// In bytes.
    pub free: u64,
}

impl Listing {
    /// Reads them.
    ///
    /// # Errors
    /// When they can't be read.
    pub(crate) fn of(thread: &Thread, now: Moment) -> Result<Self> {
        let clips = thread.clips()?;
        let is_shown = |clip: &&Clip| !(thread.settings.hide_expired && clip.is_expired(now));
        let list = catalog::to_json(clips.iter().filter(is_shown));
        Ok(Self { token: catalog::token(&list), list, free: free_bytes(&clips, &thread.settings) })
    }

    fn put_into(self, answer: &mut Map<String, Value>) {
        answer.insert("list".into(), self.list);
        answer.insert("catCrc".into(), self.token.into());
        answer.insert("free".into(), self.free.into());
    }
}
