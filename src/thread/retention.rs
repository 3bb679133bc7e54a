//! Which clips stay and which go. Pure: takes the clips and the time, says who goes.

use crate::clock::Moment;
use crate::settings::Settings;
use std::cmp::Reverse;
use std::collections::{HashMap, VecDeque};

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

/// A clip that is to be stored.
#[derive(Clone, Copy, Debug)]
pub struct NewClip<'a> {
    /// Whose it is.
    pub author: &'a [u8],
    /// Its size.
    pub bytes: u64,
}

/// Makes room for a new clip: first the expired go; then, over `maxClipCount`, the oldest of whoever has the most clips;
/// then, over `maxMediaFolderBytes`, the oldest of whoever has the most bytes, the new clip among its author's. So who
/// fills a thread loses the own clips. Of several who have as much, it is the one with the oldest clip. The new clip must
/// fit into an empty folder.
pub fn make_room<'a, T: Cached>(
    clips: Vec<T>,
    author_of: impl Fn(&T) -> &'a [u8],
    new: NewClip<'a>,
    settings: &Settings,
    now: Moment,
) -> Verdict<T> {
    let Verdict { stay, mut go } = expire(clips, now);
    let is_many = |count: u64| settings.max_clip_count > 0 && count > u64::from(settings.max_clip_count);
    let is_much = |bytes: u64| bytes > settings.max_media_folder_bytes;
    let (mut count, mut bytes) = (stay.len() as u64 + 1, total_bytes(&stay).saturating_add(new.bytes));
    if !is_many(count) && !is_much(bytes) {
        return Verdict { stay, go };
    }
    let mut shares = Shares::of(&stay, &author_of, new);
    let mut goes = vec![false; stay.len()];
    while is_many(count) || is_much(bytes) {
        let measure = if is_many(count) { |share: &Share| share.count } else { |share: &Share| share.bytes };
        let Some(index) = shares.take_oldest_of_most(&stay, measure) else { break };
        goes[index] = true;
        count -= 1;
        bytes = bytes.saturating_sub(stay[index].bytes());
    }
    let (out, stay): (Vec<_>, Vec<_>) = stay.into_iter().zip(goes).partition(|(_, goes)| *goes);
    go.extend(out.into_iter().map(|(clip, _)| clip));
    Verdict { stay: stay.into_iter().map(|(clip, _)| clip).collect(), go }
}

/// What each author has in the thread.
struct Shares(Vec<Share>);

#[derive(Default)]
struct Share {
    count: u64,
    bytes: u64,
    /// Where the clips are that may go, oldest first.
    clips: VecDeque<usize>,
}

impl Shares {
    fn of<'a, T: Cached>(clips: &[T], author_of: &impl Fn(&T) -> &'a [u8], new: NewClip<'a>) -> Self {
        let mut shares = HashMap::<&[u8], Share>::new();
        for (index, clip) in clips.iter().enumerate() {
            let share = shares.entry(author_of(clip)).or_default();
            share.count += 1;
            share.bytes = share.bytes.saturating_add(clip.bytes());
            share.clips.push_back(index);
        }
        if let Some(share) = shares.get_mut(new.author) {
            share.count += 1;
            share.bytes = share.bytes.saturating_add(new.bytes);
        }
        Self(shares.into_values().collect())
    }

    /// The oldest clip of the one who has most by this measure; `None` if nobody has any.
    fn take_oldest_of_most<T: Cached>(&mut self, clips: &[T], measure: fn(&Share) -> u64) -> Option<usize> {
        let have_any = self.0.iter_mut().filter(|share| !share.clips.is_empty());
        let most = have_any.max_by_key(|share| (measure(share), Reverse(share.clips.front().copied())))?;
        let index = most.clips.pop_front()?;
        most.count -= 1;
        most.bytes = most.bytes.saturating_sub(clips[index].bytes());
        Some(index)
    }
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
            let verdict = make_room(clips(&before), author_of, NewClip { author: b"A", bytes }, &settings, NOW);
            assert_eq!(verdict.stay.iter().map(|clip| clip.file.as_str()).collect::<Vec<_>>(), left);
            assert_eq!(verdict.stay.len() + verdict.go.len(), before.len());
        }
    }

    /// Whose clip it is: A's, unless its size in tens is odd, which is B's.
    fn author_of(clip: &Clip) -> &'static [u8] {
        if clip.bytes % 20 < 10 { b"A" } else { b"B" }
    }

    #[test]
    fn who_fills_the_thread_loses_the_own_clips() {
        // A's clips have 20 bytes, B's have 10.
        let cases = [
            // clips, author and bytes of the new one, limits, what is left
            (vec![10, 20, 20, 20], (b"A", 20), settings(4, 1000), vec![0, 2, 3]),
            (vec![10, 10, 20, 10], (b"A", 20), settings(4, 1000), vec![1, 2, 3]),
            // As many of both: the oldest.
            (vec![10, 20, 20, 10], (b"C", 20), settings(4, 1000), vec![1, 2, 3]),
            (vec![20, 10, 10, 20], (b"C", 20), settings(4, 1000), vec![1, 2, 3]),
            // The new clip counts for its author.
            (vec![10, 20], (b"A", 20), settings(2, 1000), vec![0]),
            // A newcomer's only clip does not drive itself out.
            (vec![10, 20], (b"C", 20), settings(2, 1000), vec![1]),
            // Over the bytes, it is the bytes that count.
            (vec![10, 10, 20, 20], (b"B", 10), settings(0, 60), vec![0, 1, 3]),
            (vec![10, 10, 10, 20], (b"C", 30), settings(0, 60), vec![2, 3]),
            (vec![10, 10, 10, 20], (b"C", 100), settings(0, 100), vec![]),
        ];
        for (before, (author, bytes), settings, left) in cases {
            let sizes: Vec<_> = before.iter().map(|bytes| (*bytes, 2000)).collect();
            let new = NewClip { author: author.as_slice(), bytes };
            let verdict = make_room(clips(&sizes), author_of, new, &settings, NOW);
            let stay: Vec<_> = verdict.stay.iter().map(|clip| clip.file.clone()).collect();
            let left: Vec<_> = left.iter().map(|index| format!("{index}.webm")).collect();
            assert_eq!(stay, left, "{before:?} {new:?}");
        }
    }

    #[test]
    fn one_who_uploads_all_the_time_takes_nothing_from_the_others() {
        let before: Vec<_> = [10; 5].into_iter().chain([20; 15]).map(|bytes| (bytes, 2000)).collect();
        let mut now = clips(&before);
        for round in 0..100 {
            let verdict = make_room(now, author_of, NewClip { author: b"A", bytes: 20 }, &settings(20, 1000), NOW);
            now = verdict.stay;
            now.push(Clip { file: format!("new-{round}"), bytes: 20, expire: 2000 });
        }
        assert_eq!((now.len(), now.iter().filter(|clip| clip.bytes == 10).count()), (20, 5));
    }

    proptest! {
        #[test]
        fn limits_hold_after_every_upload_and_nothing_goes_without_need(
            before in proptest::collection::vec((1u64..50, 900u64..1100), 0..30), new in 1u64..100, count in 0u32..20,
        ) {
            let settings = settings(count, 100);
            let verdict = make_room(clips(&before), author_of, NewClip { author: b"A", bytes: new }, &settings, NOW);
            prop_assert!(total_bytes(&verdict.stay) + new <= 100);
            prop_assert!(count == 0 || u64::from(count) > verdict.stay.len() as u64);
            // One of those that went, the last, would not have fitted.
            let gone: Vec<_> = verdict.go.iter().filter(|clip| !clip.is_expired(NOW)).collect();
            let over_count = count > 0 && verdict.stay.len() as u64 + 2 > u64::from(count);
            let over_bytes = gone.iter().any(|clip| total_bytes(&verdict.stay) + new + clip.bytes > 100);
            prop_assert!(gone.is_empty() || over_bytes || over_count);
        }
    }
}
