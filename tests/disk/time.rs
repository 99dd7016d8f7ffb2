//! The host's clock jumps, and events have extreme times: nothing is lost, and the order is that of the stamps.

use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use seerflow::codec::msgpack::decode_event;
use seerflow::record::{Control, Event, EventQuery, NANOS_PER_SECOND, Order, now_ns};
use seerflow::{Config, Engine, ErrorKind, Input, WriteOptions};

use crate::proof::{Proof, faults};
use crate::random::{Random, seed};
use crate::{clock, folder, turn};

/// Clocks that a host may have, in seconds since 1970.
const CLOCKS: [i64; 9] = [
    -11_644_473_600, // 1601, where Windows begins to count
    -9_223_372_037,  // before the first time in signed nanoseconds
    -1,
    0,
    1_483_228_799,   // the leap second at the end of 2016
    2_147_483_648,   // 2038, after the last time in 32 bits
    9_223_372_036,   // the last time in signed nanoseconds, in 2262
    9_223_372_037,   // after it
    253_402_300_799, // the end of 9999
];

/// Jumps of a clock that is corrected, in seconds.
const JUMPS: [i64; 6] = [-86_400, -3_600, -1, 1, 3_600, 86_400];

/// Longer than any call here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn open(folder: &Path) -> Engine {
    let mut config = Config::new();
    let path = folder.join("seerflow.db");
    config.set("storage.sqlite_path", path.to_str().unwrap()).unwrap();
    Engine::open(&config, Default::default()).unwrap()
}

/// Writes a batch, whose event N has the message `NAMEnN`.
fn write(engine: &Engine, name: &str, count: u64, durable: bool, control: &Control) -> seerflow::Result<()> {
    let events = (0..count).map(|n| {
        Ok(Event {
            message: format!("{name}n{n}").into(),
            source_type: "clock".into(),
            ..Event::default()
        })
    });
    let options = WriteOptions {
        durable,
        ..WriteOptions::default()
    };
    engine
        .write(Input::Events(Box::new(events)), options, control)
        .map(|_| ())
}

/// Returns times and messages of all events, from the oldest on.
fn stored(engine: &Engine) -> Vec<(i64, String)> {
    let mut query = EventQuery {
        order: Order::Oldest,
        limit: 10_000,
        ..EventQuery::default()
    };
    let mut events = Vec::new();
    loop {
        let page = engine.query_events(&query, &Control::within(PATIENCE)).unwrap();
        events.extend(page.blobs().map(|blob| {
            let event = decode_event(blob).unwrap();
            (event.timestamp_ns.unwrap(), event.message.into_owned())
        }));
        query.cursor = page.next;
        if query.cursor.is_none() {
            return events;
        }
    }
}

#[test]
fn clock_jumps_lose_no_event_and_move_no_deadline() {
    let _turn = turn();
    let mut proof = Proof::start(
        "the wall clock jumps by a second to a day, or to 1601, 1677, 1969, 2038, 2262 or 9999, every few milliseconds during writes",
    );
    let (home, quiet_home) = (folder(), folder());
    let engine = open(home.path());
    // A store without other writers, whose commits follow from its flush interval alone.
    let quiet = open(quiet_home.path());
    quiet.start(&Control::within(PATIENCE)).unwrap();
    let stop = AtomicBool::new(false);
    let mut random = Random(seed());
    let (mut longest_flush, mut longest_wait) = (Duration::ZERO, Duration::ZERO);
    proof.faults = faults(400, 20_000);
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..2)
            .map(|writer| {
                let (engine, stop) = (&engine, &stop);
                scope.spawn(move || {
                    let mut count = 0;
                    while !stop.load(Ordering::SeqCst) {
                        let name = format!("w{writer}r{count}");
                        write(engine, &name, 3, true, &Control::within(PATIENCE)).unwrap();
                        count += 1;
                        std::thread::sleep(Duration::from_millis(2));
                    }
                    count * 3
                })
            })
            .collect();
        let calls = scope.spawn(|| {
            let locker = rusqlite::Connection::open(quiet_home.path().join("seerflow.db")).unwrap();
            let mut count = 0;
            while !stop.load(Ordering::SeqCst) {
                let began = Instant::now();
                write(&quiet, &format!("b{count}"), 1, false, &Control::within(PATIENCE)).unwrap();
                count += 1;
                while quiet.stats().buffer.committed < count {
                    assert!(began.elapsed() < PATIENCE, "the flush interval has not ended");
                    std::thread::sleep(Duration::from_millis(1));
                }
                longest_flush = longest_flush.max(began.elapsed());
                // A call that waits for a lock ends at its deadline; its event is stored afterwards.
                locker.execute_batch("BEGIN IMMEDIATE").unwrap();
                let began = Instant::now();
                let soon = Control::within(Duration::from_millis(50));
                let error = write(&quiet, &format!("l{count}"), 1, true, &soon).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
                longest_wait = longest_wait.max(began.elapsed());
                locker.execute_batch("COMMIT").unwrap();
                count += 1;
                quiet.flush(&Control::within(PATIENCE)).unwrap();
            }
            count
        });
        for _ in 0..proof.faults {
            match random.one_in(2) {
                true => clock::move_by(random.one(&JUMPS)),
                false => clock::set(random.one(&CLOCKS)),
            }
            std::thread::sleep(Duration::from_millis(random.below(6)));
        }
        stop.store(true, Ordering::SeqCst);
        let written = writers.into_iter().map(|writer| writer.join().unwrap()).sum();
        let called = calls.join().unwrap();
        check(&engine, written);
        check(&quiet, called);
        proof.acknowledged = written + called;
    });
    clock::restore();
    proof.note = format!(
        "most ms until a commit after a flush interval of 100 ms {}, most ms of a call with a deadline of 50 ms {}",
        longest_flush.as_millis(),
        longest_wait.as_millis()
    );
    proof.print();
}

/// Asserts that a store has this number of events, each once and in the order of time; closes it.
fn check(engine: &Engine, count: u64) {
    let events = stored(engine);
    assert!(
        events.is_sorted_by_key(|(time, _)| *time),
        "not in the order of time"
    );
    let messages: HashSet<&String> = events.iter().map(|(_, message)| message).collect();
    assert_eq!((messages.len() as u64, events.len() as u64), (count, count));
    let maintenance = engine.maintenance().unwrap();
    for findings in [
        maintenance.check(&Control::within(PATIENCE)),
        maintenance.check_text(&Control::within(PATIENCE)),
    ] {
        assert_eq!(findings.unwrap(), [] as [String; 0]);
    }
    assert_eq!(engine.close(&Control::within(PATIENCE)).unwrap(), 0);
}

/// Times at the limits of signed nanoseconds are stored exactly; others are kept as text, with the time of arrival.
#[test]
fn extreme_times_are_stored_and_sorted() {
    let _turn = turn();
    let home = folder();
    let engine = open(home.path());
    // In the order of time. The last two are outside.
    let times = [
        ("1677-09-21T00:12:43.145224193Z", -i64::MAX),
        ("1969-12-31T23:59:59.999999999Z", -1),
        ("1970-01-01T00:00:00.000000001Z", 1),
        ("2016-12-31T23:59:59.5Z", 1_483_228_799_500_000_000),
        ("2017-01-01T00:00:00Z", 1_483_228_800_000_000_000),
        ("2262-04-11T23:47:16.854775806Z", i64::MAX - 1),
    ];
    let leap = (
        "2016-12-31T23:59:60Z",
        1_483_228_799 * NANOS_PER_SECOND..=1_483_228_800 * NANOS_PER_SECOND,
    );
    let outside = ["1601-01-01T00:00:00Z", "2262-04-11T23:47:17Z"];
    let texts = times.iter().map(|(text, _)| *text).chain([leap.0]).chain(outside);
    let lines: String = texts
        .map(|text| format!("{{\"timestamp\": \"{text}\", \"message\": \"{text}\"}}\n"))
        .collect();
    let before = now_ns();
    let durable = WriteOptions {
        durable: true,
        complete: true,
        ..WriteOptions::default()
    };
    let written = engine
        .write(
            Input::Ndjson(lines.as_bytes()),
            durable,
            &Control::within(PATIENCE),
        )
        .unwrap();
    assert_eq!((written.committed, written.unparsed_times), (9, 2));
    let events = stored(&engine);
    assert!(events.is_sorted_by_key(|(time, _)| *time));
    let time_of = |text: &str| events.iter().find(|(_, message)| message == text).unwrap().0;
    for (text, ns) in times {
        assert_eq!(time_of(text), ns, "{text}");
    }
    assert!(leap.1.contains(&time_of(leap.0)), "{}", time_of(leap.0));
    for text in outside {
        assert!((before..=now_ns()).contains(&time_of(text)), "{text}");
    }
}
