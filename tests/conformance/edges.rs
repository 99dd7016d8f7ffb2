//! Edges between entities, and related entities.

use std::collections::BTreeMap;

use seerflow::record::{Edge, RelatedEntity};
use seerflow::{Engine, ErrorKind};

use crate::backends::Backend;
use crate::store::{Dice, anytime, open};

cases! {
    edges_accumulate,
    edges_are_streamed_in_order,
    edges_are_validated_before_anything_is_written,
    edges_are_merged_and_removed,
    edge_counts_saturate,
}

fn edge(source: &str, target: &str, relation: &str, count: i64) -> Edge {
    Edge {
        source_id: source.into(),
        target_id: target.into(),
        rel_type: relation.into(),
        first_seen: 10,
        last_seen: 20,
        event_count: count,
    }
}

fn all(engine: &Engine) -> Vec<Edge> {
    let mut edges = Vec::new();
    engine
        .edges()
        .unwrap()
        .load_edges(&anytime(), &mut |edge| {
            edges.push(edge);
            Ok(())
        })
        .unwrap();
    edges
}

fn edges_accumulate(backend: &'static dyn Backend) {
    let engine = open(backend);
    let edges = engine.edges().unwrap();
    let edge = |source: &str, target: &str, first_seen, last_seen| Edge {
        source_id: source.into(),
        target_id: target.into(),
        rel_type: "logged_into".into(),
        first_seen,
        last_seen,
        event_count: 1,
    };
    engine.write_edges(&[
                edge("u", "h", 5, 6),
                edge("u", "h", 3, 4),
                edge("v", "u", 1, 1),
                edge("u", "u", 1, 1),
            ], true, &anytime())
        .unwrap();
    let mut all = Vec::new();
    edges
        .load_edges(&anytime(), &mut |edge| {
            all.push(edge);
            Ok(())
        })
        .unwrap();
    assert_eq!(all.len(), 3);
    assert_eq!(
        all[0],
        Edge {
            event_count: 2,
            ..edge("u", "h", 3, 6)
        }
    );
    let related = edges.related_entities("u", 10, &anytime()).unwrap();
    let names: Vec<(&str, i64)> = related
        .iter()
        .map(
            |RelatedEntity {
                 entity, event_count, ..
             }| (entity.as_str(), *event_count),
        )
        .collect();
    assert_eq!(names, [("h", 2), ("u", 1), ("v", 1)]);
    let hostile = Edge {
        rel_type: "a]->() DELETE".into(),
        ..edge("a", "b", 1, 1)
    };
    assert_eq!(
        engine.write_edges(&[hostile], true, &anytime()).unwrap_err().kind(),
        ErrorKind::Invalid
    );
    assert_eq!(edges.prune_edges(2, &anytime()).unwrap(), 2);
}

fn edges_are_streamed_in_order(backend: &'static dyn Backend) {
    let store = open(backend);
    let mut dice = Dice::new(3);
    let mut expected: BTreeMap<(String, String, String), Edge> = BTreeMap::new();
    let edges: Vec<Edge> = (0..25_000)
        .map(|_| {
            let node = |dice: &mut Dice| format!("{}{}", ["n", "N", "é"][dice.draw(3) as usize], dice.draw(150));
            let relation = ["knows", "Knows", "_x"][dice.draw(3) as usize];
            let seen = dice.draw(1000) as i64 - 500;
            Edge {
                first_seen: seen,
                last_seen: seen + dice.draw(10) as i64,
                ..edge(&node(&mut dice), &node(&mut dice), relation, dice.draw(5) as i64)
            }
        })
        .collect();
    for one in &edges {
        expected
            .entry((one.source_id.clone(), one.target_id.clone(), one.rel_type.clone()))
            .and_modify(|known| {
                known.first_seen = known.first_seen.min(one.first_seen);
                known.last_seen = known.last_seen.max(one.last_seen);
                known.event_count += one.event_count;
            })
            .or_insert_with(|| one.clone());
    }
    store.write_edges(&edges, true, &anytime()).unwrap();
    let expected: Vec<Edge> = expected.into_values().collect();
    assert!(expected.len() > 20_000, "more than two pages of the stream");
    assert!(all(&store) == expected);
    // An error from `each` ends the stream and is returned.
    let mut seen = 0;
    let error = store
        .edges()
        .unwrap()
        .load_edges(&anytime(), &mut |_| {
            seen += 1;
            match seen {
                5 => Err(seerflow::Error::invalid("enough")),
                _ => Ok(()),
            }
        })
        .unwrap_err();
    assert_eq!((seen, error.kind()), (5, ErrorKind::Invalid));
}

fn edges_are_validated_before_anything_is_written(backend: &'static dyn Backend) {
    let store = open(backend);
    let edges = store.edges().unwrap();
    for bad in [
        edge("", "b", "knows", 1),
        edge("a", "", "knows", 1),
        edge("a", "b", "", 1),
        edge("a", "b", "1st", 1),
        edge("a", "b", "kn\u{f6}ws", 1),
        edge("a", "b", "knows", -1),
    ] {
        let both = [edge("good", "good", "knows", 1), bad];
        let error = store.write_edges(&both, true, &anytime()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        let error = edges.merge_edges(&both, &anytime()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    }
    assert_eq!(all(&store), []);
}

fn edges_are_merged_and_removed(backend: &'static dyn Backend) {
    let store = open(backend);
    let edges = store.edges().unwrap();
    let ab = edge("a", "b", "knows", 5);
    store.write_edges(&[ab.clone(), edge("b", "c", "knows", 1)], true, &anytime())
        .unwrap();
    let wider = Edge {
        first_seen: 5,
        last_seen: 15,
        event_count: 3,
        ..ab.clone()
    };
    for _ in 0..2 {
        edges
            .merge_edges(&[wider.clone(), edge("c", "d", "knows", 2)], &anytime())
            .unwrap();
    }
    let merged = Edge {
        first_seen: 5,
        ..ab.clone()
    };
    assert_eq!(
        all(&store),
        [merged.clone(), edge("b", "c", "knows", 1), edge("c", "d", "knows", 2)]
    );
    edges
        .remove_edges(
            &[edge("b", "c", "knows", 0), edge("x", "y", "knows", 0)],
            &anytime(),
        )
        .unwrap();
    assert_eq!(all(&store), [merged, edge("c", "d", "knows", 2)]);
    assert_eq!(edges.prune_edges(20, &anytime()).unwrap(), 0);
    assert_eq!(edges.prune_edges(21, &anytime()).unwrap(), 2);
    store.write_edges(&[ab], true, &anytime()).unwrap();
    edges.clear_edges(&anytime()).unwrap();
    assert_eq!(all(&store), []);
}

fn edge_counts_saturate(backend: &'static dyn Backend) {
    let store = open(backend);
    let edges = store.edges().unwrap();
    let extreme = Edge {
        first_seen: i64::MIN,
        last_seen: i64::MAX,
        ..edge("a", "b", "knows", i64::MAX)
    };
    store.write_edges(&[edge("a", "b", "knows", 5), extreme.clone()], true, &anytime())
        .unwrap();
    assert_eq!(all(&store), [extreme]);
    // Sums of both directions saturate too: the maximum plus one, twice the maximum, and a sum below it.
    let back = [
        edge("b", "a", "knows", 1),
        edge("a", "c", "knows", i64::MAX),
        edge("c", "a", "knows", i64::MAX),
        edge("a", "d", "knows", i64::MAX - 2),
        edge("d", "a", "knows", 1),
        edge("a", "a", "knows", 7),
    ];
    store.write_edges(&back, true, &anytime()).unwrap();
    let related = |entity: &str, event_count| RelatedEntity {
        entity: entity.into(),
        rel_type: "knows".into(),
        event_count,
    };
    assert_eq!(
        edges.related_entities("a", 10, &anytime()).unwrap(),
        [
            related("b", i64::MAX),
            related("c", i64::MAX),
            related("d", i64::MAX - 1),
            related("a", 7)
        ]
    );
    assert_eq!(edges.related_entities("nobody", 10, &anytime()).unwrap(), []);
}
