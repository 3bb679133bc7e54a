//! Faults that admins and hosts plant in passing, each really made: what is said, and what to do about it. A healthy site
//! beside them says nothing (`everything_is_green_on_a_good_site`).

use super::{KEY, Report, ask, html, look, say};
use crate::hosts::with_a_password;
use crate::support::site::{Host, is_fcgid};
use crate::support::{Request, Site};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

const ALIAS: &str = "LoadModule alias_module /usr/lib/apache2/modules/mod_alias.so\n";

/// A host with more configuration, and what check.cgi says there.
fn on(more: &str) -> (Site, Report) {
    let site = Site::on(&Host { more, ..Host::default() });
    say(&site, "");
    let report = look(&site);
    (site, report)
}

/// A file of the page whose name begins so.
fn page_file(site: &Site, folder: &str, beginning: &str) -> PathBuf {
    let entries = fs::read_dir(site.root().join(folder)).expect("a folder").map(|entry| entry.expect("one").path());
    let name = |path: &PathBuf| path.file_name().expect("a name").to_string_lossy().into_owned();
    let mut found: Vec<_> = entries.filter(|path| name(path).starts_with(beginning)).collect();
    found.sort();
    found.into_iter().next().expect("a file of the page")
}

#[test]
fn a_program_of_another_architecture_is_named_with_both() {
    let site = Site::on(&Host { alarm: "End of script output", ..Host::default() });
    say(&site, "");
    let mut bytes = fs::read(site.program("chat")).expect("the program");
    bytes[18..20].copy_from_slice(&[183, 0]);
    fs::remove_file(site.program("chat")).expect("removed");
    fs::write(site.program("chat"), bytes).expect("written");
    fs::set_permissions(site.program("chat"), fs::Permissions::from_mode(0o755)).expect("permissions");
    let report = look(&site);
    report.says(&report.bad, &["chat.cgi was made for another kind of machine: ARM", "x86-64"]);
}

#[test]
fn a_missing_a_changed_and_a_mistyped_file_of_the_page_is_named() {
    let more = "<Location \"/css\">\nForceType text/plain\n</Location>\n";
    let site = Site::on(&Host { more, ..Host::default() });
    say(&site, "");
    fs::remove_file(page_file(&site, "js", "connection-test-")).expect("removed");
    let changed = page_file(&site, "js", "session-");
    fs::write(&changed, fs::read_to_string(&changed).expect("a script") + "\n//injected\n").expect("written");
    let report = look(&site);
    report.says(&report.bad, &["Files of the page are missing: js/connection-test-", "upper and lower case"]);
    report.says(&report.bad, &["come changed", "js/session-", "optimizer"]);
    report.says(&report.bad, &["with types with which browsers refuse them: css/page-", "text/plain"]);
}

#[test]
fn a_page_that_is_not_there_or_is_another_one_is_named() {
    let site = Site::start();
    say(&site, "");
    fs::write(site.root().join("index.html"), "<h1>It works!</h1>").expect("written");
    let report = look(&site);
    report.says(&report.bad, &["another page stands than mozchat's", "welcome page"]);
    fs::remove_file(site.root().join("index.html")).expect("removed");
    let report = look(&site);
    report.says(&report.bad, &["The page can't be opened", "403", "Copy index.html"]);
}

#[test]
fn clips_that_are_there_and_that_visitors_can_not_read_are_named() {
    let site = Site::start();
    let room = site.thread("room", "[common]\nmediaFolder=media_own\n");
    site.browser("Ann", "room").upload("one", 1000);
    fs::write(room.file("media_own/.htaccess"), "Require all denied\n").expect("written");
    say(&site, "");
    let report = look(&site);
    let said = report.says(&report.bad, &["room: visitors can't read clips that are there", "403", "0755"]);
    assert!(!said.contains("media_own"), "{said}");
}

#[test]
fn a_catalog_that_was_mended_is_told_with_the_copy_that_is_kept() {
    let site = Site::start();
    let room = site.thread("room", "[common]\nmediaFolder=media_own\n");
    let ann = site.browser("Ann", "room");
    ann.upload("one", 1000);
    fs::write(room.file("catalog.json"), "[[\"edited by hand\",").expect("written");
    ann.poll();
    say(&site, "");
    let report = look(&site);
    report.says(&report.doubt, &["room: the list of clips", "made anew", "catalog.json.broken"]);
}

#[test]
fn htaccess_that_is_ignored_below_threads_is_seen_before_anything_is_there_to_be_read() {
    let (_site, report) = on("<Directory \"@FOLDER@/site/threads\">\nAllowOverride None\n</Directory>\n\
        <FilesMatch \"^\\.|\\.ini$\">\nRequire all denied\n</FilesMatch>\n");
    report.says(&report.bad, &["mediaForum: EVERYBODY CAN READ catalog.json, users.json", "AllowOverride All"]);
}

#[test]
fn a_server_that_shows_a_page_for_everything_raises_no_false_alarm() {
    let more = format!(
        "{ALIAS}ErrorDocument 403 /shown.html\nErrorDocument 404 /shown.html\n\
        LoadModule rewrite_module /usr/lib/apache2/modules/mod_rewrite.so\n\
        RewriteEngine On\nRewriteCond \"@FOLDER@/site%{{REQUEST_URI}}\" !-f\nRewriteCond \"@FOLDER@/site%{{REQUEST_URI}}\" !-d\n\
        RewriteRule . \"@FOLDER@/site/shown.html\" [L]\n"
    );
    let arrange = |folder: &Path| fs::write(folder.join("site/shown.html"), "<h1>Welcome</h1>").expect("a page");
    let site = Site::on(&Host { more: &more, arrange: Some(arrange), ..Host::default() });
    say(&site, "");
    let report = look(&site);
    assert!(report.bad.is_empty(), "{:#?}", report.bad);
    report.says(&report.doubt, &["answers 200 for a file that is not there", "RewriteEngine off"]);
}

#[test]
fn a_firewall_that_refuses_what_pages_send_is_named() {
    let (_site, report) = on(
        "<Directory \"@FOLDER@/site/cgi-bin\">\n<LimitExcept GET HEAD>\nRequire all denied\n</LimitExcept>\n\
        </Directory>\n<Location \"/cgi-bin\">\n<LimitExcept GET HEAD>\nRequire all denied\n</LimitExcept>\n</Location>\n",
    );
    report.says(&report.bad, &["firewall", "refuses requests (POST)", "403", "ModSecurity"]);
}

#[test]
fn the_rules_that_debian_gives_modsecurity_are_told_which_refuse_certain_clips() {
    let module = "/usr/lib/apache2/modules/mod_security2.so";
    if !Path::new(module).exists() {
        println!("skipped: libapache2-mod-security2 is not installed");
        return;
    }
    let more = format!(
        "LoadModule unique_id_module /usr/lib/apache2/modules/mod_unique_id.so\n\
        LoadModule security2_module {module}\nInclude /etc/modsecurity/modsecurity.conf-recommended\nSecRuleEngine On\n\
        SecAuditEngine Off\nSecDataDir /tmp\nSecTmpDir /tmp\nSecUploadDir /tmp\n"
    );
    let (_site, report) = on(&more);
    let said = report.says(&report.bad, &["refuses requests (POST)", "clips with certain bytes in them"]);
    assert!(!said.contains("chat texts"), "texts go through, as the page sends them: {said}");
    if !Path::new("/usr/share/modsecurity-crs/rules").exists() {
        println!("skipped: modsecurity-crs is not installed");
        return;
    }
    let core = "Include /etc/modsecurity/crs/crs-setup.conf\nInclude /usr/share/modsecurity-crs/rules/*.conf\n";
    let (_site, report) = on(&(more + core));
    let said = report.says(&report.bad, &["refuses requests (POST)", "clips with certain bytes in them"]);
    assert!(!said.contains("chat texts") && !said.contains("what every page sends"), "OWASP's rules: {said}");
}

#[test]
fn a_limit_on_uploads_below_that_of_the_threads_is_named_with_what_gets_through() {
    // mod_fcgid has a limit of its own, and is asked by that.
    if is_fcgid() {
        let (_site, report) = on("FcgidMaxRequestLen 131072\n");
        report.says(&report.bad, &["refused before the program sees them", "FcgidMaxRequestLen", "100000 bytes"]);
        // Of this one the program gets a part.
        let (_site, report) = on("<Location \"/cgi-bin\">\nLimitRequestBody 3000000\n</Location>\n");
        report.says(&report.bad, &["LimitRequestBody", "2000000 bytes get through"]);
        return;
    }
    let (_site, report) = on("<Location \"/cgi-bin\">\nLimitRequestBody 3000000\n</Location>\n");
    let said = report.says(&report.bad, &["refused before the program sees them", "413", "2000000 bytes get through"]);
    assert!(said.contains("videoChat") && !said.contains("audioStream"), "{said}");
}

#[test]
fn what_a_host_does_to_clips_and_pulse_on_the_way_is_named() {
    let (_site, report) = on("<Location \"/threads/mediaForum\">\nSetOutputFilter DEFLATE\n</Location>\n\
        <LocationMatch \"^/threads/mediaChat/.*pulse\\.json$\">\nHeader set Cache-Control \"max-age=60\"\n</LocationMatch>\n\
        <LocationMatch \"^/threads/videoChat/.*pulse\\.json$\">\nHeader unset ETag\nHeader always unset ETag\n</LocationMatch>\n\
        <LocationMatch \"^/threads/videoStream/.*pulse\\.json$\">\nRequestHeader unset If-None-Match\n</LocationMatch>\n\
        <LocationMatch \"^/threads/audioStream/.*\\.oga$\">\nForceType text/plain\n</LocationMatch>\n");
    report.says(&report.bad, &["mediaForum: clips are compressed on the way (gzip)", "mod_deflate"]);
    report.says(&report.bad, &["mediaChat: browsers are told to keep pulse.json for 60 s", "mod_expires"]);
    report.says(&report.doubt, &["videoChat: the ETag of pulse.json is taken away", "Header unset ETag"]);
    report
        .says(&report.doubt, &["videoStream: pulse.json that has not changed is sent again and again instead of 304"]);
    report.says(&report.bad, &["audioStream: clips are sent with types that are not theirs: .oga \"text/plain"]);
}

#[test]
fn headers_that_keep_the_page_from_working_are_named() {
    let (_site, report) = on(
        "<Location \"/\">\nHeader always set Permissions-Policy \"camera=(), microphone=(), geolocation=()\"\n\
        Header always set Content-Security-Policy \"default-src 'none'\"\nHeader always unset Set-Cookie\n</Location>\n",
    );
    report.says(&report.bad, &["forbids browsers this: microphone, camera", "panel"]);
    report.says(&report.doubt, &["a Content-Security-Policy of its own", "default-src 'none'"]);
    report.says(&report.bad, &["takes their cookies away", "Header unset Set-Cookie"]);
}

#[test]
fn redirects_in_a_circle_are_named() {
    let site = Site::on(&Host { more: ALIAS, ..Host::default() });
    say(&site, "page=\"@\"");
    let lines = "RedirectMatch \"^/round/cgi-bin/(.*)$\" \"/round/cgi-bin/$1\"\n";
    let htaccess = site.root().join(".htaccess");
    fs::write(&htaccess, fs::read_to_string(&htaccess).expect(".htaccess") + lines).expect("written");
    say(&site, &format!("page=\"http://{}/round/\"", site.address()));
    let report = look(&site);
    report.says(&report.bad, &["lead in a circle", "X-Forwarded-Proto"]);
}

#[test]
fn files_that_programs_can_not_read_and_links_that_lead_nowhere_are_named() {
    let site = Site::start();
    say(&site, "");
    let room = site.thread("room", "[common]\nmediaFolder=media_own\n");
    fs::write(room.file("users.json"), "{}").expect("written");
    // Not the programs' own, as files are that the admin has put there as root.
    std::os::unix::fs::chown(room.file("users.json"), Some(0), Some(0)).expect("chown");
    fs::set_permissions(room.file("users.json"), fs::Permissions::from_mode(0o600)).expect("permissions");
    symlink("nowhere", room.file("media_own")).expect("a link");
    symlink("circle", room.file("circle")).expect("a link");
    let report = look(&site);
    report.says(&report.bad, &["room: programs can't read users.json", "0644"]);
    let said = report.says(&report.bad, &["room: links lead nowhere or in a circle: circle", "real folders"]);
    assert!(!said.contains("media_own"), "the folder's name is a secret: {said}");
}

#[test]
fn limits_that_do_not_fit_and_names_that_everybody_knows_are_named() {
    let site = Site::start();
    say(&site, "");
    site.thread("room", "[common]\nmediaFolder=media_own\nmaxBlobBytes=900000\nmaxMediaFolderBytes=500000\n");
    site.thread("known", "[common]\nmediaFolder=media_change-me-q7Vd2m\n");
    let report = look(&site);
    report
        .says(&report.bad, &["room: maxBlobBytes (900000) is more than maxMediaFolderBytes (500000)", "several times"]);
    let said = report.says(&report.doubt, &["anybody can guess the addresses of clips", "after media_"]);
    assert!(said.contains("known") && !said.contains("mediaForum"), "{said}");
}

#[test]
fn a_hub_that_only_the_host_itself_reaches_is_named() {
    let site = Site::start();
    say(&site, "page=\"https://chat.example.invalid/\"");
    let ini = site.root().join("threads/ws.ini");
    for (uri, words) in [
        ("wss://localhost:8443", "only this host itself and its own network reach that"),
        ("wss://10.1.2.3/hub", "only this host itself and its own network reach that"),
        ("ws://chat.example.invalid:8080", "browsers refuse a connection without TLS"),
    ] {
        fs::write(&ini, format!("[common]\nwsOn=1\nwsServerUri=\"{uri}\"\n")).expect("ws.ini");
        let report = look(&site);
        report.says(&report.bad, &[uri, words]);
    }
}

#[test]
fn a_proxy_whose_address_all_visitors_have_is_noticed_and_so_is_trust_without_one() {
    let site = Site::start();
    say(&site, "");
    let target = format!("cgi-bin/check.cgi?key={}", KEY.replace(' ', "+"));
    let through = |name: &str| Request::new("GET", &target).header(name, "203.0.113.7");
    let report = Report::read(html(&ask(&site, through("X-Forwarded-For"))));
    report.says(&report.doubt, &["A proxy stands before the web server", "127.0.0.1", "trustProxy=\"1\""]);
    say(&site, "trustProxy=\"1\"");
    let report = Report::read(html(&ask(&site, through("X-Forwarded-For"))));
    assert!(report.bad.is_empty() && report.doubt.is_empty(), "{report:#?}");
    let report = look(&site);
    report.says(&report.bad, &["trustProxy is set, but no proxy says X-Forwarded-For"]);
}

#[test]
fn a_password_before_everything_is_no_fault() {
    let site = with_a_password();
    say(&site, "");
    let know = format!("Basic {}", STANDARD.encode("fam:secret"));
    let target = format!("cgi-bin/check.cgi?key={}", KEY.replace(' ', "+"));
    let report = Report::read(html(&ask(&site, Request::new("GET", &target).header("Authorization", &know))));
    assert!(report.bad.is_empty(), "{:#?}", report.bad);
    report.says(&report.doubt, &["asks for a password before everything", "That is fine"]);
}

/// check.cgi as a host starts it, by a shell with these words before it; its report.
fn started_with(site: &Site, words: &str) -> Report {
    let output = Command::new("sh")
        .args(["-c", &format!("{words} \"$0\""), site.program("check").to_str().expect("a path")])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .envs([("REQUEST_METHOD", "GET"), ("SCRIPT_NAME", "/cgi-bin/check.cgi"), ("REMOTE_ADDR", "127.0.0.1")])
        .env("SCRIPT_FILENAME", site.program("check"))
        .env("QUERY_STRING", format!("key={}", KEY.replace(' ', "+")))
        .env("HTTP_HOST", site.address().to_string())
        .output()
        .expect("sh");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.starts_with("Status: 200"), "{text} {}", String::from_utf8_lossy(&output.stderr));
    Report::read(text)
}

#[test]
fn a_host_that_allows_little_is_told_so_by_a_program_that_goes_on() {
    let site = Site::start();
    say(&site, "");
    let report = started_with(
        &site,
        "exec /usr/bin/python3 -c 'import signal, os, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])'",
    );
    report.says(&report.doubt, &["SIGCHLD ignored"]);
    report.says(&report.good, &["All 8 programs"]);
    let report = started_with(&site, "ulimit -v 30000; exec");
    report.says(&report.doubt, &["allows a program 30 MB of memory"]);
    report.says(&report.good, &["The web server starts every program"]);
    let report = started_with(&site, "ulimit -f 2000; ulimit -t 2; exec");
    report.says(
        &report.bad,
        &["mediaForum: maxBlobBytes is 10000000, but the host lets a program write files of 1024000 bytes"],
    );
    report.says(&report.doubt, &["ends a program that has computed for 2 s"]);
}

#[test]
fn a_thread_can_not_be_started_where_none_is_allowed_and_the_report_is_whole_all_the_same() {
    let site = Site::start();
    say(&site, "");
    // Apache's own processes are this user's already, so that neither a thread nor a program gets a place beside them.
    let report = started_with(&site, "exec setpriv --reuid=www-data --regid=www-data --clear-groups prlimit --nproc=1");
    report.says(&report.doubt, &["allows 1 processes at once", "maxLongPolls"]);
    report.says(&report.bad, &["No other program can be started from here just now", "processes"]);
    report.says(&report.good, &["The web server starts every program"]);
    assert!(report.bad.iter().all(|bad| !bad.contains("binary")), "{:#?}", report.bad);
}
