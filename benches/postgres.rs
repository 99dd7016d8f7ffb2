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

fn main() {
    let count: usize = std::env::args()
        .skip(1)
        .find_map(|word| word.parse().ok())
        .unwrap_or(100_000);
    if !cluster::is_possible() {
        return;
    }
    let cluster = Cluster::start("shared_buffers = 256MB\nmax_wal_size = 4GB\n");
    for name in ["theirs", "ours", "bare"] {
        cluster.sql("postgres", &format!("CREATE DATABASE {name}"));
    }
    println!(
        "{count} events, two entities each, all indexes and text search on, commits wait for the disk\n"
    );
    println!("| writer | events/s |");
    println!("|---|---:|");
    let theirs = seerflow(&cluster.url("theirs"), count);
    let ours = libseerflow(&cluster.url("ours"), count);
    let bare = bare_copy(&cluster, count);
    if let Some(theirs) = theirs {
        println!("| Seerflow 0.7.0's own storage | {theirs:.0} |");
    }
    println!("| a bare COPY of ready rows, {THREADS} connections, {BATCH} a transaction | {bare:.0} |");
    println!("| libseerflow, durable batches of {BATCH}, {THREADS} threads | {ours:.0} |");
    let ratio = theirs.map_or(String::new(), |theirs| {
        format!("{:.2} of Seerflow's, ", ours / theirs)
    });
    println!("\nlibseerflow: {ratio}{:.2} of the bare COPY's", ours / bare);
}

fn seerflow(url: &str, count: usize) -> Option<f64> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("target/seerflow-venv/bin/python");
    if !python.exists() {
        println!("skipped: Seerflow itself; run tests/interop/setup.sh to have it");
        return None;
    }
    let output = Command::new(python)
        .arg(root.join("tests/interop/peer.py"))
        .arg("bench")
        .arg(url.replace("?sslmode=disable", ""))
        .arg(count.to_string())
        .output()
        .unwrap();
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    Some(
        answer["events_per_second"]
            .as_f64()
            .unwrap_or_else(|| panic!("peer.py said {answer}")),
    )
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

fn libseerflow(url: &str, count: usize) -> f64 {
    let engine = open(url);
    let all: Vec<common::Sshd> = common::events(count).collect();
    let started = Instant::now();
    std::thread::scope(|scope| {
        for share in all.chunks(count.div_ceil(THREADS)) {
            let engine = &engine;
            scope.spawn(move || {
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
            });
        }
    });
    let seconds = started.elapsed().as_secs_f64();
    engine.close(&Control::unbounded()).unwrap();
    count as f64 / seconds
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
fn bare_copy(cluster: &Cluster, count: usize) -> f64 {
    open(&cluster.url("bare")).close(&Control::unbounded()).unwrap();
    let (events, entities) = blocking(async {
        let client = connect(&cluster.url("ours")).await;
        let events = "SELECT event_id, timestamp_ns, observed_ns, severity_id, source_type, source_id, template_id, message, message_terms, data FROM events ORDER BY ingest_seq";
        let entities = "SELECT x.entity_uuid, x.timestamp_ns, x.event_id FROM entity_events AS x JOIN events AS e USING (event_id) ORDER BY e.ingest_seq";
        (rows(&client, events).await, rows(&client, entities).await)
    });
    assert_eq!((events.len(), entities.len()), (count, 2 * count));
    let started = Instant::now();
    std::thread::scope(|scope| {
        let share = count.div_ceil(THREADS);
        for (events, entities) in events.chunks(share).zip(entities.chunks(2 * share)) {
            let url = cluster.url("bare");
            scope.spawn(move || {
                blocking(async {
                    let client = connect(&url).await;
                    for (events, entities) in events.chunks(BATCH).zip(entities.chunks(2 * BATCH)) {
                        client.batch_execute("BEGIN").await.unwrap();
                        copy(&client, EVENTS, events).await;
                        copy(&client, ENTITIES, entities).await;
                        client.batch_execute("COMMIT").await.unwrap();
                    }
                });
            });
        }
    });
    count as f64 / started.elapsed().as_secs_f64()
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
