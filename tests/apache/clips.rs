//! Clips: what is taken, what is kept, what goes.

use crate::support::{
    Folder, Process, Request, Site, blob, eventually, file_part, is_fcgid, multipart, multipart_type, now, read_answer,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Write;
use std::net::TcpStream;

/// The type that `multipart` gives the file.
const OCTETS: &[u8] = b"application/octet-stream";

/// The catalog and the media folder hold the same clips.
fn in_step(room: &Folder) -> usize {
    let listed: BTreeSet<_> = room.listed().into_iter().collect();
    assert_eq!(listed, room.clips().into_iter().collect());
    listed.len()
}

#[test]
fn every_format_is_taken_and_served_with_its_type() {
    let site = Site::start();
    let room = site.thread("room", "[common]\nmediaFolder=media_s3cret\n");
    let ann = site.browser("Ann", "room");
    let settings = ann.query("thread", &[("realm", "room")]).json();
    let formats = settings["formats"].as_array().expect("formats");
    for format in formats {
        let (mime, ext) = (format["mime"].as_str().expect("mime"), format["ext"].as_str().expect("ext"));
        let bytes = blob(ext, 1000);
        assert_eq!(ann.upload_with(&[("mime", mime), ("ext", ext)], &bytes).alert(), "Server got a record of 1kB");
        let name = room.listed().pop().expect("a clip");
        assert!(name.ends_with(&format!(".{ext}")), "{name}");
        let clip = ann.get(&format!("{}{name}", settings["media"].as_str().expect("media")));
        let kind = if ext == "webm" { "video/webm" } else { mime.split(';').next().expect("a type") };
        let served = clip.header("Content-Type").map(|kind| kind.replace("audio/x-wav", "audio/wav"));
        assert_eq!((clip.status, served.as_deref(), clip.body == bytes), (200, Some(kind), true), "{name}");
    }
    let exts: BTreeSet<_> = formats.iter().map(|format| format["ext"].as_str().expect("ext")).collect();
    assert_eq!(exts.into_iter().collect::<Vec<_>>(), ["m4a", "mp4", "oga", "wav", "webm"]);
    assert_eq!(in_step(&room), formats.len());
}

#[test]
fn the_type_that_a_browser_gives_the_file_itself_does_not_matter() {
    let site = Site::start();
    let room = site.thread("room", "[common]\n");
    let ann = site.browser("Ann", "room");
    // What browsers make of a recorded blob's type, as it is, though RFC 9110 wants quotes around the comma.
    let types =
        ["audio/webm;codecs=opus", "video/webm;codecs=vp8,opus", "video/mp4;codecs=avc1.42000a,mp4a.40.2", "?", ""];
    for (index, kind) in types.into_iter().enumerate() {
        let usual = multipart(&ann.upload_fields(&[]), Some(&blob("webm", 100)));
        let at = usual.windows(OCTETS.len()).position(|bytes| bytes == OCTETS).expect("the file's type");
        let body = [&usual[..at], kind.as_bytes(), &usual[at + OCTETS.len()..]].concat();
        let answer = ann.post("upload", &multipart_type(), body).checked().json();
        assert_eq!(answer["alert"], "Server got a record of 1kB", "{kind}: {answer}");
        assert_eq!(in_step(&room), index + 1);
    }
}

#[test]
fn an_unknown_format_is_refused_before_anything_is_stored() {
    let site = Site::start();
    let room = site.thread("room", "[common]\n");
    let ann = site.browser("Ann", "room");
    for (mime, ext) in
        [("audio/webm", "php"), ("text/html", "webm"), ("audio/webm", "webm.php"), ("audio/webm", "../webm")]
    {
        let answer = ann.upload_with(&[("mime", mime), ("ext", ext)], &blob("webm", 100));
        assert_eq!(answer.header("Mozchat-Error"), Some("bad-format"), "{mime} {ext}");
    }
    assert_eq!((room.listed().len(), room.clips().len(), room.leftovers().len()), (0, 0, 0));
}

#[test]
fn the_oldest_go_over_the_count_and_over_the_size() {
    let site = Site::start();
    let room = site.thread("room", "[common]\nmaxClipCount=3\nmaxBlobBytes=9000\nmaxMediaFolderBytes=20000\n");
    let ann = site.browser("Ann", "room");
    for description in ["1", "2", "3", "4", "5"] {
        ann.upload(description, 100);
    }
    assert_eq!(ann.sees(), ["3", "4", "5"]);
    for description in ["6", "7", "8"] {
        ann.upload(description, 8000);
    }
    assert_eq!(ann.sees(), ["7", "8"]);
    assert_eq!((in_step(&room), ann.poll()["free"].clone()), (2, json!(4000)));
}

#[test]
fn a_clip_that_is_larger_than_the_whole_folder_is_refused_and_the_others_stay() {
    let site = Site::start();
    let room = site.thread("room", "[common]\nmaxBlobBytes=90000\nmaxMediaFolderBytes=20000\n");
    let ann = site.browser("Ann", "room");
    ann.upload("one", 9000);
    ann.upload("two", 9000);
    let answer = ann.upload("giant", 20_001);
    assert_eq!(answer.header("Mozchat-Error"), Some("too-large"), "{}", answer.error());
    assert_eq!((ann.sees(), in_step(&room), room.leftovers().len()), (vec!["one".into(), "two".into()], 2, 0));
    assert_eq!(ann.upload("all of it", 20_000).alert(), "Server got a record of 20kB");
    assert_eq!((ann.sees(), in_step(&room)), (vec!["all of it".to_owned()], 1));
}

#[test]
fn zero_as_the_count_is_no_limit() {
    let site = Site::start();
    let room = site.thread("room", "[common]\nmaxClipCount=0\n");
    let ann = site.browser("Ann", "room");
    (0..25).for_each(|_| drop(ann.upload("", 10)));
    assert_eq!(in_step(&room), 25);
}

#[test]
fn expired_clips_go_first_when_room_is_needed() {
    let site = Site::start();
    let room = site.thread("room", "[common]\nmaxClipCount=3\nclipLifetimeSec=600\nhideExpired=0\n");
    let ann = site.browser("Ann", "room");
    ["one", "two", "three"].iter().for_each(|description| drop(ann.upload(description, 100)));
    // The second is made to expire now.
    let mut rows = room.catalog();
    rows[1][6] = json!(now() - 1);
    room.write("catalog.json", Value::from(rows).to_string());
    assert_eq!(ann.sees(), ["one", "two", "three"]);
    ann.upload("four", 100);
    assert_eq!((ann.sees(), in_step(&room)), (vec!["one".into(), "three".into(), "four".into()], 3));
}

#[test]
fn an_expired_clip_is_hidden_and_stays_until_it_is_asked_to_go() {
    let site = Site::start();
    let room = site.thread("room", "[common]\nclipLifetimeSec=1\nhideExpired=1\n");
    let ann = site.browser("Ann", "room");
    ann.upload("short", 100);
    eventually("the clip to expire", || ann.sees().is_empty().then_some(()));
    assert_eq!(in_step(&room), 1);
    assert_eq!(ann.act("delete", "removeExpired", json!({})).alert(), "1 expired clips deleted");
    assert_eq!(in_step(&room), 0);
    assert_eq!(ann.act("delete", "removeExpired", json!({})).alert(), "No outdated clips found");
}

#[test]
fn polls_sweep_expired_clips_where_the_settings_say_so() {
    let site = Site::start();
    let room = site.thread("room", "[common]\nclipLifetimeSec=4\nremoveExpiredFromDir=1\nhideExpired=0\n");
    let ann = site.browser("Ann", "room");
    ann.upload("short", 100);
    assert_eq!(ann.sees(), ["short"]);
    eventually("the clip to go", || ann.sees().is_empty().then_some(()));
    assert_eq!(in_step(&room), 0);
}

#[test]
fn a_deleted_clip_is_gone_at_once_and_only_its_author_may_delete_it() {
    let site = Site::start();
    let room = site.thread("room", "[common]\nmediaFolder=media1\n");
    let (ann, bob) = (site.browser("Ann", "room"), site.browser("Bob", "room"));
    ann.upload("mine", 100);
    let clip = room.listed().pop().expect("a clip");
    assert_eq!(bob.act("delete", "delete", json!({ "id": clip })).error(), "You are not permitted");
    for id in ["../../.ini", "/etc/passwd", "", "none.webm", ".ini"] {
        ann.act("delete", "delete", json!({ "id": id })).error();
    }
    assert_eq!(in_step(&room), 1);
    assert_eq!(ann.act("delete", "delete", json!({ "id": clip })).alert(), "Clip deleted");
    assert_eq!(ann.get(&format!("threads/room/media1/{clip}")).status, 404);
    assert_eq!(in_step(&room), 0);
}

#[test]
fn everything_is_cleared_only_where_the_settings_allow_it() {
    let site = Site::start();
    let room = site.thread("room", "[common]\n");
    let ann = site.browser("Ann", "room");
    ann.upload("one", 100);
    assert_eq!(ann.act("delete", "clearMedia", json!({})).error(), "You are not permitted");
    assert_eq!(in_step(&room), 1);
    room.write(".ini", "[common]\nallowClear=1\n");
    assert_eq!(ann.act("delete", "clearMedia", json!({})).alert(), "files cleared");
    assert_eq!(in_step(&room), 0);
}

#[test]
fn an_upload_that_is_sent_again_is_stored_once() {
    let site = Site::start();
    let room = site.thread("room", "[common]\nmaxClipCount=3\n");
    let ann = site.browser("Ann", "room");
    let upload = |id: &str| ann.upload_with(&[("uploadId", id)], &blob("webm", 1500)).json();
    let first = upload("0123456789abcdef");
    assert_eq!(first["alert"], "Server got a record of 2kB");
    assert_eq!(first, upload("0123456789abcdef"));
    assert_eq!((first["id"].as_str(), in_step(&room)), (Some(room.listed()[0].as_str()), 1));
    // Twenty at once, as from a page that is impatient on a bad line.
    let answers: BTreeSet<String> = std::thread::scope(|scope| {
        let sent: Vec<_> = (0..20).map(|_| scope.spawn(|| upload("fedcba9876543210").to_string())).collect();
        sent.into_iter().map(|answer| answer.join().expect("an answer")).collect()
    });
    assert_eq!((answers.len(), in_step(&room), room.leftovers().len()), (1, 2, 0), "{answers:?}");
    // Another user's upload of the same id is another clip, and one that has gone since does not come back.
    site.browser("Bob", "room").upload_with(&[("uploadId", "0123456789abcdef")], &blob("webm", 1500));
    assert_eq!(in_step(&room), 3);
    let id = first["id"].clone();
    assert_eq!(ann.act("delete", "delete", json!({ "id": id })).alert(), "Clip deleted");
    assert_eq!((upload("0123456789abcdef")["id"].clone(), in_step(&room)), (id, 2));
}

#[test]
fn dates_are_shifted_for_people_and_nothing_else_is() {
    let site = Site::start();
    let room = site.thread("room", "[common]\ntimeShiftHrs=5\nclipLifetimeSec=300\n");
    let ann = site.browser("Ann", "room");
    // In UTC, whatever the host's own zone is.
    let hour = |seconds: u64| seconds / 3600 % 24;
    let before = now();
    ann.upload("", 100);
    let row = room.catalog().remove(0);
    let shown = row[2].as_str().expect("a time").to_owned();
    let shown: u64 = shown[7..9].parse().expect("an hour");
    assert!((hour(before + 5 * 3600)..=hour(now() + 5 * 3600)).contains(&shown), "{shown}");
    assert!((before + 300..=now() + 300).contains(&row[6].as_u64().expect("expire")), "{row}");
}

#[test]
fn a_small_clip_is_stored_at_once_whatever_is_on_its_way() {
    if is_fcgid() {
        // It asks no program before it has the whole body.
        return;
    }
    let site = Site::start();
    let room = site.thread("room", "[common]\nmaxBlobBytes=300000\nmaxMediaFolderBytes=300000\n");
    let ann = site.browser("Ann", "room");
    let body = multipart(&ann.upload_fields(&[]), Some(&blob("webm", 290_000)));
    let bytes = Request::new("POST", "cgi-bin/upload.cgi").body(&multipart_type(), body).bytes();
    let mut line = TcpStream::connect(site.address()).expect("Apache listens");
    line.write_all(&bytes[..200_000]).expect("an open line");
    eventually("the upload to be on its way", || room.receiving().pop());
    let large = ann.upload("another large one", 290_000);
    assert_eq!((large.header("Mozchat-Error"), large.header("Retry-After")), (Some("busy"), Some("5")));
    ann.upload("a small one", 200_000).alert();
    line.write_all(&bytes[200_000..]).expect("an open line");
    assert_eq!(read_answer(&mut line).checked().alert(), "Server got a record of 290kB");
    assert_eq!((room.listed().len(), room.leftovers()), (1, vec![]), "the small one made room for it");
}

#[test]
fn an_upload_that_breaks_off_leaves_nothing_and_what_is_on_its_way_fits_into_the_thread() {
    if is_fcgid() {
        // It asks no program before it has the whole body.
        return;
    }
    let site = Site::start();
    let room = site.thread(
        "room",
        "[common]
maxBlobBytes=300000
maxMediaFolderBytes=900000
",
    );
    let ann = site.browser("Ann", "room");
    let begin = || {
        let body = multipart(&ann.upload_fields(&[]), Some(&blob("webm", 290_000)));
        let bytes = Request::new("POST", "cgi-bin/upload.cgi").body(&multipart_type(), body).bytes();
        let mut line = TcpStream::connect(site.address()).expect("Apache listens");
        let before = room.receiving().len();
        line.write_all(&bytes[..200_000]).expect("an open line");
        eventually("the upload to be on its way", || (room.receiving().len() > before).then_some(()));
        line
    };
    for _ in 0..2 {
        let lines = [begin(), begin(), begin()];
        assert_eq!((room.leftovers(), room.clips()), (vec![], vec![]), "it has no name");
        assert_eq!(ann.upload("one too many", 290_000).header("Mozchat-Error"), Some("busy"));
        // They go, all at once, and their programs with them.
        drop(lines);
        let program = site.program("upload");
        eventually("their end", || Process::all(&program).is_empty().then_some(()));
        assert_eq!((room.leftovers(), room.clips()), (vec![], vec![]));
        ann.upload("in between", 100).alert();
        assert_eq!(room.receiving(), Vec::<String>::new());
        let clip = room.listed().pop().expect("a clip");
        ann.act("delete", "delete", json!({ "id": clip })).alert();
    }
}

#[test]
fn who_uploads_all_the_time_takes_nothing_from_the_others() {
    let site = Site::start();
    site.thread("room", "[common]\nmaxClipCount=8\nmaxClipsPerMinute=0\n");
    let (ann, eve) = (site.browser("Ann", "room"), site.browser("Eve", "room"));
    ["a1", "a2", "a3"].iter().for_each(|description| drop(ann.upload(description, 100).alert()));
    (0..22).for_each(|n| drop(eve.upload(&format!("e{n}"), 100).alert()));
    assert_eq!(ann.sees(), ["a1", "a2", "a3", "e17", "e18", "e19", "e20", "e21"]);
}

#[test]
fn a_clip_that_comes_before_its_thread_is_named_is_refused_before_anything_is_stored() {
    let site = Site::start();
    let room = site.thread("room", "[common]\n");
    let ann = site.browser("Ann", "room");
    let fields = ann.upload_fields(&[("description", "late")]);
    let mut body = file_part(&blob("webm", 100));
    body.extend(multipart(&fields, None));
    let answer = ann.post("upload", &multipart_type(), body);
    assert_eq!(answer.header("Mozchat-Error"), Some("file-first"));
    assert!(answer.error().contains("realm"), "{}", answer.error());
    assert_eq!((ann.sees().len(), in_step(&room), room.leftovers().len()), (0, 0, 0));
}
