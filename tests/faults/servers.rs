//! Servers that restart or are not up yet.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use seerflow::Health;
use seerflow::record::Control;

use crate::cluster::{Cluster, eventually, is_possible, url};
use crate::load::{Load, check_counts, open, write};
use crate::proof::{Proof, faults};
use crate::random::{Random, seed};
use crate::services::free_port;

#[test]
fn restarts_lose_and_repeat_nothing() {
    if !is_possible() {
        return;
    }
    let mut proof =
        Proof::start("PostgreSQL restarts at once (`pg_ctl -m immediate restart`) during durable writes");
    proof.faults = faults(4, 100);
    let mut random = Random(seed());
    let cluster = Cluster::start("");
    let engine = Arc::new(open(&cluster.url("postgres"), &[]));
    let load = Load::start(&engine, 4);
    for _ in 0..proof.faults {
        let before = load.acknowledged();
        eventually("events", || load.acknowledged() > before);
        thread::sleep(Duration::from_millis(random.below(300)));
        cluster.restart();
    }
    let before = load.acknowledged();
    eventually("events again", || load.acknowledged() > before);
    proof.acknowledged = load.end();
    check_counts(&cluster, &engine, proof.acknowledged);
    assert_eq!(engine.health(), Health::Ok);
    assert_eq!(engine.close(&Control::unbounded()).unwrap(), 0);
    proof.print();
}

#[test]
fn writes_wait_for_a_server_that_is_not_up_yet() {
    if !is_possible() {
        return;
    }
    let cluster = Cluster::start("");
    cluster.kill();
    let engine = open(&cluster.url("postgres"), &[]);
    let error = write(&engine, 0, 0, &Control::within(Duration::from_millis(500))).unwrap_err();
    assert!(error.is_retriable(), "{error}");
    assert_eq!(error.to_string().matches("postgresql://").count(), 1, "{error}");
    cluster.up();
    eventually("the server", || {
        write(&engine, 0, 0, &Control::within(Duration::from_secs(5))).is_ok()
    });
    check_counts(&cluster, &engine, 200);
    // A port of some other service gives an error.
    let nobody = open(&url(free_port(), "postgres"), &[]);
    assert!(
        write(&nobody, 0, 0, &Control::within(Duration::from_millis(300)))
            .unwrap_err()
            .is_retriable()
    );
}

#[test]
fn ingest_of_a_stream_waits_for_a_server_that_is_not_up_yet() {
    if !is_possible() {
        return;
    }
    let cluster = Cluster::start("");
    cluster.kill();
    let mut ingest = Command::new(env!("CARGO_BIN_EXE_seerflow"))
        .args(["--set", "storage.backend=postgresql", "--set"])
        .arg(format!("storage.postgresql_url={}", cluster.url("postgres")))
        .args(["ingest", "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(ingest.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("waiting until the database answers")));
    ingest.stdin.take().unwrap().write_all(b"one line\n").unwrap();
    cluster.up();
    lines.for_each(drop);
    assert!(ingest.wait().unwrap().success());
    assert_eq!(cluster.number("postgres", "SELECT count(*) FROM events"), 1);
}

#[test]
fn transaction_that_delays_the_sums_is_named() {
    if !is_possible() {
        return;
    }
    let cluster = Cluster::start("");
    let engine = open(&cluster.url("postgres"), &[]);
    write(&engine, 0, 0, &Control::unbounded()).unwrap();
    let idle = cluster.hold(
        "postgres",
        "SET application_name = 'forgotten'; BEGIN; LOCK TABLE events IN ROW EXCLUSIVE MODE",
    );
    // Enough events for a range, so that the sums look for running transactions.
    for number in 1..30 {
        write(&engine, 0, number * 100, &Control::unbounded()).unwrap();
    }
    eventually("the name of the transaction", || engine.awaited().is_some());
    let awaited = engine.awaited().unwrap();
    assert!(awaited.contains("forgotten, idle in transaction"), "{awaited}");
    assert_eq!(engine.health(), Health::Ok);
    drop(idle);
    eventually("sums", || engine.awaited().is_none());
}
