//! The keys of mozchat.ini, which stands beside the programs and which the web can't read.

use crate::ini::{self, IniError};
use std::time::Duration;

/// A key of mozchat.ini.
pub struct SiteKey {
    /// The section; empty for the keys above all sections.
    pub section: &'static str,
    /// The key.
    pub name: &'static str,
    /// The text of its default.
    pub default: &'static str,
    /// What it means, with units.
    pub meaning: &'static str,
}

const fn key(section: &'static str, name: &'static str, default: &'static str, meaning: &'static str) -> SiteKey {
    SiteKey { section, name, default, meaning }
}

/// Every key, in the order of `mozchat.example.ini`.
pub const KEYS: &[SiteKey] = &[
    key("", "threads", "", "The folder of the threads, if it is not found by itself: /home/me/threads"),
    key(
        "",
        "page",
        "",
        "The page's address, for links in mails, which wait until it is known: https://example.net/chat/ (or open check.cgi with its key.)",
    ),
    key(
        "",
        "checkKey",
        "",
        "A secret of your own, of 12 characters or more: open cgi-bin/check.cgi and type it, and read what works here and what does not.",
    ),
    key(
        "",
        "trustProxy",
        "0",
        "1 where a proxy of yours stands before the web server and all visitors seem to have its address: the last address in X-Forwarded-For counts. Where visitors reach the web server without the proxy, they could choose their address.",
    ),
    key(
        "mail",
        "by",
        "",
        "How mails go out: sendmail, smtp or off; if empty, smtp where server is set, else sendmail.",
    ),
    key("mail", "from", "", "The sender of mails where a thread's mailFrom is empty: Robot <noreply@example.net>"),
    key("mail", "sendmail", "/usr/sbin/sendmail", "The program that takes mails, as PHP used it."),
    key("mail", "server", "", "The SMTP server: mail.example.net"),
    key("mail", "security", "starttls", "starttls, tls (from the first byte on) or none."),
    key("mail", "port", "", "The SMTP server's port; if empty 587 for starttls, 465 for tls, 25 for none."),
    key("mail", "user", "", "The name to log in with at the SMTP server; empty: without."),
    key("mail", "password", "", "The password for it."),
    key(
        "mail",
        "authority",
        "",
        "A file with the certificate (PEM) that the SMTP server's was signed with, if it is nobody well-known's.",
    ),
    key(
        "mail",
        "mostPerDay",
        "24",
        "How many mails a thread sends to one reader in a day; further clips are told of in none; 0: no limit.",
    ),
    key("mail", "waitSec", "60", "How long a mail waits for further clips to tell of, in seconds."),
];

/// What mozchat.ini says, as text; what it doesn't say has its default.
#[derive(Clone, Debug)]
pub struct SiteSettings {
    values: Vec<String>,
    problems: Vec<(usize, String)>,
}

impl Default for SiteSettings {
    fn default() -> Self {
        Self { values: KEYS.iter().map(|key| key.default.to_owned()).collect(), problems: Vec::new() }
    }
}

impl SiteSettings {
    /// Reads a text.
    ///
    /// # Errors
    /// When it can't be understood as a whole.
    pub fn parse(text: &[u8]) -> Result<Self, IniError> {
        let ini = ini::parse(text)?;
        let slips =
            ini.slips().iter().map(|slip| (slip.line, format!("{}: {}", slip.shown(is_like_a_key), slip.reason)));
        let mut settings = Self { problems: slips.collect(), ..Self::default() };
        for section in ini.sections() {
            let name = section.name.as_deref().unwrap_or_default();
            // So the original called the section of what concerns everything.
            let name = if name == "common" { "" } else { name };
            for entry in &section.entries {
                match KEYS.iter().position(|key| key.section == name && key.name == entry.key) {
                    Some(at) => entry.value.trim().clone_into(&mut settings.values[at]),
                    None => settings.problems.push((entry.line, format!("{} is no key of [{name}]", entry.key))),
                }
            }
        }
        Ok(settings)
    }

    /// A key's text; `section` is empty for the keys above all sections.
    pub fn get(&self, section: &str, name: &str) -> &str {
        let at = KEYS.iter().position(|key| key.section == section && key.name == name);
        at.map_or("", |at| &self.values[at])
    }

    /// A key's text, `None` if it is empty.
    pub fn filled(&self, section: &str, name: &str) -> Option<&str> {
        Some(self.get(section, name)).filter(|text| !text.is_empty())
    }

    /// How long a mail waits for further clips.
    pub fn mail_wait(&self) -> Duration {
        const LONGEST: u64 = 3600;
        Duration::from_secs(self.get("mail", "waitSec").parse().unwrap_or(60).min(LONGEST))
    }

    /// How many mails a thread sends to one reader in a day; 0: no limit.
    pub fn most_mails_a_day(&self) -> u64 {
        self.get("mail", "mostPerDay").parse().unwrap_or(24)
    }

    /// What the admin should know: lines, and what is wrong with them.
    pub fn problems(&self) -> &[(usize, String)] {
        &self.problems
    }
}

fn is_like_a_key(word: &str) -> bool {
    KEYS.iter().any(|key| key.name.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_may_be_a_secret_s_half_is_not_repeated() {
        let text = "checkKey=\"a\"\nplum-tree-in-may\n[mail]\nPassword plum\n[mail]\nserver x\n";
        let settings = SiteSettings::parse(text.as_bytes()).unwrap();
        let about = settings.problems().iter().map(|(line, said)| (*line, said.split(':').next().unwrap()));
        assert_eq!(about.collect::<Vec<_>>(), [(2, "…"), (4, "Password"), (6, "server"), (5, "[mail]")]);
    }

    #[test]
    fn what_is_not_said_has_its_default_and_what_is_no_key_is_named() {
        let text = b"threads=\"/t\"\nthread=1\n[mail]\nserver=m.example.net\npage=x\nwaitSec=5\n";
        let settings = SiteSettings::parse(text).unwrap();
        assert_eq!((settings.get("", "threads"), settings.get("mail", "server")), ("/t", "m.example.net"));
        assert_eq!((settings.get("mail", "security"), settings.filled("mail", "user")), ("starttls", None));
        assert_eq!(settings.mail_wait().as_secs(), 5);
        assert_eq!(settings.problems().iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 5]);
        assert_eq!(SiteSettings::parse(b"[common]\nthreads=/t\n").unwrap().get("", "threads"), "/t");
        assert_eq!(SiteSettings::default().mail_wait().as_secs(), 60);
    }

    #[test]
    fn the_example_lists_every_key_with_its_default_and_meaning() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("htdocs/cgi-bin/mozchat.example.ini");
        let text = std::fs::read_to_string(path).unwrap();
        let settings = SiteSettings::parse(text.as_bytes()).unwrap();
        assert_eq!((settings.values, settings.problems), (SiteSettings::default().values, Vec::new()));
        for key in KEYS {
            let wanted = format!("; {}\n{}=\"{}\"\n", key.meaning, key.name, key.default);
            assert!(text.contains(&wanted), "mozchat.example.ini lacks:\n{wanted}");
        }
    }
}
