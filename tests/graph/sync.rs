//! A FalkorDB that fails: edges wait in the relational store and reach the server counted once.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use seerflow::graph::falkordb::FalkorGraph;
use seerflow::log::Logger;
use seerflow::record::{Control, Edge, Event};
use seerflow::{Config, Engine, ErrorKind, Input, WriteOptions};
use tempfile::TempDir;

use crate::backends::falkordb_graph;
use crate::conformance::{await_edges, edge, stored, stream};
use crate::falkordb_server::Server;
use crate::model::Model;
use crate::proxy::{self, Faults};
use crate::random::{Random, edges};
use crate::redis;

fn control() -> Control {
    Control::within(Duration::from_secs(60))
}

/// An engine that reaches FalkorDB through a faulty proxy, and the same graph reached directly.
struct Scene {
    config: Config,
    faults: Arc<Faults>,
    straight: FalkorGraph,
    server: String,
    name: String,
    _folder: TempDir,
}

impl Scene {
    fn new() -> Option<Self> {
        falkordb_graph().map(|(server, name)| Self::on(server, name))
    }

    fn on(server: String, name: String) -> Self {
        let (address, faults) = proxy::open(&server);
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::new();
        let path = folder.path().join("seerflow.db");
        for (key, value) in [
            ("storage.sqlite_path", path.to_str().unwrap()),
            ("storage.graph_backend", "falkordb"),
            ("storage.falkordb_url", &format!("falkor://{address}/{name}")),
            ("storage.infer_edges", "true"),
        ] {
            config.set(key, value).unwrap();
        }
        let mut straight = Config::new();
        straight
            .set("storage.falkordb_url", &format!("falkor://{server}/{name}"))
            .unwrap();
        Self {
            config,
            faults,
            straight: FalkorGraph::new(&straight).unwrap(),
            server,
            name,
            _folder: folder,
        }
    }

    fn engine(&self) -> Engine {
        Engine::open(&self.config, Default::default()).unwrap()
    }

    fn turn_key(&self) -> String {
        format!("seerflow:{}:writer", self.name)
    }

    /// Waits until the server has exactly these edges.
    fn await_edges(&self, wanted: &[Edge]) {
        // An interrupted write keeps its turn until it expires; the test does not wait for that.
        await_edges(&self.straight, wanted, || {
            redis::ask(&self.server, &["DEL", &self.turn_key()]);
        });
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        redis::ask(&self.server, &["GRAPH.DELETE", &self.name]);
        redis::ask(&self.server, &["DEL", &self.turn_key()]);
    }
}

#[test]
fn edges_wait_for_an_unreachable_server() {
    let Some(scene) = Scene::new() else { return };
    scene.faults.closed.store(true, Ordering::Release);
    let engine = scene.engine();
    let graph = engine.graph().unwrap();
    let mut model = Model::default();
    for part in edges(&mut Random::new(21), 40, 400, &["knows", "saw"]).chunks(50) {
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
    engine.close(&control()).unwrap();
}

/// Adds edges while the server is unreachable and closes the engine; they remain in the store.
fn left_behind(scene: &Scene, seed: u64) -> Model {
    scene.faults.closed.store(true, Ordering::Release);
    let engine = scene.engine();
    let all = edges(&mut Random::new(seed), 30, 200, &["knows"]);
    engine.write_edges(&all, false, &control()).unwrap();
    engine.close(&control()).unwrap();
    let mut model = Model::default();
    model.add(&all);
    model
}

#[test]
fn edges_left_by_a_killed_process_are_sent_by_the_next() {
    let Some(scene) = Scene::new() else { return };
    let mut model = left_behind(&scene, 22);
    scene.faults.closed.store(false, Ordering::Release);
    let second = scene.engine();
    let more = [edge("new", "one", "knows", (1, 2), 3)];
    second.write_edges(&more, false, &control()).unwrap();
    model.add(&more);
    scene.await_edges(&model.edges());
    second.close(&control()).unwrap();
}

/// The comparison at start-up is retried until it succeeds, even if no new edge arrives.
#[test]
fn failed_comparison_is_retried() {
    let Some(scene) = Scene::new() else { return };
    let mut model = left_behind(&scene, 24);
    let second = scene.engine();
    let graph = second.graph().unwrap();
    let more = [edge("new", "one", "knows", (1, 2), 3)];
    second.write_edges(&more, false, &control()).unwrap();
    // Longer than the retry interval; the query sends the waiting edges.
    std::thread::sleep(Duration::from_millis(1_500));
    scene.faults.closed.store(false, Ordering::Release);
    assert_eq!(graph.related("new", &control()).unwrap().len(), 1);
    model.add(&more);
    scene.await_edges(&model.edges());
    second.close(&control()).unwrap();
}

/// More edges than are kept in memory while the server is away: all of them arrive, and before that no query is answered.
#[test]
fn edges_beyond_the_memory_limit_are_read_from_the_table() {
    let Some(scene) = Scene::new() else { return };
    let engine = scene.engine();
    let graph = engine.graph().unwrap();
    let first = [edge("0", "1", "r", (1, 2), 1)];
    engine.write_edges(&first, false, &control()).unwrap();
    assert_eq!(graph.counts(&control()).unwrap().edges, 1);
    scene.faults.closed.store(true, Ordering::Release);
    let many: Vec<Edge> = (0..101_000)
        .map(|n| edge(&n.to_string(), "1", "r", (1, 2), 1))
        .collect();
    for some in many.chunks(10_000) {
        engine.write_edges(some, true, &control()).unwrap();
    }
    scene.faults.closed.store(false, Ordering::Release);
    let patient = Control::within(Duration::from_secs(120));
    assert_eq!(graph.counts(&patient).unwrap().edges, 101_000);
    engine.close(&control()).unwrap();
}

/// Removals while edges with the same keys are being sent: the server ends with the edges of the table.
#[test]
fn edges_removed_while_being_sent_do_not_reappear() {
    let Some(scene) = Scene::new() else { return };
    let engine = scene.engine();
    let graph = engine.graph().unwrap();
    let some = [edge("a", "b", "r", (1, 2), 1), edge("b", "c", "r", (1, 2), 1)];
    assert_eq!(graph.counts(&control()).unwrap().edges, 0);
    scene.faults.delay_ms.store(2, Ordering::Release);
    for round in 0..40 {
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..4 {
                    engine.write_edges(&some, true, &control()).unwrap();
                }
            });
            scope.spawn(|| {
                for _ in 0..2 {
                    engine.edges().unwrap().remove_edges(&some, &control()).unwrap();
                }
            });
        });
        assert_eq!(stream(&**graph), stored(&engine), "round {round}");
    }
    engine.close(&control()).unwrap();
}

/// Edges removed while the server is unreachable are removed from it later.
#[test]
fn edges_removed_during_an_outage_are_removed_later() {
    let Some(scene) = Scene::new() else { return };
    let engine = scene.engine();
    let graph = engine.graph().unwrap();
    let all = edges(&mut Random::new(26), 30, 100, &["knows"]);
    let mut model = Model::default();
    model.add(&all);
    engine.write_edges(&all, false, &control()).unwrap();
    assert_eq!(stream(&**graph), model.edges());
    scene.faults.closed.store(true, Ordering::Release);
    let table = engine.edges().unwrap();
    table.remove_edges(&all[..10], &control()).unwrap();
    assert!(graph.counts(&control()).unwrap_err().is_retriable());
    model.remove(&all[..10]);
    assert_eq!(stored(&engine), model.edges());
    scene.faults.closed.store(false, Ordering::Release);
    scene.await_edges(&model.edges());
    scene.faults.closed.store(true, Ordering::Release);
    table.clear_edges(&control()).unwrap();
    engine.write_edges(&all[..1], false, &control()).unwrap();
    scene.faults.closed.store(false, Ordering::Release);
    assert_eq!(stream(&**graph), all[..1]);
    assert_eq!(stored(&engine), all[..1]);
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

/// close() ends the thread promptly even if the server is slow; nothing runs afterwards.
#[test]
fn close_waits_for_the_thread() {
    let Some(scene) = Scene::new() else { return };
    let logged = Arc::new(());
    let held = Arc::clone(&logged);
    let logger = Logger::new(move |_, _| drop(Arc::clone(&held)));
    let engine = Engine::open(&scene.config, logger).unwrap();
    let graph = engine.graph().unwrap();
    engine
        .write_edges(&[edge("a", "b", "r", (1, 2), 1)], false, &control())
        .unwrap();
    assert_eq!(graph.counts(&control()).unwrap().edges, 1);
    scene.faults.delay_ms.store(3_000, Ordering::Release);
    engine
        .write_edges(&[edge("b", "c", "r", (1, 2), 1)], false, &control())
        .unwrap();
    std::thread::sleep(Duration::from_millis(100));
    let began = Instant::now();
    engine.close(&control()).unwrap();
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    drop(engine);
    assert_eq!(Arc::strong_count(&logged), 1, "a thread still has the logger");
}

#[test]
fn broken_connections_count_nothing_twice() {
    let Some(scene) = Scene::new() else { return };
    let engine = scene.engine();
    let mut model = Model::default();
    let mut random = Random::new(23);
    for round in 0..6 {
        scene
            .faults
            .cut_after
            .store(if round % 2 == 0 { 900 } else { 0 }, Ordering::Release);
        let part = edges(&mut random, 50, 300, &["knows", "saw", "met"]);
        engine.write_edges(&part, false, &control()).unwrap();
        model.add(&part);
        engine.flush(&control()).unwrap();
        std::thread::sleep(Duration::from_millis(150));
    }
    scene.faults.cut_after.store(0, Ordering::Release);
    scene.await_edges(&model.edges());
    assert_eq!(stored(&engine), model.edges());
    engine.close(&control()).unwrap();
}

#[test]
fn slow_server_is_abandoned_at_the_deadline() {
    let Some(scene) = Scene::new() else { return };
    let engine = scene.engine();
    let graph = engine.graph().unwrap();
    engine
        .write_edges(&[edge("a", "b", "r", (1, 2), 1)], false, &control())
        .unwrap();
    assert_eq!(graph.neighbours("a", 1, &[], &control()).unwrap().len(), 1);
    scene.faults.delay_ms.store(2_000, Ordering::Release);
    let began = Instant::now();
    let short = Control::within(Duration::from_millis(200));
    let error = graph.neighbours("a", 2, &[], &short).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(
        began.elapsed() < Duration::from_millis(1_500),
        "{:?}",
        began.elapsed()
    );
    scene.faults.delay_ms.store(0, Ordering::Release);
    assert_eq!(graph.neighbours("a", 1, &[], &control()).unwrap().len(), 1);
    engine.close(&control()).unwrap();
}

#[test]
fn edges_of_events_reach_the_server() {
    let Some(scene) = Scene::new() else { return };
    let engine = scene.engine();
    let event = Event {
        message: "accepted".into(),
        source_type: "sshd".into(),
        related_ips: vec!["192.0.2.1".into()],
        related_users: vec!["alice".into()],
        ..Event::default()
    };
    let durable = || WriteOptions {
        durable: true,
        ..WriteOptions::default()
    };
    for _ in 0..3 {
        let one = std::iter::once(Ok(event.clone()));
        engine
            .write(Input::Events(Box::new(one)), durable(), &control())
            .unwrap();
    }
    let all = stored(&engine);
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].event_count, 3);
    scene.await_edges(&all);
    engine.close(&control()).unwrap();
}

#[test]
fn server_out_of_memory_gets_the_edges_later_and_once() {
    let Some((server, name)) = falkordb_graph() else {
        return;
    };
    // A separate server, because the limit applies to a whole server.
    let own = Server::like(&server);
    let scene = Scene::on(own.address.clone(), name);
    let engine = scene.engine();
    let graph = engine.graph().unwrap();
    let all = edges(&mut Random::new(25), 40, 400, &["knows", "saw"]);
    let (first, rest) = all.split_at(100);
    let mut model = Model::default();
    engine.write_edges(first, false, &control()).unwrap();
    model.add(first);
    scene.await_edges(&model.edges());
    redis::ask(&own.address, &["CONFIG", "SET", "maxmemory", "1000000"]);
    for part in rest.chunks(50) {
        engine.write_edges(part, false, &control()).unwrap();
        model.add(part);
    }
    engine.flush(&control()).unwrap();
    assert_eq!(stored(&engine), model.edges());
    let error = graph.counts(&control()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Full, "{error}");
    assert!(
        error.is_retriable() && error.to_string().contains("memory"),
        "{error}"
    );
    redis::ask(&own.address, &["CONFIG", "SET", "maxmemory", "0"]);
    scene.await_edges(&model.edges());
    engine.close(&control()).unwrap();
}
