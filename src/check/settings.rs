//! Every `.ini`: can it be understood, and is what it says safe?

use super::finding::{Findings, Section, say};
use super::{Lang, Look, reasons};
use crate::error::Error;
use crate::mail::list;
use crate::notice::{self, WsIni};
use crate::settings::Problem;
use crate::site::{SITE_INI, Site};
use crate::thread::Thread;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

pub(super) fn look(look: &Look<'_>) -> Section {
    let mut found = Findings::default();
    let lang = look.lang;
    if let Ok(site) = look.site {
        of_site(&mut found, look, site);
        of_hub(&mut found, lang, site);
    }
    for thread in &look.threads {
        for problem in &thread.problems {
            doubt(&mut found, look, thread, problem);
        }
        of_list(&mut found, lang, thread);
        sizes(&mut found, lang, thread);
    }
    published(&mut found, look);
    for (name, error) in &look.broken {
        broken(&mut found, look, name, error);
    }
    if found.is_all_good() {
        let count = look.threads.len();
        found.good(say!(
            lang,
            "Every .ini is understood to the last line ({count} threads).",
            "Все .ini поняты до последней строки (тем: {count})."
        ));
    }
    found.under(say!(lang, "Settings", "Настройки"))
}

fn doubt(found: &mut Findings, look: &Look<'_>, thread: &Thread, problem: &Problem) {
    let (lang, name, Problem { file, line, key, reason }) = (look.lang, &thread.name, problem);
    let is_plain = ["password", "moderatorPassword"].contains(&key.as_str()) && reason.contains("plain text");
    if is_plain {
        return found.doubt(
            say!(
                lang,
                "{name}/{file} line {line}: {key} is plain text, which works, but anybody who reads the file knows it.",
                "{name}/{file}, строка {line}: {key} записан открытым текстом. Это работает, но пароль узнает любой, кто прочтёт файл."
            ),
            say!(
                lang,
                "Make a hash of it (here below, or with serve --hash) and put that between the quotes.",
                "Сделайте из него хеш (ниже на этой странице или командой serve --hash) и впишите его в кавычки."
            ),
        );
    }
    let (key, reason) = (look.without_secrets(key), look.without_secrets(&reasons::said(lang, reason)));
    found.doubt(
        say!(lang, "{name}/{file} line {line}: {key}: {reason}.", "{name}/{file}, строка {line}: {key}: {reason}."),
        say!(lang, "threads/example.ini explains every key.", "Все ключи объяснены в threads/example.ini."),
    );
}

/// Whether the largest clip fits into the folder of the clips.
fn sizes(found: &mut Findings, lang: Lang, thread: &Thread) {
    let (name, settings) = (&thread.name, &thread.settings);
    let (one, all) = (settings.max_blob_bytes, settings.max_media_folder_bytes);
    if one > all {
        found.bad(
            say!(lang, "{name}: maxBlobBytes ({one}) is more than maxMediaFolderBytes ({all}): the largest clips never fit.", "{name}: maxBlobBytes ({one}) больше maxMediaFolderBytes ({all}): самые большие записи не поместятся никогда."),
            say!(lang, "Raise maxMediaFolderBytes to several times maxBlobBytes, or lower maxBlobBytes.", "Сделайте maxMediaFolderBytes в несколько раз больше maxBlobBytes или уменьшите maxBlobBytes."),
        );
    }
}

/// The beginning of the clips' folders of the ready threads, as anybody can download them.
const PUBLISHED: &str = "media_change-me";

/// Threads whose clips' addresses anybody can guess.
fn published(found: &mut Findings, look: &Look<'_>) {
    let lang = look.lang;
    let known = look.threads.iter().filter(|thread| thread.settings.media_folder.starts_with(PUBLISHED));
    let names: Vec<_> = known.map(|thread| thread.name.as_str()).collect();
    if !names.is_empty() {
        let names = names.join(", ");
        found.doubt(
            say!(lang, "The folder of the clips (mediaFolder) has the name that everybody can read in the download, so that anybody can guess the addresses of clips: {names}.", "Папка записей (mediaFolder) называется так, как каждый может прочесть в загрузке, и адреса записей легко угадать: {names}."),
            say!(lang, "Write a secret of your own after media_ in the .ini of each of these threads, and rename the folder if it is there already.", "Впишите в .ini каждой из этих тем после media_ собственный секрет и переименуйте папку, если она уже есть."),
        );
    }
}

fn broken(found: &mut Findings, look: &Look<'_>, name: &str, error: &Error) {
    let lang = look.lang;
    let what = match error {
        Error::Ini { path, line, reason } => {
            let (reason, file) = (reasons::said(lang, reason), path.file_name().unwrap_or_default().to_string_lossy());
            say!(lang, "{name}/{file} line {line}: {reason}", "{name}/{file}, строка {line}: {reason}")
        }
        Error::Refused { code: "reserved-thread", .. } => say!(
            lang,
            "The folder {name} can't be a thread: the name is the site's own.",
            "Папка {name} не может быть темой: это имя занято самим сайтом."
        ),
        Error::Refused { .. } => say!(
            lang,
            "The folder {name} can't be a thread: its name may not have < > \" or \\, nor begin or end with a space.",
            "Папка {name} не может быть темой: в имени недопустимы < > \" и \\, а также пробел в начале и в конце."
        ),
        Error::Host { .. } => say!(
            lang,
            "The folder {name} has no .ini any more, though its clips are in a folder that one has named, so that nobody can enter.",
            "В папке {name} больше нет .ini, хотя записи лежат в папке, которую он назвал, поэтому войти никто не может."
        ),
        other => {
            let said = look.without_secrets(&other.for_the_page());
            say!(lang, "The thread {name} can't be opened: {said}.", "Тема {name} не открывается: {said}.")
        }
    };
    let remedy = match error {
        Error::Host { .. } => say!(
            lang,
            "Put its .ini back (FTP programs hide files that begin with a dot unless told otherwise), or remove the folder.",
            "Верните в неё .ini (программы FTP обычно прячут файлы, имя которых начинается с точки) или удалите папку."
        ),
        Error::Refused { .. } => say!(lang, "Rename it.", "Переименуйте её."),
        Error::Busy { .. } => say!(
            lang,
            "It seems to be being replaced; look again in ten seconds.",
            "Похоже, файл сейчас заменяют: проверьте через десять секунд."
        ),
        _ => say!(lang, "Until then nobody can enter this thread.", "До исправления в эту тему никто не войдёт."),
    };
    found.bad(what, remedy);
}

fn of_site(found: &mut Findings, look: &Look<'_>, site: &Site) {
    let lang = look.lang;
    let Some(path) = site.programs().map(|programs| programs.join(SITE_INI)).filter(|path| path.exists()) else {
        return;
    };
    match site.settings() {
        Ok(settings) => {
            for (line, reason) in settings.problems() {
                let reason = look.without_secrets(&reasons::said(lang, reason));
                found.doubt(
                    say!(lang, "{SITE_INI} line {line}: {reason}.", "{SITE_INI}, строка {line}: {reason}."),
                    say!(lang, "mozchat.example.ini explains every key.", "Все ключи объяснены в mozchat.example.ini."),
                );
            }
            let is_secret = settings.filled("mail", "password").is_some() || settings.filled("", "checkKey").is_some();
            permissions(found, lang, &path, is_secret);
        }
        Err(error) => {
            found.bad(unreadable(lang, SITE_INI, &error), say!(lang, "Mend that line.", "Исправьте эту строку."))
        }
    }
}

/// Why a file can't be understood.
fn unreadable(lang: Lang, file: &str, error: &Error) -> String {
    let Error::Ini { line, reason, .. } = error else { return error.for_the_page() };
    let reason = reasons::said(lang, reason);
    say!(lang, "{file} line {line}: {reason}", "{file}, строка {line}: {reason}")
}

/// Who else on the host may read or change mozchat.ini.
fn permissions(found: &mut Findings, lang: Lang, path: &Path, is_secret: bool) {
    let Ok(metadata) = fs::metadata(path) else { return };
    let mode = metadata.mode() & 0o777;
    let is_own = metadata.uid() == rustix::process::geteuid().as_raw();
    let best = if is_own { "0600" } else { "0644" };
    if mode & 0o022 != 0 {
        found.bad(
            say!(
                lang,
                "Others on this host may change {SITE_INI}: its mode is {mode:04o}.",
                "{SITE_INI} могут изменить другие пользователи хостинга: права {mode:04o}."
            ),
            say!(lang, "Give it the mode {best}.", "Установите права {best}."),
        );
    } else if is_secret && is_own && mode & 0o044 != 0 {
        found.doubt(
            say!(
                lang,
                "Others on this host may be able to read {SITE_INI}, which holds secrets: its mode is {mode:04o}.",
                "{SITE_INI}, где есть секреты, возможно, читают другие пользователи хостинга: права {mode:04o}."
            ),
            say!(lang, "Give it the mode 0600.", "Установите права 0600."),
        );
    }
}

fn of_hub(found: &mut Findings, lang: Lang, site: &Site) {
    let path = site.threads().join(notice::FILE);
    if let Err(error) = WsIni::load(&path, site.threads()) {
        found.bad(
            unreadable(lang, notice::FILE, &error),
            say!(
                lang,
                "The hub does not start with it; HUB.md lists the keys.",
                "С ним hub не запустится; ключи перечислены в HUB.md."
            ),
        );
    }
}

fn of_list(found: &mut Findings, lang: Lang, thread: &Thread) {
    let name = &thread.name;
    let text = fs::read(thread.file(list::FILE)).unwrap_or_default();
    match list::parse(&text) {
        Ok(listed) => {
            for (line, who) in listed.bad {
                found.doubt(
                    say!(
                        lang,
                        "{name}/notify.ini line {line}: the address of {who} is none.",
                        "{name}/notify.ini, строка {line}: адрес {who} неверен."
                    ),
                    say!(lang, "Write it as name=\"me@example.net\".", "Пишите так: имя=\"me@example.net\"."),
                );
            }
        }
        Err(error) => {
            let (line, reason) = (error.line, reasons::said(lang, &error.reason));
            found.bad(
                say!(lang, "{name}/notify.ini line {line}: {reason}", "{name}/notify.ini, строка {line}: {reason}"),
                say!(
                    lang,
                    "Until then nobody gets mails of this thread.",
                    "До исправления писем из этой темы не будет."
                ),
            );
        }
    }
}
