//! One record to one event.

use std::borrow::Cow;
use std::rc::Rc;

use super::SOURCE_TYPE;
use crate::codec::accept_text;
use crate::codec::json;
use crate::codec::msgpack::{Reader, decode_event, value_len};
use crate::codec::otlp::{self, Entities, Origin, Scope, Shared, Source};
use crate::codec::share::{self, Allowance, tell_omitted};
use crate::error::{Error, Result};
use crate::record::{Event, NANOS_PER_SECOND, Value};

type Pairs<'a> = Vec<(Cow<'a, str>, Value<'a>)>;

/// What a record says about a group by its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// It is a record.
    None,
    /// A group begins.
    Start,
    /// A group ends.
    End,
}

/// What the records of a group and of a message share, and how often they may repeat it.
pub(super) struct Context<'a> {
    /// The message's tag.
    pub(super) tag: Option<&'a str>,
    /// What the caller calls the records.
    pub(super) source_type: Option<&'a str>,
    pub(super) group: Option<Box<Shared<'a>>>,
    pub(super) allowance: Allowance,
}

impl<'a> Context<'a> {
    /// Returns the tag, `source_type`, source and number of omitted attributes for the next record.
    fn for_next(&mut self) -> Common<'_, 'a> {
        let mut common = Common {
            source: self
                .group
                .as_ref()
                .map(|group| group.for_next(&mut self.allowance)),
            tag: self.tag,
            source_type: self.source_type.or(self.tag).filter(|name| !name.is_empty()),
            omitted: 0,
        };
        if let Some(tag) = self.tag
            && !self.allowance.take(2 * tag.len())
        {
            common.tag = None;
            common.source_type = self.source_type.or(Some(share::short(tag)));
            common.source_type = common.source_type.filter(|name| !name.is_empty());
            common.omitted = 1;
        }
        common
    }
}

/// What one record has of what it shares.
struct Common<'c, 'a> {
    source: Option<&'c Source<'a>>,
    tag: Option<&'a str>,
    source_type: Option<&'a str>,
    omitted: usize,
}

/// The record that begins a group.
pub(super) struct Group;

impl Group {
    /// Reads what the records of the group share.
    #[inline(never)]
    pub(super) fn read(record: &[u8]) -> Result<Box<Shared<'_>>> {
        let parts = Parts::read(record)?;
        let (mut origin, mut scope) = (Origin::default(), Scope::default());
        let mut reader = Reader::new(parts.map);
        for (key, value) in text_keys(reader.value()?) {
            match key.as_ref() {
                "resource" => {
                    let attributes = text_keys(value).find(|(key, _)| key == "attributes");
                    let attributes = attributes.map(|(_, value)| text_keys(value).collect());
                    origin = Origin::new(attributes.unwrap_or_default());
                }
                "scope" => {
                    for (key, value) in text_keys(value) {
                        match (key.as_ref(), value) {
                            ("name", Value::Str(text)) => scope.name = text,
                            ("version", Value::Str(text)) => scope.version = text,
                            ("attributes", value) => scope.attributes = text_keys(value).collect(),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(Box::new(Shared::new(Source::new(Rc::new(origin), scope))))
    }
}

/// Tells whether a record only marks a group: by a time of -1 or -2 seconds, in whichever form.
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

/// A record's parts: its time, its metadata, and the bytes of its map.
struct Parts<'a> {
    time: Option<i64>,
    metadata: Pairs<'a>,
    map: &'a [u8],
}

impl<'a> Parts<'a> {
    fn read(record: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new(record);
        let mut parts = Self {
            time: None,
            metadata: Vec::new(),
            map: record,
        };
        let Some(count) = reader.array_len()? else {
            return Ok(parts);
        };
        // Message mode has its tag in front.
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
                parts.time = time(reader.flat()?)?;
                if inner > 1 {
                    let metadata = reader.value().map_err(|e| e.within("metadata"))?;
                    parts.metadata = text_keys(metadata).collect();
                }
                for _ in 2..inner {
                    reader.value()?;
                }
            }
            None => parts.time = time(reader.flat()?)?,
        }
        let rest = reader.rest();
        parts.map = &rest[..value_len(rest).unwrap_or(rest.len())];
        Ok(parts)
    }
}

fn time(value: Value<'_>) -> Result<Option<i64>> {
    let out_of_range = || Error::invalid("the time is outside signed 64-bit nanoseconds");
    let nanos = match value {
        Value::Nil => return Ok(None),
        Value::Int(seconds) => seconds.checked_mul(NANOS_PER_SECOND).ok_or_else(out_of_range)?,
        Value::Float(seconds) if seconds.is_finite() => {
            let whole = seconds.floor();
            let nanos = ((seconds - whole) * NANOS_PER_SECOND as f64) as i64;
            if whole.abs() >= (i64::MAX / NANOS_PER_SECOND) as f64 {
                return Err(out_of_range());
            }
            whole as i64 * NANOS_PER_SECOND + nanos
        }
        Value::Ext(0, bytes) => {
            let &[a, b, c, d, e, f, g, h] = bytes.as_ref() else {
                return Err(Error::invalid("an EventTime has 8 bytes"));
            };
            let seconds = i64::from(u32::from_be_bytes([a, b, c, d]));
            let nanos = i64::from(u32::from_be_bytes([e, f, g, h]));
            if nanos >= NANOS_PER_SECOND {
                return Err(Error::invalid(format!("an EventTime with {nanos} nanoseconds")));
            }
            seconds * NANOS_PER_SECOND + nanos
        }
        _ => return Err(Error::invalid("a time is seconds or an EventTime")),
    };
    Ok(Some(nanos))
}

/// Reads a record.
pub(super) fn read_record<'a>(record: &'a [u8], context: &mut Context<'a>) -> Result<Event<'a>> {
    let mut parts = Parts::read(record)?;
    let Common {
        source,
        tag,
        source_type,
        omitted,
    } = context.for_next();
    let source_type = source_type.unwrap_or(SOURCE_TYPE);
    let is_otlp = |(key, _): &(Cow<'_, str>, _)| key == "otlp";
    let otlp = parts.metadata.iter().position(is_otlp);
    let mut event = if otlp.is_some() || source.is_some() {
        let otlp = otlp.map(|index| parts.metadata.remove(index).1);
        opentelemetry_event(&parts, otlp.unwrap_or(Value::Nil), source, source_type)?
    } else {
        plain_event(&parts, source_type)?
    };
    if let Some(tag) = tag {
        event.attributes.push(("fluent.tag".into(), tag.into()));
    }
    tell_omitted(&mut event, omitted);
    if !parts.metadata.is_empty() {
        let pairs = parts
            .metadata
            .into_iter()
            .map(|(key, value)| (Value::Str(key), value));
        event
            .attributes
            .push(("fluent.metadata".into(), Value::Map(pairs.collect())));
    }
    Ok(event)
}

/// Reads a log record of OpenTelemetry: its map is the body, `otlp` the rest of it.
#[inline(never)]
fn opentelemetry_event<'a>(
    parts: &Parts<'a>,
    otlp: Value<'a>,
    source: Option<&Source<'a>>,
    source_type: &'a str,
) -> Result<Event<'a>> {
    let mut log = log_record(otlp);
    if log.time == 0 {
        log.time = parts
            .time
            .and_then(|time| u64::try_from(time).ok())
            .unwrap_or_default();
    }
    log.body = Some(body_of(Reader::new(parts.map).value()?));
    match source {
        Some(source) => otlp::event_of(log, source, source_type),
        None => otlp::event_of(log, &Source::default(), source_type),
    }
}

/// Reads a record as a foreign JSON object is read.
#[inline(never)]
fn plain_event<'a>(parts: &Parts<'a>, source_type: &'a str) -> Result<Event<'a>> {
    let mut event = decode_event(parts.map)?;
    event.timestamp_ns = event.timestamp_ns.or(parts.time);
    take_bytes(&mut event);
    json::fill_from_usual_keys(&mut event);
    if event.message.is_empty() {
        let mut text = Vec::new();
        json::write_value(&Reader::new(parts.map).value()?, &mut text);
        event.message = String::from_utf8_lossy(&text).into_owned().into();
    }
    if event.source_type.is_empty() {
        event.source_type = source_type.into();
    }
    find_entities(&mut event);
    Ok(event)
}

#[inline(never)]
fn find_entities(event: &mut Event<'_>) {
    let mut entities = Entities::of_event(event);
    entities.add_all(&event.attributes);
    entities.fill(event);
}

/// Some clients send text as bytes, and some text is not UTF-8: the message is taken from either.
fn take_bytes(event: &mut Event<'_>) {
    if !event.message.is_empty() {
        return;
    }
    for name in ["log", "msg"] {
        let found = event.attributes.iter().position(|(key, _)| key == name);
        if let Some(index) = found
            && let Value::Bin(Cow::Borrowed(bytes)) = event.attributes[index].1
        {
            event.attributes.remove(index);
            event.message = accept_text(event, "message", bytes);
            return;
        }
    }
}

/// Reads the metadata that Fluent Bit's OpenTelemetry input makes of a log record.
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

/// A body that is text comes as a map with one key.
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

/// Reads an id, which is bytes or hex.
fn id(value: &Value<'_>) -> Option<String> {
    match value {
        Value::Bin(bytes) => otlp::hex(bytes),
        Value::Str(text) if !text.is_empty() => Some(text.to_ascii_lowercase()),
        _ => None,
    }
}

/// Takes a map's pairs whose keys are text; none of what is no map.
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
