//! Rows in transit: digests, replacement of NUL characters, batches.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::digest::Digest;
use super::progress::MoveOptions;
use crate::error::{Error, ErrorKind, Result};
use crate::record::Control;
use crate::store::Store;
use crate::store::table::{Cell, RawRow, Table, TableSnapshot, clean};

/// The most bytes of one transaction, unless a single row is larger.
const BATCH_BYTES: usize = 16 << 20;

/// Reads a table and returns its digest; `each` is called with the number of rows since the last call.
pub(super) fn digest_of(
    snapshot: &dyn TableSnapshot,
    table: Table,
    each: &mut dyn FnMut(u64) -> Result<()>,
) -> Result<Digest> {
    let mut digest = Digest::new(table);
    let mut said = 0;
    snapshot.scan(table, &mut |row| {
        digest.add(&row);
        if digest.rows() - said >= 5_000 {
            each(digest.rows() - said)?;
            said = digest.rows();
        }
        Ok(())
    })?;
    each(digest.rows() - said)?;
    Ok(digest)
}

/// Replaces NUL characters in the texts of a row; returns the number of texts changed.
pub(super) fn clean_row(row: &mut RawRow) -> u64 {
    let mut cleaned = 0;
    for cell in row {
        if let Cell::Text(text) = cell
            && let Cow::Owned(clean) = clean(text)
        {
            *text = clean;
            cleaned += 1;
        }
    }
    cleaned
}

/// Returns the number of rows of each table.
pub(super) fn count_all(snapshot: &dyn TableSnapshot) -> Result<BTreeMap<Table, u64>> {
    let count = |table: Table| Ok((table, snapshot.count(table)?));
    Table::ALL.into_iter().map(count).collect()
}

/// Refuses a destination that has rows, unless `merge` is set.
pub(super) fn refuse_non_empty(to: &dyn Store, options: &MoveOptions, control: &Control) -> Result<()> {
    if options.merge {
        return Ok(());
    }
    let mut there = Vec::new();
    to.snapshot(control, &mut |snapshot| {
        for (table, rows) in count_all(snapshot)? {
            if rows > 0 {
                there.push(format!("{} {rows}", table.name()));
            }
        }
        Ok(())
    })?;
    if there.is_empty() {
        return Ok(());
    }
    Err(conflict(format!(
        "{} is not empty ({}): merge into it, or choose an empty destination",
        to.location(),
        there.join(", ")
    )))
}

pub(super) fn conflict(text: String) -> Error {
    Error::new(ErrorKind::Conflict, text)
}

/// Rows waiting for the next transaction.
#[derive(Default)]
pub(super) struct Batch {
    /// The rows.
    pub rows: Vec<RawRow>,
    bytes: usize,
}

impl Batch {
    /// Adds a row.
    pub fn push(&mut self, row: RawRow) {
        self.bytes += row.iter().map(Cell::bytes).sum::<usize>();
        self.rows.push(row);
    }

    /// Returns true if the batch should be stored.
    pub fn is_full(&self, options: &MoveOptions) -> bool {
        self.rows.len() >= options.batch_rows || self.bytes >= BATCH_BYTES
    }

    /// Removes all rows.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.bytes = 0;
    }
}
