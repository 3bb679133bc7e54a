//! Threads on file systems in user space, really mounted: sshfs (with its server beside it, so without a network) and bindfs.

use super::{Report, look, say};
use crate::support::{Folder, Site, eventually};
use rustix::mount::{UnmountFlags, unmount};
use rustix::process::{Pid, Signal, geteuid, kill_process};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use tempfile::TempDir;

const SFTP_SERVER: &str = "/usr/lib/openssh/sftp-server";

/// A folder that is mounted, until it is dropped.
struct Mounted {
    at: PathBuf,
    daemon: Child,
    /// What is mounted.
    behind: TempDir,
}

impl Mounted {
    /// Puts the folder on another file system. `None`, with the reason, where that can't be done here.
    fn on(room: &Folder, command: impl FnOnce(&Path) -> Command) -> Option<Self> {
        if !geteuid().is_root() || !Path::new("/dev/fuse").exists() {
            println!("skipped: no file systems in user space here");
            return None;
        }
        let (behind, at) = (tempfile::tempdir().expect("a folder"), room.path().to_path_buf());
        fs::set_permissions(behind.path(), fs::Permissions::from_mode(0o755)).expect("permissions");
        crate::support::give_away(behind.path());
        // Some mount over nothing but an empty folder.
        fs::remove_dir_all(&at).and_then(|()| fs::create_dir(&at)).expect("an empty folder");
        let device = |path: &Path| fs::metadata(path).expect("a folder").dev();
        let before = device(&at);
        // Should the tests be killed, the file system ends with the thread that started it.
        let mut daemon = command(behind.path()).arg(&at).spawn().expect("Debian's packages sshfs and bindfs");
        eventually("the mount", || {
            assert!(daemon.try_wait().expect("a process").is_none(), "it ended instead");
            (device(&at) != before).then_some(())
        });
        room.write(".ini", "[common]\nmaxClipCount=0\n");
        Some(Self { at, daemon, behind })
    }

    fn by_sshfs(room: &Folder) -> Option<Self> {
        let server = tempfile::NamedTempFile::new().expect("a file").into_temp_path();
        let user = if geteuid().is_root() { "setpriv --reuid=www-data --regid=www-data --clear-groups " } else { "" };
        fs::write(&server, format!("#!/bin/sh\nexec {user}{SFTP_SERVER}\n")).expect("written");
        fs::set_permissions(&server, fs::Permissions::from_mode(0o755)).expect("permissions");
        Self::on(room, |behind| {
            let mut command = dying("sshfs");
            command.args(["-f", "-o", &format!("allow_other,ssh_command={}", server.display())]);
            command.arg(format!("host:{}", behind.display()));
            command
        })
    }

    fn by_bindfs(room: &Folder) -> Option<Self> {
        Self::on(room, |behind| {
            let mut command = dying("bindfs");
            command.arg("-f").arg(behind);
            command
        })
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        unmount(&self.at, UnmountFlags::DETACH).expect("unmount");
        let daemon = Pid::from_raw(self.daemon.id().cast_signed()).expect("a process");
        // It may have ended by itself.
        let _ = kill_process(daemon, Signal::TERM);
        let _ = self.daemon.wait();
    }
}

fn dying(program: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "TERM", program]);
    command
}

/// A clip comes, and the admin takes another away, all within one second, again and again: nobody is shown what is gone,
/// or misses what is there.
fn follows_quick_changes(site: &Site, room: &Folder) {
    let ann = site.browser("Ann", "room");
    let mut left = vec![];
    for round in 0..4 {
        for clip in ["stays", "goes"] {
            let name = ann.upload(&format!("{clip} {round}"), 1000).json()["id"].as_str().expect("stored").to_owned();
            if clip == "stays" {
                left.push(format!("stays {round}"));
            } else {
                fs::remove_file(room.media().expect("clips").join(&name)).expect("removed");
            }
        }
        assert_eq!(ann.sees(), left, "{round}");
    }
}

fn report(site: &Site) -> Report {
    say(site, "");
    look(site)
}

#[test]
fn on_sshfs_quick_changes_are_followed_and_what_it_lacks_is_named() {
    let site = Site::start();
    let room = site.thread("room", "");
    let Some(_mounted) = Mounted::by_sshfs(&room) else { return };
    follows_quick_changes(&site, &room);
    let report = report(&site);
    let said = report.says(&report.doubt, &["on fuse.sshfs", "only among the programs that use this very mount"]);
    assert!(said.contains("CephFS"), "{said}");
    report.says(&report.doubt, &["time in whole seconds only"]);
    assert!(report.bad.is_empty() && report.doubt.len() == 2, "{report:#?}");
}

#[test]
fn on_bindfs_quick_changes_are_followed_and_that_its_locks_hold_nobody_else_is_named() {
    let site = Site::start();
    let room = site.thread("room", "");
    let Some(mounted) = Mounted::by_bindfs(&room) else { return };
    follows_quick_changes(&site, &room);
    let report = report(&site);
    report.says(&report.doubt, &["on fuse,", "only among the programs that use this very mount"]);
    assert!(report.bad.is_empty() && report.doubt.len() == 1, "{report:#?}");
    // As it says: whoever comes by the folder itself is not kept out.
    let held = fs::File::options().write(true).open(room.file(".lock")).expect(".lock");
    let other = fs::File::options().write(true).open(mounted.behind.path().join(".lock")).expect(".lock");
    fs2::FileExt::lock_exclusive(&held).expect("the lock");
    fs2::FileExt::try_lock_exclusive(&other).expect("the same lock");
}
