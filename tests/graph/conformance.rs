//! The contract of a graph back end, tested on all of them.

use std::time::{Duration, Instant};

use seerflow::graph::{GraphBackend, GraphCounts, MAX_ID_BYTES, Subgraph, is_id};
use seerflow::record::{Control, Edge, Interrupt};
use seerflow::{Engine, ErrorKind};

use crate::backends::{self, Graph, Subject};
use crate::model::Model;
use crate::random::{IDS, RELATIONS, Random, edges, name};

pub fn control() -> Control {
    Control::within(Duration::from_secs(120))
}

fn over_all(test: impl Fn(&Subject)) {
    let subjects = backends::all();
    assert!(!subjects.is_empty());
    for subject in subjects {
        eprintln!("over {}", subject.name);
        test(&subject);
    }
}

/// Returns an edge.
pub fn edge(source: &str, target: &str, rel_type: &str, seen: (i64, i64), event_count: i64) -> Edge {
    Edge {
        source_id: source.into(),
        target_id: target.into(),
        rel_type: rel_type.into(),
        first_seen: seen.0,
        last_seen: seen.1,
        event_count,
    }
}

/// Returns all edges in the order in which the back end streams them.
pub fn stream(graph: &dyn GraphBackend) -> Vec<Edge> {
    let mut all = Vec::new();
    graph
        .edges(&control(), &mut |edge| {
            all.push(edge);
            Ok(())
        })
        .unwrap();
    all
}

/// Returns all edges of the relational store.
pub fn stored(engine: &Engine) -> Vec<Edge> {
    let mut all = Vec::new();
    let store = engine.edges().unwrap();
    store
        .load_edges(&control(), &mut |edge| {
            all.push(edge);
            Ok(())
        })
        .unwrap();
    all
}

/// Waits until a graph has exactly these edges; `meanwhile` runs before each check.
pub fn await_edges(graph: &dyn GraphBackend, wanted: &[Edge], meanwhile: impl Fn()) {
    let began = Instant::now();
    while stream(graph) != wanted {
        meanwhile();
        if began.elapsed() > Duration::from_secs(60) {
            assert_eq!(stream(graph), wanted);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Compares all edges and reports the first difference.
pub fn assert_edges(name: &str, graph: &dyn GraphBackend, wanted: &[Edge]) {
    let found = stream(graph);
    for (place, (found, wanted)) in found.iter().zip(wanted).enumerate() {
        assert_eq!(found, wanted, "{name}: edge {place}");
    }
    assert_eq!(found.len(), wanted.len(), "{name}: the number of edges");
}

/// Compares all kinds of answers for some entities.
fn compare(name: &str, graph: &dyn GraphBackend, model: &Model, entities: &[String], rel_types: &[String]) {
    let control = &control();
    assert_edges(name, graph, &model.edges());
    assert_eq!(graph.counts(control).unwrap(), model.counts(), "{name}");
    for (place, entity) in entities.iter().enumerate() {
        for depth in [0, 2, u32::MAX] {
            let near = graph.neighbours(entity, depth, &[], control).unwrap();
            assert_eq!(
                near,
                model.neighbours(entity, depth, &[]),
                "{name} {entity} {depth}"
            );
        }
        for chosen in [&rel_types[..1], &rel_types[1..]] {
            let near = graph.neighbours(entity, 2, chosen, control).unwrap();
            assert_eq!(
                near,
                model.neighbours(entity, 2, chosen),
                "{name} {entity} {chosen:?}"
            );
        }
        for depth in [0, 1] {
            let part = graph.subgraph(entity, depth, control).unwrap();
            assert_eq!(part, model.subgraph(entity, depth), "{name} {entity} {depth}");
        }
        assert_eq!(
            graph.related(entity, control).unwrap(),
            model.related(entity),
            "{name} {entity}"
        );
        for other in entities.iter().cycle().skip(place).take(3) {
            let path = graph.shortest_path(entity, other, control).unwrap();
            assert_eq!(
                path,
                model.shortest_path(entity, other),
                "{name} {entity} to {other}"
            );
        }
    }
}

#[test]
fn random_multigraphs_match_the_model() {
    over_all(|subject| {
        let mut random = Random::new(1);
        // From several components to one dense component.
        for (entities, count) in [(40, 30), (30, 60), (12, 80)] {
            let relations = &RELATIONS[..4];
            let mut model = Model::default();
            subject.graph.clear(&control()).unwrap();
            for part in edges(&mut random, entities, count, relations).chunks(17) {
                subject.graph.merge_edges(part, &control()).unwrap();
                model.merge(part);
            }
            let raised = edges(&mut random, entities, 10, relations);
            subject.graph.merge_edges(&raised, &control()).unwrap();
            model.merge(&raised);
            let gone: Vec<Edge> = model.edges().into_iter().step_by(5).collect();
            subject.graph.remove_edges(&gone, &control()).unwrap();
            model.remove(&gone);
            let asked: Vec<String> = (0..8).map(|n| name(n % entities)).collect();
            let relations: Vec<String> = relations.iter().map(|r| (*r).to_owned()).collect();
            compare(subject.name, &*subject.graph, &model, &asked, &relations);
        }
    });
}

#[test]
fn any_id_and_any_relation_round_trips() {
    over_all(|subject| {
        let mut model = Model::default();
        let mut all = Vec::new();
        for (n, source) in IDS.iter().enumerate() {
            let target = IDS[(n * 5 + 1) % IDS.len()];
            let relation = RELATIONS[n % RELATIONS.len()];
            all.push(edge(source, target, relation, (n as i64, n as i64 + 1), 1));
        }
        subject.graph.merge_edges(&all, &control()).unwrap();
        subject.graph.merge_edges(&all, &control()).unwrap();
        model.merge(&all);
        let longest = [
            "é".repeat(MAX_ID_BYTES / 2),
            format!("{}e", "é".repeat(MAX_ID_BYTES / 2 - 1)),
        ];
        let long = [edge(&longest[0], &longest[1], "r", (1, 2), 3)];
        subject.graph.merge_edges(&long, &control()).unwrap();
        subject.graph.merge_edges(&long, &control()).unwrap();
        model.merge(&long);
        for asked in ["", " ", "a ", "a\0", "\u{1}"] {
            assert_eq!(subject.graph.neighbours(asked, 2, &[], &control()).unwrap(), []);
            assert!(
                subject
                    .graph
                    .shortest_path("a", asked, &control())
                    .unwrap()
                    .is_empty()
            );
            assert_eq!(subject.graph.related(asked, &control()).unwrap(), []);
            assert_eq!(
                subject.graph.subgraph(asked, 1, &control()).unwrap(),
                Subgraph::default()
            );
        }
        let ids: Vec<String> = IDS.iter().map(|id| (*id).to_owned()).chain(longest).collect();
        let relations: Vec<String> = RELATIONS.iter().map(|r| (*r).to_owned()).collect();
        compare(subject.name, &*subject.graph, &model, &ids, &relations);
    });
}

#[test]
fn random_ids_round_trip() {
    over_all(|subject| {
        let mut random = Random::new(2);
        let mut id = || -> String {
            loop {
                let id: String = (0..1 + random.below(12))
                    .filter_map(|_| {
                        let bound = random.one(&[0x80, 0x800, 0x1_0000, 0x11_0000]);
                        char::from_u32(random.below(bound) as u32)
                    })
                    .collect();
                if is_id(&id) {
                    return id;
                }
            }
        };
        let mut model = Model::default();
        let all: Vec<Edge> = (0..300).map(|_| edge(&id(), &id(), "r", (1, 2), 3)).collect();
        subject.graph.merge_edges(&all, &control()).unwrap();
        model.merge(&all);
        assert_edges(subject.name, &*subject.graph, &model.edges());
        for one in all.iter().step_by(20) {
            let near = subject
                .graph
                .neighbours(&one.source_id, 2, &[], &control())
                .unwrap();
            assert_eq!(near, model.neighbours(&one.source_id, 2, &[]), "{}", subject.name);
        }
    });
}

#[test]
fn extreme_integers_are_stored() {
    over_all(|subject| {
        let (min, max) = (i64::MIN, i64::MAX);
        let mut model = Model::default();
        for part in [
            vec![edge("a", "b", "r", (min, max), max)],
            vec![edge("a", "b", "r", (0, 0), 1)],
            vec![
                edge("a", "b", "r", (max, min), max),
                edge("a", "b", "r", (0, 0), max),
            ],
            vec![
                edge("b", "a", "r", (max, min), 0),
                edge("b", "b", "r", (1, -1), max),
            ],
            vec![edge("b", "a", "r", (5, 7), max - 1)],
            vec![edge("b", "a", "r", (5, 7), 1)],
            vec![edge("b", "a", "r", (5, 7), 0)],
        ] {
            subject.graph.merge_edges(&part, &control()).unwrap();
            model.merge(&part);
        }
        let both = ["a".to_owned(), "b".to_owned()];
        compare(
            subject.name,
            &*subject.graph,
            &model,
            &both,
            &["r".into(), "s".into()],
        );
    });
}

#[test]
fn invalid_edges_are_refused_and_nothing_is_added() {
    over_all(|subject| {
        let good = edge("a", "b", "r", (1, 2), 1);
        for bad in [
            edge("", "b", "r", (1, 2), 1),
            edge("a", "", "r", (1, 2), 1),
            edge("a\0", "b", "r", (1, 2), 1),
            edge("a\u{1}b", "b", "r", (1, 2), 1),
            edge("a", "b ", "r", (1, 2), 1),
            edge("a", "\tb", "r", (1, 2), 1),
            edge(&"a".repeat(MAX_ID_BYTES + 1), "b", "r", (1, 2), 1),
            edge("a", "b", "", (1, 2), 1),
            edge("a", "b", "1r", (1, 2), 1),
            edge("a", "b", "r r", (1, 2), 1),
            edge("a", "b", "r`]->() DETACH DELETE a //", (1, 2), 1),
            edge("a", "b", "é", (1, 2), 1),
            edge("a", "b", "r", (1, 2), -1),
        ] {
            let both = [good.clone(), bad.clone()];
            let refused = match &subject.graph {
                Graph::Memory(engine) => engine.write_edges(&both, true, &control()),
                Graph::Server(server) => server.merge_edges(&both, &control()),
            };
            assert_eq!(refused.unwrap_err().kind(), ErrorKind::Invalid, "{bad:?}");
        }
        assert_eq!(subject.graph.counts(&control()).unwrap(), GraphCounts::default());
        assert_eq!(stream(&*subject.graph), []);
    });
}

#[test]
fn empty_graph_has_no_entities() {
    over_all(|subject| {
        let graph = &subject.graph;
        let empty = || {
            assert_eq!(graph.neighbours("a", 3, &[], &control()).unwrap(), []);
            assert!(graph.shortest_path("a", "b", &control()).unwrap().is_empty());
            assert!(graph.shortest_path("a", "a", &control()).unwrap().is_empty());
            assert_eq!(graph.subgraph("a", 1, &control()).unwrap(), Subgraph::default());
            assert_eq!(graph.related("a", &control()).unwrap(), []);
            assert_eq!(graph.counts(&control()).unwrap(), GraphCounts::default());
            assert_eq!(stream(&**graph), []);
        };
        graph.health(&control()).unwrap();
        empty();
        let one = [edge("a", "b", "r", (1, 2), 1)];
        graph.remove_edges(&one, &control()).unwrap();
        graph.merge_edges(&[], &control()).unwrap();
        empty();
        // An entity without edges is unknown, even if the server still stores it.
        graph.merge_edges(&one, &control()).unwrap();
        graph.remove_edges(&one, &control()).unwrap();
        empty();
        graph.merge_edges(&one, &control()).unwrap();
        graph.clear(&control()).unwrap();
        graph.clear(&control()).unwrap();
        empty();
        graph.merge_edges(&one, &control()).unwrap();
        assert_eq!(stream(&**graph), one);
    });
}

#[test]
fn hub_with_100_000_edges() {
    const SPOKES: usize = 100_000;
    over_all(|subject| {
        let graph = &subject.graph;
        let spokes: Vec<Edge> = (0..SPOKES)
            .map(|n| edge("hub", &format!("s{n:06}"), "touched", (n as i64, n as i64), 1))
            .collect();
        for part in spokes.chunks(25_000) {
            graph.merge_edges(part, &control()).unwrap();
        }
        graph
            .merge_edges(&[edge("far", "s050000", "touched", (0, 0), 2)], &control())
            .unwrap();
        let near = graph.neighbours("hub", 1, &[], &control()).unwrap();
        assert_eq!(near.len(), SPOKES);
        assert!(near.is_sorted());
        assert_eq!(
            graph.neighbours("far", 3, &[], &control()).unwrap().len(),
            SPOKES + 1
        );
        assert_eq!(
            graph.shortest_path("far", "s000000", &control()).unwrap(),
            ["far", "s050000", "hub", "s000000"]
        );
        assert_eq!(graph.related("hub", &control()).unwrap().len(), SPOKES);
        assert_eq!(graph.subgraph("s000001", 1, &control()).unwrap().edges.len(), 1);
        assert_eq!(stream(&**graph).len(), SPOKES + 1);
    });
}

#[test]
fn concurrent_merges_lose_nothing() {
    const THREADS: usize = 6;
    const ROUNDS: usize = 15;
    over_all(|subject| {
        let graphs: Vec<&Graph> = std::iter::once(&subject.graph).chain(&subject.other).collect();
        let all = |first: i64, last: i64, count: i64| -> Vec<Edge> {
            (0..20)
                .map(|n| edge(&name(n % 5), &name(n % 7), RELATIONS[n % 3], (first, last), count))
                .collect()
        };
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                let (graph, all) = (graphs[thread % graphs.len()], &all);
                scope.spawn(move || {
                    let mut random = Random::new(100 + thread as u64);
                    for round in 0..ROUNDS {
                        // Every call merges every edge, in a different order.
                        let mut all = all(-(thread as i64), round as i64, (thread * ROUNDS + round) as i64);
                        let turn = random.below(all.len());
                        all.rotate_left(turn);
                        graph.merge_edges(&all, &control()).unwrap();
                        graph.neighbours(&name(1), 2, &[], &control()).unwrap();
                    }
                });
            }
        });
        let mut model = Model::default();
        model.merge(&all(
            1 - THREADS as i64,
            ROUNDS as i64 - 1,
            (THREADS * ROUNDS) as i64 - 1,
        ));
        assert_edges(subject.name, &**graphs[0], &model.edges());
    });
}

/// Back ends may write large batches in another way than small ones.
#[test]
fn large_batches_match_the_model() {
    over_all(|subject| {
        let mut random = Random::new(11);
        let mut model = Model::default();
        for _ in 0..3 {
            let mut batch = edges(&mut random, 300, 6_000, RELATIONS);
            batch.push(edge("a", "a", "knows", (i64::MIN, i64::MAX), i64::MAX));
            batch.push(edge("日本", "it's \\ \"x\"", "knows", (-1, 0), 0));
            model.merge(&batch);
            subject.graph.merge_edges(&batch, &control()).unwrap();
            assert_edges(subject.name, &*subject.graph, &model.edges());
        }
    });
}

#[test]
fn concurrent_large_batches_lose_nothing() {
    const THREADS: usize = 4;
    const EDGES: usize = 1_500;
    over_all(|subject| {
        let graphs: Vec<&Graph> = std::iter::once(&subject.graph).chain(&subject.other).collect();
        let mut model = Model::default();
        for round in 0..4 {
            // All threads merge the same new edges, and those of earlier rounds.
            let batches: Vec<Vec<Edge>> = (0..THREADS)
                .map(|thread| {
                    let count = (round * THREADS + thread) as i64;
                    (0..EDGES)
                        .map(|n| edge(&name(n % (100 + round)), &name(n), "knows", (5, 9), count))
                        .collect()
                })
                .collect();
            std::thread::scope(|scope| {
                for (thread, batch) in batches.iter().enumerate() {
                    let graph = graphs[thread % graphs.len()];
                    scope.spawn(move || graph.merge_edges(batch, &control()).unwrap());
                }
            });
            batches.iter().for_each(|batch| model.merge(batch));
            assert_edges(subject.name, &**graphs[0], &model.edges());
        }
    });
}

#[test]
fn deadline_and_interrupt_end_a_call() {
    over_all(|subject| {
        let graph = &subject.graph;
        graph
            .merge_edges(&[edge("a", "b", "r", (1, 2), 1)], &control())
            .unwrap();
        let late = Control::within(Duration::ZERO);
        let error = graph.neighbours("a", 2, &[], &late).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{}", subject.name);
        let interrupt = Interrupt::new();
        interrupt.raise();
        let stopped = Control {
            deadline: None,
            interrupt: Some(interrupt),
        };
        let error = graph.shortest_path("a", "b", &stopped).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Interrupted, "{}", subject.name);
        let error = graph.edges(&stopped, &mut |_| Ok(())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Interrupted, "{}", subject.name);
        assert_eq!(graph.neighbours("a", 2, &[], &control()).unwrap().len(), 1);
    });
}

#[test]
fn error_of_the_reader_ends_a_stream() {
    over_all(|subject| {
        let graph = &subject.graph;
        graph
            .merge_edges(
                &[edge("a", "b", "r", (1, 2), 1), edge("b", "c", "r", (1, 2), 1)],
                &control(),
            )
            .unwrap();
        let mut seen = 0;
        let enough = graph.edges(&control(), &mut |_| {
            seen += 1;
            Err(seerflow::Error::new(ErrorKind::Limit, "enough"))
        });
        assert_eq!(enough.unwrap_err().kind(), ErrorKind::Limit);
        assert_eq!(seen, 1);
        assert_eq!(stream(&**graph).len(), 2);
    });
}

#[test]
fn closed_graph_returns_closed() {
    over_all(|subject| {
        subject.graph.close();
        let error = subject.graph.counts(&control()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Closed, "{}", subject.name);
    });
}

/// Edges are removed and added during the stream.
#[test]
fn stream_continues_while_edges_are_removed() {
    over_all(|subject| {
        let graph = &subject.graph;
        let node = |number: usize| format!("n{number:06}");
        let all: Vec<Edge> = (0..6_000)
            .map(|number| edge(&node(number), "hub", "r", (1, 2), 1))
            .collect();
        graph.merge_edges(&all, &control()).unwrap();
        let (kept, gone) = all.split_at(3_000);
        let mut seen = Vec::new();
        let streamed = graph.edges(&control(), &mut |edge| {
            if seen.is_empty() {
                graph.remove_edges(gone, &control())?;
                // They reuse the slots of the removed edges.
                let others: Vec<Edge> = (0..1_000)
                    .map(|number| self::edge(&format!("m{number:06}"), "hub", "r", (1, 2), 1))
                    .collect();
                graph.merge_edges(&others, &control())?;
            }
            seen.push(edge);
            Ok(())
        });
        streamed.unwrap();
        assert!(seen.is_sorted_by(|a, b| a < b), "{}", subject.name);
        assert!(kept.iter().all(|edge| seen.contains(edge)), "{}", subject.name);
        assert_eq!(stream(&**graph).len(), 4_000, "{}", subject.name);
    });
}
