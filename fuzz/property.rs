//! The property that all formats are fuzzed for: stored events decode unchanged, and no input panics.

use seerflow::codec::fluent::{FluentOptions, Pieces};
use seerflow::codec::frames::{Multiline, Records, Values};
use seerflow::codec::json::Documents;
use seerflow::codec::lines::{LineOptions, parse_line};
use seerflow::codec::otlp::{self, JsonRequests};
use seerflow::codec::{BatchBuilder, Limits, json, msgpack};
use seerflow::error::Result;
use seerflow::record::Event;

/// 2026-03-14T12:00:00Z.
const NOW: i64 = 1_773_489_600_000_000_000;

/// The longest record, in bytes.
const LONGEST: usize = 1 << 20;

const TAKEN: &str = "the store takes every record";

/// An input format of a write call.
#[derive(Clone, Copy, Debug)]
#[allow(dead_code)] // Each target uses one.
pub enum Door {
    Lines,
    Ndjson,
    Msgpack,
    Fluent,
    Otlp,
    OtlpJson,
}

/// Decodes the input as a write call does, and checks each event that would be stored.
pub fn check(door: Door, input: &[u8]) {
    let options = LineOptions::new(NOW);
    let mut store = Store::new();
    let mut each = |event: &mut Result<Event<'_>>, bytes: &[u8]| {
        store.record(event, bytes);
        Ok(())
    };
    match door {
        Door::Lines => {
            for record in Records::new(input, true, LONGEST, &Multiline::StackTraces) {
                store.record(&mut Ok(parse_line(&record.payload, &options)), &record.payload);
            }
        }
        Door::Ndjson => {
            for frame in Documents::new(input, true, LONGEST) {
                store.record(&mut json::read_event(frame.payload, &options), frame.payload);
            }
        }
        Door::Msgpack => {
            for frame in Values::new(input, true, LONGEST) {
                store.record(&mut msgpack::read_event(frame.payload, &options), frame.payload);
            }
        }
        Door::Fluent => {
            let fluent = FluentOptions {
                records: &options,
                longest: LONGEST,
            };
            for piece in Pieces::new(input, true, LONGEST) {
                piece.each(fluent, &mut each).expect(TAKEN);
            }
        }
        Door::Otlp => {
            otlp::each(input, &options, LONGEST, &mut each).expect(TAKEN);
        }
        Door::OtlpJson => {
            for request in JsonRequests::new(input, true) {
                otlp::each_of_json(&request, &options, LONGEST, &mut each).expect(TAKEN);
            }
        }
    }
}

struct Store {
    builder: BatchBuilder,
    index: u64,
}

impl Store {
    fn new() -> Self {
        Self {
            builder: BatchBuilder::new("fuzz", Limits::default(), None, NOW),
            index: 0,
        }
    }

    /// Stores an event, and compares the stored event with its decoded msgpack and JSON.
    fn record(&mut self, event: &mut Result<Event<'_>>, payload: &[u8]) {
        self.builder.push(self.index, event, payload);
        self.index += 1;
        let batch = self.builder.take();
        for row in &batch.rows {
            let blob = batch.bytes(row.data);
            let stored = msgpack::decode_event(blob).expect("a stored event is read");
            let again = encoded(&stored);
            let same = msgpack::decode_event(&again).expect("an event that is stored again is read");
            // Bytes are compared, because a value may be NaN.
            assert_eq!(encoded(&same), again, "{stored:?} is read as {same:?}");
            let mut text = Vec::new();
            json::encode_event(&stored, &mut text);
            let from_json = json::decode_event(&text).expect("an event as JSON is read");
            assert_eq!(stored.message, from_json.message);
            assert_eq!(stored.timestamp_ns, from_json.timestamp_ns);
        }
    }
}

fn encoded(event: &Event<'_>) -> Vec<u8> {
    let mut blob = Vec::new();
    msgpack::encode_event(event, &mut blob, |_, _, _| {});
    blob
}
