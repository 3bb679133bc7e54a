//! Waits for a thread to change, without asking again and again where the host allows it.

use super::Thread;
use super::state::PULSE;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::io::Errno;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::thread::sleep;
use std::time::Duration;

/// Watches a thread's pulse.
#[derive(Debug)]
pub struct Watch {
    /// `None` where the host forbids inotify.
    inotify: Option<OwnedFd>,
}

/// How long the host without inotify is left alone between two looks.
const SHORT_WAIT: Duration = Duration::from_millis(250);

impl Watch {
    /// Starts to watch. What changes from now on ends the next [`wait`](Self::wait), so look at the thread after
    /// this call and before that one.
    pub fn new(thread: &Thread) -> Self {
        let start = || {
            let inotify = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
            inotify::add_watch(&inotify, &thread.folder, WatchFlags::MOVED_TO | WatchFlags::DELETE_SELF)?;
            Ok::<_, Errno>(inotify)
        };
        Self { inotify: start().ok() }
    }

    /// What it has open. To close it takes up to 20 ms, which is how long the kernel waits for whoever might just be
    /// reporting something to it.
    pub fn into_descriptor(self) -> Option<OwnedFd> {
        self.inotify
    }

    /// Waits until the pulse was replaced, but no longer than `most`.
    pub fn wait(&self, most: Duration) {
        let Some(inotify) = &self.inotify else { return sleep(most.min(SHORT_WAIT)) };
        let end = std::time::Instant::now() + most;
        loop {
            let left = end.saturating_duration_since(std::time::Instant::now());
            if left.is_zero() || !wait_readable(inotify, left) || drain(inotify) {
                return;
            }
        }
    }
}

/// `false` when the time was over or the wait failed.
fn wait_readable(inotify: &OwnedFd, most: Duration) -> bool {
    let timeout = Timespec::try_from(most).ok();
    match poll(&mut [PollFd::new(inotify, PollFlags::IN)], timeout.as_ref()) {
        Ok(ready) => ready > 0,
        Err(error) => error == Errno::INTR,
    }
}

/// Takes all that has been reported; `true` if it was the pulse, or the whole folder.
fn drain(inotify: &OwnedFd) -> bool {
    let mut buffer = [MaybeUninit::uninit(); 4096];
    let mut reader = inotify::Reader::new(inotify, &mut buffer);
    let mut found = false;
    // Ends with EAGAIN, since the descriptor does not block.
    while let Ok(event) = reader.next() {
        let is_pulse = event.file_name().is_some_and(|name| name.to_bytes() == PULSE.as_bytes());
        found |= is_pulse
            || event.events().contains(ReadFlags::DELETE_SELF)
            || event.events().contains(ReadFlags::QUEUE_OVERFLOW);
    }
    found
}
