//! Eight writing and four reading threads. With `SEERFLOW_TORTURE=long` they run for a minute.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use seerflow::record::{
    AlertQuery, CountBy, Edge, Event, EventQuery, Order as EventOrder, PatternQuery, SigmaMatches,
};
use seerflow::record::ExpectedModel;

use super::alerts::{alert, ids, write as write_alert};
use crate::backends::Backend;
use crate::store::{Store, anytime, event, open_with, put};

cases! {
    concurrent_writes_and_reads,
}

/// Number of successful writes of each kind.
#[derive(Default)]
struct Written {
    events: AtomicU64,
    alerts: AtomicU64,
    models: AtomicU64,
    matches: AtomicU64,
    edges: AtomicU64,
}

fn concurrent_writes_and_reads(backend: &'static dyn Backend) {
    let time = match std::env::var("SEERFLOW_TORTURE") {
        Ok(form) if form == "long" => Duration::from_secs(60),
        _ => Duration::from_secs(3),
    };
    let store = open_with(
        backend,
        &[("storage.infer_edges", "true"), ("storage.track_templates", "true")],
    );
    let written = Written::default();
    let done = AtomicBool::new(false);
    let until = Instant::now() + time;
    let reads: u64 = std::thread::scope(|scope| {
        let (store, written, done) = (&store, &written, &done);
        let repeat = move |step: &dyn Fn(u64)| {
            let mut n = 0;
            while Instant::now() < until {
                step(n);
                n += 1;
            }
        };
        // Every call unwraps: any error fails the case.
        let mut writers = Vec::new();
        for writer in 0..3 {
            writers.push(scope.spawn(move || repeat(&|n| write_events(store, written, writer, n))));
        }
        for writer in 0..2 {
            writers.push(scope.spawn(move || {
                repeat(&|n| {
                    let id = format!("{writer}-{n}");
                    write_alert(store, alert(&id, &id, n as i64));
                    written.alerts.fetch_add(1, Ordering::Relaxed);
                })
            }));
        }
        writers.push(scope.spawn(move || repeat(&|n| write_model(store, written, n))));
        writers.push(scope.spawn(move || repeat(&|n| write_matches(store, written, n))));
        writers.push(scope.spawn(move || repeat(&|n| write_edges(store, written, n))));
        let readers: Vec<_> = (0..4)
            .map(|reader| {
                scope.spawn(move || {
                    let mut reads = 0;
                    while !done.load(Ordering::Relaxed) {
                        read(store, reader);
                        reads += 1;
                    }
                    reads
                })
            })
            .collect();
        for writer in writers {
            writer.join().unwrap();
        }
        done.store(true, Ordering::Relaxed);
        readers.into_iter().map(|reader| reader.join().unwrap()).sum()
    });
    assert!(reads > 0);
    assert_all_there(&store, &written);
    println!(
        "{}: {} events, {} alerts, {} models, {} matches, {} edges, {reads} reads in {} s",
        backend.name(),
        written.events.into_inner(),
        written.alerts.into_inner(),
        written.models.into_inner(),
        written.matches.into_inner(),
        written.edges.into_inner(),
        time.as_secs()
    );
}

const BATCH: u64 = 100;

fn write_events(store: &Store, written: &Written, writer: u64, n: u64) {
    let events = (0..BATCH).map(|index| Event {
        template_id: 1,
        template_str: "word <*>".into(),
        related_users: vec!["user".into()],
        related_ips: vec![format!("192.0.2.{writer}").into()],
        ..event((n * BATCH + index) as i64, &format!("word {writer}-{n}-{index}"))
    });
    assert_eq!(put(store, events).accepted, BATCH);
    written.events.fetch_add(BATCH, Ordering::Relaxed);
}

fn write_model(store: &Store, written: &Written, n: u64) {
    let data = vec![n as u8; 20_000];
    let models = store.models().unwrap();
    models
        .save_model(&format!("model/{}", n % 50), &data, ExpectedModel::Any, &anytime())
        .unwrap();
    written.models.fetch_add(1, Ordering::Relaxed);
}

fn write_matches(store: &Store, written: &Written, n: u64) {
    let matches = SigmaMatches {
        rule_id: format!("rule {}", n % 5),
        count: 3,
        last_fired_ns: n as i64,
    };
    store
        .sigma_rules()
        .unwrap()
        .add_sigma_matches(&[matches], &anytime())
        .unwrap();
    written.matches.fetch_add(3, Ordering::Relaxed);
}

fn write_edges(store: &Store, written: &Written, n: u64) {
    let edge = |target: u64| Edge {
        source_id: "hub".into(),
        target_id: format!("spoke {target}"),
        rel_type: "knows".into(),
        first_seen: n as i64,
        last_seen: n as i64,
        event_count: 1,
    };
    let edges: Vec<Edge> = (0..10).map(|k| edge((n + k) % 40)).collect();
    store.write_edges(&edges, true, &anytime()).unwrap();
    written.edges.fetch_add(10, Ordering::Relaxed);
}

fn read(store: &Store, reader: u64) {
    let anytime = anytime();
    match reader {
        0 => {
            let query = EventQuery {
                text: Some("word".into()),
                ..EventQuery::default()
            };
            store.query_events(&query, &anytime).unwrap();
        }
        1 => {
            let alerts = store.alerts().unwrap();
            alerts.query_alerts(&AlertQuery::default(), &anytime).unwrap();
            alerts.alert_patterns(&PatternQuery::default(), &anytime).unwrap();
        }
        2 => {
            let aggregates = store.aggregates().unwrap();
            let all = &EventQuery::default();
            // A consistent snapshot: every event has its host, its source and its entities.
            let hosts = aggregates.count_by(CountBy::Host, all, 10, &anytime).unwrap();
            let sources = aggregates.count_by(CountBy::Source, all, 10, &anytime).unwrap();
            let sum = |counts: &[seerflow::record::Counted]| counts.iter().map(|one| one.events).sum::<u64>();
            assert!(sum(&hosts) <= sum(&sources), "{hosts:?} before {sources:?}");
            assert_eq!(sum(&hosts) % BATCH, 0, "a call's events are committed together");
        }
        _ => {
            let arrival = EventQuery {
                order: EventOrder::Arrival,
                ..EventQuery::default()
            };
            store.query_events(&arrival, &anytime).unwrap();
            store.edges().unwrap().related_entities("hub", 100, &anytime).unwrap();
            store.models().unwrap().models("model/", &anytime).unwrap();
            store.sigma_rules().unwrap().sigma_rules(&anytime).unwrap();
        }
    }
}

fn assert_all_there(store: &Store, written: &Written) {
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let events = count(&written.events);
    assert_eq!(store.maintenance().unwrap().summary(&anytime()).unwrap().events, events);
    assert_eq!(
        ids(
            store,
            &AlertQuery {
                limit: 1000,
                ..AlertQuery::default()
            }
        )
        .len() as u64,
        count(&written.alerts)
    );
    let models = store.models().unwrap().models("", &anytime()).unwrap();
    assert_eq!(models.len() as u64, count(&written.models).min(50));
    let rules = store.sigma_rules().unwrap().sigma_rules(&anytime()).unwrap();
    let matches: i64 = rules.iter().map(|rule| rule.match_count_lifetime).sum();
    assert_eq!(matches as u64, count(&written.matches));
    let (mut upserted, mut inferred) = (0, 0);
    store
        .edges()
        .unwrap()
        .load_edges(&anytime(), &mut |edge| {
            match edge.rel_type.as_str() {
                "knows" => upserted += edge.event_count,
                _ => inferred += edge.event_count,
            }
            Ok(())
        })
        .unwrap();
    assert_eq!((upserted as u64, inferred as u64), (count(&written.edges), events));
    let templates = store.templates().unwrap().templates(10, &anytime()).unwrap();
    assert_eq!(templates[0].event_count as u64, events);
    store.assert_sound();
}
