//! Replicas that fail in the middle of an answer: the primary answers instead.

use std::thread;
use std::time::{Duration, Instant};

use seerflow::Engine;
use seerflow::record::{Control, EventQuery};

use crate::cluster::{Cluster, eventually, is_possible};
use crate::load::{open, write};

fn events(engine: &Engine) -> seerflow::Result<usize> {
    let soon = Control::within(Duration::from_secs(30));
    engine
        .query_events(&EventQuery::default(), &soon)
        .map(|page| page.len())
}

#[test]
fn query_cancelled_by_recovery_is_answered_by_the_primary() {
    if !is_possible() {
        return;
    }
    // Long enough not to cancel the short queries of this test.
    let primary = Cluster::start("max_standby_streaming_delay = 2s\nautovacuum = off");
    primary.sql(
        "postgres",
        "CREATE TABLE other (n int) WITH (autovacuum_enabled = off); INSERT INTO other VALUES (1), (2); CREATE ROLE reader LOGIN",
    );
    let standby = primary.standby();
    let replica = standby.url("postgres").replace("postgres@", "reader@");
    let engine = open(
        &primary.url("postgres"),
        &[("storage.postgresql_read_url", &replica)],
    );
    write(&engine, 0, 0, &Control::unbounded()).unwrap();
    // Makes queries of this role take some seconds.
    primary.sql(
        "postgres",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
         CREATE POLICY slow ON events TO reader USING (pg_sleep(0.1) IS NOT NULL);
         ALTER TABLE events ENABLE ROW LEVEL SECURITY",
    );
    eventually("replication", || {
        let slow = "SELECT count(*) FROM pg_policies WHERE policyname = 'slow'";
        standby.number("postgres", slow) == 1
    });
    let began = Instant::now();
    thread::scope(|scope| {
        let reading = scope.spawn(|| events(&engine));
        eventually("the query on the replica", || {
            let asleep =
                "SELECT count(*) FROM pg_stat_activity WHERE usename = 'reader' AND wait_event = 'PgSleep'";
            standby.number("postgres", asleep) == 1
        });
        primary.sql("postgres", "DELETE FROM other");
        primary.sql("postgres", "VACUUM other");
        assert_eq!(reading.join().unwrap().unwrap(), 100);
    });
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    let conflicts = "SELECT confl_snapshot FROM pg_stat_database_conflicts WHERE datname = 'postgres'";
    eventually("the conflict among the statistics", || {
        standby.number("postgres", conflicts) == 1
    });
}

#[test]
fn query_on_a_lagging_replica_is_answered_by_the_primary() {
    if !is_possible() {
        return;
    }
    let cluster = Cluster::start("");
    cluster.sql("postgres", "CREATE DATABASE behind");
    let engine = open(
        &cluster.url("postgres"),
        &[("storage.postgresql_read_url", &cluster.url("behind"))],
    );
    write(&engine, 0, 0, &Control::unbounded()).unwrap();
    for _ in 0..3 {
        assert_eq!(events(&engine).unwrap(), 100);
    }
}
