//! FastCGI's records (FastCGI Specification 1.0): a request read from them, an answer written in them. Pure.
//!
//! The crates for this are an old one that panics on broken records, and asynchronous ones that bring a runtime along;
//! a program that serves one connection after the other needs neither. A record is a header of eight bytes (version,
//! type, request's number, length of the content, length of the padding), content and padding.

use std::io::{self, BufReader, Read, Write};

/// A request: its parameters are read, its body is read from it.
#[derive(Debug)]
pub struct Request<R> {
    stream: BufReader<R>,
    id: u16,
    params: Vec<(Vec<u8>, Vec<u8>)>,
    /// Of the body's record that is being read.
    left: usize,
    padding: usize,
    ended: bool,
}

const VERSION: u8 = 1;
const BEGIN_REQUEST: u8 = 1;
const ABORT_REQUEST: u8 = 2;
const END_REQUEST: u8 = 3;
const PARAMS: u8 = 4;
const STDIN: u8 = 5;
const STDOUT: u8 = 6;
const RESPONDER: [u8; 2] = [0, 1];
/// Web servers take headers of some kilobytes; this leaves room.
const LARGEST_PARAMS: usize = 256 * 1024;
/// The most that a record holds, as a multiple of eight.
const LARGEST_CONTENT: usize = 65_528;
const HEADER: usize = 8;
/// What is read at once: mod_fcgid sends a body in records of eight kilobytes.
const BUFFER: usize = 64 * 1024;

struct Header {
    kind: u8,
    id: u16,
    content: usize,
    padding: usize,
}

impl Header {
    /// Reads a header; `None` at the end of the stream.
    fn read(stream: &mut impl Read) -> io::Result<Option<Self>> {
        let mut bytes = [0; HEADER];
        let first = loop {
            match stream.read(&mut bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                got => break got?,
            }
        };
        if first == 0 {
            return Ok(None);
        }
        stream.read_exact(&mut bytes[first..])?;
        let [version, kind, id1, id0, content1, content0, padding, _] = bytes;
        if version != VERSION {
            return Err(broken("an unknown version"));
        }
        let pair = |high, low| u16::from_be_bytes([high, low]);
        Ok(Some(Self { kind, id: pair(id1, id0), content: pair(content1, content0).into(), padding: padding.into() }))
    }
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("FastCGI: {what}"))
}

impl<R: Read> Request<R> {
    /// Reads a request's beginning, up to its body; `None` if nothing comes, or something that no responder answers.
    ///
    /// # Errors
    /// When the records are broken or end too soon.
    pub fn begin(stream: R) -> io::Result<Option<Self>> {
        let mut stream = BufReader::with_capacity(BUFFER, stream);
        let mut id = None;
        let mut params = Vec::new();
        while let Some(header) = Header::read(&mut stream)? {
            let is_ours = id == Some(header.id);
            match header.kind {
                BEGIN_REQUEST if id.is_none() => {
                    let content = take(&mut stream, &header)?;
                    if !content.starts_with(&RESPONDER) || header.id == 0 {
                        return Ok(None);
                    }
                    id = Some(header.id);
                }
                PARAMS if is_ours && header.content == 0 => {
                    skip(&mut stream, header.padding)?;
                    let params = pairs(&params).ok_or_else(|| broken("broken parameters"))?;
                    return Ok(Some(Self { stream, id: header.id, params, left: 0, padding: 0, ended: false }));
                }
                PARAMS if is_ours => {
                    params.append(&mut take(&mut stream, &header)?);
                    if params.len() > LARGEST_PARAMS {
                        return Err(broken("too many parameters"));
                    }
                }
                ABORT_REQUEST if is_ours => return Ok(None),
                // Nothing that this asks for is ours to say.
                _ => skip(&mut stream, header.content + header.padding)?,
            }
        }
        if id.is_some() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(None) }
    }

    /// The request's number, which its answer repeats.
    pub fn id(&self) -> u16 {
        self.id
    }

    /// Takes the parameters: names and values.
    pub fn take_params(&mut self) -> Vec<(Vec<u8>, Vec<u8>)> {
        std::mem::take(&mut self.params)
    }

    /// Goes to the next record of the body that has content, or to its end.
    fn next_record(&mut self) -> io::Result<()> {
        while self.left == 0 && !self.ended {
            skip(&mut self.stream, std::mem::take(&mut self.padding))?;
            let header = Header::read(&mut self.stream)?.ok_or(io::ErrorKind::UnexpectedEof)?;
            match header.kind {
                STDIN if header.id == self.id => {
                    (self.left, self.padding) = (header.content, header.padding);
                    self.ended = self.left == 0;
                }
                ABORT_REQUEST if header.id == self.id => return Err(io::ErrorKind::UnexpectedEof.into()),
                _ => skip(&mut self.stream, header.content + header.padding)?,
            }
        }
        Ok(())
    }

    /// Whether some more of the body has come already.
    fn has_more_at_hand(&self) -> bool {
        let ahead = if self.left > 0 { 0 } else { self.padding + HEADER };
        !self.ended && self.stream.buffer().len() > ahead
    }

    fn read_of_record(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.next_record()?;
        let most = buf.len().min(self.left);
        if most == 0 {
            return Ok(0);
        }
        match self.stream.read(&mut buf[..most])? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            got => {
                self.left -= got;
                Ok(got)
            }
        }
    }
}

impl<R: Read> Read for Request<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut got = self.read_of_record(buf)?;
        while got > 0 && got < buf.len() && self.has_more_at_hand() {
            got += self.read_of_record(&mut buf[got..])?;
        }
        Ok(got)
    }
}

fn take(stream: &mut impl Read, header: &Header) -> io::Result<Vec<u8>> {
    let mut content = vec![0; header.content];
    stream.read_exact(&mut content)?;
    skip(stream, header.padding)?;
    Ok(content)
}

fn skip(stream: &mut impl Read, bytes: usize) -> io::Result<()> {
    let skipped = io::copy(&mut stream.take(bytes as u64), &mut io::sink())?;
    if skipped == bytes as u64 { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// Names and values: the lengths of both, in one byte or, with the highest bit set, in four, then both.
fn pairs(mut text: &[u8]) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut pairs = Vec::new();
    while !text.is_empty() {
        let (name, value) = (length(&mut text)?, length(&mut text)?);
        let (name, rest) = text.split_at_checked(name)?;
        let (value, rest) = rest.split_at_checked(value)?;
        pairs.push((name.to_vec(), value.to_vec()));
        text = rest;
    }
    Some(pairs)
}

fn length(text: &mut &[u8]) -> Option<usize> {
    let first = *text.first()?;
    if first < 0x80 {
        *text = &text[1..];
        return Some(first.into());
    }
    let (bytes, rest) = text.split_first_chunk::<4>()?;
    *text = rest;
    usize::try_from(u32::from_be_bytes(*bytes) & 0x7fff_ffff).ok()
}

/// Writes a whole answer, of which the web server may read the first while we write the rest.
///
/// # Errors
/// When the web server has gone.
pub fn write_answer(id: u16, pieces: &[&[u8]], out: &mut impl Write) -> io::Result<()> {
    let mut records =
        Vec::with_capacity(pieces.iter().map(|piece| piece.len()).sum::<usize>().min(LARGEST_CONTENT) + 64);
    for content in pieces.iter().flat_map(|piece| piece.chunks(LARGEST_CONTENT)) {
        if records.len() + content.len() > LARGEST_CONTENT {
            out.write_all(&records)?;
            records.clear();
        }
        push_record(&mut records, STDOUT, id, content);
    }
    push_record(&mut records, STDOUT, id, &[]);
    // An exit status of 0, and "request complete".
    push_record(&mut records, END_REQUEST, id, &[0; 8]);
    out.write_all(&records)
}

fn push_record(records: &mut Vec<u8>, kind: u8, id: u16, content: &[u8]) {
    let length = u16::try_from(content.len()).unwrap_or(u16::MAX).to_be_bytes();
    let id = id.to_be_bytes();
    records.extend_from_slice(&[VERSION, kind, id[0], id[1], length[0], length[1], 0, 0]);
    records.extend_from_slice(content);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn record(kind: u8, id: u16, content: &[u8], padding: u8) -> Vec<u8> {
        let mut records = Vec::new();
        push_record(&mut records, kind, id, content);
        records[6] = padding;
        records.extend(vec![9; padding.into()]);
        records
    }

    fn begun(id: u16) -> Vec<u8> {
        record(BEGIN_REQUEST, id, &[0, 1, 0, 0, 0, 0, 0, 0], 0)
    }

    fn long_pair(name: &str, value: &[u8]) -> Vec<u8> {
        let length = (u32::try_from(value.len()).unwrap() | 0x8000_0000).to_be_bytes();
        [&[u8::try_from(name.len()).unwrap()], length.as_slice(), name.as_bytes(), value].concat()
    }

    #[test]
    fn a_request_is_read_whatever_its_records_are_cut_into() {
        let params = [b"\x01\x02ABB".to_vec(), long_pair("LONG", &[b'x'; 300]), b"\x05\0EMPTY".to_vec()].concat();
        for step in [1, 7, 100, 1000] {
            let mut stream = begun(3);
            params.chunks(step).for_each(|piece| stream.extend(record(PARAMS, 3, piece, 3)));
            stream.extend(record(PARAMS, 3, &[], 0));
            // Other requests' records, and of types that nobody knows.
            stream.extend([record(STDIN, 4, b"no", 0), record(77, 0, b"?", 1)].concat());
            b"some body".chunks(step).for_each(|piece| stream.extend(record(STDIN, 3, piece, 5)));
            stream.extend(record(STDIN, 3, &[], 0));
            stream.extend(b"behind");
            let mut request = Request::begin(stream.as_slice()).unwrap().unwrap();
            let mut body = String::new();
            request.read_to_string(&mut body).unwrap();
            assert_eq!((request.id(), body.as_str()), (3, "some body"), "{step}");
            let names = [("A", b"BB".to_vec()), ("LONG", vec![b'x'; 300]), ("EMPTY", Vec::new())];
            let expected = names.map(|(name, value)| (name.as_bytes().to_vec(), value)).to_vec();
            assert_eq!(request.take_params(), expected);
        }
    }

    #[test]
    fn what_has_come_is_read_at_once_and_what_has_not_is_not_waited_for() {
        let come = [begun(1), record(PARAMS, 1, &[], 0), record(STDIN, 1, b"one", 5), record(STDIN, 1, b"two", 0)];
        for rest in [[record(STDIN, 1, b"three", 0), record(STDIN, 1, &[], 0)].concat(), Vec::new()] {
            let (come, later) = (come.concat(), rest.as_slice());
            let mut request = Request::begin(come.as_slice().chain(later)).unwrap().unwrap();
            let mut room = [0; 100];
            let got = request.read(&mut room).unwrap();
            assert_eq!(&room[..got], b"onetwo");
            assert_eq!(request.read(&mut room).ok(), (!rest.is_empty()).then_some(5));
        }
    }

    #[test]
    fn a_request_that_is_cut_off_anywhere_is_an_error() {
        let parts =
            [begun(1), record(PARAMS, 1, b"\x01\x01AB", 2), record(PARAMS, 1, &[], 0), record(STDIN, 1, b"body", 4)];
        let whole = [parts.concat(), record(STDIN, 1, &[], 0)].concat();
        let read = |stream: &[u8]| -> io::Result<usize> {
            let mut request = Request::begin(stream)?.ok_or(io::ErrorKind::NotFound)?;
            request.read_to_end(&mut Vec::new())
        };
        assert_eq!(read(&whole).unwrap(), 4);
        for end in 1..whole.len() {
            assert_eq!(read(&whole[..end]).unwrap_err().kind(), io::ErrorKind::UnexpectedEof, "{end}");
        }
        assert!(Request::begin(&[][..]).unwrap().is_none(), "nobody asked anything");
    }

    #[test]
    fn what_no_responder_answers_is_passed_over() {
        let authorizer = record(BEGIN_REQUEST, 1, &[0, 2, 0, 0, 0, 0, 0, 0], 0);
        let aborted = [begun(1), record(ABORT_REQUEST, 1, &[], 0)].concat();
        for stream in [authorizer, aborted, begun(0)] {
            assert!(Request::begin(stream.as_slice()).unwrap().is_none());
        }
        let endless: Vec<u8> = begun(1).into_iter().chain(record(PARAMS, 1, &[1; 60_000], 0).repeat(6)).collect();
        assert!(Request::begin(endless.as_slice()).is_err());
    }

    #[test]
    fn an_answer_comes_in_records_of_the_size_that_fits() {
        for size in [0, 1, LARGEST_CONTENT, LARGEST_CONTENT + 1, 200_000] {
            let body: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
            let mut out = Vec::new();
            write_answer(7, &[b"head", &body], &mut out).unwrap();
            let (mut stream, mut got) = (out.as_slice(), Vec::new());
            while let Some(header) = Header::read(&mut stream).unwrap() {
                let content = take(&mut stream, &header).unwrap();
                assert_eq!(header.id, 7);
                match header.kind {
                    STDOUT => got.extend(content),
                    END_REQUEST => assert!(content == [0; 8] && stream.is_empty()),
                    other => panic!("a record of type {other}"),
                }
            }
            assert_eq!(got, [b"head".as_slice(), &body].concat(), "{size}");
        }
    }

    proptest! {
        #[test]
        fn no_stream_makes_it_panic(stream in proptest::collection::vec(any::<u8>(), 0..400)) {
            for stream in [stream.clone(), [begun(1), stream].concat()] {
                if let Ok(Some(mut request)) = Request::begin(stream.as_slice()) {
                    let mut body = Vec::new();
                    let _ = request.read_to_end(&mut body);
                    prop_assert!(body.len() <= stream.len());
                }
            }
        }
    }
}
