//! Events as CSV: one column for each of [`Field::ALL`], in that order, named as the field.
//!
//! Text is written as is, anything else as JSON in the spelling of the NDJSON codec. For `trace_id` and `span_id` an empty cell
//! means that the field is absent, and `""` is an empty text: a JSON text whose quotes are part of the cell. All other columns are
//! always filled, with defaults if necessary; an empty list or map is an empty cell.

use std::borrow::Cow;
use std::io::Write as _;

use crate::codec::{json, msgpack};
use crate::error::Result;
use crate::record::{Field, FieldRef, Value};

/// Appends the header line.
pub fn write_header(out: &mut Vec<u8>) {
    for (position, field) in Field::ALL.iter().enumerate() {
        if position > 0 {
            out.push(b',');
        }
        out.extend_from_slice(field.name().as_bytes());
    }
    out.push(b'\n');
}

/// Returns a text as a cell that spreadsheets do not take for a formula: an apostrophe goes before its first character, which displays
/// nothing there.
pub fn without_formula(text: &str) -> Cow<'_, str> {
    const BEGINNINGS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    if text.starts_with(BEGINNINGS) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Appends the row of a stored event. `is_safe` applies [`without_formula`] to texts.
pub fn write_row(blob: &[u8], is_safe: bool, out: &mut Vec<u8>) -> Result<()> {
    let event = msgpack::decode_event(blob)?;
    let mut cell = Vec::new();
    for (position, &field) in Field::ALL.iter().enumerate() {
        if position > 0 {
            out.push(b',');
        }
        cell.clear();
        match event.get(field) {
            FieldRef::Str(text) | FieldRef::OptStr(Some(text)) if is_safe => {
                cell.extend_from_slice(without_formula(text).as_bytes());
            }
            value => write_cell(value, &mut cell),
        }
        write_quoted(&cell, out);
    }
    out.push(b'\n');
    Ok(())
}

fn write_cell(value: FieldRef<'_, '_>, cell: &mut Vec<u8>) {
    match value {
        FieldRef::Str(text) => cell.extend_from_slice(text.as_bytes()),
        FieldRef::OptStr(Some(text)) if text.is_empty() || text.starts_with('"') => {
            json::write_value(&Value::from(text), cell);
        }
        FieldRef::OptStr(Some(text)) => cell.extend_from_slice(text.as_bytes()),
        FieldRef::Time(Some(number)) | FieldRef::Int(number) => {
            // Writing to a Vec cannot fail.
            let _ = write!(cell, "{number}");
        }
        FieldRef::Id(Some(id)) => {
            let _ = write!(cell, "{id}");
        }
        FieldRef::Float(number) => json::write_value(&Value::Float(number), cell),
        FieldRef::Body(Some(value)) => json::write_value(value, cell),
        FieldRef::List(items) if !items.is_empty() => {
            json::write_value(&Value::Array(items.iter().map(|item| text(item)).collect()), cell);
        }
        FieldRef::StrMap(pairs) if !pairs.is_empty() => {
            json::write_value(
                &Value::Map(
                    pairs
                        .iter()
                        .map(|(key, value)| (text(key), text(value)))
                        .collect(),
                ),
                cell,
            );
        }
        FieldRef::Attributes(pairs) if !pairs.is_empty() => {
            let pairs = pairs.iter().map(|(key, value)| (text(key), value.clone()));
            json::write_value(&Value::Map(pairs.collect()), cell);
        }
        FieldRef::List(_) | FieldRef::StrMap(_) | FieldRef::Attributes(_) => {}
        FieldRef::Id(None) | FieldRef::Time(None) | FieldRef::OptStr(None) | FieldRef::Body(None) => {}
    }
}

fn text(text: &str) -> Value<'_> {
    Value::Str(Cow::Borrowed(text))
}

/// Appends a cell, quoted if RFC 4180 requires it.
pub fn write_quoted(cell: &[u8], out: &mut Vec<u8>) {
    if !cell
        .iter()
        .any(|byte| matches!(byte, b',' | b'"' | b'\r' | b'\n'))
    {
        return out.extend_from_slice(cell);
    }
    out.push(b'"');
    for &byte in cell {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}

#[cfg(feature = "cli")]
pub use read::ToNdjson;

#[cfg(feature = "cli")]
mod read {
    use std::io::{self, Read};

    use ::csv::{ByteRecord, Error, ErrorKind, Reader, ReaderBuilder};

    use crate::error::{self, Result};
    use crate::record::{Field, FieldKind};
    use crate::transfer::outcome::BadRecord;

    /// The most bytes of CSV per byte of a stored event: those of its JSON, with quotes doubled.
    const LONGEST_SPELLING: usize = 12;

    /// Bytes to read at once; they may include the next rows.
    const BUFFER: usize = 64 << 10;

    /// Bytes of NDJSON to produce at once.
    const CHUNK: usize = 1 << 20;

    /// Converts CSV to NDJSON, one line per row, for the one decoder that checks all input. The header and a row that does not fit the
    /// header become blank lines, which keeps line numbers equal to row numbers.
    pub struct ToNdjson<R: Read> {
        rows: Reader<Bounded<R>>,
        row: ByteRecord,
        columns: Vec<Column>,
        ready: Vec<u8>,
        taken: usize,
        number: u64,
        longest_row: usize,
        /// Number of rows with more or fewer cells than the header.
        pub malformed: u64,
        /// The first such row.
        pub first_bad: Vec<BadRecord>,
    }

    /// A column: its key as JSON with the colon, and how its cells are read.
    struct Column(Vec<u8>, Cell);

    #[derive(Clone, Copy, PartialEq)]
    enum Cell {
        /// Text; an empty cell is an empty text.
        Text,
        /// Optional text: absent if empty, JSON if it starts with a quote.
        OptionalText,
        /// JSON; the field's default if empty.
        Json,
        /// A number or the text of a time; the current time if empty.
        Time,
        /// Text of a column that is not a field; ignored if empty.
        Unknown,
    }

    impl<R: Read> ToNdjson<R> {
        /// Reads the header. `max_event_bytes` bounds the size of a row.
        ///
        /// # Errors
        /// [`Invalid`](error::ErrorKind::Invalid) if no column is a field of events, because the file is some other table.
        /// [`Limit`](error::ErrorKind::Limit) if the header is longer than the longest row allowed.
        pub fn new(input: R, max_event_bytes: usize) -> Result<Self> {
            let longest_row = LONGEST_SPELLING * max_event_bytes + BUFFER;
            let input = Bounded {
                input,
                left: longest_row,
            };
            let mut rows = ReaderBuilder::new().buffer_capacity(BUFFER).from_reader(input);
            let header = rows
                .byte_headers()
                .map_err(|e| error::Error::from(input_error(e, 1)))?;
            let columns: Vec<Column> = header.iter().map(Column::named).collect();
            if !header.is_empty() && columns.iter().all(|Column(_, cell)| *cell == Cell::Unknown) {
                return Err(error::Error::invalid(
                    "not a CSV of events: no column of the header is a field of events, such as message",
                ));
            }
            let (row, first_bad) = (ByteRecord::new(), Vec::new());
            Ok(Self {
                rows,
                row,
                columns,
                ready: vec![b'\n'],
                taken: 0,
                number: 1,
                longest_row,
                malformed: 0,
                first_bad,
            })
        }

        /// Converts the next row; returns false at the end.
        fn convert(&mut self) -> io::Result<bool> {
            self.ready.clear();
            self.taken = 0;
            while self.ready.len() < CHUNK {
                self.number += 1;
                self.rows.get_mut().left = self.longest_row;
                match self.rows.read_byte_record(&mut self.row) {
                    Ok(false) => break,
                    Ok(true) => write_object(&self.columns, &self.row, &mut self.ready),
                    Err(error) if matches!(error.kind(), ErrorKind::UnequalLengths { .. }) => {
                        self.skip_row(&error)
                    }
                    Err(error) => return Err(input_error(error, self.number)),
                }
                self.ready.push(b'\n');
            }
            Ok(!self.ready.is_empty())
        }

        fn skip_row(&mut self, error: &Error) {
            self.malformed += 1;
            if let ErrorKind::UnequalLengths {
                expected_len, len, ..
            } = error.kind()
                && self.first_bad.len() < 10
            {
                let reason = format!("the row has {len} cells, the header {expected_len}");
                self.first_bad.push(BadRecord {
                    place: self.number,
                    reason,
                });
            }
        }
    }

    impl<R: Read> Read for ToNdjson<R> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.taken == self.ready.len() && !self.convert()? {
                return Ok(0);
            }
            let length = buffer.len().min(self.ready.len() - self.taken);
            buffer[..length].copy_from_slice(&self.ready[self.taken..self.taken + length]);
            self.taken += length;
            Ok(length)
        }
    }

    /// A reader that fails if more than `left` bytes are read before the next row begins.
    struct Bounded<R> {
        input: R,
        left: usize,
    }

    impl<R: Read> Read for Bounded<R> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.left == 0 {
                return Err(io::ErrorKind::OutOfMemory.into());
            }
            let length = buffer.len().min(self.left);
            let read = self.input.read(&mut buffer[..length])?;
            self.left -= read;
            Ok(read)
        }
    }

    fn input_error(error: Error, row: u64) -> io::Error {
        match error.into_kind() {
            ErrorKind::Io(error) if error.kind() == io::ErrorKind::OutOfMemory => {
                let text =
                    format!("row {row} is longer than the largest event allows (storage.max_event_bytes)");
                io::Error::new(io::ErrorKind::OutOfMemory, text)
            }
            ErrorKind::Io(error) => error,
            other => io::Error::new(io::ErrorKind::InvalidData, format!("not CSV: {other:?}")),
        }
    }

    impl Column {
        fn named(name: &[u8]) -> Self {
            let mut key = Vec::new();
            write_text(name, &mut key);
            key.push(b':');
            let field = std::str::from_utf8(name).ok().and_then(Field::from_name);
            let cell = match field.map(Field::kind) {
                None => Cell::Unknown,
                // An absent id is an empty cell, which does not parse as a UUID.
                Some(FieldKind::OptStr | FieldKind::Id) => Cell::OptionalText,
                Some(FieldKind::Str) => Cell::Text,
                Some(FieldKind::Time) => Cell::Time,
                Some(_) => Cell::Json,
            };
            Self(key, cell)
        }
    }

    fn write_object(columns: &[Column], row: &ByteRecord, out: &mut Vec<u8>) {
        out.push(b'{');
        let mut separator: &[u8] = b"";
        for (Column(key, kind), cell) in columns.iter().zip(row) {
            if cell.is_empty() && *kind != Cell::Text {
                continue;
            }
            out.extend_from_slice(separator);
            out.extend_from_slice(key);
            let is_json = match kind {
                Cell::Json => true,
                Cell::Time => cell.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-'),
                Cell::OptionalText => cell[0] == b'"',
                Cell::Text | Cell::Unknown => false,
            };
            if is_json {
                // A line end is white space in JSON, but would end the NDJSON record.
                out.extend(
                    cell.iter()
                        .map(|&byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }),
                );
            } else {
                write_text(cell, out);
            }
            separator = b",";
        }
        out.push(b'}');
    }

    /// Appends bytes as JSON text. Invalid UTF-8 is copied; the decoder handles it.
    fn write_text(bytes: &[u8], out: &mut Vec<u8>) {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        out.push(b'"');
        for &byte in bytes {
            match byte {
                b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
                0..=0x1f => {
                    let [high, low] = [byte >> 4, byte & 15].map(|digit| HEX[usize::from(digit)]);
                    out.extend_from_slice(&[b'\\', b'u', b'0', b'0', high, low]);
                }
                _ => out.push(byte),
            }
        }
        out.push(b'"');
    }
}
