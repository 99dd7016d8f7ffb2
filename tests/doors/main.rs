//! The same record through each door is the same event.
//!
//! `cases/` holds inputs as shippers hand them over; each is stored through a write call and read back. `door.rs` writes a
//! record of keys and values in every encoding that can carry it.

mod document;
mod door;
mod fluent;
mod foreign;
mod names;
mod opentelemetry;
mod same;
mod severity;

use std::path::PathBuf;

use seerflow::codec::msgpack;
use seerflow::record::{Control, Event, EventQuery, Value, WriteOutcome, parse_time};
use seerflow::{Config, Engine, Input, WriteOptions};

/// Reads a file of `cases/`.
fn case(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/doors/cases")
        .join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Stores an input, and returns its events in the order of the input and what the call said.
fn write(input: Input<'_>, options: WriteOptions) -> (Vec<Event<'static>>, WriteOutcome) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new();
    let path = folder.path().join("seerflow.db");
    config.set("storage.sqlite_path", path.to_str().unwrap()).unwrap();
    let engine = Engine::open(&config, Default::default()).unwrap();
    // Ids that are made of the index alone, for events that have the same time, tell the order.
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
    // Ids of events that state none are made one after the other.
    events.sort_by_key(|event| event.event_id);
    (events, written)
}

/// Stores an input of which no record may be a dead letter.
fn store(input: Input<'_>) -> Vec<Event<'static>> {
    let (events, written) = write(input, WriteOptions::default());
    assert!(written.rejected.is_empty(), "{:?}", written.rejected);
    events
}

/// Stores one JSON object.
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
