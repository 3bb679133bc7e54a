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
    super::cookies::look(found, look, client, place);
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
    // {"text":"select * from users; <b>it's</b> ../../etc/passwd"}, as the page sends what is more than letters.
    let text = "act=relay&json64=eyJ0ZXh0Ijoic2VsZWN0ICogZnJvbSB1c2VyczsgPGI-aXQncyA8L2I-IC4uLy4uL2V0Yy9wYXNzd2QifQ";
    let multipart_type = format!("multipart/form-data; boundary={BOUNDARY}");
    let asks: [(&str, String, &str, &str); 3] = [
        (
            "users",
            say!(lang, "what every page sends (a form)", "то, что шлёт каждая страница (форма)"),
            "application/x-www-form-urlencoded",
            "act=online",
        ),
        ("chat", say!(lang, "chat texts", "тексты чата"), "application/x-www-form-urlencoded", text),
        (
            "upload",
            say!(lang, "clips with certain bytes in them", "записи с некоторыми байтами внутри"),
            &multipart_type,
            &multipart,
        ),
    ];
    let mut refused = Vec::new();
    for (program, what, kind, body) in asks {
        let Ok(got) = client.post(&format!("{}{program}.cgi", place.programs), kind, "", body.as_bytes()) else {
            continue;
        };
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
    let end = format!("\r\n--{BOUNDARY}--\r\n");
    let url = format!("{}upload.cgi", place.programs);
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    match client.post_large(&url, &kind, (begin.as_bytes(), end.as_bytes()), bytes + ROOM) {
        // mod_fcgid lets the program have as much as LimitRequestBody allows, and no more.
        Ok(got) if got.header("mozchat-error") == "cut-off" => Some(Err(got.status)),
        Ok(got) if got.is_a_programs() => Some(Ok(())),
        Ok(got) => Some(Err(got.status)),
        Err(super::client::Silence::Late) => None,
        Err(_) => Some(Err(0)),
    }
}
