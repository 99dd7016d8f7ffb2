//! Durable writes that end before their commit: the outcome of each event is correct, and retries store nothing twice.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use seerflow::record::{Control, Event, Interrupt, WriteOutcome};
use seerflow::{Config, Engine, ErrorKind, Input, WriteOptions};

/// An engine whose file another connection has locked.
struct Locked {
    engine: Engine,
    path: PathBuf,
    other: Option<rusqlite::Connection>,
    _folder: tempfile::TempDir,
}

impl Locked {
    fn new(options: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seerflow.db");
        let mut config = Config::new();
        config.set("storage.sqlite_path", path.to_str().unwrap()).unwrap();
        for (key, value) in options {
            config.set(key, value).unwrap();
        }
        let engine = Engine::open(&config, Default::default()).unwrap();
        engine.start(&anytime()).unwrap();
        let other = rusqlite::Connection::open(&path).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        Self {
            engine,
            path,
            other: Some(other),
            _folder: folder,
        }
    }

    fn unlock(&mut self) {
        self.other.take().unwrap().execute_batch("ROLLBACK").unwrap();
    }

    fn rows(&self) -> u64 {
        let conn = rusqlite::Connection::open(&self.path).unwrap();
        conn.query_row("SELECT count(*) FROM events", [], |row| row.get::<_, i64>(0))
            .unwrap() as u64
    }
}

fn anytime() -> Control {
    Control::unbounded()
}

fn soon() -> Control {
    Control::within(Duration::from_millis(50))
}

fn durable() -> WriteOptions {
    WriteOptions {
        durable: true,
        complete: true,
        ..WriteOptions::default()
    }
}

fn withdrawing() -> WriteOptions {
    WriteOptions {
        withdraw: true,
        ..durable()
    }
}

const CHUNKS: u64 = 100;
const LINES: u64 = 1000;

/// A chunk of NDJSON lines. Chunks of different offsets have different boundaries between the same records.
fn chunk(number: u64, offset: u64) -> String {
    let first = (number * LINES + offset).min(CHUNKS * LINES);
    let end = ((number + 1) * LINES + offset).min(CHUNKS * LINES);
    let first = if number == 0 { 0 } else { first };
    (first..end)
        .map(|line| format!("{{\"message\":\"the same line\",\"timestamp_ns\":1,\"offset\":{line}}}\n"))
        .collect()
}

/// Sends every chunk while the file is locked, as a shipper does: from the consumed offset, as long as the error is retriable. Returns
/// the number of rows.
fn ship(options: impl Fn(u64) -> WriteOptions + Sync, control: impl Fn() -> Control + Sync) -> u64 {
    let mut locked = Locked::new(&[]);
    let retries = AtomicU64::new(0);
    let send = |number: u64| {
        let text = chunk(number, 0);
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            let mut written = WriteOutcome::default();
            let engine = &locked.engine;
            let mut options = options(number);
            options.first_index =
                (LINES as usize - rest.iter().filter(|&&byte| byte == b'\n').count()) as u64;
            match engine.write_into(Input::Ndjson(rest), options, &control(), &mut written) {
                Err(error) if !error.is_retriable() => {
                    assert!(written.queued > 0, "{error}: {written:?}");
                    assert_eq!(written.consumed, rest.len());
                }
                Err(_) => {
                    retries.fetch_add(1, Ordering::Relaxed);
                    thread::sleep(Duration::from_millis(20));
                }
                Ok(_) => {}
            }
            rest = &rest[written.consumed..];
        }
    };
    let next = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let number @ 0..CHUNKS = next.fetch_add(1, Ordering::Relaxed) {
                    send(number);
                }
            });
        }
        thread::sleep(Duration::from_secs(2));
        let other = locked.other.take().unwrap();
        other.execute_batch("ROLLBACK").unwrap();
    });
    assert!(retries.load(Ordering::Relaxed) > 0);
    assert_eq!(locked.engine.close(&anytime()).unwrap(), 0);
    locked.other = None;
    locked.rows()
}

fn deadline() -> Control {
    Control::within(Duration::from_millis(300))
}

#[test]
fn retried_chunks_without_a_key_are_stored_once() {
    assert_eq!(ship(|_| withdrawing(), deadline), CHUNKS * LINES);
}

#[test]
fn chunks_retried_after_an_interrupt_are_stored_once() {
    let interrupted = || {
        let interrupt = Interrupt::new();
        let raised = interrupt.clone();
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(300));
            raised.raise();
        });
        Control {
            deadline: None,
            interrupt: Some(interrupt),
        }
    };
    assert_eq!(ship(|_| withdrawing(), interrupted), CHUNKS * LINES);
}

#[test]
fn retried_chunks_with_a_batch_key_are_stored_once() {
    let keyed = |number: u64| WriteOptions {
        batch_key: Some(number.to_string().into_bytes()),
        ..durable()
    };
    assert_eq!(ship(keyed, deadline), CHUNKS * LINES);
}

#[test]
fn records_with_a_key_are_stored_once_in_any_batch() {
    let locked = Locked::new(&[]);
    drop(locked.other);
    let options = || WriteOptions {
        record_key_field: Some("offset".into()),
        ..durable()
    };
    for offset in [0, 137, 999] {
        for number in 0..CHUNKS / 10 {
            let text = chunk(number, offset);
            locked
                .engine
                .write(Input::Ndjson(text.as_bytes()), options(), &anytime())
                .unwrap();
        }
    }
    let stats = locked.engine.stats().buffer;
    assert_eq!(stats.committed, CHUNKS / 10 * LINES + 999);
    assert_eq!(stats.duplicates, 2 * CHUNKS / 10 * LINES + 137);
}

#[test]
fn retried_chunks_with_record_keys_are_stored_once() {
    let keyed = |_| WriteOptions {
        record_key_field: Some("offset".into()),
        ..durable()
    };
    assert_eq!(ship(keyed, deadline), CHUNKS * LINES);
}

#[test]
fn withdrawing_write_leaves_nothing_queued() {
    let mut locked = Locked::new(&[]);
    let lines = b"no time at all\nnor here\n";
    let mut written = WriteOutcome::default();
    let error = locked
        .engine
        .write_into(Input::Lines(lines), withdrawing(), &soon(), &mut written)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.is_retriable());
    assert_eq!((written.accepted, written.withdrawn, written.queued), (0, 2, 0));
    assert_eq!(written.consumed, 0);
    let stats = locked.engine.stats().buffer;
    assert_eq!(
        (stats.queue_events, stats.queue_bytes, stats.withdrawn),
        (0, 0, 2)
    );
    // The queue is empty: a flush ends although the lock is still held.
    locked
        .engine
        .flush(&Control::within(Duration::from_secs(60)))
        .unwrap();
    locked.unlock();
    assert_eq!(
        locked
            .engine
            .write(Input::Lines(lines), withdrawing(), &anytime())
            .unwrap()
            .committed,
        2
    );
    assert_eq!(locked.rows(), 2);
}

#[test]
fn write_without_withdraw_or_keys_is_not_retriable() {
    let mut locked = Locked::new(&[]);
    let write = |options: WriteOptions, input: &str| {
        let mut written = WriteOutcome::default();
        let input = Input::Ndjson(input.as_bytes());
        let done = locked.engine.write_into(input, options, &soon(), &mut written);
        assert_eq!((written.accepted, written.queued), (1, 1));
        done.unwrap_err().is_retriable()
    };
    let keyed = |name: &str| WriteOptions {
        record_key_field: Some(name.into()),
        ..durable()
    };
    let batch = WriteOptions {
        batch_key: Some(b"chunk".to_vec()),
        ..durable()
    };
    assert!(!write(durable(), "{\"message\":\"m\"}"));
    assert!(write(batch, "{\"message\":\"m\"}"));
    assert!(write(keyed("uid"), "{\"message\":\"m\",\"uid\":\"a\"}"));
    assert!(!write(keyed("uid"), "{\"message\":\"m\",\"uid\":\"\"}"));
    assert!(write(
        durable(),
        "{\"event_id\":\"0190b2f4-7d3c-7a11-8b1e-3f0c4d5e6f70\"}"
    ));
    locked.unlock();
    locked.engine.flush(&anytime()).unwrap();
    assert_eq!(locked.rows(), 5);
}

#[test]
fn request_without_room_for_its_end_is_withdrawn_completely() {
    // A message of more than 64 MiB, which is submitted in parts.
    let record = [&b"\x92\x01\x81\xa3log\xdb\x00\x0d\xbb\xa0"[..], &[b'm'; 900_000]].concat();
    let message = [&b"\x92\xa1t\xdc\x00\x50"[..], &record.repeat(80)].concat();
    let mut locked = Locked::new(&[("storage.queue_bytes", "67108864")]);
    let mut written = WriteOutcome::default();
    let input = Input::Fluent(&message);
    let error = locked
        .engine
        .write_into(input, WriteOptions::default(), &soon(), &mut written)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Again, "{error}");
    assert!(error.is_retriable());
    assert_eq!(written.accepted, 0);
    assert!((70..80).contains(&written.withdrawn), "{written:?}");
    locked.unlock();
    locked.engine.flush(&anytime()).unwrap();
    assert_eq!(locked.rows(), 0);
}

#[test]
fn withdraw_requires_a_durable_write() {
    let locked = Locked::new(&[]);
    let options = WriteOptions {
        withdraw: true,
        ..WriteOptions::default()
    };
    let error = locked
        .engine
        .write(Input::Lines(b"m\n"), options, &anytime())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

#[test]
fn record_key_alone_makes_the_id() {
    let mut locked = Locked::new(&[]);
    locked.unlock();
    let write = |input: &str, field: Option<&str>| {
        let options = WriteOptions {
            record_key_field: field.map(str::to_owned),
            ..durable()
        };
        let written = locked
            .engine
            .write(Input::Ndjson(input.as_bytes()), options, &anytime())
            .unwrap();
        (written.committed, written.duplicates, written.unkeyed)
    };
    assert_eq!(
        write(
            "{\"message\":\"a\",\"timestamp_ns\":1,\"rcptid\":7}",
            Some("rcptid")
        ),
        (1, 0, 0)
    );
    assert_eq!(
        write(
            "{\"message\":\"b\",\"timestamp_ns\":2,\"rcptid\":\"7\"}",
            Some("rcptid")
        ),
        (0, 1, 0)
    );
    // A nested key is ignored, and a record without the key gets an ordinary id.
    assert_eq!(
        write("{\"message\":\"c\",\"meta\":{\"rcptid\":7}}", Some("rcptid")),
        (1, 0, 1)
    );
    assert_eq!(write("{\"message\":\"d\",\"rcptid\":7}", None), (1, 0, 0));
    let id = "0190b2f4-7d3c-7a11-8b1e-3f0c4d5e6f70";
    let given = format!("{{\"event_id\":\"{id}\",\"rcptid\":7}}");
    assert_eq!(write(&given, Some("rcptid")), (1, 0, 0));
    assert_eq!(write(&given, Some("rcptid")), (0, 1, 0));
}

#[test]
fn events_of_a_closed_store_have_exactly_one_outcome() {
    let mut locked = Locked::new(&[]);
    let engine = &locked.engine;
    let events = (0..3).map(|time| {
        Ok(Event {
            timestamp_ns: Some(time),
            ..Event::default()
        })
    });
    let mut written = WriteOutcome::default();
    let error = thread::scope(|scope| {
        let call = scope.spawn(|| {
            let input = Input::Events(Box::new(events));
            engine.write_into(input, durable(), &anytime(), &mut written)
        });
        thread::sleep(Duration::from_millis(100));
        assert_eq!(engine.close(&soon()).unwrap(), 3);
        call.join().unwrap().unwrap_err()
    });
    assert_eq!(error.kind(), ErrorKind::Closed);
    assert!(!error.is_retriable());
    assert_eq!((written.accepted, written.committed, written.queued), (3, 0, 0));
    locked.unlock();
    assert_eq!(locked.rows(), 0);
}
