//! Queries at a million events: the newest hundred by every kind of filter, and pages far behind the first.
//!
//! `SEERFLOW_BENCH_EVENTS` changes the number of events.

mod common;

use criterion::{Criterion, criterion_group, criterion_main};
use seerflow::Engine;
use seerflow::record::{Control, Cursor, EntityType, EventQuery, entity_id};

use common::store::{START_NS, STEP_NS, filled};

fn entity(kind: EntityType, value: &str) -> Option<String> {
    entity_id(kind, value).map(|id| id.to_string())
}

fn text(words: &str) -> EventQuery {
    EventQuery {
        text: Some(words.to_owned()),
        ..EventQuery::default()
    }
}

fn by_source(source: &str, severity: i64) -> EventQuery {
    EventQuery {
        source_type: Some(source.to_owned()),
        min_severity: Some(severity),
        ..EventQuery::default()
    }
}

/// Returns the same query, its page number `pages` on.
fn further(engine: &Engine, query: &EventQuery, pages: u32) -> EventQuery {
    let mut query = query.clone();
    for _ in 0..pages {
        let page = engine.query_events(&query, &Control::unbounded()).unwrap();
        query.cursor = page.next.or(query.cursor);
    }
    query
}

fn queries(criterion: &mut Criterion) {
    let count = std::env::var("SEERFLOW_BENCH_EVENTS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(1_000_000);
    let folder = tempfile::tempdir().unwrap();
    let engine = filled(folder.path(), count);
    let newest = EventQuery::default();
    let middle = Cursor {
        timestamp_ns: START_NS + count / 2 * STEP_NS,
        ingest_seq: 0,
    };
    let cases = [
        ("newest 100", newest.clone()),
        ("newest 100, page 1000", further(&engine, &newest, 999)),
        ("source and severity, common", by_source("app", 1)),
        ("source and severity, rare", by_source("vpn", 5)),
        ("source of a thousandth", by_source("vpn", 0)),
        (
            "severity 6 of all sources",
            EventQuery {
                min_severity: Some(6),
                ..EventQuery::default()
            },
        ),
        (
            "severity 3 of all sources",
            EventQuery {
                min_severity: Some(3),
                ..EventQuery::default()
            },
        ),
        (
            "entity, common",
            EventQuery {
                entity: entity(EntityType::User, "user1"),
                ..EventQuery::default()
            },
        ),
        (
            "entity, rare",
            EventQuery {
                entity: entity(EntityType::User, "user1999"),
                ..EventQuery::default()
            },
        ),
        (
            "template, common",
            EventQuery {
                template_id: Some(7),
                ..EventQuery::default()
            },
        ),
        (
            "template, rare",
            EventQuery {
                template_id: Some(500),
                ..EventQuery::default()
            },
        ),
        ("word in every fourth message", text("connections")),
        (
            "word in every fourth message, page 1000",
            further(&engine, &text("connections"), 999),
        ),
        ("word in ten messages", text("exfiltration")),
        ("two words", text("connection lookup")),
        ("phrase", text("\"worker request\"")),
        (
            "word and severity",
            EventQuery {
                min_severity: Some(4),
                ..text("connection")
            },
        ),
        (
            "word in the middle of the time",
            EventQuery {
                cursor: Some(middle),
                ..text("connection")
            },
        ),
    ];
    let mut group = criterion.benchmark_group("query");
    group
        .sample_size(20)
        .measurement_time(std::time::Duration::from_secs(2))
        .warm_up_time(std::time::Duration::from_millis(300));
    for (name, query) in cases {
        group.bench_function(name, |bencher| {
            bencher.iter(|| engine.query_events(&query, &Control::unbounded()).unwrap());
        });
    }
    let day = 86_400_000_000_000;
    group.bench_function("histogram of a day by the minute", |bencher| {
        bencher.iter(|| {
            engine
                .histogram(START_NS, START_NS + day, 60_000_000_000, &Control::unbounded())
                .unwrap()
        });
    });
    group.finish();
}

criterion_group!(benches, queries);
criterion_main!(benches);
