//! What is on its way to a thread: each upload has a place, a file `.receiving-N` that it keeps locked, so the kernel frees
//! it however the program ends. In it is how many bytes may come, from where, and whether it still waits.
//!
//! The bytes on their way count against the thread's limit. Uploads that don't fit in wait in the order in which they came,
//! which is that of their numbers, and for some seconds only. Small clips need not wait: they are
//! [received into memory](super::spool) then. What an upload that broke off has left is found by its free place, and
//! removed before the next one is received.

use super::leftovers;
use super::{Locked, Thread};
use crate::auth;
use crate::error::{Error, Result};
use crate::files::{self, or_complain};
use crate::lock::Lock;
use crate::random::somewhat_less;
use crate::stale::try_again;
use std::fs;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

const PLACE: &str = ".receiving-";
/// After the bytes and the origin of who still waits.
const WAITS: &str = " waits";
/// So many of one origin wait. The next one is refused at once: it would hardly get its turn in time.
const MOST_WAITING: usize = 32;
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

/// The uploads to a thread that have a place, in the order in which they came.
#[derive(Debug, Default)]
struct Places(Vec<Taken>);

#[derive(Debug)]
struct Taken {
    number: u32,
    upload: OnItsWay,
    waits: bool,
}

/// Whether one more upload may set out, where these are on their way and these came before it and wait. All together may be
/// as large as the thread's folder of clips; whose first it is may begin beyond that, up to twice as much, so that nobody's
/// slow uploads keep the others from talking. Nobody is overtaken by those of the same origin, nor one whose first it is by
/// another one's first; so everybody's turn comes as soon as those on their way end, and the first of those who wait goes
/// where nobody is on the way.
pub fn may_set_out(on_their_way: &[&OnItsWay], before: &[&OnItsWay], new: &OnItsWay, limit: u64) -> bool {
    let has_none = |origin: &str| on_their_way.iter().all(|other| other.origin != origin);
    let is_first = has_none(&new.origin);
    let overtakes = |other: &&OnItsWay| other.origin == new.origin || (is_first && has_none(&other.origin));
    let all = on_their_way.iter().fold(new.bytes, |sum, other| sum.saturating_add(other.bytes));
    all <= if is_first { limit.saturating_mul(2) } else { limit } && !before.iter().any(overtakes)
}

impl OnItsWay {
    /// An upload of so many bytes from a client's address.
    pub fn new(bytes: u64, client: &str) -> Self {
        Self { bytes, origin: auth::place(client) }
    }

    fn to_text(&self, waits: bool) -> String {
        format!("{} {}{}\n", self.bytes, self.origin, if waits { WAITS } else { "" })
    }

    /// The upload, and whether it waits.
    fn parse(text: &str) -> Option<(Self, bool)> {
        let text = text.strip_suffix('\n')?;
        let going = text.strip_suffix(WAITS);
        let (bytes, origin) = going.unwrap_or(text).split_once(' ')?;
        Some((Self { bytes: bytes.parse().ok()?, origin: origin.into() }, going.is_some()))
    }
}

impl Places {
    /// Whether the upload at this place may set out now, or a new one, at a place after all others.
    fn let_go(&self, number: u32, upload: &OnItsWay, limit: u64) -> bool {
        let (waiting, on_their_way): (Vec<_>, Vec<_>) =
            self.0.iter().filter(|other| other.number != number).partition(|other| other.waits);
        let before: Vec<_> = waiting.iter().filter(|other| other.number < number).map(|other| &other.upload).collect();
        may_set_out(&on_their_way.iter().map(|other| &other.upload).collect::<Vec<_>>(), &before, upload, limit)
    }

    fn waiting_of(&self, origin: &str) -> usize {
        self.0.iter().filter(|other| other.waits && other.upload.origin == origin).count()
    }

    /// The number of a place after all others.
    fn next(&self) -> u32 {
        self.0.iter().map(|taken| taken.number).max().unwrap_or_default().saturating_add(1)
    }
}

impl Thread {
    /// Takes a place for an upload if it may set out at once, after removing what others have left that broke off.
    ///
    /// # Errors
    /// When the folder can't be read or written.
    pub fn try_to_reserve(&self, new: &OnItsWay) -> Result<Option<Reservation>> {
        self.lock()?.try_to_reserve(new)
    }

    /// The same if nobody has the thread's lock: for what may as well do without a place.
    ///
    /// # Errors
    /// The same.
    pub fn try_to_reserve_at_once(&self, new: &OnItsWay) -> Result<Option<Reservation>> {
        self.try_lock()?.map_or(Ok(None), |locked| locked.try_to_reserve(new))
    }

    /// The same; where too much is on its way, it waits for its turn a little, since most uploads take no longer.
    ///
    /// # Errors
    /// `busy` if its turn does not come; when the folder can't be read or written.
    pub fn reserve(&self, new: &OnItsWay) -> Result<Reservation> {
        let end = Instant::now() + PATIENCE;
        let place = self.lock()?.queue(new)?;
        let mut pause = FIRST_PAUSE;
        while !self.lock()?.sets_out(&place, new)? {
            if Instant::now() >= end {
                return Err(busy());
            }
            sleep(somewhat_less(pause));
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        Ok(place)
    }
}

fn busy() -> Error {
    Error::with_status(503, "busy", "Too many clips are on their way to this thread; try again soon")
}

impl Locked<'_> {
    fn try_to_reserve(&self, new: &OnItsWay) -> Result<Option<Reservation>> {
        let places = self.sweep_places()?;
        let number = places.next();
        if places.let_go(number, new, self.settings.max_media_folder_bytes) {
            self.take_place(number, &new.to_text(false)).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Takes a place at the end of those who wait.
    fn queue(&self, new: &OnItsWay) -> Result<Reservation> {
        let places = self.sweep_places()?;
        if places.waiting_of(&new.origin) >= MOST_WAITING {
            return Err(busy());
        }
        self.take_place(places.next(), &new.to_text(true))
    }

    /// Whether the turn of one who waits has come; then it waits no more.
    fn sets_out(&self, place: &Reservation, upload: &OnItsWay) -> Result<bool> {
        let goes = self.sweep_places()?.let_go(place.number, upload, self.settings.max_media_folder_bytes);
        if goes {
            place.write(&upload.to_text(false))?;
        }
        Ok(goes)
    }

    fn take_place(&self, number: u32, text: &str) -> Result<Reservation> {
        let path = self.place(number);
        let lock = Lock::exclusive(&path, self.file_mode(), Duration::ZERO)?;
        let reservation = Reservation { number, path, _lock: lock };
        reservation.write(text)?;
        Ok(reservation)
    }

    /// Removes what uploads that broke off, and programs that crashed, have left.
    ///
    /// # Errors
    /// When the folder can't be read.
    pub(super) fn sweep(&self) -> Result<()> {
        self.sweep_places().map(drop)
    }

    /// The same; returns who has a place.
    fn sweep_places(&self) -> Result<Places> {
        let mut places = Places::default();
        for name in self.names_of_files()? {
            let Some(number) = name.strip_prefix(PLACE).and_then(|number| number.parse().ok()) else { continue };
            match Lock::exclusive(&self.place(number), self.file_mode(), Duration::ZERO) {
                Err(Error::Busy { .. }) => {
                    let text = or_complain(files::read(&self.place(number))).unwrap_or_default();
                    let parsed = OnItsWay::parse(&String::from_utf8_lossy(&text));
                    // What does not say how large it is may be as large as any.
                    let (upload, waits) = parsed.unwrap_or_else(|| {
                        let bytes = super::retention::largest_clip(&self.settings);
                        (OnItsWay { bytes, origin: String::new() }, false)
                    });
                    places.0.push(Taken { number, upload, waits });
                }
                Err(error) => return Err(error),
                Ok(_free) => drop(or_complain(files::remove(&self.place(number)))),
            }
        }
        let is_at_work = |number| places.0.iter().any(|taken| taken.number == number);
        or_complain(leftovers::sweep(&self.folder, &self.media_folder(), &is_at_work, SystemTime::now()));
        Ok(places)
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

    /// Only the holder of the thread's lock, who calls this, reads it.
    fn write(&self, text: &str) -> Result<()> {
        try_again(|| fs::write(&self.path, text)).map_err(Error::io("write", &self.path))
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
    use proptest::collection::vec;
    use proptest::prelude::*;
    use std::collections::VecDeque;

    type Row = (u64, &'static str);

    fn upload(bytes: u64, address: &str) -> OnItsWay {
        OnItsWay::new(bytes, address)
    }

    fn may(on_their_way: &[Row], before: &[Row], (bytes, address): Row) -> bool {
        let [on_their_way, before] =
            [on_their_way, before].map(|rows| rows.iter().map(|row| upload(row.0, row.1)).collect::<Vec<_>>());
        let on_their_way: Vec<_> = on_their_way.iter().collect();
        may_set_out(&on_their_way, &before.iter().collect::<Vec<_>>(), &upload(bytes, address), 100)
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
            assert_eq!(may(&[(100, one)], &[], (1, other)), is_another, "{one} {other}");
        }
    }

    #[test]
    fn all_that_is_on_its_way_fits_into_the_thread_and_nobody_is_kept_out_by_one() {
        let cases: &[(&[Row], Row, bool)] = &[
            // on their way, new, whether it may set out
            (&[], (100, "a"), true),
            (&[], (101, "a"), true),
            (&[(60, "a")], (40, "a"), true),
            (&[(60, "a")], (41, "a"), false),
            (&[(60, "a"), (40, "a")], (1, "a"), false),
            (&[(60, "a"), (40, "a")], (60, "b"), true),
            (&[(60, "a"), (40, "a"), (60, "b")], (1, "b"), false),
            (&[(60, "a"), (40, "a"), (60, "b")], (40, "c"), true),
            (&[(60, "a"), (40, "a"), (60, "b")], (41, "c"), false),
            (&[(u64::MAX, "a")], (1, "b"), false),
        ];
        for (on_their_way, new, expected) in cases {
            assert_eq!(may(on_their_way, &[], *new), *expected, "{on_their_way:?} {new:?}");
        }
    }

    #[test]
    fn nobody_is_overtaken_by_those_who_stand_no_better() {
        let cases: &[(&[Row], &[Row], Row, bool)] = &[
            // on their way, waiting longer, new, whether it may set out
            (&[(60, "a")], &[(50, "a")], (1, "a"), false),
            (&[(60, "a")], &[(50, "a")], (1, "b"), true),
            (&[(60, "a"), (90, "b")], &[(60, "c")], (1, "d"), false),
            (&[(60, "a"), (90, "b")], &[(60, "c"), (1, "d")], (1, "c"), false),
            // Whose first it is doesn't wait for those who have one on the way, nor they for it.
            (&[(60, "a")], &[(50, "a"), (1, "a")], (100, "b"), true),
            (&[(10, "a")], &[(100, "b")], (10, "a"), true),
        ];
        for (on_their_way, before, new, expected) in cases {
            assert_eq!(may(on_their_way, before, *new), *expected, "{on_their_way:?} {before:?} {new:?}");
        }
    }

    proptest! {
        /// Each who comes: how many bytes, whose, for how many steps on the way, how many steps after the one before.
        #[test]
        fn whoever_waits_gets_a_turn(people in vec((1..=100_u64, 0..4_usize, 1..5_u32, 0..3_u32), 1..60)) {
            let mut coming: VecDeque<_> = people.iter().copied().collect();
            let (mut on_their_way, mut waiting) = (Vec::<(OnItsWay, u32)>::new(), Vec::new());
            let (mut step, mut since_last) = (0, 0);
            while !(coming.is_empty() && waiting.is_empty()) {
                on_their_way.retain(|(_, end)| *end > step);
                while let Some((bytes, origin, takes, after)) = coming.front().copied()
                    && after <= since_last
                {
                    coming.pop_front();
                    waiting.push((upload(bytes, ["a", "b", "c", "d"][origin]), takes));
                    since_last = 0;
                }
                let mut still = Vec::<(OnItsWay, u32)>::new();
                for (new, takes) in waiting {
                    let going: Vec<_> = on_their_way.iter().map(|(other, _)| other).collect();
                    let before: Vec<_> = still.iter().map(|(other, _)| other).collect();
                    if may_set_out(&going, &before, &new, 100) {
                        prop_assert!(before.iter().all(|other| other.origin != new.origin), "it overtakes its own");
                        on_their_way.push((new, step + takes));
                    } else {
                        still.push((new, takes));
                    }
                }
                waiting = still;
                let bytes = |origin: &str| {
                    let own = on_their_way.iter().filter(|(upload, _)| origin.is_empty() || upload.origin == origin);
                    own.map(|(upload, _)| upload.bytes).sum::<u64>()
                };
                prop_assert!(bytes("") <= 200 && ["a", "b", "c", "d"].iter().all(|origin| bytes(origin) <= 100));
                prop_assert!(waiting.is_empty() || !on_their_way.is_empty(), "nobody goes");
                step += 1;
                since_last += 1;
            }
            // Somebody was on the way at each step, or about to come.
            prop_assert!(step <= people.iter().map(|(_, _, takes, after)| takes + after).sum::<u32>() + 1);
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for waits in [true, false] {
            let here = upload(17, "2001:db8::1");
            assert_eq!(OnItsWay::parse(&here.to_text(waits)), Some((here.clone(), waits)));
        }
        for text in ["", "17", "17 ::1", "x ::1\n", "17 waits"] {
            assert_eq!(OnItsWay::parse(text), None, "{text}");
        }
    }

    /// A thread of this size, whose folder is there as long as what comes first.
    fn thread_of(bytes: u64) -> (tempfile::TempDir, Thread) {
        let threads = tempfile::tempdir().unwrap();
        let folder = threads.path().join("room");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join(".ini"), format!("[common]\nmaxMediaFolderBytes={bytes}\n")).unwrap();
        let thread = Thread::open(&Site::at(threads.path().into()), ThreadName::new("room").unwrap()).unwrap();
        (threads, thread)
    }

    #[test]
    fn a_place_is_free_again_whoever_ends_and_what_was_left_at_it_is_swept() {
        let (_threads, thread) = thread_of(300);
        let folder = &thread.folder;
        let reserve = |bytes| thread.try_to_reserve(&upload(bytes, "::1")).unwrap();
        let (first, second) = (reserve(150).unwrap(), reserve(150).unwrap());
        assert_eq!((first.number(), second.number()), (1, 2));
        assert!(reserve(1).is_none());
        // Both have files; the first is killed: its lock goes, and nothing else.
        for number in [1, 2] {
            fs::write(folder.join(format!(".upload-{number}.tmp")), "half").unwrap();
        }
        fs::copy(folder.join(".receiving-1"), folder.join(".receiving-3")).unwrap();
        drop(first);
        assert_eq!(reserve(150).unwrap().number(), 3);
        let mut left: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, [".ini", ".lock", ".receiving-2", ".upload-2.tmp"]);
        drop(second);
    }

    #[test]
    fn who_can_do_without_a_place_does_not_wait_for_the_lock() {
        let (_threads, thread) = thread_of(100);
        let held = thread.lock().unwrap();
        assert!(thread.try_to_reserve_at_once(&upload(1, "a")).unwrap().is_none());
        drop(held);
        assert!(thread.try_to_reserve_at_once(&upload(1, "a")).unwrap().is_some());
    }

    #[test]
    fn who_waits_goes_in_turn_and_who_gives_up_is_in_nobodys_way() {
        let (_threads, thread) = thread_of(100);
        let going = thread.try_to_reserve(&upload(60, "a")).unwrap().unwrap();
        let (large, small) = (upload(90, "a"), upload(10, "a"));
        let queue = |new: &OnItsWay| thread.lock().unwrap().queue(new);
        let sets_out = |place: &Reservation, new: &OnItsWay| thread.lock().unwrap().sets_out(place, new).unwrap();
        let (first, second) = (queue(&large).unwrap(), queue(&small).unwrap());
        assert!(!sets_out(&first, &large) && !sets_out(&second, &small), "the second would fit in");
        assert!(thread.try_to_reserve(&small).unwrap().is_none(), "and so would the third");
        drop(going);
        assert!(!sets_out(&second, &small) && sets_out(&first, &large) && sets_out(&second, &small));
        drop((first, second));
        let (going, gives_up) = (thread.try_to_reserve(&large).unwrap().unwrap(), queue(&large).unwrap());
        let last = queue(&small).unwrap();
        assert!(!sets_out(&last, &small));
        drop(gives_up);
        assert!(sets_out(&last, &small));
        drop((going, last));
    }

    #[test]
    fn whose_turn_does_not_come_is_told_so_in_time_and_too_many_are_told_at_once() {
        let (_threads, thread) = thread_of(100);
        let all = upload(100, "a");
        let _going = thread.try_to_reserve(&all).unwrap().unwrap();
        let began = Instant::now();
        let error = thread.reserve(&all).unwrap_err();
        assert_eq!((error.status(), error.code()), (503, "busy"));
        assert!(began.elapsed() >= PATIENCE);
        let waiting: Vec<_> = (0..MOST_WAITING).map(|_| thread.lock().unwrap().queue(&all).unwrap()).collect();
        assert_eq!(thread.lock().unwrap().queue(&all).unwrap_err().code(), "busy");
        assert!(thread.lock().unwrap().queue(&upload(1, "b")).is_ok(), "those of others are not counted");
        drop(waiting);
    }
}
