//! The entity graph in Apache AGE: vertices `Entity {name}` and one edge label per relation with the properties `first_seen`,
//! `last_seen` and `event_count`, in the graph `seerflow_graph` of the PostgreSQL that `storage.postgresql_url` names.
//!
//! AGE keeps each label in a table. Edges are written into these tables with real upserts and read from them, since AGE's Cypher
//! has neither `ON MATCH SET` nor shortest paths; Cypher sees the same graph.

mod labels;
mod prepare;
mod write;

use std::collections::HashSet;

use parking_lot::Mutex;
use tokio_postgres::Row;

use super::combine::{self, Count};
use super::walk::{self, Portions, Steps};
use super::{GraphBackend, GraphCounts, Neighbour, Subgraph, check_edges, possible};
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Control, Edge, RelatedEntity};
use crate::store::postgres::{PgConn, Pool};

/// Entities of one step of a walk; deadline and interrupt also end a step that runs.
const NAMES: usize = 20_000;
/// What of all edges is read at once.
const PORTIONS: Portions = Portions {
    page: 20_000,
    names: NAMES,
    edges: 20_000,
};
/// How often a transaction that met another one is done again.
const ATTEMPTS: u32 = 10;

/// The entity graph in Apache AGE.
#[derive(Debug)]
pub struct AgeGraph {
    pool: Pool,
    /// The graph's name, a schema.
    graph: String,
    known: Mutex<Known>,
}

/// What was seen to be there.
#[derive(Debug, Default)]
struct Known {
    /// The extension, made or to be made.
    extension: bool,
    /// The graph and its vertices.
    graph: bool,
    /// Our indexes of the vertices: a graph that only other programs have written has none.
    indexes: bool,
    /// Labels of edges.
    labels: HashSet<String>,
}

impl AgeGraph {
    /// Takes server, pool and graph from the configuration. Nothing is opened before the first use.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) for an address that cannot work.
    pub fn new(config: &Config) -> Result<Self> {
        let graph = config.value("storage.age_graph").to_owned();
        if !(3..=48).contains(&graph.len()) || crate::record::check_rel_type(&graph).is_err() {
            return Err(Error::new(
                ErrorKind::Config,
                format!(
                    "storage.age_graph: {graph:?} is no graph's name: 3 to 48 of A-Z, a-z, 0-9 and _ are"
                ),
            ));
        }
        Ok(Self {
            pool: prepare::pool(config)?,
            graph,
            known: Mutex::default(),
        })
    }

    /// Fills the marks of a statement.
    fn sql(&self, text: &str) -> String {
        text.replace("{graph}", &format!("\"{}\"", self.graph))
    }

    fn sql_of(&self, text: &str, label: &str) -> String {
        self.sql(text).replace("{label}", &format!("\"{label}\""))
    }

    /// Runs one transaction; again when it met another one.
    fn transaction<T>(
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
                // Whatever it was: what is known may be no more.
                *self.known.lock() = Known::default();
                return Err(error.within("Apache AGE"));
            }
            control.check()?;
        }
    }

    /// Reads; `None` where there is no graph yet, but can be one.
    fn read<T>(&self, control: &Control, mut work: impl FnMut(&PgConn) -> Result<T>) -> Result<Option<T>> {
        self.transaction(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            control,
            |conn| {
                if !self.look_for_graph(conn)? {
                    return Ok(None);
                }
                if !self.known.lock().indexes {
                    conn.batch(prepare::WHOLE)?;
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
        // A server that cannot have a graph has no empty one either.
        if !graph && !extension {
            prepare::check_extension(conn)?;
            self.known.lock().extension = true;
        }
        Ok(graph)
    }

    fn write(&self, edges: &[Edge], count: Count, control: &Control) -> Result<()> {
        check_edges(edges)?;
        if edges.is_empty() {
            return Ok(());
        }
        self.write_combined(&combine::combine(edges, count, control)?, count, control)
    }
}

impl GraphBackend for AgeGraph {
    fn add_edges(&self, edges: &[Edge], control: &Control) -> Result<()> {
        self.write(edges, Count::Add, control)
    }

    fn merge_edges(&self, edges: &[Edge], control: &Control) -> Result<()> {
        self.write(edges, Count::Max, control)
    }

    fn remove_edges(&self, edges: &[Edge], control: &Control) -> Result<()> {
        let groups = combine::by_relation(possible(edges));
        if self.read(control, |_| Ok(()))?.is_none() {
            return Ok(());
        }
        self.transaction("BEGIN", control, |conn| {
            let there = self.labels(conn)?;
            for (rel_type, group) in &groups {
                let label = labels::label(rel_type);
                if there.contains(&*label) {
                    let (sources, targets): (Vec<&str>, Vec<&str>) = group
                        .iter()
                        .map(|edge| (edge.source_id.as_str(), edge.target_id.as_str()))
                        .unzip();
                    let text = self.sql_of(include_str!("queries/remove_edges.sql"), &label);
                    conn.change(&text, &[&sources, &targets])?;
                }
            }
            Ok(())
        })
    }

    fn neighbours(
        &self,
        entity: &str,
        depth: u32,
        rel_types: &[String],
        control: &Control,
    ) -> Result<Vec<Neighbour>> {
        walk::neighbours(self, entity, depth, rel_types, control)
    }

    fn shortest_path(&self, from: &str, to: &str, control: &Control) -> Result<Vec<String>> {
        walk::shortest_path(self, from, to, control)
    }

    fn subgraph(&self, entity: &str, depth: u32, control: &Control) -> Result<Subgraph> {
        walk::subgraph(self, entity, depth, control)
    }

    fn related(&self, entity: &str, control: &Control) -> Result<Vec<RelatedEntity>> {
        walk::related(self, entity, control)
    }

    fn edges(&self, control: &Control, each: &mut dyn FnMut(Edge) -> Result<()>) -> Result<()> {
        let text = self.sql(include_str!("queries/sources.sql"));
        let limit = PORTIONS.page as i64;
        let mut sources = |last: &str| {
            let page = self.read(control, |conn| {
                let rows = conn.rows(&text, &[&last, &limit])?;
                rows.iter().map(|row| Ok((get(row, 0)?, get(row, 1)?))).collect()
            })?;
            Ok(page.unwrap_or_default())
        };
        walk::stream(self, PORTIONS, control, &mut sources, each)
    }

    fn counts(&self, control: &Control) -> Result<GraphCounts> {
        let text = self.sql(include_str!("queries/counts.sql"));
        let counts = self.read(control, |conn| {
            conn.batch(prepare::WHOLE)?;
            let rows = conn.rows(&text, &[])?;
            let row = rows
                .first()
                .ok_or_else(|| Error::new(ErrorKind::Database, "no counts"))?;
            let (vertices, edges): (i64, i64) = (get(row, 0)?, get(row, 1)?);
            Ok(GraphCounts {
                vertices: vertices as u64,
                edges: edges as u64,
            })
        })?;
        Ok(counts.unwrap_or_default())
    }

    fn clear(&self, control: &Control) -> Result<()> {
        if self.read(control, |_| Ok(()))?.is_none() {
            return Ok(());
        }
        // The tables of all labels inherit from these two.
        let text = self.sql("TRUNCATE {graph}._ag_label_vertex, {graph}._ag_label_edge");
        self.transaction("BEGIN", control, |conn| conn.batch(&text))
    }

    fn health(&self, control: &Control) -> Result<()> {
        self.transaction("BEGIN READ ONLY", control, prepare::check_extension)
    }

    fn location(&self) -> String {
        format!("{} graph {}", self.pool.location(), self.graph)
    }

    fn close(&self) {
        self.pool.close();
    }
}

impl Steps for AgeGraph {
    fn next(
        &self,
        from: &[&str],
        rel_types: &[String],
        control: &Control,
        each: &mut dyn FnMut(String),
    ) -> Result<()> {
        let around = include_str!("queries/around.sql").trim_end();
        for names in from.chunks(NAMES) {
            let found = self.read(control, |conn| {
                let around = if rel_types.is_empty() {
                    self.sql_of(around, "_ag_label_edge")
                } else {
                    let there = self.labels(conn)?;
                    let chosen: Vec<String> = rel_types
                        .iter()
                        .map(|rel_type| labels::label(rel_type))
                        .filter(|label| there.contains(&**label))
                        .map(|label| self.sql_of(around, &label))
                        .collect();
                    if chosen.is_empty() {
                        return Ok(Vec::new());
                    }
                    chosen.join(" UNION ALL ")
                };
                let text = self
                    .sql(include_str!("queries/next.sql"))
                    .replace("{around}", &around);
                conn.rows(&text, &[&names])
            })?;
            for row in found.unwrap_or_default() {
                each(get(&row, 0)?);
            }
        }
        Ok(())
    }

    fn leaving(&self, from: &[&str], control: &Control, each: &mut dyn FnMut(Edge)) -> Result<()> {
        let text = self.sql(include_str!("queries/leaving.sql"));
        for names in from.chunks(NAMES) {
            let found = self.read(control, |conn| conn.rows(&text, &[&names]))?;
            for row in found.unwrap_or_default() {
                each(edge(&row)?);
            }
        }
        Ok(())
    }

    fn touching(&self, entity: &str, control: &Control, each: &mut dyn FnMut(Edge)) -> Result<()> {
        self.leaving(&[entity], control, each)?;
        let text = self.sql(include_str!("queries/arriving.sql"));
        let found = self.read(control, |conn| conn.rows(&text, &[&entity]))?;
        for row in found.unwrap_or_default() {
            each(edge(&row)?);
        }
        Ok(())
    }
}

/// Reads an edge; what another program left out counts as 0.
fn edge(row: &Row) -> Result<Edge> {
    let int = |column| get::<Option<i64>>(row, column).map(Option::unwrap_or_default);
    Ok(Edge {
        source_id: get(row, 0)?,
        target_id: get(row, 1)?,
        rel_type: get(row, 2)?,
        first_seen: int(3)?,
        last_seen: int(4)?,
        event_count: int(5)?,
    })
}

fn get<'r, T: tokio_postgres::types::FromSql<'r>>(row: &'r Row, column: usize) -> Result<T> {
    row.try_get(column)
        .map_err(|e| Error::new(ErrorKind::Database, format!("Apache AGE: {e}")))
}
