//! Parses the parts of a written time: the date, the time of day, the year.

use super::Clock;
use super::civil::Civil;
use super::names::{month, weekday};
use super::zone::{Zone, ends, zone};
use crate::codec::scan::Scan;

/// The formats that affect how the rest of a header is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// `2026-03-14 01:02:03`, with a `T` or slashes.
    Iso,
    /// `Mar 14 01:02:03`, optionally with a year.
    Syslog,
    /// `260314 010203` or `1773450123`, which could also be other numbers.
    Weak,
    Other,
}

/// Parses a date without a time as midnight: `2026-03-14`, `2026/3/14`, `20260314`.
pub(super) fn date(text: &str, clock: Clock<'_>) -> Option<i64> {
    let mut scan = Scan::new(text);
    let mut civil = Civil {
        year: scan.digits(4)?,
        ..Civil::default()
    };
    if let Some(separator @ (b'-' | b'/')) = scan.peek() {
        scan.take(1)?;
        civil.month = short(&mut scan)?;
        scan.expect(separator)?;
        civil.day = short(&mut scan)?;
    } else {
        (civil.month, civil.day) = (scan.digits(2)?, scan.digits(2)?);
    }
    if scan.rest().is_empty() {
        civil.in_zone(clock.zone)
    } else {
        None
    }
}

/// Parses a time that starts with a digit. Returns its zone, and whether a `T` follows the date.
pub(super) fn numeric<'a>(scan: &mut Scan<'a>, civil: &mut Civil) -> Option<(Zone<'a>, bool)> {
    let mut start = *scan;
    let digits = scan.digit_run(14)?;
    let mut has_t = false;
    match (digits.len(), scan.peek()) {
        (4, Some(separator @ (b'-' | b'/' | b'.'))) => {
            civil.year = written_year(digits)?;
            scan.take(1)?;
            civil.month = short(scan)?;
            scan.expect(separator)?;
            civil.day = short(scan)?;
            if scan.peek() == Some(b'-') && scan.peek_at(3) == Some(b'.') {
                // Db2 and IBM i write `2026-03-14-01.02.03.123456`.
                scan.take(1)?;
                (civil.hour, civil.minute) = (dotted(scan)?, dotted(scan)?);
                civil.second = scan.digits(2)?;
                fraction(scan, civil);
                return Some((zone(scan)?, false));
            }
            has_t = scan.eat(b'T') || scan.eat(b't');
            // Windows CBS logs write `2016/9/27:20:30:31`.
            if !has_t && !scan.eat(b':') {
                gap(scan)?;
            }
            time_of_day(scan, civil, true)?;
        }
        (4, Some(b' ')) => {
            civil.year = written_year(digits)?;
            scan.take(1)?;
            civil.month = month(scan)?;
            day(scan, civil)?;
            scan.expect(b' ')?;
            time_of_day(scan, civil, false)?;
        }
        (6 | 8, Some(separator @ (b'T' | b't' | b' ' | b'-' | b'_'))) => {
            civil.year = match digits.len() {
                8 => start.digits(4).filter(|year| *year > 0)?,
                _ => century(start.digits(2)?),
            };
            (civil.month, civil.day) = (start.digits(2)?, start.digits(2)?);
            scan.take(1)?;
            scan.eat(b' ');
            has_t = matches!(separator, b'T' | b't');
            if scan.peek_at(1).is_some_and(|byte| byte.is_ascii_digit()) && scan.peek_at(2) != Some(b':') {
                compact_time(scan, civil)?;
            } else {
                time_of_day(scan, civil, false)?;
            }
        }
        (14, _) => {
            *scan = start;
            civil.year = scan.digits(4).filter(|year| *year > 0)?;
            (civil.month, civil.day) = (scan.digits(2)?, scan.digits(2)?);
            compact_time(scan, civil)?;
        }
        (1 | 2, Some(separator @ (b'/' | b'-' | b'.' | b' '))) => {
            scan.take(1)?;
            let first = digits.parse().ok()?;
            if scan.peek()?.is_ascii_digit() && separator != b' ' {
                numbers(scan, civil, first, separator)?;
            } else {
                civil.day = first;
                civil.month = month(scan)?;
                scan.expect(separator)?;
                let mut ahead = *scan;
                let year = ahead.digit_run(4)?;
                // Old versions of Redis omit the year: `14 Mar 01:02:03`.
                if year.len() > 2 || ahead.peek() != Some(b':') {
                    civil.year = written_year(year)?;
                    *scan = ahead;
                    if scan.eat(b':') {
                        // Erlang writes two colons.
                        scan.eat(b':');
                    } else {
                        gap(scan)?;
                    }
                }
            }
            time_of_day(scan, civil, false)?;
        }
        _ => return None,
    }
    Some((zone(scan)?, has_t))
}

/// Parses the rest of a date of three numbers.
///
/// A number that cannot be a month determines the order. Otherwise `26/03/14` starts with the year,
/// `03/04/2026` with the month, and `03.04.2026` and `03-04-2026` with the day. Snort and Android omit the
/// year: `03/14-01:02:03`, `03-14 01:02:03`.
fn numbers(scan: &mut Scan<'_>, civil: &mut Civil, first: u32, separator: u8) -> Option<()> {
    let second = short(scan)?;
    if (separator == b'/' && scan.eat(b'-')) || (separator != b'/' && scan.eat(b' ')) {
        (civil.month, civil.day) = (first, second);
        return Some(());
    }
    scan.expect(separator)?;
    let last = scan.digit_run(4)?;
    if last.len() <= 2 && second <= 12 && separator != b'.' {
        civil.year = century(first);
        (civil.month, civil.day) = (second, last.parse().ok()?);
    } else {
        civil.year = written_year(last)?;
        let month_first = second > 12 || (first <= 12 && separator == b'/');
        (civil.month, civil.day) = if month_first {
            (first, second)
        } else {
            (second, first)
        };
    }
    // NetScaler writes `03/14/2026:01:02:03`.
    if scan.eat(b':') { Some(()) } else { gap(scan) }
}

/// Returns the format of a time that starts with a digit.
pub(super) fn shape_of(text: &[u8]) -> Shape {
    let are_digits = |text: Option<&[u8]>| text.is_some_and(|text| text.iter().all(u8::is_ascii_digit));
    match (text.get(4), text.get(6)) {
        (Some(b'-' | b'/'), _) => Shape::Iso,
        (_, Some(b' ')) if are_digits(text.get(..6)) && are_digits(text.get(7..13)) => Shape::Weak,
        _ => Shape::Other,
    }
}

/// Parses a time that starts with the name of a weekday or month. Returns its zone and format.
pub(super) fn named<'a>(scan: &mut Scan<'a>, civil: &mut Civil) -> Option<(Zone<'a>, Shape)> {
    let mut shape = Shape::Syslog;
    if let Some(length) = weekday(scan.rest()) {
        shape = Shape::Other;
        scan.take(length)?;
        scan.eat(b',');
        scan.expect(b' ')?;
        scan.skip(b' ');
        if scan.peek()?.is_ascii_digit() {
            return numeric(scan, civil).map(|(zone, _)| (zone, shape));
        }
    }
    civil.month = month(scan)?;
    if scan.peek() == Some(b'-') {
        shape = Shape::Other;
    }
    day(scan, civil)?;
    // With a comma, as in `Mar 14, 2026 1:02:03 PM`, the format is not syslog's.
    if scan.eat(b',') {
        shape = Shape::Other;
    }
    scan.expect(b' ')?;
    let mut ahead = *scan;
    if let Some(year) = ahead.digits(4)
        && gap(&mut ahead).is_some()
    {
        civil.year = year;
        *scan = ahead;
    }
    time_of_day(scan, civil, false)?;
    let named = zone(scan)?;
    // ctime writes the year last.
    if civil.year == 0
        && let Some((year, ahead)) = last_year(*scan)
    {
        civil.year = year;
        *scan = ahead;
        if named == Zone::Absent {
            return zone(scan).map(|zone| (zone, shape));
        }
    }
    Some((named, shape))
}

fn last_year(mut scan: Scan<'_>) -> Option<(u32, Scan<'_>)> {
    scan.expect(b' ')?;
    let year = scan
        .digit_run(4)
        .filter(|digits| digits.len() == 4)?
        .parse()
        .ok()?;
    let is_end = match scan.peek() {
        // Reject the start of an address such as `2001:db8::1`.
        Some(b':') => scan.peek_at(1) == Some(b' '),
        Some(byte) => matches!(byte, b' ' | b']' | b')' | b','),
        None => true,
    };
    ((1970..2200).contains(&year) && is_end).then_some((year, scan))
}

fn day(scan: &mut Scan<'_>, civil: &mut Civil) -> Option<()> {
    if !scan.eat(b'-') {
        scan.expect(b' ')?;
        scan.eat(b' ');
    }
    civil.day = short(scan)?;
    Some(())
}

/// Skips the separator between a date and a time: spaces, a comma, an underscore, a hyphen or an at sign.
fn gap(scan: &mut Scan<'_>) -> Option<()> {
    let begins = scan.eat(b',') || scan.eat(b' ') || scan.eat(b'_') || scan.eat(b'-');
    // Kibana writes `Mar 14, 2026 @ 01:02:03`.
    if scan.eat(b'@') {
        scan.expect(b' ')?;
    }
    scan.eat(b' ');
    (begins && scan.peek()?.is_ascii_digit()).then_some(())
}

/// Parses a number of one or two digits.
fn short(scan: &mut Scan<'_>) -> Option<u32> {
    let first = scan.digits(1)?;
    Some(match scan.peek() {
        Some(digit @ b'0'..=b'9') => {
            scan.take(1)?;
            first * 10 + u32::from(digit - b'0')
        }
        _ => first,
    })
}

/// Parses `01:02:03` with an optional fraction, and `AM` or `PM`.
///
/// The fraction has any length after a dot or comma, and three or six digits after a colon.
pub(super) fn time_of_day(scan: &mut Scan<'_>, civil: &mut Civil, may_omit_seconds: bool) -> Option<()> {
    civil.hour = short(scan)?;
    scan.expect(b':')?;
    civil.minute = scan.digits(2)?;
    let mut ahead = *scan;
    if ahead.eat(b':')
        && let Some(second) = ahead.digits(2)
    {
        civil.second = second;
        *scan = ahead;
        fraction(scan, civil);
    } else if !may_omit_seconds {
        return None;
    }
    let mut ahead = *scan;
    ahead.eat(b' ');
    let half = match ahead.peek() {
        Some(b'A' | b'a') => 0,
        Some(b'P' | b'p') => 12,
        _ => return Some(()),
    };
    ahead.take(1)?;
    let is_half = (ahead.eat(b'M') || ahead.eat(b'm')) && ends(&ahead);
    if is_half && (1..=12).contains(&civil.hour) {
        civil.hour = civil.hour % 12 + half;
        *scan = ahead;
    }
    Some(())
}

/// Parses `01.`.
fn dotted(scan: &mut Scan<'_>) -> Option<u32> {
    let number = scan.digits(2)?;
    scan.expect(b'.')?;
    Some(number)
}

/// Parses `010203`.
fn compact_time(scan: &mut Scan<'_>, civil: &mut Civil) -> Option<()> {
    (civil.hour, civil.minute, civil.second) = (scan.digits(2)?, scan.digits(2)?, scan.digits(2)?);
    fraction(scan, civil);
    Some(())
}

/// Parses the fraction of a second, if present. Digits after the nanoseconds are ignored.
fn fraction(scan: &mut Scan<'_>, civil: &mut Civil) {
    let mut ahead = *scan;
    let is_colon = scan.peek() == Some(b':');
    if !is_colon && !matches!(scan.peek(), Some(b'.' | b',')) || ahead.take(1).is_none() {
        return;
    }
    let (mut count, mut nanos) = (0, 0);
    while let Some(digit @ b'0'..=b'9') = ahead.peek() {
        if count < 9 {
            nanos = nanos * 10 + u32::from(digit - b'0');
        }
        count += 1;
        ahead.take(1);
    }
    if count == 0 || (is_colon && count != 3 && count != 6) {
        return;
    }
    civil.nanos = nanos * 10_u32.pow(9_u32.saturating_sub(count));
    *scan = ahead;
}

/// Parses a year of two or four digits.
fn written_year(digits: &str) -> Option<u32> {
    let year: u32 = digits.parse().ok()?;
    match digits.len() {
        2 => Some(century(year)),
        4 if year > 0 => Some(year),
        _ => None,
    }
}

/// Returns the year of a two-digit year: 1969 to 2068, as in POSIX.
fn century(year: u32) -> u32 {
    if year < 69 { 2000 + year } else { 1900 + year }
}
