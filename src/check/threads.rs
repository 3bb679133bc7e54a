//! Each thread: can its folder be read and written?

use super::finding::{Findings, Section, say};
use super::{Lang, Look, damaged};
use crate::clock::Moment;
use crate::error::Error;
use crate::files::{self, Durability};
use crate::lock::Lock;
use crate::random;
use crate::thread::Thread;
use rustix::fs::{Access, FallocateFlags, access, fallocate};
use rustix::io::Errno;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// As much as the small files of a thread take.
const TRIED_BYTES: usize = 64 * 1024;
/// The bit of a folder's mode by which only owners take files away.
const STICKY: u32 = 0o1000;
/// More files than a thread has.
const MOST_FILES: usize = 500;

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
    unreadable(found, lang, thread);
    remains(found, lang, thread);
    room(found, lang, thread);
    let media = thread.media_folder();
    if media.is_dir() && access(&media, Access::WRITE_OK | Access::EXEC_OK | Access::READ_OK).is_err() {
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

/// Files of the thread that a program can't read, and links that lead nowhere.
fn unreadable(found: &mut Findings, lang: Lang, thread: &Thread) {
    let name = &thread.name;
    let entries = fs::read_dir(&thread.folder).into_iter().flatten().flatten().take(MOST_FILES);
    let folder = fs::metadata(&thread.folder).ok();
    let (mut closed, mut lost, mut odd, mut stuck) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for entry in entries {
        let (path, file) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        // What others are writing at this moment comes and goes.
        if file.ends_with(".tmp") || file.starts_with("media-check-") {
            continue;
        }
        match fs::metadata(&path) {
            Err(_) if file == thread.settings.media_folder => {
                lost.push(say!(lang, "the folder of the clips", "папка записей"));
            }
            Err(_) if fs::symlink_metadata(&path).is_ok() => lost.push(file),
            Ok(metadata) if metadata.is_dir() && is_a_files_name(&file) => odd.push(file),
            Ok(metadata) if metadata.is_file() && file == thread.settings.media_folder => {
                odd.push(say!(lang, "the folder of the clips", "папка записей"));
            }
            Ok(metadata) if metadata.is_file() && is_stuck(&path, &metadata, folder.as_ref()) => stuck.push(file),
            Ok(metadata) if metadata.is_file() && access(&path, Access::READ_OK).is_err() => closed.push(file),
            _ => {}
        }
    }
    for list in [&mut closed, &mut lost, &mut odd, &mut stuck] {
        list.sort();
    }
    unusable(found, lang, thread, &odd.join(", "), &stuck.join(", "));
    if !closed.is_empty() {
        let files = closed.join(", ");
        found.bad(
            say!(lang, "{name}: programs can't read {files}.", "{name}: программы не могут прочесть {files}."),
            say!(lang, "They belong to another user, or their mode is too strict: give them 0644 (0666 where programs run as another user), or delete them over FTP; settings aside, they are made anew.", "Они принадлежат другому пользователю, или права слишком строгие: установите 0644 (0666, если программы работают от чужого имени) или удалите их через FTP; кроме настроек, они создаются заново."),
        );
    }
    if !lost.is_empty() {
        let files = lost.join(", ");
        found.bad(
            say!(
                lang,
                "{name}: links lead nowhere or in a circle: {files}.",
                "{name}: ссылки ведут в никуда или по кругу: {files}."
            ),
            say!(
                lang,
                "Make them anew, or put real folders and files in their place.",
                "Создайте их заново или замените настоящими папками и файлами."
            ),
        );
    }
}

/// Whether a file of the programs is called so.
fn is_a_files_name(name: &str) -> bool {
    let kinds = [".json", ".ini", ".csv", ".html", ".summary", ".lock", ".htaccess", ".pulse-key"];
    kinds.iter().any(|kind| name.ends_with(kind))
}

/// Whether a program can't put a new file in this one's place, though it may make others: in a sticky folder somebody
/// else's stay, and some hosts make files immutable.
fn is_stuck(path: &Path, file: &fs::Metadata, folder: Option<&fs::Metadata>) -> bool {
    let own = rustix::process::geteuid();
    let is_others = |metadata: &fs::Metadata| metadata.uid() != own.as_raw();
    let is_kept = folder.is_some_and(|folder| folder.mode() & STICKY != 0 && is_others(folder)) && is_others(file);
    // What may not be written for its mode's sake can be replaced all the same (EACCES).
    !own.is_root() && is_kept || access(path, Access::WRITE_OK) == Err(Errno::PERM)
}

/// Files that are none, and those that nobody can replace.
fn unusable(found: &mut Findings, lang: Lang, thread: &Thread, odd: &str, stuck: &str) {
    let name = &thread.name;
    if !odd.is_empty() {
        found.bad(
            say!(
                lang,
                "{name}: folders stand where files should be, or files where folders should be: {odd}.",
                "{name}: папки на месте файлов или файлы на месте папок: {odd}."
            ),
            say!(
                lang,
                "Delete or rename them over FTP; the programs make what they need.",
                "Удалите или переименуйте их через FTP; нужное программы создадут сами."
            ),
        );
    }
    if !stuck.is_empty() {
        found.bad(
            say!(lang, "{name}: programs can't replace {stuck}, so that nothing new is stored.", "{name}: программы не могут заменить {stuck}, поэтому новое не сохраняется."),
            say!(lang, "They belong to another user in a folder with the sticky bit (mode 1777), or are immutable (chattr +i): give the folder the mode 0777 or 0755, or delete these files over FTP; settings aside, they are made anew. Else ask the host.", "Они принадлежат другому пользователю в папке с битом sticky (права 1777) или неизменяемы (chattr +i): установите на папку права 0777 или 0755 либо удалите эти файлы через FTP; кроме настроек, они создаются заново. Иначе обратитесь к хостингу."),
        );
    }
}

/// What a mended thread has left for the admin.
fn remains(found: &mut Findings, lang: Lang, thread: &Thread) {
    const BROKEN: &str = "catalog.json.broken";
    let Ok(metadata) = fs::metadata(thread.file(BROKEN)) else { return };
    let name = &thread.name;
    let when = u64::try_from(metadata.ctime()).unwrap_or_default();
    let time = Moment::from_seconds(when).log_time(0.0);
    found.doubt(
        say!(lang, "{name}: the list of clips (catalog.json) could not be read and was made anew from the clips on {time} UTC: authors and descriptions are lost. The old list is kept as {BROKEN}.", "{name}: список записей (catalog.json) не читался и был составлен заново по самим записям {time} UTC: авторы и описания потеряны. Старый список сохранён как {BROKEN}."),
        say!(lang, "If you have edited it, correct the copy and put it back as catalog.json; then delete {BROKEN}. If nobody has, look whether the disk is full or failing.", "Если Вы его правили, исправьте копию и верните её как catalog.json, затем удалите {BROKEN}. Если никто не правил, проверьте, не полон ли и исправен ли диск."),
    );
}

/// Whether the largest clip gets room: a quota is seen in no other way.
fn room(found: &mut Findings, lang: Lang, thread: &Thread) {
    let (name, wanted) = (&thread.name, thread.settings.max_blob_bytes);
    let Ok(random) = random::hex::<4>() else { return };
    let path = thread.file(format!(".check-{random}.tmp"));
    let Ok(file) = fs::File::create(&path) else { return };
    // A limit on files' sizes would end this program; it is told elsewhere.
    let limit = rustix::process::getrlimit(rustix::process::Resource::Fsize).current.unwrap_or(u64::MAX);
    let given = fallocate(&file, FallocateFlags::empty(), 0, wanted.clamp(1, limit.max(1)));
    // Whoever sweeps the folder finds it, should it stay.
    let _ = files::remove(&path);
    if matches!(given, Err(Errno::NOSPC | Errno::DQUOT)) {
        found.bad(
            say!(lang, "{name}: there is no room for the largest clip ({wanted} bytes): the disk is full, or your quota is used up.", "{name}: нет места для самой большой записи ({wanted} байт): диск заполнен или исчерпана Ваша квота."),
            full_disk(lang),
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
