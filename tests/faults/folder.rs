//! Copies of folders that a program can't tell from the folder itself: names, contents, modes and times.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

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

/// When anything of a file or folder last changed.
pub fn changed(path: &Path) -> SystemTime {
    let metadata = fs::metadata(path).expect("a file or folder");
    let (seconds, nanoseconds) = (metadata.ctime().cast_unsigned(), metadata.ctime_nsec());
    UNIX_EPOCH + Duration::new(seconds, u32::try_from(nanoseconds).expect("nanoseconds"))
}

/// The time of a settled catalog, by that of the media folder.
pub fn settled(media: SystemTime) -> SystemTime {
    media - Duration::from_secs(3600)
}

/// Settles the clips of a thread that was copied, if those of the original are: the time of a folder can't be copied.
pub fn settle_like(original: &Path, copy: &Path) {
    let (catalog, media) = (original.join("catalog.json"), original.join("media1"));
    let time = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified());
    if media.is_dir() && time(&catalog).is_ok_and(|time| time == settled(changed(&media))) {
        let settled = settled(changed(&copy.join("media1")));
        File::open(copy.join("catalog.json")).and_then(|file| file.set_modified(settled)).expect("a catalog");
    }
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
