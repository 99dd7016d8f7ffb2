//! Events counted: by time, source, host, template, severity and entity, in a window of whole minutes.
//!
//! Time, sources and severities come from the counts per minute (`event_counts`), one statement each. Hosts, templates and
//! entities have too many values for that and come from the blocks of [`tally`].

use super::tally::{self, Entity};
use super::{Conn, Param, Row, Sql, summary};
use crate::error::{Error, Result};
use crate::memory::{FEWER, Room};
use crate::record::{Bucket, Control, CountBy, Counted, Window};

/// The most values that one call lists.
pub const MAX_COUNTED: u32 = 10_000;

const MINUTE_NS: i64 = 60_000_000_000;

/// Counts events per value: those with most events first, equal numbers in the order of the value. Values without events
/// are left out. The window is widened to whole minutes.
///
/// # Errors
/// [`Invalid`](crate::ErrorKind::Invalid) unless `limit` is 1 to [`MAX_COUNTED`]; [`Limit`](crate::ErrorKind::Limit) if the list takes
/// more than `room`.
pub fn count_by(
    conn: &dyn Conn,
    by: CountBy,
    window: Window,
    limit: u32,
    mut room: Room,
    control: &Control,
) -> Result<Vec<Counted>> {
    if limit == 0 || limit > MAX_COUNTED {
        return Err(Error::invalid(format!(
            "limit {limit} is outside 1..{MAX_COUNTED}"
        )));
    }
    let window = window.whole_minutes();
    let limit = limit as usize;
    let counted = match by {
        CountBy::Source => most(sources(conn, window)?, limit, String::clone),
        CountBy::Severity => most(severities(conn, window)?, limit, i64::to_string),
        CountBy::Host => tallied::<String>(conn, window, limit, control)?,
        CountBy::Template => tallied::<i64>(conn, window, limit, control)?,
        CountBy::Entity => tallied::<Entity>(conn, window, limit, control)?,
    };
    for counted in &counted {
        room.require(counted.value.len() + size_of::<Counted>(), FEWER)?;
    }
    Ok(counted)
}

/// Counts how many values events have. The window is widened to whole minutes.
pub fn distinct(conn: &dyn Conn, by: CountBy, window: Window, control: &Control) -> Result<u64> {
    let window = window.whole_minutes();
    let values = match by {
        CountBy::Source => sources(conn, window)?.len(),
        CountBy::Severity => severities(conn, window)?.len(),
        CountBy::Host => tally::count::<String>(conn, window, control)?.len(),
        CountBy::Template => tally::count::<i64>(conn, window, control)?.len(),
        CountBy::Entity => tally::count::<Entity>(conn, window, control)?.len(),
    };
    Ok(values as u64)
}

/// Counts events per bucket of time, split by source or severity if it is asked for: in the order of time, then of the value;
/// empty buckets are left out. The window is widened to whole minutes.
///
/// # Errors
/// [`Invalid`](crate::ErrorKind::Invalid) unless the bucket is a whole number of minutes, and for a split by anything else;
/// [`Limit`](crate::ErrorKind::Limit) if the buckets take more than `room`.
pub fn histogram(
    conn: &dyn Conn,
    split: Option<CountBy>,
    window: Window,
    bucket_ns: i64,
    mut room: Room,
) -> Result<Vec<Bucket>> {
    if bucket_ns <= 0 || bucket_ns % MINUTE_NS != 0 {
        return Err(Error::invalid(format!(
            "bucket {bucket_ns} ns is not a whole number of minutes"
        )));
    }
    let statements = conn.statements();
    let window = window.whole_minutes();
    let mut buckets: Vec<(i64, Split, u64)> = Vec::new();
    let mut take = |sql: &Sql, value: &dyn Fn(&dyn Row) -> Result<Split>| {
        let mut params = bounds(conn, window)?.to_vec();
        params.push((bucket_ns / MINUTE_NS).into());
        conn.query(sql, &params, &mut |row| {
            let start = row.int(0)?.unwrap_or_default().saturating_mul(bucket_ns);
            let value = value(row)?;
            let text = if let Split::Source(source) = &value {
                source.len()
            } else {
                0
            };
            room.require(text + size_of::<Bucket>(), "ask for less time, or larger buckets")?;
            buckets.push((start, value, row.int(1)?.unwrap_or_default().max(0) as u64));
            Ok(true)
        })
    };
    match split {
        None => take(&statements.histogram, &|_| Ok(Split::Whole))?,
        Some(CountBy::Source) => take(&statements.histogram_by_source, &|row| {
            row.string(2).map(Split::Source)
        })?,
        Some(CountBy::Severity) => take(&statements.histogram_by_severity, &|row| {
            Ok(Split::Severity(row.int(2)?.unwrap_or_default()))
        })?,
        Some(other) => {
            return Err(Error::invalid(format!(
                "a histogram is split by source or severity, not by {}",
                other.name()
            )));
        }
    }
    buckets.sort_unstable();
    let bucket = |(start_ns, split, events): (i64, Split, u64)| Bucket {
        start_ns,
        value: match split {
            Split::Whole => String::new(),
            Split::Source(source) => source,
            Split::Severity(severity) => severity.to_string(),
        },
        events,
    };
    Ok(buckets.into_iter().map(bucket).collect())
}

/// What a bucket is split by, in its own order.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Split {
    Whole,
    Source(String),
    Severity(i64),
}

/// The parameters that all statements over `event_counts` begin with.
fn bounds(conn: &dyn Conn, window: Window) -> Result<[Param<'static>; 5]> {
    let (first, last) = match window {
        Window { from_ns, to_ns } if from_ns > to_ns => (1, 0),
        window => window.minutes(),
    };
    Ok([
        first.into(),
        last.into(),
        summary::watermark(conn)?.into(),
        window.from_ns.into(),
        window.to_ns.into(),
    ])
}

fn sources(conn: &dyn Conn, window: Window) -> Result<Vec<(String, i64)>> {
    let mut sources = Vec::new();
    let sql = &conn.statements().counts_by_source;
    conn.query(sql, &bounds(conn, window)?, &mut |row| {
        sources.push((row.string(0)?, row.int(1)?.unwrap_or_default()));
        Ok(true)
    })?;
    Ok(sources)
}

fn severities(conn: &dyn Conn, window: Window) -> Result<Vec<(i64, i64)>> {
    let mut severities = Vec::new();
    let sql = &conn.statements().counts_by_severity;
    conn.query(sql, &bounds(conn, window)?, &mut |row| {
        severities.push((row.int(0)?.unwrap_or_default(), row.int(1)?.unwrap_or_default()));
        Ok(true)
    })?;
    Ok(severities)
}

fn tallied<V: tally::Value>(
    conn: &dyn Conn,
    window: Window,
    limit: usize,
    control: &Control,
) -> Result<Vec<Counted>> {
    let counts = tally::count::<V>(conn, window, control)?;
    Ok(most(counts.into_iter().collect(), limit, V::text))
}

/// Returns the values with most events. The order is made here and not by the database, whose order of texts may differ.
fn most<V: Ord>(mut counts: Vec<(V, i64)>, limit: usize, text: impl Fn(&V) -> String) -> Vec<Counted> {
    let order = |(a, events_a): &(V, i64), (b, events_b): &(V, i64)| events_b.cmp(events_a).then(a.cmp(b));
    if limit < counts.len() {
        counts.select_nth_unstable_by(limit, order);
        counts.truncate(limit);
    }
    counts.sort_unstable_by(order);
    counts
        .iter()
        .map(|(value, events)| Counted {
            value: text(value),
            events: (*events).max(0) as u64,
        })
        .collect()
}
