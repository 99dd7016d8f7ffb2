//! A database in use: its connections, and who writes when.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{MappedMutexGuard, Mutex, MutexGuard};

use super::SqliteOptions;
use super::checkpoint::{self, Checkpointer};
use super::conn::{Role, SqliteConn};
use super::open::{self, Access};
use super::pace::Pace;
use super::place::Place;
use crate::error::{Error, ErrorKind, Result};
use crate::record::Control;
use crate::store::sql::{self, log};

/// Readers kept open between queries; more are opened when more run at once, and closed afterwards.
const IDLE_READERS: usize = 4;

/// How long closing waits for a write that runs.
const CLOSING: Duration = Duration::from_secs(1);

/// A database whose file is open.
#[derive(Debug)]
pub struct Opened {
    pub path: PathBuf,
    longest_row: i32,
    pub place: Place,
    pub layout: log::Layout,
    /// `None` where the file may only be read, and once it is given up.
    pub writer: Mutex<Option<Writer>>,
    pub is_read_only: bool,
    readers: Mutex<Vec<SqliteConn>>,
    checkpointer: Checkpointer,
}

/// The connection that writes, and how much it holds the write lock.
#[derive(Debug)]
pub struct Writer {
    pub conn: SqliteConn,
    pace: Pace,
}

impl Writer {
    /// Runs one write transaction, leaving the lock to other programs first if it is time to.
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

impl Opened {
    pub fn new(options: &SqliteOptions, control: &Control) -> Result<Self> {
        let (access, layout) = open::open(options, control)?;
        let place = Place::new(&options.path, access.conn().is_immutable);
        let (writer, reader) = match access {
            Access::Write(conn) => (Some(conn), None),
            Access::Read(conn) => (None, Some(conn)),
        };
        Ok(Self {
            is_read_only: writer.is_none(),
            path: options.path.clone(),
            longest_row: options.longest_row,
            place,
            layout,
            writer: Mutex::new(writer.map(|conn| Writer {
                conn,
                pace: Pace::default(),
            })),
            // Kept: were it closed, the host would lose its locks on the file.
            readers: Mutex::new(Vec::from_iter(reader)),
            checkpointer: Checkpointer::new(options),
        })
    }

    /// Hands out an answer, if the log that it was read from or written to still has its name.
    pub fn checked<T>(&self, answer: T) -> Result<T> {
        self.place.check_log().map(|()| answer)
    }

    /// Gives up a file that lost its name: brings into it what its log holds, and closes it.
    ///
    /// The log still has the name that belongs to the file which took the place. Opened as it is, that file would take in what was
    /// never written for it, or the log be thrown away with all that is committed in it. What still runs on the file ends first.
    pub fn retire(self: &Arc<Self>, control: &Control) -> Result<()> {
        self.checkpointer.stop();
        open::patiently(control, || {
            // The opening's own two; nobody else gets one any more.
            if Arc::strong_count(self) > 2 {
                return Err(Error::new(
                    ErrorKind::Busy,
                    "the database file was moved, and a call still runs on it",
                ));
            }
            if self.is_read_only {
                return Ok(());
            }
            self.truncate_log(control)
        })?;
        *self.writer.lock() = None;
        self.readers.lock().clear();
        Ok(())
    }

    /// Closes the connections that nobody uses; the others close when they come back. The writer's is the last one if it can be:
    /// it brings what the log holds into the file, and removes the log.
    pub fn close(&self) {
        self.checkpointer.stop();
        self.readers.lock().clear();
        if let Some(mut writer) = self.writer.try_lock_for(CLOSING) {
            // A log that lost its name must not overwrite what others have written since.
            if let (Err(_), Some(writer)) = (self.place.check_log(), &*writer) {
                let _ = writer.conn.leave_log();
            }
            *writer = None;
        }
    }

    /// Opens a connection that reads.
    pub fn reader(&self) -> Result<SqliteConn> {
        SqliteConn::open(&self.path, Role::Reader, self.longest_row)
    }

    /// Reads in one transaction on a connection of its own.
    pub fn read<T>(&self, control: &Control, work: impl FnOnce(&dyn sql::Conn) -> Result<T>) -> Result<T> {
        let idle = self.readers.lock().pop();
        let conn = match idle {
            Some(conn) => conn,
            None => self.reader()?,
        };
        let done = conn
            .controlled(control, || conn.reading(work))
            .and_then(|answer| self.checked(answer));
        let mut readers = self.readers.lock();
        if readers.len() < IDLE_READERS && conn.raw.is_autocommit() {
            readers.push(conn);
        }
        done
    }

    /// Writes in one transaction between those of others. A lock of another program is waited for until `control` ends it.
    pub fn write<T>(&self, control: &Control, mut work: impl FnMut(&SqliteConn) -> Result<T>) -> Result<T> {
        loop {
            let writer = self.lock_writer(control)?;
            match self.transaction(writer, control, &mut work) {
                Err(error) if error.kind() == ErrorKind::Busy => control.check()?,
                done => return done.map(|(done, _)| done),
            }
        }
    }

    /// Runs one write transaction, and answers the size of the log after it in bytes.
    pub fn transaction<T>(
        &self,
        mut writer: MappedMutexGuard<'_, Writer>,
        control: &Control,
        work: impl FnOnce(&SqliteConn) -> Result<T>,
    ) -> Result<(T, u64)> {
        self.place.check_log()?;
        let done = writer.transaction(control, work);
        let done = done
            .and_then(|done| self.checked(done))
            .map(|done| (done, self.checkpointer.after_commit(&writer.conn)));
        // Fairly: whoever waits to write something else is next.
        MappedMutexGuard::unlock_fair(writer);
        done
    }

    /// Writes the log back and empties it: most of it while others may write, only the rest under the lock.
    pub fn truncate_log(&self, control: &Control) -> Result<()> {
        let writer = self.lock_writer(control)?;
        self.place.check_log()?;
        checkpoint::truncate(&writer.conn)
    }

    pub fn not_written(&self) -> Error {
        if self.is_read_only {
            Error::new(ErrorKind::Permission, "the database file may only be read")
        } else {
            Error::new(ErrorKind::Busy, "the database file was moved")
        }
    }

    pub fn lock_writer(&self, control: &Control) -> Result<MappedMutexGuard<'_, Writer>> {
        let writer = control
            .lock(&self.writer)
            .map_err(|error| error.within("another write ran meanwhile"))?;
        MutexGuard::try_map(writer, Option::as_mut).map_err(|_| self.not_written())
    }
}
