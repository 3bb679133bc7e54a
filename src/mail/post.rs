//! Letters on their way: lettre, through SMTP or sendmail.

use super::letter::Letter;
use super::settings::{By, Security, Smtp};
use crate::random;
use crate::thread::state::one_line;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, Message, SendmailTransport, SmtpTransport, Transport};
use std::fs;
use std::time::Duration;

/// A server that says nothing for so long is down.
const PATIENCE: Duration = Duration::from_secs(30);

/// What takes letters.
pub enum Post {
    /// A mail server.
    Smtp(SmtpTransport),
    /// A program.
    Sendmail(SendmailTransport),
}

/// Why a letter did not go out.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// It never will: the address is none, or its server does not know it.
    Reader(String),
    /// Another time it may.
    Server(String),
}

/// What stands on the envelope and in the header of a letter.
pub struct Envelope<'e> {
    /// `Name <address>`, or an address.
    pub from: &'e str,
    /// The same; may be empty.
    pub reply_to: &'e str,
    /// The reader's name and address.
    pub to: (&'e str, &'e str),
    /// RFC 2919: `thread.host`.
    pub list: &'e str,
    /// RFC 8058: the link that ends such mails.
    pub unsubscribe: &'e str,
}

impl Post {
    /// Opens what the settings name; `None` where mails are off. `host` is the name that this host gives itself.
    ///
    /// # Errors
    /// What is wrong with the settings.
    pub fn open(by: &By, host: &str) -> Result<Option<Self>, String> {
        Ok(match by {
            By::Off => None,
            By::Sendmail(program) => Some(Self::Sendmail(SendmailTransport::new_with_command(program))),
            By::Smtp(smtp) => Some(Self::Smtp(transport(smtp, host)?)),
        })
    }

    /// Sends one letter.
    ///
    /// # Errors
    /// Whose fault it is, and what was said.
    pub fn send(&self, letter: &Letter, envelope: &Envelope<'_>) -> Result<(), Failure> {
        let message = message(letter, envelope)?;
        match self {
            Self::Smtp(smtp) => smtp.send(&message).map(drop).map_err(|error| {
                let said = error.to_string();
                if error.status().is_some_and(|code| is_readers(code.to_string().as_str())) {
                    Failure::Reader(said)
                } else {
                    Failure::Server(said)
                }
            }),
            Self::Sendmail(program) => program.send(&message).map_err(|error| Failure::Server(error.to_string())),
        }
    }

    /// Whether a server answers and takes the password. A program says so only when it is given a mail.
    ///
    /// # Errors
    /// What it says instead.
    pub fn greet(&self) -> Result<(), String> {
        match self {
            Self::Smtp(smtp) => match smtp.test_connection() {
                Ok(true) => Ok(()),
                Ok(false) => Err("the server answers, but not as it should".into()),
                Err(error) => Err(error.to_string()),
            },
            Self::Sendmail(_) => Ok(()),
        }
    }
}

/// The codes of RFC 5321 that speak of a mailbox. The other lasting refusals, as of a password, are about us, and the
/// admin can mend what they mean.
fn is_readers(code: &str) -> bool {
    ["550", "551", "553", "556"].contains(&code)
}

fn transport(smtp: &Smtp, host: &str) -> Result<SmtpTransport, String> {
    let words = |error: lettre::transport::smtp::Error| error.to_string();
    let tls = || -> Result<TlsParameters, String> {
        let mut tls = TlsParameters::builder(smtp.server.clone());
        if let Some(path) = &smtp.authority {
            let pem = fs::read(path).map_err(|error| format!("authority: {}: {error}", path.display()))?;
            tls = tls.add_root_certificate(Certificate::from_pem(&pem).map_err(words)?);
        }
        tls.build_rustls().map_err(words)
    };
    let tls = match smtp.security {
        Security::StartTls => Tls::Required(tls()?),
        Security::Tls => Tls::Wrapper(tls()?),
        Security::Plain => Tls::None,
    };
    let mut builder = SmtpTransport::builder_dangerous(&smtp.server).port(smtp.port).tls(tls).timeout(Some(PATIENCE));
    builder = builder.hello_name(ClientId::Domain(host.to_owned()));
    if let Some((user, password)) = &smtp.login {
        builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
    }
    Ok(builder.build())
}

fn message(letter: &Letter, envelope: &Envelope<'_>) -> Result<Message, Failure> {
    let (name, address) = envelope.to;
    let address: Address = address.parse().map_err(|error| Failure::Reader(format!("{address}: {error}")))?;
    // lettre ends the program where a control character stands in a name.
    let name = Some(one_line(name)).filter(|name| !name.trim().is_empty());
    let ours = |what: &str, text: &str| {
        one_line(text).parse::<Mailbox>().map_err(|error| Failure::Server(format!("{what} \"{text}\": {error}")))
    };
    let from = ours("mailFrom", envelope.from)?;
    // Mail servers distrust a number that ends with the name of no host.
    let id = random::hex::<16>().map(|id| format!("<{id}@{}>", from.email.domain()));
    let mut message = Message::builder()
        .from(from)
        .to(Mailbox::new(name, address))
        .subject(one_line(&letter.subject))
        .message_id(id.ok());
    if !envelope.reply_to.is_empty() {
        message = message.reply_to(ours("mailReplyTo", envelope.reply_to)?);
    }
    let part = |kind: ContentType, text: &str| SinglePart::builder().header(kind).body(text.to_owned());
    let body = MultiPart::alternative()
        .singlepart(part(ContentType::TEXT_PLAIN, &letter.text))
        .singlepart(part(ContentType::TEXT_HTML, &letter.html));
    let mut message = message.multipart(body).map_err(|error| Failure::Server(error.to_string()))?;
    for (name, value) in [
        ("List-Id", format!("<{}>", envelope.list)),
        ("List-Unsubscribe", format!("<{}>", envelope.unsubscribe)),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()),
        // RFC 3834: nobody's holiday notice should answer.
        ("Auto-Submitted", "auto-generated".to_owned()),
    ] {
        // Already encoded: the parts of an address hold no other signs than those that an address may.
        let value = HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), value.clone(), value);
        message.headers_mut().insert_raw(value);
    }
    Ok(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(subject: &str) -> Letter {
        Letter { subject: subject.into(), text: "text".into(), html: "<p>html</p>".into() }
    }

    fn envelope<'e>(from: &'e str, to: (&'e str, &'e str)) -> Envelope<'e> {
        let unsubscribe = "https://a.net/cgi-bin/mail.cgi?realm=f&to=00";
        Envelope { from, reply_to: "Ann <ann@a.net>", to, list: "f.a.net", unsubscribe }
    }

    fn written(subject: &str, from: &str, to: (&str, &str)) -> Result<String, Failure> {
        message(&letter(subject), &envelope(from, to)).map(|message| String::from_utf8(message.formatted()).unwrap())
    }

    #[test]
    fn a_mail_has_the_headers_of_a_list_that_one_can_leave() {
        let mail = written("Тема", "Robot <r@a.net>", ("Женя", "z@b.net")).unwrap();
        for line in [
            "From: Robot <r@a.net>\r\n",
            "Reply-To: Ann <ann@a.net>\r\n",
            "Subject: =?utf-8?b?",
            "<z@b.net>\r\n",
            "List-Id: <f.a.net>\r\n",
            "List-Unsubscribe: <https://a.net/cgi-bin/mail.cgi?realm=f&to=00>\r\n",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "\r\nDate: ",
            "multipart/alternative",
        ] {
            assert!(mail.contains(line), "{line} in {mail}");
        }
        let id = |mail: &str| mail.lines().find(|line| line.starts_with("Message-ID: <")).unwrap().to_owned();
        assert!(id(&mail).ends_with("@a.net>"), "{mail}");
        assert_ne!(id(&mail), id(&written("Тема", "Robot <r@a.net>", ("Женя", "z@b.net")).unwrap()));
    }

    #[test]
    fn no_header_comes_from_a_name() {
        for name in ["x\r\nBcc: e@e.net", "x\nBcc: e@e.net", "\"x\" <e@e.net>,", "a, b"] {
            let mail = written(name, "r@a.net", (name, "z@b.net")).unwrap();
            let head = mail.split("\r\n\r\n").next().unwrap();
            assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
            assert_eq!(head.matches("\r\nTo: ").count() + usize::from(head.starts_with("To: ")), 1, "{head}");
        }
        assert!(matches!(written("x", "r@a.net", ("x", "no address")), Err(Failure::Reader(_))));
        assert!(matches!(written("x", "Robot", ("x", "z@b.net")), Err(Failure::Server(_))));
    }

    #[test]
    fn a_refused_password_is_not_the_readers_fault() {
        assert!(is_readers("550") && !is_readers("535") && !is_readers("451") && !is_readers("554"));
    }
}
