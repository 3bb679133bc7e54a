//! Many at once, and large ones.

use crate::support::{
    Answer, Browser, Folder, Process, Request, Site, blob, eventually, is_fcgid, multipart, multipart_type, read_answer,
};
use fs2::FileExt;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

const PEOPLE: usize = 64;
const CLIPS_EACH: usize = 5;

/// What the people were told.
#[derive(Default)]
struct Told {
    stored: BTreeSet<String>,
    deleted: BTreeSet<String>,
    /// How often somebody was asked to try again.
    busy: usize,
}

/// Asks again as long as the thread is busy, as the page does.
fn insist(told: &Mutex<Told>, ask: impl Fn() -> Answer) -> Value {
    loop {
        let answer = ask();
        if answer.header("Mozchat-Error") != Some("busy") {
            return answer.json();
        }
        told.lock().expect("told").busy += 1;
    }
}

/// A person uploads, and deletes every other clip again as long as it is there.
fn busy_person(browser: &Browser, person: usize, told: &Mutex<Told>) {
    for n in 0..CLIPS_EACH {
        let id = format!("upload-{person:03}-{n:03}");
        let clip = blob("webm", 100 + 7 * person + n);
        let answer = insist(told, || browser.upload_with(&[("uploadId", &id)], &clip));
        let clip = answer["id"].as_str().unwrap_or_else(|| panic!("not stored: {answer}")).to_owned();
        told.lock().expect("told").stored.insert(clip.clone());
        if n % 2 == 1 {
            let answer = insist(told, || browser.act("delete", "delete", json!({ "id": clip })));
            if answer["alert"].is_string() {
                told.lock().expect("told").deleted.insert(clip);
            } else {
                assert_eq!(answer["error"], "No data about this file", "it was evicted");
            }
        }
    }
}

/// Reads the catalog again and again while `busy`; returns what it saw, without repetitions.
fn watch(room: &Folder, busy: &AtomicBool) -> (usize, Vec<Vec<Value>>) {
    let (mut readings, mut seen) = (0, Vec::new());
    while busy.load(Ordering::Relaxed) {
        let catalog = room.catalog();
        readings += 1;
        if seen.last() != Some(&catalog) {
            seen.push(catalog);
        }
        std::thread::yield_now();
    }
    seen.push(room.catalog());
    (readings, seen)
}

fn names(catalog: &[Value]) -> Vec<&str> {
    catalog.iter().map(|row| row[0].as_str().expect("a name")).collect()
}

/// Of everybody only the oldest are evicted: whatever its author had before an evicted clip has gone too.
fn only_the_oldest_went(seen: &[Vec<Value>], deleted: &BTreeSet<String>) {
    for pair in seen.windows(2) {
        let after = names(&pair[1]);
        let authors: BTreeSet<_> = pair[0].iter().map(|row| row[1].as_str().expect("an author")).collect();
        for author in authors {
            let own: Vec<_> = pair[0].iter().filter(|row| row[1] == author).cloned().collect();
            let before = names(&own);
            let stayed: Vec<_> = before.iter().map(|name| after.contains(name) || deleted.contains(*name)).collect();
            let last_evicted = stayed.iter().rposition(|stayed| !stayed).map_or(0, |index| index + 1);
            let older = &before[..last_evicted];
            assert!(older.iter().all(|name| !after.contains(name)), "{author}: {before:?} -> {after:?}");
        }
    }
}

/// Ends the watching when it is dropped.
struct Done<'b>(&'b AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

fn everybody_at_once(site: &Site, room: &Folder) -> (Told, usize, Vec<Vec<Value>>) {
    let (told, busy) = (Mutex::<Told>::default(), AtomicBool::new(true));
    let (readings, seen) = std::thread::scope(|scope| {
        let watcher = scope.spawn(|| watch(room, &busy));
        // Also when somebody panics: a watcher that goes on watching would hide it.
        let done = Done(&busy);
        std::thread::scope(|people| {
            for person in 0..PEOPLE {
                let (told, browser) = (&told, site.browser(&format!("P{person}"), "room"));
                people.spawn(move || busy_person(&browser, person, told));
            }
        });
        drop(done);
        watcher.join().expect("a catalog that is never broken")
    });
    (told.into_inner().expect("told"), readings, seen)
}

#[test]
fn sixty_four_at_once_lose_nothing_that_was_acknowledged() {
    let site = Site::start();
    let room = site.thread("room", "[common]\nmaxClipCount=0\nmaxMediaFolderBytes=9000000\n");
    let began = Instant::now();
    let (told, readings, seen) = everybody_at_once(&site, &room);
    let seconds = began.elapsed().as_secs_f64();
    assert_eq!(told.stored.len(), PEOPLE * CLIPS_EACH);
    assert_eq!(told.deleted.len(), PEOPLE * (CLIPS_EACH / 2));
    let expected: BTreeSet<_> = told.stored.difference(&told.deleted).cloned().collect();
    assert_eq!(room.listed().into_iter().collect::<BTreeSet<_>>(), expected);
    assert_eq!(room.clips().into_iter().collect::<BTreeSet<_>>(), expected);
    assert_eq!(room.leftovers(), Vec::<String>::new());
    println!(
        "{PEOPLE} at once: {} clips acknowledged, {} deleted, {} left, all listed and on disk; catalog.json read \
         {readings} times, {} states, never broken; {} times busy; {seconds:.1} s",
        told.stored.len(),
        told.deleted.len(),
        expected.len(),
        seen.len(),
        told.busy,
    );
}

#[test]
fn sixty_four_at_once_never_pass_the_limits() {
    let (count, bytes) = (20, 6000);
    let site = Site::start();
    let room = site.thread("room", &format!("[common]\nmaxClipCount={count}\nmaxMediaFolderBytes={bytes}\n"));
    let (told, readings, seen) = everybody_at_once(&site, &room);
    let sum = |catalog: &Vec<Value>| catalog.iter().map(|row| row[5].as_u64().expect("bytes")).sum::<u64>();
    for catalog in &seen {
        assert!(catalog.len() <= count && sum(catalog) <= bytes, "{} clips, {} bytes", catalog.len(), sum(catalog));
    }
    only_the_oldest_went(&seen, &told.deleted);
    let last = room.listed();
    assert!(last.iter().all(|clip| told.stored.contains(clip) && !told.deleted.contains(clip)));
    let listed: BTreeSet<_> = last.iter().cloned().collect();
    assert_eq!(room.clips().into_iter().collect::<BTreeSet<_>>(), listed);
    assert!(listed.len() > 5 && room.leftovers().is_empty());
    println!(
        "limits {count} clips, {bytes} bytes: {} acknowledged, {} deleted, {} left; {readings} readings, {} states, at \
         most {} clips and {} bytes",
        told.stored.len(),
        told.deleted.len(),
        listed.len(),
        seen.len(),
        seen.iter().map(Vec::len).max().unwrap_or_default(),
        seen.iter().map(sum).max().unwrap_or_default(),
    );
}

#[test]
fn fifty_megabytes_need_at_most_eight_of_memory() {
    const CLIP: usize = 50_000_000;
    let site = Site::start();
    let room = site.thread("room", "[common]\nmaxBlobBytes=60000000\nmaxMediaFolderBytes=60000000\n");
    let ann = site.browser("Ann", "room");
    let clip = blob("webm", CLIP);
    let body = multipart(&ann.upload_fields(&[("description", "large")]), Some(&clip));
    let bytes = Request::new("POST", "cgi-bin/upload.cgi").body(&multipart_type(), body).bytes();
    let mut line = TcpStream::connect(site.address()).expect("Apache listens");
    let (first, last) = bytes.split_at(CLIP / 2);
    line.write_all(first).expect("an open line");
    if !is_fcgid() {
        eventually("the clip to be on its way", || room.receiving().pop());
    }
    // While we hold the thread's lock, the program has everything and can't end. (mod_fcgid asks it when all is there.)
    let lock = File::options().write(true).create(true).truncate(false).open(room.file(".lock")).expect(".lock");
    let is_held = !is_fcgid() && lock.lock_exclusive().is_ok();
    line.write_all(last).expect("an open line");
    let process = Process::of(&site, "upload");
    if is_held {
        eventually("the clip to be complete", || (spooled(&process, &room) == CLIP as u64).then_some(()));
    } else {
        eventually("the clip to be stored", || (!room.listed().is_empty()).then_some(()));
    }
    let peak = process.peak_memory();
    FileExt::unlock(&lock).expect("the lock");
    let answer = read_answer(&mut line).checked();
    assert_eq!(answer.alert(), "Server got a record of 50000kB");
    println!("a clip of 50 MB: the program held {} kB of memory at most (VmHWM)", peak / 1024);
    assert!(peak <= 8 * 1024 * 1024, "{peak} bytes");
    let media = room.media().expect("the media folder");
    assert!(std::fs::read(media.join(&room.listed()[0])).expect("the clip") == clip, "not a byte differs");
}

/// The size of the clip that is on its way in, to a file without a name in the thread's folder.
fn spooled(process: &Process, room: &Folder) -> u64 {
    let folder = room.path().canonicalize().expect("the folder");
    let is_clip = |file: &Path| file.starts_with(&folder) && file.to_string_lossy().ends_with("(deleted)");
    let clip = process.open_files().into_iter().find(|(file, _)| is_clip(file));
    clip.and_then(|(_, link)| link.metadata().ok()).map_or(0, |metadata| metadata.len())
}
