//! The copy of a store's edges: loading it, and keeping it up to date.
//!
//! - Changes that this process commits arrive through the [`Feed`]; every question applies them first.
//! - Changes of other programs are looked for by the first question `storage.graph_refresh_ms` or more after the last look. At most
//!   one twentieth of the time is spent on them:
//!   - SQLite tells whether another program committed anything. Then all edges are loaded again.
//!   - PostgreSQL also tells which rows were written since. The server scans the table (half a second for a million edges on a busy
//!     server) and sends only those rows. If the number of edges shows that some were removed, all are loaded again.
//!
//! The worker thread loads. A caller waits until loading finishes or its deadline passes; loading continues either way. For changes
//! of other programs it waits at most [`LONGEST_WAIT`], then gets the present answer. An edge of another program is thus seen after
//! at most 20 times as long as a load or a scan takes. While the store cannot be reached, questions are answered without such news.
//!
//! Locks: `state`, then the feed's.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::RwLock;

use super::table::Table;
use super::worker::Worker;
use crate::buffer::WriteBuffer;
use crate::error::{Error, ErrorKind, Result};
use crate::graph::feed::{Change, Feed};
use crate::log::{Level, Logger};
use crate::record::{Control, Edge};
use crate::store::{EdgeChange, EdgeMark, EdgeObserver, Store};
use crate::threads;

/// The inverse of the share of time that is spent on other programs' changes.
const SHARE: u32 = 20;

/// The longest time that a question waits for other programs' changes.
const LONGEST_WAIT: Duration = Duration::from_millis(25);

/// The pause before the next look while the store cannot tell.
const SHORT_PAUSE: Duration = Duration::from_millis(10);

/// The number of edges in the feed from which on a commit applies them, if no question runs; and the feed's bound.
const LONG_BACKLOG: usize = 1 << 16;
const MOST_BACKLOG: usize = 1 << 20;

/// The edges in memory.
#[derive(Default)]
pub struct State {
    pub table: Table,
    /// Incremented whenever row numbers are reassigned.
    pub generation: u64,
    /// The number of edges added by changes that are not in the snapshot that is being read.
    ahead: i64,
    is_closed: bool,
}

impl State {
    /// Replaces all edges.
    pub fn replace(&mut self, table: Table) {
        self.table = table;
        self.generation += 1;
    }

    /// Releases all edges. Questions fail from now on.
    pub fn close(&mut self) {
        self.replace(Table::default());
        self.is_closed = true;
    }

    /// Returns an error if the graph is closed.
    pub fn check_open(&self) -> Result<()> {
        if self.is_closed {
            return Err(Error::new(ErrorKind::Closed, "the graph is closed"));
        }
        Ok(())
    }

    fn apply(&mut self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::Added(edges) => edges.iter().for_each(|edge| self.table.add(edge)),
                Change::Merged(edges) => edges.iter().for_each(|edge| self.table.merge(edge)),
                Change::Removed(edges) => self.table.remove(edges),
                Change::Cleared => self.replace(Table::default()),
            }
        }
    }
}

/// Loads the edges of a store into memory and applies what changes.
pub struct Loader {
    pub store: Arc<dyn Store>,
    buffer: Arc<WriteBuffer>,
    pub state: RwLock<State>,
    feed: Feed,
    worker: Worker,
    refresh_interval: Duration,
    logger: Logger,
    is_loaded: AtomicBool,
    /// When to look for other programs' changes, in milliseconds since `began`.
    next_look: AtomicU64,
    began: Instant,
}

/// The state of the store that the table has. It belongs to the thread that reads the store.
#[derive(Default)]
struct Io {
    /// The store's counter of other programs' commits when the edges were loaded.
    outside: Option<u64>,
    /// The mark of the last state that was read, if the store can tell what changed since.
    mark: Option<EdgeMark>,
    /// The table has edges that others removed.
    has_removed: bool,
    /// How long the last look took to load all edges.
    loading: Duration,
    /// Until when all edges are not loaded again for other programs' changes.
    rests_until: Option<Instant>,
}

impl EdgeObserver for Loader {
    fn committed(&self, change: EdgeChange<'_>) {
        if self.feed.push(change) > LONG_BACKLOG
            && let Some(mut state) = self.state.try_write()
        {
            self.catch_up(&mut state);
        }
    }

    fn snapshot_began(&self) {
        self.feed.begin_snapshot();
    }
}

impl Loader {
    pub fn new(
        store: Arc<dyn Store>,
        buffer: Arc<WriteBuffer>,
        refresh_interval: Duration,
        logger: Logger,
    ) -> Self {
        Self {
            store,
            buffer,
            state: RwLock::default(),
            feed: Feed::new(MOST_BACKLOG),
            worker: Worker::default(),
            refresh_interval,
            logger,
            is_loaded: AtomicBool::new(false),
            next_look: AtomicU64::new(0),
            began: Instant::now(),
        }
    }

    /// Returns an error if the loader is closed.
    pub fn check_open(&self) -> Result<()> {
        self.worker.check()
    }

    /// Interrupts loading and waits for the thread's end.
    pub fn close(&self) {
        self.worker.stop();
    }

    /// Brings the table up to date for a question: edges that were added before are committed, other programs' changes are looked
    /// for if it is time to, and what the feed has is applied.
    pub fn refresh(self: &Arc<Self>, control: &Control) -> Result<()> {
        self.check_open()?;
        self.buffer.wait_for_edges(control)?;
        if self.must_load() {
            self.load_on_thread(control)?;
        } else {
            self.look_if_due(control)?;
        }
        if self.feed.has_changes() {
            let state = &self.state;
            let mut state = control.acquire(|| state.write(), |until| state.try_write_until(until))?;
            self.catch_up(&mut state);
        }
        Ok(())
    }

    fn catch_up(&self, state: &mut State) {
        let (changes, before) = self.feed.take();
        let (before, after) = changes.split_at(before.min(changes.len()));
        state.apply(before);
        let edges = state.table.edges() as i64;
        state.apply(after);
        state.ahead += state.table.edges() as i64 - edges;
    }

    /// Returns whether no question can be answered before all edges are loaded.
    fn must_load(&self) -> bool {
        !self.is_loaded.load(Ordering::Acquire) || self.feed.has_overflowed()
    }

    fn look_if_due(self: &Arc<Self>, control: &Control) -> Result<()> {
        let now = self.began.elapsed();
        let due = self.next_look.load(Ordering::Relaxed);
        let next = (now + self.refresh_interval).as_millis() as u64;
        // One question looks; the others need not wait for it.
        let mine = due <= now.as_millis() as u64
            && self
                .next_look
                .compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        if !mine {
            return Ok(());
        }
        let latest = Instant::now() + LONGEST_WAIT;
        let bound = Control {
            deadline: Some(control.deadline.map_or(latest, |deadline| deadline.min(latest))),
            interrupt: control.interrupt.clone(),
        };
        // A look that fails or takes longer does not change the answer.
        let _ = self.load_on_thread(&bound);
        control.check()?;
        self.check_open()
    }

    fn load_on_thread(self: &Arc<Self>, control: &Control) -> Result<()> {
        // A load that runs has everything that was committed before it began, unless the feed overflowed since.
        let joins = || !self.feed.has_overflowed();
        let start = || {
            let loader = Arc::clone(self);
            threads::spawn("seerflow-graph", move || {
                let mut io = Io::default();
                loader
                    .worker
                    .serve(|control| loader.load_or_look(&mut io, control));
            })
        };
        self.worker.run(joins, start, control)
    }

    /// Loads all edges if that is due, otherwise looks for other programs' changes.
    fn load_or_look(self: &Arc<Self>, io: &mut Io, control: &Control) -> Result<()> {
        if self.must_load() {
            let outside = self.store.outside_changes(control)?;
            self.renew(io, outside, control)?;
            self.look_again_in(self.refresh_interval);
            return Ok(());
        }
        let began = Instant::now();
        io.loading = Duration::ZERO;
        let looked = self.look_outside(io, control);
        let mut took = began.elapsed();
        if io.mark.is_some() {
            // `rests_until` bounds the time for loading all edges; only the rest of the look counts here.
            took = took.saturating_sub(io.loading);
        }
        let pause = match &looked {
            Ok(false) => SHORT_PAUSE.min(self.refresh_interval),
            _ => self.refresh_interval.max(took * SHARE),
        };
        self.look_again_in(pause);
        looked.map(|_| ()).inspect_err(|error| {
            if self.check_open().is_ok() {
                self.logger.log(Level::Warning, || {
                    format!("the graph does not see what other programs write: {error}")
                });
            }
        })
    }

    fn look_again_in(&self, pause: Duration) {
        let next = self.began.elapsed() + pause;
        self.next_look.store(next.as_millis() as u64, Ordering::Relaxed);
    }

    /// Applies other programs' changes, if there are any. Returns whether the store could tell.
    fn look_outside(self: &Arc<Self>, io: &mut Io, control: &Control) -> Result<bool> {
        let Some(outside) = self.store.outside_changes(control)? else {
            return Ok(false);
        };
        if Some(outside) != io.outside || (io.has_removed && !io.rests()) {
            self.renew(io, Some(outside), control)?;
        }
        Ok(true)
    }

    /// Brings the table to a newer state of the store: by the edges that changed since, or by loading all.
    fn renew(self: &Arc<Self>, io: &mut Io, outside: Option<u64>, control: &Control) -> Result<()> {
        let is_due = self.must_load();
        let is_current = match io.mark.clone() {
            Some(mark) if !is_due => self.load_since(io, &mark, control)?,
            _ => false,
        };
        if !is_current && (is_due || io.mark.is_none() || !io.rests()) {
            let began = Instant::now();
            let loaded = self.load(io, control);
            io.loading = began.elapsed();
            io.rests_until = Some(Instant::now() + io.loading * SHARE);
            loaded?;
            self.logger.log(Level::Debug, || {
                format!("the graph was loaded in {} ms", began.elapsed().as_millis())
            });
        }
        io.outside = outside;
        Ok(())
    }

    /// Loads all edges beside the present ones, then replaces these.
    fn load(self: &Arc<Self>, io: &mut Io, control: &Control) -> Result<()> {
        let observer: Weak<dyn EdgeObserver> = Arc::downgrade(self) as Weak<Self>;
        self.store.observe_edges(observer);
        let mut table = Table::default();
        let mark = self.store.snapshot_edges(control, &mut |edge| {
            table.check_room(1)?;
            table.add(&edge);
            Ok(())
        });
        let mark = mark.inspect_err(|_| self.abandon_snapshot())?;
        let mut state = self.state.write();
        self.check_open()?;
        let around = self.feed.finish_snapshot();
        state.replace(table);
        state.apply(&around.applied);
        state.apply(&around.after);
        state.ahead = 0;
        io.mark = mark;
        io.has_removed = false;
        self.is_loaded.store(true, Ordering::Release);
        Ok(())
    }

    /// Reads the edges that changed since a state. Returns whether that is all that changed: no edge was removed.
    fn load_since(self: &Arc<Self>, io: &mut Io, mark: &EdgeMark, control: &Control) -> Result<bool> {
        let since = self.store.edges_since(mark, control);
        let Some(since) = since.inspect_err(|_| self.abandon_snapshot())? else {
            self.abandon_snapshot();
            io.mark = None;
            return Ok(false);
        };
        let mut state = self.state.write();
        self.check_open()?;
        state.table.check_room(since.edges.len())?;
        let around = self.feed.finish_snapshot();
        let ahead = std::mem::take(&mut state.ahead);
        if self.feed.has_overflowed() {
            return Ok(false);
        }
        state.apply(&around.before);
        if !around.applied.contains(&Change::Cleared) {
            since.edges.iter().for_each(|edge| state.table.set(edge));
            io.has_removed = state.table.edges() as i64 - ahead != since.total as i64;
            // Those of the edges that were read lack the changes that were applied meanwhile.
            let read = since.edges.iter().map(Edge::key).collect();
            let lost: Vec<Change> = around.applied.iter().map(|change| change.only(&read)).collect();
            state.apply(&lost);
        }
        io.mark = Some(since.mark);
        state.apply(&around.after);
        Ok(!io.has_removed)
    }

    fn abandon_snapshot(&self) {
        // The table is locked: no change may be applied in between.
        let mut state = self.state.write();
        self.feed.abandon_snapshot();
        state.ahead = 0;
    }
}

impl Io {
    fn rests(&self) -> bool {
        self.rests_until.is_some_and(|until| Instant::now() < until)
    }
}
