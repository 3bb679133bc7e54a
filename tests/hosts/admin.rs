//! The admin, who can do over FTP what the kernel allows to a user of that name.

use crate::support::site::numbers_of;
use std::path::Path;
use std::process::Command;

/// The admin's user, which `scripts/test hosts` makes.
pub const NAME: &str = "mozchat-test";

/// Runs a command as the admin, in a folder; its words are an FTP server's system calls.
pub fn does(folder: &Path, command: &[&str]) {
    let (user, group) = numbers_of(NAME);
    let done = Command::new("setpriv")
        .args([&format!("--reuid={user}"), &format!("--regid={group}"), "--clear-groups", "--"])
        .args(command)
        .current_dir(folder)
        .output()
        .expect("setpriv");
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// Deletes a file of a thread and puts another one in its place, as FTP servers do: they write into what is there.
pub fn replaces(folder: &Path, name: &str, text: &str) {
    does(folder, &["sh", "-c", "printf '%s' \"$2\" >\"$1\"", "sh", name, text]);
}
