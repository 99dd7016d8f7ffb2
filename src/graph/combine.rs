//! Edges prepared for a server: equal edges joined, and names replaced by numbers.

use std::collections::BTreeMap;

use super::names::Names;
use super::snapshot::Ranked;
use super::texts::Texts;
use crate::error::Result;
use crate::record::{Control, Edge};

/// An edge of one relation. Its ends are positions among the names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub source: u32,
    pub target: u32,
    pub first_seen: i64,
    pub last_seen: i64,
    pub event_count: i64,
}

impl Link {
    fn ends(&self) -> (u32, u32) {
        (self.source, self.target)
    }

    fn merge(&mut self, other: &Link) {
        self.first_seen = self.first_seen.min(other.first_seen);
        self.last_seen = self.last_seen.max(other.last_seen);
        self.event_count = self.event_count.max(other.event_count);
    }
}

/// Edges, no two of which have the same ends and the same relation.
#[derive(Debug)]
pub struct Combined<'e> {
    /// The ids of all ends, sorted, each once.
    pub names: Texts,
    /// The edges of each relation, in the order of their ends; relations in the order of their names.
    pub relations: BTreeMap<&'e str, Vec<Link>>,
}

/// Joins edges that agree in source, target and relation; the larger of two counts stays.
pub fn combine<'e>(edges: &'e [Edge], control: &Control) -> Result<Combined<'e>> {
    let mut names = Names::default();
    let ends: Vec<(u32, u32)> = edges
        .iter()
        .map(|edge| (names.intern(&edge.source_id), names.intern(&edge.target_id)))
        .collect();
    let numbers = (0..names.len() as u32).collect();
    let ranked = Ranked::new(&names, numbers, control)?;
    let mut relations = BTreeMap::<&str, Vec<Link>>::new();
    for (edge, ends) in edges.iter().zip(ends) {
        let (source, target) = ranked.edge(ends);
        relations.entry(&edge.rel_type).or_default().push(Link {
            source,
            target,
            first_seen: edge.first_seen,
            last_seen: edge.last_seen,
            event_count: edge.event_count,
        });
    }
    for links in relations.values_mut() {
        links.sort_unstable_by_key(Link::ends);
        links.dedup_by(|next, kept| {
            let is_same = next.ends() == kept.ends();
            if is_same {
                kept.merge(next);
            }
            is_same
        });
    }
    Ok(Combined {
        names: ranked.names,
        relations,
    })
}

/// Groups edges by relation, in the order of the relations' names.
pub fn by_relation<'e>(edges: impl Iterator<Item = &'e Edge>) -> BTreeMap<&'e str, Vec<&'e Edge>> {
    let mut groups = BTreeMap::<&str, Vec<&Edge>>::new();
    for edge in edges {
        groups.entry(&edge.rel_type).or_default().push(edge);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(source: &str, rel_type: &str, first_seen: i64, last_seen: i64, event_count: i64) -> Edge {
        Edge {
            source_id: source.into(),
            target_id: "t".into(),
            rel_type: rel_type.into(),
            first_seen,
            last_seen,
            event_count,
        }
    }

    /// Returns combined edges with their names.
    fn combined(edges: &[Edge]) -> Vec<Edge> {
        let combined = combine(edges, &Control::unbounded()).unwrap();
        let name = |place: u32| combined.names.get(place as usize).to_owned();
        let spell = |rel_type: &str, link: &Link| Edge {
            source_id: name(link.source),
            target_id: name(link.target),
            rel_type: rel_type.to_owned(),
            first_seen: link.first_seen,
            last_seen: link.last_seen,
            event_count: link.event_count,
        };
        let relations = combined.relations.iter();
        relations
            .flat_map(|(rel_type, links)| links.iter().map(|link| spell(rel_type, link)))
            .collect()
    }

    #[test]
    fn the_same_edge_twice_is_one() {
        let given = [
            edge("b", "r", 5, 6, i64::MAX),
            edge("a", "r", 1, 1, 1),
            edge("b", "q", 9, 9, 1),
            edge("b", "r", 2, 3, 7),
        ];
        assert_eq!(
            combined(&given),
            [
                edge("b", "q", 9, 9, 1),
                edge("a", "r", 1, 1, 1),
                edge("b", "r", 2, 6, i64::MAX)
            ]
        );
    }
}
