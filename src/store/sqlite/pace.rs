//! Yields the write lock to other programs.
//!
//! SQLite's lock is not fair: a waiter polls it at intervals of up to a tenth of a second, and between two of our transactions it is free
//! only for a moment. A running Seerflow gives up on a batch after five seconds. So when our transactions have held the lock for two
//! seconds in a row, the next one waits until every other program has polled. It does not wait while this writer is alone.

use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::locks;
use super::place::Place;

/// How long consecutive transactions may hold the lock before a pause.
const HELD: Duration = Duration::from_secs(2);

/// Longer than the longest interval of SQLite's busy handler.
const PAUSE: Duration = Duration::from_millis(110);

/// The inode of the database of each writer of this process. Their locks are one to the system, so it cannot tell them apart.
static WRITERS: Mutex<Vec<u64>> = Mutex::new(Vec::new());

/// How long a writer has held the lock since the last pause.
#[derive(Debug)]
pub struct Pace {
    file: u64,
    /// Device and inode of the index of the log.
    index: Option<(u64, u64)>,
    held: Duration,
    released: Option<Instant>,
}

impl Pace {
    /// The pace of a new writer of the database at `place`.
    pub fn new(place: &Place) -> Self {
        WRITERS.lock().push(place.number());
        Self {
            file: place.number(),
            index: place.index(),
            held: Duration::ZERO,
            released: None,
        }
    }

    /// Pauses if it is due; called before a transaction.
    pub fn before(&mut self) {
        let Some(free) = self.released.map(|at| at.elapsed()) else {
            return;
        };
        if free >= PAUSE {
            self.held = Duration::ZERO;
        } else if self.held >= HELD && !self.is_alone() {
            thread::sleep(PAUSE - free);
            self.held = Duration::ZERO;
        }
    }

    /// Counts a transaction that began at `began`; called after it.
    pub fn after(&mut self, began: Instant) {
        self.held += began.elapsed();
        self.released = Some(Instant::now());
    }

    /// Returns whether no other program and no other writer of this process has the database open.
    pub fn is_alone(&self) -> bool {
        let writers = WRITERS.lock().iter().filter(|file| **file == self.file).count();
        writers == 1 && self.index.is_some_and(locks::is_alone)
    }
}

impl Drop for Pace {
    fn drop(&mut self) {
        let mut writers = WRITERS.lock();
        if let Some(ours) = writers.iter().position(|file| *file == self.file) {
            writers.swap_remove(ours);
        }
    }
}

#[cfg(all(test, target_os = "linux", target_pointer_width = "64"))]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::path::Path;
    use std::process::{Command, Stdio};

    use super::super::database::SqliteDatabase;
    use super::super::options::SqliteOptions;
    use crate::record::{Control, Durability};
    use crate::store::opener::Access;

    fn writer(path: &Path) -> SqliteDatabase {
        let options = SqliteOptions {
            path: path.to_owned(),
            access: Access::Write,
            must_exist: false,
            durability: Durability::Process,
            wal_limit: 1 << 28,
            page_bytes: 1 << 20,
            cache_bytes: 1 << 20,
            longest_row: i32::MAX,
        };
        SqliteDatabase::to_write(&options, &Control::unbounded()).unwrap()
    }

    fn is_alone(database: &SqliteDatabase) -> bool {
        database.writer.lock().as_ref().unwrap().pace.is_alone()
    }

    #[test]
    fn another_program_or_writer_ends_being_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seerflow.db");
        let database = writer(&path);
        assert!(is_alone(&database));

        let second = writer(&path);
        assert!(!is_alone(&database) && !is_alone(&second));
        second.close();
        assert!(is_alone(&database));

        let program = "import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
c.execute('SELECT count(*) FROM events').fetchone()
print('open', flush=True)
sys.stdin.read()";
        let mut other = Command::new("python3")
            .args(["-c", program])
            .arg(&path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(other.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert_eq!(line, "open\n");
        assert!(!is_alone(&database));
        drop(other.stdin.take());
        other.wait().unwrap();
        assert!(is_alone(&database));
    }
}
