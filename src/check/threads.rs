//! Each thread: can its folder be read and written?

use super::finding::{Findings, Section, say};
use super::{Lang, Look, damaged};
use crate::error::Error;
use crate::files::{self, Durability};
use crate::lock::Lock;
use crate::random;
use crate::thread::Thread;
use rustix::fs::{Access, access};
use std::fs;
use std::os::unix::fs::MetadataExt;

/// As much as the small files of a thread take.
const TRIED_BYTES: usize = 64 * 1024;

pub(super) fn look(look: &Look<'_>) -> Section {
    let mut found = Findings::default();
    let lang = look.lang;
    if look.threads.is_empty() && look.broken.is_empty() && look.site.is_ok() {
        found.bad(
            say!(lang, "There is no thread.", "Нет ни одной темы."),
            say!(
                lang,
                "Copy one of the ready threads into the folder threads, with the files that begin with a dot.",
                "Скопируйте готовую тему в папку threads вместе с файлами, имя которых начинается с точки."
            ),
        );
    }
    for thread in &look.threads {
        one(&mut found, lang, thread);
    }
    if found.is_all_good() {
        let names: Vec<_> = look.threads.iter().map(|thread| thread.name.as_str()).collect();
        let names = names.join(", ");
        found.good(say!(
            lang,
            "Every thread can be read, written and locked, and files are replaced in one step: {names}.",
            "Все темы читаются, пишутся и запираются, файлы заменяются одним шагом: {names}."
        ));
    }
    found.under(say!(lang, "Threads", "Темы"))
}

fn one(found: &mut Findings, lang: Lang, thread: &Thread) {
    let name = &thread.name;
    match Lock::exclusive(&thread.file(".lock"), thread.file_mode(), super::PATIENCE).and_then(|_lock| replace(thread))
    {
        Ok(()) => {}
        Err(Error::Busy { .. }) => found.doubt(
            say!(lang, "{name}: the lock didn't come free in 3 s.", "{name}: замок не освободился за 3 с."),
            say!(
                lang,
                "Some program holds it; if that lasts, ask the host to end your processes.",
                "Его держит какая-то программа; если это не пройдёт, попросите хостинг завершить Ваши процессы."
            ),
        ),
        Err(error) => {
            let full = error.code() == "disk";
            let said = error.for_the_page();
            let what = say!(lang, "{name} can't be written: {said}.", "{name}: запись невозможна: {said}.");
            found.bad(what, if full { full_disk(lang) } else { writable(lang, thread, Some(&error)) });
        }
    }
    damaged::look(found, lang, thread);
    let media = thread.media_folder();
    if media.exists() && access(&media, Access::WRITE_OK | Access::EXEC_OK | Access::READ_OK).is_err() {
        found.bad(
            say!(
                lang,
                "{name}: the folder of the clips can't be written.",
                "{name}: папка записей недоступна для записи."
            ),
            writable(lang, thread, None),
        );
    }
}

/// Makes a file and replaces it, as programs do all the time, and takes it away.
fn replace(thread: &Thread) -> crate::error::Result<()> {
    let path = thread.file(format!(".check-{}.tmp", random::hex::<4>()?));
    let attempt = files::replace(&path, &[b'x'; TRIED_BYTES], thread.file_mode(), Durability::Whole)
        .and_then(|()| files::replace(&path, b"y", thread.file_mode(), Durability::Whole));
    let cleared = files::remove(&path);
    attempt.and(cleared.map(drop))
}

fn full_disk(lang: Lang) -> String {
    say!(
        lang,
        "Delete old clips or other files; the limits maxMediaFolderBytes of all threads together must fit into what the host gives you.",
        "Удалите старые записи или другие файлы; сумма maxMediaFolderBytes всех тем не должна превышать место, которое даёт хостинг."
    )
}

fn writable(lang: Lang, thread: &Thread, error: Option<&Error>) -> String {
    if error.is_some_and(|error| matches!(error, Error::Io { doing: "lock", .. })) {
        return say!(
            lang,
            "The file system has no locks that work here; ask the host to switch them on, or put the threads on another disk.",
            "Замки этой файловой системы здесь не работают; попросите хостинг включить их или перенесите темы на другой диск."
        );
    }
    let is_own = fs::metadata(&thread.folder).is_ok_and(|found| found.uid() == rustix::process::geteuid().as_raw());
    let mode = if is_own { "0755" } else { "0777" };
    say!(
        lang,
        "Give the thread's folder and those in it the mode {mode} over FTP.",
        "Установите через FTP права {mode} на папку темы и папки в ней."
    )
}
