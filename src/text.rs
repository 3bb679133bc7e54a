//! Text that others are to read.

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
