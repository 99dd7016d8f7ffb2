//! Rows on their way: cleaned, hashed, gathered for a transaction.

use std::borrow::Cow;

use super::digest::Digest;
use super::storage::MoveOptions;
use crate::error::Result;
use crate::store::table::{Cell, RawRow, Table, TableSnapshot, clean};

/// Bytes that one transaction takes at the most, a single row aside.
const BATCH_BYTES: usize = 16 << 20;

/// Reads a table and answers its digest; `each` is told the number of rows now and then.
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

/// Cleans the texts of a row; returns how many had to be.
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

/// Rows that are waiting for their transaction.
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

    /// Tells whether it should be stored.
    pub fn is_full(&self, options: &MoveOptions) -> bool {
        self.rows.len() >= options.batch_rows || self.bytes >= BATCH_BYTES
    }

    /// Forgets the rows.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.bytes = 0;
    }
}
