//! The library's own threads: named, and with all signals blocked, which leaves signals to the host's threads.

use std::cell::Cell;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread::{Builder, JoinHandle, Scope, ScopedJoinHandle, ThreadId};

use crate::error::{Error, ErrorKind, Result};

thread_local! {
    /// The id of the current thread, if the library started it.
    static OWN: Cell<Option<ThreadId>> = const { Cell::new(None) };
}

/// Starts a thread with all signals blocked.
pub fn spawn<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    let _blocked = block_signals();
    // The new thread inherits the signal mask set here.
    Builder::new().name(name.to_owned()).spawn(move || {
        OWN.set(Some(std::thread::current().id()));
        work()
    })
}

/// Joins a thread of the library, unless the caller is that thread, which happens in a callback of the host.
pub fn join<T>(thread: JoinHandle<T>) {
    // Only our own threads store their id: `thread::current()` would allocate a record in every other thread that calls it.
    if OWN.get() != Some(thread.thread().id()) {
        let _ = thread.join();
    }
}

/// Runs `work` and converts a panic to an error; `task` names the work in its text.
pub fn catch_panic<T>(task: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(Error::new(ErrorKind::Panic, format!("{task} panicked"))))
}

/// Starts a thread within a scope, with all signals blocked.
pub fn spawn_scoped<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    name: &str,
    work: impl FnOnce() -> T + Send + 'scope,
) -> io::Result<ScopedJoinHandle<'scope, T>> {
    let _blocked = SignalsBlocked::new();
    Builder::new().name(name.to_owned()).spawn_scoped(scope, work)
}

/// Runs `work` on a thread of the library and waits for it, for work that may need more stack than the host's thread has.
///
/// # Errors
/// [`Io`](ErrorKind::Io) if the thread cannot be started; those of `work`.
pub fn run_on_own_stack<T: Send>(name: &str, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    let blocked = block_signals();
    // A scope would leave std's record of the calling thread behind.
    // SAFETY: the thread is joined before this function returns, hence before anything that `work` borrows is dropped.
    let thread = unsafe { Builder::new().name(name.to_owned()).spawn_unchecked(work) }?;
    drop(blocked);
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

/// Blocks all signals on this thread, and on threads it starts, until the returned guard is dropped.
#[must_use]
pub fn block_signals() -> SignalsBlocked {
    SignalsBlocked::new()
}

/// A guard that restores the thread's signal mask when dropped.
#[cfg(unix)]
#[derive(Debug)]
pub struct SignalsBlocked(libc::sigset_t);

#[cfg(unix)]
impl SignalsBlocked {
    fn new() -> Self {
        // SAFETY: a zeroed sigset_t is a valid output buffer, and both calls get pointers to live sets.
        unsafe {
            let mut all: libc::sigset_t = std::mem::zeroed();
            let mut before: libc::sigset_t = std::mem::zeroed();
            libc::sigfillset(&mut all);
            libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut before);
            Self(before)
        }
    }
}

#[cfg(unix)]
impl Drop for SignalsBlocked {
    fn drop(&mut self) {
        // SAFETY: the set was filled by the call that blocked the signals.
        unsafe {
            libc::pthread_sigmask(libc::SIG_SETMASK, &self.0, std::ptr::null_mut());
        }
    }
}

/// A guard without effect: this platform has no signals to block.
#[cfg(not(unix))]
#[derive(Debug)]
pub struct SignalsBlocked;

#[cfg(not(unix))]
impl SignalsBlocked {
    fn new() -> Self {
        Self
    }
}
