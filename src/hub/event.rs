//! What happens to a room.

use super::frame::Ids;
use super::outbox::Outbox;
use crate::error::Result;
use crate::names::UserName;
use crate::wire::Fields;
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::oneshot;

/// A connection's number.
pub type Seat = u64;

/// A page that wants to join.
#[derive(Debug)]
pub struct Newcomer {
    /// Its connection.
    pub seat: Seat,
    /// Its user.
    pub user: UserName,
    /// The user's address.
    pub address: String,
    /// What came with the connection and says who may use the name.
    pub cookies: Box<str>,
    /// What is sent to it.
    pub outbox: Arc<Outbox>,
    /// The messages that it has; `None` from an old page.
    pub ack: Option<Ids>,
    /// The token of the catalog that it has.
    pub token: String,
    /// Told whether it is let in, once it is in the room.
    pub verdict: oneshot::Sender<Result<()>>,
}

/// What happens to a room.
#[derive(Debug)]
pub enum Event {
    /// A page joins, or says hello again.
    Join(Newcomer),
    /// A page asks for something.
    Ask(Asked),
    /// A user has these messages.
    Ack(UserName, Ids),
    /// A page has gone; whether it said goodbye.
    Leave(Seat, bool),
    /// The thread's folder has changed.
    Changed,
    /// The hub ends, or no longer serves this thread: pages are to come again after so many milliseconds, or not.
    Stop(Option<u64>),
}

/// A request of a page.
#[derive(Debug)]
pub struct Asked {
    /// Who asks.
    pub user: UserName,
    /// From where.
    pub address: String,
    /// What for.
    pub act: String,
    /// What the page calls the request.
    pub rid: Option<Value>,
    /// The id of the message that it sends, if it does.
    pub id: String,
    /// Whether it is a page of the original.
    pub is_old_page: bool,
    /// Its parameters.
    pub fields: Fields,
    /// Where the answer goes.
    pub outbox: Arc<Outbox>,
}
