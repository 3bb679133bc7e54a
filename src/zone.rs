//! The host's time zone, in which pages of the original and the admin's logs see times: what `TZ` says, else
//! /etc/localtime, as for every program of the host; UTC if there is none.

use std::env;
use tz::TimeZone;

/// How many hours the host's clock is ahead of UTC at a moment, in seconds since 1970.
pub fn hours(seconds: u64) -> f64 {
    hours_of(env::var("TZ").ok().as_deref(), seconds)
}

fn hours_of(said: Option<&str>, seconds: u64) -> f64 {
    let zone = match said {
        // What the C library makes of it.
        Some("") => return 0.0,
        said => TimeZone::from_posix_tz(said.unwrap_or("localtime")),
    };
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    let offset = zone.ok().and_then(|zone| zone.find_local_time_type(seconds).ok().map(tz::LocalTimeType::ut_offset));
    f64::from(offset.unwrap_or(0)) / 3600.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_a_name_a_file_or_a_rule_and_knows_its_summer() {
        // From `TZ=ZONE date -d @SECONDS +%z`.
        let (winter, summer) = (1_764_000_000, 1_750_000_000);
        let cases = [
            ("Europe/Berlin", 1.0, 2.0),
            (":Europe/Berlin", 1.0, 2.0),
            ("/usr/share/zoneinfo/Asia/Kathmandu", 5.75, 5.75),
            ("CET-1CEST,M3.5.0,M10.5.0/3", 1.0, 2.0),
            ("<+0330>-3:30", 3.5, 3.5),
            ("UTC", 0.0, 0.0),
            ("", 0.0, 0.0),
            ("Nowhere/Else", 0.0, 0.0),
        ];
        for (zone, in_winter, in_summer) in cases {
            assert_eq!((hours_of(Some(zone), winter), hours_of(Some(zone), summer)), (in_winter, in_summer), "{zone}");
        }
        // Beyond the table of the file, whose last line is a rule.
        assert_eq!(hours_of(Some("Europe/Berlin"), 4_118_000_000), 2.0);
        let _ = (hours_of(None, winter), hours_of(Some("Europe/Berlin"), u64::MAX));
    }
}
