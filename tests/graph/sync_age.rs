//! An Apache AGE that fails: edges wait in the relational store and reach the server counted once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use seerflow::graph::age::AgeGraph;
use seerflow::log::Logger;
use seerflow::record::{Control, Edge, Event};
use seerflow::{Config, Engine, Input, WriteOptions};
use tempfile::TempDir;

use crate::backends::unique;
use crate::conformance::{await_edges, edge, stored, stream};
use crate::database::Database;
use crate::model::Model;
use crate::proxy::{self, Faults};
use crate::random::{Random, edges};
use crate::services;

fn control() -> Control {
    Control::within(Duration::from_secs(60))
}

/// An engine over SQLite that reaches Apache AGE through a faulty proxy, and the same graph reached directly.
struct Scene {
    config: Config,
    faults: Arc<Faults>,
    straight: AgeGraph,
    database: Database,
    _folder: TempDir,
}

impl Scene {
    fn new() -> Option<Self> {
        let database = Database::new(&services::AGE.url()?);
        let url = database.url();
        let (_, place) = url.split_once('@').unwrap();
        let (server, _) = place.split_once('/').unwrap();
        let (address, faults) = proxy::open(server);
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::new();
        let path = folder.path().join("seerflow.db");
        for (key, value) in [
            ("storage.sqlite_path", path.to_str().unwrap()),
            ("storage.graph_backend", "postgres_age"),
            ("storage.postgresql_url", &url.replace(server, &address)),
            ("storage.age_graph", &unique()),
            ("storage.infer_edges", "true"),
        ] {
            config.set(key, value).unwrap();
        }
        let mut straight = config.clone();
        straight.set("storage.postgresql_url", &url).unwrap();
        Some(Self {
            config,
            faults,
            straight: AgeGraph::new(&straight).unwrap(),
            database,
            _folder: folder,
        })
    }

    fn engine(&self) -> Engine {
        Engine::open(&self.config, Default::default()).unwrap()
    }

    /// Waits until the server has exactly these edges.
    fn await_edges(&self, wanted: &[Edge]) {
        await_edges(&self.straight, wanted, || ());
    }
}

#[test]
fn edges_wait_for_an_unreachable_server() {
    let Some(scene) = Scene::new() else { return };
    scene.faults.closed.store(true, Ordering::Release);
    let engine = scene.engine();
    engine.start(&control()).unwrap();
    let graph = engine.graph().unwrap();
    let mut model = Model::default();
    for part in edges(&mut Random::new(31), 40, 400, &["knows", "saw"]).chunks(50) {
        engine.write_edges(part, false, &control()).unwrap();
        model.add(part);
    }
    engine.flush(&control()).unwrap();
    assert_eq!(stored(&engine), model.edges());
    let error = graph.counts(&control()).unwrap_err();
    assert!(error.is_retriable(), "{error}");
    engine.flush(&control()).unwrap();
    scene.faults.closed.store(false, Ordering::Release);
    scene.await_edges(&model.edges());
    assert_eq!(stream(&**graph), model.edges());
    // New edges are added to that.
    let more = edges(&mut Random::new(32), 40, 100, &["knows", "met"]);
    engine.write_edges(&more, false, &control()).unwrap();
    model.add(&more);
    assert_eq!(stream(&**graph), model.edges());
    engine.close(&control()).unwrap();
    assert_eq!(stream(&scene.straight), model.edges());
}

#[test]
fn edges_left_by_a_process_are_sent_by_the_next() {
    let Some(scene) = Scene::new() else { return };
    let mut model = Model::default();
    scene.faults.closed.store(true, Ordering::Release);
    let first = scene.engine();
    let all = edges(&mut Random::new(33), 30, 200, &["knows"]);
    first.write_edges(&all, false, &control()).unwrap();
    model.add(&all);
    first.close(&control()).unwrap();
    scene.faults.closed.store(false, Ordering::Release);
    assert_eq!(stream(&scene.straight), []);
    let second = scene.engine();
    let more = [edge("new", "one", "knows", (1, 2), 3)];
    second.write_edges(&more, false, &control()).unwrap();
    model.add(&more);
    scene.await_edges(&model.edges());
    second.close(&control()).unwrap();
}

#[test]
fn broken_connections_count_nothing_twice() {
    let Some(scene) = Scene::new() else { return };
    let failures = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&failures);
    let logger = Logger::new(move |_, text| {
        if text.contains("edges wait in the relational store") {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    });
    let engine = Engine::open(&scene.config, logger).unwrap();
    let mut model = Model::default();
    let mut random = Random::new(34);
    for round in 0..6 {
        // After this many bytes a connection is in the middle of a batch.
        let cut = if round % 2 == 0 { 6_000 } else { 0 };
        scene.faults.cut_after.store(cut, Ordering::Release);
        let part = edges(&mut random, 50, 300, &["knows", "saw", "met"]);
        engine.write_edges(&part, false, &control()).unwrap();
        model.add(&part);
        engine.flush(&control()).unwrap();
        let began = Instant::now();
        while round == 0 && failures.load(Ordering::Relaxed) == 0 {
            assert!(began.elapsed() < Duration::from_secs(30), "nothing broke");
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(150));
    }
    scene.faults.cut_after.store(0, Ordering::Release);
    scene.await_edges(&model.edges());
    assert_eq!(stored(&engine), model.edges());
    engine.close(&control()).unwrap();
}

/// Edges pruned from the table are removed from the server, at once or after an outage.
#[test]
fn pruned_edges_are_removed_from_the_server() {
    let Some(scene) = Scene::new() else { return };
    let engine = scene.engine();
    let (graph, table) = (engine.graph().unwrap(), engine.edges().unwrap());
    let all: Vec<Edge> = (0..30)
        .map(|n| edge(&format!("s{n:02}"), "hub", "r", (n, n), 1))
        .collect();
    engine.write_edges(&all, false, &control()).unwrap();
    assert_eq!(stream(&**graph), all);
    assert_eq!(table.prune_edges(10, &control()).unwrap(), 10);
    assert_eq!(stream(&**graph), all[10..]);

    scene.faults.closed.store(true, Ordering::Release);
    assert_eq!(table.prune_edges(20, &control()).unwrap(), 10);
    // A pruned edge that is written again meanwhile is kept.
    engine.write_edges(&all[15..16], true, &control()).unwrap();
    assert!(graph.counts(&control()).unwrap_err().is_retriable());
    scene.faults.closed.store(false, Ordering::Release);
    let left: Vec<Edge> = all[15..16].iter().chain(&all[20..]).cloned().collect();
    assert_eq!(stored(&engine), left);
    scene.await_edges(&left);
    table.clear_edges(&control()).unwrap();
    engine.write_edges(&all[..1], true, &control()).unwrap();
    assert_eq!(stream(&**graph), all[..1]);
    engine.close(&control()).unwrap();
}

/// One PostgreSQL for both, the usual setup: edges of events are in the table and in the graph.
#[test]
fn edges_of_events_reach_the_graph_in_the_same_database() {
    let Some(scene) = Scene::new() else { return };
    let mut config = scene.config.clone();
    config.set("storage.backend", "postgresql").unwrap();
    let engine = Engine::open(&config, Default::default()).unwrap();
    let event = Event {
        message: "accepted".into(),
        source_type: "sshd".into(),
        related_ips: vec!["192.0.2.1".into()],
        related_users: vec!["alice".into()],
        ..Event::default()
    };
    for _ in 0..3 {
        let durable = WriteOptions {
            durable: true,
            ..WriteOptions::default()
        };
        let one = std::iter::once(Ok(event.clone()));
        engine
            .write(Input::Events(Box::new(one)), durable, &control())
            .unwrap();
    }
    let all = stored(&engine);
    assert_eq!((all.len(), all[0].event_count), (1, 3));
    scene.await_edges(&all);
    assert_eq!(stream(&**engine.graph().unwrap()), all);
    assert_eq!(scene.database.run("SELECT event_count FROM graph_edges"), ["3"]);
    engine.close(&control()).unwrap();
}
