//! Pruning, backup, integrity check and the summary of a database file.

use std::fs;
use std::path::Path;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::conn::{SqliteConn, harden};
use super::database::SqliteDatabase;
use super::error::error;
use super::place::beside;
use super::{locks, open};
use crate::error::{Error, ErrorKind, Result};
use crate::process::FileSizeErrors;
use crate::record::Control;
use crate::store::migrate::State;
use crate::store::sql::{maintain, query_int};
use crate::store::{PruneOptions, PruneReport, StoreSummary};

/// Events removed in one transaction: few, so that other programs do not wait long.
const PRUNE_STEP: u32 = 2_000;

/// Dead letters removed in one transaction; each may be as large as an event.
const DEAD_LETTER_STEP: u32 = 200;

/// Free pages returned in one transaction.
const VACUUM_STEP: u32 = 4_096;

/// Pages copied between two checks of the deadline.
const BACKUP_STEP: i32 = 1_024;

pub fn prune(database: &SqliteDatabase, options: &PruneOptions, control: &Control) -> Result<PruneReport> {
    let mut report = PruneReport {
        bytes_before: bytes_on_disk(&database.path),
        ..PruneReport::default()
    };
    if let Some(before_ns) = options.before_ns {
        report.events += maintain::in_steps(PRUNE_STEP, || {
            database.write(control, |conn| {
                maintain::prune_events(conn, before_ns, PRUNE_STEP)
            })
        })?;
        report.dead_letters += maintain::in_steps(DEAD_LETTER_STEP, || {
            database.write(control, |conn| {
                maintain::prune_dead_letters(conn, before_ns, DEAD_LETTER_STEP)
            })
        })?;
    }
    if let Some(max_bytes) = options.max_bytes {
        while database.write(control, used_bytes)? > max_bytes {
            // Dead letters are removed first.
            let letters = database.write(control, |conn| {
                maintain::prune_dead_letters(conn, i64::MAX, DEAD_LETTER_STEP)
            })?;
            report.dead_letters += letters;
            if letters > 0 {
                continue;
            }
            let removed = database.write(control, |conn| {
                let removed = maintain::prune_events(conn, i64::MAX, PRUNE_STEP)?;
                // The text index keeps the pages of deleted rows until its segments are merged.
                merge_index(conn)?;
                Ok(removed)
            })?;
            report.events += removed;
            if removed == 0 {
                break;
            }
        }
    }
    give_back(database, control)?;
    report.bytes_after = bytes_on_disk(&database.path);
    Ok(report)
}

fn merge_index(conn: &SqliteConn) -> Result<()> {
    let merge = "INSERT INTO events_fts (events_fts, rank) VALUES ('merge', 500)";
    conn.raw.execute_batch(merge).map_err(error)
}

fn used_bytes(conn: &SqliteConn) -> Result<u64> {
    let used = conn.int("PRAGMA page_count")? - conn.int("PRAGMA freelist_count")?;
    Ok(used.max(0) as u64 * conn.int("PRAGMA page_size")?.max(0) as u64)
}

/// Returns free pages to the file system. A database that Seerflow created has no incremental vacuum and keeps its size; its free pages
/// are reused.
fn give_back(database: &SqliteDatabase, control: &Control) -> Result<()> {
    database.write(control, merge_index)?;
    let mut free = database.write(control, |conn| conn.int("PRAGMA freelist_count"))?;
    while free > 0 {
        let left = database.write(control, |conn| {
            // The pragma returns a row per page, and works only while it is stepped.
            let vacuum = format!("PRAGMA incremental_vacuum({VACUUM_STEP})");
            let mut statement = conn.raw.prepare(&vacuum).map_err(error)?;
            let mut rows = statement.query([]).map_err(error)?;
            while rows.next().map_err(error)?.is_some() {}
            conn.int("PRAGMA freelist_count")
        })?;
        if left >= free {
            break;
        }
        free = left;
    }
    // The file shrinks at the checkpoint. A reader that still needs the log is not an error.
    match database.truncate_log(control) {
        Err(error) if error.kind() == ErrorKind::Busy => Ok(()),
        done => done,
    }
}

pub fn backup(
    database: &SqliteDatabase,
    target: &Path,
    control: &Control,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<()> {
    if !database.source.is_there() {
        let text = format!("no database at {}", database.path.display());
        return Err(Error::new(ErrorKind::NotFound, text));
    }
    let within = |error: Error| error.within(format!("backup to {}", target.display()));
    let taken = || Error::invalid(format!("{} exists already", target.display()));
    if target.symlink_metadata().is_ok() {
        return Err(taken());
    }
    // The copy gets its name when it is complete. Until then it is a private file in the same folder.
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let copy = tempfile::Builder::new().prefix(".seerflow-").tempfile_in(folder);
    let copy = copy.map_err(|error| within(error.into()))?;
    copy_to(database, copy.path(), control, progress).map_err(within)?;
    copy.as_file().sync_all().map_err(|error| within(error.into()))?;
    match copy.persist_noclobber(target) {
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => Err(taken()),
        named => named.map(drop).map_err(|error| within(error.error.into())),
    }
}

fn copy_to(
    database: &SqliteDatabase,
    target: &Path,
    control: &Control,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<()> {
    let _errors = FileSizeErrors::enable();
    // Opened by path, never as a URI; the file exists and is private.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let mut copy = locks::opening(|| Connection::open_with_flags(target, flags).map_err(error))?;
    harden(&copy).map_err(error)?;
    let source = database.source.connect(true)?;
    // One snapshot for all pages: otherwise a busy writer would make the backup start over.
    source.reading(|conn| {
        query_int(conn, &conn.statements().last_seq, &[])?;
        let backup = Backup::new(&source.raw, &mut copy).map_err(error)?;
        loop {
            control.check()?;
            let step = backup.step(BACKUP_STEP).map_err(error)?;
            let state = backup.progress();
            progress(
                (state.pagecount - state.remaining).max(0) as u64,
                state.pagecount.max(0) as u64,
            );
            match step {
                StepResult::Done => return database.place.check_log(),
                StepResult::Busy | StepResult::Locked => {
                    std::thread::sleep(std::time::Duration::from_millis(10))
                }
                _ => {}
            }
        }
    })
}

pub fn check(database: &SqliteDatabase, control: &Control) -> Result<Vec<String>> {
    let mut findings = database.read(control, |conn| maintain::check_sums(conn))?;
    let reader = database.source.connect(true)?;
    reader.controlled(control, || {
        let mut statement = reader.raw.prepare("PRAGMA integrity_check").map_err(error)?;
        let mut rows = statement.query([]).map_err(error)?;
        while let Some(row) = rows.next().map_err(error)? {
            let finding: String = row.get(0).map_err(error)?;
            if finding != "ok" {
                findings.push(finding);
            }
        }
        Ok(())
    })?;
    database.checked(findings)
}

pub fn check_text(database: &SqliteDatabase, control: &Control) -> Result<Vec<String>> {
    let conn = database.source.connect_alone(true)?;
    if State::read(&conn)?.seerflow == 0 {
        return Ok(Vec::new());
    }
    let _errors = FileSizeErrors::enable();
    // The comparison needs the write lock, though it writes nothing.
    conn.pragma("query_only = OFF")?;
    let compare = "INSERT INTO events_fts (events_fts, rank) VALUES ('integrity-check', 1)";
    let compared = loop {
        let compared = conn.controlled(control, || {
            conn.writing(|_| conn.raw.execute_batch(compare).map_err(error))
        });
        match compared {
            Err(error) if error.kind() == ErrorKind::Busy => control.check()?,
            compared => break compared,
        }
    };
    match compared {
        Err(error) if error.kind() == ErrorKind::Corrupt => Ok(vec![format!("events_fts: {error}")]),
        done => done.map(|()| Vec::new()),
    }
}

pub fn summary(database: &SqliteDatabase, control: &Control) -> Result<StoreSummary> {
    database.read(control, |conn| {
        let state = State::read(conn)?;
        let page_size = conn.int("PRAGMA page_size")?.max(0) as u64;
        Ok(StoreSummary {
            location: database.path.display().to_string(),
            schema_version: state.seerflow,
            migration: state.applied.last().map_or(0, |(number, _)| *number),
            made_by_seerflow: open::made_by_seerflow(conn)?,
            bytes: conn.int("PRAGMA page_count")?.max(0) as u64 * page_size,
            free_bytes: conn.int("PRAGMA freelist_count")?.max(0) as u64 * page_size,
            wal_bytes: file_size(&beside(&database.path, "-wal")),
            ..maintain::contents(conn)?
        })
    })
}

fn file_size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |file| file.len())
}

fn bytes_on_disk(path: &Path) -> u64 {
    file_size(path) + file_size(&beside(path, "-wal"))
}
