use proptest::prelude::*;

use super::*;
use crate::codec::{MAX_DEPTH, raw_bytes};
use crate::error::ErrorKind;
use crate::record::{Event, Field, Value, arbitrary};

fn encode(event: &Event<'_>) -> String {
    let mut out = Vec::new();
    encode_event(event, &mut out);
    String::from_utf8(out).unwrap()
}

pub(super) fn decode(line: &str) -> Event<'_> {
    decode_event(line.as_bytes()).unwrap_or_else(|error| panic!("{line}: {error}"))
}

fn error(line: &str) -> String {
    decode_event(line.as_bytes()).expect_err(line).to_string()
}

fn with_body(body: Value<'_>) -> Event<'_> {
    Event {
        body: Some(body),
        ..Event::default()
    }
}

/// Returns an event whose body wraps `innermost` `depth` times.
fn nested(innermost: Value<'static>, depth: usize, wrap: fn(Value<'_>) -> Value<'_>) -> Event<'static> {
    with_body((0..depth).fold(innermost, |value, _| wrap(value)))
}

fn array(value: Value<'_>) -> Value<'_> {
    Value::Array(vec![value])
}

fn odd_map(value: Value<'_>) -> Value<'_> {
    Value::Map(vec![(Value::Int(1), value)])
}

pub(super) fn attributes<'a>(event: &'a Event<'_>) -> Vec<(&'a str, String)> {
    let shown = |value: &Value<'_>| match value {
        Value::Str(text) => text.to_string(),
        other => format!("{other:?}"),
    };
    event
        .attributes
        .iter()
        .map(|(key, value)| (key.as_ref(), shown(value)))
        .collect()
}

proptest! {
    #[test]
    fn every_event_reads_back_equal(event in arbitrary::event()) {
        let line = encode(&event);
        prop_assert!(!line.contains('\n'), "{line}");
        // Other parsers must accept the line as JSON too. (serde_json limits the depth, but its limit is not
        // below this one.)
        prop_assert!(serde_json::from_str::<serde_json::Value>(&line).is_ok(), "{line}");
        let read = decode_event(line.as_bytes()).unwrap();
        prop_assert_eq!(&read, &event, "{}", line);
        // Comparing values ignores the sign of zero; comparing the text does not.
        prop_assert_eq!(encode(&read), line);
    }

    #[test]
    fn a_blob_reads_back_equal(event in arbitrary::event()) {
        let mut blob = Vec::new();
        msgpack::encode_event(&event, &mut blob, |_, _, _| {});
        let mut line = Vec::new();
        encode_blob(&blob, &mut line).unwrap();
        prop_assert_eq!(decode_event(&line).unwrap(), event);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = decode_event(&bytes);
    }

    #[test]
    fn no_cut_or_change_makes_it_panic(event in arbitrary::event(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut line = encode(&event).into_bytes();
        let at = at.index(line.len());
        prop_assert!(decode_event(&line[..at]).is_err());
        line[at] = byte;
        let _ = decode_event(&line);
    }
}

#[test]
fn an_event_at_its_defaults_is_an_empty_object() {
    assert_eq!(encode(&Event::default()), "{}");
    assert_eq!(decode("{}"), Event::default());
    assert_eq!(decode(r#" { "type" : "SeerflowEvent" } "#), Event::default());
    assert_eq!(decode("\u{feff}{}\r"), Event::default());
}

#[test]
fn spellings() {
    let cases = [
        (Value::Bin(b"hi".into()), r#"{"$bin":"aGk="}"#),
        (Value::Ext(-1, vec![0, 255].into()), r#"{"$ext":[-1,"AP8="]}"#),
        (Value::Float(f64::NEG_INFINITY), r#"{"$float":"-inf"}"#),
        (Value::Float(1.0), "1.0"),
        (Value::Float(-0.0), "-0.0"),
        (Value::Float(1e300), "1e300"),
        (Value::UInt(u64::MAX), "18446744073709551615"),
        (Value::Int(i64::MIN), "-9223372036854775808"),
        (odd_map(Value::Nil), r#"{"$map":[[1,null]]}"#),
        (
            Value::Map(vec![("$bin".into(), Value::Int(1))]),
            r#"{"$map":[["$bin",1]]}"#,
        ),
        (
            Value::Map(vec![("a".into(), Value::Int(1)), ("a".into(), Value::Int(2))]),
            r#"{"$map":[["a",1],["a",2]]}"#,
        ),
        (
            Value::Map(vec![("$a".into(), Value::Int(1)), ("b".into(), Value::Int(2))]),
            r#"{"$a":1,"b":2}"#,
        ),
        (Value::Map(vec![]), "{}"),
        (
            Value::from("\0\u{1f}\u{7f}\"\\/\n\u{10ffff}"),
            "\"\\u0000\\u001f\u{7f}\\\"\\\\/\\n\u{10ffff}\"",
        ),
    ];
    for (value, json) in cases {
        let event = with_body(value);
        assert_eq!(encode(&event), format!(r#"{{"body":{json}}}"#));
        assert_eq!(decode(&encode(&event)), event);
    }
    let event = Event {
        risk_score: f64::NAN,
        ..Event::default()
    };
    assert_eq!(encode(&event), r#"{"risk_score":{"$float":"nan"}}"#);
    assert!(decode(&encode(&event)).risk_score.is_nan());
}

#[test]
fn what_only_looks_like_a_spelling_stays_what_it_is() {
    for json in [
        r#"{"$bin":"no base64!"}"#,
        r#"{"$bin":5}"#,
        r#"{"$ext":[128,""]}"#,
        r#"{"$ext":[1]}"#,
        r#"{"$float":"1"}"#,
        r#"{"$map":[[1]]}"#,
        r#"{"$map":5}"#,
        r#"{"$date":"2026-03-14"}"#,
    ] {
        let line = format!(r#"{{"body":{json}}}"#);
        let event = decode(&line);
        assert!(
            matches!(&event.body, Some(Value::Map(pairs)) if pairs.len() == 1),
            "{json}"
        );
        assert_eq!(decode(&encode(&event)), event, "{json}");
    }
    assert_eq!(
        attributes(&decode(r#"{"attributes":{"$bin":"aGk="}}"#)),
        [("$bin", "aGk=".into())]
    );
}

#[test]
fn text_is_borrowed_unless_it_is_escaped() {
    let line = r#"{"message":"plain","source_id":"esc\u0061ped \ud83d\ude00"}"#;
    let event = decode(line);
    assert!(matches!(event.message, std::borrow::Cow::Borrowed("plain")));
    assert_eq!(event.source_id, "escaped 😀");
}

#[test]
fn ids_and_times_have_several_spellings() {
    let id = "67e55044-10b1-426f-9247-bb680e5fe0c8";
    let plain = id.replace('-', "");
    for spelling in [
        id.to_owned(),
        plain.clone(),
        id.to_uppercase(),
        format!("{{{id}}}"),
        format!("urn:uuid:{id}"),
    ] {
        let line = format!(r#"{{"event_id":"{spelling}"}}"#);
        assert_eq!(decode(&line).event_id.unwrap().to_string(), id);
    }
    let times = [
        "1773450123000000000",
        r#""1773450123000000000""#,
        r#""2026-03-14T01:02:03Z""#,
        r#""2026-03-14T02:02:03+01:00""#,
    ];
    for time in times {
        let line = format!(r#"{{"timestamp_ns":{time},"observed_ns":{time}}}"#);
        let event = decode(&line);
        assert_eq!(event.timestamp_ns, Some(1_773_450_123_000_000_000), "{time}");
        assert_eq!(event.observed_ns, event.timestamp_ns);
    }
    assert_eq!(decode(r#"{"timestamp_ns":"-5"}"#).timestamp_ns, Some(-5));
}

#[test]
fn a_value_that_does_not_fit_its_field_is_an_attribute_of_its_own_type() {
    let text = |text: &'static str| Value::from(text);
    let cases = [
        (r#"{"message":5}"#, Value::Int(5)),
        (r#"{"severity_id":"3"}"#, text("3")),
        (r#"{"severity_id":3.5}"#, Value::Float(3.5)),
        (r#"{"risk_score":true}"#, Value::Bool(true)),
        (r#"{"confidence":"High"}"#, text("High")),
        (r#"{"tags":"a"}"#, text("a")),
        (
            r#"{"tags":["a",null]}"#,
            Value::Array(vec![text("a"), Value::Nil]),
        ),
        (r#"{"attributes":[1]}"#, Value::Array(vec![Value::Int(1)])),
        (
            r#"{"resource_attrs":{"a":1}}"#,
            Value::Map(vec![(text("a"), Value::Int(1))]),
        ),
        (r#"{"timestamp_ns":9223372036854775808}"#, Value::UInt(1 << 63)),
        (
            r#"{"timestamp_ns":"2500-01-01T00:00:00Z"}"#,
            text("2500-01-01T00:00:00Z"),
        ),
        (r#"{"observed_ns":"yesterday"}"#, text("yesterday")),
        (r#"{"event_id":"x"}"#, text("x")),
        (r#"{"event_id":4625}"#, Value::Int(4625)),
        (
            r#"{"trace_id":1234567890123456789}"#,
            Value::Int(1_234_567_890_123_456_789),
        ),
    ];
    for (line, expected) in cases {
        let event = decode(line);
        let key = line.split('"').nth(1).unwrap();
        assert_eq!(event.attributes.last(), Some(&(key.into(), expected)), "{line}");
        assert_eq!(event.message, line, "{line}");
    }
    assert_eq!(decode(r#"{"severity_id":3.0}"#).severity_id, 3);
}

#[test]
fn what_is_not_an_object_is_placed() {
    let cases = [
        ("", "0: the line ends"),
        ("  ", "2: the line ends"),
        ("plain text", "0: expected {"),
        ("[1]", "0: expected {"),
        (r#"{"a":1"#, "6: the line ends"),
        (r#"{"a":1}}"#, "7: something follows"),
        (r#"{"a":1,}"#, "7: expected \""),
        (r#"{"a" 1}"#, "5: expected :"),
        (r#"{"a":01}"#, "6: expected , or }"),
        (r#"{"a":+1}"#, "5: expected a value"),
        (r#"{"a":1.}"#, "7: expected a digit"),
        (r#"{"a":1e999}"#, "10: the number"),
        (r#"{"a":nul}"#, "5: expected a value"),
        ("{\"a\":\"\t\"}", "6: a control character"),
        (r#"{"a":"\x"}"#, "7: no such escape"),
        (r#"{"a":"\u12g4"}"#, "8: expected four hex digits"),
        (r#"{"a":[1,]}"#, "8: expected a value"),
        (r#"{"a":"b"#, "7: the line ends"),
    ];
    for (line, expected) in cases {
        let expected = format!("not a JSON object at byte {expected}");
        assert!(error(line).starts_with(&expected), "{line}: {}", error(line));
    }
}

#[test]
fn null_is_the_default_and_the_last_key_wins() {
    let nulls: Vec<_> = Field::ALL
        .iter()
        .map(|field| format!(r#""{}":null"#, field.name()))
        .collect();
    assert_eq!(decode(&format!("{{{}}}", nulls.join(","))), Event::default());
    let event = decode(
        r#"{"message":"a","message":"b","tags":["x"],"tags":null,"severity_id":4,"severity_id":null}"#,
    );
    assert_eq!(
        event,
        Event {
            message: "b".into(),
            ..Event::default()
        }
    );
    let event = decode(r#"{"message":"m","x":1,"y":2,"x":3,"body":{"k":1,"l":2,"k":3}}"#);
    assert_eq!(
        attributes(&event),
        [("x", "Int(3)".into()), ("y", "Int(2)".into())]
    );
    assert_eq!(
        event.body,
        Some(Value::Map(vec![
            ("k".into(), Value::Int(3)),
            ("l".into(), Value::Int(2))
        ]))
    );
    let many: Vec<_> = (0..100)
        .map(|index| format!(r#""k{}":{index}"#, index % 60))
        .collect();
    let line = format!(r#"{{"message":"m",{}}}"#, many.join(","));
    let event = decode(&line);
    assert_eq!(event.attributes.len(), 60);
    assert_eq!(event.attributes[0], ("k0".into(), Value::Int(60)));
    assert_eq!(event.attributes[59], ("k59".into(), Value::Int(59)));
}

#[test]
fn depth_is_bounded_by_what_the_json_means() {
    for event in [
        nested(Value::Nil, MAX_DEPTH, array),
        nested(Value::Ext(1, vec![2].into()), MAX_DEPTH, odd_map),
        nested(Value::Float(f64::INFINITY), MAX_DEPTH, odd_map),
    ] {
        assert_eq!(decode(&encode(&event)), event);
        let Event { body: Some(body), .. } = event else {
            panic!()
        };
        let event = Event {
            attributes: vec![("a".into(), body.clone())],
            ..Event::default()
        };
        assert_eq!(decode(&encode(&event)), event);
        let event = Event {
            attributes: vec![("$a".into(), body)],
            ..Event::default()
        };
        assert_eq!(decode(&encode(&event)), event);
    }
    for event in [
        nested(Value::Nil, MAX_DEPTH + 1, array),
        nested(Value::Nil, MAX_DEPTH + 1, odd_map),
    ] {
        let error = decode_event(encode(&event).as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
        assert!(error.to_string().starts_with("body: nested deeper"), "{error}");
    }
    for key in ["body", "attributes", "unknown", "message"] {
        let line = format!(r#"{{"{key}":{{"a":{}"#, "[".repeat(1_000_000));
        let error = decode_event(line.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit, "{key}");
        assert!(error.to_string().starts_with(key), "{error}");
    }
}

#[test]
fn text_that_is_not_unicode_is_recoverable() {
    for line in [
        &b"{\"message\":\"a\xffb\"}"[..],
        br#"{"message":"a\ud800b"}"#,
        b"{\"m\xe9\":1,\"message\":\"a\xc3b\"}",
    ] {
        let event = decode_event(line).unwrap();
        assert_eq!(event.message, "a\u{fffd}b");
        assert_eq!(raw_bytes(&event, "line").unwrap(), line);
    }
    assert!(error(std::str::from_utf8(b"{\"a\":1,").unwrap()).contains("byte 7"));
    let outside = decode_event(b"{\"a\":1,\xff}").unwrap_err().to_string();
    assert!(outside.starts_with("not a JSON object at byte 7"), "{outside}");
}
