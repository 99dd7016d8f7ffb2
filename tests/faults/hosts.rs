//! Hosts that never answer, or stop answering: the next host is tried, and deadlines hold.

use std::net::TcpListener;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use seerflow::ErrorKind;
use seerflow::record::{Control, EventQuery};

use crate::cluster::{Cluster, eventually, is_possible};
use crate::load::{behind_proxy, check_counts, open, write};

/// Accepts connections but never sends anything, as a frozen machine.
fn silent_host() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

fn both(first: u16, second: u16, more: &str) -> String {
    format!("postgresql://postgres@127.0.0.1:{first},127.0.0.1:{second}/postgres?sslmode=disable{more}")
}

#[test]
fn silent_host_is_skipped() {
    if !is_possible() {
        return;
    }
    let cluster = Cluster::start("");
    let (_listener, silent) = silent_host();
    for (more, settings, most) in [
        // Each host gets half of the time, once: later connections do not try the silent one again.
        ("", [("storage.postgresql_command_timeout_s", "4")], 4),
        (
            "&load_balance_hosts=random",
            [("storage.postgresql_command_timeout_s", "4")],
            4,
        ),
        (
            "&connect_timeout=1",
            [("storage.postgresql_command_timeout_s", "30")],
            3,
        ),
    ] {
        let engine = Arc::new(open(&both(silent, cluster.port, more), &settings));
        let began = Instant::now();
        cluster.sql("postgres", "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
        write(&engine, 0, 0, &Control::unbounded()).unwrap();
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let page = engine.query_events(&EventQuery::default(), &Control::unbounded());
                    assert_eq!(page.unwrap().len(), 100);
                });
            }
        });
        let took = began.elapsed();
        assert!(took < Duration::from_secs(most), "{more}: {took:?}");
        check_counts(&cluster, &engine, 200);
    }
}

/// The caller's deadline is shared between hosts: the second host of a replica still answers.
#[test]
fn short_deadline_leaves_time_for_the_second_host() {
    if !is_possible() {
        return;
    }
    let cluster = Cluster::start("");
    let (_listener, silent) = silent_host();
    let replicas = both(silent, cluster.port, "&application_name=reads");
    let engine = open(
        &cluster.url("postgres"),
        &[("storage.postgresql_read_url", &replicas)],
    );
    write(&engine, 0, 0, &Control::unbounded()).unwrap();
    let soon = Control::within(Duration::from_secs(4));
    assert_eq!(
        engine.query_events(&EventQuery::default(), &soon).unwrap().len(),
        100
    );
    let reading = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'reads'";
    assert_eq!(cluster.number("postgres", reading), 1);
}

/// All processes of a server, stopped until the value is dropped.
struct Frozen(Vec<i32>);

impl Frozen {
    fn freeze(cluster: &Cluster) -> Self {
        let text = std::fs::read_to_string(cluster.data().join("postmaster.pid")).unwrap();
        let first: i32 = text.lines().next().unwrap().parse().unwrap();
        let children = std::fs::read_to_string(format!("/proc/{first}/task/{first}/children")).unwrap();
        let children = children.split_whitespace().map(|pid| pid.parse().unwrap());
        let frozen = Self(std::iter::once(first).chain(children).collect());
        frozen.signal(libc::SIGSTOP);
        frozen
    }

    fn signal(&self, signal: i32) {
        for pid in &self.0 {
            // SAFETY: kill() has no preconditions.
            unsafe { libc::kill(*pid, signal) };
        }
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        self.signal(libc::SIGCONT);
    }
}

#[test]
fn frozen_primary_is_replaced_by_the_promoted_standby() {
    if !is_possible() {
        return;
    }
    let primary = Cluster::start("");
    let standby = primary.standby();
    let engine = open(
        &both(primary.port, standby.port, ""),
        &[("storage.postgresql_command_timeout_s", "2")],
    );
    write(&engine, 0, 0, &Control::unbounded()).unwrap();
    let replayed = "SELECT count(*) FROM pg_stat_replication WHERE replay_lsn = pg_current_wal_lsn()";
    eventually("replication", || primary.number("postgres", replayed) == 1);
    let _frozen = Frozen::freeze(&primary);
    standby.promote();
    let began = Instant::now();
    write(&engine, 0, 200, &Control::unbounded()).unwrap();
    let page = engine.query_events(&EventQuery::default(), &Control::unbounded());
    assert_eq!(page.unwrap().len(), 100);
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    check_counts(&standby, &engine, 400);
}

#[test]
fn deadline_holds_when_the_server_freezes() {
    let Some((_cluster, proxy, engine)) = behind_proxy(&[]) else {
        return;
    };
    write(&engine, 0, 0, &Control::unbounded()).unwrap();
    proxy.delay(Duration::from_secs(6));
    let began = Instant::now();
    let soon = Control::within(Duration::from_millis(300));
    let error = engine.query_events(&EventQuery::default(), &soon).unwrap_err();
    let took = began.elapsed();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(took < Duration::from_secs(1), "{took:?}");
    proxy.delay(Duration::ZERO);
    assert_eq!(
        engine
            .query_events(&EventQuery::default(), &Control::unbounded())
            .unwrap()
            .len(),
        100
    );
}
