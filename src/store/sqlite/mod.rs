//! The SQLite back end: one file that a running Seerflow may share.
//!
//! One connection writes, several read, one checkpoints. Nothing is opened before the first use.

mod checkpoint;
mod conn;
mod maintain;
mod open;
mod pace;
mod schema;
mod table;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{MappedMutexGuard, Mutex, MutexGuard};

use self::checkpoint::Checkpointer;
use self::conn::{Role, SqliteConn};
use self::pace::Pace;
use super::sql::stores::Database;
use super::sql::{self, log};
use super::{
    Claim, CommitReport, EdgeChange, EdgeFeed, Maintenance, Opening, PruneOptions, PruneReport, Store,
    StoreSummary, Turn,
};
use crate::codec::Batch;
use crate::config::absolute;
use crate::error::{Error, ErrorKind, Result};
use crate::log::{Level, Logger};
use crate::memory::Room;
use crate::record::{Control, Durability};

/// Readers kept open between queries; more are opened when more run at once, and closed afterwards.
const IDLE_READERS: usize = 4;

/// How long closing waits for a write that runs.
const CLOSING: Duration = Duration::from_secs(1);

/// How a database file is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqliteOptions {
    /// The file; its directory is made when it is missing.
    pub path: PathBuf,
    /// What a commit survives.
    pub durability: Durability,
    /// The size above which the write-ahead log is written back before the next commit, in bytes.
    pub wal_limit: u64,
    /// What one answer may take, in bytes.
    pub page_bytes: usize,
    /// The largest event, in bytes.
    pub max_event_bytes: u64,
}

/// The longest row of a database whose events are at the default size, in bytes. A block of `event_tallies` may take this much.
const LONGEST_ROW: u64 = 256 << 20;

impl SqliteOptions {
    /// Returns the longest row, in bytes: SQLite refuses a longer one, whatever makes it.
    fn longest_row(&self) -> i32 {
        // The columns of an event repeat the texts of its blob.
        let longest = LONGEST_ROW.max(2 * self.max_event_bytes + (1 << 20));
        longest.try_into().unwrap_or(i32::MAX)
    }
}

/// Events and their companions in a SQLite file.
#[derive(Debug)]
pub struct SqliteStore {
    options: SqliteOptions,
    opening: Opening<Opened>,
    edge_feed: EdgeFeed,
    logger: Logger,
}

#[derive(Debug)]
struct Opened {
    path: PathBuf,
    longest_row: i32,
    /// Device and number of the file.
    identity: Option<(u64, u64)>,
    layout: log::Layout,
    /// `None` where the file may only be read, and once it is given up.
    writer: Mutex<Option<Writer>>,
    is_read_only: bool,
    readers: Mutex<Vec<SqliteConn>>,
    checkpointer: Checkpointer,
}

impl SqliteStore {
    /// Makes a store; opens nothing yet. A relative path is resolved against the working directory of this moment.
    ///
    /// # Errors
    /// [`Invalid`](ErrorKind::Invalid) when the path is a `file:` URI or names no file;
    /// [`Config`](ErrorKind::Config) when the path is relative and the working directory is gone.
    pub fn new(mut options: SqliteOptions, logger: Logger) -> Result<Self> {
        let text = options.path.to_string_lossy();
        if text.starts_with("file:") {
            return Err(Error::invalid(format!("{text:?} is a URI; a path is wanted")));
        }
        if text.is_empty() || text == ":memory:" || options.path.file_name().is_none() {
            return Err(Error::invalid(format!("{text:?} names no file")));
        }
        options.path = absolute(&options.path)?;
        Ok(Self {
            options,
            opening: Opening::new(),
            edge_feed: EdgeFeed::default(),
            logger,
        })
    }

    fn opened(&self, control: &Control) -> Result<Arc<Opened>> {
        // The file was moved or deleted: what is committed there would be lost to everybody. Open what is there now.
        self.opening.get(control, Opened::is_in_place, || {
            let (options, logger) = (self.options.clone(), self.logger.clone());
            move |control: &Control, moved: Option<&Arc<Opened>>| {
                if let Some(moved) = moved {
                    moved.retire(control)?;
                }
                let opened = Opened::new(&options, control).map_err(|error| named(error, &options.path))?;
                logger.log(Level::Info, || format!("opened {}", options.path.display()));
                Ok(Arc::new(opened))
            }
        })
    }
}

/// The connection that writes, and how much it holds the write lock.
#[derive(Debug)]
struct Writer {
    conn: SqliteConn,
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

/// Says of which file an error is that concerns all of it.
fn named(error: Error, path: &Path) -> Error {
    let place = path.display().to_string();
    let is_of_the_file = matches!(
        error.kind(),
        ErrorKind::Corrupt | ErrorKind::Io | ErrorKind::Full | ErrorKind::Permission | ErrorKind::Schema
    );
    if is_of_the_file && !error.to_string().contains(&place) {
        error.within(place)
    } else {
        error
    }
}

/// Tells one file from another of the same name.
#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Path) -> Option<(u64, u64)> {
    None
}

impl Opened {
    fn new(options: &SqliteOptions, control: &Control) -> Result<Self> {
        let (conn, layout) = open::open(options, control)?;
        Ok(Self {
            is_read_only: conn.is_none(),
            path: options.path.clone(),
            longest_row: options.longest_row(),
            identity: identity(&options.path),
            layout,
            writer: Mutex::new(conn.map(|conn| Writer {
                conn,
                pace: Pace::default(),
            })),
            readers: Mutex::new(Vec::new()),
            checkpointer: Checkpointer::new(options),
        })
    }

    /// Tells whether the file that is open is still the one of its name.
    fn is_in_place(&self) -> bool {
        identity(&self.path) == self.identity
    }

    /// Gives up a file that lost its name: brings into it what its log holds, and closes it.
    ///
    /// The log still has the name that belongs to the file which took the place. Opened as it is, that file would take in what was
    /// never written for it, or the log be thrown away with all that is committed in it. What still runs on the file ends first.
    fn retire(self: &Arc<Self>, control: &Control) -> Result<()> {
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
    fn close(&self) {
        self.checkpointer.stop();
        self.readers.lock().clear();
        if let Some(mut writer) = self.writer.try_lock_for(CLOSING) {
            *writer = None;
        }
    }

    /// Opens a connection that reads.
    fn reader(&self) -> Result<SqliteConn> {
        SqliteConn::open(&self.path, Role::Reader, self.longest_row)
    }

    /// Reads in one transaction on a connection of its own.
    fn read<T>(&self, control: &Control, work: impl FnOnce(&dyn sql::Conn) -> Result<T>) -> Result<T> {
        let idle = self.readers.lock().pop();
        let conn = match idle {
            Some(conn) => conn,
            None => self.reader()?,
        };
        let done = conn.controlled(control, || conn.reading(work));
        let mut readers = self.readers.lock();
        if readers.len() < IDLE_READERS && conn.raw.is_autocommit() {
            readers.push(conn);
        }
        done
    }

    /// Writes in one transaction between those of others. A lock of another program is waited for until `control` ends it.
    fn write<T>(&self, control: &Control, mut work: impl FnMut(&SqliteConn) -> Result<T>) -> Result<T> {
        loop {
            let mut writer = self.lock_writer(control)?;
            let done = writer.transaction(control, &mut work);
            if done.is_ok() {
                self.checkpointer.after_commit(&writer.conn);
            }
            MappedMutexGuard::unlock_fair(writer);
            match done {
                Err(error) if error.kind() == ErrorKind::Busy => control.check()?,
                done => return done,
            }
        }
    }

    /// Writes the log back and empties it: most of it while others may write, only the rest under the lock.
    fn truncate_log(&self, control: &Control) -> Result<()> {
        let writer = self.lock_writer(control)?;
        checkpoint::truncate(&writer.conn)
    }

    fn not_written(&self) -> Error {
        if self.is_read_only {
            Error::new(ErrorKind::Permission, "the database file may only be read")
        } else {
            Error::new(ErrorKind::Busy, "the database file was moved")
        }
    }

    fn lock_writer(&self, control: &Control) -> Result<MappedMutexGuard<'_, Writer>> {
        let writer = control
            .lock(&self.writer)
            .map_err(|error| error.within("another write ran meanwhile"))?;
        MutexGuard::try_map(writer, Option::as_mut).map_err(|_| self.not_written())
    }
}

impl Database for SqliteStore {
    fn layout(&self, control: &Control) -> Result<log::Layout> {
        Ok(self.opened(control)?.layout)
    }

    fn commit(
        &self,
        batches: &[Batch],
        _: &mut Option<Turn<'_>>,
        claim: Claim<'_>,
    ) -> Result<Option<CommitReport>> {
        let opened = self.opened(&Control::unbounded())?;
        let commit = || {
            let mut writer = opened.lock_writer(&Control::unbounded())?;
            let report = writer.transaction(&Control::unbounded(), |conn| {
                claim().then(|| writer::write_batches(conn, batches)).transpose()
            });
            let report = report.map(|report| {
                report.map(|report| CommitReport {
                    wal_bytes: opened.checkpointer.after_commit(&writer.conn),
                    ..report
                })
            });
            // Fairly: whoever waits to write something else is next.
            MappedMutexGuard::unlock_fair(writer);
            report
        };
        self.edge_feed
            .commit(&Control::unbounded(), commit, |report, watcher| {
                let edges = report.as_ref().map(|report| &*report.edges);
                watcher.committed(EdgeChange::Added(edges.unwrap_or_default()))
            })
            .map_err(|error| named(error, &opened.path))
    }

    fn read<T>(&self, control: &Control, work: impl FnMut(&dyn sql::Conn) -> Result<T>) -> Result<T> {
        let opened = self.opened(control)?;
        let read = opened.read(control, work);
        read.map_err(|error| named(error, &opened.path))
    }

    fn write<T>(&self, control: &Control, mut work: impl FnMut(&dyn sql::Conn) -> Result<T>) -> Result<T> {
        let opened = self.opened(control)?;
        let written = opened.write(control, |conn| work(conn));
        written.map_err(|error| named(error, &opened.path))
    }

    fn room(&self) -> Room {
        Room::new(self.options.page_bytes)
    }

    fn edge_feed(&self) -> &EdgeFeed {
        &self.edge_feed
    }

    fn outside_changes(&self, control: &Control) -> Result<Option<u64>> {
        let opened = self.opened(control)?;
        // The number of the connection that makes all commits of this process: those of others change it.
        let writer = opened.writer.try_lock();
        let Some(writer) = writer.as_ref().and_then(|writer| writer.as_ref()) else {
            return Ok(None);
        };
        let version = writer.conn.int("PRAGMA data_version")? as u64;
        let file = opened.identity.map_or(0, |(_, number)| number);
        Ok(Some(version ^ file.rotate_left(32)))
    }
}

impl Store for SqliteStore {}

impl Maintenance for SqliteStore {
    fn location(&self) -> String {
        self.options.path.display().to_string()
    }

    fn start(&self, control: &Control) -> Result<()> {
        self.opened(control).map(|_| ())
    }

    fn check_writable(&self, control: &Control) -> Result<()> {
        let opened = self.opened(control)?;
        if opened.is_read_only {
            return Err(named(opened.not_written(), &opened.path));
        }
        Ok(())
    }

    fn is_open(&self) -> bool {
        self.opening.is_open()
    }

    fn prune(&self, options: &PruneOptions, control: &Control) -> Result<PruneReport> {
        maintain::prune(&*self.opened(control)?, options, control)
    }

    fn backup(&self, target: &Path, control: &Control, progress: &mut dyn FnMut(u64, u64)) -> Result<()> {
        maintain::backup(&*self.opened(control)?, target, control, progress)
    }

    fn checkpoint(&self) -> Result<()> {
        let anytime = Control::unbounded();
        self.opened(&anytime)?.truncate_log(&anytime)
    }

    fn check(&self, control: &Control) -> Result<Vec<String>> {
        maintain::check(&*self.opened(control)?, control)
    }

    fn check_text(&self, control: &Control) -> Result<Vec<String>> {
        maintain::check_text(&*self.opened(control)?, control)
    }

    fn summary(&self, control: &Control) -> Result<StoreSummary> {
        maintain::summary(&*self.opened(control)?, control)
    }

    fn durability(&self) -> Durability {
        self.options.durability
    }

    fn close(&self) {
        if let Some(opened) = self.opening.close() {
            opened.close();
        }
    }
}
