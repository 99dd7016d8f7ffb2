//! Servers that restart, run out of disk space, or fail over.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use seerflow::Health;
use seerflow::record::Control;

use crate::cluster::{Cluster, eventually, free_port, is_possible, is_root, own, url};
use crate::load::{Load, Random, check_counts, is_long, open, seed, write};

#[test]
fn restarts_lose_and_repeat_nothing() {
    if !is_possible() {
        return;
    }
    let (restarts, seed) = (if is_long() { 100 } else { 4 }, seed());
    println!("{restarts} restarts, SEERFLOW_SEED={seed}");
    let mut random = Random(seed);
    let cluster = Cluster::start("");
    let engine = Arc::new(open(&cluster.url("postgres"), &[]));
    let load = Load::start(&engine, 4);
    for _ in 0..restarts {
        let before = load.acknowledged();
        eventually("events", || load.acknowledged() > before);
        thread::sleep(Duration::from_millis(random.below(300)));
        cluster.restart();
    }
    let before = load.acknowledged();
    eventually("events again", || load.acknowledged() > before);
    let acknowledged = load.end();
    check_counts(&cluster, &engine, acknowledged);
    assert_eq!(engine.health(), Health::Ok);
    assert_eq!(engine.close(&Control::unbounded()).unwrap(), 0);
    println!("{acknowledged} events acknowledged, each stored once");
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

/// A small file system, unmounted when dropped.
struct Disk(tempfile::TempDir);

impl Disk {
    fn mount(megabytes: u32) -> Option<Self> {
        let folder = tempfile::Builder::new()
            .prefix("seerflow-disk-")
            .tempdir_in("/tmp")
            .unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"])
            .arg(folder.path())
            .status()
            .is_ok_and(|status| status.success());
        mounted.then_some(Self(folder))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[test]
fn full_disk_stops_writes_until_space_is_free() {
    if !is_possible() {
        return;
    }
    let disk = if is_root() { Disk::mount(40) } else { None };
    let Some(disk) = disk else {
        println!("skipped: only root can mount a small file system");
        return;
    };
    let cluster = Cluster::start("");
    let space = disk.0.path().join("space");
    std::fs::create_dir(&space).unwrap();
    own(&space);
    cluster.sql(
        "postgres",
        &format!("CREATE TABLESPACE small LOCATION '{}'", space.display()),
    );
    cluster.sql("postgres", "ALTER ROLE postgres SET default_tablespace = 'small'");
    let engine = Arc::new(open(&cluster.url("postgres"), &[]));
    let load = Load::start(&engine, 2);
    eventually("events", || load.acknowledged() > 0);
    // Fill the rest of the disk.
    let filler = disk.0.path().join("filler");
    let _ = Command::new("dd")
        .args([
            "if=/dev/zero",
            &format!("of={}", filler.display()),
            "bs=64k",
            "status=none",
        ])
        .status();
    eventually("health", || matches!(engine.health(), Health::Degraded(_)));
    let Health::Degraded(why) = engine.health() else {
        panic!("the disk was not full")
    };
    let why = why.reason;
    assert!(why.contains("space") || why.contains("extend"), "{why}");
    let stuck_at = load.acknowledged();
    thread::sleep(Duration::from_millis(300));
    assert!(load.acknowledged() <= stuck_at + 2 * crate::load::BATCH);
    std::fs::remove_file(&filler).unwrap();
    let before = load.acknowledged();
    eventually("events again", || load.acknowledged() > before);
    let acknowledged = load.end();
    check_counts(&cluster, &engine, acknowledged);
}

#[test]
fn failover_to_a_standby_loses_nothing() {
    if !is_possible() {
        return;
    }
    // Synchronous replication: the standby has every acknowledged event.
    let primary = Cluster::start("wal_level = replica\nmax_wal_senders = 4\nhot_standby = on");
    let standby = primary.standby();
    primary.sql("postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'");
    primary.reload();
    eventually("replication", || {
        primary.number(
            "postgres",
            "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'",
        ) == 1
    });
    let both = format!(
        "postgresql://postgres@127.0.0.1:{},127.0.0.1:{}/postgres?sslmode=disable&target_session_attrs=read-write",
        primary.port, standby.port
    );
    let engine = Arc::new(open(&both, &[("storage.durability", "power")]));
    let load = Load::start(&engine, 3);
    eventually("events", || load.acknowledged() > 2_000);
    primary.kill();
    thread::sleep(Duration::from_millis(200));
    standby.promote();
    let before = load.acknowledged();
    eventually("events on the new primary", || {
        load.acknowledged() > before + 1_000
    });
    let acknowledged = load.end();
    check_counts(&standby, &engine, acknowledged);
    assert_eq!(engine.health(), Health::Ok);
}
