//! A clip on its way in: streamed to a temporary file outside the lock, so that memory does not grow with it and
//! nobody waits for a slow line.

use crate::error::{Error, Result};
use crate::files;
use crate::lock;
use crate::random;
use std::fs::{self, File, Permissions};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// A clip that has been received and synced, and is not yet in its place. Dropping it removes it.
#[derive(Debug)]
pub struct Spooled {
    path: PathBuf,
    /// Open for as long as the file is in work.
    file: File,
    bytes: u64,
    /// How it begins.
    head: Vec<u8>,
    placed: bool,
}

const PREFIX: &str = ".upload-";
const SUFFIX: &str = ".tmp";
/// What it takes to tell a container.
const HEAD: usize = 12;
/// What the disk begins to write while the rest comes, so that little is left to wait for at the end.
const STRETCH: u64 = 1024 * 1024;
/// An upload that has not grown for this long and that no process has in work is what a crash left behind, or the
/// web server's signal to a program whose client has gone.
const STALE: Duration = Duration::from_secs(10);
/// The same where the file system knows no locks.
const STALE_WITHOUT_LOCKS: Duration = Duration::from_secs(3600);

impl Spooled {
    /// Receives a clip into `folder`.
    ///
    /// # Errors
    /// `too-large` as soon as it passes `limit` bytes, `cut-off` when its end does not come; a host's error when
    /// it can't be written. Nothing is left behind then.
    pub fn receive(data: &mut dyn BufRead, folder: &Path, mode: u32, limit: u64) -> Result<Self> {
        let path = folder.join(format!("{PREFIX}{}{SUFFIX}", random::hex::<8>()?));
        let file = File::create_new(&path).map_err(Error::io("write", &path))?;
        let mut spooled = Self { path, file, bytes: 0, head: Vec::new(), placed: false };
        // A file system without locks has its own, longer time for what is left behind.
        let _ = lock::mark_in_work(&spooled.file);
        spooled.fill(data, limit)?;
        let file = &spooled.file;
        let finished = file.set_permissions(Permissions::from_mode(mode)).and_then(|()| file.sync_all());
        finished.map_err(Error::io("write", &spooled.path))?;
        Ok(spooled)
    }

    fn fill(&mut self, data: &mut dyn BufRead, limit: u64) -> Result<()> {
        let mut begun = 0;
        loop {
            let piece = match data.fill_buf() {
                Ok([]) => return Ok(()),
                Ok(piece) => piece,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Error::malformed("cut-off", format!("The upload was cut off: {error}"))),
            };
            let got = piece.len();
            self.bytes += got as u64;
            let wanted = HEAD.saturating_sub(self.head.len()).min(got);
            self.head.extend_from_slice(&piece[..wanted]);
            if self.bytes > limit {
                return Err(too_large(limit));
            }
            self.file.write_all(piece).map_err(Error::io("write", &self.path))?;
            data.consume(got);
            if self.bytes - begun >= STRETCH {
                files::begin_to_sync(&self.file, begun..self.bytes);
                begun = self.bytes;
            }
        }
    }

    /// The clip's size.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The clip's first bytes, at most twelve.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// Moves it into `folder`, also from another file system.
    ///
    /// # Errors
    /// As [`receive`](Self::receive).
    pub fn moved_into(self, folder: &Path, mode: u32) -> Result<Self> {
        if self.path.parent() == Some(folder) {
            return Ok(self);
        }
        let file = File::open(&self.path).map_err(Error::io("read", &self.path))?;
        Self::receive(&mut BufReader::new(file), folder, mode, u64::MAX)
    }

    /// Puts it in its place.
    ///
    /// # Errors
    /// When it can't be renamed.
    pub(super) fn place(mut self, to: &Path) -> Result<()> {
        fs::rename(&self.path, to).map_err(Error::io("place", to))?;
        self.placed = true;
        Ok(())
    }
}

impl Drop for Spooled {
    fn drop(&mut self) {
        if !self.placed {
            // What can't be removed now is swept later.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// The refusal of a clip that is larger than the thread allows, in the original's words.
pub fn too_large(limit: u64) -> Error {
    Error::refused("too-large", format!("File is too big, server allows only {}", kilobytes(limit)))
}

/// A size as the original writes it: whole kilobytes, rounded up.
pub fn kilobytes(bytes: u64) -> String {
    format!("{}kB", bytes.div_ceil(1000))
}

/// Removes what crashed programs left in a thread's folder: clips that were on their way, and drafts, which nobody but
/// the holder of the thread's lock, who calls this, has in work.
///
/// # Errors
/// When the folder can't be read.
pub fn sweep(folder: &Path, now: SystemTime) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(Error::io("list", folder))? {
        let entry = entry.map_err(Error::io("list", folder))?;
        let name = entry.file_name();
        let name = name.to_str().unwrap_or_default();
        let is_upload = name.starts_with(PREFIX) && name.ends_with(SUFFIX);
        if is_draft(name) || (is_upload && is_stale(&entry, now)) {
            files::remove(&entry.path())?;
        }
    }
    Ok(())
}

/// Whether it is the draft of one of our files, and not of one that the admin's FTP client is replacing.
fn is_draft(name: &str) -> bool {
    let of = name.strip_prefix('.').and_then(|name| name.strip_suffix(".tmp")).unwrap_or_default();
    [".json", ".csv", ".log", ".pulse-key", ".summary"].iter().any(|end| of.ends_with(end))
}

fn is_stale(entry: &fs::DirEntry, now: SystemTime) -> bool {
    let modified = entry.metadata().and_then(|metadata| metadata.modified());
    let age = modified.ok().and_then(|modified| now.duration_since(modified).ok()).unwrap_or_default();
    // Where it is known whether somebody is at work, a clock that was set forward says nothing.
    age > STALE && lock::is_in_work(&entry.path()).map_or(age > STALE_WITHOUT_LOCKS, |is_in_work| !is_in_work)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_rounded_up_to_whole_kilobytes() {
        assert_eq!(
            ["0kB", "1kB", "1kB", "2kB", "9kB"],
            [0, 100, 1000, 1001, 9000].map(kilobytes).each_ref().map(String::as_str)
        );
    }

    #[test]
    fn a_clip_that_is_too_large_or_cut_off_leaves_nothing_behind() {
        struct CutOff;
        impl io::Read for CutOff {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::UnexpectedEof.into())
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let receive = |data: &mut dyn BufRead| Spooled::receive(data, folder.path(), 0o644, 10);
        assert_eq!(receive(&mut [1; 11].as_slice()).unwrap_err().code(), "too-large");
        assert_eq!(receive(&mut BufReader::new(CutOff)).unwrap_err().code(), "cut-off");
        assert_eq!(receive(&mut [1; 10].as_slice()).unwrap().bytes(), 10);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn only_stale_uploads_are_swept() {
        let folder = tempfile::tempdir().unwrap();
        let names = [".upload-1.tmp", ".upload-1.txt", ".ini.tmp"];
        for name in names.iter().chain(&[".users.json.tmp", "..pulse-key.tmp", "..summary.tmp"]) {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        sweep(folder.path(), SystemTime::now()).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
        let later = SystemTime::now() + 2 * STALE;
        let in_work = File::open(folder.path().join(".upload-1.tmp")).unwrap();
        lock::mark_in_work(&in_work).unwrap();
        sweep(folder.path(), later).unwrap();
        sweep(folder.path(), later + Duration::from_secs(366 * 86_400)).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
        drop(in_work);
        sweep(folder.path(), later).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
