//! A read replica that lags: answers about the graph include this process's commits.

use std::time::{Duration, Instant};

use seerflow::record::Edge;
use seerflow::{Config, Engine};

use crate::backends::falkordb_graph;
use crate::cluster::{Cluster, eventually, is_possible};
use crate::conformance::{control, stream};
use crate::redis;

fn edge(source: &str, event_count: i64) -> Edge {
    Edge {
        source_id: source.into(),
        target_id: "b".into(),
        rel_type: "r".into(),
        first_seen: 1,
        last_seen: 2,
        event_count,
    }
}

/// Returns a primary, and a standby that lags by a minute.
fn primary_and_standby() -> (Cluster, Cluster) {
    let primary = Cluster::start("wal_level = replica\nmax_wal_senders = 4\nhot_standby = on");
    // The standby copies the setting with the base backup; a primary ignores it.
    primary.sql("postgres", "ALTER SYSTEM SET recovery_min_apply_delay = '60s'");
    let engine = Engine::open(&config(&primary, None), Default::default()).unwrap();
    engine.start(&control()).unwrap();
    engine.close(&control()).unwrap();
    let standby = primary.standby();
    (primary, standby)
}

fn config(primary: &Cluster, standby: Option<&Cluster>) -> Config {
    let mut config = Config::new();
    config.set("storage.backend", "postgresql").unwrap();
    config
        .set("storage.postgresql_url", &primary.url("postgres"))
        .unwrap();
    if let Some(standby) = standby {
        config
            .set("storage.postgresql_read_url", &standby.url("postgres"))
            .unwrap();
    }
    config
}

#[test]
fn lagging_replica_hides_no_edge() {
    if !is_possible() {
        return;
    }
    let Some((server, name)) = falkordb_graph() else {
        return;
    };
    let (primary, standby) = primary_and_standby();
    let memory = config(&primary, Some(&standby));
    let mut falkordb = config(&primary, Some(&standby));
    falkordb.set("storage.graph_backend", "falkordb").unwrap();
    falkordb
        .set("storage.falkordb_url", &format!("falkor://{server}/{name}"))
        .unwrap();

    // The graph on a server gets the current edges, not those of the replica.
    let engine = Engine::open(&falkordb, Default::default()).unwrap();
    for count in 1..=3 {
        engine.write_edges(&[edge("a", 1)], false, &control()).unwrap();
        assert_eq!(stream(&**engine.graph().unwrap()), [edge("a", count)]);
    }
    // The replica is in use, and it lags.
    let listed = engine.edges().unwrap().edges(None, 10, &control()).unwrap();
    assert_eq!(listed, []);
    engine.close(&control()).unwrap();

    // The in-process graph is loaded with all earlier commits, and continues from there.
    let engine = Engine::open(&memory, Default::default()).unwrap();
    let graph = engine.graph().unwrap();
    engine.write_edges(&[edge("c", 1)], true, &control()).unwrap();
    assert_eq!(stream(&**graph), [edge("a", 3), edge("c", 1)]);
    engine.write_edges(&[edge("c", 1)], true, &control()).unwrap();
    assert_eq!(stream(&**graph), [edge("a", 3), edge("c", 2)]);
    engine.close(&control()).unwrap();
    redis::ask(&server, &["GRAPH.DELETE", &name]);
}

/// A restarted or replaced server numbers its transactions anew; the graph must not miss any change.
#[test]
fn changes_around_a_server_restart_are_visible() {
    if !is_possible() {
        return;
    }
    let cluster = Cluster::start("");
    let mut config = config(&cluster, None);
    config.set("storage.graph_refresh_ms", "0").unwrap();
    let engine = Engine::open(&config, Default::default()).unwrap();
    let graph = engine.graph().unwrap();
    engine.write_edges(&[edge("a", 1)], false, &control()).unwrap();
    engine.flush(&control()).unwrap();
    assert_eq!(stream(&**graph), [edge("a", 1)]);
    cluster.kill();
    // Without the server the graph in memory answers, and soon.
    let began = Instant::now();
    assert_eq!(stream(&**graph), [edge("a", 1)]);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    cluster.up();
    cluster.sql(
        "postgres",
        "INSERT INTO graph_edges VALUES ('c', 'b', 'r', 1, 2, 1)",
    );
    eventually("the other program's edge", || {
        stream(&**graph) == [edge("a", 1), edge("c", 1)]
    });
    engine.close(&control()).unwrap();
}
