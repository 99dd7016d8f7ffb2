//! Pruning, backup, integrity check and the summary of a database file.

use std::fs;
use std::path::Path;

use rusqlite::backup::{Backup, StepResult};

use super::conn::error;
use super::{Opened, checkpoint, open};
use crate::error::{Error, ErrorKind, Result};
use crate::record::Control;
use crate::store::sql::{maintain, query_int, summary as sql_summary};
use crate::store::{PruneOptions, PruneReport, StoreSummary};

/// Events removed in one transaction: short enough that no other program waits long.
const PRUNE_STEP: u32 = 2_000;

/// Free pages given back in one transaction.
const VACUUM_STEP: u32 = 4_096;

/// Pages copied between two looks at the deadline.
const BACKUP_STEP: i32 = 1_024;

pub fn prune(opened: &Opened, options: &PruneOptions, control: &Control) -> Result<PruneReport> {
    let mut report = PruneReport {
        bytes_before: bytes_on_disk(&opened.path),
        ..PruneReport::default()
    };
    if let Some(before_ns) = options.before_ns {
        loop {
            let removed = opened.write(control, |conn| {
                maintain::prune_events(conn, before_ns, PRUNE_STEP)
            })?;
            report.events += removed;
            if removed < u64::from(PRUNE_STEP) {
                break;
            }
        }
        report.dead_letters = opened.write(control, |conn| maintain::prune_dead_letters(conn, before_ns))?;
    }
    if let Some(max_bytes) = options.max_bytes {
        while opened.write(control, used_bytes)? > max_bytes {
            let removed = opened.write(control, |conn| maintain::prune_events(conn, i64::MAX, PRUNE_STEP))?;
            report.events += removed;
            if removed == 0 {
                break;
            }
        }
    }
    give_back(opened, control)?;
    report.bytes_after = bytes_on_disk(&opened.path);
    Ok(report)
}

fn used_bytes(conn: &super::SqliteConn) -> Result<u64> {
    let used = conn.int("PRAGMA page_count")? - conn.int("PRAGMA freelist_count")?;
    Ok(used.max(0) as u64 * conn.int("PRAGMA page_size")?.max(0) as u64)
}

/// Returns free pages to the file system. A database of Seerflow's making has no incremental vacuum and keeps its size; its
/// free pages are used again.
fn give_back(opened: &Opened, control: &Control) -> Result<()> {
    // The text index keeps what was deleted until its segments merge.
    opened.write(control, |conn| {
        conn.raw
            .execute_batch("INSERT INTO events_fts (events_fts, rank) VALUES ('merge', 500)")
            .map_err(error)
    })?;
    loop {
        let free = opened.write(control, |conn| {
            conn.raw
                .execute_batch(&format!("PRAGMA incremental_vacuum({VACUUM_STEP})"))
                .map_err(error)?;
            let incremental = conn.int("PRAGMA auto_vacuum")? == 2;
            Ok(if incremental {
                conn.int("PRAGMA freelist_count")?
            } else {
                0
            })
        })?;
        if free == 0 {
            break;
        }
    }
    // The file shrinks when the log is written back. A reader that holds the log is no reason to fail.
    let writer = opened.lock_writer(control)?;
    match checkpoint::truncate(&writer) {
        Err(error) if error.kind() == ErrorKind::Busy => Ok(()),
        done => done,
    }
}

pub fn backup(
    opened: &Opened,
    target: &Path,
    control: &Control,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<()> {
    if target.exists() {
        return Err(Error::invalid(format!("{} exists already", target.display())));
    }
    open::create_private(target)?;
    let copied = copy_to(opened, target, control, progress);
    if copied.is_err() {
        let _ = fs::remove_file(target);
    }
    copied.map_err(|e| e.within(format!("backup to {}", target.display())))
}

fn copy_to(
    opened: &Opened,
    target: &Path,
    control: &Control,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<()> {
    let mut copy = rusqlite::Connection::open(target).map_err(error)?;
    let source = super::SqliteConn::open(&opened.path, super::Role::Reader)?;
    // The snapshot is held from the first page to the last, so that a busy writer cannot make the copy start over.
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
                StepResult::Done => return Ok(()),
                StepResult::Busy | StepResult::Locked => {
                    std::thread::sleep(std::time::Duration::from_millis(10))
                }
                _ => {}
            }
        }
    })
}

pub fn check(opened: &Opened, control: &Control) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    opened.read(control, |conn| {
        let total = sql_summary::event_total(conn)?;
        let counted = query_int(conn, &conn.statements().count_all_events, &[])?.max(0) as u64;
        if total != counted {
            findings.push(format!(
                "event_counts: {total} events counted, {counted} are there"
            ));
        }
        Ok(())
    })?;
    let reader = super::SqliteConn::open(&opened.path, super::Role::Reader)?;
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
    Ok(findings)
}

pub fn check_text(opened: &Opened, control: &Control) -> Result<Vec<String>> {
    // It needs the write lock, though it writes nothing.
    let compared = opened.write(control, |conn| {
        conn.raw
            .execute_batch("INSERT INTO events_fts (events_fts, rank) VALUES ('integrity-check', 1)")
            .map_err(error)
    });
    match compared {
        Err(error) if error.kind() == ErrorKind::Corrupt => Ok(vec![format!("events_fts: {error}")]),
        done => done.map(|()| Vec::new()),
    }
}

pub fn summary(opened: &Opened, control: &Control) -> Result<StoreSummary> {
    let reader = super::SqliteConn::open(&opened.path, super::Role::Reader)?;
    reader.controlled(control, || {
        reader.reading(|conn| {
            let span = sql_summary::time_span(conn)?;
            let state = crate::store::migrate::State::read(&reader)?;
            let page_size = reader.int("PRAGMA page_size")?.max(0) as u64;
            Ok(StoreSummary {
                location: opened.path.display().to_string(),
                schema_version: state.seerflow,
                migration: state.applied.last().map_or(0, |(number, _)| *number),
                made_by_seerflow: open::made_by_seerflow(&reader)?,
                events: sql_summary::event_total(conn)?,
                dead_letters: reader.int("SELECT count(*) FROM dead_letters")?.max(0) as u64,
                templates: reader.int("SELECT count(*) FROM templates")?.max(0) as u64,
                oldest_ns: span.map(|(oldest, _)| oldest),
                newest_ns: span.map(|(_, newest)| newest),
                watermark: sql_summary::watermark(conn)?,
                last_seq: query_int(conn, &conn.statements().last_seq, &[])?,
                bytes: reader.int("PRAGMA page_count")?.max(0) as u64 * page_size,
                free_bytes: reader.int("PRAGMA freelist_count")?.max(0) as u64 * page_size,
                wal_bytes: file_size(&wal_path(&opened.path)),
            })
        })
    })
}

fn wal_path(path: &Path) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

fn file_size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |file| file.len())
}

fn bytes_on_disk(path: &Path) -> u64 {
    file_size(path) + file_size(&wal_path(path))
}
