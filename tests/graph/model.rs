//! A reference implementation of the graph: every answer is a search through all edges.

use std::collections::{BTreeMap, BTreeSet};

use seerflow::graph::{GraphCounts, Neighbour, Subgraph};
use seerflow::record::{Edge, RelatedEntity};

/// Edges by source, target and relation.
#[derive(Clone, Debug, Default)]
pub struct Model(BTreeMap<(String, String, String), Edge>);

impl Model {
    /// Adds edges.
    pub fn add(&mut self, edges: &[Edge]) {
        self.put(edges, i64::saturating_add);
    }

    /// Raises edges to at least these values.
    pub fn merge(&mut self, edges: &[Edge]) {
        self.put(edges, i64::max);
    }

    fn put(&mut self, edges: &[Edge], count: fn(i64, i64) -> i64) {
        for edge in edges {
            let key = (
                edge.source_id.clone(),
                edge.target_id.clone(),
                edge.rel_type.clone(),
            );
            self.0
                .entry(key)
                .and_modify(|held| {
                    held.first_seen = held.first_seen.min(edge.first_seen);
                    held.last_seen = held.last_seen.max(edge.last_seen);
                    held.event_count = count(held.event_count, edge.event_count);
                })
                .or_insert_with(|| edge.clone());
        }
    }

    /// Removes edges.
    pub fn remove(&mut self, edges: &[Edge]) {
        for edge in edges {
            let key = (
                edge.source_id.clone(),
                edge.target_id.clone(),
                edge.rel_type.clone(),
            );
            self.0.remove(&key);
        }
    }

    /// Returns all edges, sorted.
    pub fn edges(&self) -> Vec<Edge> {
        self.0.values().cloned().collect()
    }

    /// Returns all entities, sorted.
    pub fn entities(&self) -> Vec<String> {
        let ends = self.0.values().flat_map(|e| [&e.source_id, &e.target_id]);
        ends.collect::<BTreeSet<_>>().into_iter().cloned().collect()
    }

    /// Returns the numbers of entities and edges.
    pub fn counts(&self) -> GraphCounts {
        GraphCounts {
            vertices: self.entities().len() as u64,
            edges: self.0.len() as u64,
        }
    }

    fn next_to(&self, entity: &str, rel_types: &[String]) -> BTreeSet<String> {
        let edges = self
            .0
            .values()
            .filter(|e| rel_types.is_empty() || rel_types.contains(&e.rel_type));
        edges
            .filter_map(|e| {
                if e.source_id == entity {
                    Some(e.target_id.clone())
                } else if e.target_id == entity {
                    Some(e.source_id.clone())
                } else {
                    None
                }
            })
            .collect()
    }

    fn distances(&self, entity: &str, depth: u32, rel_types: &[String]) -> BTreeMap<String, u32> {
        let mut found = BTreeMap::from([(entity.to_owned(), 0)]);
        let mut last = vec![entity.to_owned()];
        for distance in 1..=depth {
            let next: BTreeSet<String> = last.iter().flat_map(|e| self.next_to(e, rel_types)).collect();
            last = next.into_iter().filter(|e| !found.contains_key(e)).collect();
            if last.is_empty() {
                break;
            }
            found.extend(last.iter().map(|e| (e.clone(), distance)));
        }
        found
    }

    /// See [`seerflow::graph::GraphBackend::neighbours`].
    pub fn neighbours(&self, entity: &str, depth: u32, rel_types: &[String]) -> Vec<Neighbour> {
        let mut all: Vec<Neighbour> = self
            .distances(entity, depth, rel_types)
            .into_iter()
            .filter(|(_, distance)| *distance > 0)
            .map(|(entity, distance)| Neighbour {
                distance,
                entity: entity.into(),
            })
            .collect();
        all.sort();
        all
    }

    /// See [`seerflow::graph::GraphBackend::shortest_path`].
    pub fn shortest_path(&self, from: &str, to: &str) -> Vec<String> {
        if self.next_to(from, &[]).is_empty() {
            return Vec::new();
        }
        let to_end = self.distances(to, u32::MAX, &[]);
        let Some(mut left) = to_end.get(from).copied() else {
            return Vec::new();
        };
        let mut path = vec![from.to_owned()];
        while left > 0 {
            left -= 1;
            let here = &path[path.len() - 1];
            let next = self
                .next_to(here, &[])
                .into_iter()
                .find(|e| to_end.get(e) == Some(&left));
            path.push(next.unwrap());
        }
        path
    }

    /// See [`seerflow::graph::GraphBackend::subgraph`].
    pub fn subgraph(&self, entity: &str, depth: u32) -> Subgraph {
        if self.next_to(entity, &[]).is_empty() {
            return Subgraph::default();
        }
        let nodes: BTreeSet<String> = self.distances(entity, depth, &[]).into_keys().collect();
        let inside = |e: &&Edge| nodes.contains(&e.source_id) && nodes.contains(&e.target_id);
        Subgraph {
            edges: self.0.values().filter(inside).cloned().collect(),
            nodes: nodes.into_iter().collect(),
        }
    }

    /// See [`seerflow::graph::GraphBackend::related`].
    pub fn related(&self, entity: &str) -> Vec<RelatedEntity> {
        let mut counts = BTreeMap::<(String, String), i64>::new();
        for edge in self.0.values() {
            let other = if edge.source_id == entity {
                &edge.target_id
            } else if edge.target_id == entity {
                &edge.source_id
            } else {
                continue;
            };
            let count = counts.entry((other.clone(), edge.rel_type.clone())).or_default();
            *count = count.saturating_add(edge.event_count);
        }
        let mut all: Vec<RelatedEntity> = counts
            .into_iter()
            .map(|((entity, rel_type), event_count)| RelatedEntity {
                entity,
                rel_type,
                event_count,
            })
            .collect();
        all.sort_by(|a, b| {
            (b.event_count, &a.entity, &a.rel_type).cmp(&(a.event_count, &b.entity, &b.rel_type))
        });
        all
    }
}
