//! Locks on files: the one per thread folder that every program on the host shares, and those by which a place in use
//! is told from one that a crash left. The one module that knows `fs2`.

use crate::error::{Error, Result};
use crate::random::somewhat_less;
use crate::stale::try_again;
use fs2::FileExt;
use rustix::fs::fstatfs;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The lock, held until it is dropped. The kernel frees it when the process dies.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// The lock is held for a few milliseconds; the first pauses are shorter than that.
const FIRST_PAUSE: Duration = Duration::from_micros(200);
const LONGEST_PAUSE: Duration = Duration::from_millis(8);
/// Whoever has waited for so long looks more often than those who came later, and so gets its turn before them.
const LONG: Duration = Duration::from_secs(1);
const PAUSE_AFTER_LONG: Duration = Duration::from_millis(1);
/// File systems that ask a server for a lock: 9p, AFS, Ceph, CIFS, FUSE, NFS and SMB (statfs(2), linux/magic.h). On a disk an
/// answer that takes long only says that the machine is busy.
const ASKS_A_SERVER: [u32; 7] = [0x0102_1997, 0x5346_414f, 0x00c3_6400, 0xff53_4d42, 0x6573_5546, 0x6969, 0xfe53_4d42];
/// An answer that takes so long comes from a server.
const FAR: Duration = Duration::from_micros(500);
/// So many times as long as a server takes to answer one waits for the next look, at first: the holder needs the same server,
/// and would stand behind the questions of all who wait for it.
const PAUSES_PER_ANSWER: u32 = 16;
const LONGEST_FAR_PAUSE: Duration = Duration::from_millis(250);

/// How long to wait before the next look, where an answer takes its time (on a disk: none) and who asks waits at most for
/// `limit`. On a disk: as long again as one has waited, within bounds. Far away: the less, the nearer the limit is.
fn pause(waited: Duration, limit: Duration, answer: Duration) -> Duration {
    if answer >= FAR {
        let left = 1.0 - waited.as_secs_f64() / limit.as_secs_f64().max(f64::MIN_POSITIVE);
        let longest = (answer * PAUSES_PER_ANSWER).min(LONGEST_FAR_PAUSE);
        return somewhat_less(longest.mul_f64(left.clamp(0.125, 1.0)));
    }
    if waited >= LONG { PAUSE_AFTER_LONG } else { waited.clamp(FIRST_PAUSE, LONGEST_PAUSE) }
}

impl Lock {
    /// Waits for the lock, at most for `limit`. The file is made with `mode` if it is missing.
    ///
    /// # Errors
    /// [`Error::Busy`] when others hold it for longer than `limit`; [`Error::Io`] when the file can't be
    /// opened or the file system knows no locks.
    pub fn exclusive(path: &Path, mode: u32, limit: Duration) -> Result<Self> {
        let began = Instant::now();
        loop {
            let file = open(path, mode).map_err(Error::io("open", path))?;
            let (mut asked, mut answer, mut asks_a_server) = (began, Duration::ZERO, None);
            // fs2 offers no lock with a time limit. A blocking one could not be given up, and over NFS 4.0 the kernel asks for
            // it with pauses of up to half a minute.
            while let Err(error) = file.try_lock_exclusive() {
                if error.kind() != io::ErrorKind::WouldBlock {
                    return Err(Error::io("lock", path)(error));
                }
                let waited = began.elapsed();
                if waited >= limit {
                    return Err(Error::Busy { path: path.into() });
                }
                if *asks_a_server.get_or_insert_with(|| does_ask_a_server(&file)) {
                    answer = answer.max(asked.elapsed());
                }
                sleep(pause(waited, limit, answer));
                asked = Instant::now();
            }
            if still_there(&file, path) {
                return Ok(Self { _file: file });
            }
            // The admin deleted the file while we waited: a lock on it would keep nobody out.
        }
    }
}

fn open(path: &Path, mode: u32) -> io::Result<File> {
    match try_again(|| File::options().read(true).write(true).open(path)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            try_again(|| File::options().read(true).write(true).create(true).truncate(false).mode(mode).open(path))
        }
        // NFS locks only what was opened for writing. Elsewhere, a lock file that another user made serves as well.
        Err(error) if matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem) => {
            File::open(path).map_err(|_| error)
        }
        other => other,
    }
}

fn does_ask_a_server(file: &File) -> bool {
    // Only so many bits are the file system's number.
    fstatfs(file).is_ok_and(|system| ASKS_A_SERVER.contains(&(system.f_type as u32)))
}

fn still_there(file: &File, path: &Path) -> bool {
    match (file.metadata(), try_again(|| fs::metadata(path))) {
        (Ok(ours), Ok(theirs)) => (ours.dev(), ours.ino()) == (theirs.dev(), theirs.ino()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn only_one_holds_it_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".lock");
        let (inside, most) = (AtomicU32::new(0), AtomicU32::new(0));
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        let _lock = Lock::exclusive(&path, 0o644, Duration::from_secs(20)).unwrap();
                        most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        inside.fetch_sub(1, Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!(most.into_inner(), 1);
    }

    #[test]
    fn who_has_waited_long_looks_more_often_than_who_came_later() {
        let ms = Duration::from_millis;
        let [first, later, long] = [0, 500, 1000].map(|waited| pause(ms(waited), ms(10_000), Duration::ZERO));
        assert!(first < later && long < later, "{first:?} {later:?} {long:?}");
        let [first, late, last] = [0, 6000, 9999].map(|waited| pause(ms(waited), ms(10_000), ms(2)));
        assert!(first > late && late > last, "{first:?} {late:?} {last:?}");
    }

    #[test]
    fn the_longer_a_server_takes_to_answer_the_less_it_is_asked() {
        let at_first = |answer| pause(Duration::ZERO, Duration::from_secs(10), Duration::from_micros(answer));
        assert!(at_first(20) < Duration::from_millis(1), "a disk of this machine");
        for answer in [500, 2000, 10_000] {
            assert!(at_first(answer) >= Duration::from_micros(answer) * 8, "{answer} us: {:?}", at_first(answer));
        }
        assert!(
            at_first(1_000_000) <= LONGEST_FAR_PAUSE && pause(Duration::ZERO, Duration::ZERO, LONG) > Duration::ZERO
        );
    }

    #[test]
    fn a_disk_asks_no_server_however_busy_the_machine_is() {
        assert!(!does_ask_a_server(&tempfile::tempfile().unwrap()));
    }

    #[test]
    fn a_lock_that_is_held_too_long_is_busy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".lock");
        let _held = Lock::exclusive(&path, 0o644, Duration::ZERO).unwrap();
        let error = Lock::exclusive(&path, 0o644, Duration::from_millis(20)).unwrap_err();
        assert_eq!(error.status(), 503);
    }

    #[test]
    fn a_lock_file_that_may_not_be_written_serves_as_well() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".lock");
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        let held = Lock::exclusive(&path, 0o644, Duration::ZERO).unwrap();
        assert_eq!(Lock::exclusive(&path, 0o644, Duration::ZERO).unwrap_err().status(), 503);
        drop(held);
    }

    #[test]
    fn a_deleted_lock_file_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".lock");
        let _old = Lock::exclusive(&path, 0o644, Duration::ZERO).unwrap();
        fs::remove_file(&path).unwrap();
        assert!(Lock::exclusive(&path, 0o644, Duration::ZERO).is_ok());
    }
}
