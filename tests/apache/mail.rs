//! Mails about new clips, at real mail servers.

use crate::support::site::Host;
use crate::support::{Answer, Browser, Folder, Request, Site, blob, eventually, multipart, multipart_type, now};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde_json::json;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};
use tempfile::TempDir;

const LIST: &str = "Ann=\"ann@example.net\"\nBob=\"bob@example.net\"\nЖеня=\"zh@example.net\"\n";
const SETTINGS: &str = "[common]\nnotifyUsers=1\nmailFrom=\"Robot <robot@example.net>\"\nmailReplyTo=\"boss@example.net\"\n\
    clipLifetimeSec=86400\nmaxClipCount=0\n[client]\ntitle=\"Комната\"\n";

/// A mail server, from PyPI. Dropping it stops it.
pub struct MailServer {
    folder: TempDir,
    pub port: u16,
    child: Child,
}

impl MailServer {
    pub fn start(security: &str) -> Self {
        Self::start_at(security, 0)
    }

    fn start_at(security: &str, port: u16) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("permissions");
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
        fs::write(folder.path().join("cert.pem"), cert.pem()).expect("cert.pem");
        fs::write(folder.path().join("key.pem"), signing_key.serialize_pem()).expect("key.pem");
        fs::create_dir(folder.path().join("mails")).expect("mails");
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut child = Command::new(here.join("target/python/bin/python"))
            .arg(here.join("tests/python/smtpd.py"))
            .arg(folder.path().join("mails"))
            .args([security, &port.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("target/python (scripts/test makes it)");
        let mut said = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut said).expect("a line");
        Self { folder, port: said.trim().parse().expect("a port"), child }
    }

    fn certificate(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    /// Waits until there are so many mails, and returns them as they were sent, the envelope first, by recipient.
    fn mails(&self, count: usize) -> Vec<String> {
        let found = || {
            let entries =
                fs::read_dir(self.folder.path().join("mails")).expect("mails").map(|entry| entry.expect("one").path());
            let mails: Vec<_> = entries.filter(|path| path.extension().is_some_and(|ext| ext == "eml")).collect();
            (mails.len() >= count).then_some(mails)
        };
        let mut mails: Vec<_> =
            eventually("mails", found).iter().map(|path| fs::read_to_string(path).expect("a mail")).collect();
        mails.sort_by_key(|mail| recipient(mail).to_owned());
        assert_eq!(mails.len(), count, "{mails:#?}");
        mails
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn recipient(mail: &str) -> &str {
    mail.lines().nth(1).expect("a recipient")
}

/// The header of a mail, unfolded.
fn head(mail: &str) -> String {
    mail.split("\r\n\r\n").next().expect("a head").replace("\r\n ", " ")
}

/// The plain text of a mail, decoded by Python's own library.
fn text(mail: &str) -> String {
    decoded(mail, "m.get_body(('plain',)).get_content()")
}

fn decoded(mail: &str, what: &str) -> String {
    let script = format!(
        "import sys,email,email.policy as p\nm=email.message_from_bytes(sys.stdin.buffer.read(),policy=p.default)\nsys.stdout.buffer.write(str({what}).encode())"
    );
    let mut python = Command::new("python3")
        .args(["-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3");
    let message = mail.splitn(3, '\n').nth(2).expect("a mail");
    std::io::Write::write_all(&mut python.stdin.take().expect("stdin"), message.as_bytes()).expect("written");
    String::from_utf8(python.wait_with_output().expect("an end").stdout).expect("UTF-8")
}

/// What the admin puts beside the programs.
fn say(site: &Site, lines: &str) {
    fs::write(
        site.root().join("cgi-bin/mozchat.ini"),
        format!("page=\"http://{}/\"\n[mail]\n{lines}\n", site.address()),
    )
    .expect("mozchat.ini");
}

fn room(site: &Site) -> Folder {
    let room = site.thread("room", SETTINGS);
    room.write("notify.ini", LIST);
    room
}

/// Makes the time of what waits come.
fn make_due(room: &Folder) {
    let due = room.file("outgoing/.due");
    let past = SystemTime::now() - Duration::from_secs(5);
    let text = eventually("a queue", || fs::read_to_string(&due).ok());
    let mut said: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    said["until"] = json!(now() - 5);
    room.write("outgoing/.due", said.to_string());
    fs::File::open(&due).expect("due").set_modified(past).expect("a time");
}

fn poll(browser: &Browser) {
    browser.act("poll", "poll", json!({ "ack": "" }));
}

/// Waits until nothing waits any more.
fn emptied(room: &Folder) {
    eventually("an empty queue", || (!room.file("outgoing/.due").exists()).then_some(()));
}

#[test]
fn everybody_but_the_author_is_told_of_a_clip_and_can_leave_with_one_click() {
    let (site, server) = (Site::start(), MailServer::start("none"));
    say(&site, &format!("server=127.0.0.1\nsecurity=none\nport={}\nwaitSec=0", server.port));
    let room = room(&site);
    let ann = site.browser("Ann", "room");
    let clip = ann.upload("Привет <b>\r\nBcc: e@example.net", 1500);
    assert_eq!(clip.alert(), "Server got a record of 2kB");
    let mails = server.mails(2);
    emptied(&room);
    assert_eq!(mails.iter().map(|mail| recipient(mail)).collect::<Vec<_>>(), ["bob@example.net", "zh@example.net"]);
    let (head, text, file) = (head(&mails[0]), text(&mails[0]), room.listed().remove(0));
    for line in [
        "From: Robot <robot@example.net>",
        "Reply-To: boss@example.net",
        "List-Id: <room.127.0.0.1>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "Auto-Submitted: auto-generated",
    ] {
        assert!(head.contains(&format!("{line}\r\n")), "{line} in {head}");
    }
    assert_eq!(decoded(&mails[0], "m['Subject']"), "Комната: a new clip from Ann");
    assert!(!head.contains("Bcc"), "{head}");
    let page = format!("http://{}/?realm=room&clip={file}", site.address());
    for line in ["About: Привет <b>  Bcc: e@example.net", "Length: 0:02, 2kB", "UTC", &page] {
        assert!(text.contains(line), "{line} in {text}");
    }
    // The direct link is the file.
    let own = format!("The file itself: http://{}/", site.address());
    let direct = text.lines().find_map(|line| line.strip_prefix(&own)).expect("a link");
    assert_eq!(ann.get(direct.trim()).body, blob("webm", 1500));
    leave(&site, &head, &room);
    ann.upload("second", 100);
    let told: Vec<_> = server.mails(3).iter().map(|mail| recipient(mail).to_owned()).collect();
    assert_eq!(told, ["bob@example.net", "zh@example.net", "zh@example.net"]);
    assert_eq!(room.read("notify.ini"), LIST, "the admin's file is the admin's");
    for hidden in ["outgoing/.due", "outgoing/", "unsubscribed.json", "notify.ini"] {
        assert_eq!(ann.get(&format!("threads/room/{hidden}")).status, 403, "{hidden}");
    }
}

/// Follows the link that ends the mails, as a program that looks at mails does, and then as a mail reader's button.
fn leave(site: &Site, head: &str, room: &Folder) {
    let own = format!("List-Unsubscribe: <http://{}/", site.address());
    let link = head.lines().find_map(|line| line.strip_prefix(&own)).expect("a link");
    let link = link.trim().trim_end_matches('>');
    let looked = Request::new("GET", link).send(site.address());
    assert_eq!((looked.status, room.file("unsubscribed.json").exists()), (200, false));
    assert!(page_of(&looked).contains("No more mails about this thread"));
    let forged = link.replace("to=", "to=0").replacen("to=0", "to=", 0);
    let forged = Request::new("POST", &forged[..forged.len() - 1]).body("application/x-www-form-urlencoded", "");
    assert_eq!(forged.send(site.address()).status, 404);
    let click = Request::new("POST", link).body("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click");
    let left = click.send(site.address());
    assert_eq!(left.status, 200);
    assert!(page_of(&left).contains("You get no more mails"), "{}", page_of(&left));
}

fn page_of(answer: &Answer) -> String {
    String::from_utf8(answer.body.clone()).expect("UTF-8")
}

#[test]
fn a_server_that_is_down_loses_nothing_and_many_clips_make_one_mail() {
    let site = Site::start();
    let room = room(&site);
    // Nobody listens there.
    let port = MailServer::start("none").port;
    say(&site, &format!("server=127.0.0.1\nsecurity=none\nport={port}\nwaitSec=0"));
    let (ann, bob) = (site.browser("Ann", "room"), site.browser("Bob", "room"));
    ann.upload("1", 100);
    let failures = |count: u64| {
        eventually("a failure", || {
            let due: serde_json::Value = serde_json::from_slice(&fs::read(room.file("outgoing/.due")).ok()?).ok()?;
            (due["failures"] == count)
                .then(|| fs::metadata(room.file("outgoing/.due")).expect("due").modified().expect("a time"))
        })
    };
    let pause = |due: SystemTime| due.duration_since(SystemTime::UNIX_EPOCH).expect("a time").as_secs().abs_diff(now());
    assert!((20..=60).contains(&pause(failures(1))));
    assert!(room.read("error.log").contains("mails can't be sent"), "{}", room.read("error.log"));
    // The program that waits for the pause to end is the first one's; so is the second attempt, if nobody asks before.
    for count in 2..=10 {
        ann.upload(&count.to_string(), 100);
    }
    let server = MailServer::start_at("none", port);
    // Ended, as hosts do with what lives for long; the next request of anybody starts it again.
    end_mail_programs(&site);
    make_due(&room);
    poll(&bob);
    let mails = server.mails(2);
    emptied(&room);
    assert_eq!(decoded(&mails[0], "m['Subject']"), "Комната: 10 new clips");
    assert_eq!(text(&mails[0]).matches("From: Ann").count(), 10);
}

/// Ends the mail programs of this site, by their numbers.
fn end_mail_programs(site: &Site) {
    let program = site.program("mail");
    for entry in fs::read_dir("/proc").expect("/proc").flatten() {
        let is_ours = fs::read_link(entry.path().join("exe")).is_ok_and(|exe| exe == program);
        let pid = entry.file_name().to_string_lossy().parse().ok().and_then(rustix::process::Pid::from_raw);
        if let (true, Some(pid)) = (is_ours, pid) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            eventually("an end", || (!entry.path().join("exe").exists()).then_some(()));
        }
    }
}

#[test]
fn an_address_that_is_refused_keeps_no_mail_from_the_others() {
    let (site, server) = (Site::start(), MailServer::start("none"));
    say(&site, &format!("server=127.0.0.1\nsecurity=none\nport={}\nwaitSec=0", server.port));
    let room = site.thread("room", SETTINGS);
    room.write("notify.ini", "X=\"x@nobody.example\"\nOdd=\"none\"\nBob=\"bob@example.net\"\n");
    site.browser("Ann", "room").upload("", 100);
    assert_eq!(recipient(&server.mails(1)[0]), "bob@example.net");
    emptied(&room);
    assert!(room.read("error.log").contains("no mail to X"), "{}", room.read("error.log"));
}

#[test]
fn mails_go_over_tls_with_a_password_from_mozchat_ini() {
    for security in ["starttls", "tls"] {
        let (site, server) = (Site::start(), MailServer::start(security));
        let line = format!(
            "server=localhost\nsecurity={security}\nport={}\nuser=me\npassword=\"s;cret\"\nwaitSec=0\nfrom=host@example.net",
            server.port
        );
        // A certificate that nobody knows is not trusted.
        say(&site, &line);
        let room = room(&site);
        site.browser("Ann", "room").upload("", 100);
        eventually("a refusal", || room.file("error.log").exists().then_some(()));
        assert!(room.read("error.log").contains("ertificate"), "{security}: {}", room.read("error.log"));
        end_mail_programs(&site);
        let authority = site.root().join("cgi-bin/authority.pem");
        fs::copy(server.certificate(), &authority).expect("a copy");
        say(&site, &format!("{line}\nauthority=\"{}\"", authority.display()));
        make_due(&room);
        poll(&site.browser("Bob", "room"));
        assert_eq!(server.mails(2).len(), 2, "{security}");
    }
}

#[test]
fn sendmail_takes_mails_as_it_did_from_php() {
    let (site, server) = (Site::start(), MailServer::start("none"));
    let folder = site.root().join("cgi-bin");
    let (conf, program) = (folder.join("msmtprc"), folder.join("sendmail"));
    fs::write(&conf, format!("account default\nhost 127.0.0.1\nport {}\n", server.port)).expect("msmtprc");
    fs::write(&program, format!("#!/bin/sh\nexec msmtp -C {} \"$@\"\n", conf.display())).expect("sendmail");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("permissions");
    say(&site, &format!("sendmail=\"{}\"\nwaitSec=0", program.display()));
    let room = room(&site);
    site.browser("Ann", "room").upload("Ж", 100);
    let mails = server.mails(2);
    assert!(mails[0].starts_with("robot@example.net\nbob@example.net\n"), "{}", mails[0]);
    assert!(text(&mails[0]).contains("About: Ж"));
    emptied(&room);
}

#[test]
fn with_an_empty_list_no_mail_goes_out_and_none_waits() {
    let site = Site::start();
    // A program that would fail, were it asked.
    say(&site, "sendmail=/nowhere/sendmail\nwaitSec=0");
    let room = site.thread("room", SETTINGS);
    room.write("notify.ini", "; Ann=\"ann@example.net\"\n");
    site.browser("Ann", "room").upload("1", 100);
    assert!(!room.file("outgoing/.due").exists(), "a mail waits");
    assert!(!site.log().contains("mozchat:"), "{}", site.log());
}

#[test]
fn links_in_a_mail_lead_through_the_proxy_that_the_admin_names() {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
    // On a port of its own, and with a folder that the server behind it knows nothing of.
    let more = format!(
        "LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so\n\
         LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so\nListen 127.0.0.1:{port}\n\
         <VirtualHost 127.0.0.1:{port}>\nProxyPass \"/out/\" \"http://127.0.0.1:@PORT@/\"\n</VirtualHost>\n"
    );
    let (site, server) = (Site::on(&Host { more: &more, ..Host::default() }), MailServer::start("none"));
    say(&site, &format!("server=127.0.0.1\nsecurity=none\nport={}\nwaitSec=0", server.port));
    let ini = site.root().join("cgi-bin/mozchat.ini");
    let own = fs::read_to_string(&ini).expect("mozchat.ini");
    let inside = format!("http://{}/", site.address());
    fs::write(&ini, own.replace(&inside, &format!("http://127.0.0.1:{port}/out/"))).expect("mozchat.ini");
    room(&site);
    let (ann, proxy) = (site.browser("Ann", "room"), SocketAddr::from(([127, 0, 0, 1], port)));
    let outside = format!("http://{proxy}/out/");
    let ask = |method: &str, target: &str| Request::new(method, target).at_host(&proxy.to_string());
    let body = multipart(&ann.upload_fields(&[]), Some(&blob("webm", 900)));
    let upload = ask("POST", "out/cgi-bin/upload.cgi").header("Referer", &format!("{outside}?realm=room&user=Ann"));
    assert_eq!(upload.body(&multipart_type(), body).send(proxy).status, 200);
    let mail = server.mails(2).remove(0);
    let (head, text) = (head(&mail), text(&mail));
    let target = |line: &str, before: &str| {
        let link = line.split_once(before).unwrap_or_else(|| panic!("{before} in {line}")).1;
        let link = link.split(['>', '\r', '\n']).next().expect("a link");
        let path = link.strip_prefix(&format!("http://{proxy}/")).unwrap_or_else(|| panic!("{link} goes elsewhere"));
        path.to_owned()
    };
    assert_eq!(ask("GET", &target(&text, "The file itself: ")).send(proxy).body, blob("webm", 900));
    let page = ask("GET", &target(&text, "Listen to it: ")).send(proxy);
    assert!(page.status == 200 && page_of(&page).contains("<title>"), "{page:?}");
    let leave = ask("GET", &target(&head, "List-Unsubscribe: <")).send(proxy);
    assert!(page_of(&leave).contains("No more mails about this thread"), "{leave:?}");
}

#[test]
fn an_upload_does_not_wait_for_a_mail_server_that_says_nothing() {
    let (site, silent) = (Site::start(), TcpListener::bind("127.0.0.1:0").expect("a port"));
    let port = silent.local_addr().expect("an address").port();
    say(&site, &format!("server=127.0.0.1\nsecurity=none\nport={port}\nwaitSec=0"));
    let (room, begun) = (room(&site), Instant::now());
    assert_eq!(site.browser("Ann", "room").upload("", 100).alert(), "Server got a record of 1kB");
    // The program that sends hangs at it meanwhile.
    silent.accept().expect("a visitor");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert!(room.file("outgoing/.due").exists());
}

#[test]
fn a_mail_speaks_the_threads_language_and_looks_like_something() {
    let (site, server) = (Site::start(), MailServer::start("none"));
    say(&site, &format!("server=127.0.0.1\nsecurity=none\nport={}\nwaitSec=0", server.port));
    let room = site.thread("room", &SETTINGS.replace("[common]", "[common]\nlang=ru\ntimeShiftHrs=3"));
    room.write("notify.ini", "Bob=\"bob@example.net\"\n");
    site.browser("Женя", "room").upload("Привет & <всем>", 20_000);
    let mail = server.mails(1).remove(0);
    assert_eq!(decoded(&mail, "m['Subject']"), "Комната: новая запись, Женя");
    let text = text(&mail);
    for line in ["О чём: Привет & <всем>", "Длина: 0:02, 20kB", "UTC+3", "Послушать: http"]
    {
        assert!(text.contains(line), "{line} in {text}");
    }
    let html = decoded(&mail, "m.get_body(('html',)).get_content()");
    assert!(html.contains("<html lang=\"ru\">") && html.contains("О чём: Привет &amp; &lt;всем&gt;<br>"), "{html}");
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-results");
    fs::create_dir_all(&results).expect("test-results");
    fs::write(results.join("mail.html"), html).expect("mail.html");
}

#[test]
fn a_stream_sends_no_mails_and_a_missing_mail_program_stops_nobody() {
    let site = Site::start();
    let stream = site.thread("stream", "[common]\nnotifyUsers=1\nallowStream=1\n");
    stream.write("notify.ini", LIST);
    site.browser("Ann", "stream").upload("", 100);
    assert!(!stream.file("outgoing").exists());
    fs::remove_file(site.program("mail")).expect("removed");
    let room = room(&site);
    let ann = site.browser("Ann", "room");
    assert_eq!(ann.upload("", 100).alert(), "Server got a record of 1kB");
    make_due(&room);
    poll(&ann);
    assert!(site.log().contains("mail.cgi"), "{}", site.log());
    // It is not tried again at once, and what waits stays.
    assert!(fs::metadata(room.file("outgoing/.due")).expect("due").modified().expect("a time") > SystemTime::now());
    symlink("/bin/false", site.program("mail")).expect("a link");
    assert_eq!(fs::read_dir(room.file("outgoing")).expect("outgoing").count(), 2);
}

#[test]
fn no_visitor_says_where_links_lead_and_without_the_admins_word_no_mail_leaves() {
    let (site, server) = (Site::start(), MailServer::start("none"));
    let ini = site.root().join("cgi-bin/mozchat.ini");
    let mail = format!("[mail]\nserver=127.0.0.1\nsecurity=none\nport={}\nwaitSec=0\n", server.port);
    fs::write(&ini, &mail).expect("mozchat.ini");
    let room = room(&site);
    let ann = site.browser("Ann", "room");
    let body = multipart(&ann.upload_fields(&[]), Some(&blob("webm", 900)));
    let upload = Request::new("POST", "cgi-bin/upload.cgi").at_host("evil.example");
    let upload = upload.header("X-Forwarded-Host", "evil.example").header("Referer", "http://evil.example/");
    assert_eq!(ann.send(upload.body(&multipart_type(), body)).status, 200);
    let due = room.file("outgoing/.due");
    eventually("a queue that waits for an address", || {
        fs::read_to_string(&due).ok().filter(|said| said.contains("address is not known"))
    });
    fs::write(&ini, format!("page=\"http://{}/\"\n{mail}", site.address())).expect("mozchat.ini");
    end_mail_programs(&site);
    make_due(&room);
    ann.poll();
    let text = text(&server.mails(2).remove(0));
    assert!(!text.contains("evil.example") && text.contains(&format!("http://{}/", site.address())), "{text}");
}
