//! The servers that a site may have beside its own: for mail, for the hub, for calls.

use super::{look, say};
use crate::mail::MailServer;
use crate::support::{Site, eventually};
use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A program that ends with the test.
struct Daemon {
    child: Child,
    _folder: TempDir,
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port()
}

/// coturn, which takes the passwords that its secret makes.
fn coturn(port: u16, secret: &str) -> Daemon {
    let folder = tempfile::tempdir().expect("a folder");
    let child = Command::new("turnserver")
        .args([
            "-n",
            "--listening-ip=127.0.0.1",
            "--relay-ip=127.0.0.1",
            "--allow-loopback-peers",
            "--realm=example.net",
        ])
        .args(["--use-auth-secret", "--no-tls", "--no-dtls", "--no-cli", "--log-file=stdout", "--min-port=50000"])
        .args([format!("--listening-port={port}"), format!("--static-auth-secret={secret}")])
        .arg(format!("--pidfile={}", folder.path().join("pid").display()))
        .arg(format!("--userdb={}", folder.path().join("db").display()))
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("turnserver (Debian's package coturn; scripts/test installs it)");
    eventually("coturn's port", || std::net::TcpStream::connect(("127.0.0.1", port)).ok());
    Daemon { child, _folder: folder }
}

#[test]
fn a_turn_server_that_takes_the_threads_passwords_is_green_and_others_are_not() {
    let site = Site::start();
    say(&site, "");
    let (port, silent) = (free_port(), UdpSocket::bind("127.0.0.1:0").expect("a port"));
    let _coturn = coturn(port, "north");
    let quiet = silent.local_addr().expect("an address").port();
    let dead = free_port();
    let thread = |name: &str, secret: &str, url: &str| {
        let list = format!("[{{'urls':'{url}'}}]").replace('\'', "\\\"");
        // PHP's way to put quotes into a value: none around it.
        let list = list.replace("\\\"", "\"");
        site.thread(name, &format!("[common]\nturnSecret={secret}\n[client]\niceString={list}\n"));
    };
    thread("good", "north", &format!("turn:127.0.0.1:{port}?transport=udp"));
    thread("tcp", "north", &format!("turn:127.0.0.1:{port}?transport=tcp"));
    thread("stun", "", &format!("stun:127.0.0.1:{port}"));
    thread("wrong", "south", &format!("turn:127.0.0.1:{port}"));
    thread("quiet", "north", &format!("turn:127.0.0.1:{quiet}"));
    thread("dead", "north", &format!("turn:127.0.0.1:{dead}"));
    let report = look(&site);
    report.says(&report.good, &["transport=udp relays", "(good)"]);
    report.says(&report.good, &["transport=tcp relays", "(tcp)"]);
    report.says(&report.good, &[&format!("stun:127.0.0.1:{port} answers"), "(stun)"]);
    report.says(&report.bad, &["refuses the name and password", "error 401 (wrong)", "turnSecret"]);
    report.says(&report.doubt, &["didn't answer in 3 s (quiet)"]);
    report.says(&report.bad, &["can't be reached", "(dead)"]);
    assert_eq!((report.bad.len(), report.doubt.len()), (2, 1), "{report:#?}");
}

#[test]
fn a_mail_server_that_would_take_mails_is_green_and_one_that_would_not_is_not() {
    let site = Site::start();
    let room = site.thread("room", "[common]\nnotifyUsers=1\n");
    room.write("notify.ini", "Ann=\"ann@example.net\"\n");
    let server = MailServer::start("none");
    let port = server.port;
    say(&site, &format!("[mail]\nserver=127.0.0.1\nsecurity=none\nport={port}"));
    let report = look(&site);
    assert!(report.bad.is_empty() && report.doubt.is_empty(), "{report:#?}");
    report.says(&report.good, &["answers and would take mails"]);
    drop(server);
    let report = look(&site);
    report.says(&report.bad, &["127.0.0.1", "takes no mails from here", "[mail]"]);
    // Somebody who listens and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = silent.local_addr().expect("an address").port();
    say(&site, &format!("[mail]\nserver=127.0.0.1\nsecurity=none\nport={port}"));
    let report = look(&site);
    report.says(&report.doubt, &["didn't answer in 3 s"]);
    say(&site, "[mail]\nsendmail=/bin/true");
    report_good(&site, &["Mails go out through /bin/true"]);
    say(&site, "[mail]\nsendmail=/nowhere/sendmail");
    let report = look(&site);
    report.says(&report.bad, &["/nowhere/sendmail can't be started"]);
    say(&site, "[mail]\nserver=localhost\nsecurity=ssl\n");
    room.write("notify.ini", "; nobody\n");
    let report = look(&site);
    report.says(&report.bad, &["[mail]", "security"]);
    report.says(&report.good, &["notify.ini lists nobody", "no mails go out"]);
}

fn report_good(site: &Site, words: &[&str]) {
    let report = look(site);
    report.says(&report.good, words);
}

#[test]
fn a_hub_that_answers_is_green_and_one_that_is_down_is_not() {
    let site = Site::start();
    say(&site, "");
    let port = free_port();
    let threads = site.root().join("threads");
    let ini = format!("[common]\nwsOn=1\nwsServerUri=\"ws://127.0.0.1:{port}\"\n[server]\nlisten=127.0.0.1\n");
    fs::write(threads.join("ws.ini"), &ini).expect("ws.ini");
    let report = look(&site);
    report.says(&report.bad, &[&format!("No hub answers at ws://127.0.0.1:{port}"), "hub --ensure"]);
    let folder = tempfile::tempdir().expect("a folder");
    let child = Command::new(env!("CARGO_BIN_EXE_hub")).arg("--threads").arg(&threads).stderr(Stdio::null()).spawn();
    let _hub = Daemon { child: child.expect("the hub"), _folder: folder };
    eventually("the hub's port", || std::net::TcpStream::connect(("127.0.0.1", port)).ok());
    let report = look(&site);
    assert!(report.bad.is_empty(), "{report:#?}");
    report.says(&report.good, &["The hub answers"]);
    // Apache is no hub.
    let ini = format!("[common]\nwsOn=1\nwsServerUri=\"ws://{}\"\n", site.address());
    fs::write(threads.join("ws.ini"), ini).expect("ws.ini");
    let report = look(&site);
    report.says(&report.bad, &["there is something, but no hub"]);
    fs::write(threads.join("ws.ini"), "[common]\nwsOn=maybe\n").expect("ws.ini");
    let report = look(&site);
    report.says(&report.bad, &["ws.ini line 2", "HUB.md"]);
}
