//! Tables row by row and column by column, for moves and dumps.
//!
//! Data that is derived from rows (text index, ranges, counts) is not a table here: it is derived again when rows are stored.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::columns;
pub use super::columns::{Column, SEQ, Type};
use crate::error::Result;
use crate::record::Control;

/// A table of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // the variants are the tables' names
pub enum Table {
    Templates,
    Events,
    EntityEvents,
    Alerts,
    AlertTactics,
    AlertTechniques,
    Feedback,
    Models,
    SigmaRules,
    Edges,
    DeadLetters,
}

impl Table {
    /// Every table, each after those that its rows refer to.
    pub const ALL: [Table; 11] = [
        Table::Templates,
        Table::Events,
        Table::EntityEvents,
        Table::Alerts,
        Table::AlertTactics,
        Table::AlertTechniques,
        Table::Feedback,
        Table::Models,
        Table::SigmaRules,
        Table::Edges,
        Table::DeadLetters,
    ];

    /// Returns the table's name in every database.
    pub fn name(self) -> &'static str {
        match self {
            Table::Templates => "templates",
            Table::Events => "events",
            Table::EntityEvents => "entity_events",
            Table::Alerts => "alerts",
            Table::AlertTactics => "alert_tactics",
            Table::AlertTechniques => "alert_techniques",
            Table::Feedback => "alert_feedback_events",
            Table::Models => "model_state",
            Table::SigmaRules => "sigma_rule_state",
            Table::Edges => "graph_edges",
            Table::DeadLetters => "dead_letters",
        }
    }

    /// Finds a table by its name.
    pub fn from_name(name: &str) -> Option<Self> {
        Table::ALL.into_iter().find(|table| table.name() == name)
    }

    /// Returns the columns in the order of a [`RawRow`]'s cells. The first [`Table::key_length`] are the key.
    pub fn columns(self) -> &'static [Column] {
        match self {
            Table::Templates => columns::TEMPLATES,
            Table::Events => columns::EVENTS,
            Table::EntityEvents => columns::ENTITY_EVENTS,
            Table::Alerts => columns::ALERTS,
            Table::AlertTactics => columns::ALERT_TACTICS,
            Table::AlertTechniques => columns::ALERT_TECHNIQUES,
            Table::Feedback => columns::FEEDBACK,
            Table::Models => columns::MODELS,
            Table::SigmaRules => columns::SIGMA_RULES,
            Table::Edges => columns::EDGES,
            Table::DeadLetters => columns::DEAD_LETTERS,
        }
    }

    /// Returns the number of columns, from the first on, that identify a row and give the rows their order.
    pub fn key_length(self) -> usize {
        match self {
            Table::EntityEvents | Table::Edges => 3,
            Table::AlertTactics | Table::AlertTechniques => 2,
            _ => 1,
        }
    }
}

/// A row's value in one column.
#[derive(Clone, Debug, Default, PartialEq, PartialOrd)]
#[allow(missing_docs)] // the variants are SQL's own types
pub enum Cell {
    #[default]
    Null,
    Int(i64),
    Float(f64),
    Text(String),
    Blob(Vec<u8>),
}

impl Cell {
    /// Returns the integer, or `None` if the cell has another type.
    pub fn int(&self) -> Option<i64> {
        match self {
            Cell::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// Returns the text, or `None` if the cell has another type.
    pub fn text(&self) -> Option<&str> {
        match self {
            Cell::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the bytes, or `None` if the cell has another type.
    pub fn blob(&self) -> Option<&[u8]> {
        match self {
            Cell::Blob(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Returns the approximate memory of the cell, in bytes.
    pub fn bytes(&self) -> usize {
        let inside = match self {
            Cell::Text(text) => text.len(),
            Cell::Blob(bytes) => bytes.len(),
            _ => 0,
        };
        inside + size_of::<Cell>()
    }
}

/// A row of a table, a cell for each of [`Table::columns`].
pub type RawRow = Vec<Cell>;

/// Compares the keys of two rows of a table: integers by value, texts by their bytes.
pub fn compare_keys(table: Table, a: &[Cell], b: &[Cell]) -> Ordering {
    let length = table.key_length();
    a.iter()
        .take(length)
        .partial_cmp(b.iter().take(length))
        .unwrap_or(Ordering::Equal)
}

/// The largest gap between the arrival numbers of two consecutive events. After a larger one events are renumbered, because ranges are
/// closed over gaps too.
pub(super) const WIDEST_GAP: i64 = 1 << 24;

/// Larger arrival numbers are replaced, so that numbers do not run out.
pub(super) const LARGEST_KEPT: i64 = i64::MAX / 2;

/// The longest source and, in tables that Seerflow created, message in a column of PostgreSQL, in bytes. The blob holds all of it.
pub(super) const SOURCE_BYTES: usize = 2_000;
pub(super) const TRIGGER_BYTES: usize = 200_000;

/// Replaces a character that a database cannot store in text.
const REPLACEMENT: &str = "\u{fffd}";

/// Returns a text that every back end can store: PostgreSQL's texts contain no NUL.
pub fn clean(text: &str) -> Cow<'_, str> {
    if memchr::memchr(0, text.as_bytes()).is_none() {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.replace('\0', REPLACEMENT))
    }
}

/// Makes name and value of a note from the number of stored rows.
pub type Note<'n> = &'n dyn Fn(u64) -> (String, String);

/// Returns a text as every back end can store it in a column: without NUL, and truncated if the blob holds all of it.
pub fn portable<'t>(table: Table, column: &Column, text: &'t str) -> Cow<'t, str> {
    let most = match (table, column.name) {
        (Table::Events, "source_type") => SOURCE_BYTES,
        (Table::Events, "message") => TRIGGER_BYTES,
        _ => usize::MAX,
    };
    clean(cut(text, most))
}

/// Returns the beginning of a text, at most this many bytes.
pub fn cut(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    let mut end = bytes;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Rows that are stored in one transaction.
#[derive(Clone, Copy)]
pub struct Put<'p> {
    /// The table.
    pub table: Table,
    /// Its rows.
    pub rows: &'p [RawRow],
    /// The rows may come from another store: ids that the table assigns are assigned again, and of two rows with the same key the newer
    /// one is kept.
    pub merge: bool,
    /// A note that the same transaction stores; see [`TableStore::notes`].
    pub note: Option<Note<'p>>,
}

/// All tables in one unchanging state.
pub trait TableSnapshot {
    /// Counts a table's rows.
    fn count(&self, table: Table) -> Result<u64>;

    /// Passes every row of a table to `each`, in the order of its key; see [`Table::columns`]. Leaves out tactics and techniques
    /// of alerts that do not exist.
    ///
    /// # Errors
    /// [`Database`](crate::ErrorKind::Database) naming the row if a column holds a value of another type.
    fn scan(&self, table: Table, each: &mut dyn FnMut(RawRow) -> Result<()>) -> Result<()>;
}

/// Whole tables, for a move of a store or a copy of it in a file.
pub trait TableStore: Send + Sync {
    /// Runs `work` on one unchanging state of all tables.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is no database; [`Schema`](crate::ErrorKind::Schema) if the library cannot read
    /// it.
    fn snapshot(
        &self,
        control: &Control,
        work: &mut dyn FnMut(&dyn TableSnapshot) -> Result<()>,
    ) -> Result<()>;

    /// Stores rows and a note in one transaction; returns the number of rows that are new or replaced an older one. Events keep their
    /// arrival numbers if these are larger than all earlier ones; otherwise they are renumbered in their order.
    fn put_rows(&self, put: &Put<'_>, control: &Control) -> Result<u64>;

    /// Derives the remaining data after the last rows.
    fn finish_rows(&self, control: &Control) -> Result<()>;

    /// Returns the notes of an unfinished move, by name.
    fn notes(&self, control: &Control) -> Result<Vec<(String, String)>>;

    /// Deletes all notes.
    fn forget_notes(&self, control: &Control) -> Result<()>;

    /// Returns whether texts may contain NUL. If not, the caller passes [`clean`] texts.
    fn holds_nul(&self) -> bool;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_compared_by_value_and_by_bytes() {
        let row = |entity: &str, time: i64| {
            vec![Cell::Text(entity.into()), Cell::Int(time), Cell::Text("x".into())]
        };
        let compare = |a: &[Cell], b: &[Cell]| compare_keys(Table::EntityEvents, a, b);
        assert_eq!(compare(&row("a", 10), &row("a", 9)), Ordering::Greater);
        assert_eq!(compare(&row("Z", 10), &row("a", 9)), Ordering::Less);
        assert_eq!(compare(&row("é", 1), &row("z", 1)), Ordering::Greater);
        assert_eq!(compare(&row("a", 1), &row("a", 1)), Ordering::Equal);
    }

    #[test]
    fn names_lead_back() {
        for table in Table::ALL {
            assert_eq!(Table::from_name(table.name()), Some(table));
            assert!(table.key_length() <= table.columns().len());
        }
        assert_eq!(Table::from_name("sqlite_master"), None);
        assert_eq!(clean("a\0b"), "a\u{fffd}b");
    }
}
