//! Bytes to records and back. Each format is one file; what they feed is a [`Batch`].

pub mod alert;
mod batch;
pub mod fluent;
pub mod frames;
pub mod json;
pub mod lines;
pub mod msgpack;
pub mod otlp;
pub mod records;
mod text;

pub use batch::{Batch, BatchBuilder, Derive, EdgeRow, EntityRow, Limits, Rejected, Row, Span};
pub(crate) use text::accept_text;
pub use text::{RAW_PREFIX, raw_bytes};

/// Values nested deeper than this are an error, in every format.
pub const MAX_DEPTH: usize = 64;
