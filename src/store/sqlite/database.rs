//! An open database: its connections, and the lock on its writer.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{MappedMutexGuard, Mutex, MutexGuard};

use super::checkpoint::{self, Checkpointer};
use super::conn::SqliteConn;
use super::open;
use super::options::SqliteOptions;
use super::pace::Pace;
use super::place::Place;
use super::readers::Readers;
use super::source::Source;
use crate::error::{Error, ErrorKind, Result};
use crate::process::FileSizeErrors;
use crate::record::Control;
use crate::store::sql;
use crate::store::sql::database::IndexLayout;

/// How long closing waits for a running write.
const CLOSING: Duration = Duration::from_secs(1);

/// An open database file.
#[derive(Debug)]
pub struct SqliteDatabase {
    pub path: PathBuf,
    pub place: Place,
    pub layout: IndexLayout,
    /// `None` if the file is open for reading, and after it was retired.
    pub writer: Mutex<Option<Writer>>,
    pub source: Source,
    readers: Readers,
    /// Detects commits of other programs while there is no writer.
    watcher: Mutex<Option<SqliteConn>>,
    /// Tables were created since the readers were opened.
    is_stale: AtomicBool,
    checkpointer: Checkpointer,
}

/// The writer's connection, and the time that it has held the write lock.
#[derive(Debug)]
pub struct Writer {
    pub conn: SqliteConn,
    pace: Pace,
}

impl Writer {
    /// Runs one write transaction; first yields the lock to other programs if that is due.
    fn transaction<T>(
        &mut self,
        control: &Control,
        work: impl FnOnce(&SqliteConn) -> Result<T>,
    ) -> Result<T> {
        self.pace.before();
        let began = Instant::now();
        let done = self
            .conn
            .controlled(control, || self.conn.writing(|_| work(&self.conn)));
        self.pace.after(began);
        done
    }
}

impl SqliteDatabase {
    pub fn to_read(options: &SqliteOptions, control: &Control) -> Result<Self> {
        let (source, conn, layout) = Source::look(options, control)?;
        let database = Self::new(options, source, layout, &conn);
        // Kept open: closing it would drop the host's locks on the file.
        database.readers.add(conn);
        Ok(database)
    }

    pub fn to_write(options: &SqliteOptions, control: &Control) -> Result<Self> {
        let (conn, layout) = open::open(options, control)?;
        let mut database = Self::new(options, Source::of_writer(options), layout, &conn);
        let pace = Pace::default();
        database.writer = Mutex::new(Some(Writer { conn, pace }));
        // Opened now, because the host may drop the right to open the file.
        database.readers.add(database.source.connect(false)?);
        Ok(database)
    }

    fn new(options: &SqliteOptions, source: Source, layout: IndexLayout, first: &SqliteConn) -> Self {
        Self {
            path: options.path.clone(),
            place: Place::new(&options.path, first.is_immutable || !source.is_there()),
            layout,
            writer: Mutex::default(),
            source,
            readers: Readers::default(),
            watcher: Mutex::default(),
            is_stale: AtomicBool::new(false),
            checkpointer: Checkpointer::new(options),
        }
    }

    /// Returns whether the open file still has its path, and the tables that the readers know.
    pub fn is_good(&self) -> bool {
        self.place.has_its_file() && !self.is_stale()
    }

    /// Returns whether tables were created since the readers were opened.
    pub fn is_stale(&self) -> bool {
        self.is_stale.load(Ordering::Acquire)
    }

    /// Returns an answer, if the write-ahead log still has its path.
    pub fn checked<T>(&self, answer: T) -> Result<T> {
        self.place.check_log().map(|()| answer)
    }

    /// Closes a file that lost its path, after copying its log into it.
    ///
    /// The path of the log now belongs to the file that took the path. If that file were opened at once, it would apply a log that was
    /// not written for it, or SQLite would remove the log with all its commits. Running calls end first.
    pub fn retire(self: &Arc<Self>, control: &Control) -> Result<()> {
        self.checkpointer.stop();
        open::patiently(control, || {
            // Two references are the opener's; no other caller gets a new one.
            if Arc::strong_count(self) > 2 {
                return Err(Error::new(
                    ErrorKind::Busy,
                    "the database file was moved, and a call still runs on it",
                ));
            }
            if self.writer.lock().is_none() {
                return Ok(());
            }
            self.truncate_log(control)
        })?;
        *self.writer.lock() = None;
        self.drop_readers();
        Ok(())
    }

    /// Closes the idle connections; the others close when their calls end. If possible the writer's is the last one: it copies the log
    /// into the file and removes the log.
    pub fn close(&self) {
        let _errors = FileSizeErrors::enable();
        self.checkpointer.stop();
        self.drop_readers();
        if let Some(mut writer) = self.writer.try_lock_for(CLOSING) {
            // A log that lost its path must not overwrite later commits of other programs.
            if let (Err(_), Some(writer)) = (self.place.check_log(), &*writer) {
                let _ = writer.conn.leave_log();
            }
            *writer = None;
        }
    }

    fn drop_readers(&self) {
        self.readers.clear();
        *self.watcher.lock() = None;
    }

    /// Reads in one transaction, on a connection that no other call uses.
    pub fn read<T>(&self, control: &Control, work: impl FnOnce(&SqliteConn) -> Result<T>) -> Result<T> {
        self.readers.with(&self.source, control, |conn| {
            let current = |_: &dyn sql::Conn| {
                if self.source.is_current(conn)? {
                    return work(conn);
                }
                self.is_stale.store(true, Ordering::Release);
                Err(Error::new(
                    ErrorKind::Busy,
                    "another program is making the tables",
                ))
            };
            conn.controlled(control, || conn.reading(current))
                .and_then(|answer| self.checked(answer))
        })
    }

    /// Writes in one transaction. Waits for a lock of another program until `control` ends the call.
    pub fn write<T>(&self, control: &Control, mut work: impl FnMut(&SqliteConn) -> Result<T>) -> Result<T> {
        loop {
            let writer = self.lock_writer(control)?;
            match self.transaction(writer, control, &mut work) {
                Err(error) if error.kind() == ErrorKind::Busy => control.check()?,
                done => return done.map(|(done, _)| done),
            }
        }
    }

    /// Runs one write transaction; also returns the size of the log after it, in bytes.
    pub fn transaction<T>(
        &self,
        mut writer: MappedMutexGuard<'_, Writer>,
        control: &Control,
        work: impl FnOnce(&SqliteConn) -> Result<T>,
    ) -> Result<(T, u64)> {
        self.place.check_log()?;
        let _errors = FileSizeErrors::enable();
        let done = writer.transaction(control, work);
        let done = done
            .and_then(|done| self.checked(done))
            .and_then(|done| self.place.check_file().map(|()| done))
            .map(|done| (done, self.checkpointer.after_commit(&writer.conn)));
        // Fair: the next waiting call gets the lock.
        MappedMutexGuard::unlock_fair(writer);
        done
    }

    /// Returns a number that changes when another connection commits; `None` while a transaction of this process runs.
    pub fn data_version(&self) -> Result<Option<u64>> {
        // The pragma ignores commits of its own connection, which makes all commits of this process.
        let Some(writer) = self.writer.try_lock() else {
            return Ok(None);
        };
        let version = match &*writer {
            Some(writer) => writer.conn.int("PRAGMA data_version")?,
            None => {
                let mut watcher = self.watcher.lock();
                let conn = match watcher.take() {
                    Some(conn) => conn,
                    None => self.source.connect(true)?,
                };
                watcher.insert(conn).int("PRAGMA data_version")?
            }
        };
        Ok(Some(version as u64))
    }

    /// Copies the log into the file and empties it: most of it while others may write, only the rest under the lock.
    pub fn truncate_log(&self, control: &Control) -> Result<()> {
        let writer = self.lock_writer(control)?;
        self.place.check_log()?;
        let _errors = FileSizeErrors::enable();
        // The log is not emptied while another thread copies it.
        self.checkpointer.stop();
        checkpoint::truncate(&writer.conn)
    }

    pub fn lock_writer(&self, control: &Control) -> Result<MappedMutexGuard<'_, Writer>> {
        let writer = control
            .lock(&self.writer)
            .map_err(|error| error.within("another write ran meanwhile"))?;
        MutexGuard::try_map(writer, Option::as_mut)
            .map_err(|_| Error::new(ErrorKind::Busy, "the database file was moved"))
    }
}
