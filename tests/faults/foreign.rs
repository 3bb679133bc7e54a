//! A file system that lacks something: locks, or a rename that replaces what is there. Nothing works then, and it is
//! said to the person and to the admin; nothing is lost, and all goes on where the file system is another one.

use crate::programs::Request;
use crate::room::Room;
use serde_json::{Value, json};

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
            assert!(answer.status >= 500, "{call} {error} {}: {to_page}", request.program);
            assert!(to_page.contains(words), "{call} {error} {}: {to_page}", request.program);
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
