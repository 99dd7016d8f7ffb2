//! The bounds of the queue and of transactions.

use std::time::Duration;

use super::super::*;
use super::gate::{OPTIONS, closed_gate, events, submit, until};

#[test]
fn queue_holds_the_events_that_it_may() {
    let (gate, buffer) = closed_gate(
        ErrorKind::Busy,
        BufferOptions {
            queue_events: 6,
            ..OPTIONS
        },
    );
    submit(&buffer, events(0, 2)).unwrap();
    submit(&buffer, events(2, 3)).unwrap();
    let full = submit(&buffer, events(5, 2)).unwrap_err();
    assert_eq!(full.kind(), ErrorKind::Again, "{full}");
    submit(&buffer, events(5, 1)).unwrap();
    let stats = buffer.stats();
    assert_eq!((stats.accepted, stats.queue_events), (6, 6));
    until(&buffer, |stats| stats.stuck.is_some());
    let full = submit(&buffer, events(6, 1)).unwrap_err().to_string();
    assert!(full.contains("the queue is full: 6 events"), "{full}");
    assert!(full.contains("the gate is closed"), "{full}");

    gate.open();
    buffer.flush(&Control::unbounded()).unwrap();
    let stats = buffer.stats();
    assert_eq!(
        (stats.committed, stats.queue_events, stats.queue_bytes),
        (6, 0, 0)
    );
}

#[test]
fn queue_holds_the_bytes_that_it_may() {
    let size = events(0, 3).size();
    let (_, buffer) = closed_gate(
        ErrorKind::Busy,
        BufferOptions {
            queue_bytes: 2 * size,
            ..OPTIONS
        },
    );
    assert_eq!(buffer.queue_bytes(), 2 * size);
    submit(&buffer, events(0, 3)).unwrap();
    submit(&buffer, events(3, 3)).unwrap();
    assert_eq!(buffer.stats().queue_bytes, 2 * size as u64);
    let full = submit(&buffer, events(6, 1)).unwrap_err();
    assert_eq!(full.kind(), ErrorKind::Again, "{full}");
    assert_eq!(buffer.close(&Control::within(Duration::ZERO)), 6);
}

#[test]
fn a_batch_above_the_bounds_enters_an_empty_queue() {
    let (gate, buffer) = closed_gate(
        ErrorKind::Busy,
        BufferOptions {
            queue_events: 2,
            queue_bytes: 1,
            ..OPTIONS
        },
    );
    submit(&buffer, events(0, 5)).unwrap();
    let full = submit(&buffer, events(5, 1)).unwrap_err();
    assert_eq!(full.kind(), ErrorKind::Again, "{full}");
    gate.open();
    buffer.flush(&Control::unbounded()).unwrap();
    assert_eq!(*gate.transactions.lock(), [5]);
}

/// Submits one event, which a transaction takes, and then batches of two; returns the sizes of the transactions.
fn transactions(options: BufferOptions, batches: u64) -> Vec<usize> {
    let (gate, buffer) = closed_gate(ErrorKind::Busy, options);
    submit(&buffer, events(0, 1)).unwrap();
    until(&buffer, |stats| stats.retries > 0);
    for number in 0..batches {
        submit(&buffer, events(1 + 2 * number, 2)).unwrap();
    }
    gate.open();
    buffer.flush(&Control::unbounded()).unwrap();
    let transactions = gate.transactions.lock();
    transactions.clone()
}

#[test]
fn transactions_hold_the_events_that_they_may() {
    assert_eq!(transactions(OPTIONS, 5), [1, 4, 4, 2]);
}

#[test]
fn transactions_hold_the_bytes_that_they_may() {
    let options = BufferOptions {
        commit_events: 1000,
        commit_bytes: 3 * events(0, 2).size(),
        ..OPTIONS
    };
    assert_eq!(transactions(options, 5), [1, 6, 4]);
}
