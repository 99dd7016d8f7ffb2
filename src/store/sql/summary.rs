//! Summaries of the event log: ranges of arrival numbers with their times, and counts per minute.
//!
//! A range is closed when it is full, whichever program wrote its events. Events after the last closed range (the watermark) are read
//! from the table, so answers are exact at any moment.

use super::{Conn, arrival_number, query_int, query_one, tally};
use crate::error::Result;

/// Number of events in a range.
pub const RANGE: i64 = 2048;

/// The most ranges that a transaction closes in addition to those that it fills: a backlog of another program's events is summed up in
/// small steps.
const RANGES_AT_ONCE: i64 = 16;

/// Returns the arrival number up to which events are summed up.
///
/// # Errors
/// Those of [`arrival_number`].
pub fn watermark(conn: &dyn Conn) -> Result<i64> {
    arrival_number(conn, &conn.statements().watermark)
}

/// Returns the arrival number of the next event; requires a write transaction. Numbers of closed ranges are never reused.
///
/// # Errors
/// Those of [`arrival_number`].
pub fn next_number(conn: &dyn Conn) -> Result<i64> {
    let last = arrival_number(conn, &conn.statements().last_seq)?;
    Ok(last.max(watermark(conn)?) + 1)
}

/// Closes the full ranges and blocks of [`tally`]: those that the `added` events of the transaction fill, and a few more; requires a
/// write transaction. Returns whether more are full.
pub fn close_ranges(conn: &dyn Conn, last_seq: i64, added: i64) -> Result<bool> {
    let more_blocks = tally::close_blocks(conn, last_seq, added)?;
    let statements = conn.statements();
    let mut first = watermark(conn)? + 1;
    for _ in 0..RANGES_AT_ONCE + added / RANGE {
        let last = first + RANGE - 1;
        if last > last_seq {
            return Ok(more_blocks);
        }
        conn.execute(&statements.close_range, &[first.into(), last.into()])?;
        conn.execute(&statements.close_counts, &[first.into(), last.into()])?;
        first = last + 1;
    }
    Ok(more_blocks || first + RANGE - 1 <= last_seq)
}

/// Closes everything up to a number at once, if there are no events between the last closed range and the number; requires a write
/// transaction.
pub fn skip(conn: &dyn Conn, last: i64) -> Result<()> {
    let first = watermark(conn)? + 1;
    conn.execute(&conn.statements().close_range, &[first.into(), last.into()])?;
    tally::skip(conn, last)
}

/// Returns the number of events.
pub fn event_total(conn: &dyn Conn) -> Result<u64> {
    let after = watermark(conn)?;
    Ok(query_int(conn, &conn.statements().event_total, &[after.into()])?.max(0) as u64)
}

/// Returns the times of the oldest and the newest event; `None` in an empty store.
pub fn time_span(conn: &dyn Conn) -> Result<Option<(i64, i64)>> {
    let span = query_one(conn, &conn.statements().time_span, &[], |row| {
        Ok(row.int(0)?.zip(row.int(1)?))
    })?;
    Ok(span.flatten())
}
