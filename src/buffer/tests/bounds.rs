//! The bounds of the queue and of transactions, over a store that waits for the test.

use std::time::Duration;

use uuid::Uuid;

use super::super::*;
use super::fake_store::batch;
use crate::store::{Claim, CommitReport, Turn};

/// A store that is locked until it is released; it notes the size of each transaction.
#[derive(Default)]
struct Gate {
    is_open: Mutex<bool>,
    transactions: Mutex<Vec<usize>>,
}

impl EventWriter for Gate {
    fn write_in_turn(
        &self,
        batches: &[Batch],
        _turn: &mut Option<Turn<'_>>,
        claim: Claim<'_>,
    ) -> Result<Option<CommitReport>> {
        if !*self.is_open.lock() {
            return Err(Error::new(ErrorKind::Busy, "locked"));
        }
        assert!(claim());
        let events = batches.iter().map(Batch::records).sum();
        self.transactions.lock().push(events);
        Ok(Some(CommitReport {
            events: events as u64,
            duplicates: vec![0; batches.len()],
            ..CommitReport::default()
        }))
    }

    fn parallel_commits(&self) -> usize {
        1
    }
}

fn buffer(queue_events: usize, queue_bytes: usize) -> (Arc<Gate>, WriteBuffer) {
    let gate = Arc::new(Gate::default());
    let options = BufferOptions {
        flush_events: 1,
        flush_interval: Duration::ZERO,
        queue_events,
        queue_bytes,
        commit_events: 4,
        commit_bytes: 1 << 20,
    };
    let buffer = WriteBuffer::new(Arc::clone(&gate) as _, options, Logger::default());
    (gate, buffer)
}

/// A batch of events whose ids begin at `first`.
fn events(first: u64, count: u64) -> Batch {
    let ids: Vec<Uuid> = (first..first + count)
        .map(|n| Uuid::from_u64_pair(1, n))
        .collect();
    batch(&ids)
}

fn submit(buffer: &WriteBuffer, batch: Batch) -> Result<u64> {
    // Followed batches are not joined.
    let outcome = Outcome::new(None);
    buffer.submit(
        batch,
        Some((&outcome, Mark::default())),
        &Control::within(Duration::ZERO),
    )
}

#[test]
fn queue_holds_the_events_that_it_may() {
    let (gate, buffer) = buffer(6, 1 << 20);
    submit(&buffer, events(0, 2)).unwrap();
    submit(&buffer, events(2, 3)).unwrap();
    let full = submit(&buffer, events(5, 2)).unwrap_err();
    assert_eq!(full.kind(), ErrorKind::Again, "{full}");
    submit(&buffer, events(5, 1)).unwrap();
    let stats = buffer.stats();
    assert_eq!((stats.accepted, stats.queue_events), (6, 6));
    let full = submit(&buffer, events(6, 1)).unwrap_err();
    assert_eq!(full.kind(), ErrorKind::Again, "{full}");

    *gate.is_open.lock() = true;
    buffer.flush(&Control::unbounded()).unwrap();
    let stats = buffer.stats();
    assert_eq!(
        (stats.committed, stats.queue_events, stats.queue_bytes),
        (6, 0, 0)
    );
    assert!(gate.transactions.lock().iter().all(|events| *events <= 4));
}

#[test]
fn queue_holds_the_bytes_that_it_may() {
    let size = events(0, 3).size();
    let (_, buffer) = buffer(1000, 2 * size);
    submit(&buffer, events(0, 3)).unwrap();
    submit(&buffer, events(3, 3)).unwrap();
    assert_eq!(buffer.stats().queue_bytes, 2 * size as u64);
    let full = submit(&buffer, events(6, 1)).unwrap_err();
    assert_eq!(full.kind(), ErrorKind::Again, "{full}");
    assert_eq!(buffer.close(&Control::within(Duration::ZERO)), 6);
}

#[test]
fn a_batch_above_the_bounds_enters_an_empty_queue() {
    let (gate, buffer) = buffer(2, 1);
    submit(&buffer, events(0, 5)).unwrap();
    let full = submit(&buffer, events(5, 1)).unwrap_err();
    assert_eq!(full.kind(), ErrorKind::Again, "{full}");
    *gate.is_open.lock() = true;
    buffer.flush(&Control::unbounded()).unwrap();
    assert_eq!(*gate.transactions.lock(), [5]);
}
