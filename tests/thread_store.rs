//! What a crash, an admin's FTP client or a damaged file leaves behind is put in order by the next request.

use mozchat::clock::Moment;
use mozchat::names::{ClipName, ThreadName, UploadKey, UserName};
use mozchat::site::Site;
use mozchat::thread::Thread;
use mozchat::thread::catalog::{Clip, to_json, token};
use mozchat::thread::reservation::OnItsWay;
use mozchat::thread::retention::{NewClip, Verdict, make_room};
use mozchat::thread::spool::Spooled;
use proptest::prelude::*;
use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

/// A thread in a folder of its own.
struct Room {
    threads: tempfile::TempDir,
}

impl Room {
    fn new(ini: &str) -> Self {
        let room = Self { threads: tempfile::tempdir().unwrap() };
        fs::create_dir(room.file("")).unwrap();
        fs::write(room.file(".ini"), format!("[common]\nmediaFolder=\"media1\"\n{ini}")).unwrap();
        room
    }

    fn file(&self, name: &str) -> PathBuf {
        self.threads.path().join("room").join(name)
    }

    fn media(&self, clip: &str) -> PathBuf {
        self.file("media1").join(clip)
    }

    fn thread(&self) -> Thread {
        Thread::open(&Site::at(self.threads.path().into()), ThreadName::new("room").unwrap()).unwrap()
    }

    /// The files of the clips that the next request sees.
    fn clips(&self) -> Vec<String> {
        self.thread().clips().unwrap().iter().map(|clip| clip.file.as_str().to_owned()).collect()
    }

    /// The catalog as it was before what a crash cut short: marked as unsettled, as the program leaves it. (Written
    /// in the same tick of the clock as the media folder, it would look settled.)
    fn put_back(&self, catalog: &[u8]) {
        fs::write(self.file("catalog.json"), catalog).unwrap();
        let file = fs::File::options().write(true).open(self.file("catalog.json")).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    }

    /// Stores a clip as upload.cgi does and returns its file's name.
    fn upload(&self, upload_id: &str) -> String {
        let thread = self.thread();
        let ann = UserName::new("Ann").unwrap();
        let (key, now) = (UploadKey::new(&ann, upload_id).unwrap(), Moment::now());
        let place = thread.reserve(&OnItsWay::new(100, "")).unwrap();
        let spooled = Spooled::receive(&mut [7; 100].as_slice(), place, &thread.folder, 0o644, 1000).unwrap();
        let clip = Clip {
            file: ClipName::of_upload(now, &key, "webm"),
            author: "Ann".into(),
            date_time: now.catalog_time(0.0),
            mime: "audio/webm".into(),
            duration: "1".into(),
            bytes: 100,
            expire: now.seconds() + 300,
            description: upload_id.into(),
        };
        let file = clip.file.as_str().to_owned();
        let locked = thread.lock().unwrap();
        let catalog = locked.catalog().unwrap();
        let new = NewClip { author: b"Ann", bytes: 100 };
        let verdict = make_room(catalog.rows().to_vec(), |row| catalog.author_of(row), new, &thread.settings, now);
        locked.add(&catalog, &clip, spooled, &verdict).unwrap();
        file
    }

    /// Deletes a clip as delete.cgi does.
    fn delete(&self, clip: &str) {
        let thread = self.thread();
        let locked = thread.lock().unwrap();
        let catalog = locked.catalog().unwrap();
        let it = catalog.find(clip).unwrap();
        let (go, stay) = catalog.rows().iter().partition(|row| **row == it);
        locked.remove(&catalog, &Verdict { stay, go }).unwrap();
    }

    fn pulse_of_clips(&self) -> u64 {
        self.thread().pulse().unwrap().clips
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.file(""))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

#[test]
fn an_upload_leaves_the_clip_the_catalog_and_the_pulse_and_nothing_else() {
    let room = Room::new("");
    let clip = room.upload("upload-1");
    assert!(room.media(&clip).is_file());
    assert_eq!(room.clips(), [clip]);
    assert_eq!(room.names(), [".ini", ".lock", "catalog.json", "media1", "pulse.json"]);
}

#[test]
fn a_clip_that_the_admin_removed_leaves_the_catalog_and_the_pages_hear_of_it() {
    let room = Room::new("");
    let (first, second) = (room.upload("upload-1"), room.upload("upload-2"));
    let before = room.pulse_of_clips();
    fs::remove_file(room.media(&first)).unwrap();
    assert_eq!(room.clips(), [second]);
    assert!(room.pulse_of_clips() > before);
}

#[test]
fn a_media_folder_that_the_admin_removed_is_an_empty_thread_that_goes_on() {
    let room = Room::new("");
    room.upload("upload-1");
    fs::remove_dir_all(room.file("media1")).unwrap();
    assert!(room.clips().is_empty());
    let clip = room.upload("upload-2");
    assert_eq!(room.clips(), [clip]);
}

#[test]
fn a_crash_before_the_new_catalog_is_in_place_does_not_lose_what_it_says() {
    let room = Room::new("");
    let first = room.upload("upload-1");
    let old = fs::read(room.file("catalog.json")).unwrap();
    let second = room.upload("upload-2");
    fs::rename(room.file("catalog.json"), room.file(".catalog.json.tmp")).unwrap();
    room.put_back(&old);
    assert_eq!(room.clips(), [first, second]);
    assert_eq!(room.thread().clips().unwrap()[1].description, "upload-2");
}

#[test]
fn a_crash_before_the_new_catalog_is_in_place_does_not_pass_the_limits() {
    let room = Room::new("maxClipCount=1\n");
    let first = room.upload("upload-1");
    let (old, bytes) = (fs::read(room.file("catalog.json")).unwrap(), fs::read(room.media(&first)).unwrap());
    let second = room.upload("upload-2");
    fs::rename(room.file("catalog.json"), room.file(".catalog.json.tmp")).unwrap();
    room.put_back(&old);
    fs::write(room.media(&first), bytes).unwrap();
    assert_eq!(room.clips(), [second]);
    assert!(!room.media(&first).exists());
}

#[test]
fn a_crash_before_the_clip_is_in_place_shows_nothing_of_it() {
    let room = Room::new("");
    let first = room.upload("upload-1");
    let old = fs::read(room.file("catalog.json")).unwrap();
    let second = room.upload("upload-2");
    fs::rename(room.file("catalog.json"), room.file(".catalog.json.tmp")).unwrap();
    room.put_back(&old);
    fs::remove_file(room.media(&second)).unwrap();
    assert_eq!(room.clips(), [first]);
}

#[test]
fn a_crash_before_the_deleted_files_are_gone_does_not_bring_them_back() {
    let room = Room::new("");
    let (first, second) = (room.upload("upload-1"), room.upload("upload-2"));
    let bytes = fs::read(room.media(&first)).unwrap();
    room.delete(&first);
    fs::write(room.media(&first), bytes).unwrap();
    assert_eq!(room.clips(), [second]);
    assert!(!room.media(&first).exists());
}

#[test]
fn a_crash_before_the_evicted_files_are_gone_leaves_no_file_that_nobody_lists() {
    let room = Room::new("maxClipCount=1\n");
    let first = room.upload("upload-1");
    let bytes = fs::read(room.media(&first)).unwrap();
    let second = room.upload("upload-2");
    // As it is between the catalog's renaming and the removal: the folder's time is that of the new clip's.
    fs::write(room.media(&first), bytes).unwrap();
    let catalog = fs::File::options().append(true).open(room.file("catalog.json")).unwrap();
    catalog.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1)).unwrap();
    assert_eq!(room.clips(), [second]);
    assert!(!room.media(&first).exists());
}

#[test]
fn a_damaged_catalog_loses_no_clip_and_is_kept_for_the_admin() {
    for damage in [|text: &str| text[..text.len() / 2].to_owned(), |_: &str| String::new(), |_: &str| "{}".to_owned()] {
        let room = Room::new("");
        let clips = [room.upload("upload-1"), room.upload("upload-2"), room.upload("upload-3")];
        fs::write(room.media("from-php.oga"), "x").unwrap();
        let damaged = damage(&fs::read_to_string(room.file("catalog.json")).unwrap());
        fs::write(room.file("catalog.json"), &damaged).unwrap();
        let mut after = room.clips();
        after.sort();
        let mut expected = clips.to_vec();
        expected.push("from-php.oga".into());
        expected.sort();
        assert_eq!(after, expected);
        assert_eq!(fs::read_to_string(room.file("catalog.json.broken")).unwrap(), damaged);
        assert_eq!(room.clips().len(), 4, "the second look finds it in order");
    }
}

#[test]
fn an_admins_own_file_in_the_media_folder_is_left_alone() {
    let room = Room::new("clipLifetimeSec=1\n");
    let clip = room.upload("upload-1");
    fs::write(room.media("intro.mp4"), "x").unwrap();
    assert_eq!(room.clips(), [clip]);
    assert!(room.media("intro.mp4").is_file());
}

#[test]
fn an_upload_that_was_evicted_since_is_still_known() {
    let room = Room::new("maxClipCount=1\n");
    let first = room.upload("upload-1");
    room.upload("upload-2");
    let (thread, ann) = (room.thread(), UserName::new("Ann").unwrap());
    let locked = thread.lock().unwrap();
    let catalog = locked.catalog().unwrap();
    let known = |id| locked.stored_before(&UploadKey::new(&ann, id).unwrap(), &catalog).unwrap();
    assert_eq!(known("upload-1").unwrap().as_str(), first);
    assert!(known("upload-2").is_some() && known("upload-3").is_none());
}

#[test]
fn a_settled_thread_is_read_without_its_lock() {
    let room = Room::new("");
    let clip = room.upload("upload-1");
    let thread = room.thread();
    let _held = thread.lock().unwrap();
    assert_eq!(room.clips(), [clip]);
}

/// What may happen to a thread between two polls.
#[derive(Clone, Debug)]
enum Event {
    Upload(u8),
    Delete(usize),
    RemovedOverFtp(usize),
    TimePasses(u64),
    Poll,
    PulseLost,
    SummaryCutOff(usize),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        any::<u8>().prop_map(Event::Upload),
        any::<usize>().prop_map(Event::Delete),
        any::<usize>().prop_map(Event::RemovedOverFtp),
        (0u64..400).prop_map(Event::TimePasses),
        Just(Event::Poll),
        Just(Event::Poll),
        Just(Event::PulseLost),
        (0usize..60).prop_map(Event::SummaryCutOff),
    ];
    proptest::collection::vec(event, 0..25)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn what_a_poll_knows_of_the_catalog_without_reading_it_is_what_reading_it_says(events in events()) {
        let room = Room::new("hideExpired=1\nmaxClipCount=5\n");
        let mut now = Moment::now().seconds();
        for event in events {
            let pick = |n: usize| {
                let clips = room.clips();
                (!clips.is_empty()).then(|| clips[n % clips.len()].clone())
            };
            match event {
                Event::Upload(n) => drop(room.upload(&format!("upload-{n}"))),
                Event::Delete(n) => drop(pick(n).map(|clip| room.delete(&clip))),
                Event::RemovedOverFtp(n) => drop(pick(n).map(|clip| fs::remove_file(room.media(&clip)))),
                Event::TimePasses(seconds) => now += seconds,
                Event::Poll => {}
                Event::PulseLost => drop(fs::remove_file(room.file("pulse.json"))),
                Event::SummaryCutOff(length) => {
                    if let Ok(text) = fs::read(room.file(".summary")) {
                        fs::write(room.file(".summary"), &text[..length.min(text.len())]).unwrap();
                    }
                }
            }
            let (thread, now) = (room.thread(), Moment::from_seconds(now));
            let known = thread.survey(&thread.pulse().unwrap(), now).unwrap().summary;
            let clips: Vec<_> = thread.clips().unwrap();
            let (expired, shown): (Vec<_>, Vec<_>) = clips.iter().partition(|clip| clip.expire <= now.seconds());
            prop_assert_eq!(known.expired, expired.len() as u64);
            prop_assert_eq!(known.token, token(to_json(shown).to_string().as_bytes()));
        }
    }
}

#[test]
fn a_poll_reads_the_catalog_once_for_each_change() {
    let room = Room::new("");
    let clip = room.upload("upload-1");
    let reads = || {
        let thread = room.thread();
        thread.survey(&thread.pulse().unwrap(), Moment::now()).unwrap().catalog.is_some()
    };
    assert_eq!([reads(), reads(), reads()], [true, false, false]);
    room.upload("upload-2");
    assert_eq!([reads(), reads()], [true, false]);
    fs::remove_file(room.media(&clip)).unwrap();
    // The one who sees it mends it, and that is a change.
    assert_eq!([reads(), reads(), reads()], [true, true, false]);
}
