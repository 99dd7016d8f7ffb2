//! Checks that our tables are plain tables: a view or a generated column of another program could make a statement endless, or a value
//! immense.

use super::conn::SqliteConn;
use super::error::error;
use crate::error::{Error, ErrorKind, Result};

/// Our tables and Seerflow's, including those of the text index.
const TABLES: &str = "'alert_feedback_events', 'alert_tactics', 'alert_techniques', 'alerts', 'dead_letters', 'entity_events', \
    'event_counts', 'event_ranges', 'event_tallies', 'events', 'events_fts_config', 'events_fts_content', 'events_fts_data', \
    'events_fts_docsize', 'events_fts_idx', 'graph_edges', 'libseerflow_migrations', 'libseerflow_transfer', 'model_state', \
    'schema_version', 'sigma_rule_state', 'templates'";

/// The generated column that adoption adds.
const OURS: &str = "entity_events.event_ts";

/// Refuses a database in which one of these tables is a view or a virtual table, or has a generated column of another program. Reads only
/// the schema.
///
/// # Errors
/// [`Schema`](ErrorKind::Schema) naming the table or the column.
pub fn check(conn: &SqliteConn) -> Result<()> {
    // A plain table has a root page. `hidden` is 2 or 3 for a generated column.
    let sql = format!(
        "SELECT m.name, m.type = 'table' AND m.rootpage > 0, lower(m.name || '.' || c.name)
         FROM sqlite_master AS m
         LEFT JOIN pragma_table_xinfo(m.name) AS c ON m.type = 'table' AND m.rootpage > 0 AND c.hidden > 1
         WHERE m.type IN ('table', 'view') AND lower(m.name) IN ({TABLES})
         UNION ALL
         SELECT name, sql LIKE 'CREATE VIRTUAL TABLE %USING fts5%', NULL
         FROM sqlite_master
         WHERE type IN ('table', 'view') AND lower(name) = 'events_fts'"
    );
    let mut statement = conn.raw.prepare(&sql).map_err(error)?;
    let mut rows = statement.query([]).map_err(error)?;
    while let Some(row) = rows.next().map_err(error)? {
        let name: String = row.get(0).map_err(error)?;
        let is_table: bool = row.get(1).map_err(error)?;
        let column: Option<String> = row.get(2).map_err(error)?;
        if !is_table {
            return Err(refused(format!("{name} is a view, or a table of another kind")));
        }
        if let Some(column) = column.filter(|column| column != OURS) {
            return Err(refused(format!("{column} is a generated column")));
        }
    }
    Ok(())
}

fn refused(what: String) -> Error {
    Error::new(
        ErrorKind::Schema,
        format!("{what}: neither Seerflow nor libseerflow made it"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::conn::{Bounds, Role};
    use super::super::locks;
    use super::*;

    fn checked(schema: &str) -> Result<()> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seerflow.db");
        // SQLite's system calls must not be replaced while the connection below is in use.
        locks::prepare().unwrap();
        rusqlite::Connection::open(&path)
            .unwrap()
            .execute_batch(schema)
            .unwrap();
        let bounds = Bounds {
            row: i32::MAX,
            cache: 1 << 20,
        };
        check(&SqliteConn::open(&path, Role::Reader, bounds).unwrap())
    }

    #[test]
    fn ordinary_tables_and_our_own_column_are_taken() {
        let schema = "CREATE TABLE entity_events (
                timestamp_ns INTEGER, event_ts INTEGER GENERATED ALWAYS AS (timestamp_ns) VIRTUAL);
            CREATE TABLE events (message TEXT);
            CREATE VIRTUAL TABLE events_fts USING fts5 (message, content='events');
            CREATE VIEW of_others AS SELECT 1;
            CREATE TABLE of_another (a, b AS (a));";
        checked(schema).unwrap();
    }

    #[test]
    fn every_table_of_the_migrations_is_checked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seerflow.db");
        locks::prepare().unwrap();
        let raw = rusqlite::Connection::open(&path).unwrap();
        for migration in crate::store::migrate::SQLITE {
            raw.execute_batch(migration.script).unwrap();
        }
        let unchecked = format!(
            "SELECT group_concat(name) FROM sqlite_master
             WHERE type = 'table' AND name NOT IN ({TABLES}, 'events_fts', 'sqlite_sequence')"
        );
        let unchecked: Option<String> = raw.query_row(&unchecked, [], |row| row.get(0)).unwrap();
        assert_eq!(unchecked, None);
    }

    #[test]
    fn views_virtual_tables_and_generated_columns_are_refused() {
        for (schema, what) in [
            ("CREATE VIEW Events AS SELECT 1 AS ingest_seq", "Events is a view"),
            (
                "CREATE VIRTUAL TABLE alerts USING fts5 (data)",
                "alerts is a view",
            ),
            (
                "CREATE VIEW events_fts AS SELECT 1 AS rowid",
                "events_fts is a view",
            ),
            ("CREATE TABLE events_fts (message TEXT)", "events_fts is a view"),
            (
                "CREATE TABLE Events (a, DATA AS (zeroblob(a)))",
                "events.data is a generated column",
            ),
            (
                "CREATE TABLE model_state (a, data AS (zeroblob(a)) STORED)",
                "model_state.data is a generated column",
            ),
        ] {
            let error = checked(schema).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Schema, "{schema}");
            assert!(error.to_string().starts_with(what), "{error}");
        }
    }
}
