//! Opens a database file for writing: creates it with private permissions, configures, migrates or adopts it.

use std::fs::{self, OpenOptions};
use std::path::Path;
use std::time::{Duration, Instant};

use super::conn::{Bounds, Role, SqliteConn};
use super::error::error;
use super::options::SqliteOptions;
use super::schema;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Control, now_ns};
use crate::store::migrate::{self, Migration, SQLITE, State, Target};
use crate::store::sql::database::IndexLayout;

/// How long to wait for a program that changes the journal mode or migrates at the same time.
const PATIENCE: Duration = Duration::from_secs(30);

/// Opens the writer's connection: creates a missing file, and migrates or adopts its tables.
///
/// # Errors
/// [`Permission`](ErrorKind::Permission) if the file may only be read.
pub fn open(options: &SqliteOptions, control: &Control) -> Result<(SqliteConn, IndexLayout)> {
    create_private(&options.path)?;
    let refused = "the database file may only be read";
    let role = Role::Writer(options.durability);
    let bounds = Bounds {
        row: options.longest_row,
        cache: options.cache_bytes / 2,
    };
    let database = patiently(control, || SqliteConn::open(&options.path, role, bounds));
    let mut conn = match database {
        Ok(conn) if conn.is_read_only() => return Err(Error::new(ErrorKind::Permission, refused)),
        Err(error) if error.kind() == ErrorKind::Permission => return Err(error.within(refused)),
        database => database?,
    };
    let _bound = conn.bound_by(control);
    patiently(control, || {
        schema::check(&conn)?;
        migrate::check(&State::read(&conn)?, SQLITE)?;
        check_ours(&conn)?;
        configure(&conn)
    })?;
    conn.bound_cache(bounds.cache)?;
    patiently(control, || migrate::run(&mut conn, SQLITE).map(|_| ()))?;
    patiently(control, || add_event_ts(&conn))?;
    let layout = layout(&conn)?;
    Ok((conn, layout))
}

/// Refuses a database of another program: it has tables, and neither Seerflow's version nor our migrations.
pub fn check_ours(conn: &SqliteConn) -> Result<()> {
    let tables =
        "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    let known = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ('schema_version', 'libseerflow_migrations')";
    if conn.int(tables)? > 0 && conn.int(known)? == 0 {
        return Err(Error::new(
            ErrorKind::Schema,
            "it holds tables of another program, and is no database of Seerflow",
        ));
    }
    Ok(())
}

/// Retries while another program holds a lock.
pub fn patiently<T>(control: &Control, mut work: impl FnMut() -> Result<T>) -> Result<T> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match work() {
            Err(error) if error.kind() == ErrorKind::Busy && Instant::now() < deadline => {
                control.check()?;
                std::thread::sleep(Duration::from_millis(20));
            }
            done => return done,
        }
    }
}

/// Creates the folder (0700) and the file (0600) before SQLite opens it; SQLite gives its other files the same mode.
pub fn create_private(path: &Path) -> Result<()> {
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty() && !folder.exists())
    {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(folder)
            .map_err(|e| Error::from(e).within(format!("create {}", folder.display())))?;
    }
    match create_new_private(path) {
        // The file exists.
        Err(_) if path.exists() => Ok(()),
        made => made,
    }
}

/// Creates a new file (0600).
///
/// # Errors
/// [`Invalid`](ErrorKind::Invalid) if the path exists, even as a dangling link.
fn create_new_private(path: &Path) -> Result<()> {
    let mut file = OpenOptions::new();
    file.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    match file.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(Error::invalid(format!("{} exists already", path.display())))
        }
        Err(error) => Err(Error::from(error).within(format!("create {}", path.display()))),
    }
}

/// Applies the settings that the file stores. The first two take effect only while it is empty.
fn configure(conn: &SqliteConn) -> Result<()> {
    if conn.int("PRAGMA page_count")? == 0 {
        conn.pragma("page_size = 8192")?;
        conn.pragma("auto_vacuum = INCREMENTAL")?;
    }
    // SQLite commits the change after it has returned the row, and may fail then.
    let mut statement = conn.raw.prepare("PRAGMA journal_mode = WAL").map_err(error)?;
    let modes = statement.query_map([], |row| row.get::<_, String>(0));
    let modes = modes
        .and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>)
        .map_err(error)?;
    match modes.concat().as_str() {
        "wal" => Ok(()),
        other => Err(Error::new(
            ErrorKind::Unsupported,
            format!("the file system refuses a write-ahead log (journal mode stays {other})"),
        )),
    }
}

/// Adds the column `event_ts`, the documented name of the time, to Seerflow's own junction table; changes no row.
fn add_event_ts(conn: &SqliteConn) -> Result<()> {
    let there = "SELECT count(*) FROM pragma_table_xinfo('entity_events') WHERE name = 'event_ts'";
    if conn.int(there)? > 0 {
        return Ok(());
    }
    conn.writing(|_| {
        // Another process may have added it meanwhile.
        if conn.int(there)? == 0 {
            let add = "ALTER TABLE entity_events ADD COLUMN event_ts INTEGER GENERATED ALWAYS AS (timestamp_ns) VIRTUAL";
            conn.raw.execute_batch(add).map_err(error)?;
        }
        Ok(())
    })
}

/// Returns the properties of the indexes.
pub fn layout(conn: &SqliteConn) -> Result<IndexLayout> {
    let with_time =
        "SELECT count(*) FROM pragma_index_info('idx_events_source_sev') WHERE name = 'timestamp_ns'";
    let of_hosts = "SELECT count(*) FROM sqlite_schema WHERE name = 'idx_events_host'";
    Ok(IndexLayout {
        source_index_has_time: conn.int(with_time)? > 0,
        has_host_index: conn.int(of_hosts)? > 0,
    })
}

/// Returns whether Seerflow created the event table: then it has no explicit rowid.
pub fn made_by_seerflow(conn: &SqliteConn) -> Result<bool> {
    let ours = "SELECT count(*) FROM pragma_table_info('events') WHERE name = 'ingest_seq'";
    Ok(conn.int(ours)? == 0)
}

impl State {
    /// Reads the state of a database.
    pub(super) fn read(conn: &SqliteConn) -> Result<State> {
        let has = |table: &str| {
            conn.int(&format!(
                "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = '{table}'"
            ))
        };
        let mut state = State::default();
        if has("schema_version")? > 0 {
            state.seerflow = conn.int("SELECT coalesce(max(version), 0) FROM schema_version")?;
        }
        if has("libseerflow_migrations")? > 0 {
            let list = "SELECT number, checksum FROM libseerflow_migrations ORDER BY number";
            let mut statement = conn.raw.prepare(list).map_err(error)?;
            let rows = statement
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
                .map_err(error)?;
            state.applied = rows.collect::<rusqlite::Result<_>>().map_err(error)?;
        }
        Ok(state)
    }
}

impl Target for SqliteConn {
    fn state(&mut self) -> Result<State> {
        State::read(self)
    }

    fn begin(&mut self) -> Result<()> {
        let begin = "BEGIN IMMEDIATE;
            CREATE TABLE IF NOT EXISTS libseerflow_migrations (
                number     INTEGER PRIMARY KEY,
                name       TEXT NOT NULL,
                checksum   TEXT NOT NULL,
                applied_ns INTEGER NOT NULL
            );";
        self.raw.execute_batch(begin).map_err(error)
    }

    fn apply(&mut self, migration: &Migration) -> Result<()> {
        self.raw.execute_batch(migration.script).map_err(error)?;
        let record =
            "INSERT INTO libseerflow_migrations (number, name, checksum, applied_ns) VALUES (?1, ?2, ?3, ?4)";
        let row = (migration.number, migration.name, migration.checksum(), now_ns());
        self.raw.execute(record, row).map(|_| ()).map_err(error)
    }

    fn end(&mut self, commit: bool) -> Result<()> {
        self.raw
            .execute_batch(if commit { "COMMIT" } else { "ROLLBACK" })
            .map_err(error)
    }
}
