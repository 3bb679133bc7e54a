//! What is new for a user, in the shape that the original's pages know and in ours (`ack` tells them apart).

use super::caller::Caller;
use crate::clock::Moment;
use crate::error::Result;
use crate::maps::gather;
use crate::thread::Thread;
use crate::thread::catalog::{Catalog, token};
use crate::thread::presence::PresenceText;
use crate::thread::pulse::Pulse;
use crate::thread::retention::free_bytes;
use crate::thread::summary::Survey;
use crate::wire::Fields;
use crate::wire::reply::Reply;
use serde_json::{Map, Value, json};

/// What a page has already, as its request says.
pub struct Ask {
    /// The ids of messages that the page has; `None` from an old page.
    ack: Option<Vec<String>>,
    /// What it has seen; only a new page says so.
    seen: Option<Seen>,
    catalog_token: Option<String>,
    catalog_since: u64,
    users_since: u64,
    /// Whether the page wants the catalog though it may have it.
    wants_catalog: bool,
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
            seen: fields.text("seen").filter(|_| ack.is_some()).and_then(|text| Seen::parse(&text)),
            catalog_token: fields.text("catCrc"),
            catalog_since: seconds("catSince"),
            users_since: seconds("usersSince"),
            wants_catalog: fields.has("removeExpired"),
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

    /// Whether outdated clips are to be removed before the page gets the catalog, which it then gets anyway.
    pub fn wants_expired_removed(&self) -> bool {
        self.wants_catalog
    }

    fn has_catalog(&self, token: &str, pulse: &Pulse) -> bool {
        match &self.catalog_token {
            _ if self.wants_catalog => false,
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

/// The counters of the pulse that came with the last answer that a page got, by which it says that it has had whatever
/// they count: `clips.users.all.to`, the last one its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen([u64; 4]);

impl Seen {
    fn parse(text: &str) -> Option<Self> {
        let counters: Vec<u64> = text.split('.').map(|counter| counter.parse().ok()).collect::<Option<_>>()?;
        Some(Self(counters.try_into().ok()?))
    }

    fn has_users(self, pulse: &Pulse) -> bool {
        self.0[1] == pulse.users
    }

    /// Whether no message has come to the user since. What had come before came with the answer.
    fn has_messages(self, pulse: &Pulse, me: &str) -> bool {
        self.0[2] == pulse.all && self.0[3] == pulse.to.get(me).copied().unwrap_or_default()
    }
}

/// What an answer says.
#[derive(Debug, Default)]
pub struct News {
    /// Whether anything in it is new to the page.
    pub is_new: bool,
    members: Map<String, Value>,
    /// The list of clips as JSON, which may be long.
    list: Option<Vec<u8>>,
}

impl News {
    /// The answer to a page that asked so: nothing new is 304 for an old one, the state as it is for a new one.
    pub fn into_reply(self, ask: &Ask) -> Reply {
        if self.is_new || ask.is_new_page() { Reply::Text(self.into_text()) } else { Reply::NotModified }
    }

    /// Says that nobody waits for more, since too many do already: a page should not ask so again at once.
    pub fn not_waited_for(mut self) -> Self {
        self.insert("waited", false);
        self
    }

    /// As JSON.
    pub fn into_text(self) -> Vec<u8> {
        let rest = Value::Object(self.members).to_string().into_bytes();
        let Some(list) = self.list else { return rest };
        // An answer with a list has other members, too.
        [b"{\"list\":", list.as_slice(), b",", &rest[1..]].concat()
    }

    /// The same, taken apart.
    #[cfg(feature = "server")]
    pub fn into_value(self) -> Value {
        serde_json::from_slice(&self.into_text()).unwrap_or_default()
    }

    /// The catalog, for a page of the original, which has asked for nothing else.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn catalog(thread: &Thread, alert: &str) -> Result<Reply> {
        let (now, mut answer) = (Moment::now(), Self::default());
        answer.put_list(Listing::of(thread, now)?);
        answer.insert("timestamp", now.seconds());
        answer.insert("alert", alert);
        Ok(Reply::Text(answer.into_text()))
    }

    fn insert(&mut self, name: &str, value: impl Into<Value>) {
        self.members.insert(name.to_owned(), value.into());
    }

    fn put_list(&mut self, listing: Listing) {
        self.insert("catCrc", listing.token);
        self.insert("free", listing.free);
        self.list = Some(listing.list);
    }
}

/// What is new for a user.
///
/// # Errors
/// When the thread's files can't be read.
#[cfg(feature = "server")]
pub fn news(caller: &Caller, ask: &Ask) -> Result<News> {
    news_knowing(caller, ask, None)
}

/// The same for who has read just now who is there.
///
/// # Errors
/// The same.
pub fn news_knowing(caller: &Caller, ask: &Ask, presence: Option<PresenceText>) -> Result<News> {
    if ask.is_new_page() { for_new_page(caller, ask, presence) } else { for_old_page(caller, ask) }
}

fn for_old_page(caller: &Caller, ask: &Ask) -> Result<News> {
    let Caller { thread, user } = caller;
    let now = Moment::now();
    if thread.mailbox()?.has_mail(user, now) {
        // Taken away at once: this page can't say what it has.
        let mut due = thread.lock()?.settle(user, None, now)?;
        let members = match due.pop() {
            Some(Value::Object(only)) if due.is_empty() => only,
            Some(last) => gather([("pack".to_owned(), due.into_iter().chain([last]).collect())]),
            None => Map::new(),
        };
        if !members.is_empty() {
            return Ok(News { is_new: true, members, list: None });
        }
    }
    // Before the lists: what changes after this line is reported again rather than missed.
    let pulse = thread.pulse()?;
    let users = thread.presence()?.names(now).join(", ");
    let (list, has_users) = (unseen_list(thread, ask, &pulse, now)?, ask.has_users(&users, &pulse));
    if list.is_none() && has_users {
        return Ok(News::default());
    }
    let (mut alerts, mut answer) = (Vec::new(), News { is_new: true, ..News::default() });
    if let Some(list) = list {
        alerts.push("Catalog updated");
        answer.put_list(list);
    }
    if !has_users {
        alerts.push("users updated");
        answer.insert("users", users);
    }
    answer.insert("timestamp", now.seconds());
    answer.insert("alert", alerts.join(" "));
    Ok(answer)
}

fn for_new_page(caller: &Caller, ask: &Ask, presence: Option<PresenceText>) -> Result<News> {
    let Caller { thread, user } = caller;
    let now = Moment::now();
    let me = thread.pulse_name(user)?;
    let pulse = if ask.seen.is_some() { thread.pulse_for(&me)? } else { thread.pulse()? };
    let mut answer = News::default();
    if let Some(list) = unseen_list(thread, ask, &pulse, now)? {
        answer.is_new = true;
        answer.put_list(list);
    }
    // Also from before the pulse was read: that counts since then who has come or gone, and who stays fades no sooner.
    let all_stay = |presence: PresenceText| presence.says_nobody_faded(now);
    let has_users = ask.seen.is_some_and(|seen| seen.has_users(&pulse));
    if !(has_users && presence.map_or_else(|| thread.presence_text(), Ok).map(all_stay)?) {
        let users = json!(thread.presence()?.names(now));
        answer.is_new |= !ask.has_users(&users.to_string(), &pulse);
        answer.insert("users", users);
    }
    if !ask.seen.is_some_and(|seen| seen.has_messages(&pulse, &me)) {
        let mailbox = thread.mailbox()?;
        let messages: Vec<_> = mailbox.due(user, now).map(|letter| letter.for_new_page()).collect();
        if !messages.is_empty() {
            answer.is_new = true;
            answer.insert("messages", messages);
        }
    }
    answer.insert("timestamp", now.seconds());
    answer.insert("pulse", pulse.to_json());
    answer.insert("me", me);
    Ok(answer)
}

/// The clips, if the page does not have them as they are.
fn unseen_list(thread: &Thread, ask: &Ask, pulse: &Pulse, now: Moment) -> Result<Option<Listing>> {
    let Survey { summary, catalog } = thread.survey(pulse, now)?;
    if ask.has_catalog(&summary.token, pulse) {
        return Ok(None);
    }
    match catalog {
        Some(catalog) => Ok(Some(Listing::of_catalog(&catalog, summary.token, thread, now))),
        None => Listing::of(thread, now).map(Some),
    }
}

/// The clips as a page sees them.
pub(crate) struct Listing {
    /// The rows as JSON.
    pub list: Vec<u8>,
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
        let catalog = thread.catalog()?;
        let token = token(&catalog.shown(thread.settings.hide_expired, now));
        Ok(Self::of_catalog(&catalog, token, thread, now))
    }

    fn of_catalog(catalog: &Catalog, token: String, thread: &Thread, now: Moment) -> Self {
        let list = catalog.shown(thread.settings.hide_expired, now).into_owned();
        Self { token, list, free: free_bytes(catalog.rows(), &thread.settings) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn what_a_page_has_seen_is_four_counters() {
        assert_eq!(Seen::parse("1.2.3.4"), Some(Seen([1, 2, 3, 4])));
        for text in ["", "1.2.3", "1.2.3.4.5", "1.2.3.-4", "1.2.3.x", "1..3.4"] {
            assert_eq!(Seen::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_page_has_seen_the_messages_if_nothing_was_counted_since_for_all_or_for_it() {
        let seen = Seen([1, 2, 3, 4]);
        let pulse = |all, mine| Pulse { all, to: BTreeMap::from([("me".into(), mine)]), ..Pulse::default() };
        assert!(seen.has_messages(&pulse(3, 4), "me"));
        assert!(!seen.has_messages(&pulse(5, 4), "me"));
        assert!(!seen.has_messages(&pulse(3, 5), "me"));
        assert!(!seen.has_messages(&Pulse { all: 3, ..Pulse::default() }, "me"), "it is a day ago");
        assert!(Seen([1, 2, 3, 0]).has_messages(&Pulse { all: 3, ..Pulse::default() }, "me"), "there was no mail");
    }

    #[test]
    fn a_list_stands_among_the_other_members() {
        let mut news = News { list: Some(b"[[1]]".to_vec()), ..News::default() };
        news.insert("timestamp", 5);
        let json: Value = serde_json::from_slice(&news.into_text()).unwrap();
        assert_eq!(json, json!({ "list": [[1]], "timestamp": 5 }));
    }
}
