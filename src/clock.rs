//! The time, and how the original writes it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A moment, in milliseconds since 1970 (UTC).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

impl Moment {
    /// The host's clock. A clock before 1970 counts as 1970.
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Self(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    /// A moment given in whole seconds.
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Whole seconds since 1970.
    pub const fn seconds(self) -> u64 {
        self.0 / 1000
    }

    /// Milliseconds since 1970.
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// `Mon_DD_HH:MM:SS`, as the catalog has it, moved by `shift_hours` from UTC.
    pub fn catalog_time(self, shift_hours: f64) -> String {
        let (_, month, day, hour, minute, second) = self.civil(shift_hours);
        let month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][month - 1];
        format!("{month}_{day:02}_{hour:02}:{minute:02}:{second:02}")
    }

    /// `YYYY-MM-DD HH:MM:SS`, as the call log has it, moved by `shift_hours` from UTC.
    pub fn log_time(self, shift_hours: f64) -> String {
        let (year, month, day, hour, minute, second) = self.civil(shift_hours);
        format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
    }

    fn civil(self, shift_hours: f64) -> (i64, usize, i64, i64, i64, i64) {
        #[expect(clippy::cast_possible_truncation, reason = "settings bound the shift to a day or so")]
        let shift = (shift_hours * 3600.0).round() as i64;
        let seconds = i64::try_from(self.seconds()).unwrap_or(i64::MAX / 2) + shift;
        let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (year, month, day) = civil_from_days(days);
        (year, month, day, rest / 3600, rest / 60 % 60, rest % 60)
    }
}

/// Year, month (1 to 12) and day of a number of days since 1970-01-01, after Howard Hinnant's
/// "chrono-Compatible Low-Level Date Algorithms": years begin in March, so that the leap day comes last.
fn civil_from_days(days: i64) -> (i64, usize, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, usize::try_from(month).unwrap_or(1), day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_right_around_leap_days_and_years() {
        // From `date -u -d @SECONDS`.
        let cases = [
            (0, "1970-01-01 00:00:00"),
            (951_782_400, "2000-02-29 00:00:00"),
            (1_709_251_199, "2024-02-29 23:59:59"),
            (1_735_689_599, "2024-12-31 23:59:59"),
            (4_107_542_400, "2100-03-01 00:00:00"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(Moment::from_seconds(seconds).log_time(0.0), expected);
        }
    }

    #[test]
    fn the_shift_moves_the_clock_also_by_half_hours_and_over_midnight() {
        let moment = Moment::from_seconds(1_709_251_199);
        assert_eq!(moment.catalog_time(5.5), "Mar_01_05:29:59");
        assert_eq!(moment.catalog_time(-24.0), "Feb_28_23:59:59");
    }
}
