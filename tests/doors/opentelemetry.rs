//! The forms of OTLP that protobuf's JSON mapping permits.

use seerflow::Input;
use seerflow::record::Value;

use super::door::otlp;
use super::{attribute, case, ns, store};

#[test]
fn ids_numbers_and_names() {
    let events = store(Input::OtlpJson(&case("ids.otlp.json")));
    assert_eq!(events.len(), 9);
    assert!(
        events
            .iter()
            .all(|event| event.timestamp_ns == ns("2024-01-15T12:00:00Z"))
    );
    assert!(events.iter().all(|event| event.source_type == "shop"));
    let by = |message: &str| events.iter().find(|event| event.message == message).unwrap();
    for (message, trace, span) in [
        ("base64 trace id", "Z6z8LqVvEI+kU1/Ci6mXBQ==", "gMEgDJS+EXg="),
        ("uuid trace id", "67acfc2e-a56f-108f-a453-5fc28ba99705", ""),
        ("short trace id", "abcd", "12"),
    ] {
        let event = by(message);
        assert_eq!(event.trace_id, None, "{message}");
        assert_eq!(attribute(event, "trace_id"), Some(&Value::from(trace)));
        if span.is_empty() {
            assert_eq!(event.span_id.as_deref(), Some("80c1200c94be1178"));
        } else {
            assert_eq!(attribute(event, "span_id"), Some(&Value::from(span)));
        }
    }
    let good = by("good");
    assert_eq!(good.trace_id.as_deref(), Some("67acfc2ea56f108fa4535fc28ba99705"));
    assert_eq!(good.span_id.as_deref(), Some("80c1200c94be1178"));
    assert_eq!(
        (
            &by("null trace id").trace_id,
            by("null trace id").attributes.len()
        ),
        (&None, 0)
    );
    let text = by("severity text only");
    assert_eq!(
        (text.severity_id, attribute(text, "n")),
        (4, Some(&Value::Int(1)))
    );
    let step = by("severity text with step");
    assert_eq!((step.severity_id, step.otel_severity), (5, 18));
    let kv = by("kv");
    assert_eq!((kv.severity_id, kv.otel_severity), (4, 17));
    let Some(Value::Map(pairs)) = &kv.body else {
        panic!()
    };
    assert_eq!(pairs[1], ("b".into(), Value::Bin(vec![0, 1, 2].into())));
}

#[test]
fn forms_that_the_json_mapping_allows() {
    let one = |record: &str| store(Input::OtlpJson(&otlp(record))).remove(0);
    // Member names as in the protobuf file, numbers as strings, floats without a fraction, exponents.
    let event = one(
        r#"{"time_unix_nano":1705320000000000000,"severity_number":"SEVERITY_NUMBER_WARN3","severity_text":"odd","body":{"string_value":"m"},"attributes":[
            {"key":"i","value":{"int_value":"-7"}},{"key":"f","value":{"intValue":"1e3"}},{"key":"d","value":{"doubleValue":"NaN"}},
            {"key":"b","value":{"boolValue":"true"}},{"key":"x","value":{"bytes_value":"_-8"}},{"key":"n","value":{"intValue":"many"}}],"flags":"1"}"#,
    );
    assert_eq!((event.message.as_ref(), event.otel_severity), ("m", 15));
    assert_eq!(event.timestamp_ns, ns("2024-01-15T12:00:00Z"));
    assert_eq!(attribute(&event, "i"), Some(&Value::Int(-7)));
    assert_eq!(attribute(&event, "f"), Some(&Value::Int(1000)));
    assert!(matches!(attribute(&event, "d"), Some(Value::Float(number)) if number.is_nan()));
    assert_eq!(attribute(&event, "b"), Some(&Value::Bool(true)));
    assert_eq!(attribute(&event, "x"), Some(&r#"{"$bin":"/+8="}"#.into()));
    assert_eq!(attribute(&event, "n"), Some(&"many".into()));
    assert_eq!(attribute(&event, "trace_flags"), Some(&Value::Int(1)));
    // A time that cannot be parsed affects no other field.
    let event = one(
        r#"{"timeUnixNano":"noon","observedTimeUnixNano":"1705320000000000000","body":{"stringValue":"m"}}"#,
    );
    assert_eq!(event.timestamp_ns, ns("2024-01-15T12:00:00Z"));
    let event = one(r#"{"timeUnixNano":"noon","body":{"stringValue":"m"}}"#);
    assert_eq!(attribute(&event, "seerflow.time.unparsed"), Some(&"noon".into()));
    let event = one(r#"{"timeUnixNano":"18446744073709551615","body":{"stringValue":"m"}}"#);
    assert_eq!(
        (event.timestamp_ns, attribute(&event, "timestamp_ns")),
        (Some(i64::MAX), Some(&Value::UInt(u64::MAX)))
    );
    // A severity outside the scale.
    let event = one(r#"{"severityNumber":99,"body":{"stringValue":"m"}}"#);
    assert_eq!((event.severity_id, event.otel_severity), (6, 24));
    assert_eq!(attribute(&event, "otel_severity"), Some(&Value::Int(99)));
    // The bytes of a text.
    let event = one(r#"{"body":{"bytesValue":"aGVsbG8="}}"#);
    assert_eq!(
        (event.message.as_ref(), &event.body),
        ("hello", &Some(Value::Bin(b"hello"[..].into())))
    );
    // A trace id that is a number.
    let event = one(r#"{"traceId":12,"body":{"stringValue":"m"}}"#);
    assert_eq!(
        (&event.trace_id, attribute(&event, "trace_id")),
        (&None, Some(&Value::Int(12)))
    );
}
