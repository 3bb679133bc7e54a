//! How a program ends: under Apache its output stays open until it is dead, and nothing of it is left.

use crate::support::{Folder, Process, eventually, packaged_site};
use std::fs::{self, Permissions};
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// Often enough for one that is a moment too late.
const ROUNDS: u32 = 200;
/// A user whom nobody else is: processes are counted by user.
const NOBODY_ELSE: &str = "54321";

/// A folder for a test of its own, open to everybody: a program, and a thread.
struct Place(TempDir);

impl Place {
    fn make() -> Self {
        let place = Self(tempfile::tempdir().expect("a folder"));
        Folder::at(place.0.path().join("threads/room")).write(".ini", "[common]\n");
        for folder in ["", "threads", "threads/room"] {
            fs::set_permissions(place.0.path().join(folder), Permissions::from_mode(0o777)).expect("chmod");
        }
        // A file of its own, so that its processes can be told from those of other tests. Not copied by this process: a
        // program that another test starts meanwhile would have the copy open for writing, and that can't be started.
        let copied = Command::new("cp").arg(packaged_site().join("cgi-bin/poll.cgi")).arg(place.program()).status();
        assert!(copied.is_ok_and(|status| status.success()), "a copy");
        place
    }

    fn program(&self) -> PathBuf {
        self.0.path().canonicalize().expect("the folder").join("poll.cgi")
    }

    /// Runs the program as mod_cgi does, behind these words.
    fn poll(&self, before: &[&str]) -> Child {
        self.ask("act=poll&ack=", before)
    }

    /// A long poll that waits, once it does.
    fn wait(&self) -> Child {
        let before = self.asleep();
        let child = self.ask("act=longPoll&ack=&catCrc=57f9bf6390bb37d9&seen=0.0.0.0", &[]);
        eventually("a long poll that waits", || (self.asleep() > before).then_some(()));
        child
    }

    fn asleep(&self) -> usize {
        Process::all(&self.program()).iter().filter(|process| process.waits_for_events()).count()
    }

    fn ask(&self, what: &str, before: &[&str]) -> Child {
        self.command(what, before).stdout(Stdio::piped()).spawn().expect("a program that starts")
    }

    fn command(&self, what: &str, before: &[&str]) -> Command {
        let mut words = before.iter().map(PathBuf::from).chain([self.program()]);
        let mut command = Command::new(words.next().expect("a word"));
        command
            .args(words)
            .env("MOZCHAT_THREADS", self.0.path().join("threads"))
            .env("SERVER_SOFTWARE", "Apache/2.4.62 (Unix)")
            .env("QUERY_STRING", format!("user=Ann&realm=room&{what}"))
            .stdin(Stdio::null());
        command
    }

    fn processes(&self) -> usize {
        Process::all(&self.program()).len()
    }
}

/// Reads until the output ends; an answer that is whole.
fn read_to_end(mut output: impl Read) {
    let mut answer = String::new();
    output.read_to_string(&mut answer).expect("an output that ends");
    assert!(answer.starts_with("Status: 200 OK") && answer.ends_with('}'), "{answer}");
}

#[test]
fn under_mod_cgi_a_program_is_dead_before_its_output_ends() {
    let place = Place::make();
    for round in 0..ROUNDS {
        let mut child = place.poll(&[]);
        read_to_end(child.stdout.take().expect("stdout"));
        // Apache looks once, does not wait, and sleeps if it finds it alive.
        let ended = child.try_wait().expect("its state");
        assert!(ended.is_some_and(|status| status.success()), "round {round}: {ended:?}");
    }
    assert_eq!(place.processes(), 0);
}

#[test]
fn under_mod_cgid_too() {
    let place = Place::make();
    for round in 0..ROUNDS {
        let (output, programs) = UnixStream::pair().expect("sockets");
        // The command keeps a copy of the output for itself, until the end of this statement.
        let mut child =
            place.command("act=poll&ack=", &[]).stdout(OwnedFd::from(programs)).spawn().expect("a program that starts");
        read_to_end(output);
        let ended = child.try_wait().expect("its state");
        assert!(ended.is_some_and(|status| status.success()), "round {round}: {ended:?}");
    }
    assert_eq!(place.processes(), 0);
}

#[test]
fn a_program_that_is_killed_leaves_no_process() {
    let place = Place::make();
    for round in 0..ROUNDS {
        let mut child = place.poll(&[]);
        if round % 2 == 0 {
            // It has answered, and is about to end.
            child.stdout.as_mut().expect("stdout").read_exact(&mut [0; 100]).expect("an answer");
        }
        child.kill().expect("a signal");
        child.wait().expect("an end");
    }
    eventually("the last of them to go", || (place.processes() == 0).then_some(()));
}

#[test]
fn where_no_second_process_is_allowed_it_answers_all_the_same() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: only root may become another user");
        return;
    }
    let place = Place::make();
    let alone = ["prlimit", "--nproc=1", "setpriv", "--reuid", NOBODY_ELSE, "--clear-groups"];
    let mut child = place.poll(&alone);
    read_to_end(child.stdout.take().expect("stdout"));
    assert!(child.wait().expect("an end").success());
}

#[test]
fn a_program_without_standard_streams_does_nothing() {
    let place = Place::make();
    let mut child = place.poll(&["sh", "-c", "exec \"$0\" 2>&-"]);
    let mut answer = Vec::new();
    child.stdout.take().expect("stdout").read_to_end(&mut answer).expect("an end");
    assert_eq!((child.wait().expect("an end").code(), answer.len()), (Some(1), 0));
    assert!(!place.0.path().join("threads/room/users.json").exists());
}

#[test]
fn a_long_poll_that_is_killed_leaves_its_place_to_the_next() {
    let place = Place::make();
    let room = Folder::at(place.0.path().join("threads/room"));
    room.write(".ini", "[common]\nmaxLongPolls=1\nlongPollPeriodS=60\nuserStatusFadeS=60\n");
    fs::set_permissions(room.path(), Permissions::from_mode(0o777)).expect("chmod");
    for _ in 0..3 {
        // It would not wait if the place were still taken.
        let mut child = place.wait();
        let mut other = place.ask("act=longPoll&ack=&catCrc=57f9bf6390bb37d9&seen=0.0.0.0", &[]);
        let mut answer = String::new();
        other.stdout.take().expect("stdout").read_to_string(&mut answer).expect("an answer");
        assert!(answer.contains("\"waited\":false"), "{answer}");
        other.wait().expect("an end");
        child.kill().expect("a signal");
        child.wait().expect("an end");
    }
}
