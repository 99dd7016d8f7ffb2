//! A log record of OpenTelemetry's data model, as an event.
//!
//! | record | event |
//! |---|---|
//! | time, else observed time | `timestamp_ns` |
//! | observed time | `observed_ns` |
//! | severity number | `otel_severity`, and `severity_id` on the scale from 0 to 6 |
//! | severity text | `severity_id` where there is no number; the attribute `severity_text` where it says more than the number |
//! | body that is text | `message` |
//! | body of another kind | `body`; `message` is its member `message`, `msg`, `log` or `event`, else its JSON text |
//! | attributes | `attributes`; ECS's `event.*` fill the fields of that name, other names the related lists (`entities.rs`) |
//! | resource | `resource_attrs`; `service.name` is `source_type`, `host.name` is `source_id` |
//! | scope | the attributes `otel.scope.name`, `otel.scope.version` and the scope's own |
//! | trace id, span id | `trace_id`, `span_id`, in hex |
//! | the attribute `log.record.uid` | the record key, unless the call names another one: `event_id` is made of it |
//! | event name | `event_action`, and `message` where there is no body |
//! | flags, dropped attributes | the attributes `trace_flags`, `otel.dropped_attributes_count`, unless 0 |
//!
//! A request whose events repeat too much of resource and scope has some that go without: see [`share`](crate::codec::share).

use std::borrow::Cow;

use super::source::{Source, json_text};
use crate::codec::lines::Severity;
use crate::codec::share::tell_omitted;
use crate::codec::text::accept_text;
use crate::error::{Error, Result};
use crate::record::{Event, Value};

/// A log record as OTLP has it; 0 and empty stand for what is not there.
#[derive(Debug, Default)]
pub(crate) struct Record<'a> {
    pub(crate) time: u64,
    pub(crate) observed: u64,
    pub(crate) severity: i64,
    pub(crate) severity_text: Cow<'a, str>,
    pub(crate) body: Option<Value<'a>>,
    pub(crate) attributes: Vec<(Cow<'a, str>, Value<'a>)>,
    pub(crate) dropped: u64,
    pub(crate) flags: u64,
    pub(crate) trace_id: Option<String>,
    pub(crate) span_id: Option<String>,
    pub(crate) event_name: Cow<'a, str>,
}

/// Makes the event. `source_type` is that of records whose resource has no service name.
pub(crate) fn event_of<'a>(
    record: Record<'a>,
    source: &Source<'a>,
    source_type: &'a str,
) -> Result<Event<'a>> {
    let Source {
        origin,
        scope,
        omitted,
    } = source;
    let mut event = Event {
        timestamp_ns: time(if record.time == 0 {
            record.observed
        } else {
            record.time
        })?,
        observed_ns: time(record.observed)?,
        trace_id: record.trace_id.map(Cow::Owned),
        span_id: record.span_id.map(Cow::Owned),
        source_type: if origin.source_type.is_empty() {
            Cow::Borrowed(source_type)
        } else {
            origin.source_type.clone()
        },
        source_id: origin.source_id.clone(),
        resource_attrs: origin.pairs.clone(),
        ..Event::default()
    };
    let mut entities = origin.entities.clone();
    entities.add_all(&record.attributes);
    event.attributes = record.attributes;
    severity(&mut event, record.severity, record.severity_text);
    if let Some(body) = record.body {
        set_body(&mut event, body);
    }
    ecs(&mut event);
    if !record.event_name.is_empty() {
        if event.message.is_empty() && event.body.is_none() {
            event.message = record.event_name.clone();
        }
        event.event_action = record.event_name;
    }
    for (key, text) in [
        ("otel.scope.name", &scope.name),
        ("otel.scope.version", &scope.version),
    ] {
        if !text.is_empty() {
            event.attributes.push((key.into(), Value::Str(text.clone())));
        }
    }
    event.attributes.extend_from_slice(&scope.attributes);
    for (key, number) in [
        ("trace_flags", record.flags),
        ("otel.dropped_attributes_count", record.dropped),
    ] {
        if number != 0 {
            event.attributes.push((key.into(), Value::Int(number as i64)));
        }
    }
    tell_omitted(&mut event, *omitted);
    entities.fill(&mut event);
    Ok(event)
}

fn time(nanos: u64) -> Result<Option<i64>> {
    match i64::try_from(nanos) {
        Ok(0) => Ok(None),
        Ok(nanos) => Ok(Some(nanos)),
        Err(_) => Err(Error::invalid(format!("the time {nanos} is after the year 2262"))),
    }
}

/// Brings a severity number to Seerflow's scale, so that a syslog priority that a collector translated to a number
/// ends where it would have ended as a line.
fn severity_id(number: i64) -> i64 {
    match number {
        ..=8 => 0,
        9 => 1,
        10..=12 => 2,
        13..=16 => 3,
        17 => 4,
        18 => 5,
        _ => 6,
    }
}

fn severity<'a>(event: &mut Event<'a>, number: i64, text: Cow<'a, str>) {
    const NAMES: [&str; 6] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
    let mut says_more = !text.is_empty();
    if number != 0 {
        event.otel_severity = number;
        event.severity_id = severity_id(number);
        let name = usize::try_from(number - 1).ok().and_then(|n| NAMES.get(n / 4));
        says_more &= !name.is_some_and(|name| name.eq_ignore_ascii_case(&text));
    } else if let Some(severity) = Severity::from_word(text.trim_ascii()) {
        (event.severity_id, event.otel_severity) = (severity.id, severity.otel);
    }
    if says_more {
        event.attributes.push(("severity_text".into(), Value::Str(text)));
    }
}

/// Puts a body into `message`, or into `body` with what can be read of it in `message`.
pub(crate) fn set_body<'a>(event: &mut Event<'a>, body: Value<'a>) {
    match body {
        Value::Nil => {}
        Value::Str(text) => event.message = text,
        Value::Bin(Cow::Borrowed(bytes)) => {
            event.message = accept_text(event, "message", bytes);
            // What is not UTF-8 is kept there already.
            if matches!(event.message, Cow::Borrowed(_)) {
                event.body = Some(Value::Bin(bytes.into()));
            }
        }
        other => {
            event.message = main_text(&other).unwrap_or_else(|| json_text(&other).into());
            event.body = Some(other);
        }
    }
}

/// Finds the text that a structured body is about.
fn main_text<'a>(body: &Value<'a>) -> Option<Cow<'a, str>> {
    let Value::Map(pairs) = body else { return None };
    ["message", "msg", "log", "event"].into_iter().find_map(|name| {
        pairs.iter().find_map(|(key, value)| match (key, value) {
            (Value::Str(key), Value::Str(text)) if key == name && !text.is_empty() => Some(text.clone()),
            _ => None,
        })
    })
}

/// Fills the fields that ECS has attributes for; they stay among the attributes.
fn ecs(event: &mut Event<'_>) {
    for index in 0..event.attributes.len() {
        let (key, Value::Str(text)) = &event.attributes[index] else {
            continue;
        };
        let Some(name) = key.strip_prefix("event.") else {
            continue;
        };
        let text = text.clone();
        match name {
            "kind" => event.event_kind = text,
            "category" => event.event_category = text,
            "type" => event.event_type = text,
            "outcome" => event.event_outcome = text,
            "action" | "name" => event.event_action = text,
            _ => {}
        }
    }
}
