//! Faults of the host and of the admin.

use super::{Report, ask, choose_media_folders, html, look, say};
use crate::broken_host::{ReadOnly, SmallDisk};
use crate::support::site::Host;
use crate::support::{Request, Site};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("permissions");
}

#[test]
fn programs_that_are_missing_not_executable_or_no_programs_are_named() {
    let site = Site::on(&Host { alarm: "End of script output", ..Host::default() });
    say(&site, "");
    mode(&site.program("poll"), 0o644);
    fs::remove_file(site.program("chat")).expect("removed");
    // A copy in text mode.
    let text = fs::read(site.program("users")).expect("the program");
    fs::write(site.program("users"), [&text[..300], b"\r", &text[301..]].concat().split_off(20)).expect("written");
    mode(&site.program("delete"), 0o777);
    let report = look(&site);
    report.says(&report.bad, &["poll.cgi is not executable: its mode is 0644", "0755"]);
    report.says(&report.bad, &["chat.cgi is not there", "binary"]);
    report.says(&report.bad, &["users.cgi can't be started", "binary"]);
    report.says(&report.bad, &["cgi-bin/poll.cgi is not started: the server answers 500"]);
    report.says(&report.doubt, &["Others may change delete.cgi", "suexec"]);
}

#[test]
fn threads_that_can_not_be_written_or_have_a_bad_ini_or_none_are_named() {
    let site = Site::start();
    say(&site, "thread=1\n[mail]\nwaitSecs=3");
    let closed = site.thread("closed", "[common]\nclipLifetimeSec=soon\n[auth]\npassword=sesame\n");
    site.thread("broken", "[common\nmaxBlobBytes=1\n");
    let empty = site.root().join("threads/empty");
    fs::create_dir_all(empty.join("media1234")).expect("a folder whose .ini is gone");
    fs::create_dir(site.root().join("threads/with defaults")).expect("a folder");
    fs::create_dir(site.root().join("threads/odd <name")).expect("a folder");
    fs::create_dir(site.root().join("threads/scripts")).expect("a folder");
    let _locked = ReadOnly::make(closed.path());
    let report = look(&site);
    report.says(&report.bad, &["closed can't be written", "0777"]);
    report.says(&report.bad, &["broken/.ini line 1"]);
    report.says(&report.bad, &["empty has no .ini any more", "begin with a dot"]);
    report.says(&report.bad, &["odd <name can't be a thread", "Rename it"]);
    assert!(!report.html.contains("with defaults can't"), "a thread with the defaults");
    report.says(&report.bad, &["scripts can't be a thread: the name is the site's own", "Rename it"]);
    report.says(&report.doubt, &["closed/.ini line 2: clipLifetimeSec", "\"soon\""]);
    report.says(&report.doubt, &["closed/.ini line 4: password is plain text", "hash"]);
    report.says(&report.doubt, &["mozchat.ini line 2: thread is no key"]);
    report.says(&report.doubt, &["mozchat.ini line 4: waitSecs"]);
    assert!(!report.html.contains("sesame"));
}

#[test]
fn a_mozchat_ini_that_others_may_change_or_read_is_reported() {
    let site = Site::start();
    say(&site, "");
    let ini = site.root().join("cgi-bin/mozchat.ini");
    for bits in [0o620, 0o602, 0o666] {
        mode(&ini, bits);
        let report = look(&site);
        report.says(&report.bad, &["Others on this host may change mozchat.ini", "0600"]);
    }
    mode(&ini, 0o644);
    let report = look(&site);
    assert!(report.bad.is_empty());
    report.says(&report.doubt, &["may be able to read mozchat.ini", "0600"]);
}

#[test]
fn where_htaccess_is_ignored_it_is_said_in_red_that_everybody_can_read_the_state() {
    // As on a host that starts programs by itself and obeys no .htaccess.
    let more = "<Directory \"@FOLDER@/site\">\nOptions Indexes ExecCGI\nAddHandler cgi-script .cgi\nAllowOverride None\n</Directory>\n";
    let site = Site::on(&Host { more, ..Host::default() });
    say(&site, "");
    let room = site.thread("room", "[common]\nmediaFolder=media_hush\n");
    for file in ["catalog.json", "users.json", ".pulse-key", "media_hush/a.webm"] {
        room.write(file, "[]");
    }
    assert_eq!(ask(&site, Request::new("GET", "threads/room/users.json")).status, 200, "the fault is there");
    let report = look(&site);
    let said = report.says(&report.bad, &["room: EVERYBODY CAN READ", "AllowOverride All"]);
    for file in [".ini", "catalog.json", "users.json", ".pulse-key", "notify.ini"] {
        assert!(said.contains(file), "{file} in {said}");
    }
    report.says(&report.bad, &["Everybody can read mozchat.ini"]);
    report.says(&report.bad, &["threads: EVERYBODY CAN READ", "example.ini"]);
    report.says(&report.bad, &["room: the server lists the clips"]);
    report.says(&report.doubt, &["room: clips come without nosniff"]);
    assert!(!report.html.contains("hush"));
}

#[test]
fn a_thread_that_lost_its_htaccess_is_still_covered_by_the_one_above() {
    let site = Site::start();
    say(&site, "");
    let room = site.thread("room", "[common]\n");
    room.write("users.json", "{}");
    fs::remove_file(room.file(".htaccess")).expect("removed");
    let report = look(&site);
    assert!(report.bad.is_empty() && report.doubt.is_empty(), "{report:#?}");
    fs::remove_file(site.root().join("threads/.htaccess")).expect("removed");
    let report = look(&site);
    report.says(&report.bad, &["room: EVERYBODY CAN READ users.json", "FTP programs hide"]);
    assert!(report.bad.iter().all(|bad| !bad.starts_with("mediaForum:")), "{:?}", report.bad);
}

#[test]
fn a_server_that_sends_no_ranges_is_reported() {
    let site = Site::on(&Host { more: "MaxRanges none\n", ..Host::default() });
    say(&site, "");
    let report = look(&site);
    report.says(&report.bad, &["mediaForum: the server sends no ranges", "iPhone"]);
}

#[test]
fn a_full_disk_is_reported_and_the_admin_still_gets_in() {
    let site = Site::start();
    say(&site, "");
    let room = site.thread("room", "[common]\n");
    let Some(disk) = SmallDisk::on(&room, "[common]\n") else {
        println!("skipped: only root may mount a small disk");
        return;
    };
    disk.fill();
    let report = look(&site);
    report.says(&report.bad, &["The disk is full (room)"]);
    report.says(&report.bad, &["room can't be written", "disk is full", "Delete old clips"]);
    assert!(report.bad.iter().all(|bad| !bad.contains("mediaForum")), "{:#?}", report.bad);
}

#[test]
fn threads_that_are_not_found_are_reported_with_the_places_that_were_tried() {
    let site = Site::start();
    say(&site, "");
    fs::rename(site.root().join("threads"), site.root().join("elsewhere")).expect("moved");
    let report = look(&site);
    report.says(&report.bad, &["The threads were not found", "Copy the folder threads"]);
    say(&site, &format!("threads=\"{}\"", site.root().join("nowhere").display()));
    let report = look(&site);
    report.says(&report.bad, &["not where mozchat.ini says", "nowhere"]);
}

#[test]
fn programs_in_the_hosts_own_cgi_bin_find_the_threads_on_the_web() {
    let more = "LoadModule alias_module /usr/lib/apache2/modules/mod_alias.so\n\
        ScriptAlias /cgi-bin/mozchat/ \"@FOLDER@/programs/\"\n\
        <Directory \"@FOLDER@/programs\">\nAllowOverride None\nRequire all granted\n</Directory>\n";
    let arrange = |folder: &Path| fs::rename(folder.join("site/cgi-bin"), folder.join("programs")).expect("moved");
    // The server tries to start what it is asked for, which shows nothing.
    let alarm = "End of script output before headers: mozchat.ini";
    let site = Site::on(&Host { more, arrange: Some(arrange), alarm, ..Host::default() });
    let programs = site.root().parent().expect("a folder").join("programs");
    choose_media_folders(&site);
    fs::write(programs.join("mozchat.ini"), "checkKey=\"correct horse battery\"\n").expect("mozchat.ini");
    mode(&programs.join("mozchat.ini"), 0o644);
    let answer = ask(&site, Request::new("GET", "cgi-bin/mozchat/check.cgi?key=correct+horse+battery"));
    let report = Report::read(html(&answer));
    assert!(report.bad.is_empty() && report.doubt.is_empty(), "{report:#?}");
    report.says(&report.good, &["The web server starts every program"]);
    report.says(&report.good, &["index.html, pulse.json and clips, and nothing else", "videoStream"]);
}

#[test]
fn a_host_that_can_not_ask_itself_is_no_catastrophe() {
    let site = Site::start();
    say(&site, "page=\"http://127.0.0.1:9/chat/\"");
    let report = look(&site);
    assert!(report.bad.is_empty(), "{:#?}", report.bad);
    let said = report.says(&report.doubt, &["can't ask itself at http://127.0.0.1:9/chat/", "look yourself"]);
    assert!(said.contains("http://127.0.0.1:9/chat/threads/mediaForum/.ini"), "{said}");
}

fn make_certificate(folder: &Path) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(vec!["localhost".into()]).expect("a certificate");
    fs::write(folder.join("cert.pem"), cert.pem()).expect("cert.pem");
    fs::write(folder.join("key.pem"), signing_key.serialize_pem()).expect("key.pem");
}

#[test]
fn a_certificate_that_nobody_trusts_is_reported_and_the_rest_is_looked_at() {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
    let more = format!(
        "LoadModule socache_shmcb_module /usr/lib/apache2/modules/mod_socache_shmcb.so\n\
         LoadModule ssl_module /usr/lib/apache2/modules/mod_ssl.so\nListen 127.0.0.1:{port}\n\
         <VirtualHost 127.0.0.1:{port}>\nServerName localhost\nDocumentRoot \"@FOLDER@/site\"\nSSLEngine on\n\
         SSLCertificateFile \"@FOLDER@/cert.pem\"\nSSLCertificateKeyFile \"@FOLDER@/key.pem\"\n</VirtualHost>\n"
    );
    let site = Site::on(&Host { more: &more, arrange: Some(make_certificate), ..Host::default() });
    say(&site, &format!("page=\"https://localhost:{port}/\""));
    let report = look(&site);
    assert_eq!(report.bad.len(), 1, "{:#?}", report.bad);
    report.says(&report.bad, &["certificate is none that browsers trust"]);
    report.says(&report.good, &["The web server starts every program"]);
    report.says(&report.good, &["index.html, pulse.json and clips", "mediaForum"]);
}

#[test]
fn a_page_without_https_gets_no_microphone() {
    let site = Site::start();
    say(&site, "");
    say(&site, "page=\"http://chat.invalid/\"");
    let report = look(&site);
    report.says(&report.bad, &["not HTTPS", "https://"]);
}
