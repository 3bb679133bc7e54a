//! What the admin's own browser asks, since this host may not see what stands between it and visitors, or may not be able
//! to ask itself at all. The words are ready in the page; the script (`browser.js`) shows those that apply.

use super::Look;
use super::finding::{Lang, Level, say};
use super::remedies::own_htaccess;
use super::specimen::{self, Specimen};
use crate::mail::address::encoded;
use crate::wire::page::escaped;
use serde_json::{Map, Value, json};
use std::thread::sleep;
use std::time::Duration;

/// The script of the report.
pub(super) const SCRIPT: &str = include_str!("browser.js");

/// Nobody waits longer for a report; a long poll may take five minutes.
const LONGEST_HOLD_S: u32 = 120;

/// What a report's script needs to know.
#[derive(Clone, Debug, Default)]
pub struct Questions {
    threads: Vec<String>,
    hub: Option<String>,
    host: String,
    page: String,
    /// How many seconds the longest long poll may take; 0 if there is none.
    longest_poll_s: u32,
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
        let polls = look.threads.iter().map(|thread| &thread.settings).filter(|settings| settings.max_long_polls > 0);
        let longest_poll_s = polls.map(|settings| settings.long_poll_period_s).max().unwrap_or_default();
        Self { threads, hub: super::hub::address(look), host, page, longest_poll_s }
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
        let words = words(lang, self.longest_poll_s).into_iter().map(|(name, level, what, remedy)| {
            let (class, sign, word) = (level.class(), level.sign(), level.word(lang));
            (name.to_owned(), json!({ "class": class, "sign": sign, "word": word, "what": what, "remedy": remedy }))
        });
        let words: Map<_, _> = words.collect();
        let data = json!({
            "threads": self.threads, "hub": self.hub, "host": self.host, "page": self.page, "words": words,
            "hold": self.longest_poll_s.min(LONGEST_HOLD_S)
        });
        format!(
            "<section id=\"browser\" data-asks=\"{}\" hidden><h2>{title}</h2><p class=\"faint\" id=\"asking\">{asking}</p><ul></ul></section>",
            escaped(&data.to_string())
        )
    }
}

/// What may be found, with `THIS` for what it is about.
fn words(lang: Lang, longest_poll_s: u32) -> Vec<(&'static str, Level, String, String)> {
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
            own_htaccess(lang),
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
            "crowd",
            Level::Doubt,
            say!(
                lang,
                "Of six requests that your browser sent at the same time only THIS got through: calls, clips and news of one page, and of people behind one address, keep each other out.",
                "Из шести одновременных запросов Вашего браузера прошло только THIS: звонки, записи и новости одной страницы и всех, у кого общий адрес, мешают друг другу."
            ),
            say!(
                lang,
                "Raise the limit on connections from one address (nginx limit_conn, mod_qos QS_SrvMaxConnPerIP, mod_limitipconn) or on programs at once (CloudLinux EP, NPROC) to 20, or let mozchat's folder be excepted from it.",
                "Поднимите предел соединений с одного адреса (nginx limit_conn, mod_qos QS_SrvMaxConnPerIP, mod_limitipconn) или одновременных программ (EP и NPROC в CloudLinux) до 20 или исключите из него папку mozchat."
            ),
        ),
        (
            "cut",
            Level::Doubt,
            say!(
                lang,
                "An answer that may take {longest_poll_s} s, as longPollPeriodS says, is cut off after THIS s: pages that wait for news wait in vain, and ask again and again.",
                "Ответ, которого можно ждать {longest_poll_s} с (longPollPeriodS), обрывается через THIS с: страницы ждут новостей напрасно и спрашивают снова и снова."
            ),
            say!(
                lang,
                "Set longPollPeriodS in the threads' .ini below that, or raise the limit of what stands before the programs (nginx proxy_read_timeout or fastcgi_read_timeout, Apache's ProxyTimeout, Timeout or FcgidIOTimeout, the panel).",
                "Задайте longPollPeriodS в .ini тем меньше этого или поднимите предел у того, что стоит перед программами (proxy_read_timeout или fastcgi_read_timeout в nginx, ProxyTimeout, Timeout или FcgidIOTimeout в Apache, панель)."
            ),
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

/// Waits before it answers, as a long poll does, so that the browser sees what stands in the way of such answers.
pub fn hold(seconds: Option<&str>) -> Value {
    let seconds = seconds.and_then(|text| text.parse().ok()).unwrap_or_default();
    sleep(Duration::from_secs(u64::from(LONGEST_HOLD_S.min(seconds))));
    json!({ "held": seconds })
}
