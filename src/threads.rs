//! Threads of ours in a process that is not: named, and with every signal left to the host's own threads.

use std::cell::Cell;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread::{Builder, JoinHandle, Scope, ScopedJoinHandle, ThreadId};

use crate::error::{Error, ErrorKind, Result};

thread_local! {
    /// Which thread of ours this is.
    static OWN: Cell<Option<ThreadId>> = const { Cell::new(None) };
}

/// Starts a thread with all signals blocked.
pub fn spawn<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    let _blocked = block_signals();
    // The new thread inherits the mask that is in force here.
    Builder::new().name(name.to_owned()).spawn(move || {
        OWN.set(Some(std::thread::current().id()));
        work()
    })
}

/// Waits for the end of a thread of ours; not for one that calls this itself, as from a function of the host's.
pub fn join<T>(thread: JoinHandle<T>) {
    // Asked of threads of ours alone: std would keep a record of every other one that asks who it is.
    if OWN.get() != Some(thread.thread().id()) {
        let _ = thread.join();
    }
}

/// Makes an error of a panic in `work`, which `whose` names.
pub fn caught<T>(whose: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(Error::new(ErrorKind::Panic, format!("{whose} panicked"))))
}

/// Starts a thread that ends within a scope, with all signals blocked.
pub fn spawn_scoped<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    name: &str,
    work: impl FnOnce() -> T + Send + 'scope,
) -> io::Result<ScopedJoinHandle<'scope, T>> {
    let _blocked = SignalsBlocked::new();
    Builder::new().name(name.to_owned()).spawn_scoped(scope, work)
}

/// Does work on a thread of ours, and waits for it: for what takes more stack than a host's thread may have left.
///
/// # Errors
/// [`Io`](ErrorKind::Io) if the thread cannot be started; those of `work`.
pub fn apart<T: Send>(name: &str, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    let blocked = block_signals();
    // A scope would do, but leave std's record of the calling thread behind.
    // SAFETY: the thread is joined before this function ends, and with it all that `work` borrows.
    let thread = unsafe { Builder::new().name(name.to_owned()).spawn_unchecked(work) }?;
    drop(blocked);
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

/// Blocks all signals on this thread, and on those that it starts meanwhile, until the answer is dropped.
#[must_use]
pub fn block_signals() -> SignalsBlocked {
    SignalsBlocked::new()
}

/// Signals stay blocked as long as this lives.
#[cfg(unix)]
#[derive(Debug)]
pub struct SignalsBlocked(libc::sigset_t);

#[cfg(unix)]
impl SignalsBlocked {
    fn new() -> Self {
        // SAFETY: a zeroed sigset_t is a valid place to write one to, and each call gets pointers to live sets.
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

/// Nothing to block here.
#[cfg(not(unix))]
#[derive(Debug)]
pub struct SignalsBlocked;

#[cfg(not(unix))]
impl SignalsBlocked {
    fn new() -> Self {
        Self
    }
}
