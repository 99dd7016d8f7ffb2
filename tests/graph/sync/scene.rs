//! An engine whose graph server fails on demand.

use std::sync::Arc;

use seerflow::graph::GraphBackend;
use seerflow::graph::age::AgeGraph;
use seerflow::graph::falkordb::FalkorGraph;
use seerflow::record::Edge;
use seerflow::{Config, Engine};
use tempfile::TempDir;

use crate::backends::{falkordb_graph, unique};
use crate::conformance;
use crate::database::Database;
use crate::proxy::{self, Faults};
use crate::{redis, services};

/// An engine over SQLite that reaches a graph server through a faulty proxy, and the same graph reached directly.
pub struct Scene {
    pub config: Config,
    pub faults: Arc<Faults>,
    pub straight: Box<dyn GraphBackend>,
    /// A connection that is cut after this many bytes is in the middle of a batch.
    pub cut_in_a_batch: u64,
    /// Ends the turn of an interrupted writer, which otherwise expires later.
    end_turn: Box<dyn Fn()>,
    remove: Box<dyn Fn()>,
    _folder: TempDir,
}

impl Scene {
    pub fn falkordb() -> Option<Self> {
        falkordb_graph().map(|(server, name)| Self::on_falkordb(server, name))
    }

    pub fn on_falkordb(server: String, name: String) -> Self {
        let (address, faults) = proxy::open(&server);
        let (config, folder) = config(&[
            ("storage.graph_backend", "falkordb"),
            ("storage.falkordb_url", &format!("falkor://{address}/{name}")),
        ]);
        let mut straight = Config::new();
        straight
            .set("storage.falkordb_url", &format!("falkor://{server}/{name}"))
            .unwrap();
        let turn = format!("seerflow:{name}:writer");
        let (place, key) = (server.clone(), turn.clone());
        Self {
            config,
            faults,
            straight: Box::new(FalkorGraph::new(&straight).unwrap()),
            cut_in_a_batch: 900,
            end_turn: Box::new(move || drop(redis::ask(&place, &["DEL", &key]))),
            remove: Box::new(move || {
                redis::ask(&server, &["GRAPH.DELETE", &name]);
                redis::ask(&server, &["DEL", &turn]);
            }),
            _folder: folder,
        }
    }

    /// Returns a scene, and the database that holds its graph.
    pub fn age() -> Option<(Self, Database)> {
        services::AGE.url().map(|url| Self::on_age(&url))
    }

    pub fn on_age(server: &str) -> (Self, Database) {
        let database = Database::new(server);
        let url = database.url();
        let (_, place) = url.split_once('@').unwrap();
        let (server, _) = place.split_once('/').unwrap();
        let (address, faults) = proxy::open(server);
        let (config, folder) = config(&[
            ("storage.graph_backend", "postgres_age"),
            ("storage.postgresql_url", &url.replace(server, &address)),
            ("storage.age_graph", &unique()),
        ]);
        let mut straight = config.clone();
        straight.set("storage.postgresql_url", &url).unwrap();
        let scene = Self {
            config,
            faults,
            straight: Box::new(AgeGraph::new(&straight).unwrap()),
            cut_in_a_batch: 6_000,
            end_turn: Box::new(|| ()),
            remove: Box::new(|| ()),
            _folder: folder,
        };
        (scene, database)
    }

    pub fn engine(&self) -> Engine {
        Engine::open(&self.config, Default::default()).unwrap()
    }

    /// Waits until the server has exactly these edges.
    pub fn await_edges(&self, wanted: &[Edge]) {
        conformance::await_edges(&*self.straight, wanted, &self.end_turn);
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        (self.remove)();
    }
}

/// Returns a configuration with a new SQLite file, and the folder of the file.
fn config(graph: &[(&str, &str)]) -> (Config, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seerflow.db");
    let mut config = Config::new();
    config.set("storage.sqlite_path", path.to_str().unwrap()).unwrap();
    config.set("storage.infer_edges", "true").unwrap();
    for (key, value) in graph {
        config.set(key, value).unwrap();
    }
    (config, folder)
}
