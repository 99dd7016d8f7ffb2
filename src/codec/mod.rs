//! Bytes to records and back. Each format is a file or a folder of its own; what they feed is a [`Batch`].

pub mod alert;
mod batch;
pub mod fluent;
pub mod frames;
#[cfg(test)]
mod hostile;
pub mod json;
pub mod lines;
mod model;
pub mod msgpack;
pub mod otlp;
pub mod records;
mod scan;
mod share;
mod text;
mod time;

pub use batch::{Batch, BatchBuilder, Derive, EdgeRow, EntityRow, Limits, Rejected, Row, Span, StatedEdge};
pub use model::TIME_UNPARSED;
pub use share::OMITTED;
pub(crate) use text::NotUtf8;
pub use text::{RAW_PREFIX, raw_bytes};

use crate::error::{Error, ErrorKind, Result};

/// Values nested deeper than this are an error, in every format.
pub const MAX_DEPTH: usize = 64;

/// The end of a request, of a message and of a group is waited for until so many bytes are there. Those that are there
/// whole may be larger.
const AWAITED: usize = 64 << 20;

/// Refuses a part of the input that is longer than an event may be, before it is read.
pub(crate) fn bounded(what: &str, length: usize, longest: usize) -> Result<()> {
    if length <= longest {
        return Ok(());
    }
    let reason = format!("the {what} has {length} bytes, the bound is {longest}");
    Err(Error::new(ErrorKind::Limit, reason))
}
