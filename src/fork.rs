//! Detection of fork(). The child must use neither a handle that was in use nor the library.
//!
//! The child inherits the parent's global state at an arbitrary moment: locks that no thread will release, and SQLite's list of file
//! locks, which the child does not hold. Therefore the child of a process that used the library cannot open a store. A child forked
//! before the first use, or one that calls exec(), can.
//!
//! The child also inherits file descriptors and, with them, locks of open file descriptions. Such a lock would outlive the parent,
//! hence the child closes SQLite's descriptors at once. They are also close-on-exec.

use std::sync::atomic::{AtomicU64, Ordering};

use once_cell::sync::Lazy;

use crate::error::{Error, ErrorKind, Result};

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
pub use self::descriptors::{between_forks, close_registered, open_registered};

static GENERATION: AtomicU64 = AtomicU64::new(0);

/// The generation of the process that first used the library, plus one; 0 before the first use.
static FIRST_USE: AtomicU64 = AtomicU64::new(0);

#[cfg(unix)]
static WATCHED: Lazy<()> = Lazy::new(|| {
    extern "C" fn in_child() {
        GENERATION.fetch_add(1, Ordering::Relaxed);
        #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
        descriptors::close_all();
    }
    extern "C" fn before() {
        #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
        descriptors::before_fork();
    }
    extern "C" fn in_parent() {
        #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
        descriptors::after_fork();
    }
    // SAFETY: the child's handler uses only atomics and close(), which are async-signal-safe.
    unsafe {
        libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child));
    }
});

#[cfg(not(unix))]
static WATCHED: Lazy<()> = Lazy::new(|| ());

/// Returns a number that a process does not share with its children.
pub fn generation() -> u64 {
    Lazy::force(&WATCHED);
    GENERATION.load(Ordering::Relaxed)
}

/// Marks the library as used; returns an error in the child of a process that used it.
pub fn mark_used() -> Result<()> {
    let here = generation() + 1;
    match FIRST_USE.compare_exchange(0, here, Ordering::AcqRel, Ordering::Acquire) {
        Err(first) if first != here => Err(used_before_fork()),
        _ => Ok(()),
    }
}

/// Returns an error in the child of a process that used the library. Marks nothing.
pub fn check() -> Result<()> {
    let first = FIRST_USE.load(Ordering::Acquire);
    if first == 0 || first == generation() + 1 {
        return Ok(());
    }
    Err(used_before_fork())
}

fn used_before_fork() -> Error {
    Error::new(
        ErrorKind::Forked,
        "the library was used before fork(): open stores in one of the two processes, or call exec() first",
    )
}

/// Returns true if this process itself used the library, false in its children.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
pub fn is_first_user() -> bool {
    FIRST_USE.load(Ordering::Acquire) == GENERATION.load(Ordering::Relaxed) + 1
}

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod descriptors {
    use std::cell::Cell;
    use std::ffi::c_int;
    use std::io;
    use std::mem;
    use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
    use std::time::Duration;

    use parking_lot::Mutex;

    use super::is_first_user;

    /// The most descriptors of a process on Linux, unless the administrator raised `fs.nr_open`.
    const MOST: usize = 1 << 20;

    /// One bit per descriptor number, set for SQLite's descriptors. Lock-free and of fixed size, because the child of a fork reads it.
    static OURS: [AtomicU64; MOST / 64] = [const { AtomicU64::new(0) }; MOST / 64];

    /// Number of words of the table that were ever used. The child reads no others and touches no other pages.
    static USED: AtomicUsize = AtomicUsize::new(0);

    /// Held while a descriptor is opened or closed, and across fork(), which keeps the table complete for the child.
    static CHANGING: Mutex<()> = Mutex::new(());

    /// How long fork() waits for a descriptor being opened or closed: a file system may hang, but must not block the host's fork().
    const FORK_WAIT: Duration = Duration::from_millis(100);

    thread_local! {
        /// True while this thread holds `CHANGING` across its fork().
        static HOLDS: Cell<bool> = const { Cell::new(false) };
    }

    /// Runs `work` while no other thread can fork. Preserves the errno that `work` set.
    pub fn between_forks<T>(work: impl FnOnce() -> T) -> T {
        if !is_first_user() {
            return work();
        }
        let changing = CHANGING.lock();
        let done = work();
        let error = io::Error::last_os_error().raw_os_error().unwrap_or_default();
        drop(changing);
        set_errno(error);
        done
    }

    fn set_errno(error: c_int) {
        // SAFETY: the pointer refers to the calling thread's errno.
        unsafe { *libc::__errno_location() = error };
    }

    /// Opens a descriptor with `open` and registers it; the child of a fork will close it.
    pub fn open_registered(open: impl FnOnce() -> c_int) -> c_int {
        between_forks(|| {
            let descriptor = open();
            if descriptor >= 0 && is_first_user() && !mark(descriptor, true) {
                // SAFETY: the descriptor was just opened and is not shared yet.
                unsafe { libc::close(descriptor) };
                set_errno(libc::EMFILE);
                return -1;
            }
            descriptor
        })
    }

    /// Closes a registered descriptor with `close`.
    pub fn close_registered(descriptor: c_int, close: impl FnOnce() -> c_int) -> c_int {
        between_forks(|| {
            mark(descriptor, false);
            close()
        })
    }

    /// Sets or clears a descriptor's bit; returns false if its number is too large for the table.
    fn mark(descriptor: c_int, is_ours: bool) -> bool {
        let (place, bit) = (descriptor as usize / 64, 1 << (descriptor as usize % 64));
        let Some(word) = OURS.get(place) else {
            return false;
        };
        if is_ours {
            USED.fetch_max(place + 1, Ordering::AcqRel);
            word.fetch_or(bit, Ordering::AcqRel);
        } else {
            word.fetch_and(!bit, Ordering::AcqRel);
        }
        true
    }

    /// Runs before fork(), in the forking thread.
    pub fn before_fork() {
        if !is_first_user() {
            return;
        }
        if let Some(changing) = CHANGING.try_lock_for(FORK_WAIT) {
            mem::forget(changing);
            HOLDS.set(true);
        }
    }

    /// Runs in the parent after fork(), in the forking thread.
    pub fn after_fork() {
        if HOLDS.replace(false) {
            // SAFETY: `before_fork` locked the mutex in this thread and forgot the guard.
            unsafe { CHANGING.force_unlock() };
        }
    }

    /// Runs in the child. `CHANGING` remains locked; the child opens nothing, see [`mark_used`](super::mark_used).
    pub fn close_all() {
        for (place, word) in OURS.iter().take(USED.load(Ordering::Acquire)).enumerate() {
            let mut bits = word.swap(0, Ordering::Relaxed);
            while bits != 0 {
                let descriptor = place * 64 + bits.trailing_zeros() as usize;
                // SAFETY: close() is async-signal-safe, and the child does not use descriptors inherited from SQLite.
                unsafe { libc::close(descriptor as c_int) };
                bits &= bits - 1;
            }
        }
    }
}
