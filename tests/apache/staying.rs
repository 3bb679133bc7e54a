//! Programs that stay (mod_fcgid): they serve one request after the other, and end when they should. Under the other
//! modules there is nothing to see here.

use crate::support::site::Host;
use crate::support::{Process, Request, Site, blob, eventually, is_fcgid, multipart, multipart_type, now, read_answer};
use fs2::FileExt;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::process::Command;

/// The programs NAME that run just now, by their numbers.
fn running(site: &Site, name: &str) -> Vec<u32> {
    Process::all(&site.program(name)).iter().map(Process::id).collect()
}

/// A site with a program that stays: `users`, and who has asked it first.
fn started(site: &Site) -> u32 {
    site.browser("Ann", "room").act("users", "online", json!({}));
    let [process] = running(site, "users")[..] else { panic!("{:?}", running(site, "users")) };
    process
}

#[test]
fn one_process_serves_one_request_after_the_other_and_keeps_nothing_between_them() {
    if !is_fcgid() {
        return;
    }
    let site = Site::start();
    let room = site.thread("room", "[common]\nuserStatusFadeS=60\n");
    let process = started(&site);
    let bob = site.browser("Bob", "room");
    for round in 0..20 {
        // Behind its back.
        room.write("users.json", format!(r#"{{"online":{{"Eve{round}":[{},""]}}}}"#, now() + 50));
        let who = bob.act("users", "online", json!({})).json();
        assert_eq!(who["users"], json!(["Bob", format!("Eve{round}")]));
    }
    room.write(".ini", "[common]\nmediaFolder=elsewhere\ntitle=x\n[auth]\npassword=secret\n");
    assert_eq!(bob.act("users", "online", json!({})).header("Mozchat-Error"), Some("password"));
    assert_eq!(running(&site, "users"), [process]);
}

#[test]
fn it_ends_when_it_is_told_to_and_the_next_request_starts_another() {
    if !is_fcgid() {
        return;
    }
    let site = Site::start();
    site.thread("room", "[common]\n");
    for signal in ["TERM", "USR1"] {
        let process = started(&site);
        Process::of(&site, "users").signal(signal);
        eventually("its end", || (!running(&site, "users").contains(&process)).then_some(()));
        assert_ne!(started(&site), process);
    }
}

#[test]
fn it_ends_when_nobody_has_asked_it_for_a_while_and_the_next_request_starts_another() {
    if !is_fcgid() {
        return;
    }
    let site = Site::on(&Host { more: "FcgidInitialEnv MOZCHAT_IDLE_SEC 1\n", ..Host::default() });
    site.thread("room", "[common]\n");
    let process = started(&site);
    // mod_fcgid itself would wait for five minutes.
    eventually("its end", || running(&site, "users").is_empty().then_some(()));
    assert_ne!(started(&site), process);
}

#[test]
fn it_finishes_what_it_is_doing_when_it_is_told_to_end() {
    if !is_fcgid() {
        return;
    }
    let site = Site::start();
    let room = site.thread("room", "[common]\n");
    let ann = site.browser("Ann", "room");
    ann.upload("first", 100);
    let lock = File::create(room.file(".lock")).expect(".lock");
    lock.lock_exclusive().expect("the lock");
    let body = multipart(&ann.upload_fields(&[("description", "second")]), Some(&blob("webm", 100)));
    let request = ann.with_cookies(Request::new("POST", "cgi-bin/upload.cgi").body(&multipart_type(), body));
    let mut line = request.begin(site.address());
    let process = Process::of(&site, "upload");
    let lock_file = room.file(".lock").canonicalize().expect(".lock");
    eventually("the program to wait for the lock", || {
        process.open_files().iter().any(|(file, _)| *file == lock_file).then_some(())
    });
    process.signal("TERM");
    FileExt::unlock(&lock).expect("the lock");
    assert!(read_answer(&mut line).checked().alert().starts_with("Server got"));
    eventually("its end", || (!running(&site, "upload").contains(&process.id())).then_some(()));
    assert_eq!(room.listed().len(), 2);
}

#[test]
fn a_new_version_of_its_file_takes_over_and_no_request_is_lost() {
    if !is_fcgid() {
        return;
    }
    let site = Site::start();
    site.thread("room", "[common]\n");
    let old = started(&site);
    let bob = site.browser("Bob", "room");
    let program = site.program("users");
    let new = program.with_extension("new");
    // Not copied by this process: what other tests start meanwhile would have the copy open for writing.
    assert!(Command::new("cp").arg(&program).arg(&new).status().is_ok_and(|status| status.success()), "a copy");
    fs::rename(&new, &program).expect("a new version");
    for _ in 0..20 {
        let who = bob.act("users", "online", json!({}));
        assert_eq!((who.status, who.json()["error"].clone()), (200, Value::Null));
    }
    // Apache may ask the new one at once; then the old one has nothing to do, and Apache ends it some time.
    let still: Vec<_> = running(&site, "users");
    assert!(!still.is_empty() && !still.contains(&old), "{still:?} {old}");
}
