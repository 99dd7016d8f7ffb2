//! The zone of a written time: an offset, an IANA name, or an abbreviation.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::civil::Civil;
use crate::codec::scan::Scan;

/// Abbreviations with a single meaning, or with one offset in all their meanings, in minutes.
///
/// For North America, RFC 5322 defines them. Ambiguous abbreviations are in [`AMBIGUOUS`].
const ABBREVIATIONS: [(&str, i64); 41] = [
    ("UTC", 0),
    ("GMT", 0),
    ("CET", 60),
    ("CEST", 120),
    ("MET", 60),
    ("MEST", 120),
    ("MESZ", 120),
    ("MEZ", 60),
    ("WET", 0),
    ("WEST", 60),
    ("EET", 120),
    ("EEST", 180),
    ("MSK", 180),
    ("EST", -300),
    ("EDT", -240),
    ("CDT", -300),
    ("MST", -420),
    ("MDT", -360),
    ("PST", -480),
    ("PDT", -420),
    ("AKST", -540),
    ("AKDT", -480),
    ("HST", -600),
    ("ADT", -180),
    ("NST", -210),
    ("NDT", -150),
    ("BRT", -180),
    ("SAST", 120),
    ("CAT", 120),
    ("EAT", 180),
    ("PKT", 300),
    ("WIB", 420),
    ("HKT", 480),
    ("SGT", 480),
    ("AWST", 480),
    ("JST", 540),
    ("KST", 540),
    ("AEST", 600),
    ("AEDT", 660),
    ("NZST", 720),
    ("NZDT", 780),
];

/// Abbreviations with several meanings that have different offsets.
const AMBIGUOUS: [&str; 6] = ["AST", "BST", "CST", "GST", "IST", "SST"];

/// The first parts of IANA zone names.
const AREAS: [&str; 12] = [
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Etc",
    "Europe",
    "Indian",
    "Pacific",
    "US",
];

/// The zone specified by a written time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Zone<'a> {
    /// No zone: the caller's zone applies.
    Absent,
    /// Seconds east of UTC.
    Offset(i64),
    /// An abbreviation or an IANA name.
    Name(&'a str),
}

impl Zone<'_> {
    /// Returns nanoseconds since 1970; `None` if the time does not exist or the name is ambiguous.
    ///
    /// If the caller's zone uses the abbreviation at that time, the caller's zone is meant.
    pub(super) fn nanos(self, civil: Civil, callers: &TimeZone) -> Option<i64> {
        let name = match self {
            Zone::Absent => return civil.in_zone(callers),
            Zone::Offset(seconds) => return civil.at_offset(seconds),
            Zone::Name(name) => name,
        };
        if name.contains('/') {
            return civil.in_zone(&TimeZone::get(name).ok()?);
        }
        if *callers != TimeZone::UTC {
            let ns = civil.in_zone(callers)?;
            let at = Timestamp::from_nanosecond(i128::from(ns)).ok()?;
            if callers.to_offset_info(at).abbreviation() == name {
                return Some(ns);
            }
        }
        civil.at_offset(minutes_of(name)? * 60)
    }
}

fn minutes_of(name: &str) -> Option<i64> {
    let known = ABBREVIATIONS.iter().find(|(known, _)| *known == name);
    known.map(|(_, minutes)| *minutes)
}

/// Parses the zone after a time of day, if present. Fails if the text only resembles a zone.
pub(super) fn zone<'a>(scan: &mut Scan<'a>) -> Option<Zone<'a>> {
    match scan.peek() {
        Some(b'Z' | b'z') => {
            scan.take(1)?;
            java_name(scan);
            Some(Zone::Offset(0))
        }
        Some(b'+' | b'-') => {
            let offset = offset(scan, false)?;
            java_name(scan);
            Some(Zone::Offset(offset))
        }
        Some(b'[') => Some(java_name(scan).unwrap_or(Zone::Absent)),
        // After a space, the next word may belong to the message.
        Some(b' ') => {
            let mut ahead = *scan;
            ahead.skip(b' ');
            let found = match ahead.peek() {
                Some(b'+' | b'-') => offset(&mut ahead, true).map(|offset| {
                    repeated(&mut ahead);
                    Zone::Offset(offset)
                }),
                Some(b'Z') => ahead.take(1).map(|_| Zone::Offset(0)),
                Some(b'(') => {
                    ahead.take(1)?;
                    named(&mut ahead).filter(|_| ahead.eat(b')'))
                }
                _ => named(&mut ahead),
            };
            let found = found.filter(|_| ends(&ahead));
            if found.is_some() {
                *scan = ahead;
            }
            Some(found.unwrap_or(Zone::Absent))
        }
        Some(byte) if byte.is_ascii_uppercase() => named(scan),
        _ => Some(Zone::Absent),
    }
}

/// Parses `CEST`, `Europe/Berlin`, `GMT+01:00`, RFC 3164's `TZ-6`, Java's `Central European Time`.
fn named<'a>(scan: &mut Scan<'a>) -> Option<Zone<'a>> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_');
    if !scan.peek()?.is_ascii_uppercase() {
        return None;
    }
    let mut length = scan.rest().bytes().take(40).take_while(is_part).count();
    // IANA names may contain more characters: `Etc/GMT+5`, `America/Port-au-Prince`.
    if scan.rest().as_bytes()[..length].contains(&b'/') {
        let is_part = |byte: &u8| is_part(byte) || matches!(byte, b'-' | b'+');
        length = scan.rest().bytes().take(40).take_while(is_part).count();
    }
    let name = scan.take(length)?;
    if let Some((area, _)) = name.split_once('/') {
        return AREAS.contains(&area).then_some(Zone::Name(name));
    }
    if matches!(name, "GMT" | "UTC" | "TZ") && matches!(scan.peek(), Some(b'+' | b'-')) {
        return offset(scan, false).map(Zone::Offset);
    }
    if minutes_of(name).is_some() || AMBIGUOUS.contains(&name) {
        return Some(Zone::Name(name));
    }
    long_name(name, scan)
}

/// Parses the rest of a zone's long name, whose initials are its abbreviation.
fn long_name(first: &str, scan: &mut Scan<'_>) -> Option<Zone<'static>> {
    if first.len() < 6 || !first.as_bytes()[1].is_ascii_lowercase() {
        return None;
    }
    let mut initials = first[..1].to_owned();
    while initials.len() < 4 && scan.eat(b' ') {
        let word = scan.take(scan.rest().bytes().take_while(u8::is_ascii_alphabetic).count())?;
        initials.push_str(word.get(..1)?);
        if word == "Time" {
            // Coordinated Universal Time is UTC.
            let name = if initials == "CUT" { "UTC" } else { &initials };
            let mut known = ABBREVIATIONS.iter().map(|(known, _)| *known).chain(AMBIGUOUS);
            return known.find(|known| *known == name).map(Zone::Name);
        }
    }
    None
}

/// Skips the abbreviation that Go writes after an offset: `+0100 CET`.
fn repeated(scan: &mut Scan<'_>) {
    let mut ahead = *scan;
    if ahead.eat(b' ') && named(&mut ahead).is_some() && ends(&ahead) {
        *scan = ahead;
    }
}

/// Parses `[Europe/Berlin]`, which Java writes after an offset.
fn java_name<'a>(scan: &mut Scan<'a>) -> Option<Zone<'a>> {
    let mut ahead = *scan;
    ahead.expect(b'[')?;
    let zone = named(&mut ahead)?;
    ahead.expect(b']')?;
    *scan = ahead;
    Some(zone)
}

/// Parses `+01`, `+0100`, `+01:00`, `+1`.
fn offset(scan: &mut Scan<'_>, needs_minutes: bool) -> Option<i64> {
    let sign = if scan.eat(b'-') { -1 } else { 1 };
    scan.eat(b'+');
    let digits = scan.digit_run(4)?;
    let (hours, minutes): (i64, i64) = match digits.len() {
        1 | 2 => {
            let hours = digits.parse().ok()?;
            let minutes = if scan.eat(b':') {
                i64::from(scan.digits(2)?)
            } else if needs_minutes {
                return None;
            } else {
                0
            };
            (hours, minutes)
        }
        4 => (digits[..2].parse().ok()?, digits[2..].parse().ok()?),
        // Db2 writes minutes.
        3 => (0, digits.parse().ok()?),
        _ => return None,
    };
    (hours < 24 && minutes < if digits.len() == 3 { 1_000 } else { 60 })
        .then_some(sign * (hours * 3_600 + minutes * 60))
}

/// Returns whether a time may end here, which is not inside a word, a number or a path.
pub(super) fn ends(scan: &Scan<'_>) -> bool {
    match scan.peek() {
        None => true,
        Some(b'.') => !scan.peek_at(1).is_some_and(|next| next.is_ascii_alphanumeric()),
        Some(byte) => !byte.is_ascii_alphanumeric() && byte.is_ascii() && !matches!(byte, b'_' | b'-' | b'/'),
    }
}
