//! The back ends under test, each with a graph that is removed afterwards.

use std::ops::Deref;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use seerflow::buffer::WriteBuffer;
use seerflow::graph::age::AgeGraph;
use seerflow::graph::falkordb::FalkorGraph;
use seerflow::graph::memory::MemoryGraph;
use seerflow::graph::{GraphBackend, GraphServer};
use seerflow::log::Logger;
use seerflow::record::{Control, Edge};
use seerflow::store::Store;
use seerflow::{Config, Engine, Result};

use crate::{database, redis, services};

/// Runs a Cypher query that returns one list per row, or nothing; lists are text without quotes. A missing graph is created.
pub type Cypher = Box<dyn Fn(&str) -> Vec<String>>;

/// A graph, and where its edges are written.
pub enum Graph {
    /// The graph in process, which follows the table of its store.
    Memory(Engine),
    Server(Box<dyn GraphServer>),
}

impl Deref for Graph {
    type Target = dyn GraphBackend;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Memory(engine) => &**engine.graph().unwrap(),
            Self::Server(server) => &**server,
        }
    }
}

impl Graph {
    pub fn merge_edges(&self, edges: &[Edge], control: &Control) -> Result<()> {
        match self {
            Self::Memory(engine) => engine.edges()?.merge_edges(edges, control),
            Self::Server(server) => server.merge_edges(edges, control),
        }
    }

    pub fn remove_edges(&self, edges: &[Edge], control: &Control) -> Result<()> {
        match self {
            Self::Memory(engine) => engine.edges()?.remove_edges(edges, control),
            Self::Server(server) => server.remove_edges(edges, control),
        }
    }

    pub fn clear(&self, control: &Control) -> Result<()> {
        match self {
            Self::Memory(engine) => engine.edges()?.clear_edges(control),
            Self::Server(server) => server.clear(control),
        }
    }

    /// Returns the server, as a side of a migration.
    pub fn server(&self) -> &dyn GraphServer {
        match self {
            Self::Memory(_) => panic!("the graph in process is not a server"),
            Self::Server(server) => &**server,
        }
    }
}

/// A back end under test.
pub struct Subject {
    /// Its name in the configuration.
    pub name: &'static str,
    /// The graph, empty.
    pub graph: Graph,
    /// The same graph opened again, as by another program; `None` if only one handle is possible.
    pub other: Option<Graph>,
    /// Runs Cypher on the same graph, as other programs do; `None` if the back end has no Cypher.
    pub cypher: Option<Cypher>,
    /// Removes the graph.
    remove: Option<Box<dyn FnOnce()>>,
}

impl Drop for Subject {
    fn drop(&mut self) {
        self.graph.close();
        if let Some(remove) = self.remove.take() {
            remove();
        }
    }
}

/// Returns a name that no other test uses.
pub fn unique() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("seerflow_test_{}_{number}", process::id())
}

/// Returns one of each back end that can run here.
pub fn all() -> Vec<Subject> {
    std::iter::once(memory()).chain(servers()).collect()
}

/// Returns one of each back end that is a server.
pub fn servers() -> Vec<Subject> {
    [falkordb(), age()].into_iter().flatten().collect()
}

/// Returns an in-process graph of a store, with its own write buffer.
pub fn memory_graph(store: &Arc<dyn Store>, config: &Config) -> MemoryGraph {
    let buffer = WriteBuffer::new(store.clone() as _, config.into(), Logger::default());
    MemoryGraph::new(store.clone(), Arc::new(buffer), config, Logger::default())
}

/// Returns the graph in process, of a store in a SQLite file.
pub fn memory() -> Subject {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new();
    let path = folder.path().join("seerflow.db");
    config.set("storage.sqlite_path", path.to_str().unwrap()).unwrap();
    Subject {
        name: "memory",
        graph: Graph::Memory(Engine::open(&config, Default::default()).unwrap()),
        other: None,
        cypher: None,
        remove: Some(Box::new(move || drop(folder))),
    }
}

/// Returns host and port of FalkorDB and a unique graph name; `None`, with a message, if there is no server.
pub fn falkordb_graph() -> Option<(String, String)> {
    let url = services::FALKORDB.url()?;
    let place = url.trim_start_matches("falkor://").to_owned();
    Some((place, unique()))
}

/// Returns the graph in a real FalkorDB.
pub fn falkordb() -> Option<Subject> {
    let (place, name) = falkordb_graph()?;
    let mut config = Config::new();
    config
        .set("storage.falkordb_url", &format!("falkor://{place}/{name}"))
        .unwrap();
    let cypher: Cypher = {
        let (place, name) = (place.clone(), name.clone());
        Box::new(move |query| redis::lists(&place, &name, query))
    };
    Some(Subject {
        name: "falkordb",
        graph: Graph::Server(Box::new(FalkorGraph::new(&config).unwrap())),
        other: Some(Graph::Server(Box::new(FalkorGraph::new(&config).unwrap()))),
        cypher: Some(cypher),
        remove: Some(Box::new(move || {
            drop(redis::ask(&place, &["GRAPH.DELETE", &name]))
        })),
    })
}

/// Returns the configuration of a graph with a unique name; `None`, with a message, if there is no Apache AGE.
pub fn age_config() -> Option<Config> {
    let url = services::AGE.url()?;
    let mut config = Config::new();
    config.set("storage.postgresql_url", &url).unwrap();
    config.set("storage.age_graph", &unique()).unwrap();
    Some(config)
}

/// Returns the graph in a real Apache AGE.
pub fn age() -> Option<Subject> {
    let config = age_config()?;
    let name = config.get("storage.age_graph").unwrap();
    let drop_graph = format!("LOAD 'age'; SELECT ag_catalog.drop_graph('{name}', true)");
    let url = services::AGE.url()?;
    let cypher: Cypher = {
        let (url, name) = (url.clone(), name.to_owned());
        Box::new(move |query| age_lists(&url, &name, query))
    };
    Some(Subject {
        name: "postgres_age",
        graph: Graph::Server(Box::new(AgeGraph::new(&config).unwrap())),
        other: Some(Graph::Server(Box::new(AgeGraph::new(&config).unwrap()))),
        cypher: Some(cypher),
        remove: Some(Box::new(move || drop(sql(&url, &drop_graph)))),
    })
}

/// Runs Cypher in Apache AGE, as its manual describes; returns the lists, one per row.
fn age_lists(url: &str, graph: &str, query: &str) -> Vec<String> {
    // Under a lock, because concurrent CREATE EXTENSION fails even with IF NOT EXISTS.
    sql(
        url,
        "SELECT pg_advisory_xact_lock(7); CREATE EXTENSION IF NOT EXISTS age",
    )
    .unwrap();
    let make = format!(
        "SELECT ag_catalog.create_graph('{graph}') WHERE NOT EXISTS (SELECT FROM ag_catalog.ag_graph WHERE name = '{graph}')"
    );
    sql(url, &format!("LOAD 'age'; {make}")).unwrap();
    let ask = format!("SELECT * FROM cypher('{graph}', $$ {query} $$) AS (answer agtype)");
    sql(
        url,
        &format!("LOAD 'age'; SET search_path = ag_catalog, public; {ask}"),
    )
    .unwrap_or_else(|e| panic!("{query}: {e}"))
    .iter()
    .map(|value| value.replace('"', ""))
    .collect()
}

/// Runs SQL on a separate connection; returns the first column, or the server's error.
pub fn sql(url: &str, statements: &str) -> std::result::Result<Vec<String>, String> {
    database::try_run(url, statements)
        .map_err(|e| e.as_db_error().map_or(e.to_string(), |e| e.message().to_owned()))
}
