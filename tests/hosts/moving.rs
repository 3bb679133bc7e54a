//! Moving in from the original: folders that PHP has written, and pages that know its two addresses. And hosts that
//! forbid something.

use crate::support::site::{Host, Site};
use crate::support::{Browser, Folder, Request, blob, multipart, multipart_type};
use serde_json::{Value, json};
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

/// What INSTALL.html says between these tags, as an admin copies it from a browser.
fn install(id: &str) -> String {
    let text = include_str!("../../INSTALL.html");
    let begin = text.find(&format!("<pre id=\"{id}\">")).unwrap_or_else(|| panic!("{id} in INSTALL.html"));
    let inner = &text[begin..begin + text[begin..].find("</pre").expect("their end")];
    inner[inner.find('>').expect("a tag") + 1..].trim_start().replace("&lt;", "<").replace("&gt;", ">")
}

const REWRITE: &str = "LoadModule rewrite_module /usr/lib/apache2/modules/mod_rewrite.so\n";
/// The second site of such a host is not at the root, as INSTALL's second set of lines has it.
const ALIAS: &str = "LoadModule rewrite_module /usr/lib/apache2/modules/mod_rewrite.so\n\
    LoadModule alias_module /usr/lib/apache2/modules/mod_alias.so\nAlias /mozchat \"@FOLDER@/site\"\n";

/// The folder of the original, with a thread in it: what its page reads, and its two programs.
fn original(folder: &Path, name: &str) {
    fs::create_dir_all(folder.join(name).join("media1234")).expect("the thread of the original");
    fs::write(folder.join(name).join(".ini"), INI).expect(".ini");
    for (file, text) in [("index.php", "<?php"), ("upload.php", "<?php"), ("download.php", "<?php")] {
        fs::write(folder.join(file), text).expect(file);
    }
}

/// Follows "Moving in" from its first step to its last, and then uses the old page, whose folder is this.
fn moves_in(site: &Site, name: &str, old: &str, lines: &str) {
    // 1. and 2.: copied with all that is in it, and two files of a ready thread.
    let room = written_by_php(site, name);
    // 4.: what is stricter is to be as before.
    room.write("mozchat.ini", install("as-before"));
    let folder = site.root().join(old);
    original(&folder, name);
    for program in ["upload.php", "download.php"] {
        fs::remove_file(folder.join(program)).expect(program);
    }
    let htaccess = folder.join(".htaccess");
    let before = fs::read_to_string(&htaccess).unwrap_or_default();
    fs::write(&htaccess, before + &install(lines) + "\n").expect(".htaccess");
    old_page(site, name, old);
    // The page of today is there, too, and hides what it did.
    let visitor = site.browser("New", name);
    assert_eq!(visitor.sees().last().map(String::as_str), Some("from an old page"));
    let folder = encoded(name);
    assert_eq!(visitor.get(&format!("threads/{folder}/index.html")).status, 200);
    assert_eq!(visitor.get(&format!("threads/{folder}/pulse.json")).status, 200);
    for hidden in [".ini", "mozchat.ini", "catalog.json", "names.json"] {
        for place in [format!("threads/{folder}"), format!("{old}{folder}")] {
            assert_ne!(visitor.get(&format!("{place}/{hidden}")).status, 200, "{place}/{hidden}");
        }
    }
    assert_eq!(visitor.act("delete", "clearMedia", json!({})).alert(), "files cleared");
}

#[test]
fn install_followed_to_the_letter_ends_with_an_old_page_that_hears_a_new_clip() {
    for name in ["vec", "mediaTalk", "Наша комната", "Tom & Jerry"] {
        let site = Site::on(&Host { more: REWRITE, ..Host::default() });
        moves_in(&site, name, "", "old-addresses");
    }
}

#[test]
fn the_other_lines_do_the_same_in_another_folder() {
    for name in ["vec", "Наша комната"] {
        let site = Site::on(&Host { more: ALIAS, ..Host::default() });
        moves_in(&site, name, "old/", "old-addresses-elsewhere");
    }
}

/// A name in a path.
fn encoded(name: &str) -> String {
    form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>().replace('+', "%20")
}

/// What the old page does, at its own addresses in this folder: two people, one of whom records, and the other hears it.
fn old_page(site: &Site, name: &str, folder: &str) {
    let (ann, bob) = (site.browser("Ann", name), site.browser("Bob", name));
    let asks = |user: &str, token: &str| {
        let realm = form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>();
        format!(
            "{folder}download.php?user={user}&realm={realm}&act=poll&catSince=0&catBytes=0&usersSince=0&catCrc={token}"
        )
    };
    // What waited for Bob since PHP comes first, then the clips.
    assert_eq!(bob.get(&asks("Bob", "1234")).checked().json()["text"], "waits since PHP");
    let first = bob.get(&asks("Bob", "1234")).checked().json();
    let before = first["list"].as_array().map(Vec::len).expect("a list");
    hears(&bob, name, folder, &first["list"][0]);
    let fields = [
        ("user", "Ann"),
        ("realm", name),
        ("act", "uploadBlob"),
        ("description", "from an old page"),
        ("mime", "audio/webm;codecs=opus"),
        ("ext", "webm"),
        ("duration", "2"),
    ];
    let body = multipart(&fields, Some(&blob("webm", 1500)));
    let sent = ann.send(Request::new("POST", &format!("{folder}upload.php")).body(&multipart_type(), body)).checked();
    assert_eq!(sent.alert(), "Server got a record of 2kB");
    let news = bob.get(&asks("Bob", first["catCrc"].as_str().expect("a token"))).checked().json();
    let list = news["list"].as_array().cloned().expect("a list");
    assert_eq!((list.len(), &list[before][7]), (before + 1, &json!("from an old page")));
    hears(&bob, name, folder, &list[before]);
}

/// Fetches a clip as the old page does: beside itself, in the folder of the thread.
fn hears(listener: &Browser, name: &str, folder: &str, row: &Value) {
    let clip = row[0].as_str().expect("a file name");
    let address = format!("{folder}{}/media1234/{clip}", encoded(name));
    let sound = listener.send(Request::new("GET", &address).header("Range", "bytes=0-"));
    assert_eq!((sound.status, sound.body.len() as u64), (206, row[5].as_u64().expect("a size")), "{address}");
    let kind = if clip.ends_with(".oga") { "audio/ogg" } else { "video/webm" };
    assert_eq!(sound.header("Content-Type"), Some(kind));
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
    // A cookie is for the programs alone, in whatever folder they are: it names none.
    let answer = site.browser("Cat", "mediaForum").query("thread", &[("realm", "mediaForum"), ("user", "Cat")]);
    let cookie = answer.header("Set-Cookie").unwrap_or_default();
    assert!(cookie.starts_with("mzn") && !cookie.contains("Path="), "{cookie}");
}
