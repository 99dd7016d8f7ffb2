//! Creates the objects that edges need before they are written: the extension, the graph, a table and its indexes for each relation.

use super::labels;
use super::session::{Session, check_extension, may_not_create};
use crate::error::{Error, ErrorKind, Result};
use crate::record::Control;
use crate::store::postgres::{self, PgConn};

/// The advisory lock of the writer that creates tables.
const LOCK: i64 = 0x5EE2_F10A_6E00;

fn made_twice() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "another program has made an entity or an edge of the graph more than once, which cannot be kept unique. Remove what is too many, \
         or have all made anew from the table of edges: seerflow graph migrate --from igraph --to postgres_age --wipe-destination",
    )
}

impl Session {
    /// Creates the missing objects for these relations.
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
            // Some providers let roles create it that are not superusers.
            Err(error) if error.kind() == ErrorKind::Permission => {}
            checked => checked?,
        }
        match self.transaction("BEGIN", control, |conn| {
            // IF NOT EXISTS fails if another session creates the extension at the same time.
            conn.rows("SELECT pg_catalog.pg_advisory_xact_lock($1)", &[&LOCK])?;
            conn.batch("CREATE EXTENSION IF NOT EXISTS age")
        }) {
            Err(error) if error.kind() == ErrorKind::Permission => {
                Err(may_not_create("make the extension age").with_source(error))
            }
            // Connections that are older than the extension have a search path with a schema that did not exist.
            made => made,
        }
    }
}
