//! Do cookies, the programs' answers and their header get through as they were sent? check.cgi, which knows its own key,
//! gives a cookie and takes one back without changing anything.

use super::client::{Client, Got};
use super::finding::{Findings, say};
use super::{Lang, Look};
use crate::mail::address::Place;

/// What a browser would send back.
const COOKIE: &str = "mozchat-check=1";

pub(super) fn look(found: &mut Findings, look: &Look<'_>, client: &Client, place: &Place) {
    let lang = look.lang;
    if let Some(answer) = ping(look, place) {
        given(found, lang, place, &answer);
        let hears = serde_json::from_slice::<serde_json::Value>(&answer.start).unwrap_or_default();
        if hears["cookies"] == false {
            found.bad(
                say!(lang, "Something before the programs takes the browsers' cookies away: nobody can hold a name or open a closed thread.", "Что-то перед программами удаляет cookie браузеров: нельзя ни занять имя, ни войти в закрытую тему."),
                say!(lang, "Look for RequestHeader unset Cookie; a cache (Varnish, nginx, a CDN) must pass on everything in cgi-bin with its cookies.", "Поищите RequestHeader unset Cookie; кэш (Varnish, nginx, CDN) должен пропускать всё из cgi-bin вместе с cookie."),
            );
        }
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

/// What check.cgi answers to whoever knows its key. That is told to nobody whom a browser would not trust.
fn ping(look: &Look<'_>, place: &Place) -> Option<Got> {
    let key = look.settings.filled("", "checkKey")?;
    let mut form = form_urlencoded::Serializer::new(String::new());
    let form = form.append_pair("act", "ping").append_pair("key", key).finish();
    let (url, kind) = (format!("{}check.cgi", place.programs), "application/x-www-form-urlencoded");
    let answer = Client::strict().post(&url, kind, COOKIE, form.as_bytes()).ok()?;
    (answer.status == 200 && answer.start.starts_with(b"{")).then_some(answer)
}

fn given(found: &mut Findings, lang: Lang, place: &Place, answer: &Got) {
    let cookies = answer.headers("set-cookie");
    if cookies.is_empty() {
        return found.bad(
            say!(lang, "Something before the programs takes their cookies away: nobody can hold a name or open a closed thread.", "Что-то перед программами удаляет их cookie: нельзя ни занять имя, ни войти в закрытую тему."),
            say!(lang, "Look for Header unset Set-Cookie, and let the cache (Varnish, nginx, a CDN) pass on everything in cgi-bin as it is.", "Поищите Header unset Set-Cookie; кэш (Varnish, nginx, CDN) должен пропускать всё из cgi-bin без изменений."),
        );
    }
    if let Some(why) = cookies.iter().find_map(|cookie| spoiled(cookie, place)) {
        found.bad(
            say!(lang, "Something before the programs changes their cookies ({why}), so that browsers don't send them back: nobody can hold a name or open a closed thread.", "Что-то перед программами меняет их cookie ({why}), и браузеры не отсылают их обратно: нельзя ни занять имя, ни войти в закрытую тему."),
            say!(lang, "Look for Header edit Set-Cookie, ProxyPassReverseCookieDomain and -Path, proxy_cookie_domain and _path, and let them leave mozchat's cookies alone.", "Поищите Header edit Set-Cookie, ProxyPassReverseCookieDomain и -Path, proxy_cookie_domain и _path: пусть они не трогают cookie mozchat."),
        );
    }
}

/// The attribute of a cookie by which a browser would not send it back to the programs. Ours name no domain.
fn spoiled(cookie: &str, place: &Place) -> Option<String> {
    let host = place.host();
    let is_local = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
    let path = format!("/{}", place.programs.splitn(4, '/').nth(3).unwrap_or_default());
    let is_wrong = |attribute: &&str| {
        let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
        match name.to_ascii_lowercase().as_str() {
            "domain" => {
                let domain = value.trim_start_matches('.');
                !(host == domain || host.ends_with(&format!(".{domain}"))) || cookie.starts_with("__Host-")
            }
            "path" => {
                let is_above =
                    path.starts_with(value) && (value.ends_with('/') || path[value.len()..].starts_with('/'));
                !is_above || (cookie.starts_with("__Host-") && value != "/")
            }
            "secure" => place.page.starts_with("http:") && !is_local,
            "samesite" => value.eq_ignore_ascii_case("none") && !cookie.to_ascii_lowercase().contains("; secure"),
            _ => false,
        }
    };
    cookie.split(';').skip(1).map(str::trim).find(is_wrong).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keeps_a_browser_from_sending_a_cookie_back_is_seen() {
        let place = |page: &str| Place { page: page.into(), programs: format!("{page}cgi-bin/") };
        let (plain, tls) = (place("http://a.example.org/chat/"), place("https://a.example.org/chat/"));
        let ours = "mzn=1; Max-Age=9; HttpOnly; SameSite=Lax";
        let over_tls = "__Host-mzn=1; Max-Age=9; Path=/; HttpOnly; SameSite=Lax; Secure";
        for (cookie, place, why) in [
            (ours.to_owned(), &plain, None),
            (over_tls.to_owned(), &tls, None),
            (format!("{ours}; Path=/chat/cgi-bin"), &plain, None),
            (format!("{ours}; Path=/chat/cgi"), &plain, Some("Path=/chat/cgi")),
            (format!("{ours}; Path=/backend/"), &plain, Some("Path=/backend/")),
            (format!("{ours}; Domain=.example.org"), &plain, None),
            (format!("{ours}; domain=backend.local"), &plain, Some("domain=backend.local")),
            (format!("{ours}; Secure"), &plain, Some("Secure")),
            (format!("{ours}; Secure"), &tls, None),
            (format!("{over_tls}; Domain=a.example.org"), &tls, Some("Domain=a.example.org")),
            (ours.replace("Lax", "None"), &tls, Some("SameSite=None")),
        ] {
            assert_eq!(spoiled(&cookie, place).as_deref(), why, "{cookie}");
        }
    }
}
