//! What a file says, taken apart once for as long as it stays the same: for the hub, which asks the same files again and
//! again. Nothing that another process writes goes unseen.

use crate::error::{Error, Result};
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What is shorter is taken apart each time.
const WORTH_KEEPING: u64 = 4096;
/// Each keeps a file open, and others need descriptors too.
const MOST_OPEN: usize = 100;
static OPEN: AtomicUsize = AtomicUsize::new(0);

/// A file's value, and the version of the file that it is of.
#[derive(Debug)]
pub struct Cached<T>(Option<(Version, T)>);

/// A version of a file. As long as it is open, no other file gets its inode, so one that was put in its place is told
/// from it, however soon that was; one that was written over, by its time or size.
#[derive(Debug)]
struct Version {
    _open: File,
    looks: Looks,
}

type Looks = (u64, u64, i64, i64, u64);

impl<T> Default for Cached<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Cached<T> {
    /// The value of a file as it is now; a missing one has no bytes. It must be [put back](Self::put) if the caller
    /// wants it kept.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn take(&mut self, path: &Path, parse: impl FnOnce(&[u8]) -> T) -> Result<(Source, T)> {
        if let Some((version, value)) = self.0.take()
            && version.is_still_at(path).map_err(Error::io("look at", path))?
        {
            return Ok((Source(Some(version)), value));
        }
        let (version, bytes) = read(path).map_err(Error::io("read", path))?;
        Ok((Source(version), parse(&bytes)))
    }

    /// Keeps the value of the file from which it was taken.
    pub fn put(&mut self, source: Source, value: T) {
        self.0 = source.0.map(|version| (version, value));
    }

    /// Looks at the value of a file as it is now.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn look<R>(
        &mut self,
        path: &Path,
        parse: impl FnOnce(&[u8]) -> T,
        look: impl FnOnce(&mut T) -> R,
    ) -> Result<R> {
        let (source, mut value) = self.take(path, parse)?;
        let result = look(&mut value);
        self.put(source, value);
        Ok(result)
    }
}

/// The file from which a value is.
#[derive(Debug)]
pub struct Source(Option<Version>);

impl Source {
    /// A file that was just put in its place.
    pub fn written(file: File) -> Self {
        // Without it, the file is read again.
        Self(Version::of(file).ok().flatten())
    }
}

impl Version {
    /// `None` if the file is not worth it.
    fn of(file: File) -> io::Result<Option<Self>> {
        let looks = file.metadata()?;
        if looks.len() < WORTH_KEEPING {
            return Ok(None);
        }
        let version = Self { _open: file, looks: looks_of(&looks) };
        let is_one_too_many = OPEN.fetch_add(1, Ordering::Relaxed) >= MOST_OPEN;
        Ok((!is_one_too_many).then_some(version))
    }

    fn is_still_at(&self, path: &Path) -> io::Result<bool> {
        match std::fs::metadata(path) {
            Ok(found) => Ok(looks_of(&found) == self.looks),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl Drop for Version {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, Ordering::Relaxed);
    }
}

fn looks_of(found: &Metadata) -> Looks {
    (found.dev(), found.ino(), found.mtime(), found.mtime_nsec(), found.len())
}

fn read(path: &Path) -> io::Result<(Option<Version>, Vec<u8>)> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((None, Vec::new())),
        file => file?,
    };
    // How it looks is asked before it is read: what is written over it meanwhile makes it another version.
    let mut bytes = Vec::new();
    let version = Version::of(file.try_clone()?)?;
    file.read_to_end(&mut bytes)?;
    Ok((version, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{Durability, replace, stamp};
    use std::fs;
    use std::path::PathBuf;
    use std::sync::{Mutex, MutexGuard, PoisonError};

    /// One test at a time: what is open is counted for all.
    static TURN: Mutex<()> = Mutex::new(());

    fn turn() -> MutexGuard<'static, ()> {
        TURN.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A file in a folder of its own, and how often it was taken apart.
    struct Fixture {
        _folder: tempfile::TempDir,
        path: PathBuf,
        kept: Cached<u8>,
        parsed: usize,
    }

    impl Fixture {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            Self { path: folder.path().join("f"), _folder: folder, kept: Cached::default(), parsed: 0 }
        }

        fn replace(&self, first: u8, length: usize) {
            let mut bytes = vec![b' '; length];
            bytes[0] = first;
            replace(&self.path, &bytes, 0o644, Durability::Best).unwrap();
        }

        fn look(&mut self) -> u8 {
            let parse = |bytes: &[u8]| {
                self.parsed += 1;
                bytes.first().copied().unwrap_or_default()
            };
            self.kept.look(&self.path, parse, |value| *value).unwrap()
        }
    }

    #[test]
    fn a_large_file_is_taken_apart_once_and_again_when_it_was_replaced() {
        let (_turn, mut file) = (turn(), Fixture::new());
        assert_eq!(file.look(), 0, "there is none");
        file.replace(1, 5000);
        assert_eq!((file.look(), file.look(), file.parsed), (1, 1, 2));
        // Within one tick of the clock, of the same size: only that the first is open keeps them apart.
        for n in 2..200 {
            file.replace(0, 5000);
            file.replace(n, 5000);
            assert_eq!(file.look(), n);
        }
        fs::remove_file(&file.path).unwrap();
        assert_eq!(file.look(), 0);
    }

    #[test]
    fn what_was_written_over_is_seen() {
        let (_turn, mut file) = (turn(), Fixture::new());
        file.replace(1, 5000);
        assert_eq!(file.look(), 1);
        fs::write(&file.path, [2; 5001]).unwrap();
        assert_eq!(file.look(), 2);
        fs::write(&file.path, [3; 5001]).unwrap();
        stamp(&file.path, std::time::SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(file.look(), 3);
    }

    #[test]
    fn small_files_and_too_many_are_read_each_time() {
        let (_turn, mut small) = (turn(), Fixture::new());
        small.replace(1, 100);
        assert_eq!((small.look(), small.look(), small.parsed), (1, 1, 2));
        let mut many: Vec<_> = (0..MOST_OPEN + 20).map(|_| Fixture::new()).collect();
        for file in &mut many {
            file.replace(7, 5000);
            assert_eq!((file.look(), file.look()), (7, 7));
        }
        assert_eq!(many.last().map(|file| file.parsed), Some(2));
        assert_eq!(many.first().map(|file| file.parsed), Some(1));
    }
}
