//! The threads that a site shows to whoever opens its address: those with `listed="1"`.

use crate::error::{Error, Result};
use crate::names::ThreadName;
use crate::settings;
use crate::site::Site;
use std::fs;

/// A thread in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name, as in its address.
    pub name: ThreadName,
    /// Its title, or else its name.
    pub title: String,
    /// Whether it asks for a password.
    pub is_closed: bool,
}

/// More folders than this are not looked through: people read the list, and each costs a file.
const MOST_FOLDERS: usize = 1000;

/// The threads that want to be listed, by title. A thread whose settings can't be read is not shown: it is the admin's to
/// mend, and no reason to hide the others.
///
/// # Errors
/// When the folder of the threads can't be read.
pub fn listed(site: &Site) -> Result<Vec<Listed>> {
    let folder = site.threads();
    let entries = fs::read_dir(folder).map_err(Error::io("list", folder))?;
    let names = entries.take(MOST_FOLDERS).filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut found: Vec<_> = names.filter_map(|name| look(site, ThreadName::new(&name).ok()?)).collect();
    found.sort_by_cached_key(|thread| (thread.title.to_lowercase(), thread.title.clone()));
    Ok(found)
}

fn look(site: &Site, name: ThreadName) -> Option<Listed> {
    let (settings, _) = settings::load(&site.threads().join(name.as_str())).ok()?;
    settings.listed.then(|| Listed {
        title: if settings.title.is_empty() { name.as_str().into() } else { settings.title },
        is_closed: !settings.password.is_empty(),
        name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_threads_that_want_to_be_listed_are_and_by_title() {
        let threads = tempfile::tempdir().unwrap();
        let make = |name: &str, ini: &str| {
            let folder = threads.path().join(name);
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join(".ini"), ini).unwrap();
        };
        make("b", "[client]\ntitle=\"zebra\"\n[common]\nlisted=1\n");
        make("c", "[common]\nlisted=1\n[auth]\npassword=\"x\"\n");
        make("private", "[client]\ntitle=\"Secret\"\n");
        make("js", "[common]\nlisted=1\n");
        fs::write(threads.path().join("ws.ini"), "").unwrap();
        let found = listed(&Site::at(threads.path().into())).unwrap();
        let seen: Vec<_> = found.iter().map(|one| (one.name.as_str(), one.title.as_str(), one.is_closed)).collect();
        assert_eq!(seen, [("c", "c", true), ("b", "zebra", false)]);
    }
}
