//! ESTALE: what a network file system (NFS, GlusterFS) answers about a path that was replaced a moment ago.

use std::io;
use std::thread::sleep;
use std::time::Duration;

const FIRST_WAIT: Duration = Duration::from_millis(2);
const LONGEST_WAIT: Duration = Duration::from_millis(100);
/// GlusterFS knows the new file within a second.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Tries again for as long as the answer is ESTALE, for at most 1.5 seconds. `attempt` starts from the path.
///
/// # Errors
/// What the last attempt says.
pub fn try_again<T>(mut attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let (mut wait, mut waited) = (FIRST_WAIT, Duration::ZERO);
    loop {
        match attempt() {
            Err(error) if error.kind() == io::ErrorKind::StaleNetworkFileHandle && waited < PATIENCE => {
                sleep(wait);
                waited += wait;
                wait = (wait * 2).min(LONGEST_WAIT);
            }
            outcome => return outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_path_is_tried_again_and_nothing_else_is() {
        let outcomes = |kinds: &[io::ErrorKind]| {
            let mut left = kinds.iter();
            let outcome = try_again(|| left.next().map_or(Ok(()), |kind| Err((*kind).into())));
            (outcome.map_err(|error| error.kind()), left.len())
        };
        assert_eq!(outcomes(&[io::ErrorKind::StaleNetworkFileHandle; 3]), (Ok(()), 0));
        assert_eq!(outcomes(&[io::ErrorKind::NotFound; 3]), (Err(io::ErrorKind::NotFound), 2));
        let for_ever = try_again(|| Err::<(), _>(io::ErrorKind::StaleNetworkFileHandle.into()));
        assert_eq!(for_ever.unwrap_err().kind(), io::ErrorKind::StaleNetworkFileHandle);
    }
}
