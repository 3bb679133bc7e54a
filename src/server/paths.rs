//! What a request's path asks for. Pure: it looks at no disk, and what it does not let through is never opened.

use crate::names::{ClipName, ThreadName};
use percent_encoding::percent_decode_str;
use std::path::PathBuf;

/// Where the threads are, on the wire.
pub const THREADS: &str = "threads";
/// Where the programs are, on the wire.
pub const PROGRAMS: &str = "cgi-bin";
const MEDIA: &str = "media";
const INDEX: &str = "index.html";
const PULSE: &str = "pulse.json";

/// A file that may be asked for, whether or not it exists. Paths are relative: those of the page to the page's
/// folder, the others to the folder that holds the threads.
#[derive(Debug, PartialEq, Eq)]
pub enum Asked {
    /// A file or a folder of the page.
    Page(PathBuf),
    /// A thread's folder. (A file of that name is none: ws.ini lies beside the threads.)
    Folder(PathBuf),
    /// A thread's index.html.
    Listener(PathBuf),
    /// A thread's pulse.
    Pulse(PathBuf),
    /// A clip.
    Clip(PathBuf, ClipName),
}

impl Asked {
    /// Takes a path, as it stands in the request; `None` if nothing public can be meant.
    pub fn by(path: &str) -> Option<Self> {
        let parts = components(path)?;
        let parts: Vec<_> = parts.iter().map(String::as_str).collect();
        match parts.split_first()? {
            (&THREADS, inside) => Self::of_thread(inside),
            (&PROGRAMS, _) => None,
            _ => Self::of_page(&parts),
        }
    }

    fn of_thread(inside: &[&str]) -> Option<Self> {
        let (&thread, file) = inside.split_first()?;
        let folder = PathBuf::from(ThreadName::new(thread).ok()?.as_str());
        match *file {
            // Whoever forgot the last slash is sent there.
            [] => Some(Self::Folder(folder)),
            ["" | INDEX] => Some(Self::Listener(folder.join(INDEX))),
            [PULSE] => Some(Self::Pulse(folder.join(PULSE))),
            [media, name] if media.starts_with(MEDIA) => {
                let name = ClipName::new(name)?;
                Some(Self::Clip(folder.join(media).join(name.as_str()), name))
            }
            _ => None,
        }
    }

    fn of_page(parts: &[&str]) -> Option<Self> {
        let (&last, folders) = parts.split_last()?;
        if last.ends_with(".ini") {
            return None;
        }
        let folder: PathBuf = folders.iter().collect();
        Some(Self::Page(folder.join(if last.is_empty() { INDEX } else { last })))
    }
}

/// The decoded components. Only the last may be empty; none may be hidden, lead elsewhere or hold a separator.
fn components(path: &str) -> Option<Vec<String>> {
    let parts = path.strip_prefix('/')?.split('/');
    let parts = parts.map(component).collect::<Option<Vec<_>>>()?;
    let (_, folders) = parts.split_last()?;
    folders.iter().all(|folder| !folder.is_empty()).then_some(parts)
}

fn component(encoded: &str) -> Option<String> {
    let part = percent_decode_str(encoded).decode_utf8().ok()?;
    let sound = !part.starts_with('.') && !part.contains(|c: char| c == '/' || c == '\\' || c.is_control());
    sound.then(|| part.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_public_but_for_what_is_hidden() {
        for (path, expected) in [
            ("/", "index.html"),
            ("/js/main.js", "js/main.js"),
            ("/manual/", "manual/index.html"),
            ("/manual", "manual"),
            ("/a%20b.svg", "a b.svg"),
        ] {
            assert_eq!(Asked::by(path), Some(Asked::Page(expected.into())), "{path}");
        }
    }

    #[test]
    fn of_a_thread_its_door_its_pulse_and_its_clips_are_public() {
        let clip = |name| ClipName::new(name).unwrap();
        for (path, expected) in [
            ("/threads/a", Asked::Folder("a".into())),
            ("/threads/a/", Asked::Listener("a/index.html".into())),
            ("/threads/a/index.html", Asked::Listener("a/index.html".into())),
            ("/threads/a/pulse.json", Asked::Pulse("a/pulse.json".into())),
            ("/%74hreads/a/pulse.json", Asked::Pulse("a/pulse.json".into())),
            ("/threads/a/media_x1/b.webm", Asked::Clip("a/media_x1/b.webm".into(), clip("b.webm"))),
            ("/threads/a/media/%D0%B0.oga", Asked::Clip("a/media/а.oga".into(), clip("а.oga"))),
        ] {
            assert_eq!(Asked::by(path), Some(expected), "{path}");
        }
    }

    #[test]
    fn nothing_else_is() {
        let private = [".ini", ".htaccess", ".lock", "notify.ini", "catalog.json", "users.json", "messages.json"];
        let more = ["calls.csv", "names.json", "x.webm", "other/x.webm", "media/", "media", ".media/x.webm"];
        for file in private.into_iter().chain(more) {
            assert_eq!(Asked::by(&format!("/threads/a/{file}")), None, "{file}");
            assert_eq!(Asked::by(&format!("/%74hreads/a/{file}")), None, "{file}");
        }
        for clip in ["x.php", "x.WEBM", "x", ".x.webm", "a/x.webm", "a%2fx.webm", "..%2f..%2fx.webm", "x%00.webm"] {
            assert_eq!(Asked::by(&format!("/threads/a/media/{clip}")), None, "{clip}");
        }
        let elsewhere = "* // /threads /threads/ /threads//a/users.json //threads/a/users.json /.htaccess /js/.x
            /threads/../a/pulse.json /threads/%2e%2e/x/pulse.json /threads/a%2f..%2fb/pulse.json /x/../index.html
            /cgi-bin/ /cgi-bin/mozchat.ini /cgi-bin/.htaccess /js/%2e%2e/index.html /%2e%2e%2fCargo.toml /..%5cx
            /mozchat.ini /%ff /%00";
        for path in elsewhere.split_whitespace().chain([""]) {
            assert_eq!(Asked::by(path), None, "{path}");
        }
    }
}
