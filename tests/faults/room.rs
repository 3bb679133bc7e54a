//! A thread in a folder of its own, and the people in it, with their cookies.

use crate::browser::{blob, multipart};
use crate::folder;
use crate::http::Answer;
use crate::programs::{Request, is_done};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// The thread `room`.
pub struct Room {
    folder: TempDir,
    cookies: BTreeMap<String, BTreeMap<String, String>>,
}

impl Room {
    /// A thread that nobody has been in yet.
    pub fn new(ini: &str) -> Self {
        let room = Self { folder: folder::temporary(), cookies: BTreeMap::new() };
        fs::create_dir_all(room.file("")).expect("a folder");
        fs::write(room.file(".ini"), format!("[common]\nmediaFolder=media1\n{ini}")).expect(".ini");
        room
    }

    /// The same thread and people elsewhere.
    pub fn copy(&self) -> Self {
        let copy = Self { folder: folder::temporary(), cookies: self.cookies.clone() };
        folder::copy(&self.threads(), &copy.threads());
        folder::settle_like(&self.file(""), &copy.file(""));
        copy
    }

    /// The same people in an empty folder.
    pub fn emptied(&self) -> Self {
        Self { folder: folder::temporary(), cookies: self.cookies.clone() }
    }

    pub fn threads(&self) -> PathBuf {
        self.folder.path().join("threads")
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.threads().join("room").join(name)
    }

    /// The names of the files in the thread's folder, or in the media folder, sorted.
    pub fn names(&self, inside: &str) -> Vec<String> {
        if !self.file(inside).is_dir() {
            return Vec::new();
        }
        let name = |path: PathBuf| path.file_name().expect("a name").to_string_lossy().into_owned();
        folder::entries(&self.file(inside)).into_iter().map(name).collect()
    }

    /// A user's request, with the cookies that the user has.
    pub fn request(&self, user: &str, program: &'static str, act: &str, more: &Value) -> Request {
        let mut object =
            Map::from_iter([("user".into(), json!(user)), ("realm".into(), json!("room")), ("act".into(), json!(act))]);
        object.extend(more.as_object().cloned().unwrap_or_default());
        self.with_cookies(user, Request::json(program, &Value::Object(object)))
    }

    /// A user's upload of a clip, whose contents follow from its description.
    pub fn upload(&self, user: &str, description: &str) -> Request {
        let id = format!("upload-{description}");
        let fields = [("user", user), ("realm", "room"), ("act", "uploadBlob"), ("uploadId", &id)];
        let more = [("mime", "audio/webm"), ("ext", "webm"), ("duration", "2"), ("description", description)];
        let body = multipart(&[fields.as_slice(), &more].concat(), Some(&clip(description)));
        self.with_cookies(user, Request::form("upload", body))
    }

    /// Runs a user's request, keeps the cookies that come back, and expects that it is done.
    pub fn done(&mut self, user: &str, program: &'static str, act: &str, more: &Value) -> Value {
        self.run(user, &self.request(user, program, act, more))
    }

    /// The same for an upload; returns the clip's file name.
    pub fn uploaded(&mut self, user: &str, description: &str) -> String {
        self.run(user, &self.upload(user, description))["id"].as_str().expect("an id").to_owned()
    }

    /// A user who has come twice, and whose name is held since.
    pub fn settle(&mut self, user: &str) {
        for _ in 0..2 {
            self.done(user, "users", "online", &json!({}));
        }
    }

    pub fn run(&mut self, user: &str, request: &Request) -> Value {
        let answer = request.run(&self.threads());
        assert!(is_done(&answer), "{user} {}: {}", request.program, String::from_utf8_lossy(&answer.body));
        self.keep_cookies(user, &answer);
        answer.json()
    }

    /// Takes the cookies of an answer along.
    pub fn keep_cookies(&mut self, user: &str, answer: &Answer) {
        for (_, cookie) in answer.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie")) {
            if let Some((name, value)) = cookie.split(';').next().and_then(|pair| pair.split_once('=')) {
                self.cookies.entry(user.into()).or_default().insert(name.into(), value.into());
            }
        }
    }

    fn with_cookies(&self, user: &str, mut request: Request) -> Request {
        let jar = self.cookies.get(user).into_iter().flatten();
        request.cookies = jar.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
        request
    }
}

/// The bytes of the clip with this description: of a length of their own.
pub fn clip(description: &str) -> Vec<u8> {
    let length = 1000 + description.bytes().map(usize::from).sum::<usize>();
    let mut clip = blob("webm", length);
    clip.extend_from_slice(description.as_bytes());
    clip
}
