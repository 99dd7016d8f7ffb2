//! Pruning: removes old events and dead letters, a bounded number in each transaction.

use super::{Conn, Param, query_int, summary, tally};
use crate::codec::msgpack;
use crate::error::Result;
use crate::record::Field;

const MINUTE_NS: i64 = 60_000_000_000;

/// An event to remove, with the values that its other rows are found by.
struct Victim {
    seq: i64,
    event_id: String,
    timestamp_ns: i64,
    message: String,
    entity_refs: Vec<String>,
    source_type: String,
    severity_id: i64,
    source_id: String,
    template_id: Option<i64>,
}

/// Removes up to `at_most` of the oldest events before `before_ns`, with their entity rows and their part of the text index and the
/// counts; requires a write transaction. Returns the number of removed events.
pub fn prune_events(conn: &dyn Conn, before_ns: i64, at_most: u32) -> Result<u64> {
    let statements = conn.statements();
    let watermark = summary::watermark(conn)?;
    let newest_arrival = query_int(conn, &statements.last_seq, &[])?;
    let mut victims = Vec::new();
    let params = [before_ns.into(), newest_arrival.into(), i64::from(at_most).into()];
    conn.query(&statements.prune_victims, &params, &mut |row| {
        victims.push(Victim {
            seq: row.int(0)?.unwrap_or_default(),
            event_id: row.string(1)?,
            timestamp_ns: row.int(2)?.unwrap_or_default(),
            message: row.string(3)?,
            entity_refs: entity_refs(row.blob(4)?.unwrap_or_default()).unwrap_or_default(),
            source_type: row.string(5)?,
            severity_id: row.int(6)?.unwrap_or_default(),
            source_id: row.string(7)?,
            template_id: row.int(8)?,
        });
        Ok(true)
    })?;
    for victim in &victims {
        let time = victim.timestamp_ns;
        for entity in &victim.entity_refs {
            let params = [
                entity.as_str().into(),
                time.into(),
                victim.event_id.as_str().into(),
            ];
            conn.execute(&statements.delete_entity_event, &params)?;
        }
        conn.execute(
            &statements.delete_fts,
            &[victim.seq.into(), victim.message.as_str().into()],
        )?;
        conn.execute(&statements.delete_event, &[victim.seq.into()])?;
        if victim.seq <= watermark {
            let minute = time.div_euclid(MINUTE_NS);
            let params: [Param<'_>; 4] = [
                minute.into(),
                victim.source_type.as_str().into(),
                victim.severity_id.into(),
                1.into(),
            ];
            conn.execute(&statements.uncount_event, &params)?;
        }
    }
    if let Some(last) = victims.last() {
        conn.execute(
            &statements.drop_empty_counts,
            &[last.timestamp_ns.div_euclid(MINUTE_NS).into()],
        )?;
        conn.execute(&statements.drop_dead_ranges, &[])?;
    }
    let removed = victims.len() as u64;
    let gone = victims.into_iter().map(|victim| tally::Gone {
        seq: victim.seq,
        host: victim.source_id,
        template: victim.template_id,
        entities: victim.entity_refs,
    });
    tally::uncount(conn, gone.collect())?;
    Ok(removed)
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
