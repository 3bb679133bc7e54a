//! `ws.ini`, in the folder that holds the threads: whether there is a hub, where it listens, whom it serves.
//!
//! The keys of the original are read as they were; the rest is ours. It is read strictly: a hub that runs with half
//! of what the admin meant is worse than one that says what is wrong.

use super::SECRET;
use crate::error::{Error, Result};
use crate::files;
use crate::ini::{self, Entry};
use crate::names::ThreadName;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// The file's name.
pub const FILE: &str = "ws.ini";
const SOCKET: &str = ".hub.sock";
const DEFAULT_PORT: u16 = 8080;
/// The keys outside `[realms]`, as far as a message may repeat them from a line that is no pair.
const KEYS: [&str; 14] = [
    "wsOn",
    "wsServerUri",
    "wsCommandUri",
    "listenForCommands",
    "commandSecret",
    "listen",
    "wsLocalPort",
    "wssCert",
    "wssKey",
    "allowOrigin",
    "trustProxy",
    "maxConnections",
    "maxPerAddress",
    "maxNewPerMinute",
];

/// What `ws.ini` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WsIni {
    /// `wsOn`: whether pages use the hub and programs tell it of changes.
    pub on: bool,
    /// `wsServerUri`: where pages find it: ws://… or wss://…
    pub server_uri: String,
    /// `wsCommandUri`: where programs tell it of changes.
    pub command: Link,
    /// `listenForCommands`: the address on which an HTTP command link listens.
    pub listen_for_commands: IpAddr,
    /// `commandSecret`: signs notices.
    pub command_secret: Option<String>,
    /// `listen`: the address for pages; all of the host's if absent.
    pub listen: Option<IpAddr>,
    /// `wsLocalPort`: the port for pages; that of `wsServerUri` if absent.
    pub port: u16,
    /// `wssCert` and `wssKey`: PEM files; with them the hub speaks TLS itself, unless `wsLocalPort` is another port than that of
    /// `wsServerUri`.
    pub certificate: Option<(PathBuf, PathBuf)>,
    /// Whether a certificate is named and not used, since the web server that passes connections on speaks TLS.
    pub is_certificate_unused: bool,
    /// `allowOrigin`: further origins whose pages may come; `*` for any.
    pub allow_origin: Vec<String>,
    /// `trustProxy`: the address of a visitor is the last in X-Forwarded-For.
    pub trust_proxy: bool,
    /// `maxConnections`, in all.
    pub most_connections: usize,
    /// `maxPerAddress`: connections from one address.
    pub most_per_address: usize,
    /// `maxNewPerMinute`: new connections from one address.
    pub most_new_per_minute: u32,
    /// `[realms]`: the threads that the hub serves; all if absent.
    pub realms: Option<BTreeSet<ThreadName>>,
}

/// How programs reach the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// A Unix socket for datagrams.
    Socket(PathBuf),
    /// HTTP on a port of this machine.
    Http(SocketAddr),
}

impl WsIni {
    /// What holds without a file, for the threads in a folder.
    pub fn default_for(threads: &Path) -> Self {
        Self {
            on: false,
            server_uri: String::new(),
            command: Link::Socket(threads.join(SOCKET)),
            listen_for_commands: Ipv4Addr::LOCALHOST.into(),
            command_secret: None,
            listen: None,
            port: DEFAULT_PORT,
            certificate: None,
            is_certificate_unused: false,
            allow_origin: Vec::new(),
            trust_proxy: false,
            most_connections: 15_000,
            most_per_address: 200,
            most_new_per_minute: 600,
            realms: None,
        }
    }

    /// Reads the file; `None` if there is none.
    ///
    /// # Errors
    /// [`Error::Ini`] with the line if something in it is wrong; others if it can't be read.
    pub fn load(path: &Path, threads: &Path) -> Result<Option<Self>> {
        files::read(path)?.map(|text| Self::parse(&text, path, threads)).transpose()
    }

    /// Reads a text; relative paths in it begin at the file's folder.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn parse(text: &[u8], path: &Path, threads: &Path) -> Result<Self> {
        let wrong = |line: usize, reason: String| Error::Ini { path: path.into(), line, reason };
        let ini = ini::parse(text).map_err(|error| wrong(error.line, error.reason))?;
        if let Some(slip) = ini.slips().first() {
            return Err(wrong(slip.line, format!("{}: {}", slip.shown(is_like_a_key), slip.reason)));
        }
        let folder = path.parent().unwrap_or(threads);
        let mut draft = Draft { ini: Self::default_for(threads), folder, local_port: None, cert: None, key: None };
        for section in ini.sections() {
            let name = section.name.as_deref().unwrap_or_default();
            if name == "realms" {
                draft.ini.realms.get_or_insert_default();
            }
            for entry in &section.entries {
                let set = draft.set(name, entry);
                set.map_err(|reason| wrong(entry.line, format!("{}: {reason}", entry.key)))?;
            }
        }
        draft.finish().map_err(|reason| wrong(1, reason))
    }

    /// Whether the hub serves this thread.
    pub fn serves(&self, thread: &ThreadName) -> bool {
        self.realms.as_ref().is_none_or(|realms| realms.contains(thread))
    }

    /// The secret that signs notices: the one in the file, else the one that the hub has made; `None` before that.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn secret(&self, threads: &Path) -> Result<Option<String>> {
        if self.command_secret.is_some() {
            return Ok(self.command_secret.clone());
        }
        let made = files::read(&threads.join(SECRET))?.map(|text| String::from_utf8_lossy(&text).trim().to_owned());
        Ok(made.filter(|secret| !secret.is_empty()))
    }
}

/// Settings on their way in.
struct Draft<'p> {
    ini: WsIni,
    folder: &'p Path,
    local_port: Option<u16>,
    cert: Option<PathBuf>,
    key: Option<PathBuf>,
}

type Said<T> = std::result::Result<T, String>;

impl Draft<'_> {
    fn set(&mut self, section: &str, Entry { key, value, .. }: &Entry<'_>) -> Said<()> {
        let value = value.trim();
        match (section, key.as_ref()) {
            ("common", "wsOn") => self.ini.on = number_or_flag(value)?,
            ("common", "wsServerUri") => self.ini.server_uri = server_uri(value)?,
            ("common", "wsCommandUri") => self.ini.command = self.link(value)?,
            ("server", "listenForCommands") => self.ini.listen_for_commands = number(value, "IP address")?,
            ("server", "commandSecret") => self.ini.command_secret = filled(value),
            ("server", "listen") => self.ini.listen = Some(number(value, "IP address")?),
            ("server", "wsLocalPort") if value.is_empty() => {}
            ("server", "wsLocalPort") => self.local_port = Some(number(value, "port")?),
            ("server", "wssCert") => self.cert = filled(value).map(|path| self.folder.join(path)),
            ("server", "wssKey") => self.key = filled(value).map(|path| self.folder.join(path)),
            ("server", "composerPath") => {}
            ("server", "allowOrigin") => self.ini.allow_origin = value.split_whitespace().map(str::to_owned).collect(),
            ("server", "trustProxy") => self.ini.trust_proxy = flag(value)?,
            ("server", "maxConnections") => self.ini.most_connections = number(value, "whole number")?,
            ("server", "maxPerAddress") => self.ini.most_per_address = number(value, "whole number")?,
            ("server", "maxNewPerMinute") => self.ini.most_new_per_minute = number(value, "whole number")?,
            ("realms", thread) => {
                let thread = ThreadName::new(thread).map_err(|error| error.to_string())?;
                self.ini.realms.get_or_insert_default().insert(thread);
            }
            ("common" | "server", _) => return Err("is no setting; HUB.md lists them all".into()),
            _ => return Err(format!("[{section}] is no section; there are [common], [server] and [realms]")),
        }
        Ok(())
    }

    fn link(&self, value: &str) -> Said<Link> {
        if let Some(path) = value.strip_prefix("unix:") {
            return Ok(Link::Socket(self.folder.join(path)));
        }
        let host =
            value.strip_prefix("http://").map(|rest| rest.trim_end_matches('/').replace("localhost", "127.0.0.1"));
        match host.and_then(|host| host.parse().ok()) {
            Some(address) => Ok(Link::Http(address)),
            None => Err(format!("{value:?} is neither http://ADDRESS:PORT nor unix:PATH")),
        }
    }

    /// Whether pages find the hub at another port than it listens on: then the web server is between them, and speaks TLS.
    fn is_behind_web_server(&self) -> bool {
        let public = port_of(&self.ini.server_uri).or_else(|| usual_port(&self.ini.server_uri));
        self.local_port.is_some_and(|local| local != 0 && public.is_some_and(|public| public != local))
    }

    fn finish(mut self) -> Said<WsIni> {
        self.ini.port = self.local_port.or_else(|| port_of(&self.ini.server_uri)).unwrap_or(DEFAULT_PORT);
        self.ini.certificate = match (self.cert.take(), self.key.take()) {
            (Some(cert), Some(key)) => Some((cert, key)),
            (None, None) => None,
            _ => return Err("wssCert and wssKey belong together: one of them is missing".into()),
        };
        if self.ini.certificate.is_some() && self.is_behind_web_server() {
            (self.ini.certificate, self.ini.is_certificate_unused) = (None, true);
        }
        Ok(self.ini)
    }
}

fn is_like_a_key(word: &str) -> bool {
    KEYS.iter().any(|key| key.eq_ignore_ascii_case(word))
}

fn filled(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_owned())
}

fn flag(value: &str) -> Said<bool> {
    match value {
        "1" | "on" | "yes" | "true" => Ok(true),
        "0" | "off" | "no" | "false" | "" => Ok(false),
        _ => Err(format!("{value:?} is neither 1 nor 0")),
    }
}

/// As PHP reads it: any number but 0.
fn number_or_flag(value: &str) -> Said<bool> {
    value.parse::<f64>().map_or_else(|_| flag(value), |number| Ok(number != 0.0))
}

fn number<T: std::str::FromStr>(value: &str, what: &str) -> Said<T> {
    value.parse().map_err(|_| format!("{value:?} is no {what}"))
}

fn server_uri(value: &str) -> Said<String> {
    let rest = value.strip_prefix("ws://").or_else(|| value.strip_prefix("wss://"));
    match rest {
        Some(rest) if !rest.is_empty() && !value.contains(|c: char| c.is_whitespace() || c.is_control()) => {
            Ok(value.into())
        }
        _ => Err(format!("{value:?} is no address such as wss://example.net:8080")),
    }
}

fn usual_port(uri: &str) -> Option<u16> {
    match uri.split_once("://")?.0 {
        "ws" => Some(80),
        _ => Some(443),
    }
}

fn port_of(uri: &str) -> Option<u16> {
    let host = uri.split("://").nth(1)?.split('/').next()?;
    host.rsplit_once(':')?.1.parse().ok()
}

#[cfg(test)]
mod tests;
