//! A thread: its folder, its settings, and what may be done with it under its lock.
//!
//! Pure rules: [`retention`], [`presence`], [`mailbox`], [`calls`], and the formats in [`catalog`] and [`pulse`].
//! Files: [`store`] (clips and catalog; [`summary`] spares reading it) and [`state`] (the small files), as methods of [`Thread`] where no lock
//! is needed and of [`Locked`] where it is. [`spool`] takes a clip in, at a place of [`reservation`], [`watch`] waits for a change,
//! [`permits`] limits how many wait.

mod batch;
mod cache;
pub mod calls;
pub mod catalog;
pub mod entry;
pub mod guard;
mod key;
mod leftovers;
pub mod listing;
pub mod mailbox;
pub mod permits;
pub mod presence;
pub mod pulse;
pub mod reservation;
pub mod retention;
pub mod spool;
pub mod state;
pub mod store;
pub mod summary;
pub mod watch;

pub use batch::{Memory, Post};

use crate::error::{Error, Result};
use crate::lock::Lock;
use crate::names::{ThreadName, UserName};
use crate::settings::{self, Problem, Settings};
use crate::site::{self, Site};
use rustix::process::geteuid;
use std::fs;
use std::io;
use std::ops::Deref;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

/// A thread that exists, with its settings as they are now.
#[derive(Debug)]
pub struct Thread {
    /// Its name.
    pub name: ThreadName,
    /// Its folder.
    pub folder: PathBuf,
    /// Its settings.
    pub settings: Settings,
    /// What is wrong with its settings file and was passed over.
    pub problems: Vec<Problem>,
    /// The folder's permission bits.
    mode: u32,
    /// The folder's owner.
    owner: u32,
    /// Whether a web server has started who opens it.
    is_for_web_server: bool,
    /// Whether what programs write need be read by nobody but their own account, once somebody has written.
    is_private: OnceLock<bool>,
    /// The thread's key, once it was read: it never changes.
    key: OnceLock<String>,
    /// Who was asked for first, which is who sends the request, and the name under which the pulse counts their mail.
    first: OnceLock<(UserName, String)>,
}

/// What programs make early in a thread's life.
const EARLY: [&str; 3] = [".lock", "names.json", "catalog.json"];

/// Whether programs that the web server has started found that others need not read their files. Hub and mails follow
/// them, since nobody tells these.
fn has_private_files(folder: &Path) -> bool {
    let is_private = |found: fs::Metadata| found.mode() & 0o007 == 0 && found.uid() == geteuid().as_raw();
    EARLY.iter().any(|name| fs::metadata(folder.join(name)).is_ok_and(is_private))
}

/// Others hold the lock for milliseconds; whoever waits as long as this waits for a host in trouble.
const LOCK_LIMIT: Duration = Duration::from_secs(10);

impl Thread {
    /// Opens a thread and reads its settings.
    ///
    /// # Errors
    /// `no-thread` if there is no such folder; [`Error::Ini`] and others if its settings can't be read.
    pub fn open(site: &Site, name: ThreadName) -> Result<Self> {
        let folder = site.threads().join(name.as_str());
        let (mode, owner) = match fs::metadata(&folder) {
            Ok(found) if found.is_dir() => (found.permissions().mode() & 0o777, found.uid()),
            Ok(_) => return Err(not_found(&name)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(not_found(&name)),
            Err(error) => return Err(Error::io("open", &folder)(error)),
        };
        let (settings, problems) = settings::load(&folder)?;
        Ok(Self {
            name,
            folder,
            settings,
            problems,
            mode,
            owner,
            is_for_web_server: site.is_for_web_server(),
            is_private: OnceLock::new(),
            key: OnceLock::new(),
            first: OnceLock::new(),
        })
    }

    /// The folder of the clips, which may not exist yet.
    pub fn media_folder(&self) -> PathBuf {
        self.folder.join(&self.settings.media_folder)
    }

    /// A file of the thread.
    pub fn file(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.join(name)
    }

    /// The permission bits of the thread's files: those of its folder, so that whoever may manage the folder,
    /// over FTP or as the web server, may manage the files. Where programs run as the folder's owner and the web server
    /// does not, it can't show these files to anybody, whether it honours `.htaccess` or not.
    pub fn file_mode(&self) -> u32 {
        self.public_file_mode() & if self.is_private() { 0o660 } else { 0o666 }
    }

    /// Asks the system, which who only reads spares.
    fn is_private(&self) -> bool {
        *self.is_private.get_or_init(|| {
            let are_programs_apart = || {
                if self.is_for_web_server { site::is_parent_another_user() } else { has_private_files(&self.folder) }
            };
            self.owner == geteuid().as_raw() && are_programs_apart()
        })
    }

    /// The same for the files that the web server sends.
    pub fn public_file_mode(&self) -> u32 {
        self.mode & 0o666
    }

    /// The permission bits of the thread's subfolders.
    pub fn folder_mode(&self) -> u32 {
        self.mode
    }

    /// Waits for the thread's lock.
    ///
    /// # Errors
    /// [`Error::Busy`] after ten seconds; `no-thread` if the folder is gone.
    pub fn lock(&self) -> Result<Locked<'_>> {
        self.lock_within(LOCK_LIMIT)
    }

    /// The thread's lock, if nobody has it: for what can as well be done by the next.
    ///
    /// # Errors
    /// `no-thread` if the folder is gone.
    pub fn try_lock(&self) -> Result<Option<Locked<'_>>> {
        match self.lock_within(Duration::ZERO) {
            Err(Error::Busy { .. }) => Ok(None),
            result => result.map(Some),
        }
    }

    fn lock_within(&self, limit: Duration) -> Result<Locked<'_>> {
        let path = self.file(".lock");
        match Lock::exclusive(&path, self.file_mode(), limit) {
            Ok(lock) => Ok(Locked { thread: self, _lock: lock }),
            Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => Err(not_found(&self.name)),
            Err(error) => Err(error),
        }
    }
}

fn not_found(name: &ThreadName) -> Error {
    Error::refused("no-thread", format!("Thread folder not found:{name}"))
}

/// A thread whose lock is held: everything that is read and written again happens through it.
#[derive(Debug)]
pub struct Locked<'t> {
    thread: &'t Thread,
    _lock: Lock,
}

impl Deref for Locked<'_> {
    type Target = Thread;

    fn deref(&self) -> &Thread {
        self.thread
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fs::Permissions;

    #[test]
    fn what_no_web_server_has_started_shows_files_to_no_more_people_than_the_programs_do() {
        let threads = tempfile::tempdir().unwrap();
        let folder = threads.path().join("room");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join(".ini"), "[common]\n").unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        let modes = || {
            let thread = Thread::open(&Site::at(threads.path().into()), ThreadName::new("room").unwrap()).unwrap();
            (thread.file_mode(), thread.public_file_mode())
        };
        assert_eq!(modes(), (0o644, 0o644));
        for (by_programs, expected) in [(0o644, 0o644), (0o640, 0o640)] {
            fs::write(folder.join("names.json"), "{}").unwrap();
            fs::set_permissions(folder.join("names.json"), Permissions::from_mode(by_programs)).unwrap();
            assert_eq!(modes(), (expected, 0o644));
        }
    }
}
