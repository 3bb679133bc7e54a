//! What uploads that broke off and crashed programs leave in a thread's folders, and how it is found.

use crate::error::{Error, Result};
use crate::files;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// A clip on its way has this name where it needs one: with the number of its place between the two.
pub(super) const PREFIX: &str = ".upload-";
/// How the names of clips on their way, and of drafts, end.
pub(super) const SUFFIX: &str = ".tmp";
/// A clip that is copied into a media folder on another disk, by whoever holds the thread's lock.
pub(super) const COPY: &str = ".clip.tmp";
/// An upload of an older version, which had no reservation, is what a crash left behind if it has not grown for so long.
const STALE: Duration = Duration::from_secs(3600);

/// Removes what uploads that broke off and crashed programs left in a thread's folder and in that of its clips: clips that
/// were on their way, and drafts, which nobody but the holder of the thread's lock, who calls this, has in work.
/// `is_at_work` says whether the upload of this number is.
///
/// # Errors
/// When the folder can't be read.
pub(super) fn sweep(folder: &Path, media: &Path, is_at_work: &dyn Fn(u32) -> bool, now: SystemTime) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(Error::io("list", folder))? {
        let entry = entry.map_err(Error::io("list", folder))?;
        let name = entry.file_name();
        let name = name.to_str().unwrap_or_default();
        let is_left = match name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX)) {
            Some(number) => number.parse().map_or_else(|_| is_stale(&entry, now), |number| !is_at_work(number)),
            None => is_draft(name),
        };
        if is_left {
            files::remove(&entry.path())?;
        }
    }
    files::remove(&media.join(COPY)).map(drop)
}

/// Whether it is the draft of one of our files, and not of one that the admin's FTP client is replacing.
fn is_draft(name: &str) -> bool {
    let of = name.strip_prefix('.').and_then(|name| name.strip_suffix(SUFFIX)).unwrap_or_default();
    [".json", ".csv", ".log", ".pulse-key", ".summary"].iter().any(|end| of.ends_with(end))
}

fn is_stale(entry: &fs::DirEntry, now: SystemTime) -> bool {
    let modified = entry.metadata().and_then(|metadata| metadata.modified());
    modified.ok().and_then(|modified| now.duration_since(modified).ok()).is_some_and(|age| age > STALE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_nobody_has_in_work_is_swept() {
        let folder = tempfile::tempdir().unwrap();
        let names = [".upload-1.tmp", ".upload-2.tmp", ".upload-0123456789abcdef.tmp", ".upload-1.txt", ".ini.tmp"];
        for name in names.iter().chain(&[".users.json.tmp", "..pulse-key.tmp", "..summary.tmp", COPY]) {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        let count = || fs::read_dir(folder.path()).unwrap().count();
        sweep(folder.path(), folder.path(), &|number| number == 2, SystemTime::now()).unwrap();
        assert_eq!(count(), 4);
        sweep(folder.path(), folder.path(), &|number| number == 2, SystemTime::now() + 2 * STALE).unwrap();
        assert_eq!(count(), 3);
    }
}
