//! Queries and counts at a million events and a hundred thousand alerts: the newest hundred with every kind of filter, distant pages,
//! and the counts of a dashboard.
//!
//! `SEERFLOW_BENCH_EVENTS` changes the number of events; `SEERFLOW_BENCH_BACKEND=postgresql` uses a new PostgreSQL cluster instead of a
//! SQLite file.

#[path = "../tests/faults/cluster.rs"]
#[allow(dead_code)]
mod cluster;
mod common;
#[path = "../tests/services/mod.rs"]
mod services;

use std::time::Duration;

use cluster::Cluster;
use criterion::{Criterion, criterion_group, criterion_main};
use seerflow::record::{
    AlertQuery, Control, CountBy, Cursor, EntityType, EventQuery, PatternQuery, Window, entity_id,
};
use seerflow::{Config, Engine};

use common::store::{START_NS, STEP_NS, add_alerts, filled};

/// The location of the store.
enum Place {
    File(tempfile::TempDir),
    Server(Cluster),
}

impl Place {
    fn of_environment() -> Self {
        match std::env::var("SEERFLOW_BENCH_BACKEND").as_deref() {
            Ok("postgresql") => {
                let cluster =
                    Cluster::start("shared_buffers = 512MB\nmax_wal_size = 4GB\nautovacuum = off\n");
                cluster.sql("postgres", "CREATE DATABASE bench");
                Self::Server(cluster)
            }
            _ => Self::File(tempfile::tempdir().unwrap()),
        }
    }

    fn config(&self) -> Config {
        let mut config = Config::new();
        match self {
            Self::File(folder) => {
                let path = folder.path().join("seerflow.db");
                config
                    .set("storage.sqlite_path", &path.to_string_lossy())
                    .unwrap();
            }
            Self::Server(cluster) => {
                config.set("storage.backend", "postgresql").unwrap();
                config
                    .set("storage.postgresql_url", &cluster.url("bench"))
                    .unwrap();
            }
        }
        config
    }

    /// Waits for background work; a server runs now what it would do by itself within minutes.
    fn settle(&self, engine: &Engine) {
        let Self::Server(cluster) = self else { return };
        let is_summed_up = || {
            let summary = engine
                .maintenance()
                .unwrap()
                .summary(&Control::unbounded())
                .unwrap();
            summary.last_seq - summary.watermark < 4_096
        };
        while !is_summed_up() {
            std::thread::sleep(Duration::from_millis(100));
        }
        cluster.sql("bench", "VACUUM (ANALYZE)");
    }
}

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

/// Returns the same query, `pages` pages later.
fn further(engine: &Engine, query: &EventQuery, pages: u32) -> EventQuery {
    let mut query = query.clone();
    for _ in 0..pages {
        let page = engine.query_events(&query, &Control::unbounded()).unwrap();
        query.cursor = page.next.or(query.cursor);
    }
    query
}

fn queries(criterion: &mut Criterion) {
    let events = std::env::var("SEERFLOW_BENCH_EVENTS").ok();
    let count = events
        .and_then(|n| n.parse().ok())
        .unwrap_or_else(|| common::size(1_000_000) as i64);
    let place = Place::of_environment();
    let engine = filled(place.config(), count);
    place.settle(&engine);
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
    let mut group = measured(criterion, "query");
    for (name, query) in cases {
        group.bench_function(name, |bencher| {
            bencher.iter(|| engine.query_events(&query, &Control::unbounded()).unwrap());
        });
    }
    group.finish();
    aggregates(criterion, &engine, count);
    add_alerts(&engine, count);
    place.settle(&engine);
    alerts(criterion, &engine, count);
}

fn measured<'c>(
    criterion: &'c mut Criterion,
    name: &str,
) -> criterion::BenchmarkGroup<'c, criterion::measurement::WallTime> {
    let mut group = criterion.benchmark_group(name);
    group
        .sample_size(20)
        .measurement_time(Duration::from_secs(2))
        .warm_up_time(Duration::from_millis(300));
    group
}

/// Measures counts of events, and queries about entities.
fn aggregates(criterion: &mut Criterion, engine: &Engine, count: i64) {
    const MINUTE: i64 = 60_000_000_000;
    const HOUR: i64 = 60 * MINUTE;
    let end = START_NS + count * STEP_NS;
    let window = |from_ns, to_ns| EventQuery::within(Window { from_ns, to_ns });
    let windows = [
        ("of the day", window(START_NS, end)),
        // The window cuts blocks at both ends.
        (
            "of 12 hours",
            window(end - 18 * HOUR - 7 * MINUTE, end - 6 * HOUR - 3 * MINUTE),
        ),
        ("of the last hour", window(end - HOUR, end)),
    ];
    let anytime = Control::unbounded;
    let store = engine.aggregates().unwrap();
    let mut group = measured(criterion, "aggregate");
    for (name, split, bucket) in [
        ("histogram of the day by the minute", None, MINUTE),
        ("histogram by hour and source", Some(CountBy::Source), HOUR),
        (
            "histogram by minute and severity",
            Some(CountBy::Severity),
            MINUTE,
        ),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| store.histogram(split, &windows[0].1, bucket, &anytime()).unwrap());
        });
    }
    for (when, window) in windows {
        for by in CountBy::ALL {
            let name = match by {
                CountBy::Severity => format!("severities {when}"),
                CountBy::Entity => format!("top entities {when}"),
                by => format!("top {}s {when}", by.name()),
            };
            group.bench_function(name, |bencher| {
                bencher.iter(|| store.count_by(by, &window, 10, &anytime()).unwrap());
            });
        }
        group.bench_function(format!("distinct entities {when}"), |bencher| {
            bencher.iter(|| store.distinct(CountBy::Entity, &window, &anytime()).unwrap());
        });
    }
    let entities = engine.entities().unwrap();
    for (name, user) in [("common", "user1"), ("rare", "user1999")] {
        let query = EventQuery {
            entity: entity(EntityType::User, user),
            limit: 1000,
            ..EventQuery::default()
        };
        group.bench_function(format!("timeline of a {name} entity, 1,000"), |bencher| {
            bencher.iter(|| entities.timeline(&query, &anytime()).unwrap());
        });
        let id = query.entity.unwrap();
        group.bench_function(format!("what a {name} entity is"), |bencher| {
            bencher.iter(|| entities.describe_entity(&id, &anytime()).unwrap());
        });
    }
    let page = engine.query_events(&EventQuery::default(), &anytime()).unwrap();
    let event = seerflow::codec::msgpack::decode_event(page.blob(50).unwrap()).unwrap();
    let id = event.event_id.unwrap().to_string();
    group.bench_function("an event by its id", |bencher| {
        bencher.iter(|| engine.event(&id, &anytime()).unwrap());
    });
    group.bench_function("the entities of an event", |bencher| {
        bencher.iter(|| entities.entities_of_event(&id, &anytime()).unwrap());
    });
    group.bench_function("templates by their events, 1,000", |bencher| {
        bencher.iter(|| engine.templates().unwrap().templates(1000, &anytime()).unwrap());
    });
    let edges = engine.edges().unwrap();
    let user = entity(EntityType::User, "user1").unwrap();
    group.bench_function("related entities of a common entity, 100", |bencher| {
        bencher.iter(|| edges.related_entities(&user, 100, &anytime()).unwrap());
    });
    group.finish();
}

/// Measures queries and counts of alerts.
fn alerts(criterion: &mut Criterion, engine: &Engine, count: i64) {
    let end = START_NS + count * STEP_NS;
    let store = engine.alerts().unwrap();
    let anytime = Control::unbounded;
    let query = AlertQuery::default;
    let mut far = AlertQuery { limit: 50, ..query() };
    for _ in 0..1000 {
        far.cursor = store.query_alerts(&far, &anytime()).unwrap().next.or(far.cursor);
    }
    let text = |text: &str| Some(text.to_owned());
    let cases = [
        ("newest 100", query()),
        ("page 1000 by cursor", far),
        (
            "type",
            AlertQuery {
                alert_type: text("ueba"),
                ..query()
            },
        ),
        (
            "severity 6",
            AlertQuery {
                min_severity: Some(6),
                ..query()
            },
        ),
        (
            "entity",
            AlertQuery {
                entity: entity(EntityType::User, "user7"),
                ..query()
            },
        ),
        (
            "tactic, common",
            AlertQuery {
                tactic: text("credential-access"),
                ..query()
            },
        ),
        (
            "tactic, rare",
            AlertQuery {
                tactic: text("impact"),
                ..query()
            },
        ),
        (
            "technique, parent of half",
            AlertQuery {
                technique: text("T1110"),
                ..query()
            },
        ),
        (
            "technique, rare",
            AlertQuery {
                technique: text("T1053.005"),
                ..query()
            },
        ),
        (
            "technique, parent of a few",
            AlertQuery {
                technique: text("T1053"),
                ..query()
            },
        ),
        (
            "technique, severity and entity",
            AlertQuery {
                technique: text("T1110"),
                min_severity: Some(4),
                entity: entity(EntityType::User, "user7"),
                ..query()
            },
        ),
        (
            "newest 100 with the total of a type",
            AlertQuery {
                alert_type: text("ueba"),
                total: true,
                ..query()
            },
        ),
    ];
    let mut group = measured(criterion, "alerts");
    for (name, query) in cases {
        group.bench_function(name, |bencher| {
            bencher.iter(|| store.query_alerts(&query, &anytime()).unwrap());
        });
    }
    let hour = 3_600_000_000_000;
    let day = &AlertQuery::within(Window {
        from_ns: START_NS,
        to_ns: end,
    });
    group.bench_function("counts of the day by the hour", |bencher| {
        bencher.iter(|| store.alerts_by_time(day, hour, &anytime()).unwrap());
    });
    group.bench_function("counts of the day by rule", |bencher| {
        bencher.iter(|| store.alerts_by_rule(day, 100, &anytime()).unwrap());
    });
    group.bench_function("counts of the day by severity", |bencher| {
        bencher.iter(|| store.alerts_by_severity(day, &anytime()).unwrap());
    });
    group.bench_function("an alert by its id", |bencher| {
        bencher.iter(|| {
            let id = format!("alert-{:06}", count / 20);
            store.alert(&id, &anytime()).unwrap()
        });
    });
    group.bench_function("verdicts counted", |bencher| {
        bencher.iter(|| store.feedback_stats(&anytime()).unwrap());
    });
    group.bench_function("newest verdicts", |bencher| {
        bencher.iter(|| store.feedback_events(None, None, 1, 100, &anytime()).unwrap());
    });
    group.bench_function("patterns of true positives", |bencher| {
        bencher.iter(|| {
            store
                .alert_patterns(&PatternQuery::default(), &anytime())
                .unwrap()
        });
    });
    group.finish();
}

criterion_group!(benches, queries);
criterion_main!(benches);
