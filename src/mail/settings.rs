//! How mails go out, as mozchat.ini says.

use crate::settings::is_address;
use crate::site::SiteSettings;
use std::path::PathBuf;

/// How mails leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// Not at all.
    Off,
    /// Through a program that takes them on standard input.
    Sendmail(PathBuf),
    /// Through a mail server.
    Smtp(Smtp),
}

/// A mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Smtp {
    /// Its name or number.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// How the line is kept secret.
    pub security: Security,
    /// Name and password, if one has to log in.
    pub login: Option<(String, String)>,
    /// A certificate to trust besides the well-known ones.
    pub authority: Option<PathBuf>,
}

/// How the line to a mail server is kept secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// After some words in plain text; a server that does not offer it is sent nothing.
    StartTls,
    /// From the first byte on.
    Tls,
    /// Not at all.
    Plain,
}

impl By {
    /// Takes it from mozchat.ini.
    ///
    /// # Errors
    /// The key, and what is wrong with it.
    pub fn of(settings: &SiteSettings) -> Result<Self, String> {
        let get = |name| settings.get("mail", name);
        let by = match (get("by"), settings.filled("mail", "server")) {
            ("", None) => "sendmail",
            ("", Some(_)) => "smtp",
            (said, _) => said,
        };
        match by {
            "off" => Ok(Self::Off),
            "sendmail" => Ok(Self::Sendmail(get("sendmail").into())),
            "smtp" => smtp(settings).map(Self::Smtp),
            _ => Err("by is neither sendmail, smtp nor off".into()),
        }
    }
}

fn smtp(settings: &SiteSettings) -> Result<Smtp, String> {
    let get = |name| settings.get("mail", name);
    let filled = |name| settings.filled("mail", name);
    let server = get("server");
    if !is_address(server) {
        return Err("server is no server's name".into());
    }
    let (security, usual) = match get("security") {
        "starttls" => (Security::StartTls, 587),
        "tls" => (Security::Tls, 465),
        "none" => (Security::Plain, 25),
        _ => return Err("security is neither starttls, tls nor none".into()),
    };
    let port = filled("port").map_or(Ok(usual), |port| port.parse().map_err(|_| "port is no port's number"))?;
    let login = filled("user").map(|user| (user.to_owned(), get("password").to_owned()));
    if login.is_some() && security == Security::Plain && !["localhost", "127.0.0.1", "::1"].contains(&server) {
        return Err("security is none, so that the password would travel for all to read; use starttls or tls".into());
    }
    Ok(Smtp { server: server.into(), port, security, login, authority: filled("authority").map(PathBuf::from) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(lines: &str) -> Result<By, String> {
        By::of(&SiteSettings::parse(format!("[mail]\n{lines}\n").as_bytes()).unwrap())
    }

    #[test]
    fn mails_go_through_sendmail_unless_a_server_is_named() {
        assert_eq!(by(""), Ok(By::Sendmail("/usr/sbin/sendmail".into())));
        assert_eq!(by("by=off\nserver=x"), Ok(By::Off));
        let Ok(By::Smtp(smtp)) = by("server=m.example.net\nuser=me\npassword=\"p;w\"") else { panic!("no server") };
        assert_eq!((smtp.port, smtp.security), (587, Security::StartTls));
        assert_eq!(smtp.login, Some(("me".into(), "p;w".into())));
        let port = |lines| by(lines).map(|by| if let By::Smtp(smtp) = by { smtp.port } else { 0 });
        assert_eq!((port("server=x\nsecurity=tls"), port("server=x\nsecurity=none")), (Ok(465), Ok(25)));
        assert_eq!(port("server=x\nport=2525"), Ok(2525));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (lines, word) in [
            ("by=pigeon", "by"),
            ("by=smtp", "server"),
            ("server=\"a b\"", "server"),
            ("server=x\nport=70000", "port"),
            ("server=x\nsecurity=ssl", "security"),
            ("server=x\nsecurity=none\nuser=me", "password"),
        ] {
            assert!(by(lines).unwrap_err().contains(word), "{lines}");
        }
    }
}
