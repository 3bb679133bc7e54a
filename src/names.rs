//! Names that a request brings, checked once and carried as types that can't be wrong.

use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::random;
use crate::text::is_treacherous;
use sha2::{Digest, Sha256};
use std::fmt;

/// A thread's name, which is its folder's: one path component in any script, of printable characters but `<>"/\`, neither
/// beginning with a dot nor beginning or ending with a space, and none of [`RESERVED`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ThreadName(String);

/// A person's name in a thread: 1 to 30 characters, none of `<>&"':;()`, no control characters, and nothing that nobody
/// sees but what joins letters and emoji.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserName(String);

/// The name of a clip's file: one path component with one of the known extensions.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClipName(String);

/// File names end at 255 bytes on every file system that a host is likely to have.
const LONGEST_FILE_NAME: usize = 255;
const LONGEST_USER_NAME: usize = 30;
/// What ends a path's component, or would be dangerous in a page whose author forgot to escape it.
const FORBIDDEN_IN_THREAD_NAMES: &str = "<>\"/\\";
/// The author of a clip that was found without one. No user has this name.
pub const NOBODY: &str = "?";
const FORBIDDEN_IN_USER_NAMES: &str = "<>&\"':;()";

/// No thread is called so, in whatever case: the site's own folders, those of the original, which had its threads
/// beside them, and what hosts put there. So a thread's folder may lie beside the page, too, and a link with a thread's
/// name leads nowhere else.
pub const RESERVED: [&str; 14] = [
    "threads", "cgi-bin", "cgi", "js", "css", "img", "sounds", "manual", "vendor", "scripts", "assets", "tests", "bin",
    "icons",
];

impl ThreadName {
    /// Checks a name from a request or a folder.
    ///
    /// # Errors
    /// `bad-thread` if it is no thread's name: it is not repeated, since it may be anything. `reserved-thread` if it
    /// is one of [`RESERVED`].
    pub fn new(name: &str) -> Result<Self> {
        if RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name)) {
            let say = format!("No thread can be called {name}: the name is the site's own. Rename the thread's folder");
            return Err(Error::refused("reserved-thread", say));
        }
        let is_component = !name.is_empty() && name.len() <= LONGEST_FILE_NAME && !name.starts_with('.');
        let is_plain = |c: char| (c == ' ' || !c.is_whitespace()) && !c.is_control() && !is_treacherous(c);
        let is_named = name.trim() == name && name.contains(|c| !is_joiner(c));
        if is_component && is_named && name.chars().all(|c| is_plain(c) && !FORBIDDEN_IN_THREAD_NAMES.contains(c)) {
            Ok(Self(name.into()))
        } else {
            Err(Error::refused(
                "bad-thread",
                "Bad thread name: < > \" / and \\ are not allowed, nor a dot or a space in front",
            ))
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl UserName {
    /// Checks a name from a request.
    ///
    /// # Errors
    /// `bad-user`, in the original's words.
    pub fn new(name: &str) -> Result<Self> {
        if name.chars().count() > LONGEST_USER_NAME {
            return Err(Error::refused("bad-user", "Too long username"));
        }
        // A lone star addresses everybody, and what was found without its author is a lone question mark's, so nobody can
        // be called so.
        let forbidden = |c: char| c.is_control() || is_treacherous(c) || FORBIDDEN_IN_USER_NAMES.contains(c);
        let is_visible = |c: char| !c.is_whitespace() && !is_joiner(c);
        if !name.contains(is_visible) || ["*", NOBODY].contains(&name) || name.contains(forbidden) {
            return Err(Error::refused("bad-user", "Forbidden symbols in username"));
        }
        Ok(Self(name.into()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What joins or parts letters in Persian and Hindi, and the pieces of an emoji: nothing by itself.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}')
}

impl ClipName {
    /// Checks a file name from a request, a catalog or a folder. `None` if it could not be a clip's.
    pub fn new(name: &str) -> Option<Self> {
        let sound = !name.starts_with('.')
            && name.len() <= LONGEST_FILE_NAME
            && !name.contains(|c: char| c == '/' || c == '\\' || c.is_control());
        (sound && crate::formats::is_known_extension(extension(name))).then(|| Self(name.into()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Makes the name of a new clip: when it came (milliseconds, base 36), the key of its upload, the extension.
    /// Names sort by time, tell nothing else, and are never used again.
    pub fn of_upload(came: Moment, key: &UploadKey, extension: &str) -> Self {
        Self(format!("{}-{}.{extension}", base36(came.millis()), key.0))
    }

    /// The key of the upload that made this clip; `None` if the name isn't one of ours.
    pub fn upload_key(&self) -> Option<UploadKey> {
        let stem = self.0.rsplit_once('.')?.0;
        let (time, key) = stem.split_once('-')?;
        let is_time = !time.is_empty() && time.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase());
        let is_key = key.len() == UploadKey::LENGTH && key.bytes().all(|b| b.is_ascii_hexdigit());
        (is_time && is_key).then(|| UploadKey(key.into()))
    }

    /// The part behind the last dot.
    pub fn extension(&self) -> &str {
        extension(&self.0)
    }
}

/// What makes an upload recognisable when it is sent again: a hash of its author and the page's `uploadId`.
/// It is part of the clip's name, so that it needs no file of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UploadKey(String);

impl UploadKey {
    const LENGTH: usize = 16;

    /// The key of an upload with an id.
    ///
    /// # Errors
    /// When the id isn't 8 to 64 letters, digits, `-` or `_`.
    pub fn new(author: &UserName, upload_id: &str) -> Result<Self> {
        let sound = (8..=64).contains(&upload_id.len())
            && upload_id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !sound {
            return Err(Error::malformed("bad-upload-id", "uploadId must be 8 to 64 letters, digits, - or _"));
        }
        let hash = Sha256::new().chain_update(author.as_str()).chain_update([0]).chain_update(upload_id).finalize();
        Ok(Self(random::to_hex(&hash[..Self::LENGTH / 2])))
    }

    /// A key for an upload without an id, as old pages send it: never seen before.
    ///
    /// # Errors
    /// When the kernel gives no random bytes.
    pub fn unique() -> Result<Self> {
        random::hex::<{ Self::LENGTH / 2 }>().map(Self)
    }

    /// As it stands in the clip's name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a page calls one stay of its person in a thread (`visit`), from coming in to goodbye: 8 to 22 letters, digits, `-`
/// or `_`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitId(String);

impl VisitId {
    /// `None` if the text is no such name.
    pub fn new(text: &str) -> Option<Self> {
        let is_sound = (8..=22).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        is_sound.then(|| Self(text.into()))
    }

    /// As the page says it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn base36(mut number: u64) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut digits = Vec::new();
    while number > 0 || digits.is_empty() {
        digits.push(char::from(DIGITS[(number % 36) as usize]));
        number /= 36;
    }
    digits.iter().rev().collect()
}

fn extension(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, ext)| ext)
}

impl fmt::Display for ThreadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ClipName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_one_path_component() {
        for good in
            ["vec", "mediaForum", "a.b-c_9", "комната", "a b", "हिन्दी", "Tom & Jerry", "50% off?", "d'Or #1", "家族+友"]
        {
            assert!(ThreadName::new(good).is_ok(), "{good}");
        }
        let long = "x".repeat(10_000);
        for bad in [
            "",
            ".",
            "..",
            "../x",
            "/etc",
            "a/b",
            "a\0",
            " a",
            "a ",
            " ",
            "a\nb",
            "a<b",
            "a\"b",
            "a\u{202e}b",
            "\u{200d}",
            ".ini",
            "a\\b",
            long.as_str(),
        ] {
            assert!(ThreadName::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_sites_own_names_are_refused_with_the_reason_and_names_like_them_are_not() {
        for reserved in ["js", "scripts", "assets", "tests", "css", "cgi-bin", "threads", "JS", "Cgi-Bin"] {
            let error = ThreadName::new(reserved).unwrap_err();
            assert_eq!(error.code(), "reserved-thread", "{reserved}");
            assert!(error.to_string().contains("site's own"), "{error}");
        }
        for good in ["js2", "tests-1", "my.css", "scripts_", "mediaForum"] {
            assert!(ThreadName::new(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn every_folder_of_the_page_is_a_reserved_name() {
        let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("htdocs");
        for entry in std::fs::read_dir(page).unwrap().map(|entry| entry.unwrap()) {
            let name = entry.file_name().to_string_lossy().into_owned();
            assert!(entry.path().is_file() || RESERVED.contains(&name.as_str()), "{name}");
        }
    }

    #[test]
    fn a_users_name_has_one_to_thirty_characters_whatever_their_bytes() {
        for good in
            ["A", "Ann", "Анна", "😀", &"ж".repeat(30), "a b", "O,K", "علی\u{200c}رضا", "👩\u{200d}💻", "👍\u{fe0f}"]
        {
            assert!(UserName::new(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            " ",
            "*",
            "?",
            "A<b",
            "a;b",
            "a(b",
            "a\nb",
            "a\0b",
            "A\u{200b}nn",
            "\u{202e}nnA",
            "\u{200d}",
            "\u{3164}",
            &"x".repeat(31),
        ] {
            assert!(UserName::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_same_upload_of_the_same_author_has_the_same_key_in_its_clips_name() {
        let ann = UserName::new("Ann").unwrap();
        let key = UploadKey::new(&ann, "0123-abc_XYZ").unwrap();
        let clip = ClipName::of_upload(Moment::from_seconds(1_763_912_788), &key, "webm");
        assert_eq!(clip.upload_key(), Some(key.clone()));
        assert_eq!(ClipName::new(clip.as_str()), Some(clip));
        assert_ne!(UploadKey::new(&UserName::new("Bob").unwrap(), "0123-abc_XYZ").unwrap(), key);
        assert!(UploadKey::new(&ann, "short").is_err() && UploadKey::new(&ann, "../../../etc").is_err());
        assert_eq!(ClipName::new("holiday.webm").unwrap().upload_key(), None);
    }

    #[test]
    fn a_clips_name_stays_in_its_folder_and_has_a_known_extension() {
        assert!(ClipName::new("a1.webm").is_some());
        for bad in ["", "webm", ".webm", "../a.webm", "a/b.webm", "a.php", "a.webm.php", "a\0.webm"] {
            assert!(ClipName::new(bad).is_none(), "{bad}");
        }
    }
}
