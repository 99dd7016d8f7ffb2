//! Tests of FalkorDB alone.

use std::sync::atomic::Ordering;
use std::time::Duration;

use seerflow::ErrorKind;
use seerflow::record::{Control, Edge};

use super::scene::Scene;
use crate::backends::falkordb_graph;
use crate::conformance::{control, edge, stored, stream};
use crate::falkordb_server::Server;
use crate::model::Model;
use crate::random::{Random, edges};
use crate::redis;

/// More edges than are kept in memory while the server is away: all of them arrive, and before that no query is answered.
#[test]
fn edges_beyond_the_memory_limit_are_read_from_the_table() {
    let Some(scene) = Scene::falkordb() else { return };
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
    let Some(scene) = Scene::falkordb() else { return };
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

#[test]
fn server_out_of_memory_gets_the_edges_later_and_once() {
    let Some((server, name)) = falkordb_graph() else {
        return;
    };
    // A separate server, because the limit applies to a whole server.
    let own = Server::like(&server);
    let scene = Scene::on_falkordb(own.address.clone(), name);
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
