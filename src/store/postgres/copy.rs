//! Rows in the binary form of COPY, and their way to the server.

use std::pin::pin;

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::SinkExt;
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::conn::PgConn;
use super::layout::Layout;
use super::terms::Terms;
use crate::codec::{Batch, Row};
use crate::error::{Error, ErrorKind, Result};
use crate::store::table::{SOURCE_BYTES, clean, cut};

/// Bytes handed to the connection at once.
const CHUNK: usize = 128 << 10;

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// The columns of `events` that are copied besides the arrival number, in their order.
pub const EVENT_COLUMNS: &str = "event_id, timestamp_ns, observed_ns, severity_id, source_type, source_id, template_id, message, message_terms, data";

/// The columns of `entity_events` that are copied, in their order.
pub const ENTITY_COLUMNS: &str = "entity_uuid, timestamp_ns, event_id";

/// Copies rows: `each` appends the next one, and answers false when there is none.
pub fn copy(conn: &PgConn, into: &str, mut each: impl FnMut(&mut BytesMut) -> Result<bool>) -> Result<()> {
    let statement = conn.prepare(&format!("COPY {into} FROM STDIN (FORMAT binary)"), &[])?;
    let mut failed = None;
    let mut begun = false;
    let copied = conn.run(async {
        let sink = conn.client().copy_in::<_, Bytes>(&statement).await?;
        begun = true;
        let mut sink = pin!(sink);
        let mut buffer = BytesMut::with_capacity(CHUNK + (CHUNK >> 2));
        buffer.put_slice(SIGNATURE);
        loop {
            match each(&mut buffer) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    // The sink is dropped, which ends the COPY with an error on the server.
                    failed = Some(error);
                    return Ok(());
                }
            }
            if buffer.len() >= CHUNK {
                let full = std::mem::replace(&mut buffer, BytesMut::with_capacity(CHUNK + (CHUNK >> 2)));
                sink.send(full.freeze()).await?;
            }
        }
        buffer.put_i16(-1);
        sink.send(buffer.freeze()).await?;
        sink.finish().await.map(|_| ())
    });
    if !begun {
        // The driver's end of a COPY that never began is answered too, which it does not expect.
        conn.give_up();
    }
    match failed {
        Some(error) => Err(error),
        None => copied,
    }
}

/// Appends one field, whose length is known when it is there.
pub fn put(out: &mut BytesMut, write: impl FnOnce(&mut BytesMut) -> Result<()>) -> Result<()> {
    let at = out.len();
    out.put_i32(0);
    write(out)?;
    let length = i32::try_from(out.len() - at - 4)
        .map_err(|_| Error::new(ErrorKind::Limit, "a value takes more than 2 GiB"))?;
    out[at..at + 4].copy_from_slice(&length.to_be_bytes());
    Ok(())
}

/// Appends bytes.
pub fn put_bytes(out: &mut BytesMut, bytes: &[u8]) {
    out.put_i32(bytes.len() as i32);
    out.put_slice(bytes);
}

/// Appends a text.
pub fn put_text(out: &mut BytesMut, text: &str) {
    put_bytes(out, clean(text).as_bytes());
}

/// Appends an integer of eight bytes.
pub fn put_long(out: &mut BytesMut, value: i64) {
    out.put_i32(8);
    out.put_i64(value);
}

/// Appends an integer as wide as its column.
pub fn put_int(out: &mut BytesMut, column: &Type, value: i64) -> Result<()> {
    if *column == Type::INT4 {
        let narrow = i32::try_from(value)
            .map_err(|_| Error::invalid(format!("{value} does not fit the column that Seerflow made")))?;
        out.put_i32(4);
        out.put_i32(narrow);
    } else {
        put_long(out, value);
    }
    Ok(())
}

fn put_id(out: &mut BytesMut, id: Uuid) {
    let mut text = [0; 36];
    put_bytes(out, id.hyphenated().encode_lower(&mut text).as_bytes());
}

/// Returns a source as its column has it; queries ask for it the same way.
pub fn source_column(source: &str) -> &str {
    cut(source, SOURCE_BYTES)
}

/// Appends an event, as [`EVENT_COLUMNS`] has it, behind its arrival number; nothing when it cannot be said.
pub fn put_event(
    out: &mut BytesMut,
    number: i64,
    layout: &Layout,
    terms: &mut Terms,
    batch: &Batch,
    row: &Row,
) -> Result<()> {
    let start = out.len();
    out.put_i16(11);
    put_long(out, number);
    let done = put_event_fields(out, layout, terms, batch, row);
    if done.is_err() {
        out.truncate(start);
    }
    done
}

fn put_event_fields(
    out: &mut BytesMut,
    layout: &Layout,
    terms: &mut Terms,
    batch: &Batch,
    row: &Row,
) -> Result<()> {
    let message = batch.text(row.message);
    put_id(out, row.event_id);
    put_long(out, row.timestamp_ns);
    put_long(out, row.observed_ns);
    put_int(out, &layout.severity, row.severity_id)?;
    put_text(out, source_column(batch.text(row.source_type)));
    put_text(out, batch.text(row.source_id));
    match row.template_id {
        Some(template) => put_int(out, &layout.template, template)?,
        None => out.put_i32(-1),
    }
    put_text(out, layout.message_column(message));
    put(out, |out| terms.put_vector(message, out))?;
    put_bytes(out, batch.bytes(row.data));
    Ok(())
}

/// Appends an entity of an event, as [`ENTITY_COLUMNS`] has it.
pub fn put_entity(out: &mut BytesMut, entity: &str, row: &Row) {
    out.put_i16(3);
    put_text(out, entity);
    put_long(out, row.timestamp_ns);
    put_id(out, row.event_id);
}

/// Appends a dead letter: the time, format, reason and payload.
pub fn put_dead_letter(out: &mut BytesMut, received_ns: i64, format: &str, reason: &str, payload: &[u8]) {
    out.put_i16(4);
    put_long(out, received_ns);
    put_text(out, format);
    put_text(out, reason);
    put_bytes(out, payload);
}
