//! FastCGI: a program that stays, and serves one request after the other. mod_fcgid starts it with a socket that listens
//! as its standard input, and starts more where one is not enough.
//!
//! Nothing is kept from one request to the next: whatever a program knows it has read from the thread's folder, which
//! other processes change at any time. A process that dies, of whatever, takes one request along.

use super::process::{self, Told};
use super::records::{Request, write_answer};
use super::request::{self, LARGEST_REST};
use super::variables::Variables;
use crate::files;
use crate::programs::Program;
use rustix::io::Errno;
use rustix::net::SocketFlags;
use std::env;
use std::fs;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

/// How long a process stays that nobody asks, if [`IDLE_VARIABLE`] says nothing else. mod_fcgid ends it after five minutes
/// by itself; this is for other servers.
const IDLE: Duration = Duration::from_secs(900);
/// The same in seconds, in the environment that the server starts the program with.
const IDLE_VARIABLE: &str = "MOZCHAT_IDLE_SEC";
/// The web server is on the same machine, and sends at once what it has to send.
const PATIENCE: Duration = Duration::from_secs(60);

/// The whole life of the process; the answer is its exit status.
pub fn main(program: Program) -> i32 {
    let Some(listener) = process::prepare_to_stay() else { return 1 };
    let (version, idle) = (Version::of_this_program(), idle_time());
    while process::wait_for_request(&listener, idle) == Told::Request {
        process::reap();
        let connection = match rustix::net::accept_with(&listener, SocketFlags::CLOEXEC) {
            Ok(connection) => connection,
            // Whoever asked has gone again.
            Err(Errno::AGAIN | Errno::INTR | Errno::CONNABORTED) => continue,
            Err(_) => return 1,
        };
        // A newer program takes over with the next request.
        let is_last = process::is_told_to_end() || version.is_outdated();
        if is_last {
            // Before the web server hears that this request is done: it must not send another one here.
            drop(listener);
            serve(program, connection);
            return 0;
        }
        serve(program, connection);
    }
    0
}

fn idle_time() -> Duration {
    let said = env::var(IDLE_VARIABLE).ok().and_then(|seconds| seconds.parse().ok());
    said.map_or(IDLE, Duration::from_secs)
}

fn serve(program: Program, connection: OwnedFd) {
    let connection = UnixStream::from(connection);
    if let Err(error) = try_to_serve(program, &connection) {
        files::log(&format!("{}: {error}", program.name()));
    }
}

fn try_to_serve(program: Program, connection: &UnixStream) -> io::Result<()> {
    connection.set_read_timeout(Some(PATIENCE))?;
    let Some(mut request) = Request::begin(connection)? else { return Ok(()) };
    let (id, variables) = (request.id(), Variables::Given(request.take_params()));
    request::serve(program, &variables, &mut request, |response| {
        let (head, mut out) = (request::head(response), connection);
        // A web server that has gone can't be told anything.
        drop(write_answer(id, &[&head, response.body()], &mut out));
    });
    // Whoever closes a socket with something unread in it takes back the answer too.
    io::copy(&mut request.take(LARGEST_REST), &mut io::sink()).map(drop)
}

/// The file that this process was started from, as it was then.
struct Version {
    path: PathBuf,
    was: Option<(u64, u64, i64, i64)>,
}

impl Version {
    fn of_this_program() -> Self {
        let path = env::current_exe().unwrap_or_default();
        Self { was: Self::look(&path), path }
    }

    /// Whether the admin has put another one there, or has taken it away.
    fn is_outdated(&self) -> bool {
        Self::look(&self.path) != self.was
    }

    fn look(path: &PathBuf) -> Option<(u64, u64, i64, i64)> {
        let file = fs::metadata(path).ok()?;
        Some((file.dev(), file.ino(), file.mtime(), file.mtime_nsec()))
    }
}
