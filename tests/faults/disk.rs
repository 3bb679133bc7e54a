//! What a disk may hold after the machine has crashed: everything that was synced, and of the rest whatever it likes.
//!
//! The rules are those of file systems with a journal (ext4 with delayed allocation, XFS, Btrfs), taken strictly:
//! - the data of a file that was not synced may be whole, missing, or cut off;
//! - names that were made, moved or removed in a folder, and times that were set in it, reach the disk in their order,
//!   but how many of them have is open until the folder is synced, and each folder is on its own;
//! - a move from one folder to another has happened in both or in neither.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A file or folder in the model: its place in [`Disk::files`].
type Node = usize;
type Name = (Folder, String);
/// What is left of the data of a file that was not synced.
type Ruin = fn(&[u8]) -> Vec<u8>;

/// The thread's folder, or the one of its clips.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Folder {
    Thread,
    Media,
}

/// Something that was done to the names or times.
#[derive(Clone, Debug)]
enum Change {
    Make(Name, Node),
    /// Of a file that had no name, which is as much as making it.
    Link(Name, Node),
    Move(Name, Name),
    Remove(Name),
    Stamp(Folder, Node, SystemTime),
    MakeMedia,
}

impl Change {
    /// The folders in which it happens.
    fn folders(&self) -> BTreeSet<Folder> {
        match self {
            Self::Make(name, _) | Self::Link(name, _) | Self::Remove(name) => [name.0].into(),
            Self::Move(from, to) => [from.0, to.0].into(),
            Self::Stamp(folder, ..) => [*folder].into(),
            Self::MakeMedia => [Folder::Thread].into(),
        }
    }
}

/// One file's contents: as the programs see them, and as far as they are on the disk for sure.
#[derive(Clone, Debug, Default)]
struct Contents {
    data: Vec<u8>,
    synced: Vec<u8>,
}

/// A disk in the model.
#[derive(Clone, Default)]
pub struct Disk {
    files: Vec<Contents>,
    /// Names and times before the first change.
    first: Names,
    /// Names and times as the programs see them.
    now: Names,
    changes: Vec<Change>,
    /// How many of the changes in each folder are on the disk for sure.
    synced: BTreeMap<Folder, usize>,
}

#[derive(Clone, Default)]
struct Names {
    names: BTreeMap<Name, Node>,
    times: BTreeMap<Node, SystemTime>,
    /// When names in the media folder changed last; `None` if there is no such folder.
    media: Option<SystemTime>,
}

/// What a disk may hold: names with contents, and times.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remains {
    files: BTreeMap<Name, (Vec<u8>, Option<SystemTime>)>,
    media: Option<SystemTime>,
}

impl Disk {
    /// A thread's folder, everything in which is on the disk.
    pub fn of(room: &Path) -> Self {
        let mut disk = Self::default();
        disk.take_in(room, Folder::Thread);
        let media = room.join("media1");
        if media.is_dir() {
            disk.take_in(&media, Folder::Media);
            disk.first.media = Some(crate::folder::changed(&media));
        }
        disk.now = disk.first.clone();
        disk
    }

    fn take_in(&mut self, path: &Path, folder: Folder) {
        for file in crate::folder::entries(path).into_iter().filter(|path| path.is_file()) {
            let data = fs::read(&file).expect("a file");
            self.first.times.insert(self.files.len(), modified(&file));
            let name = file.file_name().expect("a name").to_string_lossy().into_owned();
            self.first.names.insert((folder, name), self.files.len());
            self.files.push(Contents { synced: data.clone(), data });
        }
    }

    pub fn find(&self, name: &Name) -> Option<Node> {
        self.now.names.get(name).copied()
    }

    pub fn make(&mut self, name: Name) -> Node {
        let node = self.files.len();
        self.files.push(Contents::default());
        self.change(Change::Make(name, node));
        node
    }

    pub fn make_unnamed(&mut self) -> Node {
        self.files.push(Contents::default());
        self.files.len() - 1
    }

    pub fn link(&mut self, node: Node, name: Name) {
        self.change(Change::Link(name, node));
    }

    pub fn truncate(&mut self, node: Node) {
        self.files[node].data.clear();
    }

    pub fn write(&mut self, node: Node, bytes: &[u8]) {
        self.files[node].data.extend_from_slice(bytes);
    }

    pub fn sync(&mut self, node: Node) {
        self.files[node].synced = self.files[node].data.clone();
    }

    pub fn sync_folder(&mut self, folder: Folder) {
        let done = self.changes.iter().filter(|change| change.folders().contains(&folder)).count();
        self.synced.insert(folder, done);
    }

    pub fn rename(&mut self, from: Name, to: Name) {
        self.change(Change::Move(from, to));
    }

    pub fn remove(&mut self, name: Name) {
        self.change(Change::Remove(name));
    }

    pub fn make_media(&mut self) {
        self.change(Change::MakeMedia);
    }

    /// Sets a file's time: to the first second, which no folder has, or to the media folder's.
    pub fn stamp(&mut self, node: Node, is_unsettled: bool) {
        let time = if is_unsettled {
            UNIX_EPOCH + Duration::from_secs(1)
        } else {
            self.now.media.map_or(UNIX_EPOCH, crate::folder::settled)
        };
        self.change(Change::Stamp(Folder::Thread, node, time));
    }

    fn change(&mut self, change: Change) {
        self.now.apply(&change, self.changes.len());
        self.changes.push(change);
    }

    /// Everything that the disk may hold if the machine crashes now.
    pub fn after_a_crash(&self) -> BTreeSet<Remains> {
        let mut all = BTreeSet::new();
        for thread in self.possible(Folder::Thread) {
            for media in self.possible(Folder::Media) {
                if let Some(names) = self.names_with(thread, media) {
                    self.with_any_contents(&names, &mut all);
                }
            }
        }
        all
    }

    /// How many changes in a folder may have reached the disk.
    fn possible(&self, folder: Folder) -> std::ops::RangeInclusive<usize> {
        let all = self.changes.iter().filter(|change| change.folders().contains(&folder)).count();
        self.synced.get(&folder).copied().unwrap_or_default()..=all
    }

    /// The names after so many changes in each folder; `None` if a move would have happened in one of them only.
    fn names_with(&self, thread: usize, media: usize) -> Option<Names> {
        let mut names = self.first.clone();
        let mut left = BTreeMap::from([(Folder::Thread, thread), (Folder::Media, media)]);
        for (index, change) in self.changes.iter().enumerate() {
            let folders = change.folders();
            let has_happened: Vec<_> = folders.iter().map(|folder| left[folder] > 0).collect();
            if has_happened.iter().any(|has| *has != has_happened[0]) {
                return None;
            }
            if has_happened[0] {
                folders.iter().for_each(|folder| *left.get_mut(folder).expect("a folder") -= 1);
                names.apply(change, index);
            }
        }
        let in_media = names.names.keys().any(|(folder, _)| *folder == Folder::Media);
        (names.media.is_some() || !in_media).then_some(names)
    }

    fn with_any_contents(&self, names: &Names, all: &mut BTreeSet<Remains>) {
        let unsynced: Vec<_> = names.names.values().filter(|node| self.is_unsynced(**node)).collect();
        all.insert(self.remains(names, |_, whole| whole.to_vec()));
        let ruins: [Ruin; 3] = [
            |_| Vec::new(),
            |whole| whole[..whole.len() / 2].to_vec(),
            // The length is there, and the data is not.
            |whole| vec![0; whole.len()],
        ];
        for ruin in ruins {
            all.insert(
                self.remains(names, |node, whole| if self.is_unsynced(node) { ruin(whole) } else { whole.to_vec() }),
            );
            for victim in &unsynced {
                all.insert(
                    self.remains(names, |node, whole| if node == **victim { ruin(whole) } else { whole.to_vec() }),
                );
            }
        }
    }

    fn is_unsynced(&self, node: Node) -> bool {
        self.files[node].data != self.files[node].synced
    }

    fn remains(&self, names: &Names, contents: impl Fn(Node, &[u8]) -> Vec<u8>) -> Remains {
        let files = names.names.iter().map(|(name, node)| {
            let data = contents(*node, &self.files[*node].data);
            (name.clone(), (data, names.times.get(node).copied()))
        });
        Remains { files: files.collect(), media: names.media }
    }
}

impl Names {
    fn apply(&mut self, change: &Change, index: usize) {
        // A time of its own for each change, unlike all that there were before.
        let time = UNIX_EPOCH + Duration::from_secs(2_000_000_000 + index as u64);
        match change {
            Change::Make(name, node) | Change::Link(name, node) => drop(self.names.insert(name.clone(), *node)),
            Change::Remove(name) => drop(self.names.remove(name)),
            Change::Move(from, to) => {
                let node = self.names.remove(from).expect("what is moved is there");
                self.names.insert(to.clone(), node);
            }
            Change::Stamp(_, node, time) => drop(self.times.insert(*node, *time)),
            Change::MakeMedia => self.media = Some(time),
        }
        let is_in_media =
            !matches!(change, Change::Stamp(..) | Change::MakeMedia) && change.folders().contains(&Folder::Media);
        if is_in_media {
            self.media = Some(time);
        }
    }
}

impl Remains {
    /// Makes a thread's folder of it.
    pub fn put_into(&self, room: &Path) {
        fs::create_dir_all(room).expect("a folder");
        let media = room.join("media1");
        if self.media.is_some() {
            fs::create_dir_all(&media).expect("a folder");
        }
        for ((folder, name), (data, time)) in &self.files {
            let path = if *folder == Folder::Media { media.join(name) } else { room.join(name) };
            fs::write(&path, data).expect("a file");
            if let Some(time) = time {
                stamp(&path, *time);
            }
        }
        // The folder's time can't be set. A catalog that carries it carries it again.
        let catalog = self.files.get(&(Folder::Thread, "catalog.json".into()));
        if let (Some((_, Some(time))), Some(changed)) = (catalog, self.media)
            && *time == crate::folder::settled(changed)
        {
            stamp(&room.join("catalog.json"), crate::folder::settled(crate::folder::changed(&media)));
        }
    }
}

fn stamp(path: &Path, time: SystemTime) {
    File::open(path).and_then(|file| file.set_modified(time)).expect("a time");
}

fn modified(path: &Path) -> SystemTime {
    fs::metadata(path).and_then(|metadata| metadata.modified()).expect("a time")
}

impl std::fmt::Display for Remains {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seconds = |time: Option<SystemTime>| time.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        write!(f, "media: {:?};", seconds(self.media))?;
        for ((folder, name), (data, time)) in &self.files {
            let text: String =
                String::from_utf8_lossy(data).chars().take(40).map(|c| if c.is_control() { '.' } else { c }).collect();
            let is_catalog = name.contains("catalog");
            write!(f, " {folder:?}/{name} ({} bytes) {text}", data.len())?;
            if is_catalog {
                write!(f, " {:?}", seconds(*time))?;
            }
            f.write_str(";")?;
        }
        Ok(())
    }
}
