//! What the machine has given away, in the kernel's own figures.

use super::hub::Daemon;
use super::support::{Folder, Site};
use std::fmt;
use std::fs;
use std::path::Path;

/// Of the hub, of Apache with all its processes, and of the thread's folder.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    hub: Usage,
    apache: Usage,
    files: usize,
    bytes: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Usage {
    processes: usize,
    descriptors: usize,
    resident: u64,
}

const MEGABYTE: u64 = 1_000_000;

impl Figures {
    pub fn of(site: &Site, hub: &Daemon, room: &Folder) -> Self {
        let mut usage = Usage::default();
        group(site.apache()).into_iter().for_each(|process| usage.add(process));
        let mut own = Usage::default();
        own.add(hub.process());
        let sizes: Vec<_> = sizes(room.path());
        Self { hub: own, apache: usage, files: sizes.len(), bytes: sizes.iter().sum() }
    }

    /// The open files of all.
    pub fn descriptors(&self) -> (usize, usize) {
        (self.hub.descriptors, self.apache.descriptors)
    }

    /// A process keeps some of what it once needed; more than that would be a leak.
    pub fn must_be_like(&self, before: &Self) {
        assert!(self.hub.descriptors <= before.hub.descriptors + 1, "{self} after {before}");
        assert!(self.apache.descriptors <= before.apache.descriptors * 2, "{self} after {before}");
        assert!(self.hub.resident <= before.hub.resident + 40 * MEGABYTE, "{self} after {before}");
        assert!(self.apache.resident <= before.apache.resident * 2 + 20 * MEGABYTE, "{self} after {before}");
        // The small files that a thread has, and its call log, catalog and names.
        assert!(self.files <= before.files + 14 && self.bytes <= before.bytes + 100_000, "{self} after {before}");
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { hub, apache, files, bytes } = self;
        write!(f, "hub {hub}; Apache {apache}; folder {files} files, {bytes} bytes")
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { processes, descriptors, resident } = self;
        write!(f, "{processes} processes, {descriptors} descriptors, {:.1} MB", *resident as f64 / MEGABYTE as f64)
    }
}

impl Usage {
    /// A process that has ended by now has nothing.
    fn add(&mut self, process: u32) {
        let Ok(status) = fs::read_to_string(format!("/proc/{process}/status")) else { return };
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        self.processes += 1;
        self.resident += kilobytes.unwrap_or_default() * 1024;
        self.descriptors += fs::read_dir(format!("/proc/{process}/fd")).map_or(0, Iterator::count);
    }
}

/// The processes of a group, by its leader.
fn group(leader: u32) -> Vec<u32> {
    let numbers =
        fs::read_dir("/proc").expect("/proc").filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let is_in = |process: &u32| {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        // The name in brackets may hold anything; state, parent and group follow.
        let group = stat.rsplit_once(") ").and_then(|(_, fields)| fields.split(' ').nth(2)?.parse().ok());
        group == Some(leader)
    };
    numbers.filter(is_in).collect()
}

/// The sizes of all files below a folder.
fn sizes(folder: &Path) -> Vec<u64> {
    let mut sizes = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").filter_map(Result::ok) {
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_dir() {
            sizes.extend(self::sizes(&entry.path()));
        } else {
            sizes.push(metadata.len());
        }
    }
    sizes
}
