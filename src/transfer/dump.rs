//! Writes a whole store as one stream; [`super::restore`] reads it.
//!
//! The stream is NDJSON: a header with the columns of every table; one line per row, `{"table": ..., column: value}`, in the order
//! of tables and keys; a trailer with the number of rows and the hash of each table (see [`Digest`]). NULL is left out, bytes are
//! base64, and a float that JSON cannot represent is `{"$float": "inf"}`. Equal contents give equal streams in every back end.
//! end holds it.

use std::collections::BTreeMap;
use std::io::Write;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use super::digest::Digest;
use super::export::cannot_write;
use super::progress::{Phase, Progress};
use crate::codec::json;
use crate::error::Result;
use crate::record::{Control, Value};
use crate::store::Store;
use crate::store::migrate::SEERFLOW_SCHEMA;
use crate::store::table::{Cell, RawRow, Table};

/// The first bytes of every dump.
pub const DUMP_START: &[u8] = b"{\"seerflow_dump\":";

/// The version of the stream's format.
pub(super) const VERSION: u32 = 1;

/// Bytes written at once.
const CHUNK: usize = 1 << 20;

#[derive(Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) seerflow_dump: u32,
    pub(super) schema: i64,
    pub(super) tables: Vec<TableHeader>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct TableHeader {
    pub(super) table: String,
    pub(super) columns: Vec<String>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Trailer {
    pub(super) end: Vec<TableEnd>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct TableEnd {
    pub(super) table: String,
    pub(super) rows: u64,
    pub(super) sha256: String,
}

/// The counts of a dump.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dumped {
    /// Rows written, by table.
    pub rows: BTreeMap<Table, u64>,
    /// Bytes written.
    pub bytes: u64,
}

/// Writes the contents of a store, from one snapshot. The store is only read.
///
/// # Errors
/// Those of reading. A write error has the [`std::io::Error`] as its source.
pub fn dump(
    from: &dyn Store,
    out: &mut dyn Write,
    control: &Control,
    progress: &mut dyn FnMut(Progress),
) -> Result<Dumped> {
    let mut dumped = Dumped::default();
    from.snapshot(control, &mut |snapshot| {
        let mut buffer = Vec::with_capacity(2 * CHUNK);
        let mut reached = Progress {
            phase: Phase::Copy,
            table: Table::Templates,
            rows: 0,
            total: 0,
        };
        for table in Table::ALL {
            reached.total += snapshot.count(table)?;
        }
        let mut trailer = Trailer { end: Vec::new() };
        write_line(&header(), &mut buffer);
        for table in Table::ALL {
            let mut digest = Digest::new(table);
            reached.table = table;
            snapshot.scan(table, &mut |row| {
                digest.add(&row);
                write_row(table, &row, &mut buffer);
                reached.rows += 1;
                if buffer.len() >= CHUNK {
                    control.check()?;
                    progress(reached);
                    dumped.bytes += write_out(&mut buffer, out)?;
                }
                Ok(())
            })?;
            progress(reached);
            dumped.rows.insert(table, digest.rows());
            trailer.end.push(TableEnd {
                table: table.name().to_owned(),
                rows: digest.rows(),
                sha256: digest.hex(),
            });
        }
        write_line(&trailer, &mut buffer);
        dumped.bytes += write_out(&mut buffer, out)?;
        out.flush().map_err(cannot_write)
    })?;
    Ok(dumped)
}

fn header() -> Header {
    let tables = Table::ALL.into_iter().map(|table| TableHeader {
        table: table.name().to_owned(),
        columns: table
            .columns()
            .iter()
            .map(|column| column.name.to_owned())
            .collect(),
    });
    Header {
        seerflow_dump: VERSION,
        schema: SEERFLOW_SCHEMA,
        tables: tables.collect(),
    }
}

fn write_out(buffer: &mut Vec<u8>, out: &mut dyn Write) -> Result<u64> {
    out.write_all(buffer).map_err(cannot_write)?;
    let bytes = buffer.len() as u64;
    buffer.clear();
    Ok(bytes)
}

fn write_line(value: &impl Serialize, out: &mut Vec<u8>) {
    // Serializing texts and integers into memory cannot fail.
    let _ = serde_json::to_writer(&mut *out, value);
    out.push(b'\n');
}

pub(super) fn write_row(table: Table, row: &RawRow, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"table\":\"");
    out.extend_from_slice(table.name().as_bytes());
    out.push(b'"');
    for (column, cell) in table.columns().iter().zip(row) {
        let value = match cell {
            Cell::Null => continue,
            Cell::Int(number) => Value::Int(*number),
            Cell::Float(number) => Value::Float(*number),
            Cell::Text(text) => Value::from(text.as_str()),
            Cell::Blob(bytes) => Value::from(STANDARD.encode(bytes)),
        };
        out.extend_from_slice(b",\"");
        out.extend_from_slice(column.name.as_bytes());
        out.extend_from_slice(b"\":");
        json::write_value(&value, out);
    }
    out.extend_from_slice(b"}\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_starts_with_the_documented_bytes() {
        let mut line = Vec::new();
        write_line(&header(), &mut line);
        assert!(line.starts_with(DUMP_START));
    }
}
