//! How a caller bounds and stops work that runs: a deadline and an interrupt.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

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

    /// Tells whether [`Control::check`] can ever fail.
    pub fn is_bounded(&self) -> bool {
        self.deadline.is_some() || self.interrupt.is_some()
    }
}
