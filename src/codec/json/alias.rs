//! The usual keys of other programs' JSON logs, for the fields that an object does not give by name.

use std::borrow::Cow;
use std::net::IpAddr;

use jiff::tz::TimeZone;

use super::value::Members;
use crate::codec::lines::Severity;
use crate::codec::time::{self, Clock};
use crate::record::{Event, Field, Value, now_ns};

/// Fills the fields that are absent. A key that is used up leaves `unknown`; one whose value does not fit
/// stays.
pub(super) fn fill<'a>(event: &mut Event<'a>, absent: impl Fn(Field) -> bool, unknown: &mut Members<'a>) {
    if absent(Field::TimestampNs) {
        event.timestamp_ns = take(unknown, &["@timestamp", "timestamp", "time", "ts"], time_of);
    }
    if absent(Field::SeverityId)
        && let Some(severity) = take(
            unknown,
            &["level", "severity", "log.level", "levelname"],
            severity_of,
        )
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
            .or_else(|| text_within(unknown, "err", "message"))
    {
        event.message = text;
    }
    if absent(Field::SourceId)
        && let Some(host) = take_text(unknown, &["host", "hostname", "host.name"])
    {
        event.source_id = host;
    }
    if absent(Field::RelatedIps) {
        // Of pino-http's request; the key stays, with all that is in it.
        let address = text_within(unknown, "req", "remoteAddress");
        event
            .related_ips
            .extend(address.filter(|text| text.parse::<IpAddr>().is_ok()));
    }
    if absent(Field::RelatedUsers) {
        event
            .related_users
            .extend(take_text(unknown, &["user", "username", "user.name"]));
    }
    if absent(Field::RelatedProcesses) {
        event.related_processes.extend(take_process(unknown));
    }
}

fn take<'a, T>(
    unknown: &mut Members<'a>,
    names: &[&str],
    convert: impl Fn(&Value<'a>) -> Option<T>,
) -> Option<T> {
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

/// Copies a text out of an object that stays where it is.
fn text_within<'a>(unknown: &Members<'a>, key: &str, inner: &str) -> Option<Cow<'a, str>> {
    let (_, Value::Map(pairs)) = unknown.iter().find(|(name, _)| name == key)? else {
        return None;
    };
    pairs.iter().find_map(|pair| match pair {
        (Value::Str(name), Value::Str(text)) if name == inner && !text.is_empty() => Some(text.clone()),
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
    let Some(pid) = pid else {
        return take_text(unknown, &["app"]);
    };
    match take_text(unknown, &["name", "app"]) {
        Some(name) => Some(Cow::Owned(format!("{name}:{pid}"))),
        None => Some(pid),
    }
}

fn severity_of(value: &Value<'_>) -> Option<Severity> {
    match value {
        Value::Str(name) => match name.trim_ascii() {
            // winston's, beside those that others have too.
            "http" => Some(Severity::DEBUG),
            "silly" => Some(Severity::TRACE),
            word => Severity::from_word(word),
        },
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
    let clock = Clock {
        zone: &TimeZone::UTC,
        reference_ns: now_ns(),
    };
    time::of_value(value, clock)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{attributes, decode};
    use super::*;

    #[test]
    fn pino() {
        let event = decode(
            r#"{"level":30,"time":1531171074631,"pid":657,"hostname":"web-1","name":"myapp","msg":"hello world","req":{"id":1}}"#,
        );
        assert_eq!((event.severity_id, event.otel_severity), (1, 9));
        assert_eq!(event.timestamp_ns, Some(1_531_171_074_631_000_000));
        assert_eq!(event.related_processes, ["myapp:657"]);
        assert_eq!(
            (event.source_id.as_ref(), event.message.as_ref()),
            ("web-1", "hello world")
        );
        assert_eq!(
            event.attributes,
            [("req".into(), Value::Map(vec![("id".into(), Value::Int(1))]))]
        );
        assert_eq!(decode(r#"{"level":60,"msg":"x"}"#).severity_id, 6);
    }

    #[test]
    fn pino_http_and_errors() {
        let event = decode(
            r#"{"level":50,"time":1531171074631,"req":{"method":"GET","remoteAddress":"203.0.113.66","remotePort":9},"err":{"type":"Error","message":"boom","stack":"s"}}"#,
        );
        assert_eq!(event.message, "boom");
        assert_eq!(event.related_ips, ["203.0.113.66"]);
        let keys: Vec<_> = event.attributes.iter().map(|(key, _)| key.as_ref()).collect();
        assert_eq!(keys, ["req", "err"]);
        for line in [
            r#"{"msg":"m","req":{"remoteAddress":"unknown"},"err":{"message":"boom"}}"#,
            r#"{"msg":"m","req":"GET /","err":null}"#,
            r#"{"msg":"m","related_ips":[],"req":{"remoteAddress":"203.0.113.66"}}"#,
        ] {
            let event = decode(line);
            assert_eq!(
                (event.message.as_ref(), event.related_ips.len()),
                ("m", 0),
                "{line}"
            );
        }
    }

    #[test]
    fn winston() {
        for (level, expected) in [
            ("error", 17),
            ("warn", 13),
            ("info", 9),
            ("http", 5),
            ("verbose", 1),
            ("debug", 5),
            ("silly", 1),
        ] {
            let line = format!(r#"{{"level":"{level}","message":"m"}}"#);
            let event = decode(&line);
            assert_eq!(
                (event.otel_severity, event.message.as_ref()),
                (expected, "m"),
                "{level}"
            );
        }
    }

    #[test]
    fn zap_logstash_and_docker() {
        let event = decode(r#"{"level":"error","ts":1531171074.631217,"caller":"a.go:7","msg":"failed"}"#);
        assert_eq!((event.severity_id, event.otel_severity), (4, 17));
        assert_eq!(event.timestamp_ns, Some(1_531_171_074_631_217_000));
        assert_eq!(attributes(&event), [("caller", "a.go:7".into())]);

        let event = decode(
            r#"{"@timestamp":"2026-03-14T01:02:03.5Z","@version":"1","message":"m","level":"WARN","host":"h","user":"bob"}"#,
        );
        assert_eq!(event.timestamp_ns, Some(1_773_450_123_500_000_000));
        assert_eq!(
            (
                event.severity_id,
                event.message.as_ref(),
                event.source_id.as_ref()
            ),
            (3, "m", "h")
        );
        assert_eq!(event.related_users, ["bob"]);
        assert_eq!(attributes(&event), [("@version", "1".into())]);

        let event = decode(r#"{"log":"hello\n","stream":"stdout","time":"2026-03-14T01:02:03.123456789Z"}"#);
        assert_eq!(event.message, "hello");
        assert_eq!(event.timestamp_ns, Some(1_773_450_123_123_456_789));
        assert_eq!(attributes(&event), [("stream", "stdout".into())]);
    }

    #[test]
    fn an_alias_that_does_not_fit_stays() {
        let line =
            r#" {"level":7,"time":"noon","host":{"name":"x"},"user":"","name":"n","log":{"a":1},"pid":-1} "#;
        let event = decode(line);
        assert_eq!(
            (event.severity_id, event.timestamp_ns, event.source_id.as_ref()),
            (1, None, "")
        );
        assert_eq!(event.message, line.trim());
        assert_eq!(event.attributes.len(), 7);
        // A field that is given by name is not overruled, and its alias is kept.
        let event =
            decode(r#"{"severity_id":5,"level":"info","message":"m","msg":"n","timestamp_ns":1,"time":2}"#);
        assert_eq!(
            (event.severity_id, event.message.as_ref(), event.timestamp_ns),
            (5, "m", Some(1))
        );
        assert_eq!(event.attributes.len(), 3);
        // What says that it is Seerflow's means its unknown keys as they are.
        let event = decode(r#"{"type":"SeerflowEvent","host":"h"}"#);
        assert_eq!((event.source_id.as_ref(), event.message.as_ref()), ("", ""));
        assert_eq!(attributes(&event), [("host", "h".into())]);
        assert_eq!(
            attributes(&decode(r#"{"type":"other","message":"m"}"#)),
            [("type", "other".into())]
        );
    }

    #[test]
    fn alias_times_are_told_by_their_magnitude() {
        let cases = [
            ("0", 0),
            ("1531171074", 1_531_171_074_000_000_000),
            ("1531171074.5", 1_531_171_074_500_000_000),
            ("-1.5", -1_500_000_000),
            ("1531171074631", 1_531_171_074_631_000_000),
            ("1531171074631.25", 1_531_171_074_631_250_000),
            ("1531171074631217", 1_531_171_074_631_217_000),
            ("1531171074631217123", 1_531_171_074_631_217_123),
            ("1.5e9", 1_500_000_000_000_000_000),
        ];
        for (number, expected) in cases {
            let line = format!(r#"{{"ts":{number},"msg":"m"}}"#);
            let event = decode(&line);
            assert_eq!(event.timestamp_ns, Some(expected), "{number}");
            assert_eq!(event.attributes, [], "{number}");
        }
        for number in ["1e300", "99999999999999999999", "true"] {
            let line = format!(r#"{{"ts":{number},"msg":"m"}}"#);
            assert_eq!(decode(&line).timestamp_ns, None);
        }
    }
}
