//! The changed edges that the synchroniser still has to send to a server or to remove from it, and the state of the comparison.

use std::collections::BTreeMap;
use std::thread::JoinHandle;

use super::check_edges;
use super::feed::Change;

/// Changed edges that are remembered by their keys, about 200 bytes each; and removed ones.
pub const MOST_PENDING: usize = 100_000;
const MOST_REMOVED: usize = 500_000;
/// Edges sent at once.
pub const BATCH: usize = 10_000;
/// Source, target and relation.
pub type Key = (String, String, String);

/// The edges that the server may not have yet, whether a comparison is due, and the thread that sends them.
#[derive(Debug, Default)]
pub struct State {
    /// Edges whose values on the server may differ from the table's; true for those that were removed meanwhile.
    pub pending: BTreeMap<Key, bool>,
    /// All edges were removed before the pending ones changed.
    pub is_cleared: bool,
    pub comparison: Comparison,
    pub thread: Option<JoinHandle<()>>,
}

/// Whether the whole table has to be compared with the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Comparison {
    /// It is due after the first change.
    #[default]
    Later,
    /// It is due.
    Due,
    /// It is due, and no question may be answered before: changes of this process were forgotten.
    First,
    /// It runs. If it fails it is due again, with the same priority.
    Runs { first: bool },
    /// It was done.
    Done,
}

impl State {
    /// Adds changes to the pending edges; `has_overflowed` if others were forgotten. Returns how many removed edges are forgotten
    /// for lack of room.
    pub fn receive(&mut self, changes: Vec<Change>, has_overflowed: bool) -> usize {
        if (has_overflowed || !changes.is_empty()) && self.comparison == Comparison::Later {
            self.comparison = Comparison::Due;
        }
        for change in changes {
            let (edges, is_removed) = match change {
                Change::Added(edges) | Change::Merged(edges) => (edges, false),
                Change::Removed(edges) => (edges, true),
                Change::Cleared => {
                    self.pending.clear();
                    self.is_cleared = true;
                    continue;
                }
            };
            let possible = edges
                .into_iter()
                .filter(|edge| check_edges(std::slice::from_ref(edge)).is_ok());
            for edge in possible {
                let key = (edge.source_id, edge.target_id, edge.rel_type);
                // An edge that was removed and written again has lower values, which do not lower those of the server.
                *self.pending.entry(key).or_default() |= is_removed;
            }
        }
        if has_overflowed || self.pending.len() > MOST_PENDING {
            self.pending.retain(|_, is_removed| *is_removed);
            self.comparison = Comparison::First;
        }
        if self.pending.len() <= MOST_REMOVED {
            return 0;
        }
        std::mem::take(&mut self.pending).len()
    }

    /// Takes the edges that are sent next, and whether all others are removed before.
    pub fn take_batch(&mut self) -> (bool, Vec<(Key, bool)>) {
        let keys = (0..BATCH).map_while(|_| self.pending.pop_first()).collect();
        (std::mem::take(&mut self.is_cleared), keys)
    }

    pub fn put_back(&mut self, is_cleared: bool, keys: Vec<(Key, bool)>) {
        self.is_cleared |= is_cleared;
        for (key, is_removed) in keys {
            *self.pending.entry(key).or_default() |= is_removed;
        }
    }

    pub fn has_work(&self) -> bool {
        self.is_cleared
            || !self.pending.is_empty()
            || matches!(self.comparison, Comparison::Due | Comparison::First)
    }

    /// Returns whether questions wait for the comparison, if one is due.
    pub fn begin_comparison(&mut self) -> Option<bool> {
        let first = match self.comparison {
            Comparison::Due => false,
            Comparison::First => true,
            _ => return None,
        };
        self.comparison = Comparison::Runs { first };
        Some(first)
    }
}

impl Comparison {
    pub fn is_first(self) -> bool {
        matches!(self, Self::First | Self::Runs { first: true })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Edge;

    fn edges(numbers: std::ops::Range<usize>) -> Vec<Edge> {
        numbers
            .map(|n| Edge {
                source_id: n.to_string(),
                target_id: "t".into(),
                rel_type: "r".into(),
                ..Edge::default()
            })
            .collect()
    }

    #[test]
    fn pending_edges_are_bounded_and_removed_ones_outlive_the_others() {
        let mut state = State::default();
        assert!(!state.has_work());
        let removed = Change::Removed(edges(0..2));
        assert_eq!(
            state.receive(vec![removed, Change::Added(edges(1..MOST_PENDING))], false),
            0
        );
        assert_eq!(
            (state.pending.len(), state.comparison),
            (MOST_PENDING, Comparison::Due)
        );
        // A known edge takes no room.
        state.receive(vec![Change::Merged(edges(1..2))], false);
        assert_eq!(state.comparison, Comparison::Due);
        state.receive(vec![Change::Added(edges(MOST_PENDING..MOST_PENDING + 1))], false);
        assert_eq!((state.pending.len(), state.comparison), (2, Comparison::First));
        assert_eq!(state.begin_comparison(), Some(true));
        assert!(state.comparison.is_first());
        // Changes are remembered while the comparison runs, and may be too many again.
        state.receive(vec![], true);
        assert_eq!((state.pending.len(), state.comparison), (2, Comparison::First));
        let (is_cleared, keys) = state.take_batch();
        assert!(!is_cleared && keys.len() == 2);
        state.receive(vec![Change::Cleared], false);
        state.put_back(is_cleared, keys);
        assert_eq!((state.is_cleared, state.pending.len()), (true, 2));
        assert_eq!(
            state.receive(vec![Change::Removed(edges(0..MOST_REMOVED + 1))], false),
            MOST_REMOVED + 1
        );
    }
}
