//! Raw rows of every table: read in the order of their keys, stored as they are.

use super::{Conn, Dialect, Param, Row, Sql, query_int};
use crate::error::Result;
use crate::memory;
use crate::record::{Control, Edge};
use crate::store::table::{Cell, Column, Put, RawRow, SEQ, Table, TableSnapshot, Type};
use crate::store::{EdgeChange, EdgeCommits};

/// The statements that exist for each table, in one dialect.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // each statement's file says what it is
pub struct TableStatements {
    scan: Vec<Sql>,
    count: Vec<Sql>,
    put: Vec<Sql>,
    merge: Vec<Sql>,
    pub create_notes: Sql,
    pub put_note: Sql,
    pub notes: Sql,
    pub drop_notes: Sql,
}

/// The files of this module's statements.
#[cfg(test)]
pub(super) const FILES: &[&str] = &[
    "scan_table.sql",
    "scan_junction.sql",
    "count_table.sql",
    "put_templates.sql",
    "put_events.sql",
    "put_entity_events.sql",
    "put_alerts.sql",
    "put_alert_tactics.sql",
    "put_alert_techniques.sql",
    "put_feedback.sql",
    "merge_feedback.sql",
    "put_models.sql",
    "put_sigma_rules.sql",
    "put_edges.sql",
    "put_dead_letters.sql",
    "merge_dead_letters.sql",
    "create_notes.sql",
    "put_note.sql",
    "notes.sql",
    "drop_notes.sql",
];

impl TableStatements {
    /// Loads the statements of a dialect. Marks are filled in from [`Table::columns`]: `{table}`, `{columns}`, `{key}` (its
    /// order), `{names}`, `{overriding}`, and `{rows}`, the rows to store, which are called `r` and have `{values}`.
    pub fn load(dialect: &Dialect) -> Self {
        let fill = |table: Table, text: &str| dialect.load(&filled(dialect, table, text));
        let all = |text: fn(Table) -> &'static str| {
            Table::ALL
                .into_iter()
                .map(|table| fill(table, text(table)))
                .collect()
        };
        Self {
            scan: all(scan_text),
            count: all(|_| include_str!("queries/count_table.sql")),
            put: all(put_text),
            merge: all(merge_text),
            create_notes: dialect.load(include_str!("queries/create_notes.sql")),
            put_note: dialect.load(include_str!("queries/put_note.sql")),
            notes: dialect.load(include_str!("queries/notes.sql")),
            drop_notes: dialect.load(include_str!("queries/drop_notes.sql")),
        }
    }

    pub(super) fn for_each(&mut self, change: &mut dyn FnMut(&mut Sql)) {
        let lists = [&mut self.scan, &mut self.count, &mut self.put, &mut self.merge];
        lists.into_iter().flatten().for_each(change);
    }

    /// Returns the statement that reads a table.
    pub fn scan(&self, table: Table) -> &Sql {
        &self.scan[table as usize]
    }

    /// Returns the statement that counts a table's rows.
    pub fn count(&self, table: Table) -> &Sql {
        &self.count[table as usize]
    }

    /// Returns the statement that stores rows of a table.
    pub fn put(&self, put: &Put<'_>) -> &Sql {
        let statements = if put.merge { &self.merge } else { &self.put };
        &statements[put.table as usize]
    }
}

fn scan_text(table: Table) -> &'static str {
    match table {
        Table::AlertTactics | Table::AlertTechniques => include_str!("queries/scan_junction.sql"),
        _ => include_str!("queries/scan_table.sql"),
    }
}

fn put_text(table: Table) -> &'static str {
    match table {
        Table::Templates => include_str!("queries/put_templates.sql"),
        Table::Events => include_str!("queries/put_events.sql"),
        Table::EntityEvents => include_str!("queries/put_entity_events.sql"),
        Table::Alerts => include_str!("queries/put_alerts.sql"),
        Table::AlertTactics => include_str!("queries/put_alert_tactics.sql"),
        Table::AlertTechniques => include_str!("queries/put_alert_techniques.sql"),
        Table::Feedback => include_str!("queries/put_feedback.sql"),
        Table::Models => include_str!("queries/put_models.sql"),
        Table::SigmaRules => include_str!("queries/put_sigma_rules.sql"),
        Table::Edges => include_str!("queries/put_edges.sql"),
        Table::DeadLetters => include_str!("queries/put_dead_letters.sql"),
    }
}

fn merge_text(table: Table) -> &'static str {
    match table {
        Table::Feedback => include_str!("queries/merge_feedback.sql"),
        Table::DeadLetters => include_str!("queries/merge_dead_letters.sql"),
        table => put_text(table),
    }
}

fn filled(dialect: &Dialect, table: Table, text: &str) -> String {
    let list = |each: &dyn Fn(&Column) -> String| {
        let parts: Vec<String> = table.columns().iter().map(each).collect();
        parts.join(", ")
    };
    // The number of arrival may be an expression; to be stored, it has a column.
    let read = |column: &Column| match column.name {
        SEQ => dialect.seq.to_owned(),
        name => format!("t.{name}"),
    };
    let written = |column: &Column| match column.name {
        SEQ if dialect.parameter == '?' => dialect.seq.to_owned(),
        name => name.to_owned(),
    };
    let key: Vec<String> = table.columns()[..table.key_length()]
        .iter()
        .map(|column| match column.kind {
            Type::Text => format!("t.{}{{binary}}", column.name),
            _ => read(column),
        })
        .collect();
    text.replace("{table}", table.name())
        .replace("{columns}", &list(&read))
        .replace("{key}", &key.join(", "))
        .replace("{names}", &list(&written))
        .replace("{overriding}", dialect.overriding)
        .replace("{values}", &list(&|column| format!("r.{}", column.name)))
        .replace("{rows}", &(dialect.rows)(table.columns()))
}

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

/// Reads a text; one that another program stored in SQLite may be no UTF-8.
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

/// Runs the transaction that puts rows into a table, and tells who follows the edges if they are edges.
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

/// Keeps the note of rows that were stored; to be called in their transaction.
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

/// Returns the notes; the table must be there.
pub fn notes(conn: &dyn Conn) -> Result<Vec<(String, String)>> {
    let mut notes = Vec::new();
    conn.query(&conn.statements().tables.notes, &[], &mut |row| {
        notes.push((row.string(0)?, row.string(1)?));
        Ok(true)
    })?;
    Ok(notes)
}
