//! Events as rows of COPY, and the temporary table in which they wait to be merged.

use bytes::{BufMut, BytesMut};
use uuid::Uuid;

use super::conn::PgConn;
use super::copy::{copy, put, put_bytes, put_id, put_int, put_long, put_null, put_text};
use super::dialect::source_column;
use super::layout::Layout;
use crate::error::Result;

/// The columns of `events` that are copied after `ingest_seq`, in their order.
pub const EVENT_COLUMNS: &str = "event_id, timestamp_ns, observed_ns, severity_id, source_type, source_id, template_id, message, entity_refs, data, message_terms";

/// The name of the temporary table. It lasts for one transaction: behind a pooler, the next one may run in another session.
pub const STAGE: &str = "seerflow_events";

/// An event's id.
#[derive(Clone, Copy, Debug)]
pub enum EventId<'r> {
    /// The id of an event of this library.
    Uuid(Uuid),
    /// An id as a column has it.
    Text(&'r str),
}

/// The columns of an event.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)] // they are those of the table
pub struct EventRow<'r> {
    pub ingest_seq: i64,
    pub event_id: EventId<'r>,
    pub timestamp_ns: i64,
    pub observed_ns: i64,
    pub severity_id: i64,
    pub source_type: &'r str,
    pub source_id: &'r str,
    pub template_id: Option<i64>,
    pub message: &'r str,
    pub entity_refs: Option<&'r str>,
    pub data: Option<&'r [u8]>,
}

/// Creates the temporary table.
pub fn create_stage(conn: &PgConn) -> Result<()> {
    conn.batch(&format!(
        "SET LOCAL client_min_messages = warning; \
         CREATE TEMPORARY TABLE IF NOT EXISTS {STAGE} ON COMMIT DROP AS \
         SELECT ingest_seq, {EVENT_COLUMNS} FROM events WITH NO DATA"
    ))
}

/// Copies events into a table with the columns of `events`, computing the words of each message.
pub fn copy_events<'r>(
    conn: &PgConn,
    layout: &Layout,
    table: &str,
    mut rows: impl Iterator<Item = Result<EventRow<'r>>>,
) -> Result<()> {
    let mut terms = conn.terms()?;
    copy(conn, &format!("{table} (ingest_seq, {EVENT_COLUMNS})"), |out| {
        let Some(row) = rows.next().transpose()? else {
            return Ok(false);
        };
        out.put_i16(12);
        put_long(out, row.ingest_seq);
        match row.event_id {
            EventId::Uuid(id) => put_id(out, id),
            EventId::Text(id) => put_text(out, id),
        }
        put_long(out, row.timestamp_ns);
        put_long(out, row.observed_ns);
        put_int(out, &layout.severity, row.severity_id)?;
        put_text(out, source_column(row.source_type));
        put_text(out, row.source_id);
        match row.template_id {
            Some(template) => put_int(out, &layout.template, template)?,
            None => put_null(out),
        }
        put_text(out, layout.message_column(row.message));
        match row.entity_refs {
            Some(refs) => put_text(out, refs),
            None => put_null(out),
        }
        match row.data {
            Some(data) => put_bytes(out, data),
            None => put_null(out),
        }
        put(out, |out: &mut BytesMut| terms.put_vector(row.message, out))?;
        Ok(true)
    })
}
