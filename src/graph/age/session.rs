//! Transactions on the server of the graph, and the objects that are known to exist there.

use std::collections::HashSet;

use parking_lot::Mutex;
use tokio_postgres::Row;

use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::record::Control;
use crate::store::postgres::{self, PgConn, PgPool};

/// The settings of every transaction: lookups use indexes.
///
/// The planner uses the statistics of the last ANALYZE. With old ones it read all vertices for each batch, and all edges for each vertex
/// of a graph around a hub.
const SETTINGS: &str = r#"
SET LOCAL search_path = ag_catalog, "$user", public;
SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;
SET LOCAL max_parallel_workers_per_gather = 0;
"#;

/// The settings for reading the whole graph, or a graph without our indexes.
pub(super) const WHOLE: &str =
    "SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on";

/// How often a transaction is repeated after a conflict with another one.
const ATTEMPTS: u32 = 10;

/// A graph and the pool of connections to its server.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) pool: PgPool,
    /// The graph's name, a schema.
    pub(super) graph: String,
    pub(super) known: Mutex<Known>,
}

/// The objects that are known to exist.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The extension, or the right to create it.
    extension: bool,
    /// The graph and its vertices.
    pub(super) graph: bool,
    /// Our indexes of the vertices. A graph that only other programs have written lacks them.
    pub(super) indexes: bool,
    /// Labels of edges.
    pub(super) labels: HashSet<String>,
}

impl Session {
    /// Takes server, pool and graph from the configuration. Nothing is opened before the first use.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) for an address that cannot work.
    pub(super) fn new(config: &Config) -> Result<Self> {
        let graph = config.value("storage.age_graph").to_owned();
        if !(3..=48).contains(&graph.len()) || crate::record::check_rel_type(&graph).is_err() {
            return Err(Error::new(
                ErrorKind::Config,
                format!("storage.age_graph: {graph:?} is not a valid name (3 to 48 of A-Z, a-z, 0-9 and _)"),
            ));
        }
        Ok(Self {
            pool: postgres::pool(config, SETTINGS)?,
            graph,
            known: Mutex::default(),
        })
    }

    /// Fills the name of the graph into a statement.
    pub(super) fn sql(&self, text: &str) -> String {
        text.replace("{graph}", &format!("\"{}\"", self.graph))
    }

    /// Fills the names of the graph and of a label into a statement.
    pub(super) fn sql_of(&self, text: &str, label: &str) -> String {
        self.sql(text).replace("{label}", &format!("\"{label}\""))
    }

    /// Runs one transaction, and repeats it after a conflict with another one.
    pub(super) fn transaction<T>(
        &self,
        begin: &str,
        control: &Control,
        mut work: impl FnMut(&PgConn) -> Result<T>,
    ) -> Result<T> {
        let mut attempt = 0;
        loop {
            let (conn, _) = self.pool.begin(control, begin)?;
            let done = conn.controlled(control, |conn| {
                let done = work(conn)?;
                conn.commit()?;
                Ok(done)
            });
            let Err(error) = done else { return done };
            conn.roll_back();
            drop(conn);
            attempt += 1;
            if error.kind() != ErrorKind::Busy || attempt == ATTEMPTS {
                // The known objects may be gone.
                *self.known.lock() = Known::default();
                return Err(error.within("Apache AGE"));
            }
            control.check()?;
        }
    }

    /// Runs a read transaction. Returns `None` if the graph does not exist but can be created.
    pub(super) fn read<T>(
        &self,
        control: &Control,
        mut work: impl FnMut(&PgConn) -> Result<T>,
    ) -> Result<Option<T>> {
        self.transaction(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            control,
            |conn| {
                if !self.look_for_graph(conn)? {
                    return Ok(None);
                }
                if !self.known.lock().indexes {
                    conn.batch(WHOLE)?;
                }
                work(conn).map(Some)
            },
        )
    }

    fn look_for_graph(&self, conn: &PgConn) -> Result<bool> {
        if !self.known.lock().graph {
            let rows = conn.rows(include_str!("queries/graph_is_there.sql"), &[&self.graph])?;
            if let Some(row) = rows.first() {
                let mut known = self.known.lock();
                known.graph = get(row, 0)?;
                known.indexes = get(row, 1)?;
            }
        }
        let (graph, extension) = {
            let known = self.known.lock();
            (known.graph, known.extension)
        };
        // A server that cannot have a graph is an error, not an empty graph.
        if !graph && !extension {
            check_extension(conn)?;
            self.known.lock().extension = true;
        }
        Ok(graph)
    }

    /// Returns the existing labels of edges.
    pub(super) fn labels(&self, conn: &PgConn) -> Result<HashSet<String>> {
        let rows = conn.rows(include_str!("queries/labels.sql"), &[&self.graph])?;
        rows.iter().map(|row| get(row, 0)).collect()
    }
}

/// Returns an error if the extension neither exists nor can be created.
pub(super) fn check_extension(conn: &PgConn) -> Result<()> {
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

pub(super) fn may_not_create(what: &str) -> Error {
    Error::new(
        ErrorKind::Permission,
        format!(
            "the role may not {what}. Ask a superuser of the database for: CREATE EXTENSION age; \
             GRANT USAGE ON SCHEMA ag_catalog TO the_role; GRANT SELECT, INSERT, UPDATE, DELETE ON ag_catalog.ag_graph, \
             ag_catalog.ag_label TO the_role; GRANT CREATE ON DATABASE the_database TO the_role"
        ),
    )
}

/// Reads a column.
pub(super) fn get<'r, T: tokio_postgres::types::FromSql<'r>>(row: &'r Row, column: usize) -> Result<T> {
    row.try_get(column)
        .map_err(|e| Error::new(ErrorKind::Database, format!("Apache AGE: {e}")))
}
