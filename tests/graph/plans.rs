//! Questions and writes about a few entities read little of a large graph on a server: they start at the entities, by an index.

use std::time::Duration;

use seerflow::Config;
use seerflow::graph::age::AgeGraph;
use seerflow::graph::falkordb::FalkorGraph;
use seerflow::graph::{GraphBackend, GraphServer};
use seerflow::record::{Control, Edge};

use crate::{backends, database, redis, services};

/// Vertices of the graph; each has two edges to others, of two relations.
const VERTICES: usize = 50_000;

fn name(number: usize) -> String {
    format!("entity-{:05}", number % VERTICES)
}

/// Returns the edges that begin at some vertices.
fn edges(vertices: impl Iterator<Item = usize>) -> Vec<Edge> {
    let edge = |source: usize, target: usize, relation: &str| Edge {
        source_id: name(source),
        target_id: name(target),
        rel_type: relation.into(),
        first_seen: 1,
        last_seen: 2,
        event_count: 1,
    };
    vertices
        .flat_map(|n| [edge(n, n * 7 + 1, "uses"), edge(n, n * 11 + 3, "calls")])
        .collect()
}

fn fill(graph: &dyn GraphServer) {
    graph
        .merge_edges(&edges(0..VERTICES), &Control::unbounded())
        .unwrap();
}

/// Asks everything that starts at an entity.
fn ask(graph: &dyn GraphBackend) {
    let anytime = Control::unbounded();
    assert!(graph.related(&name(77), &anytime).unwrap().len() >= 2);
    assert!(graph.neighbours(&name(77), 1, &[], &anytime).unwrap().len() >= 2);
    assert!(graph.subgraph(&name(77), 1, &anytime).unwrap().edges.len() >= 2);
}

/// Returns the Cypher of a line that `MONITOR` printed for a query of a graph.
fn cypher(line: &str, graph: &str) -> Option<String> {
    let (_, rest) = line.split_once(&format!("\"{graph}\" \""))?;
    let (query, _) = rest.split_once("\" \"").unwrap_or((rest, ""));
    let query = query.replace("\\\"", "\"").replace("\\\\", "\\");
    query.contains("MATCH").then_some(query)
}

#[test]
fn falkordb_starts_at_the_entities() {
    let Some((place, name)) = backends::falkordb_graph() else {
        return;
    };
    let mut config = Config::new();
    config
        .set("storage.falkordb_url", &format!("falkor://{place}/{name}"))
        .unwrap();
    let graph = FalkorGraph::new(&config).unwrap();
    fill(&graph);
    let mut monitor = redis::Redis::open(&place);
    monitor.ask(&["MONITOR"]);
    ask(&graph);
    let end = backends::unique();
    redis::ask(&place, &["ECHO", &end]);
    let mut queries = Vec::new();
    loop {
        let line = monitor.next();
        if line.contains(&end) {
            break;
        }
        queries.extend(cypher(&line, &name));
    }
    let plans: Vec<_> = queries
        .iter()
        .map(|query| (query, redis::ask(&place, &["GRAPH.PROFILE", &name, query])))
        .collect();
    graph.close();
    redis::ask(&place, &["GRAPH.DELETE", &name]);
    assert!(plans.len() >= 4, "{plans:#?}");
    for (query, plan) in plans {
        println!("{query}\n{plan:#?}");
        assert!(
            plan.iter().any(|step| step.contains("Node By Index Scan")),
            "{query}: {plan:#?}"
        );
        for step in &plan {
            let produced = step.split("Records produced: ").nth(1);
            let produced = produced.and_then(|rest| rest.split(',').next()?.parse::<u64>().ok());
            assert!(
                produced.is_some_and(|records| records < 100),
                "{query}: {plan:#?}"
            );
        }
    }
}

/// Something that is done with a graph.
type Work<'w> = &'w dyn Fn(&AgeGraph);

#[test]
fn age_reads_few_rows_for_few_entities() {
    let (Some(config), Some(url)) = (backends::age_config(), services::AGE.url()) else {
        return;
    };
    let graph = config.get("storage.age_graph").unwrap().to_owned();
    // The server counts the rows of a session at its end at the latest.
    let within = |work: Work<'_>| {
        let graph = AgeGraph::new(&config).unwrap();
        work(&graph);
        graph.close();
        std::thread::sleep(Duration::from_millis(200));
    };
    let tables = format!("FROM pg_stat_user_tables WHERE schemaname = '{graph}'");
    let rows = || -> u64 {
        let sum = format!("SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint {tables}");
        database::run(&url, &sum)[0].parse().unwrap()
    };
    within(&|graph| fill(graph));
    for table in database::run(
        &url,
        &format!("SELECT format('%I.%I', schemaname, relname) {tables}"),
    ) {
        database::run(&url, &format!("ANALYZE {table}"));
    }
    let some = edges(500..600);
    let anytime = Control::unbounded();
    let works: [(&str, Work<'_>); 4] = [
        ("questions about one entity", &|graph| ask(graph)),
        ("200 edges merged again", &|graph| {
            graph.merge_edges(&some, &anytime).unwrap();
        }),
        ("200 edges removed", &|graph| {
            graph.remove_edges(&some, &anytime).unwrap();
        }),
        ("200 edges added", &|graph| {
            graph.merge_edges(&some, &anytime).unwrap();
        }),
    ];
    let mut read = Vec::new();
    for (name, work) in works {
        let before = rows();
        within(work);
        read.push((name, rows() - before));
    }
    println!("{read:?}");
    let drop_graph = format!("LOAD 'age'; SELECT ag_catalog.drop_graph('{graph}', true)");
    database::run(&url, &drop_graph);
    for (name, rows) in read {
        assert!(rows < 5_000, "{name}: {rows} rows of 150,000");
    }
}
