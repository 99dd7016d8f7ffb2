//! The workers: each waits for enough work, commits it until that works, and settles it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::BufferOptions;
use super::queue::{Owner, Running, State, Taken};
use crate::codec::Batch;
use crate::error::ErrorKind;
use crate::log::{Level, Logger};
use crate::record::Rejection;
use crate::store::{CommitReport, LogStore, Refused, Turn};

/// The first and the longest pause after a commit that failed.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// What a buffer and its workers share.
pub(super) struct Shared {
    pub(super) store: Arc<dyn LogStore>,
    pub(super) options: BufferOptions,
    pub(super) logger: Logger,
    pub(super) state: Mutex<State>,
    /// Held by the worker that waits for work, or has taken some, until the next one cannot come before it.
    pub(super) turn: Mutex<()>,
    /// The worker whose turn it is waits here for work.
    pub(super) work: Condvar,
    /// Workers wait here between two tries of a commit.
    pub(super) retry: Condvar,
    /// Callers wait here for room and for commits.
    pub(super) progress: Condvar,
}

/// Tells the calls which of their events the database refused.
fn tell_refused(batches: &[Batch], owners: &[Owner], report: &CommitReport) {
    for Refused { batch, row, reason } in &report.refused {
        let refused = [Rejection {
            index: batches[*batch].rows[*row].index,
            reason: reason.clone(),
        }];
        owners[*batch]
            .outcomes
            .iter()
            .for_each(|outcome| outcome.refuse(&refused));
    }
}

impl Shared {
    pub(super) fn hasten(&self, state: &mut State, ticket: u64) {
        if state.taken < ticket {
            state.urgent = state.urgent.max(ticket);
            self.work.notify_one();
        }
    }

    /// Runs a worker; a panic in it, a defect, ends all waiting instead of hanging it.
    pub(super) fn guarded_run(&self) {
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.run())).is_err() {
            let mut state = self.state.lock();
            state.closing = true;
            state.abandoned = true;
            state.ended = true;
            // Of those that run, the others will say that they are not stuck.
            let reason = "the writer panicked; close the store and open it again";
            state
                .running
                .iter_mut()
                .for_each(|commit| commit.stuck = Some((ErrorKind::Panic, reason.to_owned())));
            state.stats.stuck = Some(reason.to_owned());
            drop(state);
            self.work.notify_all();
            self.retry.notify_all();
            self.progress.notify_all();
        }
    }

    /// A worker: waits for enough work, commits it, settles it.
    fn run(&self) {
        loop {
            let mut turn = Some(self.turn.lock());
            let Some(Taken { after, queued }) = self.next() else {
                return;
            };
            let (batches, owners): (Vec<Batch>, Vec<Owner>) = queued
                .into_iter()
                .map(|queued| (queued.batch, queued.owner))
                .unzip();
            let report = self.commit(after, &batches, &mut turn);
            drop(turn);
            if let Some(report) = &report {
                tell_refused(&batches, &owners, report);
            }
            let records = batches.iter().map(|batch| batch.records() as u64).sum();
            // Their memory is given back before anybody is told that there is room.
            drop(batches);
            self.settle(after, owners, records, report);
        }
    }

    fn next(&self) -> Option<Taken> {
        let mut state = self.state.lock();
        loop {
            if state.abandoned || (state.closing && state.queue.is_empty()) {
                return None;
            }
            let Some(oldest) = state.oldest else {
                self.work.wait(&mut state);
                continue;
            };
            let due = oldest + self.options.flush_interval;
            let enough = state.waiting_events >= self.options.flush_events;
            if enough || state.urgent > state.taken || Instant::now() >= due {
                return Some(state.take(&self.options));
            }
            self.work.wait_until(&mut state, due);
        }
    }

    /// Commits until it works; `None` when closing gave up. What takes longer than the store allows is tried in halves: a line may carry
    /// a small transaction in that time, and never a large one.
    fn commit(&self, after: u64, batches: &[Batch], turn: &mut Option<Turn<'_>>) -> Option<CommitReport> {
        let mut pause = BACK_OFF.0;
        let mut done = CommitReport::default();
        let (mut rest, mut most) = (batches, batches.len());
        loop {
            let some = &rest[..most.min(rest.len())];
            let started = Instant::now();
            match self.store.write_in_turn(some, turn) {
                Ok(report) => {
                    done.append(report);
                    rest = &rest[some.len()..];
                    let took = started.elapsed().as_nanos() as u64;
                    let mut state = self.state.lock();
                    if state.set_stuck(after, None) && state.stats.stuck.is_none() {
                        self.logger.log(Level::Info, || "commits work again".to_owned());
                    }
                    state.stats.last_commit_ns = took;
                    state.stats.longest_commit_ns = state.stats.longest_commit_ns.max(took);
                    if rest.is_empty() {
                        return Some(done);
                    }
                    pause = BACK_OFF.0;
                }
                Err(error) => {
                    if error.kind() == ErrorKind::Timeout {
                        most = some.len().div_ceil(2);
                    }
                    let mut state = self.state.lock();
                    let reason = error.to_string();
                    let is_news = |commit: &Running| {
                        let known = commit.stuck.as_ref().map(|(_, known)| known);
                        known != Some(&reason)
                    };
                    if state.running.iter().all(is_news) {
                        self.logger.log(Level::Warning, || {
                            format!("commit failed, the events are kept and tried again: {reason}")
                        });
                    }
                    state.stats.retries += 1;
                    state.stats.last_error = Some(reason.clone());
                    state.set_stuck(after, Some((error.kind(), reason)));
                    self.progress.notify_all();
                    if state.abandoned {
                        return None;
                    }
                    // New work is no reason to try earlier; only closing is.
                    let until = Instant::now() + pause;
                    while !state.abandoned && !self.retry.wait_until(&mut state, until).timed_out() {}
                    if state.abandoned {
                        return None;
                    }
                    pause = (pause * 2).min(BACK_OFF.1);
                }
            }
        }
    }

    fn settle(&self, after: u64, owners: Vec<Owner>, records: u64, report: Option<CommitReport>) {
        let Some(report) = report else {
            // The events still count as queued: closing reports them as lost.
            drop(owners);
            return;
        };
        // First the counters: who is told that all is stored finds it counted.
        let mut state = self.state.lock();
        let stats = &mut state.stats;
        stats.commits += 1;
        stats.committed += report.events;
        stats.duplicates += report.duplicates.iter().sum::<u64>();
        stats.rejected += report.refused.len() as u64;
        stats.wal_bytes = report.wal_bytes;
        stats.queue_events -= records;
        stats.queue_bytes -= owners.iter().map(|owner| owner.size).sum::<u64>();
        drop(state);
        for (mut owner, duplicates) in owners.into_iter().zip(&report.duplicates) {
            owner.settle(*duplicates, false);
        }
        let mut state = self.state.lock();
        state.running.retain(|commit| commit.after != after);
        drop(state);
        self.progress.notify_all();
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
