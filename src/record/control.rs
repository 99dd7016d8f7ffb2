//! Deadlines and interrupts, by which a caller bounds or stops a call.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};
use crate::sync::{self, Condvar, MutexGuard};

/// How often a waiting thread checks its interrupt.
const INTERRUPT_POLL: Duration = Duration::from_millis(20);

/// A flag that another thread raises to stop a call. Clones share the flag.
///
/// A thread that raises the flag sees everything that happened before each earlier clone: it may then destroy the original.
#[derive(Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Clone for Interrupt {
    fn clone(&self) -> Self {
        let clone = Self(Arc::clone(&self.0));
        clone.0.fetch_or(false, Ordering::Release);
        clone
    }
}

impl Interrupt {
    /// Creates a lowered flag.
    pub fn new() -> Self {
        Self::default()
    }

    /// Raises the flag: calls that watch it end with [`ErrorKind::Interrupted`].
    pub fn raise(&self) {
        self.0.swap(true, Ordering::AcqRel);
    }

    /// Lowers the flag, which can then be reused.
    pub fn reset(&self) {
        self.0.swap(false, Ordering::AcqRel);
    }

    /// Returns true if the flag is raised.
    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// The bounds of one call: an optional deadline and an optional interrupt.
#[derive(Clone, Debug, Default)]
pub struct Control {
    /// When the call gives up with [`ErrorKind::Timeout`]; `None` means never.
    pub deadline: Option<Instant>,
    /// The interrupt to watch, if any.
    pub interrupt: Option<Interrupt>,
}

impl Control {
    /// Returns a control without deadline and interrupt.
    pub fn unbounded() -> Self {
        Self::default()
    }

    /// Returns a control whose deadline is `time` from now.
    pub fn within(time: Duration) -> Self {
        Self {
            deadline: sync::now().checked_add(time),
            interrupt: None,
        }
    }

    /// Returns an error if the call must end now: it was interrupted or its deadline has passed.
    pub fn check(&self) -> Result<()> {
        if self.interrupt.as_ref().is_some_and(Interrupt::is_raised) {
            return Err(Error::new(ErrorKind::Interrupted, "interrupted by the caller"));
        }
        if self.deadline.is_some_and(|deadline| sync::now() >= deadline) {
            return Err(Error::new(ErrorKind::Timeout, "the deadline passed"));
        }
        Ok(())
    }

    /// Returns when a waiting thread must call [`Control::check`] next: at the deadline, or earlier if there is an interrupt to
    /// poll. `None` means that it may wait without bound.
    pub fn next_check(&self) -> Option<Instant> {
        let poll = self.interrupt.as_ref().map(|_| sync::now() + INTERRUPT_POLL);
        self.deadline.into_iter().chain(poll).min()
    }

    /// Acquires a lock: with `wait` if the control is unbounded, otherwise with repeated `wait_until` and checks in between.
    pub(crate) fn acquire<T>(
        &self,
        wait: impl FnOnce() -> T,
        wait_until: impl Fn(Instant) -> Option<T>,
    ) -> Result<T> {
        loop {
            let Some(until) = self.next_check() else {
                return Ok(wait());
            };
            if let Some(taken) = wait_until(until) {
                return Ok(taken);
            }
            self.check()?;
        }
    }

    /// Locks a mutex, within the bounds of the call.
    pub(crate) fn lock<'m, T>(
        &self,
        mutex: &'m parking_lot::Mutex<T>,
    ) -> Result<parking_lot::MutexGuard<'m, T>> {
        self.acquire(|| mutex.lock(), |until| mutex.try_lock_until(until))
    }

    /// Checks the bounds, then waits for a notification or until the next check is due.
    pub(crate) fn wait<T>(&self, changed: &Condvar, guard: &mut MutexGuard<'_, T>) -> Result<()> {
        self.check()?;
        match self.next_check() {
            Some(until) => drop(changed.wait_until(guard, until)),
            None => changed.wait(guard),
        }
        Ok(())
    }

    /// Returns true if [`Control::check`] can ever fail.
    pub fn is_bounded(&self) -> bool {
        self.deadline.is_some() || self.interrupt.is_some()
    }
}
