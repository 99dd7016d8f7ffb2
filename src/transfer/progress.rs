//! Options, progress and reports of moves; dumps and restores report the same progress.

use std::collections::BTreeMap;

use crate::store::table::Table;

/// The options of a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MoveOptions {
    /// The most rows of one transaction.
    pub batch_rows: usize,
    /// Continue an interrupted move, if there is one. A finished move is only verified.
    pub resume: bool,
    /// Accept a destination that already has rows.
    pub merge: bool,
    /// Read everything, write nothing.
    pub dry_run: bool,
}

impl Default for MoveOptions {
    fn default() -> Self {
        Self {
            batch_rows: 10_000,
            resume: false,
            merge: false,
            dry_run: false,
        }
    }
}

/// The result of moving one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableReport {
    /// The table.
    pub table: Table,
    /// Rows read from the source.
    pub rows: u64,
    /// Rows stored: new in the destination, or newer than the row that was there.
    pub stored: u64,
    /// Bytes of the rows read, in memory.
    pub bytes: u64,
    /// Texts whose NUL characters were replaced by U+FFFD because the destination cannot hold them. An event's blob keeps them.
    pub cleaned: u64,
    /// Rows skipped because no query can return them: tactics and techniques of alerts that do not exist.
    pub unreachable: u64,
    /// The hash of the source's rows; see [`Digest`].
    pub sha256: String,
    /// The difference found in the destination; `None` if they are equal or were not compared.
    pub difference: Option<String>,
}

/// The result of a move.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MoveReport {
    /// The result of each table.
    pub tables: Vec<TableReport>,
    /// True if an interrupted move was continued.
    pub resumed: bool,
    /// True if the destination was compared with the source and is equal.
    pub verified: bool,
    /// Change in the source's number of rows during the move, by table. New rows are not in the destination.
    pub source_changes: BTreeMap<Table, i64>,
}

/// The progress of a move, dump or restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The current phase.
    pub phase: Phase,
    /// The current table.
    pub table: Table,
    /// Rows read in this phase, over all tables.
    pub rows: u64,
    /// Rows to read in this phase, over all tables.
    pub total: u64,
}

/// The phase of a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Rows are copied.
    Copy,
    /// The destination is read and compared.
    Verify,
}
