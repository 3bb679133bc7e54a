//! The clips and their catalog, kept in step.
//!
//! **How a change is made safe.** Under the lock: the names of the clips that go are written to `gone.json`; the
//! next catalog is written beside the old one and synced; the new clip is renamed into the media folder; the next
//! catalog is renamed into place; the clips that go are removed; the pulse beats. The catalog carries the media
//! folder's modification time as its own (none that a folder has, as long as there are files to remove), so a
//! difference of the two says that something happened in between: a crash, or the admin's FTP client. Whoever sees the difference takes the lock and [reconciles](Locked::clips):
//! the unfinished next catalog holds if its new clip is in place; a clip that is listed but not there leaves the
//! catalog; one that is there but not listed goes if `gone.json` names it, else it is listed anew.

use super::catalog::{self, Clip, Loaded};
use super::pulse::Beat;
use super::retention::Verdict;
use super::spool::{self, Spooled};
use super::state::or_complain;
use super::{Locked, Thread};
use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::files::{self, Draft, Durability};
use crate::formats;
use crate::names::{ClipName, UploadKey};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const CATALOG: &str = "catalog.json";
/// A catalog that could not be read, kept for the admin.
const BROKEN_CATALOG: &str = "catalog.json.broken";
/// File names of the clips that went last: `[fileName, …]`, oldest first.
const GONE: &str = "gone.json";
/// So many are remembered. An upload is sent again within minutes or, by a page that was closed, within days; a
/// busy thread takes in some clips a minute.
const MOST_GONE: usize = 1000;

impl Thread {
    /// The clips, oldest first. Takes the lock only if catalog and folder disagree.
    ///
    /// # Errors
    /// When they can't be read, or not be mended.
    pub fn clips(&self) -> Result<Vec<Clip>> {
        let loaded = self.load_catalog()?;
        if loaded.sound && self.is_settled()? { Ok(loaded.clips) } else { self.lock()?.clips() }
    }

    fn load_catalog(&self) -> Result<Loaded> {
        let text = files::read(&self.file(CATALOG))?;
        Ok(text.map_or(Loaded { clips: Vec::new(), sound: true }, |text| catalog::parse(&text)))
    }

    /// Whether nothing happened to the media folder since the catalog was written.
    fn is_settled(&self) -> Result<bool> {
        let media = files::modified(&self.media_folder())?;
        let catalog = files::modified(&self.file(CATALOG))?;
        Ok(match (catalog, media) {
            (None, None) => true,
            (Some(catalog), media) => catalog == stamp_of(media),
            (None, Some(_)) => false,
        })
    }
}

/// The time that a catalog carries while files that it doesn't list any more are still to be removed.
fn unsettled() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1)
}

/// The time that the catalog of a media folder carries; of a missing folder, one that no folder has.
fn stamp_of(media: Option<SystemTime>) -> SystemTime {
    media.unwrap_or(UNIX_EPOCH)
}

impl Locked<'_> {
    /// The clips, oldest first, after catalog and folder were brought into step.
    ///
    /// # Errors
    /// When they can't be read, or not be mended.
    pub fn clips(&self) -> Result<Vec<Clip>> {
        let loaded = self.load_catalog()?;
        if loaded.sound && self.is_settled()? {
            return Ok(loaded.clips);
        }
        let clips = self.reconcile(loaded)?;
        self.write_catalog(&clips)?;
        self.beat(&Beat::Clips)?;
        Ok(clips)
    }

    /// Stores a clip and removes those that the verdict sends away.
    ///
    /// # Errors
    /// When something can't be written; then the thread is as it was.
    pub fn add(&self, clip: Clip, spooled: Spooled, verdict: Verdict) -> Result<()> {
        let Verdict { mut stay, go } = verdict;
        let media = self.make_media_folder()?;
        let file = media.join(clip.file.as_str());
        stay.push(clip);
        self.remember_gone(&go)?;
        let draft = self.draft_catalog(&stay, Durability::Promised)?;
        spooled.place(&file)?;
        let placed = self.place_catalog(draft, &go);
        if let Err(error) = placed {
            // Nobody was promised this clip: its author is told that it failed.
            or_complain(files::remove(&file));
            return Err(error);
        }
        self.sync_clips()?;
        self.remove_files(&go)?;
        or_complain(spool::sweep(&self.folder, SystemTime::now()));
        self.beat(&Beat::Clips)
    }

    /// Removes the clips that the verdict sends away: the files first, since on a full disk that makes the room for
    /// the next catalog. Until it is written, what it lists in vain is known to be gone.
    ///
    /// # Errors
    /// When something can't be removed or written.
    pub fn remove(&self, verdict: &Verdict) -> Result<()> {
        if verdict.go.is_empty() {
            return Ok(());
        }
        or_complain(self.remember_gone(&verdict.go));
        let media = self.media_folder();
        for clip in &verdict.go {
            files::remove(&media.join(clip.file.as_str()))?;
        }
        self.write_catalog(&verdict.stay)?;
        self.sync_clips()?;
        self.beat(&Beat::Clips)
    }

    /// Whether a clip with this key has been stored before, also if it has gone since; then its name.
    ///
    /// # Errors
    /// When the names of those that have gone can't be read.
    pub fn stored_before(&self, key: &UploadKey, clips: &[Clip]) -> Result<Option<ClipName>> {
        let is_it = |name: &&ClipName| name.upload_key().as_ref() == Some(key);
        let listed = clips.iter().map(|clip| &clip.file).find(is_it).cloned();
        Ok(match listed {
            None => self.gone()?.iter().find(is_it).cloned(),
            found => found,
        })
    }

    fn reconcile(&self, loaded: Loaded) -> Result<Vec<Clip>> {
        let media = self.media_folder();
        let mut files = list_clips(&media)?;
        let mut clips = match self.unfinished_catalog(&loaded, &files) {
            Some(unfinished) => unfinished,
            None => loaded.clips,
        };
        clips.retain(|clip| files.remove(&clip.file).is_some());
        let gone = self.gone()?;
        let mut found: Vec<_> = files.into_iter().collect();
        found.sort_by_key(|(_, file)| file.modified);
        for (name, file) in found {
            if gone.contains(&name) {
                or_complain(files::remove(&media.join(name.as_str())));
            } else if name.upload_key().is_some() || !loaded.sound {
                // Files with other names are the admin's; only a lost catalog makes clips of them, since that
                // of the original's clips may be lost with it.
                clips.push(self.unknown_clip(name, &file));
            }
        }
        if !loaded.sound {
            self.keep_broken_catalog();
        }
        Ok(clips)
    }

    /// The next catalog that a crash kept from its place, if its new clip is in place: then it is the one that holds.
    fn unfinished_catalog(&self, loaded: &Loaded, files: &BTreeMap<ClipName, Found>) -> Option<Vec<Clip>> {
        let text = or_complain(files::read(&files::draft_path(&self.file(CATALOG))))?;
        let unfinished = catalog::parse(&text);
        let is_listed = |file: &ClipName| loaded.clips.iter().any(|clip| clip.file == *file);
        let is_new = |clip: &Clip| files.contains_key(&clip.file) && !is_listed(&clip.file);
        (unfinished.sound && unfinished.clips.iter().any(is_new)).then_some(unfinished.clips)
    }

    /// What can be said of a clip whose line in the catalog is lost.
    fn unknown_clip(&self, file: ClipName, found: &Found) -> Clip {
        let came = found.modified.duration_since(UNIX_EPOCH).unwrap_or_default();
        let came = Moment::from_seconds(came.as_secs());
        Clip {
            author: "?".into(),
            date_time: came.catalog_time(self.settings.time_shift_hrs),
            mime: formats::mime_of_extension(file.extension()).into(),
            duration: "1".into(),
            bytes: found.bytes,
            expire: came.seconds() + self.settings.clip_lifetime_sec,
            description: String::new(),
            file,
        }
    }

    fn keep_broken_catalog(&self) {
        let path = self.file(CATALOG);
        complain_of(
            &path,
            "the catalog could not be read and is made anew; the old one is kept as catalog.json.broken",
        );
        if let Err(error) = fs::rename(&path, self.file(BROKEN_CATALOG)) {
            files::complain(&Error::io("keep", &path)(error));
        }
    }

    fn write_catalog(&self, clips: &[Clip]) -> Result<()> {
        self.place_catalog(self.draft_catalog(clips, Durability::Promised)?, &[])
    }

    fn draft_catalog(&self, clips: &[Clip], durability: Durability) -> Result<Draft> {
        let text = catalog::to_json(clips).to_string();
        Draft::write(&self.file(CATALOG), text.as_bytes(), self.file_mode(), durability)
    }

    /// Puts the next catalog into place, before the files of `go` are removed.
    fn place_catalog(&self, draft: Draft, go: &[Clip]) -> Result<()> {
        let stamp = if go.is_empty() { stamp_of(files::modified(&self.media_folder())?) } else { unsettled() };
        // A file system without such times costs a look at the folder with every request, and nothing else.
        or_complain(draft.stamp(stamp));
        draft.place()
    }

    fn sync_clips(&self) -> Result<()> {
        let media = self.media_folder();
        if media.is_dir() {
            files::sync_folder(&media)?;
        }
        files::sync_folder(&self.folder)
    }

    /// Removes evicted clips' files after they left the catalog. One that can't be removed is no reason to fail: the
    /// next difference between catalog and folder tries again.
    fn remove_files(&self, clips: &[Clip]) -> Result<()> {
        if clips.is_empty() {
            return Ok(());
        }
        let media = self.media_folder();
        for clip in clips {
            or_complain(files::remove(&media.join(clip.file.as_str())));
        }
        or_complain(self.stamp_catalog());
        Ok(())
    }

    fn stamp_catalog(&self) -> Result<()> {
        let path = self.file(CATALOG);
        let stamp = stamp_of(files::modified(&self.media_folder())?);
        let file = fs::File::open(&path).map_err(Error::io("open", &path))?;
        file.set_modified(stamp).map_err(Error::io("stamp", &path))
    }

    fn make_media_folder(&self) -> Result<std::path::PathBuf> {
        let media = self.media_folder();
        match fs::create_dir(&media) {
            Ok(()) => {
                let mode = fs::Permissions::from_mode(self.folder_mode());
                fs::set_permissions(&media, mode).map_err(Error::io("make", &media))?;
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::io("make", &media)(error)),
        }
        Ok(media)
    }

    fn gone(&self) -> Result<Vec<ClipName>> {
        let text = files::read(&self.file(GONE))?.unwrap_or_default();
        // A broken list is worth less than a thread that goes on.
        let names: Vec<String> = serde_json::from_slice(&text).unwrap_or_default();
        Ok(names.iter().filter_map(|name| ClipName::new(name)).collect())
    }

    fn remember_gone(&self, clips: &[Clip]) -> Result<()> {
        if clips.is_empty() {
            return Ok(());
        }
        let mut names = self.gone()?;
        names.extend(clips.iter().map(|clip| clip.file.clone()));
        names.drain(..names.len().saturating_sub(MOST_GONE));
        let names: Value = names.iter().map(|name| Value::from(name.as_str())).collect();
        files::replace(&self.file(GONE), names.to_string().as_bytes(), self.file_mode(), Durability::Best)
    }
}

struct Found {
    bytes: u64,
    modified: SystemTime,
}

/// The files in a media folder that could be clips; none if there is no folder.
fn list_clips(media: &Path) -> Result<BTreeMap<ClipName, Found>> {
    let entries = match fs::read_dir(media) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(Error::io("list", media)(error)),
    };
    let mut clips = BTreeMap::new();
    for entry in entries {
        let entry = entry.map_err(Error::io("list", media))?;
        let Some(name) = entry.file_name().to_str().and_then(ClipName::new) else { continue };
        // A file that is gone by now was not there.
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_file() && metadata.len() > 0 {
            clips.insert(name, Found { bytes: metadata.len(), modified: metadata.modified().unwrap_or(UNIX_EPOCH) });
        }
    }
    Ok(clips)
}

fn complain_of(path: &Path, what: &str) {
    files::complain(&Error::host(format!("{}: {what}", path.display())));
}
