//! A thread's key: `.pulse-key`, `<32 hexadecimal digits> <the thread's name>`. It makes the hashes in the pulse, the names
//! of cookies and what is sealed; the web never sees it.
//!
//! A thread is often made by copying the folder of another one. Two threads with one key would share their cookies, and
//! names held in one would lock people out of the other; so the key belongs to the name beside it. A key whose name is
//! another one's came with a copy, if that other thread still has it, and is replaced; else the folder was renamed, and
//! keeps it. Earlier versions wrote no name: there the first of those who have the same key keeps it.

use super::{Locked, Thread};
use crate::auth::keyed;
use crate::error::Result;
use crate::files::{self, Durability, or_complain};
use crate::names::ThreadName;
use crate::random::{self, to_hex};
use hmac::Mac;
use std::fs;

/// The file.
pub(super) const PULSE_KEY: &str = ".pulse-key";

/// The key and the name in a file's text; no name as earlier versions wrote it. `None` if there is no key.
fn parts(text: &[u8]) -> Option<(String, Option<String>)> {
    let text = String::from_utf8_lossy(text);
    let mut words = text.split_ascii_whitespace().map(str::to_owned);
    Some((words.next()?, words.next()))
}

/// The key in a file's text, if it is that of the thread with this name.
pub(super) fn own(text: &[u8], name: &ThreadName) -> Option<String> {
    let (key, of) = parts(text)?;
    (of.as_deref() == Some(name.as_str())).then_some(key)
}

impl Thread {
    /// Whether another thread has this key and its own name beside it; `of` is its name, where that is known.
    fn is_anothers_key(&self, key: &str, of: Option<&str>) -> bool {
        let Some(threads) = self.folder.parent() else { return false };
        let has_it = |other: &str| {
            let text = files::read(&threads.join(other).join(PULSE_KEY)).ok().flatten().unwrap_or_default();
            other != self.name.as_str()
                && parts(&text).is_some_and(|(its, of)| its == key && of.as_deref() == Some(other))
        };
        match of {
            // A name may be anything, and is used as a path here.
            Some(of) => ThreadName::new(of).is_ok_and(|of| has_it(of.as_str())),
            None => {
                let entries = fs::read_dir(threads).into_iter().flatten().flatten();
                entries.filter_map(|entry| entry.file_name().into_string().ok()).any(|other| has_it(&other))
            }
        }
    }
}

impl Locked<'_> {
    /// The thread's key, made or made its own at the first call.
    ///
    /// # Errors
    /// When it can't be read, or a new one not be written.
    pub(super) fn make_key(&self) -> Result<String> {
        match parts(&self.read(PULSE_KEY)?) {
            None => {
                let key = random::hex::<16>()?;
                // The cookies of all who hold a name have it in their names.
                self.write_key(&key)?;
                Ok(key)
            }
            Some((key, of)) if of.as_deref() == Some(self.name.as_str()) => Ok(key),
            Some((key, of)) if self.is_anothers_key(&key, of.as_deref()) => Ok(self.replace_copied_key(&key)),
            Some((key, _)) => {
                // On a full disk it does as well without its name.
                or_complain(self.write_key(&key));
                Ok(key)
            }
        }
    }

    /// A key instead of one that came with a copy. Who held a name in the other thread holds none here.
    fn replace_copied_key(&self, copied: &str) -> String {
        // The same each time, should it not be possible to write it.
        let made = to_hex(&keyed(copied, &["copy", self.name.as_str()]).finalize().into_bytes()[..16]);
        let freed = self.change_holders(|holders| {
            holders.free_all();
            (true, ())
        });
        or_complain(freed.and_then(|()| self.write_key(&made)));
        made
    }

    fn write_key(&self, key: &str) -> Result<()> {
        let text = format!("{key} {}\n", self.name);
        files::replace(&self.file(PULSE_KEY), text.as_bytes(), self.file_mode(), Durability::Promised)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::UserName;
    use crate::site::Site;

    fn open(threads: &tempfile::TempDir, name: &str) -> Thread {
        fs::create_dir_all(threads.path().join(name)).unwrap();
        fs::write(threads.path().join(name).join(".ini"), "[common]\n").unwrap();
        Thread::open(&Site::at(threads.path().into()), ThreadName::new(name).unwrap()).unwrap()
    }

    fn copy_key(from: &Thread, to: &Thread) {
        fs::copy(from.file(PULSE_KEY), to.file(PULSE_KEY)).unwrap();
    }

    #[test]
    fn a_key_that_came_with_a_copy_is_replaced_and_the_names_in_the_copy_are_free() {
        let threads = tempfile::tempdir().unwrap();
        let (first, second) = (open(&threads, "first"), open(&threads, "second"));
        let (key, eve) = (first.key().unwrap(), UserName::new("Eve").unwrap());
        let ban = |thread: &Thread| thread.lock().unwrap().change_holders(|holders| (true, holders.ban(&eve, true)));
        ban(&first).unwrap();
        fs::copy(first.file("names.json"), second.file("names.json")).unwrap();
        copy_key(&first, &second);
        let own = second.key().unwrap();
        assert_ne!(own, key);
        assert_eq!((open(&threads, "first").key().unwrap(), open(&threads, "second").key().unwrap()), (key, own));
        let list = crate::auth::holders::Holders::parse(&second.holders_text().unwrap());
        assert_eq!(list.silenced().1, ["Eve"], "who is banned stays so");
    }

    #[test]
    fn a_renamed_folder_keeps_its_key() {
        let threads = tempfile::tempdir().unwrap();
        let key = open(&threads, "old").key().unwrap();
        fs::rename(threads.path().join("old"), threads.path().join("new")).unwrap();
        assert_eq!(open(&threads, "new").key().unwrap(), key);
        // Somebody makes a thread of the old name from it.
        let old = open(&threads, "old");
        copy_key(&open(&threads, "new"), &old);
        assert_ne!(old.key().unwrap(), key);
    }

    #[test]
    fn of_copies_that_an_earlier_version_left_the_first_keeps_the_key() {
        let threads = tempfile::tempdir().unwrap();
        for name in ["first", "second"] {
            fs::write(open(&threads, name).file(PULSE_KEY), "0123456789abcdef0123456789abcdef").unwrap();
        }
        assert_eq!(open(&threads, "first").key().unwrap(), "0123456789abcdef0123456789abcdef");
        assert_ne!(open(&threads, "second").key().unwrap(), "0123456789abcdef0123456789abcdef");
    }

    #[test]
    fn a_key_file_that_names_something_else_than_a_thread_is_no_way_out_of_the_folder() {
        let threads = tempfile::tempdir().unwrap();
        let room = open(&threads, "room");
        fs::write(room.file(PULSE_KEY), "0123 ../../etc").unwrap();
        assert_eq!(room.key().unwrap(), "0123");
    }
}
