//! Writes of events: the outcome of each record.

use seerflow::record::{Event, EventQuery, Order, Value, Window};
use seerflow::{Input, WriteOptions};

use crate::backends::Backend;
use crate::store::{anytime, durable, event, events_of, messages, open, open_with};

cases! {
    repeated_write_with_batch_key_is_stored_once,
    bad_records_become_dead_letters,
    duplicate_event_id_is_ignored,
    empty_write_stores_nothing,
    nul_and_invalid_utf8_are_preserved,
    every_field_round_trips_at_its_extremes,
    oversized_events_become_dead_letters,
    flushed_events_are_visible_to_another_handle,
}

fn repeated_write_with_batch_key_is_stored_once(backend: &'static dyn Backend) {
    let engine = open(backend);
    let lines = b"Mar 14 01:47:13 web2 app: one\nMar 14 01:47:14 web2 app: two\nno time at all\n";
    let write = || {
        let options = WriteOptions {
            batch_key: Some(b"chunk-7".to_vec()),
            ..durable()
        };
        engine.write(Input::Lines(lines), options, &anytime()).unwrap()
    };
    assert_eq!((write().accepted, write().duplicates), (3, 3));
    assert_eq!(messages(&engine, &EventQuery::default()).len(), 3);
}

fn bad_records_become_dead_letters(backend: &'static dyn Backend) {
    let engine = open(backend);
    let input = b"{\"message\":\"good\"}\nnot json\n{\"message\":\"cut\n{\"message\":\"good too\"}\n";
    let outcome = engine.write(Input::Ndjson(input), durable(), &anytime()).unwrap();
    assert_eq!((outcome.accepted, outcome.consumed), (2, input.len()));
    let indices: Vec<u64> = outcome.rejected.iter().map(|rejection| rejection.index).collect();
    assert_eq!(indices, [1, 2]);
    let letters = engine.dead_letters().unwrap().dead_letters(None, 10, &anytime()).unwrap();
    assert_eq!(letters.len(), 2);
    assert_eq!(letters[1].payload, b"not json");
    assert_eq!(letters[0].format, "ndjson");
}

fn duplicate_event_id_is_ignored(backend: &'static dyn Backend) {
    let store = open(backend);
    let with_id = |id: u128, time: i64, message: &str| Event {
        event_id: Some(uuid::Uuid::from_u128(id)),
        related_ips: vec!["192.0.2.1".into()],
        ..event(time, message)
    };
    let first = store.put([
        with_id(1, 1, "first"),
        with_id(1, 2, "again"),
        with_id(2, 3, "second"),
    ]);
    assert_eq!((first.accepted, first.duplicates), (3, 1));
    let second = store.put([with_id(2, 9, "later"), with_id(3, 4, "third")]);
    assert_eq!((second.accepted, second.duplicates), (2, 1));
    let oldest = EventQuery {
        order: Order::Oldest,
        ..EventQuery::default()
    };
    assert_eq!(messages(&store, &oldest), ["first", "second", "third"]);
    // No query finds the duplicates.
    let text = EventQuery {
        text: Some("again later".into()),
        ..EventQuery::default()
    };
    assert_eq!(messages(&store, &text), [] as [String; 0]);
    assert_eq!(store.maintenance().unwrap().summary(&anytime()).unwrap().events, 3);
    store.assert_sound();
}

fn empty_write_stores_nothing(backend: &'static dyn Backend) {
    let store = open(backend);
    let outcome = store.put([]);
    assert_eq!(
        (outcome.accepted, outcome.consumed, outcome.duplicates),
        (0, 0, 0)
    );
    for input in [
        Input::Lines(b""),
        Input::Lines(b"\n\n"),
        Input::Ndjson(b"\n"),
        Input::Msgpack(b""),
        Input::Msgpack(b"\x90"),
    ] {
        let outcome = store.write(input, durable(), &anytime()).unwrap();
        assert_eq!((outcome.accepted, outcome.rejected.len()), (0, 0));
    }
    store.flush(&anytime()).unwrap();
    store.templates().unwrap().write_templates(&[], &anytime()).unwrap();
    let alerts = store.alerts().unwrap();
    assert_eq!(alerts.write_alerts(&[], 0, &anytime()).unwrap(), []);
    store.write_edges(&[], true, &anytime()).unwrap();
    store
        .sigma_rules()
        .unwrap()
        .add_sigma_matches(&[], &anytime())
        .unwrap();
    assert_eq!(store.maintenance().unwrap().summary(&anytime()).unwrap().events, 0);
}

fn nul_and_invalid_utf8_are_preserved(backend: &'static dyn Backend) {
    let store = open(backend);
    let with_nul = Event {
        event_id: Some(uuid::Uuid::from_u128(1)),
        attributes: vec![("k\0".into(), Value::from("v\0"))],
        raw_event: "\0".into(),
        ..event(1, "before\0after")
    };
    store.put([with_nul.clone(), event(2, "neighbour")]);
    let page = store
        .event("00000000-0000-0000-0000-000000000001", &anytime())
        .unwrap();
    let read = &events_of(&page)[0];
    assert_eq!(
        (&read.message, &read.attributes, &read.raw_event),
        (&with_nul.message, &with_nul.attributes, &with_nul.raw_event)
    );
    let found = |text: &str| {
        let query = EventQuery {
            text: Some(text.into()),
            ..EventQuery::default()
        };
        messages(&store, &query).len()
    };
    assert_eq!([found("before"), found("after"), found("neighbour")], [1, 1, 1]);

    let line = b"Mar 14 01:47:13 web2 app: broken \xff\xfe byte\n";
    store
        .write(Input::Lines(line), durable(), &anytime())
        .unwrap();
    let query = EventQuery {
        text: Some("broken byte".into()),
        ..EventQuery::default()
    };
    let found = store.find(&query);
    assert_eq!(found.len(), 1);
    assert!(found[0].message.contains('\u{fffd}'), "{}", found[0].message);
    let raw = seerflow::codec::raw_bytes(&found[0], "line");
    assert_eq!(raw.as_deref(), line.strip_suffix(b"\n"));
}

fn every_field_round_trips_at_its_extremes(backend: &'static dyn Backend) {
    let store = open(backend);
    let extreme = |n: u128, number: i64, float: f64| Event {
        event_id: Some(uuid::Uuid::from_u128(n)),
        timestamp_ns: Some(number),
        observed_ns: Some(number),
        template_id: number,
        category_uid: number,
        risk_score: float,
        attributes: vec![("n".into(), Value::from(number))],
        // Without an entity the store reads one from the source.
        source_id: "".into(),
        ..event(number, "m")
    };
    let events = [
        extreme(1, i64::MIN, f64::MIN),
        extreme(2, i64::MAX, f64::MAX),
        extreme(3, -2, f64::INFINITY),
        extreme(4, 0, -0.0),
    ];
    store.put(events.clone());
    for expected in &events {
        let page = store
            .event(&expected.event_id.unwrap().to_string(), &anytime())
            .unwrap();
        assert_eq!(&events_of(&page)[0], expected);
        let query = EventQuery {
            template_id: Some(expected.template_id),
            window: Window::closed(expected.template_id, expected.template_id),
            ..EventQuery::default()
        };
        assert_eq!(store.find(&query).len(), 1, "{}", expected.template_id);
    }
    // Values that Seerflow could not decode are clamped or become attributes.
    let odd = [
        Event {
            severity_id: 7,
            ..event(1, "m")
        },
        Event {
            otel_severity: 25,
            ..event(1, "m")
        },
        Event {
            entity_refs: vec!["no id".into()],
            ..event(1, "m")
        },
    ];
    let outcome = store.put(odd);
    assert_eq!((outcome.accepted, outcome.rejected.len()), (3, 0));
}

fn oversized_events_become_dead_letters(backend: &'static dyn Backend) {
    let store = open_with(backend, &[("storage.max_event_bytes", "4096")]);
    let outcome = store.put([event(1, "small"), event(2, &"large ".repeat(2000)), event(3, "small")]);
    assert_eq!(outcome.accepted, 2);
    assert_eq!(outcome.rejected[0].index, 1);
    let letters = store.dead_letters().unwrap().dead_letters(None, 10, &anytime()).unwrap();
    assert_eq!(letters.len(), 1);
    assert!(letters[0].payload.len() <= 4096);
}

fn flushed_events_are_visible_to_another_handle(backend: &'static dyn Backend) {
    let store = open(backend);
    let events: Vec<_> = (0..2500).map(|n| Ok(event(n, "m"))).collect();
    store
        .write(
            Input::Events(Box::new(events.into_iter())),
            WriteOptions::default(),
            &anytime(),
        )
        .unwrap();
    store.flush(&anytime()).unwrap();
    let other = store.again();
    assert_eq!(messages(&other, &EventQuery::default()).len(), 2500);
    assert_eq!(store.close(&anytime()).unwrap(), 0);
    assert_eq!(other.maintenance().unwrap().summary(&anytime()).unwrap().events, 2500);
}
