//! One process that stores a day of events in minutes, reads and prunes: its memory, the write-ahead log and the file stay bounded.

use std::io::Read;
use std::path::Path;
use std::time::Instant;

use seerflow::record::{Control, Event, EventQuery, NANOS_PER_SECOND, Total, Window};
use seerflow::store::PruneOptions;
use seerflow::{Engine, Input, WriteOptions};

use crate::proof::{Proof, faults};
use crate::random::{Random, seed};
use crate::{assert_sound, kib, open, start};

const HOURS: i64 = 24;

/// The hours that events are kept.
const KEPT: i64 = 2;

const WAL_LIMIT: u64 = 8 << 20;

/// 2023-11-14T22:00:00Z.
const BEGIN: i64 = 1_699_999_200 * NANOS_PER_SECOND;

const MINUTE: i64 = 60 * NANOS_PER_SECOND;

/// Events of a minute.
fn per_minute() -> u64 {
    faults(40, 1_000)
}

/// Writes the events of a minute.
fn write_minute(engine: &Engine, minute: i64, durable: bool, random: &mut Random) {
    let events = (0..per_minute()).map(|n| {
        let user = random.below(200);
        let ip = user * 25 + random.below(25);
        Ok(Event {
            timestamp_ns: Some(BEGIN + minute * MINUTE + n as i64),
            message: format!("Failed password for user{user}, attempt {n} of minute {minute}").into(),
            source_type: "sshd".into(),
            related_users: vec![format!("user{user}").into()],
            related_ips: vec![format!("10.0.{}.{}", ip / 250, ip % 250).into()],
            ..Event::default()
        })
    });
    let options = WriteOptions {
        durable,
        ..WriteOptions::default()
    };
    engine
        .write(Input::Events(Box::new(events)), options, &Control::unbounded())
        .unwrap();
}

/// Stores the day; prints a line for each hour: memory, largest log and file in KiB, the time within which 99 % of durable writes
/// returned in microseconds.
pub fn store_day(path: &Path) {
    let wal_limit = WAL_LIMIT.to_string();
    let settings = [
        ("storage.wal_limit_bytes", wal_limit.as_str()),
        ("storage.queue_bytes", "8388608"),
        ("storage.infer_edges", "true"),
        ("storage.track_templates", "true"),
    ];
    let engine = open(path, &settings);
    let maintenance = engine.maintenance().unwrap();
    let mut random = Random(seed());
    for hour in 0..HOURS {
        let (mut times, mut wal) = (Vec::new(), 0);
        for minute in hour * 60..(hour + 1) * 60 {
            let durable = minute % 3 > 0;
            let began = Instant::now();
            write_minute(&engine, minute, durable, &mut random);
            if durable {
                times.push(began.elapsed().as_micros());
            }
            let user = format!("user{}", random.below(200));
            let query = EventQuery {
                text: random.one_in(2).then_some(user),
                ..EventQuery::default()
            };
            engine.query_events(&query, &Control::unbounded()).unwrap();
            let log = std::fs::metadata(path.with_extension("db-wal"));
            wal = wal.max(log.map_or(0, |log| log.len()));
        }
        engine.flush(&Control::unbounded()).unwrap();
        let by_age = PruneOptions {
            before_ns: Some(BEGIN + (hour + 1 - KEPT) * 60 * MINUTE),
            max_bytes: None,
        };
        maintenance.prune(&by_age, &Control::unbounded()).unwrap();
        if hour == HOURS / 2 {
            let by_size = PruneOptions {
                before_ns: None,
                max_bytes: Some(1 << 20),
            };
            maintenance.prune(&by_size, &Control::unbounded()).unwrap();
        }
        times.sort_unstable();
        let file = std::fs::metadata(path).unwrap().len();
        println!(
            "\nhour {} {} {} {}",
            kib("RssAnon"),
            wal >> 10,
            file >> 10,
            times[times.len() * 99 / 100]
        );
    }
    let all = EventQuery {
        window: Window {
            from_ns: BEGIN + (HOURS - KEPT) * 60 * MINUTE,
            ..Window::ALL
        },
        total: Total::Exact,
        ..EventQuery::default()
    };
    let page = engine.query_events(&all, &Control::unbounded()).unwrap();
    let kept = (KEPT * 60) as u64 * per_minute();
    assert_eq!(page.total, Some(kept), "events of the last hours");
    assert_eq!(maintenance.summary(&Control::unbounded()).unwrap().events, kept);
    assert_sound(&engine);
    assert_eq!(engine.close(&Control::unbounded()).unwrap(), 0);
}

fn mean(of: &[f64]) -> f64 {
    of.iter().sum::<f64>() / of.len() as f64
}

#[test]
fn day_of_events_leaves_memory_log_and_file_bounded() {
    let mut proof = Proof::start(
        "one process stores 24 hours of events one after the other, reads, and prunes by age every hour and once by size",
    );
    let folder = tempfile::tempdir().unwrap();
    let mut child = start("store day", &folder.path().join("seerflow.db"));
    let mut output = String::new();
    child.stdout.take().unwrap().read_to_string(&mut output).unwrap();
    assert!(child.wait().unwrap().success(), "{output}");
    let hours: Vec<Vec<f64>> = output
        .lines()
        .filter_map(|line| line.strip_prefix("hour "))
        .map(|line| line.split(' ').map(|number| number.parse().unwrap()).collect())
        .collect();
    let column = |number: usize| hours.iter().map(|hour| hour[number]).collect::<Vec<f64>>();
    let (memory, wal, file, p99) = (column(0), column(1), column(2), column(3));
    // After the first hours nothing grows any more.
    let growth = (mean(&memory[20..]) - mean(&memory[4..8])) / 16.0 / 1024.0;
    let largest = wal.iter().copied().fold(0.0, f64::max) / 1024.0;
    let files = mean(&file[20..]) / mean(&file[4..8]);
    proof.acknowledged = (HOURS * 60) as u64 * per_minute();
    proof.note = format!(
        "memory {:.0} MiB, growth {growth:.2} MiB an hour; write-ahead log at most {largest:.0} MiB with a limit of 8; file {:.0} MiB, {files:.2} of \
         that of the first hours; 99 % of durable writes within {:.1} ms at first, {:.1} ms at last",
        mean(&memory[20..]) / 1024.0,
        mean(&file[20..]) / 1024.0,
        mean(&p99[..4]) / 1000.0,
        mean(&p99[20..]) / 1000.0,
    );
    proof.print();
    assert!(growth < 1.0, "memory in KiB, by hour: {memory:?}");
    // A reader may take longer than a commit waits.
    assert!(largest < 32.0, "write-ahead log in KiB, by hour: {wal:?}");
    assert!(files < 1.2, "file in KiB, by hour: {file:?}");
}
