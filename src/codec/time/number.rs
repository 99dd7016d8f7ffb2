//! Times given as numbers since 1970. The magnitude of a number determines its unit.

use crate::record::NANOS_PER_SECOND;

/// Returns the number of nanoseconds in the unit of a number.
///
/// Seconds are recognized up to the year 5138, milliseconds from March 1973, and larger numbers are
/// microseconds and nanoseconds.
fn unit_of(magnitude: u64) -> i64 {
    match magnitude {
        0..100_000_000_000 => NANOS_PER_SECOND,
        100_000_000_000..100_000_000_000_000 => 1_000_000,
        100_000_000_000_000..100_000_000_000_000_000 => 1_000,
        _ => 1,
    }
}

/// Converts a whole number to nanoseconds since 1970.
pub(crate) fn of_int(number: i64) -> Option<i64> {
    number.checked_mul(unit_of(number.unsigned_abs()))
}

/// Converts a float by its shortest decimal digits: 1531171074.631217 seconds are exact.
///
/// The nearest binary fraction would be off by some nanoseconds.
pub(crate) fn of_float(number: f64) -> Option<i64> {
    if number.abs() < i64::MAX as f64 {
        of_decimal(&number.to_string())
    } else {
        None
    }
}

/// Parses digits with an optional sign and fraction: `1531171074.631217`, `-1,5`.
///
/// Digits after the nanoseconds are ignored.
pub(crate) fn of_decimal(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once(['.', ',']).unwrap_or((digits, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !are_digits(whole) || !are_digits(fraction) {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    let unit = unit_of(whole);
    let (mut nanos, mut place) = (0, unit);
    for digit in fraction.bytes() {
        place /= 10;
        nanos += i64::from(digit - b'0') * place;
    }
    let total = i128::from(whole) * i128::from(unit) + i128::from(nanos);
    i64::try_from(if digits.len() < text.len() { -total } else { total }).ok()
}
