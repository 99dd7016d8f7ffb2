//! Reads a store from the stream that [`super::dump`] writes.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::digest::Digest;
use super::dump::{Header, TableHeader, Trailer, VERSION};
use super::progress::{MoveOptions, Phase, Progress};
use super::rows::{Batch, clean_row, digest_of, refuse_non_empty};
use crate::error::{Error, ErrorKind, Result};
use crate::record::Control;
use crate::store::Store;
use crate::store::migrate::SEERFLOW_SCHEMA;
use crate::store::table::{Cell, Put, RawRow, Table, Type};

/// The longest line accepted, in bytes; six times what the largest model takes.
const LONGEST_LINE: u64 = 512 << 20;

/// Bytes to read at once.
const CHUNK: usize = 1 << 20;

/// The options of a restore.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RestoreOptions {
    /// Accept a store that already has rows.
    pub merge: bool,
}

/// The counts of a restore.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// Rows by table: read, and stored (new, or newer than the row that was there).
    pub rows: BTreeMap<Table, (u64, u64)>,
    /// Texts whose NUL characters were replaced because the store cannot hold them.
    pub cleaned: u64,
    /// Tables whose contents differ from the dump; not checked after a merge.
    pub different: Vec<Table>,
}

/// Restores a dump into a store, one transaction per batch. After an error, the same dump can be restored again with `merge`.
/// `progress` is called after each batch.
///
/// # Errors
/// [`Invalid`](ErrorKind::Invalid) for a bad line, with its number, and for a stream that ends early or contradicts its trailer; rows
/// stored before the error remain. [`Schema`](ErrorKind::Schema) for a dump of a newer library. [`Conflict`](ErrorKind::Conflict) if
/// the store is not empty and `merge` is false.
pub fn restore(
    input: &mut dyn Read,
    to: &dyn Store,
    options: RestoreOptions,
    control: &Control,
    progress: &mut dyn FnMut(Progress),
) -> Result<Restored> {
    let mut lines = Lines {
        input: BufReader::with_capacity(CHUNK, input),
        line: Vec::new(),
        number: 0,
    };
    check_header(&mut lines)?;
    let move_options = MoveOptions {
        merge: options.merge,
        ..MoveOptions::default()
    };
    to.start(control)?;
    if !to.notes(control)?.is_empty() {
        let text = format!("{} holds an unfinished move", to.location());
        return Err(Error::new(ErrorKind::Conflict, text));
    }
    refuse_non_empty(to, &move_options, control)?;
    let mut loader = Loader {
        to,
        options: move_options,
        control,
        batch: Batch::default(),
        digests: Table::ALL.map(Digest::new).to_vec(),
        restored: Restored::default(),
        reached: Progress {
            phase: Phase::Copy,
            table: Table::Templates,
            rows: 0,
            total: 0,
        },
        progress,
    };
    let trailer = loader.read(&mut lines)?;
    loader.check_trailer(&trailer)?;
    to.finish_rows(control)?;
    if !options.merge {
        loader.compare(&trailer)?;
    }
    Ok(loader.restored)
}

struct Lines<'i> {
    input: BufReader<&'i mut dyn Read>,
    line: Vec<u8>,
    number: u64,
}

impl Lines<'_> {
    /// Reads the next line; returns false at the end.
    fn next(&mut self) -> Result<bool> {
        self.line.clear();
        self.number += 1;
        let mut bounded = self.input.by_ref().take(LONGEST_LINE);
        bounded.read_until(b'\n', &mut self.line)?;
        if self.line.len() as u64 == LONGEST_LINE {
            return Err(self.wrong(format!("longer than {LONGEST_LINE} bytes")));
        }
        Ok(!self.line.is_empty())
    }

    fn wrong(&self, why: impl std::fmt::Display) -> Error {
        Error::invalid(format!("line {}: {why}", self.number))
    }
}

fn check_header(lines: &mut Lines<'_>) -> Result<()> {
    lines.next()?;
    let header: Header = serde_json::from_slice(&lines.line)
        .map_err(|e| lines.wrong(format!("not the header of a dump: {e}")))?;
    let newer = |what: String| {
        Err(Error::new(
            ErrorKind::Schema,
            format!("the dump {what}: use a newer library"),
        ))
    };
    if header.seerflow_dump != VERSION {
        return newer(format!("has format version {}", header.seerflow_dump));
    }
    if header.schema > SEERFLOW_SCHEMA {
        return newer(format!("has Seerflow schema version {}", header.schema));
    }
    for TableHeader { table, columns } in header.tables {
        let Some(known) = Table::from_name(&table) else {
            return newer(format!("has a table {table}"));
        };
        let is_known = |name: &String| known.columns().iter().any(|column| column.name == name);
        if let Some(unknown) = columns.iter().find(|name| !is_known(name)) {
            return newer(format!("has a column {unknown} in {table}"));
        }
    }
    Ok(())
}

struct Loader<'l> {
    to: &'l dyn Store,
    options: MoveOptions,
    control: &'l Control,
    batch: Batch,
    digests: Vec<Digest>,
    restored: Restored,
    reached: Progress,
    progress: &'l mut dyn FnMut(Progress),
}

impl Loader<'_> {
    /// Reads and stores rows until the trailer.
    fn read(&mut self, lines: &mut Lines<'_>) -> Result<Trailer> {
        let holds_nul = self.to.holds_nul();
        while lines.next()? {
            if lines.line.starts_with(b"{\"end\":") {
                self.store()?;
                let trailer = serde_json::from_slice(&lines.line).map_err(|e| lines.wrong(e))?;
                if lines.next()? {
                    return Err(lines.wrong("unexpected data after the trailer"));
                }
                return Ok(trailer);
            }
            let (table, mut row) = read_row(&lines.line).map_err(|e| lines.wrong(e))?;
            if table != self.reached.table {
                self.store()?;
                self.reached.table = table;
            }
            self.digests[table as usize].add(&row);
            if !holds_nul {
                self.restored.cleaned += clean_row(&mut row);
            }
            self.batch.push(row);
            if self.batch.is_full(&self.options) {
                self.store()?;
            }
        }
        self.store()?;
        let rows = self.reached.rows;
        Err(Error::invalid(format!(
            "the dump ends after {rows} rows without a trailer: it is incomplete"
        )))
    }

    fn store(&mut self) -> Result<()> {
        let put = Put {
            table: self.reached.table,
            rows: &self.batch.rows,
            merge: self.options.merge,
            note: None,
        };
        if put.rows.is_empty() {
            return Ok(());
        }
        let rows = put.rows.len() as u64;
        let stored = self
            .to
            .put_rows(&put, self.control)
            .map_err(|e| e.within(put.table.name()))?;
        let counts = self.restored.rows.entry(put.table).or_default();
        *counts = (counts.0 + rows, counts.1 + stored);
        self.batch.clear();
        self.reached.rows += rows;
        (self.progress)(self.reached);
        self.control.check()
    }

    /// Compares the rows that were read with the trailer.
    fn check_trailer(&self, trailer: &Trailer) -> Result<()> {
        for digest in &self.digests {
            let name = digest.table().name();
            let end = trailer.end.iter().find(|end| end.table == name);
            let is_right = match end {
                Some(end) => end.rows == digest.rows() && end.sha256 == digest.hex(),
                None => digest.rows() == 0,
            };
            if !is_right {
                return Err(Error::invalid(format!(
                    "the dump is damaged: its rows of {name} differ from the hash in its trailer"
                )));
            }
        }
        Ok(())
    }

    /// Reads the store and compares it with the dump.
    fn compare(&mut self, trailer: &Trailer) -> Result<()> {
        let (reached, progress, different) = (
            &mut self.reached,
            &mut self.progress,
            &mut self.restored.different,
        );
        *reached = Progress {
            phase: Phase::Verify,
            rows: 0,
            total: reached.rows,
            ..*reached
        };
        self.to.snapshot(self.control, &mut |snapshot| {
            for end in &trailer.end {
                let Some(table) = Table::from_name(&end.table) else {
                    continue;
                };
                reached.table = table;
                let found = digest_of(snapshot, table, &mut |rows| {
                    reached.rows += rows;
                    progress(*reached);
                    self.control.check()
                })?;
                if found.hex() != end.sha256 {
                    different.push(table);
                }
            }
            Ok(())
        })
    }
}

fn read_row(line: &[u8]) -> Result<(Table, RawRow)> {
    let bad = |text: String| Error::invalid(text);
    let mut object: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(line).map_err(|e| bad(e.to_string()))?;
    let name = object.remove("table").unwrap_or_default();
    let name = name.as_str().unwrap_or_default();
    let table = Table::from_name(name).ok_or_else(|| bad(format!("unknown table {name:?}")))?;
    let mut row = Vec::with_capacity(table.columns().len());
    for column in table.columns() {
        let cell = match object.remove(column.name) {
            None | Some(serde_json::Value::Null) => Cell::Null,
            Some(value) => read_cell(column.kind, value)
                .ok_or_else(|| bad(format!("{}: expected {:?}", column.name, column.kind)))?,
        };
        row.push(cell);
    }
    if let Some(unknown) = object.keys().next() {
        return Err(bad(format!("{name} has no column {unknown:?}")));
    }
    Ok((table, row))
}

fn read_cell(kind: Type, value: serde_json::Value) -> Option<Cell> {
    use serde_json::Value as Json;
    match (kind, value) {
        (Type::Int, Json::Number(number)) => number.as_i64().map(Cell::Int),
        (Type::Float, Json::Number(number)) => number.as_f64().map(Cell::Float),
        (Type::Float, Json::Object(spelled)) => match spelled.get("$float")?.as_str()? {
            "inf" => Some(Cell::Float(f64::INFINITY)),
            "-inf" => Some(Cell::Float(f64::NEG_INFINITY)),
            "nan" => Some(Cell::Float(f64::NAN)),
            _ => None,
        },
        (Type::Text, Json::String(text)) => Some(Cell::Text(text)),
        (Type::Blob, Json::String(text)) => STANDARD.decode(text).ok().map(Cell::Blob),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transfer::dump::write_row;

    #[test]
    fn rows_round_trip() {
        let row: RawRow = vec![
            Cell::Text("k\u{0}\u{202e}\"".into()),
            Cell::Text(String::new()),
            Cell::Null,
            Cell::Int(i64::MIN),
            Cell::Int(i64::MAX),
            Cell::Null,
            Cell::Null,
            Cell::Null,
            Cell::Null,
            Cell::Int(1),
            Cell::Float(-0.0),
            Cell::Null,
            Cell::Blob(vec![0, 255]),
        ];
        for risk in [0.1, 1e300, -0.0, f64::INFINITY, f64::NEG_INFINITY] {
            let mut row = row.clone();
            row[10] = Cell::Float(risk);
            let mut line = Vec::new();
            write_row(Table::Alerts, &row, &mut line);
            assert_eq!(read_row(&line).unwrap(), (Table::Alerts, row));
        }
        for bad in [
            "{}",
            "[]",
            "{\"table\":\"nothing\"}",
            "{\"table\":\"events\",\"color\":1}",
            "{\"table\":\"events\",\"message\":1}",
            "{\"table\":\"events\",\"data\":\"*\"}",
            "{\"table\":\"events\",\"timestamp_ns\":1.5}",
        ] {
            assert!(read_row(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
