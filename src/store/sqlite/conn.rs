//! One SQLite connection with our settings; implements [`Conn`].

use std::cell::{RefCell, RefMut};
use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;

use once_cell::sync::Lazy;
use parking_lot::Mutex;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};

use super::error::{error, read_error};
use super::locks;
use super::place::beside;
use super::row::SqliteRow;
use super::terms::Terms;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Control, Durability};
use crate::store::sql::{self, Conn, MessageTest, Param, Sql, Statements};

static STATEMENTS: Lazy<Statements> = Lazy::new(Statements::sqlite);

/// How long SQLite waits for another program's lock, as in Seerflow. The writer waits in shorter steps, because its callers check their
/// deadlines and try again.
const BUSY_TIMEOUT_MS: u32 = 5000;
const WRITER_BUSY_TIMEOUT_MS: u32 = 250;

/// Instructions of SQLite's virtual machine between two checks of the caller's deadline and interrupt: about 0.1 ms.
const STEPS_BETWEEN_CHECKS: i32 = 10_000;

/// The purpose of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The only writer of this process.
    Writer(Durability),
    /// One of several readers.
    Reader,
    /// Copies the write-ahead log into the file.
    Checkpointer,
}

/// The bounds of a connection, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The longest row, also as an intermediate value.
    pub row: i32,
    /// The size of the page cache of a reader and of the writer.
    pub cache: u64,
}

/// A connection.
#[derive(Debug)]
pub struct SqliteConn {
    /// The driver's connection.
    pub raw: Connection,
    /// The file is read as one that no program changes: without locks and without a log.
    pub is_immutable: bool,
    /// The bounds of the running statements.
    control: Arc<Mutex<Option<Control>>>,
    terms: RefCell<Option<Terms>>,
}

/// The longest pattern of LIKE and GLOB, in bytes. Our own have fewer than 40.
const LONGEST_PATTERN: i32 = 256;

/// Protects a connection from its file, which may be a stranger's: no statement writes to tables that SQLite keeps itself, the schema calls
/// no function with side effects, and each page is checked when it is read.
pub fn harden(raw: &Connection) -> rusqlite::Result<()> {
    raw.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    raw.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    // An index may compare messages with a pattern; the time grows with the pattern's length.
    raw.set_limit(Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, LONGEST_PATTERN)?;
    raw.execute_batch("PRAGMA cell_size_check = ON")
}

/// Returns whether opening failed because the file, its log or the log's index cannot be created or written.
pub fn is_refused(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Permission | ErrorKind::Io)
}

/// Returns whether the write-ahead log of a file is not empty.
pub fn has_log(path: &Path) -> bool {
    std::fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0)
}

/// Returns the URI of a file that no program changes.
fn immutable(path: &Path) -> String {
    let mut name = "file:".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                name.push(char::from(*byte))
            }
            other => name.push_str(&format!("%{other:02X}")),
        }
    }
    name + "?immutable=1"
}

impl SqliteConn {
    /// Opens an existing file.
    ///
    /// A copy in an archive may be read-only, together with its folder, and have no log. A reader then opens it without a log.
    pub fn open(path: &Path, role: Role, bounds: Bounds) -> Result<Self> {
        locks::prepare()?;
        // Opened by path, never as a URI.
        let database = Self::open_as(path.as_os_str(), OpenFlags::SQLITE_OPEN_READ_WRITE, role, bounds);
        let database = match database {
            Err(error) if role == Role::Reader && is_refused(&error) && !has_log(path) => {
                let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
                match Self::open_as(immutable(path).as_ref(), flags, role, bounds) {
                    Ok(conn) => Ok(Self {
                        is_immutable: true,
                        ..conn
                    }),
                    Err(_) => Err(error),
                }
            }
            database => database,
        };
        database.map_err(|error| error.within(path.display()))
    }

    fn open_as(name: &OsStr, access: OpenFlags, role: Role, bounds: Bounds) -> Result<Self> {
        // Without a mutex: one thread uses a connection at a time.
        let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
        let mut raw = locks::opening(|| Connection::open_with_flags(name, flags).map_err(error))?;
        let control: Arc<Mutex<Option<Control>>> = Arc::default();
        let watched = Arc::clone(&control);
        let must_stop = move || {
            watched
                .lock()
                .as_ref()
                .is_some_and(|control| control.check().is_err())
        };
        raw.progress_handler(STEPS_BETWEEN_CHECKS, Some(must_stop))
            .map_err(error)?;
        raw.set_limit(Limit::SQLITE_LIMIT_LENGTH, bounds.row)
            .map_err(error)?;
        raw.set_prepared_statement_cache_capacity(128);
        harden(&raw).map_err(error)?;
        let conn = Self {
            raw,
            is_immutable: false,
            control,
            terms: RefCell::default(),
        };
        if role == Role::Reader {
            conn.leave_log()?;
        }
        let patience = if matches!(role, Role::Writer(_)) {
            WRITER_BUSY_TIMEOUT_MS
        } else {
            BUSY_TIMEOUT_MS
        };
        conn.pragma(&format!("busy_timeout = {patience}"))?;
        conn.pragma("temp_store = MEMORY")?;
        match role {
            Role::Writer(durability) => {
                conn.pragma(match durability {
                    Durability::Process => "synchronous = NORMAL",
                    // FULL, and the folder too: if the file leaves its write-ahead log, a commit is the removal of a journal.
                    Durability::Power => "synchronous = EXTRA",
                })?;
                // The checkpointer runs the checkpoints, and our writer updates the text index without triggers; see `writer.rs`.
                conn.pragma("wal_autocheckpoint = 0")?;
                conn.raw
                    .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)
                    .map_err(error)?;
            }
            Role::Reader => {
                conn.bound_cache(bounds.cache)?;
                conn.pragma("query_only = ON")?;
            }
            Role::Checkpointer => conn.pragma("synchronous = NORMAL")?,
        }
        Ok(conn)
    }

    /// Limits the page cache. SQLite converts bytes to pages at once, so the header with the page size is read first.
    pub fn bound_cache(&self, bytes: u64) -> Result<()> {
        self.int("PRAGMA schema_version")?;
        self.pragma(&format!("cache_size = -{}", bytes / 1024))
    }

    /// Lets the last connection that is closed copy the write-ahead log into the file and remove it.
    pub fn remove_log_on_close(&self) -> Result<()> {
        self.raw
            .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)
            .map(|_| ())
            .map_err(error)
    }

    /// Returns whether the file may only be read.
    pub fn is_read_only(&self) -> bool {
        self.raw.is_readonly("main").unwrap_or_default()
    }

    /// Leaves the log unchanged when the connection closes.
    pub fn leave_log(&self) -> Result<()> {
        self.raw
            .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
            .map(|_| ())
            .map_err(error)
    }

    /// Sets a pragma.
    pub fn pragma(&self, assignment: &str) -> Result<()> {
        self.raw
            .execute_batch(&format!("PRAGMA {assignment};"))
            .map_err(|e| error(e).within(assignment))
    }

    /// Runs a pragma or a statement without parameters that returns one integer.
    pub fn int(&self, sql: &str) -> Result<i64> {
        self.raw
            .query_row(sql, [], |row| row.get(0))
            .map_err(|e| error(e).within(sql))
    }

    /// Returns the tokenizer of messages and searches, made at the first use.
    fn terms(&self) -> Result<RefMut<'_, Terms>> {
        let mut terms = self.terms.borrow_mut();
        if terms.is_none() {
            *terms = Some(Terms::new()?);
        }
        RefMut::filter_map(terms, Option::as_mut)
            .map_err(|_| Error::new(ErrorKind::Database, "SQLite has no tokenizer"))
    }

    /// Bounds the statements of this connection by `control` until the guard is dropped.
    pub fn bound_by(&self, control: &Control) -> Bound {
        *self.control.lock() = Some(control.clone());
        Bound(Arc::clone(&self.control))
    }

    /// Runs `work` within the bounds of `control`, which interrupts its statements.
    pub fn controlled<T>(&self, control: &Control, work: impl FnOnce() -> Result<T>) -> Result<T> {
        control.check()?;
        let bound = control.is_bounded().then(|| self.bound_by(control));
        let done = work().map_err(|error| locks::with_reason(&self.raw, error));
        drop(bound);
        match done {
            // The interrupt may have been the deadline.
            Err(error) if error.kind() == ErrorKind::Interrupted => control.check().and(Err(error)),
            done => done,
        }
    }

    /// Runs `work` in a read transaction, in which all statements see one state of the database.
    pub fn reading<T>(&self, work: impl FnOnce(&dyn Conn) -> Result<T>) -> Result<T> {
        self.raw.execute_batch("BEGIN").map_err(error)?;
        let _end = TakeBack(&self.raw);
        work(self)
    }

    /// Runs `work` in a write transaction; rolls it back if `work` fails or panics.
    pub fn writing<T>(&self, work: impl FnOnce(&dyn Conn) -> Result<T>) -> Result<T> {
        self.raw.execute_batch("BEGIN IMMEDIATE").map_err(error)?;
        let _end = TakeBack(&self.raw);
        let done = work(self)?;
        self.raw.execute_batch("COMMIT").map_err(error)?;
        Ok(done)
    }
}

/// Bounds of a connection's statements; removed when the guard is dropped.
pub struct Bound(Arc<Mutex<Option<Control>>>);

impl Drop for Bound {
    fn drop(&mut self) {
        *self.0.lock() = None;
    }
}

/// Rolls back a transaction that was not committed.
struct TakeBack<'c>(&'c Connection);

impl Drop for TakeBack<'_> {
    fn drop(&mut self) {
        if !self.0.is_autocommit() {
            let _ = self.0.execute_batch("ROLLBACK");
        }
    }
}

impl Conn for SqliteConn {
    fn query(
        &self,
        sql: &Sql,
        params: &[Param<'_>],
        each: &mut dyn FnMut(&dyn sql::Row) -> Result<bool>,
    ) -> Result<()> {
        let mut statement = self.raw.prepare_cached(sql.text()).map_err(error)?;
        let mut rows = statement
            .query(rusqlite::params_from_iter(params))
            .map_err(error)?;
        while let Some(row) = rows.next().map_err(read_error)? {
            if !each(&SqliteRow(row))? {
                break;
            }
        }
        Ok(())
    }

    fn execute(&self, sql: &Sql, params: &[Param<'_>]) -> Result<u64> {
        let mut statement = self.raw.prepare_cached(sql.text()).map_err(error)?;
        let changed = statement
            .execute(rusqlite::params_from_iter(params))
            .map_err(error)?;
        Ok(changed as u64)
    }

    fn statements(&self) -> &Statements {
        &STATEMENTS
    }

    fn row_test<'c>(&'c self, search: &str) -> Result<Option<MessageTest<'c>>> {
        let phrases = self.terms()?.phrases(search)?;
        Ok(Some(Box::new(move |message| {
            self.terms()?.match_message(&phrases, message, u32::MAX)
        })))
    }

    fn count_matches(&self, matcher: &str, bound: i64) -> Result<i64> {
        sql::query_int(
            self,
            &self.statements().count_matches,
            &[matcher.into(), bound.into()],
        )
    }

    fn match_expression(&self, text: &str) -> Result<Option<String>> {
        sql::search::match_expression(text)
    }
}
