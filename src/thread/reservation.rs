//! What is on its way to a thread: each upload has a place, a file `.receiving-N` that it keeps locked, so the kernel frees
//! it however the program ends. In it is how many bytes may come, and from where.
//!
//! The bytes on their way count against the thread's limit. What an upload that broke off has left is found by its free
//! place, and removed before the next one is received.

use super::spool;
use super::state::or_complain;
use super::{Locked, Thread};
use crate::auth;
use crate::error::{Error, Result};
use crate::files;
use crate::lock::Lock;
use crate::random;
use crate::stale::try_again;
use std::fs;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

const PLACE: &str = ".receiving-";
/// So much may be on its way to the smallest thread: it fills no disk, and sixty short clips at once need not wait for each
/// other.
const ALWAYS_ALLOWED: u64 = 256 * 1024;
const PATIENCE: Duration = Duration::from_secs(5);
/// The first pause; each next one is longer, so that many who wait leave the lock to those who have something to store.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// A place, until it is dropped.
#[derive(Debug)]
pub struct Reservation {
    number: u32,
    path: PathBuf,
    _lock: Lock,
}

/// An upload that is on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnItsWay {
    /// How many bytes it may have.
    pub bytes: u64,
    /// From where it comes: an address, or a whole network of IPv6 addresses, which one visitor has.
    pub origin: String,
}

/// Whether one more upload may set out. All together may be as large as the thread's folder of clips; who has none on the
/// way may begin one beyond that, up to twice as much, so that nobody's slow uploads keep the others from talking.
pub fn may_set_out(others: &[OnItsWay], new: &OnItsWay, limit: u64) -> bool {
    let all = others.iter().fold(new.bytes, |sum, other| sum.saturating_add(other.bytes));
    let is_first = others.iter().all(|other| other.origin != new.origin);
    all <= if is_first { limit.saturating_mul(2) } else { limit }
}

impl OnItsWay {
    /// An upload of so many bytes from a client's address.
    pub fn new(bytes: u64, client: &str) -> Self {
        Self { bytes, origin: auth::place(client) }
    }

    fn to_text(&self) -> String {
        format!("{} {}\n", self.bytes, self.origin)
    }

    fn parse(text: &str) -> Option<Self> {
        let (bytes, origin) = text.strip_suffix('\n')?.split_once(' ')?;
        Some(Self { bytes: bytes.parse().ok()?, origin: origin.into() })
    }
}

impl Thread {
    /// Takes a place for an upload, after removing what others have left that broke off. Where too much is on its way,
    /// it waits a little, since most uploads take no longer.
    ///
    /// # Errors
    /// `busy` if too much is on its way all the while; when the folder can't be read or written.
    pub fn reserve(&self, new: &OnItsWay) -> Result<Reservation> {
        let end = Instant::now() + PATIENCE;
        let mut pause = FIRST_PAUSE;
        loop {
            match self.lock()?.try_to_reserve(new) {
                Err(error) if error.code() == "busy" && Instant::now() < end => {
                    sleep(somewhat_less(pause));
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                outcome => return outcome,
            }
        }
    }
}

/// Between half of it and all, so that those who began to wait together do not come back together.
fn somewhat_less(pause: Duration) -> Duration {
    let [chance] = random::bytes().unwrap_or_default();
    pause / 2 + pause.mul_f64(f64::from(chance) / 512.0)
}

impl Locked<'_> {
    fn try_to_reserve(&self, new: &OnItsWay) -> Result<Reservation> {
        let busy = self.sweep_places()?;
        let others: Vec<_> = busy.iter().map(|(_, upload)| upload.clone()).collect();
        if !may_set_out(&others, new, self.settings.max_media_folder_bytes.max(ALWAYS_ALLOWED)) {
            return Err(Error::with_status(
                503,
                "busy",
                "Too many clips are on their way to this thread; try again soon",
            ));
        }
        let number = (1..).find(|number| busy.iter().all(|(taken, _)| taken != number)).unwrap_or_default();
        let path = self.place(number);
        let lock = Lock::exclusive(&path, self.file_mode(), Duration::ZERO)?;
        let reservation = Reservation { number, path, _lock: lock };
        // Only the holder of the thread's lock, who is here, reads it.
        try_again(|| fs::write(&reservation.path, new.to_text())).map_err(Error::io("write", &reservation.path))?;
        Ok(reservation)
    }

    /// Removes what uploads that broke off, and programs that crashed, have left. Returns who is at work.
    ///
    /// # Errors
    /// When the folder can't be read.
    pub fn sweep_places(&self) -> Result<Vec<(u32, OnItsWay)>> {
        let mut busy = Vec::new();
        for name in self.names_of_files()? {
            let Some(number) = name.strip_prefix(PLACE).and_then(|number| number.parse().ok()) else { continue };
            match Lock::exclusive(&self.place(number), self.file_mode(), Duration::ZERO) {
                Err(Error::Busy { .. }) => {
                    let text = or_complain(files::read(&self.place(number))).unwrap_or_default();
                    // What does not say how large it is may be as large as any.
                    let upload = OnItsWay::parse(&String::from_utf8_lossy(&text)).unwrap_or_else(|| OnItsWay {
                        bytes: super::retention::largest_clip(&self.settings),
                        origin: String::new(),
                    });
                    busy.push((number, upload));
                }
                Err(error) => return Err(error),
                Ok(_free) => drop(or_complain(files::remove(&self.place(number)))),
            }
        }
        let is_at_work = |number| busy.iter().any(|(taken, _)| *taken == number);
        or_complain(spool::sweep(&self.folder, &self.media_folder(), &is_at_work, SystemTime::now()));
        Ok(busy)
    }

    fn place(&self, number: u32) -> PathBuf {
        self.file(format!("{PLACE}{number}"))
    }

    fn names_of_files(&self) -> Result<Vec<String>> {
        let entries = fs::read_dir(&self.folder).map_err(Error::io("list", &self.folder))?;
        let names = entries.map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()));
        names.collect::<std::io::Result<_>>().map_err(Error::io("list", &self.folder))
    }
}

impl Reservation {
    /// Its number, which no other upload that is on its way to this thread has.
    pub fn number(&self) -> u32 {
        self.number
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        // What can't be removed is free, and swept later.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::ThreadName;
    use crate::site::Site;

    fn upload(bytes: u64, address: &str) -> OnItsWay {
        OnItsWay::new(bytes, address)
    }

    #[test]
    fn a_whole_network_of_ipv6_addresses_is_one_visitor() {
        let cases = [
            // on its way from, new from, whether the new one is another visitor's
            ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", false),
            ("2001:db8:0:1::1", "2001:db8:0:2::1", true),
            ("192.0.2.1", "192.0.2.2", true),
            ("::ffff:192.0.2.1", "::ffff:192.0.2.2", true),
        ];
        for (one, other, is_another) in cases {
            assert_eq!(may_set_out(&[upload(100, one)], &upload(1, other), 100), is_another, "{one} {other}");
        }
    }

    #[test]
    fn all_that_is_on_its_way_fits_into_the_thread_and_nobody_is_kept_out_by_one() {
        let cases = [
            // on their way, new, whether it may set out
            (vec![], upload(100, "a"), true),
            (vec![], upload(101, "a"), true),
            (vec![(60, "a")], upload(40, "a"), true),
            (vec![(60, "a")], upload(41, "a"), false),
            (vec![(60, "a"), (40, "a")], upload(1, "a"), false),
            (vec![(60, "a"), (40, "a")], upload(60, "b"), true),
            (vec![(60, "a"), (40, "a"), (60, "b")], upload(1, "b"), false),
            (vec![(60, "a"), (40, "a"), (60, "b")], upload(40, "c"), true),
            (vec![(60, "a"), (40, "a"), (60, "b")], upload(41, "c"), false),
            (vec![(u64::MAX, "a")], upload(1, "b"), false),
        ];
        for (others, new, expected) in cases {
            let others: Vec<_> = others.into_iter().map(|(bytes, address)| upload(bytes, address)).collect();
            assert_eq!(may_set_out(&others, &new, 100), expected, "{others:?} {new:?}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let here = upload(17, "2001:db8::1");
        assert_eq!(OnItsWay::parse(&here.to_text()), Some(here.clone()));
        for text in ["", "17", "17 ::1", "x ::1\n"] {
            assert_eq!(OnItsWay::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_place_is_free_again_whoever_ends_and_what_was_left_at_it_is_swept() {
        let threads = tempfile::tempdir().unwrap();
        let folder = threads.path().join("room");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join(".ini"), "[common]\nmaxMediaFolderBytes=300000\n").unwrap();
        let thread = Thread::open(&Site::at(threads.path().into()), ThreadName::new("room").unwrap()).unwrap();
        let reserve = |bytes| thread.lock().unwrap().try_to_reserve(&upload(bytes, "::1"));
        let (first, second) = (reserve(150_000).unwrap(), reserve(150_000).unwrap());
        assert_eq!((first.number(), second.number()), (1, 2));
        assert_eq!(reserve(1).unwrap_err().status(), 503);
        // Both have files; the first is killed: its lock goes, and nothing else.
        for number in [1, 2] {
            fs::write(folder.join(format!(".upload-{number}.tmp")), "half").unwrap();
        }
        fs::copy(folder.join(".receiving-1"), folder.join(".receiving-3")).unwrap();
        drop(first);
        assert_eq!(reserve(150_000).unwrap().number(), 1);
        let mut left: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, [".ini", ".lock", ".receiving-2", ".upload-2.tmp"]);
        drop(second);
    }
}
