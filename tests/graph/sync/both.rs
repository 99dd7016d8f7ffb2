//! Tests that hold for FalkorDB and for Apache AGE.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use seerflow::log::Logger;
use seerflow::record::{Control, Edge, Event};
use seerflow::{Engine, ErrorKind, Input, WriteOptions};

use super::scene::Scene;
use crate::conformance::{control, edge, stored, stream};
use crate::model::Model;
use crate::random::{Random, edges};

macro_rules! on_each_server {
    ($($test:ident)*) => {
        mod on_falkordb {
            $(#[test]
            fn $test() {
                if let Some(scene) = super::Scene::falkordb() {
                    super::$test(&scene);
                }
            })*
        }
        mod on_age {
            $(#[test]
            fn $test() {
                if let Some((scene, _database)) = super::Scene::age() {
                    super::$test(&scene);
                }
            })*
        }
    };
}

on_each_server! {
    edges_wait_for_an_unreachable_server
    edges_left_by_a_process_are_sent_by_the_next
    failed_comparison_is_retried
    edges_removed_during_an_outage_are_removed_later
    pruned_edges_are_removed_from_the_server
    close_waits_for_the_thread
    broken_connections_count_nothing_twice
    slow_server_is_abandoned_at_the_deadline
    edges_of_events_reach_the_server
}

fn edges_wait_for_an_unreachable_server(scene: &Scene) {
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
    assert_eq!(stream(&*scene.straight), model.edges());
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

fn edges_left_by_a_process_are_sent_by_the_next(scene: &Scene) {
    let mut model = left_behind(scene, 22);
    scene.faults.closed.store(false, Ordering::Release);
    let second = scene.engine();
    let more = [edge("new", "one", "knows", (1, 2), 3)];
    second.write_edges(&more, false, &control()).unwrap();
    model.add(&more);
    scene.await_edges(&model.edges());
    second.close(&control()).unwrap();
}

/// The comparison at start-up is retried until it succeeds, even if no new edge arrives.
fn failed_comparison_is_retried(scene: &Scene) {
    let mut model = left_behind(scene, 24);
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

/// Edges removed while the server is unreachable are removed from it later.
fn edges_removed_during_an_outage_are_removed_later(scene: &Scene) {
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
fn pruned_edges_are_removed_from_the_server(scene: &Scene) {
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
fn close_waits_for_the_thread(scene: &Scene) {
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

fn broken_connections_count_nothing_twice(scene: &Scene) {
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
        let cut = if round % 2 == 0 { scene.cut_in_a_batch } else { 0 };
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

fn slow_server_is_abandoned_at_the_deadline(scene: &Scene) {
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

fn edges_of_events_reach_the_server(scene: &Scene) {
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
