//! The edges of the entity graph in a store: the contract, and the reading side for consumers that keep a copy of them.

use std::fmt;
use std::sync::Weak;

use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::CommitReport;
use crate::error::Result;
use crate::record::{Control, Edge, EdgeCursor, RelatedEntity};

/// Edges between entities.
pub trait EdgeStore: Send + Sync {
    /// Raises edges to at least the given values, in one transaction: the larger of two counts stays.
    fn merge_edges(&self, edges: &[Edge], control: &Control) -> Result<()>;
    /// Removes the edges with these sources, targets and relations, in one transaction.
    fn remove_edges(&self, edges: &[Edge], control: &Control) -> Result<()>;
    /// Removes every edge.
    fn clear_edges(&self, control: &Control) -> Result<()>;
    /// Removes the edges that were last seen before a time and returns how many. Each transaction removes a bounded number, so
    /// an error may leave some of them removed.
    fn prune_edges(&self, before_ns: i64, control: &Control) -> Result<u64>;
    /// Returns up to `limit` edges that follow a place, in the order of source, target and relation; the first ones if `after` is
    /// `None`. Only an empty list is the end. Nothing is held between two calls.
    fn edges(&self, after: Option<&EdgeCursor>, limit: u32, control: &Control) -> Result<Vec<Edge>>;
    /// Passes every edge to `each`, in the order of source, target and relation. All belong to one state of the store, which has
    /// at least everything that this process committed before.
    fn load_edges(&self, control: &Control, each: &mut dyn FnMut(Edge) -> Result<()>) -> Result<()>;
    /// Returns the neighbours of an entity, those seen most often first.
    fn related_entities(&self, entity: &str, limit: u32, control: &Control) -> Result<Vec<RelatedEntity>>;
}

/// The reading side of a feed: snapshots of the edges, and the commits that follow them.
pub trait EdgeSource: EdgeStore {
    /// Passes the edges that this process commits from now on to `observer`, which replaces an earlier one. Opens nothing.
    fn observe_edges(&self, observer: Weak<dyn EdgeObserver>);
    /// Does what [`load_edges`](EdgeStore::load_edges) does, and tells the observer where the state that is read lies among the
    /// commits. Returns the mark of that state if the database can tell what changes.
    fn snapshot_edges(
        &self,
        control: &Control,
        each: &mut dyn FnMut(Edge) -> Result<()>,
    ) -> Result<Option<EdgeMark>>;
    /// Reads the edges that any program added or changed since a state; some that did not change may be among them. Tells the
    /// observer as [`snapshot_edges`](Self::snapshot_edges) does. `None` if only a snapshot shows what changed.
    fn edges_since(&self, mark: &EdgeMark, control: &Control) -> Result<Option<EdgesSince>>;
    /// Returns the edges with these sources, targets and relations that are stored: in a state that has at least everything that
    /// this process committed before.
    fn edges_of(&self, keys: &[Edge], control: &Control) -> Result<Vec<Edge>>;
    /// Returns a counter that changes whenever another program has committed, to edges or to anything else. It may also change
    /// at other times. `None` if the database cannot tell now. Takes microseconds, or a round trip to the server.
    fn outside_changes(&self, control: &Control) -> Result<Option<u64>>;
}

/// A state of the edges that was read: the start of a later [`EdgeSource::edges_since`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EdgeMark {
    /// The table, on a server since its start: a restarted server counts transactions anew.
    pub(super) place: String,
    /// The oldest transaction whose changes the state may lack.
    pub(super) oldest: u64,
}

/// The edges that changed since an [`EdgeMark`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EdgesSince {
    /// The edges that were added or changed, as they are now.
    pub edges: Vec<Edge>,
    /// The number of all edges now. A caller that has more knows that some were removed.
    pub total: u64,
    /// The state in which they were read.
    pub mark: EdgeMark,
}

/// A change to the edges that this process committed.
#[derive(Clone, Copy, Debug)]
pub enum EdgeChange<'e> {
    /// Added these edges, or widened their time and added to their counts. Such commits may arrive in any order among each other.
    Added(&'e [Edge]),
    /// Raised edges to at least these, as [`EdgeStore::merge_edges`] does.
    Merged(&'e [Edge]),
    /// Removed the edges with these sources, targets and relations.
    Removed(&'e [Edge]),
    /// Removed all.
    Cleared,
}

/// Receives commits on the thread that made them, before their call returns. It must neither call the store nor wait for a
/// thread that may.
pub trait EdgeObserver: Send + Sync {
    /// Receives a commit. [`Added`](EdgeChange::Added) commutes with itself; every other change arrives in commit order.
    fn committed(&self, change: EdgeChange<'_>);
    /// A snapshot begins: it has the changes of all commits before and of none after.
    fn snapshot_began(&self) {}
}

/// Orders the transactions of a store that change edges, and passes their changes to the observer.
#[derive(Default)]
pub struct EdgeCommits {
    /// Transactions hold it for reading until the observer has their change: a writer knows that none runs.
    observer: RwLock<Option<Weak<dyn EdgeObserver>>>,
}

impl EdgeCommits {
    /// Runs a transaction that may run concurrently with others, then calls `tell` with its result and the observer.
    pub fn commit<T>(
        &self,
        control: &Control,
        transaction: impl FnOnce() -> Result<T>,
        tell: impl FnOnce(&T, &dyn EdgeObserver),
    ) -> Result<T> {
        commit(&*self.read(control)?, transaction, tell)
    }

    /// Runs a transaction that commits batches, then passes on their edges.
    pub fn commit_batches(
        &self,
        transaction: impl FnOnce() -> Result<Option<CommitReport>>,
    ) -> Result<Option<CommitReport>> {
        self.commit(&Control::unbounded(), transaction, |report, observer| {
            if let Some(report) = report
                && !report.edges.is_empty()
            {
                observer.committed(EdgeChange::Added(&report.edges));
            }
        })
    }

    /// Runs a transaction while no other one runs, if an observer needs their order.
    pub fn commit_alone<T>(
        &self,
        control: &Control,
        transaction: impl FnOnce() -> Result<T>,
        tell: impl FnOnce(&T, &dyn EdgeObserver),
    ) -> Result<T> {
        let observer = self.read(control)?;
        if observer.as_ref().and_then(Weak::upgrade).is_none() {
            return transaction();
        }
        drop(observer);
        commit(&*self.write(control)?, transaction, tell)
    }

    /// Passes all commits from now on to an observer, which replaces an earlier one.
    pub fn observe(&self, observer: Weak<dyn EdgeObserver>) {
        *self.observer.write() = Some(observer);
    }

    /// Runs `begin`, which fixes the state that a transaction reads, while no commit runs, and tells the observer.
    pub fn snapshot<T>(&self, control: &Control, begin: impl FnOnce() -> Result<T>) -> Result<T> {
        let observer = self.write(control)?;
        let begun = begin()?;
        if let Some(observer) = observer.as_ref().and_then(Weak::upgrade) {
            observer.snapshot_began();
        }
        Ok(begun)
    }

    fn read(&self, control: &Control) -> Result<RwLockReadGuard<'_, Option<Weak<dyn EdgeObserver>>>> {
        let lock = &self.observer;
        control.acquire(|| lock.read(), |until| lock.try_read_until(until))
    }

    fn write(&self, control: &Control) -> Result<RwLockWriteGuard<'_, Option<Weak<dyn EdgeObserver>>>> {
        let lock = &self.observer;
        control.acquire(|| lock.write(), |until| lock.try_write_until(until))
    }
}

fn commit<T>(
    observer: &Option<Weak<dyn EdgeObserver>>,
    transaction: impl FnOnce() -> Result<T>,
    tell: impl FnOnce(&T, &dyn EdgeObserver),
) -> Result<T> {
    let done = transaction()?;
    if let Some(observer) = observer.as_ref().and_then(Weak::upgrade) {
        tell(&done, &*observer);
    }
    Ok(done)
}

impl fmt::Debug for EdgeCommits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EdgeCommits").finish_non_exhaustive()
    }
}
