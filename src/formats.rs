//! The formats that clips are recorded, uploaded and served in.

use crate::error::{Error, Result};

/// Sound alone, or sound with a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Sound alone.
    Audio,
    /// Sound and picture.
    Video,
}

/// A format that a page may record in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// What the page asks `MediaRecorder.isTypeSupported` for.
    pub mime: &'static str,
    /// The extension of the clip's file, without the dot.
    pub ext: &'static str,
    /// Sound, or picture too.
    pub kind: Kind,
}

/// In order of preference: a page takes the first of its kind that its browser records.
///
/// First comes what every current browser both records and plays, so that a clip from any of them is heard in
/// all the others. Opus in WebM: Chrome and Firefox always, Safari plays it since 15 (17.4 on phones) and records
/// it since 18.4. Older Safaris record MP4 with AAC alone, which all play except builds without licensed codecs,
/// so it comes next; Ogg is last but WAV, since Safari plays it only since 18.4. For the picture, VP8 before VP9:
/// all record and play both, and a phone encodes VP8 with less heat. H.264 in WebM is Chrome's alone. (From the
/// tables of MDN's `MediaRecorder`, caniuse.com and github.com/addpipe/Media-Recorder-API-Demo.)
pub const FORMATS: &[Format] = &[
    Format { mime: "audio/webm;codecs=opus", ext: "webm", kind: Kind::Audio },
    Format { mime: "audio/mp4", ext: "m4a", kind: Kind::Audio },
    Format { mime: "audio/ogg;codecs=opus", ext: "oga", kind: Kind::Audio },
    Format { mime: "audio/wav", ext: "wav", kind: Kind::Audio },
    Format { mime: "video/webm;codecs=vp8,opus", ext: "webm", kind: Kind::Video },
    Format { mime: "video/webm;codecs=vp9,opus", ext: "webm", kind: Kind::Video },
    Format { mime: "video/mp4", ext: "mp4", kind: Kind::Video },
    Format { mime: "video/webm;codecs=h264,opus", ext: "webm", kind: Kind::Video },
];

/// An extension, the type it is served with, and the containers that may be uploaded under it.
struct Extension {
    ext: &'static str,
    serve_as: &'static str,
    containers: &'static [&'static str],
}

/// A `.webm` is served as video: an audio element plays it as well, and the other way round would hide pictures.
const EXTENSIONS: &[Extension] = &[
    Extension { ext: "webm", serve_as: "video/webm", containers: &["audio/webm", "video/webm"] },
    Extension { ext: "m4a", serve_as: "audio/mp4", containers: &["audio/mp4", "audio/x-m4a", "audio/aac"] },
    Extension { ext: "mp4", serve_as: "video/mp4", containers: &["video/mp4", "audio/mp4"] },
    Extension { ext: "oga", serve_as: "audio/ogg", containers: &["audio/ogg"] },
    Extension { ext: "ogg", serve_as: "audio/ogg", containers: &["audio/ogg"] },
    Extension { ext: "wav", serve_as: "audio/wav", containers: &["audio/wav", "audio/x-wav", "audio/wave"] },
];

const LONGEST_MIME: usize = 100;
/// How much of a refused value is repeated: it may be anything.
const SHOWN: usize = 20;

/// Whether clips may have this extension (without the dot, in lower case).
pub fn is_known_extension(ext: &str) -> bool {
    find(ext).is_some()
}

/// The type that a file with this extension is served with; for an unknown one, a type that no browser opens.
pub fn mime_of_extension(ext: &str) -> &'static str {
    find(ext).map_or("application/octet-stream", |e| e.serve_as)
}

/// Checks what an upload says of its format: a known extension, and a type that belongs to it, as
/// `audio/webm;codecs=opus` or `video/mp4; codecs="avc1.42000a, mp4a.40.2"`.
///
/// # Errors
/// `bad-format`, for an extension in the original's words.
pub fn check(mime: &str, ext: &str) -> Result<()> {
    let Some(extension) = find(ext) else {
        return Err(Error::refused("bad-format", format!("Unknown EXT={}!", shown(ext))));
    };
    if extension.takes(mime) {
        Ok(())
    } else {
        Err(Error::refused("bad-format", format!("Unknown MIME={}!", shown(mime))))
    }
}

/// Whether a file with this extension may begin like this: with what tells its container (the EBML header of RFC
/// 8794, the `ftyp` box of ISO 14496-12, an Ogg page of RFC 3533, RIFF with WAVE, an ADTS frame). Nothing that a
/// browser would take for a page begins so.
pub fn is_container(ext: &str, head: &[u8]) -> bool {
    match ext {
        "webm" => head.starts_with(&[0x1A, 0x45, 0xDF, 0xA3]),
        "m4a" => head.get(4..8) == Some(b"ftyp") || matches!(head, [0xFF, second, ..] if second & 0xF6 == 0xF0),
        "mp4" => head.get(4..8) == Some(b"ftyp"),
        "oga" | "ogg" => head.starts_with(b"OggS"),
        "wav" => head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WAVE"),
        _ => false,
    }
}

fn find(ext: &str) -> Option<&'static Extension> {
    EXTENSIONS.iter().find(|e| e.ext == ext)
}

fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(SHOWN).collect()
}

impl Extension {
    fn takes(&self, mime: &str) -> bool {
        let (container, parameters) = mime.split_once(';').map_or((mime, None), |(c, p)| (c, Some(p)));
        mime.len() <= LONGEST_MIME
            && self.containers.iter().any(|c| c.eq_ignore_ascii_case(container.trim()))
            && parameters.is_none_or(is_codecs)
    }
}

/// `codecs=a.1,b`, with or without quotes around the list.
fn is_codecs(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else {
        return parameter.trim().is_empty();
    };
    let value = value.trim();
    let list = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
    name.trim().eq_ignore_ascii_case("codecs")
        && !list.is_empty()
        && list.chars().all(|c| c.is_ascii_alphanumeric() || " .,_+-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_extension_says() {
        let heads: [(&str, &[u8]); 6] = [
            ("webm", b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81"),
            ("mp4", b"\0\0\0\x20ftypisom"),
            ("m4a", b"\0\0\0\x20ftypM4A "),
            ("oga", b"OggS\0\x02\0\0\0\0\0\0"),
            ("wav", b"RIFF\x24\0\0\0WAVE"),
            ("m4a", b"\xff\xf1\x50\x80"),
        ];
        for (ext, head) in heads {
            assert!(is_container(ext, head), "{ext}");
        }
        let others: [&[u8]; 6] = [b"", b"<!DOCTYPE htm", b"<?php echo 1;", b"<svg xmlns=", b"RIFF1234AVI ", b"GIF89a"];
        for extension in EXTENSIONS {
            assert!(others.iter().all(|head| !is_container(extension.ext, head)), "{}", extension.ext);
        }
        assert!(!is_container("webm", heads[1].1) && !is_container("html", heads[0].1));
    }

    #[test]
    fn whatever_the_page_may_record_may_be_uploaded() {
        for format in FORMATS {
            assert!(check(format.mime, format.ext).is_ok(), "{}", format.mime);
        }
    }

    #[test]
    fn browsers_spell_the_same_type_in_many_ways() {
        for (mime, ext) in [
            ("audio/webm", "webm"),
            ("audio/webm;", "webm"),
            ("Audio/WebM; Codecs=\"Opus\"", "webm"),
            ("video/webm;codecs=vp8,opus", "webm"),
            ("video/x-matroska", "webm"),
            ("video/mp4; codecs=\"avc1.42000a, mp4a.40.2\"", "mp4"),
            ("audio/mp4;codecs=mp4a.40.2", "m4a"),
            ("audio/ogg; codecs=opus", "ogg"),
            ("audio/x-wav", "wav"),
        ] {
            assert_eq!(check(mime, ext).is_ok(), mime != "video/x-matroska", "{mime}");
        }
    }

    #[test]
    fn an_unknown_extension_is_refused_in_the_originals_words_and_cut() {
        let say = |ext: &str| check("audio/wav", ext).unwrap_err().to_string();
        assert_eq!(say("php"), "Unknown EXT=php!");
        assert_eq!(say(""), "Unknown EXT=!");
        assert_eq!(say(&"я".repeat(500)), format!("Unknown EXT={}!", "я".repeat(20)));
        assert_eq!(say("a\r\nb"), "Unknown EXT=ab!");
    }

    #[test]
    fn a_type_that_is_not_the_extensions_or_could_be_markup_is_refused() {
        let long = format!("audio/webm;codecs={}", "a".repeat(100));
        for (mime, ext) in [
            ("", "webm"),
            ("text/html", "webm"),
            ("audio/wav", "webm"),
            ("video/webm", "wav"),
            ("audio/webm;codecs=", "webm"),
            ("audio/webm;codecs=\"", "webm"),
            ("audio/webm;codecs=a;b=c", "webm"),
            ("audio/webm;x=y", "webm"),
            ("audio/webm;codecs=<b>", "webm"),
            ("audio/webm\r\nX: y", "webm"),
            (&long, "webm"),
        ] {
            let error = check(mime, ext).unwrap_err();
            assert_eq!((error.code(), error.status()), ("bad-format", 200), "{mime}");
            assert!(error.to_string().starts_with("Unknown MIME="));
        }
    }

    #[test]
    fn a_clip_is_served_with_a_type_that_browsers_play() {
        for ext in ["webm", "m4a", "mp4", "oga", "ogg", "wav"] {
            assert!(is_known_extension(ext));
            assert!(matches!(mime_of_extension(ext).split_once('/'), Some(("audio" | "video", _))), "{ext}");
        }
        assert_eq!(mime_of_extension("php"), "application/octet-stream");
    }
}
