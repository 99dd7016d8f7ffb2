//! Times as numbers since 1970. The magnitude tells the unit.

use crate::record::NANOS_PER_SECOND;

/// Returns how many nanoseconds the unit of a number has: seconds up to the year 5138, milliseconds from March 1973 on,
/// then microseconds and nanoseconds.
fn unit_of(magnitude: u64) -> i64 {
    match magnitude {
        0..100_000_000_000 => NANOS_PER_SECOND,
        100_000_000_000..100_000_000_000_000 => 1_000_000,
        100_000_000_000_000..100_000_000_000_000_000 => 1_000,
        _ => 1,
    }
}

/// Reads a whole number.
pub(crate) fn of_int(number: i64) -> Option<i64> {
    number.checked_mul(unit_of(number.unsigned_abs()))
}

/// Reads a float by its shortest decimal digits: 1531171074.631217 seconds are exact, not the nearest binary fraction.
pub(crate) fn of_float(number: f64) -> Option<i64> {
    if number.abs() < i64::MAX as f64 {
        of_decimal(&number.to_string())
    } else {
        None
    }
}

/// Reads digits, with a sign and a fraction if they are there: `1531171074.631217`, `-1,5`. Digits after the nanoseconds are cut.
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
