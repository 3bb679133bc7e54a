//! What the web sees of each thread: index.html, pulse.json and clips, and nothing else?

use super::client::{Client, Got};
use super::finding::{Findings, say};
use super::remedies::own_htaccess;
use super::specimen::{CLIPS, HIDDEN, PROGRAM, Specimen};
use super::{Lang, Look, pulse};
use crate::mail::address::{Place, encoded};
use crate::thread::Thread;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// More files than a thread has.
const MOST_FILES: usize = 60;
/// So many clips are looked at for one that others can't read.
const MOST_CLIPS: usize = 500;
const PUBLIC: [&str; 2] = ["index.html", "pulse.json"];

pub(super) fn look(found: &mut Findings, look: &Look<'_>, client: &Client, place: &Place) {
    let lang = look.lang;
    let Some(threads) = address(look, client, place) else {
        let page = &place.page;
        if let Some(status) = refused(look, client, place) {
            return closed(found, lang, page, status);
        }
        return found.doubt(
            say!(lang, "The threads are not seen at {page}threads/.", "По адресу {page}threads/ тем не видно."),
            say!(
                lang,
                "Set page=\"https://…\" in mozchat.ini to the address of the page's folder, below which the threads must be.",
                "Укажите в mozchat.ini page=\"https://…\": адрес папки страницы, внутри которой должны быть темы."
            ),
        );
    };
    let facts: Vec<_> = look
        .threads
        .iter()
        .map(|thread| {
            let mut own = Findings::default();
            if look.is_late() {
                not_asked(&mut own, lang, thread);
            } else {
                one(&mut own, lang, client, place, &threads, thread);
            }
            (thread.name.as_str(), own)
        })
        .collect();
    let good: Vec<_> = facts.iter().filter(|(_, own)| own.is_all_good()).map(|(name, _)| *name).collect();
    if !good.is_empty() {
        let names = good.join(", ");
        found.good(say!(
            lang,
            "The web sees of these threads their index.html, pulse.json and clips, and nothing else; clips come with their own type, in ranges, and nothing in them runs: {names}.",
            "Из сети видны только index.html, pulse.json и записи этих тем; записи отдаются со своим типом, по частям, и ничто в них не выполняется: {names}."
        ));
    }
    facts.into_iter().for_each(|(_, own)| found.append(own));
}

/// What the server answers instead of a thread's index.html, if it is neither that nor that there is none.
fn refused(look: &Look<'_>, client: &Client, place: &Place) -> Option<u16> {
    let thread = look.threads.iter().find(|thread| thread.file("index.html").exists())?;
    let url = format!("{}threads/{}/index.html", place.page, encoded(thread.name.as_str()));
    let status = client.get(&url, &[]).ok()?.status;
    [401, 403, 500].contains(&status).then_some(status)
}

fn closed(found: &mut Findings, lang: Lang, page: &str, status: u16) {
    let remedy = match status {
        401 => say!(
            lang,
            "A password stands before the threads alone, which pages don't ask for: put it before the whole folder of the page, or take it away. (mozchat's own passwords are in a thread's .ini.)",
            "Пароль закрывает только темы, и страницы его не спрашивают: закройте им всю папку страницы или уберите его. (Собственные пароли mozchat — в .ini темы.)"
        ),
        403 => say!(
            lang,
            "The folder threads and those in it must have the mode 0755, and their .htaccess files must be those that came with them; if the folder is a link, the server must follow it.",
            "У папки threads и папок в ней должны быть права 0755, а файлы .htaccess должны быть исходными; если папка — ссылка, сервер должен по ней переходить."
        ),
        _ => say!(
            lang,
            "Something in threads/.htaccess or in a thread's is not understood or not allowed: copy them again, as they came (no byte order mark at their beginning); the server's error log names the line.",
            "Что-то в threads/.htaccess или в .htaccess темы сервер не понимает или не разрешает: скопируйте их заново в исходном виде (без BOM в начале); строка названа в журнале ошибок сервера."
        ),
    };
    found.bad(
        say!(
            lang,
            "Pages can't read the threads at {page}threads/: the server answers {status}.",
            "Страницы не могут прочесть темы в {page}threads/: сервер отвечает {status}."
        ),
        remedy,
    );
}

fn not_asked(found: &mut Findings, lang: Lang, thread: &Thread) {
    let name = &thread.name;
    found.doubt(
        say!(
            lang,
            "{name}: what the web sees was not looked at; it took too long.",
            "{name}: что видно из сети, не проверено: слишком долго."
        ),
        super::again(lang),
    );
}

/// The address of the folder of the threads, with a slash at its end: below the page, or where the web server's own
/// folder holds them.
pub(super) fn address(look: &Look<'_>, client: &Client, place: &Place) -> Option<String> {
    let site = look.site.ok()?;
    let beside = Some(format!("{}threads/", place.page));
    let candidates = beside.into_iter().chain(below_root(look, site.threads(), place));
    let mut threads = look.threads.iter();
    let thread = encoded(threads.find(|thread| thread.file("index.html").exists())?.name.as_str());
    candidates.into_iter().find(|candidate| {
        client.get(&format!("{candidate}{thread}/index.html"), &[]).is_ok_and(|got| got.status == 200)
    })
}

fn below_root(look: &Look<'_>, threads: &Path, place: &Place) -> Option<String> {
    let root = fs::canonicalize(look.root.as_ref()?).ok()?;
    let threads = fs::canonicalize(threads).ok()?;
    let inside = threads.strip_prefix(root).ok()?;
    let origin = place.page.split('/').take(3).collect::<Vec<_>>().join("/");
    let parts = inside.components().map(|part| encoded(&part.as_os_str().to_string_lossy()));
    Some(parts.fold(format!("{origin}/"), |whole, part| format!("{whole}{part}/")))
}

fn one(found: &mut Findings, lang: Lang, client: &Client, place: &Place, threads: &str, thread: &Thread) {
    let base = format!("{threads}{}/", encoded(thread.name.as_str()));
    let name = thread.name.as_str();
    let status = |path: &str| client.get(&format!("{base}{path}"), &[]).map(|got| got.status);
    let mut open = Vec::new();
    for file in private_files(thread) {
        let path = file.split('/').map(encoded).collect::<Vec<_>>().join("/");
        match client.get(&format!("{base}{path}"), &[]) {
            Ok(got) if is_this(&got, &thread.file(&file)) => open.push(file),
            Ok(_) => {}
            Err(_) => return not_asked(found, lang, thread),
        }
    }
    // That nothing can be written is said elsewhere.
    let mut specimen = Specimen::make(thread).ok();
    if let Some(specimen) = &specimen {
        let folder = format!("{base}{}/", specimen.name());
        let is_open = |file: &&&str| {
            let got = client.get(&format!("{folder}{file}"), &[]);
            got.is_ok_and(|got| got.status == 200 && got.start == specimen.token().as_bytes())
        };
        let more: Vec<_> = HIDDEN.iter().filter(is_open).map(|file| (*file).to_owned()).collect();
        open.extend(more.into_iter().filter(|file| !open.contains(file)).collect::<Vec<_>>());
    }
    if !open.is_empty() {
        exposed(found, lang, name, &open);
    }
    for file in PUBLIC.iter().filter(|file| thread.file(file).exists()) {
        match status(file) {
            Ok(200) => {}
            Ok(code) => found.bad(
                say!(lang, "{name}: pages can't read {file}: the server answers {code}.", "{name}: страницы не могут прочесть {file}: сервер отвечает {code}."),
                say!(
                    lang,
                    "Its mode must let the web server read it, and the thread's .htaccess must be the one that came with it.",
                    "Права должны разрешать веб-серверу чтение, а .htaccess темы должен быть исходным."
                ),
            ),
            Err(_) => return not_asked(found, lang, thread),
        }
    }
    if let Some(specimen) = &mut specimen {
        let folder = format!("{base}{}/", specimen.name());
        clips(found, lang, client, &folder, name, specimen);
        linked(found, lang, client, place, &folder, name);
        pulse::look(found, lang, client, &folder, name, specimen);
    }
    own_clips(found, lang, client, &base, thread);
}

/// Whether an answer is this very file, and not a page that a server shows instead.
pub(super) fn is_this(got: &Got, path: &Path) -> bool {
    let Ok(bytes) = fs::read(path) else { return false };
    got.status == 200 && bytes.starts_with(&got.start) && (!got.start.is_empty() || bytes.is_empty())
}

/// Whether clips are kept from the page itself, since some rule takes it for somebody else's.
fn linked(found: &mut Findings, lang: Lang, client: &Client, place: &Place, folder: &str, name: &str) {
    let status = |headers: &[(&str, &str)]| {
        let statuses =
            CLIPS.map(|(file, ..)| client.get(&format!("{folder}{file}"), headers).map_or(0, |got| got.status));
        statuses.into_iter().max().unwrap_or_default()
    };
    let (as_page, plain) = (status(&[("Referer", &place.page)]), status(&[]));
    if plain == 200 && as_page >= 300 {
        let page = &place.page;
        found.bad(
            say!(lang, "{name}: clips are refused to the page itself (the server answers {as_page} to what comes from {page}).", "{name}: записи не отдаются самой странице (ответ {as_page} на запросы с {page})."),
            say!(lang, "The hotlink protection of the panel (a rule with HTTP_REFERER) doesn't know this address: add it to those that are allowed, with and without www, or switch it off for mozchat's folder.", "Защита от хотлинка в панели (правило с HTTP_REFERER) не знает этого адреса: добавьте его в разрешённые, с www и без, или отключите её для папки mozchat."),
        );
    }
}

/// Whether visitors can read the clips that there are: the newest, and one with other permissions.
fn own_clips(found: &mut Findings, lang: Lang, client: &Client, base: &str, thread: &Thread) {
    let media = thread.media_folder();
    let entries = fs::read_dir(&media).into_iter().flatten().flatten().take(MOST_CLIPS);
    let named = entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.metadata()));
    let clips = named.filter_map(|(name, metadata)| Some((name, metadata.ok()?)));
    let clips: Vec<_> =
        clips.filter(|(name, metadata)| metadata.is_file() && metadata.len() > 0 && is_clip(name)).collect();
    let newest = clips.iter().max_by_key(|(_, metadata)| metadata.mtime());
    let closed = clips.iter().find(|(_, metadata)| metadata.mode() & 0o044 != 0o044);
    for (file, metadata) in newest.into_iter().chain(closed) {
        let url = format!("{base}{}/{}", encoded(&thread.settings.media_folder), encoded(file));
        let Ok(got) = client.get(&url, &[("Range", "bytes=0-0")]) else { return };
        if ![200, 206].contains(&got.status) {
            let (name, status) = (&thread.name, got.status);
            let modes = format!("{:04o}", metadata.mode() & 0o777);
            let folder =
                fs::metadata(&media).map_or_else(|_| "?".into(), |found| format!("{:04o}", found.mode() & 0o777));
            return found.bad(
                say!(lang, "{name}: visitors can't read clips that are there: the server answers {status} (the clip has the mode {modes}, its folder {folder}).", "{name}: посетители не могут получить имеющиеся записи: сервер отвечает {status} (права записи {modes}, её папки {folder})."),
                say!(lang, "Give the folder of the clips the mode 0755 and the clips 0644 over FTP; if that does not help, look for a .htaccess in it.", "Установите через FTP права 0755 на папку записей и 0644 на записи; если не поможет, поищите в ней .htaccess."),
            );
        }
    }
}

fn is_clip(name: &str) -> bool {
    !name.starts_with('.') && CLIPS.iter().any(|(clip, ..)| name.rsplit('.').next() == clip.rsplit('.').next())
}

/// What the web must not see, as it is now. Bounded: a folder may hold anything.
fn private_files(thread: &Thread) -> Vec<String> {
    let list = |folder: &Path, before: &str| -> Vec<String> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten().filter(|entry| entry.path().is_file());
        entries.map(|entry| format!("{before}{}", entry.file_name().to_string_lossy())).collect()
    };
    let mut files = list(&thread.folder, "");
    files.extend(list(&thread.file("outgoing"), "outgoing/"));
    // Apache hides .htaccess by itself, and what others are writing at this moment is gone when it is asked for.
    files.retain(|file| !PUBLIC.contains(&file.as_str()) && file != ".htaccess" && !file.ends_with(".tmp"));
    files.sort();
    files.truncate(MOST_FILES);
    files
}

/// The worst that can be found.
pub(super) fn exposed(found: &mut Findings, lang: Lang, name: &str, files: &[String]) {
    let files = files.join(", ");
    found.bad(
        say!(lang, "{name}: EVERYBODY CAN READ {files}.", "{name}: ВСЕМ ДОСТУПНЫ {files}."),
        say!(
            lang,
            "The .htaccess is missing (FTP programs hide files that begin with a dot), or the server ignores it: ask the host for AllowOverride All, or keep the threads outside of the web's folder. A server in front (nginx) that sends files by itself obeys no .htaccess: let it leave mozchat's folder to Apache. Afterwards change mediaFolder and every password.",
            "Нет файла .htaccess (программы FTP прячут файлы, имя которых начинается с точки), или сервер его не учитывает: попросите хостинг включить AllowOverride All либо держите темы вне папки сайта. Сервер перед ним (nginx), который сам отдаёт файлы, не учитывает .htaccess: пусть папку mozchat он оставит Apache. Затем смените mediaFolder и все пароли."
        ),
    );
}

/// What browsers accept.
const ENCODINGS: (&str, &str) = ("Accept-Encoding", "gzip, deflate, br");

/// How the clips of a thread come.
#[derive(Default)]
struct Clips {
    refused: Option<u16>,
    without_ranges: bool,
    compressed: Option<String>,
    altered: bool,
    mistyped: Vec<(String, String)>,
    unguarded: bool,
}

fn clips(found: &mut Findings, lang: Lang, client: &Client, folder: &str, name: &str, specimen: &Specimen) {
    let mut seen = Clips::default();
    for (file, magic, kind) in CLIPS {
        let Ok(got) = client.get(&format!("{folder}{file}"), &[("Range", "bytes=2-41"), ENCODINGS]) else { return };
        let (whole, encoding) = (specimen.clip(magic), got.header("content-encoding"));
        match got.status {
            _ if !encoding.is_empty() && encoding != "identity" => seen.compressed = Some(encoding.to_owned()),
            206 => seen.altered |= got.start != whole[2..42],
            200 => seen.without_ranges = true,
            other => seen.refused = Some(other),
        }
        if (200..300).contains(&got.status) {
            if got.kind() != kind {
                seen.mistyped.push((file.replace("check", ""), got.header("content-type").to_owned()));
            }
            seen.unguarded |=
                got.header("x-content-type-options") != "nosniff" || got.header("content-security-policy").is_empty();
        }
    }
    tell_clips(found, lang, name, &seen);
    let runs = client.get(&format!("{folder}{PROGRAM}"), &[]);
    if runs.is_ok_and(|got| got.status == 200 && got.start.starts_with(b"run")) {
        found.bad(
            say!(
                lang,
                "{name}: THE SERVER RUNS uploaded files whose name has .php in it.",
                "{name}: СЕРВЕР ВЫПОЛНЯЕТ загруженные файлы, в имени которых есть .php."
            ),
            own_htaccess(lang),
        );
    }
    let listing = client.get(folder, &[]);
    if listing.is_ok_and(|got| got.status == 200 && String::from_utf8_lossy(&got.start).contains("check.webm")) {
        found.bad(
            say!(
                lang,
                "{name}: the server lists the clips to everybody.",
                "{name}: сервер показывает всем список записей."
            ),
            own_htaccess(lang),
        );
    }
}

fn tell_clips(found: &mut Findings, lang: Lang, name: &str, seen: &Clips) {
    if let Some(status) = seen.refused {
        found.bad(
            say!(
                lang,
                "{name}: clips can't be fetched: the server answers {status}.",
                "{name}: записи не отдаются: сервер отвечает {status}."
            ),
            own_htaccess(lang),
        );
    }
    if let Some(encoding) = &seen.compressed {
        found.bad(
            say!(lang, "{name}: clips are compressed on the way ({encoding}): nobody can skip to a place in one, and iPhones play nothing.", "{name}: записи сжимаются по пути ({encoding}): перемотка не работает, а iPhone ничего не воспроизводит."),
            say!(lang, "Switch compression off for audio and video: mod_deflate or mod_brotli in a .htaccess above (SetOutputFilter), the panel's optimizer, or a proxy.", "Отключите сжатие звука и видео: mod_deflate или mod_brotli в вышележащем .htaccess (SetOutputFilter), оптимизатор панели или прокси."),
        );
    } else if seen.without_ranges {
        found.bad(
            say!(
                lang,
                "{name}: the server sends no ranges of clips: nobody can skip to a place in one, and iPhones play nothing.",
                "{name}: сервер не отдаёт записи по частям: перемотка не работает, а iPhone ничего не воспроизводит."
            ),
            say!(lang, "Ask the host to send ranges (Accept-Ranges, MaxRanges) for static files, and look for Header unset Accept-Ranges and RequestHeader unset Range.", "Попросите хостинг включить Accept-Ranges (MaxRanges) для статических файлов и поищите Header unset Accept-Ranges и RequestHeader unset Range."),
        );
    }
    if seen.altered {
        found.bad(
            say!(lang, "{name}: what comes is not what is in the clip's file: something changes clips on the way.", "{name}: приходит не то, что в файле записи: что-то меняет записи по пути."),
            say!(lang, "Look for an optimizer, a filter or a cache between web server and browser, and let it pass on audio and video.", "Поищите оптимизатор, фильтр или кэш между веб-сервером и браузером: пусть он не трогает звук и видео."),
        );
    }
    if !seen.mistyped.is_empty() {
        let types: Vec<_> = seen.mistyped.iter().map(|(file, kind)| format!("{file} {kind:?}")).collect();
        let types = types.join(", ");
        found.bad(
            say!(
                lang,
                "{name}: clips are sent with types that are not theirs: {types}.",
                "{name}: записи отдаются с чужими типами: {types}."
            ),
            own_htaccess(lang),
        );
    }
    if seen.unguarded {
        found.doubt(
            say!(
                lang,
                "{name}: clips come without nosniff or without a policy, which keep browsers from taking one for a page.",
                "{name}: записи отдаются без nosniff или без политики, не дающих браузеру принять запись за страницу."
            ),
            say!(
                lang,
                "Is Apache's mod_headers on, and is the thread's .htaccess obeyed? What is uploaded is looked at all the same.",
                "Включён ли mod_headers в Apache и учитывается ли .htaccess темы? Загружаемое проверяется в любом случае."
            ),
        );
    }
}
