//! Parses times in line headers, in text and as numbers. All formats use this module.

mod civil;
mod names;
mod number;
mod stamp;
#[cfg(test)]
mod tests;
mod written;
mod zone;

use jiff::tz::TimeZone;

pub(crate) use number::{of_decimal, of_float, of_int};
pub(crate) use stamp::Stamp;

use crate::record::{NANOS_PER_SECOND, Value};

/// Supplies the parts that a written time may omit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock<'c> {
    /// The zone of times that do not specify one.
    pub(crate) zone: &'c TimeZone,
    /// A time without a year gets the latest year that puts it before this time plus a day.
    pub(crate) reference_ns: i64,
}

/// Parses a text that consists only of a time.
///
/// That is a [`Stamp`], a date (meaning midnight), or a number since 1970 in seconds, milliseconds,
/// microseconds or nanoseconds. Returns `None` if the text is not a time, if the date does not exist, if the
/// zone's name is ambiguous, or if the time does not fit into signed 64-bit nanoseconds.
pub(crate) fn of_text(text: &str, clock: Clock<'_>) -> Option<i64> {
    let text = text.trim_ascii();
    // `20260314` is a date, not a number of seconds.
    if let Some(ns) = written::date(text, clock).or_else(|| of_decimal(text)) {
        return Some(ns);
    }
    // .NET writes `/Date(1773450123000)/`.
    if let Some(millis) = text
        .strip_prefix("/Date(")
        .and_then(|text| text.strip_suffix(")/"))
    {
        return of_decimal(millis);
    }
    let inside = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let text = inside.unwrap_or(text);
    let stamp = Stamp::read(text)?;
    // JavaScript and mail append the zone's name in parentheses; Go appends its monotonic clock.
    let rest = &text[stamp.length..];
    let is_whole = rest.is_empty() || rest.starts_with(" (") || rest.starts_with(" m=");
    if is_whole { stamp.nanos(clock) } else { None }
}

/// Parses a value as a time: a text as in [`of_text`], a number since 1970, or an object.
///
/// The object has seconds and nanoseconds (`{"seconds":1,"nanos":2}`), or is MongoDB's `{"$date":...}`.
pub(crate) fn of_value(mut value: &Value<'_>, clock: Clock<'_>) -> Option<i64> {
    while let Some(inner) = member(value, &["$date", "$numberLong"]) {
        value = inner;
    }
    match value {
        Value::Str(text) => of_text(text, clock),
        // `20260314010203` is a date and a time of day.
        Value::Int(number) => of_int(*number).or_else(|| of_text(&number.to_string(), clock)),
        Value::Float(number) => of_float(*number),
        Value::Map(_) => {
            let seconds = integer(member(value, &["seconds", "secs", "sec", "epochSecond"])?)?;
            let nanos = member(
                value,
                &["nanos", "nano", "nsecs", "nsec", "nanoseconds", "nanoOfSecond"],
            );
            let nanos = nanos.map_or(Some(0), integer)?;
            seconds.checked_mul(NANOS_PER_SECOND)?.checked_add(nanos)
        }
        _ => None,
    }
}

/// Returns the first member of an object that has one of these names.
fn member<'v, 'a>(value: &'v Value<'a>, names: &[&str]) -> Option<&'v Value<'a>> {
    let Value::Map(pairs) = value else { return None };
    pairs.iter().find_map(|(key, value)| match key {
        Value::Str(key) if names.contains(&key.as_ref()) => Some(value),
        _ => None,
    })
}

fn integer(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Int(number) => Some(*number),
        Value::Str(digits) => digits.parse().ok(),
        Value::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => Some(*number as i64),
        _ => None,
    }
}
