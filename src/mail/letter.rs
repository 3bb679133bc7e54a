//! What a mail says. Pure: it knows neither lettre nor files.

use super::address::Place;
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
pub fn write(thread: &str, settings: &Settings, entries: &[&Entry], place: &Place, unsubscribe: &str) -> Letter {
    let words = words::of(&settings.lang);
    let title = if settings.title.is_empty() { thread } else { &settings.title };
    let title = one_line(title);
    let subject = match entries {
        [only] => words.one.replace("{thread}", &title).replace("{who}", &one_line(&only.clip.author)),
        _ => words.many.replace("{thread}", &title).replace("{count}", &entries.len().to_string()),
    };
    let why = words.why.replace("{thread}", &title);
    let (mut text, mut clips) = (format!("{subject}\n\n"), String::new());
    for entry in entries {
        let (facts, links) = (facts(words, settings, entry), links(thread, settings, entry, place));
        text.push_str(&clip_as_text(words, &facts, &links));
        clips.push_str(&clip_as_html(words, &facts, &links));
    }
    text.push_str(&format!("-- \n{why}\n{}: {unsubscribe}\n", words.stop));
    let html = html(words, &subject, &clips, &why, unsubscribe);
    Letter { subject, text, html }
}

type Facts = [(&'static str, String)];

fn clip_as_text(words: &words::Words, facts: &Facts, (page, file): &(String, String)) -> String {
    let lines: String = facts.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    format!("{lines}{}: {page}\n{}: {file}\n\n", words.listen, words.file)
}

/// Mail readers know no style sheets, so each element has its style, and colours that are seen on light and dark.
fn clip_as_html(words: &words::Words, facts: &Facts, (page, file): &(String, String)) -> String {
    let lines: Vec<_> = facts.iter().map(|(name, value)| format!("{name}: {}", escaped(value))).collect();
    format!(
        "<div style=\"border:1px solid #8888;border-radius:8px;padding:12px 16px;margin:0 0 16px\">\
         <p style=\"margin:0 0 12px\">{}</p>\n\
         <p style=\"margin:0\"><a href=\"{}\" style=\"display:inline-block;background:#1d5fb8;color:#ffffff;\
         padding:8px 16px;border-radius:6px;text-decoration:none\">{}</a> &nbsp; <a href=\"{}\">{}</a></p></div>\n",
        lines.join("<br>\n"),
        escaped(page),
        words.listen,
        escaped(file),
        words.file
    )
}

fn html(words: &words::Words, subject: &str, clips: &str, why: &str, unsubscribe: &str) -> String {
    let (subject, why, unsubscribe) = (escaped(subject), escaped(why), escaped(unsubscribe));
    let (lang, stop) = (words.lang, words.stop);
    format!(
        "<!doctype html>\n<html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\">\
         <title>{subject}</title></head>\n\
         <body style=\"margin:0;padding:16px;font:16px/1.5 system-ui,'Segoe UI',Roboto,sans-serif\">\
         <div style=\"max-width:560px;margin:0 auto;overflow-wrap:anywhere\">\n\
         <h1 style=\"font-size:20px;line-height:1.3;margin:0 0 16px\">{subject}</h1>\n{clips}\
         <p style=\"font-size:14px;margin:0\">{why}<br>\n<a href=\"{unsubscribe}\">{stop}</a></p></div></body></html>\n"
    )
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
fn links(thread: &str, settings: &Settings, entry: &Entry, place: &Place) -> (String, String) {
    let file = entry.clip.file.as_str();
    (place.clip_in_page(thread, file), place.file(thread, &settings.media_folder, file))
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
    use crate::names::ClipName;
    use crate::thread::catalog::Clip;

    fn place() -> Place {
        Place { page: "https://a.net/c/".into(), programs: "https://a.net/c/cgi-bin/".into() }
    }

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
            script: String::new(),
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
        let letter = write("forum", &settings("Our forum", "en"), &[&entry("news")], &place(), "https://a.net/stop");
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
        let letter = write("forum", &settings("", "ru-RU"), &[&a, &b], &place(), "x");
        assert_eq!(letter.subject, "forum: новых записей: 2");
        assert_eq!(letter.text.matches("От: Ann").count(), 2);
        assert_eq!(letter.text.matches("О чём: раз").count(), 1);
    }

    #[test]
    fn what_people_write_is_one_harmless_line() {
        let letter = write("f", &settings("", "en"), &[&entry("<b>x</b>\r\nBcc: y@z\r\n\r\n\"&'")], &place(), "x");
        assert!(letter.text.contains("About: <b>x</b>  Bcc: y@z    \"&'\n"), "{}", letter.text);
        assert!(letter.html.contains("&lt;b&gt;x&lt;/b&gt;  Bcc: y@z    &quot;&amp;&#39;<br>"), "{}", letter.html);
        let mut braced = entry("");
        braced.clip.author = "{thread}".into();
        assert_eq!(write("f", &settings("", "en"), &[&braced], &place(), "x").subject, "f: a new clip from {thread}");
        let mut named = entry("");
        named.clip.author = "Eve\r\nBcc: y@z".into();
        assert!(!write("f", &settings("", "en"), &[&named], &place(), "x").subject.contains(['\r', '\n']));
    }
}
