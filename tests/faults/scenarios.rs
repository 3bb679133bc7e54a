//! The requests that are struck by faults, each in a thread where it has much to do.

use crate::programs::Request;
use crate::room::Room;
use serde_json::{Value, json};
use std::fs::{self, File};

/// A thread and a request that changes it.
pub struct Scenario {
    pub name: &'static str,
    pub room: Room,
    pub request: Request,
    /// How many clips the thread may have at most.
    pub most_clips: usize,
    /// Whether a crash of the machine may undo it, although the page was told that it is done.
    pub is_forgettable: bool,
}

const MOST: usize = 3;

/// All of them.
pub fn all() -> Vec<Scenario> {
    vec![
        first_upload(),
        upload_that_evicts(),
        upload_sent_again(),
        deletion(),
        clearing(),
        expiry(),
        mending(),
        message(),
        call(),
        reading(),
        name_taken(),
    ]
}

/// A thread with clips of Ann's and Bob's and a message for Bob, both of whom hold their names.
fn lively(more_ini: &str) -> Room {
    let ini = format!("maxClipCount={MOST}\nmaxClipsPerMinute=0\nmaxMessagesPerMinute=0\n{more_ini}");
    let mut room = Room::new(&ini);
    room.settle("Ann");
    room.settle("Bob");
    // More than are kept, so that some have gone already.
    for description in ["zero", "one", "two", "three"] {
        room.uploaded(if description == "two" { "Bob" } else { "Ann" }, description);
    }
    room.done("Ann", "chat", "relay", &json!({ "target": "Bob", "type": "message", "text": "before" }));
    room
}

fn scenario(name: &'static str, room: Room, request: Request) -> Scenario {
    Scenario { name, room, request, most_clips: MOST, is_forgettable: false }
}

fn first_upload() -> Scenario {
    let room = Room::new("maxClipsPerMinute=0\n");
    let request = room.upload("Ann", "first");
    Scenario { most_clips: 20, ..scenario("the first upload", room, request) }
}

fn upload_that_evicts() -> Scenario {
    let room = lively("");
    let request = room.upload("Ann", "four");
    scenario("an upload that evicts", room, request)
}

fn upload_sent_again() -> Scenario {
    let room = lively("");
    let request = room.upload("Ann", "one");
    scenario("an upload sent again", room, request)
}

fn deletion() -> Scenario {
    let room = lively("");
    let request = room.request("Ann", "delete", "delete", &json!({ "id": file_of(&room, "one") }));
    scenario("a deletion", room, request)
}

fn clearing() -> Scenario {
    let room = lively("allowClear=1\n");
    let request = room.request("Bob", "delete", "clearMedia", &json!({}));
    scenario("a clearing", room, request)
}

fn expiry() -> Scenario {
    let room = lively("removeExpiredFromDir=1\n");
    let path = room.file("catalog.json");
    let time = fs::metadata(&path).and_then(|metadata| metadata.modified()).expect("a time");
    let mut rows: Value = serde_json::from_slice(&fs::read(&path).expect("the catalog")).expect("JSON");
    rows[0][6] = json!(1_000_000_000);
    rows[1][6] = json!(1_000_000_000);
    fs::write(&path, rows.to_string()).expect("the catalog");
    File::options().append(true).open(&path).and_then(|file| file.set_modified(time)).expect("its old time");
    let request = room.request("Bob", "users", "online", &json!({}));
    scenario("an expiry", room, request)
}

/// The admin has removed one clip over FTP, and a crash has left the next catalog.
fn mending() -> Scenario {
    let room = lively("");
    fs::remove_file(room.file("media1").join(file_of(&room, "two"))).expect("the clip");
    fs::write(room.file(".upload-7.tmp"), "half of a clip").expect("a leftover");
    let request = room.request("Bob", "poll", "poll", &json!({ "catCrc": "", "ack": "" }));
    scenario("a mending", room, request)
}

fn message() -> Scenario {
    let room = lively("");
    let more = json!({ "target": "Bob", "type": "message", "text": "after" });
    let request = room.request("Ann", "chat", "relay", &more);
    scenario("a message", room, request)
}

fn call() -> Scenario {
    let room = lively("");
    let more = json!({ "target": "Bob", "type": "invite", "sid": "abcdefghij", "text": "call" });
    let request = room.request("Ann", "chat", "logNrelay", &more);
    scenario("a call", room, request)
}

fn reading() -> Scenario {
    let mut room = lively("");
    room.done("Ann", "chat", "relay", &json!({ "target": "Bob", "type": "message", "text": "stays" }));
    let news = room.done("Bob", "poll", "poll", &json!({ "catCrc": "", "ack": "" }));
    let id = news["messages"][0]["id"].as_str().expect("a message").to_owned();
    let request = room.request("Bob", "users", "online", &json!({ "ack": id }));
    Scenario { is_forgettable: true, ..scenario("a message that was read", room, request) }
}

/// Carl comes for the second time, so the name becomes his.
fn name_taken() -> Scenario {
    let mut room = lively("");
    room.done("Carl", "users", "online", &json!({}));
    let request = room.request("Carl", "users", "online", &json!({}));
    scenario("a name that is taken", room, request)
}

/// The file of the clip with this description.
fn file_of(room: &Room, description: &str) -> String {
    let text = fs::read(room.file("catalog.json")).expect("the catalog");
    let rows: Vec<Value> = serde_json::from_slice(&text).expect("JSON");
    let row = rows.iter().find(|row| row[7] == description).expect("the clip");
    row[0].as_str().expect("a name").to_owned()
}
