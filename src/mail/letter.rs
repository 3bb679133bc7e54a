//! What a mail says. Pure: it knows neither lettre nor files.

use super::queue::Entry;
use super::words;
use crate::clock::Moment;
use crate::settings::Settings;
use crate::thread::spool::kilobytes;
use crate::thread::state::one_line;
use crate::wire::page::escaped;

/// A mail's words.
#[derive(Debug, PartialEq, Eq)]
pub struct Letter {
    /// The subject: one line.
    pub subject: String,
    /// The mail as plain text.
    pub text: String,
    /// The mail as HTML.
    pub html: String,
}

/// Writes about clips, of which there is at least one. `unsubscribe` is the link that ends such mails.
pub fn write(thread: &str, settings: &Settings, entries: &[&Entry], unsubscribe: &str) -> Letter {
    let words = words::of(&settings.lang);
    let title = if settings.title.is_empty() { thread } else { &settings.title };
    let title = one_line(title);
    let subject = match entries {
        [only] => words.one.replace("{who}", &one_line(&only.clip.author)),
        _ => words.many.replace("{count}", &entries.len().to_string()),
    };
    let subject = subject.replace("{thread}", &title);
    let why = words.why.replace("{thread}", &title);
    let (mut text, mut html) = (format!("{subject}\n\n"), format!("<p>{}</p>\n", escaped(&subject)));
    for entry in entries {
        let facts = facts(words, settings, entry);
        let (page, file) = links(thread, settings, entry);
        for (name, value) in &facts {
            text.push_str(&format!("{name}: {value}\n"));
        }
        text.push_str(&format!("{}: {page}\n{}: {file}\n\n", words.listen, words.file));
        let lines: Vec<_> = facts.iter().map(|(name, value)| format!("{name}: {}", escaped(value))).collect();
        html.push_str(&format!(
            "<p>{}<br>\n<a href=\"{}\">{}</a> · <a href=\"{}\">{}</a></p>\n",
            lines.join("<br>\n"),
            escaped(&page),
            words.listen,
            escaped(&file),
            words.file
        ));
    }
    text.push_str(&format!("-- \n{why}\n{}: {unsubscribe}\n", words.stop));
    html.push_str(&format!(
        "<p><small>{}<br>\n<a href=\"{}\">{}</a></small></p>\n",
        escaped(&why),
        escaped(unsubscribe),
        words.stop
    ));
    let lang = words.lang;
    let html = format!("<!doctype html>\n<html lang=\"{lang}\"><body>\n{html}</body></html>\n");
    Letter { subject, text, html }
}

fn facts(words: &words::Words, settings: &Settings, entry: &Entry) -> Vec<(&'static str, String)> {
    let clip = &entry.clip;
    let mut facts = vec![(words.who, one_line(&clip.author))];
    let about = one_line(&clip.description);
    if !about.trim().is_empty() {
        facts.push((words.about, about));
    }
    facts.push((words.length, format!("{}, {}", length(&clip.duration), kilobytes(clip.bytes))));
    facts.push((words.until, until(clip.expire, settings.time_shift_hrs)));
    facts
}

/// The page's link and the file's.
fn links(thread: &str, settings: &Settings, entry: &Entry) -> (String, String) {
    let file = entry.clip.file.as_str();
    (entry.place.clip_in_page(thread, file), entry.place.file(thread, &settings.media_folder, file))
}

/// Seconds, as 0:02 or 1:05:00.
fn length(seconds: &str) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a clip lasts a day at most")]
    let seconds = seconds.parse::<f64>().map_or(0, |seconds| seconds.max(1.0).round() as u64);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours == 0 { format!("{minutes}:{seconds:02}") } else { format!("{hours}:{minutes:02}:{seconds:02}") }
}

/// The clock of the thread, which says by how much it differs from UTC.
fn until(seconds: u64, shift: f64) -> String {
    let time = Moment::from_seconds(seconds).log_time(shift);
    let zone = if shift == 0.0 { "UTC".to_owned() } else { format!("UTC{shift:+}") };
    format!("{} {zone}", &time[..16])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::address::Place;
    use crate::names::ClipName;
    use crate::thread::catalog::Clip;

    fn entry(description: &str) -> Entry {
        Entry {
            clip: Clip {
                file: ClipName::new("a1.webm").unwrap(),
                author: "Ann".into(),
                date_time: String::new(),
                mime: "audio/webm".into(),
                duration: "64.6".into(),
                bytes: 1500,
                expire: 1_709_251_199,
                description: description.into(),
            },
            place: Place { page: "https://a.net/c/".into(), programs: "https://a.net/c/cgi-bin/".into() },
            came: Moment::from_seconds(5),
        }
    }

    fn settings(title: &str, lang: &str) -> Settings {
        Settings {
            title: title.into(),
            lang: lang.into(),
            time_shift_hrs: 5.5,
            media_folder: "media_x".into(),
            ..Settings::default()
        }
    }

    #[test]
    fn a_mail_says_who_where_what_how_long_how_large_until_when_and_where_to_hear_it() {
        let letter = write("forum", &settings("Our forum", "en"), &[&entry("news")], "https://a.net/stop");
        assert_eq!(letter.subject, "Our forum: a new clip from Ann");
        for line in [
            "From: Ann\n",
            "About: news\n",
            "Length: 1:05, 2kB\n",
            "Kept until: 2024-03-01 05:29 UTC+5.5\n",
            "Listen to it: https://a.net/c/?realm=forum&clip=a1.webm\n",
            "The file itself: https://a.net/c/threads/forum/media_x/a1.webm\n",
            ": https://a.net/stop\n",
        ] {
            assert!(letter.text.contains(line), "{line} in {}", letter.text);
        }
        assert!(letter.html.contains("href=\"https://a.net/c/?realm=forum&amp;clip=a1.webm\""), "{}", letter.html);
    }

    #[test]
    fn several_clips_make_one_mail_in_the_threads_language() {
        let (a, b) = (entry("раз"), entry(""));
        let letter = write("forum", &settings("", "ru-RU"), &[&a, &b], "x");
        assert_eq!(letter.subject, "forum: новых записей: 2");
        assert_eq!(letter.text.matches("От: Ann").count(), 2);
        assert_eq!(letter.text.matches("О чём: раз").count(), 1);
    }

    #[test]
    fn what_people_write_is_one_harmless_line() {
        let letter = write("f", &settings("", "en"), &[&entry("<b>x</b>\r\nBcc: y@z\r\n\r\n\"&'")], "x");
        assert!(letter.text.contains("About: <b>x</b>  Bcc: y@z    \"&'\n"), "{}", letter.text);
        assert!(letter.html.contains("&lt;b&gt;x&lt;/b&gt;  Bcc: y@z    &quot;&amp;&#39;<br>"), "{}", letter.html);
        let mut named = entry("");
        named.clip.author = "Eve\r\nBcc: y@z".into();
        assert!(!write("f", &settings("", "en"), &[&named], "x").subject.contains(['\r', '\n']));
    }
}
