//! Which clips stay and which go. Pure: takes the clips and the time, says who goes.

use crate::clock::Moment;
use crate::settings::Settings;

/// What the rules need to know of a clip.
pub trait Cached {
    /// Its size.
    fn bytes(&self) -> u64;

    /// When its time is over, in seconds since 1970.
    fn expire(&self) -> u64;

    /// Whether its time is over.
    fn is_expired(&self, now: Moment) -> bool {
        self.expire() <= now.seconds()
    }
}

/// The outcome of a rule.
#[derive(Debug, PartialEq)]
pub struct Verdict<T> {
    /// In the catalog's order.
    pub stay: Vec<T>,
    /// In the catalog's order.
    pub go: Vec<T>,
}

/// Makes room for a clip of `bytes`, as the original did: first the expired go, then the oldest over
/// `maxClipCount`, then the oldest over `maxMediaFolderBytes`. The new clip must fit into an empty folder.
pub fn make_room<T: Cached>(clips: Vec<T>, bytes: u64, settings: &Settings, now: Moment) -> Verdict<T> {
    let Verdict { mut stay, mut go } = expire(clips, now);
    let over_count = match settings.max_clip_count {
        0 => 0,
        most => (stay.len() as u64 + 1).saturating_sub(most.into()),
    };
    let mut total = total_bytes(&stay) + bytes;
    let oldest = stay.iter().enumerate().take_while(|(index, clip)| {
        let goes = (*index as u64) < over_count || total > settings.max_media_folder_bytes;
        total -= if goes { clip.bytes() } else { 0 };
        goes
    });
    let count = oldest.count();
    go.extend(stay.drain(..count));
    Verdict { stay, go }
}

/// The expired go.
pub fn expire<T: Cached>(clips: Vec<T>, now: Moment) -> Verdict<T> {
    let (go, stay) = clips.into_iter().partition(|clip| clip.is_expired(now));
    Verdict { stay, go }
}

/// The largest clip that the thread takes, in bytes: also no larger than its whole folder may be, since it
/// would drive out everything else and then itself.
pub fn largest_clip(settings: &Settings) -> u64 {
    settings.max_blob_bytes.min(settings.max_media_folder_bytes)
}

/// What is still free in the media folder, in bytes.
pub fn free_bytes(clips: &[impl Cached], settings: &Settings) -> u64 {
    settings.max_media_folder_bytes.saturating_sub(total_bytes(clips))
}

/// The sum of the clips' sizes.
fn total_bytes(clips: &[impl Cached]) -> u64 {
    clips.iter().fold(0, |sum, clip| sum.saturating_add(clip.bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Moment = Moment::from_seconds(1000);

    #[derive(Debug, PartialEq)]
    struct Clip {
        file: String,
        bytes: u64,
        expire: u64,
    }

    impl Cached for Clip {
        fn bytes(&self) -> u64 {
            self.bytes
        }

        fn expire(&self) -> u64 {
            self.expire
        }
    }

    fn clips(sizes_and_expiries: &[(u64, u64)]) -> Vec<Clip> {
        let sizes = sizes_and_expiries.iter().enumerate();
        sizes.map(|(n, &(bytes, expire))| Clip { file: format!("{n}.webm"), bytes, expire }).collect()
    }

    fn settings(count: u32, bytes: u64) -> Settings {
        Settings { max_clip_count: count, max_media_folder_bytes: bytes, ..Settings::default() }
    }

    #[test]
    fn expired_clips_go_before_any_other() {
        let cases = [
            // clips (bytes, expiry), new bytes, limits, what is left
            (vec![(10, 2000), (10, 900), (10, 2000)], 10, settings(3, 100), vec!["0.webm", "2.webm"]),
            (vec![(10, 2000), (10, 2000), (10, 2000)], 10, settings(3, 100), vec!["1.webm", "2.webm"]),
            (vec![(10, 2000), (10, 2000), (10, 2000)], 10, settings(0, 100), vec!["0.webm", "1.webm", "2.webm"]),
            (vec![(40, 2000), (40, 2000), (10, 2000)], 50, settings(0, 100), vec!["1.webm", "2.webm"]),
            (vec![(40, 2000), (40, 2000), (10, 2000)], 100, settings(0, 100), vec![]),
            (vec![(10, 1000)], 1, settings(9, 100), vec![]),
        ];
        for (before, bytes, settings, left) in cases {
            let verdict = make_room(clips(&before), bytes, &settings, NOW);
            assert_eq!(verdict.stay.iter().map(|clip| clip.file.as_str()).collect::<Vec<_>>(), left);
            assert_eq!(verdict.stay.len() + verdict.go.len(), before.len());
        }
    }

    proptest! {
        #[test]
        fn limits_hold_after_every_upload_and_nothing_goes_without_need(
            before in proptest::collection::vec((1u64..50, 900u64..1100), 0..30), new in 1u64..100, count in 0u32..20,
        ) {
            let settings = settings(count, 100);
            let verdict = make_room(clips(&before), new, &settings, NOW);
            prop_assert!(total_bytes(&verdict.stay) + new <= 100);
            prop_assert!(count == 0 || u64::from(count) > verdict.stay.len() as u64);
            let last_gone = verdict.go.iter().rfind(|clip| !clip.is_expired(NOW));
            if let Some(clip) = last_gone {
                let over_bytes = total_bytes(&verdict.stay) + new + clip.bytes > 100;
                prop_assert!(over_bytes || (count > 0 && verdict.stay.len() as u64 + 2 > u64::from(count)));
            }
        }
    }
}
