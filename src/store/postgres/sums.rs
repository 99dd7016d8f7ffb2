//! Summing events up beside the writers: a thread that closes ranges and blocks once enough events are committed.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;

use parking_lot::{Condvar, Mutex};

use super::Opened;
use super::open::SUMMING;
use super::settle;
use crate::error::Result;
use crate::record::Control;
use crate::store::sql::summary;
use crate::threads;

/// The thread, and what it is told.
#[derive(Debug, Default)]
pub struct Summer {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// Events committed since the thread was woken.
    unsummed: AtomicI64,
    /// A number below which nothing can appear any more.
    pub settled: AtomicI64,
}

#[derive(Debug, Default)]
struct Shared {
    signal: Mutex<Signal>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Signal {
    wanted: bool,
    stop: bool,
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
        self.shared.signal.lock().wanted = true;
        self.shared.changed.notify_one();
    }

    /// Ends the thread.
    pub fn stop(&self) {
        self.shared.signal.lock().stop = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.lock().take() {
            let _ = thread.join();
        }
    }
}

fn work(shared: &Shared, opened: &Weak<Opened>) {
    loop {
        let mut signal = shared.signal.lock();
        while !signal.wanted && !signal.stop {
            shared.changed.wait(&mut signal);
        }
        if signal.stop {
            return;
        }
        signal.wanted = false;
        drop(signal);
        let Some(opened) = opened.upgrade() else { return };
        // What does not work now is done after a later commit: answers are exact without sums, only slower.
        while !shared.signal.lock().stop && sum_up(&opened).unwrap_or(false) {}
    }
}

/// Closes what is full, a little of it; answers whether there is more.
pub fn sum_up(opened: &Opened) -> Result<bool> {
    let control = Control::unbounded();
    let (conn, _) = opened.primary.begin(&control, "SELECT 1")?;
    let known = opened.summer.settled.load(Ordering::Acquire);
    let settled = settle::wait(&conn, &opened.layout, known, &control)?;
    opened.summer.settled.fetch_max(settled, Ordering::AcqRel);
    // Another process that is at it will do.
    let begin = format!("BEGIN; SELECT pg_try_advisory_xact_lock({SUMMING})::int");
    if conn.int(&begin)? == 0 {
        conn.roll_back();
        return Ok(false);
    }
    match summary::close_ranges(&*conn, settled, 0) {
        Ok(more) => conn.commit().map(|()| more),
        Err(error) => {
            conn.roll_back();
            Err(error)
        }
    }
}
