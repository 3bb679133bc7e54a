//! The page: is it there, and do all its files come as they were made?

use super::client::{Client, Got};
use super::finding::{Findings, say};
use super::{Lang, Look};
use crate::mail::address::Place;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha384};
use std::collections::BTreeSet;
use std::fs;

/// What the page's own .htaccess says: a policy that is not in it is somebody else's.
const HTACCESS: &str = include_str!("../../htdocs/.htaccess");
/// What every page of mozchat names.
const MARK: &str = "mozchat-programs";
/// What belongs to the page beside its scripts and styles.
const BESIDE: [&str; 3] = ["service-worker.js", "mozchat.webmanifest", "manual/index.html"];
/// More files than the page has.
const MOST_FILES: usize = 150;

/// A file that index.html names.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Named {
    path: String,
    checksum: String,
}

pub(super) fn look(found: &mut Findings, look: &Look<'_>, client: &Client, place: &Place) {
    let lang = look.lang;
    // Where the programs are in the host's own cgi-bin, the page is where the threads are.
    let above = super::shown::address(look, client, place).and_then(|at| Some(at.strip_suffix("threads/")?.to_owned()));
    let place = &Place { page: above.unwrap_or_else(|| place.page.clone()), programs: place.programs.clone() };
    let page = &place.page;
    let Ok(got) = client.whole(page) else { return };
    let html = String::from_utf8_lossy(&got.start).into_owned();
    if got.status != 200 {
        return not_there(found, look, place, got.status);
    }
    if !html.contains(MARK) {
        return found.bad(
            say!(lang, "At {page} another page stands than mozchat's.", "По адресу {page} открывается не страница mozchat."),
            say!(lang, "Is index.html of mozchat there, and does the server show it (DirectoryIndex index.html)? A welcome page of the host (index.php, default.html) may go before it: remove that. If the page is elsewhere, set page in mozchat.ini.", "Есть ли там index.html от mozchat и показывает ли его сервер (DirectoryIndex index.html)? Раньше него может открываться заглушка хостинга (index.php, default.html): удалите её. Если страница в другом месте, укажите page в mozchat.ini."),
        );
    }
    policies(found, lang, &got);
    altered(found, look, &got);
    charset(found, lang, &got);
    let kept = got.kept_for();
    if kept > 0 {
        found.doubt(
            say!(lang, "Browsers are told to keep the page for {kept} s: after an update visitors have the old one for so long.", "Браузерам велено хранить страницу {kept} с: столько после обновления посетители видят старую."),
            say!(lang, "Let whatever sets Cache-Control or Expires (mod_expires, a proxy) leave .html alone: it says no-cache.", "Пусть то, что задаёт Cache-Control или Expires (mod_expires, прокси), не трогает .html: у него no-cache."),
        );
    }
    files(found, look, client, place, &html);
}

/// What stands on the disk, and what comes: hosts put advertisements or statistics into pages.
fn altered(found: &mut Findings, look: &Look<'_>, got: &Got) {
    let lang = look.lang;
    let file = look.programs.as_ref().map(|folder| folder.join("../index.html"));
    let Some(text) = file.and_then(|file| fs::read(file).ok()) else { return };
    // Another copy of the page is elsewhere.
    let is_page = String::from_utf8_lossy(&text).contains(MARK);
    if is_page && text != got.start {
        found.doubt(
            say!(lang, "The page comes changed: it is not what index.html says.", "Страница приходит изменённой: это не то, что в index.html."),
            say!(lang, "Hosts put advertisements, statistics or their own scripts into pages, which the page's policy keeps from running, or an optimizer rewrites it: switch that off in the panel for mozchat's folder.", "Хостинги вставляют в страницы рекламу, статистику или свои скрипты, выполнить которые не даёт политика страницы, либо её переписывает оптимизатор: отключите это в панели для папки mozchat."),
        );
    }
}

/// Whether browsers read the page's letters right.
fn charset(found: &mut Findings, lang: Lang, got: &Got) {
    let kind = got.header("content-type").to_ascii_lowercase();
    let named = kind.split_once("charset=").map_or("", |(_, name)| name).trim_matches(['"', ' ']);
    if !["", "utf-8", "utf8"].contains(&named) {
        found.bad(
            say!(lang, "The server says that the page is written in {named}: all letters but the English ones are garbled.", "Сервер объявляет страницу написанной в {named}: все буквы, кроме английских, искажены."),
            say!(lang, "Look for AddDefaultCharset and AddCharset in .htaccess files above and in the panel: it must be utf-8, or nothing.", "Поищите AddDefaultCharset и AddCharset в вышележащих .htaccess и в панели: должно быть utf-8 или ничего."),
        );
    }
}

fn not_there(found: &mut Findings, look: &Look<'_>, place: &Place, status: u16) {
    let (lang, page) = (look.lang, &place.page);
    let is_there = look.programs.as_ref().is_some_and(|folder| folder.join("../index.html").exists());
    let remedy = if is_there || status / 100 == 5 {
        say!(
            lang,
            "index.html is there: its mode must be 0644 and its folder's 0755, and the server must show it (DirectoryIndex index.html). A mistake in .htaccess shows in the server's error log.",
            "index.html на месте: права должны быть 0644, у папки 0755, и сервер должен его показывать (DirectoryIndex index.html). Об ошибке в .htaccess скажет журнал ошибок сервера."
        )
    } else {
        say!(
            lang,
            "Copy index.html and the folders beside it; upper and lower case count. If the page is elsewhere, set page in mozchat.ini.",
            "Скопируйте index.html и папки рядом с ним; регистр букв важен. Если страница в другом месте, укажите page в mozchat.ini."
        )
    };
    found.bad(
        say!(
            lang,
            "The page can't be opened at {page}: the server answers {status}.",
            "Страница {page} не открывается: сервер отвечает {status}."
        ),
        remedy,
    );
}

/// What the host says about the page to browsers.
fn policies(found: &mut Findings, lang: Lang, got: &Got) {
    let said = got.headers("permissions-policy").join(", ") + &got.headers("feature-policy").join("; ");
    let forbids = |what: &str| {
        let plain = said.replace(' ', "");
        plain.contains(&format!("{what}=()")) || plain.contains(&format!("{what}'none'"))
    };
    let forbidden: Vec<_> = ["microphone", "camera", "autoplay"].into_iter().filter(|what| forbids(what)).collect();
    if !forbidden.is_empty() {
        let what = forbidden.join(", ");
        found.bad(
            say!(
                lang,
                "The server forbids browsers this: {what} (Permissions-Policy).",
                "Сервер запрещает браузерам: {what} (Permissions-Policy)."
            ),
            say!(
                lang,
                "Take that header out of the .htaccess above, the panel's security settings or the proxy.",
                "Уберите этот заголовок из вышележащего .htaccess, настроек безопасности панели или прокси."
            ),
        );
    }
    let strangers: Vec<_> =
        got.headers("content-security-policy").into_iter().filter(|policy| !HTACCESS.contains(policy)).collect();
    if !strangers.is_empty() {
        let policy = strangers.join(" | ");
        found.doubt(
            say!(lang, "The server adds a Content-Security-Policy of its own to the page, which may keep parts of it from working: {policy}", "Сервер добавляет к странице собственный Content-Security-Policy, из-за которого часть её может не работать: {policy}"),
            say!(lang, "Let it leave mozchat's folder alone (the .htaccess above, the panel, the proxy).", "Исключите для него папку mozchat (вышележащий .htaccess, панель, прокси)."),
        );
    }
    if got.headers("content-security-policy").is_empty() || got.header("permissions-policy").is_empty() {
        found.doubt(
            say!(lang, "The page comes without the headers that its .htaccess sets (Content-Security-Policy, Permissions-Policy).", "Страница приходит без заголовков из её .htaccess (Content-Security-Policy, Permissions-Policy)."),
            say!(lang, "Is the .htaccess in the page's folder there, is mod_headers on, and does no proxy strip headers? The page works without them, less guarded.", "Есть ли .htaccess в папке страницы, включён ли mod_headers, не удаляет ли заголовки прокси? Страница работает и без них, но хуже защищена."),
        );
    }
}

fn files(found: &mut Findings, look: &Look<'_>, client: &Client, place: &Place, html: &str) {
    let (mut missing, mut altered, mut mistyped) = (Vec::new(), Vec::new(), Vec::new());
    let mut queue = named(html);
    queue.extend(BESIDE.map(|path| Named { path: path.into(), checksum: String::new() }));
    let mut known: BTreeSet<String> = queue.iter().map(|file| file.path.clone()).collect();
    while let Some(Named { path, checksum }) = queue.pop() {
        let Ok(got) = client.whole(&format!("{}{path}", place.page)) else { return };
        if got.status != 200 {
            missing.push(path);
            continue;
        }
        let kind = got.kind().to_ascii_lowercase();
        let is_script = path.ends_with(".js");
        if is_script && !kind.contains("javascript") || path.ends_with(".css") && kind != "text/css" {
            mistyped.push(format!("{path} ({kind})"));
        }
        if !checksum.is_empty() && STANDARD.encode(Sha384::digest(&got.start)) != checksum {
            altered.push(path.clone());
        }
        let Some((folder, _)) = path.rsplit_once('/').filter(|_| is_script) else { continue };
        if known.len() < MOST_FILES && !look.is_late() {
            for more in imported(&String::from_utf8_lossy(&got.start)) {
                let path = format!("{folder}/{more}");
                if known.insert(path.clone()) {
                    queue.push(Named { path, checksum: String::new() });
                }
            }
        }
    }
    tell(
        found,
        look.lang,
        &[missing, altered, mistyped].map(|mut list| {
            list.sort();
            list.join(", ")
        }),
        known.len(),
    );
}

fn tell(found: &mut Findings, lang: Lang, [missing, altered, mistyped]: &[String; 3], count: usize) {
    let again = say!(
        lang,
        "Copy the page's files and folders (js, css, manual …) of the same version again, in binary mode; upper and lower case count.",
        "Скопируйте файлы и папки страницы (js, css, manual…) той же версии ещё раз, в двоичном режиме; регистр букв важен."
    );
    if !missing.is_empty() {
        found.bad(
            say!(lang, "Files of the page are missing: {missing}.", "Не хватает файлов страницы: {missing}."),
            again.clone(),
        );
    }
    if !altered.is_empty() {
        found.bad(
            say!(lang, "Files of the page come changed, so that browsers refuse them: {altered}.", "Файлы страницы приходят изменёнными, и браузеры их отвергают: {altered}."),
            say!(lang, "{again} If they are right on the disk, something changes them on the way: a minifier, an optimizer, or a proxy that puts its own scripts in.", "{again} Если на диске они верны, их меняет что-то по пути: минификатор, оптимизатор или прокси, который вставляет свои скрипты."),
        );
    }
    if !mistyped.is_empty() {
        found.bad(
            say!(lang, "Files of the page come with types with which browsers refuse them: {mistyped}.", "Файлы страницы приходят с типами, с которыми браузеры их отвергают: {mistyped}."),
            say!(lang, "The .htaccess in the page's folder must be the one that came with it, and the server must obey it (AddType).", "В папке страницы должен быть исходный .htaccess, и сервер должен его учитывать (AddType)."),
        );
    }
    if missing.is_empty() && altered.is_empty() && mistyped.is_empty() {
        found.good(say!(
            lang,
            "The page and its {count} files are there, unchanged.",
            "Страница и её файлы ({count}) на месте и не изменены."
        ));
    }
}

/// The scripts and styles of a page: `src` or `href`, and `integrity`.
fn named(html: &str) -> Vec<Named> {
    let tags = html.split('<').filter(|tag| tag.starts_with("script ") || tag.starts_with("link "));
    let attribute = |tag: &str, name: &str| {
        let begin = tag.find(&format!(" {name}=\""))? + name.len() + 3;
        Some(tag[begin..].split('"').next()?.to_owned())
    };
    let mut found: Vec<_> = tags
        .filter_map(|tag| {
            let path = attribute(tag, "src").or_else(|| attribute(tag, "href"))?;
            let checksum = attribute(tag, "integrity").unwrap_or_default();
            let is_ours =
                !path.contains(':') && !path.starts_with('/') && (path.ends_with(".js") || path.ends_with(".css"));
            let checksum = checksum.strip_prefix("sha384-").unwrap_or_default().to_owned();
            is_ours.then_some(Named { path, checksum })
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

/// The modules that a script names: `"./NAME.js"`, in quotes of any kind.
fn imported(script: &str) -> Vec<String> {
    let after = script.split("./").skip(1).zip(script.split("./"));
    let named = after.filter_map(|(rest, before)| {
        let quote = before.chars().next_back().filter(|last| "\"'`".contains(*last))?;
        let name = rest.split(quote).next()?;
        let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
        (is_name && name.ends_with(".js") && name.len() < 80).then(|| name.to_owned())
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_a_page_are_found() {
        let html = "<link rel=\"stylesheet\" href=\"css/a.css\" integrity=\"sha384-AA\" /><link rel=\"icon\" href=\"img/i.svg\"/>\
            <script src=\"js/f.js\" defer></script><script src=\"https://a.net/x.js\"></script>\
            <script type=\"module\" src=\"js/m.js\" integrity=\"sha384-BB\"></script>";
        let found: Vec<_> = named(html).into_iter().map(|file| (file.path, file.checksum)).collect();
        let expected = [("css/a.css", "AA"), ("js/f.js", ""), ("js/m.js", "BB")];
        assert_eq!(found, expected.map(|(path, checksum)| (path.to_owned(), checksum.to_owned())));
        let script = "import{a}from\"./chunk-1.js\";import('./more.js');x(`./no thing.js`,\"./style.css\")";
        assert_eq!(imported(script), ["chunk-1.js", "more.js"]);
    }
}
