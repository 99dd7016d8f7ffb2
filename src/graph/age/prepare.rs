//! What must be there before edges are written: the extension, the graph, a table and its indexes for each relation.

use std::collections::HashSet;

use super::{AgeGraph, get, labels};
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::record::Control;
use crate::store::postgres::{self, PgConn, Pool};

/// What every transaction begins with.
///
/// Whatever is looked up is looked up in an index. The planner knows the tables as they were when somebody last analysed them: it was seen
/// to read all vertices for each batch, and all edges for each vertex of a graph around a hub.
const SETTINGS: &str = r#"
SET LOCAL search_path = ag_catalog, "$user", public;
SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;
SET LOCAL max_parallel_workers_per_gather = 0;
"#;

/// For a question about the whole graph, or about one without these indexes.
pub const WHOLE: &str =
    "SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on";

/// One writer at a time makes tables: this is its lock.
const LOCK: i64 = 0x5EE2_F10A_6E00;

/// Makes the pool that the configuration asks for.
pub fn pool(config: &Config) -> Result<Pool> {
    postgres::pool(config, SETTINGS)
}

/// Answers an error where the extension is neither made nor can be.
pub fn check_extension(conn: &PgConn) -> Result<()> {
    let state = conn.ask(
        "SELECT CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'age') THEN 'made' \
         WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = 'age') THEN 'not installed' \
         WHEN (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN 'can be made' ELSE 'not made' END",
    )?;
    match state.as_deref() {
        Some("not installed") => Err(not_installed()),
        Some("not made") => Err(may_not_create("make the extension age")),
        _ => Ok(()),
    }
}

fn not_installed() -> Error {
    Error::new(
        ErrorKind::Unsupported,
        "the server has no extension age. Ask whoever runs it to install Apache AGE for its version of PostgreSQL \
         (Debian: postgresql-17-age; some providers list it among their extensions) and to run CREATE EXTENSION age in the database",
    )
}

fn may_not_create(what: &str) -> Error {
    Error::new(
        ErrorKind::Permission,
        format!(
            "the role may not {what}. Ask a superuser of the database for: CREATE EXTENSION age; \
             GRANT USAGE ON SCHEMA ag_catalog TO the_role; GRANT SELECT, INSERT, UPDATE, DELETE ON ag_catalog.ag_graph, \
             ag_catalog.ag_label TO the_role; GRANT CREATE ON DATABASE the_database TO the_role"
        ),
    )
}

fn made_twice() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "another program has made an entity or an edge of the graph more than once, which cannot be kept unique. Remove what is too many, \
         or have all made anew from the table of edges: seerflow graph migrate --from igraph --to postgres_age --wipe-destination",
    )
}

impl AgeGraph {
    /// Returns the labels of edges that are there.
    pub(super) fn labels(&self, conn: &PgConn) -> Result<HashSet<String>> {
        let rows = conn.rows(include_str!("queries/labels.sql"), &[&self.graph])?;
        rows.iter().map(|row| get(row, 0)).collect()
    }

    /// Makes what is missing for these relations.
    pub(super) fn prepare<'r>(
        &self,
        rel_types: impl Iterator<Item = &'r str>,
        control: &Control,
    ) -> Result<()> {
        let mut wanted: Vec<_> = rel_types.map(labels::label).collect();
        {
            let known = self.known.lock();
            wanted.retain(|label| !known.graph || !known.labels.contains(&**label));
        }
        if wanted.is_empty() {
            return Ok(());
        }
        self.ensure_extension(control)?;
        let made = self.transaction("BEGIN", control, |conn| {
            conn.rows("SELECT pg_catalog.pg_advisory_xact_lock($1)", &[&LOCK])?;
            self.ensure_vertices(conn)?;
            let there = self.labels(conn)?;
            for label in &wanted {
                if !there.contains(&**label) {
                    conn.rows(
                        "SELECT ag_catalog.create_elabel($1::text::name, $2::text::name)",
                        &[&self.graph, &&**label],
                    )?;
                }
                conn.batch(&self.sql_of(
                    &format!(
                        "CREATE UNIQUE INDEX IF NOT EXISTS \"{label}_ends_idx\" ON {{graph}}.{{label}} (start_id, end_id);\
                         CREATE INDEX IF NOT EXISTS \"{label}_end_idx\" ON {{graph}}.{{label}} (end_id)"
                    ),
                    label,
                ))?;
            }
            Ok(())
        });
        match made {
            Err(error) if error.kind() == ErrorKind::Permission => {
                return Err(may_not_create("make the graph's tables").with_source(error));
            }
            Err(error) if postgres::is_unique_violation(&error) => {
                return Err(made_twice().with_source(error));
            }
            made => made?,
        }
        let mut known = self.known.lock();
        known.graph = true;
        known.indexes = true;
        known
            .labels
            .extend(wanted.into_iter().map(|label| label.into_owned()));
        Ok(())
    }

    fn ensure_vertices(&self, conn: &PgConn) -> Result<()> {
        let there = conn.rows(
            "SELECT 1 FROM ag_catalog.ag_graph WHERE name::text = $1::text",
            &[&self.graph],
        )?;
        if there.is_empty() {
            conn.rows("SELECT ag_catalog.create_graph($1::text::name)", &[&self.graph])?;
        }
        let there = conn.rows(include_str!("queries/graph_is_there.sql"), &[&self.graph])?;
        if !there.first().is_some_and(|row| row.get(0)) {
            conn.rows(
                "SELECT ag_catalog.create_vlabel($1::text::name, $2::text::name)",
                &[&self.graph, &labels::VERTICES],
            )?;
        }
        conn.batch(&self.sql(include_str!("queries/create_vertices.sql")))
    }

    fn ensure_extension(&self, control: &Control) -> Result<()> {
        let there = self.transaction("BEGIN", control, |conn| {
            Ok(!conn
                .list("SELECT 1 FROM pg_catalog.pg_extension WHERE extname = 'age'")?
                .is_empty())
        })?;
        if there {
            return Ok(());
        }
        match self.transaction("BEGIN READ ONLY", control, check_extension) {
            // Some providers let roles make it that are no superusers.
            Err(error) if error.kind() == ErrorKind::Permission => {}
            checked => checked?,
        }
        match self.transaction("BEGIN", control, |conn| {
            // IF NOT EXISTS does not look again when another one makes it at the same time.
            conn.rows("SELECT pg_catalog.pg_advisory_xact_lock($1)", &[&LOCK])?;
            conn.batch("CREATE EXTENSION IF NOT EXISTS age")
        }) {
            Err(error) if error.kind() == ErrorKind::Permission => {
                Err(may_not_create("make the extension age").with_source(error))
            }
            // The settings of a connection that was there before name a schema that was not.
            made => made,
        }
    }
}
