//! How the graph in memory and the relational store are kept one.
//!
//! What is guaranteed:
//! - An edge that was added is in every answer from then on. It is in the store after `flush`, or `storage.flush_interval_ms`
//!   later at the latest while commits succeed; edges between the same entities that wait are committed as one.
//! - What this process commits to the table of edges in any other way (edges of events, edges written through the store, pruned
//!   ones) is in every answer once that commit has returned.
//! - What another program commits is looked for by the first question that is asked `storage.graph_refresh_ms` or more after the
//!   last look; see [`load`](super::load) for how, and how soon it is seen.
//! - A commit that fails is tried again with what it held; nothing is dropped before `close`.
//! - Commits wait for no question: what they did waits in the follower until somebody asks, or is taken in when nobody else
//!   reads just then. When it becomes too much, it is forgotten, and the next question loads the graph anew.
//!
//! Locks: `io` first, then `state`, then a follower's. The store is never called with `state` locked.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use parking_lot::{Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::MemoryOptions;
use super::follower::{Change, Follower};
use super::load::Io;
use super::table::Table;
use super::worker::Worker;
use crate::error::{Error, ErrorKind, Result};
use crate::log::Logger;
use crate::record::{Control, Edge, Interrupt};
use crate::store::Store;
use crate::threads;

/// Edges of one transaction, so that the write lock is free for others in between.
const COMMITTED_AT_ONCE: usize = 16_384;

thread_local! {
    /// This thread writes to the store what the graph knows already.
    static OWN_COMMIT: Cell<bool> = const { Cell::new(false) };
}

/// The edges, and who follows the store for them.
#[derive(Default)]
pub struct State {
    pub table: Table,
    /// Another one when rows have got other numbers.
    pub generation: u64,
    /// Is told what this process commits behind the state of the store that the table was loaded from.
    pub follower: Option<Arc<Follower>>,
}

impl State {
    /// Puts other edges in the place of all. What waits for its commit stays.
    pub fn replace(&mut self, mut table: Table) {
        table.take_over(&self.table);
        self.table = table;
        self.generation += 1;
    }

    /// Takes in what was committed.
    pub fn catch_up(&mut self) {
        if let Some(follower) = &self.follower {
            let changes = follower.take();
            self.apply(changes);
        }
    }

    fn apply(&mut self, changes: Vec<Change>) {
        for change in changes {
            match change {
                Change::Added(edge) => self.table.add(&edge),
                Change::Merged(edge) => self.table.merge(&edge),
                Change::Removed(edges) => self.table.remove(&edges),
                Change::Cleared => self.replace(Table::default()),
            }
        }
    }
}

pub struct Keeper {
    pub store: Option<Arc<dyn Store>>,
    pub state: RwLock<State>,
    pub options: MemoryOptions,
    pub logger: Logger,
    pub io: Mutex<Io>,
    pub loaded: AtomicBool,
    /// This process changed edges in a way that only loading shows.
    pub stale: AtomicBool,
    /// The follower has edges that the table lacks.
    pub behind: AtomicBool,
    /// Edges that are being committed; it changes with `state` and the follower locked.
    pub committing: AtomicUsize,
    /// When to look for other programs' changes, in milliseconds since `began`.
    pub next_look: AtomicU64,
    pub began: Instant,
    /// The worker knows that edges wait.
    pub told: AtomicBool,
    pub worker: Mutex<Worker>,
    pub wake: Condvar,
    closed: AtomicBool,
    /// Ends loading.
    pub no_loads: Interrupt,
    /// Ends what the worker does else.
    pub stop: Interrupt,
}

impl Keeper {
    pub fn new(store: Option<Arc<dyn Store>>, options: MemoryOptions, logger: Logger) -> Self {
        Self {
            store,
            state: RwLock::default(),
            options,
            logger,
            io: Mutex::default(),
            loaded: AtomicBool::new(false),
            stale: AtomicBool::new(false),
            behind: AtomicBool::new(false),
            committing: AtomicUsize::new(0),
            next_look: AtomicU64::new(0),
            began: Instant::now(),
            told: AtomicBool::new(false),
            worker: Mutex::default(),
            wake: Condvar::new(),
            closed: AtomicBool::new(false),
            no_loads: Interrupt::new(),
            stop: Interrupt::new(),
        }
    }

    pub fn open(&self) -> Result<()> {
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::new(ErrorKind::Closed, "the graph is closed"));
        }
        Ok(())
    }

    /// Locks what talks to the store; a bound may end the waiting.
    pub fn lock_io(&self, control: &Control) -> Result<MutexGuard<'_, Io>> {
        control.lock(&self.io)
    }

    /// Locks the edges for reading. What `close` left of them is no answer.
    pub fn read(&self, control: &Control) -> Result<RwLockReadGuard<'_, State>> {
        let state = control.acquire(|| self.state.read(), |until| self.state.try_read_until(until))?;
        self.open()?;
        Ok(state)
    }

    /// Locks the edges for writing.
    pub fn write(&self, control: &Control) -> Result<RwLockWriteGuard<'_, State>> {
        let state = control.acquire(|| self.state.write(), |until| self.state.try_write_until(until))?;
        self.open()?;
        Ok(state)
    }

    /// Makes the graph as fresh as is promised.
    pub fn fresh(self: &Arc<Self>, control: &Control) -> Result<()> {
        self.open()?;
        self.look(control)?;
        if self.behind.load(Ordering::Acquire) {
            let mut state = self.write(control)?;
            self.behind.store(false, Ordering::Release);
            state.catch_up();
        }
        Ok(())
    }

    /// Takes in what a follower has, if nobody reads just now; when it is far too much, forgets it.
    pub fn relieve(&self, follower: &Follower) {
        if let Some(mut state) = self.state.try_write() {
            self.behind.store(false, Ordering::Release);
            state.catch_up();
        } else if follower.forget_too_many() {
            self.stale.store(true, Ordering::Release);
        }
    }

    /// Refuses more edges than there are numbers for.
    pub fn has_room(&self, edges: usize) -> Result<()> {
        if self.state.read().table.has_room(edges) {
            Ok(())
        } else {
            Err(too_many())
        }
    }

    /// Makes room for edges that will wait, by committing those that do.
    pub fn make_room(&self, edges: usize, control: &Control) -> Result<()> {
        self.open()?;
        let (has_room, waiting) = {
            let table = &self.state.read().table;
            (table.has_room(edges), table.waiting())
        };
        if !has_room {
            return Err(too_many());
        }
        if waiting == 0 || waiting.saturating_add(edges) <= self.options.waiting {
            return Ok(());
        }
        self.flush(control).map_err(|error| match error.kind() {
            ErrorKind::Timeout | ErrorKind::Busy => Error::new(
                ErrorKind::Again,
                format!("{waiting} edges wait for their commit, and no more may: {error}"),
            ),
            _ => error,
        })
    }

    pub fn waiting(&self) -> u64 {
        let state = self.state.read();
        (state.table.waiting() + self.committing.load(Ordering::Relaxed)) as u64
    }

    /// Commits everything that waits, on a thread of ours: whoever flushes may have little stack left.
    pub fn flush(&self, control: &Control) -> Result<()> {
        self.open()?;
        threads::run_on_own_stack("seerflow-graph", || {
            let _io = self.lock_io(control)?;
            self.commit(control)
        })
    }

    /// Commits everything that waits; to be called with `io` locked.
    fn commit(&self, control: &Control) -> Result<()> {
        let Some(store) = &self.store else {
            return Ok(());
        };
        let (taken, mut edges, generation) = {
            let mut state = self.state.write();
            // What was removed before is gone before these are there again: from here on, the follower knows that they come.
            let follower = state.follower.clone();
            let mut log = follower.as_ref().map(|follower| follower.lock());
            let changes = log.as_mut().map(|log| std::mem::take(&mut **log));
            state.apply(changes.unwrap_or_default());
            let taken = state.table.take_waiting();
            let edges = state.table.spell_waiting(&taken);
            self.committing.store(taken.len(), Ordering::Release);
            (taken, edges, state.generation)
        };
        // Neighbours in the table's order share pages.
        let mut order: Vec<usize> = (0..edges.len()).collect();
        order.sort_unstable_by(|&a, &b| edges[a].cmp(&edges[b]));
        let edges: Vec<Edge> = order
            .iter()
            .map(|&place| std::mem::take(&mut edges[place]))
            .collect();
        let mut done = 0;
        for some in edges.chunks(COMMITTED_AT_ONCE) {
            let written = threads::catch_panic("the store", || own(|| store.upsert_edges(some, control)));
            if let Err(error) = written {
                let mut state = self.state.write();
                self.committing.store(0, Ordering::Release);
                if state.generation == generation {
                    let left: Vec<_> = order[done..].iter().map(|&place| taken[place]).collect();
                    state.table.give_back(&left);
                }
                return Err(error.within("commit edges of the graph"));
            }
            done += some.len();
        }
        let mut state = self.state.write();
        self.committing.store(0, Ordering::Release);
        if !self.loaded.load(Ordering::Acquire) && state.table.waiting() == 0 {
            // Nobody asked anything yet: what is in the store is not kept here too.
            state.replace(Table::default());
        }
        Ok(())
    }

    /// Changes the store, which tells the follower, after everything that was added before; where there is none, the edges here.
    pub fn change(
        &self,
        control: &Control,
        in_store: impl FnOnce(&dyn Store) -> Result<()>,
        here: impl FnOnce(&mut State),
    ) -> Result<()> {
        self.open()?;
        let _io = self.lock_io(control)?;
        self.commit(control)?;
        match &self.store {
            Some(store) => in_store(&**store),
            None => {
                here(&mut *self.write(control)?);
                Ok(())
            }
        }
    }

    /// Stops what runs, waits for the thread's end, and forgets all edges.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.no_loads.raise();
        self.stop.raise();
        self.end_worker();
        let mut state = self.state.write();
        *state = State {
            // Whoever is in the middle of something must find that its rows are gone.
            generation: state.generation + 1,
            ..State::default()
        };
    }
}

/// Tells whether this thread writes to the store what the graph knows already.
pub fn is_own_commit() -> bool {
    OWN_COMMIT.get()
}

/// Runs a change of the store that the graph knows already.
fn own<T>(change: impl FnOnce() -> T) -> T {
    struct Ended;
    impl Drop for Ended {
        fn drop(&mut self) {
            OWN_COMMIT.set(false);
        }
    }
    OWN_COMMIT.set(true);
    let _ended = Ended;
    change()
}

pub fn too_many() -> Error {
    Error::new(ErrorKind::Limit, "the graph has no numbers for so many edges")
}
