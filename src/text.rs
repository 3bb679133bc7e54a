//! Text that others are to read, and finding something in it.

use memchr::arch::all::rabinkarp;
use memchr::memmem;

/// Whether a character is seen by nobody and serves only to make one name look like another, to turn the text around
/// it, or to break a line of a log.
pub fn is_treacherous(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' | '\u{200b}'
        | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}')
}

/// A text as one line that does nothing but stand there.
pub fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || is_treacherous(c) { ' ' } else { c }).collect()
}

/// A text that is shorter is looked through sooner than the processor has said what it can do.
const SHORT: usize = 4096;

/// Where something stands in a text for the first time. `memmem` asks the processor first which instructions it has; in a
/// virtual machine, as most hosts are, that takes some microseconds, which a poll can do without.
pub fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    if text.len() < SHORT { rabinkarp::Finder::new(wanted).find(text, wanted) } else { memmem::find(text, wanted) }
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn what_stands_first_is_found_in_short_and_long_texts() {
        for long in [0, 10, 4090, 5000] {
            let text = ["x".repeat(long).as_str(), "abab", "y"].concat();
            assert_eq!(find(text.as_bytes(), b"ab"), Some(long));
            assert_eq!(find(text.as_bytes(), b"y"), Some(long + 4));
            assert_eq!(find(text.as_bytes(), b"abb"), None);
        }
    }
}
