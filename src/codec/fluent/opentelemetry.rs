//! OpenTelemetry in Fluent records: the resource of a group, and the log record in a record's metadata.

use std::borrow::Cow;
use std::rc::Rc;

use super::SOURCE_TYPE;
use super::parts::{Parts, text_keys};
use crate::codec::lines::LineOptions;
use crate::codec::model::Keys;
use crate::codec::msgpack::Reader;
use crate::codec::otlp::{self, Origin, SCHEMA_URL, Scope, Shared, Source};
use crate::error::Result;
use crate::record::{Event, Value};

/// The record that starts a group.
pub(super) struct Group;

impl Group {
    /// Decodes the attributes that the records of the group share.
    #[inline(never)]
    pub(super) fn read<'a>(record: &'a [u8], options: &LineOptions) -> Result<Box<Shared<'a>>> {
        let parts = Parts::read(record, options)?;
        let (mut resource, mut scope) = (Keys::new(), Scope::default());
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

/// Decodes an OpenTelemetry log record: its map is the body, and `otlp` has the other fields.
#[inline(never)]
pub(super) fn opentelemetry_event<'a>(
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
