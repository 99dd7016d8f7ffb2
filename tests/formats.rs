//! OTLP and Fluent Forward: found by text and entity, accepted as a unit, stored once.

#[path = "../src/codec/otlp/tests/messages.rs"]
mod messages;

use std::time::Duration;

use messages::*;
use prost::Message;
use seerflow::record::{Control, EntityType, EventQuery, WriteOutcome, entity_id};
use seerflow::{Config, Engine, ErrorKind, Input, WriteOptions};

fn open(folder: &tempfile::TempDir, options: &[(&str, &str)]) -> Engine {
    let mut config = Config::new();
    let path = folder.path().join("seerflow.db");
    config.set("storage.sqlite_path", path.to_str().unwrap()).unwrap();
    for (key, value) in options {
        config.set(key, value).unwrap();
    }
    Engine::open(&config, Default::default()).unwrap()
}

fn durable(batch_key: Option<&[u8]>) -> WriteOptions {
    WriteOptions {
        durable: true,
        batch_key: batch_key.map(<[u8]>::to_vec),
        ..WriteOptions::default()
    }
}

fn record(number: usize) -> LogRecord {
    LogRecord {
        body: Some(text(&format!("message {number} of many"))),
        attributes: attributes(&[("user.name", "alice"), ("source.address", "203.0.113.66")]),
        ..LogRecord::default()
    }
}

fn found(engine: &Engine, query: EventQuery) -> usize {
    let query = EventQuery {
        limit: 10_000,
        ..query
    };
    engine.query_events(&query, &Control::unbounded()).unwrap().len()
}

fn by_entity(kind: EntityType, value: &str) -> EventQuery {
    EventQuery {
        entity: entity_id(kind, value).map(|id| id.to_string()),
        ..EventQuery::default()
    }
}

fn by_text(text: &str) -> EventQuery {
    EventQuery {
        text: Some(text.to_owned()),
        ..EventQuery::default()
    }
}

#[test]
fn request_is_searchable_and_stored_once() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder, &[]);
    // Without any time in the records, ids must not depend on the clock.
    let bytes = request(&[("host.name", "web-1")], (0..3000).map(record).collect()).encode_to_vec();
    let json = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"in json"}}]}]}]}"#;
    let fluent = b"\x92\x01\x81\xa3log\xa9in fluent";
    for round in 0..2 {
        let write = |input, key: &[u8]| -> WriteOutcome {
            std::thread::sleep(Duration::from_millis(2));
            engine
                .write(input, durable(Some(key)), &Control::unbounded())
                .unwrap()
        };
        for (written, count, length) in [
            (write(Input::Otlp(&bytes), b"1"), 3000, bytes.len()),
            (write(Input::OtlpJson(json.as_bytes()), b"2"), 1, json.len()),
            (write(Input::Fluent(fluent), b"3"), 1, fluent.len()),
        ] {
            assert_eq!((written.accepted, written.consumed), (count, length));
            assert_eq!(written.duplicates, round * count);
        }
    }
    assert_eq!(found(&engine, EventQuery::default()), 3002);
    assert_eq!(found(&engine, by_text("message 2999")), 1);
    assert_eq!(found(&engine, by_text("json")), 1);
    assert_eq!(found(&engine, by_text("fluent")), 1);
    for (kind, value) in [
        (EntityType::User, "alice"),
        (EntityType::Ip, "203.0.113.66"),
        (EntityType::Host, "web-1"),
    ] {
        assert_eq!(found(&engine, by_entity(kind, value)), 3000, "{value}");
    }
}

#[test]
fn request_is_accepted_completely_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    // Slow commits keep the queue full.
    let engine = open(
        &folder,
        &[
            ("storage.queue_events", "3000"),
            ("storage.flush_events", "100000"),
        ],
    );
    let bytes = request(&[], (0..2000).map(record).collect()).encode_to_vec();
    let write = |timeout| {
        engine.write(
            Input::Otlp(&bytes),
            WriteOptions::default(),
            &Control::within(timeout),
        )
    };
    let mut accepted = 0;
    let mut refused = 0;
    for _ in 0..20 {
        match write(Duration::ZERO) {
            Ok(written) => {
                assert_eq!((written.accepted, written.consumed), (2000, bytes.len()));
                accepted += 2000;
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Again);
                refused += 1;
            }
        }
    }
    assert!(refused > 0, "the queue was never full");
    engine.flush(&Control::unbounded()).unwrap();
    assert_eq!(engine.stats().buffer.committed, accepted);
}

#[test]
fn bad_record_becomes_a_dead_letter() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder, &[]);
    let deep = LogRecord {
        body: Some((0..65).fold(text("core"), |inner, _| {
            value(Any::Array(ArrayValue { values: vec![inner] }))
        })),
        ..record(1)
    };
    let large = LogRecord {
        body: Some(text(&"x".repeat(2 << 20))),
        ..record(2)
    };
    let bytes = request(&[], vec![record(0), large, deep.clone(), record(3)]).encode_to_vec();
    let written = engine
        .write(Input::Otlp(&bytes), durable(None), &Control::unbounded())
        .unwrap();
    assert_eq!(written.accepted, 2);
    let rejected: Vec<_> = written.rejected.iter().map(|r| r.index).collect();
    assert_eq!(rejected, [1, 2]);
    let letters = engine
        .dead_letters()
        .unwrap()
        .dead_letters(None, 10, &Control::unbounded())
        .unwrap();
    assert_eq!(letters.len(), 2);
    assert!(letters.iter().all(|letter| letter.format == "otlp"));
    assert_eq!(letters[0].payload, deep.encode_to_vec());
    assert_eq!(found(&engine, by_text("message")), 2);
}
