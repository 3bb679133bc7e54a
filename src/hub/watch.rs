//! Sees threads' folders change (inotify), so that nobody has to tell.

use super::Hub;
use crate::names::ThreadName;
use crate::site::Site;
use crate::thread::state::PULSE;
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use rustix::io::Errno;
use std::collections::{HashMap, HashSet};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// The folders that are watched.
#[derive(Debug)]
pub struct Watch {
    inotify: OwnedFd,
    threads: Mutex<HashMap<i32, ThreadName>>,
    /// Whether it was said that the host allows no more.
    is_short: AtomicBool,
}

impl Watch {
    /// Watches nothing yet.
    ///
    /// # Errors
    /// When the host does not allow it.
    pub fn new() -> io::Result<Self> {
        let inotify = inotify::init(CreateFlags::CLOEXEC)?;
        Ok(Self { inotify, threads: Mutex::default(), is_short: AtomicBool::new(false) })
    }

    /// Watches a thread. Where that is not possible, its room looks from time to time.
    pub fn add(&self, thread: &ThreadName, site: &Site) {
        let folder = site.threads().join(thread.as_str());
        match inotify::add_watch(&self.inotify, &folder, WatchFlags::MOVED_TO | WatchFlags::ONLYDIR) {
            Ok(id) => drop(self.threads().insert(id, thread.clone())),
            Err(Errno::NOSPC) if !self.is_short.swap(true, Ordering::Relaxed) => tracing::warn!(
                "the host lets nobody watch so many folders (fs.inotify.max_user_watches): changes that no program \
                 tells of are seen up to two seconds later"
            ),
            // The thread may not be there, and its room finds out.
            Err(_) => {}
        }
    }

    /// Watches a thread no longer.
    pub fn remove(&self, thread: &ThreadName) {
        let mut threads = self.threads();
        let id = threads.iter().find(|(_, known)| *known == thread).map(|(id, _)| *id);
        if let Some(id) = id {
            threads.remove(&id);
            // The folder may be gone, and its watch with it.
            let _ = inotify::remove_watch(&self.inotify, id);
        }
    }

    /// Waits for changes; returns the threads that have changed.
    fn next(&self) -> io::Result<HashSet<ThreadName>> {
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut reader = Reader::new(&self.inotify, &mut buffer);
        let mut changed = HashSet::new();
        // Waits for the first event; those that came with it are in the buffer.
        loop {
            let event = match reader.next() {
                Err(Errno::INTR) => continue,
                event => event?,
            };
            if event.events().contains(ReadFlags::QUEUE_OVERFLOW) {
                changed.extend(self.threads().values().cloned());
            } else if event.file_name().is_some_and(|name| name.to_bytes() == PULSE.as_bytes()) {
                changed.extend(self.threads().get(&event.wd()).cloned());
            }
            if reader.is_buffer_empty() {
                return Ok(changed);
            }
        }
    }

    fn threads(&self) -> MutexGuard<'_, HashMap<i32, ThreadName>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells the hub of every change, for as long as there is one. On a thread of its own, since it waits for the kernel.
pub fn follow(hub: &Arc<Hub>) {
    let (Some(watch), hub) = (hub.watch.clone(), Arc::downgrade(hub)) else { return };
    let follow = move || {
        while let Ok(threads) = watch.next().map_err(|error| tracing::warn!("threads are no longer watched: {error}")) {
            let Some(hub) = hub.upgrade() else { return };
            threads.iter().for_each(|thread| hub.changed(thread));
        }
    };
    if let Err(error) = thread::Builder::new().name("watch".into()).spawn(follow) {
        tracing::warn!("changes are seen later than they could be: {error}");
    }
}
