//! Noticing fork(): a handle that was in use must not be used by the child, and neither may the library be.
//!
//! The child inherits what was global in the parent, at any moment of its threads' work: locks that nobody will release, and SQLite's
//! list of file locks, which the child would believe to have and the system knows nothing of. So a child of a process that had
//! used the library opens no store. One that forks before the first use, or that calls exec(), is free.

use std::sync::atomic::{AtomicU64, Ordering};

use once_cell::sync::Lazy;

use crate::error::{Error, ErrorKind, Result};

static GENERATION: AtomicU64 = AtomicU64::new(0);

/// The generation of the process that used the library first, plus one; 0 before the first use.
static FIRST_USE: AtomicU64 = AtomicU64::new(0);

#[cfg(unix)]
static WATCHED: Lazy<()> = Lazy::new(|| {
    extern "C" fn in_child() {
        GENERATION.fetch_add(1, Ordering::Relaxed);
    }
    // SAFETY: the handler only adds to an atomic, which is allowed in the child of a process with threads.
    unsafe {
        libc::pthread_atfork(None, None, Some(in_child));
    }
});

#[cfg(not(unix))]
static WATCHED: Lazy<()> = Lazy::new(|| ());

/// Returns a number that differs between a process and its children.
pub fn generation() -> u64 {
    Lazy::force(&WATCHED);
    GENERATION.load(Ordering::Relaxed)
}

/// Refuses to open anything in the child of a process that used the library.
pub fn enter() -> Result<()> {
    let here = generation() + 1;
    match FIRST_USE.compare_exchange(0, here, Ordering::AcqRel, Ordering::Acquire) {
        Err(first) if first != here => Err(Error::new(
            ErrorKind::Forked,
            "the library was used before fork(): open stores in one of the two processes, or call exec() first",
        )),
        _ => Ok(()),
    }
}
