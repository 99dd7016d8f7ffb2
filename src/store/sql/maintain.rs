//! The parts of maintenance that both back ends share: pruning, a bounded number of rows in each transaction, checks and numbers.

use super::table::SqlSnapshot;
use super::{Conn, Param, query_int, summary, tally};
use crate::codec::msgpack;
use crate::error::Result;
use crate::record::Field;
use crate::store::StoreSummary;
use crate::store::table::{Table, TableSnapshot};

const MINUTE_NS: i64 = 60_000_000_000;

/// An event to remove, with the values that its other rows are found by.
pub struct Victim {
    /// Its id.
    pub event_id: String,
    /// Its time.
    pub timestamp_ns: i64,
    /// Its message. Empty if the text index needs no message to remove it.
    pub message: String,
    /// The minute, source and severity under which it is counted, unless it is not summed up yet.
    pub counted: Option<(i64, String, i64)>,
    /// The values that the blocks of sums count it by.
    pub gone: tally::Gone,
}

/// Finds up to `at_most` of the oldest events before `before_ns`, in the order of time.
pub fn victims(conn: &dyn Conn, before_ns: i64, at_most: u32) -> Result<Vec<Victim>> {
    let statements = conn.statements();
    let watermark = summary::watermark(conn)?;
    let newest_arrival = query_int(conn, &statements.last_seq, &[])?;
    let mut victims = Vec::new();
    let params = [before_ns.into(), newest_arrival.into(), i64::from(at_most).into()];
    conn.query(&statements.prune_victims, &params, &mut |row| {
        let seq = row.int(0)?.unwrap_or_default();
        let timestamp_ns = row.int(2)?.unwrap_or_default();
        let minute = timestamp_ns.div_euclid(MINUTE_NS);
        victims.push(Victim {
            event_id: row.string(1)?,
            timestamp_ns,
            message: match statements.delete_fts.is_absent() {
                true => String::new(),
                false => row.string(3)?,
            },
            counted: match seq <= watermark {
                true => Some((minute, row.string(5)?, row.int(6)?.unwrap_or_default())),
                false => None,
            },
            gone: tally::Gone {
                seq,
                host: row.string(7)?,
                template: row.int(8)?,
                entities: entity_refs(row.blob(4)?.unwrap_or_default()).unwrap_or_default(),
            },
        });
        Ok(true)
    })?;
    Ok(victims)
}

/// Takes removed events out of the blocks of sums, and removes counts and ranges that are empty now; requires the write transaction that
/// removes them. Returns the number of events.
pub fn forget(conn: &dyn Conn, victims: Vec<Victim>) -> Result<u64> {
    let Some(newest) = victims.last() else {
        return Ok(0);
    };
    let minute = newest.timestamp_ns.div_euclid(MINUTE_NS);
    conn.execute(&conn.statements().drop_empty_counts, &[minute.into()])?;
    conn.execute(&conn.statements().drop_dead_ranges, &[])?;
    let removed = victims.len() as u64;
    tally::uncount(conn, victims.into_iter().map(|victim| victim.gone).collect())?;
    Ok(removed)
}

/// Removes up to `at_most` of the oldest events before `before_ns`, with their entity rows and their part of the text index and the
/// counts; requires a write transaction. Returns the number of removed events.
pub fn prune_events(conn: &dyn Conn, before_ns: i64, at_most: u32) -> Result<u64> {
    let statements = conn.statements();
    let victims = victims(conn, before_ns, at_most)?;
    for victim in &victims {
        let id = victim.event_id.as_str();
        for entity in &victim.gone.entities {
            let params = [entity.as_str().into(), victim.timestamp_ns.into(), id.into()];
            conn.execute(&statements.delete_entity_event, &params)?;
        }
        let seq = victim.gone.seq.into();
        conn.execute(&statements.delete_fts, &[seq, victim.message.as_str().into()])?;
        conn.execute(&statements.delete_event, &[seq])?;
        if let Some((minute, source, severity)) = &victim.counted {
            let params: [Param<'_>; 4] = [
                (*minute).into(),
                source.as_str().into(),
                (*severity).into(),
                1.into(),
            ];
            conn.execute(&statements.uncount_event, &params)?;
        }
    }
    forget(conn, victims)
}

/// Repeats a step, which is a transaction, until one does less than `step`; returns the sum.
pub fn in_steps(step: u32, mut work: impl FnMut() -> Result<u64>) -> Result<u64> {
    let mut all = 0;
    loop {
        let done = work()?;
        all += done;
        if done < u64::from(step) {
            return Ok(all);
        }
    }
}

/// Compares the sums with the number of events; returns the findings.
pub fn check_sums(conn: &dyn Conn) -> Result<Vec<String>> {
    let there = query_int(conn, &conn.statements().count_all_events, &[])?.max(0) as u64;
    let sums = [
        ("event_counts", summary::event_total(conn)?),
        ("event_tallies", tally::total(conn)?),
    ];
    let is_wrong = sums.into_iter().filter(|(_, counted)| *counted != there);
    let finding = |(table, counted)| format!("{table}: {counted} events counted, {there} are there");
    Ok(is_wrong.map(finding).collect())
}

/// Counts the rows of a store. The back end adds its location, its versions and its sizes.
pub fn contents(conn: &dyn Conn) -> Result<StoreSummary> {
    let span = summary::time_span(conn)?;
    let snapshot = SqlSnapshot(conn);
    Ok(StoreSummary {
        events: summary::event_total(conn)?,
        dead_letters: snapshot.count(Table::DeadLetters)?,
        templates: snapshot.count(Table::Templates)?,
        oldest_ns: span.map(|(oldest, _)| oldest),
        newest_ns: span.map(|(_, newest)| newest),
        watermark: summary::watermark(conn)?,
        last_seq: query_int(conn, &conn.statements().last_seq, &[])?,
        ..StoreSummary::default()
    })
}

/// Reads the entities of an event's blob; `None` for a damaged blob.
fn entity_refs(blob: &[u8]) -> Option<Vec<String>> {
    let mut reader = msgpack::find(blob, Field::EntityRefs)?;
    let count = reader.array_len().ok()??;
    (0..count)
        .map(|_| String::from_utf8(reader.bytes_of_text().ok()?.to_vec()).ok())
        .collect()
}

/// Removes up to `at_most` dead letters that arrived before a time; returns their number.
pub fn prune_dead_letters(conn: &dyn Conn, before_ns: i64, at_most: u32) -> Result<u64> {
    conn.execute(
        &conn.statements().prune_dead_letters,
        &[before_ns.into(), i64::from(at_most).into()],
    )
}
