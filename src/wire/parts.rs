//! Cuts a multipart body into its parts as it comes: the headers of each, and its data, piece by piece.
//!
//! The `multipart` crate does this, too, with eight kilobytes at a time and a search that is several times slower than
//! copying, which is most of what an upload costs; so it is left to read the headers (`multipart`). A part's type is
//! taken out before: browsers name a recording `video/webm;codecs=vp8,opus`, without the quotes that RFC 9110 wants around
//! a comma, and the crate refuses the whole body for it. Nothing here needs it: what a clip is, its fields say.

use memchr::memmem::{self, Finder};
use std::io::{self, BufRead, Read};

/// What is read at once. A pipe holds a quarter of it, a socket about as much.
const BUFFER: usize = 256 * 1024;
/// The headers of a part are some hundred bytes.
const LONGEST_HEADERS: usize = 8 * 1024;
const END_OF_HEADERS: &[u8] = b"\r\n\r\n";
const LINE_END: &[u8] = b"\r\n";
const UNWANTED: &[u8] = b"content-type:";

/// A multipart body. Reading from it gives the data of the part whose headers came last.
pub struct Parts<R> {
    inner: R,
    boundary: Finder<'static>,
    buffer: Box<[u8]>,
    /// What has come and was not taken is from here …
    start: usize,
    /// … to here.
    end: usize,
    /// Up to where what has come is the part's data for sure.
    known: usize,
    /// Where the boundary that ends the part begins, once it has come.
    boundary_at: Option<usize>,
}

impl<R: Read> Parts<R> {
    /// Wraps a body whose boundary, as the Content-Type has it, is this.
    pub fn new(inner: R, boundary: &str) -> Self {
        let boundary = Finder::new(&format!("--{boundary}")).into_owned();
        let buffer = vec![0; BUFFER].into_boxed_slice();
        Self { inner, boundary, buffer, start: 0, end: 0, known: 0, boundary_at: None }
    }

    /// Goes to the next part, over what is left of this one, and returns its header lines but for its type; `None` behind
    /// the last part.
    ///
    /// # Errors
    /// When the body is malformed or ends too soon.
    pub fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        while !self.fill_buf()?.is_empty() {
            self.consume(self.known - self.start);
        }
        let Some(at) = self.boundary_at.take() else { return Err(io::ErrorKind::UnexpectedEof.into()) };
        self.start = at + self.boundary.needle().len();
        let headers = loop {
            let rest = &self.buffer[self.start..self.end];
            match rest {
                [b'-', b'-', ..] => return Ok(None),
                [b'\r', b'\n', ..] => {
                    if let Some(end) = memmem::find(rest, END_OF_HEADERS) {
                        break &rest[..end + END_OF_HEADERS.len()];
                    }
                    if rest.len() > LONGEST_HEADERS {
                        return Err(broken("too long headers"));
                    }
                }
                [_, _, ..] => return Err(broken("unexpected bytes behind a boundary")),
                _ => {}
            }
            if self.read_more()? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        };
        let taken = headers.len();
        // None at all: the line end before them is that behind them, too.
        let headers = without_types(headers.get(LINE_END.len()..taken - END_OF_HEADERS.len()).unwrap_or_default());
        self.start += taken;
        self.known = self.start;
        Ok(Some(headers))
    }

    /// Reads more behind what has come; returns how much.
    fn read_more(&mut self) -> io::Result<usize> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.known = self.known.saturating_sub(self.start);
            self.start = 0;
        }
        loop {
            match self.inner.read(&mut self.buffer[self.end..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                got => {
                    let got = got?;
                    self.end += got;
                    return Ok(got);
                }
            }
        }
    }

    /// Finds how much of what has come is the part's data: up to the boundary, or to what may be the beginning of one.
    fn look(&mut self) {
        let rest = &self.buffer[self.start..self.end];
        self.boundary_at = self.boundary.find(rest).map(|at| self.start + at);
        // The line end before a boundary belongs to it.
        self.known = match self.boundary_at {
            Some(at) if self.buffer[self.start..at].ends_with(LINE_END) => at - LINE_END.len(),
            Some(at) => at,
            None => self.start + rest.len().saturating_sub(self.boundary.needle().len() + LINE_END.len() - 1),
        };
    }
}

impl<R: Read> BufRead for Parts<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.known == self.start && self.boundary_at.is_none() {
            // What is held back may be enough already, right behind the headers.
            self.look();
            if self.known == self.start && self.boundary_at.is_none() && self.read_more()? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(&self.buffer[self.start..self.known])
    }

    fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.known);
    }
}

impl<R: Read> Read for Parts<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let got = self.fill_buf()?.read(out)?;
        self.consume(got);
        Ok(got)
    }
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
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

    /// The headers and the data of each part, and whether the body ended well.
    fn cut(body: &[u8], pieces: Vec<usize>) -> (Vec<(String, Vec<u8>)>, bool) {
        let mut parts = Parts::new(Pieces(body, pieces, 0), "XX");
        let mut found = Vec::new();
        loop {
            match parts.next() {
                Ok(Some(headers)) => found.push((String::from_utf8(headers).unwrap(), Vec::new())),
                end => return (found, end.is_ok()),
            }
            if parts.read_to_end(&mut found.last_mut().unwrap().1).is_err() {
                return (found, false);
            }
        }
    }

    const BODY: &str = "before\r\n--XX\r\nContent-Disposition: form-data; name=\"a\"\r\nCONTENT-TYPE: video/webm;codecs=vp8,opus\r\n\r\nContent-Type: data\r\n\r\n--X\r\n--XX\r\nContent-Type: text/plain\r\nX: c\r\n\r\n\r\n--XX\r\nX: d\r\n\r\n--XX--\r\nbehind";

    #[test]
    fn the_types_go_and_the_data_stay_in_whatever_pieces_they_come() {
        let expected = [
            ("Content-Disposition: form-data; name=\"a\"", "Content-Type: data\r\n\r\n--X"),
            ("X: c", ""),
            // Without the line end that belongs to the boundary: taken as it is.
            ("X: d", ""),
        ];
        let expected: Vec<_> = expected.map(|(headers, data)| (headers.to_owned(), data.as_bytes().to_vec())).into();
        for size in 1..60 {
            assert_eq!(cut(BODY.as_bytes(), vec![size]), (expected.clone(), true), "{size}");
        }
    }

    #[test]
    fn a_body_cut_off_anywhere_ends_badly() {
        let end = BODY.find("XX--").unwrap() + 4;
        for cut_at in 0..end {
            assert!(!cut(&BODY.as_bytes()[..cut_at], vec![7]).1, "{cut_at}");
        }
        assert!(cut(&BODY.as_bytes()[..end], vec![7]).1);
    }

    #[test]
    fn headers_without_an_end_are_refused_before_they_fill_the_memory() {
        let body = [b"--XX\r\n".as_slice(), &vec![b'x'; 3 * BUFFER]].concat();
        let mut parts = Parts::new(body.as_slice(), "XX");
        assert_eq!(parts.next().unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn a_part_that_is_not_read_is_passed_over() {
        let mut parts = Parts::new(BODY.as_bytes(), "XX");
        let mut count = 0;
        while parts.next().unwrap().is_some() {
            count += 1;
        }
        assert_eq!(count, 3);
    }

    proptest! {
        #[test]
        fn data_come_through_byte_for_byte(
            data in proptest::collection::vec(any::<u8>(), 0..5000), pieces in proptest::collection::vec(1usize..900, 1..9),
        ) {
            prop_assume!(!data.windows(4).any(|bytes| bytes == b"--XX"));
            let body = [b"--XX\r\nX: y\r\n\r\n".as_slice(), &data, b"\r\n--XX--"].concat();
            prop_assert_eq!(cut(&body, pieces), (vec![("X: y".to_owned(), data)], true));
        }

        #[test]
        fn the_pieces_make_no_difference(
            parts in proptest::collection::vec(prop_oneof![Just("--XX"), Just("\r\n"), Just("content-type: x"), Just("a"), Just("--")], 0..40),
            pieces in proptest::collection::vec(1usize..9, 1..9),
        ) {
            let body = parts.concat();
            prop_assert_eq!(cut(body.as_bytes(), pieces), cut(body.as_bytes(), vec![usize::MAX]));
        }
    }
}
