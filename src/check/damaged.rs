//! Files of a thread that were damaged, and are kept for the admin.

use super::Lang;
use super::finding::{Findings, say};
use crate::thread::Thread;
use crate::thread::state::BROKEN;

pub(super) fn look(found: &mut Findings, lang: Lang, thread: &Thread) {
    let name = &thread.name;
    for (file, kept) in [
        (
            "names.json",
            say!(
                lang,
                "the bans and names that could be read hold on",
                "запреты и имена, которые удалось прочесть, действуют"
            ),
        ),
        (
            "messages.json",
            say!(lang, "the messages that could be read wait on", "сообщения, которые удалось прочесть, ждут дальше"),
        ),
    ] {
        let broken = format!("{file}{BROKEN}");
        if thread.file(&broken).exists() {
            found.doubt(
                say!(lang, "{name}: {file} was damaged; {kept}.", "{name}: файл {file} был повреждён; {kept}."),
                say!(
                    lang,
                    "The old file is kept as {broken}. Look whether a ban or a name is missing, and delete it; if that happens again, ask the host about the disk.",
                    "Старый файл сохранён как {broken}. Проверьте, не пропал ли запрет или имя, и удалите его; если это повторится, спросите хостинг о диске."
                ),
            );
        }
    }
}
