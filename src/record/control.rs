//! How a caller bounds and stops work that runs: a deadline and an interrupt.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

use crate::error::{Error, ErrorKind, Result};

/// How often who waits looks at an interrupt.
const GLANCE: Duration = Duration::from_millis(20);

/// A flag that another thread raises to stop work. Clones share the flag.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Makes a lowered flag.
    pub fn new() -> Self {
        Self::default()
    }

    /// Raises the flag: work that watches it ends with [`ErrorKind::Interrupted`].
    pub fn raise(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Lowers the flag again, for reuse.
    pub fn reset(&self) {
        self.0.store(false, Ordering::Release);
    }

    /// Tells whether the flag is up.
    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// What bounds one call: an optional deadline, an optional interrupt.
#[derive(Clone, Debug, Default)]
pub struct Control {
    /// When to give up with [`ErrorKind::Timeout`]; never if `None`.
    pub deadline: Option<Instant>,
    /// What to watch; nothing if `None`.
    pub interrupt: Option<Interrupt>,
}

impl Control {
    /// Bounds nothing.
    pub fn unbounded() -> Self {
        Self::default()
    }

    /// Bounds the time from now on.
    pub fn within(time: Duration) -> Self {
        Self {
            deadline: Instant::now().checked_add(time),
            interrupt: None,
        }
    }

    /// Answers the error that should end the work now, if any.
    pub fn check(&self) -> Result<()> {
        if self.interrupt.as_ref().is_some_and(Interrupt::is_raised) {
            return Err(Error::new(ErrorKind::Interrupted, "interrupted by the caller"));
        }
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(Error::new(ErrorKind::Timeout, "the deadline passed"));
        }
        Ok(())
    }

    /// Returns until when to wait before the next [`Control::check`]: the deadline, or sooner where there is an interrupt to look
    /// at; `None` for as long as it takes.
    pub fn next_look(&self) -> Option<Instant> {
        let glance = self.interrupt.as_ref().map(|_| Instant::now() + GLANCE);
        self.deadline.into_iter().chain(glance).min()
    }

    /// Takes what others hold as soon as it is free: by `wait`, or by `wait_until` some moment where a bound may end the waiting.
    pub(crate) fn acquire<T>(
        &self,
        wait: impl FnOnce() -> T,
        wait_until: impl Fn(Instant) -> Option<T>,
    ) -> Result<T> {
        loop {
            let Some(until) = self.next_look() else {
                return Ok(wait());
            };
            if let Some(taken) = wait_until(until) {
                return Ok(taken);
            }
            self.check()?;
        }
    }

    /// Locks.
    pub(crate) fn lock<'m, T>(&self, mutex: &'m Mutex<T>) -> Result<MutexGuard<'m, T>> {
        self.acquire(|| mutex.lock(), |until| mutex.try_lock_until(until))
    }

    /// Waits for a change, or until the next [`Control::check`] is due; does that first.
    pub(crate) fn wait<T>(&self, changed: &Condvar, guard: &mut MutexGuard<'_, T>) -> Result<()> {
        self.check()?;
        match self.next_look() {
            Some(until) => drop(changed.wait_until(guard, until)),
            None => changed.wait(guard),
        }
        Ok(())
    }

    /// Tells whether [`Control::check`] can ever fail.
    pub fn is_bounded(&self) -> bool {
        self.deadline.is_some() || self.interrupt.is_some()
    }
}
