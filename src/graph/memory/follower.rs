//! What this process commits to the table of edges by other ways than the graph, kept until somebody asks.

use std::sync::Weak;
use std::sync::atomic::Ordering;

use parking_lot::{Mutex, MutexGuard};

use super::keep::{Keeper, is_own_commit};
use crate::record::Edge;
use crate::store::{EdgeChange, EdgeWatcher};

/// Changes that nobody has asked for yet, before they are taken in all the same, and before they are forgotten.
const MOST_BEHIND: usize = 1 << 16;
const MOST_KEPT: usize = 1 << 20;

/// A committed change.
#[derive(Debug)]
pub enum Change {
    Added(Edge),
    Merged(Edge),
    Removed(Vec<Edge>),
    Cleared,
}

/// Is told of commits, for one table. A table that is loaded anew gets another one.
#[derive(Default)]
pub struct Follower {
    keeper: Weak<Keeper>,
    /// In the order of the commits.
    log: Mutex<Vec<Change>>,
}

impl Follower {
    pub fn new(keeper: Weak<Keeper>) -> Self {
        Self {
            keeper,
            log: Mutex::default(),
        }
    }

    pub fn lock(&self) -> MutexGuard<'_, Vec<Change>> {
        self.log.lock()
    }

    /// Takes what was committed.
    pub fn take(&self) -> Vec<Change> {
        std::mem::take(&mut *self.log.lock())
    }

    /// Forgets everything if it is too much to keep; tells whether it did.
    pub fn forget_too_many(&self) -> bool {
        let mut log = self.log.lock();
        let many = log.len() > MOST_KEPT;
        if many {
            *log = Vec::new();
        }
        many
    }
}

impl EdgeWatcher for Follower {
    fn committed(&self, change: EdgeChange<'_>) {
        let Some(keeper) = self.keeper.upgrade() else {
            return;
        };
        match change {
            EdgeChange::Added(edges) if edges.is_empty() || is_own_commit() => return,
            EdgeChange::Pruned => return keeper.stale.store(true, Ordering::Release),
            _ => {}
        }
        // What is loaded anew has it already.
        if keeper.stale.load(Ordering::Acquire) {
            return;
        }
        let mut log = self.log.lock();
        match change {
            EdgeChange::Added(edges) => log.extend(edges.iter().cloned().map(Change::Added)),
            // Whether it was before or behind what the graph commits right now cannot be told.
            _ if keeper.committing.load(Ordering::Acquire) > 0 => {
                return keeper.stale.store(true, Ordering::Release);
            }
            EdgeChange::Merged(edges) => log.extend(edges.iter().cloned().map(Change::Merged)),
            EdgeChange::Removed(edges) => log.push(Change::Removed(edges.to_vec())),
            EdgeChange::Cleared => {
                log.clear();
                log.push(Change::Cleared);
            }
            EdgeChange::Pruned => {}
        }
        let many = log.len() > MOST_BEHIND;
        drop(log);
        keeper.behind.store(true, Ordering::Release);
        if many {
            keeper.relieve(self);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;
    use crate::config::Config;
    use crate::graph::GraphBackend;
    use crate::graph::memory::MemoryGraph;
    use crate::log::Logger;
    use crate::record::Control;

    #[test]
    fn commits_wait_for_no_question() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::new();
        let path = folder.path().join("seerflow.db");
        config.set("storage.sqlite_path", path.to_str().unwrap()).unwrap();
        let store = crate::store::open(&config, &Logger::default()).unwrap();
        let graph = MemoryGraph::new(Arc::clone(&store), (&config).into(), Logger::default());
        let control = Control::within(Duration::from_secs(60));
        assert_eq!(graph.counts(&control).unwrap().edges, 0);
        let edges: Vec<Edge> = (0..MOST_BEHIND + 1)
            .map(|n| Edge {
                source_id: n.to_string(),
                target_id: "hub".to_owned(),
                rel_type: "r".to_owned(),
                ..Edge::default()
            })
            .collect();
        let question = graph.keeper.state.read();
        let (committed, is_committed) = mpsc::channel();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                store.upsert_edges(&edges, &control).unwrap();
                committed.send(()).unwrap();
            });
            let waited = is_committed.recv_timeout(Duration::from_secs(30));
            drop(question);
            waited.unwrap();
        });
        assert_eq!(graph.counts(&control).unwrap().edges, edges.len() as u64);
    }

    #[test]
    fn what_is_too_much_is_forgotten() {
        let follower = Follower::default();
        let edge = Edge::default();
        follower
            .lock()
            .resize_with(MOST_KEPT, || Change::Added(edge.clone()));
        assert!(!follower.forget_too_many());
        follower.lock().push(Change::Cleared);
        assert!(follower.forget_too_many());
        assert!(follower.take().is_empty());
    }
}
