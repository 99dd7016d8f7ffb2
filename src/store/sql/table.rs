//! Raw rows of every table: read in the order of their keys, and stored unchanged.

use super::{Conn, Param, Row, query_int};
use crate::error::Result;
use crate::memory;
use crate::record::{Control, Edge};
use crate::store::table::{Cell, Column, Put, RawRow, Table, TableSnapshot, Type};
use crate::store::{EdgeChange, EdgeCommits};

/// All tables as the transaction of a connection sees them; the transaction must keep one state.
pub struct SqlSnapshot<'c>(pub &'c dyn Conn);

impl TableSnapshot for SqlSnapshot<'_> {
    fn count(&self, table: Table) -> Result<u64> {
        let sql = self.0.statements().tables.count(table);
        Ok(query_int(self.0, sql, &[])?.max(0) as u64)
    }

    fn scan(&self, table: Table, each: &mut dyn FnMut(RawRow) -> Result<()>) -> Result<()> {
        let sql = self.0.statements().tables.scan(table);
        self.0.query(sql, &[], &mut |row| {
            each(read_row(table, row)?)?;
            Ok(true)
        })
    }
}

fn read_row(table: Table, row: &dyn Row) -> Result<RawRow> {
    let mut cells = Vec::with_capacity(table.columns().len());
    for (position, column) in table.columns().iter().enumerate() {
        let cell = match column.kind {
            Type::Int => row.int(position).map(|cell| cell.map(Cell::Int)),
            Type::Float => row.float(position).map(|cell| cell.map(Cell::Float)),
            Type::Text => text(row, position).map(|cell| cell.map(Cell::Text)),
            Type::Blob => row
                .blob(position)
                .and_then(|cell| cell.map(memory::copy).transpose())
                .map(|cell| cell.map(Cell::Blob)),
        };
        let cell = cell.map_err(|e| {
            let key = &cells[..position.min(table.key_length())];
            e.within(format!("{} {key:?}, {}", table.name(), column.name))
        })?;
        cells.push(cell.unwrap_or_default());
    }
    Ok(cells)
}

/// Reads a text. In SQLite another program may have stored invalid UTF-8.
fn text(row: &dyn Row, column: usize) -> Result<Option<String>> {
    match row.text(column) {
        Ok(text) => text.map(memory::copy_text).transpose(),
        Err(_) => {
            let bytes = row.blob(column)?;
            Ok(bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned()))
        }
    }
}

/// Returns the parameters for a row.
pub fn params<'r>(table: Table, row: &'r RawRow) -> Vec<Param<'r>> {
    let bind = |(column, cell): (&Column, &'r Cell)| match cell {
        Cell::Null => Param::Null(column.kind),
        Cell::Int(number) => Param::Int(*number),
        Cell::Float(number) => Param::Float(*number),
        Cell::Text(text) => Param::Text(text),
        Cell::Blob(bytes) => Param::Blob(bytes),
    };
    table.columns().iter().zip(row).map(bind).collect()
}

/// Runs the transaction that stores rows, and notifies the observer of edges if they are edges.
pub fn told<T>(
    commits: &EdgeCommits,
    put: &Put<'_>,
    control: &Control,
    transaction: impl FnOnce() -> Result<T>,
) -> Result<T> {
    if put.table != Table::Edges {
        return transaction();
    }
    let edge = |row: &RawRow| {
        let text = |position: usize| row[position].text().unwrap_or_default().to_owned();
        let int = |position: usize| row[position].int().unwrap_or_default();
        Edge {
            source_id: text(0),
            target_id: text(1),
            rel_type: text(2),
            first_seen: int(3),
            last_seen: int(4),
            event_count: int(5),
        }
    };
    let edges: Vec<Edge> = put.rows.iter().map(edge).collect();
    commits.commit_alone(control, transaction, |_, observer| {
        observer.committed(EdgeChange::Merged(&edges));
    })
}

/// Stores the note of the stored rows; requires their transaction.
pub fn put_note(conn: &dyn Conn, put: &Put<'_>, stored: u64) -> Result<()> {
    let Some(note) = put.note else { return Ok(()) };
    let statements = &conn.statements().tables;
    let (name, detail) = note(stored);
    conn.execute(&statements.create_notes, &[])?;
    conn.execute(
        &statements.put_note,
        &[name.as_str().into(), detail.as_str().into()],
    )
    .map(|_| ())
}

/// Returns the notes; the table must exist.
pub fn notes(conn: &dyn Conn) -> Result<Vec<(String, String)>> {
    let mut notes = Vec::new();
    conn.query(&conn.statements().tables.notes, &[], &mut |row| {
        notes.push((row.string(0)?, row.string(1)?));
        Ok(true)
    })?;
    Ok(notes)
}
