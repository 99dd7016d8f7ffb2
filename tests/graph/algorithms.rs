//! The graph algorithms: equal to their definitions, to each other on all back ends, deterministic, and interruptible.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use seerflow::ErrorKind;
use seerflow::graph::Snapshot;
use seerflow::graph::algorithms::{
    Measure, Sources, betweenness, communities, components, ego_size, fan_in, fan_out, load_scores,
    modularity, pagerank, save_scores, top,
};
use seerflow::record::{Control, Edge, Interrupt};
use seerflow::{Config, Engine};

use crate::backends;
use crate::conformance::control;
use crate::random::{RELATIONS, Random, edges, name};

fn snapshot(edges: &[Edge]) -> Snapshot {
    let subject = backends::memory();
    subject.graph.merge_edges(edges, &control()).unwrap();
    (*subject.graph.snapshot(&control()).unwrap()).clone()
}

/// Returns the edges as pairs of the snapshot's numbers.
fn pairs(graph: &Snapshot, edges: &[Edge]) -> Vec<(usize, usize)> {
    let find = |id: &str| graph.find(id).unwrap();
    let unique: BTreeSet<_> = edges
        .iter()
        .map(|e| (&e.source_id, &e.target_id, &e.rel_type))
        .collect();
    unique
        .into_iter()
        .map(|(source, target, _)| (find(source), find(target)))
        .collect()
}

fn close(a: &[f64], b: &[f64], what: &str) {
    assert_eq!(a.len(), b.len());
    for (place, (a, b)) in a.iter().zip(b).enumerate() {
        assert!((a - b).abs() < 1e-8, "{what} of {place}: {a} and {b}");
    }
}

fn graphs() -> Vec<Vec<Edge>> {
    let mut random = Random::new(9);
    let mut all: Vec<Vec<Edge>> = [(3, 4), (10, 14), (40, 60), (25, 200), (80, 100)]
        .into_iter()
        .map(|(entities, count)| edges(&mut random, entities, count, &RELATIONS[..3]))
        .collect();
    all.push(Vec::new());
    all
}

#[test]
fn pagerank_is_the_stationary_distribution_of_a_random_walk() {
    for edges in graphs() {
        let graph = snapshot(&edges);
        let n = graph.vertices();
        let pairs = pairs(&graph, &edges);
        let out: Vec<usize> = (0..n)
            .map(|v| pairs.iter().filter(|(s, _)| *s == v).count())
            .collect();
        let mut ranks = vec![1.0 / n as f64; n];
        for _ in 0..500 {
            let lost: f64 = (0..n).filter(|v| out[*v] == 0).map(|v| ranks[v]).sum();
            let mut next = vec![(0.15 + 0.85 * lost) / n as f64; n];
            for &(source, target) in &pairs {
                next[target] += 0.85 * ranks[source] / out[source] as f64;
            }
            ranks = next;
        }
        close(&pagerank(&graph, &control()).unwrap(), &ranks, "PageRank");
    }
}

#[test]
fn betweenness_counts_all_shortest_paths() {
    for edges in graphs() {
        let graph = snapshot(&edges);
        let n = graph.vertices();
        let pairs = pairs(&graph, &edges);
        // Distances and numbers of shortest paths, relaxed edge by edge.
        let mut ways = vec![vec![0.0; n]; n];
        for &(a, b) in pairs.iter().filter(|(a, b)| a != b) {
            ways[a][b] += 1.0;
            ways[b][a] += 1.0;
        }
        let mut found = vec![vec![(usize::MAX, 0.0); n]; n];
        for (from, found) in found.iter_mut().enumerate() {
            found[from] = (0, 1.0);
            for distance in 0..n {
                for v in (0..n).filter(|v| found[*v].0 == distance).collect::<Vec<_>>() {
                    for w in (0..n).filter(|w| ways[v][*w] > 0.0) {
                        let paths = found[v].1 * ways[v][w];
                        match found[w].0 {
                            usize::MAX => found[w] = (distance + 1, paths),
                            there if there == distance + 1 => found[w].1 += paths,
                            _ => {}
                        }
                    }
                }
            }
        }
        let mut wanted = vec![0.0; n];
        for a in 0..n {
            for b in a + 1..n {
                for v in (0..n).filter(|v| *v != a && *v != b) {
                    let (direct, first, second) = (found[a][b], found[a][v], found[v][b]);
                    if direct.0 != usize::MAX
                        && first.0 != usize::MAX
                        && second.0 != usize::MAX
                        && first.0 + second.0 == direct.0
                    {
                        wanted[v] += first.1 * second.1 / direct.1;
                    }
                }
            }
        }
        let pairs_of_others = if n > 2 {
            ((n - 1) * (n - 2)) as f64 / 2.0
        } else {
            1.0
        };
        wanted.iter_mut().for_each(|value| *value /= pairs_of_others);
        close(
            &betweenness(&graph, Sources::All, &control()).unwrap(),
            &wanted,
            "betweenness",
        );
        close(
            &betweenness(&graph, Sources::Bounded, &control()).unwrap(),
            &wanted,
            "betweenness",
        );
        close(
            &betweenness(&graph, Sources::Sample(n), &control()).unwrap(),
            &wanted,
            "betweenness",
        );
    }
}

#[test]
fn estimated_betweenness_finds_the_central_entities() {
    let mut random = Random::new(11);
    let graph = snapshot(&edges(&mut random, 400, 900, &RELATIONS[..1]));
    let exact = betweenness(&graph, Sources::All, &control()).unwrap();
    let sampled = betweenness(&graph, Sources::Sample(100), &control()).unwrap();
    let first = |values: &[f64]| {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|a, b| values[*b].total_cmp(&values[*a]));
        order[..20].iter().copied().collect::<BTreeSet<_>>()
    };
    let both = first(&exact).intersection(&first(&sampled)).count();
    assert!(both >= 14, "{both} of 20");
    let (sum, estimate): (f64, f64) = (exact.iter().sum(), sampled.iter().sum());
    assert!((sum - estimate).abs() < 0.1 * sum, "{sum} and {estimate}");
}

#[test]
fn degrees_and_components_are_counted() {
    for edges in graphs() {
        let graph = snapshot(&edges);
        let pairs = pairs(&graph, &edges);
        let (mut into, mut from, mut near) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for &(a, b) in &pairs {
            into.entry(b).or_insert_with(BTreeSet::new).insert(a);
            from.entry(a).or_insert_with(BTreeSet::new).insert(b);
            near.entry(a).or_insert_with(BTreeSet::new).insert(b);
            near.entry(b).or_insert_with(BTreeSet::new).insert(a);
        }
        let count = |sets: &BTreeMap<usize, BTreeSet<usize>>| -> Vec<u32> {
            (0..graph.vertices())
                .map(|v| sets.get(&v).map_or(0, BTreeSet::len) as u32)
                .collect()
        };
        assert_eq!(fan_in(&graph, &control()).unwrap(), count(&into));
        assert_eq!(fan_out(&graph, &control()).unwrap(), count(&from));
        assert_eq!(ego_size(&graph, &control()).unwrap(), count(&near));
        let parts = components(&graph, &control()).unwrap();
        assert!(pairs.iter().all(|(a, b)| parts[*a] == parts[*b]));
        assert_connected_groups(&graph, &pairs, &parts);
        // Connected entities are in the same component.
        let joined = pairs.iter().filter(|(a, b)| a != b).count();
        let most = parts.iter().max().map_or(0, |most| *most as usize + 1);
        assert!(most + joined >= graph.vertices());
    }
}

/// Asserts that groups are numbered by size without gaps, and that each is connected.
fn assert_connected_groups(graph: &Snapshot, pairs: &[(usize, usize)], groups: &[u32]) {
    let count = groups.iter().max().map_or(0, |most| *most as usize + 1);
    let sizes: Vec<usize> = (0..count)
        .map(|group| groups.iter().filter(|g| **g as usize == group).count())
        .collect();
    assert!(
        sizes.is_sorted_by(|a, b| a >= b) && sizes.iter().all(|size| *size > 0),
        "{sizes:?}"
    );
    for (group, size) in sizes.iter().enumerate() {
        let members: Vec<usize> = (0..graph.vertices())
            .filter(|v| groups[*v] as usize == group)
            .collect();
        let mut reached = BTreeSet::from([members[0]]);
        loop {
            let before = reached.len();
            for &(a, b) in pairs
                .iter()
                .filter(|(a, b)| groups[*a] as usize == group && groups[*b] as usize == group)
            {
                if reached.contains(&a) || reached.contains(&b) {
                    reached.extend([a, b]);
                }
            }
            if reached.len() == before {
                break;
            }
        }
        assert_eq!(reached.len(), *size, "group {group} is not connected");
    }
}

#[test]
fn communities_are_connected_and_improve_modularity() {
    for edges in graphs() {
        let graph = snapshot(&edges);
        let groups = communities(&graph, &control()).unwrap();
        assert_connected_groups(&graph, &pairs(&graph, &edges), &groups);
        let alone: Vec<u32> = (0..graph.vertices() as u32).collect();
        let together = vec![0; graph.vertices()];
        let found = modularity(&graph, &groups);
        assert!(found >= modularity(&graph, &alone) - 1e-9 && found >= modularity(&graph, &together) - 1e-9);
    }
    // Eight cliques in a ring are eight communities.
    let mut ring = Vec::new();
    let relation = &RELATIONS[..1];
    for clique in 0..8 {
        for a in 0..6 {
            for b in a + 1..6 {
                ring.push(joined(clique * 6 + a, clique * 6 + b, relation[0]));
            }
        }
        ring.push(joined(clique * 6, (clique * 6 + 7) % 48, relation[0]));
    }
    let graph = snapshot(&ring);
    let groups = communities(&graph, &control()).unwrap();
    for place in 0..48 {
        let of = |place: usize| groups[graph.find(&name(place)).unwrap()];
        assert_eq!(of(place), of(place / 6 * 6), "{place}");
        assert_ne!(of(place), of((place + 6) % 48), "{place}");
    }
}

fn joined(a: usize, b: usize, relation: &str) -> Edge {
    Edge {
        source_id: name(a),
        target_id: name(b),
        rel_type: relation.into(),
        event_count: 1,
        ..Edge::default()
    }
}

#[test]
fn results_do_not_depend_on_the_graphs_history() {
    let mut random = Random::new(13);
    let mut all = edges(&mut random, 60, 300, &RELATIONS[..3]);
    let forward = snapshot(&all);
    all.reverse();
    let mut gone = edges(&mut random, 90, 50, &RELATIONS[3..4]);
    let subject = backends::memory();
    subject.graph.merge_edges(&gone, &control()).unwrap();
    subject.graph.merge_edges(&all, &control()).unwrap();
    gone.retain(|edge| !all.contains(edge));
    subject.graph.remove_edges(&gone, &control()).unwrap();
    let backward = subject.graph.snapshot(&control()).unwrap();
    assert_eq!(forward, *backward);
    for measure in Measure::ALL {
        let values = measure.of(&forward, &control()).unwrap();
        assert_eq!(values, measure.of(&backward, &control()).unwrap(), "{measure:?}");
        assert_eq!(Measure::from_name(measure.name()).unwrap(), measure);
    }
    assert_eq!(
        Measure::from_name("beauty").unwrap_err().kind(),
        ErrorKind::Invalid
    );
}

#[test]
fn snapshots_are_equal_on_all_back_ends() {
    let mut random = Random::new(14);
    let all = edges(&mut random, 40, 120, &RELATIONS[..3]);
    let wanted = snapshot(&all);
    for subject in backends::all() {
        subject.graph.merge_edges(&all, &control()).unwrap();
        assert_eq!(
            *subject.graph.snapshot(&control()).unwrap(),
            wanted,
            "{}",
            subject.name
        );
    }
}

#[test]
fn algorithms_respect_deadline_and_interrupt() {
    let mut random = Random::new(15);
    let graph = snapshot(&edges(&mut random, 3000, 12_000, &RELATIONS[..1]));
    let late = Control::within(Duration::from_millis(30));
    let error = betweenness(&graph, Sources::All, &late).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let interrupt = Interrupt::new();
    interrupt.raise();
    let stopped = Control {
        deadline: None,
        interrupt: Some(interrupt),
    };
    for measure in Measure::ALL {
        assert_eq!(
            measure.of(&graph, &stopped).unwrap_err().kind(),
            ErrorKind::Interrupted,
            "{measure:?}"
        );
    }
}

#[test]
fn scores_are_sorted_and_saved() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new();
    let path = folder.path().join("seerflow.db");
    config.set("storage.sqlite_path", path.to_str().unwrap()).unwrap();
    let engine = Engine::open(&config, Default::default()).unwrap();
    let star: Vec<Edge> = (1..5).map(|leaf| joined(leaf, 0, "r")).collect();
    let graph = snapshot(&star);
    let first = top(&graph, Measure::FanIn, 3, &control()).unwrap();
    let found: Vec<(&str, f64)> = first.iter().map(|score| (&*score.entity, score.value)).collect();
    // Sorted by id, not by number.
    let (hub, one, two) = (name(0), name(2), name(3));
    assert_eq!(found, [(&*hub, 4.0), (&one, 0.0), (&two, 0.0)]);
    assert_eq!(top(&graph, Measure::Component, 9, &control()).unwrap().len(), 5);
    let models = engine.models().unwrap();
    assert!(load_scores(models, Measure::FanIn, &control()).unwrap().is_none());
    save_scores(models, Measure::FanIn, &first, &control()).unwrap();
    assert_eq!(
        load_scores(models, Measure::FanIn, &control())
            .unwrap()
            .unwrap()
            .0,
        first
    );
}
