//! Reads a database file without changing it or creating files beside it.

use std::path::{Path, PathBuf};

use once_cell::sync::OnceCell;
use rusqlite::Connection;

use super::conn::{Bounds, Role, SqliteConn, harden, has_log};
use super::error::error;
use super::options::SqliteOptions;
use super::{open, schema};
use crate::error::Result;
use crate::record::Control;
use crate::store::migrate::{self, SQLITE, State};
use crate::store::sql::database::IndexLayout;

/// The bytes of a database with all tables and no rows.
static EMPTY: OnceCell<Vec<u8>> = OnceCell::new();

fn empty() -> rusqlite::Result<Vec<u8>> {
    let mut empty = Connection::open_in_memory()?;
    harden(&empty)?;
    // Small pages, because each table and each index has at least one.
    empty.execute_batch("PRAGMA page_size = 512")?;
    for migration in SQLITE {
        empty.execute_batch(migration.script)?;
    }
    Ok(empty.serialize("main")?.to_vec())
}

/// The share of a reader's cache that an extra reader gets: one part of these.
const EXTRA: u64 = 8;

/// A number that changes with every change of the schema.
const SCHEMA_VERSION: &str = "PRAGMA main.schema_version";

/// A database file as readers find it.
#[derive(Clone, Debug)]
pub struct Source {
    path: PathBuf,
    bounds: Bounds,
    /// The file exists.
    is_there: bool,
    /// The version of the file's schema, if tables are missing or need a migration.
    incomplete: Option<i64>,
    /// The write-ahead log holds commits of another program, and stays. Otherwise the last connection that is closed removes the log that
    /// the first one created.
    leaves_log: bool,
}

impl Source {
    /// Inspects a file; returns a connection that reads it too.
    ///
    /// # Errors
    /// [`Schema`](crate::ErrorKind::Schema) if the library cannot read the database.
    pub fn look(options: &SqliteOptions, control: &Control) -> Result<(Self, SqliteConn, IndexLayout)> {
        let mut source = Self {
            is_there: options.path.try_exists()?,
            leaves_log: has_log(&options.path),
            ..Self::of_writer(options)
        };
        let mut conn = source.connect(false)?;
        let bound = conn.bound_by(control);
        schema::check(&conn)?;
        open::check_ours(&conn)?;
        if !migrate::check(&State::read(&conn)?, SQLITE)? {
            source.incomplete = Some(conn.int(SCHEMA_VERSION)?);
            attach_empty(&mut conn)?;
        }
        let layout = open::layout(&conn)?;
        drop(bound);
        Ok((source, conn, layout))
    }

    /// Returns the source of a file that is open for writing: its schema is current, and the writer manages its log.
    pub fn of_writer(options: &SqliteOptions) -> Self {
        Self {
            path: options.path.clone(),
            bounds: Bounds {
                row: options.longest_row,
                cache: options.cache_bytes / 8,
            },
            is_there: true,
            incomplete: None,
            leaves_log: true,
        }
    }

    /// Opens a reader; one that `is_extra` gets a smaller cache. Missing tables are empty.
    pub fn connect(&self, is_extra: bool) -> Result<SqliteConn> {
        let mut conn = self.connect_alone(is_extra)?;
        if self.incomplete.is_some() {
            attach_empty(&mut conn)?;
        }
        Ok(conn)
    }

    /// Opens a reader of the file's own tables only.
    pub fn connect_alone(&self, is_extra: bool) -> Result<SqliteConn> {
        let path = if self.is_there {
            &self.path
        } else {
            Path::new(":memory:")
        };
        let mut bounds = self.bounds;
        if is_extra {
            bounds.cache /= EXTRA;
        }
        let conn = SqliteConn::open(path, Role::Reader, bounds)?;
        if !self.leaves_log {
            conn.remove_log_on_close()?;
        }
        Ok(conn)
    }

    /// Returns whether the tables that a connection sees in its transaction are the file's. Prepared statements do not notice a new table
    /// that replaces an attached one.
    pub fn is_current(&self, conn: &SqliteConn) -> Result<bool> {
        Ok(match self.incomplete {
            Some(version) => conn.int(SCHEMA_VERSION)? == version,
            None => true,
        })
    }

    /// Returns whether the file exists.
    pub fn is_there(&self) -> bool {
        self.is_there
    }
}

/// Attaches an empty database, in which SQLite looks for tables that the file lacks.
fn attach_empty(conn: &mut SqliteConn) -> Result<()> {
    let bytes = EMPTY.get_or_try_init(empty).map_err(error)?;
    conn.raw
        .execute_batch("ATTACH ':memory:' AS empty")
        .map_err(error)?;
    conn.raw.deserialize_bytes("empty", bytes).map_err(error)
}
