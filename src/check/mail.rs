//! Do mails get away?

use super::finding::{Findings, Section, say};
use super::run::{Ended, to_its_end};
use super::{Lang, Look, PATIENCE};
use crate::mail::address::Place;
use crate::mail::settings::By;
use crate::mail::{is_wanted, list, queue, start};
use crate::site::Site;
use rustix::fs::{Access, access};
use std::io;
use std::path::Path;
use std::process::Command;

pub(super) fn look(look: &Look<'_>) -> Section {
    let mut found = Findings::default();
    let lang = look.lang;
    let (unread, wanting): (Vec<_>, Vec<_>) =
        look.threads.iter().filter(|thread| is_wanted(thread)).partition(|thread| list::lists_nobody(thread));
    let is_set = look.settings.filled("mail", "server").is_some() || look.settings.filled("mail", "by").is_some();
    for thread in &unread {
        let (name, file) = (&thread.name, list::FILE);
        found.good(say!(
            lang,
            "{name}: {file} lists nobody, so no mails go out. A line such as name=\"me@example.net\" adds a reader.",
            "{name}: в {file} никого нет, поэтому письма не уходят. Строка вида имя=\"me@example.net\" добавит читателя."
        ));
    }
    if wanting.is_empty() && !is_set && unread.is_empty() {
        found.good(say!(
            lang,
            "No thread sends mails (notifyUsers is off, or it is a streaming one).",
            "Ни одна тема не рассылает писем (notifyUsers выключен, или тема потоковая)."
        ));
    } else if let Ok(site) = look.site
        && (!wanting.is_empty() || is_set)
    {
        away(&mut found, look, site);
    }
    let known = look.site.ok().map(|site| Place::known(site, ""));
    if let (false, Some(Ok(None) | Err(_))) = (wanting.is_empty(), known) {
        found.bad(
            say!(
                lang,
                "No mail leaves: nobody has said where this page is, and links in mails must lead there.",
                "Письма не уходят: неизвестно, по какому адресу находится страница, а ссылки в письмах должны вести на неё."
            ),
            say!(
                lang,
                "Set page=\"https://…/\" in mozchat.ini, or open check.cgi in a browser with its key.",
                "Укажите page=\"https://…/\" в mozchat.ini или откройте check.cgi в браузере с её ключом."
            ),
        );
    }
    for thread in wanting {
        let (name, trouble) = (&thread.name, queue::trouble(thread));
        if trouble.failures > 0 {
            let (count, said) = (queue::waiting(thread), look.without_secrets(&trouble.said));
            found.doubt(
                say!(
                    lang,
                    "{name}: {count} mails wait; the last attempt failed: {said}",
                    "{name}: писем в очереди: {count}; последняя попытка не удалась: {said}"
                ),
                say!(
                    lang,
                    "They are tried again by themselves for five days.",
                    "Попытки повторяются сами в течение пяти дней."
                ),
            );
        }
    }
    found.under(say!(lang, "Mail", "Почта"))
}

fn away(found: &mut Findings, look: &Look<'_>, site: &Site) {
    let lang = look.lang;
    match By::of(&look.settings) {
        Err(said) => found.bad(
            say!(lang, "mozchat.ini, [mail]: {said}.", "mozchat.ini, [mail]: {said}."),
            say!(lang, "mozchat.example.ini explains the keys.", "Ключи объяснены в mozchat.example.ini."),
        ),
        Ok(By::Off) => found.doubt(
            say!(lang, "mozchat.ini switches mails off.", "mozchat.ini отключает почту."),
            say!(
                lang,
                "Threads with notifyUsers keep theirs until it is on again.",
                "Темы с notifyUsers копят письма, пока её не включат."
            ),
        ),
        Ok(By::Sendmail(program)) => sendmail(found, lang, Path::new(&program)),
        Ok(By::Smtp(smtp)) => {
            let server = format!("{}:{}", smtp.server, smtp.port);
            match greet(look, site).map(|said| look.without_secrets(&said)) {
                Some(said) if said == "ok" => found.good(say!(
                    lang,
                    "{server} answers and would take mails.",
                    "{server} отвечает и готов принимать письма."
                )),
                Some(said) => found.bad(
                    say!(lang, "{server} takes no mails from here: {said}.", "{server} не принимает писем отсюда: {said}."),
                    say!(
                        lang,
                        "Look at server, port, security, user and password under [mail] in mozchat.ini. Some hosts allow their own mail server only.",
                        "Проверьте server, port, security, user и password в разделе [mail] файла mozchat.ini. Некоторые хостинги допускают только свой почтовый сервер."
                    ),
                ),
                None => found.doubt(
                    say!(lang, "{server} didn't answer in 3 s.", "{server} не ответил за 3 с."),
                    say!(
                        lang,
                        "It is slow or down, or the host lets nothing through to that port. Mails wait and are tried again.",
                        "Он медленный или выключен, или хостинг не пропускает к этому порту. Письма подождут, попытки повторятся."
                    ),
                ),
            }
        }
    }
}

fn sendmail(found: &mut Findings, lang: Lang, program: &Path) {
    let name = program.display();
    match access(program, Access::EXEC_OK) {
        Ok(()) => found.good(say!(lang, "Mails go out through {name}.", "Письма уходят через {name}.")),
        Err(error) => found.bad(
            say!(lang, "{name} can't be started: {error}.", "{name} не запускается: {error}."),
            say!(
                lang,
                "Name an SMTP server with server, user and password under [mail] in mozchat.ini.",
                "Укажите SMTP-сервер: server, user и password в разделе [mail] файла mozchat.ini."
            ),
        ),
    }
}

/// What the program that sends says of the mail server; `None`: nothing in time.
fn greet(look: &Look<'_>, site: &Site) -> Option<String> {
    let beside = look.programs.as_ref().map(|folder| folder.join(start::PROGRAM)).filter(|path| path.exists());
    let ended = match beside {
        Some(program) => {
            let mut command = Command::new(program);
            to_its_end(command.arg("--greet").env_clear().env("MOZCHAT_THREADS", site.threads()))
        }
        None => by_ourselves(site),
    };
    match ended {
        Ok(Ended::With(Some(0), said)) => Some(said.trim().to_owned()),
        Ok(Ended::With(..)) => Some("mail.cgi ?".into()),
        Ok(Ended::Late) => None,
        Err(error) => Some(format!("mail.cgi: {error}")),
    }
}

/// `serve` can send mails without the program.
#[cfg(feature = "mail")]
fn by_ourselves(site: &Site) -> io::Result<Ended> {
    let (site, (told, heard)) = (site.clone(), std::sync::mpsc::channel());
    std::thread::spawn(move || told.send(crate::mail::deliver::greet(&site).unwrap_or_else(|said| said)));
    Ok(heard.recv_timeout(PATIENCE).map_or(Ended::Late, |said| Ended::With(Some(0), said)))
}

#[cfg(not(feature = "mail"))]
fn by_ourselves(_: &Site) -> io::Result<Ended> {
    let _ = PATIENCE;
    Err(io::ErrorKind::NotFound.into())
}
