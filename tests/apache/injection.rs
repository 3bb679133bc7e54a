//! Whatever a visitor or an admin writes ends up as text: in answers, files, headers and logs.

use crate::support::{Browser, Folder, Request, Site};
use serde_json::{Value, json};

/// What somebody may try, and names that are allowed all the same.
const TEXTS: [&str; 17] = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "'; DROP TABLE clips; --",
    "${7*7} {{7*7}} <%= 7*7 %> #{7*7}",
    "=cmd|' /C calc'!A0",
    "+1;-1;@SUM(A1)",
    "a\r\nSet-Cookie: mzn=1\r\n\r\n<b>b</b>",
    "a\u{0}b",
    "\u{202e}txt.exe\u{2066}\u{200f}",
    "line\u{2028}separator\u{2029}",
    "😀𝕏\u{10FFFF}",
    "../../.ini%00.webm",
    "%n%s%x %0d%0aX: y",
    "\\u003cscript\\u003e \\\" \\'",
    "e\u{301}\u{300}\u{301} שלום مرحبا",
];
const NAMES: [&str; 6] = ["=1+1", "@SUM,-1", "a|b`c`$d", "שלום", "%3Cb%3E", "😀\\n"];

fn relay(by: &Browser, text: &str) {
    let answer = by.act("chat", "relay", json!({ "target": "*", "type": "message", "text": text }));
    assert_eq!(answer.status, 200, "{text:?}: {answer:?}");
}

/// Exactly the headers that an answer always has.
fn has_no_header_of_its_own(answer: &crate::support::Answer) {
    const USUAL: [&str; 18] = [
        "date",
        "server",
        "cache-control",
        "content-length",
        "content-type",
        "connection",
        "mozchat-error",
        "set-cookie",
        "vary",
        "allow",
        "x-content-type-options",
        "content-security-policy",
        "referrer-policy",
        "permissions-policy",
        "keep-alive",
        "upgrade",
        "transfer-encoding",
        "status",
    ];
    for (name, value) in &answer.headers {
        assert!(USUAL.contains(&name.to_ascii_lowercase().as_str()), "{name}: {value}");
        assert!(name != "Set-Cookie" || value.contains("; HttpOnly; SameSite=Lax"), "{value}");
    }
}

#[test]
fn texts_come_back_as_they_were_written_and_nothing_else_comes_of_them() {
    let site = Site::start();
    let room = site.thread("room", "[common]\nmediaFolder=media1\nmaxClipCount=0\nmaxMediaFolderBytes=9000000\n");
    let (ann, bob) = (site.browser("Ann", "room"), site.browser("Bob", "room"));
    ann.poll();
    let long = "ж<b>".repeat(250);
    for text in TEXTS.into_iter().chain([long.as_str()]) {
        relay(&bob, text);
        has_no_header_of_its_own(&bob.upload(text, 300));
        for (name, value) in [("mime", text), ("ext", text), ("uploadId", text), ("duration", text)] {
            let answer = bob.upload_with(&[(name, value)], b"\x1a\x45\xdf\xa3 and more");
            assert!(answer.header("Mozchat-Error").is_some(), "{name} {text:?}: {answer:?}");
            has_no_header_of_its_own(&answer);
        }
        for program in ["thread", "users", "poll", "chat", "delete", "upload"] {
            let answer =
                bob.json(program, &json!({ "user": text, "realm": text, "act": text, "id": text, "code": text }));
            has_no_header_of_its_own(&answer);
        }
    }
    let seen = ann.poll();
    let of = |list: &Value, member: &dyn Fn(&Value) -> Value| -> Vec<Value> {
        list.as_array().expect("a list").iter().map(member).collect()
    };
    let wanted: Vec<Value> = TEXTS.into_iter().chain([long.as_str()]).map(Value::from).collect();
    assert_eq!(of(&seen["messages"], &|message| message["text"].clone()), wanted);
    assert_eq!(of(&seen["list"], &|row| row[7].clone()), wanted);
    assert!(room.leftovers().is_empty());
    assert_eq!(ann.get("threads/room/media1/..%2f.ini").status, 404);
}

#[test]
fn logs_have_a_line_for_each_report_and_columns_that_are_no_formulas() {
    let site = Site::start();
    let room = site.thread("room", "[common]\n");
    for (n, name) in NAMES.into_iter().enumerate() {
        let caller = site.browser(name, "room");
        let call =
            json!({ "target": NAMES[(n + 1) % NAMES.len()], "type": "invite", "sid": format!("s{n}"), "video": "=1" });
        assert_eq!(caller.act("chat", "logNrelay", call).status, 200, "{name:?}");
        for text in TEXTS {
            let bad = caller.act("chat", "logNrelay", json!({ "target": "Ann", "type": "invite", "sid": text }));
            assert_eq!(bad.header("Mozchat-Error"), Some("bad-sid"), "{text:?}");
        }
    }
    let calls = room.read("calls.csv");
    assert_eq!(calls.lines().count(), 1 + NAMES.len());
    // Whether the spreadsheet parts columns by ; or by ,
    for cell in calls.lines().flat_map(|line| line.split([';', ','])) {
        assert!(!cell.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?} in {calls}");
    }
    for line in calls.lines() {
        assert_eq!(line.split(';').count(), 10, "{line:?}");
    }

    let eve = site.browser("Eve", "room");
    for text in TEXTS {
        let report = json!({ "errorMsg": text, "url": text, "lineNumber": 1e300, "errorObj": { "a": text } });
        assert_eq!(eve.act("chat", "logError", report).status, 204, "{text:?}");
    }
    let log = room.read("error.log");
    let is_dangerous =
        |c: char| (c.is_control() && c != '\n') || "\u{2028}\u{2029}\u{202e}\u{2066}\u{200f}".contains(c);
    assert_eq!((log.lines().count(), log.find(is_dangerous)), (TEXTS.len(), None), "{log}");
    assert!(log.lines().all(|line| line.contains(" Eve 127.0.0.1: ")), "{log}");
}

#[test]
fn the_log_of_errors_keeps_within_its_bound() {
    let site = Site::start();
    let room = site.thread("room", "[common]\n");
    room.write("error.log", "2001-01-01 00:00:00 old 1.1.1.1: \u{fe}\n".repeat(2600));
    let eve = site.browser("Eve", "room");
    for n in 0..5 {
        let report = json!({ "errorMsg": format!("{n} {}", "ж".repeat(3000)), "url": "y".repeat(9000), "errorObj": "z".repeat(9000) });
        assert_eq!(eve.act("chat", "logError", report).status, 204);
    }
    let log = room.read("error.log");
    assert!(log.len() < 102_000, "{}", log.len());
    assert!(log.starts_with("2001-01-01 ") && log.contains(" Eve 127.0.0.1: 4 "), "the newer half is whole lines");
}

#[test]
fn settings_are_shown_as_text_too() {
    let site = Site::start();
    for (n, text) in TEXTS.into_iter().enumerate() {
        let name = format!("room{n}");
        site.thread(
            &name,
            &format!("[common]\n{text}=1\nlang=\"{text}\"\n[client]\ntitle=\"{}\"\n[{text}]\n", text.replace('"', "'")),
        );
        let answer = site.browser("Ann", &name).query("thread", &[("realm", &name), ("user", "Ann")]);
        has_no_header_of_its_own(&answer);
        // What the admin should know of it went to the log, where every line is one of ours.
        let said = answer.json();
        assert!(said.get("error").is_some() || said["title"].is_string(), "{said}");
    }
    let log = site.log();
    let lines = log.lines().filter(|line| !line.starts_with("[notice]"));
    for line in lines {
        assert!(
            (line.starts_with('[') || line.starts_with("mozchat: ")) && line.contains("room"),
            "{line:?} in the server's log"
        );
        assert!(!line.contains(['\u{202e}', '\u{2028}', '\u{0}']), "{line:?}");
    }
}

#[test]
fn numbers_depths_and_repetitions_out_of_all_proportion_are_answered() {
    let site = Site::start();
    let room = site.thread("room", "[common]\n");
    let ann = site.browser("Ann", "room");
    let with = |json: String| ann.post("chat", "application/json", json).checked();
    let base = r#""user":"Ann","realm":"room","act":"relay","target":"*","type":"message""#;
    for depth in [1000, 20_000, 126] {
        let bomb = format!(r#"{{{base},"deep":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
        assert_eq!(with(bomb.clone()).header("Mozchat-Error"), Some("bad-json"), "{depth}");
        let form = ann.form("chat", &[("json", &bomb)]);
        assert_eq!(form.header("Mozchat-Error"), Some("bad-json"), "{depth}");
    }
    for number in ["1e400", "-1e400", "9".repeat(5000).as_str()] {
        let code = with(format!(r#"{{{base},"n":{number}}}"#)).header("Mozchat-Error").map(str::to_owned);
        assert!(code.is_none() || code.as_deref() == Some("bad-json"), "{number:.20}: {code:?}");
    }
    assert_eq!(with(format!(r#"{{{base},"user":"Bob"}}"#)).status, 200, "the last one counts");
    assert_eq!(with(format!(r#"{{{base},"text":"after all that"}}"#)).status, 200);
    assert!(!room.path().join("messages.json.broken").exists(), "what was stored can be read again");
    let twice = ann.get("cgi-bin/thread.cgi?realm=none&realm=room").checked();
    assert_eq!(twice.json()["thread"], "room");
    // In the query and in the body: the body's counts, also for who is checked.
    let both = Request::new("POST", "cgi-bin/users.cgi?user=Cy&realm=room&act=online");
    let both = ann.send(both.body("application/json", r#"{"user":"Ann","realm":"room","act":"online"}"#)).checked();
    assert!(both.json()["users"].as_array().expect("users").iter().all(|user| user != "Cy"));
    for realm in
        ["../room", "room/", "./room", "room\0", "/etc", "room/../room", "..", ".", "ROOM", "room%2f", "ｒｏｏｍ"]
    {
        let answer = ann.json("thread", &json!({ "realm": realm }));
        assert!(["bad-thread", "no-thread"].contains(&answer.header("Mozchat-Error").unwrap_or_default()), "{realm:?}");
    }
}

#[test]
fn a_recording_that_is_also_a_page_is_served_as_a_recording_alone() {
    let site = Site::start();
    let room = site.thread("room", "[common]\nmediaFolder=media1\n");
    let eve = site.browser("Eve", "room");
    let page = b"<script>alert(1)</script><?php phpinfo(); ?>";
    let heads: [(&str, &str, &[u8]); 4] = [
        ("webm", "video/webm", b"\x1a\x45\xdf\xa3"),
        ("oga", "audio/ogg", b"OggS"),
        ("wav", "audio/wav", b"RIFF\0\0\0\0WAVE"),
        ("mp4", "video/mp4", b"\0\0\0\x18ftypmp42"),
    ];
    for (ext, mime, head) in heads {
        let answer = eve.upload_with(&[("ext", ext), ("mime", mime)], &[head, page].concat());
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(answer.json().get("alert").is_some(), "{ext}: {answer:?}");
    }
    let listed = room.listed();
    assert_eq!(listed.len(), heads.len());
    for (file, (_, mime, _)) in listed.iter().zip(heads) {
        let clip = eve.get(&format!("threads/room/media1/{file}"));
        assert_eq!((clip.status, clip.header("Content-Type")), (200, Some(mime)), "{file}");
        assert_eq!(clip.header("X-Content-Type-Options"), Some("nosniff"));
        assert!(clip.header("Content-Security-Policy").is_some_and(|policy| policy.starts_with("default-src 'none'")));
    }
    let _: Folder = room;
}

#[test]
fn every_answer_for_a_browser_says_what_may_run_in_it_and_who_may_frame_it() {
    let site = Site::start();
    site.thread("room", "[common]\n");
    let ann = site.browser("Ann", "room");
    let html = String::from_utf8(ann.get("index.html").body).expect("UTF-8");
    let script =
        html.split("src=\"").skip(1).filter_map(|rest| rest.split('"').next()).find(|name| name.ends_with("js"));
    for page in ["", "index.html", script.expect("a script"), "threads/room/", "threads/mediaForum/index.html"] {
        let answer = ann.get(page);
        assert_eq!(answer.status, 200, "{page}");
        let policy = answer.header("Content-Security-Policy").unwrap_or_default();
        for word in [
            "default-src 'self'",
            "script-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'self'",
        ] {
            assert!(policy.contains(word), "{page}: {word} in {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{page}: {policy}");
        assert_eq!(answer.header("Referrer-Policy"), Some("same-origin"), "{page}");
        assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"), "{page}");
        let permissions = answer.header("Permissions-Policy").unwrap_or_default();
        assert!(
            permissions.contains("microphone=(self)") && permissions.contains("camera=(self)"),
            "{page}: {permissions}"
        );
    }
    // An answer of a program is no page, whatever is in it.
    let answer = ann.query("thread", &[("realm", "room"), ("user", "Ann")]);
    assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"));
}
