//! One run, the same events, three writers into PostgreSQL: Seerflow's own storage, a bare COPY program that is given the rows
//! ready, and libseerflow; durable batches of 1,000, four threads for the last two.
//!
//! `cargo bench --bench postgres [-- EVENTS]`; a cluster is made for it, which waits for its disk. Seerflow is asked where
//! `tests/interop/setup.sh` has installed it.

#[path = "../tests/faults/cluster.rs"]
#[allow(dead_code)]
mod cluster;
#[path = "common/mod.rs"]
mod common;

use std::path::Path;
use std::pin::pin;
use std::process::Command;
use std::time::Instant;

use bytes::{BufMut, Bytes, BytesMut};
use cluster::Cluster;
use futures_util::{SinkExt, TryStreamExt};
use seerflow::record::{Control, Event};
use seerflow::{Config, Engine, Input, WriteOptions};
use tokio_postgres::{Client, NoTls};

const THREADS: usize = 4;
const BATCH: usize = 1_000;
const ROUNDS: usize = 3;

fn main() {
    let count: usize = std::env::args()
        .skip(1)
        .find_map(|word| word.parse().ok())
        .unwrap_or(100_000);
    if !cluster::is_possible() {
        return;
    }
    let cluster = Cluster::start("fsync = on\nshared_buffers = 256MB\nmax_wal_size = 4GB\n");
    println!(
        "{count} events, two entities each, all indexes and text search on, commits wait for the disk; medians of {ROUNDS} rounds\n"
    );
    let (mut theirs, mut ours, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let [theirs_in, ours_in, bare_in] = ["theirs", "ours", "bare"].map(|name| {
            let name = format!("{name}{round}");
            cluster.sql("postgres", &format!("CREATE DATABASE {name}"));
            cluster.url(&name)
        });
        theirs.extend(seerflow(&cluster, &theirs_in, count));
        ours.push(libseerflow(&cluster, &ours_in, count));
        bare.push(bare_copy(&cluster, &ours_in, &bare_in, count));
    }
    println!("| writer | events/s | processor time an event: server | program |");
    println!("|---|---:|---:|---:|");
    let mut ratios = Vec::new();
    for (name, rounds) in [
        ("Seerflow 0.7.0's own storage".to_owned(), &theirs),
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

/// How fast a writer was, and the processor time that an event took, in microseconds.
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

/// What Linux counts processor time in, in microseconds.
const TICK_US: f64 = 10_000.0;

/// Returns the processor time of a process, that of its ended children included or not.
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
    // By its own clock: Python's start does not count.
    measured.rate = answer["events_per_second"]
        .as_f64()
        .unwrap_or_else(|| panic!("peer.py said {answer}"));
    Some(measured)
}

fn open(url: &str) -> Engine {
    let mut config = Config::new();
    config.set("storage.backend", "postgresql").unwrap();
    config.set("storage.postgresql_url", url).unwrap();
    for setting in std::env::args()
        .skip(1)
        .filter(|word| word.starts_with("storage."))
    {
        let (key, value) = setting.split_once('=').unwrap();
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

/// Copies the very rows that libseerflow has stored into another database of the same tables.
fn bare_copy(cluster: &Cluster, from: &str, into: &str, count: usize) -> Measured {
    open(into).close(&Control::unbounded()).unwrap();
    let (events, entities) = blocking(async {
        let client = connect(from).await;
        let events = "SELECT event_id, timestamp_ns, observed_ns, severity_id, source_type, source_id, template_id, message, message_terms, data FROM events ORDER BY ingest_seq";
        let entities = "SELECT x.entity_uuid, x.timestamp_ns, x.event_id FROM entity_events AS x JOIN events AS e USING (event_id) ORDER BY e.ingest_seq";
        (rows(&client, events).await, rows(&client, entities).await)
    });
    assert_eq!((events.len(), entities.len()), (count, 2 * count));
    let share = count.div_ceil(THREADS);
    measured(cluster, count, || {
        std::thread::scope(|scope| {
            for (events, entities) in events.chunks(share).zip(entities.chunks(2 * share)) {
                scope.spawn(move || blocking(copy_all(into, events, entities)));
            }
        });
    })
}

async fn copy_all(into: &str, events: &[Bytes], entities: &[Bytes]) {
    let client = connect(into).await;
    for (events, entities) in events.chunks(BATCH).zip(entities.chunks(2 * BATCH)) {
        client.batch_execute("BEGIN").await.unwrap();
        copy(&client, EVENTS, events).await;
        copy(&client, ENTITIES, entities).await;
        client.batch_execute("COMMIT").await.unwrap();
    }
}

fn blocking<T>(work: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(work)
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Returns the rows of a query in COPY's binary form, one by one.
async fn rows(client: &Client, query: &str) -> Vec<Bytes> {
    let stream = client
        .copy_out(&format!("COPY ({query}) TO STDOUT (FORMAT binary)"))
        .await
        .unwrap();
    let mut chunks: Vec<Bytes> = stream.try_collect().await.unwrap();
    // The server sends a row a message; the first begins with the header, the last is the trailer.
    chunks[0] = chunks[0].slice(19..);
    chunks.pop();
    chunks.retain(|chunk| !chunk.is_empty());
    chunks
}

async fn copy(client: &Client, into: &str, rows: &[Bytes]) {
    let sink = client
        .copy_in::<_, Bytes>(&format!("COPY {into} FROM STDIN (FORMAT binary)"))
        .await
        .unwrap();
    let mut sink = pin!(sink);
    let mut buffer = BytesMut::new();
    buffer.put_slice(b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0");
    rows.iter().for_each(|row| buffer.put_slice(row));
    buffer.put_i16(-1);
    sink.send(buffer.freeze()).await.unwrap();
    sink.finish().await.unwrap();
}
