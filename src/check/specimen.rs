//! Files of random bytes that are put into a thread to see what the web shows of it. What comes back is compared with
//! them, so that a page which a server shows instead is not taken for the file.

use crate::error::Error;
use crate::files::{self, Durability};
use crate::random;
use crate::thread::Thread;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

const PREFIX: &str = "media-check-";
/// After so long nobody looks at it any more.
const OLD: Duration = Duration::from_secs(60);

/// The clips, with the beginning that the files of this type have, and their types.
pub(super) const CLIPS: [(&str, &[u8], &str); 6] = [
    ("check.webm", b"\x1a\x45\xdf\xa3", "video/webm"),
    ("check.mp4", b"\0\0\0\x18ftypmp42", "video/mp4"),
    ("check.m4a", b"\0\0\0\x18ftypM4A ", "audio/mp4"),
    ("check.oga", b"OggS", "audio/ogg"),
    ("check.ogg", b"OggS", "audio/ogg"),
    ("check.wav", b"RIFF", "audio/wav"),
];
/// Names of what the web must not see.
pub(super) const HIDDEN: [&str; 3] = ["catalog.json", "users.json", "check.webm.tmp"];
/// A clip's name that some servers take for a program.
pub(super) const PROGRAM: &str = "check.php.webm";
pub(super) const PULSE: &str = "pulse.json";

/// A folder like that of a thread's clips, so that these are left alone. It goes when it is dropped.
#[derive(Debug)]
pub(super) struct Specimen {
    folder: PathBuf,
    token: String,
    mode: u32,
}

impl Specimen {
    /// Makes one, and sweeps those that were left.
    pub fn make(thread: &Thread) -> Result<Self, Error> {
        sweep(&thread.folder);
        let folder = thread.file(format!("{PREFIX}{}", random::hex::<8>()?));
        fs::create_dir(&folder).map_err(Error::io("make", &folder))?;
        let specimen = Self { folder, token: random::hex::<32>()?, mode: thread.public_file_mode() };
        let permissions = fs::Permissions::from_mode(thread.folder_mode());
        fs::set_permissions(&specimen.folder, permissions).map_err(Error::io("make", &specimen.folder))?;
        for (name, magic, _) in CLIPS {
            specimen.write(name, &specimen.clip(magic))?;
        }
        for name in HIDDEN {
            specimen.write(name, specimen.token.as_bytes())?;
        }
        specimen.write(PROGRAM, specimen.program().as_bytes())?;
        specimen.write(PULSE, specimen.pulse().as_bytes())?;
        Ok(specimen)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        files::replace(&self.folder.join(name), bytes, self.mode, Durability::Best)
    }

    /// The folder's name.
    pub fn name(&self) -> String {
        self.folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The random text that is in each file.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// A clip's bytes.
    pub fn clip(&self, magic: &[u8]) -> Vec<u8> {
        [magic, self.token.as_bytes()].concat()
    }

    /// The text of [`PROGRAM`].
    pub fn program(&self) -> String {
        format!("<?php echo 'run';/*{}", self.token)
    }

    /// The text of the pulse.
    pub fn pulse(&self) -> String {
        format!("{{\"check\":\"{}\"}}", self.token)
    }

    /// Replaces the pulse, as a change of the thread does.
    pub fn beat(&mut self) -> Result<(), Error> {
        self.token = random::hex::<32>()?;
        self.write(PULSE, self.pulse().as_bytes())
    }

    /// The one that was left in a thread, with a pulse that has beaten since.
    pub fn again(thread: &Thread) -> Option<Self> {
        let folder = specimens(&thread.folder).pop()?;
        let mut specimen = Self { folder, token: String::new(), mode: thread.public_file_mode() };
        // A failure leaves the old pulse, and the folder for the next sweep.
        let beaten = specimen.beat();
        if beaten.is_err() {
            specimen.leave();
            return None;
        }
        Some(specimen)
    }

    /// Leaves it for the admin's browser. Whoever looks a minute later sweeps it.
    pub fn leave(mut self) {
        self.folder = PathBuf::new();
    }
}

impl Drop for Specimen {
    fn drop(&mut self) {
        if self.folder.file_name().is_some() {
            // What stays is swept by the next look.
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// Removes what a look left that was ended; not what another one has just made.
fn sweep(thread: &Path) {
    for folder in specimens(thread) {
        let made = fs::metadata(&folder).and_then(|found| found.modified());
        if made.is_ok_and(|made| made.elapsed().is_ok_and(|age| age > OLD)) {
            let _ = fs::remove_dir_all(folder);
        }
    }
}

/// Removes all that there are: the browser has looked.
pub(super) fn sweep_all(thread: &Path) {
    for folder in specimens(thread) {
        let _ = fs::remove_dir_all(folder);
    }
}

fn specimens(thread: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(thread).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX)).map(|entry| entry.path()).collect()
}
