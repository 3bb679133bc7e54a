//! A file system that lacks something: locks, or a rename that replaces what is there. Nothing works then, and it is
//! said to the person and to the admin; nothing is lost, and all goes on where the file system is another one.

use crate::programs::{Request, is_done};
use crate::room::Room;
use crate::trace::calls;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// What such a file system answers.
const LACKS: [(&str, &str, &str); 6] = [
    ("flock", "ENOLCK", "has no locks"),
    ("flock", "ENOSYS", "can't do that"),
    ("flock", "EOPNOTSUPP", "can't do that"),
    ("rename", "EPERM", "may not write there"),
    ("rename", "EEXIST", "File exists"),
    ("rename", "EXDEV", "ross-device"),
];

fn without(call: &str, error: &str) -> Vec<String> {
    ["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={call}"), "-e", &format!("inject={call}:error={error}")]
        .map(str::to_owned)
        .into()
}

/// Everything that changes something.
fn requests(room: &Room, clip: &str) -> Vec<Request> {
    let talk = json!({ "target": "Bob", "type": "message", "text": "hi" });
    let call = json!({ "target": "Bob", "type": "invite", "sid": "s1" });
    vec![
        room.upload("Ann", "another"),
        room.request("Ann", "chat", "relay", &talk),
        room.request("Ann", "chat", "logNrelay", &call),
        room.request("Ann", "delete", "delete", &json!({ "id": clip })),
        room.request("Ann", "users", "bye", &json!({})),
        room.request("Cy", "users", "online", &json!({})),
    ]
}

#[test]
fn what_the_file_system_can_not_do_is_said_and_costs_nothing() {
    let mut room = Room::new("");
    room.settle("Ann");
    let clip = room.uploaded("Ann", "first");
    let unwanted = room.uploaded("Ann", "unwanted");
    room.done("Ann", "chat", "relay", &json!({ "target": "Bob", "type": "message", "text": "kept" }));
    let mut said = 0;
    for (call, error, words) in LACKS {
        let here = room.copy();
        for request in requests(&here, &unwanted) {
            let outcome = request.run_with(&here.threads(), &without(call, error));
            let answer = outcome.answer.unwrap_or_else(|| panic!("{call} {error}: {}", outcome.complaints));
            let to_page = String::from_utf8_lossy(&answer.body).into_owned();
            // A clip that is removed is gone; that the catalog can't be replaced is mended by whoever looks next.
            let is_gone = request.program == "delete" && call == "rename";
            assert_eq!(answer.status >= 500, !is_gone, "{call} {error} {}: {to_page}", request.program);
            assert!(is_gone || to_page.contains(words), "{call} {error} {}: {to_page}", request.program);
            assert!(outcome.complaints.contains("mozchat: "), "the admin finds it in the log: {}", outcome.complaints);
            said += 1;
        }
        // Elsewhere, or with other options of the mount, all is there, and goes on.
        let mut here = here;
        let seen = here.done("Bob", "poll", "poll", &json!({ "catCrc": "", "ack": "" }));
        let clips: Vec<&Value> = seen["list"].as_array().expect("a list").iter().map(|row| &row[0]).collect();
        // The other one may have gone, as its author wanted.
        assert!(clips.contains(&&json!(clip)) && clips.len() <= 2, "{call} {error}: {clips:?}");
        assert_eq!(seen["messages"][0]["text"], "kept", "{call} {error}");
        here.uploaded("Ann", "another");
        let left: Vec<_> = here.names("").into_iter().filter(|name| name.ends_with(".tmp")).collect();
        assert!(left.is_empty(), "{call} {error}: {left:?}");
    }
    println!("{said} requests on file systems that lack something");
}

/// One call of a program fails, once.
fn once(call: &str, error: &str, nth: usize) -> Vec<String> {
    let inject = format!("inject={call}:error={error}:when={nth}");
    ["-qq", "-o", "/dev/null", "-e", &format!("trace={call}"), "-e", &inject].map(str::to_owned).into()
}

/// NFS: what was opened for reading only can't be locked.
#[test]
fn a_file_system_that_locks_only_what_may_be_written_is_as_good_as_any() {
    let place = tempfile::tempdir().expect("a folder");
    let library = place.path().join("locks.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/locks.c");
    let compiled = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source).status();
    assert!(compiled.expect("a C compiler").success());
    let library = library.to_str().expect("UTF-8");
    let mut room = Room::new("");
    room.settle("Ann");
    let clip = room.uploaded("Ann", "first");
    for request in requests(&room, &clip) {
        // As for a test, not as packaged: a library can't be slipped under a program that is linked statically.
        let program = match request.program {
            "upload" => env!("CARGO_BIN_EXE_upload"),
            "chat" => env!("CARGO_BIN_EXE_chat"),
            "users" => env!("CARGO_BIN_EXE_users"),
            "delete" => env!("CARGO_BIN_EXE_delete"),
            other => panic!("{other}"),
        };
        let said = request.run_as(Command::new(program), &room.threads(), &[("LD_PRELOAD", library)]);
        let answer = said.answer.unwrap_or_else(|| panic!("{}: {}", request.program, said.complaints));
        assert!(is_done(&answer), "{}: {}", request.program, String::from_utf8_lossy(&answer.body));
    }
}

/// GlusterFS: a path that was replaced a moment ago is stale.
#[test]
fn a_path_that_is_stale_for_a_moment_is_opened_again() {
    let mut room = Room::new("");
    room.settle("Ann");
    let clip = room.uploaded("Ann", "first");
    let mut tried = 0;
    for request in requests(&room, &clip) {
        let ours = |call: &crate::trace::Call| {
            ["open", "openat", "statx", "newfstatat", "rename"].contains(&call.name.as_str())
                && call.rest.contains("/room/")
        };
        for call in calls(&request, &room.copy().threads(), &[]).0.iter().filter(|call| ours(call)) {
            let said = request.run_with(&room.copy().threads(), &once(&call.name, "ESTALE", call.nth));
            let answer = said.answer.unwrap_or_else(|| panic!("{}: {}", request.program, said.complaints));
            let words = String::from_utf8_lossy(&answer.body);
            assert!(is_done(&answer), "{} {}({}: {words}", request.program, call.name, call.rest);
            tried += 1;
        }
    }
    println!("{tried} paths were stale for a moment");
    assert!(tried > 30);
}

#[test]
fn a_clip_is_stored_where_a_file_can_not_be_without_a_name_or_not_get_one_or_the_clips_are_on_another_disk() {
    let room = Room::new("");
    let upload = room.upload("Ann", "first");
    let calls = calls(&upload, &room.copy().threads(), &[]).0;
    let unnamed = calls.iter().find(|call| call.rest.contains("O_TMPFILE")).expect("a file without a name");
    let mut faults = vec![];
    for error in ["EOPNOTSUPP", "EISDIR", "EINVAL"] {
        faults.push(once(&unnamed.name, error, unnamed.nth));
    }
    for error in ["EXDEV", "ENOENT", "EPERM", "EOPNOTSUPP", "EMLINK"] {
        faults.push(once("linkat", error, 1));
        // Nor can the copy get a name.
        faults.push(without("linkat", error));
    }
    for fault in faults {
        let mut room = room.copy();
        let said = upload.run_with(&room.threads(), &fault);
        let answer = said.answer.unwrap_or_else(|| panic!("{fault:?}: {}", said.complaints));
        assert!(is_done(&answer), "{fault:?}: {}", String::from_utf8_lossy(&answer.body));
        let seen = room.done("Bob", "poll", "poll", &json!({ "catCrc": "", "ack": "" }));
        let name = seen["list"][0][0].as_str().expect("a clip").to_owned();
        assert_eq!(room.names("media1"), [name.as_str()], "{fault:?}");
        let bytes = std::fs::read(room.file("media1").join(name)).expect("the clip");
        assert_eq!(bytes, crate::room::clip("first"), "{fault:?}");
        let left: Vec<_> = room.names("").into_iter().filter(|name| name.ends_with(".tmp")).collect();
        assert!(left.is_empty(), "{fault:?}: {left:?}");
    }
}
