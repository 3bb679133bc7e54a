//! What Apache itself serves: the page, the clips, the pulse, and nothing that is nobody's business.

use crate::support::{Request, Site, blob, is_fcgid};
use serde_json::json;

#[test]
fn the_page_is_served_with_a_policy_that_allows_no_foreign_code() {
    let site = Site::start();
    let visitor = site.browser("", "");
    let page = visitor.get("");
    assert_eq!((page.status, page.header("Content-Type")), (200, Some("text/html; charset=utf-8")));
    let policy = page.header("Content-Security-Policy").expect("a policy").to_owned();
    assert!(!policy.contains("unsafe-inline") && policy.contains("default-src 'self'"), "{policy}");
    let text = String::from_utf8(page.body.clone()).expect("UTF-8");
    let own = policy.trim_end_matches("; frame-ancestors 'self'");
    assert!(text.contains(own), "index.html and .htaccess have one policy: {policy}");
    assert_eq!(page.header("Cache-Control"), Some("no-cache"));
    let for_ever = "public, max-age=31536000, immutable";
    for (target, kind, keep) in [
        ("js/first-aid.js", "text/javascript; charset=utf-8", "no-cache"),
        ("service-worker.js", "text/javascript; charset=utf-8", "no-cache"),
        (named(&text, "js/main-"), "text/javascript; charset=utf-8", for_ever),
        (named(&text, "css/page-"), "text/css; charset=utf-8", for_ever),
    ] {
        let file = visitor.get(target);
        assert_eq!((file.status, file.header("Content-Type")), (200, Some(kind)), "{target}");
        assert_eq!(file.header("Cache-Control"), Some(keep), "{target}");
        assert_eq!(file.header("X-Content-Type-Options"), Some("nosniff"), "{target}");
    }
}

/// The file's name in the page's text that begins so.
fn named<'a>(page: &'a str, beginning: &str) -> &'a str {
    page.split('"').find(|word| word.starts_with(beginning)).expect("a name in the page")
}

#[test]
fn a_page_that_has_not_changed_is_not_sent_again_compressed_or_not() {
    let site = Site::start();
    let visitor = site.browser("", "");
    for coding in ["identity", "gzip"] {
        let request = || Request::new("GET", "js/first-aid.js").header("Accept-Encoding", coding);
        let first = visitor.send(request());
        assert_eq!(first.header("Content-Encoding").unwrap_or("identity"), coding);
        let tag = first.header("ETag").expect("a tag").to_owned();
        let again = visitor.send(request().header("If-None-Match", &tag));
        assert_eq!((again.status, again.body.len()), (304, 0), "{coding} {tag}");
    }
}

#[test]
fn every_file_that_the_page_names_is_there() {
    let site = Site::start();
    let visitor = site.browser("", "");
    let page = String::from_utf8(visitor.get("").body).expect("UTF-8");
    let named =
        page.split(['"', '\'']).filter(|word| !word.contains([' ', ':']) && word.contains("/") && word.contains('.'));
    let files: Vec<_> = named.collect();
    for expected in ["js/main-", "js/session-", "css/page-", "js/first-aid.js"] {
        assert!(files.iter().any(|file| file.starts_with(expected)), "{expected} in {files:?}");
    }
    for file in files {
        assert_eq!(visitor.get(file).status, 200, "{file}");
    }
}

#[test]
fn clips_are_served_in_ranges_so_that_one_can_seek() {
    let site = Site::start();
    let room = site.thread("room", "[common]\nmediaFolder=media1\n");
    let ann = site.browser("Ann", "room");
    let clip = blob("webm", 3000);
    ann.upload_with(&[], &clip);
    let target = format!("threads/room/media1/{}", room.listed()[0]);
    let part = ann.send(Request::new("GET", &target).header("Range", "bytes=1000-1099"));
    assert_eq!((part.status, part.header("Content-Range")), (206, Some("bytes 1000-1099/3000")));
    assert_eq!(part.body, clip[1000..1100]);
    let end = ann.send(Request::new("GET", &target).header("Range", "bytes=2900-"));
    assert_eq!((end.status, end.body.len()), (206, 100));
    let none = ann.send(Request::new("GET", &target).header("Range", "bytes=9999-"));
    assert_eq!(none.status, 416);
}

#[test]
fn nobody_sees_the_files_behind_a_thread() {
    let site = Site::start();
    let room = site.thread("room", "[common]\nmediaFolder=media1\n");
    let ann = site.browser("Ann", "room");
    ann.upload("", 100);
    ann.poll();
    ann.act("chat", "relay", json!({ "target": "Bob", "type": "message" }));
    ann.act("chat", "logNrelay", json!({ "target": "Bob", "type": "invite", "sid": "abcdefghij" }));
    ann.act("chat", "logError", json!({ "errorMsg": "x" }));
    let mut names: Vec<_> = std::fs::read_dir(room.path())
        .expect("the thread")
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.path().is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.extend([".upload-1.tmp", ".catalog.json.tmp", "names.json", "media1/", "media1/.x.webm"].map(String::from));
    for expected in [".ini", "notify.ini", "catalog.json", "users.json", "messages.json", ".lock", "pulse.json"] {
        assert!(names.iter().any(|name| name == expected), "{expected} in {names:?}");
    }
    for name in names {
        let status = ann.get(&format!("threads/room/{name}")).status;
        let is_public = ["index.html", "pulse.json"].contains(&name.as_str());
        assert!(if is_public { status == 200 } else { status == 403 || status == 404 }, "{name}: {status}");
    }
    for target in ["threads/", "threads/example.ini", ".htaccess", "threads/.htaccess", "js/", "cgi-bin/"] {
        assert!(matches!(ann.get(target).status, 403 | 404), "{target}");
    }
}

#[test]
fn a_clip_is_never_run_whatever_is_in_it_and_whatever_its_name() {
    let site = Site::start();
    let room = site.thread("room", "[common]\nmediaFolder=media1\n");
    let shell = "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\nran'\n";
    for name in ["media1/a.cgi", "media1/a.cgi.webm", "media1/a.php.webm", "media1/a.shtml"] {
        room.write(name, shell);
        let path = room.file(name);
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("chmod");
        let answer = site.browser("Ann", "room").get(&format!("threads/room/{name}"));
        assert_ne!(answer.body, b"ran", "{name}");
        assert!(if name.ends_with("webm") { answer.status == 200 } else { answer.status >= 400 }, "{name} {answer:?}");
    }
}

#[test]
fn a_threads_folder_sends_its_visitor_to_the_page() {
    let site = Site::start();
    let visitor = site.browser("", "");
    for thread in ["mediaForum", "audioStream", "videoStream", "videoChat", "mediaChat"] {
        let page = visitor.get(&format!("threads/{thread}/"));
        assert_eq!(page.status, 200, "{thread}");
        assert!(String::from_utf8_lossy(&page.body).contains(&format!("?realm={thread}")), "{thread}");
        let settings = visitor.query("thread", &[("realm", thread)]).json();
        assert_eq!(settings["thread"], thread, "{settings}");
    }
    assert!(!site.log().contains(".ini line"), "the ready threads' settings are sound: {}", site.log());
}

#[test]
fn a_threads_folder_with_a_name_of_the_sites_own_is_refused_with_the_reason() {
    let site = Site::start();
    site.thread("scripts", "[common]\n");
    let refused = site.browser("Ann", "scripts").query("thread", &[("realm", "scripts")]).checked();
    assert_eq!((refused.status, refused.header("Mozchat-Error")), (200, Some("reserved-thread")));
    assert!(refused.error().contains("Rename the thread's folder"), "{}", refused.error());
}

#[test]
fn search_engines_and_old_browsers_find_their_files() {
    let site = Site::start();
    let visitor = site.browser("", "");
    let robots = visitor.get("robots.txt");
    assert_eq!((robots.status, robots.header("Content-Type")), (200, Some("text/plain; charset=utf-8")));
    assert!(String::from_utf8_lossy(&robots.body).contains("\nDisallow: /threads/\n"));
    let icon = visitor.get("favicon.ico");
    assert_eq!((icon.status, icon.body.get(..4)), (200, Some([0, 0, 1, 0].as_slice())));
}

#[test]
fn everything_works_in_a_subfolder_as_well() {
    let site = Site::start();
    site.thread("room", "[common]\n");
    // mod_fcgid takes a path for a command line, and ends it at a space.
    let name = if is_fcgid() { "subfolder" } else { "sub folder" };
    let folder = site.root().join("some").join(name);
    std::fs::create_dir_all(&folder).expect("a folder");
    for name in ["cgi-bin", "threads", "index.html", ".htaccess"] {
        std::fs::rename(site.root().join(name), folder.join(name)).expect(name);
    }
    let visitor = site.browser("", "");
    let target = format!("some/{}/", name.replace(' ', "%20"));
    assert_eq!(visitor.get(&target).status, 200);
    let answer = visitor.get(&format!("{target}cgi-bin/thread.cgi?realm=room")).checked();
    assert_eq!((answer.status, answer.json()["thread"].clone()), (200, json!("room")));
}
