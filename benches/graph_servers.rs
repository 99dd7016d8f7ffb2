//! The graph on real servers, FalkorDB and Apache AGE: batches compared with one query per edge, and queries of a large graph.
//!
//! `cargo bench --bench graph_servers [-- EDGES]`; by default 1,000,000 random edges, four per entity. `tests/services/up.sh age
//! falkordb` starts the servers; a server that is not running is skipped. Answers are compared with those of the in-process graph,
//! whose times are printed too. Each graph has a unique name and is removed at the end.

#[path = "../tests/graph/backends.rs"]
#[allow(dead_code)]
mod backends;
mod common;
#[path = "../tests/services/database.rs"]
mod database;
#[path = "../tests/graph/redis.rs"]
mod redis;
#[path = "../tests/services/mod.rs"]
mod services;

use std::time::{Duration, Instant};

use backends::{Graph, Subject};
use common::edges::random_edges;
use redis::Redis;
use seerflow::record::{Control, Edge};

/// Edges per call.
const BATCHES: [usize; 2] = [10_000, 100_000];
/// Edges added with one call each.
const SINGLE: usize = 3_000;
/// Number of entities, and of pairs, that are queried.
const ASKED: usize = 50;

/// The measurements of one back end.
struct Figures {
    name: &'static str,
    /// Edges per second with one Cypher `MERGE` each, into an empty graph; `None` in process.
    cypher: Option<f64>,
    /// Edges per second with one call each, into an empty graph.
    single: f64,
    /// Edges per second for all edges, by batch size.
    batches: Vec<f64>,
    neighbours: Times,
    path: Times,
}

/// Durations of the same query for different entities, sorted.
struct Times(Vec<Duration>);

impl Times {
    /// Runs every query once; returns the durations and answers.
    fn of<T>(questions: usize, mut ask: impl FnMut(usize) -> T) -> (Self, Vec<T>) {
        let mut times = Vec::new();
        let answers = (0..questions)
            .map(|number| {
                let started = Instant::now();
                let answer = ask(number);
                times.push(started.elapsed());
                answer
            })
            .collect();
        times.sort_unstable();
        (Self(times), answers)
    }

    fn spell(&self) -> String {
        let millis = |time: Duration| time.as_secs_f64() * 1e3;
        let median = millis(self.0[self.0.len() / 2]);
        format!("{median:.2} ms ({:.1})", millis(self.0[self.0.len() - 1]))
    }
}

/// The answers, which must be the same on all back ends.
#[derive(PartialEq)]
struct Answers {
    near: Vec<Vec<seerflow::graph::Neighbour>>,
    paths: Vec<Vec<String>>,
}

fn main() {
    let count = common::size(1_000_000);
    let makers: Vec<fn() -> Option<Subject>> = [backends::falkordb, backends::age]
        .into_iter()
        .filter(|make| make().is_some())
        .collect();
    if makers.is_empty() {
        println!("skipped: neither FalkorDB nor Apache AGE is running");
        return;
    }
    let (ids, edges) = random_edges(count);
    let (memory, expected) = measure(|| Some(backends::memory()), &ids, &edges);
    let mut all = vec![memory];
    for make in makers {
        let (figures, answers) = measure(make, &ids, &edges);
        assert!(answers == expected, "{} answers otherwise", figures.name);
        all.push(figures);
    }

    let names: Vec<&str> = all.iter().map(|figures| figures.name).collect();
    println!("\n| | {} |", names.join(" | "));
    println!("|---|{}", "---:|".repeat(names.len()));
    let ratio = |one: f64, other: f64| format!("{:.0}", one / other);
    let none = || "-".to_owned();
    row(
        &all,
        &format!("one MERGE in Cypher an edge, {SINGLE} edges into an empty graph"),
        |f| f.cypher.map_or_else(none, |rate| format!("{rate:.0}/s")),
    );
    row(
        &all,
        &format!("merge_edges, one edge a call, {SINGLE} edges into an empty graph"),
        |f| format!("{:.0}/s", f.single),
    );
    for (place, batch) in BATCHES.iter().enumerate() {
        row(
            &all,
            &format!("merge_edges, {batch} edges a call, {count} edges"),
            |f| format!("{:.0}/s", f.batches[place]),
        );
        row(&all, "the same, to one MERGE an edge", |f| {
            f.cypher.map_or_else(none, |rate| ratio(f.batches[place], rate))
        });
        row(&all, "the same, to one edge a call", |f| {
            ratio(f.batches[place], f.single)
        });
    }
    row(&all, "neighbours, depth 2, median (slowest)", |f| {
        f.neighbours.spell()
    });
    row(&all, "shortest path, median (slowest)", |f| f.path.spell());
    let mean = |lengths: Vec<usize>| lengths.iter().sum::<usize>() as f64 / lengths.len() as f64;
    println!(
        "\n{ASKED} questions each; on average {:.0} neighbours and {:.1} entities on a path",
        mean(expected.near.iter().map(Vec::len).collect()),
        mean(expected.paths.iter().map(Vec::len).collect()),
    );
}

fn row(all: &[Figures], name: &str, spell: impl Fn(&Figures) -> String) {
    let cells: Vec<String> = all.iter().map(spell).collect();
    println!("| {name} | {} |", cells.join(" | "));
}

/// Adds one edge.
type Merge = Box<dyn FnMut(&Edge)>;

/// Returns a function that adds one edge with one Cypher `MERGE`, as a program without libseerflow would; `None` in process.
fn merger(subject: &Subject) -> Option<Merge> {
    let place = subject.graph.location();
    match subject.name {
        "falkordb" => {
            let (address, graph) = place.strip_prefix("falkor://")?.split_once('/')?;
            let (mut redis, graph) = (Redis::open(address), graph.to_owned());
            Some(Box::new(move |edge| {
                let cypher = format!(
                    "CYPHER s=\"{}\" t=\"{}\" f={} l={} n={} MERGE (a:Entity {{name: $s}}) MERGE (b:Entity {{name: $t}}) \
                     MERGE (a)-[e:{}]->(b) ON CREATE SET e.first_seen = $f, e.last_seen = $l, e.event_count = $n \
                     ON MATCH SET e.last_seen = $l, e.event_count = e.event_count + $n",
                    edge.source_id,
                    edge.target_id,
                    edge.first_seen,
                    edge.last_seen,
                    edge.event_count,
                    edge.rel_type
                );
                let answer = redis.ask(&["GRAPH.QUERY", &graph, &cypher]);
                assert!(answer.len() > 1, "{answer:?}");
            }))
        }
        "postgres_age" => {
            let graph = place.rsplit(' ').next()?.to_owned();
            let mut client = postgres::Client::connect(&services::AGE.url()?, postgres::NoTls).unwrap();
            client
                .batch_execute("LOAD 'age'; SET search_path = ag_catalog, public")
                .unwrap();
            // AGE has neither ON CREATE SET nor ON MATCH SET.
            Some(Box::new(move |edge| {
                let sql = format!(
                    "SELECT * FROM cypher('{graph}', $$ MERGE (a:Entity {{name: '{}'}}) MERGE (b:Entity {{name: '{}'}}) \
                     MERGE (a)-[e:{}]->(b) SET e.first_seen = {}, e.last_seen = {}, e.event_count = {} $$) AS (e agtype)",
                    edge.source_id,
                    edge.target_id,
                    edge.rel_type,
                    edge.first_seen,
                    edge.last_seen,
                    edge.event_count
                );
                client.batch_execute(&sql).unwrap();
            }))
        }
        _ => None,
    }
}

fn measure(make: impl Fn() -> Option<Subject>, ids: &[String], edges: &[Edge]) -> (Figures, Answers) {
    let some = &edges[..SINGLE.min(edges.len())];
    let cypher = {
        let subject = make().unwrap();
        prepare(&subject.graph, edges);
        merger(&subject).map(|mut merge| rate(some.len(), || some.iter().for_each(&mut merge)))
    };
    let single = load(&make().unwrap().graph, some, 1);
    let mut batches = Vec::new();
    let mut last = None;
    for batch in BATCHES {
        // Drop the previous graph first.
        drop(last.take());
        let subject = make().unwrap();
        batches.push(load(&subject.graph, edges, batch));
        last = Some(subject);
    }
    let subject = last.unwrap();
    let graph = &subject.graph;

    let control = Control::unbounded();
    let counts = graph.counts(&control).unwrap();
    println!(
        "{}: {} edges between {} entities, loaded in {:.0} s",
        subject.name,
        counts.edges,
        counts.vertices,
        edges.len() as f64 / batches[BATCHES.len() - 1]
    );
    let asked = |number: usize| &*ids[number * ids.len() / ASKED];
    let (neighbours, near) = Times::of(ASKED, |number| {
        graph.neighbours(asked(number), 2, &[], &control).unwrap()
    });
    let (path, paths) = Times::of(ASKED, |number| {
        let other = &ids[ids.len() - 1 - number * ids.len() / ASKED];
        graph.shortest_path(asked(number), other, &control).unwrap()
    });
    let figures = Figures {
        name: subject.name,
        cypher,
        single,
        batches,
        neighbours,
        path,
    };
    (figures, Answers { near, paths })
}

/// Merges all edges in calls of `batch` edges; returns edges per second.
fn load(graph: &Graph, edges: &[Edge], batch: usize) -> f64 {
    prepare(graph, edges);
    let control = Control::unbounded();
    rate(edges.len(), || {
        for some in edges.chunks(batch) {
            graph.merge_edges(some, &control).unwrap();
        }
    })
}

/// Creates indexes and tables with a few edges before the measurement.
fn prepare(graph: &Graph, edges: &[Edge]) {
    let mut first = edges[..edges.len().min(30)].to_vec();
    first.iter_mut().for_each(|edge| edge.event_count = 0);
    graph.merge_edges(&first, &Control::unbounded()).unwrap();
}

/// Returns the rate of `count` operations, per second.
fn rate(count: usize, work: impl FnOnce()) -> f64 {
    let started = Instant::now();
    work();
    count as f64 / started.elapsed().as_secs_f64()
}
