//! Fluent Forward: the msgpack that Fluent Bit and Fluentd send to each other and to their outputs.
//!
//! | input | meaning |
//! |---|---|
//! | `[time, map]` | a record; the time is seconds, or an EventTime with nanoseconds |
//! | `[[time, metadata], map]` | a record of Fluent Bit 2.1 or later |
//! | `[[-1, metadata], map]` ... `[[-2, metadata], map]` | a group: the records between share a resource and a scope |
//! | `map` | a record without a time |
//! | `[tag, time, map, options]` | Message mode |
//! | `[tag, [[time, map], ...], options]` | Forward mode |
//! | `[tag, bytes, options]` | PackedForward and CompressedPackedForward (gzip, zstd) mode; the bytes are records |
//!
//! A record is decoded like a foreign JSON object: its usual keys fill the event, and the others become
//! attributes. If a record's metadata has the key `otlp`, it is an OpenTelemetry log record. The tag becomes
//! `source_type` and the attribute `fluent.tag`. Other metadata becomes the attribute `fluent.metadata`.
//! [`share`](super::share) limits how many records get a copy of their message's tag, and of their group's
//! resource and scope.

mod opentelemetry;
mod parts;
mod pieces;
mod record;
#[cfg(test)]
mod tests;

pub use pieces::{Piece, Pieces};

use super::lines::LineOptions;

/// The `source_type` of records that have neither tag nor service name, unless the caller sets one.
pub const SOURCE_TYPE: &str = "fluent";

/// The largest uncompressed size of one compressed message, in bytes.
const UNPACKED: u64 = 64 << 20;

/// The options for reading records.
#[derive(Clone, Copy, Debug)]
pub struct FluentOptions<'a> {
    /// The options for the records' content. Its `source_type` applies to records without a tag.
    pub records: &'a LineOptions,
    /// The longest permitted record, in bytes.
    pub longest: usize,
}
