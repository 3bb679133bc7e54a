//! The hub, where there is one: does it answer where pages look for it?

use super::client::{Client, Silence};
use super::finding::{Findings, Section, say};
use super::{Lang, Look, proxy};
use crate::notice::{self, WsIni};
use crate::site::Site;

pub(super) fn look(look: &Look<'_>) -> Section {
    let mut found = Findings::default();
    let lang = look.lang;
    if look.is_in_one_process() {
        found.good(say!(lang, "serve has a hub inside.", "Внутри serve есть свой hub."));
    } else if let Ok(site) = look.site {
        of(&mut found, look, site);
    }
    found.under("Hub".into())
}

/// Where pages look for the hub, if there is one beside the web server.
pub(super) fn address(look: &Look<'_>) -> Option<String> {
    let threads = look.site.ok().filter(|_| !look.is_in_one_process())?.threads();
    let ini = WsIni::load(&threads.join(notice::FILE), threads).ok()??;
    Some(ini.server_uri).filter(|uri| ini.on && uri.starts_with("ws"))
}

fn of(found: &mut Findings, look: &Look<'_>, site: &Site) {
    let lang = look.lang;
    let threads = site.threads();
    // What is wrong with the file is said among the settings.
    let Ok(ini) = WsIni::load(&threads.join(notice::FILE), threads) else { return };
    match ini.filter(|ini| ini.on) {
        None => found.good(say!(
            lang,
            "There is no hub: pages ask for news, which works on every host.",
            "Hub не используется: страницы сами спрашивают о новостях, это работает на любом хостинге."
        )),
        Some(ini) if ini.server_uri.is_empty() => found.bad(
            say!(
                lang,
                "ws.ini switches the hub on, but does not say where pages find it.",
                "ws.ini включает hub, но не говорит страницам, где он."
            ),
            say!(lang, "Set wsServerUri=\"wss://…\" in ws.ini.", "Укажите wsServerUri=\"wss://…\" в ws.ini."),
        ),
        Some(ini) if reaches(found, look, &ini.server_uri) => ask(found, lang, &ini.server_uri),
        Some(_) => {}
    }
}

/// Whether a visitor's browser may find what is at this address, whatever this host finds there.
fn reaches(found: &mut Findings, look: &Look<'_>, uri: &str) -> bool {
    let lang = look.lang;
    let host = uri.split_once("://").map_or("", |(_, rest)| rest.split('/').next().unwrap_or_default());
    let name = host
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
        .map_or(host, |(name, _)| name);
    let page = look.place.as_ref().map_or("", |place| place.page.as_str());
    if page.starts_with("https://") && uri.starts_with("ws://") {
        found.bad(
            say!(lang, "wsServerUri is {uri}, but the page is https: browsers refuse a connection without TLS from it.", "wsServerUri — {uri}, а страница открывается по https: браузеры не дадут ей соединение без TLS."),
            say!(lang, "Let it begin with wss:// and give the hub wssCert and wssKey, or pass /hub on to it in the web server (HUB.md).", "Пусть он начинается с wss://: задайте hub wssCert и wssKey или проводите /hub к нему через веб-сервер (HUB.md)."),
        );
        return false;
    }
    if proxy::is_local(name) && !page.is_empty() && !proxy::is_local(look.host()) {
        found.bad(
            say!(
                lang,
                "wsServerUri is {uri}: only this host itself and its own network reach that, and no visitor.",
                "wsServerUri — {uri}: туда попадает только сам хостинг и его сеть, но не посетители."
            ),
            say!(
                lang,
                "Write the name there that visitors use: wsServerUri=\"wss://…\" in ws.ini.",
                "Впишите имя, которым пользуются посетители: wsServerUri=\"wss://…\" в ws.ini."
            ),
        );
        return false;
    }
    true
}

/// Asks as somebody who is no WebSocket, to whom the hub says so (RFC 9110, section 15.5.22).
fn ask(found: &mut Findings, lang: Lang, uri: &str) {
    const UPGRADE_REQUIRED: u16 = 426;
    let remedy = say!(
        lang,
        "Start it: hub --ensure (HUB.md tells how to keep it running). Until then pages ask for news by themselves, and nothing is lost.",
        "Запустите его: hub --ensure (как держать его запущенным, написано в HUB.md). До тех пор страницы сами спрашивают о новостях, ничего не теряется."
    );
    match Client::strict().get(&uri.replacen("ws", "http", 1), &[]) {
        Ok(got) if got.status == UPGRADE_REQUIRED => {
            found.good(say!(lang, "The hub answers at {uri}.", "Hub отвечает по адресу {uri}."));
        }
        Ok(got) => {
            let status = got.status;
            found.bad(
                say!(
                    lang,
                    "At {uri} there is something, but no hub: it answers {status}.",
                    "По адресу {uri} отвечает не hub: код {status}."
                ),
                remedy,
            );
        }
        Err(Silence::Late) => found.doubt(
            say!(lang, "The hub didn't answer at {uri} in 3 s.", "Hub по адресу {uri} не ответил за 3 с."),
            say!(
                lang,
                "Is it running, and is its port open from outside? {remedy}",
                "Запущен ли он, открыт ли его порт снаружи? {remedy}"
            ),
        ),
        Err(Silence::Certificate(said)) => found.bad(
            say!(
                lang,
                "The hub's certificate is none that browsers trust: {said}.",
                "Сертификату hub браузеры не доверяют: {said}."
            ),
            say!(
                lang,
                "Let wssCert and wssKey name the files of the site's own certificate.",
                "Укажите в wssCert и wssKey файлы сертификата самого сайта."
            ),
        ),
        Err(Silence::Failed(said)) => {
            found.bad(
                say!(lang, "No hub answers at {uri}: {said}.", "По адресу {uri} hub не отвечает: {said}."),
                remedy,
            );
        }
    }
}
