//! Hosts that lack a module, that ask for a password, or that stand behind a proxy.

use crate::support::site::Host;
use crate::support::{Browser, Request, Site, blob, multipart, multipart_type};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fs;
use std::path::Path;
use std::process::Command;

/// What an optional module's absence leaves to be asked for: curl takes answers whatever their framing.
fn status(site: &Site, target: &str, more: &[&str]) -> u16 {
    let output = Command::new("curl")
        .args(["-s", "-o", "/dev/null", "-w", "%{http_code}"])
        .args(more)
        .arg(format!("http://{}/{target}", site.address()))
        .output()
        .expect("curl");
    String::from_utf8_lossy(&output.stdout).parse().expect("a status")
}

#[test]
fn page_programs_and_clips_work_without_any_one_of_the_optional_modules() {
    for module in ["autoindex", "deflate", "dir", "filter", "headers", "setenvif"] {
        let host = Host { without: &[module], ..Host::default() };
        let site = Site::on(&host);
        let room = site.thread("room", "[common]\nmediaFolder=media1\n");
        room.write("media1/a.webm", blob("webm", 1000));
        for target in ["index.html", "js/first-aid.js", "manual/index.html", "threads/room/index.html"] {
            assert_eq!(status(&site, target, &[]), 200, "{target} without {module}: {}", site.log());
        }
        assert_eq!(status(&site, "", &[]), if module == "dir" { 403 } else { 200 }, "/ without {module}");
        assert_eq!(status(&site, "cgi-bin/thread.cgi?realm=room&user=Ann", &[]), 200, "{module}: {}", site.log());
        assert_eq!(status(&site, "threads/room/media1/a.webm", &["-r", "0-9"]), 206, "{module}");
        for hidden in
            ["threads/room/.ini", "threads/room/notify.ini", "threads/example.ini", "cgi-bin/mozchat.example.ini"]
        {
            assert_eq!(status(&site, hidden, &[]), 403, "{hidden} without {module}");
        }
    }
}

/// As a host's control panel protects a folder: these lines go before those that are there.
fn protect(folder: &Path) {
    let passwords = folder.join("passwords");
    let made = Command::new("htpasswd").arg("-bc").arg(&passwords).args(["fam", "secret"]).output().expect("htpasswd");
    assert!(made.status.success(), "{made:?}");
    let htaccess = folder.join("site/.htaccess");
    let lines = format!("AuthType Basic\nAuthName family\nAuthUserFile {}\nRequire valid-user\n", passwords.display());
    fs::write(&htaccess, lines + &fs::read_to_string(&htaccess).expect(".htaccess")).expect(".htaccess");
}

pub const BASIC_AUTH: &str = "LoadModule authn_core_module /usr/lib/apache2/modules/mod_authn_core.so\n\
    LoadModule authn_file_module /usr/lib/apache2/modules/mod_authn_file.so\n\
    LoadModule authz_user_module /usr/lib/apache2/modules/mod_authz_user.so\n\
    LoadModule auth_basic_module /usr/lib/apache2/modules/mod_auth_basic.so\n";

/// A site whose whole folder has a password.
pub fn with_a_password() -> Site {
    Site::on(&Host { more: BASIC_AUTH, arrange: Some(protect), ..Host::default() })
}

#[test]
fn a_password_on_the_pages_folder_covers_programs_pulse_and_clips() {
    let site = with_a_password();
    let room = site.thread("room", "[common]\nmediaFolder=media1\n");
    room.write("media1/a.webm", blob("webm", 1000));
    room.write("pulse.json", "{}");
    let fields =
        [("user", "Mallory"), ("realm", "room"), ("act", "uploadBlob"), ("mime", "audio/webm"), ("ext", "webm")];
    let upload = || {
        let body = multipart(&fields, Some(&blob("webm", 500)));
        Request::new("POST", "cgi-bin/upload.cgi").body(&multipart_type(), body)
    };
    let know = format!("Basic {}", STANDARD.encode("fam:secret"));
    let targets = [
        "",
        "cgi-bin/thread.cgi?realm=room&user=Mallory",
        "cgi-bin/poll.cgi?realm=room&user=Mallory&act=poll",
        "threads/room/",
        "threads/room/pulse.json",
        "threads/room/media1/a.webm",
    ];
    for target in targets {
        assert_eq!(Request::new("GET", target).send(site.address()).status, 401, "{target}");
        let answer = Request::new("GET", target).header("Authorization", &know).send(site.address());
        assert_eq!(answer.status, 200, "{target}");
    }
    assert_eq!(upload().send(site.address()).status, 401);
    assert_eq!(upload().header("Authorization", &know).send(site.address()).status, 200);
    assert_eq!(room.listed().len(), 1, "the clip of the one who knows the password");
    for hidden in ["threads/room/.ini", "cgi-bin/mozchat.example.ini", "cgi-bin/.htaccess"] {
        let answer = Request::new("GET", hidden).header("Authorization", &know).send(site.address());
        assert_eq!(answer.status, 403, "{hidden}");
    }
}

/// Whether a wrong password from this address is still listened to (403), or nobody from there is (429).
fn wrong_password(site: &Site, forwarded_for: &str) -> u16 {
    let ann = Browser::new(site.address(), "Ann", "room");
    let body = serde_json::json!({ "user": "Ann", "realm": "room", "password": "wrong" }).to_string();
    let request = Request::new("POST", "cgi-bin/thread.cgi").header("X-Forwarded-For", forwarded_for);
    ann.send(request.body("application/json", body)).status
}

#[test]
fn behind_a_proxy_that_is_trusted_each_visitor_has_an_address() {
    let site = Site::start();
    site.thread("room", "[auth]\npassword=sesame\n");
    let guess = |address: &str| (0..6).fold(0, |_, _| wrong_password(&site, address));
    assert_eq!((guess("203.0.113.7"), wrong_password(&site, "203.0.113.8")), (429, 429), "nobody is believed unasked");
    let ini = site.root().join("cgi-bin/mozchat.ini");
    fs::write(&ini, "trustProxy=\"1\"\n").expect("mozchat.ini");
    assert_eq!(wrong_password(&site, "203.0.113.9"), 403);
    assert_eq!(guess("203.0.113.7, 203.0.113.10"), 429);
    assert_eq!(wrong_password(&site, "203.0.113.10, 203.0.113.11"), 403, "only the last one is the proxy's word");
}
