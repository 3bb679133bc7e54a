//! What check.cgi and `serve --check` say of a good site, and of each fault, really made.

mod cheap;
mod faults;
mod file_systems;
mod fronts;
mod key;
mod planted;
mod servers;
mod shell;

use crate::support::{Answer, Request, Site};
use std::fs;
use std::os::unix::fs::PermissionsExt;

pub const KEY: &str = "correct horse battery";

/// What a look found, in its words.
#[derive(Debug)]
pub struct Report {
    pub bad: Vec<String>,
    pub doubt: Vec<String>,
    pub good: Vec<String>,
    pub html: String,
}

impl Report {
    fn read(html: String) -> Self {
        let of = |level: &str| {
            let begin = format!("<li class=\"{level}\">");
            let items = html.split(&begin).skip(1);
            items.map(|item| text(item.split("</li>").next().expect("an item"))).collect()
        };
        Self { bad: of("bad"), doubt: of("doubt"), good: of("good"), html: html.clone() }
    }

    /// Checks that one of the findings has these words.
    pub fn says<'r>(&'r self, findings: &'r [String], words: &[&str]) -> &'r str {
        let found = findings.iter().find(|finding| words.iter().all(|word| finding.contains(word)));
        found.unwrap_or_else(|| panic!("nothing says {words:?} in {findings:#?}\nof {:#?}", (&self.bad, &self.doubt)))
    }
}

/// What stands between the tags.
fn text(html: &str) -> String {
    let words = html.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    let text = words.collect::<String>();
    text.replace("&amp;", "&").replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&#39;", "'")
}

/// What the admin puts beside the programs, and into the ready threads as their files say.
pub fn say(site: &Site, lines: &str) {
    choose_media_folders(site);
    let path = site.root().join("cgi-bin/mozchat.ini");
    fs::write(&path, format!("checkKey=\"{KEY}\"\n{lines}\n")).expect("mozchat.ini");
    crate::support::give_away(&path);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("permissions");
}

/// Gives the ready threads folders for clips that no download has.
pub fn choose_media_folders(site: &Site) {
    let threads = fs::read_dir(site.root().join("threads")).into_iter().flatten().flatten();
    for ini in threads.map(|entry| entry.path().join(".ini")).filter(|ini| ini.exists()) {
        let text = fs::read_to_string(&ini).expect(".ini");
        fs::write(&ini, text.replace("change-me", "own")).expect(".ini");
    }
}

/// Asks as a browser does that the admin has opened, at the site's own address.
pub fn ask(site: &Site, request: Request) -> Answer {
    request.at_host(&site.address().to_string()).send(site.address())
}

pub fn html(answer: &Answer) -> String {
    String::from_utf8(answer.body.clone()).expect("UTF-8")
}

/// What the admin sees who opens check.cgi with the key.
pub fn look(site: &Site) -> Report {
    let answer = ask(site, Request::new("GET", &format!("cgi-bin/check.cgi?key={}", KEY.replace(' ', "+"))));
    assert_eq!(answer.status, 200, "{}", html(&answer));
    Report::read(html(&answer))
}

#[test]
fn everything_is_green_on_a_good_site() {
    let site = Site::start();
    say(&site, "");
    let before = files(&site);
    let report = look(&site);
    assert_eq!((report.bad.as_slice(), report.doubt.as_slice()), ([].as_slice(), [].as_slice()));
    for words in [
        vec!["All 8 programs are executable and start"],
        vec!["run as", "www-data"],
        vec!["takes", "ms here"],
        vec!["The web server starts every program"],
        vec!["localhost"],
        vec!["Every .ini is understood", "5 threads"],
        vec!["read, written and locked", "audioStream", "videoStream"],
        vec!["index.html, pulse.json and clips, and nothing else", "mediaForum"],
        vec!["MB", "files left"],
        vec!["A lock keeps a second process out"],
        vec!["New files are dated"],
        vec!["inotify"],
        vec!["notify.ini lists nobody"],
        vec!["no hub"],
        vec!["Google"],
    ] {
        report.says(&report.good, &words);
    }
    // Looking leaves nothing behind but the locks that every request makes, and where mails find the page.
    let after: Vec<_> = files(&site).into_iter().filter(|name| !before.contains(name)).collect();
    let is_known = |name: &String| {
        name.ends_with("/.lock") || name.contains("/.check-") || name.ends_with("/threads/.page-address")
    };
    assert!(after.iter().all(is_known), "{after:?}");
    assert!(after.iter().all(|name| !name.ends_with(".tmp") && !name.contains("media-check")), "{after:?}");
    println!("{} findings, {} bytes of HTML", report.good.len(), report.html.len());
}

fn files(site: &Site) -> Vec<String> {
    let threads = fs::read_dir(site.root().join("threads")).expect("threads").map(|entry| entry.expect("one").path());
    let inside = threads.flat_map(|path| match fs::read_dir(&path) {
        Ok(inside) => inside.map(|entry| entry.expect("one").path()).collect(),
        Err(_) => vec![path],
    });
    inside.map(|path| path.display().to_string()).collect()
}

#[test]
fn the_same_is_said_in_russian() {
    let site = Site::start();
    say(&site, "");
    let target = format!("cgi-bin/check.cgi?key={}", KEY.replace(' ', "+"));
    for answer in [
        ask(&site, Request::new("GET", &format!("{target}&lang=ru"))),
        ask(&site, Request::new("GET", &target).header("Accept-Language", "ru-RU,ru;q=0.9,en;q=0.8")),
    ] {
        let page = html(&answer);
        assert!(page.contains("<html lang=\"ru\">") && page.contains("Всё работает"), "{page}");
        let report = Report::read(page);
        assert!((report.bad.len(), report.doubt.len()) == (0, 0) && report.good.len() > 14, "{report:#?}");
        let is_russian = |finding: &&String| finding.chars().any(|c| ('а'..='я').contains(&c));
        assert_eq!(
            report.good.iter().filter(|finding| !is_russian(finding)).collect::<Vec<_>>(),
            Vec::<&String>::new()
        );
    }
}
