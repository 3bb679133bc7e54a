//! What `scripts/test` does on a fresh Debian, where another apt is at work.

use rustix::fs::{FlockOperation, fcntl_lock};
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

/// Folders of apt's own, with no sources, so that nothing is fetched.
fn apt_in(folder: &Path) -> std::path::PathBuf {
    for name in ["lists/partial", "archives/partial", "etc/sources", "etc/preferences"] {
        fs::create_dir_all(folder.join(name)).expect("a folder");
    }
    let text = format!(
        "Dir::State::Lists \"{0}/lists\";\nDir::Cache::Archives \"{0}/archives\";\nDir::Etc::SourceList \"{0}/etc/none\";\n\
         Dir::Etc::SourceParts \"{0}/etc/sources\";\nAPT::Sandbox::User \"root\";\n",
        folder.display()
    );
    let path = folder.join("apt.conf");
    fs::write(&path, text).expect("apt.conf");
    path
}

#[test]
fn another_apt_that_holds_the_lists_is_waited_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let configuration = apt_in(folder.path());
    let lock = File::create(folder.path().join("lists/lock")).expect("the lock's file");
    fcntl_lock(&lock, FlockOperation::NonBlockingLockExclusive).expect("the lock");
    let mut waiting = Command::new("bash")
        .args(["-c", "source tests/parts/support/needs.sh; apt_get update"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("APT_CONFIG", configuration)
        .stdout(Stdio::piped())
        .spawn()
        .expect("bash");
    let mut lines = BufReader::new(waiting.stdout.take().expect("its output")).lines();
    let said = lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("another apt is at work")));
    assert!(said.is_some(), "it waits");
    drop(lock);
    lines.for_each(drop);
    assert!(waiting.wait().expect("its end").success(), "it goes on when the other is done");
}
