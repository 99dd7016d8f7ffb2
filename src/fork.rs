//! Noticing fork(): a handle that was in use must not be used by the child, and neither may the library be.
//!
//! The child inherits what was global in the parent, at any moment of its threads' work: locks that nobody will release, and SQLite's
//! list of file locks, which the child would believe to have and the system knows nothing of. So a child of a process that had
//! used the library opens no store. One that forks before the first use, or that calls exec(), is free.
//!
//! The child also inherits descriptors, and with them the locks of open file descriptions. Such a lock would outlive a parent that
//! dies, so the child closes SQLite's descriptors at once. They are close-on-exec as well.

use std::sync::atomic::{AtomicU64, Ordering};

use once_cell::sync::Lazy;

use crate::error::{Error, ErrorKind, Result};

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
pub use self::descriptors::{between_forks, closed, opened};

static GENERATION: AtomicU64 = AtomicU64::new(0);

/// The generation of the process that used the library first, plus one; 0 before the first use.
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
    // SAFETY: the child's handler only uses atomics and close(), which are allowed in the child of a process with threads.
    unsafe {
        libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child));
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

/// Tells whether this process used the library, and is not a child of the one that did.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
pub fn is_home() -> bool {
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

    use super::is_home;

    /// The largest number of descriptors that Linux lets a process have, unless its administrator raised `fs.nr_open`.
    const MOST: usize = 1 << 20;

    /// One bit for each of SQLite's descriptors, by its number. A table without locks and of fixed size: the child of a fork reads it.
    static OURS: [AtomicU64; MOST / 64] = [const { AtomicU64::new(0) }; MOST / 64];

    /// How many words of the table were ever used: a child reads no more of it, and touches none of its other pages.
    static USED: AtomicUsize = AtomicUsize::new(0);

    /// Held while a descriptor is made or closed, and across fork(): the child knows each one that it inherits.
    static CHANGING: Mutex<()> = Mutex::new(());

    /// How long fork() waits for a descriptor that is being made or closed: a file system may hang, and the host must not.
    const PATIENCE: Duration = Duration::from_millis(100);

    thread_local! {
        /// Tells whether this thread holds `CHANGING` across its fork().
        static HOLDS: Cell<bool> = const { Cell::new(false) };
    }

    /// Runs `work` while no other thread forks. The work's errno stays.
    pub fn between_forks<T>(work: impl FnOnce() -> T) -> T {
        if !is_home() {
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
        // SAFETY: it points to the calling thread's own errno.
        unsafe { *libc::__errno_location() = error };
    }

    /// Makes a descriptor by `open`. The child of a fork closes it.
    pub fn opened(open: impl FnOnce() -> c_int) -> c_int {
        between_forks(|| {
            let descriptor = open();
            if descriptor >= 0 && is_home() && !mark(descriptor, true) {
                // SAFETY: the descriptor was just made, and nobody else knows it.
                unsafe { libc::close(descriptor) };
                set_errno(libc::EMFILE);
                return -1;
            }
            descriptor
        })
    }

    /// Closes a descriptor by `close`.
    pub fn closed(descriptor: c_int, close: impl FnOnce() -> c_int) -> c_int {
        between_forks(|| {
            mark(descriptor, false);
            close()
        })
    }

    /// Marks a descriptor as ours or not; answers `false` if its number is too large.
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

    /// Runs before fork(), in the thread that calls it.
    pub fn before_fork() {
        if !is_home() {
            return;
        }
        if let Some(changing) = CHANGING.try_lock_for(PATIENCE) {
            mem::forget(changing);
            HOLDS.set(true);
        }
    }

    /// Runs in the parent after fork(), in the thread that called it.
    pub fn after_fork() {
        if HOLDS.replace(false) {
            // SAFETY: `before_fork` took the lock in this thread and forgot its guard.
            unsafe { CHANGING.force_unlock() };
        }
    }

    /// Runs in the child. `CHANGING` stays as it is: the child opens nothing, see [`enter`](super::enter).
    pub fn close_all() {
        for (place, word) in OURS.iter().take(USED.load(Ordering::Acquire)).enumerate() {
            let mut bits = word.swap(0, Ordering::Relaxed);
            while bits != 0 {
                let descriptor = place * 64 + bits.trailing_zeros() as usize;
                // SAFETY: close() is async-signal-safe, and the child uses none of what it inherited from SQLite.
                unsafe { libc::close(descriptor as c_int) };
                bits &= bits - 1;
            }
        }
    }
}
