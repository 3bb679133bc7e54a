//! What the web sees of each thread: index.html, pulse.json and clips, and nothing else?

use super::client::Client;
use super::finding::{Findings, say};
use super::{Lang, Look};
use crate::error::Error;
use crate::mail::address::{Place, encoded};
use crate::random;
use crate::thread::Thread;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// The page of a visitor who waits for this has no longer patience; what was not asked by then is said.
const ALL_IN: Duration = Duration::from_secs(15);
/// So many threads are looked at, at the same time.
const AT_ONCE: usize = 4;
/// More files than a thread has.
const MOST_FILES: usize = 60;
const PUBLIC: [&str; 2] = ["index.html", "pulse.json"];
const CLIP: &str = "check.webm";
const PREFIX: &str = "media-check-";
/// The beginning of a WebM file, and some room to ask for a range of.
const CLIP_BYTES: [u8; 64] = {
    let mut bytes = [0; 64];
    (bytes[0], bytes[1], bytes[2], bytes[3]) = (0x1a, 0x45, 0xdf, 0xa3);
    bytes
};

pub(super) fn look(found: &mut Findings, look: &Look<'_>, client: &Client, place: &Place) {
    let lang = look.lang;
    let Some(threads) = address(look, client, place) else {
        let page = &place.page;
        return found.doubt(
            say!(lang, "The threads are not seen at {page}threads/.", "По адресу {page}threads/ тем не видно."),
            say!(
                lang,
                "Set page=\"https://…\" in mozchat.ini to the address of the page's folder, below which the threads must be.",
                "Укажите в mozchat.ini page=\"https://…\": адрес папки страницы, внутри которой должны быть темы."
            ),
        );
    };
    let (queue, facts, end) = (Mutex::new(look.threads.iter()), Mutex::new(Vec::new()), Instant::now() + ALL_IN);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().map_or(None, |mut queue| queue.next());
                    let Some(thread) = next else { return };
                    let mut own = Findings::default();
                    let late = Instant::now() > end;
                    if late {
                        not_asked(&mut own, lang, thread)
                    } else {
                        one(&mut own, lang, client, &threads, thread)
                    }
                    if let Ok(mut facts) = facts.lock() {
                        facts.push((thread.name.as_str(), own));
                    }
                }
            });
        }
    });
    let mut facts = facts.into_inner().unwrap_or_default();
    facts.sort_by_key(|(name, _)| *name);
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

fn not_asked(found: &mut Findings, lang: Lang, thread: &Thread) {
    let name = &thread.name;
    found.doubt(
        say!(
            lang,
            "{name}: what the web sees was not looked at; it took too long.",
            "{name}: что видно из сети, не проверено: слишком долго."
        ),
        say!(lang, "Look again when the host is less busy.", "Повторите, когда хостинг будет свободнее."),
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

fn one(found: &mut Findings, lang: Lang, client: &Client, threads: &str, thread: &Thread) {
    let base = format!("{threads}{}/", encoded(thread.name.as_str()));
    let name = thread.name.as_str();
    let status = |path: &str| client.get(&format!("{base}{path}"), &[]).map(|got| got.status);
    let mut open = Vec::new();
    for file in private_files(thread) {
        match status(&file.split('/').map(encoded).collect::<Vec<_>>().join("/")) {
            Ok(200) => open.push(file),
            Ok(_) => {}
            Err(_) => return not_asked(found, lang, thread),
        }
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
    // That nothing can be written is said elsewhere.
    if let Ok(specimen) = Specimen::make(thread) {
        clips(found, lang, client, &format!("{base}{}/", specimen.name()), name);
    }
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
            "The .htaccess is missing (FTP programs hide files that begin with a dot), or the server ignores it: ask the host for AllowOverride All, or keep the threads outside of the web's folder. Afterwards change mediaFolder and every password.",
            "Нет файла .htaccess (программы FTP прячут файлы, имя которых начинается с точки), или сервер его не учитывает: попросите хостинг включить AllowOverride All либо держите темы вне папки сайта. Затем смените mediaFolder и все пароли."
        ),
    );
}

fn clips(found: &mut Findings, lang: Lang, client: &Client, folder: &str, name: &str) {
    let Ok(got) = client.get(&format!("{folder}{CLIP}"), &[("Range", "bytes=0-9")]) else { return };
    let (status, kind) = (got.status, got.header("content-type"));
    let htaccess = say!(
        lang,
        "The .htaccess of the thread and of the folder threads must be those that came with them, and the server must obey them.",
        "В теме и в папке threads должны быть исходные .htaccess, и сервер должен их учитывать."
    );
    match status {
        206 if got.start.len() == 10 => {}
        200 | 206 => found.bad(
            say!(
                lang,
                "{name}: the server sends no ranges of clips: nobody can skip to a place in one, and iPhones play nothing.",
                "{name}: сервер не отдаёт записи по частям: перемотка не работает, а iPhone ничего не воспроизводит."
            ),
            say!(lang, "Ask the host to send ranges (Accept-Ranges) for static files.", "Попросите хостинг включить Accept-Ranges для статических файлов."),
        ),
        _ => found.bad(
            say!(lang, "{name}: clips can't be fetched: the server answers {status}.", "{name}: записи не отдаются: сервер отвечает {status}."),
            htaccess.clone(),
        ),
    }
    if (200..300).contains(&status) {
        if kind != "video/webm" {
            found.bad(
                say!(
                    lang,
                    "{name}: a clip is sent as {kind:?}, and not as video/webm.",
                    "{name}: запись отдаётся как {kind:?}, а не video/webm."
                ),
                htaccess.clone(),
            );
        }
        if got.header("x-content-type-options") != "nosniff" || got.header("content-security-policy").is_empty() {
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
    if client.get(folder, &[]).is_ok_and(|got| got.status == 200) {
        found.bad(
            say!(
                lang,
                "{name}: the server lists the clips to everybody.",
                "{name}: сервер показывает всем список записей."
            ),
            htaccess,
        );
    }
}

/// A clip in a folder of its own, so that the thread's clips are left alone. It goes when it is dropped.
struct Specimen(PathBuf);

impl Specimen {
    fn make(thread: &Thread) -> Result<Self, Error> {
        sweep(thread);
        let folder = thread.file(format!("{PREFIX}{}", random::hex::<8>()?));
        fs::create_dir(&folder).map_err(Error::io("make", &folder))?;
        let specimen = Self(folder);
        let path = specimen.0.join(CLIP);
        let mode = |mode| fs::Permissions::from_mode(mode);
        fs::set_permissions(&specimen.0, mode(thread.folder_mode()))
            .and_then(|()| fs::write(&path, CLIP_BYTES))
            .and_then(|()| fs::set_permissions(&path, mode(thread.file_mode())))
            .map_err(Error::io("make", &path))?;
        Ok(specimen)
    }

    fn name(&self) -> String {
        self.0.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

impl Drop for Specimen {
    fn drop(&mut self) {
        // What stays is swept by the next look.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Removes what a look left that was ended; not what another one has just made.
fn sweep(thread: &Thread) {
    const OLD: Duration = Duration::from_secs(60);
    for entry in fs::read_dir(&thread.folder).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let made = entry.metadata().and_then(|found| found.modified());
        if is_ours && made.is_ok_and(|made| made.elapsed().is_ok_and(|age| age > OLD)) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
