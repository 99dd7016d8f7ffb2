//! What waits for its commit, and what is being committed.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use super::outcome::Outcome;
use super::{BufferOptions, BufferStats};
use crate::codec::Batch;
use crate::error::{Error, ErrorKind, Result};

/// Small batches join up to this size, in bytes.
const JOINED_BYTES: usize = 256 << 10;

#[derive(Default)]
pub(super) struct State {
    pub(super) queue: VecDeque<Queued>,
    /// When the oldest waiting batch came.
    pub(super) oldest: Option<Instant>,
    /// Number of the last batch accepted, of the last one taken to be committed, and of the last one that somebody waits for.
    pub(super) accepted: u64,
    pub(super) taken: u64,
    pub(super) urgent: u64,
    pub(super) workers: Vec<JoinHandle<()>>,
    /// One for each worker that commits, and for what will never be settled.
    pub(super) running: Vec<Running>,
    /// Events that wait in the queue; `stats` counts those being committed as well.
    pub(super) waiting_events: usize,
    pub(super) closing: bool,
    /// Nothing new is tried any more; a commit that runs goes on.
    pub(super) abandoned: bool,
    /// The workers are gone: what is not settled never will be.
    pub(super) ended: bool,
    pub(super) stats: BufferStats,
}

/// A commit that is not over.
pub(super) struct Running {
    /// Number of the last batch that was taken before its own.
    pub(super) after: u64,
    /// Why it failed the last time.
    pub(super) stuck: Option<(ErrorKind, String)>,
}

/// What goes into one transaction.
pub(super) struct Taken {
    /// Names the commit: see [`Running`].
    pub(super) after: u64,
    pub(super) queued: Vec<Queued>,
}

/// A batch that waits.
pub(super) struct Queued {
    pub(super) batch: Batch,
    pub(super) ticket: u64,
    pub(super) owner: Owner,
}

/// Whose a batch is, and what is left of it while it is committed.
pub(super) struct Owner {
    /// What it was counted as when it was accepted, in bytes.
    pub(super) size: u64,
    pub(super) outcomes: Vec<Arc<Outcome>>,
}

impl Owner {
    pub(super) fn settle(&mut self, duplicates: u64, lost: bool) {
        for outcome in self.outcomes.drain(..) {
            outcome.settle(duplicates, lost);
        }
    }
}

impl Drop for Owner {
    /// Whatever ended the commit, a panic too: its callers are told.
    fn drop(&mut self) {
        self.settle(0, true);
    }
}

impl State {
    pub(super) fn push(&mut self, batch: Batch, ticket: u64, size: u64, outcome: Option<&Arc<Outcome>>) {
        if let Some(last) = self.queue.back_mut()
            && last.batch.format == batch.format
            && last.owner.outcomes.is_empty()
            && outcome.is_none()
            && last.batch.size() + batch.size() <= JOINED_BYTES
        {
            last.batch.append(&batch);
            last.ticket = ticket;
            last.owner.size += size;
            return;
        }
        self.queue.push_back(Queued {
            batch,
            ticket,
            owner: Owner {
                size,
                outcomes: outcome.cloned().into_iter().collect(),
            },
        });
    }

    /// Answers at once what waiting would not change: somebody has to mend the database first.
    pub(super) fn check_hope(&self) -> Result<()> {
        let stuck = self.running.iter().filter_map(|commit| commit.stuck.as_ref());
        let mut hopeless = stuck.filter(|(kind, _)| matches!(kind, ErrorKind::Corrupt | ErrorKind::Schema));
        match hopeless.next() {
            Some((kind, reason)) => Err(Error::new(*kind, format!("not committed: {reason}"))),
            None => Ok(()),
        }
    }

    /// Returns the number of the last batch up to which all are settled.
    pub(super) fn settled(&self) -> u64 {
        let running = self.running.iter().map(|commit| commit.after);
        running.min().unwrap_or(self.taken)
    }

    /// Takes what goes into the next transaction: all that waits, or a share of it when other workers wait as well.
    pub(super) fn take(&mut self, options: &BufferOptions) -> Taken {
        let idle = (self.workers.len() - self.running.len()).max(1);
        let share = self.waiting_events.div_ceil(idle).max(options.flush_events);
        let most = share.min(options.commit_events);
        let (mut records, mut bytes) = (0, 0);
        let mut queued = Vec::new();
        let after = self.taken;
        while let Some(next) = self.queue.front() {
            records += next.batch.records();
            bytes += next.batch.size();
            if !queued.is_empty() && (records > most || bytes > options.commit_bytes) {
                break;
            }
            self.waiting_events -= next.batch.records();
            self.taken = next.ticket;
            queued.extend(self.queue.pop_front());
        }
        self.oldest = self.queue.front().map(|_| Instant::now());
        self.running.push(Running { after, stuck: None });
        Taken { after, queued }
    }

    /// Says why a commit fails, or that it does not; answers whether it failed before.
    pub(super) fn set_stuck(&mut self, after: u64, why: Option<(ErrorKind, String)>) -> bool {
        let commit = self.running.iter_mut().find(|commit| commit.after == after);
        let before = commit.and_then(|commit| std::mem::replace(&mut commit.stuck, why));
        let stuck = self.running.iter().find_map(|commit| commit.stuck.as_ref());
        self.stats.stuck = stuck.map(|(_, reason)| reason.clone());
        before.is_some()
    }
}
