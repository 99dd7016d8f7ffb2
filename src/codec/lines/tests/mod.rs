mod formats;
mod headers;
mod hostile;
mod related;

use super::*;
use crate::codec::raw_bytes;
use crate::record::{Value, parse_time};
use jiff::tz::TimeZone;

/// The current time in these tests: 2026-03-14T12:00:00Z.
const NOW: i64 = 1_773_489_600_000_000_000;

fn options() -> LineOptions {
    LineOptions::new(NOW)
}

fn parse(line: &str) -> Event<'static> {
    parse_line(line.as_bytes(), &options()).into_owned()
}

fn ns(time: &str) -> i64 {
    parse_time(time, NOW).unwrap()
}

fn attribute(event: &Event<'_>, key: &str) -> Option<String> {
    event.attributes.iter().find_map(|(name, value)| match value {
        Value::Str(text) if name == key => Some(text.to_string()),
        Value::Int(number) if name == key => Some(number.to_string()),
        _ => None,
    })
}

/// A line and its expected event; empty text and severity 1 are the defaults.
struct Case {
    line: &'static str,
    time: &'static str,
    severity: (i64, i64),
    source: (&'static str, &'static str),
    process: &'static str,
    message: &'static str,
}

fn check(cases: &[Case]) {
    for case in cases {
        let event = parse(case.line);
        let line = case.line;
        assert_eq!(event.timestamp_ns.unwrap_or(NOW), ns(case.time), "{line}");
        assert_eq!(event.observed_ns, Some(NOW), "{line}");
        assert_eq!((event.severity_id, event.otel_severity), case.severity, "{line}");
        assert_eq!(
            (event.source_type.as_ref(), event.source_id.as_ref()),
            case.source,
            "{line}"
        );
        assert_eq!(event.related_processes.join(" "), case.process, "{line}");
        assert_eq!(event.message, case.message, "{line}");
    }
}

#[test]
fn a_line_without_a_header_is_its_message() {
    for line in [
        "plain text",
        "2026-01-01 00:00:00abc",
        "2026-01-01T00:00:00+25:00 INFO x",
        "0000-01-01 00:00:00 x",
        "Mar 14",
        "<9999999999999999999>x",
        "<>x",
        "<x",
        "[    0.000000] Linux version",
        "170609 201040 text",
        "123456 999999 7 INFO x",
        "1234567890 text",
        "[1001430319]: text",
        "certificate expires 2030-01-01 00:00:00",
        "we saw the old failure again on 2020-01-01 00:00:00",
        "nul\0nul",
        "key=value",
        "key=value and text",
        "1.2.3.4 5.6.7.8",
    ] {
        let event = parse(line);
        assert_eq!(event.message, line);
        assert_eq!(event.timestamp_ns, None, "{line}");
        assert_eq!(event.source_type, "log", "{line}");
        assert_eq!(event.attributes, [], "{line}");
    }
    assert_eq!(parse("").message, "");
}

#[test]
fn a_time_that_does_not_exist_is_an_attribute() {
    for (line, time, message) in [
        ("2026-02-30 00:00:00 INFO x", "2026-02-30 00:00:00", "x"),
        ("2026-13-01 00:00:00 INFO x", "2026-13-01 00:00:00", "x"),
        ("2026-01-01 24:00:00 INFO x", "2026-01-01 24:00:00", "x"),
        ("9999-01-01 00:00:00 INFO x", "9999-01-01 00:00:00", "x"),
        ("1600-01-01T00:00:00Z h app[1]: x", "1600-01-01T00:00:00Z", "x"),
        ("Feb 30 00:00:00 h app[1]: x", "Feb 30 00:00:00", "x"),
        ("Mar 14 25:00:00 h app[1]: x", "Mar 14 25:00:00", "x"),
        (
            "<34>1 2026-02-30T00:00:00Z h app 1 - - x",
            "2026-02-30T00:00:00Z",
            "x",
        ),
        ("2026-01-14 00:00:00 CST INFO x", "2026-01-14 00:00:00 CST", "x"),
        ("12:34:56 text", "12:34:56", "12:34:56 text"),
        (
            "1.2.3.4 - - [99/Oct/2000:13:55:36 -0700] \"GET\" 200 1",
            "99/Oct/2000:13:55:36 -0700",
            "\"GET\" 200 1",
        ),
    ] {
        let event = parse(line);
        assert_eq!(
            (event.timestamp_ns, event.message.as_ref()),
            (None, message),
            "{line}"
        );
        let unparsed = attribute(&event, crate::codec::TIME_UNPARSED);
        assert_eq!(unparsed.as_deref(), Some(time), "{line}");
    }
}

#[test]
fn the_missing_year_is_the_nearest_before_tomorrow() {
    let at = |line: &str, now: &str| parse_line(line.as_bytes(), &LineOptions::new(ns(now))).timestamp_ns;
    assert_eq!(
        at("Dec 31 23:59:59 h a: x", "2026-01-01T00:00:10Z"),
        Some(ns("2025-12-31T23:59:59Z"))
    );
    assert_eq!(
        at("Jan  1 00:00:05 h a: x", "2025-12-31T23:59:59Z"),
        Some(ns("2026-01-01T00:00:05Z"))
    );
    assert_eq!(
        at("Mar 16 00:00:00 h a: x", "2026-03-14T12:00:00Z"),
        Some(ns("2025-03-16T00:00:00Z"))
    );
    assert_eq!(
        at("Mar 15 11:00:00 h a: x", "2026-03-14T12:00:00Z"),
        Some(ns("2026-03-15T11:00:00Z"))
    );
    assert_eq!(
        at("Feb 29 00:00:00 h a: x", "2026-03-14T12:00:00Z"),
        Some(ns("2024-02-29T00:00:00Z"))
    );
    for now in [i64::MIN, i64::MAX] {
        let event = parse_line(b"Mar 14 01:02:03 h a: x", &LineOptions::new(now)).into_owned();
        assert_eq!(event.observed_ns, Some(now));
    }
}

#[test]
fn times_without_an_offset_are_of_the_zone() {
    let mut options = options();
    options.timezone = TimeZone::fixed(jiff::tz::offset(-5));
    let at = |line: &str| parse_line(line.as_bytes(), &options).timestamp_ns;
    assert_eq!(at("2026-03-14 01:02:03 INFO x"), Some(ns("2026-03-14T06:02:03Z")));
    assert_eq!(
        at("2026-03-14 01:02:03Z INFO x"),
        Some(ns("2026-03-14T01:02:03Z"))
    );
    assert_eq!(at("Mar 14 01:02:03 h a: x"), Some(ns("2026-03-14T06:02:03Z")));
    if let Ok(zone) = TimeZone::get("America/New_York") {
        options.timezone = zone;
        let at = |line: &str| parse_line(line.as_bytes(), &options).timestamp_ns;
        assert_eq!(at("2026-01-14 01:02:03 INFO x"), Some(ns("2026-01-14T06:02:03Z")));
        assert_eq!(at("2025-07-14 01:02:03 INFO x"), Some(ns("2025-07-14T05:02:03Z")));
        assert_eq!(at("2026-02-30 01:02:03 INFO x"), None);
    }
}

#[test]
fn options_overrule() {
    let options = LineOptions {
        source_type: Some("nginx".into()),
        source_id: Some("edge".into()),
        keep_raw: true,
        ..options()
    };
    let line = "Mar 14 01:02:03 web-1 su[812]: x";
    let event = parse_line(b"Mar 14 01:02:03 web-1 su[812]: x\r", &options);
    assert_eq!(
        (event.source_type.as_ref(), event.source_id.as_ref()),
        ("nginx", "edge")
    );
    assert_eq!(
        (event.raw_event.as_ref(), event.related_hosts.join("")),
        (line, "web-1".into())
    );
}

#[test]
fn what_is_not_utf8_is_recoverable() {
    let line = b"Mar 14 01:02:03 web-1 su[812]: a\xffb\0 from 192.0.2.1";
    let options = options();
    let event = parse_line(line, &options);
    assert_eq!(event.message, "a\u{fffd}b\0 from 192.0.2.1");
    assert_eq!(
        (event.source_id.as_ref(), event.related_ips.join("")),
        ("web-1", "192.0.2.1".into())
    );
    assert_eq!(raw_bytes(&event, "line").unwrap(), line);
}
