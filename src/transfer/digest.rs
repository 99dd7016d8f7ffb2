//! A hash of a table's rows that is the same in every back end.

use sha2::{Digest as _, Sha256};

use crate::store::table::{Cell, RawRow, SEQ, Table, portable};

/// The SHA-256 of a table's rows in key order.
///
/// A row is hashed cell by cell: a byte for the type, followed, unless the cell is NULL, by the value. Numbers are eight bytes,
/// big-endian; texts and bytes are preceded by their length. Texts are hashed as every back end can store them: NUL characters as
/// U+FFFD, an event's source up to 2,000 bytes and its message up to 200,000, because its blob is hashed completely. The arrival
/// number of an event is not hashed; its position is.
#[derive(Clone, Debug)]
pub struct Digest {
    table: Table,
    hash: Sha256,
    rows: u64,
}

impl Digest {
    /// Starts with no rows.
    pub fn new(table: Table) -> Self {
        let hash = Sha256::new();
        Self { table, hash, rows: 0 }
    }

    /// Adds the next row.
    pub fn add(&mut self, row: &RawRow) {
        self.rows += 1;
        for (column, cell) in self.table.columns().iter().zip(row) {
            if column.name == SEQ {
                continue;
            }
            match cell {
                Cell::Null => self.hash.update([0]),
                Cell::Int(number) => self.number(1, number.to_be_bytes()),
                Cell::Float(number) => self.number(2, number.to_bits().to_be_bytes()),
                Cell::Text(text) => self.bytes(3, portable(self.table, column, text).as_bytes()),
                Cell::Blob(bytes) => self.bytes(4, bytes),
            }
        }
    }

    fn number(&mut self, kind: u8, bytes: [u8; 8]) {
        self.hash.update([kind]);
        self.hash.update(bytes);
    }

    fn bytes(&mut self, kind: u8, bytes: &[u8]) {
        self.number(kind, (bytes.len() as u64).to_be_bytes());
        self.hash.update(bytes);
    }

    /// Returns the table that is hashed.
    pub fn table(&self) -> Table {
        self.table
    }

    /// Returns the number of rows added.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns the hash, in hex.
    pub fn hex(&self) -> String {
        let hash = self.hash.clone().finalize();
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(rows: &[RawRow]) -> String {
        let mut digest = Digest::new(Table::Events);
        rows.iter().for_each(|row| digest.add(row));
        assert_eq!(digest.rows(), rows.len() as u64);
        digest.hex()
    }

    fn row(seq: i64, message: &str) -> RawRow {
        let mut row = vec![Cell::Null; Table::Events.columns().len()];
        row[0] = Cell::Int(seq);
        row[8] = Cell::Text(message.into());
        row
    }

    #[test]
    fn digest_covers_cells_and_order_but_not_arrival_numbers() {
        let one = digest(&[row(1, "a"), row(2, "b")]);
        assert_eq!(digest(&[row(7, "a"), row(9, "b")]), one);
        assert_ne!(digest(&[row(1, "b"), row(2, "a")]), one);
        assert_ne!(digest(&[row(1, "a")]), one);
        assert_eq!(digest(&[row(1, "a\0")]), digest(&[row(1, "a\u{fffd}")]));
        // Bytes that move from one cell to the next change the digest.
        let mut moved = row(1, "");
        moved[9] = Cell::Text("a".into());
        assert_ne!(digest(&[moved]), digest(&[row(1, "a")]));
        let mut null = row(1, "");
        null[8] = Cell::Null;
        assert_ne!(digest(&[null]), digest(&[row(1, "")]));
    }
}
