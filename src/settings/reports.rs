//! How often a server's log hears what is wrong with a thread's settings. It is said by requests, which anybody can make,
//! so that without a limit a stranger could fill the log.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// An empty file in the thread's folder: its times tell when the log heard of them last.
const MARK: &str = ".reported";
const AGAIN: Duration = Duration::from_secs(3600);

/// Whether the log is to hear now what is wrong with the settings of the thread in a folder: once an hour, and at once when
/// they have changed. Notes that it does. Asked only where something is wrong, so that others cost nothing.
pub fn is_due(folder: &Path, now: SystemTime) -> bool {
    let is_due = !fs::metadata(folder.join(MARK)).is_ok_and(|mark| is_fresh(folder, &mark, now));
    if is_due {
        // Where nothing can be written, the log has more to tell anyway.
        let _ = note(folder, now);
    }
    is_due
}

fn is_fresh(folder: &Path, mark: &fs::Metadata, now: SystemTime) -> bool {
    // A mark of the future is of a clock that was wrong.
    let is_young = mark.modified().is_ok_and(|told| now.duration_since(told).is_ok_and(|age| age < AGAIN));
    let change = |found: &fs::Metadata| (found.ctime(), found.ctime_nsec());
    let is_older = |file| fs::metadata(folder.join(file)).map_or(true, |found| change(&found) <= change(mark));
    is_young && [super::FILE, super::OWN_FILE].into_iter().all(is_older)
}

fn note(folder: &Path, now: SystemTime) -> io::Result<()> {
    let mode = fs::metadata(folder)?.mode() & 0o660;
    OpenOptions::new().write(true).create(true).truncate(false).mode(mode).open(folder.join(MARK))?.set_modified(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_told_once_an_hour_and_at_once_when_it_has_changed() {
        let folder = tempfile::tempdir().unwrap();
        let (ini, now) = (folder.path().join(super::super::FILE), SystemTime::now());
        fs::write(&ini, "one").unwrap();
        let after = |seconds| is_due(folder.path(), now + Duration::from_secs(seconds));
        assert_eq!([0, 1, 3599, 3600, 3601].map(after), [true, false, false, true, false]);
        // The clock was wrong.
        assert_eq!([10, 11].map(after), [true, false]);
        let changed = |path: &Path| fs::metadata(path).map(|found| (found.ctime(), found.ctime_nsec())).unwrap();
        while changed(&ini) <= changed(&folder.path().join(MARK)) {
            fs::write(&ini, "two").unwrap();
        }
        assert_eq!([12, 13].map(after), [true, false]);
    }
}
