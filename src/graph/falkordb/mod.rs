//! The entity graph in FalkorDB: vertices `(:Entity {name})`, one relationship type per relation with the properties
//! `first_seen`, `last_seen` and `event_count`, in the graph `seerflow` unless the address names another.

mod address;
mod client;
mod encode;
mod resp;
mod write;

use parking_lot::Mutex;

pub(crate) use self::address::Address;
use self::client::{Client, Kind};
use self::resp::Value;
#[cfg(feature = "fault-injection")]
pub(crate) use self::resp::{Connection, Patience};
use self::write::{Turn, Writer};
use super::combine;
use super::walk::{self, Portions, Steps};
use super::{GraphBackend, GraphCounts, GraphServer, Neighbour, Subgraph, check_edges, valid_edges};
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Control, Edge, RelatedEntity};

/// Names in one query of a walk. The server does not check its deadline while it parses.
const NAMES: usize = 10_000;
/// How much of a stream one query reads. For each page the server scans every name.
const PORTIONS: Portions = Portions {
    page: 100_000,
    names: NAMES,
    edges: 20_000,
};

/// The entity graph in FalkorDB.
#[derive(Debug)]
pub struct FalkorGraph {
    client: Client,
    writer: Mutex<Writer>,
}

impl FalkorGraph {
    /// Takes address and bounds from the configuration. Nothing is opened before the first use.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) for an address that cannot work.
    pub fn new(config: &Config) -> Result<Self> {
        let url = config.value("storage.falkordb_url");
        if url.is_empty() {
            return Err(Error::new(
                ErrorKind::Config,
                "storage.graph_backend is falkordb, so storage.falkordb_url must be set, for example to falkor://localhost:6379",
            ));
        }
        Ok(Self {
            client: Client::new(
                Address::parse(url)?,
                config.int("storage.falkordb_pool_max_size") as usize,
                config.seconds("storage.falkordb_command_timeout_s"),
            ),
            writer: Mutex::default(),
        })
    }

    fn read(
        &self,
        cypher: &str,
        control: &Control,
        mut each: impl FnMut(&[Value]) -> Result<()>,
    ) -> Result<()> {
        let rows = self.client.query(Kind::Read, cypher, control)?;
        rows.iter().try_for_each(|row| each(row))
    }

    /// Reads edges of a pattern that ends in `RETURN` of the six columns.
    fn read_edges(&self, cypher: &str, control: &Control, each: &mut dyn FnMut(Edge)) -> Result<()> {
        self.read(cypher, control, |row| {
            each(edge(row)?);
            Ok(())
        })
    }
}

/// The six columns of an edge.
const COLUMNS: &str = "a.name, b.name, type(e), e.first_seen, e.last_seen, e.event_count";

/// Returns whether a vertex of the same name existed.
fn is_taken(error: &Error) -> bool {
    error.to_string().contains("unique constraint violation")
}

impl GraphBackend for FalkorGraph {
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
        let mut sources = |last: &str| {
            let mut cypher = String::from("CYPHER last=");
            encode::text(&mut cypher, last);
            cypher.push_str(&format!(
                " MATCH (a:Entity) WHERE a.name > $last RETURN a.name, outDegree(a) ORDER BY a.name LIMIT {}",
                PORTIONS.page
            ));
            let mut page = Vec::new();
            self.read(&cypher, control, |row| {
                page.push((text(row, 0)?, integer(row, 1)?));
                Ok(())
            })?;
            Ok(page)
        };
        walk::stream(self, PORTIONS, control, &mut sources, each)
    }

    fn counts(&self, control: &Control) -> Result<GraphCounts> {
        let mut counts = GraphCounts::default();
        let vertices = "MATCH (a:Entity) WHERE inDegree(a) + outDegree(a) > 0 RETURN count(a)";
        self.read(vertices, control, |row| {
            counts.vertices = integer(row, 0)? as u64;
            Ok(())
        })?;
        self.read("MATCH (:Entity)-[e]->(:Entity) RETURN count(e)", control, |row| {
            counts.edges = integer(row, 0)? as u64;
            Ok(())
        })?;
        Ok(counts)
    }

    fn health(&self, control: &Control) -> Result<()> {
        self.client.query(Kind::Read, "RETURN 1", control).map(|_| ())
    }

    fn location(&self) -> String {
        self.client.address().to_string()
    }

    fn close(&self) {
        self.client.close();
    }
}

impl GraphServer for FalkorGraph {
    fn restarts(&self) -> u64 {
        self.client.restarts()
    }

    /// Merges edges in one query, which the server executes as a whole or not at all.
    fn merge_edges(&self, edges: &[Edge], control: &Control) -> Result<()> {
        check_edges(edges)?;
        if edges.is_empty() {
            return Ok(());
        }
        let combined = combine::combine(edges, control)?;
        let mut writer = control.lock(&self.writer)?;
        // Before the turn: creating an index over a large graph may take longer than a turn lasts.
        writer.ensure_ready(&self.client, control)?;
        let cypher = write::upsert(&combined, writer.doubled)?;
        let turn = Turn::take(&self.client, control)?;
        let done = loop {
            match self.client.query(Kind::Write, &cypher, control) {
                // A program that does not take turns added the same entity at the same time. Nothing was written.
                Err(error) if is_taken(&error) => {
                    if let Err(stop) = control.check() {
                        turn.end();
                        return Err(stop);
                    }
                    std::thread::sleep(write::PAUSE);
                }
                done => break done,
            }
        };
        let unknown = |error: &Error| {
            matches!(
                error.kind(),
                ErrorKind::Io | ErrorKind::Timeout | ErrorKind::Interrupted
            )
        };
        if !done.as_ref().is_err_and(unknown) {
            turn.end();
        }
        done.map(|_| ())
    }

    fn remove_edges(&self, edges: &[Edge], control: &Control) -> Result<()> {
        for (rel_type, group) in combine::by_relation(valid_edges(edges)) {
            let mut cypher = String::from("CYPHER r=");
            encode::list(&mut cypher, group, encode::ends);
            cypher.push_str(" UNWIND $r AS r MATCH (a:Entity {name: r[0]})-[e");
            encode::relations(&mut cypher, [rel_type]);
            cypher.push_str("]->(b:Entity {name: r[1]}) DELETE e");
            match self.client.query(Kind::Write, &cypher, control) {
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
                done => done?,
            };
        }
        Ok(())
    }

    /// Removes all vertices instead of the graph, because other writers rely on its index.
    fn clear(&self, control: &Control) -> Result<()> {
        match self.client.query(Kind::Write, "MATCH (n) DELETE n", control) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            done => done.map(|_| ()),
        }
    }
}

impl Steps for FalkorGraph {
    fn next(
        &self,
        from: &[&str],
        rel_types: &[String],
        control: &Control,
        each: &mut dyn FnMut(String),
    ) -> Result<()> {
        let mut relations = String::new();
        encode::relations(&mut relations, rel_types.iter().map(String::as_str));
        if relations.is_empty() && !rel_types.is_empty() {
            return Ok(());
        }
        for names in from.chunks(NAMES) {
            let mut cypher = String::from("CYPHER names=");
            encode::texts(&mut cypher, names);
            cypher.push_str(" UNWIND $names AS name MATCH (a:Entity {name: name})-[");
            if !relations.is_empty() {
                cypher.push_str(&relations);
            }
            cypher.push_str("]-(b:Entity) RETURN DISTINCT b.name");
            self.read(&cypher, control, |row| {
                each(text(row, 0)?);
                Ok(())
            })?;
        }
        Ok(())
    }

    fn leaving(&self, from: &[&str], control: &Control, each: &mut dyn FnMut(Edge)) -> Result<()> {
        for names in from.chunks(NAMES) {
            let mut cypher = String::from("CYPHER names=");
            encode::texts(&mut cypher, names);
            cypher.push_str(" UNWIND $names AS name MATCH (a:Entity {name: name})-[e]->(b:Entity) RETURN ");
            cypher.push_str(COLUMNS);
            self.read_edges(&cypher, control, each)?;
        }
        Ok(())
    }

    fn touching(&self, entity: &str, control: &Control, each: &mut dyn FnMut(Edge)) -> Result<()> {
        self.leaving(&[entity], control, each)?;
        let mut cypher = String::from("CYPHER name=");
        encode::text(&mut cypher, entity);
        // WITH: otherwise the planner starts at all vertices, because of the condition on `a`.
        cypher.push_str(
            " MATCH (b:Entity {name: $name}) WITH b MATCH (b)<-[e]-(a:Entity) WHERE a.name <> $name RETURN ",
        );
        cypher.push_str(COLUMNS);
        self.read_edges(&cypher, control, each)
    }
}

fn edge(row: &[Value]) -> Result<Edge> {
    Ok(Edge {
        source_id: text(row, 0)?,
        target_id: text(row, 1)?,
        rel_type: text(row, 2)?,
        first_seen: integer(row, 3)?,
        last_seen: integer(row, 4)?,
        event_count: integer(row, 5)?,
    })
}

fn text(row: &[Value], column: usize) -> Result<String> {
    match row.get(column) {
        Some(Value::Text(text)) => Ok(String::from_utf8_lossy(text).into_owned()),
        other => Err(wrong(column, "a text", other)),
    }
}

/// Reads an integer. A property that another program left out counts as 0; a fraction is rounded down.
fn integer(row: &[Value], column: usize) -> Result<i64> {
    match row.get(column) {
        Some(Value::Int(value)) => Ok(*value),
        Some(Value::Nil) => Ok(0),
        Some(Value::Text(text)) => std::str::from_utf8(text)
            .ok()
            .and_then(|text| text.parse::<f64>().ok())
            .map(|value| value as i64)
            .ok_or_else(|| wrong(column, "an integer", None)),
        other => Err(wrong(column, "an integer", other)),
    }
}

fn wrong(column: usize, wanted: &str, found: Option<&Value>) -> Error {
    Error::new(
        ErrorKind::Database,
        format!("column {column} of an answer is not {wanted}: {found:?}"),
    )
}
