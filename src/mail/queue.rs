//! What waits to be mailed: a file for each clip in the thread's folder `outgoing`, which the web does not see.
//!
//! Besides there are `.due`, whose modification time says when a request should start the program (the one thing that a
//! request looks at), and which tells how often it failed and until when it pauses; `.sent.json`, who has been told of which clip; and `.lock`, which is
//! held by whoever sends. Everything but that lock is changed under the thread's own lock.

use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::files::{self, Draft, Durability};
use crate::thread::catalog::Clip;
use crate::thread::{Locked, Thread};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The folder in a thread's folder.
pub const FOLDER: &str = "outgoing";
const DUE: &str = ".due";
const SENT: &str = ".sent.json";
/// So long it is tried, as mail servers do (RFC 5321, 4.5.4.1).
pub const GIVE_UP: Duration = Duration::from_secs(5 * 86_400);
/// How long a program that sends is let alone before another one looks.
pub const IN_WORK: Duration = Duration::from_secs(600);
/// So many clips wait at most: a stranger records many in the days for which a mail server may be away.
const MOST_WAITING: usize = 500;
/// How much later than the program that waits for it a request cares for a new clip.
const GRACE: Duration = Duration::from_secs(15);

/// A clip of which people are to be told.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The clip, as the catalog has it.
    pub clip: Clip,
    /// The path of the program that took the clip, as the web server knows it.
    pub script: String,
    /// When it came.
    pub came: Moment,
}

impl Entry {
    fn parse(text: &[u8]) -> Option<Self> {
        let json: Value = serde_json::from_slice(text).ok()?;
        let text = |name: &str| json[name].as_str().map(str::to_owned);
        let script = text("script").unwrap_or_default();
        Some(Self { clip: Clip::from_row(&json["clip"])?, script, came: Moment::from_seconds(json["came"].as_u64()?) })
    }

    fn to_json(&self) -> Value {
        json!({ "clip": self.clip.to_row(), "script": self.script, "came": self.came.seconds() })
    }

    fn file(&self) -> String {
        format!("{}.json", self.clip.file.as_str())
    }
}

/// How often sending failed, and why it did last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trouble {
    /// Failures in a row.
    pub failures: u32,
    /// What the last one said.
    pub said: String,
    /// Until when nothing is tried, in seconds since 1970.
    pub until: u64,
}

/// How long to wait after so many failures in a row.
pub fn pause(failures: u32) -> Duration {
    Duration::from_secs(match failures {
        0 => 0,
        1 => 60,
        2 => 5 * 60,
        3 => 15 * 60,
        _ => 60 * 60,
    })
}

/// Whether a request should start the program that sends. One look at one file.
pub fn is_due(thread: &Thread) -> bool {
    super::is_wanted(thread) && due(thread).is_some_and(|due| due <= SystemTime::now())
}

/// When somebody should look; `None` if nothing waits.
pub fn due(thread: &Thread) -> Option<SystemTime> {
    fs::metadata(place(thread, DUE)).and_then(|due| due.modified()).ok()
}

/// How often sending has failed.
pub fn trouble(thread: &Thread) -> Trouble {
    let text = files::read(&place(thread, DUE)).ok().flatten().unwrap_or_default();
    let json: Value = serde_json::from_slice(&text).unwrap_or_default();
    let failures = json["failures"].as_u64().and_then(|count| u32::try_from(count).ok()).unwrap_or_default();
    Trouble {
        failures,
        said: json["said"].as_str().unwrap_or_default().to_owned(),
        until: json["until"].as_u64().unwrap_or_default(),
    }
}

/// Tells other requests that somebody cares for this queue for some time.
pub fn put_off(thread: &Thread, time: Duration) {
    // Should it fail, they look too.
    let _ = files::stamp(&place(thread, DUE), SystemTime::now() + time);
}

/// A file in the queue's folder.
pub(super) fn place(thread: &Thread, name: &str) -> PathBuf {
    thread.file(FOLDER).join(name)
}

/// How many clips wait.
pub fn waiting(thread: &Thread) -> usize {
    names(thread).map_or(0, |names| names.len())
}

/// Which clips each reader, known by a token, has been told of.
pub type Sent = BTreeMap<String, Vec<String>>;

/// Who was written to today, and how often.
const COUNT: &str = ".count.json";

impl Locked<'_> {
    /// Counts a mail to a reader. `false` if it is one too many for today: then none goes.
    ///
    /// # Errors
    /// When the count can't be read or written.
    pub fn count_mail(&self, token: &str, most: u64, now: Moment) -> Result<bool> {
        let path = place(self, COUNT);
        let text = files::read(&path)?.unwrap_or_default();
        let (day, mut count) = (now.seconds() / 86_400, BTreeMap::<String, u64>::new());
        let kept: Value = serde_json::from_slice(&text).unwrap_or_default();
        if kept["day"] == day {
            count = serde_json::from_value(kept["count"].clone()).unwrap_or_default();
        }
        let own = count.entry(token.to_owned()).or_default();
        *own += 1;
        let is_within = most == 0 || *own <= most;
        let text = json!({ "day": day, "count": count }).to_string();
        files::replace(&path, text.as_bytes(), self.file_mode(), Durability::Best)?;
        Ok(is_within)
    }

    /// Puts a clip into the queue, which is due after `wait`. Room in a full one comes from whoever has most in it.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn announce(&self, entry: &Entry, wait: Duration) -> Result<()> {
        make_folder(self)?;
        self.make_room()?;
        let path = place(self, &entry.file());
        files::replace(&path, entry.to_json().to_string().as_bytes(), self.file_mode(), Durability::Promised)?;
        if due(self).is_none() { self.set_due(SystemTime::now() + wait + GRACE, &Trouble::default()) } else { Ok(()) }
    }

    fn make_room(&self) -> Result<()> {
        if waiting(self) < MOST_WAITING {
            return Ok(());
        }
        let entries = self.outgoing()?;
        let mut counts = BTreeMap::<&str, usize>::new();
        entries.iter().for_each(|entry| *counts.entry(entry.clip.author.as_str()).or_default() += 1);
        let most = counts.iter().max_by_key(|(_, count)| **count).map(|(author, _)| *author);
        let oldest = entries.iter().find(|entry| Some(entry.clip.author.as_str()) == most);
        oldest.map_or(Ok(()), |entry| files::remove(&place(self, &entry.file())).map(drop))
    }

    /// Everything in the queue, oldest first.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn outgoing(&self) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for name in names(self)? {
            let path = place(self, &name);
            match files::read(&path)?.as_deref().and_then(Entry::parse) {
                Some(entry) => entries.push(entry),
                // Half a file can't be there; what else is there is nothing of ours.
                None => drop(files::remove(&path)?),
            }
        }
        entries.sort_by(|a, b| (a.came, &a.clip.file).cmp(&(b.came, &b.clip.file)));
        Ok(entries)
    }

    /// Takes clips out of the queue; with the last one goes what is kept beside it.
    ///
    /// # Errors
    /// When something can't be removed.
    pub fn announced(&self, entries: &[Entry]) -> Result<()> {
        for entry in entries {
            files::remove(&place(self, &entry.file()))?;
        }
        if names(self)?.is_empty() {
            files::remove(&place(self, SENT))?;
            files::remove(&place(self, DUE))?;
        }
        Ok(())
    }

    /// Says when somebody should look next, and why not earlier.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn set_due(&self, when: SystemTime, trouble: &Trouble) -> Result<()> {
        let text = json!({ "failures": trouble.failures, "said": trouble.said, "until": trouble.until }).to_string();
        let draft = Draft::write(&place(self, DUE), text.as_bytes(), self.file_mode(), Durability::Best)?;
        draft.stamp(when)?;
        draft.place()
    }

    /// Who has been told of which clip.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn sent(&self) -> Result<Sent> {
        let text = files::read(&place(self, SENT))?.unwrap_or_default();
        Ok(serde_json::from_slice(&text).unwrap_or_default())
    }

    /// Keeps who has been told.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn set_sent(&self, sent: &Sent) -> Result<()> {
        let text = json!(sent).to_string();
        files::replace(&place(self, SENT), text.as_bytes(), self.file_mode(), Durability::Whole)
    }
}

fn make_folder(thread: &Thread) -> Result<()> {
    let folder = thread.file(FOLDER);
    match fs::create_dir(&folder) {
        Ok(()) => {
            let mode = fs::Permissions::from_mode(thread.folder_mode());
            fs::set_permissions(&folder, mode).map_err(Error::io("make", &folder))
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(Error::io("make", &folder)(error)),
    }
}

fn names(thread: &Thread) -> Result<Vec<String>> {
    let folder = thread.file(FOLDER);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("list", &folder)(error)),
    };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    Ok(names.filter(|name| !name.starts_with('.') && name.ends_with(".json")).collect())
}

/// When a queue is to be sent: a while after its oldest entry came, so that others join it, or when a pause is over.
pub fn ready_at(oldest: Moment, wait: Duration, trouble: &Trouble) -> SystemTime {
    let since = |time: Duration| UNIX_EPOCH + time;
    if trouble.failures == 0 {
        since(Duration::from_millis(oldest.millis())) + wait
    } else {
        since(Duration::from_secs(trouble.until))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::{ClipName, ThreadName};
    use crate::site::Site;

    fn entry(file: &str, came: u64) -> Entry {
        Entry {
            clip: Clip {
                file: ClipName::new(file).unwrap(),
                author: "Ann".into(),
                date_time: String::new(),
                mime: "audio/webm".into(),
                duration: "2".into(),
                bytes: 3000,
                expire: 1_763_912_788,
                description: "\"quoted\"\nline".into(),
            },
            script: "/cgi-bin/upload.cgi".into(),
            came: Moment::from_seconds(came),
        }
    }

    fn room(folder: &tempfile::TempDir, ini: &str) -> Thread {
        fs::create_dir(folder.path().join("room")).unwrap();
        fs::write(folder.path().join("room/.ini"), ini).unwrap();
        Thread::open(&Site::at(folder.path().into()), ThreadName::new("room").unwrap()).unwrap()
    }

    #[test]
    fn pauses_grow_from_a_minute_to_an_hour_and_no_further() {
        let minutes: Vec<_> = [0, 1, 2, 3, 4, 5, 1000].map(|n| pause(n).as_secs() / 60).into();
        assert_eq!(minutes, [0, 1, 5, 15, 60, 60, 60]);
    }

    #[test]
    fn clips_wait_in_their_order_and_the_last_takes_everything_along() {
        let folder = tempfile::tempdir().unwrap();
        let room = room(&folder, "[common]\nnotifyUsers=1\n");
        assert!(!is_due(&room) && due(&room).is_none());
        let locked = room.lock().unwrap();
        let (a, b) = (entry("b.webm", 100), entry("a.webm", 200));
        locked.announce(&b, Duration::from_secs(60)).unwrap();
        locked.announce(&a, Duration::from_secs(60)).unwrap();
        assert_eq!(locked.outgoing().unwrap(), [a.clone(), b.clone()]);
        assert!(!is_due(&room), "whoever waits for it is given a while");
        let trouble = Trouble { failures: 2, said: "refused".into(), until: 7 };
        locked.set_due(SystemTime::now() - Duration::from_secs(1), &trouble).unwrap();
        assert!(is_due(&room));
        assert_eq!(super::trouble(&room), trouble);
        put_off(&room, Duration::from_secs(9));
        assert!(!is_due(&room));
        locked.set_sent(&Sent::from([("x@y".into(), vec!["b.webm".into()])])).unwrap();
        locked.announced(&[a]).unwrap();
        assert_eq!((waiting(&room), locked.sent().unwrap().len()), (1, 1));
        locked.announced(&[b]).unwrap();
        assert_eq!(fs::read_dir(room.file(FOLDER)).unwrap().count(), 0);
        assert!(due(&room).is_none());
    }

    #[test]
    fn so_many_clips_wait_and_those_go_of_whoever_has_most() {
        let folder = tempfile::tempdir().unwrap();
        let room = room(&folder, "[common]\nnotifyUsers=1\n");
        let locked = room.lock().unwrap();
        locked.announce(&entry("ann.webm", 1), Duration::ZERO).unwrap();
        let of_eve = |n: u64| {
            let mut entry = entry(&format!("eve{n}.webm"), 10 + n);
            entry.clip.author = "Eve".into();
            entry
        };
        for n in 1..MOST_WAITING as u64 {
            let entry = of_eve(n);
            fs::write(place(&room, &entry.file()), entry.to_json().to_string()).unwrap();
        }
        for n in 1000..1003 {
            locked.announce(&of_eve(n), Duration::ZERO).unwrap();
        }
        let left: Vec<_> = locked.outgoing().unwrap().into_iter().map(|entry| entry.clip.file).collect();
        assert_eq!((left.len(), left[0].as_str(), left[1].as_str()), (MOST_WAITING, "ann.webm", "eve4.webm"));
    }

    #[test]
    fn so_many_mails_go_to_a_reader_on_one_day() {
        let folder = tempfile::tempdir().unwrap();
        let room = room(&folder, "[common]\nnotifyUsers=1\n");
        let locked = room.lock().unwrap();
        locked.announce(&entry("a.webm", 1), Duration::ZERO).unwrap();
        let count = |token: &str, second| locked.count_mail(token, 2, Moment::from_seconds(second)).unwrap();
        assert_eq!(
            [count("a", 0), count("a", 1), count("a", 2), count("b", 3), count("a", 86_400)],
            [true, true, false, true, true]
        );
    }

    #[test]
    fn a_stream_sends_no_mails() {
        for (ini, wanted) in
            [("notifyUsers=1", true), ("notifyUsers=0", false), ("notifyUsers=1\nallowStream=1", false)]
        {
            let folder = tempfile::tempdir().unwrap();
            assert_eq!(super::super::is_wanted(&room(&folder, &format!("[common]\n{ini}\n"))), wanted, "{ini}");
        }
    }

    #[test]
    fn others_may_join_until_the_wait_is_over_and_a_pause_is_kept() {
        let (came, minute) = (Moment::from_seconds(1000), Duration::from_secs(60));
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        assert_eq!(ready_at(came, minute, &Trouble::default()), at(1060));
        let failed = Trouble { failures: 1, said: String::new(), until: 5000 };
        assert_eq!(ready_at(came, minute, &failed), at(5000));
    }

    #[test]
    fn something_else_in_the_folder_is_no_entry() {
        let good = entry("a.webm", 5);
        assert_eq!(Entry::parse(good.to_json().to_string().as_bytes()), Some(good));
        for text in ["", "{}", "[]", r#"{"clip":["../x.webm"],"script":"","came":1}"#] {
            assert_eq!(Entry::parse(text.as_bytes()), None, "{text}");
        }
    }
}
