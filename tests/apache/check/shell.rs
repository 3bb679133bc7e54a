//! `serve --check` and `serve --hash`, on a shell.

use super::say;
use crate::support::Site;
use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};

fn serve(site: &Site) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_serve"));
    command.arg("--page").arg(site.root()).arg("--threads").arg(site.root().join("threads"));
    command.env("LC_ALL", "C");
    command
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_shell_is_told_the_same_and_the_exit_status_says_whether_something_is_wrong() {
    let site = Site::start();
    say(&site, &format!("page=\"http://{}/\"", site.address()));
    let output = serve(&site).arg("--check").output().expect("serve");
    let said = text(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    for words in ["All 8 programs", "The web server starts every program", "A lock keeps a second process out"] {
        assert!(said.contains(&format!("✓ good: {words}")), "{words} in {said}");
    }
    // Where CGI is off, and no .htaccess holds the programs back, they are sent as files; check.cgi itself can't say so.
    fs::remove_file(site.root().join("cgi-bin/.htaccess")).expect("removed");
    let output = serve(&site).arg("--check").env("LC_ALL", "ru_RU.UTF-8").output().expect("serve");
    let said = text(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("✗ ошибка: ") && said.contains("CGI выключен"), "{said}");
}

#[test]
fn a_host_without_inotify_is_reported_and_goes_on() {
    let site = Site::start();
    say(&site, &format!("page=\"http://{}/\"", site.address()));
    let check =
        serve(&site).arg("--check").get_args().map(|arg| arg.to_string_lossy().into_owned()).collect::<Vec<_>>();
    // A user namespace has limits of its own.
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "sh", "-c"])
        .arg("echo 0 >/proc/sys/user/max_inotify_instances && exec \"$@\"")
        .args(["sh", env!("CARGO_BIN_EXE_serve")])
        .args(check)
        .env("LC_ALL", "C")
        .output()
        .expect("unshare");
    if String::from_utf8_lossy(&output.stderr).contains("unshare failed") {
        println!("skipped: no user namespaces here");
        return;
    }
    let said = text(&output);
    assert!(said.contains("! look: The kernel tells of no changes (inotify)"), "{said}");
    assert!(said.contains("All works without"), "{said}");
}

#[test]
fn a_hash_is_made_of_what_comes_on_standard_input() {
    let mut serve = Command::new(env!("CARGO_BIN_EXE_serve"))
        .arg("--hash")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("serve");
    serve.stdin.take().expect("stdin").write_all("открой\n".as_bytes()).expect("written");
    let said = text(&serve.wait_with_output().expect("an end"));
    assert!(mozchat::auth::password::matches("открой", said.trim()), "{said}");
}
