//! The locks, condition variables, threads and clock of the modules whose schedules are explored: the write buffer, the pool and the
//! feed of edges.
//!
//! They are parking_lot's and std's. With `--cfg seerflow_schedules` they are those of [`explored`], and the tests of these modules run
//! under many random schedules: see `tests/schedules/run.sh`.

#[cfg(seerflow_schedules)]
mod explored;

#[cfg(seerflow_schedules)]
pub use explored::{Condvar, Mutex, MutexGuard, explore, now, spawn, thread};
#[cfg(not(seerflow_schedules))]
pub use parking_lot::{Condvar, Mutex, MutexGuard};
#[cfg(not(seerflow_schedules))]
pub use std::thread;

#[cfg(not(seerflow_schedules))]
pub use crate::threads::spawn;

/// Returns the present time.
#[cfg(not(seerflow_schedules))]
pub fn now() -> std::time::Instant {
    std::time::Instant::now()
}
