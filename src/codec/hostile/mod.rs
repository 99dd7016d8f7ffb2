//! What costs most, in each format: it must take time and memory in proportion to its length.
//!
//! Each input goes the way of a write call, from its bytes to batches, and back to JSON as a query does it. `--nocapture`
//! prints what each took. The long form takes a megabyte of each instead of 128 KiB.

mod fluent;
mod lines;
mod otlp;
mod records;

use std::time::Instant;

use super::fluent::{FluentOptions, Pieces};
use super::frames::{Lines, Multiline, Records, Values};
use super::lines::{LineOptions, parse_line};
use super::otlp::{self as otel, JsonRequests};
use super::{BatchBuilder, Derive, Limits, bounded, json, msgpack};
use crate::error::Result;
use crate::record::arbitrary::Mutator;
use crate::record::{Event, entities_of};

const MIB: usize = 1 << 20;

/// What long lists and maps begin with in msgpack.
const LIST: u8 = 0xdd;
const MAP: u8 = 0xdf;

/// How long the inputs are.
fn size() -> usize {
    if Mutator::rounds() > 100_000 { MIB } else { MIB / 8 }
}

#[derive(Clone, Copy, Debug)]
enum Format {
    Msgpack,
    Ndjson,
    Lines,
    Otlp,
    OtlpJson,
    Fluent,
}

/// What became of an input.
#[derive(Debug, Default)]
struct Made {
    events: usize,
    rejected: usize,
    /// Bytes of all batches.
    stored: usize,
    /// Bytes of the events as JSON.
    json: usize,
}

struct Sink {
    builder: BatchBuilder,
    index: u64,
    made: Made,
}

impl Sink {
    fn record(&mut self, event: Result<Event<'_>>, bytes: &[u8]) {
        self.builder.push(self.index, event, bytes);
        self.index += 1;
        if self.builder.pending().1 > MIB {
            self.take();
        }
    }

    fn take(&mut self) {
        let batch = self.builder.take();
        self.made.rejected += self.builder.rejections().len();
        self.made.events += batch.rows.len();
        self.made.stored += batch.size();
        let mut text = Vec::new();
        for row in &batch.rows {
            text.clear();
            let blob = batch.bytes(row.data);
            json::encode_blob(blob, &mut text).unwrap();
            self.made.json += text.len();
            entities_of(&msgpack::decode_event(blob).unwrap());
        }
    }
}

fn drive(format: Format, input: &[u8]) -> Made {
    let derive = Derive {
        edges: true,
        templates: true,
    };
    let mut sink = Sink {
        builder: BatchBuilder::new("test", Limits::default(), None, 1).deriving(derive),
        index: 0,
        made: Made::default(),
    };
    let options = LineOptions::default();
    match format {
        Format::Msgpack => {
            for frame in Values::new(input, true, MIB) {
                let payload = frame.payload;
                let event = bounded("record", payload.len(), MIB)
                    .and_then(|()| msgpack::read_event(payload, &options));
                sink.record(event, payload);
            }
        }
        Format::Ndjson => {
            Lines::new(input, true, MIB).for_each(|frame| {
                sink.record(json::read_event(frame.payload, &options), frame.payload);
            });
        }
        Format::Lines => {
            Records::new(input, true, MIB, &Multiline::StackTraces).for_each(|record| {
                sink.record(Ok(parse_line(&record.payload, &options)), &record.payload);
            });
        }
        Format::Otlp => {
            otel::records(input, &options, MIB).for_each(|(event, bytes)| sink.record(event, bytes))
        }
        Format::OtlpJson => {
            for request in JsonRequests::new(input, true) {
                otel::json_records(&request, &options, MIB)
                    .for_each(|(event, bytes)| sink.record(event, bytes));
            }
        }
        Format::Fluent => {
            let options = FluentOptions {
                records: &options,
                longest: MIB,
            };
            for piece in Pieces::new(input, true, MIB) {
                let each = &mut |event: Result<Event<'_>>, bytes: &[u8]| {
                    sink.record(event, bytes);
                    Ok(())
                };
                piece.each(options, each).unwrap();
            }
        }
    }
    sink.take();
    sink.made
}

/// Returns how long this thread has run, in seconds: other threads and programs do not count, where the system tells.
fn cpu(start: Instant) -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.and_then(|told| told.split(' ').next()?.parse::<f64>().ok());
    nanos.map_or(start.elapsed().as_secs_f64(), |nanos| nanos / 1e9)
}

/// Drives inputs of two lengths. The one that is four times as long may take about four times as long, not sixteen times, and
/// must not become far more than it was.
fn measure(format: Format, inputs: impl Fn(usize) -> Vec<(&'static str, Vec<u8>)>) {
    let start = Instant::now();
    let timed = |input: &[u8]| {
        let before = cpu(start);
        (drive(format, input), cpu(start) - before)
    };
    for ((name, short), (_, long)) in inputs(size() / 4).into_iter().zip(inputs(size())) {
        let (_, brief) = timed(&short);
        let (made, took) = timed(&long);
        println!(
            "{format:?}: {name}: {} bytes, {brief:.3} s, {took:.3} s, {made:?}",
            long.len()
        );
        assert!(took < 8.0 * brief + 0.2, "{name}: {brief} s, {took} s");
        // What comes packed counts as what it unpacks to.
        let bound = 2 * MIB + 400 * long.len().max(size());
        assert!(made.stored < bound && made.json < bound, "{name}: {made:?}");
    }
}

/// Repeats a part between two others until there are about as many bytes.
fn fill(size: usize, before: &[u8], part: &[u8], behind: &[u8]) -> Vec<u8> {
    let count = (size - 256).saturating_sub(before.len() + behind.len()) / part.len();
    [before, &part.repeat(count), behind].concat()
}

/// Makes distinct parts until there are about as many bytes.
fn distinct(size: usize, before: &str, part: impl Fn(usize) -> String, behind: &str) -> Vec<u8> {
    let mut text = before.to_owned();
    for number in 0.. {
        if text.len() > size - 512 - behind.len() {
            break;
        }
        text += &part(number);
    }
    (text + behind).into_bytes()
}
