//! The workers: each waits for enough events, commits them with retries, and resolves them.

use std::sync::Arc;
use std::time::Duration;

use super::outcome::Counts;
use super::queue::{BufferOptions, Owner, State, Taken};
use crate::back_off::BackOff;
use crate::codec::Batch;
use crate::error::{Error, ErrorKind};
use crate::log::{Level, Logger};
use crate::record::Rejection;
use crate::store::{CommitReport, EventWriter, Refused, Turn};
use crate::sync::{self, Condvar, Mutex};

/// The first and the longest pause after a failed commit.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The state that a buffer and its workers share.
pub(super) struct Shared {
    pub(super) store: Arc<dyn EventWriter>,
    pub(super) options: BufferOptions,
    pub(super) logger: Logger,
    pub(super) state: Mutex<State>,
    /// Held by the worker that waits for work, and after that until its events have their arrival numbers.
    pub(super) turn: Mutex<()>,
    /// The worker that holds the turn waits here for work.
    pub(super) work: Condvar,
    /// Workers wait here between two attempts of a commit.
    pub(super) retry: Condvar,
    /// Callers wait here for room and for commits.
    pub(super) progress: Condvar,
}

/// The batches of one commit that are not stored yet, and their owners.
struct Rest {
    batches: Vec<Batch>,
    owners: Vec<Owner>,
}

impl Rest {
    /// Drops withdrawn batches.
    fn drop_withdrawn(&mut self) {
        // Asked once: another thread may withdraw a batch meanwhile.
        let is_kept: Vec<bool> = self.owners.iter().map(|owner| !owner.is_withdrawn()).collect();
        let mut kept = is_kept.iter();
        self.batches.retain(|_| kept.next() != Some(&false));
        let mut kept = is_kept.iter();
        self.owners.retain(|_| kept.next() != Some(&false));
    }

    /// Returns whether an error may mean that the database refuses stated edges among the first batches. It rejects events by itself.
    fn has_refused_edges(&self, count: usize, error: &Error) -> bool {
        let is_refusal = matches!(error.kind(), ErrorKind::Invalid | ErrorKind::Limit);
        is_refusal
            && self
                .batches
                .iter()
                .take(count)
                .any(|batch| !batch.stated.is_empty())
    }

    /// Rejects the refused edges of the first batch. If small writes were joined in it, halves it first.
    fn isolate_edges(&mut self, error: &Error) {
        self.set_running(1, false);
        let (batch, owner) = (&mut self.batches[0], &mut self.owners[0]);
        let edges = batch.stated.len();
        if edges == 1 || owner.call.is_some() {
            return batch.reject_edges(&error.to_string());
        }
        let second = batch.split_off_edges(edges / 2);
        let counts = Counts {
            records: second.stated.len() as u64,
            ..Counts::default()
        };
        owner.counts.records -= counts.records;
        self.batches.insert(1, second);
        self.owners.insert(1, Owner { counts, call: None });
    }

    fn set_running(&self, count: usize, is_running: bool) {
        let tried = self.owners.iter().take(count);
        tried.for_each(|owner| owner.set_running(is_running));
    }
}

impl Shared {
    /// Wakes a worker that commits the batch with this ticket, and all before it, without waiting for more.
    pub(super) fn expedite(&self, state: &mut State, ticket: u64) {
        if state.taken < ticket {
            state.urgent = state.urgent.max(ticket);
            self.work.notify_one();
        }
    }

    /// Runs a worker. A panic in it, which is a defect, ends all waiting calls.
    pub(super) fn guarded_run(&self) {
        let has_panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.run())).is_err();
        let mut state = self.state.lock();
        if has_panicked {
            state.closing = true;
            state.abandoned = true;
            // The other running commits clear their reason when they succeed.
            let reason = "the writer panicked; close the store and open it again";
            state
                .running
                .iter_mut()
                .for_each(|commit| commit.stuck = Some((ErrorKind::Panic, reason.to_owned())));
            state.show_failure(ErrorKind::Panic, reason.to_owned());
        }
        // The commits of other workers continue and notify their calls.
        state.alive -= 1;
        state.ended |= state.abandoned && state.alive == 0;
        drop(state);
        self.work.notify_all();
        self.retry.notify_all();
        self.progress.notify_all();
    }

    /// Waits for enough events, commits them and resolves them, until the buffer is closed.
    fn run(&self) {
        loop {
            let mut turn = Some(self.turn.lock());
            let Some(Taken { after, queued }) = self.next() else {
                return;
            };
            let (batches, owners) = queued
                .into_iter()
                .map(|queued| (queued.batch, queued.owner))
                .unzip();
            if !self.commit(after, Rest { batches, owners }, &mut turn) {
                // The commit stays among those that run: a flush must not take its batches for resolved.
                return;
            }
            drop(turn);
            self.state.lock().running.retain(|commit| commit.after != after);
            self.progress.notify_all();
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
            if enough || state.urgent > state.taken || sync::now() >= due {
                return Some(state.take(&self.options));
            }
            self.work.wait_until(&mut state, due);
        }
    }

    /// Repeats a commit until it succeeds, until closing gives up, or until all batches are withdrawn. A transaction that takes longer
    /// than the store allows, or more memory than there is, is repeated in halves: a slow connection may carry a small transaction in
    /// that time. So is one with stated edges that the database refuses, until they are alone; then they become dead letters. Returns false
    /// if closing gave up.
    fn commit(&self, after: u64, mut rest: Rest, turn: &mut Option<Turn<'_>>) -> bool {
        let mut back_off = BackOff::new(FIRST_PAUSE, LONGEST_PAUSE);
        let mut most = rest.batches.len();
        while !rest.batches.is_empty() {
            let count = most.min(rest.batches.len());
            let started = sync::now();
            let claim = || self.claim(&rest.owners[..count]);
            match self.store.write_in_turn(&rest.batches[..count], turn, &claim) {
                Ok(Some(report)) => {
                    self.resolve(after, &mut rest, report, sync::now() - started);
                    back_off.reset();
                }
                Ok(None) => rest.drop_withdrawn(),
                Err(error) => {
                    // A store recognizes a transaction in doubt by its batches: only the same ones may follow.
                    let may_change = !error.is_in_doubt();
                    let refuses_edges = may_change && rest.has_refused_edges(count, &error);
                    if refuses_edges && count == 1 {
                        rest.isolate_edges(&error);
                        continue;
                    }
                    let is_too_large =
                        may_change && matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Limit);
                    if refuses_edges || is_too_large {
                        most = count.div_ceil(2);
                    }
                    if !self.pause(after, &mut rest, count, &error, back_off.next_pause()) {
                        // The events still count as queued: closing reports them as lost.
                        return false;
                    }
                }
            }
        }
        true
    }

    /// Notes that a transaction holds batches. Returns false if one of them was withdrawn.
    fn claim(&self, owners: &[Owner]) -> bool {
        let _state = self.state.lock();
        let is_complete = !owners.iter().any(Owner::is_withdrawn);
        if is_complete {
            owners.iter().for_each(|owner| owner.set_running(true));
        }
        is_complete
    }

    /// Notes why an attempt failed, and waits for the next one. Returns false if closing gave up.
    fn pause(&self, after: u64, rest: &mut Rest, tried: usize, error: &Error, pause: Duration) -> bool {
        let mut state = self.state.lock();
        let reason = error.to_string();
        let known = state
            .running
            .iter()
            .filter_map(|commit| commit.stuck.as_ref().map(|(_, known)| known));
        let shown = state.stats.stuck.as_ref().map(|failure| &failure.reason);
        if !known.chain(shown).any(|known| *known == reason) {
            self.logger.log(Level::Warning, || {
                format!("commit failed; the events stay in the queue and are tried again: {reason}")
            });
        }
        state.stats.retries += 1;
        state.stats.last_error = Some(reason.clone());
        state.set_stuck(after, Some((error.kind(), reason)));
        // A transaction in doubt holds its batches until its outcome is known.
        rest.set_running(tried, error.is_in_doubt());
        self.progress.notify_all();
        // Only closing ends the pause early, not new work.
        let until = sync::now() + pause;
        while !state.abandoned && !rest.batches.is_empty() {
            let is_time = self.retry.wait_until(&mut state, until).timed_out();
            rest.drop_withdrawn();
            if is_time {
                break;
            }
        }
        !state.abandoned
    }

    /// Counts a commit and notifies the calls of its batches.
    fn resolve(&self, after: u64, rest: &mut Rest, report: CommitReport, took: Duration) {
        let count = report.duplicates.len();
        let mut refused = vec![Vec::new(); count];
        for Refused { batch, row, reason } in report.refused {
            let index = rest.batches[batch].rows[row].index;
            refused[batch].push(Rejection { index, reason });
        }
        let rejected: usize = rest
            .batches
            .iter()
            .take(count)
            .map(|batch| batch.rejected.len())
            .sum();
        let refused_events: usize = refused.iter().map(Vec::len).sum();
        for (batch, refused) in rest.batches.iter().zip(&mut refused) {
            if let Some(reason) = batch.edge_rejection() {
                let reason = reason.to_owned();
                refused.push(Rejection { index: 0, reason });
            }
        }
        let unparsed_times: u64 = rest.batches[..count]
            .iter()
            .map(|batch| batch.unparsed_times)
            .sum();
        // Release the memory before callers learn that there is room.
        rest.batches.drain(..count);
        let owners: Vec<Owner> = rest.owners.drain(..count).collect();
        let mut counts = Counts::default();
        owners.iter().for_each(|owner| counts.add(owner.counts));
        // Update the counters first, so that a caller woken by a commit sees them.
        let mut state = self.state.lock();
        let was_stuck = state.stats.stuck.is_some();
        state.set_stuck(after, None);
        if was_stuck && state.stats.stuck.is_none() {
            self.logger.log(Level::Info, || "commits work again".to_owned());
        }
        let stats = &mut state.stats;
        stats.count_commit(took);
        stats.committed += report.events;
        stats.duplicates += report.duplicates.iter().sum::<u64>();
        stats.rejected += (rejected + refused_events) as u64;
        stats.unparsed_times += unparsed_times;
        stats.wal_bytes = report.wal_bytes;
        stats.queue_events -= counts.records;
        stats.queue_bytes -= counts.bytes;
        drop(state);
        let fates = report.duplicates.into_iter().zip(refused);
        for (owner, (duplicates, refused)) in owners.into_iter().zip(fates) {
            owner.commit(duplicates, refused);
        }
        // A caller that checked before its batch was resolved waits by now, and is woken.
        drop(self.state.lock());
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
