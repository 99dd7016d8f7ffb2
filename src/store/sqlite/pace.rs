//! Leaving the write lock to others now and then.
//!
//! SQLite's lock is not fair: whoever waits for it looks every tenth of a second at the longest, and between two of our
//! transactions it is free for a moment only. A running Seerflow gives up on a batch after five seconds. So once our
//! transactions have held the lock for two seconds in a row, the next one waits until any other program has looked.

use std::thread;
use std::time::{Duration, Instant};

/// How long transactions may hold the lock, all together, before a pause.
const HELD: Duration = Duration::from_secs(2);

/// Longer than SQLite's busy handler sleeps between two looks.
const PAUSE: Duration = Duration::from_millis(110);

/// How long the lock has been held since it was last free for a pause.
#[derive(Debug, Default)]
pub struct Pace {
    held: Duration,
    released: Option<Instant>,
}

impl Pace {
    /// To be called before a transaction: pauses if it is time to.
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

    /// To be called after a transaction that began at `began`.
    pub fn after(&mut self, began: Instant) {
        self.held += began.elapsed();
        self.released = Some(Instant::now());
    }
}
