//! Small files, read whole and replaced whole, so that a reader never sees half of one.

use crate::error::{Error, Result};
use crate::stale::try_again;
use crate::text::one_line;
use rustix::fs::Advice;
use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, Read, Write};
use std::num::NonZeroU64;
use std::ops::Range;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Whether a write must outlive a crash of the machine before anyone is told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Synced: somebody is promised that it lasts.
    Promised,
    /// Synced before it takes the place of the old version: a crash leaves either of them, and no ruin.
    Whole,
    /// Not synced: it is made anew, or nobody misses it.
    Best,
}

/// Reads a file; `None` if it does not exist.
///
/// # Errors
/// When it can't be read.
pub fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    absent_is_none(try_again(|| read_whole(path))).map_err(Error::io("read", path))
}

/// Most files that a request reads are smaller than this.
const SMALL: usize = 2048;

/// As `std::fs::read`, which asks for each file's size first; here only for one that is not small.
fn read_whole(path: &Path) -> io::Result<Vec<u8>> {
    let (mut file, mut start, mut got) = (File::open(path)?, [0; SMALL], 0);
    // A file has ended only when nothing more comes: a file system may give less than was asked for.
    while got < SMALL {
        match file.read(&mut start[got..]) {
            Ok(0) => return Ok(start[..got].to_vec()),
            Ok(more) => got += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let mut text = start.to_vec();
    file.read_to_end(&mut text)?;
    Ok(text)
}

/// What the system says of a file without opening it.
#[derive(Clone, Copy, Debug)]
pub struct Looks {
    /// Its size.
    pub bytes: u64,
    /// When its contents last changed, as whoever may write it likes to say.
    pub modified: SystemTime,
    /// When anything of it last changed, as the system says: nobody can set this time.
    pub changed: SystemTime,
}

/// Looks at a file or folder; `None` if it does not exist.
///
/// # Errors
/// When the system won't tell.
pub fn look(path: &Path) -> Result<Option<Looks>> {
    let looks = |metadata: Metadata| {
        Ok(Looks { bytes: metadata.len(), modified: metadata.modified()?, changed: changed(&metadata) })
    };
    absent_is_none(try_again(|| fs::metadata(path)).and_then(looks)).map_err(Error::io("look at", path))
}

/// The time of the last change, which the library has no name for. Before 1970 is 1970.
fn changed(metadata: &Metadata) -> SystemTime {
    let seconds = u64::try_from(metadata.ctime()).unwrap_or_default();
    UNIX_EPOCH + Duration::new(seconds, u32::try_from(metadata.ctime_nsec()).unwrap_or_default())
}

/// Whether a file was put there with the times of an older version, as `tar` and `cp -a` unpack a backup, into a folder
/// that is older than that: its contents changed last before it was made. `false` where the file system does not tell
/// when a file was made.
pub fn is_restored(path: &Path) -> bool {
    const ROUNDING: Duration = Duration::from_secs(1);
    let times = |path: &Path| {
        let metadata = fs::metadata(path).ok()?;
        Some((metadata.created().ok()?, metadata.modified().ok()?))
    };
    let Some((made, modified)) = times(path) else { return false };
    // A thread that was moved here as a whole is in a new folder.
    modified + ROUNDING < made
        && path.parent().and_then(times).is_some_and(|(folder_made, _)| folder_made <= modified + ROUNDING)
}

/// When a file or folder last changed; `None` if it does not exist.
///
/// # Errors
/// When the system won't tell.
pub fn modified(path: &Path) -> Result<Option<SystemTime>> {
    Ok(look(path)?.map(|looks| looks.modified))
}

/// Says when a file last changed; nothing if it does not exist.
///
/// # Errors
/// When the file system knows no such times.
pub fn stamp(path: &Path, time: SystemTime) -> Result<()> {
    let stamped = try_again(|| File::open(path)).and_then(|file| file.set_modified(time));
    absent_is_none(stamped).map(drop).map_err(Error::io("stamp", path))
}

/// Removes a file; `false` if it was not there.
///
/// # Errors
/// When it can't be removed.
pub fn remove(path: &Path) -> Result<bool> {
    absent_is_none(try_again(|| fs::remove_file(path))).map(|done| done.is_some()).map_err(Error::io("remove", path))
}

/// Removes a file. The system frees its blocks when what is returned is dropped, which takes a while where they are many;
/// the file is gone already.
///
/// # Errors
/// When it can't be removed.
pub fn remove_at_leisure(path: &Path) -> Result<Option<File>> {
    // One that can't be opened is freed at once.
    let contents = File::open(path).ok();
    remove(path).map(|_| contents)
}

fn absent_is_none<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The path under which a file's next version is written. There is one for each file: only the holder of the
/// thread's lock writes, and what a crash leaves behind is overwritten by the next version.
pub fn draft_path(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.tmp"))
}

/// A file's next version, complete, but not yet in its place. Dropping it leaves the file as it was.
#[derive(Debug)]
pub struct Draft {
    file: File,
    from: PathBuf,
    to: PathBuf,
    placed: bool,
}

impl Draft {
    /// Writes the next version of the file at `path`, with the permission bits `mode`.
    ///
    /// # Errors
    /// When it can't be written; nothing is left behind then.
    pub fn write(path: &Path, bytes: &[u8], mode: u32, durability: Durability) -> Result<Self> {
        let from = draft_path(path);
        let file = try_again(|| File::create(&from)).map_err(Error::io("write", path))?;
        let mut draft = Self { file, from, to: path.into(), placed: false };
        draft.fill(bytes, mode, durability).map_err(Error::io("write", path))?;
        Ok(draft)
    }

    fn fill(&mut self, bytes: &[u8], mode: u32, durability: Durability) -> io::Result<()> {
        self.file.write_all(bytes)?;
        // The mask of a CGI program is the host's; the admin must be able to replace the file over FTP.
        self.file.set_permissions(Permissions::from_mode(mode))?;
        if durability == Durability::Best { Ok(()) } else { self.file.sync_data() }
    }

    /// Says when the file last changed, instead of now.
    ///
    /// # Errors
    /// When the file system knows no such times.
    pub fn stamp(&self, time: SystemTime) -> Result<()> {
        self.file.set_modified(time).map_err(Error::io("stamp", &self.to))
    }

    /// The same as [`place`](Self::place), and gives the file away as it is open.
    ///
    /// # Errors
    /// The same; also when the file can't be had twice.
    pub fn place_open(self) -> Result<File> {
        let file = self.file.try_clone().map_err(Error::io("keep", &self.to))?;
        self.place()?;
        Ok(file)
    }

    /// Puts it in the place of the file.
    ///
    /// # Errors
    /// When it can't be renamed; the file stays as it was.
    pub fn place(mut self) -> Result<()> {
        try_again(|| fs::rename(&self.from, &self.to)).map_err(Error::io("replace", &self.to))?;
        self.placed = true;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.placed {
            // What can't be removed is overwritten by the next version.
            let _ = fs::remove_file(&self.from);
        }
    }
}

/// Replaces a file, or makes it.
///
/// # Errors
/// When it can't be written; the old version stays then.
pub fn replace(path: &Path, bytes: &[u8], mode: u32, durability: Durability) -> Result<()> {
    Draft::write(path, bytes, mode, durability)?.place()?;
    match (durability, path.parent()) {
        (Durability::Promised, Some(folder)) => sync_folder(folder),
        _ => Ok(()),
    }
}

/// Lets the disk begin to write a part of a file that is still growing. Nothing waits for it, and nothing is promised.
pub fn begin_to_sync(file: &File, range: Range<u64>) {
    let length = NonZeroU64::new(range.end - range.start);
    // "Not needed" for the kernel's cache: what is not on the disk yet is sent there, and stays in the cache till then.
    let _ = rustix::fs::fadvise(file, range.start, length, Advice::DontNeed);
}

/// Makes what was renamed or removed in a folder outlive a crash of the machine.
///
/// # Errors
/// When the file system refuses.
pub fn sync_folder(folder: &Path) -> Result<()> {
    match try_again(|| File::open(folder)).and_then(|folder| folder.sync_all()) {
        // Some network file systems sync folders by themselves and say so with EINVAL.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        result => result.map_err(Error::io("sync", folder)),
    }
}

/// Says on stderr, which the web server logs, what went wrong where nobody who asked has to know.
pub fn complain(error: &Error) {
    log(&error.to_string());
}

/// What a call gave; where it failed and going on is better than stopping: the error is logged, and nothing (`Default`)
/// stands for what is missing.
pub fn or_complain<T: Default>(result: Result<T>) -> T {
    result.unwrap_or_else(|error| {
        complain(&error);
        T::default()
    })
}

/// Writes a line to stderr, at once: the web server would make several of what comes in pieces.
pub fn log(line: &str) {
    // There is nobody else to be told.
    let _ = io::stderr().write_all(format!("mozchat: {}\n", one_line(line)).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_with_its_mode_and_leaves_no_draft() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users.json");
        replace(&path, b"one", 0o644, Durability::Best).unwrap();
        replace(&path, b"two", 0o666, Durability::Promised).unwrap();
        assert_eq!(read(&path).unwrap().unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o666);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_is_removed_at_leisure_is_gone_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "text").unwrap();
        let mut contents = remove_at_leisure(&path).unwrap().unwrap();
        assert!(!path.exists());
        assert_eq!(io::read_to_string(&mut contents).unwrap(), "text");
        assert!(remove_at_leisure(&path).unwrap().is_none());
    }

    #[test]
    fn files_of_every_size_are_read_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for size in [0, 1, SMALL - 1, SMALL, SMALL + 1, 3 * SMALL] {
            let bytes: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
            fs::write(&path, &bytes).unwrap();
            assert_eq!(read(&path).unwrap(), Some(bytes), "{size}");
        }
    }

    #[test]
    fn a_draft_that_is_dropped_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users.json");
        replace(&path, b"one", 0o644, Durability::Best).unwrap();
        drop(Draft::write(&path, b"two", 0o644, Durability::Best).unwrap());
        assert_eq!(read(&path).unwrap().unwrap(), b"one");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_was_unpacked_with_its_times_into_an_older_folder_is_told_from_what_was_moved_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let (path, moved) = (folder.path().join("file"), folder.path().join("moved"));
        replace(&path, b"text", 0o644, Durability::Best).unwrap();
        if fs::metadata(&path).unwrap().created().is_err() {
            println!("skipped: this file system does not tell when a file was made");
            return;
        }
        assert!(!is_restored(&path) && !is_restored(&moved));
        let long_ago = SystemTime::now() - Duration::from_secs(60);
        fs::create_dir(&moved).unwrap();
        fs::write(moved.join("file"), "text").unwrap();
        stamp(&moved.join("file"), long_ago).unwrap();
        assert!(!is_restored(&moved.join("file")), "the folder is as new as the file");
        let restored = tempfile::NamedTempFile::new_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        stamp(restored.path(), long_ago).unwrap();
        assert!(is_restored(restored.path()), "the folder is older");
    }

    #[test]
    fn what_is_not_there_is_a_value_and_no_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("none");
        assert_eq!((read(&path).unwrap(), modified(&path).unwrap(), remove(&path).unwrap()), (None, None, false));
    }
}
