//! Checkpoints while the writer continues, and a limit on the write-ahead log.
//!
//! A thread copies pages from the log into the file while the writer continues. It does not catch up with a busy writer, so the writer
//! copies the rest itself when the log has reached its limit; then the log starts over, unless a reader uses it at that moment. A log
//! that readers keep from starting over makes the writer wait for them.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use parking_lot::{Condvar, Mutex};

use super::conn::{Bounds, Role, SqliteConn};
use super::error::error;
use super::options::SqliteOptions;
use crate::error::{Error, ErrorKind, Result};
use crate::threads;

#[derive(Debug)]
pub struct Checkpointer {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
    path: PathBuf,
    limit: u64,
    /// The size of the log at which the writer waits for readers.
    wait_at: AtomicU64,
    bounds: Bounds,
}

#[derive(Debug, Default)]
struct Shared {
    signal: Mutex<Signal>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Signal {
    wanted: bool,
    stop: bool,
}

impl Checkpointer {
    pub fn new(options: &SqliteOptions) -> Self {
        Self {
            shared: Arc::default(),
            thread: Mutex::new(None),
            path: options.path.clone(),
            limit: options.wal_limit,
            wait_at: AtomicU64::default(),
            // A checkpoint does not use the cache.
            bounds: Bounds {
                row: options.longest_row,
                cache: 0,
            },
        }
    }

    /// Checks the log after a commit and starts a checkpoint if the log is large; returns its size in bytes.
    ///
    /// An error here does not fail the commit, which is done; the next commit tries again.
    pub fn after_commit(&self, writer: &SqliteConn) -> u64 {
        let Ok(log) = Log::of(writer, "NOOP") else {
            return 0;
        };
        if log.bytes() >= self.limit {
            self.start_over(writer, log.bytes());
        } else if log.bytes_to_do() >= self.limit / 4 {
            self.wake();
        }
        log.bytes()
    }

    /// Copies the rest of a log that has reached its limit.
    fn start_over(&self, writer: &SqliteConn, bytes: u64) {
        let patience = self.limit / 2;
        if bytes < self.limit + patience {
            self.wait_at.store(self.limit + patience, Ordering::Relaxed);
        }
        if bytes < self.wait_at.load(Ordering::Relaxed) {
            let _ = Log::of(writer, "PASSIVE");
        } else if Log::of(writer, "RESTART").is_ok_and(|log| log.busy) {
            // Waits for the running readers, at most for the busy timeout; new ones read the file. A reader that takes longer delays
            // one commit in many.
            self.wait_at.store(bytes + patience, Ordering::Relaxed);
        }
    }

    fn wake(&self) {
        let mut thread = self.thread.lock();
        if thread.as_ref().is_none_or(JoinHandle::is_finished) {
            let (shared, path, bounds) = (Arc::clone(&self.shared), self.path.clone(), self.bounds);
            *thread = threads::spawn("seerflow-ckpt", move || work(&shared, &path, bounds)).ok();
        }
        self.shared.signal.lock().wanted = true;
        self.shared.changed.notify_one();
    }

    /// Ends the thread; it is started again when needed.
    pub fn stop(&self) {
        self.shared.signal.lock().stop = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.lock().take() {
            let _ = thread.join();
        }
        self.shared.signal.lock().stop = false;
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn work(shared: &Shared, path: &std::path::Path, bounds: Bounds) {
    let Ok(conn) = SqliteConn::open(path, Role::Checkpointer, bounds) else {
        return;
    };
    loop {
        let mut signal = shared.signal.lock();
        while !signal.wanted && !signal.stop {
            shared.changed.wait(&mut signal);
        }
        if signal.stop {
            return;
        }
        signal.wanted = false;
        drop(signal);
        let _ = Log::of(&conn, "PASSIVE");
    }
}

/// Copies the whole log into the file and empties it; waits for readers for SQLite's busy timeout.
pub fn truncate(writer: &SqliteConn) -> Result<()> {
    // This step blocks no writers and leaves little for the next one.
    Log::of(writer, "PASSIVE")?;
    let log = Log::of(writer, "TRUNCATE")?;
    if log.busy {
        Err(Error::new(
            ErrorKind::Busy,
            "a reader or another program holds the write-ahead log",
        ))
    } else {
        Ok(())
    }
}

/// The state of the log, in pages.
struct Log {
    busy: bool,
    pages: u64,
    written_back: u64,
    page_size: u64,
}

impl Log {
    /// Runs a checkpoint; `NOOP` only reads the state.
    fn of(conn: &SqliteConn, mode: &str) -> Result<Self> {
        let sql = format!("PRAGMA wal_checkpoint({mode})");
        let mut statement = conn.raw.prepare_cached(&sql).map_err(error)?;
        let read = |row: &rusqlite::Row<'_>| {
            Ok((
                row.get::<_, i64>(0)?,
                row.get::<_, i64>(1)?,
                row.get::<_, i64>(2)?,
            ))
        };
        let (busy, pages, done) = statement.query_row([], read).map_err(error)?;
        Ok(Self {
            busy: busy != 0,
            pages: pages.max(0) as u64,
            written_back: done.max(0) as u64,
            page_size: 8192,
        })
    }

    fn bytes(&self) -> u64 {
        self.pages * self.page_size
    }

    fn bytes_to_do(&self) -> u64 {
        self.pages.saturating_sub(self.written_back) * self.page_size
    }
}
