//! Summaries of the event log: ranges of arrival with their times, counts per minute, and what is answered from them.
//!
//! A range is closed once as many events follow each other, whoever wrote them. What came after the last closed range (the
//! watermark) is read from the table itself, so answers are exact at any moment.

use super::{Conn, query_int};
use crate::error::{Error, Result};

/// Events a range.
pub const RANGE: i64 = 2048;

/// The most ranges closed in one transaction: a database of another program is caught up with in small steps.
const RANGES_AT_ONCE: i64 = 16;

const MINUTE_NS: i64 = 60_000_000_000;

/// Returns up to which arrival number events are summed up.
pub fn watermark(conn: &dyn Conn) -> Result<i64> {
    query_int(conn, &conn.statements().watermark, &[])
}

/// Closes the ranges that are full, a few at the most; to be called in a write transaction. Answers whether more are full.
pub fn close_ranges(conn: &dyn Conn, last_seq: i64) -> Result<bool> {
    let statements = conn.statements();
    let mut first = watermark(conn)? + 1;
    for _ in 0..RANGES_AT_ONCE {
        let last = first + RANGE - 1;
        if last > last_seq {
            return Ok(false);
        }
        conn.execute(&statements.close_range, &[first.into(), last.into()])?;
        conn.execute(&statements.close_counts, &[first.into(), last.into()])?;
        first = last + 1;
    }
    Ok(first + RANGE - 1 <= last_seq)
}

/// Counts events per bucket of time: pairs of the bucket's start in nanoseconds and the number of events, in order, empty
/// buckets left out. The window is widened to whole minutes.
///
/// # Errors
/// [`Invalid`](crate::ErrorKind::Invalid) unless the bucket is a whole number of minutes.
pub fn histogram(conn: &dyn Conn, from_ns: i64, to_ns: i64, bucket_ns: i64) -> Result<Vec<(i64, u64)>> {
    if bucket_ns <= 0 || bucket_ns % MINUTE_NS != 0 {
        return Err(Error::invalid(format!(
            "bucket {bucket_ns} ns is not a whole number of minutes"
        )));
    }
    let minutes = bucket_ns / MINUTE_NS;
    let params = [
        from_ns.div_euclid(MINUTE_NS).into(),
        to_ns.div_euclid(MINUTE_NS).into(),
        minutes.into(),
        watermark(conn)?.into(),
    ];
    let mut buckets = Vec::new();
    conn.query(&conn.statements().histogram, &params, &mut |row| {
        let start = row.int(0)?.unwrap_or_default().saturating_mul(bucket_ns);
        buckets.push((start, row.int(1)?.unwrap_or_default().max(0) as u64));
        Ok(true)
    })?;
    Ok(buckets)
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
