//! Machines since 2014: no libraries, and the kernel of CentOS 7 (3.10), which knows none of the later system calls.

use crate::support::site::{Host, Site, packaged_site};
use crate::support::{Process, eventually};
use serde_json::json;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The first system call on x86-64 that came after Linux 3.10: sched_setattr, of 3.14.
const AFTER_3_10: &str = "314";

/// Every program in the package.
fn programs() -> Vec<PathBuf> {
    let entries =
        fs::read_dir(packaged_site().join("cgi-bin")).expect("cgi-bin").map(|entry| entry.expect("one").path());
    let programs: Vec<_> = entries.filter(|path| path.extension().is_some_and(|ext| ext == "cgi")).collect();
    assert!(programs.len() >= 7, "{programs:?}");
    programs
}

/// What a tool of binutils says of a program.
fn said(tool: &str, arguments: &[&str], program: &Path) -> String {
    let said = Command::new(tool).args(arguments).arg(program).output().expect("binutils");
    String::from_utf8_lossy(&said.stdout).into_owned()
}

#[test]
fn programs_need_no_library_and_so_no_version_of_one() {
    for program in programs() {
        let headers = said("readelf", &["--wide", "--program-headers"], &program);
        assert!(!headers.contains("INTERP") && !headers.contains("DYNAMIC"), "{}: {headers}", program.display());
        let versions = said("readelf", &["--wide", "--version-info"], &program);
        assert!(versions.contains("No version information found"), "{}: {versions}", program.display());
        let names = said("readelf", &["--wide", "--section-headers"], &program);
        assert!(!names.contains(".symtab") && !names.contains(".debug"), "stripped: {names}");
        let kernel = said("readelf", &["--notes"], &program);
        let oldest = kernel.lines().find(|line| line.contains("ABI: ")).unwrap_or("no kernel named").trim();
        let size = fs::metadata(&program).expect("its size").len();
        println!(
            "{:>12} {size:>8} bytes, no symbol versions, {oldest}",
            program.file_name().unwrap_or_default().display()
        );
    }
}

/// These may be larger: they bring TLS and the certificates of the world, and no page waits for them.
const HEAVY: [&str; 2] = ["mail.cgi", "check.cgi"];

#[test]
fn programs_that_pages_wait_for_are_small() {
    for program in programs().iter().filter(|program| !HEAVY.iter().any(|name| program.ends_with(name))) {
        let size = fs::metadata(program).expect("its size").len();
        assert!(size < 2_150_000, "{} has {size} bytes", program.display());
    }
}

#[test]
fn programs_answer_in_a_folder_that_has_nothing_but_them_and_a_thread() {
    for program in programs() {
        let root = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(root.path().join("threads/room")).expect("a thread");
        fs::write(root.path().join("threads/room/.ini"), "[common]\n").expect(".ini");
        // Not copied by this process: what other tests start meanwhile would have the copy open for writing.
        let copied = Command::new("cp").arg(&program).arg(root.path().join("program")).status();
        assert!(copied.is_ok_and(|status| status.success()), "a copy");
        let mut command = Command::new("/program");
        command.env_clear().envs([
            ("REQUEST_METHOD", "GET"),
            ("QUERY_STRING", "realm=room&user=Ann&act=poll"),
            ("MOZCHAT_THREADS", "/threads"),
        ]);
        imprison(&mut command, root.path());
        let said = command.stdin(Stdio::null()).output().expect("a program that starts");
        let text = String::from_utf8_lossy(&said.stdout);
        let name = program.file_name().unwrap_or_default().to_string_lossy();
        assert!(said.status.success() && text.contains("\r\n\r\n{") || HEAVY.contains(&&*name), "{name}: {said:?}");
        assert!(text.starts_with("Status: "), "{name}: {said:?}");
    }
}

/// The command sees this folder and nothing else.
fn imprison(command: &mut Command, root: &Path) {
    let program = command.get_program().to_owned();
    let variables: Vec<_> =
        command.get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))).collect();
    *command = Command::new("/usr/sbin/chroot");
    command.arg(root).arg(program).env_clear().envs(variables).process_group(0);
}

/// Puts before each program one that makes the kernel older. (Not before Apache: the one that the tests run would not
/// start there.)
fn on_an_old_kernel(folder: &Path) {
    // Debian's Python, since www-data may run no other.
    let script = folder.join("old_kernel.py");
    fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/old_kernel.py"), &script).expect("a copy");
    let make_old = format!("/usr/bin/python3 {}", script.display());
    for program in programs() {
        let name = program.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let there = folder.join("site/cgi-bin").join(format!("{name}.cgi"));
        let itself = folder.join("site/cgi-bin").join(format!("{name}-itself.cgi"));
        fs::rename(&there, &itself).expect("the program");
        let script = format!("#!/bin/sh\nexec {make_old} {AFTER_3_10} {} \"$@\"\n", itself.display());
        write_program(&there, &script);
    }
}

fn write_program(path: &Path, script: &str) {
    fs::write(path, script).expect("a script");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("chmod");
}

#[test]
fn everything_works_on_a_kernel_that_knows_no_system_call_after_3_10() {
    let site = Site::on(&Host { arrange: Some(on_an_old_kernel), ..Host::default() });
    let settings =
        "[common]\nmediaFolder=media1\nmailFrom=\"robot@example.net\"\nnotifyUsers=1\n[client]\npollFactor=l\n";
    let room = site.thread("room", settings);
    room.write("notify.ini", "Bob=\"bob@example.net\"\n");
    // Whatever is mailed is written into the thread.
    let mailed = room.file("mailed");
    fs::write(site.root().join("cgi-bin/sendmail"), format!("#!/bin/sh\nexec cat >'{}'\n", mailed.display()))
        .expect("sendmail");
    Command::new("chmod").arg("0755").arg(site.root().join("cgi-bin/sendmail")).status().expect("chmod");
    let sendmail = site.root().join("cgi-bin/sendmail");
    // Mails wait until the page's address is known.
    let ini = format!("page=\"http://example.net/\"\n[mail]\nsendmail=\"{}\"\nwaitSec=0\n", sendmail.display());
    fs::write(site.root().join("cgi-bin/mozchat.ini"), ini).expect("mozchat.ini");

    let (ann, bob) = (site.browser("Ann", "room"), site.browser("Bob", "room"));
    assert_eq!(ann.query("thread", &[("realm", "room"), ("user", "Ann")]).json()["thread"], "room");
    let token = bob.poll()["catCrc"].clone();
    std::thread::scope(|scope| {
        let ask = json!({ "catCrc": token, "ack": "", "usersSeen": "[\"Bob\"]" });
        let waiting = scope.spawn(|| bob.act("poll", "longPoll", ask).json());
        Process::asleep(&site, "poll-itself");
        assert_eq!(ann.upload("one", 1000).alert(), "Server got a record of 1kB");
        assert!(waiting.join().expect("an answer")["timestamp"].is_number());
    });
    assert_eq!(bob.sees(), ["one"]);
    ann.act("users", "online", json!({}));
    ann.act("chat", "relay", json!({ "target": "Bob", "type": "message" }));
    assert_eq!(bob.poll()["messages"].as_array().map(Vec::len), Some(1));
    eventually("the mail", || fs::read_to_string(&mailed).ok().filter(|mail| mail.contains("bob@example.net")));
    let id = room.listed()[0].clone();
    assert_eq!(ann.act("delete", "delete", json!({ "id": id })).alert(), "Clip deleted");
    assert!(!site.log().contains("mozchat:"), "{}", site.log());
}
