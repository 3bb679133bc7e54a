//! Takes the Content-Type lines out of the parts of a multipart body on its way to the `multipart` crate.
//!
//! Browsers name a recording `video/webm;codecs=vp8,opus`, without the quotes that RFC 9110 wants around a comma,
//! and the crate refuses the whole body for it. Nothing here needs the parts' types: what a clip is, its fields say.

use memchr::memmem::{self, Finder};
use std::io::{self, Read};

const CHUNK: usize = 64 * 1024;
/// The headers of a part are some hundred bytes. Longer ones are left to the crate to refuse.
const LONGEST_HEADERS: usize = 8 * 1024;
const END_OF_HEADERS: &[u8] = b"\r\n\r\n";
const LINE_END: &[u8] = b"\r\n";
const UNWANTED: &[u8] = b"content-type:";

/// A multipart body without its parts' types. Looks for boundaries as the crate does: anywhere.
pub struct WithoutPartTypes<R> {
    inner: R,
    boundary: Finder<'static>,
    buffer: Vec<u8>,
    /// What has been given out, and up to where the buffer may be.
    given: usize,
    ready: usize,
    place: Place,
    ended: bool,
}

/// Where in the body the end of the buffer's ready part is.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// In a part's data, or before the first boundary.
    Data,
    /// Right behind a boundary.
    Headers,
    /// Behind the last boundary.
    Epilogue,
}

impl<R: Read> WithoutPartTypes<R> {
    /// Wraps a body whose boundary, as the Content-Type has it, is this.
    pub fn new(inner: R, boundary: &str) -> Self {
        let boundary = Finder::new(&format!("--{boundary}")).into_owned();
        Self { inner, boundary, buffer: Vec::new(), given: 0, ready: 0, place: Place::Data, ended: false }
    }

    /// Makes more of the buffer ready. Leaves it as it is only at the end.
    fn advance(&mut self) -> io::Result<()> {
        while self.ready == self.given && !(self.ended && self.given == self.buffer.len()) {
            let more_needed = match self.place {
                Place::Data => self.pass_data(),
                Place::Headers => self.mend_headers(),
                Place::Epilogue => self.pass_all(),
            };
            if more_needed {
                self.fill()?;
            }
        }
        Ok(())
    }

    /// Everything up to and with the next boundary, or what can't be the beginning of one.
    fn pass_data(&mut self) -> bool {
        match self.boundary.find(&self.buffer[self.given..]) {
            Some(at) => {
                self.ready = self.given + at + self.boundary.needle().len();
                self.place = Place::Headers;
                false
            }
            None if self.ended => self.pass_all(),
            None => {
                let held_back = self.boundary.needle().len() - 1;
                self.ready = self.given.max(self.buffer.len().saturating_sub(held_back));
                self.ready == self.given
            }
        }
    }

    fn mend_headers(&mut self) -> bool {
        let rest = &self.buffer[self.given..];
        if rest.starts_with(b"--") {
            self.place = Place::Epilogue;
            return false;
        }
        match memmem::find(rest, END_OF_HEADERS) {
            Some(at) => {
                let mended = without_types(&rest[..at]);
                self.ready = self.given + mended.len() + END_OF_HEADERS.len();
                self.buffer.splice(self.given..self.given + at, mended);
                self.place = Place::Data;
                false
            }
            None if self.ended || rest.len() > LONGEST_HEADERS => {
                self.place = Place::Data;
                self.pass_all()
            }
            None => true,
        }
    }

    fn pass_all(&mut self) -> bool {
        self.ready = self.buffer.len();
        self.ready == self.given
    }

    fn fill(&mut self) -> io::Result<()> {
        self.buffer.drain(..self.given);
        (self.given, self.ready) = (0, 0);
        let length = self.buffer.len();
        self.buffer.resize(length + CHUNK, 0);
        let read = self.inner.read(&mut self.buffer[length..]);
        self.buffer.truncate(length + *read.as_ref().unwrap_or(&0));
        match read {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => self.ended = read? == 0,
        }
        Ok(())
    }
}

impl<R: Read> Read for WithoutPartTypes<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.advance()?;
        let count = out.len().min(self.ready - self.given);
        out[..count].copy_from_slice(&self.buffer[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}

/// A part's header lines but for its type.
fn without_types(headers: &[u8]) -> Vec<u8> {
    let mut lines = Vec::new();
    let mut rest = headers;
    loop {
        let end = memmem::find(rest, LINE_END).unwrap_or(rest.len());
        let line = &rest[..end];
        if !line.get(..UNWANTED.len()).is_some_and(|start| start.eq_ignore_ascii_case(UNWANTED)) {
            lines.push(line);
        }
        match rest.get(end + LINE_END.len()..) {
            Some(after) => rest = after,
            None => return lines.join(LINE_END),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Gives a body in pieces of these sizes, over and over.
    struct Pieces<'b>(&'b [u8], Vec<usize>, usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let size = self.1[self.2 % self.1.len()];
            self.2 += 1;
            let size = size.min(out.len()).min(self.0.len());
            out[..size].copy_from_slice(&self.0[..size]);
            self.0 = &self.0[size..];
            Ok(size)
        }
    }

    fn pass(body: &[u8], pieces: Vec<usize>) -> Vec<u8> {
        let mut out = Vec::new();
        WithoutPartTypes::new(Pieces(body, pieces, 0), "XX").read_to_end(&mut out).unwrap();
        out
    }

    const BODY: &str = "--XX\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b\"\r\nCONTENT-TYPE: video/webm;codecs=vp8,opus\r\n\r\nContent-Type: data\r\n\r\n--X\r\n--XX\r\nContent-Type: text/plain\r\nContent-Disposition: form-data; name=\"c\"\r\n\r\nd\r\n--XX--\r\n";
    const MENDED: &str = "--XX\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b\"\r\n\r\nContent-Type: data\r\n\r\n--X\r\n--XX\r\nContent-Disposition: form-data; name=\"c\"\r\n\r\nd\r\n--XX--\r\n";

    #[test]
    fn the_types_go_and_the_data_stay_in_whatever_pieces_they_come() {
        for size in 1..60 {
            assert_eq!(String::from_utf8(pass(BODY.as_bytes(), vec![size])).unwrap(), MENDED, "{size}");
        }
    }

    #[test]
    fn headers_that_are_cut_off_are_passed_on_as_they_are() {
        for end in 0..BODY.len() {
            let whole = &BODY.as_bytes()[..end];
            let out = pass(whole, vec![7]);
            let mended = out.iter().zip(MENDED.as_bytes()).take_while(|(ours, theirs)| ours == theirs).count();
            assert!(whole.ends_with(&out[mended..]), "{end}");
        }
    }

    proptest! {
        #[test]
        fn a_body_without_boundaries_is_not_changed(
            body in proptest::collection::vec(any::<u8>(), 0..5000), pieces in proptest::collection::vec(1usize..900, 1..9),
        ) {
            prop_assume!(!body.windows(4).any(|bytes| bytes == b"--XX"));
            prop_assert_eq!(pass(&body, pieces), body);
        }

        #[test]
        fn the_pieces_make_no_difference(
            parts in proptest::collection::vec(prop_oneof![Just("--XX"), Just("\r\n"), Just("content-type: x"), Just("a"), Just("--")], 0..40),
            pieces in proptest::collection::vec(1usize..9, 1..9),
        ) {
            let body = parts.concat();
            prop_assert_eq!(pass(body.as_bytes(), pieces), pass(body.as_bytes(), vec![usize::MAX]));
        }
    }
}
