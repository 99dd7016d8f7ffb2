//! Pruning of events with everything that belongs to them, and the summary of a store.

use seerflow::record::{DeadLetterCursor, Edge, EntityType, Event, EventQuery, Total, entity_id};
use seerflow::store::PruneOptions;
use seerflow::{Engine, Error, ErrorKind, Health, Input};

use crate::backends::Backend;
use crate::store::{anytime, durable, event, find, open};

cases! {
    no_query_finds_pruned_events,
    dead_letters_are_paged_and_pruned_by_age,
    summary_counts_the_contents,
    closed_store_returns_closed,
    read_only_store_answers_and_refuses_writes,
    database_that_must_exist_is_not_created,
}

fn no_query_finds_pruned_events(backend: &'static dyn Backend) {
    let store = open(backend);
    let make = |n: i64| Event {
        severity_id: n % 7,
        template_id: n % 3,
        related_ips: vec![format!("192.0.2.{}", n % 50).into()],
        // Arrivals are not in time order.
        ..event((n * 7919) % 10_000, &format!("connection {} of many", n % 20))
    };
    for chunk in (0..10_000).collect::<Vec<i64>>().chunks(2500) {
        store.put(chunk.iter().map(|n| make(*n)));
    }
    // A back end may keep the event that arrived last.
    store.put([event(1_000_000, "the last one")]);
    let ip = entity_id(EntityType::Ip, "192.0.2.7").unwrap().to_string();
    let mut bound = 0;
    for before in [-5, 1, 4_321, 9_999] {
        let options = PruneOptions {
            before_ns: Some(before),
            max_bytes: None,
        };
        let report = store.maintenance().unwrap().prune(&options, &anytime()).unwrap();
        let expected = (before.max(0) - bound).max(0) as u64;
        assert_eq!(report.events, expected, "before {before}");
        bound = before.max(0);
        let left: Vec<i64> = (0..10_000).filter(|n| (n * 7919) % 10_000 >= before).collect();
        let count = |query: EventQuery, expected: usize| {
            let query = EventQuery {
                total: Total::Exact,
                limit: 20_000,
                ..query
            };
            let page = store.query_events(&query, &anytime()).unwrap();
            assert_eq!((page.len(), page.total), (expected, Some(expected as u64)), "{query:?}");
        };
        let all = EventQuery::default;
        count(all(), left.len() + 1);
        let text = Some("connection 7".into());
        count(EventQuery { text, ..all() }, left.iter().filter(|n| **n % 20 == 7).count());
        let entity = Some(ip.clone());
        count(EventQuery { entity, ..all() }, left.iter().filter(|n| **n % 50 == 7).count());
        let template_id = Some(2);
        count(
            EventQuery { template_id, ..all() },
            left.iter().filter(|n| **n % 3 == 2).count(),
        );
        let min_severity = Some(6);
        count(
            EventQuery { min_severity, ..all() },
            left.iter().filter(|n| **n % 7 == 6).count(),
        );
        store.assert_sound();
    }
}

fn dead_letters_are_paged_and_pruned_by_age(backend: &'static dyn Backend) {
    let store = open(backend);
    let input: Vec<u8> = (0..25).flat_map(|n| format!("not json {n}\n").into_bytes()).collect();
    let outcome = store
        .write(Input::Ndjson(&input), durable(), &anytime())
        .unwrap();
    assert_eq!((outcome.accepted, outcome.rejected.len()), (0, 25));
    let mut after = None;
    let mut payloads = Vec::new();
    loop {
        let page = store.dead_letters().unwrap().dead_letters(after, 10, &anytime()).unwrap();
        let Some(last) = page.last() else { break };
        after = Some(DeadLetterCursor::parse(&DeadLetterCursor::from(last).token()).unwrap());
        payloads.extend(page.into_iter().map(|one| String::from_utf8(one.payload).unwrap()));
    }
    let expected: Vec<String> = (0..25).rev().map(|n| format!("not json {n}")).collect();
    assert_eq!(payloads, expected);
    let prune = |before_ns| {
        let options = PruneOptions {
            before_ns: Some(before_ns),
            max_bytes: None,
        };
        store.maintenance().unwrap().prune(&options, &anytime()).unwrap().dead_letters
    };
    assert_eq!((prune(0), prune(i64::MAX)), (0, 25));
    assert_eq!(store.dead_letters().unwrap().dead_letters(None, 10, &anytime()).unwrap(), []);
}

fn summary_counts_the_contents(backend: &'static dyn Backend) {
    let store = open(backend);
    let summary = store.maintenance().unwrap().summary(&anytime()).unwrap();
    assert_eq!((summary.events, summary.oldest_ns, summary.newest_ns), (0, None, None));
    assert!(!summary.made_by_seerflow);
    assert_eq!((summary.schema_version, summary.bytes), (0, 0));
    store.put((0..3000).map(|n| event(n - 1500, "m")));
    let summary = store.maintenance().unwrap().summary(&anytime()).unwrap();
    assert_eq!(
        (summary.events, summary.oldest_ns, summary.newest_ns),
        (3000, Some(-1500), Some(1499))
    );
    assert_eq!(summary.schema_version, 7);
    assert!(summary.bytes > 0);
    assert_eq!(store.health(), Health::Ok);
    let stats = store.stats().buffer;
    assert_eq!(
        (stats.accepted, stats.committed, stats.queue_events),
        (3000, 3000, 0)
    );
}

fn closed_store_returns_closed(backend: &'static dyn Backend) {
    let store = open(backend);
    store.put([event(1, "m")]);
    assert_eq!(store.close(&anytime()).unwrap(), 0);
    let closed = |done: seerflow::Result<()>| done.unwrap_err().kind() == seerflow::ErrorKind::Closed;
    assert!(closed(store.query_events(&EventQuery::default(), &anytime()).map(drop)));
    assert!(closed(store.alerts().map(drop)));
    assert!(closed(store.models().map(drop)));
    assert!(closed(store.edges().map(drop)));
    assert!(closed(store.entities().map(drop)));
    assert!(closed(store.flush(&anytime())));
    assert_eq!(store.health(), Health::Closed);
}

fn read_only_store_answers_and_refuses_writes(backend: &'static dyn Backend) {
    let writer = open(backend);
    let reader = writer.again_with("storage.read_only");
    reader.start(&anytime()).unwrap();
    assert_eq!(find(&reader, &EventQuery::default()).len(), 0);
    let required = writer.again_with("storage.must_exist");
    let error = required.start(&anytime()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "the reader created nothing: {error}");

    writer.put([event(1, "one")]);
    assert_eq!(find(&reader, &EventQuery::default()).len(), 1);
    let edge = Edge {
        source_id: "a".into(),
        target_id: "b".into(),
        rel_type: "knows".into(),
        ..Edge::default()
    };
    let maintenance = reader.maintenance().unwrap();
    let refused = [
        try_put(&reader, event(2, "two")),
        reader.write_edges(&[edge], false, &anytime()),
        maintenance.checkpoint(&anytime()),
        maintenance.prune(&PruneOptions::default(), &anytime()).map(|_| ()),
        reader.templates().unwrap().reset_templates(&anytime()).map(|_| ()),
    ];
    for result in refused {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Permission);
    }
    assert_eq!((reader.health(), reader.stats().buffer.accepted), (Health::Ok, 0));
    assert_eq!(find(&reader, &EventQuery::default()).len(), 1);
}

fn database_that_must_exist_is_not_created(backend: &'static dyn Backend) {
    let store = open(backend);
    let required = store.again_with("storage.must_exist");
    for result in [
        required.start(&anytime()),
        required.query_events(&EventQuery::default(), &anytime()).map(|_| ()),
        try_put(&required, event(1, "one")),
    ] {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::NotFound);
    }
    store.start(&anytime()).unwrap();
    try_put(&required, event(1, "one")).unwrap();
    assert_eq!(find(&store, &EventQuery::default()).len(), 1);
}

fn try_put(engine: &Engine, event: Event<'static>) -> Result<(), Error> {
    let events = Input::Events(Box::new([Ok(event)].into_iter()));
    engine.write(events, durable(), &anytime()).map(|_| ())
}
