//! The feed of edges: the commits of this process that a copy of the edges does not have yet.
//!
//! A copy has one consumer: [`MemoryGraph`](super::memory::MemoryGraph) applies the changes to its own edges,
//! [`SyncedGraph`](super::sync::SyncedGraph) sends the edges that changed to a server. Commits never wait for a consumer. A consumer
//! that lags too far has to compare its copy with the store instead.

use std::collections::HashSet;

use crate::record::Edge;
use crate::store::EdgeChange;
use crate::sync::{Condvar, Mutex};

/// A committed change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Added(Vec<Edge>),
    Merged(Vec<Edge>),
    Removed(Vec<Edge>),
    Cleared,
}

impl From<EdgeChange<'_>> for Change {
    fn from(change: EdgeChange<'_>) -> Self {
        match change {
            EdgeChange::Added(edges) => Self::Added(edges.to_vec()),
            EdgeChange::Merged(edges) => Self::Merged(edges.to_vec()),
            EdgeChange::Removed(edges) => Self::Removed(edges.to_vec()),
            EdgeChange::Cleared => Self::Cleared,
        }
    }
}

impl Change {
    /// Returns the part of the change that is about the edges with these keys.
    pub fn only(&self, keys: &HashSet<(&str, &str, &str)>) -> Self {
        let only = |edges: &[Edge]| {
            edges
                .iter()
                .filter(|edge| keys.contains(&edge.key()))
                .cloned()
                .collect()
        };
        match self {
            Self::Added(edges) => Self::Added(only(edges)),
            Self::Merged(edges) => Self::Merged(only(edges)),
            Self::Removed(edges) => Self::Removed(only(edges)),
            Self::Cleared => Self::Cleared,
        }
    }
}

/// A bounded backlog of changes, in commit order.
pub struct Feed {
    backlog: Mutex<Backlog>,
    changed: Condvar,
    /// The backlog's bound, in edges.
    bound: usize,
}

#[derive(Default)]
struct Backlog {
    changes: Vec<Change>,
    edges: usize,
    /// The changes before this position are applied. They are in the backlog because a snapshot is being read.
    applied: usize,
    snapshot: Option<Position>,
    has_overflowed: bool,
    is_woken: bool,
}

/// The position of a snapshot that is being read.
struct Position {
    at: usize,
    had_overflowed: bool,
}

/// The changes around a snapshot.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Around {
    /// Those that the snapshot has and the copy has not.
    pub before: Vec<Change>,
    /// Those after the snapshot that the copy has already.
    pub applied: Vec<Change>,
    /// Those after the snapshot that the copy has not.
    pub after: Vec<Change>,
}

impl Feed {
    /// Makes an empty feed. Beyond `bound` edges it forgets all changes.
    pub fn new(bound: usize) -> Self {
        Self {
            backlog: Mutex::default(),
            changed: Condvar::new(),
            bound,
        }
    }

    /// Appends a change and wakes a consumer that waits. Returns how many edges are in the backlog.
    pub fn push(&self, change: EdgeChange<'_>) -> usize {
        let mut backlog = self.backlog.lock();
        if !backlog.has_overflowed {
            backlog.edges += match change {
                EdgeChange::Added(edges) | EdgeChange::Merged(edges) | EdgeChange::Removed(edges) => {
                    edges.len()
                }
                EdgeChange::Cleared => 1,
            };
            backlog.changes.push(change.into());
            if backlog.edges > self.bound {
                backlog.changes = Vec::new();
                (backlog.edges, backlog.applied) = (0, 0);
                backlog.has_overflowed = true;
            }
        }
        backlog.is_woken = true;
        self.changed.notify_all();
        backlog.edges
    }

    /// Takes the changes that the consumer has not applied. Returns with them how many of them a snapshot has that is being read.
    pub fn take(&self) -> (Vec<Change>, usize) {
        let mut backlog = self.backlog.lock();
        let Some(at) = backlog.snapshot.as_ref().map(|snapshot| snapshot.at) else {
            backlog.edges = 0;
            return (std::mem::take(&mut backlog.changes), usize::MAX);
        };
        let applied = backlog.applied;
        backlog.applied = backlog.changes.len();
        (backlog.changes[applied..].to_vec(), at.saturating_sub(applied))
    }

    /// Returns whether there are changes that the consumer has not applied.
    pub fn has_changes(&self) -> bool {
        let backlog = self.backlog.lock();
        backlog.applied < backlog.changes.len()
    }

    /// Returns whether changes were forgotten since the last snapshot began, or since the last
    /// [`take_overflow`](Self::take_overflow).
    pub fn has_overflowed(&self) -> bool {
        self.backlog.lock().has_overflowed
    }

    /// Notes that a snapshot begins here: it has the changes before and none of those that follow.
    pub fn begin_snapshot(&self) {
        let mut backlog = self.backlog.lock();
        let had_overflowed = match backlog.snapshot.take() {
            Some(earlier) => earlier.had_overflowed || backlog.has_overflowed,
            None => backlog.has_overflowed,
        };
        let at = backlog.changes.len();
        backlog.snapshot = Some(Position { at, had_overflowed });
        backlog.has_overflowed = false;
    }

    /// Ends a snapshot that was read and takes the changes around it.
    pub fn finish_snapshot(&self) -> Around {
        let mut backlog = self.backlog.lock();
        let snapshot = backlog.snapshot.take();
        let mut before = std::mem::take(&mut backlog.changes);
        let applied = std::mem::take(&mut backlog.applied);
        backlog.edges = 0;
        if backlog.has_overflowed {
            return Around::default();
        }
        let at = snapshot.map_or(before.len(), |snapshot| snapshot.at);
        let mut around = before.split_off(at);
        let after = around.split_off(applied.saturating_sub(at));
        before.drain(..applied.min(at));
        Around {
            before,
            applied: around,
            after,
        }
    }

    /// Ends a snapshot that could not be read. The consumer goes on with its copy.
    pub fn abandon_snapshot(&self) {
        let mut backlog = self.backlog.lock();
        if let Some(snapshot) = backlog.snapshot.take() {
            backlog.has_overflowed |= snapshot.had_overflowed;
            let applied = std::mem::take(&mut backlog.applied);
            backlog.changes.drain(..applied);
        }
    }
}

/// The part for a consumer that has a thread of its own.
#[cfg(feature = "graph-servers")]
impl Feed {
    /// Returns what [`has_overflowed`](Self::has_overflowed) does, and records changes again.
    pub fn take_overflow(&self) -> bool {
        std::mem::take(&mut self.backlog.lock().has_overflowed)
    }

    /// Waits until changes have been pushed since the last wait, until [`wake`](Self::wake) is called, or until a time.
    pub fn wait(&self, until: Option<std::time::Instant>) {
        let mut backlog = self.backlog.lock();
        while !std::mem::take(&mut backlog.is_woken) {
            match until {
                Some(until) if self.changed.wait_until(&mut backlog, until).timed_out() => return,
                Some(_) => {}
                None => self.changed.wait(&mut backlog),
            }
        }
    }

    /// Ends a [`wait`](Self::wait), the present or the next one.
    pub fn wake(&self) {
        self.backlog.lock().is_woken = true;
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(source: &str) -> Edge {
        Edge {
            source_id: source.into(),
            ..Edge::default()
        }
    }

    #[test]
    fn changes_around_a_snapshot_are_applied_once() {
        let feed = Feed::new(10);
        let push = |source: &str| feed.push(EdgeChange::Added(&[edge(source)]));
        let added = |source: &str| Change::Added(vec![edge(source)]);
        push("a");
        feed.begin_snapshot();
        push("b");
        // The copy is in use while the snapshot is read.
        assert_eq!(feed.take(), (vec![added("a"), added("b")], 1));
        push("c");
        feed.abandon_snapshot();
        assert_eq!(feed.take().0, [added("c")]);
        push("d");
        feed.begin_snapshot();
        push("e");
        let around = Around {
            before: vec![added("d")],
            applied: vec![],
            after: vec![added("e")],
        };
        assert_eq!(feed.finish_snapshot(), around);
        feed.begin_snapshot();
        push("f");
        assert_eq!(feed.take(), (vec![added("f")], 0));
        push("g");
        let around = Around {
            before: vec![],
            applied: vec![added("f")],
            after: vec![added("g")],
        };
        assert_eq!(feed.finish_snapshot(), around);
        assert!(!feed.has_changes());
    }

    #[test]
    fn a_backlog_beyond_its_bound_is_forgotten() {
        let feed = Feed::new(2);
        let edges = [edge("a"), edge("b"), edge("c")];
        feed.push(EdgeChange::Added(&edges[..2]));
        assert!(!feed.has_overflowed());
        feed.push(EdgeChange::Removed(&edges[2..]));
        assert!(feed.has_overflowed() && !feed.has_changes());
        feed.push(EdgeChange::Cleared);
        assert!(!feed.has_changes());
        feed.begin_snapshot();
        feed.push(EdgeChange::Cleared);
        assert_eq!(feed.finish_snapshot().after, [Change::Cleared]);
        assert!(!feed.has_overflowed());
    }

    /// A copy that takes changes while others commit them, reads snapshots, and starts over after an overflow has every edge in the end.
    #[cfg(feature = "graph-servers")]
    fn follow(seed: u64, writers: u64, edges: u64) {
        use crate::sync::{Mutex, thread};

        let feed = Feed::new(1 + seed as usize % 4);
        let table = Mutex::new(Vec::new());
        let is_over = std::sync::atomic::AtomicBool::new(false);
        let names = |changes: Vec<Change>| {
            let edges = changes.into_iter().flat_map(|change| match change {
                Change::Added(edges) => edges,
                other => unreachable!("{other:?}"),
            });
            edges.map(|edge| edge.source_id).collect::<Vec<_>>()
        };
        let snapshot = || {
            let table = table.lock();
            feed.begin_snapshot();
            table.clone()
        };
        let consume = || {
            let (mut copy, mut turn) = (Vec::new(), seed);
            loop {
                let is_last = is_over.load(std::sync::atomic::Ordering::Acquire);
                turn = turn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                if feed.has_overflowed() || turn >> 62 == 0 {
                    let mut read = snapshot();
                    if turn >> 60 & 1 == 0 {
                        copy.extend(names(feed.take().0));
                    }
                    if turn >> 61 & 1 == 0 && !feed.has_overflowed() {
                        feed.abandon_snapshot();
                    } else {
                        let around = feed.finish_snapshot();
                        read.extend(names(around.applied));
                        read.extend(names(around.after));
                        copy = read;
                    }
                } else {
                    copy.extend(names(feed.take().0));
                }
                if is_last && !feed.has_overflowed() && !feed.has_changes() {
                    return copy;
                }
                if !is_last {
                    feed.wait(None);
                }
            }
        };
        let copy = thread::scope(|scope| {
            let consumer = scope.spawn(consume);
            let write = |writer: u64| {
                for number in 0..edges {
                    let name = format!("{writer}.{number}");
                    let mut table = table.lock();
                    table.push(name.clone());
                    feed.push(EdgeChange::Added(&[edge(&name)]));
                }
            };
            let writers: Vec<_> = (0..writers)
                .map(|writer| scope.spawn(move || write(writer)))
                .collect();
            writers.into_iter().for_each(|writer| writer.join().unwrap());
            is_over.store(true, std::sync::atomic::Ordering::Release);
            feed.wake();
            consumer.join().unwrap()
        });
        assert_eq!(copy, *table.lock());
    }

    #[cfg(all(feature = "graph-servers", not(seerflow_schedules)))]
    #[test]
    fn a_copy_that_follows_the_feed_has_every_edge() {
        (0..20).for_each(|seed| follow(seed, 3, 50));
    }

    #[cfg(seerflow_schedules)]
    #[test]
    fn schedules_of_the_feed() {
        crate::sync::explore(|seed| follow(seed, 2, 3));
    }
}
