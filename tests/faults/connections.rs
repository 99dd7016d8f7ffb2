//! Connections that break, are slow, are too many or are refused.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use seerflow::record::{Control, EventQuery};
use seerflow::{ErrorKind, Health};

use crate::cluster::{Cluster, eventually, is_possible, url};
use crate::load::{Load, behind_proxy, check_counts, check_rows, open, write, write_again, write_buffered};
use crate::proof::{Proof, faults};
use crate::proxy::{Moment, Proxy};
use crate::random::{Random, seed};

fn is_degraded(engine: &seerflow::Engine) -> Option<String> {
    match engine.health() {
        Health::Degraded(why) => Some(why.reason),
        _ => None,
    }
}

#[test]
fn cut_around_commit_loses_and_repeats_nothing() {
    if !is_possible() {
        return;
    }
    let mut proof = Proof::start(
        "the connection to PostgreSQL is cut before, during and after COMMIT and in the middle of COPY, in turn",
    );
    let cuts = faults(10, 100) as usize;
    let mut random = Random(seed());
    let cluster = Cluster::start("");
    let proxy = Proxy::before(cluster.port);
    let engine = Arc::new(open(&url(proxy.port, "postgres"), &[]));
    let load = Load::start(&engine, 4);
    eventually("events", || load.acknowledged() > 0);
    let moments = [
        Moment::BeforeCommit,
        Moment::DuringCommit,
        Moment::AfterCommit,
        Moment::DuringCopy,
    ];
    for round in 0..cuts {
        let moment = moments[round % moments.len()];
        proxy.cut(moment);
        eventually(&format!("{moment:?}"), || proxy.is_done());
        let before = load.acknowledged();
        eventually("more events", || load.acknowledged() > before);
        thread::sleep(Duration::from_millis(random.below(30)));
    }
    proof.acknowledged = load.end();
    proof.faults = proxy.cuts();
    assert_eq!(proof.faults, cuts as u64);
    check_counts(&cluster, &engine, proof.acknowledged);
    assert_eq!(is_degraded(&engine), None);
    assert_eq!(engine.close(&Control::unbounded()).unwrap(), 0);
    proof.print();
}

/// As on a standby that was promoted before it received the commit, while another process stored a part of the events: the
/// transaction's number and one stored row do not prove that all rows are stored.
#[test]
fn partially_stored_commit_is_not_taken_for_complete() {
    let Some((cluster, proxy, engine)) = behind_proxy(&[]) else {
        return;
    };
    write(&engine, 0, 0, &Control::unbounded()).unwrap();
    let events = || cluster.number("postgres", "SELECT count(*) FROM events");
    let before = events();
    // The answer to COMMIT is delayed, hence a row is gone when the connection is cut.
    proxy.delay(Duration::from_secs(1));
    proxy.cut(Moment::AfterCommit);
    thread::scope(|scope| {
        let durable = scope.spawn(|| write_again(&engine, 0, before as u64, &Control::unbounded()));
        eventually("the commit", || events() == 2 * before);
        cluster.sql(
            "postgres",
            "WITH lost AS (DELETE FROM events WHERE ingest_seq = (SELECT max(ingest_seq) FROM events) RETURNING event_id)
             DELETE FROM entity_events WHERE event_id IN (SELECT event_id FROM lost)",
        );
        proxy.delay(Duration::ZERO);
        assert_eq!(durable.join().unwrap().unwrap() as i64, before - 1);
    });
    assert_eq!(proxy.cuts(), 1);
    check_rows(&cluster, 2 * before as u64);
}

#[test]
fn writes_continue_after_a_slow_and_a_refusing_network() {
    if !is_possible() {
        return;
    }
    let cluster = Cluster::start("");
    let proxy = Proxy::before(cluster.port);
    let engine = Arc::new(open(&url(proxy.port, "postgres"), &[]));
    let load = Load::start(&engine, 2);
    eventually("events", || load.acknowledged() > 0);
    proxy.delay(Duration::from_millis(40));
    let before = load.acknowledged();
    eventually("events over a slow line", || load.acknowledged() > before + 400);
    proxy.delay(Duration::ZERO);
    // New connections are refused and existing ones cut.
    proxy.refuse(true);
    cluster.sql("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()");
    eventually("health", || is_degraded(&engine).is_some());
    proxy.refuse(false);
    let before = load.acknowledged();
    eventually("events again", || load.acknowledged() > before);
    check_counts_after(load, &cluster, &engine);
}

/// Events that were queued while the server was away would take longer than one transaction may.
#[test]
fn backlog_is_sent_in_parts_over_a_slow_network() {
    let Some((cluster, proxy, engine)) = behind_proxy(&[("storage.postgresql_command_timeout_s", "1")])
    else {
        return;
    };
    write(&engine, 0, 0, &Control::unbounded()).unwrap();
    let batch = cluster.number("postgres", "SELECT count(*) FROM events") as u64;
    proxy.throttle(400_000);
    // The events wait in the queue: one transaction for all would take seconds.
    for first in 1..=20 {
        write_buffered(&engine, 0, first * batch);
    }
    engine.flush(&Control::within(Duration::from_secs(60))).unwrap();
    check_counts(&cluster, &engine, 21 * batch);
    assert_eq!(is_degraded(&engine), None);
}

fn check_counts_after(load: Load, cluster: &Cluster, engine: &seerflow::Engine) {
    let acknowledged = load.end();
    check_counts(cluster, engine, acknowledged);
    assert_eq!(is_degraded(engine), None);
}

#[test]
fn cut_query_does_not_fail_the_next_one() {
    let Some((_cluster, proxy, engine)) = behind_proxy(&[]) else {
        return;
    };
    write(&engine, 0, 0, &Control::unbounded()).unwrap();
    for round in 0..5 {
        proxy.cut(Moment::BeforeQuery);
        // The query is retried on another connection, or fails with a retriable error. It never returns a partial answer.
        match engine.query_events(&EventQuery::default(), &Control::unbounded()) {
            Ok(page) => assert_eq!(page.len(), 100),
            Err(error) => assert!(error.is_retriable(), "round {round}: {error}"),
        }
        eventually("the cut", || proxy.is_done());
        assert_eq!(
            engine
                .query_events(&EventQuery::default(), &Control::unbounded())
                .unwrap()
                .len(),
            100
        );
    }
}

#[test]
fn writes_continue_after_connections_run_out() {
    if !is_possible() {
        return;
    }
    let cluster = Cluster::start("max_connections = 12\nsuperuser_reserved_connections = 2");
    cluster.sql("postgres", "CREATE ROLE shipper LOGIN; GRANT ALL ON DATABASE postgres TO shipper; GRANT ALL ON SCHEMA public TO shipper");
    let url = format!(
        "postgresql://shipper@127.0.0.1:{}/postgres?sslmode=disable",
        cluster.port
    );
    let held: Vec<_> = (0..12)
        .map_while(|_| postgres_session(&cluster, "shipper"))
        .collect();
    let engine = Arc::new(open(&url, &[]));
    let control = Control::within(Duration::from_millis(700));
    let began = Instant::now();
    let error = write(&engine, 0, 0, &control).unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert!(error.is_retriable(), "{error}");
    drop(held);
    eventually("a connection", || {
        write(&engine, 0, 0, &Control::within(Duration::from_secs(5))).is_ok()
    });
    assert_eq!(cluster.number("postgres", "SELECT count(*) FROM events"), 200);
}

/// Opens a session of a user, if the server accepts another connection.
fn postgres_session(cluster: &Cluster, user: &str) -> Option<crate::cluster::Session> {
    crate::cluster::Session::open(cluster.port, user)
}

#[test]
fn exhausted_pool_respects_deadlines() {
    if !is_possible() {
        return;
    }
    let cluster = Cluster::start("");
    let settings = [
        ("storage.postgresql_pool_max_size", "2"),
        ("storage.postgresql_pool_min_size", "1"),
    ];
    let engine = Arc::new(open(&cluster.url("postgres"), &settings));
    write(&engine, 0, 0, &Control::unbounded()).unwrap();
    // All readers wait for a locked table.
    let lock = cluster.hold("postgres", "BEGIN; LOCK TABLE events IN ACCESS EXCLUSIVE MODE");
    let query = |control: Control| {
        let engine = Arc::clone(&engine);
        thread::spawn(move || {
            engine
                .query_events(&EventQuery::default(), &control)
                .map(|page| page.len())
        })
    };
    let patient: Vec<_> = (0..6).map(|_| query(Control::unbounded())).collect();
    thread::sleep(Duration::from_millis(300));
    let began = Instant::now();
    let error = query(Control::within(Duration::from_millis(300)))
        .join()
        .unwrap()
        .unwrap_err();
    assert!(
        matches!(
            error.kind(),
            ErrorKind::Timeout | ErrorKind::Busy | ErrorKind::Again
        ),
        "{error}"
    );
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    drop(lock);
    for one in patient {
        assert_eq!(one.join().unwrap().unwrap(), 100);
    }
    write(&engine, 0, 200, &Control::unbounded()).unwrap();
}

#[test]
fn statement_timeout_is_retried() {
    if !is_possible() {
        return;
    }
    let cluster = Cluster::start("");
    let settings = [("storage.postgresql_command_timeout_s", "1")];
    let engine = Arc::new(open(&cluster.url("postgres"), &settings));
    let load = Load::start(&engine, 2);
    eventually("events", || load.acknowledged() > 0);
    let lock = cluster.hold("postgres", "BEGIN; LOCK TABLE events IN ACCESS EXCLUSIVE MODE");
    let began = Instant::now();
    let error = engine
        .query_events(&EventQuery::default(), &Control::unbounded())
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Busy),
        "{error}"
    );
    assert!(
        (Duration::from_millis(300)..Duration::from_secs(8)).contains(&began.elapsed()),
        "{:?}",
        began.elapsed()
    );
    eventually("health", || is_degraded(&engine).is_some());
    for _ in 0..20 {
        let why = is_degraded(&engine).unwrap();
        assert!(why.contains("timeout"), "{why}");
        assert_eq!(engine.stats().buffer.stuck.unwrap().reason, why);
        thread::sleep(Duration::from_millis(100));
    }
    drop(lock);
    let before = load.acknowledged();
    eventually("events again", || load.acknowledged() > before);
    check_counts_after(load, &cluster, &engine);
}

#[test]
fn writes_continue_after_password_rotation() {
    if !is_possible() {
        return;
    }
    let cluster = Cluster::start("password_encryption = 'scram-sha-256'");
    cluster.sql(
        "postgres",
        "CREATE ROLE shipper LOGIN PASSWORD 'first-secret'; GRANT ALL ON SCHEMA public TO shipper",
    );
    cluster.demand_passwords();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pgpass");
    let put = |password: &str| {
        std::fs::write(&file, format!("*:*:*:shipper:{password}\n")).unwrap();
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    };
    put("first-secret");
    let url = format!(
        "postgresql://shipper@127.0.0.1:{}/postgres?sslmode=disable&passfile={}",
        cluster.port,
        file.display()
    );
    let engine = Arc::new(open(&url, &[]));
    let load = Load::start(&engine, 2);
    eventually("events", || load.acknowledged() > 0);
    cluster.sql(
        "postgres",
        "ALTER ROLE shipper PASSWORD 'second-secret'; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'shipper'",
    );
    eventually("health", || {
        is_degraded(&engine).is_some_and(|why| why.contains("password"))
    });
    let why = is_degraded(&engine).unwrap_or_default();
    assert!(!why.contains("secret"), "{why}");
    put("second-secret");
    let before = load.acknowledged();
    eventually("events again", || load.acknowledged() > before);
    check_counts_after(load, &cluster, &engine);
}
