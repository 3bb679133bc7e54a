//! How a CGI program starts and ends: what the kernel is asked for at each request, and nothing else. The only module
//! with unsafe code.

#![allow(unsafe_code, reason = "starting without the library's preparations, and a process that outlives another")]

use rustix::event::{PollFd, PollFlags, Timespec, pause, poll};
use rustix::fs::{FileType, fstat};
use rustix::process::{Signal, getpid, getppid, set_parent_process_death_signal};
use rustix::stdio;
use std::env;

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
            $crate::gateway::cgi::main($crate::programs::Program::$program)
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

/// A file that is opened where a standard stream is missing would get its number, and complaints or answers with it.
fn has_standard_streams() -> bool {
    let (input, output, errors) = (stdio::stdin(), stdio::stdout(), stdio::stderr());
    let mut streams = [input, output, errors].map(|stream| PollFd::from_borrowed_fd(stream, PollFlags::empty()));
    let looked = poll(&mut streams, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }));
    looked.is_ok() && streams.iter().all(|stream| !stream.revents().contains(PollFlags::NVAL))
}

/// Keeps the answer's end from Apache until this process is gone; to be called last.
///
/// Apache's mod_cgi takes the end of the output for the end of the program, finds that it is not quite dead, and
/// sleeps for 47 ms (`free_proc_chain` in APR) before it serves the connection again. So a second process keeps the
/// output open until the first one is dead. The kernel kills it then, whatever the first one died of. Where no second
/// process may be made, the visitor waits as ever.
pub(super) fn outlive() {
    if is_under_mod_cgi() {
        let stack = vec![0_u128; STACK].leak().as_mut_ptr_range().end;
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

/// mod_cgi gives its programs pipes. mod_cgid gives them sockets, and waits for no program; so does FastCGI.
fn is_under_mod_cgi() -> bool {
    let is_pipe = || fstat(stdio::stdout()).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Fifo);
    let server = || env::var_os("SERVER_SOFTWARE").unwrap_or_default();
    is_pipe() && server().as_encoded_bytes().starts_with(b"Apache")
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
