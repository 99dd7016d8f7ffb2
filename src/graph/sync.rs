//! A graph on a server, synchronised with the edges of the relational store.
//!
//! The table of edges is the truth. Edges are added, pruned and removed there; the server follows:
//! - An edge that is added is committed in the relational store by the write buffer, whether or not the server can be reached.
//! - The [`Feed`] tells which edges this process changed. A thread reads them from the table and raises the server's to the same
//!   values; edges that the table no longer has are removed from the server. Both may be repeated, and done by several processes in
//!   any order: nothing is counted twice. A failed attempt is repeated after a pause.
//! - After the first change, the thread compares the whole table with the server and sends the edges that are missing there: those
//!   that an earlier process left when it was killed, or committed while the server was away.
//! - It does the same when the server has started again, because a FalkorDB without persistence is then empty.
//! - At most [`MOST_PENDING`] changed edges are remembered. If there are more, all but the removed ones are forgotten, and the
//!   comparison finds the missing edges. A comparison removes nothing: other programs may have put edges into the same graph.
//! - Questions wait until the server has everything that this process committed before.
//!
//! Locks: `sending`, then `comparing`, then `state`, which is never held while the store or the server is asked.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::feed::Feed;
use super::migrate::{self, Side};
use super::pending::{BATCH, Comparison, Key, MOST_PENDING, State};
use super::{GraphBackend, GraphCounts, GraphServer, Neighbour, Subgraph};
use crate::back_off::BackOff;
use crate::buffer::WriteBuffer;
use crate::error::{Error, ErrorKind, Result};
use crate::log::{Level, Logger};
use crate::record::{Control, Edge, Interrupt, RelatedEntity};
use crate::store::{EdgeChange, EdgeObserver, Store};
use crate::threads;

/// The first and the longest pause after a failure.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(30));
/// How long closing tries to send pending edges. The table has them anyway.
const LAST_TRY: Duration = Duration::from_secs(2);
/// Whose panic is caught, so that the edges of the batch stay pending.
const BACK_END: &str = "a graph's back end";

/// A graph on a server that is synchronised with a relational store.
#[derive(Debug)]
pub struct SyncedGraph(Arc<Synchroniser>);

/// Sends changed edges from a store to a server.
struct Synchroniser {
    store: Arc<dyn Store>,
    buffer: Arc<WriteBuffer>,
    server: Arc<dyn GraphServer>,
    logger: Logger,
    feed: Feed,
    state: Mutex<State>,
    /// Held while the server is compared or edges are removed from it: a comparison would send removed edges again.
    comparing: Mutex<()>,
    /// Held while pending edges are sent.
    sending: Mutex<()>,
    /// The restarts of the server after which it was compared.
    restarts: AtomicU64,
    is_closed: AtomicBool,
    /// Ends what the thread does.
    stop: Interrupt,
}

impl std::fmt::Debug for Synchroniser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Synchroniser")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

impl EdgeObserver for Synchroniser {
    fn committed(&self, change: EdgeChange<'_>) {
        if self.feed.push(change) > BATCH {
            self.receive();
        }
    }
}

impl Synchroniser {
    fn check_open(&self) -> Result<()> {
        if self.is_closed.load(Ordering::Acquire) {
            return Err(Error::new(ErrorKind::Closed, "the graph is closed"));
        }
        Ok(())
    }

    /// Moves the changes of the feed to the pending edges.
    fn receive(&self) {
        let mut state = self.state.lock();
        let (changes, _) = self.feed.take();
        let removed = state.receive(changes, self.feed.take_overflow());
        drop(state);
        if removed > 0 {
            self.logger.log(Level::Error, || {
                format!(
                    "{removed} removed edges stay in the graph on the server, which was away for too long: \
                     `seerflow graph migrate` with --wipe-destination makes it equal to the store"
                )
            });
        }
    }

    /// Sends pending edges until there are none.
    fn send(&self, control: &Control) -> Result<()> {
        self.check_open()?;
        let _sending = control.lock(&self.sending)?;
        loop {
            self.receive();
            let (is_cleared, keys) = self.state.lock().take_batch();
            if keys.is_empty() && !is_cleared {
                return Ok(());
            }
            if let Err(error) = threads::catch_panic(BACK_END, || self.send_batch(is_cleared, &keys, control))
            {
                self.state.lock().put_back(is_cleared, keys);
                // The thread may have gone to sleep while nothing was pending.
                self.feed.wake();
                return Err(error);
            }
        }
    }

    fn send_batch(&self, is_cleared: bool, keys: &[(Key, bool)], control: &Control) -> Result<()> {
        if is_cleared {
            let _comparing = control.lock(&self.comparing)?;
            self.server.clear(control)?;
        }
        let edge = |((source, target, relation), _): &(Key, bool)| Edge {
            source_id: source.clone(),
            target_id: target.clone(),
            rel_type: relation.clone(),
            ..Edge::default()
        };
        let changed: Vec<Edge> = keys.iter().map(edge).collect();
        let mut stored = self.store.edges_of(&changed, control)?;
        let there: HashSet<_> = stored.iter().map(Edge::key).collect();
        let removed: Vec<Edge> = changed
            .iter()
            .zip(keys)
            .filter(|(edge, (_, is_removed))| *is_removed || !there.contains(&edge.key()))
            .map(|(edge, _)| edge.clone())
            .collect();
        let _comparing = if removed.is_empty() {
            None
        } else {
            let comparing = control.lock(&self.comparing)?;
            self.server.remove_edges(&removed, control)?;
            // This or another process may have written some of them after they were read, and sent them before they were removed.
            stored = self.store.edges_of(&changed, control)?;
            Some(comparing)
        };
        self.server.merge_edges(&stored, control)
    }

    /// Compares the whole table with the server if that is due, and sends the missing edges.
    fn compare(&self, control: &Control) -> Result<()> {
        let _comparing = control.lock(&self.comparing)?;
        let Some(first) = self.state.lock().begin_comparison() else {
            return Ok(());
        };
        let (table, server) = (Side::Store(&*self.store), Side::Graph(&*self.server));
        let done = threads::catch_panic(BACK_END, || migrate::raise(table, server, BATCH, control));
        let mut state = self.state.lock();
        if let Comparison::Runs { .. } = state.comparison {
            state.comparison = match (&done, first) {
                (Ok(_), _) => Comparison::Done,
                (Err(_), true) => Comparison::First,
                (Err(_), false) => Comparison::Due,
            };
        }
        drop(state);
        self.feed.wake();
        done.map(|_| ())
    }

    /// Makes a comparison due, before any question, if the server has started again. Returns whether it has.
    fn note_restart(&self) -> bool {
        let restarts = self.server.restarts();
        let has_restarted = self.restarts.swap(restarts, Ordering::AcqRel) != restarts;
        if has_restarted {
            self.state.lock().comparison = Comparison::First;
            self.feed.wake();
        }
        has_restarted
    }

    /// Returns when the server has everything that this process committed before.
    fn catch_up(&self, control: &Control) -> Result<()> {
        self.buffer.wait_for_edges(control)?;
        self.send(control)?;
        if self.state.lock().comparison.is_first() {
            self.compare(control)?;
        }
        Ok(())
    }

    /// Runs the thread.
    fn run(&self) {
        let control = Control {
            deadline: None,
            interrupt: Some(self.stop.clone()),
        };
        let mut back_off = BackOff::new(PAUSES.0, PAUSES.1);
        // Each reason is reported once, and so is recovery.
        let mut reported: Option<String> = None;
        while !self.stop.is_raised() {
            match self.send(&control).and_then(|()| self.compare(&control)) {
                Ok(()) => {
                    self.note_restart();
                    back_off.reset();
                    if reported.take().is_some() {
                        let recovered = "the graph has the edges that waited in the relational store";
                        self.logger.log(Level::Info, || recovered.to_owned());
                    }
                    if !self.state.lock().has_work() {
                        self.feed.wait(None);
                    }
                }
                Err(_) if self.stop.is_raised() => return,
                Err(error) => {
                    let reason = error.to_string();
                    if reported.as_ref() != Some(&reason) {
                        self.logger.log(Level::Warning, || {
                            format!(
                                "edges wait in the relational store until the graph can be reached: {reason}"
                            )
                        });
                        reported = Some(reason);
                    }
                    // New changes are received meanwhile; the server gets its pause all the same.
                    let until = Instant::now() + back_off.next_pause();
                    while !self.stop.is_raised() && Instant::now() < until {
                        self.feed.wait(Some(until));
                        self.receive();
                    }
                }
            }
        }
    }
}

impl SyncedGraph {
    /// Synchronises a server's graph with a store, to which `buffer` writes. The server is not asked before there is something for it.
    pub fn new(
        store: Arc<dyn Store>,
        buffer: Arc<WriteBuffer>,
        server: Arc<dyn GraphServer>,
        logger: Logger,
    ) -> Self {
        Self(Arc::new(Synchroniser {
            store,
            buffer,
            server,
            logger,
            feed: Feed::new(MOST_PENDING),
            state: Mutex::default(),
            comparing: Mutex::default(),
            sending: Mutex::default(),
            restarts: AtomicU64::new(0),
            is_closed: AtomicBool::new(false),
            stop: Interrupt::new(),
        }))
    }

    /// Asks the server when it has everything that this process committed before.
    fn ask<T>(&self, control: &Control, question: impl Fn(&dyn GraphServer) -> Result<T>) -> Result<T> {
        self.start()?;
        loop {
            self.0.catch_up(control)?;
            let answer = question(&*self.0.server)?;
            // A server that started again meanwhile may have answered without its edges.
            if !self.0.note_restart() {
                return Ok(answer);
            }
        }
    }
}

impl Drop for SyncedGraph {
    fn drop(&mut self) {
        self.close();
    }
}

impl GraphBackend for SyncedGraph {
    fn neighbours(
        &self,
        entity: &str,
        depth: u32,
        rel_types: &[String],
        control: &Control,
    ) -> Result<Vec<Neighbour>> {
        self.ask(control, |server| {
            server.neighbours(entity, depth, rel_types, control)
        })
    }

    fn shortest_path(&self, from: &str, to: &str, control: &Control) -> Result<Vec<String>> {
        self.ask(control, |server| server.shortest_path(from, to, control))
    }

    fn subgraph(&self, entity: &str, depth: u32, control: &Control) -> Result<Subgraph> {
        self.ask(control, |server| server.subgraph(entity, depth, control))
    }

    fn related(&self, entity: &str, control: &Control) -> Result<Vec<RelatedEntity>> {
        self.ask(control, |server| server.related(entity, control))
    }

    fn edges(&self, control: &Control, each: &mut dyn FnMut(Edge) -> Result<()>) -> Result<()> {
        self.ask(control, |server| server.health(control))?;
        self.0.server.edges(control, each)
    }

    fn counts(&self, control: &Control) -> Result<GraphCounts> {
        self.ask(control, |server| server.counts(control))
    }

    fn health(&self, control: &Control) -> Result<()> {
        self.0.server.health(control)
    }

    fn location(&self) -> String {
        self.0.server.location()
    }

    fn backlog(&self) -> u64 {
        self.0.receive();
        self.0.state.lock().pending.len() as u64
    }

    /// Begins to observe the store. Opens nothing.
    fn start(&self) -> Result<()> {
        self.0.check_open()?;
        if self.0.state.lock().thread.is_some() {
            return Ok(());
        }
        let observer: Weak<Synchroniser> = Arc::downgrade(&self.0);
        self.0.store.observe_edges(observer);
        let mut state = self.0.state.lock();
        // Another thread may have closed it.
        self.0.check_open()?;
        if state.thread.is_none() {
            let synchroniser = Arc::clone(&self.0);
            state.thread = Some(threads::spawn("seerflow-graph", move || synchroniser.run())?);
        }
        Ok(())
    }

    fn close(&self) {
        if self.0.check_open().is_ok() && (self.0.feed.has_changes() || self.0.state.lock().has_work()) {
            // The caller may have little stack left.
            let _ = threads::run_on_own_stack("seerflow-graph", || self.0.send(&Control::within(LAST_TRY)));
        }
        let thread = {
            let mut state = self.0.state.lock();
            self.0.is_closed.store(true, Ordering::Release);
            self.0.stop.raise();
            state.thread.take()
        };
        self.0.feed.wake();
        if let Some(thread) = thread {
            threads::join(thread);
        }
        self.0.server.close();
    }
}
