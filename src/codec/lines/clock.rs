//! Times as log headers spell them.

use jiff::civil;
use jiff::tz::TimeZone;

use super::scan::Scan;
use crate::record::NANOS_PER_SECOND;

const SECONDS_PER_DAY: i64 = 86_400;

/// A date and a time of day, of any clock. Whether there is such a day is checked when nanoseconds are made
/// of it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Civil {
    pub(super) year: u32,
    pub(super) month: u32,
    pub(super) day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    nanos: u32,
}

impl Civil {
    /// Returns nanoseconds since the epoch; `None` when there is no such time or 64 bits do not hold it.
    fn at_offset(self, offset_seconds: i64) -> Option<i64> {
        // Second 60 is a leap second. The epoch's count has none: it is the next minute's first.
        if self.hour > 23 || self.minute > 59 || self.second > 60 {
            return None;
        }
        let day = days_from_civil(i64::from(self.year), self.month, self.day)?;
        let of_day = i64::from(self.hour * 3_600 + self.minute * 60 + self.second);
        let seconds = day * SECONDS_PER_DAY + of_day - offset_seconds;
        i64::try_from(i128::from(seconds) * i128::from(NANOS_PER_SECOND) + i128::from(self.nanos)).ok()
    }

    /// Like [`Civil::at_offset`], by the clocks of a zone. A time that they skip or show twice is read as
    /// jiff advises.
    pub(super) fn in_zone(self, zone: &TimeZone) -> Option<i64> {
        let utc = self.at_offset(0)?;
        // The common case must not pay for a look into a zone's table.
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

    /// Like [`Civil::in_zone`], in the latest year that leaves the time before `reference_ns` plus a day.
    ///
    /// Looks back as far as leap years lie apart, for the 29th of February.
    pub(super) fn in_nearest_year(mut self, zone: &TimeZone, reference_ns: i64) -> Option<i64> {
        let latest = reference_ns.saturating_add(SECONDS_PER_DAY * NANOS_PER_SECOND);
        let year = year_of(reference_ns);
        (year.saturating_sub(8)..=year + 1).rev().find_map(|year| {
            self.year = year;
            self.in_zone(zone).filter(|time| *time <= latest)
        })
    }
}

/// A [`Civil`] time and, if the text says it, its offset from UTC in seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stamp {
    civil: Civil,
    pub(super) offset: Option<i64>,
    /// Date and time have a `T` between them, not a space.
    pub(super) has_t: bool,
}

impl Stamp {
    pub(super) fn nanos(self, zone: &TimeZone) -> Option<i64> {
        match self.offset {
            Some(offset) => self.civil.at_offset(offset),
            None => self.civil.in_zone(zone),
        }
    }
}

/// Reads `2026-03-14T01:02:03.123456+00:00` and its relatives: a space for the `T`, slashes, a comma before
/// the fraction, the zone as `Z`, `+hh`, `+hhmm`, `+hh:mm`, behind a space, as ` UTC`, or none.
pub(super) fn iso(scan: &mut Scan<'_>) -> Option<Stamp> {
    let mut civil = Civil {
        year: scan.digits(4)?,
        ..Civil::default()
    };
    let separator = scan.peek().filter(|byte| matches!(byte, b'-' | b'/'))?;
    scan.expect(separator)?;
    civil.month = scan.digits(2)?;
    scan.expect(separator)?;
    civil.day = scan.digits(2)?;
    let has_t = scan.eat(b'T') || scan.eat(b't');
    if !has_t {
        scan.expect(b' ')?;
    }
    time_of_day(scan, &mut civil)?;
    let offset = zone(scan)?;
    let ends = matches!(
        scan.peek(),
        None | Some(b' ' | b'\t' | b']' | b',' | b':' | b'|' | b';')
    );
    ends.then_some(Stamp { civil, offset, has_t })
}

/// Reads `Mar 14 01:02:03`, `Mar  4 01:02:03`, `Mar 14 2026 01:02:03`; the answer tells whether the year was
/// there.
pub(super) fn month_first(scan: &mut Scan<'_>) -> Option<(Civil, bool)> {
    let mut civil = Civil {
        month: month(scan)?,
        ..Civil::default()
    };
    scan.expect(b' ')?;
    scan.eat(b' ');
    civil.day = scan.digit_run(2)?.parse().ok()?;
    scan.expect(b' ')?;
    let mut ahead = *scan;
    let year = ahead.digits(4).filter(|_| ahead.eat(b' '));
    if let Some(year) = year {
        civil.year = year;
        *scan = ahead;
    }
    time_of_day(scan, &mut civil)?;
    Some((civil, year.is_some()))
}

/// Reads Apache's `Sat Mar 14 01:02:03.123456 2026`.
pub(super) fn apache(scan: &mut Scan<'_>) -> Option<Civil> {
    let weekday = scan.take(4)?;
    if !matches!(
        weekday,
        "Mon " | "Tue " | "Wed " | "Thu " | "Fri " | "Sat " | "Sun "
    ) {
        return None;
    }
    let (mut civil, _) = month_first(scan)?;
    scan.expect(b' ')?;
    civil.year = scan.digits(4)?;
    Some(civil)
}

/// Reads the common log format's `14/Mar/2026:01:02:03 +0000`.
pub(super) fn common_log(scan: &mut Scan<'_>) -> Option<Stamp> {
    let mut civil = Civil {
        day: scan.digits(2)?,
        ..Civil::default()
    };
    scan.expect(b'/')?;
    civil.month = month(scan)?;
    scan.expect(b'/')?;
    civil.year = scan.digits(4)?;
    scan.expect(b':')?;
    time_of_day(scan, &mut civil)?;
    Some(Stamp {
        civil,
        offset: zone(scan)?,
        has_t: false,
    })
}

/// Reads Spark's `26/03/14 01:02:03`.
pub(super) fn two_digit_year(scan: &mut Scan<'_>) -> Option<Civil> {
    let mut civil = Civil {
        year: 2000 + scan.digits(2)?,
        ..Civil::default()
    };
    scan.expect(b'/')?;
    civil.month = scan.digits(2)?;
    scan.expect(b'/')?;
    civil.day = scan.digits(2)?;
    scan.expect(b' ')?;
    time_of_day(scan, &mut civil)?;
    Some(civil)
}

/// Reads HDFS's `260314 010203`.
pub(super) fn digits_only(scan: &mut Scan<'_>) -> Option<Civil> {
    let (year, month, day) = (2000 + scan.digits(2)?, scan.digits(2)?, scan.digits(2)?);
    scan.expect(b' ')?;
    let (hour, minute, second) = (scan.digits(2)?, scan.digits(2)?, scan.digits(2)?);
    Some(Civil {
        year,
        month,
        day,
        hour,
        minute,
        second,
        nanos: 0,
    })
}

fn month(scan: &mut Scan<'_>) -> Option<u32> {
    Some(match scan.take(3)? {
        "Jan" => 1,
        "Feb" => 2,
        "Mar" => 3,
        "Apr" => 4,
        "May" => 5,
        "Jun" => 6,
        "Jul" => 7,
        "Aug" => 8,
        "Sep" => 9,
        "Oct" => 10,
        "Nov" => 11,
        "Dec" => 12,
        _ => return None,
    })
}

fn time_of_day(scan: &mut Scan<'_>, civil: &mut Civil) -> Option<()> {
    civil.hour = scan.digits(2)?;
    scan.expect(b':')?;
    civil.minute = scan.digits(2)?;
    scan.expect(b':')?;
    civil.second = scan.digits(2)?;
    if matches!(scan.peek(), Some(b'.' | b',')) && scan.peek_at(1).is_some_and(|byte| byte.is_ascii_digit()) {
        scan.take(1)?;
        let fraction = scan.digit_run(9)?;
        let nanos: u32 = fraction.parse().ok()?;
        civil.nanos = nanos * 10_u32.pow(9 - fraction.len() as u32);
    }
    Some(())
}

/// Reads a zone if there is one; fails when it only looks like one.
fn zone(scan: &mut Scan<'_>) -> Option<Option<i64>> {
    match scan.peek() {
        Some(b'Z' | b'z') => scan.take(1).map(|_| Some(0)),
        Some(b'+' | b'-') => Some(Some(offset(scan, false)?)),
        Some(b' ') => {
            let mut ahead = *scan;
            ahead.eat(b' ');
            let offset = match ahead.peek() {
                Some(b'+' | b'-') => offset(&mut ahead, true),
                Some(b'U' | b'G') => ahead
                    .take(3)
                    .filter(|name| matches!(*name, "UTC" | "GMT"))
                    .map(|_| 0),
                _ => None,
            };
            // Behind a space it may as well be the message's first word.
            let offset = offset.filter(|_| matches!(ahead.peek(), None | Some(b' ' | b']')));
            if offset.is_some() {
                *scan = ahead;
            }
            Some(offset)
        }
        _ => Some(None),
    }
}

fn offset(scan: &mut Scan<'_>, needs_minutes: bool) -> Option<i64> {
    let sign = if scan.eat(b'-') { -1 } else { 1 };
    scan.eat(b'+');
    let hours = scan.digits(2)?;
    let colon = scan.eat(b':');
    let has_minutes = colon || needs_minutes || scan.peek().is_some_and(|byte| byte.is_ascii_digit());
    let minutes = if has_minutes { scan.digits(2)? } else { 0 };
    if hours > 23 || minutes > 59 {
        None
    } else {
        Some(sign * i64::from(hours * 3_600 + minutes * 60))
    }
}

/// Counts the days from 1970-01-01 to a date of the Gregorian calendar; `None` when there is no such date.
///
/// The year is taken to begin in March, so that the leap day is its last; 400 years are one period.
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

/// Returns the year (UTC) of a time; 64-bit nanoseconds reach from 1677 to 2262.
fn year_of(ns: i64) -> u32 {
    let days = ns.div_euclid(SECONDS_PER_DAY * NANOS_PER_SECOND) + 719_468;
    let (period, of_period) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_period - of_period / 1_460 + of_period / 36_524 - of_period / 146_096) / 365;
    let of_year = of_period - (365 * year + year / 4 - year / 100);
    // From day 306 on it is January or February, of the next calendar year.
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
