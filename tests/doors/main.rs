//! The same record in each input format ("door") gives the same event.
//!
//! `cases/` holds inputs as log shippers send them. Each is stored through a write call and read back.
//! `door.rs` writes a record of keys and values in every format that can express it.

mod bundle;
mod document;
mod door;
mod fluent;
mod foreign;
mod names;
mod opentelemetry;
mod parts;
mod programs;
mod same;
mod severity;

use std::path::PathBuf;

use seerflow::codec::msgpack;
use seerflow::record::{Control, Event, EventQuery, Value, WriteOutcome, parse_time};
use seerflow::{Config, Engine, Input, WriteOptions};

/// Reads a file in `cases/`.
fn case(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/doors/cases")
        .join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Stores an input. Returns its events in input order, and the outcome of the write call.
fn write(input: Input<'_>, options: WriteOptions) -> (Vec<Event<'static>>, WriteOutcome) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new();
    let path = folder.path().join("seerflow.db");
    config.set("storage.sqlite_path", path.to_str().unwrap()).unwrap();
    let engine = Engine::open(&config, Default::default()).unwrap();
    let options = WriteOptions {
        durable: true,
        complete: true,
        ..options
    };
    let written = engine.write(input, options, &Control::unbounded()).unwrap();
    let query = EventQuery {
        limit: 10_000,
        ..EventQuery::default()
    };
    let page = engine.query_events(&query, &Control::unbounded()).unwrap();
    let mut events: Vec<_> = page
        .blobs()
        .map(|blob| msgpack::decode_event(blob).unwrap().into_owned())
        .collect();
    // Events without an id get ascending ids, so ids give the input order.
    events.sort_by_key(|event| event.event_id);
    (events, written)
}

/// Stores an input whose records must all be valid.
fn store(input: Input<'_>) -> Vec<Event<'static>> {
    let (events, written) = write(input, WriteOptions::default());
    assert!(written.rejected.is_empty(), "{:?}", written.rejected);
    events
}

/// Stores one JSON object and returns its event.
fn object(json: &str) -> Event<'static> {
    let mut events = store(Input::Ndjson(json.as_bytes()));
    assert_eq!(events.len(), 1, "{json}");
    events.remove(0)
}

fn attribute<'e>(event: &'e Event<'_>, name: &str) -> Option<&'e Value<'e>> {
    let mut attributes = event.attributes.iter();
    attributes.find_map(|(key, value)| (key == name).then_some(value))
}

fn ns(time: &str) -> Option<i64> {
    Some(parse_time(time, 0).unwrap())
}
