//! Copies of folders that a program can't tell from the folder itself: names, contents, modes and times.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// A temporary folder where syncing costs nothing, if there is such a place.
pub fn temporary() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let place = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    tempfile::Builder::new().prefix("mozchat-").tempdir_in(place).expect("a temporary folder")
}

/// Copies a folder with all that is in it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for path in entries(from) {
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("a copy");
        }
        take_time(&path, &target);
    }
    take_time(from, to);
}

/// The paths in a folder, sorted.
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path()).collect();
    paths.sort();
    paths
}

fn take_time(from: &Path, to: &Path) {
    let time = fs::metadata(from).and_then(|metadata| metadata.modified()).expect("a time");
    File::open(to).and_then(|file| file.set_modified(time)).expect("a file with a time");
}
