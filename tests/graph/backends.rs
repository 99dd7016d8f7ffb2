//! The back ends that the suite runs over, each with a graph of its own that is gone afterwards.

use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use seerflow::Config;
use seerflow::graph::GraphBackend;
use seerflow::graph::falkordb::FalkorGraph;
use seerflow::graph::memory::MemoryGraph;
use seerflow::record::Control;
use seerflow::store;

use crate::services;

/// A back end under test.
pub struct Subject {
    /// What the configuration calls it.
    pub name: &'static str,
    /// The graph, empty.
    pub graph: Box<dyn GraphBackend>,
    /// Where it is kept, if that is to be removed.
    _folder: Option<tempfile::TempDir>,
}

impl Drop for Subject {
    fn drop(&mut self) {
        let _ = self.graph.clear(&Control::unbounded());
        self.graph.close();
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
    [memory(), memory_over_sqlite()].into_iter().chain(servers()).collect()
}

/// Makes one of each back end that is a server.
pub fn servers() -> Vec<Subject> {
    [falkordb()].into_iter().flatten().collect()
}

/// The graph in memory by itself.
pub fn memory() -> Subject {
    Subject {
        name: "memory",
        graph: Box::new(MemoryGraph::detached()),
        _folder: None,
    }
}

/// The graph in memory, kept with a SQLite file.
pub fn memory_over_sqlite() -> Subject {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new();
    let path = folder.path().join("seerflow.db");
    config.set("storage.sqlite_path", path.to_str().unwrap()).unwrap();
    let store = store::open(&config).unwrap();
    Subject {
        name: "memory over SQLite",
        graph: Box::new(MemoryGraph::new(store, (&config).into(), Default::default())),
        _folder: Some(folder),
    }
}

/// Returns the configuration of a FalkorDB graph of a unique name; `None`, having said so, where there is no server.
pub fn falkordb_config() -> Option<Config> {
    let url = services::FALKORDB.url()?;
    let mut config = Config::new();
    config.set("storage.graph_backend", "falkordb").unwrap();
    config
        .set("storage.falkordb_url", &format!("{url}/{}", unique()))
        .unwrap();
    Some(config)
}

/// The real FalkorDB.
pub fn falkordb() -> Option<Subject> {
    let config = falkordb_config()?;
    Some(Subject {
        name: "falkordb",
        graph: Box::new(FalkorGraph::new(&config).unwrap()),
        _folder: None,
    })
}
