//! Reports and options of a store's calls.

use crate::record::Edge;

/// The result of one commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommitReport {
    /// For each batch, the number of its events whose event_id was stored already.
    pub duplicates: Vec<u64>,
    /// Number of new events.
    pub events: u64,
    /// Events that violated a constraint of the database; stored as dead letters.
    pub refused: Vec<Refused>,
    /// The edges that were added, stated ones and those of new events: one for each source, target and relation.
    pub edges: Vec<Edge>,
    /// Size of the write-ahead log after the commit, in bytes; 0 if the back end has no such file.
    pub wal_bytes: u64,
}

/// An event that violated a constraint of the database, for example one that another program added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// The position of its batch in the commit.
    pub batch: usize,
    /// The position of its row in the batch.
    pub row: usize,
    /// The database's message.
    pub reason: String,
}

/// The events that a prune removes. With both bounds, events go that either of them names. The event that arrived last may stay,
/// because its arrival number must not be given out again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PruneOptions {
    /// Removes events and dead letters before this time.
    pub before_ns: Option<i64>,
    /// Removes the oldest events until the database takes no more than this, in bytes. In a SQLite file dead letters are removed
    /// first, so that they do not push events out.
    pub max_bytes: Option<u64>,
}

/// The result of a prune.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PruneReport {
    /// Events removed.
    pub events: u64,
    /// Dead letters removed.
    pub dead_letters: u64,
    /// Size of the database before, in bytes.
    pub bytes_before: u64,
    /// Size of the database after, in bytes.
    pub bytes_after: u64,
}

/// The contents of a store, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreSummary {
    /// The path of the file, or the address of the server without a password.
    pub location: String,
    /// Seerflow's schema version.
    pub schema_version: i64,
    /// The number of the last migration that was applied.
    pub migration: i64,
    /// Whether Seerflow created the tables.
    pub made_by_seerflow: bool,
    /// Number of events.
    pub events: u64,
    /// Number of dead letters.
    pub dead_letters: u64,
    /// Number of templates.
    pub templates: u64,
    /// Time of the oldest event.
    pub oldest_ns: Option<i64>,
    /// Time of the newest event.
    pub newest_ns: Option<i64>,
    /// The arrival number up to which events are summed up.
    pub watermark: i64,
    /// The largest arrival number.
    pub last_seq: i64,
    /// Size of the database, in bytes.
    pub bytes: u64,
    /// Bytes of the database that are free for new rows.
    pub free_bytes: u64,
    /// Size of the write-ahead log, in bytes.
    pub wal_bytes: u64,
}
