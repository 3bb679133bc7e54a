//! The one module that knows the `multipart` crate, which no longer changes.
//!
//! The crate reads the parts' headers; where a part begins and ends ([`Parts`]), the limits and the refusal of text that
//! is no UTF-8 are ours.

use super::fields::{Fields, not_utf8};
use super::parts::Parts;
use super::sink::{FileSink, lost};
use crate::error::{Error, Result};
use ::multipart::server::Multipart;
use serde_json::Value;
use std::borrow::Cow;
use std::io::{self, Read};

/// A text field in a form: a chat message or an SDP offer.
const LONGEST_FIELD: u64 = 256 * 1024;
const DISPOSITION: &[u8] = b"content-disposition:";
/// RFC 2046, section 5.1.1.
const LONGEST_BOUNDARY: usize = 70;

/// Reads a multipart body to its end: text into `fields`, files into `sink`.
///
/// # Errors
/// When the body is malformed or cut off, a field is too large or no UTF-8, or the sink refuses.
pub fn read(
    body: &mut dyn Read,
    content_type: &str,
    body_bytes: Option<u64>,
    fields: &mut Fields,
    sink: &mut dyn FileSink,
) -> Result<()> {
    let boundary = boundary(content_type)
        .ok_or_else(|| Error::malformed("no-boundary", "The request's Content-Type names no multipart boundary"))?;
    let mut parts = Parts::new(body, boundary);
    // Only the closing boundary makes this loop end well, so a body that was cut off never passes.
    while let Some(headers) = parts.next().map_err(|error| broken(&error))? {
        let Named { name, is_file } = named(&headers).map_err(|error| broken(&error))?;
        if is_file {
            // The sink needs what stood before.
            fields.unfold_json()?;
            sink.take(fields, body_bytes, &mut parts)?;
        } else {
            let text = read_field(&mut parts)?;
            fields.set(name, Value::String(text))?;
        }
    }
    Ok(())
}

/// What the headers of a part say of it.
struct Named {
    name: String,
    is_file: bool,
}

/// Lets the crate read the headers of a part, as those of the only part of a body without data.
fn named(headers: &[u8]) -> io::Result<Named> {
    let body = [b"--b\r\n", name_first(headers).as_ref(), b"\r\n\r\n\r\n--b--\r\n"].concat();
    let mut parts = Multipart::with_body(body.as_slice(), "b");
    let part = parts.read_entry()?.ok_or(io::ErrorKind::InvalidData)?;
    Ok(Named { name: part.headers.name.to_string(), is_file: part.headers.filename.is_some() })
}

/// The headers with `name` before the other parameters of Content-Disposition, which may come in any order (RFC 6266): the
/// crate takes the end of `filename=` for the name.
fn name_first(headers: &[u8]) -> Cow<'_, [u8]> {
    let is_disposition =
        |line: &&[u8]| line.get(..DISPOSITION.len()).is_some_and(|s| s.eq_ignore_ascii_case(DISPOSITION));
    let lines = || headers.split(|byte| *byte == b'\n');
    let Some(line) = lines().find(is_disposition) else { return headers.into() };
    let line = line.trim_ascii_end();
    let mut parameters = parameters(line);
    let is_name = |parameter: &&[u8]| parameter.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"name="));
    match parameters.iter().position(is_name) {
        Some(at @ 2..) => {
            let name = parameters.remove(at);
            parameters.insert(1, name);
            // The other headers say nothing that is wanted.
            parameters.join(b"; ".as_slice()).into()
        }
        _ => headers.into(),
    }
}

/// The parts of a header between the semicolons that are not quoted.
fn parameters(line: &[u8]) -> Vec<&[u8]> {
    let mut is_quoted = false;
    let parts = line.split(|byte| {
        is_quoted ^= *byte == b'"';
        *byte == b';' && !is_quoted
    });
    parts.map(<[u8]>::trim_ascii).collect()
}

fn read_field(data: &mut impl Read) -> Result<String> {
    let mut text = Vec::new();
    data.take(LONGEST_FIELD + 1).read_to_end(&mut text).map_err(|error| broken(&error))?;
    if text.len() as u64 > LONGEST_FIELD {
        return Err(Error::with_status(413, "too-large", "A field of the request is too large"));
    }
    String::from_utf8(text).map_err(|_| not_utf8())
}

fn broken(error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => lost(error),
        _ => Error::malformed("bad-multipart", format!("The request's multipart body is broken: {error}")),
    }
}

/// The boundary parameter of a Content-Type, quoted or not.
fn boundary(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"');
        let fits =
            (1..=LONGEST_BOUNDARY).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
        (name.trim().eq_ignore_ascii_case("boundary") && fits).then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::BufRead;

    #[derive(Default)]
    struct Keep(Vec<Vec<u8>>);

    impl FileSink for Keep {
        fn take(&mut self, _: &Fields, _: Option<u64>, data: &mut dyn BufRead) -> Result<()> {
            let mut file = Vec::new();
            data.read_to_end(&mut file).map_err(|error| broken(&error))?;
            self.0.push(file);
            Ok(())
        }
    }

    fn read_all(mut body: &[u8]) -> Result<(Fields, Vec<Vec<u8>>)> {
        let (mut fields, mut files) = (Fields::default(), Keep::default());
        read(&mut body, "multipart/form-data; boundary=XX", None, &mut fields, &mut files)?;
        Ok((fields, files.0))
    }

    fn form(file: &[u8]) -> Vec<u8> {
        let head = b"--XX\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\nAnn\r\n--XX\r\nContent-Disposition: form-data; name=\"blob\"; filename=\"blob\"\r\nContent-Type: audio/webm;codecs=opus\r\n\r\n";
        [head.as_slice(), file, b"\r\n--XX--\r\n"].concat()
    }

    #[test]
    fn the_boundary_is_found_quoted_or_not() {
        let cases = [
            ("multipart/form-data; boundary=abc", Some("abc")),
            ("multipart/form-data; charset=x; Boundary=\"a b\"", Some("a b")),
            ("multipart/form-data", None),
            ("multipart/form-data; boundary=", None),
            ("multipart/form-data; boundary=ж", None),
        ];
        for (content_type, expected) in cases {
            assert_eq!(boundary(content_type), expected, "{content_type}");
        }
    }

    #[test]
    fn what_a_part_is_called_does_not_depend_on_the_order_of_its_parameters() {
        let cases = [
            ("form-data; name=\"user\"", "user", false),
            ("form-data; name=\"blob\"; filename=\"a.webm\"", "blob", true),
            ("form-data; filename=\"a.webm\"; name=\"blob\"", "blob", true),
            ("form-data; filename=\"a; name=b.webm\"; name=\"blob\"", "blob", true),
            ("form-data; filename*=UTF-8''a; filename=blob;name=blob", "blob", true),
        ];
        for (value, name, is_file) in cases {
            for headers in
                [format!("Content-Disposition: {value}"), format!("X: y\r\ncontent-disposition: {value}\r\nZ: a")]
            {
                let found = named(headers.as_bytes()).unwrap();
                assert_eq!((found.name.as_str(), found.is_file), (name, is_file), "{headers}");
            }
        }
    }

    #[test]
    fn a_body_cut_off_anywhere_is_an_error() {
        let whole = form(&[7; 5000]);
        assert!(read_all(&whole).is_ok());
        // The last two bytes are the line end behind the closing boundary, which may be missing.
        for end in (0..whole.len() - 2).step_by(7) {
            assert!(read_all(&whole[..end]).is_err(), "cut at {end}");
        }
    }

    proptest! {
        #[test]
        fn a_file_comes_through_byte_for_byte(file in proptest::collection::vec(any::<u8>(), 0..9000)) {
            prop_assume!(!file.windows(4).any(|w| w == b"--XX"));
            let (fields, files) = read_all(&form(&file)).unwrap();
            prop_assert_eq!(fields.text("user").unwrap(), "Ann");
            prop_assert_eq!(&files[0], &file);
        }

        #[test]
        fn no_body_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..3000)) {
            let _ = read_all(&body);
            let _ = read_all(&[b"--XX\r\n".as_slice(), &body].concat());
        }
    }
}
