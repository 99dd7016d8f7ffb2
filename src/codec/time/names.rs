//! The names of months and weekdays.

use crate::codec::scan::Scan;

/// Returns the length of a weekday's name, short or full: `Mon`, `Wednesday`.
pub(super) fn weekday(text: &str) -> Option<usize> {
    const DAYS: [&[u8; 3]; 7] = [b"mon", b"tue", b"wed", b"thu", b"fri", b"sat", b"sun"];
    let head = text
        .as_bytes()
        .first_chunk::<3>()?
        .map(|byte| byte.to_ascii_lowercase());
    let letters = text.bytes().take(10).take_while(u8::is_ascii_alphabetic).count();
    (DAYS.iter().any(|day| **day == head) && matches!(letters, 3 | 6..=9)).then_some(letters)
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Short month names that differ from English, in seven other European languages.
///
/// German, French, Spanish, Italian, Portuguese, Dutch and Danish.
const FOREIGN_MONTHS: [(&str, u32); 32] = [
    ("j\u{e4}n", 1),
    ("janv", 1),
    ("ene", 1),
    ("gen", 1),
    ("f\u{e9}v", 2),
    ("f\u{e9}vr", 2),
    ("fev", 2),
    ("m\u{e4}r", 3),
    ("mrz", 3),
    ("mrt", 3),
    ("mars", 3),
    ("avr", 4),
    ("abr", 4),
    ("mai", 5),
    ("mag", 5),
    ("mei", 5),
    ("maj", 5),
    ("juin", 6),
    ("giu", 6),
    ("juil", 7),
    ("lug", 7),
    ("ago", 8),
    ("ao\u{fb}t", 8),
    ("sept", 9),
    ("set", 9),
    ("okt", 10),
    ("ott", 10),
    ("out", 10),
    ("d\u{e9}c", 12),
    ("dez", 12),
    ("dic", 12),
    ("des", 12),
];

/// Parses a month's name before a separator and a digit.
///
/// English names are short or full; names in other languages are short.
pub(super) fn month(scan: &mut Scan<'_>) -> Option<u32> {
    let rest = scan.rest();
    let is_end = |byte: u8| matches!(byte, b' ' | b'-' | b'/' | b'.');
    let length = rest
        .bytes()
        .take(10)
        .position(is_end)
        .filter(|length| *length >= 3)?;
    let follows = rest.as_bytes()[length..].iter().find(|byte| !is_end(**byte));
    if !follows.is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let name = scan.take(length)?;
    let head = name
        .as_bytes()
        .first_chunk::<3>()?
        .map(|byte| byte.to_ascii_lowercase());
    let is_english =
        |month: &&str| month.as_bytes()[..3] == head && (length == 3 || name.eq_ignore_ascii_case(month));
    if let Some(index) = MONTHS.iter().position(is_english) {
        return Some(index as u32 + 1);
    }
    let mut foreign = FOREIGN_MONTHS.iter();
    foreign.find_map(|(month, number)| name.eq_ignore_ascii_case(month).then_some(*number))
}
