//! Tables that a database lacks because this library never wrote to it: statements read them as empty.

use super::Statements;
use crate::store::table::{Column, Table, Type};

const fn column(name: &'static str, kind: Type) -> Column {
    Column { name, kind }
}

/// The tables that are derived from events.
const DERIVED: [(&str, &[Column]); 3] = [
    (
        "event_ranges",
        &[
            column("first_seq", Type::Int),
            column("last_seq", Type::Int),
            column("min_ns", Type::Int),
            column("max_ns", Type::Int),
        ],
    ),
    (
        "event_counts",
        &[
            column("minute", Type::Int),
            column("source_type", Type::Text),
            column("severity_id", Type::Int),
            column("events", Type::Int),
        ],
    ),
    (
        "event_tallies",
        &[
            column("first_seq", Type::Int),
            column("last_seq", Type::Int),
            column("min_ns", Type::Int),
            column("max_ns", Type::Int),
            column("events", Type::Int),
            column("hosts", Type::Blob),
            column("templates", Type::Blob),
            column("entities", Type::Blob),
        ],
    ),
];

/// Returns all tables that statements read, with the columns that they read.
pub fn tables() -> impl Iterator<Item = (&'static str, &'static [Column])> {
    let stored = Table::ALL
        .into_iter()
        .map(|table| (table.name(), table.columns()));
    stored.chain(DERIVED)
}

impl Statements {
    /// Makes every reading statement find these tables empty.
    pub fn without(mut self, absent: &[&str]) -> Self {
        let absent: Vec<(&str, String)> = tables()
            .filter(|(name, _)| absent.contains(name))
            .map(|(name, columns)| (name, empty(name, columns)))
            .collect();
        self.for_each(&mut |sql| {
            let mentioned = absent.iter().filter(|(name, _)| mentions(sql.text(), name));
            let empty: Vec<&str> = mentioned.map(|(_, empty)| empty.as_str()).collect();
            if sql.reads() && !empty.is_empty() {
                sql.0 = format!("WITH {}\n{}", empty.join(", "), sql.0);
            }
        });
        self
    }
}

/// Returns the definition of an empty relation, which hides a table of its name.
fn empty(name: &str, columns: &[Column]) -> String {
    let cells: Vec<String> = columns
        .iter()
        .map(|column| format!("CAST(NULL AS {}) AS {}", column.kind.name(), column.name))
        .collect();
    format!("{name} AS (SELECT {} WHERE false)", cells.join(", "))
}

fn mentions(text: &str, name: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .any(|word| word == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sql::Dialect;

    #[test]
    fn a_statement_finds_an_absent_table_empty_and_others_as_they_are() {
        let statements = Statements::postgres(&Dialect::SQLITE).without(&["event_ranges"]);
        let text = statements.watermark.text();
        assert!(
            text.starts_with("WITH event_ranges AS (SELECT CAST(NULL AS bigint) AS first_seq,"),
            "{text}"
        );
        assert!(!statements.last_seq.text().starts_with("WITH"));
        assert!(!statements.close_range.text().starts_with("WITH"));
    }

    #[test]
    fn every_statement_that_reads_finds_an_absent_table_empty() {
        let whole = Statements::postgres(&Dialect::SQLITE);
        let statements = whole.clone().without(&["alerts", "events"]);
        let mut seen = 0;
        for ((name, before), (_, after)) in whole.all().into_iter().zip(statements.all()) {
            if before.reads() && (mentions(before.text(), "alerts") || mentions(before.text(), "events")) {
                assert!(after.text().starts_with("WITH "), "{name}");
                seen += 1;
            }
        }
        assert!(seen > 20, "{seen}");
    }
}
