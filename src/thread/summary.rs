//! What a poll needs to know of the catalog, kept in a small file of its own: with a hundred thousand clips nobody reads
//! them all to find that nothing is new.
//!
//! It is a cache, and says itself when it holds: as long as the pulse counts the same change of the clips, the catalog
//! has the same size, and no clip has expired since. A change that a crash or the admin's FTP client made is not counted
//! yet; then catalog and folder disagree, and nobody looks here.

use super::catalog::{Catalog, token};
use super::pulse::Pulse;
use super::retention::Cached;
use super::{Locked, Thread};
use crate::clock::Moment;
use crate::error::Result;
use crate::files::{self, Durability, or_complain};

const SUMMARY: &str = ".summary";

/// A catalog in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The pulse's count of the clips' changes.
    clips: u64,
    /// The size of the catalog's file.
    size: u64,
    /// Whether expired clips are not listed.
    hides: bool,
    /// When the next clip expires, in seconds since 1970.
    next: u64,
    /// How many have expired.
    pub expired: u64,
    /// The token of the list that pages see.
    pub token: String,
}

/// A summary, and the catalog if that had to be read.
#[derive(Debug)]
pub struct Survey {
    /// The summary.
    pub summary: Summary,
    /// The catalog, if it was read.
    pub catalog: Option<Catalog>,
}

impl Summary {
    fn of(catalog: &Catalog, pulse: &Pulse, hides: bool, now: Moment) -> Self {
        let rows = || catalog.rows().iter();
        Self {
            clips: pulse.clips,
            size: catalog.text().len() as u64,
            hides,
            next: rows().filter(|row| !row.is_expired(now)).map(Cached::expire).min().unwrap_or(u64::MAX),
            expired: rows().filter(|row| row.is_expired(now)).count() as u64,
            token: token(&catalog.shown(hides, now)),
        }
    }

    /// Whether it still holds. A pulse that was lost counts from 0 again, which says nothing.
    fn holds(&self, pulse: &Pulse, size: u64, hides: bool, now: Moment) -> bool {
        let is_same = self.clips == pulse.clips && self.size == size && self.hides == hides;
        is_same && self.clips > 0 && now.seconds() < self.next
    }

    fn to_text(&self) -> String {
        let Self { clips, size, hides, next, expired, token } = self;
        format!("{clips} {size} {} {next} {expired} {token}\n", u8::from(*hides))
    }

    fn parse(text: &[u8]) -> Option<Self> {
        // One that was cut off has no line end.
        let line = std::str::from_utf8(text).ok()?.strip_suffix('\n')?;
        let words: [&str; 6] = line.split(' ').collect::<Vec<_>>().try_into().ok()?;
        let number = |at: usize| words[at].parse::<u64>().ok();
        Some(Self {
            clips: number(0)?,
            size: number(1)?,
            hides: number(2)? == 1,
            next: number(3)?,
            expired: number(4)?,
            token: words[5].into(),
        })
    }
}

impl Thread {
    /// The catalog in short; it is read only where that is not known. `pulse` must have been read before.
    ///
    /// # Errors
    /// When the clips can't be read, or not be mended.
    pub fn survey(&self, pulse: &Pulse, now: Moment) -> Result<Survey> {
        let hides = self.settings.hide_expired;
        let size = self.settled_size()?;
        if let Some(size) = size
            && let Some(summary) = self.summary()?.filter(|summary| summary.holds(pulse, size, hides, now))
        {
            return Ok(Survey { summary, catalog: None });
        }
        let catalog = self.catalog()?;
        let summary = Summary::of(&catalog, pulse, hides, now);
        // Where it can't be written, the next who asks reads the catalog again.
        if size.is_some_and(|size| summary.holds(pulse, size, hides, now))
            && let Some(locked) = or_complain(self.try_lock())
        {
            or_complain(locked.remember(&summary));
        }
        Ok(Survey { summary, catalog: Some(catalog) })
    }

    fn summary(&self) -> Result<Option<Summary>> {
        Ok(files::read(&self.file(SUMMARY))?.and_then(|text| Summary::parse(&text)))
    }
}

impl Locked<'_> {
    fn remember(&self, summary: &Summary) -> Result<()> {
        files::replace(&self.file(SUMMARY), summary.to_text().as_bytes(), self.file_mode(), Durability::Best)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary() -> Summary {
        Summary { clips: 7, size: 100, hides: true, next: 50, expired: 2, token: "0123456789abcdef".into() }
    }

    #[test]
    fn what_is_written_is_read_again_and_what_is_cut_off_is_not() {
        let text = summary().to_text();
        assert_eq!(Summary::parse(text.as_bytes()), Some(summary()));
        for end in 0..text.len() {
            assert_eq!(Summary::parse(&text.as_bytes()[..end]), None, "{end}");
        }
    }

    #[test]
    fn it_holds_until_anything_differs() {
        let pulse = |clips| Pulse { clips, ..Pulse::default() };
        let at = Moment::from_seconds;
        assert!(summary().holds(&pulse(7), 100, true, at(49)));
        assert!(!summary().holds(&pulse(8), 100, true, at(49)), "a change was counted");
        assert!(!summary().holds(&pulse(7), 101, true, at(49)), "another catalog");
        assert!(!summary().holds(&pulse(7), 100, false, at(49)), "another setting");
        assert!(!summary().holds(&pulse(7), 100, true, at(50)), "a clip expired");
        let lost = Summary { clips: 0, ..summary() };
        assert!(!lost.holds(&pulse(0), 100, true, at(49)), "the pulse was lost");
    }
}
