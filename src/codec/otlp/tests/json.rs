//! OTLP/JSON: the same events as from protobuf, and damage that only JSON can have.

use super::*;
use crate::record::arbitrary::Mutator;

const EXAMPLE: &str = r#"{
  "resourceLogs": [{
    "scopeLogs": [{
      "logRecords": [{
        "timeUnixNano": "1544712660300000000", "observedTimeUnixNano": 1544712660300000001,
        "severityNumber": 10, "severityText": "Information", "traceId": "5B8EFFF798038103D269B633813FC60C",
        "spanId": "EEE19B7EC3C1B174", "flags": 1, "eventName": "e", "droppedAttributesCount": 3,
        "body": {"stringValue": "Example log record"},
        "attributes": [
          {"key": "string.attribute", "value": {"stringValue": "some string"}},
          {"key": "boolean.attribute", "value": {"boolValue": true}},
          {"key": "int.attribute", "value": {"intValue": "10"}},
          {"key": "double.attribute", "value": {"doubleValue": 637.704}},
          {"key": "bytes.attribute", "value": {"bytesValue": "-_8"}},
          {"key": "array.attribute", "value": {"arrayValue": {"values": [{"stringValue": "many"}, {"intValue": 1}]}}},
          {"key": "map.attribute", "value": {"kvlistValue": {"values": [{"key": "k", "value": {"stringValue": "v"}}]}}},
          {"key": "nothing", "value": {}}
        ]
      }],
      "scope": {"name": "my.library", "version": "1.0.0", "attributes": []}
    }],
    "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "my.service"}}]}
  }]
}"#;

fn all(input: &[u8], complete: bool) -> (Vec<Found>, usize) {
    let (mut found, mut end) = (Vec::new(), 0);
    for request in JsonRequests::new(input, complete) {
        found.extend(collect(|with| each_of_json(&request, &PLAIN, LONGEST, with)));
        end = request.end;
    }
    (found, end)
}

fn outcome(input: &str) -> (Vec<String>, Vec<String>) {
    let (mut messages, mut reasons) = (Vec::new(), Vec::new());
    for (event, _) in all(input.as_bytes(), true).0 {
        match event {
            Ok(event) => messages.push(event.message.into_owned()),
            Err(error) => reasons.push(error.to_string()),
        }
    }
    (messages, reasons)
}

/// Wraps a record's JSON into a request.
fn request_of(records: &str) -> String {
    format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{records}]}}]}}]}}"#)
}

#[test]
fn the_example_of_the_specification() {
    let (found, end) = all(EXAMPLE.as_bytes(), false);
    assert_eq!((found.len(), end), (1, EXAMPLE.len()));
    let event = found.into_iter().next().unwrap().0.unwrap();
    assert_eq!(event.timestamp_ns, Some(1_544_712_660_300_000_000));
    assert_eq!(event.observed_ns, Some(1_544_712_660_300_000_001));
    assert_eq!((event.severity_id, event.otel_severity), (2, 10));
    assert_eq!(
        event.trace_id.as_deref(),
        Some("5B8EFFF798038103D269B633813FC60C")
    );
    assert_eq!(event.span_id.as_deref(), Some("EEE19B7EC3C1B174"));
    assert_eq!(
        (event.message.as_ref(), event.source_type.as_ref()),
        ("Example log record", "my.service")
    );
    assert_eq!(attribute(&event, "int.attribute"), Some(&Value::Int(10)));
    assert_eq!(
        attribute(&event, "double.attribute"),
        Some(&Value::Float(637.704))
    );
    assert_eq!(
        attribute(&event, "bytes.attribute"),
        Some(&Value::Bin(vec![0xfb, 0xff].into()))
    );
    let list = Value::Array(vec!["many".into(), Value::Int(1)]);
    assert_eq!(attribute(&event, "array.attribute"), Some(&list));
    let map = Value::Map(vec![("k".into(), "v".into())]);
    assert_eq!(attribute(&event, "map.attribute"), Some(&map));
    assert_eq!(attribute(&event, "nothing"), Some(&Value::Nil));
    assert_eq!(attribute(&event, "otel.scope.name"), Some(&"my.library".into()));
}

#[test]
fn names_as_in_the_protobuf_and_severities_by_name() {
    let text = r#"{"resource_logs":[{"scope_logs":[{"log_records":[
        {"time_unix_nano":5,"severity_number":"SEVERITY_NUMBER_WARN2","body":{"string_value":"m"},"unknown":[{}]}
    ]}]}]}"#;
    let (found, _) = all(text.as_bytes(), false);
    let event = found.into_iter().next().unwrap().0.unwrap();
    assert_eq!(
        (event.timestamp_ns, event.otel_severity, event.message.as_ref()),
        (Some(5), 14, "m")
    );
}

#[test]
fn one_bad_record_costs_only_itself() {
    let records = [
        r#"{"body":{"stringValue":"one"}}"#,
        r#"{"timeUnixNano":"yesterday"}"#,
        r#"{"body":7}"#,
        r#"{"body":{"stringValue":"two"}}"#,
        r#"{"traceId":"no hex"}"#,
        r#"{"body":{"stringValue":"bad escape \q"}}"#,
        r#"[]"#,
        r#"{"body":{"stringValue":"three"}}"#,
    ];
    let (messages, reasons) = outcome(&request_of(&records.join(",")));
    assert_eq!(messages, ["one", "", "7", "two", "", "three"]);
    assert_eq!(reasons.len(), 2);
    assert!(reasons[0].contains("no such escape"), "{}", reasons[0]);
}

#[test]
fn requests_stand_one_after_the_other_and_the_last_may_be_incomplete() {
    let one = request_of(r#"{"body":{"stringValue":"m"}}"#);
    let input = format!("{one}\n\nnot json\n{one}\n{}", &one[..20]);
    let (found, end) = all(input.as_bytes(), false);
    let good = found.iter().filter(|(event, _)| event.is_ok()).count();
    assert_eq!((good, found.len(), end), (2, 3, input.len() - 20));
    let (found, end) = all(input.as_bytes(), true);
    assert_eq!((found.len(), end), (4, input.len()));
    // Traces and metrics, which the Collector's file exporter also writes, are not log records.
    assert_eq!(
        outcome(r#"{"resourceSpans":[{"scopeSpans":[]}]}"#),
        (vec![], vec![])
    );
}

#[test]
fn depth_is_bounded_per_record_and_needs_no_stack() {
    let nested = |depth: usize| {
        let open = r#"{"kvlistValue":{"values":[{"key":"k","value":"#.repeat(depth);
        format!(
            r#"{{"body":{open}{{"stringValue":"core"}}{}}}"#,
            "}]}}".repeat(depth)
        )
    };
    let records = [
        nested(64),
        nested(65),
        nested(20_000),
        r#"{"body":{"stringValue":"m"}}"#.to_owned(),
    ];
    let (messages, reasons) = outcome(&request_of(&records.join(",")));
    assert_eq!((messages.len(), reasons.len()), (2, 2), "{reasons:?}");
    assert!(
        reasons.iter().all(|reason| reason.contains("nested deeper")),
        "{reasons:?}"
    );
    assert_eq!(outcome(&"[".repeat(100_000)).1.len(), 1);
    assert_eq!(outcome(&r#"{"resourceLogs":["#.repeat(50_000)).1.len(), 1);
}

#[test]
fn many_requests_take_linear_time() {
    // Reading the rest of the input for each request would take hours.
    for part in ["{}\n", "{}"] {
        let input = part.repeat(4 << 20);
        assert_eq!(JsonRequests::new(input.as_bytes(), true).count(), 4 << 20);
    }
}

#[test]
fn a_request_without_an_end_is_waited_for_up_to_a_bound() {
    for start in ["{", "hello"] {
        let mut input = start.as_bytes().to_vec();
        input.resize(64 << 20, b' ');
        assert!(JsonRequests::new(&input, false).next().is_none());
        input.push(b' ');
        let request = JsonRequests::new(&input, false).next().unwrap();
        assert_eq!(request.end, input.len());
        assert!(request.error().is_some());
    }
}

#[test]
fn a_resource_is_repeated_only_so_often() {
    let large = "x".repeat(100_000);
    let records = ["{}"; 30_000].join(",");
    let request = format!(
        r#"{{"resourceLogs":[{{"resource":{{"attributes":[{{"key":"k","value":{{"stringValue":"{large}"}}}}]}},"scopeLogs":[{{"logRecords":[{records}]}}]}}]}}"#
    );
    let (found, _) = all(request.as_bytes(), true);
    let events: Vec<_> = found.into_iter().map(|(event, _)| event.unwrap()).collect();
    assert_eq!(events.len(), 30_000);
    let whole = events.iter().filter(|e| !e.resource_attrs.is_empty()).count();
    assert!(whole > 100 && whole < 200, "{whole}");
    assert_eq!(
        attribute(&events[29_999], crate::codec::OMITTED),
        Some(&Value::Int(1))
    );
}

#[test]
fn mutated_requests_never_panic() {
    let mut mutator = Mutator::new(EXAMPLE.as_bytes());
    for _ in 0..Mutator::rounds() {
        let bytes = mutator.next();
        for complete in [false, true] {
            let (_, end) = all(bytes, complete);
            assert!(end <= bytes.len());
            assert!(!complete || bytes.trim_ascii().is_empty() || end == bytes.len());
        }
    }
}
