//! The write buffer: a bounded queue, workers that commit, a flush barrier, and an outcome for every write.
//!
//! There are as many workers as the back end commits side by side: one for SQLite. While commits run the queue grows, and the
//! next transaction takes all that waits, up to a bound: transactions grow under load by themselves. Concurrent durable
//! writers share their commits the same way.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

use crate::codec::Batch;
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::log::{Level, Logger};
use crate::record::{Control, Rejection};
use crate::store::{CommitReport, LogStore, Refused, Turn};
use crate::threads;

/// Small batches join up to this size, in bytes.
const JOINED_BYTES: usize = 256 << 10;

/// The first and the longest pause after a commit that failed.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// How often a waiting caller looks at its interrupt.
const GLANCE: Duration = Duration::from_millis(20);

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

    /// Tells whether all batches of a sealed call are settled.
    fn is_settled(&self) -> bool {
        self.pending.load(Ordering::Acquire) == 0
    }

    fn refuse(&self, refused: &[Rejection]) {
        self.refused.lock().extend_from_slice(refused);
    }

    fn settle(&self, duplicates: u64, lost: bool) {
        self.duplicates.fetch_add(duplicates, Ordering::AcqRel);
        self.lost.fetch_or(lost, Ordering::AcqRel);
        if self.pending.fetch_sub(1, Ordering::AcqRel) == 1
            && let Some(done) = self.done.lock().take()
        {
            let lost = self.lost.load(Ordering::Acquire);
            done(if lost {
                Err(closed())
            } else {
                Ok(self.duplicates())
            });
        }
    }
}

fn closed() -> Error {
    Error::new(
        ErrorKind::Closed,
        "the store was closed before the events were committed",
    )
}

/// Counters of a buffer since it was made, and its present state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BufferStats {
    /// Events accepted.
    pub accepted: u64,
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

/// The buffer.
#[derive(Debug)]
pub struct WriteBuffer {
    shared: Arc<Shared>,
}

struct Shared {
    store: Arc<dyn LogStore>,
    options: BufferOptions,
    logger: Logger,
    state: Mutex<State>,
    /// Held by the worker that waits for work, or has taken some, until the next one cannot come before it.
    turn: Mutex<()>,
    /// The worker whose turn it is waits here for work.
    work: Condvar,
    /// Workers wait here between two tries of a commit.
    retry: Condvar,
    /// Callers wait here for room and for commits.
    progress: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Queued>,
    /// When the oldest waiting batch came.
    oldest: Option<Instant>,
    /// Number of the last batch accepted, of the last one taken to be committed, and of the last one that somebody waits for.
    accepted: u64,
    taken: u64,
    urgent: u64,
    workers: Vec<JoinHandle<()>>,
    /// One for each worker that commits, and for what will never be settled.
    running: Vec<Running>,
    /// Events that wait in the queue; `stats` counts those being committed as well.
    waiting_events: usize,
    closing: bool,
    /// Nothing new is tried any more; a commit that runs goes on.
    abandoned: bool,
    /// The workers are gone: what is not settled never will be.
    ended: bool,
    /// What keeps commits from working, where trying again is no help before somebody mends the database.
    hopeless: Option<(ErrorKind, String)>,
    stats: BufferStats,
}

/// A commit that is not over.
struct Running {
    /// Number of the last batch that was taken before its own.
    after: u64,
    /// Why it failed the last time.
    stuck: Option<String>,
}

/// What goes into one transaction.
struct Taken {
    /// Names the commit: see [`Running`].
    after: u64,
    queued: Vec<Queued>,
}

struct Queued {
    batch: Batch,
    ticket: u64,
    /// What it was counted as when it was accepted, in bytes.
    size: u64,
    outcomes: Vec<Arc<Outcome>>,
}

/// What is left of a queued batch while it is committed.
struct Owner {
    size: u64,
    outcomes: Vec<Arc<Outcome>>,
}

impl Owner {
    fn settle(&mut self, duplicates: u64, lost: bool) {
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

impl Queued {
    fn split(self) -> (Batch, Owner) {
        (
            self.batch,
            Owner {
                size: self.size,
                outcomes: self.outcomes,
            },
        )
    }
}

impl WriteBuffer {
    /// Makes a buffer in front of a store; starts nothing yet.
    pub fn new(store: Arc<dyn LogStore>, options: BufferOptions, logger: Logger) -> Self {
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

    /// Puts a batch into the queue and returns its ticket for [`WriteBuffer::wait`].
    ///
    /// # Errors
    /// [`Again`](ErrorKind::Again) when there was no room until the deadline; [`Closed`](ErrorKind::Closed);
    /// [`Interrupted`](ErrorKind::Interrupted). The batch is dropped then: none of it was accepted.
    pub fn submit(&self, batch: Batch, outcome: Option<&Arc<Outcome>>, control: &Control) -> Result<u64> {
        let shared = &*self.shared;
        let (records, size) = (batch.records() as u64, batch.size() as u64);
        let mut state = shared.state.lock();
        loop {
            if state.closing {
                return Err(Error::new(ErrorKind::Closed, "the store is closed"));
            }
            let stats = &state.stats;
            let fits = stats.queue_events + records <= shared.options.queue_events as u64
                && stats.queue_bytes + size <= shared.options.queue_bytes as u64;
            // A batch above the bounds goes alone: it could never go otherwise.
            if fits || stats.queue_events == 0 {
                break;
            }
            state.check_hope()?;
            shared
                .wait_for_progress(&mut state, control)
                .map_err(|error| match error.kind() {
                    ErrorKind::Timeout => Error::new(ErrorKind::Again, full(&state)),
                    _ => error,
                })?;
        }
        self.start(&mut state)?;
        state.accepted += 1;
        state.stats.accepted += batch.rows.len() as u64;
        state.stats.rejected += batch.rejected.len() as u64;
        state.stats.queue_events += records;
        state.stats.queue_bytes += size;
        state.waiting_events += records as usize;
        state.oldest.get_or_insert_with(Instant::now);
        if let Some(outcome) = outcome {
            outcome.pending.fetch_add(1, Ordering::AcqRel);
        }
        let ticket = state.accepted;
        state.push(batch, ticket, size, outcome);
        // Workers sleep until there is a first batch, and until there are enough.
        if state.queue.len() == 1 || state.waiting_events >= shared.options.flush_events {
            shared.work.notify_one();
        }
        Ok(ticket)
    }

    /// Has the batch with this ticket and all before it committed at once.
    pub fn hasten(&self, ticket: u64) {
        self.shared.hasten(&mut self.shared.state.lock(), ticket);
    }

    /// Waits until all batches of a sealed call, the last with this ticket, are settled; has them committed at once.
    ///
    /// # Errors
    /// [`Timeout`](ErrorKind::Timeout) with the reason if commits fail at present: the events stay in the queue;
    /// [`Corrupt`](ErrorKind::Corrupt) and [`Schema`](ErrorKind::Schema) at once: they stay there too, for when it is mended;
    /// [`Interrupted`](ErrorKind::Interrupted); [`Closed`](ErrorKind::Closed) when closing gave them up.
    pub fn wait(&self, ticket: u64, outcome: &Outcome, control: &Control) -> Result<()> {
        self.wait_until(ticket, control, |_| outcome.is_settled())?;
        if outcome.lost.load(Ordering::Acquire) {
            return Err(closed());
        }
        Ok(())
    }

    fn wait_until(&self, ticket: u64, control: &Control, is_over: impl Fn(&State) -> bool) -> Result<()> {
        let shared = &*self.shared;
        let mut state = shared.state.lock();
        shared.hasten(&mut state, ticket);
        while !is_over(&state) {
            if state.ended {
                return Err(closed());
            }
            state.check_hope()?;
            shared
                .wait_for_progress(&mut state, control)
                .map_err(|error| match &state.stats.stuck {
                    Some(reason) if error.kind() == ErrorKind::Timeout => Error::new(
                        ErrorKind::Timeout,
                        format!("not committed before the deadline: {reason}"),
                    ),
                    _ => error,
                })?;
        }
        Ok(())
    }

    /// Waits until everything that was accepted before the call, from any thread, is settled.
    pub fn flush(&self, control: &Control) -> Result<()> {
        let ticket = self.shared.state.lock().accepted;
        self.wait_until(ticket, control, |state| state.settled() >= ticket)
    }

    /// Returns the counters and the state.
    pub fn stats(&self) -> BufferStats {
        self.shared.state.lock().stats.clone()
    }

    /// Commits what it can until the deadline, ends the workers, and returns how many events could not be stored.
    pub fn close(&self, control: &Control) -> u64 {
        let shared = &*self.shared;
        let mut state = shared.state.lock();
        state.closing = true;
        state.urgent = state.accepted;
        shared.work.notify_all();
        shared.progress.notify_all();
        while !state.ended
            && state.hopeless.is_none()
            && state.settled() < state.accepted
            && shared.wait_for_progress(&mut state, control).is_ok()
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
        let lost = state.stats.queue_events;
        state.stats.queue_events = 0;
        state.stats.queue_bytes = 0;
        drop(state);
        for outcome in queue.into_iter().flat_map(|queued| queued.outcomes) {
            outcome.settle(0, true);
        }
        lost
    }

    /// Starts a worker if all are at work and there may be another one.
    fn start(&self, state: &mut State) -> Result<()> {
        let workers = state.workers.len();
        if state.running.len() < workers || workers >= self.shared.store.parallel_commits() {
            return Ok(());
        }
        let shared = Arc::clone(&self.shared);
        match threads::spawn("seerflow-write", move || shared.guarded_run()) {
            Ok(worker) => state.workers.push(worker),
            Err(error) if workers == 0 => return Err(error.into()),
            // Those that there are will do.
            Err(_) => {}
        }
        Ok(())
    }
}

impl Drop for WriteBuffer {
    fn drop(&mut self) {
        self.close(&Control {
            deadline: Some(Instant::now()),
            interrupt: None,
        });
    }
}

fn full(state: &State) -> String {
    let stats = &state.stats;
    let reason = stats
        .stuck
        .as_deref()
        .map(|reason| format!(": {reason}"))
        .unwrap_or_default();
    format!(
        "the queue is full with {} events, {} bytes{reason}",
        stats.queue_events, stats.queue_bytes
    )
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

impl State {
    fn push(&mut self, batch: Batch, ticket: u64, size: u64, outcome: Option<&Arc<Outcome>>) {
        if let Some(last) = self.queue.back_mut()
            && last.batch.format == batch.format
            && last.outcomes.is_empty()
            && outcome.is_none()
            && last.batch.size() + batch.size() <= JOINED_BYTES
        {
            last.batch.append(&batch);
            last.ticket = ticket;
            last.size += size;
            return;
        }
        self.queue.push_back(Queued {
            batch,
            ticket,
            size,
            outcomes: outcome.cloned().into_iter().collect(),
        });
    }

    /// Answers at once what waiting would not change.
    fn check_hope(&self) -> Result<()> {
        match &self.hopeless {
            Some((kind, reason)) => Err(Error::new(*kind, format!("not committed: {reason}"))),
            None => Ok(()),
        }
    }

    /// Returns the number of the last batch up to which all are settled.
    fn settled(&self) -> u64 {
        let running = self.running.iter().map(|commit| commit.after);
        running.min().unwrap_or(self.taken)
    }

    /// Takes what goes into the next transaction: all that waits, or a share of it when other workers wait as well.
    fn take(&mut self, options: &BufferOptions) -> Taken {
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
    fn set_stuck(&mut self, after: u64, reason: Option<String>) -> bool {
        let commit = self.running.iter_mut().find(|commit| commit.after == after);
        let before = commit.and_then(|commit| std::mem::replace(&mut commit.stuck, reason));
        self.stats.stuck = self.running.iter().find_map(|commit| commit.stuck.clone());
        before.is_some()
    }
}

impl Shared {
    fn hasten(&self, state: &mut State, ticket: u64) {
        if state.taken < ticket {
            state.urgent = state.urgent.max(ticket);
            self.work.notify_one();
        }
    }

    /// Waits for any progress until the control ends it.
    fn wait_for_progress(&self, state: &mut MutexGuard<'_, State>, control: &Control) -> Result<()> {
        control.check()?;
        let mut until = control.deadline;
        if control.interrupt.is_some() {
            let glance = Instant::now() + GLANCE;
            until = Some(until.map_or(glance, |deadline| deadline.min(glance)));
        }
        match until {
            Some(until) => {
                self.progress.wait_until(state, until);
            }
            None => self.progress.wait(state),
        }
        Ok(())
    }

    /// Runs a worker; a panic in it, a defect, ends all waiting instead of hanging it.
    fn guarded_run(&self) {
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
                .for_each(|commit| commit.stuck = Some(reason.to_owned()));
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
            let (batches, owners): (Vec<Batch>, Vec<Owner>) = queued.into_iter().map(Queued::split).unzip();
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

    /// Commits until it works; `None` when closing gave up.
    fn commit(&self, after: u64, batches: &[Batch], turn: &mut Option<Turn<'_>>) -> Option<CommitReport> {
        let mut pause = BACK_OFF.0;
        loop {
            let started = Instant::now();
            match self.store.write_in_turn(batches, turn) {
                Ok(report) => {
                    let took = started.elapsed().as_nanos() as u64;
                    let mut state = self.state.lock();
                    state.hopeless = None;
                    if state.set_stuck(after, None) && state.stats.stuck.is_none() {
                        self.logger.log(Level::Info, || "commits work again".to_owned());
                    }
                    state.stats.last_commit_ns = took;
                    state.stats.longest_commit_ns = state.stats.longest_commit_ns.max(took);
                    return Some(report);
                }
                Err(error) => {
                    let mut state = self.state.lock();
                    let reason = error.to_string();
                    if state
                        .running
                        .iter()
                        .all(|commit| commit.stuck.as_ref() != Some(&reason))
                    {
                        self.logger.log(Level::Warning, || {
                            format!("commit failed, the events are kept and tried again: {reason}")
                        });
                    }
                    state.stats.retries += 1;
                    state.stats.last_error = Some(reason.clone());
                    if matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Schema) {
                        state.hopeless = Some((error.kind(), reason.clone()));
                    }
                    state.set_stuck(after, Some(reason));
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
