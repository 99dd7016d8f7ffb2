//! Edges put together: what two records of the same edge make.

use crate::record::Edge;

/// What becomes of two counts of the same edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Their sum, which stops at [`i64::MAX`].
    Add,
    /// The larger one: repeating it changes nothing.
    Max,
}

impl Count {
    /// Puts two counts together.
    pub fn of(self, one: i64, other: i64) -> i64 {
        match self {
            Count::Add => one.saturating_add(other),
            Count::Max => one.max(other),
        }
    }
}

/// Sorts edges by source, target and relation, and makes one of those that agree in all three.
pub fn combine(edges: &[Edge], count: Count) -> Vec<Edge> {
    let mut sorted: Vec<&Edge> = edges.iter().collect();
    sorted.sort_by(|a, b| key(a).cmp(&key(b)));
    let mut combined: Vec<Edge> = Vec::with_capacity(edges.len());
    for edge in sorted {
        match combined.last_mut().filter(|last| key(last) == key(edge)) {
            Some(last) => {
                last.first_seen = last.first_seen.min(edge.first_seen);
                last.last_seen = last.last_seen.max(edge.last_seen);
                last.event_count = count.of(last.event_count, edge.event_count);
            }
            None => combined.push(edge.clone()),
        }
    }
    combined
}

/// Returns what tells an edge from others.
pub fn key(edge: &Edge) -> (&str, &str, &str) {
    (&edge.source_id, &edge.target_id, &edge.rel_type)
}

/// Groups sorted or unsorted edges by relation, in the order of the relations' names.
pub fn by_relation(edges: &[Edge]) -> std::collections::BTreeMap<&str, Vec<&Edge>> {
    let mut groups = std::collections::BTreeMap::<&str, Vec<&Edge>>::new();
    for edge in edges {
        groups.entry(&edge.rel_type).or_default().push(edge);
    }
    groups
}

/// Returns the names of all ends, sorted, each once.
pub fn names(edges: &[Edge]) -> Vec<&str> {
    let mut names: Vec<&str> = edges
        .iter()
        .flat_map(|edge| [edge.source_id.as_str(), edge.target_id.as_str()])
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Returns where a name is among sorted ones that hold it.
pub fn place(names: &[&str], name: &str) -> usize {
    names.partition_point(|known| *known < name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_edge_twice_is_one() {
        let edge = |source: &str, first_seen, last_seen, event_count| Edge {
            source_id: source.into(),
            target_id: "t".into(),
            rel_type: "r".into(),
            first_seen,
            last_seen,
            event_count,
        };
        let given = [edge("b", 5, 6, i64::MAX), edge("a", 1, 1, 1), edge("b", 2, 3, 7)];
        assert_eq!(
            combine(&given, Count::Add),
            [edge("a", 1, 1, 1), edge("b", 2, 6, i64::MAX)]
        );
        let given = [edge("b", 5, 6, 3), edge("b", 2, 9, 7)];
        assert_eq!(combine(&given, Count::Max), [edge("b", 2, 9, 7)]);
    }
}
