//! One request through CGI (RFC 3875): environment and standard input in, standard output out.
//!
//! The `cgi` crate's own loop trusts CONTENT_LENGTH, reads the whole body into memory and panics on a short one,
//! on protocols that it doesn't know and on variables that are no UTF-8; so only its types are used, and the
//! body is streamed.

use super::variables::Variables;
use super::{fastcgi, process, request};
use crate::programs::Program;
use crate::wire::{ASKS_VERSION, Response, VERSION};
use std::env;
use std::io::{self, IoSlice, Read};

/// The same as [`main`], and ends the process.
pub fn live(program: Program) -> ! {
    process::end(main(program))
}

/// The whole life of a program that a web server starts; the answer is its exit status.
pub fn main(program: Program) -> i32 {
    if process::is_listening() {
        return fastcgi::main(program);
    }
    if !process::prepare() {
        return 1;
    }
    let mut body = StandardInput;
    if env::var_os(ASKS_VERSION).is_some() {
        // Whoever has asked and gone needs no answer.
        let _ = rustix::io::write(rustix::stdio::stdout(), [VERSION, "\r\n"].concat().as_bytes());
        return 0;
    }
    // A client that has gone can't be told anything.
    request::serve(program, &Variables::Environment, &mut body, |response| drop(write(response)));
    process::outlive();
    0
}

/// What a program that starts others does first. Returns whether the web server would have it ignore their end.
pub fn hear_children() -> bool {
    process::hear_children()
}

/// Whether a web server has started this process: for one request, or to stay.
pub fn is_asked() -> bool {
    env::var_os("REQUEST_METHOD").is_some() || process::is_listening()
}

/// Standard input without a buffer of its own: who reads has one that fits.
struct StandardInput;

impl Read for StandardInput {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        Ok(rustix::io::read(rustix::stdio::stdin(), buf)?)
    }
}

/// Writes an answer in one piece: the library's own standard output writes up to the last line's end at once and the rest
/// later, so that a program that is killed in between has promised a length that never comes.
fn write(response: &Response) -> io::Result<()> {
    let head = request::head(response);
    let mut pieces = [IoSlice::new(&head), IoSlice::new(response.body())];
    let mut left = &mut pieces[..];
    while left.iter().any(|piece| !piece.is_empty()) {
        match rustix::io::writev(rustix::stdio::stdout(), left) {
            Ok(written) => IoSlice::advance_slices(&mut left, written),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
