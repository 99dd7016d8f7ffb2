//! Keys that have the name of a field but a value of another type do not reject a record.

use seerflow::Input;
use seerflow::record::Value;

use super::door::Door;
use super::{attribute, case, ns, object, store};

#[test]
fn a_foreign_key_never_costs_a_record() {
    let events = store(Input::Ndjson(&case("foreign-keys.ndjson")));
    assert_eq!(events.len(), 7);
    let [windows, ocsf, tags, ids, nested, score, ecs] = events.as_slice() else {
        panic!()
    };
    assert_eq!(windows.message, "An account failed to log on.");
    assert_eq!(windows.source_id, "dc1.example.org");
    assert_eq!(windows.related_hosts, ["dc1.example.org"]);
    assert_eq!(windows.source_type, "Microsoft-Windows-Security-Auditing");
    assert_eq!(windows.timestamp_ns, ns("2016-11-09T09:17:21Z"));
    assert_eq!(attribute(windows, "event_id"), Some(&Value::Int(4625)));
    assert_eq!(attribute(windows, "record_number"), Some(&"210".into()));

    assert_eq!(ocsf.message, "Detection finding created");
    assert_eq!(attribute(ocsf, "severity_id"), Some(&Value::Int(99)));
    assert_eq!(attribute(ocsf, "confidence"), Some(&"High".into()));
    assert_eq!(
        (ocsf.class_uid, ocsf.type_uid, ocsf.activity_id),
        (2004, 200_401, 1)
    );
    assert_eq!(ocsf.timestamp_ns, Some(1_715_000_000_123_000_000));

    assert_eq!((tags.message.as_ref(), tags.severity_id), ("db down", 4));
    assert_eq!(attribute(tags, "tags"), Some(&"prod,db".into()));

    assert_eq!((ids.message.as_ref(), &ids.trace_id), ("boom", &None));
    assert_eq!(
        attribute(ids, "trace_id"),
        Some(&Value::Int(1_234_567_890_123_456_789))
    );
    assert_eq!(attribute(ids, "span_id"), Some(&Value::Int(987_654_321)));

    assert_eq!(
        (nested.severity_id, nested.timestamp_ns),
        (4, ns("2024-05-01T10:00:00Z"))
    );
    // Attributes that are objects are stored as their JSON text.
    assert_eq!(
        attribute(nested, "message"),
        Some(&r#"{"code":7,"text":"db down"}"#.into())
    );

    assert_eq!(score.message, "db down");
    assert_eq!(attribute(score, "risk_score"), Some(&"high".into()));
    assert_eq!(attribute(score, "attributes"), Some(&r#"["a","b"]"#.into()));

    assert_eq!(ecs.message, "login");
    assert_eq!(attribute(ecs, "event_type"), Some(&r#"["start"]"#.into()));
    assert_eq!(attribute(ecs, "event_id"), Some(&"9bd7ce31-b".into()));
}

#[test]
fn a_value_of_another_type_is_an_attribute_through_each_door() {
    let values = [
        ("event_id", "4625"),
        ("event_id", r#""9bd7ce31-b""#),
        ("trace_id", "12345"),
        ("trace_id", r#""abcd""#),
        ("span_id", r#""not hex at all!""#),
        ("severity_id", r#""high""#),
        ("severity_id", "99"),
        ("severity_id", "-1"),
        ("otel_severity", "25"),
        ("category_uid", r#""IAM""#),
        ("type_uid", "1.5"),
        ("risk_score", r#""high""#),
        ("confidence", r#""High""#),
        ("event_kind", "7"),
        ("source_id", "true"),
        ("template_id", r#""a""#),
        ("observed_ns", r#""noon""#),
    ];
    for (key, json) in values {
        let record =
            format!(r#"{{"time":"2024-05-01T10:00:00Z","host":"web1","message":"m","{key}":{json}}}"#);
        let wanted = super::door::value(&serde_json::from_str(json).unwrap());
        for door in [Door::Ndjson, Door::Msgpack, Door::Fluent] {
            let event = door.store(&record);
            assert_eq!(attribute(&event, key), Some(&wanted), "{door:?} {record}");
            assert_eq!(
                (event.message.as_ref(), event.timestamp_ns),
                ("m", ns("2024-05-01T10:00:00Z")),
                "{record}"
            );
            assert!(
                (0..=6).contains(&event.severity_id) && event.trace_id.is_none(),
                "{record}"
            );
        }
    }
}

#[test]
fn a_severity_out_of_range_is_clamped() {
    let of = |record: &str| {
        let event = object(record);
        (event.severity_id, event.otel_severity)
    };
    assert_eq!(of(r#"{"severity_id":99,"message":"m"}"#).0, 6);
    assert_eq!(of(r#"{"severity_id":-4,"message":"m"}"#).0, 0);
    assert_eq!(of(r#"{"otel_severity":99,"message":"m"}"#).1, 24);
}

#[test]
fn a_time_that_is_not_understood_is_said() {
    for door in [Door::Ndjson, Door::Msgpack, Door::OtlpBody] {
        let event = door.store(r#"{"time":"half past noon","level":"info","msg":"m"}"#);
        assert_eq!(
            attribute(&event, "seerflow.time.unparsed"),
            Some(&"half past noon".into()),
            "{door:?}"
        );
    }
    let event = object(r#"{"timestamp_ns":"yesterday","message":"m"}"#);
    assert_eq!(
        attribute(&event, "seerflow.time.unparsed"),
        Some(&"yesterday".into())
    );
    let event = object(r#"{"@timestamp":"0001-01-01T00:00:00Z","msg":"m"}"#);
    assert_eq!(
        attribute(&event, "seerflow.time.unparsed"),
        Some(&"0001-01-01T00:00:00Z".into())
    );
    // If another key has a valid time, that one is used.
    let event = object(r#"{"time":"noon","ts":1705320000,"msg":"m"}"#);
    assert_eq!(event.timestamp_ns, ns("2024-01-15T12:00:00Z"));
    assert_eq!(attribute(&event, "seerflow.time.unparsed"), None);
    assert_eq!(attribute(&event, "time"), Some(&"noon".into()));
}

#[test]
fn times_of_json_keys() {
    let wanted = [
        "2024-01-15T12:00:00.123Z",
        "2024-01-15T12:00:00.123Z",
        "2018-03-09T01:29:02.629Z",
        "2018-03-09T01:32:10.223Z",
        "2024-01-15T12:00:00Z",
        "2024-01-15T12:00:00.123Z",
        "2024-01-15T12:00:00.123Z",
        "2024-01-15T11:00:00Z",
        "2024-01-15T12:00:00.000000123Z",
        "2024-01-15T12:00:00Z",
        "2021-10-08T22:55:52.5268079Z",
        "2021-10-08T22:55:52.5268079Z",
    ];
    let input = case("json-times.ndjson");
    let events = store(Input::Ndjson(&input));
    let lines = String::from_utf8(input).unwrap();
    assert_eq!(events.len(), wanted.len());
    for ((event, wanted), line) in events.iter().zip(wanted).zip(lines.lines()) {
        assert_eq!(event.timestamp_ns, ns(wanted), "{line}");
        assert_eq!(attribute(event, "seerflow.time.unparsed"), None, "{line}");
    }
    assert_eq!(events[10].message, "serilog");
    assert_eq!(
        (events[11].message.as_ref(), events[11].severity_id),
        ("serilog compact", 4)
    );
    // A time without an offset is in the zone that the call specifies.
    let options = seerflow::WriteOptions {
        timezone: Some(jiff::tz::TimeZone::get("Europe/Berlin").unwrap()),
        ..Default::default()
    };
    let events = super::write(
        Input::Ndjson(br#"{"timestamp":"2024-01-15 12:00:00,123","msg":"m"}"#),
        options,
    )
    .0;
    assert_eq!(events[0].timestamp_ns, ns("2024-01-15T11:00:00.123Z"));
}

/// Access logs have the duration of a request as `time`.
#[test]
fn a_small_number_is_not_a_time() {
    for door in Door::ALL {
        let event = door.store(r#"{"time":0.045,"ts":12,"@timestamp":"2026-03-14T01:02:03Z","msg":"slow"}"#);
        assert_eq!(event.timestamp_ns, ns("2026-03-14T01:02:03Z"), "{door:?}");
    }
    let event = object(r#"{"time":45,"user":"unknown","msg":"slow"}"#);
    assert!(event.timestamp_ns > ns("2026-01-01"));
    assert_eq!(attribute(&event, "seerflow.time.unparsed"), Some(&"45".into()));
    assert!(event.related_users.is_empty(), "{:?}", event.related_users);
}

#[test]
fn a_json_object_is_the_same_event_as_a_line() {
    let json = br#"{"msg":"valid since 2020-01-01 00:00:00","time":"2026-03-14T01:02:03Z"}"#;
    for input in [Input::Lines(json), Input::Ndjson(json)] {
        let events = store(input);
        assert_eq!(events[0].timestamp_ns, ns("2026-03-14T01:02:03Z"));
        assert_eq!(events[0].message, "valid since 2020-01-01 00:00:00");
    }
    let docker =
        br#"{"log":"2026-03-14 01:02:03 ERROR no space\n","stream":"stderr","time":"2026-03-14T01:02:04Z"}"#;
    let events = store(Input::Lines(docker));
    assert_eq!(
        (events[0].message.as_ref(), events[0].severity_id),
        ("no space", 4)
    );
    assert_eq!(events[0].timestamp_ns, ns("2026-03-14T01:02:04Z"));
}
