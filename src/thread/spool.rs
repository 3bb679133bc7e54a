//! A clip on its way in: streamed to a file outside the lock, so that memory does not grow with it and nobody waits for a
//! slow line. The file has no name until it is whole, so that nothing is left of it whoever ends when; where the file
//! system knows no such files, it is named after the upload's [reservation](super::reservation), and swept.

use super::leftovers::{COPY, PREFIX, SUFFIX};
use super::reservation::Reservation;
use crate::error::{Error, Result};
use crate::files;
use crate::stale::try_again;
use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat};
use std::fs::{self, File, Permissions};
use std::io::{self, BufRead, Seek, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A clip that has been received, and is not yet in its place. Dropping it removes it.
#[derive(Debug)]
pub struct Spooled {
    content: Content,
    bytes: u64,
    /// How it begins.
    head: Vec<u8>,
    mode: u32,
}

#[derive(Debug)]
enum Content {
    /// Synced. Its bytes count as long as it is not stored.
    File { draft: Draft, _place: Reservation },
    /// It takes up no disk before it is stored; in this folder.
    Memory { bytes: Vec<u8>, folder: PathBuf },
}

/// A file that has a name in the thread's folder, or may get it. Dropping it removes it.
#[derive(Debug)]
struct Draft {
    file: File,
    path: PathBuf,
    is_named: bool,
}

/// The largest clip that may be received into memory: some seconds of speech.
pub const MOST_IN_MEMORY: u64 = 256 * 1024;
/// The number of an upload that has no place: places are counted from 1. Only the holder of the thread's lock makes its file.
const NO_PLACE: u32 = 0;
/// What it takes to tell a container.
const HEAD: usize = 12;
/// What the disk begins to write while the rest comes, so that little is left to wait for at the end.
const STRETCH: u64 = 1024 * 1024;

impl Spooled {
    /// Receives a clip into a file in `folder`, a thread's.
    ///
    /// # Errors
    /// `too-large` as soon as it passes `limit` bytes, `cut-off` when its end does not come; a host's error when
    /// it can't be written. Nothing is left behind then.
    pub fn receive(data: &mut dyn BufRead, place: Reservation, folder: &Path, mode: u32, limit: u64) -> Result<Self> {
        let mut draft = Draft::create(folder, place.number())?;
        let (mut written, mut begun) = (0, 0);
        let (bytes, head) = read(data, limit, |piece| {
            draft.file.write_all(piece).map_err(Error::io("write", folder))?;
            written += piece.len() as u64;
            if written - begun >= STRETCH {
                files::begin_to_sync(&draft.file, begun..written);
                begun = written;
            }
            Ok(())
        })?;
        finish(&draft.file, mode).map_err(Error::io("write", folder))?;
        Ok(Self { content: Content::File { draft, _place: place }, bytes, head, mode })
    }

    /// Receives a small clip into memory, where there is no room for its file as long as others are on their way.
    ///
    /// # Errors
    /// `too-large` as soon as it passes `limit` bytes, `cut-off` when its end does not come.
    pub fn receive_into_memory(data: &mut dyn BufRead, folder: &Path, mode: u32, limit: u64) -> Result<Self> {
        let mut content = Vec::new();
        let (bytes, head) = read(data, limit.min(MOST_IN_MEMORY), |piece| {
            content.extend_from_slice(piece);
            Ok(())
        })?;
        Ok(Self { content: Content::Memory { bytes: content, folder: folder.into() }, bytes, head, mode })
    }

    /// The clip's size.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The clip's first bytes, at most twelve.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// Puts it in its place, also on another disk. The caller holds the thread's lock.
    ///
    /// # Errors
    /// When it can't be put there; nothing is left there then.
    pub(super) fn place(self, to: &Path) -> Result<()> {
        match self.content {
            Content::File { draft, .. } => draft.place(to, self.mode),
            Content::Memory { bytes, folder } => {
                let mut draft = Draft::create(&folder, NO_PLACE)?;
                let written = draft.file.write_all(&bytes).and_then(|()| finish(&draft.file, self.mode));
                written.map_err(Error::io("write", &folder))?;
                draft.place(to, self.mode)
            }
        }
    }
}

/// Reads a clip to its end; returns how long it is and how it begins.
fn read(data: &mut dyn BufRead, limit: u64, mut keep: impl FnMut(&[u8]) -> Result<()>) -> Result<(u64, Vec<u8>)> {
    let (mut bytes, mut head) = (0, Vec::new());
    loop {
        let piece = match data.fill_buf() {
            Ok([]) => return Ok((bytes, head)),
            Ok(piece) => piece,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Error::malformed("cut-off", format!("The upload was cut off: {error}"))),
        };
        let got = piece.len();
        bytes += got as u64;
        let wanted = HEAD.saturating_sub(head.len()).min(got);
        head.extend_from_slice(&piece[..wanted]);
        if bytes > limit {
            return Err(too_large(limit));
        }
        keep(piece)?;
        data.consume(got);
    }
}

fn finish(file: &File, mode: u32) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(mode)).and_then(|()| file.sync_all())
}

impl Draft {
    /// A file without a name, or with that of the upload of this number.
    fn create(folder: &Path, number: u32) -> Result<Self> {
        let path = folder.join(format!("{PREFIX}{number}{SUFFIX}"));
        if let Ok(file) = unnamed(folder) {
            return Ok(Self { file, path, is_named: false });
        }
        // Whatever is there was left by another upload at this place.
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&path);
        let file = file.map_err(Error::io("write", &path))?;
        Ok(Self { file, path, is_named: true })
    }

    fn place(mut self, to: &Path, mode: u32) -> Result<()> {
        let named = if self.is_named { Ok(()) } else { link(&self.file, &self.path) };
        self.is_named |= named.is_ok();
        // Named beside the catalog first: a move from folder to folder is on the disk only together with all that was done
        // to the catalog before.
        match named.and_then(|()| try_again(|| fs::rename(&self.path, to))) {
            Ok(()) => {
                self.is_named = false;
                Ok(())
            }
            Err(error) if can_be_copied(&error) => {
                // Two disks know nothing of each other's order.
                files::sync_folder(self.path.parent().unwrap_or(to))?;
                self.copy(to, mode).map_err(Error::io("place", to))
            }
            Err(error) => Err(Error::io("place", to)(error)),
        }
    }

    /// The same with another file in that folder: the media folder may be on another disk, and the system may not know
    /// how to name a file that has no name.
    fn copy(&mut self, to: &Path, mode: u32) -> io::Result<()> {
        let path = to.with_file_name(COPY);
        let copied =
            File::create(&path).and_then(|copy| self.copy_into(&copy, mode)).and_then(|()| fs::rename(&path, to));
        if copied.is_err() {
            // What can't be removed now is swept later.
            let _ = fs::remove_file(&path);
        }
        copied
    }

    fn copy_into(&mut self, copy: &File, mode: u32) -> io::Result<()> {
        self.file.rewind()?;
        io::copy(&mut &self.file, &mut &*copy)?;
        finish(copy, mode)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if self.is_named {
            // What can't be removed now is swept later.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn unnamed(folder: &Path) -> io::Result<File> {
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    Ok(File::from(try_again(|| Ok(rustix::fs::open(folder, flags, Mode::RUSR | Mode::WUSR)?))?))
}

/// Names a file that has no name. Whatever has the name was left by another upload at this place.
fn link(file: &File, to: &Path) -> io::Result<()> {
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    let link = || linkat(CWD, &path, CWD, to, AtFlags::SYMLINK_FOLLOW).map_err(io::Error::from);
    match link() {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::remove_file(to)?;
            link()
        }
        linked => linked,
    }
}

/// Whether a clip that can't be moved may still be copied: not from disk to disk, without `/proc`, or on a file system that
/// knows no links.
fn can_be_copied(error: &io::Error) -> bool {
    use io::ErrorKind::{CrossesDevices, InvalidInput, NotFound, PermissionDenied, TooManyLinks, Unsupported};
    matches!(error.kind(), CrossesDevices | InvalidInput | NotFound | PermissionDenied | TooManyLinks | Unsupported)
}

/// The refusal of a clip that is larger than the thread allows, in the original's words.
pub fn too_large(limit: u64) -> Error {
    Error::refused("too-large", format!("File is too big, server allows only {}", kilobytes(limit)))
}

/// A size as the original writes it: whole kilobytes, rounded up.
pub fn kilobytes(bytes: u64) -> String {
    format!("{}kB", bytes.div_ceil(1000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::ThreadName;
    use crate::site::Site;
    use crate::thread::Thread;
    use crate::thread::reservation::OnItsWay;
    use std::io::BufReader;

    #[test]
    fn sizes_are_rounded_up_to_whole_kilobytes() {
        assert_eq!(
            ["0kB", "1kB", "1kB", "2kB", "9kB"],
            [0, 100, 1000, 1001, 9000].map(kilobytes).each_ref().map(String::as_str)
        );
    }

    /// A thread's folder; at a place in it something can be received.
    struct Room(tempfile::TempDir);

    impl Room {
        fn new() -> Self {
            let threads = tempfile::tempdir().unwrap();
            fs::create_dir(threads.path().join("room")).unwrap();
            fs::write(threads.path().join("room/.ini"), "[common]\n").unwrap();
            Self(threads)
        }

        fn folder(&self) -> PathBuf {
            self.0.path().join("room")
        }

        fn place(&self) -> Reservation {
            let thread = Thread::open(&Site::at(self.0.path().into()), ThreadName::new("room").unwrap()).unwrap();
            thread.reserve(&OnItsWay::new(10, "")).unwrap()
        }

        fn receive(&self, data: &mut dyn BufRead) -> Result<Spooled> {
            Spooled::receive(data, self.place(), &self.folder(), 0o640, 10)
        }

        fn names(&self) -> Vec<String> {
            let names = fs::read_dir(self.folder()).unwrap().map(|entry| entry.unwrap().file_name());
            let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
            names.retain(|name| name != ".ini" && name != ".lock");
            names.sort();
            names
        }
    }

    #[test]
    fn a_clip_that_is_too_large_or_cut_off_leaves_nothing_behind() {
        struct CutOff;
        impl io::Read for CutOff {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::UnexpectedEof.into())
            }
        }
        let room = Room::new();
        assert_eq!(room.receive(&mut [1; 11].as_slice()).unwrap_err().code(), "too-large");
        assert_eq!(room.receive(&mut BufReader::new(CutOff)).unwrap_err().code(), "cut-off");
        assert_eq!(room.receive(&mut [1; 10].as_slice()).unwrap().bytes(), 10);
        assert!(room.names().is_empty(), "{:?}", room.names());
    }

    #[test]
    fn a_clip_has_no_name_until_it_is_whole_and_then_takes_that_of_what_was_there() {
        let room = Room::new();
        let spooled = room.receive(&mut [1; 10].as_slice()).unwrap();
        assert_eq!(room.names(), [".receiving-1"]);
        fs::write(room.folder().join("clip"), "old").unwrap();
        spooled.place(&room.folder().join("clip")).unwrap();
        assert_eq!((fs::read(room.folder().join("clip")).unwrap(), room.names()), (vec![1; 10], vec!["clip".into()]));
        assert_eq!(fs::metadata(room.folder().join("clip")).unwrap().permissions().mode() & 0o777, 0o640);
    }

    #[test]
    fn a_clip_in_memory_is_as_good_as_one_in_a_file() {
        let room = Room::new();
        let receive = |data: &[u8]| {
            Spooled::receive_into_memory(&mut BufReader::with_capacity(3, data), &room.folder(), 0o640, 10)
        };
        assert_eq!(receive(&[1; 11]).unwrap_err().code(), "too-large");
        let spooled = receive(&[1; 10]).unwrap();
        assert_eq!((spooled.bytes(), spooled.head(), room.names()), (10, [1; 10].as_slice(), vec![]));
        spooled.place(&room.folder().join("clip")).unwrap();
        assert_eq!((fs::read(room.folder().join("clip")).unwrap(), room.names()), (vec![1; 10], vec!["clip".into()]));
        assert_eq!(fs::metadata(room.folder().join("clip")).unwrap().permissions().mode() & 0o777, 0o640);
    }

    #[test]
    fn a_clip_is_copied_where_it_can_not_be_moved() {
        let room = Room::new();
        let spooled = room.receive(&mut [1; 10].as_slice()).unwrap();
        let Content::File { mut draft, _place } = spooled.content else { panic!("{spooled:?}") };
        draft.copy(&room.folder().join("clip"), 0o640).unwrap();
        drop((draft, _place));
        assert_eq!((fs::read(room.folder().join("clip")).unwrap(), room.names()), (vec![1; 10], vec!["clip".into()]));
    }
}
