//! Damaged requests: an invalid record affects only itself, and no input crashes the process.

use super::*;
use crate::codec::{OMITTED, raw_bytes};
use crate::record::arbitrary::Mutator;

fn record(message: &str) -> LogRecord {
    LogRecord {
        time_unix_nano: 1,
        body: Some(text(message)),
        ..LogRecord::default()
    }
}

/// Decodes a request. Returns the messages of its events, and the reasons for rejected records.
fn outcome(request: &[u8]) -> (Vec<String>, Vec<String>) {
    let (mut messages, mut reasons) = (Vec::new(), Vec::new());
    for (event, _) in found(request) {
        match event {
            Ok(event) => messages.push(event.message.into_owned()),
            Err(error) => reasons.push(error.to_string()),
        }
    }
    (messages, reasons)
}

/// Wraps an encoded value into `depth` nested lists.
fn nested(depth: usize) -> AnyValue {
    (0..depth).fold(text("core"), |inner, _| {
        value(Any::Array(ArrayValue { values: vec![inner] }))
    })
}

#[test]
fn depth_is_bounded_per_record() {
    let deep = |depth| LogRecord {
        body: Some(nested(depth)),
        ..LogRecord::default()
    };
    let bytes = request(&[], vec![record("before"), deep(65), deep(64), record("after")]).encode_to_vec();
    let (messages, reasons) = outcome(&bytes);
    assert_eq!(reasons, ["body: nested deeper than 64"]);
    assert_eq!((messages.len(), messages[2].as_str()), (3, "after"));
}

#[test]
fn a_million_levels_need_no_stack() {
    // Each level is a list (field 5) with one value (field 1). Padded lengths keep the sizes equal.
    let mut value = Vec::new();
    for level in (0..100_000_u32).rev() {
        let padded = |number: u32| {
            [7, 7, 7, 7, 0].map({
                let mut rest = number;
                move |bits| {
                    let byte = (rest & 0x7f) as u8 | if bits == 7 { 0x80 } else { 0 };
                    rest >>= 7;
                    byte
                }
            })
        };
        let _ = level;
        let length = value.len() as u32;
        let mut outer = vec![0x2a];
        outer.extend(padded(length + 6));
        outer.push(0x0a);
        outer.extend(padded(length));
        if outer.len() + value.len() > 200_000 {
            break;
        }
        outer.extend(&value);
        value = outer;
    }
    let mut body = vec![0x2a];
    prost::encoding::encode_varint(value.len() as u64, &mut body);
    body.extend(value);
    let mut bytes = Vec::new();
    for tag in [0x12, 0x12, 0x0a] {
        let mut outer = vec![tag];
        prost::encoding::encode_varint(body.len() as u64, &mut outer);
        outer.extend(&body);
        body = outer;
    }
    bytes.extend(body);
    assert_eq!(outcome(&bytes).1, ["body: nested deeper than 64"]);
}

#[test]
fn text_that_is_not_utf8_is_recoverable() {
    let mut bytes = request(&[("host.name", "h|st")], vec![record("b|dy")]).encode_to_vec();
    bytes
        .iter_mut()
        .filter(|byte| **byte == b'|')
        .for_each(|byte| *byte = 0xff);
    let events = read(&bytes);
    assert_eq!(events[0].message, "b\u{fffd}dy");
    assert_eq!(raw_bytes(&events[0], "message").unwrap(), b"b\xffdy");
    assert_eq!(events[0].resource_attrs[0].1, r#"{"$bin":"aP9zdA=="}"#);
}

#[test]
fn a_truncated_request_keeps_what_is_whole() {
    let bytes = request(&[], vec![record("one"), record("two"), record("three")]).encode_to_vec();
    for cut in 0..bytes.len() {
        let (messages, reasons) = outcome(&bytes[..cut]);
        assert!(messages.is_empty(), "its length is in front");
        assert_eq!(reasons.len(), usize::from(cut > 0), "cut at {cut}");
    }
}

#[test]
fn damage_inside_a_record_stays_inside() {
    let mut bytes = request(&[], vec![record("one"), record("two"), record("three")]).encode_to_vec();
    let at = bytes.windows(3).position(|w| w == b"two").unwrap();
    // The length before the text exceeds the record's remaining bytes.
    bytes[at - 1] = 0x70;
    let (messages, reasons) = outcome(&bytes);
    assert_eq!(messages, ["one", "three"]);
    assert_eq!(reasons, ["body: the protobuf ends too early"]);
}

#[test]
fn a_bad_resource_costs_its_records() {
    let mut all = request(&[("k", "v")], vec![record("lost")]);
    all.resource_logs[0].resource.as_mut().unwrap().attributes[0].value = Some(nested(65));
    all.resource_logs
        .extend(request(&[], vec![record("kept")]).resource_logs);
    let (messages, reasons) = outcome(&all.encode_to_vec());
    assert_eq!(messages, ["kept"]);
    assert_eq!(reasons, ["resource: nested deeper than 64"]);
}

#[test]
fn oversize_records_are_named() {
    let large = "x".repeat(LONGEST);
    let bytes = request(&[], vec![record(&large), record("good")]).encode_to_vec();
    let (messages, reasons) = outcome(&bytes);
    assert_eq!(messages, ["good"]);
    assert!(reasons[0].starts_with("the record has 10485"), "{}", reasons[0]);
}

#[test]
fn garbage_is_one_bad_record() {
    for garbage in [
        &b"hello world"[..],
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x0a\xff",
        b"{}",
    ] {
        let (messages, reasons) = outcome(garbage);
        assert!(messages.is_empty());
        assert_eq!(reasons.len(), 1, "{garbage:x?}");
    }
    assert_eq!(outcome(b""), (vec![], vec![]));
}

/// Returns a request of `count` records whose resource has an attribute `k` of `length` bytes.
fn repeating(length: usize, names: &str, count: usize) -> Request {
    let large = "x".repeat(length);
    let resource = [
        ("service.name", names),
        ("host.name", names),
        ("k", large.as_str()),
    ];
    request(&resource, vec![LogRecord::default(); count])
}

#[test]
fn a_resource_is_repeated_only_so_often() {
    let bytes = repeating(200_000, "api", 50_000).encode_to_vec();
    let events = read(&bytes);
    assert_eq!(events.len(), 50_000);
    let whole = events.iter().take_while(|e| e.resource_attrs.len() == 3).count();
    // The size of all events is limited to 1 MiB plus 64 times the request's size.
    let allowed = (1 << 20) + 64 * bytes.len();
    assert!(
        (allowed / 200_200..=allowed / 200_000).contains(&whole),
        "{whole}"
    );
    for (place, event) in events.iter().enumerate() {
        assert_eq!(
            (event.source_type.as_ref(), event.source_id.as_ref()),
            ("api", "api")
        );
        let is_whole = place < whole;
        let omitted = attribute(event, OMITTED);
        // Three attributes of the resource, and the name and version of the scope.
        assert_eq!(omitted, (!is_whole).then_some(&Value::Int(5)), "{place}");
        assert_eq!(event.related_hosts.is_empty(), !is_whole);
        assert_eq!(attribute(event, "otel.scope.name").is_some(), is_whole);
    }
    // Names that would be copied too often are left out too.
    let bytes = repeating(0, &"n".repeat(100_000), 50_000).encode_to_vec();
    let events = read(&bytes);
    let last = events.last().unwrap();
    assert_eq!(
        (last.source_type.as_ref(), last.source_id.as_ref()),
        (SOURCE_TYPE, "")
    );
    let total: usize = events.iter().map(|e| e.source_type.len()).sum();
    assert!(total < 64 * bytes.len());
    // A resource of realistic size is copied to every event.
    let ordinary = request(
        &[("k", &"x".repeat(2_000))],
        (0..10_000)
            .map(|n| record(&format!("message {n} of a hundred bytes: {}", "y".repeat(70))))
            .collect(),
    );
    assert!(
        read(&ordinary.encode_to_vec())
            .iter()
            .all(|e| e.resource_attrs.len() == 1)
    );
}

#[test]
fn scopes_of_one_resource_share_it() {
    // Copying the resource for each of its scopes would take 200 GB.
    let mut scopes = repeating(200_000, "api", 1);
    let scope = ScopeLogs {
        scope: None,
        log_records: Vec::new(),
    };
    let logs = &mut scopes.resource_logs[0].scope_logs;
    logs.splice(0..0, vec![scope; 1_000_000]);
    assert_eq!(read(&scopes.encode_to_vec()).len(), 1);
}

#[test]
fn an_oversize_resource_or_scope_costs_its_records() {
    let mut all = repeating(LONGEST, "api", 2);
    let mut large_scope = request(&[], vec![record("lost")]);
    large_scope.resource_logs[0].scope_logs[0]
        .scope
        .as_mut()
        .unwrap()
        .name = "s".repeat(LONGEST);
    all.resource_logs.extend(large_scope.resource_logs);
    all.resource_logs
        .extend(request(&[], vec![record("kept")]).resource_logs);
    let (messages, reasons) = outcome(&all.encode_to_vec());
    assert_eq!(messages, ["kept"]);
    assert_eq!(reasons.len(), 3);
    assert!(
        reasons[0].starts_with("resource: the message has 10486"),
        "{reasons:?}"
    );
    assert!(
        reasons[2].starts_with("scope: the message has 10485"),
        "{reasons:?}"
    );
}

#[test]
fn mutated_requests_never_panic() {
    let mut rich = record("Failed password for root from 203.0.113.66");
    rich.body = Some(nested(8));
    rich.attributes = attributes(&[("user.name", "a"), ("host.ip", "10.0.0.1"), ("process.pid", "7")]);
    rich.trace_id = vec![7; 16];
    let seed = request(&[("service.name", "s")], vec![rich.clone(), record("m"), rich]).encode_to_vec();
    let mut mutator = Mutator::new(&seed);
    for _ in 0..Mutator::rounds() {
        let bytes = mutator.next();
        for (event, part) in found(bytes) {
            assert!(part.len() <= bytes.len());
            if let Ok(event) = event {
                let mut blob = Vec::new();
                crate::codec::msgpack::encode_event(&event, &mut blob, |_, _, _| {});
            }
        }
    }
}
