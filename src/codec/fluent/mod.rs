//! Fluent Forward: the msgpack that Fluent Bit and Fluentd hand to their outputs and send to each other.
//!
//! | input | what it is |
//! |---|---|
//! | `[time, map]` | a record; the time is seconds, or an EventTime with nanoseconds |
//! | `[[time, metadata], map]` | the same since Fluent Bit 2.1 |
//! | `[[-1, metadata], map]` ... `[[-2, metadata], map]` | a group: the records between share a resource and a scope |
//! | `map` | a record without a time |
//! | `[tag, time, map, options]` | Message mode |
//! | `[tag, [[time, map], ...], options]` | Forward mode |
//! | `[tag, bytes, options]` | PackedForward and CompressedPackedForward (gzip, zstd) mode; the bytes are records |
//!
//! A record is read as a foreign JSON object is: its usual keys fill the event, the rest are attributes. One whose metadata
//! has `otlp` is a log record of OpenTelemetry. The tag is `source_type` and the attribute `fluent.tag`; other metadata is
//! the attribute `fluent.metadata`. A message's tag, and a group's resource and scope, stand in as many records as
//! [`share`](super::share) allows.

mod pieces;
mod record;
#[cfg(test)]
mod tests;

pub use pieces::{Piece, Pieces, Sink};

use super::lines::LineOptions;

/// `source_type` of records that have neither tag nor service name, unless the caller names one.
pub const SOURCE_TYPE: &str = "fluent";

/// What one compressed message may unpack to, in bytes.
const UNPACKED: u64 = 64 << 20;

/// How records are read.
#[derive(Clone, Copy, Debug)]
pub struct FluentOptions<'a> {
    /// How the records are read. Its `source_type` stands for that of records without a tag.
    pub records: &'a LineOptions,
    /// The most bytes that a record may have.
    pub longest: usize,
}
