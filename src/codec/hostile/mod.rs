//! The most expensive inputs of each format must take time and memory proportional to their length.
//!
//! Each input is processed as a write call does it, from bytes to batches, and back to JSON as a query does
//! it. `--nocapture` prints the times and sizes of each. The long form uses inputs of 1 MiB instead of 128
//! KiB.

mod fluent;
mod lines;
mod names;
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

/// The msgpack marker of an array with a 32-bit length.
const LIST: u8 = 0xdd;
const MAP: u8 = 0xdf;

/// Returns the length of the inputs, in bytes.
fn size() -> usize {
    if Mutator::rounds() > 100_000 { MIB } else { MIB / 8 }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Msgpack,
    Ndjson,
    Lines,
    Otlp,
    OtlpJson,
    Fluent,
}

/// The results of processing one input.
#[derive(Debug, Default)]
struct Made {
    events: usize,
    rejected: usize,
    /// The size of all batches, in bytes.
    stored: usize,
    /// The size of all events as JSON, in bytes.
    json: usize,
}

struct Sink {
    builder: BatchBuilder,
    index: u64,
    made: Made,
}

impl Sink {
    fn record(&mut self, event: &mut Result<Event<'_>>, bytes: &[u8]) {
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
    let mut each = |event: &mut Result<Event<'_>>, bytes: &[u8]| {
        sink.record(event, bytes);
        Ok(())
    };
    match format {
        Format::Msgpack => {
            for frame in Values::new(input, true, MIB) {
                let payload = frame.payload;
                let mut event = bounded("record", payload.len(), MIB)
                    .and_then(|()| msgpack::read_event(payload, &options));
                sink.record(&mut event, payload);
            }
        }
        Format::Ndjson => {
            Lines::new(input, true, MIB).for_each(|frame| {
                sink.record(&mut json::read_event(frame.payload, &options), frame.payload);
            });
        }
        Format::Lines => {
            Records::new(input, true, MIB, &Multiline::StackTraces).for_each(|record| {
                sink.record(&mut Ok(parse_line(&record.payload, &options)), &record.payload);
            });
        }
        Format::Otlp => {
            otel::each(input, &options, MIB, &mut each).unwrap();
        }
        Format::OtlpJson => {
            for request in JsonRequests::new(input, true) {
                otel::each_of_json(&request, &options, MIB, &mut each).unwrap();
            }
        }
        Format::Fluent => {
            let options = FluentOptions {
                records: &options,
                longest: MIB,
            };
            for piece in Pieces::new(input, true, MIB) {
                piece.each(options, &mut each).unwrap();
            }
        }
    }
    sink.take();
    sink.made
}

/// Returns this thread's CPU time in seconds, or the time since `start` if schedstat is absent.
fn cpu(start: Instant) -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.and_then(|told| told.split(' ').next()?.parse::<f64>().ok());
    nanos.map_or(start.elapsed().as_secs_f64(), |nanos| nanos / 1e9)
}

/// Processes inputs of a quarter and of the full length, and checks the growth in time and size.
///
/// Time must grow about four times, not sixteen times. The output size must stay within a fixed factor of the
/// input size.
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
        // A compressed input is measured by its uncompressed size.
        let bound = 2 * MIB + 400 * long.len().max(size());
        assert!(made.stored < bound && made.json < bound, "{name}: {made:?}");
    }
}

/// Repeats `part` between `before` and `behind` until the input has about `size` bytes.
fn fill(size: usize, before: &[u8], part: &[u8], behind: &[u8]) -> Vec<u8> {
    let count = (size - 256).saturating_sub(before.len() + behind.len()) / part.len();
    [before, &part.repeat(count), behind].concat()
}

/// Appends distinct parts until the input has about `size` bytes.
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
