//! One transaction of the bulk write, on one connection.
//!
//! COPY into the tables is the fastest way, and it cannot skip a row. So it is tried first. If a row exists already or is refused, the
//! transaction is rolled back, and the batches go through a temporary table and `INSERT ... ON CONFLICT DO NOTHING`. Refused rows are
//! found by halving the batches, and become dead letters.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use bytes::BufMut;
use uuid::Uuid;

use super::conn::PgConn;
use super::copy::{copy, put_bytes, put_id, put_long, put_text};
use super::event_rows::{self, EVENT_COLUMNS, EventId, EventRow, STAGE};
use super::layout::Layout;
use crate::codec::{Batch, EntityRow, Row};
use crate::error::{Error, ErrorKind, Result};
use crate::store::sql::derive;
use crate::store::{CommitReport, Refused};

/// The columns of `entity_events`.
const ENTITY_COLUMNS: &str = "entity_uuid, timestamp_ns, event_id";

/// The temporary table of entities that wait to be merged.
const ENTITY_STAGE: &str = "seerflow_entities";

/// Batches that are inserted together.
#[derive(Clone, Copy, Debug)]
pub struct BulkInsert<'b> {
    /// The batches.
    pub batches: &'b [Batch],
}

/// The result of an insert.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InsertReport {
    /// What the commit reports.
    pub commit: CommitReport,
    /// The ids of the new events.
    pub new: Vec<Uuid>,
}

/// An event's place: its batch and its row.
type Place = (usize, usize);

impl<'b> BulkInsert<'b> {
    /// Returns the number of events.
    pub fn events(&self) -> usize {
        self.batches.iter().map(|batch| batch.rows.len()).sum()
    }

    /// Returns a key by which the same batches are recognised at the next attempt.
    pub fn key(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for batch in self.batches {
            (batch.received_ns, batch.rows.len(), batch.rejected.len()).hash(&mut hasher);
            batch.rows.iter().for_each(|row| row.event_id.hash(&mut hasher));
            batch.stated_edges().for_each(|edge| edge.hash(&mut hasher));
        }
        hasher.finish()
    }

    fn at(&self, (batch, row): Place) -> (&'b Batch, &'b Row) {
        (&self.batches[batch], &self.batches[batch].rows[row])
    }

    /// Lists the events, each id once.
    fn places(&self) -> Vec<Place> {
        let mut seen = HashSet::with_capacity(self.events());
        let mut places = Vec::with_capacity(self.events());
        for (number, batch) in self.batches.iter().enumerate() {
            for (row, event) in batch.rows.iter().enumerate() {
                if seen.insert(event.event_id) {
                    places.push((number, row));
                }
            }
        }
        places
    }

    /// Inserts everything by COPY. Fails if a row exists already.
    pub fn copy(&self, conn: &PgConn, layout: &Layout, numbers: &[i64]) -> Result<InsertReport> {
        let places = self.places();
        self.copy_events(conn, layout, "events", numbers, &places)?;
        self.copy_entities(conn, "entity_events", &places)?;
        self.copy_dead_letters(conn, &[])?;
        self.report(conn, &places, &[])
    }

    /// Inserts the events that do not exist yet.
    pub fn merge(&self, conn: &PgConn, layout: &Layout, numbers: &[i64]) -> Result<InsertReport> {
        event_rows::create_stage(conn)?;
        conn.batch(&format!(
            "CREATE TEMPORARY TABLE {ENTITY_STAGE} ON COMMIT DROP AS SELECT {ENTITY_COLUMNS} FROM entity_events WITH NO DATA"
        ))?;
        let places = self.places();
        let mut new = HashSet::new();
        let mut refused = Vec::new();
        self.merge_events(conn, layout, numbers, &places, &mut new, &mut refused)?;
        let new: Vec<Place> = places
            .into_iter()
            .filter(|place| new.contains(&self.at(*place).1.event_id))
            .collect();
        self.copy_entities(conn, ENTITY_STAGE, &new)?;
        conn.batch(&format!(
            "INSERT INTO entity_events ({ENTITY_COLUMNS}) SELECT {ENTITY_COLUMNS} FROM {ENTITY_STAGE} ON CONFLICT DO NOTHING"
        ))?;
        self.copy_dead_letters(conn, &refused)?;
        self.report(conn, &new, &refused)
    }

    /// Writes the edges and templates of the new events, and reports the result.
    fn report(&self, conn: &PgConn, new: &[Place], refused: &[(Place, String)]) -> Result<InsertReport> {
        let mut is_new: Vec<Vec<bool>> = self
            .batches
            .iter()
            .map(|batch| vec![false; batch.rows.len()])
            .collect();
        new.iter().for_each(|(batch, row)| is_new[*batch][*row] = true);
        let edges = derive::write(conn, self.batches, &is_new)?;
        let mut duplicates: Vec<u64> = self.batches.iter().map(|batch| batch.rows.len() as u64).collect();
        let known = new.iter().chain(refused.iter().map(|(place, _)| place));
        known.for_each(|(batch, _)| duplicates[*batch] -= 1);
        let refused = refused.iter().map(|((batch, row), reason)| Refused {
            batch: *batch,
            row: *row,
            reason: reason.clone(),
        });
        Ok(InsertReport {
            commit: CommitReport {
                duplicates,
                events: new.len() as u64,
                refused: refused.collect(),
                edges,
                wal_bytes: 0,
            },
            new: new.iter().map(|place| self.at(*place).1.event_id).collect(),
        })
    }

    /// Copies events into a table; `numbers` are the arrival numbers of all events of the batches.
    fn copy_events(
        &self,
        conn: &PgConn,
        layout: &Layout,
        table: &str,
        numbers: &[i64],
        places: &[Place],
    ) -> Result<()> {
        let sizes = self.batches.iter().map(|batch| batch.rows.len());
        let before: Vec<usize> = sizes
            .scan(0, |sum, size| Some(std::mem::replace(sum, *sum + size)))
            .collect();
        let row = |place: &Place| {
            let number = numbers.get(before[place.0] + place.1).copied();
            let ingest_seq = number
                .ok_or_else(|| Error::new(ErrorKind::Database, "PostgreSQL: too few numbers for events"))?;
            let (batch, row) = self.at(*place);
            Ok(EventRow {
                ingest_seq,
                event_id: EventId::Uuid(row.event_id),
                timestamp_ns: row.timestamp_ns,
                observed_ns: row.observed_ns,
                severity_id: row.severity_id,
                source_type: batch.text(row.source_type),
                source_id: batch.text(row.source_id),
                template_id: row.template_id,
                message: batch.text(row.message),
                // Seerflow never reads this column.
                entity_refs: None,
                data: Some(batch.bytes(row.data)),
            })
        };
        event_rows::copy_events(conn, layout, table, places.iter().map(row))
    }

    /// Merges some events; finds refused ones by halving.
    fn merge_events(
        &self,
        conn: &PgConn,
        layout: &Layout,
        numbers: &[i64],
        places: &[Place],
        new: &mut HashSet<Uuid>,
        refused: &mut Vec<(Place, String)>,
    ) -> Result<()> {
        if places.is_empty() {
            return Ok(());
        }
        conn.batch("SAVEPOINT part")?;
        let staged = self.copy_events(conn, layout, STAGE, numbers, places);
        let merged = staged.and_then(|()| {
            conn.list(&format!(
                "INSERT INTO events (ingest_seq, {EVENT_COLUMNS}) SELECT ingest_seq, {EVENT_COLUMNS} FROM {STAGE} ORDER BY ingest_seq ON CONFLICT DO NOTHING RETURNING event_id"
            ))
        });
        match merged {
            Ok(ids) => {
                new.extend(ids.iter().filter_map(|id| Uuid::try_parse(id).ok()));
                conn.batch(&format!("RELEASE SAVEPOINT part; TRUNCATE {STAGE}"))
            }
            Err(error) if is_about_rows(&error) && !conn.is_broken() => {
                conn.batch("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part")?;
                if let [place] = places {
                    // A trigger or an extension may refuse a row because it exists already.
                    let id = self.at(*place).1.event_id;
                    let there = format!("SELECT count(*) FROM events WHERE event_id = '{id}'");
                    if conn.int(&there)? == 0 {
                        refused.push((*place, error.to_string()));
                    }
                    return Ok(());
                }
                let (first, second) = places.split_at(places.len() / 2);
                self.merge_events(conn, layout, numbers, first, new, refused)?;
                self.merge_events(conn, layout, numbers, second, new, refused)
            }
            Err(error) => Err(error),
        }
    }

    /// Copies the entities of some events, sorted, because neighbours then share pages.
    fn copy_entities(&self, conn: &PgConn, table: &str, places: &[Place]) -> Result<()> {
        let wanted: HashSet<Place> = places.iter().copied().collect();
        let mut all: Vec<(&[u8], &Row, &Batch, &EntityRow)> = Vec::new();
        for (number, batch) in self.batches.iter().enumerate() {
            let here = batch
                .entities
                .iter()
                .filter(|entity| wanted.contains(&(number, entity.row as usize)));
            all.extend(here.map(|entity| {
                (
                    batch.bytes(entity.entity),
                    &batch.rows[entity.row as usize],
                    batch,
                    entity,
                )
            }));
        }
        all.sort_unstable_by(|(a, x, ..), (b, y, ..)| {
            (a, x.timestamp_ns, x.event_id).cmp(&(b, y.timestamp_ns, y.event_id))
        });
        // An event may name an entity twice.
        all.dedup_by(|(a, x, ..), (b, y, ..)| a == b && x.event_id == y.event_id);
        if all.is_empty() {
            return Ok(());
        }
        let mut rows = all.into_iter();
        copy(conn, &format!("{table} ({ENTITY_COLUMNS})"), |out| {
            let Some((_, row, batch, entity)) = rows.next() else {
                return Ok(false);
            };
            out.put_i16(3);
            put_text(out, batch.text(entity.entity));
            put_long(out, row.timestamp_ns);
            put_id(out, row.event_id);
            Ok(true)
        })
    }

    fn copy_dead_letters(&self, conn: &PgConn, refused: &[(Place, String)]) -> Result<()> {
        if refused.is_empty() && self.batches.iter().all(|batch| batch.rejected.is_empty()) {
            return Ok(());
        }
        let events = refused.iter().map(|(place, reason)| {
            let (batch, row) = self.at(*place);
            (batch.received_ns, "event", reason.as_str(), batch.bytes(row.data))
        });
        let records = self.batches.iter().flat_map(|batch| {
            let rejected = batch.rejected.iter();
            rejected.map(|one| {
                (
                    batch.received_ns,
                    batch.format,
                    one.reason.as_str(),
                    batch.bytes(one.payload),
                )
            })
        });
        let mut letters = records.chain(events);
        copy(
            conn,
            "dead_letters (received_ns, format, reason, payload)",
            |out| {
                let Some((received_ns, format, reason, payload)) = letters.next() else {
                    return Ok(false);
                };
                out.put_i16(4);
                put_long(out, received_ns);
                put_text(out, format);
                put_text(out, reason);
                put_bytes(out, payload);
                Ok(true)
            },
        )
    }
}

/// Returns whether a single row can be the cause of an error: a duplicate, a constraint that another program added, a value too large for
/// the database, or an unknown error such as that of a trigger.
pub fn is_about_rows(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Limit | ErrorKind::Invalid | ErrorKind::Database
    )
}
