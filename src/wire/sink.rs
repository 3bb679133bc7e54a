//! Where the files of a multipart body go.

use super::Fields;
use crate::error::{Error, Result};
use std::io::{self, BufRead};

/// What becomes of a file in a multipart body.
pub trait FileSink {
    /// Takes one file.
    ///
    /// `fields` holds what stood before the file; `body_bytes` is what the client says of the whole body's
    /// length, which is never less than the file's. `data` must be read to its end if the result is `Ok`.
    ///
    /// # Errors
    /// Ends the request with that error; the rest of the body is not read.
    fn take(&mut self, fields: &Fields, body_bytes: Option<u64>, data: &mut dyn BufRead) -> Result<()>;
}

/// For programs that take no files.
pub struct NoFiles;

impl FileSink for NoFiles {
    fn take(&mut self, _: &Fields, _: Option<u64>, _: &mut dyn BufRead) -> Result<()> {
        Err(Error::malformed("unexpected-file", "This program takes no files"))
    }
}

/// The answer to a body that ended before its time, which hardly anyone is left to read.
pub(super) fn lost(error: &io::Error) -> Error {
    Error::malformed("cut-off", format!("The request was cut off: {error}"))
}
