//! Bulk transfer: events and alerts between a store and files, and whole stores, moved directly ([`move_storage`]) or through a file
//! ([`dump`], [`restore`]).
//!
//! A file written by [`export`] is read by [`Feed`] without loss, ids and order included; importing it twice stores nothing
//! twice. NDJSON is that of `codec/json`; CSV has one column per field (see `transfer/csv.rs`) and is as complete.

mod alerts;
mod checkpoint;
mod csv;
mod digest;
mod dump;
mod export;
mod feed;
mod format;
mod outcome;
mod progress;
mod restore;
mod rows;
mod storage;

pub use alerts::{ALERTS_START, export_alerts, import_alerts};
pub use csv::without_formula;
pub use digest::Digest;
pub use dump::{DUMP_START, Dumped, dump};
pub use export::{Exported, export};
pub use feed::Feed;
pub use format::Format;
pub use outcome::{BadRecord, FeedCounts};
pub use progress::{MoveOptions, MoveReport, Phase, Progress, TableReport};
pub use restore::{RestoreOptions, Restored, restore};
pub use storage::move_storage;
