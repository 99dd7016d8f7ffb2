//! The statements that read and store whole rows, one for each table.

use super::{Dialect, Sql};
use crate::store::table::{Column, Put, SEQ, Table, Type};

/// The statements of each table, in one dialect.
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
pub const FILES: &[&str] = &[
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
    /// Loads the statements of a dialect. Marks are replaced by [`Table::columns`]: `{table}`, `{columns}`, `{key}` (its order),
    /// `{names}`, `{overriding}`, and `{rows}`, the relation `r` of the rows to store with its `{values}`.
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
    // For reading, the arrival number may be an expression; for storing, it is a column.
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
