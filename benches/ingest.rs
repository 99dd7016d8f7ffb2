//! The parts of a write: decoding a record, building a batch, and a complete durable call.

mod common;
#[path = "../src/codec/otlp/tests/messages.rs"]
mod messages;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use prost::Message;
use seerflow::codec::fluent::{FluentOptions, Pieces};
use seerflow::codec::lines::{LineOptions, parse_line};
use seerflow::codec::{BatchBuilder, Limits, json, msgpack, otlp};
use seerflow::record::{Control, Event, Value, now_ns};
use seerflow::{Config, Engine, Input, Result, WriteOptions};

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
    // As a write reads OTLP unless its options say otherwise.
    let options = LineOptions {
        parse: false,
        ..LineOptions::default()
    };
    let request = otlp_request(&sshd);
    group.bench_function("otlp", |bencher| {
        bencher.iter(|| {
            let mut errors = 0;
            otlp::each(&request, &options, 1 << 20, &mut |event, _| {
                errors += usize::from(event.is_err());
                Ok(())
            })
            .map(|()| errors)
        });
    });
    group.bench_function("otlp, prost's messages alone", |bencher| {
        bencher.iter(|| messages::Request::decode(request.as_slice()).unwrap());
    });
    let fluent = fluent_records(&sshd);
    let fluent_options = FluentOptions {
        records: &LineOptions::new(now_ns()),
        longest: 1 << 20,
    };
    group.bench_function("fluent", |bencher| {
        bencher.iter(|| {
            let mut errors = 0;
            for piece in Pieces::new(&fluent, true, fluent_options.longest) {
                let mut count = |event: &mut Result<Event<'_>>, _: &[u8]| {
                    errors += usize::from(event.is_err());
                    Ok(())
                };
                piece.each(fluent_options, &mut count).unwrap();
            }
            errors
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
                    .for_each(|(event, index)| builder.push(index, &mut Ok(event), b""));
                builder.take()
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

/// Returns the events as Fluent Bit sends them.
fn fluent_records(events: &[common::Sshd]) -> Vec<u8> {
    let mut out = Vec::new();
    for event in events {
        let pairs = [
            ("host", event.host.as_str()),
            ("ident", "sshd"),
            ("pid", "812"),
            ("priority", "6"),
            ("message", &event.message),
        ];
        let pairs = pairs.map(|(key, text)| (Value::from(key), Value::from(text)));
        let record = Value::Array(vec![Value::Int(1_700_000_000), Value::Map(pairs.into())]);
        msgpack::write_value(&mut out, &record);
    }
    out
}

/// Returns the events as a collector sends them: one resource, and five attributes per record.
fn otlp_request(events: &[common::Sshd]) -> Vec<u8> {
    let record = |event: &common::Sshd| messages::LogRecord {
        time_unix_nano: 1_700_000_000_000_000_000,
        observed_time_unix_nano: 1_700_000_000_000_000_001,
        severity_number: 9,
        severity_text: "INFO".to_owned(),
        body: Some(messages::text(&event.message)),
        attributes: messages::attributes(&[
            ("log.file.name", "auth.log"),
            ("source.address", "203.0.113.66"),
            ("user.name", "root"),
            ("process.executable.name", "sshd"),
            ("event.outcome", "failure"),
        ]),
        ..messages::LogRecord::default()
    };
    let resource = [
        ("service.name", "sshd"),
        ("host.name", "web-1"),
        ("os.type", "linux"),
    ];
    messages::request(&resource, events.iter().map(record).collect()).encode_to_vec()
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
