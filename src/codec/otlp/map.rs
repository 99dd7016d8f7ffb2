//! Converts a log record of OpenTelemetry's data model to an event.
//!
//! | record | event |
//! |---|---|
//! | time, or observed time if it is absent | `timestamp_ns` |
//! | observed time | `observed_ns` |
//! | severity number | `otel_severity`, and `severity_id` on the scale from 0 to 6 |
//! | severity text | `severity_id` if there is no number; the attribute `severity_text` if it says more than the number |
//! | body that is text | `message` |
//! | body that is a map | `body`; its keys are interpreted like those of a JSON object; `message` is the text under a message key, or the map's JSON text |
//! | body of another type | `body`; `message` is its JSON text |
//! | attributes | `attributes`; they are interpreted like the keys of a JSON object ([`model`](crate::codec::model)) |
//! | resource | `resource_attrs`; `service.name` is `source_type`, `host.name` is `source_id` |
//! | resource's schema URL | `schema_url` in `resource_attrs` |
//! | scope | the attributes `otel.scope.name`, `otel.scope.version`, `otel.scope.schema_url` and the scope's own attributes |
//! | trace id, span id | `trace_id`, `span_id`, in hex |
//! | the attribute `log.record.uid` | the record key, from which `event_id` is derived, unless the call specifies another record key |
//! | event name | `event_action`, and `message` if there is no body |
//! | flags, dropped attributes | the attributes `trace_flags`, `otel.dropped_attributes_count`, unless 0 |
//!
//! If copying the resource and scope to every event would take too much space, some events are stored without
//! them: see [`share`](crate::codec::share).

use std::borrow::Cow;

use super::source::Source;
use crate::codec::lines::{self, LineOptions};
use crate::codec::model::{self, Facts, Given, Rest, Scale, Severity, json_text};
use crate::codec::share::tell_omitted;
use crate::record::{Event, Field, Value};

/// A decoded OTLP log record. Absent fields are 0 or empty.
#[derive(Debug, Default)]
pub(crate) struct Record<'a> {
    pub(crate) time: u64,
    /// The text of a time that could not be parsed.
    pub(crate) unparsed: Option<Cow<'a, str>>,
    pub(crate) observed: u64,
    pub(crate) severity: i64,
    pub(crate) severity_text: Cow<'a, str>,
    pub(crate) body: Option<Value<'a>>,
    pub(crate) attributes: Vec<(Cow<'a, str>, Value<'a>)>,
    pub(crate) dropped: u64,
    pub(crate) flags: u64,
    /// In hex. A malformed id becomes an attribute when the event is stored.
    pub(crate) trace_id: Option<Cow<'a, str>>,
    pub(crate) span_id: Option<Cow<'a, str>>,
    pub(crate) event_name: Cow<'a, str>,
}

/// Converts a record to an event, which is empty before.
///
/// `source_type` applies if neither the resource, the call nor the name of a program specifies one.
pub(crate) fn fill<'a>(
    event: &mut Event<'a>,
    record: &mut Record<'a>,
    source: &Source<'a>,
    source_type: &'a str,
    options: &'a LineOptions,
) {
    let Source {
        origin,
        scope,
        omitted,
    } = source;
    let is_raw_line = is_raw_line(record);
    event.timestamp_ns = time(record.time);
    event.observed_ns = time(record.observed);
    event.trace_id = record.trace_id.take();
    event.span_id = record.span_id.take();
    event.source_type = origin.source_type.clone();
    // The host that a line names takes precedence: it may have come from another host than its file.
    if !is_raw_line {
        event.source_id = origin.source_id.clone();
    }
    event.resource_attrs = origin.pairs.clone();
    if i64::try_from(record.time).is_err() {
        let original = (Field::TimestampNs.name().into(), Value::UInt(record.time));
        event.attributes.push(original);
    }
    let mut rest = Rest {
        seen: event.observed_ns,
        parse: lines::reader(options.parse || is_raw_line),
        keys: std::mem::take(&mut record.attributes),
        ..Rest::default()
    };
    rest.base.unparsed = record.unparsed.take();
    let severity_text = severity(event, &mut rest, record);
    if let Some(body) = record.body.take() {
        set_body(event, &mut rest, body, options);
    }
    if rest.base.host.is_none() && !is_raw_line {
        rest.base.host = origin.host.clone();
    }
    rest.base.entities.append(&mut origin.entities.clone());
    model::complete(event, &mut rest, options);
    if is_raw_line {
        let names_host = !event.source_id.is_empty();
        if !names_host {
            event.source_id = origin.source_id.clone();
        }
        match &origin.host {
            Some(host) if !names_host => model::add_host(event, Given::default(), host.clone()),
            Some(host) if *host != event.source_id => event.related_hosts.retain(|known| known != host),
            _ => {}
        }
    }
    if event.source_type.is_empty() {
        event.source_type = Cow::Borrowed(source_type);
    }
    if !record.event_name.is_empty() {
        if event.message.is_empty() && event.body.is_none() {
            event.message = record.event_name.clone();
        }
        event.event_action = std::mem::take(&mut record.event_name);
    }
    for (key, text) in [
        ("severity_text", severity_text),
        ("otel.scope.name", scope.name.clone()),
        ("otel.scope.version", scope.version.clone()),
        ("otel.scope.schema_url", scope.schema_url.clone()),
    ] {
        if !text.is_empty() {
            event.attributes.push((key.into(), Value::Str(text)));
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
    tell_omitted(event, *omitted);
}

/// Converts a time; `None` if it is 0, which means absent. A time after the year 2262 becomes the last one.
fn time(nanos: u64) -> Option<i64> {
    (nanos != 0).then(|| i64::try_from(nanos).unwrap_or(i64::MAX))
}

/// Returns whether a record is an unparsed line from the Collector's filelog receiver.
///
/// Its container operator sets the time of the container's runtime, and leaves the line of the program.
fn is_raw_line(record: &Record<'_>) -> bool {
    record.severity == 0
        && record.severity_text.is_empty()
        && matches!(record.body, Some(Value::Str(_)))
        && record
            .attributes
            .iter()
            .any(|(key, _)| matches!(key.as_ref(), "log.file.name" | "log.file.path"))
}

/// Names the attributes of the Collector's syslog receiver as those of a syslog line. Returns whether it sent them.
///
/// That receiver puts the whole line into the body and the parts of its header and the message into attributes.
#[inline(never)]
fn name_syslog_attributes(rest: &mut Rest<'_>) -> bool {
    let has_severity = rest.given.has(Field::SeverityId);
    let attributes = &mut rest.keys;
    let has = |name: &str| attributes.iter().any(|(key, _)| key == name);
    if !(has("priority") && has("facility")) {
        return false;
    }
    let mut parameters = Vec::new();
    attributes.retain_mut(|(key, value)| match (key.as_ref(), value) {
        ("msg_id", _) => {
            *key = "msgid".into();
            true
        }
        ("structured_data", Value::Map(elements)) => {
            for (id, members) in elements {
                if let (Value::Str(id), Value::Map(members)) = (id, members) {
                    let members = std::mem::take(members).into_iter();
                    parameters.extend(members.filter_map(|(name, value)| match name {
                        Value::Str(name) => Some((Cow::Owned(format!("{id}.{name}")), value)),
                        _ => None,
                    }));
                }
            }
            false
        }
        // A line without structured data, the version of the protocol, and a number that the severity replaces.
        ("structured_data", Value::Nil) | ("version", Value::Int(_)) => false,
        ("priority", Value::Int(_)) => !has_severity,
        _ => true,
    });
    lines::take_parameters(&mut rest.base, &parameters);
    attributes.append(&mut parameters);
    has_text(attributes, "message")
}

fn has_text(attributes: &[(Cow<'_, str>, Value<'_>)], name: &str) -> bool {
    let is_text = |(key, value): &(Cow<'_, str>, Value<'_>)| key == name && matches!(value, Value::Str(_));
    attributes.iter().any(is_text)
}

/// Sets the severity from the number, or from the text if the number is 0.
///
/// Returns the text if it says more than the number.
fn severity<'a>(event: &mut Event<'a>, rest: &mut Rest<'a>, record: &mut Record<'a>) -> Cow<'a, str> {
    const NAMES: [&str; 6] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
    let (number, text) = (record.severity, std::mem::take(&mut record.severity_text));
    if number == 0 {
        rest.base.severity = Severity::of_text(&text, Scale::Otel);
        return text;
    }
    event.otel_severity = number;
    event.severity_id = Severity::of_otel(number).id;
    rest.given.set(Field::OtelSeverity);
    rest.given.set(Field::SeverityId);
    let name = usize::try_from(number - 1).ok().and_then(|n| NAMES.get(n / 4));
    match name {
        Some(name) if name.eq_ignore_ascii_case(&text) => Cow::Borrowed(""),
        _ => text,
    }
}

/// Sets `message` from a text body. Any other body sets `body`, and `message` to its text.
fn set_body<'a>(event: &mut Event<'a>, rest: &mut Rest<'a>, body: Value<'a>, options: &LineOptions) {
    match body {
        Value::Nil => return,
        Value::Str(text) if name_syslog_attributes(rest) => {
            rest.base.message = Some(text);
            return;
        }
        Value::Str(text) => event.message = text,
        Value::Bin(bytes) => {
            // If the bytes are not UTF-8, `message_of` keeps them as an attribute.
            if std::str::from_utf8(&bytes).is_ok() {
                event.body = Some(Value::Bin(bytes.clone()));
            }
            event.message = model::message_of(Value::Bin(bytes), &mut event.attributes).unwrap_or_default();
        }
        Value::Map(pairs) => {
            let mut facts = Facts::default();
            model::of_map(&pairs, rest.given, options, &mut facts);
            rest.base.append(&mut facts);
            let message = rest.base.message.take();
            let body = Value::Map(pairs);
            event.message = message.unwrap_or_else(|| json_text(&body).into());
            event.body = Some(body);
        }
        other => {
            event.message = json_text(&other).into();
            event.body = Some(other);
        }
    }
    rest.given.set(Field::Message);
}
