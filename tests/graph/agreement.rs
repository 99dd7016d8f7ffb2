//! Comparison with Seerflow 0.7.0: its in-process graph gives the same answers on the same random graphs.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use seerflow::graph::GraphBackend;
use seerflow::graph::algorithms::{Measure, communities, modularity};
use seerflow::record::{Control, Edge};
use serde_json::{Value as Json, json};

use crate::backends::{self, Subject};
use crate::conformance::stream;
use crate::model::Model;
use crate::random::{IDS, RELATIONS, Random, edges};
use crate::services;

fn ask(python: &Path, edges: &[Edge]) -> Json {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("edges.ndjson");
    let mut lines = String::new();
    for edge in edges {
        writeln!(lines, "{}", serde_json::to_string(edge).unwrap()).unwrap();
    }
    std::fs::write(&file, lines).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/peer_graph.py");
    let output = Command::new(python)
        .arg(script)
        .arg("answers")
        .arg(&file)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text(value: &Json) -> &str {
    value.as_str().unwrap()
}

fn compare(subject: &Subject, theirs: &Json) {
    let graph: &dyn GraphBackend = &*subject.graph;
    let control = Control::unbounded();
    let name = subject.name;
    let counts = graph.counts(&control).unwrap();
    assert_eq!(json!([counts.vertices, counts.edges]), theirs["counts"], "{name}");
    let all: Vec<Json> = stream(graph)
        .into_iter()
        .map(|e| {
            json!([
                e.source_id,
                e.target_id,
                e.rel_type,
                e.first_seen,
                e.last_seen,
                e.event_count
            ])
        })
        .collect();
    assert_eq!(Json::Array(all), theirs["edges"], "{name}");
    let relations: Vec<String> = stream(graph).into_iter().map(|edge| edge.rel_type).collect();
    let first_relation = [relations.into_iter().min().unwrap()];
    let near = |entity: &str, depth: u32, chosen: &[String]| {
        let mut ids: Vec<String> = graph
            .neighbours(entity, depth, chosen, &control)
            .unwrap()
            .into_iter()
            .map(|near| near.entity.into())
            .collect();
        ids.sort();
        json!(ids)
    };
    for (entity, answers) in theirs["neighbours"].as_object().unwrap() {
        for (depth, answer) in answers.as_object().unwrap() {
            assert_eq!(
                near(entity, depth.parse().unwrap(), &[]),
                *answer,
                "{name} {entity} {depth}"
            );
        }
        assert_eq!(
            near(entity, 2, &first_relation),
            theirs["chosen"][entity],
            "{name} {entity}"
        );
    }
    for (entity, answers) in theirs["subgraphs"].as_object().unwrap() {
        for (depth, answer) in answers.as_object().unwrap() {
            let part = graph.subgraph(entity, depth.parse().unwrap(), &control).unwrap();
            let edges: Vec<Json> = part
                .edges
                .iter()
                .map(|e| json!([e.source_id, e.target_id, e.rel_type]))
                .collect();
            assert_eq!(
                json!({"nodes": part.nodes, "edges": edges}),
                *answer,
                "{name} {entity} {depth}"
            );
        }
    }
    for answer in theirs["paths"].as_array().unwrap() {
        let (from, to) = (text(&answer[0]), text(&answer[1]));
        let ours = graph.shortest_path(from, to, &control).unwrap();
        // Seerflow does not specify which of several shortest paths it returns.
        assert_eq!(
            ours.len(),
            answer[2].as_array().unwrap().len(),
            "{name} {from} to {to}"
        );
        for pair in ours.windows(2) {
            assert!(
                near(&pair[0], 1, &[])
                    .as_array()
                    .unwrap()
                    .contains(&json!(pair[1])),
                "{name} {pair:?}"
            );
        }
    }
    let snapshot = graph.snapshot(&control).unwrap();
    for measure in [
        Measure::Pagerank,
        Measure::Betweenness,
        Measure::FanIn,
        Measure::FanOut,
        Measure::EgoSize,
    ] {
        let answers = theirs[measure.name()].as_object().unwrap();
        assert_eq!(answers.len(), snapshot.vertices());
        for (vertex, value) in measure.of(&snapshot, &control).unwrap().into_iter().enumerate() {
            let entity = snapshot.name(vertex);
            let wanted = answers[entity].as_f64().unwrap();
            assert!(
                (value - wanted).abs() < 1e-8,
                "{name}: {measure:?} of {entity}: {value}, Seerflow has {wanted}"
            );
        }
    }
    // Seerflow's communities are random; their quality is compared by modularity.
    let groups: Vec<u32> = snapshot
        .names()
        .map(|entity| theirs["communities"][entity].as_u64().unwrap() as u32)
        .collect();
    let wanted = theirs["modularity"].as_f64().unwrap();
    assert!((modularity(&snapshot, &groups) - wanted).abs() < 1e-9, "{name}");
    let ours = modularity(&snapshot, &communities(&snapshot, &control).unwrap());
    assert!(
        ours >= wanted - 0.02,
        "{name}: modularity {ours}, Seerflow has {wanted}"
    );
}

#[test]
fn answers_equal_those_of_seerflow() {
    let Some(python) = services::seerflow() else {
        return;
    };
    let mut random = Random::new(21);
    let relations = &RELATIONS[..4];
    let mut graphs: Vec<Vec<Edge>> = [(12, 20), (50, 60), (60, 240), (300, 900)]
        .into_iter()
        .map(|(entities, count)| edges(&mut random, entities, count, relations))
        .collect();
    // Ids of every kind, in a ring with a chord.
    let strange = |place: usize, step: usize| Edge {
        source_id: IDS[place].into(),
        target_id: IDS[(place + step) % IDS.len()].into(),
        rel_type: RELATIONS[place % RELATIONS.len()].into(),
        first_seen: i64::MIN,
        last_seen: i64::MAX,
        event_count: 1,
    };
    graphs.push(
        (0..IDS.len())
            .map(|place| strange(place, 1 + 4 * (place % 2)))
            .collect(),
    );
    for edges in graphs {
        let mut model = Model::default();
        model.merge(&edges);
        let edges = model.edges();
        let theirs = ask(&python, &edges);
        for subject in backends::all() {
            subject.graph.merge_edges(&edges, &Control::unbounded()).unwrap();
            compare(&subject, &theirs);
        }
    }
}
