//! The hub, where there is one: does it answer where pages look for it?

use super::client::{Client, Silence};
use super::finding::{Findings, Section, say};
use super::{Lang, Look};
use crate::notice::{self, WsIni};
use crate::site::Site;

pub(super) fn look(look: &Look<'_>) -> Section {
    let mut found = Findings::default();
    let lang = look.lang;
    if look.is_in_one_process() {
        found.good(say!(lang, "serve has a hub inside.", "Внутри serve есть свой hub."));
    } else if let Ok(site) = look.site {
        of(&mut found, lang, site);
    }
    found.under("Hub".into())
}

fn of(found: &mut Findings, lang: Lang, site: &Site) {
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
        Some(ini) => ask(found, lang, &ini.server_uri),
    }
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
