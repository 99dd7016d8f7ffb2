//! Decoders and encoders between bytes and records. Each format has its own file or folder.
//!
//! Decoded records are collected in a [`Batch`].

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
mod unpack;

pub use batch::{Batch, BatchBuilder, Derive, EdgeRow, EntityRow, Limits, Rejected, Row, Span, StatedEdge};
pub use model::TIME_UNPARSED;
pub(crate) use model::{Bundle, complete_input, list_of_records, prepare};
pub use share::OMITTED;
pub(crate) use text::NotUtf8;
pub use text::{RAW_PREFIX, raw_bytes};

use crate::error::{Error, ErrorKind, Result};
use crate::record::Event;

/// The deepest nesting of a value that any format accepts; a deeper value is an error.
pub const MAX_DEPTH: usize = 64;

/// The most bytes of an incomplete request, message or group that wait for more input.
///
/// A complete one may be larger.
const AWAITED: usize = 64 << 20;

/// A function that receives each record: its event, or the reason it is invalid, and its bytes.
///
/// An event is large, and a call may use little stack: it stays in the decoder's frame.
pub type Sink<'s> = dyn FnMut(&mut Result<Event<'_>>, &[u8]) -> Result<()> + 's;

/// Returns an error if a part of the input exceeds the event size limit, before that part is read.
pub(crate) fn bounded(what: &str, length: usize, longest: usize) -> Result<()> {
    if length <= longest {
        return Ok(());
    }
    let reason = format!("the {what} has {length} bytes, the bound is {longest}");
    Err(Error::new(ErrorKind::Limit, reason))
}

/// A record's event, or the reason it is invalid, and the record's bytes.
#[cfg(test)]
type Found = (Result<Event<'static>>, Vec<u8>);

/// Collects the records that a decoder passes on.
#[cfg(test)]
fn collect(decode: impl FnOnce(&mut Sink<'_>) -> Result<()>) -> Vec<Found> {
    let mut found = Vec::new();
    decode(&mut |event, bytes| {
        let event = std::mem::replace(event, Err(Error::invalid("taken")));
        found.push((event.map(Event::into_owned), bytes.to_vec()));
        Ok(())
    })
    .unwrap();
    found
}
