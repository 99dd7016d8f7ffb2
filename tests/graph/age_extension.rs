//! Apache AGE that is missing, not created yet, or not accessible to the role: the error says what to ask the provider for.

use seerflow::graph::age::AgeGraph;
use seerflow::graph::{GraphBackend, GraphCounts, GraphServer, Subgraph};
use seerflow::record::Edge;
use seerflow::{Config, Engine, Error, ErrorKind, Result};

use crate::backends::unique;
use crate::conformance::{control, edge, stream};
use crate::database::{self, Database};
use crate::services::{AGE, POSTGRES};

fn config(url: &str) -> Config {
    let mut config = Config::new();
    config.set("storage.graph_backend", "postgres_age").unwrap();
    config.set("storage.postgresql_url", url).unwrap();
    config.set("storage.age_graph", &unique()).unwrap();
    config
}

fn graph(url: &str) -> AgeGraph {
    AgeGraph::new(&config(url)).unwrap()
}

fn one() -> [Edge; 1] {
    [edge("a", "b", "knows", (1, 2), 3)]
}

/// Returns a PostgreSQL without AGE; `None`, with a message, if the server has it.
fn without_age() -> Option<Database> {
    let url = POSTGRES.url()?;
    let found = database::run(&url, "SELECT 1 FROM pg_available_extensions WHERE name = 'age'");
    if !found.is_empty() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{url} has AGE");
        eprintln!("skipped: the plain PostgreSQL has Apache AGE installed");
        return None;
    }
    Some(Database::new(&url))
}

fn assert_not_installed<T: std::fmt::Debug>(what: &str, answer: Result<T>) {
    let error = answer.expect_err(what);
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{what}: {error}");
    assert!(!error.is_retriable(), "{what}: {error}");
    let text = error.to_string();
    for wanted in [
        "no extension age",
        "Ask whoever runs it",
        "install Apache AGE",
        "postgresql-17-age",
        "CREATE EXTENSION age",
    ] {
        assert!(text.contains(wanted), "{what}: {text}");
    }
}

/// The second query must not return an empty answer either.
#[test]
fn server_without_age_is_an_error() {
    let Some(plain) = without_age() else { return };
    let graph = graph(&plain.url());
    let control = &control();
    for _ in 0..2 {
        assert_not_installed("health", graph.health(control));
        assert_not_installed("counts", graph.counts(control));
        assert_not_installed("neighbours", graph.neighbours("a", 2, &[], control));
        assert_not_installed(
            "neighbours by relation",
            graph.neighbours("a", 1, &["knows".to_owned()], control),
        );
        assert_not_installed("path", graph.shortest_path("a", "b", control));
        assert_not_installed("subgraph", graph.subgraph("a", 1, control));
        assert_not_installed("related", graph.related("a", control));
        assert_not_installed("edges", graph.edges(control, &mut |_| Ok(())));
        assert_not_installed("snapshot", graph.snapshot(control));
        assert_not_installed("merge", graph.merge_edges(&one(), control));
        assert_not_installed("remove", graph.remove_edges(&one(), control));
        assert_not_installed("clear", graph.clear(control));
    }
    graph.close();
}

/// With the relational store: edges are stored there, and queries report the missing extension.
#[test]
fn engine_stores_edges_and_reports_missing_age() {
    let Some(plain) = without_age() else { return };
    let mut config = config(&plain.url());
    config.set("storage.backend", "postgresql").unwrap();
    let engine = Engine::open(&config, Default::default()).unwrap();
    let graph = engine.graph().unwrap();
    assert_not_installed("before", graph.counts(&control()));
    engine.write_edges(&one(), false, &control()).unwrap();
    assert_not_installed("after", graph.counts(&control()));
    let kept = engine.edges().unwrap().edges(None, 10, &control()).unwrap();
    assert_eq!(kept, one());
    engine.close(&control()).unwrap();
}

fn assert_empty(graph: &AgeGraph) {
    let control = &control();
    graph.health(control).unwrap();
    assert_eq!(graph.counts(control).unwrap(), GraphCounts::default());
    assert_eq!(graph.neighbours("a", 2, &[], control).unwrap(), []);
    assert_eq!(
        graph.shortest_path("a", "b", control).unwrap(),
        Vec::<String>::new()
    );
    assert_eq!(graph.subgraph("a", 1, control).unwrap(), Subgraph::default());
    assert_eq!(graph.related("a", control).unwrap(), []);
    assert_eq!(stream(graph), []);
    graph.remove_edges(&one(), control).unwrap();
    graph.clear(control).unwrap();
}

/// A graph that was never created is empty, whether or not the extension exists in the database.
#[test]
fn missing_graph_is_empty() {
    let Some(url) = AGE.url() else { return };
    let server = Database::new(&url);
    let graph = graph(&server.url());
    let made = "SELECT extname FROM pg_extension WHERE extname = 'age'";
    assert_empty(&graph);
    assert_eq!(server.run(made), [""; 0], "a query creates nothing");
    server.run("CREATE EXTENSION age");
    assert_empty(&graph);
    let none = server.run("SELECT name FROM ag_catalog.ag_graph");
    assert_eq!(none, [""; 0], "a query creates nothing");
    graph.merge_edges(&one(), &control()).unwrap();
    assert_eq!(stream(&graph), one());
    graph.close();
}

/// Several programs that start at the same time in an empty database do not fail.
#[test]
fn concurrent_first_use_succeeds() {
    let Some(url) = AGE.url() else { return };
    for _ in 0..3 {
        let server = Database::new(&url);
        let config = config(&server.url());
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    let graph = AgeGraph::new(&config).unwrap();
                    graph.merge_edges(&one(), &control()).unwrap();
                    graph.close();
                });
            }
        });
        let graph = AgeGraph::new(&config).unwrap();
        assert_eq!(stream(&graph), [edge("a", "b", "knows", (1, 2), 3)]);
        graph.close();
    }
}

/// A role created for a test, dropped with the value after its databases.
struct Role {
    server: String,
    name: String,
}

impl Role {
    fn new(server: &str) -> Self {
        let name = format!("role_{}", unique());
        database::run(server, &format!("CREATE ROLE {name} LOGIN PASSWORD 's3cret'"));
        Self {
            server: server.to_owned(),
            name,
        }
    }

    /// Returns the role's connection string for a database.
    fn url(&self, database: &Database) -> String {
        let (_, place) = self.server.split_once('@').unwrap();
        let (place, _) = place.split_once('/').unwrap();
        format!("postgresql://{}:s3cret@{place}/{}", self.name, database.name())
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        let _ = database::try_run(&self.server, &format!("DROP ROLE IF EXISTS {}", self.name));
    }
}

fn assert_told_the_grants(what: &str, error: Error) {
    assert_eq!(error.kind(), ErrorKind::Permission, "{what}: {error}");
    let text = error.to_string();
    for wanted in [
        "may not",
        what,
        "CREATE EXTENSION age",
        "GRANT USAGE ON SCHEMA ag_catalog",
        "ag_catalog.ag_graph, ag_catalog.ag_label",
        "GRANT CREATE ON DATABASE",
    ] {
        assert!(text.contains(wanted), "{what}: {text}");
    }
    assert!(!text.contains("s3cret"), "{text}");
}

/// The grants that docs/graph.md lists are necessary and sufficient.
#[test]
fn role_without_rights_is_told_the_missing_grants() {
    let Some(url) = AGE.url() else { return };
    let role = Role::new(&url);
    let server = Database::new(&url);
    let graph = graph(&role.url(&server));
    for error in [
        graph.counts(&control()).unwrap_err(),
        graph.related("a", &control()).unwrap_err(),
        graph.health(&control()).unwrap_err(),
    ] {
        assert_told_the_grants("make the extension age", error);
    }
    let error = graph.merge_edges(&one(), &control()).unwrap_err();
    assert_told_the_grants("make the extension age", error);

    server.run("CREATE EXTENSION age");
    assert_empty(&graph);
    let error = graph.merge_edges(&one(), &control()).unwrap_err();
    assert_told_the_grants("make the graph's tables", error);

    let docs = include_str!("../../docs/graph.md");
    let grants: Vec<String> = docs
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("GRANT "))
        .map(|line| {
            line.replace("TO seerflow", &format!("TO {}", role.name))
                .replace("DATABASE seerflow", &format!("DATABASE {}", server.name()))
        })
        .collect();
    assert_eq!(grants.len(), 3, "{grants:?}");
    server.run(&grants.join(" "));
    graph.merge_edges(&one(), &control()).unwrap();
    graph.merge_edges(&one(), &control()).unwrap();
    assert_eq!(stream(&graph), one());
    assert_eq!(graph.counts(&control()).unwrap().vertices, 2);
    graph.remove_edges(&one(), &control()).unwrap();
    assert_eq!(stream(&graph), []);
    graph.clear(&control()).unwrap();
    graph.close();
}
