//! Converts one Fluent record to one event.

use std::borrow::Cow;
use std::rc::Rc;

use super::SOURCE_TYPE;
use crate::codec::lines::{self, LineOptions};
use crate::codec::model::{Rest, json_text};
use crate::codec::msgpack::{self, Reader, value_len};
use crate::codec::otlp::{self, Origin, SCHEMA_URL, Scope, Shared, Source};
use crate::codec::share::{self, Allowance, tell_omitted};
use crate::codec::time;
use crate::error::{Error, Result};
use crate::record::{Event, NANOS_PER_SECOND, Value};

type Pairs<'a> = Vec<(Cow<'a, str>, Value<'a>)>;

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

/// The attributes that the records of a group or message share, and the limit on copying them.
pub(super) struct Context<'a> {
    /// The tag of the message.
    pub(super) tag: Option<&'a str>,
    pub(super) options: &'a LineOptions,
    pub(super) group: Option<Box<Shared<'a>>>,
    pub(super) allowance: Allowance,
}

impl<'a> Context<'a> {
    /// Returns the next record's tag and source, and the number of shared attributes to omit.
    fn for_next(&mut self) -> Common<'_, 'a> {
        let mut common = Common {
            source: self
                .group
                .as_ref()
                .map(|group| group.for_next(&mut self.allowance)),
            tag: self.tag,
            source_type: self.tag.unwrap_or_default(),
            omitted: 0,
        };
        if let Some(tag) = self.tag
            && !self.allowance.take(2 * tag.len())
        {
            common.tag = None;
            common.source_type = share::short(tag);
            common.omitted = 1;
        }
        common
    }
}

/// The shared attributes that one record receives.
struct Common<'c, 'a> {
    source: Option<&'c Source<'a>>,
    tag: Option<&'a str>,
    /// The `source_type` of a record that has none of its own: the tag, or empty.
    source_type: &'a str,
    omitted: usize,
}

/// The record that starts a group.
pub(super) struct Group;

impl Group {
    /// Decodes the attributes that the records of the group share.
    #[inline(never)]
    pub(super) fn read<'a>(record: &'a [u8], options: &LineOptions) -> Result<Box<Shared<'a>>> {
        let parts = Parts::read(record, options)?;
        let (mut resource, mut scope) = (Pairs::new(), Scope::default());
        let mut schema_url = Value::Nil;
        let mut reader = Reader::new(parts.map);
        // Fluent Bit puts the schema URL of the resource beside it, other senders into it.
        for (key, value) in text_keys(reader.value()?) {
            match key.as_ref() {
                SCHEMA_URL => schema_url = value,
                "resource" => {
                    for (key, value) in text_keys(value) {
                        match key.as_ref() {
                            "attributes" => resource.extend(text_keys(value)),
                            SCHEMA_URL => schema_url = value,
                            _ => {}
                        }
                    }
                }
                "scope" => {
                    for (key, value) in text_keys(value) {
                        match (key.as_ref(), value) {
                            ("name", Value::Str(text)) => scope.name = text,
                            ("version", Value::Str(text)) => scope.version = text,
                            (SCHEMA_URL, Value::Str(text)) => scope.schema_url = text,
                            ("attributes", value) => scope.attributes = text_keys(value).collect(),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        if matches!(&schema_url, Value::Str(url) if !url.is_empty()) {
            resource.push((SCHEMA_URL.into(), schema_url));
        }
        let origin = Rc::new(Origin::new(resource));
        Ok(Box::new(Shared::new(Source::new(origin, scope))))
    }
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
struct Parts<'a> {
    time: Option<i64>,
    /// The text of a time that could not be parsed.
    unparsed: Option<Cow<'a, str>>,
    metadata: Pairs<'a>,
    map: &'a [u8],
}

impl<'a> Parts<'a> {
    fn read(record: &'a [u8], options: &LineOptions) -> Result<Self> {
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
        let has_tag = reader.clone().bytes_of_text().is_ok();
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

/// Decodes a record into an empty event.
pub(super) fn read_record<'a>(
    event: &mut Event<'a>,
    record: &'a [u8],
    context: &mut Context<'a>,
) -> Result<()> {
    let options = context.options;
    let mut parts = Parts::read(record, options)?;
    let Common {
        source,
        tag,
        source_type,
        omitted,
    } = context.for_next();
    let is_otlp = |(key, _): &(Cow<'_, str>, _)| key == "otlp";
    let otlp = parts.metadata.iter().position(is_otlp);
    if otlp.is_some() || source.is_some() {
        let otlp = otlp.map_or(Value::Nil, |index| parts.metadata.remove(index).1);
        opentelemetry_event(event, &parts, otlp, source, source_type, options)?;
    } else {
        plain_event(event, &mut parts, source_type, options)?;
    }
    if let Some(tag) = tag {
        event.attributes.push(("fluent.tag".into(), tag.into()));
    }
    tell_omitted(event, omitted);
    if !parts.metadata.is_empty() {
        let pairs = parts
            .metadata
            .into_iter()
            .map(|(key, value)| (Value::Str(key), value));
        event
            .attributes
            .push(("fluent.metadata".into(), Value::Map(pairs.collect())));
    }
    Ok(())
}

/// Decodes an OpenTelemetry log record: its map is the body, and `otlp` has the other fields.
#[inline(never)]
fn opentelemetry_event<'a>(
    event: &mut Event<'a>,
    parts: &Parts<'a>,
    otlp: Value<'a>,
    source: Option<&Source<'a>>,
    source_type: &'a str,
    options: &'a LineOptions,
) -> Result<()> {
    let mut log = log_record(otlp);
    if log.time == 0 {
        log.time = parts
            .time
            .and_then(|time| u64::try_from(time).ok())
            .unwrap_or_default();
    }
    log.body = Some(body_of(Reader::new(parts.map).value()?));
    let none = Source::default();
    let source_type = if source_type.is_empty() {
        SOURCE_TYPE
    } else {
        source_type
    };
    otlp::fill(event, &mut log, source.unwrap_or(&none), source_type, options);
    Ok(())
}

/// Decodes a record in the same way as a foreign JSON object.
#[inline(never)]
fn plain_event<'a>(
    event: &mut Event<'a>,
    parts: &mut Parts<'a>,
    source_type: &'a str,
    options: &'a LineOptions,
) -> Result<()> {
    let mut rest = Rest {
        seen: parts.time,
        parse: lines::reader(options.parse),
        ..Rest::default()
    };
    rest.base.unparsed = parts.unparsed.take();
    msgpack::read_parts(event, &mut rest, parts.map)?;
    rest.keys.iter_mut().for_each(|(_, value)| text_of_bytes(value));
    msgpack::complete(event, &mut rest, parts.map, options)?;
    if event.source_type.is_empty() {
        event.source_type = if source_type.is_empty() {
            SOURCE_TYPE
        } else {
            source_type
        }
        .into();
    }
    Ok(())
}

/// Converts bytes to text if they are UTF-8: Ruby sends some strings as bytes.
fn text_of_bytes(value: &mut Value<'_>) {
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::Bin(Cow::Borrowed(bytes)) => {
                if let Ok(text) = std::str::from_utf8(bytes) {
                    *value = Value::Str(Cow::Borrowed(text));
                }
            }
            Value::Array(items) => open.extend(items),
            Value::Map(pairs) => open.extend(pairs.iter_mut().flat_map(|(key, value)| [key, value])),
            _ => {}
        }
    }
}

/// Decodes the metadata that Fluent Bit's OpenTelemetry input creates for a log record.
fn log_record(otlp: Value<'_>) -> otlp::Record<'_> {
    let mut record = otlp::Record::default();
    for (key, value) in text_keys(otlp) {
        match (key.as_ref(), value) {
            ("timestamp", value) => record.time = number(&value),
            ("observed_timestamp", value) => record.observed = number(&value),
            ("severity_number", value) => record.severity = number(&value) as i64,
            ("severity_text", Value::Str(text)) => record.severity_text = text,
            ("attributes", value) => record.attributes = text_keys(value).collect(),
            ("trace_id", value) => record.trace_id = id(&value),
            ("span_id", value) => record.span_id = id(&value),
            ("trace_flags", value) => record.flags = number(&value),
            ("event_name", Value::Str(text)) => record.event_name = text,
            _ => {}
        }
    }
    record
}

/// Unwraps a text body, which Fluent Bit puts into a map with one key.
fn body_of(map: Value<'_>) -> Value<'_> {
    match map {
        Value::Map(mut pairs) => match pairs.as_slice() {
            [(Value::Str(key), Value::Str(_) | Value::Bin(_))]
                if matches!(key.as_ref(), "log" | "message") =>
            {
                pairs.pop().map_or(Value::Nil, |(_, text)| text)
            }
            _ => Value::Map(pairs),
        },
        other => other,
    }
}

fn number(value: &Value<'_>) -> u64 {
    match value {
        Value::Int(number) => u64::try_from(*number).unwrap_or_default(),
        Value::UInt(number) => *number,
        _ => 0,
    }
}

/// Parses an id given as bytes or as hex.
fn id<'a>(value: &Value<'a>) -> Option<Cow<'a, str>> {
    match value {
        Value::Bin(bytes) => otlp::hex(bytes).map(Cow::Owned),
        Value::Str(text) if !text.is_empty() => Some(text.clone()),
        _ => None,
    }
}

/// Returns the pairs of a map whose keys are text; nothing if the value is not a map.
fn text_keys<'a>(map: Value<'a>) -> impl Iterator<Item = (Cow<'a, str>, Value<'a>)> {
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
