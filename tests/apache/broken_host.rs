//! What an admin, a full disk or a crash does to a thread's folder, and how the thread goes on.

use crate::support::{Folder, Site, blob, now};
use rustix::mount::{MountFlags, UnmountFlags, mount, mount_bind, unmount};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

const INI: &str = "[common]\nmediaFolder=\"media1\"\nmaxBlobBytes=300000\nmaxMediaFolderBytes=900000\n";

#[test]
fn a_broken_catalog_stops_nothing_and_loses_no_clip() {
    for damage in ["", "[", "{}", "null", "\"catalog\"", "\u{1}\u{2}", "cut in half"] {
        let site = Site::start();
        let room = site.thread("room", INI);
        let ann = site.browser("Ann", "room");
        ann.upload("one", 100);
        ann.upload("two", 200);
        let whole = room.read("catalog.json");
        room.write("catalog.json", if damage == "cut in half" { &whole[..whole.len() / 2] } else { damage });
        let rows = ann.poll()["list"].as_array().cloned().expect("a list");
        let sizes: Vec<_> = rows.iter().map(|row| row[5].clone()).collect();
        assert_eq!(sizes, [json!(100), json!(200)], "{damage}: {rows:?}");
        assert_eq!(ann.upload("three", 300).alert(), "Server got a record of 1kB");
        assert_eq!((room.listed().len(), room.clips().len()), (3, 3), "{damage}");
        assert!(site.log().contains("catalog"), "the admin is told: {}", site.log());
    }
}

#[test]
fn a_clip_that_the_admin_deletes_leaves_the_catalog_at_the_next_poll() {
    let site = Site::start();
    let room = site.thread("room", INI);
    let ann = site.browser("Ann", "room");
    ["one", "two", "three"].iter().for_each(|description| drop(ann.upload(description, 100)));
    let token = ann.poll()["catCrc"].clone();
    fs::remove_file(room.file("media1").join(&room.listed()[1])).expect("the clip");
    let news = ann.act("poll", "poll", json!({ "catCrc": token, "ack": "" })).json();
    assert_eq!(news["list"].as_array().map(Vec::len), Some(2), "{news}");
    assert_eq!(ann.sees(), ["one", "three"]);
    assert_eq!(room.listed().len(), 2, "catalog.json too");
    fs::remove_dir_all(room.file("media1")).expect("the media folder");
    assert!(ann.sees().is_empty());
    assert_eq!(ann.upload("four", 100).alert(), "Server got a record of 1kB");
    assert_eq!(ann.sees(), ["four"]);
}

#[test]
fn a_folder_that_may_not_be_written_is_reported_to_the_page_and_to_the_admin() {
    let site = Site::start();
    let room = site.thread("room", INI);
    let ann = site.browser("Ann", "room");
    ann.upload("before", 100);
    let locked = ReadOnly::make(room.path());
    let answer = ann.upload("x", 100);
    assert_eq!((answer.status, answer.header("Mozchat-Error")), (500, Some("host")));
    let words = answer.error();
    assert!(words.contains("may not write"), "{words}");
    assert!(!words.contains(site.root().to_str().expect("a path")), "no folder of the host's: {words}");
    let log = site.log();
    assert!(
        log.lines().any(|line| line.contains(site.root().to_str().expect("a path")) && line.contains("threads/room/")),
        "{log}"
    );
    ann.act("chat", "relay", json!({ "target": "Bob", "type": "message" })).error();
    drop(locked);
    assert_eq!(ann.upload("after", 100).alert(), "Server got a record of 1kB");
    assert_eq!((ann.sees(), room.leftovers()), (vec!["before".into(), "after".into()], vec![]));
}

#[test]
fn a_full_disk_is_said_to_be_full_and_costs_no_clip_that_was_there() {
    let site = Site::start();
    let room = site.thread("room", INI);
    let Some(disk) = SmallDisk::on(&room, INI) else {
        println!("skipped: only root may mount a small disk");
        return;
    };
    let ann = site.browser("Ann", "room");
    ann.upload("before", 50_000);
    for attempt in 0..5 {
        let answer = ann.upload("too much", 290_000);
        assert_eq!((answer.status, answer.header("Mozchat-Error")), (507, Some("disk")), "attempt {attempt}");
        assert!(answer.error().contains("the disk is full"), "{}", answer.error());
        assert_eq!((room.listed().len(), room.clips().len(), room.leftovers()), (1, 1, vec![]));
    }
    // Not a byte is left: not even the small files can be replaced.
    let filler = disk.fill();
    for _ in 0..3 {
        let answer = ann.upload("one more", 10);
        assert_eq!((answer.status, answer.header("Mozchat-Error")), (507, Some("disk")), "{answer:?}");
        assert_eq!((room.listed().len(), room.clips().len(), room.leftovers()), (1, 1, vec![]));
        ann.act("chat", "relay", json!({ "target": "Bob", "type": "message" })).error();
    }
    // Deleting is the way out, so it works without a byte left.
    let clip = room.listed().pop().expect("the clip");
    assert_eq!(ann.act("delete", "delete", json!({ "id": clip })).alert(), "Clip deleted");
    fs::remove_file(filler).expect("the filler");
    assert_eq!(ann.upload("after", 100).alert(), "Server got a record of 1kB");
    assert_eq!(ann.sees(), ["after"]);
}

#[test]
fn on_a_full_disk_everybody_goes_on_hearing() {
    let site = Site::start();
    let ini = format!("{INI}[auth]\npassword=secret\n");
    let room = site.thread("room", &ini);
    let Some(disk) = SmallDisk::on(&room, &ini) else {
        println!("skipped: only root may mount a small disk");
        return;
    };
    let ann = site.browser("Ann", "room");
    let log_in = |who: &crate::support::Browser| who.form("thread", &[("realm", "room"), ("password", "secret")]);
    log_in(&ann).checked();
    ann.upload("to be heard", 50_000).alert();
    ann.act("chat", "relay", json!({ "target": "*", "type": "message", "text": "hello" })).alert();
    let filler = disk.fill();
    let bob = site.browser("Bob", "room");
    assert_eq!(log_in(&bob).checked().status, 200, "the password opens the thread");
    for act in ["online", "bye", "online"] {
        assert_eq!(bob.act("users", act, json!({})).status, 200, "{act}");
    }
    let news = bob.poll();
    assert_eq!(news["list"].as_array().map(Vec::len), Some(1), "{news}");
    assert_eq!(news["messages"][0]["text"], "hello");
    let id = news["messages"][0]["id"].clone();
    assert_eq!(bob.act("poll", "poll", json!({ "ack": id, "catCrc": "" })).status, 200);
    // A page of the original's.
    assert_eq!(bob.act("poll", "poll", json!({ "catCrc": "" })).status, 200);
    assert_eq!(ann.upload("no room", 10).header("Mozchat-Error"), Some("disk"));
    fs::remove_file(filler).expect("the filler");
    assert_eq!(ann.upload("room again", 10).alert(), "Server got a record of 1kB");
}

#[test]
fn a_deletion_that_is_answered_with_an_error_has_deleted_nothing() {
    let site = Site::start();
    let room = site.thread("room", "[common]\nmediaFolder=media1\nallowClear=1\n");
    let ann = site.browser("Ann", "room");
    for text in ["one", "two", "three"] {
        ann.upload(text, 100).alert();
    }
    let (listed, files) = (room.listed(), room.clips());
    let clip = room.path().join("media1").join(&listed[1]);
    // The host refuses to let go of the second.
    if mount_bind(&clip, &clip).is_err() {
        println!("skipped: only root may mount a file");
        return;
    }
    let answer = ann.act("delete", "clearMedia", json!({}));
    let (is_listed, is_there) = (room.listed(), room.clips());
    unmount(&clip, UnmountFlags::DETACH).expect("unmount");
    assert_eq!((answer.status, answer.header("Mozchat-Error")), (500, Some("host")));
    assert_eq!((is_listed, is_there, room.leftovers()), (listed, files, vec![]));
    assert_eq!(ann.act("delete", "clearMedia", json!({})).alert(), "files cleared");
    assert_eq!((room.listed(), room.clips(), room.leftovers()), (vec![], vec![], vec![]));
}

#[test]
fn damaged_names_and_messages_are_kept_and_what_can_be_read_of_them_holds() {
    let site = Site::start();
    let room = site.thread("room", &format!("{INI}[auth]\nmoderators=Mo\n"));
    let (mo, eve, ann) = (site.browser("Mo", "room"), site.browser("Eve", "room"), site.browser("Ann", "room"));
    for who in [&mo, &ann, &eve] {
        (0..2).for_each(|_| drop(who.act("users", "online", json!({})).checked()));
    }
    mo.act("users", "ban", json!({ "target": "Eve" })).checked();
    ["one", "two"].iter().for_each(|text| {
        drop(ann.act("chat", "relay", json!({ "target": "Mo", "type": "message", "text": text })).alert())
    });
    let (names, messages) = (room.read("names.json"), room.read("messages.json"));
    // Cut off, a letter in its middle, one behind its end.
    let broken = [&names[..names.len() - 7], &names.replacen("\"until\":", "\"until\":x", 1), &format!("{names}x")]
        .map(str::to_owned);
    for broken in broken {
        room.write("names.json", &broken);
        assert_eq!(eve.act("users", "online", json!({})).header("Mozchat-Error"), Some("banned"), "{broken}");
        assert_eq!(room.read("names.json.broken"), broken);
    }
    // What was cut off was behind Ann.
    room.write("names.json", &names[..names.len() - 7]);
    assert_eq!(
        site.browser("Ann", "room").act("users", "online", json!({})).header("Mozchat-Error"),
        Some("name-taken")
    );
    room.write("messages.json", &messages[..messages.len() - 5]);
    assert_eq!(mo.poll()["messages"].as_array().map(Vec::len), Some(1), "the whole one");
    assert_eq!(room.read("messages.json.broken"), messages[..messages.len() - 5]);
    let log = site.log();
    assert!(log.contains("names.json.broken") && log.contains("messages.json.broken"), "{log}");
}

#[test]
fn clips_on_another_disk_are_stored_and_heard() {
    let site = Site::start();
    let room = site.thread("room", INI);
    fs::create_dir(room.file("media1")).expect("a folder");
    crate::support::give_away(room.path());
    let options = c"size=2m,mode=0777";
    let media = room.file("media1");
    if mount("tmpfs", &media, "tmpfs", MountFlags::NOSUID | MountFlags::NODEV, options).is_err() {
        println!("skipped: only root may mount a disk");
        return;
    }
    let disk = SmallDisk(media);
    let ann = site.browser("Ann", "room");
    for description in ["one", "two"] {
        assert_eq!(ann.upload(description, 1000).alert(), "Server got a record of 1kB");
    }
    assert_eq!((ann.sees(), room.clips().len(), room.leftovers()), (vec!["one".into(), "two".into()], 2, vec![]));
    let clip = room.listed().pop().expect("a clip");
    assert_eq!(ann.get(&format!("threads/room/media1/{clip}")).body, blob("webm", 1000));
    drop(disk);
}

#[test]
fn a_changed_ini_takes_effect_with_the_next_request() {
    let site = Site::start();
    let room = site.thread("room", "[common]\nmaxBlobBytes=100\n[client]\ntitle=\"One\"\n");
    let ann = site.browser("Ann", "room");
    let title = || ann.query("thread", &[("realm", "room")]).json()["title"].clone();
    assert_eq!(
        (title(), ann.upload("", 200).error()),
        (json!("One"), "File is too big, server allows only 1kB".into())
    );
    room.write(".ini", "[common]\nmaxBlobBytes=200\n[client]\ntitle=\"Two\"\n");
    assert_eq!((title(), ann.upload("", 200).alert()), (json!("Two"), "Server got a record of 1kB".into()));
}

#[test]
fn unknown_keys_and_bad_values_are_reported_with_their_line_and_stop_nothing() {
    let site = Site::start();
    let room = site.thread("room", "[common]\nmaxBlobBytes=many\nmaxClips=3\n\n[client]\ntitle=\"Still here\"\n");
    let ann = site.browser("Ann", "room");
    let settings = ann.query("thread", &[("realm", "room")]).json();
    assert_eq!((&settings["title"], &settings["limits"]["maxBlobBytes"]), (&json!("Still here"), &json!(50_000)));
    assert_eq!(ann.upload("", 50_000).alert(), "Server got a record of 50kB");
    let log = site.log();
    for (line, key) in [(2, "maxBlobBytes"), (3, "maxClips")] {
        let told = |text: &str| text.contains(&format!("line {line}")) && text.contains(key) && text.contains("room");
        assert!(log.lines().any(told), "line {line}, {key}: {log}");
    }
    room.write(".ini", "[common\nmaxBlobBytes=1\n");
    let answer = ann.query("thread", &[("realm", "room")]);
    assert_eq!((answer.status, answer.header("Mozchat-Error")), (500, Some("settings")));
    assert!(answer.error().contains(".ini line 1"), "{}", answer.error());
}

#[test]
fn what_is_wrong_with_settings_is_logged_once_however_often_a_stranger_asks_and_again_when_they_change() {
    let site = Site::start();
    let room = site.thread("room", "[common]\nmaxBlobBytes=many\n[auth]\npassword=sesame\n");
    let eve = site.browser("Eve", "room");
    let says = || {
        let answer = eve.json("thread", &json!({ "realm": "room", "password": "sesame" }));
        assert_eq!(answer.status, 200, "{answer:?}");
    };
    let told = |what: &str| site.log().lines().filter(|line| line.contains(what)).count();
    (0..5).for_each(|_| says());
    assert_eq!((told("maxBlobBytes"), told("plain text")), (1, 1), "{}", site.log());
    // As over FTP: nothing else in the folder changes.
    let change = |text: &str| std::fs::write(room.file(".ini"), text).expect(".ini");
    change("[common]\nmaxBlobBytes=few\n[auth]\npassword=sesame\n");
    (0..5).for_each(|_| says());
    assert_eq!(told("maxBlobBytes"), 2, "{}", site.log());

    change("[common\nmaxBlobBytes=1\n");
    for program in ["thread", "poll", "users", "mail"].repeat(3) {
        let asked = eve.query(program, &[("realm", "room"), ("user", "Eve"), ("act", "poll"), ("to", "x")]);
        assert_eq!(asked.header("Mozchat-Error"), Some(if program == "users" { "wrong-method" } else { "settings" }));
    }
    assert_eq!(told(".ini:1"), 1, "{}", site.log());
    let sound = site.thread("sound", "[common]\n");
    assert_eq!(eve.query("thread", &[("realm", "sound")]).status, 200);
    assert!(!sound.path().join(".reported").exists(), "who does well leaves no trace");
}

#[test]
fn a_folder_of_the_original_goes_on_as_it_is() {
    let site = Site::start();
    let later = now() + 500;
    let room = site.thread("room", "[common]\nmediaFolder=\"media1\"\nhideExpired=0\n");
    room.write("media1/abc123.webm", blob("webm", 100));
    room.write("media1/def456.oga", blob("oga", 50));
    let old = json!([
        ["abc123.webm", "Ann", "Nov_23_15:46:28", "audio/webm;codecs=opus", "2", 100, later, "first"],
        ["def456.oga", "Bob", "Nov_23_15:47:00", "audio/ogg;codecs=opus", 3, "50", later.to_string(), ""],
    ]);
    room.write("catalog.json", old.to_string());
    room.write("users.json", "{\"online\":[]}");
    room.write("messages.json", "[]");
    room.write("calls.csv", "Nov_23_15:46:28;1763912788;Ann;127.0.0.1;Bob;127.0.0.1;;abcdefghij;5;hang-up\n");
    let bob = site.browser("Bob", "room");
    let news = bob.poll();
    assert_eq!(news["users"], json!(["Bob"]));
    let rows = news["list"].as_array().expect("a list");
    let column = |index: usize| rows.iter().map(|row| row[index].clone()).collect::<Vec<Value>>();
    assert_eq!(column(0), ["abc123.webm", "def456.oga"]);
    assert_eq!((column(4), column(5)), (vec![json!("2"), json!("3")], vec![json!(100), json!(50)]));
    let ann = site.browser("Ann", "room");
    assert_eq!(ann.act("delete", "delete", json!({ "id": "abc123.webm" })).alert(), "Clip deleted");
    assert_eq!(ann.upload("new", 100).alert(), "Server got a record of 1kB");
    assert_eq!(bob.sees(), ["", "new"]);
    assert!(room.clips().contains(&"def456.oga".to_owned()));
}

#[test]
fn a_thread_that_was_copied_over_ftp_has_its_clips() {
    let site = Site::start();
    let room = site.thread("room", INI);
    let ann = site.browser("Ann", "room");
    ann.upload("one", 100);
    // Copying over FTP gives every file a time of its own.
    let copy = site.thread("copy", INI);
    copy.write("catalog.json", room.read("catalog.json"));
    for clip in room.clips() {
        copy.write(&format!("media1/{clip}"), fs::read(room.file("media1").join(&clip)).expect("a clip"));
    }
    assert_eq!(site.browser("Ann", "copy").sees(), ["one"]);
}

#[test]
fn a_thread_that_has_lost_its_ini_says_what_to_do() {
    let site = Site::start();
    let room = site.thread("room", INI);
    let ann = site.browser("Ann", "room");
    ann.upload("while it had one", 10).alert();
    fs::remove_file(room.file(".ini")).expect(".ini");
    let answer = ann.upload("", 10);
    assert_eq!(answer.status, 500);
    assert!(answer.error().contains(".ini"), "{}", answer.error());
}

#[test]
fn what_a_crash_leaves_is_mended_by_the_next_request() {
    let site = Site::start();
    let room = site.thread("room", INI);
    let ann = site.browser("Ann", "room");
    ann.upload("one", 100);
    ann.upload("two", 200);
    // Killed after the clip was placed and before the catalog was: the next catalog lies beside the old one.
    let whole = room.read("catalog.json");
    let first: Value = room.catalog()[..1].iter().cloned().collect();
    room.write(".catalog.json.tmp", &whole);
    room.write("catalog.json", first.to_string());
    assert_eq!(ann.sees(), ["one", "two"]);
    // Killed while a small file was being written.
    for name in ["users.json", "messages.json", "pulse.json", "gone.json"] {
        room.write(name, "{\"onl");
        assert_eq!(ann.poll()["users"], json!(["Ann"]), "{name}");
    }
    assert_eq!(ann.upload("three", 300).alert(), "Server got a record of 1kB");
    assert_eq!(ann.sees(), ["one", "two", "three"]);
    let pulse: Value = serde_json::from_str(&room.read("pulse.json")).expect("a sound pulse");
    assert!(pulse["clips"].as_u64() > Some(0), "{pulse}");
}

/// A folder that its programs may not write, until this is dropped.
pub struct ReadOnly {
    path: PathBuf,
    owner: Option<(u32, u32)>,
}

impl ReadOnly {
    pub fn make(path: &Path) -> Self {
        use std::os::unix::fs::MetadataExt;
        let before = fs::metadata(path).expect("the folder");
        let owner = rustix::process::geteuid().is_root().then(|| (before.uid(), before.gid()));
        if owner.is_some() {
            chown(path, Some(0), Some(0)).expect("chown");
        }
        fs::set_permissions(path, fs::Permissions::from_mode(0o555)).expect("chmod");
        Self { path: path.into(), owner }
    }
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        fs::set_permissions(&self.path, fs::Permissions::from_mode(0o755)).expect("chmod");
        if let Some((user, group)) = self.owner {
            chown(&self.path, Some(user), Some(group)).expect("chown");
        }
    }
}

/// A disk of 256 kB under a thread's folder, until this is dropped.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Puts the thread with these settings on it; `None` where that is forbidden.
    pub fn on(room: &Folder, ini: &str) -> Option<Self> {
        let options = c"size=256k,mode=0777";
        mount("tmpfs", room.path(), "tmpfs", MountFlags::NOSUID | MountFlags::NODEV, options).ok()?;
        let disk = Self(room.path().into());
        room.write(".ini", ini);
        Some(disk)
    }

    /// Takes what is left of it.
    pub fn fill(&self) -> PathBuf {
        use std::io::Write;
        let path = self.0.join("filler");
        let mut file = fs::File::create(&path).expect("a file");
        while file.write_all(&[0; 512]).is_ok() {}
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        unmount(&self.0, UnmountFlags::DETACH).expect("unmount");
    }
}
