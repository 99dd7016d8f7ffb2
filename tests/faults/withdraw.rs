//! Durable writes that withdraw while the server stalls. Before the transaction begins they leave nothing queued; afterwards they
//! report the queued events.

use std::time::Duration;

use seerflow::record::{Control, WriteOutcome};
use seerflow::{Engine, Error, ErrorKind, Input, WriteOptions};

use crate::load::{behind_proxy, event};

const EVENTS: u64 = 100;

fn write(engine: &Engine, thread: u64, timeout: Duration) -> (WriteOutcome, Option<Error>) {
    let events = (0..EVENTS).map(move |number| Ok(event(thread, number)));
    let options = WriteOptions {
        durable: true,
        withdraw: true,
        ..WriteOptions::default()
    };
    let mut written = WriteOutcome::default();
    let input = Input::Events(Box::new(events));
    let done = engine.write_into(input, options, &Control::within(timeout), &mut written);
    (written, done.err())
}

#[test]
fn write_to_a_stalled_server_is_withdrawn() {
    let Some((cluster, proxy, engine)) = behind_proxy(&[]) else {
        return;
    };
    let (soon, later) = (Duration::from_millis(300), Duration::from_secs(60));
    assert!(write(&engine, 0, later).1.is_none());
    // The answer to BEGIN is late.
    proxy.delay(Duration::from_secs(3));
    let (written, error) = write(&engine, 1, soon);
    let error = error.unwrap();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(error.is_retriable());
    assert_eq!(
        (written.accepted, written.withdrawn, written.consumed),
        (0, EVENTS, 0)
    );
    proxy.delay(Duration::ZERO);
    let (written, error) = write(&engine, 1, later);
    assert_eq!(
        (written.committed, error.map(|error| error.to_string())),
        (EVENTS, None)
    );
    engine.flush(&Control::unbounded()).unwrap();
    assert_eq!(
        cluster.number("postgres", "SELECT count(*) FROM events"),
        2 * EVENTS as i64
    );
}

#[test]
fn write_in_a_running_transaction_stays_queued_and_is_stored() {
    let Some((cluster, _proxy, engine)) = behind_proxy(&[]) else {
        return;
    };
    assert!(write(&engine, 0, Duration::from_secs(60)).1.is_none());
    // The transaction has begun and waits for a lock.
    let lock = cluster.hold("postgres", "BEGIN; LOCK TABLE entity_events");
    let (written, error) = write(&engine, 1, Duration::from_millis(300));
    let error = error.unwrap();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(!error.is_retriable());
    assert_eq!(
        (written.accepted, written.queued, written.withdrawn),
        (EVENTS, EVENTS, 0)
    );
    assert_eq!(written.consumed, EVENTS as usize);
    drop(lock);
    engine.flush(&Control::unbounded()).unwrap();
    assert_eq!(
        cluster.number("postgres", "SELECT count(*) FROM events"),
        2 * EVENTS as i64
    );
}
