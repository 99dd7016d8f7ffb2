//! The primary is killed, and its synchronous standby promoted, again and again.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use seerflow::Health;
use seerflow::record::Control;

use crate::cluster::{Cluster, eventually, is_possible};
use crate::hurried::{Hurried, Lateness};
use crate::load::{check_rows, open};
use crate::proof::{Proof, faults};
use crate::proxy::Proxy;
use crate::random::{Random, seed};

/// The number of failovers after which new servers are used.
const FAILOVERS_PER_CLUSTER: u64 = 20;

/// Creates a standby that has every event before it is acknowledged.
fn synchronous_standby(primary: &Cluster) -> Cluster {
    let standby = primary.standby();
    primary.sql("postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'");
    primary.reload();
    eventually("replication", || {
        primary.number(
            "postgres",
            "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'",
        ) == 1
    });
    standby
}

#[test]
fn failovers_lose_and_repeat_nothing() {
    if !is_possible() {
        return;
    }
    let mut proof = Proof::start(
        "PostgreSQL: the primary is stopped at once and its synchronous standby promoted, during durable writes",
    );
    let mut random = Random(seed());
    let mut lateness = Lateness::default();
    let total = faults(2, 200);
    while proof.faults < total {
        let mut primary = Cluster::start("wal_level = replica\nmax_wal_senders = 4\nhot_standby = on");
        // Each proxy is the address of one of the two servers.
        let mut hosts = [Proxy::before(primary.port), Proxy::before(primary.port)];
        let both = format!(
            "postgresql://postgres@127.0.0.1:{},127.0.0.1:{}/postgres?sslmode=disable&target_session_attrs=read-write",
            hosts[0].port, hosts[1].port
        );
        let settings = [
            ("storage.durability", "power"),
            ("storage.postgresql_command_timeout_s", "5"),
        ];
        let engine = Arc::new(open(&both, &settings));
        let load = Hurried::start(&engine);
        for _ in 0..FAILOVERS_PER_CLUSTER.min(total - proof.faults) {
            let standby = synchronous_standby(&primary);
            hosts[1].lead_to(standby.port);
            let before = load.acknowledged();
            eventually("events", || load.acknowledged() > before + 100);
            thread::sleep(Duration::from_millis(random.below(100)));
            primary.kill();
            thread::sleep(Duration::from_millis(random.below(200)));
            standby.promote();
            let before = load.acknowledged();
            eventually("events on the new primary", || load.acknowledged() > before);
            primary = standby;
            hosts.swap(0, 1);
            proof.faults += 1;
        }
        let (acknowledged, late) = load.end();
        assert_eq!(engine.health(), Health::Ok);
        assert_eq!(engine.close(&Control::unbounded()).unwrap(), 0);
        check_rows(&primary, acknowledged);
        proof.acknowledged += acknowledged;
        lateness.add(&late);
    }
    proof.note = lateness.to_string();
    proof.print();
}
