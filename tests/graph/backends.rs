//! The back ends that the suite runs over, each with a graph of its own that is gone afterwards.

use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use seerflow::Config;
use seerflow::graph::GraphBackend;
use seerflow::graph::age::AgeGraph;
use seerflow::graph::falkordb::FalkorGraph;
use seerflow::graph::memory::MemoryGraph;
use seerflow::store;

use crate::{redis, services};

/// A back end under test.
pub struct Subject {
    /// What the configuration calls it.
    pub name: &'static str,
    /// The graph, empty.
    pub graph: Box<dyn GraphBackend>,
    /// The same graph once more, as another program has it; none where only one can.
    pub other: Option<Box<dyn GraphBackend>>,
    /// Removes what is kept of it.
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

/// Returns a name that no other test has.
pub fn unique() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("seerflow_test_{}_{number}", process::id())
}

/// Makes one of each back end that can run here.
pub fn all() -> Vec<Subject> {
    [memory(), memory_over_sqlite()]
        .into_iter()
        .chain(servers())
        .collect()
}

/// Makes one of each back end that is a server.
pub fn servers() -> Vec<Subject> {
    [falkordb(), age()].into_iter().flatten().collect()
}

/// The graph in memory by itself.
pub fn memory() -> Subject {
    Subject {
        name: "memory",
        graph: Box::new(MemoryGraph::detached()),
        other: None,
        remove: None,
    }
}

/// The graph in memory, kept with a SQLite file.
pub fn memory_over_sqlite() -> Subject {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new();
    let path = folder.path().join("seerflow.db");
    config.set("storage.sqlite_path", path.to_str().unwrap()).unwrap();
    let store = store::open(&config, &seerflow::log::Logger::default()).unwrap();
    Subject {
        name: "memory over SQLite",
        graph: Box::new(MemoryGraph::new(store, (&config).into(), Default::default())),
        other: None,
        remove: Some(Box::new(move || drop(folder))),
    }
}

/// Returns host, port and a graph of a unique name; `None`, having said so, where there is no FalkorDB.
pub fn falkordb_graph() -> Option<(String, String)> {
    let url = services::FALKORDB.url()?;
    let place = url.trim_start_matches("falkor://").to_owned();
    Some((place, unique()))
}

/// The real FalkorDB.
pub fn falkordb() -> Option<Subject> {
    let (place, name) = falkordb_graph()?;
    let mut config = Config::new();
    config
        .set("storage.falkordb_url", &format!("falkor://{place}/{name}"))
        .unwrap();
    Some(Subject {
        name: "falkordb",
        graph: Box::new(FalkorGraph::new(&config).unwrap()),
        other: Some(Box::new(FalkorGraph::new(&config).unwrap())),
        remove: Some(Box::new(move || {
            drop(redis::ask(&place, &["GRAPH.DELETE", &name]))
        })),
    })
}

/// Returns the configuration of a graph of a unique name; `None`, having said so, where there is no Apache AGE.
pub fn age_config() -> Option<Config> {
    let url = services::AGE.url()?;
    let mut config = Config::new();
    config.set("storage.postgresql_url", &url).unwrap();
    config.set("storage.age_graph", &unique()).unwrap();
    Some(config)
}

/// The real Apache AGE.
pub fn age() -> Option<Subject> {
    let config = age_config()?;
    let drop_graph = format!(
        "LOAD 'age'; SELECT ag_catalog.drop_graph('{}', true)",
        config.get("storage.age_graph").unwrap()
    );
    let url = services::AGE.url()?;
    Some(Subject {
        name: "postgres_age",
        graph: Box::new(AgeGraph::new(&config).unwrap()),
        other: Some(Box::new(AgeGraph::new(&config).unwrap())),
        remove: Some(Box::new(move || drop(sql(&url, &drop_graph)))),
    })
}

/// Runs SQL behind the back of what is tested; the first column of its rows, or the server's refusal.
pub fn sql(url: &str, statements: &str) -> Result<Vec<String>, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
            .await
            .map_err(|e| e.to_string())?;
        let connection = tokio::spawn(connection);
        let answer = client.simple_query(statements).await;
        drop(client);
        let _ = connection.await;
        let messages =
            answer.map_err(|e| e.as_db_error().map_or(e.to_string(), |e| e.message().to_owned()))?;
        Ok(messages
            .iter()
            .filter_map(|message| match message {
                tokio_postgres::SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or("").to_owned()),
                _ => None,
            })
            .collect())
    })
}
