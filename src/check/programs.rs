//! The programs: are they there and executable, do they start, as which user, and how long does a start take?

use super::elf::{self, Made};
use super::finding::{Findings, Section, say};
use super::run::{Ended, to_its_end};
use super::{Lang, Look, PROGRAMS, limits};
use crate::wire::{ASKS_VERSION, VERSION};
use rustix::io::Errno;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// A host on which a start takes longer makes everything feel slow.
const SLOW: Duration = Duration::from_millis(100);
const STARTS: usize = 5;

pub(super) fn look(look: &Look<'_>) -> Section {
    let mut found = Findings::default();
    let lang = look.lang;
    if let Err(error) = look.site {
        found.bad(
            format!("{error}"),
            say!(
                lang,
                "Copy the folder threads, or say in mozchat.ini where it is.",
                "Скопируйте папку threads или укажите в mozchat.ini, где она."
            ),
        );
    }
    match &look.programs {
        Some(folder) if limits::is_noexec(folder) => limits::noexec(&mut found, lang),
        Some(_) if !Path::new(NOTHING).exists() => no_devices(&mut found, lang),
        Some(folder) => {
            for name in PROGRAMS {
                let path = folder.join(format!("{name}.cgi"));
                if path.exists() && may_not_start(start(&path)) {
                    no_process(&mut found, lang);
                    break;
                }
                one(&mut found, lang, &path);
            }
            versions(&mut found, lang, folder);
            if found.is_all_good() {
                let count = PROGRAMS.len();
                found.good(say!(
                    lang,
                    "All {count} programs are executable and start.",
                    "Все программы ({count}) исполняемы и запускаются."
                ));
            }
            user(&mut found, lang, folder);
            speed(&mut found, lang, &folder.join("poll.cgi"));
        }
        None => found.good(say!(
            lang,
            "serve answers by itself; no other program is started.",
            "serve отвечает сам, другие программы не запускаются."
        )),
    }
    found.under(say!(lang, "Programs", "Программы"))
}

/// What a program that is started gets for its input.
const NOTHING: &str = "/dev/null";

fn no_devices(found: &mut Findings, lang: Lang) {
    found.bad(
        say!(lang, "There is no {NOTHING} where the programs run, so that none can start another: mails are not sent, and the programs were not tried here.", "Там, где работают программы, нет {NOTHING}, и ни одна не может запустить другую: письма не отправляются, а программы здесь не проверены."),
        say!(lang, "The host runs them in a cage (chroot, CageFS, jail) without devices: ask for /dev/null and /dev/urandom in it.", "Хостинг запускает их в изоляции (chroot, CageFS, jail) без устройств: попросите добавить в неё /dev/null и /dev/urandom."),
    );
}

/// Whether the host allows no further process or no memory for one.
fn may_not_start(outcome: std::io::Result<Ended>) -> bool {
    outcome.is_err_and(|error| {
        [Errno::AGAIN, Errno::NOMEM].map(Errno::raw_os_error).contains(&error.raw_os_error().unwrap_or_default())
    })
}

fn no_process(found: &mut Findings, lang: Lang) {
    found.bad(
        say!(lang, "No other program can be started from here just now: the host allows too few processes or too little memory.", "Отсюда сейчас нельзя запустить другую программу: хостинг допускает слишком мало процессов или памяти."),
        say!(lang, "Ask the host for 20 processes and 64 MB for each. Until then mails are not sent, and visitors are refused now and then.", "Попросите у хостинга 20 процессов и по 64 МБ на каждый. До тех пор письма не отправляются, а посетители иногда получают отказ."),
    );
}

/// Says what is wrong with a program, if something is.
fn one(found: &mut Findings, lang: Lang, path: &Path) {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let again = say!(
        lang,
        "Copy {name} again, in binary mode, and give it the mode 0755.",
        "Скопируйте {name} ещё раз в двоичном режиме и установите права 0755."
    );
    let Ok(metadata) = fs::metadata(path) else {
        return found.bad(say!(lang, "{name} is not there.", "{name} отсутствует."), again);
    };
    let mode = metadata.mode() & 0o777;
    if mode & 0o111 == 0 {
        let what =
            say!(lang, "{name} is not executable: its mode is {mode:04o}.", "{name} неисполняем: права {mode:04o}.");
        return found.bad(what, say!(lang, "Give it the mode 0755 over FTP.", "Установите права 0755 через FTP."));
    }
    if mode & 0o022 != 0 {
        found.doubt(
            say!(
                lang,
                "Others may change {name}: its mode is {mode:04o}.",
                "{name} могут изменить другие: права {mode:04o}."
            ),
            say!(
                lang,
                "Give it the mode 0755; where programs run as you (suexec), the server refuses it otherwise.",
                "Установите 0755: где программы работают от Вашего имени (suexec), сервер иначе откажется."
            ),
        );
    }
    match elf::made(path) {
        Some(Made::Elsewhere(machine)) => {
            let here = std::env::consts::ARCH.replace('_', "-");
            return found.bad(
                say!(
                    lang,
                    "{name} was made for another kind of machine: {machine}; this host is {here}.",
                    "{name} собрана для машин другого вида: {machine}; этот хостинг — {here}."
                ),
                say!(
                    lang,
                    "Copy the programs from the download for {here}, or build them for it.",
                    "Скопируйте программы из загрузки для {here} или соберите их для него."
                ),
            );
        }
        Some(Made::NoProgram) => {
            return found.bad(
                say!(
                    lang,
                    "{name} can't be started: it is no program any more.",
                    "{name} не запускается: это уже не программа."
                ),
                again,
            );
        }
        Some(Made::Here) | None => {}
    }
    match start(path) {
        Ok(Ended::With(_, said)) if said.starts_with("Status:") => {}
        Ok(Ended::With(..)) => {
            found.bad(say!(lang, "{name} starts, but answers nothing.", "{name} запускается, но не отвечает."), again)
        }
        Ok(Ended::Late) => found.doubt(
            say!(lang, "{name} didn't answer in 3 s.", "{name} не ответила за 3 с."),
            say!(lang, "The host is overloaded, or its disk is.", "Перегружен хостинг или его диск."),
        ),
        Err(error) => {
            found.bad(say!(lang, "{name} can't be started: {error}.", "{name} не запускается: {error}."), again)
        }
    }
}

/// Runs a program as the web server would, on a request that wants nothing.
fn start(program: &Path) -> std::io::Result<Ended> {
    let mut command = Command::new(program);
    command.env_clear().env("REQUEST_METHOD", "GET").env("SCRIPT_FILENAME", program);
    for name in ["DOCUMENT_ROOT", "MOZCHAT_THREADS"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    to_its_end(&mut command)
}

/// Whether all programs are of one version: an upload may have broken off in the middle.
fn versions(found: &mut Findings, lang: Lang, folder: &Path) {
    let is_other = |name: &&&str| {
        let path = folder.join(format!("{name}.cgi"));
        let outcome = to_its_end(Command::new(&path).env_clear().env(ASKS_VERSION, "1").env("SCRIPT_FILENAME", &path));
        // That one can't be started, or answers nothing, is said already.
        matches!(outcome, Ok(Ended::With(_, said)) if said.starts_with("Status:") && !said.starts_with(VERSION))
    };
    let others: Vec<_> = PROGRAMS.iter().filter(is_other).map(|name| format!("{name}.cgi")).collect();
    if !others.is_empty() {
        let (others, version) = (others.join(", "), env!("CARGO_PKG_VERSION"));
        found.bad(
            say!(
                lang,
                "Of another version than check.cgi ({version}): {others}.",
                "Другой версии, чем check.cgi ({version}): {others}."
            ),
            say!(
                lang,
                "Copy all programs and the page of one version; an upload over FTP may have broken off in between.",
                "Скопируйте все программы и страницу одной версии; возможно, загрузка по FTP оборвалась посередине."
            ),
        );
    }
}

fn speed(found: &mut Findings, lang: Lang, program: &Path) {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let begun = Instant::now();
        if !matches!(start(program), Ok(Ended::With(..))) {
            return;
        }
        times.push(begun.elapsed());
    }
    times.sort();
    let middle = times[STARTS / 2];
    let took = format!("{:.1}", middle.as_secs_f64() * 1000.0);
    let what =
        say!(lang, "One start of a program takes {took} ms here.", "Один запуск программы занимает здесь {took} мс.");
    if middle < SLOW {
        found.good(what);
    } else {
        let remedy = say!(
            lang,
            "That is slow: pages will feel it. Perhaps the host is busy just now; look again later.",
            "Это долго, страницы будут медленнее. Возможно, хостинг сейчас занят: проверьте позже."
        );
        found.doubt(what, remedy);
    }
}

fn user(found: &mut Findings, lang: Lang, folder: &Path) {
    let (own, owner) =
        (rustix::process::geteuid().as_raw(), fs::metadata(folder).map_or(u32::MAX, |found| found.uid()));
    let name = user_name(own);
    if own == owner {
        found.good(say!(
            lang,
            "The programs run as {name}, to whom their folder belongs: what they make is yours.",
            "Программы работают от имени {name}, владельца своей папки: созданное ими принадлежит Вам."
        ));
    } else {
        let owner = user_name(owner);
        found.good(say!(
            lang,
            "The programs run as {name}, their folder belongs to {owner}: the threads must be writable for {name}.",
            "Программы работают от имени {name}, папка принадлежит {owner}: темы должны быть доступны {name} для записи."
        ));
    }
}

/// A user's name, or the number.
fn user_name(number: u32) -> String {
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let wanted = number.to_string();
    let line = passwd.lines().find(|line| line.split(':').nth(2) == Some(&wanted));
    line.and_then(|line| line.split(':').next()).map_or(wanted.clone(), |name| format!("{name} ({wanted})"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Level;
    use std::os::unix::fs::PermissionsExt;

    fn level(path: &Path) -> Option<Level> {
        let mut found = Findings::default();
        one(&mut found, Lang::En, path);
        found.under(String::new()).findings.first().map(|finding| finding.level)
    }

    #[test]
    fn a_program_must_be_there_be_executable_and_answer() {
        let folder = tempfile::tempdir().unwrap();
        let make = |name: &str, text: &str, mode: u32| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            path
        };
        assert_eq!(level(&make("a.cgi", "#!/bin/sh\necho 'Status: 200 OK'\n", 0o755)), None);
        assert_eq!(level(&make("b.cgi", "#!/bin/sh\necho 'Status: 200 OK'\n", 0o775)), Some(Level::Doubt));
        assert_eq!(level(&make("c.cgi", "#!/bin/sh\necho 'Status: 200 OK'\n", 0o644)), Some(Level::Bad));
        assert_eq!(level(&make("d.cgi", "#!/bin/sh\n", 0o755)), Some(Level::Bad));
        // As a program becomes that was copied as a text.
        assert_eq!(level(&make("e.cgi", "\u{7f}ELF\r\n", 0o755)), Some(Level::Bad));
        assert_eq!(level(&folder.path().join("f.cgi")), Some(Level::Bad));
        assert!(user_name(0).starts_with("root"));
        assert_eq!(user_name(4_000_000_001), "4000000001");
    }
}
