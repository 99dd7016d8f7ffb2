//! What becomes of one write call.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;

use super::closed;
use crate::error::Result;
use crate::record::Rejection;

/// What becomes of one write call, whose events may go in several batches.
pub struct Outcome {
    duplicates: AtomicU64,
    refused: Mutex<Vec<Rejection>>,
    lost: AtomicBool,
    /// Batches that are not committed yet, and one for the call itself until it has handed over all.
    pending: AtomicU64,
    done: Mutex<Option<DoneFn>>,
}

/// Told once, on a worker's thread, when all of a call is committed: the number of duplicates, or the error that ended it.
pub type DoneFn = Box<dyn FnOnce(Result<u64>) + Send>;

impl Outcome {
    /// Starts the outcome of a call.
    pub fn new(done: Option<DoneFn>) -> Arc<Self> {
        Arc::new(Self {
            duplicates: AtomicU64::new(0),
            refused: Mutex::default(),
            lost: AtomicBool::new(false),
            pending: AtomicU64::new(1),
            done: Mutex::new(done),
        })
    }

    /// Tells whether somebody is to be told.
    pub fn is_watched(&self) -> bool {
        self.done.lock().is_some()
    }

    /// Returns how many events of the committed batches were there already.
    pub fn duplicates(&self) -> u64 {
        self.duplicates.load(Ordering::Acquire)
    }

    /// Takes the events of the committed batches that the database refused, in the order of their indices.
    pub fn take_refused(&self) -> Vec<Rejection> {
        let mut refused = std::mem::take(&mut *self.refused.lock());
        refused.sort_by_key(|one| one.index);
        refused
    }

    /// Says that the call has handed over all its batches.
    pub fn seal(&self) {
        self.settle(0, false);
    }

    /// Counts another batch.
    pub(super) fn add(&self) {
        self.pending.fetch_add(1, Ordering::AcqRel);
    }

    /// Tells whether a batch was given up.
    pub(super) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }

    /// Tells whether all batches of a sealed call are settled.
    pub(super) fn is_settled(&self) -> bool {
        self.pending.load(Ordering::Acquire) == 0
    }

    pub(super) fn refuse(&self, refused: &[Rejection]) {
        self.refused.lock().extend_from_slice(refused);
    }

    pub(super) fn settle(&self, duplicates: u64, lost: bool) {
        self.duplicates.fetch_add(duplicates, Ordering::AcqRel);
        self.lost.fetch_or(lost, Ordering::AcqRel);
        if self.pending.fetch_sub(1, Ordering::AcqRel) == 1
            && let Some(done) = self.done.lock().take()
        {
            done(if self.is_lost() {
                Err(closed())
            } else {
                Ok(self.duplicates())
            });
        }
    }
}
