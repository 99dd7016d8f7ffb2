//! A store that does what a test says, and calls on a buffer over it.

use std::time::{Duration, Instant};

use uuid::Uuid;

use super::super::*;
use super::fake_store::batch;
use crate::store::{Claim, CommitReport, Turn};

/// A store whose transactions fail until a test opens it; it notes the number of records of each transaction.
pub struct Gate {
    failure: Mutex<Option<ErrorKind>>,
    pub transactions: Mutex<Vec<usize>>,
}

impl Gate {
    /// Lets transactions succeed.
    pub fn open(&self) {
        *self.failure.lock() = None;
    }
}

impl EventWriter for Gate {
    fn write_in_turn(
        &self,
        batches: &[Batch],
        _turn: &mut Option<Turn<'_>>,
        claim: Claim<'_>,
    ) -> Result<Option<CommitReport>> {
        if let Some(kind) = *self.failure.lock() {
            return Err(Error::new(kind, "the gate is closed"));
        }
        if !claim() {
            return Ok(None);
        }
        let records = batches.iter().map(Batch::records).sum();
        self.transactions.lock().push(records);
        Ok(Some(CommitReport {
            events: batches.iter().map(|batch| batch.rows.len() as u64).sum(),
            duplicates: vec![0; batches.len()],
            ..CommitReport::default()
        }))
    }

    fn parallel_commits(&self) -> usize {
        1
    }
}

/// Options with which a batch is taken at once, and a transaction holds four events.
pub const OPTIONS: BufferOptions = BufferOptions {
    flush_events: 1,
    flush_interval: Duration::ZERO,
    queue_events: 1000,
    queue_bytes: 1 << 20,
    commit_events: 4,
    commit_bytes: 1 << 20,
};

/// Options with which batches stay in the queue until they are expedited.
pub const PATIENT: BufferOptions = BufferOptions {
    flush_events: 1000,
    flush_interval: Duration::from_secs(3600),
    ..OPTIONS
};

/// Returns a buffer over a store whose transactions fail.
pub fn closed_gate(failure: ErrorKind, options: BufferOptions) -> (Arc<Gate>, WriteBuffer) {
    let gate = Arc::new(Gate {
        failure: Mutex::new(Some(failure)),
        transactions: Mutex::default(),
    });
    let buffer = WriteBuffer::new(Arc::clone(&gate) as _, options, Logger::default());
    (gate, buffer)
}

/// A batch of events whose ids begin at `first`.
pub fn events(first: u64, count: u64) -> Batch {
    let ids: Vec<Uuid> = (first..first + count)
        .map(|n| Uuid::from_u64_pair(1, n))
        .collect();
    batch(&ids)
}

/// Submits a batch of a call of its own, because others may be joined.
pub fn submit(buffer: &WriteBuffer, batch: Batch) -> Result<u64> {
    let outcome = Outcome::new(None);
    buffer.submit(
        batch,
        Some((&outcome, Mark::default())),
        &Control::within(Duration::ZERO),
    )
}

/// Waits until the statistics are as a test expects.
pub fn until(buffer: &WriteBuffer, is_there: impl Fn(&BufferStats) -> bool) -> BufferStats {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let stats = buffer.stats();
        if is_there(&stats) {
            return stats;
        }
        assert!(Instant::now() < end, "{stats:?}");
        std::thread::sleep(Duration::from_millis(1));
    }
}
