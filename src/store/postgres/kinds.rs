//! Checks that our tables are plain tables: a view, a rule or a generated column of another program could make a statement endless, or a
//! value immense.

use super::conn::PgConn;
use crate::error::{Error, ErrorKind, Result};
use crate::store::sql::absent;

/// The generated columns that we or Seerflow make.
const GENERATED: &str = "'entity_events.event_ts', 'events.message_fts'";

/// Refuses a database in which one of our tables is of another kind, has a rule, or has a generated column of another program. Reads only
/// the catalog.
///
/// # Errors
/// [`Schema`](ErrorKind::Schema) naming the table or the column.
pub fn check(conn: &PgConn) -> Result<()> {
    let names: Vec<String> = absent::tables()
        .map(|(name, _)| name)
        .chain(["libseerflow_migrations", "libseerflow_transfer", "schema_version"])
        .map(|name| format!("'{name}'"))
        .collect();
    let sql = format!(
        "SELECT c.relname || CASE
             WHEN c.relkind NOT IN ('r', 'p') THEN ' is a view, or a table of another kind'
             WHEN c.relhasrules THEN ' has a rule'
             ELSE '.' || a.attname || ' is a generated column' END
         FROM pg_class AS c
         LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attgenerated <> '' AND NOT a.attisdropped
             AND c.relname || '.' || a.attname NOT IN ({GENERATED})
         WHERE c.relname IN ({}) AND pg_table_is_visible(c.oid)
             AND (c.relkind NOT IN ('r', 'p') OR c.relhasrules OR a.attname IS NOT NULL)
         LIMIT 1",
        names.join(", ")
    );
    match conn.ask(&sql)? {
        None => Ok(()),
        Some(found) => Err(Error::new(
            ErrorKind::Schema,
            format!("{found}: neither Seerflow nor libseerflow made it"),
        )),
    }
}
