//! The in-process graph compared with igraph and with Seerflow's graph: the same random edges in one run.
//!
//! `cargo bench --bench graph [-- EDGES...]`; by default 20,000 and 1,000,000 edges, four per entity. igraph is included if
//! `tests/interop/setup.sh` has installed it. Its times are those of calls that return vertex numbers; ours return ids, and times of
//! algorithms include the snapshot.

mod common;

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use seerflow::graph::Snapshot;
use seerflow::graph::algorithms::{Sources, betweenness, communities, modularity, pagerank};
use seerflow::record::{Control, Edge};
use seerflow::{Config, Engine};

use common::edges::random_edges;

/// Sources of the estimated betweenness.
const SAMPLE: usize = 64;
/// The largest number of queries that each follow an added edge.
const ASKED: usize = 2000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut sizes: Vec<usize> = std::env::args()
        .skip(1)
        .filter_map(|word| word.parse().ok())
        .collect();
    if sizes.is_empty() {
        sizes = match common::is_bench() {
            true => vec![20_000, 1_000_000],
            false => vec![common::size(0)],
        };
    }
    for edges in sizes {
        measure(&random_edges(edges).1)?;
    }
    Ok(())
}

/// Returns the shortest of several durations, in seconds.
fn best<T>(repeats: usize, mut work: impl FnMut() -> T) -> f64 {
    (0..repeats)
        .map(|_| {
            let started = Instant::now();
            black_box(work());
            started.elapsed()
        })
        .min()
        .unwrap_or(Duration::ZERO)
        .as_secs_f64()
}

fn measure(edges: &[Edge]) -> Result<(), Box<dyn std::error::Error>> {
    let control = Control::unbounded();
    let peer = peer(edges)?;
    let large = edges.len() > 100_000;
    let (few, many) = if large { (1, 3) } else { (5, 20) };

    let folder = tempfile::tempdir()?;
    let written = committed(edges, &folder)?;
    let engine = open(&folder)?;
    let graph = engine.graph()?;
    let before = resident_bytes()?;
    let counts = graph.counts(&control)?;
    let bytes = resident_bytes()?.saturating_sub(before) as f64 / counts.edges as f64;
    println!(
        "\n{} edges between {} entities, {bytes:.0} bytes of memory per edge\n",
        counts.edges, counts.vertices
    );
    println!("| | libseerflow | igraph | ratio |");
    println!("|---|---:|---:|---:|");
    let theirs = peer
        .as_ref()
        .and_then(|peer| peer["seerflow_adds_per_second"].as_f64());
    let written = edges.len() as f64 / written;
    let spelled = theirs.map_or_else(
        || "|".to_owned(),
        |theirs| format!("{theirs:.0}/s (Seerflow) | {:.1}", written / theirs),
    );
    println!("| write_edges, 1,000 edges a call, and flush | {written:.0}/s | {spelled} |");
    let [queued, durable] = [false, true].map(|durable| add_and_ask(edges, durable));
    let (queued, durable) = (queued?, durable?);
    println!(
        "| write_edges of one edge, then related, {ASKED} times | {} each | | |",
        spell(queued)
    );
    println!(
        "| the same with a commit before each question | {} each | ratio | {:.2} |",
        spell(durable),
        queued / durable
    );

    let ids: Vec<String> = graph.snapshot(&control)?.names().map(str::to_owned).collect();
    let asked: Vec<&String> = (0..300).map(|i| &ids[i * ids.len() / 300]).collect();
    let near = best(many, || {
        for entity in &asked {
            black_box(graph.neighbours(entity, 2, &[], &control).unwrap());
        }
    }) / asked.len() as f64;
    row("neighbours, depth 2", near, &peer, "neighbours");
    let path = best(many, || {
        for (place, from) in asked.iter().take(100).enumerate() {
            let to = &ids[ids.len() - 1 - place * ids.len() / 300];
            black_box(graph.shortest_path(from, to, &control).unwrap());
        }
    }) / 100.0;
    row("shortest path", path, &peer, "shortest_path");

    let snapshot = || graph.snapshot(&control).unwrap();
    println!(
        "| (snapshot, in each of the following) | {} | | |",
        spell(best(many, snapshot))
    );
    row(
        "PageRank",
        best(many, || pagerank(&snapshot(), &control).unwrap()),
        &peer,
        "pagerank",
    );
    let mut groups = Vec::new();
    let found = best(few, || groups = communities(&snapshot(), &control).unwrap());
    row("communities (against Leiden)", found, &peer, "leiden");
    row("communities (against Louvain)", found, &peer, "louvain");
    let sources = if large {
        Sources::Sample(SAMPLE)
    } else {
        Sources::All
    };
    let name = if large {
        "betweenness, 64 sources"
    } else {
        "betweenness, exact"
    };
    let between = |graph: &Snapshot| betweenness(graph, sources, &control).unwrap();
    row(
        name,
        best(few.min(2), || between(&snapshot())),
        &peer,
        "betweenness",
    );
    let mut line = format!("\nmodularity: {:.4}", modularity(&snapshot(), &groups));
    if let Some(peer) = &peer {
        for (key, name) in [("leiden", "Leiden"), ("louvain", "Louvain")] {
            if let Some(theirs) = peer["modularity"][key].as_f64() {
                write!(line, "; igraph's {name} {theirs:.4}")?;
            }
        }
    }
    println!("{line}");
    Ok(())
}

fn row(name: &str, ours: f64, peer: &Option<serde_json::Value>, key: &str) {
    match peer.as_ref().and_then(|peer| peer[key].as_f64()) {
        Some(theirs) => println!(
            "| {name} | {} | {} | {:.1} |",
            spell(ours),
            spell(theirs),
            theirs / ours
        ),
        None => println!("| {name} | {} | | |", spell(ours)),
    }
}

fn spell(seconds: f64) -> String {
    match seconds {
        ..1e-3 => format!("{:.1} µs", seconds * 1e6),
        ..1.0 => format!("{:.1} ms", seconds * 1e3),
        _ => format!("{seconds:.2} s"),
    }
}

/// Writes all edges to a new store, 1,000 per call, and waits for the commit; returns seconds.
fn committed(edges: &[Edge], folder: &tempfile::TempDir) -> Result<f64, Box<dyn std::error::Error>> {
    let (engine, control) = (open(folder)?, Control::unbounded());
    engine.start(&control)?;
    let started = Instant::now();
    for some in edges.chunks(1000) {
        engine.write_edges(some, false, &control)?;
    }
    engine.flush(&control)?;
    let took = started.elapsed().as_secs_f64();
    engine.close(&control)?;
    Ok(took)
}

/// Returns how much memory this process has in use.
fn resident_bytes() -> Result<u64, Box<dyn std::error::Error>> {
    let statm = std::fs::read_to_string("/proc/self/statm")?;
    let pages: u64 = statm.split(' ').nth(1).unwrap_or_default().parse()?;
    Ok(pages * 4096)
}

/// Adds edges to a graph of a store one by one, each followed by a query that must include it; returns seconds per edge. With `durable`
/// each edge is committed by a call of its own.
fn add_and_ask(edges: &[Edge], durable: bool) -> Result<f64, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let engine = open(&folder)?;
    let (graph, control) = (engine.graph()?, Control::unbounded());
    graph.counts(&control)?;
    let started = Instant::now();
    for edge in edges.iter().take(ASKED) {
        let one = std::slice::from_ref(edge);
        engine.write_edges(one, durable, &control)?;
        black_box(graph.related(&edge.source_id, &control)?);
    }
    let took = started.elapsed().as_secs_f64() / edges.len().min(ASKED) as f64;
    engine.close(&control)?;
    Ok(took)
}

/// Opens the store in a folder.
fn open(folder: &tempfile::TempDir) -> Result<Engine, Box<dyn std::error::Error>> {
    let mut config = Config::new();
    config.set(
        "storage.sqlite_path",
        &folder.path().join("seerflow.db").to_string_lossy(),
    )?;
    Ok(Engine::open(&config, Default::default())?)
}

/// Runs igraph; `None` if it is not installed.
fn peer(edges: &[Edge]) -> Result<Option<serde_json::Value>, Box<dyn std::error::Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("target/seerflow-venv/bin/python");
    if !python.exists() {
        println!("skipped: igraph; run tests/interop/setup.sh to have it");
        return Ok(None);
    }
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("edges.ndjson");
    let mut lines = String::new();
    for edge in edges {
        writeln!(lines, "{}", serde_json::to_string(edge)?)?;
    }
    std::fs::write(&file, lines)?;
    let output = Command::new(python)
        .arg(root.join("tests/interop/peer_graph.py"))
        .arg("bench")
        .arg(&file)
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(Some(serde_json::from_slice(&output.stdout)?))
}
