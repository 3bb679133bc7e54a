//! What can go wrong, where, and whose fault it is. [`Error::reply`](crate::wire::reply) turns it into an answer.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// The result of nearly everything in this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// One error type for the whole crate.
#[derive(Debug)]
pub enum Error {
    /// The request's fault: it was understood and refused, or not understood.
    Refused {
        /// The kind in one word, sent as the `Mozchat-Error` header so that a page can translate it.
        code: &'static str,
        /// The HTTP status; refusals that the original knew keep its 200.
        status: u16,
        /// The sentence for the person.
        say: String,
        /// Whether the sentence is told a second time, as an alert.
        alerts: bool,
    },
    /// The host's fault: a file or folder could not be read or written.
    Io {
        /// What was being done, as "read", "replace", "lock".
        doing: &'static str,
        /// To which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The admin's fault: a settings file that cannot be understood.
    Ini {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// The host's or the admin's fault, and not about one file.
    Host {
        /// What the admin should know or do.
        say: String,
    },
    /// Nobody's fault: the lock was held for too long by others; asking again helps.
    Busy {
        /// The lock file.
        path: PathBuf,
    },
}

impl Error {
    /// A refusal that the original knew: status 200 and its words.
    pub fn refused(code: &'static str, say: impl Into<String>) -> Self {
        Self::with_status(200, code, say)
    }

    /// A request that could not be understood: status 400.
    pub fn malformed(code: &'static str, say: impl Into<String>) -> Self {
        Self::with_status(400, code, say)
    }

    /// A refusal with a status of its own.
    pub fn with_status(status: u16, code: &'static str, say: impl Into<String>) -> Self {
        Self::Refused { code, status, say: say.into(), alerts: false }
    }

    /// The same error in the one shape that a page of the original shows to its reader: status 200, and what the original
    /// had no words for also as an alert, since it hides a poll's errors among the player's further controls.
    pub fn for_old_page(&self) -> Self {
        Self::Refused { code: self.code(), status: 200, say: self.for_the_page(), alerts: self.status() != 200 }
    }

    /// Wraps what the system said about a path; use as `.map_err(Error::io("read", path))`.
    pub fn io<P: AsRef<Path>>(doing: &'static str, path: P) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { doing, path: path.as_ref().to_owned(), source }
    }

    /// A broken host or installation.
    pub fn host(say: impl Into<String>) -> Self {
        Self::Host { say: say.into() }
    }

    /// The same error as one more page is told it: status, code and words; the cause stays with the original.
    pub fn again(&self) -> Self {
        Self::with_status(self.status(), self.code(), self.for_the_page())
    }

    /// The HTTP status of the answer.
    pub fn status(&self) -> u16 {
        match self {
            Self::Refused { status, .. } => *status,
            Self::Busy { .. } => 503,
            Self::Io { source, .. } if is_disk_full(source) => 507,
            Self::Io { .. } | Self::Ini { .. } | Self::Host { .. } => 500,
        }
    }

    /// The kind in one word, for the `Mozchat-Error` header.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused { code, .. } => code,
            Self::Busy { .. } => "busy",
            Self::Io { source, .. } if is_disk_full(source) => "disk",
            Self::Ini { .. } => "settings",
            Self::Io { .. } | Self::Host { .. } => "host",
        }
    }

    /// Whether nothing can be written now, which must keep nobody from hearing: the disk or the user's share of it is
    /// full, or it is read-only.
    pub fn is_no_room(&self) -> bool {
        let is_read_only = |source: &io::Error| source.kind() == io::ErrorKind::ReadOnlyFilesystem;
        matches!(self, Self::Io { source, .. } if is_disk_full(source) || is_read_only(source))
    }

    /// Whether the sentence for the person is told as an alert, too.
    pub fn alerts(&self) -> bool {
        matches!(self, Self::Refused { alerts: true, .. })
    }

    /// Whether the admin should find it in the server's log.
    pub fn is_the_hosts(&self) -> bool {
        !matches!(self, Self::Refused { .. })
    }

    /// The sentence for the person at the page: as [`Display`](fmt::Display), but without the host's folder names.
    pub fn for_the_page(&self) -> String {
        match self {
            Self::Io { doing, path, source } => {
                format!("The server could not {doing} {}: {}", tail(path), reason(source))
            }
            Self::Ini { path, line, reason } => format!("{} line {line}: {reason}", tail(path)),
            Self::Busy { .. } => "The thread is busy, please try again".into(),
            Self::Refused { say, .. } | Self::Host { say } => say.clone(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { say, .. } | Self::Host { say } => f.write_str(say),
            Self::Io { doing, path, source } => write!(f, "{doing} '{}': {source}", path.display()),
            Self::Ini { path, line, reason } => write!(f, "{}:{line}: {reason}", path.display()),
            Self::Busy { path } => write!(f, "lock '{}': held by others for too long", path.display()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

fn is_disk_full(source: &io::Error) -> bool {
    matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge)
}

/// ENOLCK and EBADF, which the library has no word for.
const NO_LOCKS: i32 = 37;
const BAD_FILE: i32 = 9;

/// What the system said, in words that an admin without a shell can act on.
fn reason(source: &io::Error) -> String {
    match source.kind() {
        io::ErrorKind::PermissionDenied => "it may not write there; ask the admin to allow it".into(),
        io::ErrorKind::ReadOnlyFilesystem => "the disk is read-only".into(),
        io::ErrorKind::NotFound => "it is not there".into(),
        io::ErrorKind::Unsupported => "its file system can't do that; the threads must be on another one".into(),
        _ if source.raw_os_error() == Some(NO_LOCKS) => {
            "its file system has no locks; the threads must be on another one".into()
        }
        // The one thing that is done to a file that could only be opened for reading is to lock it.
        _ if source.raw_os_error() == Some(BAD_FILE) => {
            "its file system (NFS?) locks only what may be written; delete this file over FTP".into()
        }
        _ if is_disk_full(source) => "the disk is full".into(),
        _ => source.to_string(),
    }
}

/// The last two components: enough for the admin to find the file, nothing about the host.
fn tail(path: &Path) -> String {
    let mut last: Vec<_> = path.components().rev().take(2).map(|c| c.as_os_str().to_string_lossy()).collect();
    last.reverse();
    last.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_learns_the_file_but_not_the_hosts_folders() {
        let error = Error::io("replace", "/home/u17/www/threads/a/users.json")(io::ErrorKind::StorageFull.into());
        assert_eq!(error.for_the_page(), "The server could not replace a/users.json: the disk is full");
        assert_eq!((error.status(), error.code()), (507, "disk"));
        assert!(error.to_string().contains("/home/u17/www"), "the log names the whole path");
    }

    #[test]
    fn a_refusal_is_the_requests_fault() {
        let error = Error::refused("no-id", "Missing ID");
        assert_eq!((error.status(), error.for_the_page().as_str(), error.is_the_hosts()), (200, "Missing ID", false));
    }
}
