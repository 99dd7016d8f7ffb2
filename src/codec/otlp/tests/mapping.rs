//! The conversion of records to events, by the table in `map.rs`.

use super::*;
use crate::codec::raw_bytes;
use crate::record::{EntityType, related_entities};

fn body(value: AnyValue) -> LogRecord {
    LogRecord {
        body: Some(value),
        ..LogRecord::default()
    }
}

#[test]
fn every_field_finds_its_place() {
    let event = read_one(
        &[
            ("service.name", "checkout"),
            ("host.name", "web-1"),
            ("os.type", "linux"),
        ],
        LogRecord {
            time_unix_nano: 1_700_000_000_000_000_001,
            observed_time_unix_nano: 1_700_000_000_000_000_009,
            severity_number: 14,
            severity_text: "WARN2".to_owned(),
            body: Some(text("disk almost full")),
            attributes: attributes(&[("file.path", "/var/log"), ("event.category", "host")]),
            dropped_attributes_count: 2,
            flags: 1,
            trace_id: (1..=16).collect(),
            span_id: vec![0xab; 8],
            event_name: "disk.full".to_owned(),
        },
    );
    assert_eq!(event.timestamp_ns, Some(1_700_000_000_000_000_001));
    assert_eq!(event.observed_ns, Some(1_700_000_000_000_000_009));
    assert_eq!((event.severity_id, event.otel_severity), (3, 14));
    assert_eq!(event.message, "disk almost full");
    assert_eq!(event.body, None);
    assert_eq!(
        event.trace_id.as_deref(),
        Some("0102030405060708090a0b0c0d0e0f10")
    );
    assert_eq!(event.span_id.as_deref(), Some("abababababababab"));
    assert_eq!(
        (event.source_type.as_ref(), event.source_id.as_ref()),
        ("checkout", "web-1")
    );
    assert_eq!(
        (event.event_action.as_ref(), event.event_category.as_ref()),
        ("disk.full", "host")
    );
    assert_eq!(event.related_hosts, ["web-1"]);
    assert_eq!(event.related_files, ["/var/log"]);
    let wanted = [
        ("service.name", "checkout"),
        ("host.name", "web-1"),
        ("os.type", "linux"),
    ];
    let wanted = wanted.map(|(key, value)| (key.into(), value.into()));
    assert_eq!(event.resource_attrs, wanted);
    assert_eq!(
        event.attributes,
        [
            ("file.path".into(), "/var/log".into()),
            ("event.category".into(), "host".into()),
            ("severity_text".into(), "WARN2".into()),
            ("otel.scope.name".into(), "library".into()),
            ("otel.scope.version".into(), "1.2".into()),
            ("trace_flags".into(), Value::Int(1)),
            ("otel.dropped_attributes_count".into(), Value::Int(2)),
        ]
    );
}

#[test]
fn the_observed_time_stands_in_for_a_missing_one() {
    let seen = read_one(
        &[],
        LogRecord {
            observed_time_unix_nano: 7,
            ..LogRecord::default()
        },
    );
    assert_eq!((seen.timestamp_ns, seen.observed_ns), (Some(7), Some(7)));
    let none = read_one(&[], LogRecord::default());
    assert_eq!((none.timestamp_ns, none.observed_ns), (None, None));
    assert_eq!(none.source_type, SOURCE_TYPE);
}

#[test]
fn severities_keep_their_number() {
    let numbers = [
        (1, 0),
        (8, 0),
        (9, 1),
        (10, 2),
        (12, 2),
        (13, 3),
        (16, 3),
        (17, 4),
        (18, 5),
        (19, 6),
        (24, 6),
    ];
    for (severity_number, id) in numbers {
        let event = read_one(
            &[],
            LogRecord {
                severity_number,
                ..LogRecord::default()
            },
        );
        assert_eq!(
            (event.severity_id, event.otel_severity),
            (id, i64::from(severity_number))
        );
    }
    let by_text = |severity_number, name: &str| {
        read_one(
            &[],
            LogRecord {
                severity_number,
                severity_text: name.to_owned(),
                ..LogRecord::default()
            },
        )
    };
    let event = by_text(0, "crit");
    assert_eq!((event.severity_id, event.otel_severity), (5, 18));
    assert_eq!(attribute(&event, "severity_text"), Some(&"crit".into()));
    assert_eq!(
        attribute(&by_text(9, "info"), "severity_text"),
        None,
        "it says what the number says"
    );
    assert_eq!(by_text(0, "odd").severity_id, 1);
}

#[test]
fn bodies_of_any_kind_can_be_searched() {
    let pairs = KeyValueList {
        values: attributes(&[("user", "bob"), ("message", "logged in")]),
    };
    let event = read_one(&[], body(value(Any::List(pairs))));
    assert_eq!(event.message, "logged in");
    let map = vec![
        ("user".into(), "bob".into()),
        ("message".into(), "logged in".into()),
    ];
    assert_eq!(event.body, Some(Value::Map(map)));

    let list = ArrayValue {
        values: vec![value(Any::Int(1)), value(Any::Bool(true)), AnyValue::default()],
    };
    let event = read_one(&[], body(value(Any::Array(list))));
    assert_eq!(event.message, "[1,true,null]");
    assert_eq!(
        event.body,
        Some(Value::Array(vec![Value::Int(1), Value::Bool(true), Value::Nil]))
    );

    let event = read_one(&[], body(value(Any::Double(1.5))));
    assert_eq!(
        (event.message.as_ref(), event.body),
        ("1.5", Some(Value::Float(1.5)))
    );
    let event = read_one(&[], body(value(Any::Bytes(b"bytes".to_vec()))));
    assert_eq!(
        (event.message.as_ref(), event.body),
        ("bytes", Some(Value::Bin(b"bytes"[..].into())))
    );
    let event = read_one(&[], body(value(Any::Bytes(b"a\xff".to_vec()))));
    assert_eq!(event.message, "a\u{fffd}");
    assert_eq!(raw_bytes(&event, "message").unwrap(), b"a\xff");

    let named = LogRecord {
        event_name: "session.start".to_owned(),
        ..LogRecord::default()
    };
    assert_eq!(read_one(&[], named).message, "session.start");
}

#[test]
fn attributes_name_entities() {
    let resource = [
        ("host.name", "web-1"),
        ("process.executable.name", "sshd"),
        ("process.executable.path", "/usr/sbin/sshd"),
    ];
    let mut record = LogRecord {
        attributes: attributes(&[
            ("user.name", "alice"),
            ("user.domain", "CORP"),
            ("source.address", "192.0.2.7"),
            ("client.address", "desk-9.example"),
            ("server.address", "2001:db8::1"),
            ("url.domain", "example.org"),
            ("file.path", "/etc/shadow"),
            ("file.hash.sha256", "ABCDEF"),
            ("process.parent.name", "init"),
            ("user.target.name", "root"),
        ]),
        ..LogRecord::default()
    };
    for (key, pid) in [("process.pid", 812), ("process.parent_pid", 1)] {
        record.attributes.push(KeyValue {
            key: key.to_owned(),
            value: Some(value(Any::Int(pid))),
        });
    }
    record.attributes.push(KeyValue {
        key: "host.ip".to_owned(),
        value: Some(value(Any::Array(ArrayValue {
            values: vec![text("10.0.0.1"), text("192.0.2.7")],
        }))),
    });
    let event = read_one(&resource, record);
    assert_eq!(event.related_ips, ["192.0.2.7", "2001:db8::1", "10.0.0.1"]);
    assert_eq!(event.related_users, ["root", "CORP\\alice"]);
    assert_eq!(event.related_hosts, ["web-1", "desk-9.example"]);
    assert_eq!(event.related_domains, ["example.org"]);
    assert_eq!(event.related_files, ["/etc/shadow", "/usr/sbin/sshd"]);
    assert_eq!(event.related_processes, ["sshd:812", "init:1"]);
    assert_eq!(event.related_hashes, ["sha256:abcdef"]);
    let mut kinds = Vec::new();
    related_entities(&event, |kind, _| kinds.push(kind));
    assert!(
        EntityType::ALL.iter().all(|kind| kinds.contains(kind)),
        "{kinds:?}"
    );
}

#[test]
fn a_message_names_what_no_attribute_does() {
    let line = "Failed password for root from 203.0.113.66 port 51514";
    let event = read_one(&[], body(text(line)));
    assert_eq!(
        (event.related_ips, event.related_users),
        (vec!["203.0.113.66".into()], vec!["root".into()])
    );
    let record = LogRecord {
        attributes: attributes(&[("source.ip", "192.0.2.1"), ("user.name", "bob")]),
        ..body(text(line))
    };
    let event = read_one(&[], record);
    assert_eq!(
        (event.related_ips, event.related_users),
        (vec!["192.0.2.1".into()], vec!["bob".into()])
    );
}

#[test]
fn each_record_has_its_own_resource_and_scope() {
    let mut all = request(&[("service.name", "a")], vec![body(text("1")), body(text("2"))]);
    let second = request(&[("service.name", "b")], vec![body(text("3"))]);
    all.resource_logs.extend(second.resource_logs);
    all.resource_logs[1].scope_logs.push(ScopeLogs {
        scope: None,
        log_records: vec![body(text("4"))],
    });
    let bytes = all.encode_to_vec();
    let events = read(&bytes);
    let seen: Vec<_> = events
        .iter()
        .map(|e| {
            (
                e.message.as_ref(),
                e.source_type.as_ref(),
                attribute(e, "otel.scope.name").is_some(),
            )
        })
        .collect();
    let wanted = [
        ("1", "a", true),
        ("2", "a", true),
        ("3", "b", true),
        ("4", "b", false),
    ];
    assert_eq!(seen, wanted);
}

#[test]
fn a_resource_may_follow_its_records() {
    let logs = request(&[("service.name", "late")], vec![body(text("m"))])
        .resource_logs
        .remove(0);
    let part = |logs: ResourceLogs| logs.encode_to_vec();
    let mut message = part(ResourceLogs {
        resource: None,
        ..logs.clone()
    });
    message.extend(part(ResourceLogs {
        scope_logs: Vec::new(),
        ..logs
    }));
    let mut bytes = vec![0x0a];
    prost::encoding::encode_varint(message.len() as u64, &mut bytes);
    bytes.extend(message);
    assert_eq!(read(&bytes)[0].source_type, "late");
}
