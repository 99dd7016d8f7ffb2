//! The in-process graph of a store: persistence, and visibility of writes by this and other processes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use seerflow::graph::GraphBackend;
use seerflow::log::Logger;
use seerflow::record::{Control, Edge};
use seerflow::store::table::{Cell, Put, RawRow, Table};
use seerflow::{Config, Engine, ErrorKind, Input, WriteOptions};

use crate::backends::memory_graph;
use crate::conformance::{control, stored, stream};
use crate::database::Database;
use crate::model::Model;
use crate::random::{RELATIONS, Random, edges, name};
use crate::services;

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

fn seen(engine: &Engine) -> Vec<Edge> {
    stream(&**engine.graph().unwrap())
}

#[test]
fn added_edge_is_visible_at_once_and_committed_soon() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    let graph = engine.graph().unwrap();
    engine
        .write_edges(&[edge("a", "b", 1)], false, &control())
        .unwrap();
    engine
        .write_edges(&[edge("a", "b", 2), edge("b", "c", 1)], false, &control())
        .unwrap();
    assert_eq!(graph.counts(&control()).unwrap().edges, 2);
    let waited = Instant::now();
    while stored(&engine).len() < 2 {
        assert!(waited.elapsed() < Duration::from_secs(10), "nothing is committed");
        thread::sleep(Duration::from_millis(5));
    }
    engine
        .write_edges(&[edge("a", "b", 4)], false, &control())
        .unwrap();
    engine.flush(&control()).unwrap();
    assert_eq!(engine.stats().buffer.queue_events, 0);
    let wanted = [edge("a", "b", 7), edge("b", "c", 1)];
    assert_eq!(stored(&engine), wanted);
    assert_eq!(seen(&engine), wanted);
    engine.close(&control()).unwrap();
    assert_eq!(graph.counts(&control()).unwrap_err().kind(), ErrorKind::Closed);
}

#[test]
fn close_commits_waiting_edges() {
    let folder = tempfile::tempdir().unwrap();
    let mut model = Model::default();
    let mut random = Random::new(7);
    for round in 0..3 {
        let engine = open(&folder);
        let graph = engine.graph().unwrap();
        // In one run the graph is loaded before edges are added, in the other it is not.
        if round != 1 {
            graph.counts(&control()).unwrap();
        }
        let some = edges(&mut random, 30, 500, &RELATIONS[..3]);
        engine.write_edges(&some, false, &control()).unwrap();
        model.add(&some);
        assert_eq!(engine.close(&control()).unwrap(), 0);
        let engine = open(&folder);
        assert_eq!(stored(&engine), model.edges());
        assert_eq!(seen(&engine), model.edges());
    }
}

#[test]
fn other_commits_of_this_process_are_visible_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(&folder);
    config.set("storage.infer_edges", "true").unwrap();
    // The refresh interval is disabled: the graph sees only notifications.
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
    // A duplicate event adds nothing.
    engine.write(Input::Ndjson(event), durable(), &control()).unwrap();
    assert_eq!(seen(&engine), stored(&engine));

    let edges = engine.edges().unwrap();
    engine
        .write_edges(&[edge("a", "b", 3)], true, &control())
        .unwrap();
    engine
        .write_edges(&[edge("a", "b", 4)], false, &control())
        .unwrap();
    engine
        .write_edges(&[edge("a", "b", 5)], true, &control())
        .unwrap();
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

/// Edges that were committed and not queried yet are removed, raised or added to.
#[test]
fn unqueried_edges_are_changed_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(&folder);
    config.set("storage.graph_refresh_ms", "86400000").unwrap();
    let engine = Engine::open(&config, Default::default()).unwrap();
    let edges = engine.edges().unwrap();
    assert_eq!(seen(&engine), []);

    engine
        .write_edges(&[edge("a", "b", 1)], true, &control())
        .unwrap();
    edges.remove_edges(&[edge("a", "b", 0)], &control()).unwrap();
    assert_eq!(seen(&engine), []);

    engine
        .write_edges(&[edge("a", "b", 5)], false, &control())
        .unwrap();
    engine.flush(&control()).unwrap();
    engine
        .write_edges(&[edge("a", "b", 3)], true, &control())
        .unwrap();
    edges.merge_edges(&[edge("a", "b", 10)], &control()).unwrap();
    assert_eq!(stored(&engine), [edge("a", "b", 10)]);
    assert_eq!(seen(&engine), stored(&engine));

    engine
        .write_edges(&[edge("c", "d", 1)], true, &control())
        .unwrap();
    edges.clear_edges(&control()).unwrap();
    engine
        .write_edges(&[edge("e", "f", 1)], true, &control())
        .unwrap();
    assert_eq!(seen(&engine), [edge("e", "f", 1)]);

    // Edges waiting here remain when the others are removed.
    engine
        .write_edges(&[edge("e", "f", 2)], false, &control())
        .unwrap();
    edges.remove_edges(&[edge("e", "f", 0)], &control()).unwrap();
    engine.flush(&control()).unwrap();
    assert_eq!(seen(&engine), stored(&engine));
}

/// All operations that change edges, concurrently and on few keys: at the end graph and store agree.
#[test]
fn concurrent_changes_leave_graph_and_store_equal() {
    let folder = tempfile::tempdir().unwrap();
    do_everything_at_once(config(&folder));
}

/// The same on PostgreSQL, where commits run concurrently.
#[test]
fn concurrent_changes_leave_graph_and_table_equal_on_postgresql() {
    let Some(url) = services::POSTGRES.url() else {
        return;
    };
    let database = Database::new(&url);
    let mut config = Config::new();
    config.set("storage.backend", "postgresql").unwrap();
    config.set("storage.postgresql_url", &database.url()).unwrap();
    do_everything_at_once(config);
}

fn do_everything_at_once(mut config: Config) {
    config.set("storage.graph_refresh_ms", "86400000").unwrap();
    config.set("storage.flush_interval_ms", "1").unwrap();
    let engine = Engine::open(&config, Default::default()).unwrap();
    let (engine, graph, table) = (&engine, engine.graph().unwrap(), engine.edges().unwrap());
    assert_eq!(seen(engine), []);
    for round in 0..8 {
        thread::scope(|scope| {
            for writer in 0..5 {
                let mut random = Random::new(100 * round + writer);
                scope.spawn(move || {
                    for _ in 0..40 {
                        let some = edges(&mut random, 4, 5, &RELATIONS[..2]);
                        match writer {
                            0 => engine.write_edges(&some, false, &control()),
                            1 => engine.write_edges(&some, true, &control()),
                            2 => table.remove_edges(&some[..2], &control()),
                            3 => table.merge_edges(&some[..1], &control()),
                            _ => graph.counts(&control()).map(|_| ()),
                        }
                        .unwrap();
                    }
                });
            }
        });
        engine.flush(&control()).unwrap();
        assert_eq!(seen(engine), stored(engine), "round {round}");
    }
}

/// Loading continues when callers with short deadlines give up.
#[test]
fn short_deadline_does_not_end_loading() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(&folder);
    let all: Vec<Edge> = (0..60_000).map(|n| edge(&name(n), &name(n + 1), 1)).collect();
    first.write_edges(&all, true, &control()).unwrap();
    let engine = open(&folder);
    let began = Instant::now();
    let mut hurried = 0;
    let counts = loop {
        match engine
            .graph()
            .unwrap()
            .counts(&Control::within(Duration::from_millis(10)))
        {
            Ok(counts) => break counts,
            Err(error) => assert_eq!(error.kind(), ErrorKind::Timeout, "{error}"),
        }
        hurried += 1;
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "the graph is never loaded"
        );
    };
    assert!(hurried > 0, "loading was too fast: the test needs more edges");
    assert_eq!(counts.edges, 60_000);
    // The same holds for loading after a commit of another program.
    let more = [edge("a", "b", 1)];
    first.write_edges(&more, true, &control()).unwrap();
    let short = Control::within(Duration::from_millis(200));
    assert!(engine.graph().unwrap().counts(&short).unwrap().edges >= 60_000);
    while engine.graph().unwrap().counts(&control()).unwrap().edges == 60_000 {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "the commit is not noticed"
        );
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn edges_moved_into_the_store_are_visible() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut config = config(&folder);
    config.set("storage.graph_refresh_ms", "86400000").unwrap();
    let store = seerflow::store::open(&config, &Default::default()).unwrap();
    let graph = memory_graph(&store, &config);
    assert_eq!(graph.counts(&control()).unwrap().edges, 0);
    let source = open(&other);
    let moved = [edge("a", "b", 3), edge("b", "c", 1)];
    source.write_edges(&moved, true, &control()).unwrap();
    let rows: Vec<RawRow> = moved
        .iter()
        .map(|edge| {
            let texts = [&edge.source_id, &edge.target_id, &edge.rel_type];
            let numbers = [edge.first_seen, edge.last_seen, edge.event_count];
            let texts = texts.map(|text| Cell::Text(text.clone()));
            texts.into_iter().chain(numbers.map(Cell::Int)).collect()
        })
        .collect();
    let put = Put {
        table: Table::Edges,
        rows: &rows,
        merge: true,
        note: None,
    };
    store.put_rows(&put, &control()).unwrap();
    assert_eq!(stream(&graph), moved);
}

#[test]
fn graph_closed_during_use_returns_closed() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    let graph = engine.graph().unwrap();
    let all: Vec<Edge> = (0..5_000).map(|n| edge(&name(n), &name(n + 1), 1)).collect();
    engine.write_edges(&all, false, &control()).unwrap();
    let mut handed = 0;
    let error = graph
        .edges(&control(), &mut |_| {
            handed += 1;
            if handed == 1_500 {
                graph.close();
            }
            Ok(())
        })
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    assert!(handed < 5_000);
    let error = graph.counts(&control()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
}

/// Two programs on one PostgreSQL: each sees what the other adds, changes and removes.
#[test]
fn commits_of_another_program_on_postgresql_are_visible() {
    let Some(url) = services::POSTGRES.url() else {
        return;
    };
    let database = Database::new(&url);
    let open = |logger| {
        let mut config = Config::new();
        config.set("storage.backend", "postgresql").unwrap();
        config.set("storage.postgresql_url", &database.url()).unwrap();
        config.set("storage.graph_refresh_ms", "0").unwrap();
        Engine::open(&config, logger).unwrap()
    };
    let loads = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&loads);
    let logger = Logger::new(move |_, text| {
        counted.fetch_add(usize::from(text.contains("was loaded")), Ordering::AcqRel);
    });
    let (here, there) = (open(logger), open(Logger::default()));
    let theirs = there.edges().unwrap();
    let many: Vec<Edge> = (0..2_000).map(|n| edge(&name(n), &name(n + 1), 1)).collect();
    there.write_edges(&many, true, &control()).unwrap();
    assert_eq!(seen(&here).len(), 2_000);
    let await_same = |what: &str| {
        let waited = Instant::now();
        while seen(&here) != stored(&there) {
            assert!(waited.elapsed() < Duration::from_secs(20), "{what}");
            thread::sleep(Duration::from_millis(2));
        }
    };
    for round in 0..10 {
        // An edge waits here, one is committed past the graph, one is committed by the other program.
        here.write_edges(&[edge("a", "b", 1)], false, &control()).unwrap();
        here.write_edges(&[edge("a", "b", 1), edge("here", "b", 1)], true, &control())
            .unwrap();
        there
            .write_edges(&[edge("a", "b", 1), edge("there", "b", round)], true, &control())
            .unwrap();
        here.flush(&control()).unwrap();
        await_same("edges are added");
    }
    assert_eq!(stored(&there)[0], edge("a", "b", 30));
    assert_eq!(loads.load(Ordering::Acquire), 1, "only changed rows are read");
    theirs.remove_edges(&many[..10], &control()).unwrap();
    await_same("edges are removed");
    theirs.remove_edges(&many[10..11], &control()).unwrap();
    there
        .write_edges(&[edge("new", "b", 1)], true, &control())
        .unwrap();
    await_same("one is removed and one is added");
    here.edges()
        .unwrap()
        .remove_edges(&many[11..12], &control())
        .unwrap();
    await_same("edges are removed here");
    here.edges().unwrap().prune_edges(i64::MAX, &control()).unwrap();
    assert_eq!(seen(&here), []);
    there.write_edges(&many, true, &control()).unwrap();
    there.edges().unwrap().clear_edges(&control()).unwrap();
    await_same("all are removed");
    // A transaction that began before the last refresh and ends after it.
    let held = database.hold(
        "BEGIN; INSERT INTO graph_edges VALUES ('slow', 'b', 'r', 1, 2, 1); SAVEPOINT s; \
         INSERT INTO graph_edges VALUES ('slower', 'b', 'r', 1, 2, 1); RELEASE s",
    );
    there
        .write_edges(&[edge("quick", "b", 1)], true, &control())
        .unwrap();
    await_same("while it runs");
    held.run("COMMIT");
    await_same("when it is over");
    assert_eq!(seen(&here).len(), 3);
}

#[test]
fn commits_of_another_program_are_visible_and_waiting_edges_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (here, there) = (open(&folder), open(&folder));
    assert_eq!(seen(&here), []);
    for round in 1..=20 {
        there.write_edges(&[edge("a", "b", 1)], true, &control()).unwrap();
        here.write_edges(&[edge("a", "b", 1), edge("b", "c", 1)], false, &control())
            .unwrap();
        let waited = Instant::now();
        loop {
            let found = seen(&here);
            if found[0].event_count == 2 * round {
                break;
            }
            // Loading is throttled.
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
    there.edges().unwrap().clear_edges(&control()).unwrap();
    let waited = Instant::now();
    while !seen(&here).is_empty() {
        assert!(
            waited.elapsed() < Duration::from_secs(10),
            "the commit is not noticed"
        );
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn failed_commit_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    let graph = engine.graph().unwrap();
    engine.start(&control()).unwrap();
    graph.counts(&control()).unwrap();
    let other = rusqlite::Connection::open(folder.path().join("seerflow.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    engine
        .write_edges(&[edge("a", "b", 1)], false, &control())
        .unwrap();
    let short = || Control::within(Duration::from_millis(300));
    let error = engine.flush(&short()).unwrap_err();
    assert!(error.is_retriable(), "{error}");
    engine
        .write_edges(&[edge("a", "b", 1)], false, &control())
        .unwrap();
    assert_eq!(engine.stats().buffer.queue_events, 2);
    // A query waits for edges that were added before it.
    let error = graph.counts(&short()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(seen(&engine), [edge("a", "b", 2)]);
    assert_eq!(stored(&engine), [edge("a", "b", 2)]);
    assert_eq!(engine.stats().buffer.queue_events, 0);
}

/// A durable write that ends at its deadline leaves nothing in the queue; its caller may repeat it.
#[test]
fn durable_edges_that_cannot_be_committed_are_withdrawn() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    engine.start(&control()).unwrap();
    let other = rusqlite::Connection::open(folder.path().join("seerflow.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let some = [edge("a", "b", 3)];
    let short = Control::within(Duration::from_millis(300));
    let error = engine.write_edges(&some, true, &short).unwrap_err();
    assert!(
        error.kind() == ErrorKind::Timeout && error.is_retriable(),
        "{error}"
    );
    assert_eq!(engine.stats().buffer.queue_events, 0);
    other.execute_batch("COMMIT").unwrap();
    engine.write_edges(&some, true, &control()).unwrap();
    assert_eq!(stored(&engine), some);
}

/// An edge that violates a constraint of another program becomes a dead letter, and its neighbours in the queue are committed.
#[test]
fn edges_that_the_database_refuses_do_not_block_the_queue() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder);
    engine.start(&control()).unwrap();
    let other = rusqlite::Connection::open(folder.path().join("seerflow.db")).unwrap();
    other
        .execute_batch("CREATE UNIQUE INDEX only_one ON graph_edges (target_id)")
        .unwrap();
    let event = b"{\"timestamp_ns\":5,\"message\":\"m\"}\n";
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    // Small writes are joined: the third one is refused, the others are not.
    for (source, target) in [("a", "b"), ("a", "c"), ("z", "c")] {
        engine
            .write_edges(&[edge(source, target, 1)], false, &control())
            .unwrap();
    }
    engine
        .write(Input::Ndjson(event), WriteOptions::default(), &control())
        .unwrap();
    engine
        .write_edges(&[edge("x", "b", 1)], false, &control())
        .unwrap();
    other.execute_batch("COMMIT").unwrap();
    let error = engine
        .write_edges(&[edge("y", "b", 1)], true, &control())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    assert!(!error.is_retriable(), "{error}");
    engine.flush(&control()).unwrap();
    assert_eq!(stored(&engine), [edge("a", "b", 1), edge("a", "c", 1)]);
    let stats = engine.stats().buffer;
    assert_eq!((stats.committed, stats.rejected, stats.queue_events), (1, 3, 0));
    let letters = engine
        .dead_letters()
        .unwrap()
        .dead_letters(None, 10, &control())
        .unwrap();
    assert_eq!(letters.len(), 3);
    assert_eq!(letters[0].format, "edges");
    assert!(letters[0].payload.starts_with(br#"{"source_id":"y""#));
    let long = Edge {
        rel_type: "r".repeat(513),
        ..edge("a", "d", 1)
    };
    let error = engine.write_edges(&[long], true, &control()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
}

#[test]
fn number_of_waiting_edges_is_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(&folder);
    config.set("storage.queue_events", "100").unwrap();
    let engine = Engine::open(&config, Default::default()).unwrap();
    engine.start(&control()).unwrap();
    let other = rusqlite::Connection::open(folder.path().join("seerflow.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let some = |from: usize| -> Vec<Edge> {
        (from..from + 80)
            .map(|n| edge(&name(n), &name(n + 1), 1))
            .collect()
    };
    engine.write_edges(&some(0), false, &control()).unwrap();
    let error = engine
        .write_edges(&some(80), false, &Control::within(Duration::from_millis(200)))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Again, "{error}");
    // All edges of a call are accepted or none.
    assert_eq!(engine.stats().buffer.queue_events, 80);
    other.execute_batch("COMMIT").unwrap();
    engine.write_edges(&some(80), false, &control()).unwrap();
    engine.flush(&control()).unwrap();
    assert_eq!(stored(&engine).len(), 160);
}

/// Concurrent writers of every kind and readers: at the end graph and store agree with the expected sum.
#[test]
fn concurrent_writers_and_readers_agree_at_the_end() {
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
            scope.spawn(|| (0..ROUNDS).for_each(|_| here.write_edges(&lots[0], false, &control()).unwrap())),
            scope.spawn(|| {
                (0..ROUNDS).for_each(|_| {
                    here.write_edges(&lots[1], false, &control()).unwrap();
                    here.flush(&control()).unwrap();
                })
            }),
            scope.spawn(|| (0..ROUNDS).for_each(|_| here.write_edges(&lots[2], true, &control()).unwrap())),
            scope.spawn(|| (0..ROUNDS).for_each(|_| there.write_edges(&lots[3], true, &control()).unwrap())),
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
                    // Edges added by this process never disappear.
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
