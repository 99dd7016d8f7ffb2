//! A thread that sums up events while writers continue: it closes ranges and blocks once enough events are committed.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::{Condvar, Mutex, MutexGuard};

use super::conn::PgConn;
use super::horizon::{self, HorizonPoll};
use super::locks;
use super::transactions::Transactions;
use crate::back_off::BackOff;
use crate::error::Result;
use crate::pool::MAX_IDLE;
use crate::record::{Control, Interrupt};
use crate::store::sql::summary;
use crate::threads;

/// The first and the longest pause between two polls for the end of transactions while nothing is committed.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// The thread, and its wake-up.
#[derive(Debug, Default)]
pub struct Summarizer {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// Events committed since the last wake-up.
    unsummed: AtomicI64,
}

#[derive(Debug, Default)]
struct Shared {
    is_woken: Mutex<bool>,
    woken: Condvar,
    /// Ends the thread and its statement.
    stop: Interrupt,
}

impl Summarizer {
    /// Counts committed events; wakes the thread when there are enough for a range.
    pub fn add(&self, transactions: &Arc<Transactions>, events: u64) {
        let unsummed = self.unsummed.fetch_add(events as i64, Ordering::Relaxed) + events as i64;
        if unsummed >= summary::RANGE {
            self.unsummed.store(0, Ordering::Relaxed);
            self.wake(transactions);
        }
    }

    /// Wakes the thread; starts it at the first call.
    pub fn wake(&self, transactions: &Arc<Transactions>) {
        let mut thread = self.thread.lock();
        if thread.is_none() {
            let (shared, transactions) = (Arc::clone(&self.shared), Arc::downgrade(transactions));
            *thread = threads::spawn("seerflow-sums", move || run(&shared, &transactions)).ok();
        }
        *self.shared.is_woken.lock() = true;
        self.shared.woken.notify_one();
    }

    /// Ends the thread.
    pub fn stop(&self) {
        {
            // Under the lock: the thread cannot miss it between its check and its wait.
            let _is_woken = self.shared.is_woken.lock();
            self.shared.stop.raise();
        }
        self.shared.woken.notify_one();
        if let Some(thread) = self.thread.lock().take() {
            let _ = thread.join();
        }
    }
}

fn run(shared: &Shared, transactions: &Weak<Transactions>) {
    let control = Control {
        deadline: None,
        interrupt: Some(shared.stop.clone()),
    };
    let mut progress = Progress::default();
    let mut back_off = BackOff::new(PAUSES.0, PAUSES.1);
    loop {
        let mut is_woken = shared.is_woken.lock();
        while !*is_woken && !shared.stop.is_raised() {
            if progress.poll.is_over() {
                if shared.woken.wait_for(&mut is_woken, MAX_IDLE).timed_out()
                    && let Some(transactions) = transactions.upgrade()
                {
                    MutexGuard::unlocked(&mut is_woken, || transactions.primary.close_old());
                }
            } else if shared
                .woken
                .wait_for(&mut is_woken, back_off.next_pause())
                .timed_out()
            {
                break;
            }
        }
        if shared.stop.is_raised() {
            return;
        }
        if std::mem::take(&mut *is_woken) {
            back_off.reset();
        }
        drop(is_woken);
        let Some(transactions) = transactions.upgrade() else {
            return;
        };
        // After a failure the next commit tries again: without sums answers are exact too, only slower.
        while !shared.stop.is_raised() && progress.step(&transactions, &control).unwrap_or(false) {}
    }
}

/// The state of the thread between two wake-ups.
#[derive(Default)]
struct Progress {
    poll: HorizonPoll,
    /// The number that fills the next range.
    full: i64,
}

impl Progress {
    /// Closes some of the full ranges; returns whether more are full. Does not wait for transactions: while events keep coming, those
    /// that run now have ended at a later step.
    fn step(&mut self, transactions: &Transactions, control: &Control) -> Result<bool> {
        let (conn, _) = transactions.own_connections().ask(control, "SELECT 1")?;
        conn.controlled(control, |conn| {
            let known = &transactions.horizon;
            self.poll.poll(conn, &transactions.layout, known)?;
            let up_to = known.up_to();
            if up_to < self.full {
                return Ok(false);
            }
            let more = close(conn, up_to)?;
            self.full = summary::watermark(conn)? + summary::RANGE;
            Ok(more)
        })
    }
}

/// Closes some of the full ranges; returns whether more are full. Waits for the transactions that run now.
pub fn sum_up(transactions: &Transactions, control: &Control) -> Result<bool> {
    let (conn, _) = transactions.own_connections().ask(control, "SELECT 1")?;
    conn.controlled(control, |conn| {
        let horizon = horizon::wait(conn, &transactions.layout, &transactions.horizon, control)?;
        close(conn, horizon.up_to)
    })
}

fn close(conn: &PgConn, up_to: i64) -> Result<bool> {
    // If another process holds the lock, it does the same work.
    let begin = format!("BEGIN; {}", locks::try_acquire(locks::SUMMARIZE));
    let closed = conn.begin(&begin).and_then(|acquired| match acquired.as_deref() {
        Some("0") => Ok(None),
        _ => summary::close_ranges(conn, up_to, 0).map(Some),
    });
    let closed = closed.and_then(|more| conn.commit().map(|()| more.unwrap_or(false)));
    if closed.is_err() {
        conn.roll_back();
    }
    closed
}
