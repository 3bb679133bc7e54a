//! Places for those who wait in a thread: a host allows some twenty processes at a time, and each long poll is one.
//!
//! A place is a file that whoever has it keeps locked, so the kernel frees it however the program ends.

use super::Thread;
use crate::error::Error;
use crate::files;
use crate::lock::Lock;
use std::time::Duration;

/// A place, until it is dropped.
#[derive(Debug)]
pub struct Permit {
    /// `None` where the file system knows no locks, so that nobody can be counted.
    _lock: Option<Lock>,
}

impl Thread {
    /// A place to wait at, if not so many are taken already.
    pub fn take_permit(&self, most: u32) -> Option<Permit> {
        for number in 1..=most {
            let path = self.file(format!(".waiting-{number}"));
            match Lock::exclusive(&path, self.file_mode(), Duration::ZERO) {
                Ok(lock) => return Some(Permit { _lock: Some(lock) }),
                Err(Error::Busy { .. }) => {}
                Err(error) => {
                    files::complain(&error);
                    return Some(Permit { _lock: None });
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use crate::names::ThreadName;
    use crate::site::Site;
    use crate::thread::Thread;
    use std::fs;

    #[test]
    fn there_are_so_many_places_and_one_that_is_left_is_free_again() {
        let threads = tempfile::tempdir().unwrap();
        fs::create_dir(threads.path().join("room")).unwrap();
        fs::write(threads.path().join("room/.ini"), "[common]\n").unwrap();
        let open = || Thread::open(&Site::at(threads.path().into()), ThreadName::new("room").unwrap()).unwrap();
        let (first, second) = (open().take_permit(2), open().take_permit(2));
        assert!(first.is_some() && second.is_some() && open().take_permit(2).is_none());
        drop(first);
        assert!(open().take_permit(2).is_some());
        assert!(open().take_permit(0).is_none());
    }
}
