//! The addresses in a mail: of the page and of the programs, as a reader's browser finds them.

use crate::error::Result;
use crate::files::{self, Durability};
use crate::settings::is_address;
use crate::site::Site;
use crate::wire::Sender;
use std::net::IpAddr;

/// Beside the threads: the addresses of page and programs as the admin's browser had them, a line each.
const SEEN: &str = ".page-address";

/// Where an installation is. Both end with a slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The folder of the page.
    pub page: String,
    /// The folder of the programs.
    pub programs: String,
}

impl Place {
    /// The place that a request came to.
    ///
    /// `said` is the page's address in mozchat.ini, which is always right. Else the page that sent the request knows
    /// best in which folder it is; which host that is nobody may make up, since a mail would lead its readers there.
    pub fn of(sender: &Sender, said: Option<&str>) -> Self {
        if let Some(page) = said.and_then(web_folder) {
            return Self { programs: programs_of(&page, &sender.script), page };
        }
        let host = host(sender);
        let scheme = if sender.is_secure { "https" } else { "http" };
        match referring_page(&sender.referer, &host) {
            Some(page) => Self { programs: programs_of(&page, &sender.script), page },
            None => {
                let programs = format!("{scheme}://{host}{}", folder_of(&sender.script));
                Self { page: parent(&programs), programs }
            }
        }
    }

    /// The place of an installation as its admin has said it: in mozchat.ini, or by opening check.cgi with its key. No
    /// visitor has a say in it. `script` is the path of a program as the web server knows it.
    ///
    /// # Errors
    /// When mozchat.ini or what was seen can't be read.
    pub fn known(site: &Site, script: &str) -> Result<Option<Self>> {
        let settings = site.settings()?;
        if let Some(page) = settings.filled("", "page").and_then(web_folder) {
            return Ok(Some(Self { programs: programs_of(&page, script), page }));
        }
        let seen = files::read(&site.threads().join(SEEN))?.unwrap_or_default();
        let seen = String::from_utf8_lossy(&seen);
        let mut lines = seen.lines().map(web_folder);
        Ok(lines.next().flatten().zip(lines.next().flatten()).map(|(page, programs)| Self { page, programs }))
    }

    /// Keeps where the admin has opened check.cgi, for [`known`](Self::known).
    ///
    /// # Errors
    /// When it can't be written.
    pub fn keep(&self, site: &Site) -> Result<()> {
        let (path, text) = (site.threads().join(SEEN), format!("{}\n{}\n", self.page, self.programs));
        if files::read(&path)?.as_deref() == Some(text.as_bytes()) {
            return Ok(());
        }
        files::replace(&path, text.as_bytes(), 0o644, Durability::Whole)
    }

    /// The page with one thread open, and one clip to be played.
    pub fn clip_in_page(&self, thread: &str, clip: &str) -> String {
        format!("{}?realm={}&clip={}", self.page, encoded(thread), encoded(clip))
    }

    /// A clip's own file.
    pub fn file(&self, thread: &str, media: &str, clip: &str) -> String {
        format!("{}threads/{}/{}/{}", self.page, encoded(thread), encoded(media), encoded(clip))
    }

    /// What ends the mails to one reader.
    pub fn unsubscribe(&self, thread: &str, token: &str) -> String {
        format!("{}mail.cgi?realm={}&to={token}", self.programs, encoded(thread))
    }

    /// The host's name, without a port.
    pub fn host(&self) -> &str {
        let host = authority(&self.page).unwrap_or("localhost");
        match host.rsplit_once(':') {
            Some((name, port)) if port.chars().all(|c| c.is_ascii_digit()) => name,
            _ => host,
        }
    }
}

/// The host of the request. What a proxy says of it is believed only if it is near: from anywhere else it may be a
/// visitor's invention.
fn host(sender: &Sender) -> String {
    let forwarded = sender.forwarded_host.split(',').next().unwrap_or_default().trim();
    let host = if is_near(&sender.peer) && is_address(forwarded) { forwarded } else { sender.host.trim() };
    if is_address(host) { host.to_owned() } else { "localhost".to_owned() }
}

/// Whether an address belongs to this machine or its own network.
pub fn is_near(address: &str) -> bool {
    address.parse::<IpAddr>().is_ok_and(near)
}

/// The same of an address that was read.
pub fn near(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(four) => four.is_loopback() || four.is_private() || four.is_link_local(),
        // Unique local (RFC 4193) and link-local.
        IpAddr::V6(six) => six.is_loopback() || six.is_unique_local() || six.is_unicast_link_local(),
    }
}

/// The folder of the page that sent a request, if it is a page of this host.
fn referring_page(referer: &str, host: &str) -> Option<String> {
    let page = web_folder(referer)?;
    let same = authority(&page)?;
    without_usual_port(same).eq_ignore_ascii_case(without_usual_port(host)).then_some(page)
}

/// The folder in which the programs are, seen from outside. A proxy may have put something before the path that the
/// server knows; that is the case if the page's folder and `cgi-bin` end with what the server knows.
fn programs_of(page: &str, script: &str) -> String {
    let inside = folder_of(script);
    let beside = format!("{page}cgi-bin/");
    let origin = page.split('/').take(3).collect::<Vec<_>>().join("/");
    if beside.ends_with(&inside) || script.is_empty() { beside } else { format!("{origin}{inside}") }
}

/// An http address up to its last slash; `None` if it is no address or holds something that none has.
fn web_folder(address: &str) -> Option<String> {
    let address = address.trim().split(['?', '#']).next()?;
    let (scheme, rest) = address.split_once("://")?;
    let is_web = ["http", "https"].contains(&scheme) && is_address(rest.split('/').next()?);
    let is_clean = rest.chars().all(|c| c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c));
    let folder =
        if rest.contains('/') { &address[..=address.rfind('/')?] } else { return Some(format!("{address}/")) };
    (is_web && is_clean).then(|| folder.to_owned())
}

fn authority(address: &str) -> Option<&str> {
    address.split_once("://")?.1.split('/').next()
}

fn without_usual_port(host: &str) -> &str {
    host.strip_suffix(":80").or_else(|| host.strip_suffix(":443")).unwrap_or(host)
}

/// A path up to its last slash, as it stands in an address.
fn folder_of(path: &str) -> String {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let parts = folder.split('/').filter(|part| !part.is_empty());
    parts.fold("/".to_owned(), |whole, part| format!("{whole}{}/", encoded(part)))
}

fn parent(folder: &str) -> String {
    let inner = folder.trim_end_matches('/');
    match inner.rfind('/') {
        // Never beyond the host.
        Some(at) if !inner[..at].ends_with(':') && !inner[..at].ends_with('/') => inner[..=at].to_owned(),
        _ => format!("{inner}/"),
    }
}

/// A name as a component of an address.
pub(crate) fn encoded(name: &str) -> String {
    form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>().replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(host: &str, referer: &str, script: &str) -> Sender {
        Sender {
            client: "203.0.113.9".into(),
            peer: "203.0.113.9".into(),
            host: host.into(),
            referer: referer.into(),
            script: script.into(),
            ..Sender::default()
        }
    }

    fn place(sender: &Sender, said: Option<&str>) -> (String, String) {
        let place = Place::of(sender, said);
        (place.page, place.programs)
    }

    #[test]
    fn the_page_is_where_its_browser_has_it() {
        let cases = [
            // In a subfolder, on a port.
            (
                "a.net:8080",
                "http://a.net:8080/chat/?realm=x",
                "/chat/cgi-bin/upload.cgi",
                "http://a.net:8080/chat/",
                "http://a.net:8080/chat/cgi-bin/",
            ),
            // Behind a proxy that speaks https and adds a folder.
            (
                "a.net",
                "https://a.net/out/?user=A",
                "/cgi-bin/upload.cgi",
                "https://a.net/out/",
                "https://a.net/out/cgi-bin/",
            ),
            // The programs are elsewhere.
            (
                "a.net",
                "https://a.net/chat/",
                "/cgi-bin/mz/upload.cgi",
                "https://a.net/chat/",
                "https://a.net/cgi-bin/mz/",
            ),
            // No page says where it is.
            ("a.net:81", "", "/x/cgi-bin/upload.cgi", "http://a.net:81/x/", "http://a.net:81/x/cgi-bin/"),
            ("a.net", "", "/cgi-bin/upload.cgi", "http://a.net/", "http://a.net/cgi-bin/"),
        ];
        for (host, referer, script, page, programs) in cases {
            let found = place(&sender(host, referer, script), None);
            assert_eq!(found, (page.to_owned(), programs.to_owned()), "{referer} {script}");
        }
    }

    #[test]
    fn nobody_can_make_a_mail_lead_elsewhere() {
        for referer in
            ["https://evil.example/chat/", "https://a.net.evil.example/", "javascript:x", "https://a.net@evil.example/"]
        {
            let found = place(&sender("a.net", referer, "/cgi-bin/upload.cgi"), None);
            assert_eq!(found.0, "http://a.net/", "{referer}");
        }
        let far = Sender { forwarded_host: "evil.example".into(), ..sender("a.net", "", "/cgi-bin/upload.cgi") };
        assert_eq!(place(&far, None).0, "http://a.net/");
        // Nor with an address that a proxy was made to name.
        assert_eq!(place(&Sender { client: "127.0.0.1".into(), ..far }, None).0, "http://a.net/");
        let odd = sender("a.net/\r\nBcc: x", "", "/cgi-bin/upload.cgi");
        assert_eq!(place(&odd, None).0, "http://localhost/");
        assert_eq!(place(&sender("a.net", "https://a.net/\"><b>/", "/cgi-bin/u.cgi"), None).0, "http://a.net/");
    }

    #[test]
    fn a_proxy_on_the_same_machine_knows_the_host() {
        let near = Sender {
            peer: "127.0.0.1".into(),
            forwarded_host: "a.net:8443, b".into(),
            is_secure: true,
            ..sender("127.0.0.1:81", "", "/c/cgi-bin/upload.cgi")
        };
        assert_eq!(place(&near, None).0, "https://a.net:8443/c/");
    }

    #[test]
    fn what_the_admin_says_holds() {
        let said = place(
            &sender("10.0.0.1", "http://10.0.0.1/", "/cgi-bin/upload.cgi"),
            Some("https://a.net/chat/index.html"),
        );
        assert_eq!(said, ("https://a.net/chat/".to_owned(), "https://a.net/chat/cgi-bin/".to_owned()));
        assert_eq!(place(&sender("a.net", "", "/cgi-bin/u.cgi"), Some("https://a.net")).0, "https://a.net/");
    }

    #[test]
    fn links_are_encoded() {
        let place = Place { page: "https://a.net:81/".into(), programs: "https://a.net:81/cgi-bin/".into() };
        assert_eq!(
            place.clip_in_page("комната", "a b.webm"),
            "https://a.net:81/?realm=%D0%BA%D0%BE%D0%BC%D0%BD%D0%B0%D1%82%D0%B0&clip=a%20b.webm"
        );
        assert_eq!(place.file("r", "media_x", "a.webm"), "https://a.net:81/threads/r/media_x/a.webm");
        assert_eq!(place.unsubscribe("r", "00ff"), "https://a.net:81/cgi-bin/mail.cgi?realm=r&to=00ff");
        assert_eq!(place.host(), "a.net");
    }
}
