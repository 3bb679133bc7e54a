//! The host's own hands: what an admin does over FTP while people are there.

use crate::support::{Folder, Request, Site, eventually, is_fcgid, multipart, multipart_type, read_answer};
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::path::Path;

const INI: &str =
    "[common]\nmediaFolder=media1\nmaxBlobBytes=300000\nmaxMediaFolderBytes=900000\nmessageLifetimeSec=3600\n";

/// Begins an upload of Ann's, and stops in its middle.
fn half_an_upload(site: &Site, room: &Folder) -> (TcpStream, Vec<u8>) {
    let clip = crate::support::blob("webm", 100_000);
    let fields = [
        ("user", "Ann"),
        ("realm", "room"),
        ("act", "uploadBlob"),
        ("mime", "audio/webm"),
        ("ext", "webm"),
        ("description", "slow"),
    ];
    let bytes =
        Request::new("POST", "cgi-bin/upload.cgi").body(&multipart_type(), multipart(&fields, Some(&clip))).bytes();
    let mut line = TcpStream::connect(site.address()).expect("Apache listens");
    line.write_all(&bytes[..50_000]).expect("an open line");
    eventually("the first half", || room.receiving().first().cloned());
    (line, bytes[50_000..].to_vec())
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        let target = to.join(entry.file_name().expect("a name"));
        if entry.is_dir() {
            copy(&entry, &target);
        } else {
            fs::copy(&entry, &target).expect("a copy");
        }
    }
}

#[test]
fn settings_that_are_replaced_in_the_middle_of_an_upload_lose_no_clip() {
    if is_fcgid() {
        // It asks no program before it has the whole body.
        return;
    }
    let site = Site::start();
    let room = site.thread("room", INI);
    let bob = site.browser("Bob", "room");
    bob.upload("before", 400);
    let (mut line, rest) = half_an_upload(&site, &room);
    // An FTP program empties the file first.
    room.write(".ini", "");
    let answer = bob.act("poll", "poll", json!({ "ack": "", "catCrc": "" }));
    assert_eq!(
        (answer.status, answer.header("Mozchat-Error")),
        (503, Some("busy")),
        "nobody takes it for the defaults"
    );
    room.write(".ini", INI.replace("media1", "media2"));
    line.write_all(&rest).expect("an open line");
    let answer = read_answer(&mut line).checked();
    assert_eq!(answer.alert(), "Server got a record of 100kB");
    let listed = room.listed();
    assert!(listed.iter().any(|name| room.file("media2").join(name).is_file()), "{listed:?}");
    assert_eq!(bob.sees(), ["slow"], "the others are in the old folder");
    fs::rename(
        room.file("media1").join(
            fs::read_dir(room.file("media1")).expect("media1").next().expect("a clip").expect("an entry").file_name(),
        ),
        room.file("media2").join("0-0123456789abcdef.webm"),
    )
    .expect("a move");
    assert_eq!(bob.sees().len(), 2, "what the admin moves along is there again");
}

#[test]
fn a_thread_that_is_deleted_in_the_middle_of_an_upload_acknowledges_nothing() {
    if is_fcgid() {
        // It asks no program before it has the whole body.
        return;
    }
    let site = Site::start();
    let room = site.thread("room", INI);
    let bob = site.browser("Bob", "room");
    bob.upload("before", 400);
    let (mut line, rest) = half_an_upload(&site, &room);
    let away = room.path().with_file_name("away");
    fs::rename(room.path(), &away).expect("a move");
    line.write_all(&rest).expect("an open line");
    let answer = read_answer(&mut line).checked();
    assert!(answer.json().get("alert").is_none(), "{answer:?}");
    assert_eq!(bob.act("users", "online", json!({})).header("Mozchat-Error"), Some("no-thread"));
    // Back again, as it was, but for what nobody was promised.
    fs::rename(&away, room.path()).expect("a move");
    assert_eq!(bob.sees(), ["before"]);
    fs::remove_dir_all(room.path()).expect("the thread");
    assert_eq!(bob.upload("nowhere", 400).header("Mozchat-Error"), Some("no-thread"));
    let anew = site.thread("room", INI);
    assert_eq!(bob.upload("anew", 400).alert(), "Server got a record of 1kB");
    assert_eq!((bob.sees(), anew.leftovers()), (vec!["anew".to_owned()], vec![]));
}

#[test]
fn all_clips_are_deleted_and_the_thread_goes_on() {
    let site = Site::start();
    let room = site.thread("room", INI);
    let ann = site.browser("Ann", "room");
    (0..5).for_each(|n| drop(ann.upload(&n.to_string(), 400)));
    let pulse = ann.poll()["pulse"]["clips"].clone();
    for clip in room.clips() {
        fs::remove_file(room.file("media1").join(clip)).expect("a clip");
    }
    assert!(ann.sees().is_empty());
    assert_ne!(ann.poll()["pulse"]["clips"], pulse, "the others' pages are told");
    assert_eq!(ann.upload("new", 400).alert(), "Server got a record of 1kB");
    assert_eq!(ann.sees(), ["new"]);
}

#[test]
fn a_backup_that_is_unpacked_with_its_times_hides_nothing_new_and_brings_no_message_back() {
    for unpack in [["tar", "-xf"], ["cp", "-a"]] {
        let site = Site::start();
        let room = site.thread("room", INI);
        let (ann, bob) = (site.browser("Ann", "room"), site.browser("Bob", "room"));
        if fs::metadata(room.path()).and_then(|folder| folder.created()).is_err() {
            println!("skipped: this file system does not tell when a file was made");
            return;
        }
        ann.upload("old", 400);
        ann.act("chat", "relay", json!({ "target": "Bob", "type": "message", "text": "had" }));
        // What is as old as a backup is.
        let backup = tempfile::tempdir().expect("a folder");
        let archive = backup.path().join("room.tar");
        let (away, parent) = (backup.path().join("room"), room.path().parent().expect("a folder").to_owned());
        let run = |words: &[&std::ffi::OsStr]| {
            let status = std::process::Command::new(words[0]).args(&words[1..]).status().expect("a program");
            assert!(status.success(), "{words:?}");
        };
        run(&["tar".as_ref(), "-C".as_ref(), parent.as_ref(), "-cf".as_ref(), archive.as_ref(), "room".as_ref()]);
        run(&["cp".as_ref(), "-a".as_ref(), room.path().as_ref(), away.as_ref()]);
        let seen = bob.poll();
        let id = seen["messages"][0]["id"].as_str().expect("a message").to_owned();
        // A second is how far the times of one file may be apart.
        eventually("the backup to be old", || {
            let made = fs::metadata(&archive).and_then(|archive| archive.modified()).expect("a time");
            (made.elapsed().is_ok_and(|age| age.as_millis() > 1500)).then_some(())
        });
        bob.act("poll", "poll", json!({ "ack": id, "catCrc": "" })).checked();
        ann.upload("new", 500);
        if unpack[0] == "tar" {
            run(&["tar".as_ref(), "-C".as_ref(), parent.as_ref(), "-xf".as_ref(), archive.as_ref()]);
        } else {
            run(&["cp".as_ref(), "-a".as_ref(), away.as_ref(), parent.as_ref()]);
        }
        let news = bob.poll();
        assert_eq!(news["list"].as_array().map(Vec::len), Some(2), "{unpack:?}: {news}");
        assert!(news.get("messages").is_none(), "{unpack:?}: {news}");
        assert_eq!((room.listed().len(), room.clips().len()), (2, 2), "{unpack:?}");
        ann.act("chat", "relay", json!({ "target": "Bob", "type": "message", "text": "after" })).checked();
        assert_eq!(bob.poll()["messages"][0]["text"], "after", "{unpack:?}");
    }
}

#[test]
fn a_backup_that_is_restored_brings_back_what_was_and_loses_nothing_new() {
    let site = Site::start();
    let room = site.thread("room", INI);
    let (ann, bob) = (site.browser("Ann", "room"), site.browser("Bob", "room"));
    let say = |text: &str| ann.act("chat", "relay", json!({ "target": "Bob", "type": "message", "text": text }));
    ann.upload("old", 400);
    say("before the backup");
    ann.poll();
    let backup = tempfile::tempdir().expect("a folder");
    copy(room.path(), backup.path());
    let old = room.listed();
    assert_eq!(ann.act("delete", "delete", json!({ "id": old[0] })).alert(), "Clip deleted");
    ann.upload("new", 500);
    say("after the backup");
    let seen = bob.poll();
    let new = room.listed();

    // Over FTP: what is in the backup replaces what is there, and the rest stays.
    copy(backup.path(), room.path());
    crate::support::give_away(room.path());
    let restored = bob.act("poll", "poll", json!({ "catCrc": seen["catCrc"], "ack": "" })).json();
    let files: Vec<Value> =
        restored["list"].as_array().expect("another list").iter().map(|row| row[0].clone()).collect();
    assert!(files.contains(&json!(old[0])) && files.contains(&json!(new[0])), "{restored}");
    let texts: Vec<_> =
        restored["messages"].as_array().expect("messages").iter().map(|message| message["text"].clone()).collect();
    assert_eq!(texts, ["before the backup"], "the mailbox is the backup's");
    assert_eq!(bob.upload("goes on", 400).alert(), "Server got a record of 1kB");
    let after = bob.poll();
    assert_eq!(after["list"].as_array().map(Vec::len), Some(3));
    for pulse in [&seen["pulse"], &restored["pulse"]] {
        assert_ne!(after["pulse"]["clips"], pulse["clips"], "no page takes it for what it has");
    }
    // Whoever held a name then holds it still.
    assert_eq!(ann.act("users", "online", json!({})).status, 200);
}
