//! Who gets in and who does not: names, closed threads, moderators, other sites' pages, floods.

use crate::support::{Browser, PUBLIC, Request, Site, blob, eventually, files, leave_rare_files, ways_to_ask};
use serde_json::{Value, json};

/// Uses a name until its token has come back, as any page does within its first requests.
fn settle(browser: &Browser) {
    for _ in 0..2 {
        assert_eq!(browser.act("users", "online", json!({})).status, 200);
    }
}

#[test]
fn a_name_belongs_to_the_browser_that_used_it_first() {
    let site = Site::start();
    let room = site.thread("room", "[common]\nmediaFolder=media1\n");
    let (ann, other) = (site.browser("Ann", "room"), site.browser("Ann", "room"));
    let first = ann.act("users", "online", json!({}));
    let cookie = first.header("Set-Cookie").expect("a cookie").to_owned();
    assert!(cookie.starts_with("mzn") && cookie.ends_with("; HttpOnly; SameSite=Lax"), "{cookie}");
    settle(&ann);
    assert_eq!(ann.upload("hers", 500).alert(), "Server got a record of 1kB");
    let id = room.listed().remove(0);
    let token = cookie.split(['=', ';']).nth(1).expect("a token").to_owned();
    assert!(!room.read("names.json").contains(&token), "only a hash of the token is kept");

    let tries = [
        ("users", "online", json!({})),
        ("poll", "poll", json!({ "ack": "", "catCrc": "" })),
        ("delete", "delete", json!({ "id": id })),
        ("chat", "relay", json!({ "target": "*", "type": "message", "text": "I am Ann" })),
        ("chat", "logNrelay", json!({ "target": "Bob", "type": "invite", "sid": "s1" })),
        ("users", "share", json!({})),
        ("users", "bye", json!({})),
    ];
    for (program, act, more) in tries {
        let answer = other.act(program, act, more);
        assert_eq!((answer.status, answer.header("Mozchat-Error")), (403, Some("name-taken")), "{program} {act}");
    }
    let upload = other.upload("not hers", 500);
    assert_eq!(upload.header("Mozchat-Error"), Some("name-taken"));
    assert_eq!(room.listed(), [id.as_str()]);
    assert_eq!(ann.act("delete", "delete", json!({ "id": id })).alert(), "Clip deleted");
    // An old page polls with GET and sends nothing of its own.
    let old = ann.query("poll", &[("user", "Ann"), ("realm", "room"), ("act", "poll"), ("catCrc", "x")]);
    assert_eq!(old.status, 200);
}

/// Every act of every program that is done under a name, and one that there is not.
const ACTS: [(&str, &[&str]); 5] = [
    ("upload", &["uploadBlob", "delete", "clearMedia", "removeExpired", "relay", "logNrelay", "logError", "dance"]),
    ("poll", &["poll", "longPoll", "echo", "dance"]),
    ("users", &["online", "bye", "share", "mute", "unmute", "ban", "unban", "dance"]),
    ("delete", &["delete", "clearMedia", "removeExpired", "dance"]),
    ("chat", &["relay", "logNrelay", "logError", "dance"]),
];

#[test]
fn every_act_of_every_program_asks_whose_name_it_is_and_whether_the_thread_is_closed() {
    let site = Site::start();
    let ini = "[common]\nmediaFolder=media1\nallowClear=1\nremoveExpiredFromDir=1\nclipLifetimeSec=3600\n";
    let room = site.thread("room", &format!("{ini}[auth]\nmoderators=Ann\n"));
    let (ann, other) = (site.browser("Ann", "room"), site.browser("Ann", "room"));
    settle(&ann);
    ann.upload("hers", 500);
    let more = json!({
        "id": room.listed()[0], "target": "Bob", "type": "invite", "sid": "s1", "ack": "", "catCrc": "", "usersSeen": "",
        "mime": "audio/webm", "ext": "webm", "code": "2222-2222",
    });
    let refused = |code: &str| {
        for (program, acts) in ACTS {
            for act in acts {
                let answer = other.act(program, act, more.clone());
                // Whoever says no `uploadId` is an old page, which shows status 200 alone.
                let status = if program == "upload" { 200 } else { 403 };
                assert_eq!((answer.status, answer.header("Mozchat-Error")), (status, Some(code)), "{program} {act}");
                assert!(!answer.error().is_empty());
            }
        }
        let page = other.query("thread", &[("realm", "room"), ("user", "Ann")]);
        assert_eq!((page.status, page.header("Mozchat-Error")), (403, Some(code)));
        // As an old page asks.
        for act in ["poll", "longPoll"] {
            let old = other.query("poll", &[("user", "Ann"), ("realm", "room"), ("act", act), ("catCrc", "x")]);
            assert_eq!((old.status, old.header("Mozchat-Error")), (200, Some(code)), "{act}");
        }
    };
    let files = |name: &str| std::fs::read(room.file(name)).unwrap_or_default();
    let before = ["names.json", "catalog.json", "messages.json", "calls.csv", "error.log"].map(files);
    refused("name-taken");
    room.write(".ini", format!("{ini}[auth]\npassword=secret\n"));
    refused("password");
    for (act, more) in [("list", json!({})), ("take", json!({ "code": "2222-2222" }))] {
        assert_eq!(other.act("users", act, more).header("Mozchat-Error"), Some("password"), "{act}");
    }
    let after = ["names.json", "catalog.json", "messages.json", "calls.csv", "error.log"].map(files);
    assert!(before == after, "nothing was changed");
}

#[test]
fn of_many_who_come_at_once_one_holds_the_name() {
    let site = Site::start();
    site.thread("room", "[common]\n");
    let people: Vec<_> = (0..12).map(|n| site.browser("Ann", "room").at_address([127, 0, 1, n])).collect();
    let comes = |person: &Browser| person.act("users", "online", json!({})).status;
    std::thread::scope(|scope| {
        for person in &people {
            scope.spawn(|| {
                for _ in 0..3 {
                    comes(person);
                }
            });
        }
    });
    // Should so many offers have crossed that nobody's cookie came back, the next one's does.
    for person in &people {
        comes(person);
        comes(person);
    }
    let welcome = people.iter().filter(|person| comes(person) == 200).count();
    assert_eq!(welcome, 1);
}

#[test]
fn a_code_takes_a_name_to_a_second_device_once() {
    let site = Site::start();
    site.thread("room", "[common]\n");
    let (ann, phone, thief) = (site.browser("Ann", "room"), site.browser("Ann", "room"), site.browser("Ann", "room"));
    settle(&ann);
    let code = ann.act("users", "share", json!({})).json()["code"].as_str().expect("a code").to_owned();
    let wrong = thief.act("users", "take", json!({ "code": "2222-2222" }));
    assert_eq!((wrong.status, wrong.header("Mozchat-Error")), (403, Some("bad-code")));
    assert_eq!(phone.act("users", "take", json!({ "code": code.to_lowercase() })).status, 200);
    for device in [&phone, &ann] {
        assert_eq!(device.act("users", "online", json!({})).json()["users"], json!(["Ann"]));
    }
    assert_eq!(thief.act("users", "take", json!({ "code": code })).status, 403);
}

#[test]
fn who_keeps_no_cookies_is_served_as_in_the_original_until_somebody_holds_the_name() {
    let site = Site::start();
    site.thread("room", "[common]\n");
    for _ in 0..3 {
        assert_eq!(site.browser("Ann", "room").act("users", "online", json!({})).status, 200);
    }
    // A token is not offered at every request of who keeps none.
    let keeper = site.browser("Ann", "room");
    eventually("the name is held", || {
        settle(&keeper);
        site.browser("Ann", "room").act("users", "online", json!({})).status.eq(&403).then_some(())
    });
    let free = site.thread("free", "[auth]\nnameHoldDays=0\n");
    settle(&site.browser("Ann", "free"));
    assert_eq!(site.browser("Ann", "free").act("users", "online", json!({})).status, 200);
    assert!(!free.file("names.json").exists());
}

#[test]
fn a_closed_thread_tells_nothing_to_who_does_not_know_its_password() {
    let site = Site::start();
    let hash = mozchat::auth::password::hash("open sesame").expect("a hash");
    let room = site.thread("room", &format!("[common]\nmediaFolder=mediaSecret\n[auth]\npassword='{hash}'\n"));
    let ini = room.read(".ini").replace('\'', "\"");
    room.write(".ini", ini);
    let ann = site.browser("Ann", "room");
    let closed = |answer: crate::support::Answer| {
        assert_eq!((answer.status, answer.header("Mozchat-Error")), (403, Some("password")), "{answer:?}");
        assert!(!String::from_utf8_lossy(&answer.body).contains("Secret"), "{answer:?}");
        assert_eq!(answer.header("Set-Cookie"), None);
    };
    closed(ann.query("thread", &[("realm", "room")]));
    closed(ann.query("users", &[("realm", "room"), ("act", "list")]));
    closed(ann.act("users", "online", json!({})));
    closed(ann.act("poll", "poll", json!({ "ack": "", "catCrc": "" })));
    closed(ann.act("chat", "relay", json!({ "target": "*", "type": "message" })));
    closed(ann.upload("let me in", 500));
    assert!(room.leftovers().is_empty() && !room.file("names.json").exists());

    let log_in = |who: &Browser, password: &str| who.json("thread", &json!({ "realm": "room", "password": password }));
    let wrong = log_in(&ann, "open says me");
    assert_eq!((wrong.status, wrong.header("Mozchat-Error")), (403, Some("bad-password")));
    let right = log_in(&ann, "open sesame");
    assert!(right.json()["media"].as_str().is_some_and(|media| media.ends_with("/mediaSecret/")));
    assert_eq!(ann.upload("in", 500).alert(), "Server got a record of 1kB");
    assert_eq!(ann.sees(), ["in"]);
    // The pass ends with the password.
    room.write(".ini", "[common]\nmediaFolder=mediaSecret\n[auth]\npassword=other\n");
    closed(ann.query("thread", &[("realm", "room")]));
}

#[test]
fn guessing_a_password_gets_slow() {
    let site = Site::start();
    let room = site.thread("room", "[auth]\npassword=other\n");
    let eve = site.browser("Eve", "room");
    let guess = || eve.json("thread", &json!({ "realm": "room", "password": "guess" })).status;
    let answers: Vec<_> = (0..5).map(|_| guess()).collect();
    assert_eq!(answers[..3], [403; 3]);
    assert_eq!(answers[4], 429, "{answers:?}");
    let right = eve.json("thread", &json!({ "realm": "room", "password": "other" }));
    assert_eq!((right.status, right.header("Mozchat-Error")), (429, Some("slow-down")));
    assert!(room.read(".guesses.json").len() < 100);
}

#[test]
fn a_moderator_deletes_mutes_and_bans_and_nobody_else_does() {
    let site = Site::start();
    let ini = "[common]\nmediaFolder=media1\n[auth]\nmoderators=\"Mo, Ann\"\nmoderatorPassword=mods\n";
    let room = site.thread("room", ini);
    let (mo, bob, eve) = (site.browser("Mo", "room"), site.browser("Bob", "room"), site.browser("Mo", "room"));
    let stranger = eve.act("users", "online", json!({}));
    assert_eq!((stranger.status, stranger.header("Mozchat-Error")), (403, Some("moderator")));
    assert_eq!(mo.json("thread", &json!({ "realm": "room", "password": "mods" })).status, 200);
    settle(&mo);
    settle(&bob);
    bob.upload("rude", 500);
    let id = room.listed().remove(0);
    for (act, more) in [("mute", json!({ "target": "Mo" })), ("ban", json!({ "target": "Mo" }))] {
        assert_eq!(bob.act("users", act, more).error(), "You are not permitted");
    }
    assert_eq!(bob.act("delete", "clearMedia", json!({})).error(), "You are not permitted");
    assert_eq!(mo.act("delete", "delete", json!({ "id": id })).alert(), "Clip deleted");

    assert_eq!(mo.act("users", "mute", json!({ "target": "Bob" })).json()["muted"], json!(["Bob"]));
    let message = || bob.act("chat", "relay", json!({ "target": "*", "type": "message", "text": "x" }));
    assert_eq!(message().header("Mozchat-Error"), Some("muted"));
    assert_eq!(bob.upload("again", 500).header("Mozchat-Error"), Some("muted"));
    assert_eq!(bob.poll()["users"], json!(["Bob", "Mo"]), "who is muted still listens");
    mo.act("users", "unmute", json!({ "target": "Bob" }));
    assert_eq!(message().status, 200);
    assert_eq!(mo.act("users", "ban", json!({ "target": "Bob" })).json()["banned"], json!(["Bob"]));
    assert_eq!(message().header("Mozchat-Error"), Some("banned"));
    assert_eq!(site.browser("Bob", "room").act("users", "online", json!({})).status, 403, "nobody else takes it");
    assert_eq!(mo.poll()["users"], json!(["Mo"]));
    bob.upload("gone", 500);
    mo.upload("mine", 500);
    assert_eq!(mo.act("delete", "clearMedia", json!({})).alert(), "files cleared");
    assert!(room.listed().is_empty());
}

#[test]
fn pages_of_other_sites_change_nothing() {
    let site = Site::start();
    let room = site.thread("room", "[common]\nallowClear=1\nmediaFolder=media1\n");
    let ann = site.browser("Ann", "room");
    settle(&ann);
    ann.upload("hers", 500);
    let clear = json!({ "user": "Ann", "realm": "room", "act": "clearMedia" }).to_string();
    let ask = |headers: &[(&str, &str)]| {
        let request = Request::new("POST", "cgi-bin/delete.cgi").body("text/plain", clear.clone());
        ann.send(headers.iter().fold(request, |request, (name, value)| request.header(name, value)))
    };
    for headers in [
        [("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example")],
        [("Sec-Fetch-Site", "same-site"), ("Origin", "http://127.0.0.1")],
        [("X-Nothing", ""), ("Origin", "https://evil.example")],
        [("X-Nothing", ""), ("Origin", "null")],
    ] {
        let answer = ask(&headers).checked();
        assert_eq!((answer.status, answer.header("Mozchat-Error")), (403, Some("foreign")), "{headers:?}");
    }
    let image =
        Request::new("GET", "cgi-bin/poll.cgi?user=Ann&realm=room&act=poll").header("Sec-Fetch-Site", "cross-site");
    assert_eq!(ann.send(image).status, 403, "a poll takes messages away");
    assert_eq!(room.listed().len(), 1);
    assert_eq!(ask(&[("Sec-Fetch-Site", "same-origin")]).status, 200);
    assert!(room.listed().is_empty());
}

#[test]
fn what_is_uploaded_is_what_it_says() {
    let site = Site::start();
    let room = site.thread("room", "[common]\nmediaFolder=media1\n");
    let eve = site.browser("Eve", "room");
    let pages: [&[u8]; 4] =
        [b"<!doctype html><script>alert(1)</script>", b"<svg onload=alert(1)>", b"<?php eval();", b"x"];
    for text in pages {
        let answer = eve.upload_with(&[], text);
        assert_eq!(answer.header("Mozchat-Error"), Some("bad-content"), "{answer:?}");
    }
    let mut disguised = blob("oga", 600);
    disguised.truncate(600);
    assert_eq!(eve.upload_with(&[], &disguised).header("Mozchat-Error"), Some("bad-content"), "Ogg as WebM");
    assert!(room.listed().is_empty() && room.leftovers().is_empty());
}

#[test]
fn a_flood_is_stopped_and_the_others_go_on() {
    let site = Site::start();
    let room = site.thread("room", "[common]\nmediaFolder=media1\nmaxClipsPerMinute=5\nmaxMessagesPerMinute=7\n");
    let (eve, bob) = (site.browser("Eve", "room"), site.browser("Bob", "room"));
    settle(&eve);
    settle(&bob);
    let message = json!({ "target": "*", "type": "message", "text": "x" });
    let sent: Vec<_> = (0..20).map(|_| eve.act("chat", "relay", message.clone()).status).collect();
    let passed = sent.iter().filter(|status| **status == 200).count();
    // A minute may end in between.
    assert!((7..=14).contains(&passed) && sent.contains(&429), "{sent:?}");
    let clips: Vec<_> = (0..15).map(|n| eve.upload(&format!("{n}"), 300)).collect();
    assert!(clips.iter().any(|answer| answer.header("Mozchat-Error") == Some("slow-down")));
    assert_eq!(bob.act("chat", "relay", message).status, 200);
    assert_eq!(bob.upload("bob's", 300).alert(), "Server got a record of 1kB");
    let reports = (0..80).map(|_| eve.act("chat", "logError", json!({ "errorMsg": "x" })).status);
    assert!(reports.filter(|status| *status == 204).count() <= 60);
    let listed: Value = room.catalog().into();
    assert!(listed.to_string().contains("bob's"));
}

#[test]
fn the_web_sees_of_a_thread_only_its_page_its_pulse_and_its_clips() {
    let site = Site::start();
    let ini = "[common]\nmediaFolder=media1\n[auth]\npassword=p\nmoderators=Mo\nmoderatorPassword=q\n";
    let room = site.thread("room", ini);
    room.write("notify.ini", "Ann=\"ann@example.net\"\n");
    room.write("index.html", "<!doctype html><title>x</title>");
    let ann = site.browser("Ann", "room");
    ann.json("thread", &json!({ "realm": "room", "password": "nope" }));
    ann.json("thread", &json!({ "realm": "room", "password": "p" }));
    settle(&ann);
    ann.upload("clip", 500);
    ann.act("chat", "relay", json!({ "target": "Bob", "type": "message", "text": "secret" }));
    ann.act("chat", "logNrelay", json!({ "target": "Bob", "type": "invite", "sid": "s1" }));
    ann.act("chat", "logError", json!({ "errorMsg": "x" }));
    leave_rare_files(room.path());
    let names = files(room.path());
    for must in ["names.json", ".pulse-key", ".guesses.json", ".pace.json", "users.json", "messages.json", "calls.csv"]
    {
        assert!(names.contains(&must.to_owned()), "{must} is not in {names:?}");
    }
    let private = names.iter().filter(|name| !name.starts_with("media1/") && !PUBLIC.contains(&name.as_str()));
    let mut asked = 0;
    for name in private {
        let text = std::fs::read(room.file(name)).expect("a file");
        for way in ways_to_ask(name) {
            let answer = ann.get(&format!("threads/room/{way}"));
            let is_shown =
                answer.status == 200 && !text.is_empty() && answer.body.windows(text.len()).any(|part| part == text);
            assert!(!is_shown && answer.status != 200, "{way}: {answer:?}");
            asked += 1;
        }
    }
    println!("{asked} ways to ask for {} private files", names.len() - 2);
    for name in PUBLIC {
        assert_eq!(ann.get(&format!("threads/room/{name}")).status, 200, "{name}");
    }
    for folder in ["threads/", "threads/room/media1/", "cgi-bin/"] {
        let answer = ann.get(folder);
        assert!(!String::from_utf8_lossy(&answer.body).contains("Index of"), "{folder}");
        assert_ne!(answer.status, 200, "{folder}");
    }
    let clip = ann.get(&format!("threads/room/media1/{}", room.listed()[0]));
    assert_eq!((clip.status, clip.header("X-Content-Type-Options")), (200, Some("nosniff")));
    let policy = clip.header("Content-Security-Policy").unwrap_or_default();
    assert!(policy.contains("default-src 'none'") || policy.contains("sandbox"), "nothing in a clip runs: {policy}");
}

#[test]
fn wrong_guesses_at_one_door_are_not_forgiven_by_opening_another() {
    let site = Site::start();
    let room = site.thread("room", "[auth]\npassword=open\nmoderators=Mo\nmoderatorPassword=mods\n");
    let eve = site.browser("Eve", "room");
    let give = |password: &str| eve.json("thread", &json!({ "realm": "room", "password": password })).status;
    for _ in 0..3 {
        assert_eq!((give("guess"), give("open")), (403, 200));
    }
    assert_eq!(give("mods"), 429, "the moderators' door has counted");
    assert_eq!(give("open"), 200, "the thread's has not");
    assert!(room.read(".guesses.json").contains("moderators 127.0.0.1"));
}

#[test]
fn what_another_site_makes_a_browser_open_leaves_no_cookie() {
    let site = Site::start();
    let room = site.thread("room", "[common]\n");
    let visitor = site.browser("Ann", "room");
    let open = |n: usize, header: (&str, &str)| {
        let target = format!("cgi-bin/thread.cgi?realm=room&user=name{n}");
        visitor.send(Request::new("GET", &target).header(header.0, header.1))
    };
    let foreign =
        [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("Referer", "https://evil.example/x")];
    for (n, header) in foreign.into_iter().enumerate() {
        let answer = open(n, header);
        assert_eq!((answer.status, answer.header("Set-Cookie")), (200, None), "{header:?}");
    }
    assert!(!room.file("names.json").exists());
    for n in 0..100 {
        assert_eq!(open(n, ("Sec-Fetch-Site", "same-origin")).status, 200, "{n}");
    }
    assert!(visitor.cookies().len() < 3000, "{}", visitor.cookies().len());
}

#[test]
fn over_tls_a_cookie_is_this_hosts_alone() {
    let site = Site::start();
    site.thread("room", "[common]\n");
    let open = |user: &str, scheme: &str| {
        let request = Request::new("GET", &format!("cgi-bin/thread.cgi?realm=room&user={user}"));
        let answer = site.browser(user, "room").send(request.header("X-Forwarded-Proto", scheme));
        answer.header("Set-Cookie").expect("a cookie").to_owned()
    };
    let (tls, plain) = (open("Ann", "https"), open("Bob", "http"));
    assert!(tls.starts_with("__Host-mzn") && tls.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"), "{tls}");
    assert!(plain.starts_with("mzn") && !plain.contains("Path"), "the folder of the programs: {plain}");
}

#[test]
fn a_copied_thread_is_a_thread_of_its_own() {
    let site = Site::start();
    let room = site.thread("room", "[common]\n");
    let ann = site.browser("Ann", "room");
    settle(&ann);
    let copy = site.thread("copy", "[common]\n");
    for name in [".pulse-key", "names.json"] {
        std::fs::copy(room.file(name), copy.file(name)).expect(name);
    }
    crate::support::give_away(copy.path());
    let bob = site.browser("Ann", "copy");
    assert_eq!(bob.act("users", "online", json!({})).status, 200, "the name is free there");
    assert_ne!(room.read(".pulse-key"), copy.read(".pulse-key"));
    assert_eq!(ann.act("users", "online", json!({})).status, 200, "and still Ann's here");
}

#[test]
fn a_password_line_that_is_mistyped_closes_the_thread() {
    let site = Site::start();
    for (name, ini) in
        [("a", "[Auth]\npassword=sesame\n"), ("b", "[auth]\nPassword=sesame\n"), ("c", "password=sesame\n")]
    {
        site.thread(name, ini);
        let ann = site.browser("Ann", name);
        let answer = ann.query("thread", &[("realm", name)]);
        assert_eq!((answer.status, answer.header("Mozchat-Error")), (403, Some("password")), "{ini}");
        assert_eq!(ann.json("thread", &json!({ "realm": name, "password": "sesame" })).status, 200, "{ini}");
    }
}

#[test]
fn an_old_hash_is_raised_at_the_next_right_password_and_passes_stay_good() {
    let site = Site::start();
    // "sesame", 1000 rounds, by Python's hashlib.
    let old = "$pbkdf2-sha256$i=1000$MDEyMzQ1Njc4OWFiY2RlZg$ddE5H7FRFwsXqElTx/a1HJ496yBaNMzSwFnL2ajCzxE";
    let room = site.thread("room", &format!("[auth]\npassword=\"{old}\"\n"));
    let (ann, bob) = (site.browser("Ann", "room"), site.browser("Bob", "room"));
    let log_in = |who: &Browser| who.json("thread", &json!({ "realm": "room", "password": "sesame" })).status;
    assert_eq!(log_in(&ann), 200);
    assert!(room.read(".ini").contains("\"$pbkdf2-sha256$i=600000$MDEyMzQ1Njc4OWFiY2RlZg$"), "{}", room.read(".ini"));
    assert_eq!((ann.act("users", "online", json!({})).status, log_in(&bob)), (200, 200));
}

#[test]
fn a_moderator_ends_all_passes_but_the_own() {
    let site = Site::start();
    site.thread("room", "[auth]\npassword=open\nmoderators=Mo\nmoderatorPassword=mods\n");
    let (mo, bob) = (site.browser("Mo", "room"), site.browser("Bob", "room"));
    for (who, password) in [(&mo, "mods"), (&bob, "open")] {
        assert_eq!(who.json("thread", &json!({ "realm": "room", "password": password })).status, 200);
        settle(who);
    }
    assert_eq!(bob.act("users", "endPasses", json!({})).error(), "You are not permitted");
    assert_eq!(mo.act("users", "endPasses", json!({})).status, 200);
    assert_eq!(bob.act("users", "online", json!({})).header("Mozchat-Error"), Some("password"));
    assert_eq!(mo.act("users", "online", json!({})).status, 200);
    assert_eq!(bob.json("thread", &json!({ "realm": "room", "password": "open" })).status, 200);
    assert_eq!(bob.act("users", "online", json!({})).status, 200);
}

#[test]
fn who_says_under_many_names_to_have_everything_fills_no_mailbox() {
    let site = Site::start();
    let room = site.thread("room", "[common]\n");
    let ann = site.browser("Ann", "room").at_address([127, 0, 9, 1]);
    let eve = site.browser("Eve", "room").at_address([127, 0, 9, 2]);
    for n in 0..150 {
        let said = json!({ "target": "*", "type": "message", "text": format!("number {n}") });
        assert_eq!(eve.act("chat", "relay", said).status, 200);
    }
    let poll = |browser: &Browser, ack: &str| browser.act("poll", "poll", json!({ "catCrc": "", "ack": ack })).json();
    let ids = |news: &Value| {
        let messages = news["messages"].as_array().cloned().unwrap_or_default();
        messages.iter().filter_map(|message| Some(message["id"].as_str()?.to_owned())).collect::<Vec<_>>()
    };
    let all = ids(&poll(&ann, "")).join(",");
    assert_eq!((all.split(',').count(), ids(&poll(&ann, &all)).len()), (150, 0));
    for n in 0..60 {
        let other = eve.renamed(&format!("{n:02}{}", "😀".repeat(28)));
        assert_eq!(ids(&poll(&other, &all)).len(), 0);
        other.act("users", "bye", json!({}));
    }
    assert!(room.read("messages.json").len() < 700_000, "{} bytes", room.read("messages.json").len());
    assert_eq!(ids(&poll(&ann, "")).len(), 0, "who is there is remembered");
}

#[test]
fn many_names_and_invented_recipients_of_one_address_make_nobodys_answers_large() {
    let site = Site::start();
    let room = site.thread("room", "[common]\nmaxMessagesPerMinute=0\n");
    let bob = site.browser("Bob", "room");
    settle(&bob);
    for n in 0..60 {
        site.browser(&format!("an invented name, number {n}"), "room").act("users", "online", json!({}));
        let message = json!({ "target": format!("nobody {n}"), "type": "message", "text": "x" });
        site.browser("an invented name, number 0", "room").act("chat", "relay", message);
    }
    let answer = bob.act("poll", "poll", json!({ "ack": "", "catCrc": "", "seen": "1.1.1.1" }));
    assert!(answer.body.len() < 2000, "{}", answer.body.len());
    assert!(room.read("pulse.json").len() < 2000, "{}", room.read("pulse.json").len());
    // Who comes with mail waiting is told, though the pulse had forgotten it.
    let late = site.browser("nobody 0", "room");
    late.act("users", "online", json!({}));
    assert_eq!(late.poll()["messages"][0]["text"], "x");
}

#[test]
fn names_are_texts_and_nobody_is_called_as_what_has_no_author() {
    let site = Site::start();
    site.thread("room", "[common]\n");
    for user in [json!(true), json!(7), json!(["Ann"]), json!("?")] {
        let answer =
            site.browser("x", "room").json("users", &json!({ "user": user, "realm": "room", "act": "online" }));
        assert_eq!(answer.header("Mozchat-Error"), Some("bad-user"), "{user}");
    }
}

#[test]
fn who_is_shown_out_while_polling_is_told_why_in_one_word() {
    let site = Site::start();
    let room = site.thread("room", "[common]\n[auth]\nmoderators=Mo\n");
    let [mo, ann, bob, another] = ["Mo", "Ann", "Bob", "Ann"].map(|name| site.browser(name, "room"));
    [&mo, &ann, &bob].into_iter().for_each(settle);
    let poll = |who: &Browser| {
        let answer = who.act("poll", "poll", json!({ "ack": "", "catCrc": "" }));
        (answer.status, answer.header("Mozchat-Error").unwrap_or_default().to_owned())
    };
    let refused = |status, code: &str| (status, code.to_owned());
    assert_eq!((poll(&ann), poll(&bob)), (refused(200, ""), refused(200, "")));
    assert_eq!(poll(&another), refused(403, "name-taken"));
    mo.act("users", "ban", json!({ "target": "Bob" })).checked();
    assert_eq!(poll(&bob), refused(403, "banned"));
    room.write(".ini", "[common]\n[auth]\nmoderators=Mo\npassword=sesame\n");
    assert_eq!(poll(&ann), refused(403, "password"));
    std::fs::remove_dir_all(room.path()).expect("the thread goes");
    assert_eq!(poll(&ann), refused(200, "no-thread"));
}
