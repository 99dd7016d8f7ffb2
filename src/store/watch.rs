//! Telling the entity graph in memory what this process commits to the table of edges.

use std::fmt;
use std::sync::Weak;

use parking_lot::RwLock;

use crate::error::Result;
use crate::record::Edge;

/// Is told of commits, on the thread that made them, before their call returns. It must not call the store.
pub trait EdgeWatcher: Send + Sync {
    /// These edges were added: see [`EdgeStore::upsert_edges`](super::EdgeStore::upsert_edges).
    fn added(&self, edges: &[Edge]);
    /// Edges were changed in another way, or removed.
    fn changed(&self);
}

/// What a back end keeps to tell its watcher, if it has one.
#[derive(Default)]
pub struct EdgeFeed {
    watcher: RwLock<Option<Weak<dyn EdgeWatcher>>>,
}

impl EdgeFeed {
    /// Runs a transaction and, when it is committed, lets `tell` speak to the watcher.
    pub fn commit<T>(
        &self,
        transaction: impl FnOnce() -> Result<T>,
        tell: impl FnOnce(&T, &dyn EdgeWatcher),
    ) -> Result<T> {
        let watcher = self.watcher.read();
        let done = transaction()?;
        if let Some(watcher) = watcher.as_ref().and_then(Weak::upgrade) {
            tell(&done, &*watcher);
        }
        Ok(done)
    }

    /// Tells a watcher of all commits from now on. It takes the place of an earlier one.
    pub fn watch(&self, watcher: Weak<dyn EdgeWatcher>) {
        *self.watcher.write() = Some(watcher);
    }

    /// Lets `begin` start to read one state of the store. The watcher is told of exactly the commits behind that state.
    pub fn follow<T>(&self, follower: Weak<dyn EdgeWatcher>, begin: impl FnOnce() -> Result<T>) -> Result<T> {
        let mut watcher = self.watcher.write();
        let begun = begin()?;
        *watcher = Some(follower);
        Ok(begun)
    }
}

impl fmt::Debug for EdgeFeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EdgeFeed").finish_non_exhaustive()
    }
}
