//! Builds batches from events: assigns ids, extracts entities, encodes and sorts.

use std::borrow::Cow;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::fit::{fit_attributes, fit_fields};
use super::{Batch, EdgeRow, EntityRow, Rejected, Row, Span};
use crate::codec::TIME_UNPARSED;
use crate::codec::json::last_wins;
use crate::codec::msgpack;
use crate::error::{Error, ErrorKind, Result};
use crate::memory;
use crate::record::{Event, Field, Rejection, TEMPLATE_NONE, inferred_edges, new_id, related_entities};

/// The size limits of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest line or record, in bytes.
    pub event_bytes: usize,
}

impl Limits {
    /// Returns the largest record of a format that adds metadata to a line, and the largest stored event, in bytes.
    ///
    /// A sixteenth more than a line has room for its id, its times and the names of its file and host.
    pub fn wrapped_bytes(&self) -> usize {
        self.event_bytes + self.event_bytes / 16
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { event_bytes: 1 << 20 }
    }
}

/// The additional rows to derive from events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Derive {
    /// Edges between the entities of each event.
    pub edges: bool,
    /// Statistics of the events' templates.
    pub templates: bool,
}

/// Builds the batches of one write call.
#[derive(Debug)]
pub struct BatchBuilder {
    batch: Batch,
    limits: Limits,
    derive: Derive,
    verbatim: bool,
    batch_key: Option<[u8; 32]>,
    now_ns: i64,
    rejections: Vec<Rejection>,
    /// True while every event so far would get the same id if it were sent again.
    is_repeatable: bool,
}

impl BatchBuilder {
    /// Creates the builder of one call's batches.
    ///
    /// With a `batch_key`, an event without an id gets one that is derived from its time, the key and its
    /// index. A call that is repeated therefore stores its events once.
    pub fn new(format: &'static str, limits: Limits, batch_key: Option<&[u8]>, now_ns: i64) -> Self {
        let batch = Batch {
            format,
            received_ns: now_ns,
            ..Batch::default()
        };
        Self {
            batch,
            limits,
            derive: Derive::default(),
            verbatim: false,
            batch_key: batch_key.map(|key| Sha256::digest(key).into()),
            now_ns,
            rejections: Vec::new(),
            is_repeatable: true,
        }
    }

    /// Sets which additional rows the batches carry.
    pub fn deriving(mut self, derive: Derive) -> Self {
        self.derive = derive;
        self.batch.track_templates = derive.templates;
        self
    }

    /// Treats events as exported ones: an event that has an id keeps exactly the entities that it names.
    pub fn verbatim(mut self, verbatim: bool) -> Self {
        self.verbatim = verbatim;
        self
    }

    /// Reserves memory for a record of `bytes` bytes.
    ///
    /// # Errors
    /// [`Limit`](ErrorKind::Limit) if there is not enough memory.
    pub fn reserve(&mut self, bytes: usize) -> Result<()> {
        // The encoding repeats some texts of the record, and adds its entities.
        memory::reserve(&mut self.batch.arena, 2 * bytes + 512)?;
        memory::reserve(&mut self.batch.entities, 8)?;
        memory::reserve(&mut self.batch.rows, 1)
    }

    /// Adds event number `index` of the call. An invalid event is rejected with `payload`, the record's
    /// bytes.
    ///
    /// If `payload` is empty, the rejected event is kept as msgpack instead.
    pub fn push(&mut self, index: u64, event: &mut Result<Event<'_>>, payload: &[u8]) {
        match event {
            Err(error) => self.reject(index, error, payload),
            Ok(event) => match self.encode(index, event) {
                Ok(()) => {}
                Err(error) if payload.is_empty() => {
                    let mut blob = Vec::new();
                    msgpack::encode_event(event, &mut blob, |_, _, _| {});
                    self.reject(index, &error, &blob);
                }
                Err(error) => self.reject(index, &error, payload),
            },
        }
    }

    /// Rejects record number `index` of the call, and keeps it as a dead letter.
    pub fn reject(&mut self, index: u64, error: &Error, payload: &[u8]) {
        let reason = error.to_string();
        // Keep no more of an oversized record than an event may have.
        let kept = &payload[..payload.len().min(self.limits.event_bytes)];
        let payload = self.batch.push_bytes(kept);
        self.batch.rejected.push(Rejected {
            reason: reason.clone(),
            payload,
        });
        self.rejections.push(Rejection { index, reason });
    }

    /// Returns the number of records in the pending batch, and their approximate size in bytes.
    pub fn pending(&self) -> (usize, usize) {
        (self.batch.records(), self.batch.arena.len())
    }

    /// Returns whether sending the same events again would store none of them twice.
    pub fn is_repeatable(&self) -> bool {
        self.is_repeatable
    }

    /// Returns the pending batch and starts an empty one.
    pub fn take(&mut self) -> Batch {
        let empty = Batch {
            format: self.batch.format,
            received_ns: self.now_ns,
            track_templates: self.derive.templates,
            ..Batch::default()
        };
        let mut batch = std::mem::replace(&mut self.batch, empty);
        let mut entities = std::mem::take(&mut batch.entities);
        entities.sort_unstable_by(|a, b| entity_order(&batch, a).cmp(&entity_order(&batch, b)));
        batch.entities = entities;
        batch.edges.sort_unstable_by_key(|edge| edge.relation);
        batch
    }

    /// Returns the rejections so far, ordered by index.
    pub fn rejections(&mut self) -> Vec<Rejection> {
        std::mem::take(&mut self.rejections)
    }

    fn encode(&mut self, index: u64, event: &mut Event<'_>) -> Result<()> {
        let is_verbatim = self.verbatim && event.event_id.is_some();
        fit_fields(event, is_verbatim);
        let needs_refs = event.entity_refs.is_empty() && !is_verbatim;
        let is_unparsed =
            event.timestamp_ns.is_none() && event.attributes.iter().any(|(key, _)| key == TIME_UNPARSED);
        let timestamp_ns = event.timestamp_ns.unwrap_or(self.now_ns);
        let event_id = match event.event_id {
            Some(id) => id,
            None => self.id_of(index, event.timestamp_ns),
        };
        event.event_id = Some(event_id);
        event.timestamp_ns = Some(timestamp_ns);
        event.observed_ns = Some(event.observed_ns.unwrap_or(self.now_ns));
        let mut related = Vec::new();
        if needs_refs || self.derive.edges {
            related_entities(event, |kind, id| related.push((kind, id)));
        }
        if needs_refs {
            let spelled = |(_, id): &(_, Uuid)| {
                let mut buffer = Uuid::encode_buffer();
                Cow::Owned(id.hyphenated().encode_lower(&mut buffer).to_owned())
            };
            event.entity_refs = related.iter().map(spelled).collect();
        }
        event.attributes = last_wins(std::mem::take(&mut event.attributes));
        fit_attributes(&mut event.attributes);

        let start = self.batch.arena.len();
        let row = self.batch.rows.len() as u32;
        let first_entity = self.batch.entities.len();
        let (mut source_type, mut source_id, mut message, mut template_str) = Default::default();
        let Batch { arena, entities, .. } = &mut self.batch;
        msgpack::encode_event(event, arena, |field, at, len| {
            let span = Span {
                start: at as u32,
                len: len as u32,
            };
            match field {
                Field::SourceType => source_type = span,
                Field::SourceId => source_id = span,
                Field::Message => message = span,
                Field::TemplateStr => template_str = span,
                Field::EntityRefs => entities.push(EntityRow { entity: span, row }),
                _ => {}
            }
        });
        let length = self.batch.arena.len() - start;
        // The message of a structured body repeats it.
        let repeated = event.body.as_ref().map_or(0, |_| message.len as usize);
        let bound = self.limits.wrapped_bytes();
        if length - repeated > bound {
            self.batch.arena.truncate(start);
            self.batch.entities.truncate(first_entity);
            return Err(Error::new(
                ErrorKind::Limit,
                format!("the event takes {length} bytes, the bound is {bound}"),
            ));
        }
        if self.derive.edges {
            let edges = inferred_edges(&related).into_iter();
            self.batch
                .edges
                .extend(edges.map(|relation| EdgeRow { relation, row }));
        }
        self.batch.unparsed_times += u64::from(is_unparsed);
        self.batch.rows.push(Row {
            index,
            event_id,
            timestamp_ns,
            observed_ns: event.observed_ns.unwrap_or_default(),
            severity_id: event.severity_id,
            template_id: (event.template_id != TEMPLATE_NONE).then_some(event.template_id),
            source_type,
            source_id,
            message,
            template_str,
            data: Span {
                start: start as u32,
                len: length as u32,
            },
        });
        Ok(())
    }

    /// Creates an id in the layout of UUID version 7: the time comes first, which keeps ids ascending.
    fn id_of(&mut self, index: u64, time: Option<i64>) -> Uuid {
        let Some(key) = &self.batch_key else {
            self.is_repeatable = false;
            return new_id();
        };
        let hash = Sha256::new_with_prefix(key)
            .chain_update(index.to_be_bytes())
            .finalize();
        let mut random = [0; 10];
        random.copy_from_slice(&hash[..10]);
        // Do not read the clock here: an event without a time must get the same id when it is sent again.
        let millis = time.unwrap_or(0).max(0) as u64 / 1_000_000;
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}

fn entity_order<'b>(batch: &'b Batch, entity: &EntityRow) -> (&'b [u8], i64, Uuid) {
    let row = &batch.rows[entity.row as usize];
    (batch.bytes(entity.entity), row.timestamp_ns, row.event_id)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
