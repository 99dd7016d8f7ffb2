//! Events and alerts in bulk: a stream of any length into an engine, and all that an engine has out to a file; and whole stores, moved
//! ([`move_storage`]) or through a file ([`dump`], [`restore`]).
//!
//! What [`export`] writes comes back through [`Feed`] as it was, ids and order included: repeating an import stores nothing
//! twice. NDJSON is the codec's own; CSV has one column a field (see `transfer/csv.rs`) and is as complete.

mod alerts;
mod csv;
mod digest;
mod dump;
mod feed;
mod notes;
mod restore;
mod rows;
mod storage;

use std::io::{self, Write};

pub use alerts::{ALERTS_START, export_alerts, import_alerts};
pub use digest::Digest;
pub use dump::{DUMP_START, Dumped, dump};
pub use feed::{BadRecord, Fed, Feed, FeedOptions};
pub use restore::{RestoreOptions, Restored, restore};
pub use storage::{MoveOptions, MoveReport, Phase, Progress, TableReport, move_storage};

use crate::codec::json;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Control, Cursor, EventQuery, Order, Total};

/// The most events that an export asks for at once.
const PAGE: u32 = 10_000;

/// The first page is small, since nothing is known of the size of its events yet.
const FIRST_PAGE: u32 = 500;

/// About as many bytes of events are held at once.
const PAGE_BYTES: u64 = 16 << 20;

/// What a stream of events looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Log lines. Only read, since a line holds little of an event.
    Lines,
    /// One JSON object a line.
    Ndjson,
    /// msgpack maps one after the other; read, also one array of them.
    Msgpack,
    /// A header line with the names of fields, and one row an event. Read with the feature `cli` only.
    Csv,
    /// One request of OpenTelemetry logs, as protobuf. Only read.
    Otlp,
    /// Requests of OpenTelemetry logs as JSON, one after the other. Only read.
    OtlpJson,
    /// Records and messages of Fluent Forward. Only read.
    Fluent,
}

impl Format {
    /// Returns the format's name in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Format::Lines => "lines",
            Format::Ndjson => "ndjson",
            Format::Msgpack => "msgpack",
            Format::Csv => "csv",
            Format::Otlp => "otlp",
            Format::OtlpJson => "otlp-json",
            Format::Fluent => "fluent",
        }
    }

    /// Tells a format from the end of a file's name; that of a compression may follow it.
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let plain = [".gz", ".zst", ".xz"]
            .iter()
            .find_map(|end| name.strip_suffix(end))
            .unwrap_or(&name);
        match plain.rsplit_once('.')?.1 {
            "ndjson" | "jsonl" | "json" => Some(Format::Ndjson),
            "msgpack" => Some(Format::Msgpack),
            "csv" => Some(Format::Csv),
            _ => None,
        }
    }

    /// Guesses a format from how a stream begins: a brace is NDJSON, a msgpack map or array is msgpack, the rest is lines.
    pub fn of_bytes(start: &[u8]) -> Self {
        let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
        match start.trim_ascii_start().first() {
            Some(b'{') => Format::Ndjson,
            // None of these bytes can begin a line of UTF-8.
            Some(0x80..=0x9f | 0xdc..=0xdf) => Format::Msgpack,
            _ => Format::Lines,
        }
    }

    /// Appends what stands before the first event, if anything does.
    pub fn begin(self, out: &mut Vec<u8>) {
        if self == Format::Csv {
            csv::write_header(out);
        }
    }

    /// Appends one stored event.
    ///
    /// # Errors
    /// [`Invalid`](ErrorKind::Invalid) and [`Limit`](ErrorKind::Limit) for a blob that cannot be read, with nothing appended;
    /// [`Unsupported`](ErrorKind::Unsupported) for lines.
    pub fn encode(self, blob: &[u8], out: &mut Vec<u8>) -> Result<()> {
        match self {
            Format::Lines | Format::Otlp | Format::OtlpJson | Format::Fluent => Err(Error::new(
                ErrorKind::Unsupported,
                format!("events cannot be written as {}", self.name()),
            )),
            Format::Msgpack => {
                out.extend_from_slice(blob);
                Ok(())
            }
            Format::Csv => csv::write_row(blob, out),
            Format::Ndjson => {
                json::encode_blob(blob, out)?;
                out.push(b'\n');
                Ok(())
            }
        }
    }
}

/// How far an export came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Events written.
    pub events: u64,
    /// Bytes written.
    pub bytes: u64,
    /// Stored events that could not be read and were left out.
    pub unreadable: u64,
    /// Where a later export goes on: behind the last event that is written. `None` while there is none.
    pub cursor: Option<Cursor>,
}

/// Writes all events that match, in their order of arrival, until there are no more; events that arrive meanwhile included.
///
/// The query's order, limit and total do not matter; with its cursor, the export goes on where another one ended. `progress`
/// is called after each page is written and flushed, and tells what an export that failed later had achieved.
/// `header` says whether [`Format::begin`] is wanted.
///
/// # Errors
/// Those of [`Engine::query_events`] and [`Format::encode`]'s `Unsupported`. One of writing has the [`io::Error`] as source.
pub fn export(
    engine: &Engine,
    query: &EventQuery,
    (format, header): (Format, bool),
    out: &mut dyn Write,
    control: &Control,
    progress: &mut dyn FnMut(&Exported),
) -> Result<Exported> {
    let mut done = Exported {
        cursor: query.cursor,
        ..Exported::default()
    };
    let mut query = EventQuery {
        order: Order::Arrival,
        total: Total::None,
        limit: FIRST_PAGE,
        ..query.clone()
    };
    let mut buffer = Vec::new();
    if header {
        format.begin(&mut buffer);
    }
    loop {
        let page = engine.query_events(&query, control)?;
        let mut reached = done;
        for blob in page.blobs() {
            match format.encode(blob, &mut buffer) {
                Ok(()) => reached.events += 1,
                Err(error) if error.kind() == ErrorKind::Unsupported => return Err(error),
                Err(_) => reached.unreadable += 1,
            }
        }
        reached.bytes += buffer.len() as u64;
        out.write_all(&buffer)
            .and_then(|()| out.flush())
            .map_err(cannot_write)?;
        buffer.clear();
        reached.cursor = page.last.or(reached.cursor);
        done = reached;
        progress(&done);
        if page.next.is_none() {
            return Ok(done);
        }
        query.cursor = page.next;
        let size = page.data().len() as u64 / (page.len() as u64).max(1);
        query.limit = u32::try_from(PAGE_BYTES / size.max(1))
            .unwrap_or(PAGE)
            .clamp(1, PAGE);
    }
}

fn cannot_write(error: io::Error) -> Error {
    let kind = Error::from(io::Error::from(error.kind())).kind();
    Error::new(kind, "cannot write").with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_name_and_by_their_first_bytes() {
        for (name, format) in [
            ("a.ndjson", Some(Format::Ndjson)),
            ("a.b.JSONL.gz", Some(Format::Ndjson)),
            ("a.json.xz", Some(Format::Ndjson)),
            ("a.msgpack.zst", Some(Format::Msgpack)),
            ("a.csv", Some(Format::Csv)),
            ("a.log.gz", None),
            ("json", None),
        ] {
            assert_eq!(Format::of_name(name), format, "{name}");
        }
        for (start, format) in [
            (&b"\n  {\"a\":1}"[..], Format::Ndjson),
            (b"\xef\xbb\xbf{", Format::Ndjson),
            (b"\x81\xa1a\x01", Format::Msgpack),
            (b"\xdc\x00\x02", Format::Msgpack),
            (b"<34>1 ", Format::Lines),
            (b"[error]", Format::Lines),
            (b"", Format::Lines),
        ] {
            assert_eq!(Format::of_bytes(start), format, "{start:?}");
        }
    }
}
