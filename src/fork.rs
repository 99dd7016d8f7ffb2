//! Noticing fork(): threads, locks and database connections do not survive it, so a handle that was in use must not be
//! used by the child.

use std::sync::atomic::{AtomicU64, Ordering};

use once_cell::sync::Lazy;

static GENERATION: AtomicU64 = AtomicU64::new(0);

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
