//! Who may see what check.cgi finds.

use super::{KEY, ask, html, look, say};
use crate::support::{Answer, Request, Site};
use std::fs::File;
use std::process::Command;

const FORM: &str = "application/x-www-form-urlencoded";

fn open(site: &Site, query: &str) -> Answer {
    ask(site, Request::new("GET", &format!("cgi-bin/check.cgi{query}")))
}

fn post(site: &Site, body: &str, cookie: &str) -> Answer {
    ask(site, Request::new("POST", "cgi-bin/check.cgi").header("Cookie", cookie).body(FORM, body))
}

fn tells(answer: &Answer) -> bool {
    html(answer).contains("<li class=")
}

#[test]
fn without_the_key_it_says_only_that_it_is_there() {
    let site = Site::start();
    let texts: Vec<_> = ["", "checkKey=\"short\"\n", "checkKey=\"correct horse battery\"\n"]
        .map(|ini| {
            std::fs::write(site.root().join("cgi-bin/mozchat.ini"), ini).expect("mozchat.ini");
            let answer = open(&site, "");
            assert_eq!((answer.status, tells(&answer)), (200, false));
            let wrong = open(&site, "?key=short");
            assert_eq!((wrong.status, tells(&wrong)), (403, false), "{ini}");
            html(&answer) + &html(&wrong)
        })
        .into();
    assert!(texts[0].contains("Only the admin sees") && texts[0].contains("checkKey"));
    assert!(texts.iter().all(|text| text == &texts[0]), "nobody learns whether there is a key");
}

#[test]
fn guessing_the_key_gets_slow_for_the_one_who_guesses() {
    let site = Site::start();
    say(&site, "");
    let statuses: Vec<_> = (0..8).map(|n| open(&site, &format!("?key=wrong{n}wrong{n}")).status).collect();
    assert_eq!((&statuses[..3], statuses[7]), ([403; 3].as_slice(), 429), "{statuses:?}");
    let right = open(&site, "?key=correct+horse+battery");
    assert_eq!((right.status, tells(&right)), (429, false));
    assert!(html(&right).contains("Too many wrong keys; try again in"));
    let counted = std::fs::read_to_string(site.root().join("threads/.check-guesses.json")).expect("a count");
    assert!(counted.contains("127.0.0.1") && counted.len() < 60, "{counted}");
    assert_eq!(ask(&site, Request::new("GET", "threads/.check-guesses.json")).status, 403);
}

#[test]
fn a_crowd_of_guesses_finds_no_moment_in_which_nobody_counts() {
    let site = Site::start();
    say(&site, "");
    assert_eq!(open(&site, "?key=wrong+wrong+wrong").status, 403);
    // As so many at once hold it in turns.
    let lock = File::open(site.root().join("threads/.check-lock")).expect("the count's lock");
    lock.lock().expect("a lock");
    for key in ["wrong+wrong+wrong", "correct+horse+battery"] {
        let answer = open(&site, &format!("?key={key}"));
        assert_eq!((answer.status, tells(&answer)), (429, false), "{key}");
    }
    drop(lock);
    assert!(tells(&open(&site, "?key=correct+horse+battery")));
}

#[test]
fn the_key_can_be_typed_and_need_not_be_typed_again() {
    let site = Site::start();
    say(&site, "");
    let typed = post(&site, "key=correct+horse+battery&lang=en", "");
    assert!(tells(&typed));
    let cookie = typed.header("Set-Cookie").expect("a pass").to_owned();
    assert!(cookie.contains("HttpOnly; SameSite=Lax") && !cookie.contains("horse"), "{cookie}");
    let pass = cookie.split(';').next().expect("a value");
    let again = ask(&site, Request::new("GET", "cgi-bin/check.cgi?lang=ru").header("Cookie", pass));
    assert!(tells(&again) && html(&again).contains("lang=\"ru\""));
    let forged = ask(&site, Request::new("GET", "cgi-bin/check.cgi").header("Cookie", &format!("{pass}0")));
    assert!(!tells(&forged));
    // Another site's page can't use it, and a new key ends it.
    let foreign = Request::new("POST", "cgi-bin/check.cgi")
        .header("Cookie", pass)
        .header("Sec-Fetch-Site", "cross-site")
        .body(FORM, "act=hash&password=x");
    assert_eq!(ask(&site, foreign).status, 403);
    std::fs::write(site.root().join("cgi-bin/mozchat.ini"), "checkKey=\"another long key\"\n").expect("mozchat.ini");
    assert!(!tells(&ask(&site, Request::new("GET", "cgi-bin/check.cgi").header("Cookie", pass))));
}

#[test]
fn it_makes_a_hash_that_opens_a_thread_and_keeps_no_password() {
    let site = Site::start();
    say(&site, "");
    let pass = post(&site, "key=correct+horse+battery", "").header("Set-Cookie").expect("a pass").to_owned();
    let pass = pass.split(';').next().expect("a value");
    assert!(!html(&post(&site, "act=hash&password=open+sesame", "")).contains("pbkdf2"), "for the admin only");
    let page = html(&post(&site, "act=hash&password=open+sesame", pass));
    assert!(!page.contains("open sesame"), "{page}");
    let line = page.split("<code>").nth(1).and_then(|rest| rest.split("</code>").next()).expect("a line");
    let line = line.replace("&quot;", "\"");
    assert!(line.starts_with("password=\"$pbkdf2-sha256$"), "{line}");
    site.thread("room", &format!("[auth]\n{line}\n"));
    let ann = site.browser("Ann", "room");
    let log_in = |password: &str| ann.json("thread", &serde_json::json!({ "realm": "room", "password": password }));
    assert_eq!((log_in("open sesame").status, log_in("open").status), (200, 403));
    assert!(html(&post(&site, "act=hash&password=", pass)).contains("Type a password first"));
}

#[test]
fn no_secret_stands_in_the_page_and_nothing_runs_in_it() {
    let site = Site::start();
    say(&site, "[mail]\nserver=localhost\nuser=me\nport=1\npassword=\"hush-mail\"\n");
    let ini = "[common]\nnotifyUsers=1\nmediaFolder=media_hushfolder\nturnSecret=hush-turn\n[client]\n\
        title=\"<script>alert(1)</script>\"\niceAddr=127.0.0.1\n[auth]\npassword=hush-door\nmoderatorPassword=hush-mods\n\
        odd<b>=1\n";
    let room = site.thread("room", ini);
    room.write("notify.ini", "<i>Eve</i>=none\nAnn=\"ann@example.net\"\n");
    site.browser("Ann", "room").upload("x", 100);
    let answer = open(&site, "?key=correct+horse+battery");
    let page = html(&answer);
    assert!(tells(&answer) && !page.contains("hush") && !page.contains(KEY), "{page}");
    for tag in ["<script>alert", "<b>=", "<i>Eve"] {
        assert!(!page.contains(tag), "{tag} in {page}");
    }
    let policy = answer.header("Content-Security-Policy").expect("a policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
    // The page's own policy, from the folder above, would forbid even the style.
    let count = |name: &str| answer.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name)).count();
    assert_eq!((count("Content-Security-Policy"), count("Referrer-Policy")), (1, 1));
    assert_eq!(answer.header("Referrer-Policy"), Some("no-referrer"));
    assert_eq!(
        (answer.header("Cache-Control"), answer.header("X-Content-Type-Options")),
        (Some("no-store"), Some("nosniff"))
    );
}

#[test]
fn a_visitor_gives_it_neither_arguments_nor_a_proxy_nor_another_host() {
    let site = Site::start();
    say(&site, "");
    // A query without "=" becomes arguments of the program.
    let target = site.root().join("threads/made-by-a-visitor");
    let answer = open(&site, &format!("?--try-lock+{}", target.display()));
    assert!(answer.status == 200 && !target.exists());
    // Apache makes no variable of a header Proxy; other servers do. Nobody listens there: who used it would reach nothing.
    let program = Command::new(site.program("check"))
        .env_clear()
        .envs([("REQUEST_METHOD", "GET"), ("QUERY_STRING", "key=correct+horse+battery")])
        .envs([("SCRIPT_NAME", "/cgi-bin/check.cgi"), ("HTTP_HOST", site.address().to_string().as_str())])
        .envs([("HTTP_PROXY", "http://127.0.0.1:9/"), ("http_proxy", "http://127.0.0.1:9/")])
        .output()
        .expect("check.cgi");
    let said = String::from_utf8_lossy(&program.stdout);
    assert!(said.contains("The web server starts every program"), "{said}");
    // Who knows the key may name another host, but nothing of its answer is shown, only where it leads.
    let elsewhere = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let host = elsewhere.local_addr().expect("an address");
    std::thread::spawn(move || {
        for line in elsewhere.incoming().flatten() {
            let answer = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/there?token=secret\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret";
            let mut line = line;
            let _ = std::io::Read::read(&mut line, &mut [0; 2000]);
            let _ = std::io::Write::write_all(&mut line, answer.as_bytes());
        }
    });
    let request = Request::new("GET", "cgi-bin/check.cgi?key=correct+horse+battery").at_host(&host.to_string());
    let page = html(&request.send(site.address()));
    assert!(page.contains("is sent to <a href=\"http://127.0.0.1:9/there\"") && !page.contains("secret"), "{page}");
    look(&site);
}
