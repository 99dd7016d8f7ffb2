//! The back ends that the suite runs over, each with a graph of its own that is gone afterwards.

use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use seerflow::Config;
use seerflow::graph::GraphBackend;
use seerflow::graph::falkordb::FalkorGraph;
use seerflow::record::Control;

use crate::services;

/// A back end under test.
pub struct Subject {
    /// What the configuration calls it.
    pub name: &'static str,
    /// The graph, empty.
    pub graph: Box<dyn GraphBackend>,
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
    [falkordb()].into_iter().flatten().collect()
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
    })
}
