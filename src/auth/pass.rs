//! The pass of a closed thread: a cookie that says that its bearer knew the password. It holds no secret of the
//! thread, and ends with the password that it was given for, or with the series of passes that it belongs to.

use super::{keyed, password};
use crate::clock::Moment;
use crate::random::to_hex;
use hmac::Mac;

const MONTH_SEC: u64 = 30 * 86_400;

/// What a pass opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// The thread.
    Thread,
    /// The names of its moderators.
    Moderators,
    /// What check.cgi tells.
    Check,
    /// A name that a code takes to a second device. No pass opens it.
    Code,
}

impl Door {
    /// What it is called in files.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Thread => "thread",
            Self::Moderators => "moderators",
            Self::Check => "check",
            Self::Code => "code",
        }
    }

    /// The name of the pass's cookie; `key` is the thread's own, so that two threads of one host differ.
    pub fn cookie(self, key: &str) -> String {
        let hash = keyed(key, &["pass", self.word()]).finalize().into_bytes();
        format!("mzp{}", to_hex(&hash[..8]))
    }

    /// A pass of the month that begins now.
    pub fn issue(self, lock: Lock<'_>, now: Moment) -> String {
        let until = now.seconds() + MONTH_SEC;
        format!("{until}.{}", self.seal(lock.key, &lock.words(), until))
    }

    /// Whether a pass is good.
    pub fn opens(self, pass: &str, lock: Lock<'_>, now: Moment) -> bool {
        let Some((until, seal)) = pass.split_once('.') else { return false };
        let Ok(until) = until.parse::<u64>() else { return false };
        // Both are sealed again with the same key, so how long comparing takes tells nothing.
        let is = |words: &str| {
            keyed(lock.key, &[seal]).finalize() == keyed(lock.key, &[&self.seal(lock.key, words, until)]).finalize()
        };
        // Earlier versions had no series, and sealed the whole hash.
        (is(&lock.words()) || lock.series.is_empty() && is(lock.password)) && until >= now.seconds()
    }

    fn seal(self, key: &str, words: &str, until: u64) -> String {
        to_hex(&keyed(key, &["seal", self.word(), words, &until.to_string()]).finalize().into_bytes()[..16])
    }
}

/// What a pass is made for, and ends with.
#[derive(Clone, Copy, Debug)]
pub struct Lock<'l> {
    /// The thread's own key.
    pub key: &'l str,
    /// The password as it stands in the settings.
    pub password: &'l str,
    /// Changed by whoever ends all passes.
    pub series: &'l str,
}

impl Lock<'_> {
    fn words(&self) -> String {
        let identity = password::identity(self.password);
        if self.series.is_empty() { identity } else { format!("{identity} {}", self.series) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_opens_one_door_of_one_thread_until_the_password_changes_or_a_month_is_over() {
        let now = Moment::from_seconds(1000);
        let lock = Lock { key: "key", password: "secret", series: "" };
        let pass = Door::Thread.issue(lock, now);
        assert!(Door::Thread.opens(&pass, lock, now));
        assert!(!Door::Moderators.opens(&pass, lock, now));
        for other in [Lock { key: "other", ..lock }, Lock { password: "changed", ..lock }, Lock { series: "2", ..lock }]
        {
            assert!(!Door::Thread.opens(&pass, other, now), "{other:?}");
        }
        assert!(!Door::Thread.opens(&pass, lock, Moment::from_seconds(1001 + MONTH_SEC)));
        let longer = format!("9{pass}");
        for forged in ["", ".", "9999999999.", "x.y", longer.as_str()] {
            assert!(!Door::Thread.opens(forged, lock, now), "{forged}");
        }
    }

    #[test]
    fn a_pass_outlives_that_its_hash_is_raised() {
        let (old, new) = (
            "$pbkdf2-sha256$i=1$YQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "$pbkdf2-sha256$i=2$YQ$BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        );
        let (now, lock) = (Moment::from_seconds(1000), Lock { key: "key", password: old, series: "7" });
        let pass = Door::Thread.issue(lock, now);
        assert!(Door::Thread.opens(&pass, Lock { password: new, ..lock }, now));
    }
}
