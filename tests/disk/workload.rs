//! A host that writes batches, and the questions that every restart must answer.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use seerflow::record::{Control, Event, EventQuery, Order};
use seerflow::{Config, Engine, Input, WriteOptions};

use crate::calls;

/// The number of batches of a run.
pub const BATCHES: u64 = 40;

/// The name of the database in its folder.
pub const FILE: &str = "seerflow.db";

pub fn size_of(batch: u64) -> u64 {
    1 + batch * 7 % 23
}

pub fn open(folder: &Path, durability: &str) -> seerflow::Result<Engine> {
    let mut config = Config::new();
    let path = folder.join(FILE);
    config.set("storage.sqlite_path", path.to_str().unwrap())?;
    config.set("storage.durability", durability)?;
    Engine::open(&config, Default::default())
}

/// Writes all batches durably, repeats those that fail and notes those that are acknowledged. Copies the log into the database now and
/// then, and once prunes.
///
/// Returns the batches that were acknowledged.
pub fn run(folder: &Path, durability: &str) -> Vec<u64> {
    let mut acknowledged = Vec::new();
    let Ok(engine) = open(folder, durability) else {
        return acknowledged;
    };
    for batch in 0..BATCHES {
        for _ in 0..3 {
            if write(&engine, batch).is_ok() {
                calls::note(batch);
                acknowledged.push(batch);
                break;
            }
        }
        if batch % 11 == 10
            && let Ok(maintenance) = engine.maintenance()
        {
            let _ = maintenance.checkpoint(&control());
        }
    }
    let _ = engine.close(&control());
    acknowledged
}

fn control() -> Control {
    Control::within(Duration::from_secs(20))
}

fn write(engine: &Engine, batch: u64) -> seerflow::Result<()> {
    let events = (0..size_of(batch)).map(|number| {
        Ok(Event {
            message: format!("batch {batch} event {number} {}", "text ".repeat(number as usize)).into(),
            source_type: "disk".into(),
            related_ips: vec![format!("192.0.2.{}", batch % 9).into()],
            timestamp_ns: Some(1_700_000_000_000_000_000 + (batch * 100 + number) as i64),
            ..Event::default()
        })
    });
    let options = WriteOptions {
        durable: true,
        withdraw: true,
        batch_key: Some(batch.to_be_bytes().to_vec()),
        ..WriteOptions::default()
    };
    engine
        .write(Input::Events(Box::new(events)), options, &control())
        .map(|_| ())
}

/// Longer than any call takes on an idle database, however busy the machine is.
fn patient() -> Control {
    Control::within(Duration::from_secs(600))
}

/// Opens the database of a folder, checks it, and returns how many events of each batch are stored. An event that is stored twice is an
/// error.
pub fn stored(folder: &Path, durability: &str) -> Result<BTreeMap<u64, u64>, String> {
    let engine = open(folder, durability).map_err(|error| format!("open: {error}"))?;
    engine
        .start(&patient())
        .map_err(|error| format!("start: {error}"))?;
    let maintenance = engine.maintenance().map_err(|error| error.to_string())?;
    for findings in [maintenance.check(&patient()), maintenance.check_text(&patient())] {
        let findings = findings.map_err(|error| format!("check: {error}"))?;
        if !findings.is_empty() {
            return Err(findings.join("; "));
        }
    }
    let query = EventQuery {
        order: Order::Arrival,
        limit: 10_000,
        ..EventQuery::default()
    };
    let page = engine
        .query_events(&query, &patient())
        .map_err(|error| format!("query: {error}"))?;
    let mut events: Vec<(u64, u64)> = Vec::new();
    for blob in page.blobs() {
        let event = seerflow::codec::msgpack::decode_event(blob).map_err(|error| error.to_string())?;
        let mut words = event.message.split(' ').filter_map(|word| word.parse().ok());
        events.push((words.next().unwrap(), words.next().unwrap()));
    }
    events.sort_unstable();
    if events.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err("an event is stored twice".to_owned());
    }
    let mut batches = BTreeMap::new();
    for (batch, _) in events {
        *batches.entry(batch).or_default() += 1;
    }
    engine
        .close(&patient())
        .map_err(|error| format!("close: {error}"))?;
    Ok(batches)
}
