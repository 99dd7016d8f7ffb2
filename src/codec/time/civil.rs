//! Calendar dates and times of day, and their conversion to nanoseconds since 1970.

use jiff::civil;
use jiff::tz::TimeZone;

use crate::record::NANOS_PER_SECOND;

const SECONDS_PER_DAY: i64 = 86_400;

/// A date and time of day, not yet validated. [`at_offset`](Civil::at_offset) validates it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Civil {
    pub(super) year: u32,
    pub(super) month: u32,
    pub(super) day: u32,
    pub(super) hour: u32,
    pub(super) minute: u32,
    pub(super) second: u32,
    pub(super) nanos: u32,
}

impl Civil {
    /// Returns nanoseconds since 1970; `None` if the time does not exist or does not fit into 64 bits.
    pub(super) fn at_offset(self, offset_seconds: i64) -> Option<i64> {
        // Second 60 is a leap second. Unix time does not count it, so it equals the next minute's second 0.
        if self.hour > 23 || self.minute > 59 || self.second > 60 {
            return None;
        }
        let day = days_from_civil(i64::from(self.year), self.month, self.day)?;
        let of_day = i64::from(self.hour * 3_600 + self.minute * 60 + self.second);
        let seconds = day * SECONDS_PER_DAY + of_day - offset_seconds;
        i64::try_from(i128::from(seconds) * i128::from(NANOS_PER_SECOND) + i128::from(self.nanos)).ok()
    }

    /// Returns nanoseconds since 1970 of a local time in a zone.
    ///
    /// If the clocks of the zone skip or repeat the time, jiff's `compatible` rule applies.
    pub(super) fn in_zone(self, zone: &TimeZone) -> Option<i64> {
        let utc = self.at_offset(0)?;
        // Fast path that avoids the lookup in a zone's table.
        if *zone == TimeZone::UTC {
            return Some(utc);
        }
        let date = civil::Date::new(
            self.year.try_into().ok()?,
            self.month.try_into().ok()?,
            self.day.try_into().ok()?,
        );
        let leap = i64::from(self.second == 60);
        let time = civil::Time::new(
            self.hour.try_into().ok()?,
            self.minute.try_into().ok()?,
            self.second.min(59).try_into().ok()?,
            self.nanos.try_into().ok()?,
        );
        let local = civil::DateTime::from_parts(date.ok()?, time.ok()?);
        let stamp = zone.to_ambiguous_timestamp(local).compatible().ok()?;
        i64::try_from(stamp.as_nanosecond())
            .ok()?
            .checked_add(leap * NANOS_PER_SECOND)
    }

    /// Returns the time in the latest year that puts it before `reference_ns` plus a day.
    ///
    /// Tries more than eight years, because leap years can be that far apart.
    pub(super) fn in_nearest_year(
        mut self,
        reference_ns: i64,
        nanos: impl Fn(Self) -> Option<i64>,
    ) -> Option<i64> {
        const DAY: i64 = SECONDS_PER_DAY * NANOS_PER_SECOND;
        let latest = reference_ns.saturating_add(DAY);
        // A zone is ahead of UTC by less than a day.
        let last = year_of(latest.saturating_add(DAY));
        (last.saturating_sub(9)..=last).rev().find_map(|year| {
            self.year = year;
            nanos(self).filter(|time| *time <= latest)
        })
    }
}

/// Counts the days from 1970-01-01 to a Gregorian date; `None` if the date does not exist.
///
/// The computation starts the year in March, which makes the leap day its last day. The calendar repeats
/// after 400 years.
fn days_from_civil(year: i64, month: u32, day: u32) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(is_leap),
        _ => return None,
    };
    if day == 0 || day > length {
        return None;
    }
    let year = year - i64::from(month <= 2);
    let (period, of_period) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((i64::from(month) + 9) % 12) + 2) / 5 + i64::from(day) - 1;
    Some(period * 146_097 + of_period * 365 + of_period / 4 - of_period / 100 + of_year - 719_468)
}

/// Returns the UTC year of a time. 64-bit nanoseconds cover the years 1677 to 2262.
fn year_of(ns: i64) -> u32 {
    let days = ns.div_euclid(SECONDS_PER_DAY * NANOS_PER_SECOND) + 719_468;
    let (period, of_period) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_period - of_period / 1_460 + of_period / 36_524 - of_period / 146_096) / 365;
    let of_year = of_period - (365 * year + year / 4 - year / 100);
    // Day 306 and later are in January or February, which belong to the next calendar year.
    (period * 400 + year + i64::from(of_year >= 306)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_agree_with_jiff_over_all_times() {
        let first = civil::date(1970, 1, 1);
        let mut date = civil::date(1677, 1, 1);
        while date.year() < 2263 {
            let days =
                days_from_civil(i64::from(date.year()), date.month() as u32, date.day() as u32).unwrap();
            assert_eq!(i64::from(date.since(first).unwrap().get_days()), days, "{date}");
            if let Some(ns) = days.checked_mul(SECONDS_PER_DAY * NANOS_PER_SECOND) {
                assert_eq!(year_of(ns), date.year() as u32, "{date}");
                assert_eq!(year_of(ns - 1), date.yesterday().unwrap().year() as u32, "{date}");
            }
            date = date.tomorrow().unwrap();
        }
        for (year, month, day) in [
            (2026, 2, 29),
            (1900, 2, 29),
            (2026, 13, 1),
            (2026, 0, 1),
            (2026, 4, 31),
            (2026, 1, 0),
        ] {
            assert_eq!(days_from_civil(year, month, day), None, "{year}-{month}-{day}");
        }
    }
}
