//! Summaries of the event log: ranges of arrival with their times, and counts per minute.
//!
//! A range is closed once as many events follow each other, whoever wrote them. What came after the last closed range (the
//! watermark) is read from the table itself, so answers are exact at any moment.

use super::{Conn, query_int, tally};
use crate::error::Result;

/// Events a range.
pub const RANGE: i64 = 2048;

/// The most ranges closed in one transaction above what it added: a database of another program is caught up with in small steps.
const RANGES_AT_ONCE: i64 = 16;

/// Returns up to which arrival number events are summed up.
pub fn watermark(conn: &dyn Conn) -> Result<i64> {
    query_int(conn, &conn.statements().watermark, &[])
}

/// Closes the ranges and the blocks of [`tally`] that are full: those that the `added` events of the transaction fill, and a few
/// more at the most; to be called in a write transaction. Answers whether more are full.
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

/// Closes everything up to a number at once, where there is no event between the last closed range and it; to be called in a
/// write transaction.
pub fn skip(conn: &dyn Conn, last: i64) -> Result<()> {
    let first = watermark(conn)? + 1;
    conn.execute(&conn.statements().close_range, &[first.into(), last.into()])?;
    tally::skip(conn, last)
}

/// Returns how many events there are.
pub fn event_total(conn: &dyn Conn) -> Result<u64> {
    let after = watermark(conn)?;
    Ok(query_int(conn, &conn.statements().event_total, &[after.into()])?.max(0) as u64)
}

/// Returns the times of the oldest and the newest event; `None` in an empty store.
pub fn time_span(conn: &dyn Conn) -> Result<Option<(i64, i64)>> {
    let mut span = None;
    conn.query(&conn.statements().time_span, &[], &mut |row| {
        span = row.int(0)?.zip(row.int(1)?);
        Ok(false)
    })?;
    Ok(span)
}
