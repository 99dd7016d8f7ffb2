//! How the graph in memory and the relational store are kept one.
//!
//! What is guaranteed:
//! - An edge that was added is in every answer from then on. It is in the store after `flush`, or `storage.flush_interval_ms`
//!   later at the latest while commits succeed; edges between the same entities that wait are committed as one.
//! - What this process commits to the table of edges in any other way (edges of events, edges written through the store, pruned
//!   ones) is in every answer once that commit has returned.
//! - What another program commits is noticed by the first question that is asked `storage.graph_refresh_ms` or more after the
//!   last look. The graph is loaded anew then, by the thread that asks; at most a twentieth of the time is spent on that, so
//!   a graph whose loading takes a second may lag 20 seconds behind another program.
//! - A commit that fails is tried again with what it held; nothing is dropped before `close`.
//!
//! Locks: `io` first, then `state`, then a follower's. The store is never called with `state` locked, and its commits wait
//! for no question: what a commit did waits in the follower until somebody asks.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard, RwLock};

use super::MemoryOptions;
use super::table::Table;
use crate::error::{Error, ErrorKind, Result};
use crate::log::{Level, Logger};
use crate::record::{Control, Edge, Interrupt};
use crate::store::{EdgeWatcher, Store};
use crate::threads;

/// Edges of one transaction, so that the write lock is free for others in between.
const COMMITTED_AT_ONCE: usize = 16_384;

/// Of the time, the part that is spent on loading what other programs wrote: one in so many.
const LOADING_SHARE: u32 = 20;

/// The first and the longest pause after a commit that failed.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

/// Commits of this process that nobody has asked for yet, in edges, before they are taken in all the same.
const MOST_BEHIND: usize = 1 << 16;

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
    follower: Option<Arc<Follower>>,
}

impl State {
    /// Puts other edges in the place of all. What waits for its commit stays.
    pub fn replace(&mut self, mut table: Table) {
        table.take_over(&self.table);
        self.table = table;
        self.generation += 1;
    }

    /// Takes in what was committed.
    fn catch_up(&mut self) {
        if let Some(follower) = &self.follower {
            let edges = std::mem::take(&mut *follower.edges.lock());
            edges.iter().for_each(|edge| self.table.add(edge));
        }
    }
}

/// Is told of commits, for one table. A table that is loaded anew gets another one.
#[derive(Default)]
struct Follower {
    keeper: Weak<Keeper>,
    edges: Mutex<Vec<Edge>>,
}

impl EdgeWatcher for Follower {
    fn added(&self, edges: &[Edge]) {
        if edges.is_empty() || OWN_COMMIT.get() {
            return;
        }
        let Some(keeper) = self.keeper.upgrade() else {
            return;
        };
        let mut waiting = self.edges.lock();
        waiting.extend_from_slice(edges);
        let many = waiting.len() > MOST_BEHIND;
        drop(waiting);
        keeper.behind.store(true, Ordering::Release);
        if many {
            keeper.catch_up();
        }
    }

    fn changed(&self) {
        if let (false, Some(keeper)) = (OWN_COMMIT.get(), self.keeper.upgrade()) {
            keeper.stale.store(true, Ordering::Release);
        }
    }
}

/// What only one thread at a time does with the store.
#[derive(Default)]
struct Io {
    /// What the store said about other programs' changes when the graph was loaded.
    outside: Option<u64>,
    /// When the last load ended, and how long it took.
    loaded: Option<(Instant, Duration)>,
}

/// The thread that commits what waits.
#[derive(Default)]
struct Worker {
    runs: bool,
    has_work: bool,
    ends: bool,
}

pub struct Keeper {
    pub store: Option<Arc<dyn Store>>,
    pub state: RwLock<State>,
    options: MemoryOptions,
    logger: Logger,
    io: Mutex<Io>,
    loaded: AtomicBool,
    /// This process changed edges in a way that only loading shows.
    stale: AtomicBool,
    /// The follower has edges that the table lacks.
    behind: AtomicBool,
    /// Edges that are being committed; it changes with `state` locked.
    committing: AtomicUsize,
    /// When to look for other programs' changes, in milliseconds since `began`.
    next_look: AtomicU64,
    began: Instant,
    /// The worker knows that edges wait.
    told: AtomicBool,
    worker: Mutex<Worker>,
    wake: Condvar,
    closed: AtomicBool,
    /// Ends what the worker does.
    stop: Interrupt,
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
            stop: Interrupt::new(),
        }
    }

    fn open(&self) -> Result<()> {
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::new(ErrorKind::Closed, "the graph is closed"));
        }
        Ok(())
    }

    /// Locks what talks to the store; a bound may end the waiting.
    fn lock_io(&self, control: &Control) -> Result<MutexGuard<'_, Io>> {
        loop {
            let Some(until) = control.next_look() else {
                return Ok(self.io.lock());
            };
            if let Some(io) = self.io.try_lock_until(until) {
                return Ok(io);
            }
            control.check()?;
        }
    }

    /// Makes the graph as fresh as is promised.
    pub fn fresh(self: &Arc<Self>, control: &Control) -> Result<()> {
        self.open()?;
        self.look(control)?;
        if self.behind.load(Ordering::Acquire) {
            self.catch_up();
        }
        Ok(())
    }

    fn catch_up(&self) {
        let mut state = self.state.write();
        self.behind.store(false, Ordering::Release);
        state.catch_up();
    }

    /// Loads the graph if it is not there yet, or if others changed what it was loaded from.
    fn look(self: &Arc<Self>, control: &Control) -> Result<()> {
        let Some(store) = &self.store else {
            return Ok(());
        };
        if !self.loaded.load(Ordering::Acquire) || self.stale.load(Ordering::Acquire) {
            let mut io = self.lock_io(control)?;
            // Another thread may have been first.
            if !self.loaded.load(Ordering::Acquire) || self.stale.load(Ordering::Acquire) {
                self.load(store, &mut io, control)?;
            }
            return Ok(());
        }
        let now = self.began.elapsed().as_millis() as u64;
        if now < self.next_look.load(Ordering::Relaxed) {
            return Ok(());
        }
        // One thread looks; the others need not wait for it.
        let Some(mut io) = self.io.try_lock() else {
            return Ok(());
        };
        let interval = self.options.refresh_interval.as_millis() as u64;
        let outside = store.outside_changes()?;
        let pause = io
            .loaded
            .is_some_and(|(when, took)| when.elapsed() < took * LOADING_SHARE);
        match outside {
            Some(_) if outside == io.outside => {}
            Some(_) if !pause => self.load(store, &mut io, control)?,
            // Look again soon.
            _ => return Ok(()),
        }
        self.next_look.store(now + interval, Ordering::Relaxed);
        Ok(())
    }

    /// Loads all edges of the store, beside the ones that are there, and puts them in their place.
    fn load(self: &Arc<Self>, store: &Arc<dyn Store>, io: &mut Io, control: &Control) -> Result<()> {
        let began = Instant::now();
        self.stale.store(false, Ordering::Release);
        let outside = store.outside_changes()?;
        let follower = Arc::new(Follower {
            keeper: Arc::downgrade(self),
            ..Follower::default()
        });
        let watcher: Weak<dyn EdgeWatcher> = Arc::downgrade(&follower) as Weak<Follower>;
        let mut table = Table::default();
        let followed = store.follow_edges(watcher, control, &mut |edge| {
            if !table.has_room(1) {
                return Err(too_many());
            }
            table.add(&edge);
            Ok(())
        });
        if let Err(error) = followed {
            // The store may tell the new follower now, whose table there is not.
            self.stale.store(true, Ordering::Release);
            return Err(error);
        }
        let mut state = self.state.write();
        state.replace(table);
        state.follower = Some(follower);
        state.catch_up();
        drop(state);
        io.outside = outside;
        io.loaded = Some((Instant::now(), began.elapsed()));
        let next = self.began.elapsed() + self.options.refresh_interval;
        self.next_look.store(next.as_millis() as u64, Ordering::Relaxed);
        self.loaded.store(true, Ordering::Release);
        self.logger.log(Level::Debug, || {
            format!("the graph was loaded in {} ms", began.elapsed().as_millis())
        });
        Ok(())
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
        self.has_room(edges)?;
        let waiting = self.state.read().table.waiting();
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

    /// Commits everything that waits.
    pub fn flush(&self, control: &Control) -> Result<()> {
        self.open()?;
        let _io = self.lock_io(control)?;
        self.commit(control)
    }

    /// Commits everything that waits; to be called with `io` locked.
    fn commit(&self, control: &Control) -> Result<()> {
        let Some(store) = &self.store else {
            return Ok(());
        };
        let (taken, mut edges) = {
            let table = &mut self.state.write().table;
            let taken = table.take_waiting();
            let edges = table.spell_waiting(&taken);
            self.committing.store(taken.len(), Ordering::Relaxed);
            (taken, edges)
        };
        // Neighbours in the table's order share pages.
        let mut order: Vec<usize> = (0..edges.len()).collect();
        order.sort_unstable_by(|&a, &b| edges[a].cmp(&edges[b]));
        let mut edges: Vec<Edge> = order
            .iter()
            .map(|&place| std::mem::take(&mut edges[place]))
            .collect();
        let mut done = 0;
        for some in edges.chunks_mut(COMMITTED_AT_ONCE) {
            if let Err(error) = own(|| store.upsert_edges(some, control)) {
                let left: Vec<_> = order[done..].iter().map(|&place| taken[place]).collect();
                let mut state = self.state.write();
                state.table.give_back(&left);
                self.committing.store(0, Ordering::Relaxed);
                return Err(error.within("commit edges of the graph"));
            }
            done += some.len();
        }
        let mut state = self.state.write();
        self.committing.store(0, Ordering::Relaxed);
        if !self.loaded.load(Ordering::Acquire) && state.table.waiting() == 0 {
            // Nobody asked anything yet: what is in the store is not kept here too.
            state.replace(Table::default());
        }
        Ok(())
    }

    /// Changes the store and then the graph, after everything that was added before.
    pub fn change(
        &self,
        control: &Control,
        in_store: impl FnOnce(&dyn Store) -> Result<()>,
        here: impl FnOnce(&mut State),
    ) -> Result<()> {
        self.open()?;
        let _io = self.lock_io(control)?;
        self.commit(control)?;
        if let Some(store) = &self.store {
            own(|| in_store(&**store))?;
            if !self.loaded.load(Ordering::Acquire) {
                return Ok(());
            }
        }
        here(&mut self.state.write());
        Ok(())
    }

    /// Tells the worker that edges wait, and starts it if need be.
    pub fn wake(self: &Arc<Self>) -> Result<()> {
        if self.store.is_none() || self.told.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        let mut worker = self.worker.lock();
        worker.has_work = true;
        if !worker.runs && !worker.ends {
            let keeper = Arc::downgrade(self);
            threads::spawn("seerflow-graph", move || run(&keeper))?;
            worker.runs = true;
        }
        drop(worker);
        self.wake.notify_all();
        Ok(())
    }

    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.stop.raise();
        let mut worker = self.worker.lock();
        worker.ends = true;
        self.wake.notify_all();
        while worker.runs {
            self.wake.wait(&mut worker);
        }
        drop(worker);
        *self.state.write() = State::default();
    }

    /// Sleeps until there is work; tells whether to end.
    fn sleep(&self, pause: Duration) -> bool {
        let mut worker = self.worker.lock();
        while !worker.has_work && !worker.ends {
            self.wake.wait(&mut worker);
        }
        worker.has_work = false;
        let until = Instant::now() + pause;
        while !worker.ends && !self.wake.wait_until(&mut worker, until).timed_out() {}
        worker.ends
    }
}

/// Commits what waits, an interval after the first of it came.
fn run(keeper: &Weak<Keeper>) {
    let mut pause = None;
    loop {
        let Some(keeper) = keeper.upgrade() else {
            return;
        };
        let ends = keeper.sleep(pause.unwrap_or(keeper.options.flush_interval));
        if ends {
            keeper.worker.lock().runs = false;
            keeper.wake.notify_all();
            return;
        }
        keeper.told.store(false, Ordering::Release);
        let control = Control {
            deadline: None,
            interrupt: Some(keeper.stop.clone()),
        };
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| keeper.flush(&control)));
        let failed = match done {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some("a panic".to_owned()),
        };
        pause = failed.map(|reason| {
            if pause.is_none() {
                keeper.logger.log(Level::Warning, || {
                    format!("{reason}; the edges are kept and tried again")
                });
            }
            keeper.worker.lock().has_work = true;
            pause.map_or(BACK_OFF.0, |pause: Duration| (pause * 2).min(BACK_OFF.1))
        });
    }
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

fn too_many() -> Error {
    Error::new(ErrorKind::Limit, "the graph has no numbers for so many edges")
}
