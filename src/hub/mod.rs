//! The hub: tells pages over WebSockets what is new at the moment it happens. HUB.md has what is said.
//!
//! ```text
//!  page ── connection ── room (one a thread) ── store ── the thread's folder
//!              │ outbox ◄──── roster ◄─────────────┘         │
//!              ▼                                  watch, command: "it has changed"
//! ```
//!
//! Nothing is known here only: presence, messages and clips are in the threads' folders, as the programs have them,
//! and a hub that dies loses nothing but who joined a crowd in the last quarter of a second, which their pages say
//! again. A [`room`] is a task that owns the pages of one thread ([`roster`]); its [`room_store`] does what touches files. An
//! [`outbox`] is bounded: a page that does not read is dropped.

mod command;
mod connection;
mod debounce;
mod descriptors;
mod event;
mod frame;
mod handshake;
mod life;
pub(crate) mod limits;
mod line;
mod listen;
mod options;
mod outbox;
mod relay;
mod room;
mod room_store;
mod roster;
mod rules;
mod snapshot;
mod socket;
pub(crate) mod tls;
mod upgrade;
mod watch;

pub use life::run;
pub use options::Options;
pub use upgrade::{upgrade, visitor};

use crate::error::{Error, Result};
use crate::names::{ThreadName, UserName};
use crate::notice::WsIni;
use crate::site::Site;
use event::{Event, Seat};
use limits::{Guests, Most, Place};
use outbox::Outbox;
use room::Room;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Instant;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio_websockets::CloseCode;
use watch::Watch;

/// The largest frame that a page may send: as large as a request's text.
const MOST_BYTES_IN: usize = 256 * 1024;
/// What waits for a room; more waits in the connections.
const ROOM_INBOX: usize = 256;
/// A hub that ends asks its pages to come again after so many milliseconds …
const RETRY_MS: u64 = 1000;
/// … and each a little later than the one before, up to this much.
const RETRY_SPREAD_MS: u64 = 2000;

/// A hub: its rooms, its guests, its settings.
#[derive(Debug)]
pub struct Hub {
    site: Site,
    settings: RwLock<Arc<WsIni>>,
    rooms: Mutex<HashMap<ThreadName, Sender<Event>>>,
    guests: Arc<Guests>,
    watch: Option<Arc<Watch>>,
    seats: AtomicU64,
    /// So many connections leave descriptors for files.
    most_descriptors: usize,
    is_stopping: AtomicBool,
}

/// Who sits where.
struct Seated {
    user: UserName,
    thread: ThreadName,
    is_old_page: bool,
}

impl Hub {
    /// A hub for the threads of a site. Needs a runtime.
    pub fn new(site: Site, settings: WsIni) -> Arc<Self> {
        let watch = Watch::new();
        if let Err(error) = &watch {
            tracing::warn!("changes are seen later than they could be, since the host allows no inotify: {error}");
        }
        let hub = Arc::new(Self {
            site,
            settings: RwLock::new(Arc::new(settings)),
            rooms: Mutex::default(),
            guests: Arc::default(),
            watch: watch.ok().map(Arc::new),
            seats: AtomicU64::new(0),
            most_descriptors: descriptors::most_connections(),
            is_stopping: AtomicBool::new(false),
        });
        watch::follow(&hub);
        hub
    }

    /// What holds now.
    pub fn settings(&self) -> Arc<WsIni> {
        self.settings.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many pages are connected.
    pub fn connections(&self) -> usize {
        self.guests.open()
    }

    /// Looks at a thread, if any of its pages are here.
    pub fn changed(&self, thread: &ThreadName) {
        // A room that has that much to do looks anyway.
        if let Some(room) = self.rooms().get(thread) {
            let _ = room.try_send(Event::Changed);
        }
    }

    /// Tells all pages to come again a little later, and lets nobody in any more.
    pub async fn stop(&self) {
        self.is_stopping.store(true, Ordering::SeqCst);
        let rooms: Vec<_> = self.rooms().values().cloned().collect();
        for room in rooms {
            // A room that is gone has no pages.
            let _ = room.send(Event::Stop(Some(RETRY_MS))).await;
        }
    }

    /// Takes new settings; pages of threads that are no longer served are sent away.
    async fn change_settings(&self, settings: WsIni) {
        let settings = Arc::new(settings);
        *self.settings.write().unwrap_or_else(PoisonError::into_inner) = settings.clone();
        let rooms =
            self.rooms().iter().filter(|(name, _)| !settings.serves(name)).map(|(_, room)| room.clone()).collect();
        for room in Vec::<Sender<Event>>::from_iter::<Vec<_>>(rooms) {
            let _ = room.send(Event::Stop(None)).await;
        }
    }

    /// Finds a place for a connection, if there is one.
    fn admit(&self, visitor: IpAddr) -> Option<Place> {
        let settings = self.settings();
        let most = Most {
            connections: settings.most_connections.min(self.most_descriptors),
            per_address: settings.most_per_address,
            new_per_minute: settings.most_new_per_minute,
        };
        self.guests.admit(visitor, most, Instant::now())
    }

    fn next_seat(&self) -> Seat {
        self.seats.fetch_add(1, Ordering::Relaxed)
    }

    /// Tells a room what happens, and waits while it has too much to do. Opens the room if need be.
    async fn tell(self: &Arc<Self>, thread: &ThreadName, event: Event) -> Result<()> {
        if self.is_stopping.load(Ordering::SeqCst) {
            return Err(Error::with_status(503, "busy", "The hub is about to end, please try again"));
        }
        let room = self.room(thread);
        room.send(event).await.map_err(|_| Error::with_status(503, "busy", "The hub is busy, please try again"))
    }

    /// The same without waiting, and only if there is such a room.
    fn tell_later(&self, thread: ThreadName, event: Event) {
        let room = self.rooms().get(&thread).cloned();
        if let Some(room) = room
            && let Err(TrySendError::Full(event)) = room.try_send(event)
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(async move { room.send(event).await });
        }
    }

    fn room(self: &Arc<Self>, thread: &ThreadName) -> Sender<Event> {
        let mut rooms = self.rooms();
        if let Some(room) = rooms.get(thread) {
            return room.clone();
        }
        if let Some(watch) = &self.watch {
            watch.add(thread, &self.site);
        }
        let (room, inbox) = channel(ROOM_INBOX);
        rooms.insert(thread.clone(), room.clone());
        tokio::spawn(Room::new(self.clone(), thread.clone(), inbox).run());
        room
    }

    /// Forgets an empty room, unless somebody is about to tell it something.
    fn close_room(&self, thread: &ThreadName, inbox: &mut Receiver<Event>) -> bool {
        let mut rooms = self.rooms();
        // Senders are only ever cloned under this lock; the last one is the hub's own.
        let is_over = inbox.is_empty() && inbox.sender_strong_count() == 1;
        if is_over {
            rooms.remove(thread);
            if let Some(watch) = &self.watch {
                watch.remove(thread);
            }
        }
        is_over
    }

    fn rooms(&self) -> MutexGuard<'_, HashMap<ThreadName, Sender<Event>>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends a page away: to come again after a while, or to poll.
fn say_goodbye(outbox: &Outbox, retry_ms: Option<u64>) {
    outbox.say(serde_json::json!({ "act": "bye", "retryMs": retry_ms }).to_string());
    outbox.close(CloseCode::SERVICE_RESTART, "come again");
}
