//! How a CGI program starts and ends: what the kernel is asked for at each request, and nothing else. The only module
//! with unsafe code.

#![allow(unsafe_code, reason = "starting without the library's preparations, and a process that outlives another")]

use rustix::event::{PollFd, PollFlags, Timespec, pause, poll};
use rustix::fs::{FileType, Mode, OFlags, fstat};
use rustix::net::sockopt;
use rustix::process::{Signal, WaitOptions, getpid, getppid, set_parent_process_death_signal, waitpid};
use rustix::stdio;
use std::env;
use std::os::fd::{AsRawFd, IntoRawFd, OwnedFd};
use std::time::Duration;

/// Makes the `main` of a CGI program: `mozchat::cgi_program!(Poll);` in a file that begins with `#![no_main]`.
///
/// The library's own `main` reads the table of the process's memory and prepares for a stack that overflows, which
/// takes longer than a poll with nothing new.
#[macro_export]
macro_rules! cgi_program {
    ($program:ident) => {
        // SAFETY: there is one program in each binary, so the name is there once; the C library calls it as it would
        // call any `main`, and it has the type that C wants.
        #[unsafe(no_mangle)]
        extern "C" fn main(_count: i32, _arguments: *const *const std::ffi::c_char) -> i32 {
            $crate::gateway::cgi::live($crate::programs::Program::$program)
        }
    };
}

/// What has to be so before anything else. `false`: this process can't be a CGI program.
pub(super) fn prepare() -> bool {
    // SAFETY: sets how this process takes one signal; there is no other thread, and no handler that could run.
    // Without it, complaining to a web server that has gone would end the program in the middle of its work.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
    has_standard_streams()
}

/// Lets this process hear how the programs that it starts have ended, whatever the web server was started with. Returns
/// whether they were to be ignored.
pub(super) fn hear_children() -> bool {
    // SAFETY: sets how this process takes one signal; there is no other thread, and no handler that could run.
    unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) == libc::SIG_IGN }
}

/// A file that is opened where a standard stream is missing would get its number, and complaints or answers with it.
fn has_standard_streams() -> bool {
    let (input, output, errors) = (stdio::stdin(), stdio::stdout(), stdio::stderr());
    let mut streams = [input, output, errors].map(|stream| PollFd::from_borrowed_fd(stream, PollFlags::empty()));
    let looked = poll(&mut streams, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }));
    looked.is_ok() && streams.iter().all(|stream| !stream.revents().contains(PollFlags::NVAL))
}

/// Whether the web server wants this process to stay (FastCGI): its standard input is a socket that listens.
pub(super) fn is_listening() -> bool {
    sockopt::socket_acceptconn(stdio::stdin()).unwrap_or(false)
}

/// The same as [`prepare`] for a process that stays: also takes the signals that end it only between two requests.
/// Returns the socket on which requests come.
pub(super) fn prepare_to_stay() -> Option<OwnedFd> {
    fill_standard_streams();
    if !prepare() {
        return None;
    }
    // SAFETY: `ENDING` and the action are filled in before they are used; the handler does nothing, which may be done at
    // any time. It is there so that waiting ends, and the signals are blocked whenever nobody waits for them.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = nothing as *const () as usize;
        for signal in ENDING {
            libc::sigaction(signal, &raw const action, std::ptr::null_mut());
        }
        let signals = ending_signals();
        libc::sigprocmask(libc::SIG_BLOCK, &raw const signals, std::ptr::null_mut());
    }
    // What is opened later must not get its number: it is standard input still.
    let listener = rustix::io::fcntl_dupfd_cloexec(stdio::stdin(), 3).ok()?;
    let nowhere = rustix::fs::open("/dev/null", OFlags::RDWR, Mode::empty()).ok()?;
    stdio::dup2_stdin(&nowhere).ok()?;
    Some(listener)
}

/// The web server may start it without standard output and errors.
fn fill_standard_streams() {
    while let Ok(file) = rustix::fs::open("/dev/null", OFlags::RDWR, Mode::empty()) {
        if file.as_raw_fd() > 2 {
            return;
        }
        // Stays open for good.
        let _ = file.into_raw_fd();
    }
}

extern "C" fn nothing(_: i32) {}

/// mod_fcgid sends the first, and Apache, when it restarts gracefully, the second.
const ENDING: [i32; 2] = [libc::SIGTERM, libc::SIGUSR1];

fn ending_signals() -> libc::sigset_t {
    // SAFETY: an empty set is made before anything is put into it.
    unsafe {
        let mut signals = std::mem::zeroed();
        libc::sigemptyset(&raw mut signals);
        for signal in ENDING {
            libc::sigaddset(&raw mut signals, signal);
        }
        signals
    }
}

/// What a process that stays is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Serve a request.
    Request,
    /// End.
    End,
}

/// Waits for a request, or for a reason to end: a signal, or nothing to do for this long.
pub(super) fn wait_for_request(listener: &OwnedFd, idle: Duration) -> Told {
    let mut requests = libc::pollfd { fd: listener.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    let limit = libc::timespec { tv_sec: i64::try_from(idle.as_secs()).unwrap_or(i64::MAX), tv_nsec: 0 };
    // SAFETY: all three are there for as long as the call lasts. The signals are taken only in here, so that none is
    // missed between a look and the wait.
    let ready = unsafe {
        let mut none = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::ppoll(&raw mut requests, 1, &raw const limit, &raw const none)
    };
    if ready > 0 && !is_told_to_end() { Told::Request } else { Told::End }
}

/// Whether a signal to end has come since the last wait.
pub(super) fn is_told_to_end() -> bool {
    // SAFETY: the set is filled in before it is looked at.
    unsafe {
        let mut waiting = std::mem::zeroed();
        libc::sigpending(&raw mut waiting) == 0
            && ENDING.iter().any(|signal| libc::sigismember(&raw const waiting, *signal) == 1)
    }
}

/// Takes note of started programs that have ended, so that the system forgets them.
pub(super) fn reap() {
    while let Ok(Some(_)) = waitpid(None, WaitOptions::NOHANG) {}
}

/// Keeps the answer's end from Apache until this process is gone; to be called last.
///
/// Apache takes the end of the output for the end of the program, finds that it is not quite dead, and sleeps before it
/// serves the connection again: mod_cgi for 47 ms (`free_proc_chain` in APR), mod_cgid for 10 ms (`dead_yet` in
/// mod_cgid.c). So a second process keeps the output open until the first one is dead. The kernel kills it then, whatever
/// the first one died of. Where no second process may be made, the visitor waits as ever.
pub(super) fn outlive() {
    if is_waited_for() {
        // Not filled with zeros: of most of it no page is ever touched.
        let stack = Box::<[u128]>::new_uninit_slice(STACK);
        let stack = Box::leak(stack).as_mut_ptr_range().end;
        // The first process's memory and files as they are: a copy would cost more than the rest of this program's end.
        let shared = libc::CLONE_VM | libc::CLONE_FILES | libc::CLONE_FS;
        // SAFETY: `hold` has this stack, which is never freed, for itself, and makes system calls only: it touches
        // nothing that the first process, which goes on to its end meanwhile, could touch. The memory stays until
        // both are gone.
        unsafe { libc::clone(hold, stack.cast(), shared, getpid().as_raw_pid() as *mut libc::c_void) };
    }
}

/// Of the second process, in units of 16 bytes.
const STACK: usize = 512;

/// Apache gives its programs pipes (mod_cgi) or sockets (mod_cgid). Of mod_cgid's sleep nobody notices anything where the
/// connection ends with this answer; mod_cgi's takes one of few processes away from the next visitor.
fn is_waited_for() -> bool {
    let is =
        |name: &str, right: fn(&[u8]) -> bool| env::var_os(name).is_some_and(|value| right(value.as_encoded_bytes()));
    let output = || fstat(stdio::stdout()).map(|stat| FileType::from_raw_mode(stat.st_mode));
    is("SERVER_SOFTWARE", |name| name.starts_with(b"Apache"))
        && match output() {
            Ok(FileType::Fifo) => true,
            Ok(FileType::Socket) => !is("HTTP_CONNECTION", |value| value.eq_ignore_ascii_case(b"close")),
            _ => false,
        }
}

/// Ends the process without what the C library would tidy up: there is nothing that waits to be written.
pub(super) fn end(status: i32) -> ! {
    // SAFETY: ends this process, and touches nothing of it.
    unsafe { libc::_exit(status) }
}

/// The second process: waits until the kernel kills it.
extern "C" fn hold(parent: *mut libc::c_void) -> i32 {
    let asked = set_parent_process_death_signal(Some(Signal::KILL));
    // A parent that died before the kernel was asked sends no signal.
    if asked.is_ok() && getppid().is_some_and(|now| now.as_raw_pid() as *mut libc::c_void == parent) {
        pause();
    }
    0
}
