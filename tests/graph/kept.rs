//! The graph in memory and its store: what survives, what is seen of others' writes, and when.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use seerflow::record::{Control, Edge};
use seerflow::{Config, Engine, ErrorKind, Input, WriteOptions};

use crate::conformance::stream;
use crate::model::Model;
use crate::random::{RELATIONS, Random, edges, name};

fn control() -> Control {
    Control::within(Duration::from_secs(60))
}

fn config(folder: &tempfile::TempDir) -> Config {
    let mut config = Config::new();
    let path = folder.path().join("seerflow.db");
    config.set("storage.sqlite_path", path.to_str().unwrap()).unwrap();
    config.set("storage.graph_refresh_ms", "0").unwrap();
    config
}

fn open(folder: &tempfile::TempDir) -> Engine {
    Engine::open(&config(folder), Default::default()).unwrap()
}

fn edge(source: &str, target: &str, event_count: i64) -> Edge {
    Edge {
        source_id: source.into(),
        target_id: target.into(),
        rel_type: "r".into(),
        first_seen: 1,
        last_seen: 2,
        event_count,
    }
}

/// What the relational store holds.
fn stored(engine: &Engine) -> Vec<Edge> {
    let mut all = Vec::new();
    engine
        .edges()
        .unwrap()
        .load_edges(&control(), &mut |edge| {
            all.push(edge);
            Ok(())
        })
        .unwrap();
    all
}

fn seen(engine: &Engine) -> Vec<Edge> {
    stream(&**engine.graph().unwrap())
}

#[test]
fn an_added_edge_is_seen_at_once_and_committed_soon() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    let graph = engine.graph().unwrap();
    graph.add_edges(&[edge("a", "b", 1)], &control()).unwrap();
    graph
        .add_edges(&[edge("a", "b", 2), edge("b", "c", 1)], &control())
        .unwrap();
    assert_eq!(graph.counts(&control()).unwrap().edges, 2);
    let waited = Instant::now();
    while stored(&engine).len() < 2 {
        assert!(waited.elapsed() < Duration::from_secs(10), "nobody commits");
        thread::sleep(Duration::from_millis(5));
    }
    graph.add_edges(&[edge("a", "b", 4)], &control()).unwrap();
    engine.flush(&control()).unwrap();
    assert_eq!(graph.waiting(), 0);
    let wanted = [edge("a", "b", 7), edge("b", "c", 1)];
    assert_eq!(stored(&engine), wanted);
    assert_eq!(seen(&engine), wanted);
    engine.close(&control()).unwrap();
    assert_eq!(graph.counts(&control()).unwrap_err().kind(), ErrorKind::Closed);
}

#[test]
fn close_commits_what_waits_and_another_engine_finds_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut model = Model::default();
    let mut random = Random::new(7);
    for round in 0..3 {
        let engine = open(&folder);
        let graph = engine.graph().unwrap();
        // Once the graph is asked before it is added to, once it is not.
        if round != 1 {
            graph.counts(&control()).unwrap();
        }
        let some = edges(&mut random, 30, 500, &RELATIONS[..3]);
        graph.add_edges(&some, &control()).unwrap();
        model.add(&some);
        assert_eq!(engine.close(&control()).unwrap(), 0);
        let engine = open(&folder);
        assert_eq!(stored(&engine), model.edges());
        assert_eq!(seen(&engine), model.edges());
    }
}

#[test]
fn what_this_process_commits_elsewhere_is_seen_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(&folder);
    config.set("storage.infer_edges", "true").unwrap();
    // Never looks at other programs: what it sees it was told.
    config.set("storage.graph_refresh_ms", "86400000").unwrap();
    let engine = Engine::open(&config, Default::default()).unwrap();
    assert_eq!(seen(&engine), []);
    let durable = || WriteOptions {
        durable: true,
        ..WriteOptions::default()
    };
    let event = br#"{"event_id":"019cea80-8468-7d95-85e6-9c1966f2d9af","timestamp_ns":5,"message":"m","related_users":["alice"],"related_hosts":["web-1"],"related_ips":["192.0.2.1"]}
"#;
    engine.write(Input::Ndjson(event), durable(), &control()).unwrap();
    assert_eq!(seen(&engine).len(), 3);
    assert_eq!(seen(&engine), stored(&engine));
    // A duplicate adds nothing.
    engine.write(Input::Ndjson(event), durable(), &control()).unwrap();
    assert_eq!(seen(&engine), stored(&engine));

    let edges = engine.edges().unwrap();
    edges.upsert_edges(&[edge("a", "b", 3)], &control()).unwrap();
    engine
        .graph()
        .unwrap()
        .add_edges(&[edge("a", "b", 4)], &control())
        .unwrap();
    edges.upsert_edges(&[edge("a", "b", 5)], &control()).unwrap();
    assert!(seen(&engine).contains(&edge("a", "b", 12)));
    engine.flush(&control()).unwrap();
    assert_eq!(seen(&engine), stored(&engine));
    edges.prune_edges(5, &control()).unwrap();
    assert_eq!(seen(&engine).len(), 3);
    edges.merge_edges(&[edge("a", "b", 5)], &control()).unwrap();
    edges.remove_edges(&seen(&engine)[1..2], &control()).unwrap();
    assert_eq!(seen(&engine), stored(&engine));
    edges.clear_edges(&control()).unwrap();
    assert_eq!(seen(&engine), []);
}

#[test]
fn what_another_program_commits_is_seen_and_what_waits_here_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (here, there) = (open(&folder), open(&folder));
    assert_eq!(seen(&here), []);
    let graph = here.graph().unwrap();
    for round in 1..=20 {
        there
            .edges()
            .unwrap()
            .upsert_edges(&[edge("a", "b", 1)], &control())
            .unwrap();
        graph
            .add_edges(&[edge("a", "b", 1), edge("b", "c", 1)], &control())
            .unwrap();
        let waited = Instant::now();
        loop {
            let found = seen(&here);
            if found[0].event_count == 2 * round {
                break;
            }
            // Loading takes its share of the time and no more.
            assert!(
                waited.elapsed() < Duration::from_secs(10),
                "{found:?} in round {round}"
            );
            thread::sleep(Duration::from_millis(2));
        }
        here.flush(&control()).unwrap();
    }
    assert_eq!(stored(&here), [edge("a", "b", 40), edge("b", "c", 20)]);
    assert_eq!(seen(&here), stored(&here));
    there.graph().unwrap().clear(&control()).unwrap();
    let waited = Instant::now();
    while !seen(&here).is_empty() {
        assert!(waited.elapsed() < Duration::from_secs(10), "it is not noticed");
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_commit_that_fails_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    let graph = engine.graph().unwrap();
    graph.counts(&control()).unwrap();
    let other = rusqlite::Connection::open(folder.path().join("seerflow.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    graph.add_edges(&[edge("a", "b", 1)], &control()).unwrap();
    let short = Control::within(Duration::from_millis(300));
    let error = graph.flush(&short).unwrap_err();
    assert!(error.is_retriable(), "{error}");
    graph.add_edges(&[edge("a", "b", 1)], &control()).unwrap();
    // Both wait as one, unless the first is in another attempt at this moment.
    assert!((1..=2).contains(&graph.waiting()));
    assert_eq!(seen(&engine), [edge("a", "b", 2)]);
    other.execute_batch("COMMIT").unwrap();
    graph.flush(&control()).unwrap();
    assert_eq!(graph.waiting(), 0);
    assert_eq!(stored(&engine), [edge("a", "b", 2)]);
}

#[test]
fn no_more_edges_wait_than_may() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(&folder);
    config.set("storage.queue_events", "100").unwrap();
    let engine = Engine::open(&config, Default::default()).unwrap();
    let graph = engine.graph().unwrap();
    let other = rusqlite::Connection::open(folder.path().join("seerflow.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let some = |from: usize| -> Vec<Edge> {
        (from..from + 80)
            .map(|n| edge(&name(n), &name(n + 1), 1))
            .collect()
    };
    graph.add_edges(&some(0), &control()).unwrap();
    let error = graph
        .add_edges(&some(80), &Control::within(Duration::from_millis(200)))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Again, "{error}");
    // All of them or none.
    assert_eq!(graph.waiting(), 80);
    other.execute_batch("COMMIT").unwrap();
    graph.add_edges(&some(80), &control()).unwrap();
    engine.flush(&control()).unwrap();
    assert_eq!(stored(&engine).len(), 160);
}

/// Writers of every kind, readers, and a thread that clears nothing but commits: in the end graph and store agree with the sum.
#[test]
fn writers_and_readers_at_once_agree_in_the_end() {
    const ROUNDS: usize = 40;
    let folder = tempfile::tempdir().unwrap();
    let (here, there) = (open(&folder), open(&folder));
    let graph = here.graph().unwrap();
    graph.counts(&control()).unwrap();
    let ends = AtomicBool::new(false);
    let mut model = Model::default();
    let lots: Vec<Vec<Edge>> = (0..4)
        .map(|writer| edges(&mut Random::new(40 + writer), 20, 50, &RELATIONS[..3]))
        .collect();
    for lot in &lots {
        (0..ROUNDS).for_each(|_| model.add(lot));
    }
    thread::scope(|scope| {
        let writers = [
            scope.spawn(|| (0..ROUNDS).for_each(|_| graph.add_edges(&lots[0], &control()).unwrap())),
            scope.spawn(|| {
                (0..ROUNDS).for_each(|_| {
                    graph.add_edges(&lots[1], &control()).unwrap();
                    graph.flush(&control()).unwrap();
                })
            }),
            scope.spawn(|| {
                (0..ROUNDS).for_each(|_| here.edges().unwrap().upsert_edges(&lots[2], &control()).unwrap())
            }),
            scope.spawn(|| {
                (0..ROUNDS).for_each(|_| there.edges().unwrap().upsert_edges(&lots[3], &control()).unwrap())
            }),
        ];
        for reader in 0..2 {
            let (ends, lots) = (&ends, &lots);
            scope.spawn(move || {
                let mut random = Random::new(50 + reader);
                let mut least = 0;
                while !ends.load(Ordering::Acquire) {
                    let (a, b) = (name(random.below(20)), name(random.below(20)));
                    graph.neighbours(&a, 2, &[], &control()).unwrap();
                    graph.shortest_path(&a, &b, &control()).unwrap();
                    let all = stream(&**graph);
                    assert!(all.is_sorted_by(|a, b| (&a.source_id, &a.target_id, &a.rel_type)
                        < (&b.source_id, &b.target_id, &b.rel_type)));
                    // What this process added never goes away again.
                    let own: i64 = all
                        .iter()
                        .filter(|edge| {
                            lots[0].iter().any(|one| {
                                one.source_id == edge.source_id
                                    && one.target_id == edge.target_id
                                    && one.rel_type == edge.rel_type
                            })
                        })
                        .map(|edge| edge.event_count)
                        .sum();
                    assert!(own >= least, "{own} after {least}");
                    least = own;
                }
            });
        }
        for writer in writers {
            writer.join().unwrap();
        }
        ends.store(true, Ordering::Release);
    });
    here.flush(&control()).unwrap();
    assert_eq!(stored(&here), model.edges());
    let waited = Instant::now();
    while seen(&here) != model.edges() {
        assert!(
            waited.elapsed() < Duration::from_secs(10),
            "the graph differs from its store"
        );
        thread::sleep(Duration::from_millis(5));
    }
}
