//! The bulk write: batches into tables, text index and summaries, in one transaction.
//!
//! Triggers are off on this connection, because a trigger makes FTS5 flush its hash at every row. Statements of our own insert the new
//! rows into the index. Rows of entities are inserted sorted, because neighbours then share pages.

use rusqlite::CachedStatement;
use uuid::Uuid;

use super::conn::SqliteConn;
use super::error::error;
use crate::codec::{Batch, EntityRow, Row};
use crate::error::{Error, ErrorKind, Result};
use crate::memory;
use crate::store::sql::{Conn, Param, derive, summary};
use crate::store::{CommitReport, Refused};

/// Inserts batches; requires a write transaction.
pub fn write_batches(conn: &SqliteConn, batches: &[Batch]) -> Result<CommitReport> {
    let statements = conn.statements();
    // Under the lock no other program gives out numbers.
    let first_seq = summary::next_number(conn)?;
    let mut next_seq = first_seq;
    let mut report = CommitReport::default();
    let mut new_rows: Vec<Vec<bool>> = Vec::with_capacity(batches.len());
    {
        let mut insert_event = prepare(conn, statements.insert_event.text())?;
        let mut insert_fts = prepare(conn, statements.insert_fts.text())?;
        for (number, batch) in batches.iter().enumerate() {
            let mut is_new = Vec::with_capacity(batch.rows.len());
            let mut duplicates = 0;
            for (place, row) in batch.rows.iter().enumerate() {
                let inserted = match insert_row(&mut insert_event, next_seq, batch, row) {
                    Ok(inserted) => inserted,
                    Err(error) if is_about_the_row(&error) => {
                        let reason = error.to_string();
                        let payload = batch.bytes(row.data);
                        let params = [
                            batch.received_ns.into(),
                            "event".into(),
                            reason.as_str().into(),
                            payload.into(),
                        ];
                        conn.execute(&statements.insert_dead_letter, &params)?;
                        report.refused.push(Refused {
                            batch: number,
                            row: place,
                            reason,
                        });
                        is_new.push(false);
                        continue;
                    }
                    Err(error) => return Err(error),
                };
                is_new.push(inserted);
                if inserted {
                    run(
                        &mut insert_fts,
                        &[next_seq.into(), batch.text(row.message).into()],
                    )?;
                    next_seq += 1;
                } else {
                    duplicates += 1;
                }
            }
            new_rows.push(is_new);
            report.duplicates.push(duplicates);
        }
    }
    report.events = (next_seq - first_seq) as u64;
    write_entities(conn, batches, &new_rows)?;
    report.edges = derive::write(conn, batches, &new_rows)?;
    write_rejected(conn, batches)?;
    summary::close_ranges(conn, next_seq - 1, next_seq - first_seq)?;
    Ok(report)
}

fn prepare<'c>(conn: &'c SqliteConn, sql: &str) -> Result<CachedStatement<'c>> {
    conn.raw.prepare_cached(sql).map_err(error)
}

fn run(statement: &mut CachedStatement<'_>, params: &[Param<'_>]) -> Result<usize> {
    for (position, param) in params.iter().enumerate() {
        statement.raw_bind_parameter(position + 1, param).map_err(error)?;
    }
    statement.raw_execute().map_err(error)
}

fn insert_row(statement: &mut CachedStatement<'_>, seq: i64, batch: &Batch, row: &Row) -> Result<bool> {
    let mut id = [0; 36];
    let changed = run(
        statement,
        &[
            seq.into(),
            id_text(row.event_id, &mut id).into(),
            row.timestamp_ns.into(),
            row.observed_ns.into(),
            row.severity_id.into(),
            batch.text(row.source_type).into(),
            batch.text(row.source_id).into(),
            row.template_id.into(),
            batch.text(row.message).into(),
            batch.bytes(row.data).into(),
        ],
    )?;
    Ok(changed == 1)
}

/// Returns whether an error concerns this row only and a retry cannot help: a constraint that another program added, or a value too large
/// for the database.
fn is_about_the_row(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Limit | ErrorKind::Invalid)
}

fn id_text(id: Uuid, buffer: &mut [u8; 36]) -> &str {
    id.hyphenated().encode_lower(buffer)
}

/// An entity of a new row: its id, the row, and the batch.
type Entity<'b> = (&'b [u8], &'b Row, &'b Batch, &'b EntityRow);

/// Inserts the entities of the new rows in order. Each batch is sorted already, so this merges runs.
fn write_entities(conn: &SqliteConn, batches: &[Batch], new_rows: &[Vec<bool>]) -> Result<()> {
    let mut all: Vec<Entity<'_>> = Vec::new();
    let count = batches.iter().map(|batch| batch.entities.len()).sum();
    memory::reserve(&mut all, count)?;
    // Sorting takes as much again.
    memory::probe(count * size_of::<Entity<'_>>())?;
    for (batch, is_new) in batches.iter().zip(new_rows) {
        let new = batch.entities.iter().filter(|entity| is_new[entity.row as usize]);
        all.extend(new.map(|entity| {
            (
                batch.bytes(entity.entity),
                &batch.rows[entity.row as usize],
                batch,
                entity,
            )
        }));
    }
    all.sort_by(|(a, x, ..), (b, y, ..)| {
        a.cmp(b)
            .then_with(|| (x.timestamp_ns, x.event_id).cmp(&(y.timestamp_ns, y.event_id)))
    });
    let mut insert = prepare(conn, conn.statements().insert_entity_event.text())?;
    for (_, row, batch, entity) in all {
        let mut id = [0; 36];
        let params = [
            batch.text(entity.entity).into(),
            row.timestamp_ns.into(),
            id_text(row.event_id, &mut id).into(),
        ];
        run(&mut insert, &params)?;
    }
    Ok(())
}

fn write_rejected(conn: &SqliteConn, batches: &[Batch]) -> Result<()> {
    for batch in batches {
        for rejected in &batch.rejected {
            let params = [
                batch.received_ns.into(),
                batch.format.into(),
                rejected.reason.as_str().into(),
                batch.bytes(rejected.payload).into(),
            ];
            conn.execute(&conn.statements().insert_dead_letter, &params)?;
        }
    }
    Ok(())
}
