//! Four writers to PostgreSQL with the same events in one run: Seerflow's own storage, a straightforward program with `postgres` and
//! `r2d2`, a bare COPY of finished rows, and libseerflow. Durable batches of 1,000; four threads for the last three.
//!
//! `cargo bench --bench postgres [-- EVENTS]`; uses a new cluster whose commits wait for the disk. Seerflow is included if
//! `tests/interop/setup.sh` has installed it.
//!
//! `cargo bench --bench postgres -- --shape two-streams [EVENTS] [storage.OPTION=VALUE ...]` measures queries instead, on SQLite and
//! PostgreSQL, in a store where a backfill arrived beside live events. With options, it measures the store that they name, and fills
//! it only if it is empty.

#[path = "../tests/faults/cluster.rs"]
#[allow(dead_code)]
mod cluster;
#[path = "common/mod.rs"]
mod common;
#[path = "../tests/services/mod.rs"]
mod services;

use std::io::{BufRead, Write};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use cluster::Cluster;
use postgres::{Client, NoTls, Transaction};
use seerflow::record::{Control, Event};
use seerflow::{Config, Engine, Input, WriteOptions};

const THREADS: usize = 4;
const BATCH: usize = 1_000;

fn main() {
    if std::env::args().any(|word| word == "two-streams") {
        two_streams();
        return;
    }
    let count = common::size(100_000);
    if !cluster::is_possible() {
        return;
    }
    let rounds = if common::is_bench() { 3 } else { 1 };
    let cluster = Cluster::start("fsync = on\nshared_buffers = 256MB\nmax_wal_size = 4GB\n");
    println!(
        "{count} events, two entities each, all indexes and text search on, commits wait for the disk; medians of {rounds} rounds\n"
    );
    let (mut theirs, mut simple, mut bare, mut ours) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        let [theirs_in, simple_in, ours_in, bare_in] = ["theirs", "simple", "ours", "bare"].map(|name| {
            let name = format!("{name}{round}");
            cluster.sql("postgres", &format!("CREATE DATABASE {name}"));
            cluster.url(&name)
        });
        theirs.extend(seerflow(&cluster, &theirs_in, count));
        simple.push(straightforward(&cluster, &simple_in, count));
        ours.push(libseerflow(&cluster, &ours_in, count));
        bare.push(bare_copy(&cluster, &ours_in, &bare_in, count));
    }
    println!("| writer | events/s | processor time an event: server | program |");
    println!("|---|---:|---:|---:|");
    let mut ratios = Vec::new();
    for (name, rounds) in [
        ("Seerflow 0.7.0's own storage".to_owned(), &theirs),
        (
            format!("straightforward postgres + r2d2, {THREADS} connections, {BATCH} a transaction"),
            &simple,
        ),
        (
            format!("a bare COPY of ready rows, {THREADS} connections, {BATCH} a transaction"),
            &bare,
        ),
        (
            format!("libseerflow, durable batches of {BATCH}, {THREADS} threads"),
            &ours,
        ),
    ] {
        if rounds.is_empty() {
            continue;
        }
        let of = |part: fn(&Measured) -> f64| median(rounds.iter().map(part));
        let rate = of(|one| one.rate);
        let (server, program) = (of(|one| one.server), of(|one| one.program));
        println!("| {name} | {rate:.0} | {server:.1} µs | {program:.1} µs |");
        let each = ours
            .iter()
            .zip(rounds)
            .map(|(ours, other)| ours.rate / other.rate);
        ratios.push(format!("{:.2} of {name}", median(each)));
    }
    ratios.pop();
    println!("\nlibseerflow: {}", ratios.join(", "));
}

/// Measures the queries over two streams, in a file and on a server, or in the store that the command line names.
fn two_streams() {
    let count = common::size(1_000_000) as i64;
    if settings().next().is_some() {
        two_streams_in("the store", &[], count, &|_| {});
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("streams.db");
    let path = ("storage.sqlite_path", path.to_str().unwrap());
    two_streams_in("SQLite", &[path], count, &|_| {});
    if !cluster::is_possible() {
        return;
    }
    let cluster = Cluster::start("shared_buffers = 512MB\nmax_wal_size = 4GB\n");
    cluster.sql("postgres", "CREATE DATABASE streams");
    let url = cluster.url("streams");
    let server = [
        ("storage.backend", "postgresql"),
        ("storage.postgresql_url", url.as_str()),
    ];
    two_streams_in("PostgreSQL", &server, count, &|engine| {
        let is_summed_up = || {
            let maintenance = engine.maintenance().unwrap();
            let summary = maintenance.summary(&Control::unbounded()).unwrap();
            summary.last_seq - summary.watermark < 4_096
        };
        while !is_summed_up() {
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        // The server does it by itself within minutes.
        cluster.sql("streams", "VACUUM (ANALYZE)");
    });
}

fn two_streams_in(name: &str, store: &[(&str, &str)], count: i64, settle: &dyn Fn(&Engine)) {
    let mut config = Config::new();
    for (key, value) in store {
        config.set(key, value).unwrap();
    }
    for (key, value) in settings() {
        config.set(key, value).unwrap();
    }
    let engine = Engine::open(&config, Default::default()).unwrap();
    engine.start(&Control::unbounded()).unwrap();
    let maintenance = engine.maintenance().unwrap();
    let began = Instant::now();
    if maintenance.summary(&Control::unbounded()).unwrap().events == 0 {
        common::two_streams::fill(&engine, count);
        settle(&engine);
    }
    let summary = maintenance.summary(&Control::unbounded()).unwrap();
    println!(
        "{name}: {} events in two streams, {} bytes each, loaded in {:.0?}\n",
        summary.events,
        summary.bytes / summary.events.max(1),
        began.elapsed()
    );
    println!("| query | median |\n|---|---:|");
    for (name, query) in common::two_streams::queries(&engine, summary.events as i64) {
        let median = common::two_streams::median(&engine, &query);
        println!("| {name} | {:.2} ms |", median.as_secs_f64() * 1e3);
    }
    println!();
}

/// Returns the options that the command line gives.
fn settings() -> impl Iterator<Item = (&'static str, &'static str)> {
    let words = std::env::args()
        .skip(1)
        .filter(|word| word.starts_with("storage."));
    words.map(|word| String::leak(word).split_once('=').unwrap())
}

/// The rate of a writer, and the processor time per event, in microseconds.
struct Measured {
    rate: f64,
    server: f64,
    program: f64,
}

/// Measures a writer of `count` events.
fn measured(cluster: &Cluster, count: usize, write: impl FnOnce()) -> Measured {
    let cpu = || (server_ticks(cluster), ticks("self", true));
    let before = cpu();
    let started = Instant::now();
    write();
    let seconds = started.elapsed().as_secs_f64();
    let after = cpu();
    let micros = |before: u64, after: u64| after.saturating_sub(before) as f64 * TICK_US / count as f64;
    Measured {
        rate: count as f64 / seconds,
        server: micros(before.0, after.0),
        program: micros(before.1, after.1),
    }
}

/// The unit of Linux's processor times, in microseconds.
const TICK_US: f64 = 10_000.0;

/// Returns the processor time of a process, with or without its ended children.
fn ticks(process: &str, with_children: bool) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let times = fields
        .split_whitespace()
        .skip(11)
        .map_while(|n| n.parse::<u64>().ok());
    times.take(if with_children { 4 } else { 2 }).sum()
}

/// Returns the processor time of all processes of a server.
fn server_ticks(cluster: &Cluster) -> u64 {
    let pid = std::fs::read_to_string(cluster.data().join("postmaster.pid")).unwrap_or_default();
    let pid = pid.lines().next().unwrap_or_default();
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    let children = children.split_whitespace().map(|child| ticks(child, false));
    children.sum::<u64>() + ticks(pid, true)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn seerflow(cluster: &Cluster, url: &str, count: usize) -> Option<Measured> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("target/seerflow-venv/bin/python");
    if !python.exists() {
        println!("skipped: Seerflow itself; run tests/interop/setup.sh to have it");
        return None;
    }
    let mut answer = serde_json::Value::Null;
    let mut measured = measured(cluster, count, || {
        let output = Command::new(python)
            .arg(root.join("tests/interop/peer.py"))
            .arg("bench")
            .arg(url.replace("?sslmode=disable", ""))
            .arg(count.to_string())
            .output()
            .unwrap();
        answer = serde_json::from_slice(&output.stdout).unwrap();
    });
    // Measured by the script itself, which excludes the start of Python.
    measured.rate = answer["events_per_second"]
        .as_f64()
        .unwrap_or_else(|| panic!("peer.py said {answer}"));
    Some(measured)
}

fn open(url: &str) -> Engine {
    let mut config = Config::new();
    config.set("storage.backend", "postgresql").unwrap();
    config.set("storage.postgresql_url", url).unwrap();
    for (key, value) in settings() {
        config.set(key, value).unwrap();
    }
    let engine = Engine::open(&config, Default::default()).unwrap();
    engine.start(&Control::unbounded()).unwrap();
    engine
}

fn libseerflow(cluster: &Cluster, url: &str, count: usize) -> Measured {
    let engine = open(url);
    let all: Vec<common::Sshd> = common::events(count).collect();
    let measured = measured(cluster, count, || {
        std::thread::scope(|scope| {
            for share in all.chunks(count.div_ceil(THREADS)) {
                let engine = &engine;
                scope.spawn(move || write_durably(engine, share));
            }
        });
    });
    engine.close(&Control::unbounded()).unwrap();
    measured
}

fn write_durably(engine: &Engine, share: &[common::Sshd]) {
    for batch in share.chunks(BATCH) {
        let events = batch.iter().map(|one| Ok(event(one)));
        let durable = WriteOptions {
            durable: true,
            ..WriteOptions::default()
        };
        engine
            .write(Input::Events(Box::new(events)), durable, &Control::unbounded())
            .unwrap();
    }
}

fn event(one: &common::Sshd) -> Event<'_> {
    Event {
        timestamp_ns: Some(one.timestamp_ns),
        observed_ns: Some(one.timestamp_ns + 500_000),
        severity_id: 3,
        otel_severity: 13,
        message: one.message.as_str().into(),
        source_type: "sshd".into(),
        source_id: one.host.as_str().into(),
        template_id: 1,
        template_str: common::TEMPLATE.into(),
        template_params: [&one.user, &one.address, &one.port]
            .map(|part| part.as_str().into())
            .into(),
        related_users: vec![one.user.as_str().into()],
        related_ips: vec![one.address.as_str().into()],
        ..Event::default()
    }
}

const EVENTS: &str = "events (event_id, timestamp_ns, observed_ns, severity_id, source_type, source_id, template_id, message, message_terms, data)";
const ENTITIES: &str = "entity_events (entity_uuid, timestamp_ns, event_id)";

/// Copies the rows that libseerflow stored to another database with the same tables.
fn bare_copy(cluster: &Cluster, from: &str, into: &str, count: usize) -> Measured {
    open(into).close(&Control::unbounded()).unwrap();
    let mut client = connect(from);
    let events = rows(
        &mut client,
        "SELECT event_id, timestamp_ns, observed_ns, severity_id, source_type, source_id, template_id, message, message_terms, data FROM events ORDER BY ingest_seq",
    );
    let entities = rows(
        &mut client,
        "SELECT x.entity_uuid, x.timestamp_ns, x.event_id FROM entity_events AS x JOIN events AS e USING (event_id) ORDER BY e.ingest_seq",
    );
    assert_eq!((events.len(), entities.len()), (count, 2 * count));
    let share = count.div_ceil(THREADS);
    measured(cluster, count, || {
        std::thread::scope(|scope| {
            for (events, entities) in events.chunks(share).zip(entities.chunks(2 * share)) {
                scope.spawn(move || copy_all(into, events, entities));
            }
        });
    })
}

fn copy_all(into: &str, events: &[Vec<u8>], entities: &[Vec<u8>]) {
    let mut client = connect(into);
    for (events, entities) in events.chunks(BATCH).zip(entities.chunks(2 * BATCH)) {
        let mut transaction = client.transaction().unwrap();
        copy(&mut transaction, EVENTS, events);
        copy(&mut transaction, ENTITIES, entities);
        transaction.commit().unwrap();
    }
}

fn connect(url: &str) -> Client {
    Client::connect(url, NoTls).unwrap()
}

/// Returns the rows of a query in COPY's binary form, one by one.
fn rows(client: &mut Client, query: &str) -> Vec<Vec<u8>> {
    let mut reader = client
        .copy_out(&format!("COPY ({query}) TO STDOUT (FORMAT binary)"))
        .unwrap();
    let mut rows = Vec::new();
    // The server sends one row per message; the first message starts with the header, the last is the trailer.
    loop {
        let row = reader.fill_buf().unwrap().to_vec();
        if row.is_empty() {
            break;
        }
        reader.consume(row.len());
        rows.push(row);
    }
    rows[0].drain(..HEADER.len());
    rows.pop();
    rows.retain(|row| !row.is_empty());
    rows
}

const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const TRAILER: &[u8] = &(-1_i16).to_be_bytes();

fn copy(transaction: &mut Transaction<'_>, into: &str, rows: &[Vec<u8>]) {
    let mut writer = transaction
        .copy_in(&format!("COPY {into} FROM STDIN (FORMAT binary)"))
        .unwrap();
    writer.write_all(HEADER).unwrap();
    rows.iter().for_each(|row| writer.write_all(row).unwrap());
    writer.write_all(TRAILER).unwrap();
    writer.finish().unwrap();
}

/// Writes the events as most programs would: with `postgres` and `r2d2`, row by row, with prepared statements.
fn straightforward(cluster: &Cluster, url: &str, count: usize) -> Measured {
    let pool = common::straightforward_postgres::open(url, THREADS as u32);
    let all: Vec<common::Sshd> = common::events(count).collect();
    measured(cluster, count, || {
        std::thread::scope(|scope| {
            for share in all.chunks(count.div_ceil(THREADS)) {
                let pool = pool.clone();
                scope.spawn(move || common::straightforward_postgres::write(&pool, share, BATCH).unwrap());
            }
        });
    })
}
