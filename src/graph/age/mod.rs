//! The entity graph in Apache AGE: vertices `Entity {name}` and one edge label per relation with the properties `first_seen`,
//! `last_seen` and `event_count`, in the graph `seerflow_graph` of the PostgreSQL that `storage.postgresql_url` names.
//!
//! AGE stores each label in a table. Edges are upserted into these tables and read from them, because AGE's Cypher has neither
//! `ON MATCH SET` nor shortest paths. Cypher sees the same graph.

mod labels;
mod prepare;
mod session;
mod write;

use tokio_postgres::Row;

use self::session::{Session, check_extension, get};
use super::combine;
use super::walk::{self, Portions, Steps};
use super::{GraphBackend, GraphCounts, GraphServer, Neighbour, Subgraph, check_edges, valid_edges};
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Control, Edge, RelatedEntity};

/// Entities per statement of a walk. Deadline and interrupt also end a statement that runs.
const NAMES: usize = 20_000;
/// How much of a stream one statement reads.
const PORTIONS: Portions = Portions {
    page: 20_000,
    names: NAMES,
    edges: 20_000,
};
/// The entity graph in Apache AGE.
#[derive(Debug)]
pub struct AgeGraph(Session);

impl AgeGraph {
    /// Takes server, pool and graph from the configuration. Nothing is opened before the first use.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) for an address that cannot work.
    pub fn new(config: &Config) -> Result<Self> {
        Session::new(config).map(Self)
    }
}

impl GraphBackend for AgeGraph {
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
        let text = self.0.sql(include_str!("queries/sources.sql"));
        let limit = PORTIONS.page as i64;
        let mut sources = |last: &str| {
            let page = self.0.read(control, |conn| {
                let rows = conn.rows(&text, &[&last, &limit])?;
                rows.iter().map(|row| Ok((get(row, 0)?, get(row, 1)?))).collect()
            })?;
            Ok(page.unwrap_or_default())
        };
        walk::stream(self, PORTIONS, control, &mut sources, each)
    }

    fn counts(&self, control: &Control) -> Result<GraphCounts> {
        let text = self.0.sql(include_str!("queries/counts.sql"));
        let counts = self.0.read(control, |conn| {
            conn.batch(session::WHOLE)?;
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

    fn health(&self, control: &Control) -> Result<()> {
        self.0.transaction("BEGIN READ ONLY", control, check_extension)
    }

    fn location(&self) -> String {
        format!("{} graph {}", self.0.pool.location(), self.0.graph)
    }

    fn close(&self) {
        self.0.pool.close();
    }
}

impl GraphServer for AgeGraph {
    fn merge_edges(&self, edges: &[Edge], control: &Control) -> Result<()> {
        check_edges(edges)?;
        if edges.is_empty() {
            return Ok(());
        }
        self.0.merge(&combine::combine(edges, control)?, control)
    }

    fn remove_edges(&self, edges: &[Edge], control: &Control) -> Result<()> {
        let groups = combine::by_relation(valid_edges(edges));
        if self.0.read(control, |_| Ok(()))?.is_none() {
            return Ok(());
        }
        self.0.transaction("BEGIN", control, |conn| {
            let there = self.0.labels(conn)?;
            for (rel_type, group) in &groups {
                let label = labels::label(rel_type);
                if there.contains(&*label) {
                    let (sources, targets): (Vec<&str>, Vec<&str>) = group
                        .iter()
                        .map(|edge| (edge.source_id.as_str(), edge.target_id.as_str()))
                        .unzip();
                    let text = self.0.sql_of(include_str!("queries/remove_edges.sql"), &label);
                    conn.change(&text, &[&sources, &targets])?;
                }
            }
            Ok(())
        })
    }

    fn clear(&self, control: &Control) -> Result<()> {
        if self.0.read(control, |_| Ok(()))?.is_none() {
            return Ok(());
        }
        // The tables of all labels inherit from these two.
        let text = self
            .0
            .sql("TRUNCATE {graph}._ag_label_vertex, {graph}._ag_label_edge");
        self.0.transaction("BEGIN", control, |conn| conn.batch(&text))
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
            let found = self.0.read(control, |conn| {
                let around = if rel_types.is_empty() {
                    self.0.sql_of(around, "_ag_label_edge")
                } else {
                    let there = self.0.labels(conn)?;
                    let chosen: Vec<String> = rel_types
                        .iter()
                        .map(|rel_type| labels::label(rel_type))
                        .filter(|label| there.contains(&**label))
                        .map(|label| self.0.sql_of(around, &label))
                        .collect();
                    if chosen.is_empty() {
                        return Ok(Vec::new());
                    }
                    chosen.join(" UNION ALL ")
                };
                let text = self
                    .0
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
        let text = self.0.sql(include_str!("queries/leaving.sql"));
        for names in from.chunks(NAMES) {
            let found = self.0.read(control, |conn| conn.rows(&text, &[&names]))?;
            for row in found.unwrap_or_default() {
                each(edge(&row)?);
            }
        }
        Ok(())
    }

    fn touching(&self, entity: &str, control: &Control, each: &mut dyn FnMut(Edge)) -> Result<()> {
        self.leaving(&[entity], control, each)?;
        let text = self.0.sql(include_str!("queries/arriving.sql"));
        let found = self.0.read(control, |conn| conn.rows(&text, &[&entity]))?;
        for row in found.unwrap_or_default() {
            each(edge(&row)?);
        }
        Ok(())
    }
}

/// Reads an edge. A property that another program left out counts as 0.
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
