//! Does a page that asks for the pulse hear of a change at once, and is it answered with 304 while there is none?

use super::Lang;
use super::client::Client;
use super::finding::{Findings, say};
use super::remedies::own_htaccess;
use super::specimen::{PULSE, Specimen};

/// What browsers accept.
const ENCODINGS: (&str, &str) = ("Accept-Encoding", "gzip, br");

pub(super) fn look(
    found: &mut Findings,
    lang: Lang,
    client: &Client,
    folder: &str,
    name: &str,
    specimen: &mut Specimen,
) {
    let url = format!("{folder}{PULSE}");
    let Ok(first) = client.get(&url, &[ENCODINGS]) else { return };
    if first.status != 200 {
        let status = first.status;
        return found.bad(
            say!(
                lang,
                "{name}: pages can't read pulse.json: the server answers {status}.",
                "{name}: страницы не могут прочесть pulse.json: сервер отвечает {status}."
            ),
            own_htaccess(lang),
        );
    }
    let (tag, date) = (first.header("etag").to_owned(), first.header("last-modified").to_owned());
    let is_encoded = !first.header("content-encoding").is_empty();
    kept(found, lang, name, first.kept_for());
    if specimen.beat().is_err() {
        return;
    }
    let condition = if tag.is_empty() { ("If-Modified-Since", date.as_str()) } else { ("If-None-Match", tag.as_str()) };
    let conditions: Vec<_> = [condition].into_iter().filter(|(_, value)| !value.is_empty()).collect();
    let (Ok(changed), Ok(plain)) = (client.get(&url, &conditions), client.get(&url, &[])) else { return };
    if plain.start != specimen.pulse().as_bytes() {
        return late(found, lang, name);
    }
    if changed.status == 304 {
        return tagless(found, lang, name);
    }
    if tag.is_empty() && date.is_empty() {
        // Each look is answered anew, which is what some servers need to be told.
        return;
    }
    let tag = changed.header("etag").to_owned();
    if tag.is_empty() {
        return tagless(found, lang, name);
    }
    let encoded = client.get(&url, &[ENCODINGS]).map(|got| got.header("etag").to_owned()).unwrap_or_default();
    let again = client.get(&url, &[("If-None-Match", &encoded), ENCODINGS]);
    if again.is_ok_and(|got| got.status != 304) {
        no_304(found, lang, name, is_encoded);
    }
}

fn kept(found: &mut Findings, lang: Lang, name: &str, seconds: u64) {
    if seconds > 0 {
        found.bad(
            say!(lang, "{name}: browsers are told to keep pulse.json for {seconds} s, so that pages hear of changes so much later.", "{name}: браузерам велено хранить pulse.json {seconds} с, поэтому страницы узнают о новом с таким опозданием."),
            say!(lang, "Something sets Cache-Control or Expires for .json (mod_expires, a proxy, the host's panel): let it leave pulse.json alone, which says no-cache.", "Что-то задаёт Cache-Control или Expires для .json (mod_expires, прокси, панель хостинга): исключите pulse.json, у него должно быть no-cache."),
        );
    }
}

fn late(found: &mut Findings, lang: Lang, name: &str) {
    found.bad(
        say!(lang, "{name}: a cache in front of the web server gives an old pulse.json: pages hear of changes late.", "{name}: кэш перед веб-сервером отдаёт старый pulse.json: страницы узнают о новом с опозданием."),
        say!(lang, "Let the cache (nginx, Varnish, a CDN, the panel's accelerator) pass on everything below threads/, or at least pulse.json.", "Пусть кэш (nginx, Varnish, CDN, ускоритель панели) не хранит ничего из threads/, хотя бы pulse.json."),
    );
}

fn tagless(found: &mut Findings, lang: Lang, name: &str) {
    found.doubt(
        say!(lang, "{name}: the ETag of pulse.json is taken away: what changes twice within a second is heard of late.", "{name}: у pulse.json удаляется ETag: если за секунду две перемены, о второй узнают поздно."),
        say!(lang, "Look for FileETag None and Header unset ETag in the host's settings and in .htaccess files, and let them leave pulse.json alone.", "Ищите FileETag None и Header unset ETag в настройках хостинга и файлах .htaccess и исключите для них pulse.json."),
    );
}

fn no_304(found: &mut Findings, lang: Lang, name: &str, is_encoded: bool) {
    let remedy = if is_encoded {
        say!(
            lang,
            "It is compressed (mod_brotli, mod_deflate or a proxy), which changes its ETag: switch that off for pulse.json.",
            "Он сжимается (mod_brotli, mod_deflate или прокси), и ETag меняется: отключите сжатие для pulse.json."
        )
    } else {
        say!(
            lang,
            "A filter or proxy removes the 304 or changes the ETag: let it leave pulse.json alone.",
            "Фильтр или прокси убирает ответ 304 или меняет ETag: исключите для него pulse.json."
        )
    };
    found.doubt(
        say!(
            lang,
            "{name}: pulse.json that has not changed is sent again and again instead of 304: idle pages cost more.",
            "{name}: неизменившийся pulse.json отдаётся снова и снова вместо 304: страницы в покое обходятся дороже."
        ),
        remedy,
    );
}
