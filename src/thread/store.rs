//! The clips and their catalog, kept in step.
//!
//! **How a change is made safe.** Under the lock: the names of the clips that go are written to `gone.json`; the
//! next catalog is written beside the old one and synced; the catalog is marked as unsettled; the new clip is renamed
//! into the media folder; the next catalog is renamed into place, unsettled too; the clips that go are removed; the
//! pulse beats; the catalog is marked as settled. The mark is its modification time: an hour before the media folder last changed
//! (its change time, which nobody can set, so that also a backup that is unpacked with its times is noticed), or one that
//! no folder has. So a difference of the two says that something happened in between: a crash, a backup, or the admin's
//! FTP client. Whoever sees the difference takes the lock and [reconciles](Locked::catalog): the unfinished next catalog
//! holds if its new clip is in place; a clip that is listed but not there leaves the catalog; one that is there but
//! not listed goes if `gone.json` names it, else it is listed anew; and the pulse beats, since nobody knows whether it
//! has.

use super::catalog::{Catalog, Clip, Row};
use super::pulse::Beat;
use super::retention::Verdict;
use super::spool::Spooled;
use super::{Locked, Thread};
use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::files::{self, Draft, Durability, or_complain};
use crate::formats;
use crate::names::{ClipName, NOBODY, UploadKey};
use crate::stale::try_again;
use crate::zone;
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const CATALOG: &str = "catalog.json";
/// A catalog that could not be read, kept for the admin.
const BROKEN_CATALOG: &str = "catalog.json.broken";
/// File names of the clips that went last: `[fileName, …]`, oldest first.
const GONE: &str = "gone.json";
/// So many are remembered. An upload is sent again within minutes or, by a page that was closed, within days; a
/// busy thread takes in some clips a minute.
const MOST_GONE: usize = 1000;
/// What is about to be removed together with others has this name and a number in the media folder.
const ASIDE: &str = ".going-";
/// Of so many removed files at most the contents are kept for a moment. An upload sends away hardly more.
const MOST_AT_LEISURE: usize = 8;

impl Thread {
    /// The clips, oldest first. Takes the lock only if catalog and folder disagree.
    ///
    /// # Errors
    /// When they can't be read, or not be mended.
    pub fn clips(&self) -> Result<Vec<Clip>> {
        Ok(self.catalog()?.clips())
    }

    /// The same as the catalog's text and rows.
    ///
    /// # Errors
    /// The same.
    pub fn catalog(&self) -> Result<Catalog> {
        let (catalog, sound) = self.load_catalog()?;
        if sound && self.is_settled()? { Ok(catalog) } else { self.lock()?.catalog() }
    }

    /// Looks whether catalog and folder agree, and mends what a crash or the admin left. Where they do, the catalog need
    /// not be read for that.
    ///
    /// # Errors
    /// When they can't be read, or not be mended.
    pub fn mend_clips(&self) -> Result<()> {
        if self.is_settled()? { Ok(()) } else { self.lock()?.catalog().map(drop) }
    }

    /// The catalog, and whether it is whole.
    fn load_catalog(&self) -> Result<(Catalog, bool)> {
        let text = files::read(&self.file(CATALOG))?;
        Ok(text.map_or((Catalog::default(), true), Catalog::read))
    }

    /// Whether nothing happened to the media folder since the catalog was written.
    fn is_settled(&self) -> Result<bool> {
        Ok(self.settled_size()?.is_some())
    }

    /// The size of the catalog's text, if nothing happened to the media folder since it was written.
    pub(super) fn settled_size(&self) -> Result<Option<u64>> {
        let media = self.media_changed()?;
        Ok(match files::look(&self.file(CATALOG))? {
            Some(catalog) => (catalog.modified == stamp_of(media)).then_some(catalog.bytes),
            // No file is an empty list.
            None => media.is_none().then_some(Catalog::default().text().len() as u64),
        })
    }

    /// When the media folder last changed; `None` if there is none.
    fn media_changed(&self) -> Result<Option<SystemTime>> {
        Ok(files::look(&self.media_folder())?.map(|media| media.changed))
    }
}

/// Whether the same time may still be given to another change: some file systems (sshfs, FAT) count in whole seconds.
fn may_come_again(time: SystemTime, now: SystemTime) -> bool {
    const LONGEST_TICK: Duration = Duration::from_secs(2);
    let is_whole = time.duration_since(UNIX_EPOCH).is_ok_and(|since| since.subsec_nanos() == 0);
    is_whole && now.duration_since(time).is_ok_and(|age| age <= LONGEST_TICK)
}

/// The time that a catalog carries as long as a change is not finished.
fn unsettled() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1)
}

/// The time that the catalog of a media folder carries: an hour before the folder's, since whoever writes both at once
/// gives them the same. Of a missing folder, one that no folder has.
fn stamp_of(media: Option<SystemTime>) -> SystemTime {
    const APART: Duration = Duration::from_secs(3600);
    media.map_or(UNIX_EPOCH, |changed| changed.checked_sub(APART).unwrap_or(changed))
}

impl Locked<'_> {
    /// The clips, oldest first, after catalog and folder were brought into step.
    ///
    /// # Errors
    /// When they can't be read, or not be mended.
    pub fn catalog(&self) -> Result<Catalog> {
        let (catalog, sound) = self.load_catalog()?;
        if sound && self.is_settled()? {
            return Ok(catalog);
        }
        self.reconcile(catalog.clips(), sound).map(|clips| Catalog::of(&clips))
    }

    /// Stores a clip and removes those that the verdict sends away. What is returned is best dropped when nobody waits
    /// any more: the contents of some of these.
    ///
    /// # Errors
    /// When something can't be written; then the thread is as it was. When the disk can't say that it has kept what it
    /// was given, the clip may be there.
    pub fn add(&self, catalog: &Catalog, clip: &Clip, spooled: Spooled, verdict: &Verdict<Row>) -> Result<Vec<File>> {
        let go = names(catalog, &verdict.go);
        let media = self.make_media_folder()?;
        let file = media.join(clip.file.as_str());
        self.remember_gone(&go)?;
        let draft = self.draft_catalog(&catalog.text_of(&verdict.stay, Some(clip)))?;
        self.unsettle_clips();
        spooled.place(&file)?;
        if let Err(error) = draft.place() {
            // Nobody was promised this clip: its author is told that it failed.
            or_complain(files::remove(&file));
            return Err(error);
        }
        self.sync_clips()?;
        // One that can't be removed is no reason to fail: unsettled as the clips are then, whoever looks next tries again.
        let mut contents = Vec::new();
        let removed = go.iter().try_for_each(|name| {
            let path = media.join(name.as_str());
            if contents.len() == MOST_AT_LEISURE {
                return files::remove(&path).map(drop);
            }
            contents.extend(files::remove_at_leisure(&path)?);
            Ok(())
        });
        or_complain(removed.and_then(|()| self.settle_clips()));
        Ok(contents)
    }

    /// Removes the clips that the verdict sends away: the files first, since on a full disk that makes the room for
    /// the next catalog. When they are gone it is done: a catalog that can't be written then is mended by whoever looks
    /// next.
    ///
    /// # Errors
    /// When one of them can't be removed; then all are there.
    pub fn remove(&self, catalog: &Catalog, verdict: &Verdict<Row>) -> Result<()> {
        if verdict.go.is_empty() {
            return Ok(());
        }
        let go = names(catalog, &verdict.go);
        or_complain(self.remember_gone(&go));
        self.unsettle_clips();
        let is_clean = self.remove_all_or_none(&go)?;
        let draft = self.draft_catalog(&catalog.text_of(&verdict.stay, None));
        let kept = draft.and_then(Draft::place).and_then(|()| self.sync_clips());
        // As long as something is left, they stay unsettled, so that whoever looks next tries again.
        or_complain(kept.and_then(|()| if is_clean { self.settle_clips() } else { self.beat(&Beat::Clips) }));
        Ok(())
    }

    /// One is removed, or is not. Of several, each is put aside before the first is removed. `false` if some of them could
    /// not be removed after that.
    fn remove_all_or_none(&self, names: &[ClipName]) -> Result<bool> {
        let media = self.media_folder();
        if let [only] = names {
            return files::remove(&media.join(only.as_str())).map(|_| true);
        }
        let mut aside = Vec::new();
        for (index, name) in names.iter().enumerate() {
            let (from, to) = (media.join(name.as_str()), media.join(format!("{ASIDE}{index}.tmp")));
            match fs::rename(&from, &to) {
                Ok(()) => aside.push((from, to)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    aside.iter().for_each(|(from, to)| or_complain(put_back(to, from)));
                    return Err(Error::io("remove", &from)(error));
                }
            }
        }
        Ok(aside.iter().filter(|(_, to)| !or_complain(files::remove(to))).count() == 0)
    }

    /// Whether a clip with this key has been stored before, also if it has gone since; then its name, which may be
    /// promised: whoever stored it may have ended before the disk had it.
    ///
    /// # Errors
    /// When the names of those that have gone can't be read, or the disk can't say that it has the clip.
    pub fn stored_before(&self, key: &UploadKey, catalog: &Catalog) -> Result<Option<ClipName>> {
        if let Some(listed) = catalog.find_upload(key) {
            self.sync_clips()?;
            return Ok(Some(listed));
        }
        Ok(self.gone()?.into_iter().find(|name| name.upload_key().as_ref() == Some(key)))
    }

    /// Brings catalog and folder into step. A catalog that can't be written, as on a full disk, stops nobody: the next
    /// who looks finds the same.
    fn reconcile(&self, listed: Vec<Clip>, sound: bool) -> Result<Vec<Clip>> {
        let media = self.media_folder();
        let Listing { clips: mut files, aside } = list_clips(&media)?;
        for path in &aside {
            or_complain(files::remove(path));
        }
        let unfinished = self.unfinished_catalog(&listed, &files);
        let mut clips = unfinished.clone().unwrap_or(listed);
        clips.retain(|clip| files.remove(&clip.file).is_some());
        let gone = self.gone()?;
        let mut found: Vec<_> = files.into_iter().collect();
        found.sort_by_key(|(_, file)| file.modified);
        for (name, file) in found {
            if gone.contains(&name) {
                // Where that is forbidden for good, nobody tries again until something changes.
                or_complain(files::remove(&media.join(name.as_str())));
            } else if name.upload_key().is_some() || !sound {
                // Files with other names are the admin's; only a lost catalog makes clips of them, since that
                // of the original's clips may be lost with it.
                clips.push(self.unknown_clip(name, &file));
            }
        }
        if !sound {
            self.keep_broken_catalog();
        }
        // The one that a crash kept from its place is better placed than written anew, which would destroy it first.
        let is_it = unfinished.as_ref() == Some(&clips);
        let placed = if is_it { self.place_unfinished() } else { self.write_catalog(&clips) };
        or_complain(placed.and_then(|()| self.settle_clips()));
        Ok(clips)
    }

    /// The next catalog that a crash kept from its place, if its new clip is in place: then it is the one that holds.
    fn unfinished_catalog(&self, listed: &[Clip], files: &BTreeMap<ClipName, Found>) -> Option<Vec<Clip>> {
        let text = or_complain(files::read(&files::draft_path(&self.file(CATALOG))))?;
        let (unfinished, sound) = Catalog::read(text);
        let unfinished = unfinished.clips();
        let listed: HashSet<_> = listed.iter().map(|clip| &clip.file).collect();
        let is_new = |clip: &Clip| files.contains_key(&clip.file) && !listed.contains(&clip.file);
        (sound && unfinished.iter().any(is_new)).then_some(unfinished)
    }

    /// What can be said of a clip whose line in the catalog is lost.
    fn unknown_clip(&self, file: ClipName, found: &Found) -> Clip {
        let came = found.modified.duration_since(UNIX_EPOCH).unwrap_or_default();
        let came = Moment::from_seconds(came.as_secs());
        Clip {
            author: NOBODY.into(),
            date_time: came.catalog_time(zone::hours(came.seconds()) + self.settings.time_shift_hrs),
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

    fn place_unfinished(&self) -> Result<()> {
        let path = self.file(CATALOG);
        let draft = files::draft_path(&path);
        or_complain(files::stamp(&draft, unsettled()));
        fs::rename(draft, &path).map_err(Error::io("replace", &path))
    }

    fn write_catalog(&self, clips: &[Clip]) -> Result<()> {
        self.draft_catalog(Catalog::of(clips).text())?.place()
    }

    /// The next catalog, to be placed, and settled when everything else is done.
    fn draft_catalog(&self, text: &[u8]) -> Result<Draft> {
        let draft = Draft::write(&self.file(CATALOG), text, self.file_mode(), Durability::Promised)?;
        // A file system without such times costs a look at the folder with every request, and nothing else.
        or_complain(draft.stamp(unsettled()));
        Ok(draft)
    }

    /// Says that folder and catalog may be out of step from now on. The folder's own time would not always say it: it
    /// stands still between two ticks of the kernel's clock.
    fn unsettle_clips(&self) {
        or_complain(files::stamp(&self.file(CATALOG), unsettled()));
    }

    /// Tells the pages, and says then that folder and catalog are in step. If the pages can't be told now, whoever
    /// looks next tells them.
    fn settle_clips(&self) -> Result<()> {
        self.beat(&Beat::Clips)?;
        let media = self.media_changed()?;
        // Another change within the same tick would not be seen: whoever looks after it settles.
        let is_settled = !media.is_some_and(|changed| may_come_again(changed, SystemTime::now()));
        files::stamp(&self.file(CATALOG), if is_settled { stamp_of(media) } else { unsettled() })
    }

    fn sync_clips(&self) -> Result<()> {
        let media = self.media_folder();
        if media.is_dir() {
            files::sync_folder(&media)?;
        }
        files::sync_folder(&self.folder)
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

    fn remember_gone(&self, gone: &[ClipName]) -> Result<()> {
        if gone.is_empty() {
            return Ok(());
        }
        let mut names = self.gone()?;
        names.extend_from_slice(gone);
        names.drain(..names.len().saturating_sub(MOST_GONE));
        let names: Value = names.iter().map(|name| Value::from(name.as_str())).collect();
        files::replace(&self.file(GONE), names.to_string().as_bytes(), self.file_mode(), Durability::Whole)
    }
}

/// The file names in these rows.
fn names(catalog: &Catalog, rows: &[Row]) -> Vec<ClipName> {
    rows.iter().filter_map(|row| catalog.clip(row)).map(|clip| clip.file).collect()
}

struct Found {
    bytes: u64,
    modified: SystemTime,
}

/// What is in a media folder.
#[derive(Default)]
struct Listing {
    /// The files that could be clips.
    clips: BTreeMap<ClipName, Found>,
    /// What was put aside to be removed, and still is there.
    aside: Vec<PathBuf>,
}

fn put_back(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(Error::io("put back", to))
}

/// The files in a media folder; none if there is no folder.
fn list_clips(media: &Path) -> Result<Listing> {
    let entries = match try_again(|| fs::read_dir(media)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Listing::default()),
        Err(error) => return Err(Error::io("list", media)(error)),
    };
    let Listing { mut clips, mut aside } = Listing::default();
    for entry in entries {
        let entry = entry.map_err(Error::io("list", media))?;
        let name = entry.file_name();
        let name = name.to_str().unwrap_or_default();
        if name.starts_with(ASIDE) {
            aside.push(entry.path());
        }
        let Some(name) = ClipName::new(name) else { continue };
        // A file that is gone by now was not there.
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_file() && metadata.len() > 0 {
            clips.insert(name, Found { bytes: metadata.len(), modified: metadata.modified().unwrap_or(UNIX_EPOCH) });
        }
    }
    Ok(Listing { clips, aside })
}

fn complain_of(path: &Path, what: &str) {
    files::complain(&Error::host(format!("{}: {what}", path.display())));
}
