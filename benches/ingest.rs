//! The parts of a write, each by itself: reading a record, making a batch, and a whole durable call.

mod common;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use seerflow::codec::lines::{LineOptions, parse_line};
use seerflow::codec::{BatchBuilder, Limits, json, msgpack};
use seerflow::record::{Control, Event, now_ns};
use seerflow::{Config, Engine, Input, WriteOptions};

const COUNT: usize = 1000;

fn parts(criterion: &mut Criterion) {
    let sshd: Vec<common::Sshd> = common::events(COUNT).collect();
    let lines: Vec<String> = sshd
        .iter()
        .map(|e| format!("<38>Mar 14 01:47:13 {} sshd[812]: {}", e.host, e.message))
        .collect();
    let options = LineOptions::new(now_ns());
    let events: Vec<Event<'_>> = lines
        .iter()
        .map(|line| parse_line(line.as_bytes(), &options))
        .collect();
    let (mut ndjson, mut blobs) = (Vec::new(), Vec::new());
    for event in &events {
        let (mut line, mut blob) = (Vec::new(), Vec::new());
        json::encode_event(event, &mut line);
        msgpack::encode_event(event, &mut blob, |_, _, _| {});
        ndjson.push(line);
        blobs.push(blob);
    }

    let mut group = criterion.benchmark_group("record");
    group
        .throughput(Throughput::Elements(COUNT as u64))
        .sample_size(30);
    group.bench_function("syslog line", |bencher| {
        bencher.iter(|| {
            lines
                .iter()
                .filter(|line| parse_line(line.as_bytes(), &options).severity_id > 5)
                .count()
        });
    });
    group.bench_function("ndjson", |bencher| {
        bencher.iter(|| {
            ndjson
                .iter()
                .filter(|line| json::decode_event(line).is_err())
                .count()
        });
    });
    group.bench_function("msgpack", |bencher| {
        bencher.iter(|| {
            blobs
                .iter()
                .filter(|blob| msgpack::decode_event(blob).is_err())
                .count()
        });
    });
    group.bench_function("into a batch", |bencher| {
        bencher.iter_batched(
            || events.clone(),
            |events| {
                let mut builder = BatchBuilder::new("struct", Limits::default(), None, 0);
                events
                    .into_iter()
                    .zip(0..)
                    .for_each(|(event, index)| builder.push(index, Ok(event), b""));
                builder.take()
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

fn durable(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new();
    config
        .set(
            "storage.sqlite_path",
            folder.path().join("seerflow.db").to_str().unwrap(),
        )
        .unwrap();
    let engine = Engine::open(&config, Default::default()).unwrap();
    let lines: Vec<u8> = common::events(COUNT)
        .flat_map(|e| format!("<38>Mar 14 01:47:13 {} sshd[812]: {}\n", e.host, e.message).into_bytes())
        .collect();
    let mut group = criterion.benchmark_group("write");
    group
        .throughput(Throughput::Elements(COUNT as u64))
        .sample_size(30);
    group.bench_function("1,000 lines, durable", |bencher| {
        bencher.iter(|| {
            let options = WriteOptions {
                durable: true,
                ..WriteOptions::default()
            };
            engine
                .write(Input::Lines(&lines), options, &Control::unbounded())
                .unwrap()
        });
    });
    group.finish();
}

criterion_group!(benches, parts, durable);
criterion_main!(benches);
