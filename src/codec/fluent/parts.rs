//! The parts of a Fluent record: its time, its metadata and its map.

use std::borrow::Cow;

use crate::codec::lines::LineOptions;
use crate::codec::model::{Keys, json_text};
use crate::codec::msgpack::{Reader, value_len};
use crate::codec::time;
use crate::error::{Error, Result};
use crate::record::{NANOS_PER_SECOND, Value};

/// The kind of a record, which its time determines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// An ordinary record.
    None,
    /// The start of a group.
    Start,
    /// The end of a group.
    End,
}

/// Returns whether a record marks a group's start or end: its time is -1 or -2 seconds, in any form.
pub(super) fn mark(record: &[u8]) -> Mark {
    let seconds = || -> Result<i64> {
        let mut reader = Reader::new(record);
        let Some(2..) = reader.array_len()? else {
            return Ok(0);
        };
        reader.array_len()?;
        Ok(match reader.flat()? {
            Value::Int(seconds) => seconds,
            Value::Ext(0, time) => match time.first_chunk::<4>() {
                Some(seconds) => i64::from(i32::from_be_bytes(*seconds)),
                None => 0,
            },
            _ => 0,
        })
    };
    match seconds() {
        Ok(-1) => Mark::Start,
        Ok(-2) => Mark::End,
        _ => Mark::None,
    }
}

/// The parts of a record: its time, its metadata, and the bytes of its map.
pub(super) struct Parts<'a> {
    pub(super) time: Option<i64>,
    /// The text of a time that could not be parsed.
    pub(super) unparsed: Option<Cow<'a, str>>,
    pub(super) metadata: Keys<'a>,
    pub(super) map: &'a [u8],
}

impl<'a> Parts<'a> {
    pub(super) fn read(record: &'a [u8], options: &LineOptions) -> Result<Self> {
        let mut reader = Reader::new(record);
        let mut parts = Self {
            time: None,
            unparsed: None,
            metadata: Vec::new(),
            map: record,
        };
        let Some(count) = reader.array_len()? else {
            return Ok(parts);
        };
        // In Message mode the tag precedes the time.
        let has_tag = reader.is_text();
        if count < 2 + usize::from(has_tag) {
            return Err(Error::invalid("a record is a time and a map"));
        }
        if has_tag {
            reader.bytes_of_text()?;
        }
        match reader.array_len()? {
            Some(0) => return Err(Error::invalid("a record has a time")),
            Some(inner) => {
                (parts.time, parts.unparsed) = time_of(reader.flat()?, options);
                if inner > 1 {
                    let metadata = reader.value().map_err(|e| e.within("metadata"))?;
                    parts.metadata = text_keys(metadata).collect();
                }
                for _ in 2..inner {
                    reader.value()?;
                }
            }
            None => (parts.time, parts.unparsed) = time_of(reader.flat()?, options),
        }
        let rest = reader.rest();
        parts.map = &rest[..value_len(rest).unwrap_or(rest.len())];
        Ok(parts)
    }
}

/// Parses the time of a record. If that fails, returns `None` and the time's text.
fn time_of<'a>(value: Value<'a>, options: &LineOptions) -> (Option<i64>, Option<Cow<'a, str>>) {
    let nanos = match &value {
        Value::Nil => return (None, None),
        // Some senders write milliseconds.
        Value::Int(number) => time::of_int(*number),
        Value::Float(seconds) => time_of_float(*seconds),
        // Fluent's EventTime.
        Value::Ext(0, bytes) => match bytes.as_ref() {
            &[a, b, c, d, e, f, g, h] => {
                let nanos = u32::from_be_bytes([e, f, g, h]);
                Some(joined(u32::from_be_bytes([a, b, c, d]).into(), nanos))
            }
            _ => None,
        },
        // The timestamp extension of msgpack.
        Value::Ext(-1, bytes) => match *bytes.as_ref() {
            [a, b, c, d] => Some(joined(u32::from_be_bytes([a, b, c, d]).into(), 0)),
            [a, b, c, d, e, f, g, h] => {
                let both = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
                Some(joined((both & 0x3_ffff_ffff) as i64, (both >> 34) as u32))
            }
            _ => None,
        },
        Value::Str(text) => time::of_text(text, options.clock()),
        _ => None,
    };
    let text = nanos.is_none().then(|| match value {
        Value::Str(text) => text,
        other => json_text(&other).into(),
    });
    (nanos, text)
}

/// Combines seconds and nanoseconds. Limits the nanoseconds to less than a second.
fn joined(seconds: i64, nanos: u32) -> i64 {
    let nanos = i64::from(nanos).min(NANOS_PER_SECOND - 1);
    seconds.saturating_mul(NANOS_PER_SECOND).saturating_add(nanos)
}

fn time_of_float(seconds: f64) -> Option<i64> {
    let whole = seconds.floor();
    let nanos = ((seconds - whole) * NANOS_PER_SECOND as f64) as i64;
    if whole.abs() < (i64::MAX / NANOS_PER_SECOND) as f64 {
        Some(whole as i64 * NANOS_PER_SECOND + nanos)
    } else {
        None
    }
}

/// Returns the pairs of a map whose keys are text; nothing if the value is not a map.
pub(super) fn text_keys<'a>(map: Value<'a>) -> impl Iterator<Item = (Cow<'a, str>, Value<'a>)> {
    let pairs = match map {
        Value::Map(pairs) => pairs,
        _ => Vec::new(),
    };
    pairs.into_iter().filter_map(|(key, value)| match key {
        Value::Str(key) => Some((key, value)),
        Value::Bin(key) => Some((Cow::Owned(String::from_utf8_lossy(&key).into_owned()), value)),
        _ => None,
    })
}
