//! Export of events to a file.

use std::io::{self, Write};

use super::format::Format;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Control, Cursor, EventQuery, Order, Total};

/// The most events of one page of an export.
const PAGE: u32 = 10_000;

/// The size of the first page, which is small because the size of the events is unknown.
const FIRST_PAGE: u32 = 500;

/// Later pages are sized to hold about this many bytes.
const PAGE_BYTES: u64 = 16 << 20;

/// The progress of an export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Events written.
    pub events: u64,
    /// Bytes written.
    pub bytes: u64,
    /// Stored events that could not be decoded and were skipped.
    pub unreadable: u64,
    /// Cursor for a later export: after the last event written. `None` before the first.
    pub cursor: Option<Cursor>,
}

/// Writes all matching events in arrival order, including events that arrive during the export.
///
/// The query's order, limit and total are ignored; its cursor continues an earlier export. `progress` is called after each page is
/// written and flushed; its last value tells how far a failed export came. `header` says whether to write [`Format::begin`].
///
/// # Errors
/// Those of [`Engine::query_events`], and [`Unsupported`](ErrorKind::Unsupported) of [`Format::encode`]. A write error has the
/// [`io::Error`] as its source.
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

/// Wraps an error of writing the output.
pub(super) fn cannot_write(error: io::Error) -> Error {
    let kind = Error::from(io::Error::from(error.kind())).kind();
    Error::new(kind, "cannot write the output").with_source(error)
}
