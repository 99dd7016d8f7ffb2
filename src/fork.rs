//! Noticing fork(): threads, locks and database connections do not survive it, so a handle that was in use must not be
//! used by the child.
//!
//! SQLite keeps two things for the whole process, and the child gets a copy of both. Its mutexes: one that another thread
//! held when the child was made would never be released there. So they are taken before a fork and released after it, on
//! both sides. And its list of the locks on each open file, which the child believes to have and the system knows nothing of:
//! if it opened a file that the parent had open, the parent's close would delete the write-ahead log from under it. It is
//! refused.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use once_cell::sync::Lazy;

use crate::error::Result;

static GENERATION: AtomicU64 = AtomicU64::new(0);

/// Returns a number that differs between a process and its children.
pub fn generation() -> u64 {
    Lazy::force(&WATCHED);
    GENERATION.load(Ordering::Relaxed)
}

#[cfg(unix)]
pub use watched::OpenFile;
#[cfg(unix)]
use watched::WATCHED;

#[cfg(unix)]
mod watched {
    use std::cell::Cell;
    use std::os::unix::fs::MetadataExt;
    use std::path::PathBuf;
    use std::sync::atomic::AtomicBool;
    use std::thread;
    use std::time::{Duration, Instant};

    use parking_lot::Mutex;
    use rusqlite::ffi;

    use super::*;
    use crate::error::{Error, ErrorKind};

    /// Numbers of SQLite's own mutexes.
    const MUTEXES: std::ops::RangeInclusive<i32> =
        ffi::SQLITE_MUTEX_STATIC_MAIN..=ffi::SQLITE_MUTEX_STATIC_VFS3;

    /// How long a fork waits for them. They are held for microseconds.
    const PATIENCE: Duration = Duration::from_millis(200);

    /// One file that is open, or is being opened and has no identity yet.
    #[derive(Clone, Debug, PartialEq, Eq)]
    struct Known {
        path: PathBuf,
        /// Device and number.
        identity: Option<(u64, u64)>,
        generation: u64,
        serial: u64,
    }

    static FILES: Mutex<Vec<Known>> = Mutex::new(Vec::new());

    /// Whoever looks at the files sets this first. A fork does too, so that the child finds them unlocked.
    static TAKEN: AtomicBool = AtomicBool::new(false);

    /// This process was made while SQLite's mutexes could not be had: it cannot use SQLite.
    static SPOILT: AtomicBool = AtomicBool::new(false);

    thread_local! {
        /// Whether this thread holds everything, between the two ends of a fork.
        static HOLDS: Cell<bool> = const { Cell::new(false) };
    }

    pub(super) static WATCHED: Lazy<()> = Lazy::new(|| {
        // SAFETY: the handlers are functions without captures, and live as long as the library.
        unsafe {
            libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child));
        }
    });

    extern "C" fn before() {
        let started = Instant::now();
        while !hold() {
            if started.elapsed() > PATIENCE {
                return;
            }
            thread::sleep(Duration::from_micros(20));
        }
        HOLDS.set(true);
    }

    extern "C" fn in_parent() {
        if HOLDS.replace(false) {
            leave(MUTEXES.count());
        }
    }

    extern "C" fn in_child() {
        GENERATION.fetch_add(1, Ordering::Relaxed);
        if HOLDS.replace(false) {
            leave(MUTEXES.count());
        } else {
            SPOILT.store(true, Ordering::Release);
        }
    }

    /// Takes everything or nothing: in whichever order others take them, nobody waits for each other.
    fn hold() -> bool {
        if TAKEN.swap(true, Ordering::Acquire) {
            return false;
        }
        for (held, number) in MUTEXES.enumerate() {
            // SAFETY: these numbers name mutexes that are always there.
            let taken = unsafe { ffi::sqlite3_mutex_try(ffi::sqlite3_mutex_alloc(number)) };
            if taken != ffi::SQLITE_OK {
                leave(held);
                return false;
            }
        }
        true
    }

    /// Gives back the first mutexes, and the files.
    fn leave(held: usize) {
        for number in MUTEXES.take(held) {
            // SAFETY: `hold` took this mutex on this thread.
            unsafe { ffi::sqlite3_mutex_leave(ffi::sqlite3_mutex_alloc(number)) }
        }
        TAKEN.store(false, Ordering::Release);
    }

    fn files<T>(work: impl FnOnce(&mut Vec<Known>) -> T) -> T {
        while TAKEN.swap(true, Ordering::Acquire) {
            thread::yield_now();
        }
        let done = work(&mut FILES.lock());
        TAKEN.store(false, Ordering::Release);
        done
    }

    /// A file that is open. Dropped when it is closed.
    #[derive(Debug)]
    pub struct OpenFile(u64);

    impl OpenFile {
        /// Opens a file with `open`, and knows from then on that it is.
        ///
        /// # Errors
        /// [`Forked`](ErrorKind::Forked) when the parent had it open as this process was made.
        pub fn new(path: &Path, open: impl FnOnce() -> Result<()>) -> Result<Self> {
            static SERIAL: AtomicU64 = AtomicU64::new(0);
            let refused = |why: &str| {
                let text = format!(
                    "{}: {why} when it forked; exec() first, or fork before the first use",
                    path.display()
                );
                Err(Error::new(ErrorKind::Forked, text))
            };
            let known = Known {
                path: std::path::absolute(path)?,
                identity: identity(path),
                generation: generation(),
                serial: SERIAL.fetch_add(1, Ordering::Relaxed),
            };
            if SPOILT.load(Ordering::Acquire) {
                return refused("the parent was using SQLite");
            }
            let is_inherited = |other: &Known| {
                let same = other.path == known.path
                    || (known.identity.is_some() && other.identity == known.identity);
                same && other.generation != known.generation
            };
            let this = Self(known.serial);
            let inherited = files(|files| {
                let inherited = files.iter().any(is_inherited);
                files.push(known.clone());
                inherited
            });
            if inherited {
                return refused("the parent had it open");
            }
            open()?;
            let identity = identity(path);
            files(|files| {
                files
                    .iter_mut()
                    .filter(|file| file.serial == this.0)
                    .for_each(|file| file.identity = identity);
            });
            Ok(this)
        }
    }

    impl Drop for OpenFile {
        fn drop(&mut self) {
            files(|files| files.retain(|file| file.serial != self.0));
        }
    }

    fn identity(path: &Path) -> Option<(u64, u64)> {
        std::fs::metadata(path).ok().map(|data| (data.dev(), data.ino()))
    }
}

#[cfg(not(unix))]
static WATCHED: Lazy<()> = Lazy::new(|| ());

/// A file that is open. There is no fork() here, and nothing to know of it.
#[cfg(not(unix))]
#[derive(Debug)]
pub struct OpenFile;

#[cfg(not(unix))]
impl OpenFile {
    /// Opens a file with `open`.
    pub fn new(_: &Path, open: impl FnOnce() -> Result<()>) -> Result<Self> {
        open().map(|()| Self)
    }
}
