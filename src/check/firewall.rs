//! What stands before the programs: firewalls that refuse what pages send, limits on its size, caches that keep answers,
//! proxies that take cookies away.

use super::client::Client;
use super::finding::{Findings, say};
use super::{Lang, Look};
use crate::mail::address::Place;

const BOUNDARY: &str = "----mozchat-check";
/// What is tried when the largest clip does not get through, to tell the limit: mod_fcgid's, PHP's and nginx's usual ones.
const SIZES: [u64; 9] =
    [100_000, 500_000, 1_000_000, 2_000_000, 4_000_000, 8_000_000, 16_000_000, 32_000_000, 64_000_000];
/// More is not sent, whatever a thread allows.
const MOST: u64 = 100_000_000;
/// What a form has beside the clip.
const ROOM: u64 = 2_000;

pub(super) fn look(found: &mut Findings, look: &Look<'_>, client: &Client, place: &Place) {
    let refused = kinds(found, look.lang, client, place);
    cookies(found, look, client, place);
    if !refused && !look.is_late() {
        size(found, look, client, place);
    }
}

/// Requests such as pages send, with what firewalls take for attacks. Each names no thread, which the program itself says.
fn kinds(found: &mut Findings, lang: Lang, client: &Client, place: &Place) -> bool {
    let multipart = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"act\"\r\n\r\nuploadBlob\r\n--{BOUNDARY}\r\n\
         Content-Disposition: form-data; name=\"blob\"; filename=\"blob\"\r\nContent-Type: audio/webm\r\n\r\n\x1a\x45\0\x01\n--two\r\n--{BOUNDARY}--\r\n"
    );
    let text =
        "{\"act\":\"relay\",\"type\":\"message\",\"text\":\"select * from users; <b>it's</b> ../../etc/passwd\"}";
    let multipart_type = format!("multipart/form-data; boundary={BOUNDARY}");
    let asks: [(&str, String, &str, &str); 4] = [
        (
            "users",
            say!(lang, "what every page sends (a form)", "то, что шлёт каждая страница (форма)"),
            "application/x-www-form-urlencoded",
            "act=online",
        ),
        (
            "chat",
            say!(lang, "chat texts (JSON)", "тексты чата (JSON)"),
            "text/plain;charset=UTF-8",
            "{\"act\":\"relay\",\"text\":\"hello\"}",
        ),
        (
            "chat",
            say!(lang, "chat texts that look like an attack", "тексты чата, похожие на атаку"),
            "text/plain;charset=UTF-8",
            text,
        ),
        (
            "upload",
            say!(lang, "clips with certain bytes in them", "записи с некоторыми байтами внутри"),
            &multipart_type,
            &multipart,
        ),
    ];
    let mut refused = Vec::new();
    for (program, what, kind, body) in asks {
        let Ok(got) = client.post(&format!("{}{program}.cgi", place.programs), kind, body.as_bytes()) else { continue };
        if !got.is_a_programs() {
            refused.push(format!("{what}: {}", got.status));
        }
    }
    if refused.is_empty() {
        return false;
    }
    let list = refused.join("; ");
    found.bad(
        say!(lang, "A firewall before the programs refuses requests (POST) and answers by itself: {list}.", "Межсетевой экран перед программами отклоняет запросы (POST) и отвечает сам: {list}."),
        say!(lang, "Let it leave mozchat's folder alone: in the host's panel (ModSecurity, WAF), or ask the host to except the programs in cgi-bin from its rules. Its log names the rule.", "Исключите для него папку mozchat: в панели хостинга (ModSecurity, WAF), или попросите хостинг исключить программы из cgi-bin из правил. Правило названо в его журнале."),
    );
    true
}

/// Whether cookies come through, and answers from the programs themselves. check.cgi, which knows its own key, gives one
/// without changing anything.
fn cookies(found: &mut Findings, look: &Look<'_>, client: &Client, place: &Place) {
    let (lang, key) = (look.lang, look.settings.get("", "checkKey"));
    let form =
        form_urlencoded::Serializer::new(String::new()).append_pair("act", "ping").append_pair("key", key).finish();
    let url = format!("{}check.cgi", place.programs);
    let kind = "application/x-www-form-urlencoded";
    // The key is told to nobody whom a browser would not trust.
    let answer =
        Client::strict().post(&url, kind, form.as_bytes()).ok().filter(|got| got.status == 200 && !key.is_empty());
    if answer.is_some_and(|got| got.start.starts_with(b"{") && got.headers("set-cookie").is_empty()) {
        found.bad(
            say!(
                lang,
                "Something before the programs takes their cookies away: nobody can hold a name or open a closed thread.",
                "Что-то перед программами удаляет их cookie: нельзя ни занять имя, ни войти в закрытую тему."
            ),
            say!(
                lang,
                "Look for Header unset Set-Cookie, and let the cache (Varnish, nginx, a CDN) pass on everything in cgi-bin as it is.",
                "Поищите Header unset Set-Cookie; кэш (Varnish, nginx, CDN) должен пропускать всё из cgi-bin без изменений."
            ),
        );
    }
    let poll = client.get(&format!("{}poll.cgi", place.programs), &[]);
    if poll.is_ok_and(|got| got.header("age").parse::<u64>().is_ok_and(|age| age > 0)) {
        found.bad(
            say!(
                lang,
                "A cache before the programs keeps their answers: visitors get old news, or those of another.",
                "Кэш перед программами хранит их ответы: посетители получают старые или чужие новости."
            ),
            say!(
                lang,
                "Let it pass on everything in cgi-bin: the programs say no-store.",
                "Пусть он ничего не хранит из cgi-bin: программы говорят no-store."
            ),
        );
    }
}

/// Whether the largest clip gets through to the program.
fn size(found: &mut Findings, look: &Look<'_>, client: &Client, place: &Place) {
    let lang = look.lang;
    let Some(thread) = look.threads.iter().max_by_key(|thread| thread.settings.max_blob_bytes) else { return };
    let wanted = thread.settings.max_blob_bytes.min(MOST);
    if wanted == 0 || passes(client, place, wanted).is_none_or(|outcome| outcome.is_ok()) {
        return;
    }
    let mut last = (0, 0);
    for bytes in SIZES.into_iter().filter(|bytes| *bytes < wanted) {
        match passes(client, place, bytes) {
            Some(Ok(())) => last.0 = bytes,
            Some(Err(status)) => {
                last.1 = status;
                break;
            }
            None => return,
        }
    }
    let status = match last.1 {
        0 => passes(client, place, wanted).and_then(Result::err).unwrap_or_default(),
        status => status,
    };
    let names: Vec<_> = look
        .threads
        .iter()
        .filter(|thread| thread.settings.max_blob_bytes > last.0)
        .map(|thread| thread.name.as_str())
        .collect();
    let (names, most) = (names.join(", "), last.0);
    found.bad(
        say!(lang, "Uploads of {wanted} bytes, as maxBlobBytes allows, are refused before the program sees them (the server answers {status}); {most} bytes get through. This concerns: {names}.", "Загрузки по {wanted} байт, которые разрешает maxBlobBytes, отклоняются ещё до программы (ответ сервера {status}); {most} байт проходит. Это касается тем: {names}."),
        say!(lang, "Raise the limit (Apache LimitRequestBody, mod_fcgid FcgidMaxRequestLen, nginx client_max_body_size, ModSecurity SecRequestBodyLimit, a CDN's own), or set maxBlobBytes below it.", "Поднимите предел (LimitRequestBody в Apache, FcgidMaxRequestLen в mod_fcgid, client_max_body_size в nginx, SecRequestBodyLimit в ModSecurity, свой у CDN) или задайте maxBlobBytes меньше."),
    );
}

/// Whether a body of this size reaches the program: else what answers, with its status (0: the line broke). `None`: it took too
/// long to say.
fn passes(client: &Client, place: &Place, bytes: u64) -> Option<Result<(), u16>> {
    let begin = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"act\"\r\n\r\ncheck\r\n--{BOUNDARY}\r\n\
         Content-Disposition: form-data; name=\"blob\"; filename=\"blob\"\r\nContent-Type: audio/webm\r\n\r\n"
    );
    let url = format!("{}upload.cgi", place.programs);
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    match client.post_large(&url, &kind, begin.as_bytes(), bytes + ROOM) {
        Ok(got) if got.is_a_programs() => Some(Ok(())),
        Ok(got) => Some(Err(got.status)),
        Err(super::client::Silence::Late) => None,
        Err(_) => Some(Err(0)),
    }
}
