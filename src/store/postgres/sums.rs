//! Summing events up beside the writers: a thread that closes ranges and blocks once enough events are committed.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::Opened;
use super::conn::PgConn;
use super::open::SUMMING;
use super::settle::{self, Known, Settling};
use crate::error::Result;
use crate::record::{Control, Interrupt};
use crate::store::sql::summary;
use crate::threads;

/// The first and the longest pause before it is looked again whether transactions are over, when nothing is committed meanwhile.
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// The thread, and what it is told.
#[derive(Debug, Default)]
pub struct Summer {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// Events committed since the thread was woken.
    unsummed: AtomicI64,
    pub known: Known,
}

#[derive(Debug, Default)]
struct Shared {
    /// There is something to look at.
    wanted: Mutex<bool>,
    changed: Condvar,
    /// Ends the thread, and what it asks the server.
    stop: Interrupt,
}

impl Summer {
    /// Counts events that are committed; wakes the thread when there are enough for a range.
    pub fn add(&self, opened: &Arc<Opened>, events: u64) {
        let unsummed = self.unsummed.fetch_add(events as i64, Ordering::Relaxed) + events as i64;
        if unsummed >= summary::RANGE {
            self.unsummed.store(0, Ordering::Relaxed);
            self.wake(opened);
        }
    }

    /// Has the thread look what there is to sum up.
    pub fn wake(&self, opened: &Arc<Opened>) {
        let mut thread = self.thread.lock();
        if thread.is_none() {
            let (shared, opened) = (Arc::clone(&self.shared), Arc::downgrade(opened));
            *thread = threads::spawn("seerflow-sums", move || work(&shared, &opened)).ok();
        }
        *self.shared.wanted.lock() = true;
        self.shared.changed.notify_one();
    }

    /// Ends the thread.
    pub fn stop(&self) {
        {
            // Held, so that the thread does not miss it between looking and waiting.
            let _wanted = self.shared.wanted.lock();
            self.shared.stop.raise();
        }
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.lock().take() {
            let _ = thread.join();
        }
    }
}

fn work(shared: &Shared, opened: &Weak<Opened>) {
    let control = Control {
        deadline: None,
        interrupt: Some(shared.stop.clone()),
    };
    let mut round = Round::default();
    let mut pause = PAUSE.0;
    loop {
        let mut wanted = shared.wanted.lock();
        while !*wanted && !shared.stop.is_raised() {
            if round.settling.is_over() {
                shared.changed.wait(&mut wanted);
            } else if shared.changed.wait_for(&mut wanted, pause).timed_out() {
                pause = (pause * 2).min(PAUSE.1);
                break;
            }
        }
        if shared.stop.is_raised() {
            return;
        }
        if std::mem::take(&mut *wanted) {
            pause = PAUSE.0;
        }
        drop(wanted);
        let Some(opened) = opened.upgrade() else { return };
        // What does not work now is done after a later commit: answers are exact without sums, only slower.
        while !shared.stop.is_raised() && round.go(&opened, &control).unwrap_or(false) {}
    }
}

/// What the thread knows from one time to the next.
#[derive(Default)]
struct Round {
    settling: Settling,
    /// The number that fills the next range.
    full: i64,
}

impl Round {
    /// Closes what is full, a little of it; answers whether there is more. Waits for no other transaction: while events keep
    /// coming, those that run now are over the next time.
    fn go(&mut self, opened: &Opened, control: &Control) -> Result<bool> {
        let (conn, _) = opened.primary.ask(control, "SELECT 1")?;
        conn.controlled(control, |conn| {
            let known = &opened.summer.known;
            let settled = self.settling.look(conn, &opened.layout, known.up_to())?;
            known.raise(settled);
            if settled < self.full {
                return Ok(false);
            }
            let more = close(conn, settled)?;
            self.full = summary::watermark(conn)? + summary::RANGE;
            Ok(more)
        })
    }
}

/// Closes what is full, a little of it; answers whether there is more. Waits for the transactions that run now.
pub fn sum_up(opened: &Opened, control: &Control) -> Result<bool> {
    let (conn, _) = opened.primary.ask(control, "SELECT 1")?;
    conn.controlled(control, |conn| {
        let settled = settle::wait(conn, &opened.layout, &opened.summer.known, control)?;
        close(conn, settled.up_to)
    })
}

fn close(conn: &PgConn, settled: i64) -> Result<bool> {
    // Another process that is at it will do.
    let begin = format!("BEGIN; SELECT pg_try_advisory_xact_lock({SUMMING})::int");
    let closed = conn.begin(&begin).and_then(|is_ours| match is_ours.as_deref() {
        Some("0") => Ok(None),
        _ => summary::close_ranges(conn, settled, 0).map(Some),
    });
    let closed = closed.and_then(|more| conn.commit().map(|()| more.unwrap_or(false)));
    if closed.is_err() {
        conn.roll_back();
    }
    closed
}
