//! Counts of events by host, template and entity, which have too many values for a row each: in blocks of arrival numbers.
//!
//! A block is closed when it is full, whichever program wrote its events. Only pruning changes it. The counts of a window are the sum of
//! the blocks inside it, plus the events of the blocks that it cuts and of those after the last block, which are read from the table. The
//! answer is exact at any moment, and its cost hardly depends on the window's bounds.

mod value;

pub use self::value::{Counts, Entity, Value, add};
pub(crate) use self::value::{add_encoded, encoded};
use super::{Conn, Param, Row, arrival_number, query_int, query_one};
use crate::error::Result;
use crate::record::{Control, Window};
use crate::store::table::Type;

/// Number of events in a block.
pub const BLOCK: i64 = 8_192;

/// The most memory of a block's values, in bytes; a larger block is closed as two halves.
const BLOCK_BYTES: usize = 16 << 20;

/// The most blocks that a transaction closes in addition to those that it fills: a backlog of another program's events is summed up in
/// small steps.
const BLOCKS_AT_ONCE: i64 = 4;

/// The counts of a block, or of a part of it.
#[derive(Debug, Default)]
struct Tally {
    events: i64,
    times: Option<(i64, i64)>,
    hosts: Counts<String>,
    templates: Counts<i64>,
    entities: Counts<Entity>,
    /// Memory of the values, in bytes.
    bytes: usize,
}

impl Tally {
    fn add(&mut self, row: &dyn Row) -> Result<()> {
        let time = row.int(0)?.unwrap_or_default();
        self.events += 1;
        self.times = Some(
            self.times
                .map_or((time, time), |(min, max)| (min.min(time), max.max(time))),
        );
        let bytes = &mut self.bytes;
        String::of_row(row, &mut |host| count_one(&mut self.hosts, host, bytes))?;
        i64::of_row(row, &mut |template| {
            count_one(&mut self.templates, template, bytes)
        })?;
        Entity::of_row(row, &mut |entity| count_one(&mut self.entities, entity, bytes))
    }
}

fn count_one<V: Value>(counts: &mut Counts<V>, value: V, bytes: &mut usize) {
    let size = value.bytes();
    let events = counts.entry(value).or_insert_with(|| {
        *bytes += size;
        0
    });
    *events += 1;
}

/// Returns the arrival number up to which events are in blocks.
///
/// # Errors
/// Those of [`arrival_number`].
pub fn watermark(conn: &dyn Conn) -> Result<i64> {
    arrival_number(conn, &conn.statements().tally_watermark)
}

/// Returns the number of events: those of the blocks, and those after them.
pub fn total(conn: &dyn Conn) -> Result<u64> {
    let after = watermark(conn)?;
    Ok(query_int(conn, &conn.statements().tally_total, &[after.into()])?.max(0) as u64)
}

/// Closes the full blocks; see [`super::summary::close_ranges`].
pub fn close_blocks(conn: &dyn Conn, last_seq: i64, added: i64) -> Result<bool> {
    let mut first = watermark(conn)? + 1;
    for _ in 0..BLOCKS_AT_ONCE + added / BLOCK {
        let last = first + BLOCK - 1;
        if last > last_seq {
            return Ok(false);
        }
        close_block(conn, first, last)?;
        first = last + 1;
    }
    Ok(first + BLOCK - 1 <= last_seq)
}

/// Closes one block up to a number that no event has reached yet; see [`super::summary::skip`].
pub fn skip(conn: &dyn Conn, last: i64) -> Result<()> {
    close_block(conn, watermark(conn)? + 1, last)
}

/// Closes one block of any length; requires a write transaction. Events with many different values make several blocks.
pub fn close_block(conn: &dyn Conn, first: i64, last: i64) -> Result<()> {
    let mut parts = vec![(first, last)];
    while let Some((first, last)) = parts.pop() {
        if !close_part(conn, first, last)? {
            // Rounded down for negative numbers too.
            let middle = (i128::from(first) + i128::from(last)).div_euclid(2) as i64;
            parts.extend([(middle + 1, last), (first, middle)]);
        }
    }
    Ok(())
}

/// Closes a block and returns true, unless its values take too much memory and it has more than one event.
fn close_part(conn: &dyn Conn, first: i64, last: i64) -> Result<bool> {
    let mut tally = Tally::default();
    let params: [Param<'_>; 5] = [
        first.into(),
        last.into(),
        i64::MIN.into(),
        i64::MAX.into(),
        Param::Null(Type::Int),
    ];
    conn.query(&conn.statements().tally_rows, &params, &mut |row| {
        tally.add(row).map(|()| tally.bytes <= BLOCK_BYTES)
    })?;
    if tally.bytes > BLOCK_BYTES && first < last {
        return Ok(false);
    }
    let (min_ns, max_ns) = tally.times.unwrap_or((i64::MAX, i64::MIN));
    let (hosts, templates, entities) = (
        encoded(&tally.hosts),
        encoded(&tally.templates),
        encoded(&tally.entities),
    );
    let params: [Param<'_>; 8] = [
        first.into(),
        last.into(),
        min_ns.into(),
        max_ns.into(),
        tally.events.into(),
        hosts.as_slice().into(),
        templates.as_slice().into(),
        entities.as_slice().into(),
    ];
    conn.execute(&conn.statements().insert_tally, &params)?;
    Ok(true)
}

/// Counts the events of a window by one kind of value.
pub fn count<V: Value>(conn: &dyn Conn, window: Window, control: &Control) -> Result<Counts<V>> {
    let statements = conn.statements();
    let mut counts = Counts::default();
    let mut spans: Vec<(i64, i64)> = Vec::new();
    let (first_ns, last_ns) = window.bounds();
    let params = [first_ns.into(), last_ns.into(), V::COLUMN.into()];
    conn.query(&statements.tallies, &params, &mut |row| {
        control.check()?;
        match row.blob(2)? {
            Some(whole) => add_encoded(&mut counts, whole)?,
            None => push_span(
                &mut spans,
                (row.int(0)?.unwrap_or_default(), row.int(1)?.unwrap_or_default()),
            ),
        }
        Ok(true)
    })?;
    push_span(&mut spans, (watermark(conn)? + 1, i64::MAX));
    for (first, last) in spans {
        let params = [
            first.into(),
            last.into(),
            first_ns.into(),
            last_ns.into(),
            V::COLUMN.into(),
        ];
        conn.query(&statements.tally_rows, &params, &mut |row| {
            V::of_row(row, &mut |value| *counts.entry(value).or_default() += 1).map(|()| true)
        })?;
    }
    Ok(counts)
}

/// Appends a span, and joins it with the previous one if they are adjacent.
fn push_span(spans: &mut Vec<(i64, i64)>, span: (i64, i64)) {
    match spans.last_mut() {
        Some(last) if last.1.saturating_add(1) == span.0 => last.1 = span.1,
        _ => spans.push(span),
    }
}

/// A removed event, and the values that it was counted by.
#[derive(Clone, Debug)]
pub struct Gone {
    /// Its arrival number.
    pub seq: i64,
    /// Its host.
    pub host: String,
    /// Its template.
    pub template: Option<i64>,
    /// Its entities, as its blob stores them.
    pub entities: Vec<String>,
}

/// Subtracts events from their blocks; requires the write transaction that removes them.
pub fn uncount(conn: &dyn Conn, mut gone: Vec<Gone>) -> Result<()> {
    let watermark = watermark(conn)?;
    gone.retain(|event| event.seq <= watermark);
    gone.sort_unstable_by_key(|event| event.seq);
    let mut rest = gone.as_slice();
    while let Some(event) = rest.first() {
        let Some((first, last, mut tally)) = block_of(conn, event.seq)? else {
            rest = &rest[1..];
            continue;
        };
        // An event between two blocks belongs to a block that was deleted.
        let here = rest.partition_point(|event| event.seq <= last).max(1);
        for event in rest[..here].iter().filter(|event| event.seq <= last) {
            take_out(&mut tally, event);
        }
        rest = &rest[here..];
        let (hosts, templates, entities) = (
            encoded(&tally.hosts),
            encoded(&tally.templates),
            encoded(&tally.entities),
        );
        let params: [Param<'_>; 5] = [
            first.into(),
            tally.events.into(),
            hosts.as_slice().into(),
            templates.as_slice().into(),
            entities.as_slice().into(),
        ];
        conn.execute(&conn.statements().update_tally, &params)?;
    }
    conn.execute(&conn.statements().drop_dead_tallies, &[])
        .map(|_| ())
}

fn take_out(tally: &mut Tally, event: &Gone) {
    tally.events = tally.events.saturating_sub(1);
    if let Some(events) = tally.hosts.get_mut(&event.host) {
        *events -= 1;
    }
    if let Some(events) = event.template.and_then(|id| tally.templates.get_mut(&id)) {
        *events -= 1;
    }
    let mut entities: Vec<Entity> = event
        .entities
        .iter()
        .map(|id| Entity::new(id.as_bytes()))
        .collect();
    entities.sort_unstable();
    entities.dedup();
    for entity in entities {
        if let Some(events) = tally.entities.get_mut(&entity) {
            *events -= 1;
        }
    }
}

fn block_of(conn: &dyn Conn, seq: i64) -> Result<Option<(i64, i64, Tally)>> {
    let tally_of_event = &conn.statements().tally_of_event;
    let found = query_one(conn, tally_of_event, &[seq.into()], |row| {
        let mut tally = Tally {
            events: row.int(2)?.unwrap_or_default(),
            ..Tally::default()
        };
        add_encoded(&mut tally.hosts, row.blob(3)?.unwrap_or_default())?;
        add_encoded(&mut tally.templates, row.blob(4)?.unwrap_or_default())?;
        add_encoded(&mut tally.entities, row.blob(5)?.unwrap_or_default())?;
        let (first, last) = (row.int(0)?.unwrap_or_default(), row.int(1)?.unwrap_or_default());
        Ok((seq <= last).then_some((first, last, tally)))
    })?;
    Ok(found.flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_that_touch_are_one() {
        let mut spans = Vec::new();
        for span in [(1, 2), (3, 4), (9, 10), (11, i64::MAX)] {
            push_span(&mut spans, span);
        }
        assert_eq!(spans, [(1, 4), (9, i64::MAX)]);
    }
}
