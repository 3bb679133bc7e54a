//! As whom programs run: as the admin (Apache's own suexec), or as the web server's user. In both cases the admin can
//! delete and replace all that they make.

use crate::admin;
use crate::support::site::{Host, Site, numbers_of};
use crate::support::{Answer, Folder};
use serde_json::json;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Debian's suexec runs what is below this folder, and nothing else.
const ALLOWED: &str = "/var/www";
const SUEXEC: &str = "\
    LoadModule suexec_module /usr/lib/apache2/modules/mod_suexec.so\n\
    SuexecUserGroup mozchat-test mozchat-test\n";
/// Room for notify mails and several clips: every file that programs make.
const INI: &str = "[common]\nmediaFolder=\"media1\"\nnotifyUsers=1\n";

/// A host where programs run as the admin.
fn suexec(alarm: &'static str) -> Site {
    let owner = Some(numbers_of(admin::NAME));
    let place = Some(Path::new(ALLOWED));
    Site::on(&Host { place, owner, more: SUEXEC, alarm, ..Host::default() })
}

/// A host where programs run as www-data, and the files are the admin's.
fn plain() -> Site {
    Site::on(&Host { owner: Some(numbers_of(admin::NAME)), ..Host::default() })
}

/// A thread that the admin copied to the host.
fn room(site: &Site, mode: u32) -> Folder {
    let room = Folder::at(site.root().join("threads/mediaChat"));
    admin::replaces(room.path(), ".ini", INI);
    fs::set_permissions(room.path(), Permissions::from_mode(mode)).expect("chmod");
    room
}

/// Everything that people do that leaves files.
fn used(site: &Site) -> Answer {
    let ann = site.browser("Ann", "mediaChat");
    let answer = ann.upload("one", 1000);
    ann.poll();
    ann.act("chat", "relay", json!({ "target": "Bob", "type": "message" }));
    ann.act("chat", "logNrelay", json!({ "target": "Bob", "type": "invite", "sid": "abcdefghij" }));
    ann.act("chat", "logError", json!({ "errorMsg": "x" }));
    ann.act("delete", "delete", json!({ "id": "gone.webm" }));
    answer
}

/// Every file and folder below a folder.
fn all(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { [all(&path), vec![path]].concat() } else { vec![path] }).collect()
}

/// The admin replaces everything by something else, deletes everything, and the thread goes on.
fn the_admin_is_its_master(site: &Site, room: &Folder) {
    for file in all(room.path()).iter().filter(|path| path.is_file() && !path.ends_with(".lock")) {
        admin::replaces(room.path(), file.to_str().expect("a path"), "");
    }
    let mut made = all(room.path());
    made.retain(|path| !path.ends_with(".ini"));
    for path in made {
        let command = if path.is_dir() { "rmdir" } else { "rm" };
        admin::does(room.path(), &[command, path.to_str().expect("a path")]);
    }
    admin::replaces(room.path(), ".ini", INI);
    assert_eq!(site.browser("Bob", "mediaChat").upload("two", 100).alert(), "Server got a record of 1kB");
    assert_eq!(site.browser("Cat", "mediaChat").sees(), ["two"]);
}

#[test]
fn under_suexec_programs_run_as_the_admin_and_need_no_more_than_755_and_644() {
    let site = suexec("");
    let room = room(&site, 0o755);
    assert_eq!(used(&site).alert(), "Server got a record of 1kB");
    let (user, _) = numbers_of(admin::NAME);
    let files = all(room.path());
    assert!(files.len() > 10, "{files:?}");
    for path in files {
        let found = fs::metadata(&path).expect("metadata");
        let is_shown = path.ends_with("pulse.json") || path.starts_with(room.file("media1"));
        let is_admins = [".ini", "notify.ini", "index.html", ".htaccess"].iter().any(|name| path.ends_with(name));
        let wanted = match (path.is_dir(), is_shown || is_admins) {
            (true, _) => 0o755,
            (false, true) => 0o644,
            // What mail.cgi writes, it writes after it has let go of who started it.
            (false, false) if path.starts_with(room.file("outgoing")) => found.mode() & 0o744 | 0o640,
            (false, false) => 0o640,
        };
        assert_eq!((found.uid(), found.mode() & 0o777), (user, wanted), "{}", path.display());
    }
    the_admin_is_its_master(&site, &room);
}

#[test]
fn under_suexec_the_web_server_can_not_show_what_programs_write_whether_htaccess_is_honoured_or_not() {
    let site = suexec("");
    let room = room(&site, 0o755);
    assert_eq!(used(&site).alert(), "Server got a record of 1kB");
    let clip = format!("media1/{}", room.listed()[0]);
    fs::remove_file(room.file(".htaccess")).expect(".htaccess");
    let ann = site.browser("Ann", "mediaChat");
    for file in
        ["catalog.json", "users.json", "messages.json", "calls.csv", "error.log", "names.json", ".pulse-key", ".lock"]
    {
        assert!(room.file(file).exists(), "{file}");
        assert_eq!(ann.get(&format!("threads/mediaChat/{file}")).status, 403, "{file}");
    }
    for file in ["index.html", "pulse.json", &clip] {
        assert_eq!(ann.get(&format!("threads/mediaChat/{file}")).status, 200, "{file}");
    }
}

#[test]
fn what_the_group_may_write_is_refused_by_suexec() {
    let site = suexec("End of script output");
    let ask = || site.browser("Ann", "mediaChat").get("cgi-bin/thread.cgi?realm=mediaChat").status;
    assert_eq!(ask(), 200);
    let programs = site.root().join("cgi-bin");
    for (path, good) in [(&programs.join("thread.cgi"), 0o755), (&programs, 0o755)] {
        fs::set_permissions(path, Permissions::from_mode(0o775)).expect("chmod");
        assert_eq!(ask(), 500, "{}", path.display());
        fs::set_permissions(path, Permissions::from_mode(good)).expect("chmod");
        assert_eq!(ask(), 200);
    }
}

#[test]
fn as_the_web_servers_user_programs_need_777_on_a_threads_folder_and_the_admin_stays_its_master() {
    let site = plain();
    let room = room(&site, 0o755);
    let refused = used(&site);
    assert_eq!((refused.status, refused.header("Mozchat-Error")), (500, Some("host")));
    assert!(refused.error().contains("may not write"), "{}", refused.error());
    fs::set_permissions(room.path(), Permissions::from_mode(0o777)).expect("chmod");
    assert_eq!(used(&site).alert(), "Server got a record of 1kB");
    let media = room.media().expect("a media folder");
    assert_eq!(fs::metadata(&media).expect("metadata").uid(), numbers_of("www-data").0);
    the_admin_is_its_master(&site, &room);
}
