//! Converts the values of known keys.

use std::borrow::Cow;

use super::entities::first;
use super::{Keys, Scale, Severity};
use crate::codec::text::keep_raw;
use crate::record::Value;

/// Returns a text or an integer's digits, but no hyphen, which stands for an absent value.
pub(super) fn word<'a>(value: &Value<'a>) -> Option<Cow<'a, str>> {
    first(value).filter(|text| text != "-")
}

pub(super) fn text_if<'a>(value: &Value<'a>, test: impl Fn(&str) -> bool) -> Option<Cow<'a, str>> {
    match value {
        Value::Str(text) if test(text) => Some(text.clone()),
        _ => None,
    }
}

/// Returns whether a text could be a date without a time: `2026-03-14`, `14.03.26`.
pub(super) fn is_date(text: &str) -> bool {
    (6..=10).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'/' | b'.'))
}

/// Returns whether a text could be a time of day: `01:02:03.5`, `1:02:03 PM`, `01:02:03+01:00`.
pub(super) fn is_time_of_day(text: &str) -> bool {
    let bytes = text.as_bytes();
    let colon = bytes.iter().take(3).position(|byte| *byte == b':');
    text.len() <= 32 && matches!(colon, Some(1 | 2)) && bytes[0].is_ascii_digit()
}

/// Joins the parts of a time that have keys of their own.
pub(super) fn joined(date: &str, time: &str, zone: Option<&str>) -> String {
    let zone = zone.unwrap_or_default();
    let space = if zone.starts_with(['+', '-']) { "" } else { " " };
    format!("{date} {time}{space}{zone}")
}

/// Returns a level's number whose meaning depends on the sender.
pub(super) fn small(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Int(number @ 0..=7) => Some(*number),
        Value::Str(text) => text.parse().ok().filter(|number| text.len() == 1 && *number <= 7),
        _ => None,
    }
}

pub(super) fn severity_of(value: &Value<'_>, scale: Scale) -> Option<Severity> {
    match value {
        Value::Str(text) => Severity::of_text(text, scale),
        Value::Int(number) => Severity::of_number(*number, scale),
        Value::Float(number) if number.fract() == 0.0 => Severity::of_number(*number as i64, scale),
        _ => None,
    }
}

pub(super) fn pid_of<'a>(value: &Value<'a>) -> Option<Cow<'a, str>> {
    first(value).filter(|pid| pid.len() <= 20 && pid.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Parses an id of this many hex digits.
///
/// In Google Cloud's trace paths, the id is the last part.
pub(super) fn id_of<'a>(value: &Value<'a>, digits: usize) -> Option<Cow<'a, str>> {
    let Value::Str(text) = value else { return None };
    let text = match text {
        Cow::Borrowed(text) => Cow::Borrowed(last_part(text)),
        Cow::Owned(text) => Cow::Owned(last_part(text).to_owned()),
    };
    is_id(&text, digits).then_some(text)
}

fn last_part(text: &str) -> &str {
    text.rsplit_once("/traces/").map_or(text, |(_, id)| id)
}

/// Returns whether a text is an id of this many hex digits, not all zero.
pub(crate) fn is_id(text: &str, digits: usize) -> bool {
    text.len() == digits
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        && text.bytes().any(|byte| byte != b'0')
}

/// Returns whether a list holds the bytes of a text.
///
/// journald exports text that is not UTF-8, or that has control characters, in this form.
pub(super) fn is_bytes(items: &[Value<'_>]) -> bool {
    !items.is_empty() && items.iter().all(|item| matches!(item, Value::Int(0..=255)))
}

/// Converts a text, bytes, or a list of bytes to a message.
pub(crate) fn message_of<'a>(value: Value<'a>, attributes: &mut Keys<'a>) -> Option<Cow<'a, str>> {
    match value {
        Value::Str(text) => Some(without_newline(text)),
        Value::Bin(Cow::Borrowed(bytes)) => Some(match std::str::from_utf8(bytes) {
            Ok(text) => without_newline(text.into()),
            Err(_) => lossy(bytes, attributes),
        }),
        Value::Bin(Cow::Owned(bytes)) => Some(lossy(&bytes, attributes)),
        Value::Array(items) => {
            let byte = |item: &Value<'_>| match item {
                Value::Int(byte) => *byte as u8,
                _ => b'?',
            };
            let bytes: Vec<u8> = items.iter().map(byte).collect();
            Some(lossy(&bytes, attributes))
        }
        _ => None,
    }
}

/// Converts bytes to text. If they are not UTF-8, adds an attribute with the exact bytes.
fn lossy<'a>(bytes: &[u8], attributes: &mut Keys<'a>) -> Cow<'a, str> {
    if std::str::from_utf8(bytes).is_err() {
        keep_raw(attributes, "message", bytes);
    }
    Cow::Owned(String::from_utf8_lossy(bytes).into_owned())
}

/// Removes a trailing line feed. Docker's log driver and others leave it in the message.
fn without_newline(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.strip_suffix('\n').unwrap_or(text)),
        Cow::Owned(mut text) => {
            if text.ends_with('\n') {
                text.pop();
            }
            Cow::Owned(text)
        }
    }
}

/// Returns a value as JSON text.
pub(crate) fn json_text(value: &Value<'_>) -> String {
    let mut text = Vec::new();
    crate::codec::json::write_value(value, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}
