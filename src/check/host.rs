//! The host: room on the disk, locks, the clock, inotify.

use super::finding::{Findings, Section, say};
use super::{Lang, Look, filesystem, limits, locking};
use crate::clock::Moment;
use crate::files::{self, Durability};
use crate::random;
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use rustix::fs::statvfs;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

const MEGABYTE: u64 = 1_000_000;
/// What is below leaves no room for clips.
const LITTLE_ROOM: u64 = 50 * MEGABYTE;
const NO_ROOM: u64 = MEGABYTE;
const FEW_INODES: u64 = 1000;
/// File systems round times; what is above is another clock.
const MOST_SKEW_MS: u64 = 2500;

pub(super) fn look(look: &Look<'_>) -> Section {
    let mut found = Findings::default();
    let lang = look.lang;
    for (folder, names) in disks(look) {
        room(&mut found, lang, &folder, &names);
        locking::look(look, &folder, &mut found);
        clock(&mut found, lang, &folder);
        filesystem::look(&mut found, lang, &folder);
    }
    if let Ok(site) = look.site {
        watching(&mut found, lang, site.threads());
    }
    limits::look(&mut found, look);
    found.under(say!(lang, "Host", "Хостинг"))
}

/// A folder on each disk that threads are on, and the names of those threads.
fn disks(look: &Look<'_>) -> Vec<(PathBuf, String)> {
    let mut disks = BTreeMap::<u64, (PathBuf, Vec<&str>)>::new();
    for thread in &look.threads {
        if let Ok(metadata) = fs::metadata(&thread.folder) {
            let disk = disks.entry(metadata.dev()).or_insert_with(|| (thread.folder.clone(), Vec::new()));
            disk.1.push(thread.name.as_str());
        }
    }
    disks.into_values().map(|(folder, names)| (folder, names.join(", "))).collect()
}

fn room(found: &mut Findings, lang: Lang, folder: &Path, names: &str) {
    let Ok(disk) = statvfs(folder) else { return };
    let (free, inodes) = (disk.f_bavail * disk.f_frsize, disk.f_favail);
    let megabytes = free / MEGABYTE;
    // Some file systems make inodes as they need them, and say 0.
    let has_inodes = disk.f_files == 0 || inodes >= FEW_INODES;
    let remedy = say!(
        lang,
        "Delete what is not needed. (The host may allow you less than the disk has: a quota is not seen from here.)",
        "Удалите ненужное. (Хостинг может выделять меньше, чем есть на диске: квота отсюда не видна.)"
    );
    if free < NO_ROOM {
        found.bad(say!(lang, "The disk is full ({names}).", "Диск заполнен ({names})."), remedy);
    } else if free < LITTLE_ROOM {
        found.doubt(
            say!(
                lang,
                "The disk has only {megabytes} MB left ({names}).",
                "На диске осталось только {megabytes} МБ ({names})."
            ),
            remedy,
        );
    } else if !has_inodes {
        found.bad(
            say!(
                lang,
                "The disk has room for {inodes} more files only ({names}).",
                "На диске есть место только для {inodes} файлов ({names})."
            ),
            remedy,
        );
    } else {
        found.good(say!(
            lang,
            "The disk has {megabytes} MB and {inodes} files left.",
            "На диске свободно {megabytes} МБ и {inodes} файлов."
        ));
    }
}

/// Whether the disk's clock, which dates the files, is this machine's.
fn clock(found: &mut Findings, lang: Lang, folder: &Path) {
    let Ok(name) = random::hex::<4>() else { return };
    let path = folder.join(format!(".check-{name}.tmp"));
    let made = files::replace(&path, b"", 0o600, Durability::Best).and_then(|()| files::modified(&path));
    let now = SystemTime::now();
    // Whoever sweeps the folder finds it, should it stay.
    let _ = files::remove(&path);
    let Ok(Some(made)) = made else { return };
    let skew = now.duration_since(made).unwrap_or_else(|early| early.duration()).as_millis();
    if skew > u128::from(MOST_SKEW_MS) {
        found.bad(
            say!(
                lang,
                "A new file is dated {skew} ms off this host's clock.",
                "Новый файл датирован с отклонением {skew} мс от часов хостинга."
            ),
            say!(
                lang,
                "The disk is on another machine with another clock; tell the host.",
                "Диск находится на другой машине с другими часами; сообщите хостингу."
            ),
        );
    } else {
        let time = Moment::now().log_time(0.0);
        found.good(say!(
            lang,
            "New files are dated as this host's clock has it: {time} UTC.",
            "Новые файлы датируются по часам хостинга: {time} UTC."
        ));
    }
}

/// Whether the kernel tells of changes.
fn watching(found: &mut Findings, lang: Lang, threads: &Path) {
    let attempt = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)
        .and_then(|watch| inotify::add_watch(&watch, threads, WatchFlags::MOVED_TO));
    match attempt {
        Ok(_) => found.good(say!(
            lang,
            "The kernel tells of changes (inotify).",
            "Ядро сообщает об изменениях (inotify)."
        )),
        Err(error) => found.doubt(
            say!(
                lang,
                "The kernel tells of no changes (inotify): {error}.",
                "Ядро не сообщает об изменениях (inotify): {error}."
            ),
            say!(
                lang,
                "All works without: who waits looks again four times a second, the hub every two seconds. Hosts raise fs.inotify.max_user_instances.",
                "Всё работает и так: ожидающие смотрят четыре раза в секунду, hub каждые две секунды. Хостинг может увеличить fs.inotify.max_user_instances."
            ),
        ),
    }
}
