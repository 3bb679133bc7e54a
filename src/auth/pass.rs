//! The pass of a closed thread: a cookie that says that its bearer knew the password. It holds no secret of the
//! thread, needs no file, and ends with the password that it was given for.

use super::keyed;
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
}

impl Door {
    fn word(self) -> &'static str {
        match self {
            Self::Thread => "thread",
            Self::Moderators => "moderators",
            Self::Check => "check",
        }
    }

    /// The name of the pass's cookie; `key` is the thread's own, so that two threads of one host differ.
    pub fn cookie(self, key: &str) -> String {
        let hash = keyed(key, &["pass", self.word()]).finalize().into_bytes();
        format!("mzp{}", to_hex(&hash[..8]))
    }

    /// A pass; `password` is the text in the settings.
    pub fn issue(self, key: &str, password: &str, now: Moment) -> String {
        let until = now.seconds() + MONTH_SEC;
        format!("{until}.{}", self.seal(key, password, until))
    }

    /// Whether a pass is good.
    pub fn opens(self, pass: &str, key: &str, password: &str, now: Moment) -> bool {
        let Some((until, seal)) = pass.split_once('.') else { return false };
        let Ok(until) = until.parse::<u64>() else { return false };
        // Both are sealed again with the same key, so how long comparing takes tells nothing.
        let same = keyed(key, &[seal]).finalize() == keyed(key, &[&self.seal(key, password, until)]).finalize();
        same && until >= now.seconds()
    }

    fn seal(self, key: &str, password: &str, until: u64) -> String {
        to_hex(&keyed(key, &["seal", self.word(), password, &until.to_string()]).finalize().into_bytes()[..16])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_opens_one_door_of_one_thread_until_the_password_changes_or_a_month_is_over() {
        let now = Moment::from_seconds(1000);
        let pass = Door::Thread.issue("key", "secret", now);
        assert!(Door::Thread.opens(&pass, "key", "secret", now));
        assert!(!Door::Moderators.opens(&pass, "key", "secret", now));
        assert!(!Door::Thread.opens(&pass, "other", "secret", now));
        assert!(!Door::Thread.opens(&pass, "key", "changed", now));
        assert!(!Door::Thread.opens(&pass, "key", "secret", Moment::from_seconds(1001 + MONTH_SEC)));
        let longer = format!("9{pass}");
        for forged in ["", ".", "9999999999.", "x.y", longer.as_str()] {
            assert!(!Door::Thread.opens(forged, "key", "secret", now), "{forged}");
        }
    }
}
