//! The queue: batches that wait for their commit, and the commits that run.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::outcome::{Counts, Outcome};
use crate::codec::Batch;
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Rejection, now_ns};
use crate::sync::{self, thread::JoinHandle};

/// The largest batch that small batches are joined to, in bytes.
const JOINED_BYTES: usize = 256 << 10;

/// The bounds of a buffer; see the options of the same names.
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

/// Counters of a buffer since its creation, and its present state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BufferStats {
    /// Events accepted.
    pub accepted: u64,
    /// Of these, withdrawn events.
    pub withdrawn: u64,
    /// New events that were committed.
    pub committed: u64,
    /// Events whose event_id existed already.
    pub duplicates: u64,
    /// Records stored as dead letters.
    pub rejected: u64,
    /// Committed events whose time was given and not understood.
    pub unparsed_times: u64,
    /// Transactions.
    pub commits: u64,
    /// Failed commits that were repeated.
    pub retries: u64,
    /// Events, edges and rejected records in the queue or being committed.
    pub queue_events: u64,
    /// Bytes in the queue or being committed.
    pub queue_bytes: u64,
    /// Duration of the last transaction, in nanoseconds.
    pub last_commit_ns: u64,
    /// Duration of the longest transaction, in nanoseconds.
    pub longest_commit_ns: u64,
    /// Bytes of the write-ahead log after the last commit.
    pub wal_bytes: u64,
    /// The duration of all transactions together, in nanoseconds.
    pub total_commit_ns: u64,
    /// The number of transactions up to each of [`COMMIT_BOUNDS`], longer than the bound before it. The last number counts those
    /// above every bound.
    pub commit_counts: [u64; COMMIT_BOUNDS.len() + 1],
    /// The last error of a commit; it stays after recovery.
    pub last_error: Option<String>,
    /// Why commits fail at present; `None` if they work.
    pub stuck: Option<CommitFailure>,
}

/// The upper bounds of the histogram of commit durations.
pub const COMMIT_BOUNDS: [Duration; 9] = [
    Duration::from_millis(1),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(30),
];

/// Why commits fail at present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitFailure {
    /// The kind of the last error.
    pub kind: ErrorKind,
    /// Its message.
    pub reason: String,
    /// When the first attempt after the last success failed, in nanoseconds since 1970-01-01 UTC.
    pub since_ns: i64,
}

impl BufferStats {
    /// Counts a transaction.
    pub(super) fn count_commit(&mut self, took: Duration) {
        let took_ns = took.as_nanos() as u64;
        self.commits += 1;
        self.last_commit_ns = took_ns;
        self.longest_commit_ns = self.longest_commit_ns.max(took_ns);
        self.total_commit_ns += took_ns;
        let bucket = COMMIT_BOUNDS.partition_point(|bound| *bound < took);
        self.commit_counts[bucket] += 1;
    }
}

#[derive(Default)]
pub(super) struct State {
    pub(super) queue: VecDeque<Queued>,
    /// When the oldest batch in the queue arrived.
    pub(super) oldest: Option<Instant>,
    /// Tickets of the last accepted batch, of the last one taken for a commit, and of the last one that is expedited.
    pub(super) accepted: u64,
    pub(super) taken: u64,
    pub(super) urgent: u64,
    /// Ticket of the last batch with stated edges.
    pub(super) edges: u64,
    pub(super) workers: Vec<JoinHandle<()>>,
    /// The commits that run, and those that a worker gave up.
    pub(super) running: Vec<Running>,
    /// Records in the queue; `stats` includes those being committed.
    pub(super) waiting_events: usize,
    pub(super) closing: bool,
    /// No new commit starts; a running one continues.
    pub(super) abandoned: bool,
    /// Workers that have not ended.
    pub(super) alive: usize,
    /// The workers are gone: unresolved batches stay so.
    pub(super) ended: bool,
    /// When an attempt failed: the first one after the last success, in nanoseconds since 1970-01-01 UTC, and the last one.
    failed: Option<(i64, Instant)>,
    pub(super) stats: BufferStats,
}

/// A commit that runs.
pub(super) struct Running {
    /// Ticket of the last batch before the commit's own; identifies the commit.
    pub(super) after: u64,
    /// Why its last attempt failed.
    pub(super) stuck: Option<(ErrorKind, String)>,
}

/// The batches of one transaction.
pub(super) struct Taken {
    /// Identifies the commit; see [`Running`].
    pub(super) after: u64,
    pub(super) queued: Vec<Queued>,
}

/// A batch in the queue.
pub(super) struct Queued {
    pub(super) batch: Batch,
    pub(super) ticket: u64,
    pub(super) owner: Owner,
}

/// The call that submitted a batch, and the batch's counts.
pub(super) struct Owner {
    pub(super) counts: Counts,
    /// The outcome of the call and the batch's number in it; `None` if no caller waits.
    pub(super) call: Option<(Arc<Outcome>, usize)>,
}

impl Owner {
    /// Returns whether the call withdrew the batch.
    pub(super) fn is_withdrawn(&self) -> bool {
        self.call
            .as_ref()
            .is_some_and(|(outcome, part)| outcome.is_withdrawn(*part))
    }

    /// Notes that closing gives the batch up.
    pub(super) fn give_up(&self) {
        if let Some((outcome, part)) = &self.call {
            outcome.give_up(*part);
        }
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
    /// Notifies the call, whatever ended the commit, also a panic.
    fn drop(&mut self) {
        if let Some((outcome, part)) = self.call.take() {
            outcome.give_up(part);
            outcome.finish();
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

    /// Drops withdrawn batches.
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

    /// Skips the tickets of withdrawn batches at the end of the queue.
    fn skip_withdrawn(&mut self) {
        if self.queue.is_empty() {
            self.taken = self.accepted;
        }
    }

    /// Returns an error if a commit failed for a reason that waiting does not change: an operator has to act.
    pub(super) fn check_permanent_failure(&self) -> Result<()> {
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

    /// Returns the ticket up to which all batches are resolved.
    pub(super) fn resolved(&self) -> u64 {
        let running = self.running.iter().map(|commit| commit.after);
        running.min().unwrap_or(self.taken)
    }

    /// Takes the batches of the next transaction: the whole queue, or a share of it if other workers are idle too.
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
        self.oldest = self.queue.front().map(|_| sync::now());
        self.skip_withdrawn();
        self.running.push(Running { after, stuck: None });
        Taken { after, queued }
    }

    /// Sets the reason why a commit fails, or clears it after a success.
    pub(super) fn set_stuck(&mut self, after: u64, why: Option<(ErrorKind, String)>) {
        if let Some(commit) = self.running.iter_mut().find(|commit| commit.after == after) {
            commit.stuck = why;
        }
        let stuck = self.running.iter().find_map(|commit| commit.stuck.clone());
        if let Some((kind, reason)) = stuck {
            self.show_failure(kind, reason);
        } else {
            self.failed = None;
            self.stats.stuck = None;
        }
    }

    /// Sets the reason that hosts see.
    pub(super) fn show_failure(&mut self, kind: ErrorKind, reason: String) {
        let since_ns = self.failed.map_or_else(now_ns, |(since_ns, _)| since_ns);
        self.failed = Some((since_ns, sync::now()));
        self.stats.stuck = Some(CommitFailure {
            kind,
            reason,
            since_ns,
        });
    }

    /// Forgets the failure of a commit whose events were all withdrawn, after a pause in which hosts need not try again. The next
    /// failure has the same start.
    pub(super) fn expire_failure(&mut self, pause: Duration) {
        let is_running = self.running.iter().any(|commit| commit.stuck.is_some());
        if !is_running && !self.closing && self.failed.is_some_and(|(_, last)| sync::now() - last >= pause) {
            self.stats.stuck = None;
        }
    }
}
