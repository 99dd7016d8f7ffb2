//! Events and edges prepared for the writer: one arena of bytes, and rows that point into it.
//!
//! The caller's thread does the expensive work: it assigns ids, extracts entities, encodes and sorts. The
//! writer thread only binds the parts of a row and steps a statement.

mod builder;
mod fit;

pub use builder::{BatchBuilder, Derive, Limits};

use uuid::Uuid;

use crate::codec::records;
use crate::record::{Edge, Relation, now_ns};

/// The format name of a batch of stated edges.
const EDGES: &str = "edges";

/// A range of bytes in a batch's arena.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    start: u32,
    len: u32,
}

impl Span {
    fn shifted(self, by: u32) -> Self {
        Self {
            start: self.start + by,
            len: self.len,
        }
    }
}

/// One event, with the values of the columns of `events`.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The position of the record in the input of its call.
    pub index: u64,
    /// Column `event_id`.
    pub event_id: Uuid,
    /// Column `timestamp_ns`.
    pub timestamp_ns: i64,
    /// Column `observed_ns`.
    pub observed_ns: i64,
    /// Column `severity_id`.
    pub severity_id: i64,
    /// Column `template_id`; `None` if the event has no template.
    pub template_id: Option<i64>,
    /// Column `source_type`.
    pub source_type: Span,
    /// Column `source_id`.
    pub source_id: Span,
    /// Column `message`.
    pub message: Span,
    /// The text of the event's template.
    pub template_str: Span,
    /// Column `data`: the msgpack blob.
    pub data: Span,
}

/// One entity of one event: a row of `entity_events`.
#[derive(Clone, Copy, Debug)]
pub struct EntityRow {
    /// The entity's id as text.
    pub entity: Span,
    /// The position of the event's row in its batch.
    pub row: u32,
}

/// An edge derived from one event.
#[derive(Clone, Copy, Debug)]
pub struct EdgeRow {
    /// Source, target and relation.
    pub relation: Relation,
    /// The position of the event's row in its batch.
    pub row: u32,
}

/// An edge that a caller added directly, without an event.
#[derive(Clone, Copy, Debug)]
pub struct StatedEdge {
    source: Span,
    target: Span,
    relation: Span,
    first_seen: i64,
    last_seen: i64,
    event_count: i64,
}

/// A record that could not be converted to an event.
#[derive(Clone, Debug)]
pub struct Rejected {
    /// The reason for the rejection.
    pub reason: String,
    /// The bytes of the record.
    pub payload: Span,
}

/// Events and edges that the writer commits together.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    arena: Vec<u8>,
    /// The events, in their order of arrival.
    pub rows: Vec<Row>,
    /// The entities of the events, sorted by entity, time and event.
    pub entities: Vec<EntityRow>,
    /// The edges derived from the events, sorted by source, target and relation; empty unless requested.
    pub edges: Vec<EdgeRow>,
    /// The edges that callers added directly.
    pub stated: Vec<StatedEdge>,
    /// Whether the events are counted in the statistics of their templates.
    pub track_templates: bool,
    /// The records that are stored as dead letters in the same transaction.
    pub rejected: Vec<Rejected>,
    /// The number of events whose time was present but could not be parsed.
    pub unparsed_times: u64,
    /// The format of the rejected records.
    pub format: &'static str,
    /// The creation time of the batch, in nanoseconds since the epoch.
    pub received_ns: i64,
}

impl Batch {
    /// Creates a batch that has only edges.
    pub fn of_edges(edges: &[Edge]) -> Self {
        let mut batch = Self {
            format: EDGES,
            received_ns: now_ns(),
            ..Self::default()
        };
        for edge in edges {
            let stated = StatedEdge {
                source: batch.push_bytes(edge.source_id.as_bytes()),
                target: batch.push_bytes(edge.target_id.as_bytes()),
                relation: batch.push_bytes(edge.rel_type.as_bytes()),
                first_seen: edge.first_seen,
                last_seen: edge.last_seen,
                event_count: edge.event_count,
            };
            batch.stated.push(stated);
        }
        batch
    }

    /// Returns the edges that callers added directly.
    pub fn stated_edges(&self) -> impl Iterator<Item = Edge> {
        self.stated.iter().map(|edge| Edge {
            source_id: self.text(edge.source).to_owned(),
            target_id: self.text(edge.target).to_owned(),
            rel_type: self.text(edge.relation).to_owned(),
            first_seen: edge.first_seen,
            last_seen: edge.last_seen,
            event_count: edge.event_count,
        })
    }

    /// Moves the stated edges from position `at` onwards to a new batch.
    pub fn split_off_edges(&mut self, at: usize) -> Self {
        Self {
            arena: self.arena.clone(),
            stated: self.stated.split_off(at),
            format: EDGES,
            received_ns: self.received_ns,
            ..Self::default()
        }
    }

    /// Turns the stated edges into rejected records, one line of JSON each.
    pub fn reject_edges(&mut self, reason: &str) {
        for edge in self.stated_edges().collect::<Vec<_>>() {
            let mut line = Vec::new();
            // An edge can always be written as JSON.
            let _ = records::encode(&[edge], &mut line);
            let payload = self.push_bytes(line.trim_ascii_end());
            let reason = reason.to_owned();
            self.rejected.push(Rejected { reason, payload });
        }
        self.stated.clear();
    }

    /// Returns the reason that the stated edges were rejected, if they were.
    pub fn edge_rejection(&self) -> Option<&str> {
        let first = self.rejected.first().filter(|_| self.format == EDGES)?;
        Some(&first.reason)
    }

    /// Returns the bytes of a span.
    pub fn bytes(&self, span: Span) -> &[u8] {
        &self.arena[span.start as usize..(span.start + span.len) as usize]
    }

    /// Returns the text of a span. The spans of text fields always hold UTF-8.
    pub fn text(&self, span: Span) -> &str {
        std::str::from_utf8(self.bytes(span)).unwrap_or_default()
    }

    /// Returns the number of records: events, stated edges and rejected records.
    pub fn records(&self) -> usize {
        self.rows.len() + self.stated.len() + self.rejected.len()
    }

    /// Returns the approximate memory use of the batch, in bytes.
    pub fn size(&self) -> usize {
        self.arena.capacity()
            + self.rows.capacity() * size_of::<Row>()
            + self.entities.capacity() * size_of::<EntityRow>()
            + self.edges.capacity() * size_of::<EdgeRow>()
            + self.stated.capacity() * size_of::<StatedEdge>()
            + self.rejected.capacity() * size_of::<Rejected>()
    }

    /// Appends the records of `other`, to combine many small writes into one batch.
    pub fn append(&mut self, other: &Batch) {
        let (by, first) = (self.arena.len() as u32, self.rows.len() as u32);
        self.arena.extend_from_slice(&other.arena);
        self.rows.extend(other.rows.iter().map(|row| Row {
            source_type: row.source_type.shifted(by),
            source_id: row.source_id.shifted(by),
            message: row.message.shifted(by),
            template_str: row.template_str.shifted(by),
            data: row.data.shifted(by),
            ..*row
        }));
        self.entities.extend(other.entities.iter().map(|e| EntityRow {
            entity: e.entity.shifted(by),
            row: e.row + first,
        }));
        self.edges.extend(other.edges.iter().map(|edge| EdgeRow {
            row: edge.row + first,
            ..*edge
        }));
        self.stated.extend(other.stated.iter().map(|edge| StatedEdge {
            source: edge.source.shifted(by),
            target: edge.target.shifted(by),
            relation: edge.relation.shifted(by),
            ..*edge
        }));
        self.unparsed_times += other.unparsed_times;
        self.rejected.extend(other.rejected.iter().map(|r| Rejected {
            reason: r.reason.clone(),
            payload: r.payload.shifted(by),
        }));
    }

    fn push_bytes(&mut self, bytes: &[u8]) -> Span {
        let start = self.arena.len() as u32;
        self.arena.extend_from_slice(bytes);
        Span {
            start,
            len: bytes.len() as u32,
        }
    }
}
