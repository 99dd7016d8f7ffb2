//! Parsing and formatting of times. Everywhere else a time is nanoseconds since the Unix epoch.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::{Timestamp, ZonedDateTime, civil, tz::TimeZone};

use crate::error::{Error, Result};

/// Nanoseconds in a second.
pub const NANOS_PER_SECOND: i64 = 1_000_000_000;

const DAY: i64 = 86_400 * NANOS_PER_SECOND;

/// Returns the current time.
pub fn now_ns() -> i64 {
    let nanos = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos());
    i64::try_from(nanos).unwrap_or(i64::MAX)
}

/// Formats a time as RFC 3339 in UTC, with as many fractional digits as needed.
///
/// Every 64-bit value can be formatted: the range is 1677 to 2262.
pub fn format_rfc3339(ns: i64) -> String {
    Timestamp::from_nanosecond(i128::from(ns)).map_or_else(|_| format!("{ns}ns"), |time| time.to_string())
}

/// Bare numbers below this are refused: as nanoseconds they would be before 1973, hence they are probably in another unit.
const SMALLEST_BARE: u64 = 100_000_000 * NANOS_PER_SECOND as u64;

/// Parses a time entered by a person: RFC 3339; a date with an optional time (UTC); `now`; `today` and `yesterday` (midnight,
/// UTC); a duration before now (`24h`, `15m`, `7d`); `@` and seconds since the epoch; or nanoseconds since the epoch. A number
/// other than 0 that could also be seconds or milliseconds is refused.
///
/// # Errors
/// [`Invalid`](crate::ErrorKind::Invalid) for anything else, and for times outside 64-bit nanoseconds.
pub fn parse_time(text: &str, now: i64) -> Result<i64> {
    let text = text.trim();
    let outside = || Error::invalid(format!("time {text:?} is outside signed 64-bit nanoseconds"));
    let midnight = now.saturating_sub(now.rem_euclid(DAY));
    match text {
        "now" => return Ok(now),
        "today" => return Ok(midnight),
        "yesterday" => return Ok(midnight.saturating_sub(DAY)),
        _ => {}
    }
    if let Some(seconds) = text
        .strip_prefix('@')
        .and_then(|number| number.parse::<i64>().ok())
    {
        return seconds.checked_mul(NANOS_PER_SECOND).ok_or_else(outside);
    }
    if let Ok(ns) = text.parse::<i64>() {
        if ns == 0 || ns.unsigned_abs() >= SMALLEST_BARE {
            return Ok(ns);
        }
        let ago = if ns.unsigned_abs() < 1_000_000 {
            format!("{text}h, {text}m or {text}s for that long ago, ")
        } else {
            String::new()
        };
        return Err(Error::invalid(format!(
            "time {text:?} is a bare number, which is read as nanoseconds since 1970, but it is too small for that: write {ago}@ and \
             seconds since 1970, or a date such as 2026-03-14"
        )));
    }
    if let Ok(ago) = parse_duration(text) {
        return Ok(now.saturating_sub(ago));
    }
    let stamp = text
        .parse::<Timestamp>()
        .or_else(|_| text.parse::<ZonedDateTime>().map(|zoned| zoned.timestamp()))
        .or_else(|_| {
            text.parse::<civil::DateTime>()
                .and_then(|t| t.to_zoned_datetime(TimeZone::UTC))
                .map(|z| z.timestamp())
        })
        .map_err(|_| {
            Error::invalid(format!(
                "time {text:?} is not a date such as 2026-03-14, RFC 3339, now, today, yesterday, a duration before now such as \
                 24h or 1h30m (units {UNITS}), @ and seconds since 1970, or nanoseconds"
            ))
        })?;
    i64::try_from(stamp.as_nanosecond()).map_err(|_| outside())
}

/// The units of durations.
const UNITS: &str = "ns us ms s m h d w y";

/// Parses a duration, one or more numbers with units `ns us ms s m h d w y` such as `90s` or `1h30m`, to nanoseconds. A year has
/// 365 days.
///
/// # Errors
/// [`Invalid`](crate::ErrorKind::Invalid) if the text is not such a duration.
pub fn parse_duration(text: &str) -> Result<i64> {
    let bad = || {
        Error::invalid(format!(
            "duration {text:?} is not of the form 90s, 24h, 7d or 1h30m (units {UNITS})"
        ))
    };
    let mut total: i64 = 0;
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(bad());
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let letters = rest[digits..].bytes().take_while(u8::is_ascii_alphabetic).count();
        let number: i64 = rest[..digits].parse().map_err(|_| bad())?;
        let unit = match &rest[digits..digits + letters] {
            "ns" => 1,
            "us" => 1_000,
            "ms" => 1_000_000,
            "s" => NANOS_PER_SECOND,
            "m" => 60 * NANOS_PER_SECOND,
            "h" => 3_600 * NANOS_PER_SECOND,
            "d" => DAY,
            "w" => 7 * DAY,
            "y" => 365 * DAY,
            _ => return Err(bad()),
        };
        total = number
            .checked_mul(unit)
            .and_then(|n| total.checked_add(n))
            .ok_or_else(bad)?;
        rest = &rest[digits + letters..];
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_parsed() {
        assert_eq!(parse_duration("1h30m").unwrap(), 5_400 * NANOS_PER_SECOND);
        assert_eq!(parse_duration("250ms").unwrap(), 250_000_000);
        assert_eq!(parse_duration("1y1w").unwrap(), 372 * DAY);
        for bad in ["", "h", "1", "1x", "-1h", "99999999999w", "1h 2m"] {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn times_are_parsed() {
        let day = DAY;
        assert_eq!(parse_time("1970-01-02", 0).unwrap(), day);
        assert_eq!(parse_time("1970-01-02T00:00:00Z", 0).unwrap(), day);
        assert_eq!(parse_time("1970-01-02T02:00:00+02:00", 0).unwrap(), day);
        assert_eq!(parse_time("24h", 3 * day).unwrap(), 2 * day);
        assert_eq!(parse_time("0", 7).unwrap(), 0);
        assert_eq!(
            parse_time("-1785163320000000005", 0).unwrap(),
            -1_785_163_320_000_000_005
        );
        assert_eq!(
            parse_time("@1785163320", 0).unwrap(),
            1_785_163_320 * NANOS_PER_SECOND
        );
        assert_eq!(parse_time("today", 3 * day + 7).unwrap(), 3 * day);
        assert_eq!(parse_time("yesterday", 3 * day + 7).unwrap(), 2 * day);
        assert!(parse_time("2500-01-01T00:00:00Z", 0).is_err());
        // Ambiguous: could be hours, seconds or milliseconds.
        for bare in ["24", "-5", "1785163320", "1785163320000"] {
            let refused = parse_time(bare, 0).unwrap_err().to_string();
            assert!(refused.contains("bare number"), "{refused}");
        }
        for bad in ["tomorrow", "@", "@1785163320000000000", "5x"] {
            assert!(parse_time(bad, 0).is_err(), "{bad}");
        }
    }
}
