//! `seerflow graph migrate` between a SQLite file, the real FalkorDB and the real Apache AGE.

use std::sync::atomic::{AtomicU32, Ordering};

use seerflow::record::{Control, Edge};
use seerflow::{Config, Engine};

use super::database::Database;
use super::redis::{self, Redis};
use super::services::{AGE, FALKORDB, POSTGRES};
use super::*;

/// Seven edges in a SQLite file, and an empty graph in FalkorDB, removed on drop.
struct Scene {
    place: Place,
    server: String,
    name: String,
    /// Connection string of the server with Apache AGE.
    postgresql: String,
}

impl Scene {
    fn new() -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Some(Self {
            server: FALKORDB.url()?.trim_start_matches("falkor://").to_owned(),
            name: format!("migrate_test_{}_{number}", std::process::id()),
            place: graph::loaded(),
            postgresql: String::new(),
        })
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self
            .place
            .command("a.db", &[&["graph", "migrate"], args].concat());
        command.env(
            "SEERFLOW_STORAGE_FALKORDB_URL",
            format!("falkor://{}/{}", self.server, self.name),
        );
        if !self.postgresql.is_empty() {
            command.env("SEERFLOW_STORAGE_POSTGRESQL_URL", &self.postgresql);
        }
        command
    }

    /// Runs the command; returns exit code, standard output and standard error.
    fn run(&self, from: &str, to: &str, more: &[&str]) -> (i32, String, String) {
        let output = self
            .command(&[&["--from", from, "--to", to], more].concat())
            .output()
            .unwrap();
        let code = output.status.code().unwrap();
        (code, text(&output.stdout), text(&output.stderr))
    }

    /// Runs the command with `--json`; returns exit code and report.
    fn report(&self, from: &str, to: &str, more: &[&str]) -> (i32, Value) {
        let (code, out, err) = self.run(from, to, &[&["--json"], more].concat());
        let report = serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {out} {err}"));
        (code, report)
    }

    fn to_falkordb(&self, more: &[&str]) -> (i32, String, String) {
        self.run("igraph", "falkordb", more)
    }

    fn cypher(&self, query: &str) -> Vec<String> {
        redis::lists(&self.server, &self.name, query)
    }

    /// Returns the number of FalkorDB's edges and the sum of their counts.
    fn there(&self) -> String {
        self.cypher("MATCH (:Entity)-[e]->(:Entity) RETURN [count(e), toInteger(sum(e.event_count))]")
            .concat()
    }

    /// Adds an edge that is not in the file.
    fn add_a_stranger(&self) {
        self.cypher(
            "MERGE (a:Entity {name: 'x'}) MERGE (b:Entity {name: 'y'}) \
             MERGE (a)-[:knows {first_seen: 1, last_seen: 2, event_count: 3}]->(b)",
        );
    }

    fn is_made(&self) -> bool {
        redis::ask(&self.server, &["GRAPH.LIST"]).contains(&self.name)
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        redis::ask(&self.server, &["GRAPH.DELETE", &self.name]);
    }
}

/// The number of edges of [`graph::loaded`] and the sum of their counts.
const ALL: &str = "[7, 12]";

#[test]
fn dry_run_reports_and_writes_nothing() {
    let Some(scene) = Scene::new() else { return };
    let (code, out, err) = scene.to_falkordb(&["--dry-run"]);
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("would write 7 edges"), "{err}");
    assert!(!err.contains("verified"), "{err}");
    assert!(out.contains("source") && out.contains("destination"), "{out}");
    let (code, report) = scene.report("igraph", "falkordb", &["--dry-run"]);
    assert_eq!(code, 0);
    assert_eq!(
        (&report["dry_run"], &report["written"], &report["verified"]),
        (&true.into(), &7.into(), &false.into())
    );
    assert_eq!(report["destination"]["edges"], 0);
    assert!(!scene.is_made(), "a graph was created");
    scene.add_a_stranger();
    let (code, _, err) = scene.to_falkordb(&["--dry-run", "--wipe-destination"]);
    assert_eq!((code, err.contains("would write 7 edges")), (0, true), "{err}");
    assert_eq!(scene.there(), "[1, 3]");
}

#[test]
fn graph_moves_to_falkordb_and_on_to_apache_age() {
    let Some(mut scene) = Scene::new() else { return };
    let Some(url) = AGE.url() else { return };
    let database = Database::new(&url);
    scene.postgresql = database.url();

    let (code, first) = scene.report("igraph", "falkordb", &[]);
    assert_eq!(code, 0, "{first}");
    assert_eq!(
        (&first["written"], &first["verified"], &first["unfit"]),
        (&7.into(), &true.into(), &0.into())
    );
    for key in ["edges", "vertices", "sha256"] {
        assert_eq!(first["source"][key], first["destination"][key], "{first}");
    }
    assert_eq!(
        first["destination"]["location"],
        format!("falkor://{}/{}", scene.server, scene.name)
    );
    assert_eq!(scene.there(), ALL);

    // The second time there is nothing to do, and nothing is counted twice.
    let (code, again) = scene.report("igraph", "falkordb", &[]);
    assert_eq!((code, &again["written"]), (0, &0.into()), "{again}");
    assert_eq!(scene.there(), ALL);

    let (code, second) = scene.report("falkordb", "postgres_age", &[]);
    assert_eq!(code, 0, "{second}");
    assert_eq!(
        (&second["written"], &second["verified"]),
        (&7.into(), &true.into())
    );
    assert_eq!(second["destination"]["sha256"], first["source"]["sha256"]);
    let there = "LOAD 'age'; SET search_path = ag_catalog, public; SELECT * FROM cypher('seerflow_graph', \
                 $$ MATCH (:Entity)-[e]->(:Entity) RETURN [count(e), sum(e.event_count)] $$) AS (answer agtype)";
    assert_eq!(database.run(there), [ALL]);

    // Back into a new file.
    let home = scene.place.path("home.db").display().to_string();
    let (code, third) = scene.report(
        "postgres_age",
        "igraph",
        &["--set", &format!("storage.sqlite_path={home}")],
    );
    assert_eq!(code, 0, "{third}");
    assert_eq!(third["destination"]["sha256"], first["source"]["sha256"]);
    // Compares the values of all edges; names of entities are not part of the graph.
    let edges = |db: &str| -> Vec<Vec<Value>> {
        let found = scene
            .place
            .json(db, &["graph", "subgraph", "ip:203.0.113.66", "--json"]);
        let columns = [
            "source_id",
            "target_id",
            "rel_type",
            "first_seen_ns",
            "last_seen_ns",
            "event_count",
        ];
        let rows = found["edges"].as_array().unwrap().iter();
        rows.map(|edge| columns.map(|column| edge[column].clone()).to_vec())
            .collect()
    };
    assert_eq!(edges("home.db").len(), 7);
    assert_eq!(edges("home.db"), edges("a.db"));
}

#[test]
fn edges_of_the_destination_are_refused_merged_or_removed() {
    let Some(scene) = Scene::new() else { return };
    scene.add_a_stranger();
    let (code, out, err) = scene.to_falkordb(&[]);
    assert_eq!((code, &*out), (1, ""), "{err}");
    assert!(err.contains("holds edges already"), "{err}");
    for choice in ["--merge", "--wipe-destination", "--resume"] {
        assert!(err.contains(choice), "{err}");
    }
    assert_eq!(scene.there(), "[1, 3]");

    let (code, _, err) = scene.to_falkordb(&["--merge"]);
    assert_eq!(code, 0, "{err}");
    assert!(
        err.contains("wrote 7 edges") && err.contains("1 that are new or have higher values"),
        "{err}"
    );
    assert_eq!(scene.there(), "[8, 15]");

    let (code, _, err) = scene.to_falkordb(&["--wipe-destination"]);
    assert_eq!(code, 0, "{err}");
    assert!(
        err.contains("verified: the destination equals the source"),
        "{err}"
    );
    assert_eq!(scene.there(), ALL);

    // The options exclude each other.
    let (code, _, _) = scene.to_falkordb(&["--merge", "--wipe-destination"]);
    assert_eq!(code, 1);
    assert_eq!(scene.there(), ALL);
}

/// Resumed over another graph's edges, and with an id that the destination cannot store.
#[test]
fn differing_destination_exits_with_2() {
    let Some(scene) = Scene::new() else { return };
    scene.add_a_stranger();
    let (code, report) = scene.report("igraph", "falkordb", &["--resume"]);
    assert_eq!(code, 2, "{report}");
    assert_eq!(
        (&report["verified"], &report["extra"], &report["missing"]),
        (&false.into(), &1.into(), &0.into())
    );
    assert!(
        report["findings"][0]
            .as_str()
            .unwrap()
            .contains("\"x\" -knows-> \"y\""),
        "{report}"
    );
    let (code, _, err) = scene.to_falkordb(&["--resume"]);
    assert_eq!(code, 2);
    assert!(
        err.contains("NOT verified") && err.contains("1 new or higher"),
        "{err}"
    );

    let mut config = Config::new();
    let file = scene.place.path("a.db");
    config.set("storage.sqlite_path", file.to_str().unwrap()).unwrap();
    let engine = Engine::open(&config, Default::default()).unwrap();
    let unfit = Edge {
        source_id: "ends with a space ".into(),
        target_id: "b".into(),
        rel_type: "knows".into(),
        first_seen: 1,
        last_seen: 2,
        event_count: 1,
    };
    let control = Control::unbounded();
    engine.edges().unwrap().merge_edges(&[unfit], &control).unwrap();
    engine.close(&control).unwrap();
    let (code, report) = scene.report("igraph", "falkordb", &["--wipe-destination"]);
    assert_eq!((code, &report["unfit"]), (2, &1.into()), "{report}");
    assert_eq!(scene.there(), ALL, "all other edges are stored");
}

/// The server counts the queries; each write is one.
#[test]
fn batch_size_bounds_the_edges_of_a_write() {
    let Some(scene) = Scene::new() else { return };
    for (size, writes) in [("1", 7), ("3", 3), ("7", 1), ("100000", 1)] {
        let mut watcher = Redis::open(&scene.server);
        assert_eq!(watcher.ask(&["MONITOR"]), ["OK"]);
        let (code, _, err) = scene.to_falkordb(&["--wipe-destination", "--batch-size", size]);
        assert_eq!(code, 0, "{size}: {err}");
        assert_eq!(scene.there(), ALL, "{size}");
        let end = format!("the end of {} {size}", scene.name);
        redis::ask(&scene.server, &["ECHO", &end]);
        let mut seen = 0;
        loop {
            let said = watcher.next();
            if said.contains(&end) {
                break;
            }
            let ours = said.contains(&format!("\"GRAPH.QUERY\" \"{}\"", scene.name));
            seen += usize::from(ours && said.contains(" MERGE "));
        }
        assert_eq!(seen, writes, "--batch-size {size}");
    }
}

#[test]
fn usage_errors_and_unreachable_servers_exit_with_1() {
    let Some(mut scene) = Scene::new() else { return };
    for (from, to, more, said) in [
        ("igraph", "igraph", &[][..], "the same back end"),
        ("igraph", "falkordb", &["--batch-size", "0"], "--batch-size"),
        ("igraph", "falkordb", &["--batch-size", "many"], "--batch-size"),
        ("igraph", "neo4j", &[], "neo4j"),
        (
            "igraph",
            "falkordb",
            &["--set", "storage.falkordb_url=falkor://u:s3cret@127.0.0.1:1/g"],
            "falkor://127.0.0.1:1/g",
        ),
        (
            "igraph",
            "postgres_age",
            &[
                "--set",
                "storage.postgresql_url=postgresql://u:s3cret@127.0.0.1:1/g",
            ],
            "127.0.0.1:1/g",
        ),
    ] {
        let (code, out, err) = scene.run(from, to, more);
        assert_eq!((code, &*out), (1, ""), "{from} {to} {more:?}: {err}");
        assert!(err.contains(said), "{from} {to} {more:?}: {err}");
        assert!(!err.contains("s3cret"), "{err}");
    }
    assert!(!scene.is_made());
    let Some(url) = POSTGRES.url() else { return };
    scene.postgresql = url;
    let (code, _, err) = scene.run("igraph", "postgres_age", &[]);
    assert_eq!(code, 1, "{err}");
    assert!(
        err.contains("install Apache AGE") && err.contains("CREATE EXTENSION age"),
        "{err}"
    );
}

/// Concurrent MERGE can create an edge twice. It moves as one edge, and the comparison accepts both.
#[test]
fn edge_created_twice_moves_as_one() {
    let Some(scene) = Scene::new() else { return };
    scene.add_a_stranger();
    scene.cypher(
        "MATCH (a:Entity {name: 'x'}), (b:Entity {name: 'y'}) \
         CREATE (a)-[:knows {first_seen: 0, last_seen: 1, event_count: 5}]->(b)",
    );
    assert_eq!(scene.there(), "[2, 8]");
    let home = scene.place.path("home.db").display().to_string();
    let at_home = ["--set", &format!("storage.sqlite_path={home}")];
    let (code, report) = scene.report("falkordb", "igraph", &at_home);
    assert_eq!(code, 0, "{report}");
    assert_eq!(
        (&report["written"], &report["verified"]),
        (&1.into(), &true.into())
    );
    assert_eq!(report["source"], {
        let mut same = report["destination"].clone();
        same["location"] = report["source"]["location"].clone();
        same
    });
}
