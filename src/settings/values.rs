//! What the values of settings may be. Each function takes the text of a value and says what is wrong with it.

use crate::names::UserName;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// What happens when a recording ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnRecorded {
    /// The person listens to it first, and uploads it or not.
    Stop,
    /// It is uploaded at once.
    Upload,
}

/// How often the page asks for news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PollFactor {
    /// Every so many tenths of a second.
    Tenths(u32),
    /// By a request that waits until there is news.
    Long,
    /// Only when the person asks.
    Off,
}

type Value<T> = Result<T, String>;

const LONGEST_TEXT: usize = 1000;
const LONGEST_FOLDER: usize = 100;
const LONGEST_ADDRESS: usize = 253;
const MEDIA: &str = "media";

/// A whole number in a range.
pub(super) fn whole<T: FromStr + PartialOrd + std::fmt::Display>(text: &str, range: RangeInclusive<T>) -> Value<T> {
    let (least, most) = (range.start(), range.end());
    match text.trim().parse() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(format!("{} is no whole number from {least} to {most}", shown(text))),
    }
}

/// Hours, perhaps with a fraction: the time zones of the world and a little more.
pub(super) fn hours(text: &str) -> Value<f64> {
    match text.trim().parse::<f64>() {
        Ok(hours) if (-26.0..=26.0).contains(&hours) => Ok(hours),
        _ => Err(format!("{} is no number of hours from -26 to 26", shown(text))),
    }
}

/// 1 or 0, in the words that PHP pages took for them.
pub(super) fn flag(text: &str) -> Value<bool> {
    let is_one_of = |words: &[&str]| words.iter().any(|w| w.eq_ignore_ascii_case(text.trim()));
    if is_one_of(&["1", "on", "yes", "true"]) {
        Ok(true)
    } else if is_one_of(&["0", "off", "no", "false", "none", ""]) {
        Ok(false)
    } else {
        Err(format!("{} is neither 1 nor 0", shown(text)))
    }
}

/// A line of text.
pub(super) fn text(text: &str) -> Value<String> {
    let text = text.trim();
    if text.chars().count() > LONGEST_TEXT {
        Err(format!("it is longer than {LONGEST_TEXT} characters"))
    } else if text.contains(char::is_control) {
        Err("it has control characters, such as tabs".into())
    } else {
        Ok(text.into())
    }
}

/// Names with commas between.
pub(super) fn names(text: &str) -> Value<Vec<String>> {
    let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    names
        .map(|name| match UserName::new(name) {
            Ok(name) => Ok(name.as_str().to_owned()),
            Err(_) => Err(format!("{} is no name that anybody could have", shown(name))),
        })
        .collect()
}

/// A language, as `en` or `pt-BR`, or none.
pub(super) fn language(text: &str) -> Value<String> {
    let text = text.trim();
    let is_tag = text.len() <= 35 && text.split('-').all(|part| (1..=8).contains(&part.len()));
    if text.is_empty() || is_tag && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        Ok(text.into())
    } else {
        Err(format!("{} is no language code such as en", shown(text)))
    }
}

/// The media folder's name: "media" is put in front if it isn't there, and it stays inside the thread.
pub(super) fn media_folder(text: &str) -> Value<String> {
    let text = text.trim();
    let is_component =
        text.len() <= LONGEST_FOLDER && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    if !is_component {
        return Err(format!("{} is no folder name of letters, digits, _, - and .", shown(text)));
    }
    Ok(if text.starts_with(MEDIA) { text.into() } else { format!("{MEDIA}{text}") })
}

/// `google`, `this`, or a server's name or number, perhaps in brackets.
pub(super) fn ice_address(text: &str) -> Value<String> {
    let text = text.trim();
    if is_address(text) { Ok(text.into()) } else { Err(format!("{} is no server's name", shown(text))) }
}

/// Whether this could be the name or number of a server: letters, digits, dots, hyphens, colons and brackets.
pub(crate) fn is_address(text: &str) -> bool {
    (1..=LONGEST_ADDRESS).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || ".-:[]".contains(c))
        && text.contains(|c: char| c.is_ascii_alphanumeric())
}

/// `stop` or `upload`.
pub(super) fn on_recorded(text: &str) -> Value<OnRecorded> {
    match text.trim() {
        "stop" => Ok(OnRecorded::Stop),
        "upload" => Ok(OnRecorded::Upload),
        _ => Err(format!("{} is neither stop nor upload", shown(text))),
    }
}

/// Tenths of a second, `l` or `off`.
pub(super) fn poll_factor(text: &str) -> Value<PollFactor> {
    match text.trim() {
        "l" | "long" => Ok(PollFactor::Long),
        "off" | "0" => Ok(PollFactor::Off),
        number => {
            whole(number, 1..=36_000).map(PollFactor::Tenths).map_err(|reason| format!("{reason}, nor l, nor off"))
        }
    }
}

/// A value in quotes, cut: it may be anything.
fn shown(text: &str) -> String {
    let cut: String = text.chars().filter(|c| !c.is_control()).take(40).collect();
    format!("\"{cut}\"")
}
