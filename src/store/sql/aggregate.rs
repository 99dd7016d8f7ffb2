//! Counts of events by time, source, host, template, severity and entity, with all filters of a query.
//!
//! If the window is the only filter, counts by time, source and severity come from the counts per minute (`event_counts`), one statement
//! each, plus the events of the minutes that the window cuts. Hosts, templates and entities have too many values for that; they come from
//! the blocks of [`tally`]. With any other filter every matching event is read.

use std::collections::BTreeMap;

use super::database::{Database, IndexLayout};
use super::tally::{self, Counts, Entity, Value};
use super::{Conn, Param, Row, matching, summary};
use crate::error::{Error, Result};
use crate::memory::{FEWER, Room};
use crate::record::{Bucket, Control, CountBy, Counted, EventQuery, MAX_COUNTED, Window, check_limit};
use crate::store::AggregateStore;

const MINUTE_NS: i64 = 60_000_000_000;

impl<D: Database> AggregateStore for D {
    fn histogram(
        &self,
        split: Option<CountBy>,
        query: &EventQuery,
        bucket_ns: i64,
        control: &Control,
    ) -> Result<Vec<Bucket>> {
        ask(self, query, control, |question| {
            histogram(question, split, bucket_ns, self.room())
        })
    }

    fn count_by(
        &self,
        by: CountBy,
        query: &EventQuery,
        limit: u32,
        control: &Control,
    ) -> Result<Vec<Counted>> {
        ask(self, query, control, |question| {
            count_by(question, by, limit, self.room())
        })
    }

    fn distinct(&self, by: CountBy, query: &EventQuery, control: &Control) -> Result<u64> {
        ask(self, query, control, |question| distinct(question, by))
    }
}

fn ask<D: Database, T>(
    database: &D,
    query: &EventQuery,
    control: &Control,
    mut answer: impl FnMut(Question<'_>) -> Result<T>,
) -> Result<T> {
    let layout = database.layout(control)?;
    database.read(control, |conn| {
        answer(Question {
            conn,
            layout,
            query,
            control,
        })
    })
}

/// A query whose events are counted. Its order, limit, page, cursor and total have no effect.
#[derive(Clone, Copy)]
struct Question<'q> {
    /// The connection.
    conn: &'q dyn Conn,
    /// The properties of the indexes.
    layout: IndexLayout,
    /// The filters.
    query: &'q EventQuery,
    /// Interrupts the question.
    control: &'q Control,
}

fn count_by(question: Question<'_>, by: CountBy, limit: u32, mut room: Room) -> Result<Vec<Counted>> {
    check_limit(limit, MAX_COUNTED)?;
    let counted = match by {
        CountBy::Source | CountBy::Host => most(counts::<String>(question, by)?, limit),
        CountBy::Template | CountBy::Severity => most(counts::<i64>(question, by)?, limit),
        CountBy::Entity => most(counts::<Entity>(question, by)?, limit),
    };
    for counted in &counted {
        room.require(counted.value.len() + size_of::<Counted>(), FEWER)?;
    }
    Ok(counted)
}

fn distinct(question: Question<'_>, by: CountBy) -> Result<u64> {
    let values = match by {
        CountBy::Source | CountBy::Host => counts::<String>(question, by)?.len(),
        CountBy::Template | CountBy::Severity => counts::<i64>(question, by)?.len(),
        CountBy::Entity => counts::<Entity>(question, by)?.len(),
    };
    Ok(values as u64)
}

fn histogram(
    question: Question<'_>,
    split: Option<CountBy>,
    bucket_ns: i64,
    mut room: Room,
) -> Result<Vec<Bucket>> {
    let Question { conn, query, .. } = question;
    check_bucket(bucket_ns)?;
    let statements = conn.statements();
    let sums = match split {
        None => &statements.histogram,
        Some(CountBy::Source) => &statements.histogram_by_source,
        Some(CountBy::Severity) => &statements.histogram_by_severity,
        Some(other) => {
            return Err(Error::invalid(format!(
                "a histogram is split by source or severity, not by {}",
                other.name()
            )));
        }
    };
    let mut buckets: BTreeMap<(i64, Split), i64> = BTreeMap::new();
    let mut add = |number: i64, row: &dyn Row, events: i64| {
        let key = (number.saturating_mul(bucket_ns), Split::of_row(split, row)?);
        if let Some(sum) = buckets.get_mut(&key) {
            return tally::add(sum, events);
        }
        let text = if let Split::Source(source) = &key.1 {
            source.len()
        } else {
            0
        };
        room.require(text + size_of::<Bucket>(), "ask for less time, or larger buckets")?;
        buckets.insert(key, events);
        Ok(())
    };
    let (summed, rest) = parts(query, bucket_ns % MINUTE_NS == 0);
    if !summed.is_empty() {
        let mut params = bounds(conn, summed)?.to_vec();
        params.push((bucket_ns / MINUTE_NS).into());
        conn.query(sums, &params, &mut |row| {
            let (number, events) = (row.int(0)?.unwrap_or_default(), row.int(3)?.unwrap_or_default());
            add(number, row, events).map(|()| true)
        })?;
    }
    for query in &rest {
        matching::each(
            conn,
            question.layout,
            query,
            split,
            question.control,
            &mut |row| {
                let time_ns = row.int(0)?.unwrap_or_default();
                add(time_ns.div_euclid(bucket_ns), row, 1)
            },
        )?;
    }
    let bucket = |((start_ns, split), events): ((i64, Split), i64)| Bucket {
        start_ns,
        value: match split {
            Split::Whole => String::new(),
            Split::Source(source) => source,
            Split::Severity(severity) => severity.to_string(),
        },
        events: events.max(0) as u64,
    };
    Ok(buckets.into_iter().map(bucket).collect())
}

/// The value of a split bucket, in its own order.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Split {
    Whole,
    Source(String),
    Severity(i64),
}

impl Split {
    fn of_row(split: Option<CountBy>, row: &dyn Row) -> Result<Self> {
        Ok(match split {
            Some(CountBy::Source) => Self::Source(row.string(1)?),
            Some(CountBy::Severity) => Self::Severity(row.int(2)?.unwrap_or_default()),
            _ => Self::Whole,
        })
    }
}

/// Splits a query into the whole minutes that are summed up, and queries whose events are counted one by one.
fn parts(query: &EventQuery, is_summed: bool) -> (Window, Vec<EventQuery>) {
    if !is_summed || !query.has_only_window() {
        return (Window::EMPTY, vec![query.clone()]);
    }
    let (whole, cut) = query.window.split_minutes();
    let cut = cut.into_iter().filter(|window| !window.is_empty());
    (whole, cut.map(EventQuery::within).collect())
}

/// Returns the first parameters of all statements over `event_counts`, for a window of whole minutes.
fn bounds(conn: &dyn Conn, window: Window) -> Result<[Param<'static>; 5]> {
    let ((first, last), (first_ns, last_ns)) = (window.minutes(), window.bounds());
    Ok([
        first.into(),
        last.into(),
        summary::watermark(conn)?.into(),
        first_ns.into(),
        last_ns.into(),
    ])
}

fn counts<V: Value>(question: Question<'_>, by: CountBy) -> Result<Counts<V>> {
    let Question { conn, query, .. } = question;
    let sums = match by {
        CountBy::Source => Some(&conn.statements().counts_by_source),
        CountBy::Severity => Some(&conn.statements().counts_by_severity),
        CountBy::Host | CountBy::Template | CountBy::Entity if query.has_only_window() => {
            return tally::count(conn, query.window, question.control);
        }
        CountBy::Host | CountBy::Template | CountBy::Entity => None,
    };
    let mut counts = Counts::default();
    let (summed, rest) = parts(query, sums.is_some());
    if let Some(sums) = sums.filter(|_| !summed.is_empty()) {
        conn.query(sums, &bounds(conn, summed)?, &mut |row| {
            let events = row.int(3)?.unwrap_or_default();
            let mut added = Ok(());
            V::of_row(row, &mut |value| {
                added = tally::add(counts.entry(value).or_default(), events)
            })?;
            added.map(|()| true)
        })?;
    }
    for query in &rest {
        matching::each(
            conn,
            question.layout,
            query,
            Some(by),
            question.control,
            &mut |row| V::of_row(row, &mut |value| *counts.entry(value).or_default() += 1),
        )?;
    }
    Ok(counts)
}

/// Returns the values with most events. Sorted here, because the collation of the database may differ.
fn most<V: Value>(counts: Counts<V>, limit: u32) -> Vec<Counted> {
    let order = |(a, events_a): &(V, i64), (b, events_b): &(V, i64)| events_b.cmp(events_a).then(a.cmp(b));
    let mut counts: Vec<(V, i64)> = counts.into_iter().collect();
    let limit = limit as usize;
    if limit < counts.len() {
        counts.select_nth_unstable_by(limit, order);
        counts.truncate(limit);
    }
    counts.sort_unstable_by(order);
    counts
        .iter()
        .map(|(value, events)| Counted {
            value: value.text(),
            events: (*events).max(0) as u64,
        })
        .collect()
}

/// Checks the length of the buckets of a histogram.
///
/// # Errors
/// [`Invalid`](crate::ErrorKind::Invalid) unless it is positive.
pub(super) fn check_bucket(bucket_ns: i64) -> Result<()> {
    if bucket_ns <= 0 {
        return Err(Error::invalid(format!("bucket {bucket_ns} ns is not positive")));
    }
    Ok(())
}
