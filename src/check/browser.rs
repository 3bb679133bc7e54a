//! What the admin's own browser asks, since this host may not see what stands between it and visitors, or may not be able
//! to ask itself at all. The words are ready in the page; the script (`browser.js`) shows those that apply.

use super::Look;
use super::finding::{Lang, Level, say};
use super::specimen::{self, Specimen};
use crate::mail::address::encoded;
use crate::wire::page::escaped;
use serde_json::{Map, Value, json};

/// The script of the report.
pub(super) const SCRIPT: &str = include_str!("browser.js");

/// What a report's script needs to know.
#[derive(Clone, Debug, Default)]
pub struct Questions {
    threads: Vec<String>,
    hub: Option<String>,
    host: String,
    page: String,
}

impl Questions {
    /// What the browser is to ask about this installation.
    pub fn of(look: &Look<'_>) -> Self {
        let threads = look.threads.iter().map(|thread| thread.name.as_str().to_owned()).collect();
        let sender = look.sender.as_ref();
        let host = sender.map(|sender| sender.host.clone()).unwrap_or_default();
        // The path alone: the browser knows better than this host what the site is called.
        let path = |page: &str| format!("/{}", page.splitn(4, '/').nth(3).unwrap_or_default());
        let page = look.place.as_ref().map_or("/".into(), |place| path(&place.page));
        Self { threads, hub: super::hub::address(look), host, page }
    }

    /// Where the script may connect to beside its own site.
    pub(super) fn connects_to(&self) -> String {
        let hub = self.hub.iter().filter_map(|hub| {
            let (scheme, rest) = hub.split_once("://")?;
            Some(format!(" {scheme}://{}", rest.split('/').next()?))
        });
        format!("connect-src 'self'{}", hub.collect::<String>())
    }

    /// The section of the report that the script fills.
    pub(super) fn html(&self, lang: Lang) -> String {
        let title = say!(lang, "Seen from your browser", "Видно из Вашего браузера");
        let asking = say!(lang, "Your browser is asking …", "Ваш браузер проверяет…");
        let words = words(lang).into_iter().map(|(name, level, what, remedy)| {
            let (class, sign, word) = super::report::marks(lang, level);
            (name.to_owned(), json!({ "class": class, "sign": sign, "word": word, "what": what, "remedy": remedy }))
        });
        let words: Map<_, _> = words.collect();
        let data = json!({
            "threads": self.threads, "hub": self.hub, "host": self.host, "page": self.page, "words": words
        });
        format!(
            "<section id=\"browser\" data-asks=\"{}\" hidden><h2>{title}</h2><p class=\"faint\" id=\"asking\">{asking}</p><ul></ul></section>",
            escaped(&data.to_string())
        )
    }
}

/// What may be found, with `THIS` for what it is about.
fn words(lang: Lang) -> Vec<(&'static str, Level, String, String)> {
    let before = say!(
        lang,
        "It stands between this host and its visitors: a proxy, a CDN, the panel's accelerator. Let it pass on mozchat's folder as it is.",
        "Это стоит между хостингом и посетителями: прокси, CDN, ускоритель панели. Пусть папку mozchat он пропускает без изменений."
    );
    vec![
        (
            "fine",
            Level::Good,
            say!(lang, "Your browser sees the same as this host.", "Ваш браузер видит то же, что и хостинг."),
            String::new(),
        ),
        (
            "open",
            Level::Bad,
            say!(
                lang,
                "THIS: EVERYBODY CAN READ what is private (seen by your browser).",
                "THIS: ВСЕМ ДОСТУПНО личное (так видит Ваш браузер)."
            ),
            super::shown::own_htaccess(lang),
        ),
        (
            "range",
            Level::Bad,
            say!(
                lang,
                "THIS: clips reach your browser not in ranges or changed: skipping does not work, and iPhones play nothing.",
                "THIS: записи приходят в Ваш браузер не по частям или изменёнными: перемотка не работает, а iPhone ничего не воспроизводит."
            ),
            before.clone(),
        ),
        (
            "stale",
            Level::Bad,
            say!(
                lang,
                "THIS: your browser gets an old pulse.json after a change: pages hear of changes late.",
                "THIS: после перемены Ваш браузер получает старый pulse.json: страницы узнают о новом с опозданием."
            ),
            before.clone(),
        ),
        (
            "post",
            Level::Bad,
            say!(
                lang,
                "Something refuses what your browser sends (POST), and answers by itself: THIS.",
                "Что-то отклоняет отправленное Вашим браузером (POST) и отвечает само: THIS."
            ),
            before,
        ),
        (
            "hub",
            Level::Bad,
            say!(
                lang,
                "Your browser does not reach the hub at THIS.",
                "Ваш браузер не может соединиться с hub по адресу THIS."
            ),
            say!(
                lang,
                "Is its port open from outside, and is the name in wsServerUri the one that visitors use? Until then pages ask for news by themselves.",
                "Открыт ли его порт снаружи и то ли имя в wsServerUri, которым пользуются посетители? До тех пор страницы спрашивают о новостях сами."
            ),
        ),
        (
            "insecure",
            Level::Bad,
            say!(
                lang,
                "Your browser takes this page for insecure: it gives no microphone.",
                "Ваш браузер считает эту страницу небезопасной и не даст микрофон."
            ),
            say!(
                lang,
                "Switch HTTPS on at the host, and open the page with https://.",
                "Включите HTTPS на хостинге и открывайте страницу по https://."
            ),
        ),
        (
            "host",
            Level::Doubt,
            say!(
                lang,
                "Your browser is at THIS; the programs hear another name: links in mails may be wrong.",
                "Ваш браузер на THIS, а программы слышат другое имя: ссылки в письмах могут быть неверны."
            ),
            say!(
                lang,
                "Let the web server or the proxy pass the Host header on as it came, with its port, or set page in mozchat.ini.",
                "Пусть веб-сервер или прокси передаёт заголовок Host без изменений, с портом, или укажите page в mozchat.ini."
            ),
        ),
        (
            "away",
            Level::Doubt,
            say!(lang, "Your browser could not look at THIS.", "Ваш браузер не смог посмотреть THIS."),
            say!(
                lang,
                "Are the threads below the page's folder? Look again.",
                "Лежат ли темы внутри папки страницы? Повторите проверку."
            ),
        ),
    ]
}

/// Makes specimens for the browser (`specimen`), has their pulses beat (`beat`), or removes them (`sweep`), or does nothing (`ping`); tells their
/// addresses, seen from the page's folder, and what is in them.
pub fn specimens(look: &Look<'_>, act: &str) -> Value {
    // Whoever pings wants to see whether the answer, with its cookie, gets through.
    if act == "ping" {
        let cookies = look.sender.as_ref().is_some_and(|sender| !sender.cookies.is_empty());
        return json!({ "cookies": cookies });
    }
    if act == "sweep" {
        look.threads.iter().for_each(|thread| specimen::sweep_all(&thread.folder));
        return json!({ "threads": [] });
    }
    let made = look.threads.iter().filter_map(|thread| {
        let specimen = if act == "beat" { Specimen::again(thread)? } else { Specimen::make(thread).ok()? };
        let name = thread.name.as_str();
        let told = json!({
            "name": name, "folder": format!("threads/{}/{}/", encoded(name), specimen.name()), "token": specimen.token()
        });
        specimen.leave();
        Some(told)
    });
    json!({ "threads": made.collect::<Vec<_>>() })
}
