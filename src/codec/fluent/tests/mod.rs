//! The forms of Fluent Forward, damaged input, and the events made from records.

mod hostile;

use std::io::Write;

use flate2::write::GzEncoder;

use super::*;
use crate::codec::lines::PLAIN;
use crate::codec::msgpack::write_value;
use crate::codec::unpack::{Compression, unpack};
use crate::codec::{Found, OMITTED, TIME_UNPARSED, collect, raw_bytes};
use crate::record::arbitrary::Mutator;
use crate::record::{Event, Value};

fn pack(value: &Value<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    write_value(&mut out, value);
    out
}

fn map(pairs: &[(&str, Value<'static>)]) -> Value<'static> {
    let pair = |(key, value): &(&str, Value<'static>)| (Value::from((*key).to_owned()), value.clone());
    Value::Map(pairs.iter().map(pair).collect())
}

fn log(text: &'static str) -> Value<'static> {
    map(&[("log", text.into())])
}

fn list(items: &[Value<'static>]) -> Value<'static> {
    Value::Array(items.to_vec())
}

fn event_time(seconds: u32, nanos: u32) -> Value<'static> {
    let bytes = [seconds.to_be_bytes(), nanos.to_be_bytes()].concat();
    Value::Ext(0, bytes.into())
}

fn read_with(input: &[u8], complete: bool, options: FluentOptions<'_>) -> (Vec<Found>, usize) {
    let (mut found, mut end) = (Vec::new(), 0);
    for piece in Pieces::new(input, complete, options.longest) {
        found.extend(collect(|with| piece.each(options, with)));
        end = piece.end;
    }
    (found, end)
}

const OPTIONS: FluentOptions<'_> = FluentOptions {
    records: &PLAIN,
    longest: 1 << 20,
};

fn read(input: &[u8]) -> Vec<Event<'static>> {
    let (found, end) = read_with(input, false, OPTIONS);
    assert_eq!(end, input.len());
    found.into_iter().map(|(event, _)| event.unwrap()).collect()
}

fn read_one(value: &Value<'_>) -> Event<'static> {
    let mut events = read(&pack(value));
    assert_eq!(events.len(), 1);
    events.remove(0)
}

#[test]
fn times_in_every_form() {
    let cases = [
        (Value::Int(1_700_000_000), Some(1_700_000_000_000_000_000)),
        (event_time(1_700_000_000, 5), Some(1_700_000_000_000_000_005)),
        (
            list(&[event_time(1_700_000_000, 5), map(&[])]),
            Some(1_700_000_000_000_000_005),
        ),
        (Value::Float(1.5), Some(1_500_000_000)),
        (event_time(3_000_000_000, 0), Some(3_000_000_000_000_000_000)),
        (Value::Nil, None),
    ];
    for (time, wanted) in cases {
        assert_eq!(read_one(&list(&[time, log("m")])).timestamp_ns, wanted);
    }
    assert_eq!(read_one(&log("no time")).timestamp_ns, None);
    // Nanoseconds are limited to less than a second.
    assert_eq!(
        read_one(&list(&[event_time(1, 1_500_000_000), log("m")])).timestamp_ns,
        Some(1_999_999_999)
    );
    for (bad, text) in [
        (Value::Bool(true), "true"),
        ("noon".into(), "noon"),
        (Value::Ext(0, vec![1].into()), r#"{"$ext":[0,"AQ=="]}"#),
    ] {
        let event = read_one(&list(&["t".into(), bad, log("m")]));
        assert_eq!(event.timestamp_ns, None);
        assert_eq!(event.attributes[0], (TIME_UNPARSED.into(), text.into()));
    }
}

#[test]
fn usual_keys_fill_the_event() {
    let record = map(&[
        ("log", "Failed password for root from 203.0.113.66\n".into()),
        ("level", "error".into()),
        ("host", "web-1".into()),
        ("client.address", "192.0.2.1".into()),
        ("stream", "stderr".into()),
    ]);
    let event = read_one(&list(&[
        list(&[Value::Int(7), map(&[("k", "v".into())])]),
        record,
    ]));
    assert_eq!(event.message, "Failed password for root from 203.0.113.66");
    assert_eq!(
        (
            event.severity_id,
            event.source_id.as_ref(),
            event.source_type.as_ref()
        ),
        (4, "web-1", SOURCE_TYPE)
    );
    assert_eq!(
        (event.related_ips, event.related_users),
        (vec!["192.0.2.1".into()], vec!["root".into()])
    );
    assert_eq!(
        event.attributes,
        [
            ("client.address".into(), "192.0.2.1".into()),
            ("stream".into(), "stderr".into()),
            ("fluent.metadata".into(), map(&[("k", "v".into())])),
        ]
    );
    // If a record has no message, its whole JSON text is the message.
    let event = read_one(&list(&[Value::Int(7), map(&[("a", Value::Int(1))])]));
    assert_eq!(event.message, r#"{"a":1}"#);
    // Seerflow's own field names set the fields.
    let event = read_one(&list(&[
        Value::Int(7),
        map(&[("message", "m".into()), ("severity_id", Value::Int(5))]),
    ]));
    assert_eq!((event.message.as_ref(), event.severity_id), ("m", 5));
}

#[test]
fn every_mode_of_forward() {
    let entry = |text| list(&[Value::Int(1), log(text)]);
    let packed = [pack(&entry("a")), pack(&entry("b"))].concat();
    let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&packed).unwrap();
    let compressed = gzip.finish().unwrap();
    let options = map(&[("chunk", "id".into()), ("size", Value::Int(2))]);
    let messages = [
        list(&["app.web".into(), list(&[entry("a"), entry("b")]), options.clone()]),
        list(&["app.web".into(), list(&[entry("a"), entry("b")])]),
        list(&["app.web".into(), Value::Bin(packed.clone().into())]),
        list(&["app.web".into(), Value::Bin(packed.into()), options]),
        list(&[
            "app.web".into(),
            Value::Bin(compressed.into()),
            map(&[("compressed", "gzip".into())]),
        ]),
    ];
    for message in messages {
        let events = read(&pack(&message));
        let texts: Vec<_> = events.iter().map(|event| event.message.as_ref()).collect();
        assert_eq!(texts, ["a", "b"]);
        assert!(events.iter().all(|event| event.source_type == "app.web"));
        assert_eq!(events[0].attributes, [("fluent.tag".into(), "app.web".into())]);
    }
    for single in [
        list(&["t".into(), event_time(1, 2), log("a"), map(&[])]),
        list(&["t".into(), Value::Int(1), log("a")]),
    ] {
        let event = read_one(&single);
        assert_eq!((event.message.as_ref(), event.source_type.as_ref()), ("a", "t"));
    }
}

#[test]
fn a_group_shares_its_resource() {
    let resource = map(&[(
        "attributes",
        map(&[("service.name", "shop".into()), ("host.name", "web-1".into())]),
    )]);
    let scope = map(&[("name", "lib".into())]);
    let start = |time| {
        list(&[
            list(&[time, map(&[("schema", "otlp".into())])]),
            map(&[("resource", resource.clone()), ("scope", scope.clone())]),
        ])
    };
    let end = |time| list(&[list(&[time, map(&[])]), map(&[])]);
    let otlp = map(&[
        ("observed_timestamp", Value::Int(9)),
        ("severity_number", Value::Int(17)),
        ("trace_id", Value::Bin(vec![0xab; 16].into())),
        ("attributes", map(&[("user.name", "bob".into())])),
    ]);
    let record = list(&[list(&[event_time(1, 0), map(&[("otlp", otlp)])]), log("inside")]);
    for (first, last) in [
        (Value::Int(-1), Value::Int(-2)),
        (event_time(u32::MAX, 0), event_time(u32::MAX - 1, 0)),
    ] {
        let outside = list(&[Value::Int(2), log("outside")]);
        let parts = [start(first.clone()), record.clone(), end(last), outside];
        let bytes: Vec<u8> = parts.iter().flat_map(pack).collect();
        let events = read(&bytes);
        assert_eq!(events.len(), 2);
        let inside = &events[0];
        assert_eq!(
            (
                inside.message.as_ref(),
                inside.source_type.as_ref(),
                inside.source_id.as_ref()
            ),
            ("inside", "shop", "web-1")
        );
        assert_eq!(
            (inside.timestamp_ns, inside.observed_ns, inside.otel_severity),
            (Some(1_000_000_000), Some(9), 17)
        );
        assert_eq!(
            inside.trace_id.as_deref(),
            Some("abababababababababababababababab")
        );
        assert_eq!(inside.related_users, ["bob"]);
        assert_eq!(
            (events[1].message.as_ref(), events[1].source_type.as_ref()),
            ("outside", SOURCE_TYPE)
        );
        // A group without its end stays with the caller, unless the input is complete.
        let open: Vec<u8> = [start(first), record.clone()].iter().flat_map(pack).collect();
        assert_eq!(read_with(&open, false, OPTIONS).0.len(), 0);
        assert_eq!(read_with(&open, true, OPTIONS).0.len(), 1);
    }
}

#[test]
fn text_in_bytes_and_bytes_in_text() {
    let event = read_one(&list(&[
        Value::Int(1),
        map(&[("log", Value::Bin(b"plain"[..].into()))]),
    ]));
    assert_eq!((event.message.as_ref(), event.attributes.len()), ("plain", 0));
    let mut bytes = pack(&list(&[Value::Int(1), log("a*b")]));
    let star = bytes.iter().position(|&byte| byte == b'*').unwrap();
    bytes[star] = 0xff;
    let event = read(&bytes).remove(0);
    assert_eq!(event.message, "a\u{fffd}b");
    assert_eq!(raw_bytes(&event, "message").unwrap(), b"a\xffb");
}
