//! Requests that no page sends: each gets a clear answer, stores nothing, and spoils nothing.

use crate::support::site::Host;
use crate::support::{
    Answer, BOUNDARY, Direct, Folder, Request, Site, blob, eventually, file_part, is_fcgid, multipart, multipart_type,
};
use serde_json::json;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::time::{Duration, Instant};

const INI: &str = "[common]\nmaxBlobBytes=9000\nmaxMediaFolderBytes=30000\n[auth]\nnameHoldDays=0\n";
/// What a program that streams can do with; far less than the requests below claim to need.
const LITTLE_MEMORY: u32 = 8 * 1024;

/// Nothing was stored and nothing left behind, and the thread still takes a clip.
fn nothing_happened(site: &Site, room: &Folder) {
    assert_eq!((room.listed(), room.clips(), room.leftovers()), (vec![], vec![], vec![]));
    still_works(site, room);
}

fn still_works(site: &Site, room: &Folder) {
    let ann = site.browser("Ann", "room");
    assert_eq!(ann.upload("after it", 100).alert(), "Server got a record of 1kB");
    let clip = room.listed().pop().expect("the clip");
    assert_eq!(ann.act("delete", "delete", json!({ "id": clip })).alert(), "Clip deleted");
}

/// The same after a line that went dead, where Apache may answer in the program's place and kill it: what that
/// leaves is no clip, and is swept by the next upload.
fn nothing_lasts(site: &Site, room: &Folder) {
    assert_eq!((room.listed(), room.clips()), (vec![], vec![]));
    eventually("what was left to be swept", || {
        still_works(site, room);
        (room.leftovers().is_empty() && room.receiving().is_empty()).then_some(())
    });
}

fn post(body_type: &str, length: &str, body: Vec<u8>) -> Request {
    Request::new("POST", "cgi-bin/upload.cgi").body_said_to_be(length, body_type, body)
}

#[test]
fn a_form_without_a_boundary_is_refused() {
    let site = Site::start();
    let room = site.thread("room", INI);
    let ann = site.browser("Ann", "room");
    let body = multipart(&ann.upload_fields(&[]), Some(&blob("webm", 100)));
    for kind in ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=another"] {
        let answer = ann.post("upload", kind, body.clone()).checked();
        assert_eq!(answer.status, 400, "{kind}");
        assert!(!answer.error().is_empty());
        nothing_happened(&site, &room);
    }
}

/// Whether a body that is cut off was refused. Apache sees first that the line is dead, and may say so in its own words;
/// mod_fcgid, which asks no program before it has the whole body, calls it an error of its own.
fn is_refusal(answer: &Answer) -> bool {
    answer.status == 400 || (is_fcgid() && answer.status == 500)
}

#[test]
fn a_body_that_is_cut_off_is_refused_wherever_the_cut_is() {
    let site = Site::start();
    let room = site.thread("room", INI);
    let whole = multipart(&site.browser("Ann", "room").upload_fields(&[]), Some(&blob("webm", 3000)));
    let length = whole.len().to_string();
    for cut in [0, 10, 300, whole.len() - 2000, whole.len() - BOUNDARY.len(), whole.len() - 3] {
        let request = post(&multipart_type(), &length, whole[..cut].to_vec());
        let answer = request.send_and_hang_up(site.address());
        assert!(is_refusal(&answer), "cut at {cut}: {answer:?}");
        nothing_lasts(&site, &room);
    }
}

#[test]
fn a_content_length_that_is_too_small_or_too_large_is_refused() {
    let site = Site::start();
    let room = site.thread("room", INI);
    let body = multipart(&site.browser("Ann", "room").upload_fields(&[]), Some(&blob("webm", 3000)));
    let too_small = post(&multipart_type(), "1500", body.clone()).send(site.address()).checked();
    assert_eq!((too_small.status, too_small.header("Mozchat-Error")), (400, Some("cut-off")), "{too_small:?}");
    nothing_happened(&site, &room);
    let too_large = post(&multipart_type(), "9999", body).send_and_hang_up(site.address());
    assert!(is_refusal(&too_large), "{too_large:?}");
    nothing_lasts(&site, &room);
    for nonsense in ["x", "-5", "99999999999999999999999999"] {
        let answer = post(&multipart_type(), nonsense, Vec::new()).send_and_hang_up(site.address());
        assert!((400..500).contains(&answer.status) || is_refusal(&answer), "{nonsense}: {answer:?}");
    }
    nothing_lasts(&site, &room);
}

#[test]
fn two_gigabytes_are_refused_when_the_client_stops_and_need_no_memory() {
    let site = Site::start();
    let room = site.thread("room", INI);
    let body = multipart(&site.browser("Ann", "room").upload_fields(&[]), Some(&blob("webm", 100_000)));
    let began = Instant::now();
    let answer = post(&multipart_type(), "2147483648", body.clone()).send_and_hang_up(site.address());
    assert!(matches!(answer.status, 200 | 413) || is_refusal(&answer), "{answer:?}");
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    nothing_lasts(&site, &room);

    let threads = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(threads.path().join("room")).expect("a folder");
    std::fs::write(threads.path().join("room/.ini"), INI).expect(".ini");
    let began = Instant::now();
    let said = Direct::new("upload", threads.path(), LITTLE_MEMORY)
        .with("REQUEST_METHOD", "POST")
        .with("CONTENT_TYPE", multipart_type())
        .with("CONTENT_LENGTH", "2147483648")
        .answer(&body);
    assert_eq!(said.answer.error(), "File is too big, server allows only 9kB");
    println!("2 GB announced: refused after {:?} within {LITTLE_MEMORY} kB of memory", began.elapsed());
    let said = Direct::new("poll", threads.path(), LITTLE_MEMORY)
        .with("REQUEST_METHOD", "POST")
        .with("CONTENT_TYPE", "application/json")
        .with("CONTENT_LENGTH", "2147483648")
        .answer(b"{\"user\":");
    assert_eq!((said.answer.status, said.answer.header("Mozchat-Error")), (413, Some("too-large")));
}

#[test]
fn two_clips_in_one_upload_are_refused() {
    let site = Site::start();
    let room = site.thread("room", INI);
    let ann = site.browser("Ann", "room");
    let fields = multipart(&ann.upload_fields(&[]), None);
    let end = fields.len() - format!("--{BOUNDARY}--\r\n").len();
    let clip = file_part(&blob("webm", 100));
    let body = [&fields[..end], &clip, &clip, &fields[end..]].concat();
    let answer = ann.post("upload", &multipart_type(), body).checked();
    assert_eq!((answer.status, answer.header("Mozchat-Error")), (400, Some("two-files")));
    nothing_happened(&site, &room);
}

#[test]
fn a_clip_of_no_bytes_is_refused() {
    let site = Site::start();
    let room = site.thread("room", INI);
    let answer = site.browser("Ann", "room").upload("nothing", 0);
    assert_eq!(answer.header("Mozchat-Error"), Some("empty"), "{}", answer.error());
    nothing_happened(&site, &room);
}

#[test]
fn a_thread_is_never_looked_for_outside_the_threads() {
    let site = Site::start();
    let room = site.thread("room", INI);
    let inside = room.path().display().to_string();
    let long = "x".repeat(10_000);
    for realm in
        ["../room", "../../threads/room", "room/..", "/etc", &inside, "", ".", "..", ".ini", "room\0", "\0", &long]
    {
        let ann = site.browser("Ann", realm);
        let words = ann.upload("x", 100).error();
        assert!(words.len() < 200, "the name is repeated: {words}");
        let fields = [("user", "Ann"), ("realm", realm), ("act", "poll")];
        // 10,000 characters are more than Apache takes in an address.
        if realm.len() < 8000 {
            ann.query("poll", &fields).error();
            ann.query("thread", &fields[1..2]).error();
        }
        ann.form("poll", &fields).error();
        ann.act("delete", "clearMedia", json!({})).error();
        ann.act("chat", "relay", json!({ "target": "*", "type": "message" })).error();
    }
    let too_long = site.browser("Ann", &long).get(&format!("cgi-bin/poll.cgi?user=Ann&act=poll&realm={long}"));
    assert_eq!(too_long.status, 414);
    nothing_happened(&site, &room);
}

#[test]
fn names_in_emoji_work() {
    let site = Site::start();
    let room = site.thread("room", INI);
    let fox = site.browser("🦊 Лис", "room");
    assert_eq!(fox.upload("🎺", 100).alert(), "Server got a record of 1kB");
    assert_eq!(room.catalog()[0][1], "🦊 Лис");
    assert_eq!(fox.sees(), ["🎺"]);
    assert_eq!(fox.poll()["users"], json!(["🦊 Лис"]));
    let thirty = "🦊".repeat(30);
    assert_eq!(site.browser(&thirty, "room").upload("", 100).alert(), "Server got a record of 1kB");
    assert_eq!(site.browser(&format!("{thirty}🦊"), "room").upload("", 100).error(), "Too long username");
}

#[test]
fn bytes_that_are_no_utf8_are_refused_in_every_encoding() {
    let site = Site::start();
    let room = site.thread("room", INI);
    let ann = site.browser("Ann", "room");
    let query = ann.get("cgi-bin/poll.cgi?user=A%ff&realm=room&act=poll").checked();
    let form = ann.post("poll", "application/x-www-form-urlencoded", "user=A%ff&realm=room&act=poll").checked();
    let json =
        ann.post("poll", "application/json", *b"{\"user\":\"A\xff\",\"realm\":\"room\",\"act\":\"poll\"}").checked();
    let mut body = multipart(&ann.upload_fields(&[("user", "A@")]), Some(&blob("webm", 100)));
    let at = body.iter().position(|byte| *byte == b'@').expect("the mark");
    body[at] = 0xff;
    let parts = ann.post("upload", &multipart_type(), body).checked();
    for answer in [query, form, json, parts] {
        assert_eq!((answer.status, answer.header("Mozchat-Error")), (400, Some("not-utf8")), "{}", answer.error());
    }
    nothing_happened(&site, &room);
}

#[test]
fn what_changes_something_refuses_get() {
    let site = Site::start();
    let room = site.thread("room", INI);
    let ann = site.browser("Ann", "room");
    ann.upload("mine", 100);
    let clip = room.listed().pop().expect("a clip");
    let acts = [
        ("upload", "uploadBlob"),
        ("upload", "delete"),
        ("upload", "clearMedia"),
        ("upload", "relay"),
        ("delete", "delete"),
        ("delete", "removeExpired"),
        ("chat", "relay"),
        ("users", "online"),
        ("users", "bye"),
    ];
    for (program, act) in acts {
        let fields = [("user", "Ann"), ("realm", "room"), ("act", act), ("id", &clip), ("target", "Bob")];
        let answer = ann.query(program, &fields);
        assert_eq!((answer.status, answer.header("Allow")), (405, Some("GET, HEAD, POST")), "{program} {act}");
        assert!(!answer.error().is_empty());
    }
    assert_eq!(room.listed(), [clip]);
}

#[test]
fn other_methods_and_other_programs_do_not_exist() {
    let site = Site::start();
    let room = site.thread("room", INI);
    let ann = site.browser("Ann", "room");
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "BREW"] {
        let answer = ann.send(Request::new(method, "cgi-bin/upload.cgi?user=Ann&realm=room&act=delete"));
        assert!(matches!(answer.status, 405 | 501), "{method}: {answer:?}");
    }
    for name in ["nosuch.cgi", "", "mozchat.ini", ".htaccess", "upload", "upload.cgi.bak"] {
        assert!(matches!(ann.get(&format!("cgi-bin/{name}")).status, 403 | 404), "{name}");
    }
    nothing_happened(&site, &room);
}

#[test]
fn broken_json_is_refused() {
    let site = Site::start();
    let room = site.thread("room", INI);
    let ann = site.browser("Ann", "room");
    let deep = format!("{{\"user\":{}", "[".repeat(200_000));
    for body in ["{", "[]", "null", "{\"user\":\"Ann\"", "\u{feff}{}", &deep] {
        for program in ["upload", "poll", "users", "delete", "chat", "thread"] {
            let answer = ann.post(program, "application/json", body).checked();
            assert_eq!(answer.status, 400, "{program} {}: {}", &body[..body.len().min(20)], answer.error());
        }
    }
    nothing_happened(&site, &room);
}

#[test]
fn odd_variables_are_survived() {
    let threads = tempfile::tempdir().expect("a folder");
    let no_utf8 = OsStr::from_bytes(b"\xff\xfe=\x80");
    for program in ["upload", "poll", "users", "delete", "chat", "thread"] {
        for variable in ["REQUEST_METHOD", "QUERY_STRING", "CONTENT_TYPE", "CONTENT_LENGTH", "SERVER_PROTOCOL"] {
            let said = Direct::new(program, threads.path(), LITTLE_MEMORY).with(variable, no_utf8).answer_to_whole(b"");
            assert!(!said.answer.error().is_empty(), "{program} {variable}");
        }
        let odd = [("SERVER_PROTOCOL", "HTTP/9.9"), ("HTTP_HOST", ""), ("REMOTE_ADDR", "nobody"), ("SERVER_PORT", "x")];
        let direct = Direct::new(program, threads.path(), LITTLE_MEMORY).with("HTTP_ODD", no_utf8);
        let said = odd.into_iter().fold(direct, |direct, (name, value)| direct.with(name, value)).answer_to_whole(b"");
        assert!(!said.answer.error().is_empty() && said.complaints.is_empty(), "{program}: {}", said.complaints);
    }
}

#[test]
fn threads_that_are_nowhere_are_an_error_that_says_where_they_were_looked_for() {
    let said = Direct::new("thread", "/nonexistent/threads".as_ref(), LITTLE_MEMORY).answer_to_whole(b"");
    assert_eq!(said.answer.status, 500);
    assert!(said.answer.error().contains("/nonexistent/threads"), "{}", said.answer.error());
    assert!(said.complaints.contains("/nonexistent/threads"), "{}", said.complaints);
}

/// A thread whose folder has this name, as the page meets it: by the addresses that it is given.
fn works_by_its_addresses(site: &Site, name: &str) {
    let room = site.thread(name, "[common]\nmediaFolder=media1\n");
    let ann = site.browser("Ann", name);
    let settings = ann.query("thread", &[("realm", name), ("user", "Ann")]).json();
    assert_eq!(settings["thread"], name);
    assert_eq!(ann.upload("one", 1500).alert(), "Server got a record of 2kB", "{name}");
    assert_eq!(ann.sees(), ["one"]);
    let [media, pulse] = ["media", "pulse"].map(|key| settings[key].as_str().expect(key).to_owned());
    let clip = ann.get(&format!("{media}{}", room.listed()[0]));
    assert_eq!((clip.status, clip.body.len()), (200, 1500), "{media}");
    assert_eq!(ann.get(&pulse).status, 200, "{pulse}");
    let folder = pulse.trim_end_matches("pulse.json");
    assert_eq!(ann.get(folder).status, 200, "{folder}");
    for hidden in [".ini", "catalog.json", "users.json"] {
        assert_ne!(ann.get(&format!("{folder}{hidden}")).status, 200, "{folder}{hidden}");
    }
}

#[test]
fn a_folder_that_worked_as_a_thread_works_whatever_its_name() {
    let site = Site::start();
    for name in ["my room", "комната №1", "हिन्दी", "Tom & Jerry's", "100% (really?) #2", "a+b=c;d,e!"]
    {
        works_by_its_addresses(&site, name);
    }
    let ann = site.browser("Ann", "room");
    for bad in ["..", ".", ".git", "a/b", "a\\b", "../mediaForum", "a<b", " a", "js", "a\nb"] {
        let answer = ann.query("thread", &[("realm", bad), ("user", "Ann")]);
        assert!(
            ["bad-thread", "reserved-thread"].contains(&answer.header("Mozchat-Error").unwrap_or_default()),
            "{bad}"
        );
    }
}

#[test]
fn a_folder_without_an_ini_is_a_thread_with_the_defaults() {
    let site = Site::start();
    let room = site.thread("bare", "");
    std::fs::remove_file(room.file(".ini")).expect(".ini");
    let ann = site.browser("Ann", "bare");
    let settings = ann.query("thread", &[("realm", "bare"), ("user", "Ann")]).json();
    assert_eq!(
        (&settings["limits"]["maxBlobBytes"], &settings["limits"]["maxClipCount"]),
        (&json!(50_000), &json!(20))
    );
    assert_eq!(ann.upload("one", 1000).alert(), "Server got a record of 1kB");
    assert_eq!((ann.sees(), room.clips().len()), (vec!["one".to_owned()], 1));
    // One whose .ini is away for a moment forgets nothing and lets nobody in.
    let closed = site.thread("closed", "[common]\nmediaFolder=media1234\n");
    let eve = site.browser("Eve", "closed");
    eve.upload("kept", 1000);
    let ini = closed.read(".ini");
    std::fs::remove_file(closed.file(".ini")).expect(".ini");
    assert_eq!(eve.act("poll", "poll", json!({ "catCrc": "", "ack": "" })).status, 500);
    closed.write(".ini", ini);
    assert_eq!(eve.sees(), ["kept"]);
}

/// What the clock of a place in Nepal shows, where no other zone's minutes do.
fn in_kathmandu() -> String {
    let mut date = std::process::Command::new("date");
    let said = date.arg("+%b_%d_%H:%M").env("TZ", "Asia/Kathmandu").env("LC_ALL", "C").output().expect("date");
    String::from_utf8(said.stdout).expect("UTF-8").trim().to_owned()
}

#[test]
fn the_times_that_old_pages_get_are_those_of_the_hosts_time_zone() {
    let more = if is_fcgid() {
        "FcgidInitialEnv TZ Asia/Kathmandu\n"
    } else {
        "LoadModule env_module /usr/lib/apache2/modules/mod_env.so\nSetEnv TZ Asia/Kathmandu\n"
    };
    let site = Site::on(&Host { more, ..Host::default() });
    let room = site.thread("room", "[common]\nmediaFolder=media1\n");
    let ann = site.browser("Ann", "room");
    let before = in_kathmandu();
    ann.upload("one", 100);
    ann.act("chat", "logNrelay", json!({ "target": "Bob", "type": "accept", "sid": "s1", "video": "audio" }));
    let after = in_kathmandu();
    let shown = room.catalog()[0][2].as_str().expect("a time").to_owned();
    assert!(
        [&before, &after].iter().any(|time| shown.starts_with(time.as_str())),
        "{shown} is not {before} to {after}"
    );
    let log = room.read("calls.csv");
    assert!([&before, &after].iter().any(|time| log.contains(&time[7..])), "{log} {before}");
}
