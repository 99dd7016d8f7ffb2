//! The write buffer: a bounded queue, workers that commit, a flush barrier, and an outcome for every write.
//!
//! There are as many workers as the back end has parallel commits: one for SQLite. While commits run the queue grows, and the next
//! transaction takes the whole queue, up to a bound: transactions grow under load. Concurrent durable writers share commits.

mod outcome;
mod queue;
#[cfg(test)]
mod tests;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use outcome::{Counts, closed};
pub use outcome::{DoneFn, Mark, Outcome, Tally};
pub use queue::{BufferOptions, BufferStats, COMMIT_BOUNDS, CommitFailure};
use queue::{Owner, State};
use worker::Shared;

use crate::codec::Batch;
use crate::error::{Error, ErrorKind, Result};
use crate::log::Logger;
use crate::record::{Control, Edge};
use crate::store::EventWriter;
use crate::sync::{self, Condvar, Mutex};

/// How long a call that withdraws waits for a transaction that holds some of its batches.
const WITHDRAWING: Duration = Duration::from_millis(500);

/// A write buffer. All methods may be called by many threads at once.
#[derive(Debug)]
pub struct WriteBuffer {
    shared: Arc<Shared>,
}

impl WriteBuffer {
    /// Makes a buffer of a store. Starts no thread.
    pub fn new(store: Arc<dyn EventWriter>, options: BufferOptions, logger: Logger) -> Self {
        let shared = Shared {
            store,
            options,
            logger,
            state: Mutex::default(),
            turn: Mutex::new(()),
            work: Condvar::new(),
            retry: Condvar::new(),
            progress: Condvar::new(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Puts a batch into the queue and returns its ticket for [`WriteBuffer::wait`]. `outcome` follows the batch; its mark says where
    /// the batch begins in the call's input.
    ///
    /// # Errors
    /// [`Again`](ErrorKind::Again) if there was no room until the deadline; [`Closed`](ErrorKind::Closed);
    /// [`Interrupted`](ErrorKind::Interrupted). Nothing of the batch is accepted then.
    pub fn submit(
        &self,
        batch: Batch,
        outcome: Option<(&Arc<Outcome>, Mark)>,
        control: &Control,
    ) -> Result<u64> {
        let shared = &*self.shared;
        let counts = Counts::of(&batch);
        let mut state = shared.state.lock();
        loop {
            if state.closing {
                return Err(Error::new(ErrorKind::Closed, "the store is closed"));
            }
            let stats = &state.stats;
            let fits = stats.queue_events + counts.records <= shared.options.queue_events as u64
                && stats.queue_bytes + counts.bytes <= shared.options.queue_bytes as u64;
            // A batch above the bounds is accepted if the queue is empty.
            if fits || stats.queue_events == 0 {
                break;
            }
            state.check_permanent_failure()?;
            control
                .wait(&shared.progress, &mut state)
                .map_err(|error| match error.kind() {
                    ErrorKind::Timeout => Error::new(ErrorKind::Again, full(&state)),
                    _ => error,
                })?;
        }
        self.start(&mut state)?;
        state.accepted += 1;
        state.stats.accepted += counts.events;
        state.stats.queue_events += counts.records;
        state.stats.queue_bytes += counts.bytes;
        state.waiting_events += counts.records as usize;
        state.oldest.get_or_insert_with(sync::now);
        let call = outcome.map(|(outcome, before)| (Arc::clone(outcome), outcome.add(counts, before)));
        let ticket = state.accepted;
        if !batch.stated.is_empty() {
            state.edges = ticket;
        }
        state.push(batch, ticket, Owner { counts, call });
        // Workers sleep until there is a first batch, and again until there are enough events.
        if state.queue.len() == 1 || state.waiting_events >= shared.options.flush_events {
            shared.work.notify_one();
        }
        Ok(ticket)
    }

    /// Puts edges into the queue, all of them or none; `durable` waits for their commit. Edges that the database refuses become dead
    /// letters.
    ///
    /// # Errors
    /// Those of [`submit`](Self::submit), and for durable edges those of [`wait_or_withdraw`](Self::wait_or_withdraw). The error is
    /// [retriable](Error::is_retriable) only if none of the edges can be committed later. [`Invalid`](ErrorKind::Invalid) for durable
    /// edges that the database refuses.
    pub fn add_edges(&self, edges: &[Edge], durable: bool, control: &Control) -> Result<()> {
        if edges.is_empty() {
            return Ok(());
        }
        let outcome = durable.then(|| Outcome::new(None));
        let call = outcome.as_ref().map(|outcome| (outcome, Mark::default()));
        let ticket = self.submit(Batch::of_edges(edges), call, control)?;
        let Some(outcome) = outcome else {
            return Ok(());
        };
        outcome.seal();
        self.wait_or_withdraw(ticket, &outcome, control)
            .map_err(|error| {
                let passes = error.is_retriable() || error.kind() == ErrorKind::Interrupted;
                // A transaction may have committed the edges since, and closing may have given up a transaction in doubt.
                error.retriable(passes && outcome.is_withdrawn(0))
            })?;
        match outcome.refusal() {
            Some(reason) => Err(Error::invalid(format!(
                "the database refused the edges: {reason}"
            ))),
            None => Ok(()),
        }
    }

    /// Waits until the edges that were added before the call, by any thread, are committed.
    ///
    /// # Errors
    /// Those of [`flush`](Self::flush).
    pub fn wait_for_edges(&self, control: &Control) -> Result<()> {
        let ticket = self.shared.state.lock().edges;
        self.wait_until(ticket, control, |state| state.resolved() >= ticket)
    }

    /// Commits the batch with this ticket, and all before it, without waiting for more.
    pub fn expedite(&self, ticket: u64) {
        self.shared.expedite(&mut self.shared.state.lock(), ticket);
    }

    /// Waits until all batches of a sealed call, the last with this ticket, are resolved; expedites them.
    ///
    /// # Errors
    /// [`Timeout`](ErrorKind::Timeout), with the reason if commits fail at present. [`Corrupt`](ErrorKind::Corrupt),
    /// [`Schema`](ErrorKind::Schema), [`Permission`](ErrorKind::Permission), [`NotFound`](ErrorKind::NotFound) and
    /// [`Unsupported`](ErrorKind::Unsupported) at once. [`Interrupted`](ErrorKind::Interrupted). In all these cases the events stay in the
    /// queue. [`Closed`](ErrorKind::Closed) if closing gave them up.
    pub fn wait(&self, ticket: u64, outcome: &Outcome, control: &Control) -> Result<()> {
        self.wait_until(ticket, control, |_| outcome.is_resolved())?;
        if outcome.is_lost() {
            return Err(closed());
        }
        Ok(())
    }

    /// Waits as [`wait`](Self::wait) does. If that fails, withdraws the call's events that are still queued.
    ///
    /// An error means that at least a part of the call was not committed.
    pub fn wait_or_withdraw(&self, ticket: u64, outcome: &Outcome, control: &Control) -> Result<()> {
        let waited = self.wait(ticket, outcome, control);
        if waited.is_err() {
            self.withdraw(outcome, &Control::within(WITHDRAWING));
            if outcome.is_committed() {
                return Ok(());
            }
        }
        waited
    }

    /// Withdraws the last batches of a sealed call, up to the last one that a transaction holds. Waits for that transaction until
    /// `patience` ends.
    pub fn withdraw(&self, outcome: &Outcome, patience: &Control) {
        let shared = &*self.shared;
        let mut state = shared.state.lock();
        loop {
            self.drop_withdrawn(&mut state, outcome.withdraw());
            if outcome.is_resolved() || state.ended || patience.wait(&shared.progress, &mut state).is_err() {
                break;
            }
        }
        drop(state);
        outcome.finish();
    }

    /// Withdraws the batches of a request whose last batch was not accepted, unless a transaction holds them. Returns where they begin
    /// in the call's input; `None` if a transaction holds all of them.
    pub fn withdraw_request(&self, outcome: &Outcome) -> Option<Mark> {
        let mut state = self.shared.state.lock();
        let (counts, begin) = outcome.withdraw_request();
        self.drop_withdrawn(&mut state, counts);
        begin
    }

    fn drop_withdrawn(&self, state: &mut State, counts: Counts) {
        if counts.records > 0 {
            state.drop_withdrawn(counts);
            // There is room for other callers, and a worker may hold some of the batches.
            self.shared.progress.notify_all();
            self.shared.retry.notify_all();
        }
    }

    fn wait_until(&self, ticket: u64, control: &Control, is_over: impl Fn(&State) -> bool) -> Result<()> {
        let shared = &*self.shared;
        let mut state = shared.state.lock();
        shared.expedite(&mut state, ticket);
        while !is_over(&state) {
            if state.ended {
                return Err(closed());
            }
            state.check_permanent_failure()?;
            control
                .wait(&shared.progress, &mut state)
                .map_err(|error| match &state.stats.stuck {
                    Some(failure) if error.kind() == ErrorKind::Timeout => Error::new(
                        ErrorKind::Timeout,
                        format!("not committed before the deadline: {}", failure.reason),
                    ),
                    _ => error,
                })?;
        }
        Ok(())
    }

    /// Waits until everything that was accepted before the call, from any thread, is resolved.
    pub fn flush(&self, control: &Control) -> Result<()> {
        let ticket = self.shared.state.lock().accepted;
        self.wait_until(ticket, control, |state| state.resolved() >= ticket)
    }

    /// Returns the bound of the queue, in bytes.
    pub fn queue_bytes(&self) -> usize {
        self.shared.options.queue_bytes
    }

    /// Returns the counters and the present state.
    pub fn stats(&self) -> BufferStats {
        let mut state = self.shared.state.lock();
        state.expire_failure(worker::LONGEST_PAUSE);
        state.stats.clone()
    }

    /// Commits the queue until the deadline, ends the workers, and returns the number of events and edges that could not be stored.
    pub fn close(&self, control: &Control) -> u64 {
        let shared = &*self.shared;
        let mut state = shared.state.lock();
        state.closing = true;
        state.urgent = state.accepted;
        shared.work.notify_all();
        shared.progress.notify_all();
        while !state.ended
            && state.check_permanent_failure().is_ok()
            && state.resolved() < state.accepted
            && control.wait(&shared.progress, &mut state).is_ok()
        {}
        state.abandoned = true;
        let workers = std::mem::take(&mut state.workers);
        drop(state);
        shared.work.notify_all();
        shared.retry.notify_all();
        shared.progress.notify_all();
        for worker in workers {
            let _ = worker.join();
        }
        let mut state = shared.state.lock();
        state.ended = true;
        shared.progress.notify_all();
        let queue = std::mem::take(&mut state.queue);
        // A batch that is counted as lost cannot be withdrawn afterwards.
        queue.iter().for_each(|queued| queued.owner.give_up());
        let lost = state.stats.queue_events;
        state.stats.queue_events = 0;
        state.stats.queue_bytes = 0;
        drop(state);
        // Dropping the batches notifies their calls.
        drop(queue);
        lost
    }

    /// Starts a worker if all are busy and another one is allowed.
    fn start(&self, state: &mut State) -> Result<()> {
        let workers = state.workers.len();
        if state.running.len() < workers || workers >= self.shared.store.parallel_commits() {
            return Ok(());
        }
        let shared = Arc::clone(&self.shared);
        match sync::spawn("seerflow-write", move || shared.guarded_run()) {
            Ok(worker) => {
                state.workers.push(worker);
                state.alive += 1;
            }
            Err(error) if workers == 0 => return Err(error.into()),
            // The existing workers suffice.
            Err(_) => {}
        }
        Ok(())
    }
}

impl Drop for WriteBuffer {
    fn drop(&mut self) {
        self.close(&Control {
            deadline: Some(sync::now()),
            interrupt: None,
        });
    }
}

fn full(state: &State) -> String {
    let stats = &state.stats;
    let reason = stats
        .stuck
        .as_ref()
        .map(|failure| format!(": {}", failure.reason))
        .unwrap_or_default();
    format!(
        "the queue is full: {} events, {} bytes{reason}",
        stats.queue_events, stats.queue_bytes
    )
}
