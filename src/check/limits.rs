//! What the host allows one process (getrlimit), and how it starts programs.

use super::finding::{Findings, say};
use super::{Lang, Look};
use rustix::process::{Resource, getrlimit};
use std::sync::OnceLock;

/// With fewer processes, people wait for each other.
const FEW_PROCESSES: u64 = 15;
/// A program needs less than half of it.
const LITTLE_MEMORY: u64 = 32_000_000;
const SHORT_SEC: u64 = 3;
const FEW_FILES: u64 = 32;
const MEGABYTE: u64 = 1_000_000;

/// Whether this process was started with SIGCHLD ignored.
static IGNORES_CHILDREN: OnceLock<bool> = OnceLock::new();

/// Remembers what the start of this process found: whether the web server has it ignore the end of its children.
pub fn note_ignored_children(is_ignored: bool) {
    // Nobody else sets it.
    let _ = IGNORES_CHILDREN.set(is_ignored);
}

pub(super) fn look(found: &mut Findings, look: &Look<'_>) {
    let lang = look.lang;
    let limit = |resource| getrlimit(resource).current.unwrap_or(u64::MAX);
    largest_file(found, look, limit(Resource::Fsize));
    let ask =
        say!(lang, "Ask the host for more, or for another plan.", "Попросите у хостинга больше или другой тариф.");
    let (processes, memory) = (limit(Resource::Nproc), limit(Resource::As).min(limit(Resource::Data)));
    if processes < FEW_PROCESSES && !rustix::process::geteuid().is_root() {
        found.doubt(
            say!(lang, "The host allows {processes} processes at once: with more than a few visitors some wait or are refused.", "Хостинг допускает {processes} процессов сразу: при нескольких посетителях кто-то ждёт или получает отказ."),
            say!(lang, "Set maxLongPolls=\"0\" in each thread's .ini, so that nobody holds a process, or ask the host for 20.", "Задайте maxLongPolls=\"0\" в .ini каждой темы, чтобы никто не занимал процесс, или попросите у хостинга 20."),
        );
    }
    if memory < LITTLE_MEMORY {
        let megabytes = memory / MEGABYTE;
        found.doubt(
            say!(
                lang,
                "The host allows a program {megabytes} MB of memory: some will be ended in the middle of their work.",
                "Хостинг даёт программе {megabytes} МБ памяти: некоторые будут прерваны посреди работы."
            ),
            ask.clone(),
        );
    }
    let seconds = limit(Resource::Cpu);
    if seconds < SHORT_SEC {
        found.doubt(
            say!(
                lang,
                "The host ends a program that has computed for {seconds} s: large clips may fail.",
                "Хостинг прерывает программу через {seconds} с вычислений: большие записи могут не пройти."
            ),
            ask.clone(),
        );
    }
    let files = limit(Resource::Nofile);
    if files < FEW_FILES {
        found.doubt(
            say!(
                lang,
                "The host lets a program have {files} files open.",
                "Хостинг позволяет программе открыть {files} файлов."
            ),
            ask,
        );
    }
    if IGNORES_CHILDREN.get() == Some(&true) {
        found.doubt(
            say!(lang, "The web server starts programs with SIGCHLD ignored, so that they don't hear how others that they start have ended.", "Веб-сервер запускает программы с игнорируемым SIGCHLD, и они не узнают, чем кончились запущенные ими."),
            say!(lang, "mozchat's programs set that right for themselves; scripts of yours may not. Whoever starts the web server (a wrapper, a supervisor) should not ignore it.", "Программы mozchat исправляют это для себя, а Ваши скрипты, возможно, нет. Тот, кто запускает веб-сервер (обёртка, супервизор), не должен его игнорировать."),
        );
    }
}

/// Whether the largest clip of each thread may be written.
fn largest_file(found: &mut Findings, look: &Look<'_>, most: u64) {
    let lang = look.lang;
    for thread in look.threads.iter().filter(|thread| thread.settings.max_blob_bytes > most) {
        let (name, wanted) = (&thread.name, thread.settings.max_blob_bytes);
        found.bad(
            say!(lang, "{name}: maxBlobBytes is {wanted}, but the host lets a program write files of {most} bytes at most: larger clips are lost.", "{name}: maxBlobBytes равен {wanted}, но хостинг даёт программе писать файлы не больше {most} байт: большие записи пропадут."),
            say!(lang, "Set maxBlobBytes below that, or ask the host to raise the limit (RLIMIT_FSIZE).", "Задайте maxBlobBytes меньше или попросите хостинг поднять предел (RLIMIT_FSIZE)."),
        );
    }
}

/// Whether the folder of a path was mounted so that nothing in it runs.
pub(super) fn is_noexec(path: &std::path::Path) -> bool {
    rustix::fs::statvfs(path).is_ok_and(|found| found.f_flag.contains(rustix::fs::StatVfsMountFlags::NOEXEC))
}

/// Why nothing in a folder runs.
pub(super) fn noexec(found: &mut Findings, lang: Lang) {
    found.bad(
        say!(
            lang,
            "The disk with the programs was mounted with noexec: nothing on it can be started.",
            "Диск с программами смонтирован с noexec: запустить на нём ничего нельзя."
        ),
        say!(
            lang,
            "Put the programs into the host's own cgi-bin, or ask the host for a folder in which programs may run.",
            "Перенесите программы в собственный cgi-bin хостинга или попросите папку, где программам можно работать."
        ),
    );
}
