//! Faults that an admin of cheap hosting meets: each is planted in a real Apache, and named with its remedy, and nothing else
//! is blamed.

use super::{KEY, Report, ask, html, look, say};
use crate::broken_host::SmallDisk;
use crate::hosts::BASIC_AUTH;
use crate::support::site::Host;
use crate::support::{Request, Site};
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;
use std::process::Command;

const REWRITE: &str = "LoadModule rewrite_module /usr/lib/apache2/modules/mod_rewrite.so\n";
const SUBSTITUTE: &str = "LoadModule substitute_module /usr/lib/apache2/modules/mod_substitute.so\n";

fn on(more: &str) -> (Site, Report) {
    let site = Site::on(&Host { more, ..Host::default() });
    say(&site, "");
    let report = look(&site);
    (site, report)
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Puts lines before those of the page's .htaccess; returns what was there.
fn add_lines(site: &Site, lines: &str) -> String {
    let path = site.root().join(".htaccess");
    let before = fs::read_to_string(&path).expect(".htaccess");
    fs::write(&path, format!("{before}\n{lines}")).expect("written");
    before
}

#[test]
fn a_host_that_is_answered_otherwise_than_browsers_blames_no_file_of_the_site() {
    let more = format!("{REWRITE}<Directory \"@FOLDER@/site\">\nOptions Indexes FollowSymLinks\n</Directory>\n");
    let site = Site::on(&Host { more: &more, ..Host::default() });
    say(&site, "");
    fs::write(site.root().join("challenge.html"), "<script>document.cookie='__test=1'</script>").expect("written");
    let target = format!("cgi-bin/check.cgi?key={}", KEY.replace(' ', "+"));
    let condition = "RewriteEngine On\nRewriteCond %{HTTP:X-Admin} ^$\nRewriteCond %{REQUEST_URI} !challenge\n";
    for (lines, words) in [
        (format!("{condition}RewriteRule ^ - [F]\n"), "gets another answer (403)"),
        (format!("{condition}RewriteRule ^ challenge.html [L]\n"), "gets another answer (200)"),
        (
            format!("{condition}RewriteRule ^(.*)$ https://www.example.invalid/$1 [R=301,L]\n"),
            "is sent to https://www.example.invalid/cgi-bin/check.cgi",
        ),
    ] {
        let before = add_lines(&site, &lines);
        let report = Report::read(html(&ask(&site, Request::new("GET", &target).header("X-Admin", "1"))));
        assert!(report.bad.is_empty() && report.doubt.len() == 1, "{report:#?}");
        report.says(&report.doubt, &[words, "page in mozchat.ini", "challenge"]);
        fs::write(site.root().join(".htaccess"), before).expect("written");
    }
    // An address in mozchat.ini at which there is something else.
    say(&site, &format!("page=\"http://{}/threads/\"", site.address()));
    let report = look(&site);
    report.says(&report.doubt, &["threads/cgi-bin/check.cgi", "is it right?"]);
    assert!(report.bad.is_empty(), "{:#?}", report.bad);
}

#[test]
fn protection_from_hotlinks_that_does_not_know_the_sites_own_address_is_named() {
    let (_site, report) = on(
        "<Location \"/threads/mediaForum\">\n<If \"%{HTTP_REFERER} =~ m#127.0.0.1#\">\nRequire all denied\n</If>\n</Location>\n",
    );
    report.says(&report.bad, &["mediaForum: clips are refused to the page itself", "403", "hotlink"]);
    assert_eq!(report.bad.len(), 1, "{:#?}", report.bad);
}

#[test]
fn a_page_that_a_host_rewrites_or_calls_by_another_charset_is_named() {
    let more = format!(
        "{SUBSTITUTE}<Location \"/\">\nAddOutputFilterByType SUBSTITUTE text/html\n\
        Substitute \"s|</body>|<script src='//ads.example.invalid/x.js'></script></body>|i\"\n</Location>\n\
        <LocationMatch \"^/(?:index.html)?$\">\nHeader set Content-Type \"text/html; charset=windows-1251\"\n</LocationMatch>\n"
    );
    let (_site, report) = on(&more);
    report.says(&report.doubt, &["The page comes changed", "advertisements"]);
    report.says(&report.bad, &["written in windows-1251", "AddDefaultCharset"]);
}

#[test]
fn cookies_that_do_not_get_through_in_both_directions_are_named() {
    let (_site, report) =
        on("RequestHeader unset Cookie\nHeader edit Set-Cookie \"(.*)\" \"$1; Domain=backend.invalid\"\n\
        Header always edit Set-Cookie \"(.*)\" \"$1; Domain=backend.invalid\"\n");
    report.says(&report.bad, &["takes the browsers' cookies away", "RequestHeader unset Cookie"]);
    report.says(&report.bad, &["changes their cookies (Domain=backend.invalid)", "proxy_cookie_domain"]);
}

#[test]
fn a_proxy_that_takes_our_header_away_and_missing_parts_of_the_page_are_named() {
    let site =
        Site::on(&Host { more: "Header always unset Mozchat-Error\nHeader unset Mozchat-Error\n", ..Host::default() });
    say(&site, "");
    fs::remove_file(site.root().join("service-worker.js")).expect("removed");
    fs::remove_dir_all(site.root().join("manual")).expect("removed");
    let report = look(&site);
    report.says(&report.bad, &["takes the header Mozchat-Error out", "ask for a password"]);
    report.says(&report.bad, &["Files of the page are missing: manual/index.html, service-worker.js"]);
}

#[test]
fn a_program_of_another_version_is_named() {
    let site = Site::start();
    say(&site, "");
    let old = "#!/bin/sh\nprintf 'Status: 400 Bad Request\\r\\nMozchat-Error: bad-realm\\r\\n\\r\\n'\n";
    fs::remove_file(site.program("mail")).expect("removed");
    fs::write(site.program("mail"), old).expect("written");
    fs::set_permissions(site.program("mail"), fs::Permissions::from_mode(0o755)).expect("permissions");
    let report = look(&site);
    report.says(&report.bad, &["Of another version than check.cgi", ": mail.cgi.", "broken off"]);
}

#[test]
fn files_that_nobody_can_replace_and_folders_in_their_place_are_named() {
    if !is_root() {
        println!("skipped: only root gives files away");
        return;
    }
    let site = Site::start();
    let (sticky, odd) = (site.thread("sticky", "[common]\n"), site.thread("odd", "[common]\nmediaFolder=media_x1\n"));
    site.browser("Ann", "sticky").upload("one", 1000);
    for path in [sticky.path().to_path_buf(), sticky.file("catalog.json"), sticky.file("pulse.json")] {
        chown(&path, Some(0), Some(0)).expect("chown");
    }
    fs::set_permissions(sticky.path(), fs::Permissions::from_mode(0o1777)).expect("permissions");
    fs::set_permissions(sticky.file("catalog.json"), fs::Permissions::from_mode(0o666)).expect("permissions");
    fs::create_dir(odd.file("users.json")).expect("a folder");
    fs::write(odd.file("media_x1"), "").expect("a file");
    say(&site, "");
    let report = look(&site);
    report.says(&report.bad, &["sticky: programs can't replace catalog.json, pulse.json", "1777"]);
    let said =
        report.says(&report.bad, &["odd: folders stand where files should be", "the folder of the clips, users.json"]);
    assert!(!said.contains("media_x1"), "the folder's name is a secret: {said}");
}

#[test]
fn threads_that_the_server_does_not_let_pages_read_are_named_with_the_reason() {
    let (_site, report) = on(&format!(
        "{BASIC_AUTH}<Location \"/threads\">\nAuthType Basic\nAuthName x\nAuthUserFile /dev/null\nRequire valid-user\n</Location>\n"
    ));
    report.says(&report.bad, &["Pages can't read the threads", "401", "before the whole folder"]);
    let site = Site::start();
    say(&site, "");
    let path = site.root().join("threads/.htaccess");
    let text = fs::read_to_string(&path).expect(".htaccess");
    // As Windows' editor saves it.
    fs::write(&path, format!("\u{feff}{text}")).expect("written");
    let report = look(&site);
    report.says(&report.bad, &["Pages can't read the threads", "500", "byte order mark"]);
}

#[test]
fn a_cache_that_keeps_the_programs_answers_is_known_by_their_age() {
    let (_site, report) = on("<Location \"/cgi-bin/poll.cgi\">\nHeader always set Age 30\n</Location>\n");
    report.says(&report.bad, &["cache before the programs keeps their answers", "no-store"]);
}

#[test]
fn an_allowance_that_is_too_small_for_the_largest_clip_is_named() {
    let site = Site::start();
    let room = site.thread("room", "");
    let Some(_disk) = SmallDisk::on(&room, "[common]\nmaxBlobBytes=900000\n") else {
        println!("skipped: no disk can be mounted here");
        return;
    };
    say(&site, "");
    let report = look(&site);
    report.says(&report.bad, &["room: there is no room for the largest clip (900000 bytes)", "quota"]);
}

/// check.cgi as Apache starts it, within mounts of its own; `None` where there can be none.
fn caged(site: &Site, command: &[&str]) -> Option<String> {
    let output = Command::new("unshare")
        .args(["-m", "sh", "-c"])
        .args(command)
        .envs([("REQUEST_METHOD", "GET"), ("SCRIPT_NAME", "/cgi-bin/check.cgi"), ("REMOTE_ADDR", "127.0.0.1")])
        .env("SCRIPT_FILENAME", site.program("check"))
        .env("QUERY_STRING", format!("key={}", KEY.replace(' ', "+")))
        .env("HTTP_HOST", site.address().to_string())
        .env("LC_ALL", "C")
        .output()
        .expect("unshare");
    let error = String::from_utf8_lossy(&output.stderr);
    if error.contains("unshare") || error.contains("mount") {
        println!("skipped: no mounts of one's own here: {error}");
        return None;
    }
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn a_cage_without_devices_and_a_disk_on_which_nothing_runs_are_named() {
    let site = Site::start();
    say(&site, "");
    let program = site.program("check");
    let program = program.to_str().expect("a path");
    if let Some(said) = caged(&site, &["mount -t tmpfs none /dev && exec \"$0\"", program]) {
        let report = Report::read(said);
        report.says(&report.bad, &["There is no /dev/null", "CageFS"]);
        assert_eq!((report.bad.len(), report.doubt.len()), (1, 0), "{report:#?}");
    }
    say(&site, &format!("page=\"http://{}/\"", site.address()));
    let root = site.root();
    let noexec = "mount --bind \"$1\" \"$1\" && mount -o remount,bind,noexec \"$1\" && exec \"$0\" --check --page \"$1\" --threads \"$1/threads\"";
    if let Some(said) = caged(&site, &[noexec, env!("CARGO_BIN_EXE_serve"), root.to_str().expect("a path")]) {
        assert!(said.contains("wrong: The disk with the programs was mounted with noexec"), "{said}");
        assert!(said.contains("Wrong: 1. Worth a look: 0."), "{said}");
    }
}

/// Links, as admins make them who have a second disk.
fn link_away(folder: &Path) {
    let (threads, away) = (folder.join("site/threads"), folder.join("away"));
    fs::create_dir(&away).expect("a folder");
    fs::rename(threads.join("mediaForum"), away.join("mediaForum")).expect("moved");
    symlink(away.join("mediaForum"), threads.join("mediaForum")).expect("a link");
    fs::create_dir(away.join("clips")).expect("a folder");
    symlink(away.join("clips"), threads.join("videoChat/media_own-w8Xp3t")).expect("a link");
}

#[test]
fn good_hosts_of_other_kinds_raise_no_alarm() {
    let expires = "LoadModule expires_module /usr/lib/apache2/modules/mod_expires.so\nServerTokens Prod\n\
        AddOutputFilterByType DEFLATE text/html text/css text/javascript application/javascript application/json\n\
        <LocationMatch \"\\.(?:js|css|svg)$\">\nExpiresActive On\nExpiresDefault \"access plus 1 month\"\n</LocationMatch>\n\
        Header always set Strict-Transport-Security \"max-age=31536000\"\nHeader always set X-Frame-Options SAMEORIGIN\n";
    let agents = format!(
        "{REWRITE}RewriteEngine On\nRewriteCond %{{HTTP_USER_AGENT}} \"!^(?:Mozilla/5|$)\"\nRewriteRule . - [F]\n"
    );
    let links = "<Directory \"@FOLDER@\">\nOptions FollowSymLinks\nAllowOverride All\nRequire all granted\n</Directory>\n\
        <Directory \"@FOLDER@/site\">\nOptions FollowSymLinks\n</Directory>\n";
    let below = "LoadModule alias_module /usr/lib/apache2/modules/mod_alias.so\nAlias \"/my/chat\" \"@FOLDER@/site\"\n";
    for (kind, more, arrange, page) in [
        ("one that compresses and keeps files for a month", expires, None, ""),
        ("one that turns away what is no browser", agents.as_str(), None, ""),
        ("links to another disk", links, Some(link_away as fn(&Path)), ""),
        ("a folder far below the root", below, None, "my/chat/"),
    ] {
        let site = Site::on(&Host { more, arrange, ..Host::default() });
        say(&site, &format!("page=\"http://{}/{page}\"", site.address()));
        let report = look(&site);
        assert!(report.bad.is_empty() && report.doubt.is_empty(), "{kind}: {report:#?}");
    }
}
