//! Moving in from the original: folders that PHP has written, and pages that know its two addresses. And hosts that
//! forbid something.

use crate::support::site::{Host, Site};
use crate::support::{Folder, Request, blob, multipart, multipart_type};
use serde_json::json;
use std::fs;
use std::path::Path;

/// The clips as PHP named them.
const CLIPS: [&str; 2] = ["5dXk2vQa.webm", "5dXk2vQb.oga"];
const INI: &str = "[common]\nmediaFolder=\"media1234\"\nmaxBlobBytes=9000\nmaxMediaFolderBytes=30000\nmaxClipCount=6\n\
    clipLifetimeSec=600\nuserStatusFadeS=3\nhideExpired=0\nmessageLifetimeSec=600\n\n[client]\ntitle=\"vector thread\"\n\
    allowVideo=0\nallowStream=1\nonRecorded=\"stop\"\n";

/// A thread's folder in the shapes in which the original left it, all in use.
fn written_by_php(site: &Site, name: &str) -> Folder {
    let now = crate::support::now();
    let room = site.thread(name, INI);
    for (index, clip) in CLIPS.iter().enumerate() {
        room.write(&format!("media1234/{clip}"), blob(clip.rsplit('.').next().expect("an end"), 3000 + index));
    }
    let row = |index: usize, author: &str, mime: &str, text: &str| {
        json!([CLIPS[index], author, "Nov_23_15:46:28", mime, "2", 3000 + index, now + 500, text])
    };
    let catalog =
        json!([row(0, "Ann", "audio/webm;codecs=opus", "hello"), row(1, "Анна", "audio/ogg;codecs=opus", "")]);
    room.write("catalog.json", catalog.to_string());
    let online = json!({ "online": { "Ann": [now + 3, "203.0.113.7"], "Анна": [now - 900, "203.0.113.8"] } });
    room.write("users.json", online.to_string());
    let message = json!([{ "user": "Ann", "realm": name, "act": "relay", "target": "Bob", "type": "message",
        "text": "waits since PHP", "received": now - 10, "notAfter": now + 500, "msid": "a1b2" }]);
    room.write("messages.json", message.to_string());
    room.write("calls.csv", "1763912788;1763912799;Ann;203.0.113.7;Bob;203.0.113.8;0;abcdefghij;11;ended\n");
    room
}

#[test]
fn a_folder_that_php_wrote_goes_on_with_all_that_is_in_it() {
    let site = Site::start();
    let room = written_by_php(&site, "vec");
    let bob = site.browser("Bob", "vec");
    let news = bob.poll();
    let names: Vec<_> = news["list"].as_array().expect("a list").iter().map(|row| row[0].clone()).collect();
    assert_eq!(names, CLIPS, "{news}");
    assert_eq!(news["list"][0][7], "hello");
    assert_eq!(news["messages"][0]["text"], "waits since PHP", "{news}");
    assert_eq!(bob.upload("new", 1000).alert(), "Server got a record of 1kB");
    assert_eq!(bob.sees(), ["hello", "", "new"]);
    let clip = bob.get(&format!("threads/vec/media1234/{}", CLIPS[0]));
    assert_eq!((clip.status, clip.body.len()), (200, 3000));
    let ann = site.browser("Ann", "vec");
    let call = json!({ "target": "Bob", "type": "invite", "sid": "klmnopqrst", "video": "0" });
    ann.act("chat", "logNrelay", call).json();
    let calls = room.read("calls.csv");
    assert!(calls.contains("abcdefghij") && calls.contains("klmnopqrst"), "the old log goes on: {calls}");
    assert_eq!(ann.act("delete", "delete", json!({ "id": CLIPS[0] })).alert(), "Clip deleted");
    assert_eq!(room.listed().len(), 2);
    assert!(!room.clips().contains(&CLIPS[0].to_owned()));
    assert!(!site.log().contains("mozchat:"), "nothing to complain of: {}", site.log());
}

/// The lines of INSTALL.html for the addresses of the old page.
fn lines() -> String {
    let text = include_str!("../../INSTALL.html");
    let begin = text.find("<pre id=\"old-addresses\">").expect("the lines");
    let inner = &text[begin..begin + text[begin..].find("</pre").expect("their end")];
    inner[inner.find('>').expect("a tag") + 1..].trim_start().to_owned()
}

const REWRITE: &str = "LoadModule rewrite_module /usr/lib/apache2/modules/mod_rewrite.so\n";

#[test]
fn the_old_pages_two_addresses_go_on_with_the_lines_in_install() {
    let site = Site::on(&Host { more: REWRITE, ..Host::default() });
    written_by_php(&site, "vec");
    let htaccess = site.root().join(".htaccess");
    fs::write(&htaccess, fs::read_to_string(&htaccess).expect(".htaccess") + &lines()).expect(".htaccess");
    for folder in ["", "scripts/"] {
        old_page(&site, folder);
    }
}

#[test]
fn the_same_lines_work_in_the_folder_of_the_old_page() {
    let site = Site::on(&Host { more: REWRITE, ..Host::default() });
    written_by_php(&site, "vec");
    let old = site.root().join("old");
    fs::create_dir(&old).expect("a folder");
    fs::write(old.join(".htaccess"), lines().replace("cgi-bin/", "/cgi-bin/")).expect(".htaccess");
    old_page(&site, "old/");
}

/// What the old page does, at its own addresses in this folder.
fn old_page(site: &Site, folder: &str) {
    let bob = site.browser(&format!("Bob{}", folder.len()), "vec");
    let user = format!("Bob{}", folder.len());
    let query =
        format!("{folder}download.php?user={user}&realm=vec&act=poll&catSince=0&catBytes=0&usersSince=0&catCrc=1");
    let before = bob.get(&query).checked().json()["list"].as_array().map(Vec::len).expect("a list");
    let fields = [
        ("user", user.as_str()),
        ("realm", "vec"),
        ("act", "uploadBlob"),
        ("description", "from an old page"),
        ("mime", "audio/webm;codecs=opus"),
        ("ext", "webm"),
        ("duration", "2"),
    ];
    let body = multipart(&fields, Some(&blob("webm", 1500)));
    let sent = bob.send(Request::new("POST", &format!("{folder}upload.php")).body(&multipart_type(), body)).checked();
    assert_eq!(sent.alert(), "Server got a record of 2kB");
    let list = bob.get(&query).checked().json()["list"].clone();
    assert_eq!(list.as_array().map(Vec::len), Some(before + 1), "{list}");
    assert_eq!(list[before][7], "from an old page");
}

/// Takes the lines away that INSTALL.html says a host may forbid.
fn without_options(folder: &Path) {
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            without_options(&entry);
        } else if entry.ends_with(".htaccess") {
            let text = fs::read_to_string(&entry).expect(".htaccess");
            let kept: Vec<_> = text.lines().filter(|line| !line.starts_with("Options")).collect();
            fs::write(&entry, kept.join("\n") + "\n").expect(".htaccess");
        }
    }
}

#[test]
fn a_host_that_forbids_options_works_without_those_lines_and_with_programs_in_its_cgi_bin() {
    // That lengths are kept is for the tests, which read no chunks.
    let more = "LoadModule alias_module /usr/lib/apache2/modules/mod_alias.so\n\
        ScriptAlias /cgi-bin/ \"@FOLDER@/programs/\"\n\
        <Directory \"@FOLDER@/programs\">\nAllowOverride None\nRequire all granted\n\
        SetEnvIf Request_URI . ap_trust_cgilike_cl=1\n</Directory>\n\
        <Directory \"@FOLDER@/site\">\nAllowOverride AuthConfig FileInfo Indexes\n</Directory>\n";
    let arrange = |folder: &Path| fs::rename(folder.join("site/cgi-bin"), folder.join("programs")).expect("programs");
    let alarm = "mozchat.example.ini"; // Such a folder runs whatever is asked for, and this can't be run.
    let site = Site::on(&Host { more, arrange: Some(arrange), alarm, ..Host::default() });
    let visitor = site.browser("Ann", "mediaForum");
    assert_eq!(visitor.get("").status, 500);
    assert!(site.log().contains("Options not allowed here"), "{}", site.log());
    without_options(&site.root());
    assert_eq!(visitor.get("").status, 200);
    assert_eq!(visitor.upload("one", 1000).alert(), "Server got a record of 1kB");
    for hidden in ["threads/mediaForum/.ini", "threads/mediaForum/catalog.json", "cgi-bin/mozchat.example.ini"] {
        assert_ne!(visitor.get(hidden).status, 200, "{hidden}");
    }
    // Cookies are for the programs and the clips alike, wherever these are.
    let answer = site.browser("Cat", "mediaForum").query("thread", &[("realm", "mediaForum"), ("user", "Cat")]);
    assert!(answer.header("Set-Cookie").is_some_and(|cookie| cookie.contains("; Path=/;")), "{answer:?}");
}
