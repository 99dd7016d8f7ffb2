//! Telling the entity graph what this process commits to the table of edges.

use std::fmt;
use std::sync::Weak;

use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::error::Result;
use crate::record::{Control, Edge};

/// What a commit did to the edges.
#[derive(Clone, Copy, Debug)]
pub enum EdgeChange<'e> {
    /// Added these: see [`EdgeStore::upsert_edges`](super::EdgeStore::upsert_edges). Told in any order of such commits.
    Added(&'e [Edge]),
    /// Raised to at least these: see [`EdgeStore::merge_edges`](super::EdgeStore::merge_edges).
    Merged(&'e [Edge]),
    /// Removed those with these sources, targets and relations.
    Removed(&'e [Edge]),
    /// Removed all.
    Cleared,
    /// Removed those last seen before a time; which ones, only reading shows. Told in no order.
    Pruned,
}

/// Is told of commits, on the thread that made them, before their call returns. It must not call the store, nor wait for
/// somebody who may.
pub trait EdgeWatcher: Send + Sync {
    /// A commit did this. Between what is merged, removed or cleared and every other commit, the order is theirs.
    fn committed(&self, change: EdgeChange<'_>);
}

/// What a back end keeps to tell its watcher, if it has one.
#[derive(Default)]
pub struct EdgeFeed {
    /// Held for reading by commits, until they have told: for writing, none runs.
    watcher: RwLock<Option<Weak<dyn EdgeWatcher>>>,
}

impl EdgeFeed {
    /// Runs a transaction that may run beside others and, when it is committed, lets `tell` speak to the watcher.
    pub fn commit<T>(
        &self,
        control: &Control,
        transaction: impl FnOnce() -> Result<T>,
        tell: impl FnOnce(&T, &dyn EdgeWatcher),
    ) -> Result<T> {
        commit(&*self.read(control)?, transaction, tell)
    }

    /// Does what [`commit`](Self::commit) does while no other transaction runs, if there is somebody whom their order matters to.
    pub fn commit_alone<T>(
        &self,
        control: &Control,
        transaction: impl FnOnce() -> Result<T>,
        tell: impl FnOnce(&T, &dyn EdgeWatcher),
    ) -> Result<T> {
        let watcher = self.read(control)?;
        if watcher.as_ref().and_then(Weak::upgrade).is_none() {
            return transaction();
        }
        drop(watcher);
        commit(&*self.write(control)?, transaction, tell)
    }

    /// Tells a watcher of all commits from now on. It takes the place of an earlier one.
    pub fn watch(&self, watcher: Weak<dyn EdgeWatcher>) {
        *self.watcher.write() = Some(watcher);
    }

    /// Lets `begin` start to read one state of the store. The watcher is told of exactly the commits behind that state.
    pub fn follow<T>(
        &self,
        control: &Control,
        follower: Weak<dyn EdgeWatcher>,
        begin: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        let mut watcher = self.write(control)?;
        let begun = begin()?;
        *watcher = Some(follower);
        Ok(begun)
    }

    fn read(&self, control: &Control) -> Result<RwLockReadGuard<'_, Option<Weak<dyn EdgeWatcher>>>> {
        let watcher = &self.watcher;
        control.acquire(|| watcher.read(), |until| watcher.try_read_until(until))
    }

    fn write(&self, control: &Control) -> Result<RwLockWriteGuard<'_, Option<Weak<dyn EdgeWatcher>>>> {
        let watcher = &self.watcher;
        control.acquire(|| watcher.write(), |until| watcher.try_write_until(until))
    }
}

fn commit<T>(
    watcher: &Option<Weak<dyn EdgeWatcher>>,
    transaction: impl FnOnce() -> Result<T>,
    tell: impl FnOnce(&T, &dyn EdgeWatcher),
) -> Result<T> {
    let done = transaction()?;
    if let Some(watcher) = watcher.as_ref().and_then(Weak::upgrade) {
        tell(&done, &*watcher);
    }
    Ok(done)
}

impl fmt::Debug for EdgeFeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EdgeFeed").finish_non_exhaustive()
    }
}
