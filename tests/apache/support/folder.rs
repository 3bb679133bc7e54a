//! A thread's folder, as its admin sees it over FTP.

use super::site::give_away;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// A thread's folder.
#[derive(Clone)]
pub struct Folder(PathBuf);

impl Folder {
    pub fn at(path: PathBuf) -> Self {
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A file's text.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Uploads a file over FTP.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.file(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(&path, text).expect(name);
        give_away(path.parent().expect("a parent"));
    }

    /// The rows of catalog.json; none if there is no such file.
    pub fn catalog(&self) -> Vec<Value> {
        match fs::read(self.file("catalog.json")) {
            Ok(text) => serde_json::from_slice(&text).expect("catalog.json is a JSON array"),
            Err(_) => Vec::new(),
        }
    }

    /// The file names in the catalog, in its order.
    pub fn listed(&self) -> Vec<String> {
        self.catalog().iter().map(|row| row[0].as_str().expect("a file name").to_owned()).collect()
    }

    /// The file names in the media folder, sorted.
    pub fn clips(&self) -> Vec<String> {
        self.names(Some("media"))
    }

    /// Whatever an upload that failed may have left, anywhere in the thread.
    pub fn leftovers(&self) -> Vec<String> {
        let is_leftover = |name: &String| name.ends_with(".tmp") || name.starts_with(".upload");
        self.names(None).into_iter().chain(self.clips()).filter(is_leftover).collect()
    }

    /// The places of uploads that are on their way, or broke off.
    pub fn receiving(&self) -> Vec<String> {
        self.names(None).into_iter().filter(|name| name.starts_with(".receiving-")).collect()
    }

    /// The path of the media folder, whose name begins with media.
    pub fn media(&self) -> Option<PathBuf> {
        let mut entries = fs::read_dir(&self.0).expect("the thread's folder").map(|entry| entry.expect("an entry"));
        entries.find(|entry| entry.path().is_dir() && is_media(&entry.file_name())).map(|entry| entry.path())
    }

    fn names(&self, inside: Option<&str>) -> Vec<String> {
        let Some(folder) = (if inside.is_some() { self.media() } else { Some(self.0.clone()) }) else {
            return Vec::new();
        };
        let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
        let mut names: Vec<_> = entries.map(|name| name.to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

fn is_media(name: &std::ffi::OsStr) -> bool {
    name.to_string_lossy().starts_with("media")
}
