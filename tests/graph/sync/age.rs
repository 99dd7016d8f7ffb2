//! Tests of Apache AGE alone.

use seerflow::record::Event;
use seerflow::{Engine, Input, WriteOptions};

use super::scene::Scene;
use crate::conformance::{control, stored, stream};

/// One PostgreSQL for both, the usual setup: edges of events are in the table and in the graph.
#[test]
fn edges_of_events_reach_the_graph_in_the_same_database() {
    let Some((scene, database)) = Scene::age() else {
        return;
    };
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
    assert_eq!(database.run("SELECT event_count FROM graph_edges"), ["3"]);
    engine.close(&control()).unwrap();
}
