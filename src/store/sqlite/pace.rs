//! Yields the write lock to other programs.
//!
//! SQLite's lock is not fair: a waiter polls it at intervals of up to a tenth of a second, and between two of our transactions it is free
//! only for a moment. A running Seerflow gives up on a batch after five seconds. So when our transactions have held the lock for two
//! seconds in a row, the next one waits until every other program has polled.

use std::thread;
use std::time::{Duration, Instant};

/// How long consecutive transactions may hold the lock before a pause.
const HELD: Duration = Duration::from_secs(2);

/// Longer than the longest interval of SQLite's busy handler.
const PAUSE: Duration = Duration::from_millis(110);

/// How long the lock was held since the last pause.
#[derive(Debug, Default)]
pub struct Pace {
    held: Duration,
    released: Option<Instant>,
}

impl Pace {
    /// Pauses if it is due; called before a transaction.
    pub fn before(&mut self) {
        let Some(free) = self.released.map(|at| at.elapsed()) else {
            return;
        };
        if free >= PAUSE {
            self.held = Duration::ZERO;
        } else if self.held >= HELD {
            thread::sleep(PAUSE - free);
            self.held = Duration::ZERO;
        }
    }

    /// Counts a transaction that began at `began`; called after it.
    pub fn after(&mut self, began: Instant) {
        self.held += began.elapsed();
        self.released = Some(Instant::now());
    }
}
