//! File descriptors: each page needs one, and the threads' files need some at any time.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What is kept for files: each room that works has some open, and there are not more of these than threads to work on.
const FOR_FILES: u64 = 200;

/// Takes as many descriptors as the host gives: a thousand at first, mostly, and more to whoever asks.
pub fn take_all() {
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        tracing::warn!("no more than {:?} connections: {error}", limit.current);
    }
}

/// How many connections leave enough for files: all but some, at most the half.
pub fn most_connections() -> usize {
    getrlimit(Resource::Nofile).current.map_or(usize::MAX, |limit| at_most(limit) as usize)
}

fn at_most(descriptors: u64) -> u64 {
    descriptors - FOR_FILES.min(descriptors / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_are_left_for_files_however_few_there_are() {
        for (all, connections) in [(0, 0), (64, 32), (1024, 824), (20_000, 19_800)] {
            assert_eq!(at_most(all), connections);
        }
    }
}
