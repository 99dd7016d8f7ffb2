//! The usual keys of other programs' JSON logs, for the fields that an object does not give by name.

use std::borrow::Cow;

use jiff::Timestamp;

use super::parse::Members;
use crate::codec::lines::Severity;
use crate::record::{Event, Field, NANOS_PER_SECOND, Value};

/// Fills the fields that are absent. A key that is used up leaves `unknown`; one whose value does not fit stays.
pub(super) fn fill<'a>(event: &mut Event<'a>, absent: impl Fn(Field) -> bool, unknown: &mut Members<'a>) {
    if absent(Field::TimestampNs) {
        event.timestamp_ns = take(unknown, &["@timestamp", "timestamp", "time", "ts"], time_of);
    }
    if absent(Field::SeverityId)
        && let Some(severity) = take(unknown, &["level", "severity", "log.level", "levelname"], severity_of)
    {
        event.severity_id = severity.id;
        if absent(Field::OtelSeverity) {
            event.otel_severity = severity.otel;
        }
    }
    if absent(Field::Message)
        && let Some(text) = take_text(unknown, &["msg"])
            .or_else(|| take_text(unknown, &["log"]).map(without_newline))
            .or_else(|| take_text(unknown, &["event"]))
    {
        event.message = text;
    }
    if absent(Field::SourceId)
        && let Some(host) = take_text(unknown, &["host", "hostname", "host.name"])
    {
        event.source_id = host;
    }
    if absent(Field::RelatedUsers) {
        event.related_users.extend(take_text(unknown, &["user", "username", "user.name"]));
    }
    if absent(Field::RelatedProcesses) {
        event.related_processes.extend(take_process(unknown));
    }
}

fn take<'a, T>(unknown: &mut Members<'a>, names: &[&str], convert: impl Fn(&Value<'a>) -> Option<T>) -> Option<T> {
    names.iter().find_map(|name| {
        let index = unknown.iter().position(|(key, _)| key == name)?;
        let converted = convert(&unknown[index].1)?;
        unknown.remove(index);
        Some(converted)
    })
}

fn take_text<'a>(unknown: &mut Members<'a>, names: &[&str]) -> Option<Cow<'a, str>> {
    take(unknown, names, |value| match value {
        Value::Str(text) if !text.is_empty() => Some(text.clone()),
        _ => None,
    })
}

/// Docker's driver hands on each line with its newline, which is no part of the message.
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

/// A `name` alone may name anything; beside a pid it is the program's.
fn take_process<'a>(unknown: &mut Members<'a>) -> Option<Cow<'a, str>> {
    let pid = take(unknown, &["pid"], |value| match value {
        Value::Int(pid) if *pid >= 0 => Some(Cow::Owned(pid.to_string())),
        Value::Str(pid) if !pid.is_empty() && pid.bytes().all(|b| b.is_ascii_digit()) => Some(pid.clone()),
        _ => None,
    });
    let Some(pid) = pid else { return take_text(unknown, &["app"]) };
    match take_text(unknown, &["name", "app"]) {
        Some(name) => Some(Cow::Owned(format!("{name}:{pid}"))),
        None => Some(pid),
    }
}

fn severity_of(value: &Value<'_>) -> Option<Severity> {
    match value {
        Value::Str(name) => Severity::from_word(name.trim_ascii()),
        // pino's numbers. Others count syslog's way, downwards from 7, and cannot be told from small ones.
        Value::Int(10) => Some(Severity::TRACE),
        Value::Int(20) => Some(Severity::DEBUG),
        Value::Int(30) => Some(Severity::INFO),
        Value::Int(40) => Some(Severity::WARNING),
        Value::Int(50) => Some(Severity::ERROR),
        Value::Int(60) => Some(Severity::FATAL),
        _ => None,
    }
}

fn time_of(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Str(text) => i64::try_from(text.parse::<Timestamp>().ok()?.as_nanosecond()).ok(),
        Value::Int(number) => number.checked_mul(unit_of(number.unsigned_abs())),
        Value::Float(number) => time_of_float(*number),
        _ => None,
    }
}

/// Tells how many nanoseconds the unit of a time since 1970 has, by its magnitude: seconds reach the year 5138 before
/// they would be taken for milliseconds, which count from March 1973 on.
fn unit_of(magnitude: u64) -> i64 {
    match magnitude {
        0..100_000_000_000 => NANOS_PER_SECOND,
        100_000_000_000..100_000_000_000_000 => 1_000_000,
        100_000_000_000_000..100_000_000_000_000_000 => 1_000,
        _ => 1,
    }
}

/// Reads a float by its decimal digits: 1531171074.631217 seconds are meant exactly, not as the nearest binary fraction.
fn time_of_float(number: f64) -> Option<i64> {
    if number.abs() >= i64::MAX as f64 {
        return None;
    }
    let unit = unit_of(number.abs() as u64);
    let text = number.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut nanos: i64 = 0;
    let mut place = unit;
    for digit in fraction.bytes() {
        place /= 10;
        nanos += i64::from(digit - b'0') * place;
    }
    let whole = whole.parse::<i64>().ok()?.checked_mul(unit)?;
    if number < 0.0 { whole.checked_sub(nanos) } else { whole.checked_add(nanos) }
}
