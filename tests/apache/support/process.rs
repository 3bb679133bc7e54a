//! A running program, in the kernel's own figures (see proc(5)).

use super::{Site, eventually};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program that Apache runs just now.
pub struct Process(PathBuf);

/// The numbers of poll and ppoll on x86-64.
const POLL_CALLS: [&str; 2] = ["7", "271"];

impl Process {
    /// Waits until the program `name` of this site runs.
    pub fn of(site: &Site, name: &str) -> Self {
        let program = site.program(name);
        eventually(name, || Self::all(&program).pop())
    }

    /// Waits until the program `name` of this site has done all that it does before it waits for events.
    pub fn asleep(site: &Site, name: &str) -> Self {
        let program = site.program(name);
        eventually("the program to sleep in its wait", || Self::all(&program).into_iter().find(Self::waits_for_events))
    }

    /// The processes that run a program's file just now; those that have ended and wait to be noticed don't.
    pub fn all(program: &Path) -> Vec<Self> {
        let processes = fs::read_dir("/proc").expect("/proc").filter_map(Result::ok).map(|entry| entry.path());
        processes
            .filter(|process| fs::read_link(process.join("exe")).is_ok_and(|exe| exe == *program))
            .map(Self)
            .collect()
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.0.file_name().and_then(|name| name.to_str()?.parse().ok()).expect("a number")
    }

    /// Sends it a signal, by its name without SIG.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.id().to_string()]).status().expect("kill");
        assert!(sent.success(), "{name}");
    }

    /// The files that it has open: as the kernel names them, and as they can be looked at.
    pub fn open_files(&self) -> Vec<(PathBuf, PathBuf)> {
        let entries = fs::read_dir(self.0.join("fd")).into_iter().flatten().filter_map(Result::ok);
        entries.filter_map(|entry| Some((fs::read_link(entry.path()).ok()?, entry.path()))).collect()
    }

    /// The most memory that it ever held, in bytes: `VmHWM`, which begins anew with each program.
    pub fn peak_memory(&self) -> u64 {
        self.figure("status", "VmHWM") * 1024
    }

    /// What it has cost so far, in ticks of 10 ms: user and system time.
    pub fn ticks(&self) -> u64 {
        let stat = fs::read_to_string(self.0.join("stat")).expect("the process still runs");
        // The name in brackets may hold anything; the fields after it are counted from the third.
        let (_, fields) = stat.rsplit_once(") ").expect("a name");
        fields.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u64>().expect("ticks")).sum()
    }

    /// Whether it sleeps in poll(2) and has inotify to wait for: one that stays and waits for requests has not.
    pub fn waits_for_events(&self) -> bool {
        let calls = fs::read_to_string(self.0.join("syscall")).unwrap_or_default();
        let number = calls.split(' ').next().unwrap_or_default();
        let files = fs::read_dir(self.0.join("fd")).into_iter().flatten().filter_map(Result::ok);
        let mut files = files.filter_map(|file| fs::read_link(file.path()).ok());
        POLL_CALLS.contains(&number) && files.any(|file| file == Path::new("anon_inode:inotify"))
    }

    fn figure(&self, file: &str, name: &str) -> u64 {
        let text = fs::read_to_string(self.0.join(file)).expect("the process still runs");
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).expect(name);
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }
}
