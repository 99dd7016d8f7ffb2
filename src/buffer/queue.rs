//! What waits for its commit, and what is being committed.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::outcome::{Counts, Outcome};
use crate::codec::Batch;
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::record::Rejection;

/// Small batches join up to this size, in bytes.
const JOINED_BYTES: usize = 256 << 10;

/// The buffer's bounds; see the options of the same names.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct BufferOptions {
    pub flush_events: usize,
    pub flush_interval: Duration,
    pub queue_events: usize,
    pub queue_bytes: usize,
    pub commit_events: usize,
    pub commit_bytes: usize,
}

impl From<&Config> for BufferOptions {
    fn from(config: &Config) -> Self {
        Self {
            flush_events: config.int("storage.flush_events") as usize,
            flush_interval: config.millis("storage.flush_interval_ms"),
            queue_events: config.int("storage.queue_events") as usize,
            queue_bytes: config.int("storage.queue_bytes") as usize,
            commit_events: config.int("storage.commit_events") as usize,
            commit_bytes: config.int("storage.commit_bytes") as usize,
        }
    }
}

/// Counters of a buffer since it was made, and its present state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BufferStats {
    /// Events accepted.
    pub accepted: u64,
    /// Of these, events that their call took back.
    pub withdrawn: u64,
    /// Events committed that were new.
    pub committed: u64,
    /// Events whose event_id was there already.
    pub duplicates: u64,
    /// Records kept as dead letters.
    pub rejected: u64,
    /// Transactions.
    pub commits: u64,
    /// Commits that failed and were tried again.
    pub retries: u64,
    /// Events waiting or being committed.
    pub queue_events: u64,
    /// Bytes waiting or being committed.
    pub queue_bytes: u64,
    /// Nanoseconds that the last transaction took.
    pub last_commit_ns: u64,
    /// Nanoseconds that the longest transaction took.
    pub longest_commit_ns: u64,
    /// Bytes of the write-ahead log after the last commit.
    pub wal_bytes: u64,
    /// The last error of a commit; it stays after recovery.
    pub last_error: Option<String>,
    /// Why nothing can be committed at present; `None` when all is well.
    pub stuck: Option<String>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) queue: VecDeque<Queued>,
    /// When the oldest waiting batch came.
    pub(super) oldest: Option<Instant>,
    /// Number of the last batch accepted, of the last one taken to be committed, and of the last one that somebody waits for.
    pub(super) accepted: u64,
    pub(super) taken: u64,
    pub(super) urgent: u64,
    /// Number of the last batch that has stated edges.
    pub(super) edges: u64,
    pub(super) workers: Vec<JoinHandle<()>>,
    /// One for each worker that commits, and for what will never be settled.
    pub(super) running: Vec<Running>,
    /// Events that wait in the queue; `stats` counts those being committed as well.
    pub(super) waiting_events: usize,
    pub(super) closing: bool,
    /// Nothing new is tried any more; a commit that runs goes on.
    pub(super) abandoned: bool,
    /// Workers that have not ended.
    pub(super) alive: usize,
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

/// The calls that own a batch, and the size that it was counted with.
pub(super) struct Owner {
    pub(super) counts: Counts,
    /// The call that follows the batch, and the batch's number in the call.
    pub(super) call: Option<(Arc<Outcome>, usize)>,
}

impl Owner {
    /// Returns whether the call has taken the batch back.
    pub(super) fn is_withdrawn(&self) -> bool {
        self.call
            .as_ref()
            .is_some_and(|(outcome, part)| outcome.is_withdrawn(*part))
    }

    /// Notes whether a transaction holds the batch.
    pub(super) fn set_running(&self, is_running: bool) {
        if let Some((outcome, part)) = &self.call {
            outcome.set_running(*part, is_running);
        }
    }

    pub(super) fn commit(mut self, duplicates: u64, refused: Vec<Rejection>) {
        if let Some((outcome, part)) = self.call.take() {
            outcome.commit(part, duplicates, refused);
        }
    }
}

impl Drop for Owner {
    /// Whatever ended the commit, a panic too, the call is told.
    fn drop(&mut self) {
        if let Some((outcome, part)) = self.call.take() {
            outcome.lose(part);
        }
    }
}

impl State {
    pub(super) fn push(&mut self, batch: Batch, ticket: u64, owner: Owner) {
        if let Some(last) = self.queue.back_mut()
            && last.batch.format == batch.format
            && last.owner.call.is_none()
            && owner.call.is_none()
            && last.batch.size() + batch.size() <= JOINED_BYTES
        {
            last.batch.append(&batch);
            last.ticket = ticket;
            last.owner.counts.add(owner.counts);
            return;
        }
        self.queue.push_back(Queued { batch, ticket, owner });
    }

    /// Drops the batches that their call has taken back.
    pub(super) fn drop_withdrawn(&mut self, counts: Counts) {
        self.stats.withdrawn += counts.events;
        self.stats.queue_events -= counts.records;
        self.stats.queue_bytes -= counts.bytes;
        let waiting = &mut self.waiting_events;
        self.queue.retain(|queued| {
            let is_withdrawn = queued.owner.is_withdrawn();
            if is_withdrawn {
                *waiting -= queued.batch.records();
            }
            !is_withdrawn
        });
        if self.queue.is_empty() {
            self.oldest = None;
        }
        self.skip_withdrawn();
    }

    /// Passes the numbers of batches that were taken back behind all that wait.
    fn skip_withdrawn(&mut self) {
        if self.queue.is_empty() {
            self.taken = self.accepted;
        }
    }

    /// Answers at once what waiting would not change: somebody has to mend the database first.
    pub(super) fn check_hope(&self) -> Result<()> {
        let stuck = self.running.iter().filter_map(|commit| commit.stuck.as_ref());
        let mut hopeless = stuck.filter(|(kind, _)| {
            matches!(
                kind,
                ErrorKind::Corrupt
                    | ErrorKind::Schema
                    | ErrorKind::Permission
                    | ErrorKind::NotFound
                    | ErrorKind::Unsupported
            )
        });
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
        self.skip_withdrawn();
        self.running.push(Running { after, stuck: None });
        Taken { after, queued }
    }

    /// Says why a commit fails, or that it does not.
    pub(super) fn set_stuck(&mut self, after: u64, why: Option<(ErrorKind, String)>) {
        if let Some(commit) = self.running.iter_mut().find(|commit| commit.after == after) {
            commit.stuck = why;
        }
        let stuck = self.running.iter().find_map(|commit| commit.stuck.as_ref());
        self.stats.stuck = stuck.map(|(_, reason)| reason.clone());
    }
}
