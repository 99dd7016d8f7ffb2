//! The edges and template statistics of a commit: those derived from its new events, and the edges that callers stated.
//!
//! Batches carry the derived edges ready and sorted. Those of duplicates are left out here, and equal edges are joined, so that a
//! transaction writes each edge and each template once.

use std::collections::BTreeMap;

use super::{Conn, Param, edge};
use crate::codec::{Batch, EdgeRow};
use crate::error::Result;
use crate::memory;
use crate::record::Edge;

/// The longest example message of a template, in bytes.
const EXAMPLE_BYTES: usize = 4096;

/// Writes the edges of batches and the statistics of their templates; requires the transaction that writes the rows. `is_new` tells which
/// rows of each batch are new. Returns the edges, each once.
pub fn write(conn: &dyn Conn, batches: &[Batch], is_new: &[Vec<bool>]) -> Result<Vec<Edge>> {
    let mut edges = derived(batches, is_new)?;
    if batches.iter().any(|batch| !batch.stated.is_empty()) {
        edges.extend(batches.iter().flat_map(Batch::stated_edges));
        edges.sort_unstable();
        edges.dedup_by(|next, first| {
            let is_same = next.key() == first.key();
            if is_same {
                first.add(next);
            }
            is_same
        });
    }
    edge::upsert(conn, &edges)?;
    track_templates(conn, batches, is_new)?;
    Ok(edges)
}

/// Returns the edges that follow from new rows, in the order of source, target and relation.
fn derived(batches: &[Batch], is_new: &[Vec<bool>]) -> Result<Vec<Edge>> {
    let mut rows: Vec<(&EdgeRow, i64)> = Vec::new();
    let count = batches.iter().map(|batch| batch.edges.len()).sum();
    memory::reserve(&mut rows, count)?;
    // The edges, which are made of these rows, take about ten times as much.
    memory::probe(10 * count * size_of::<(&EdgeRow, i64)>())?;
    for (batch, is_new) in batches.iter().zip(is_new) {
        let new = batch.edges.iter().filter(|edge| is_new[edge.row as usize]);
        rows.extend(new.map(|edge| (edge, batch.rows[edge.row as usize].timestamp_ns)));
    }
    // Each batch is sorted, so this merges runs.
    rows.sort_by_key(|(edge, _)| edge.relation);
    let joined = rows.chunk_by(|(a, _), (b, _)| a.relation == b.relation);
    let edges = joined.map(|same| {
        let (source, target, relation) = same[0].0.relation;
        let times = || same.iter().map(|(_, time)| *time);
        Edge {
            source_id: source.to_string(),
            target_id: target.to_string(),
            rel_type: relation.to_owned(),
            first_seen: times().min().unwrap_or_default(),
            last_seen: times().max().unwrap_or_default(),
            event_count: same.len() as i64,
        }
    });
    Ok(edges.collect())
}

/// The statistics of one template in the new events.
struct Seen<'b> {
    text: &'b str,
    first_ns: i64,
    last_ns: i64,
    events: i64,
    example: &'b str,
}

fn track_templates(conn: &dyn Conn, batches: &[Batch], is_new: &[Vec<bool>]) -> Result<()> {
    let mut templates: BTreeMap<i64, Seen<'_>> = BTreeMap::new();
    let tracked = batches
        .iter()
        .zip(is_new)
        .filter(|(batch, _)| batch.track_templates);
    for (batch, is_new) in tracked {
        for (row, _) in batch.rows.iter().zip(is_new).filter(|(_, is_new)| **is_new) {
            let Some(template_id) = row.template_id else {
                continue;
            };
            let seen = templates.entry(template_id).or_insert_with(|| Seen {
                text: "",
                first_ns: row.timestamp_ns,
                last_ns: row.timestamp_ns,
                events: 0,
                example: shortened(batch.text(row.message)),
            });
            // A template becomes more general as the miner sees more messages: the last text counts.
            match batch.text(row.template_str) {
                "" => {}
                text => seen.text = text,
            }
            seen.first_ns = seen.first_ns.min(row.timestamp_ns);
            seen.last_ns = seen.last_ns.max(row.timestamp_ns);
            seen.events += 1;
        }
    }
    let rows: Vec<Vec<Param<'_>>> = templates
        .into_iter()
        .map(|(template_id, seen)| {
            vec![
                template_id.into(),
                seen.text.into(),
                seen.first_ns.into(),
                seen.last_ns.into(),
                seen.events.into(),
                seen.example.into(),
            ]
        })
        .collect();
    conn.execute_all(&conn.statements().track_template, &rows)
        .map(|_| ())
}

fn shortened(message: &str) -> &str {
    let mut end = message.len().min(EXAMPLE_BYTES);
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    &message[..end]
}
