//! A graph on a server that follows the relational store.
//!
//! The table of edges is the truth. What is added is written there first; the server is brought up to date behind it:
//! - An edge that is added is committed in the relational store when the call returns, whether or not the server can be reached.
//! - What this process commits to the table, the events' edges included, is remembered by its key. A thread reads these edges from
//!   the table and raises the server's to the same values. That may be repeated, and done by several processes in any order:
//!   nothing is counted twice. While it fails it is tried again.
//! - Behind the first of them, the thread compares the whole table with the server and sends what is missing: what an earlier
//!   process left behind when it was killed, or committed while the server was away. While that fails it is tried again, too.
//! - No more than [`MOST_WAITING`] keys are remembered: beyond, all are forgotten, and the comparison finds what is missing.
//! - What is removed goes from the server first: while it is away, nothing is removed.
//! - Questions wait until what this process committed before is there.
//!
//! Locks: `comparing` first, then `sending`, then `state`, which is never held while the store or the server is asked.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

use super::migrate::{self, Side};
use super::{GraphBackend, GraphCounts, Neighbour, Subgraph, check_edges};
use crate::error::{Error, ErrorKind, Result};
use crate::log::{Level, Logger};
use crate::record::{Control, Edge, Interrupt, RelatedEntity};
use crate::store::{EdgeChange, EdgeWatcher, Store};
use crate::threads;

/// Edges that are remembered by their keys: 20 MB or so.
const MOST_WAITING: usize = 100_000;
/// Edges sent at once.
const BATCH: usize = 10_000;
/// The first and the longest pause after a failure.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(30));
/// How long closing tries to send what waits; it is in the table anyway.
const LAST_TRY: Duration = Duration::from_secs(2);
/// Whose panic is caught, so that what was begun is put back.
const BACK_END: &str = "a graph's back end";

/// Source, target and relation.
type Key = (String, String, String);

/// A graph on a server that follows the relational store.
#[derive(Debug)]
pub struct FollowedGraph(Arc<Follower>);

struct Follower {
    store: Arc<dyn Store>,
    server: Arc<dyn GraphBackend>,
    logger: Logger,
    state: Mutex<State>,
    wake: Condvar,
    /// Held by who compares.
    comparing: Mutex<()>,
    /// Held by who sends.
    sending: Mutex<()>,
    closed: AtomicBool,
    /// Ends what the thread does.
    stop: Interrupt,
}

#[derive(Debug, Default)]
struct State {
    /// Edges of the table that the server may not have yet.
    waiting: BTreeSet<Key>,
    comparison: Comparison,
    thread: Option<JoinHandle<()>>,
}

/// What is to be done about comparing the whole table with the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Comparison {
    /// It is due behind the first edges.
    #[default]
    Later,
    /// It is due.
    Due,
    /// It is due, and no question may be answered before: edges of this process are known no other way.
    First,
    /// It runs; if it fails, it is due again, and before any question or not.
    Runs { first: bool },
    /// It was done.
    Done,
}

impl std::fmt::Debug for Follower {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Follower")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

impl EdgeWatcher for Follower {
    fn committed(&self, change: EdgeChange<'_>) {
        match change {
            EdgeChange::Added(edges) | EdgeChange::Merged(edges) => self.remember(edges),
            // Who removes edges by way of the graph removes them there, too; others are left to a migration.
            EdgeChange::Removed(_) | EdgeChange::Cleared | EdgeChange::Pruned => {}
        }
    }
}

impl Follower {
    fn remember(&self, edges: &[Edge]) {
        if edges.is_empty() {
            return;
        }
        let keys = edges
            .iter()
            .filter(|edge| check_edges(std::slice::from_ref(edge)).is_ok())
            .map(|edge| {
                (
                    edge.source_id.clone(),
                    edge.target_id.clone(),
                    edge.rel_type.clone(),
                )
            });
        self.state.lock().remember(keys);
        self.wake.notify_one();
    }

    fn open(&self) -> Result<()> {
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::new(ErrorKind::Closed, "the graph is closed"));
        }
        Ok(())
    }

    /// Sends what waits.
    fn send(&self, control: &Control) -> Result<()> {
        self.open()?;
        let sending = control.lock(&self.sending)?;
        self.send_locked(&sending, control)
    }

    fn send_locked(&self, _sending: &MutexGuard<'_, ()>, control: &Control) -> Result<()> {
        loop {
            let keys: Vec<Key> = {
                let waiting = &mut self.state.lock().waiting;
                (0..BATCH).map_while(|_| waiting.pop_first()).collect()
            };
            if keys.is_empty() {
                return Ok(());
            }
            let edges: Vec<Edge> = keys
                .iter()
                .map(|(source, target, relation)| Edge {
                    source_id: source.clone(),
                    target_id: target.clone(),
                    rel_type: relation.clone(),
                    ..Edge::default()
                })
                .collect();
            let send = || {
                let edges = self.store.edges_of(&edges, control)?;
                self.server.merge_edges(&edges, control)
            };
            if let Err(error) = threads::catch_panic(BACK_END, send) {
                self.state.lock().remember(keys);
                // Another caller's failure: the thread may have gone to sleep while there was nothing.
                self.wake.notify_one();
                return Err(error);
            }
        }
    }

    /// Compares the whole table with the server, if that is due, and sends what is missing.
    fn compare(&self, control: &Control) -> Result<()> {
        let _comparing = control.lock(&self.comparing)?;
        let first = match self.state.lock().begin_to_compare() {
            Some(first) => first,
            None => return Ok(()),
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
        self.wake.notify_one();
        done.map(|_| ())
    }

    fn must_compare(&self) {
        let mut state = self.state.lock();
        if state.comparison != Comparison::First {
            state.comparison = Comparison::Due;
        }
        drop(state);
        self.wake.notify_one();
    }

    /// Returns when the server has all that this process committed before.
    fn catch_up(&self, control: &Control) -> Result<()> {
        self.send(control)?;
        if self.state.lock().comparison.is_first() {
            self.compare(control)?;
        }
        Ok(())
    }

    /// What the thread does.
    fn run(&self) {
        let control = Control {
            deadline: None,
            interrupt: Some(self.stop.clone()),
        };
        let mut pause = BACK_OFF.0;
        // The operator reads each reason once, and when it is over.
        let mut reported: Option<String> = None;
        loop {
            {
                let mut state = self.state.lock();
                while !state.has_work() && !self.stop.is_raised() {
                    self.wake.wait(&mut state);
                }
            }
            if self.stop.is_raised() {
                return;
            }
            match self.send(&control).and_then(|()| self.compare(&control)) {
                Ok(()) => {
                    pause = BACK_OFF.0;
                    if reported.take().is_some() {
                        let recovered = "the graph has the edges that waited in the relational store";
                        self.logger.log(Level::Info, || recovered.to_owned());
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
                    let mut state = self.state.lock();
                    // Woken by new edges or not: the server is left alone for a while.
                    let until = Instant::now() + pause;
                    while !self.stop.is_raised() && !self.wake.wait_until(&mut state, until).timed_out() {}
                    pause = (pause * 2).min(BACK_OFF.1);
                }
            }
        }
    }
}

impl State {
    fn remember(&mut self, keys: impl IntoIterator<Item = Key>) {
        self.waiting.extend(keys);
        if self.waiting.len() > MOST_WAITING {
            self.waiting.clear();
            self.comparison = Comparison::First;
        } else if self.comparison == Comparison::Later {
            self.comparison = Comparison::Due;
        }
    }

    fn has_work(&self) -> bool {
        !self.waiting.is_empty() || matches!(self.comparison, Comparison::Due | Comparison::First)
    }

    /// Tells whether no question may be answered before, if a comparison is due.
    fn begin_to_compare(&mut self) -> Option<bool> {
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
    fn is_first(self) -> bool {
        matches!(self, Self::First | Self::Runs { first: true })
    }
}

impl FollowedGraph {
    /// Makes a server's graph follow a store. The server is not asked before there is something for it.
    pub fn new(store: Arc<dyn Store>, server: Arc<dyn GraphBackend>, logger: Logger) -> Self {
        Self(Arc::new(Follower {
            store,
            server,
            logger,
            state: Mutex::default(),
            wake: Condvar::new(),
            comparing: Mutex::default(),
            sending: Mutex::default(),
            closed: AtomicBool::new(false),
            stop: Interrupt::new(),
        }))
    }

    /// Begins to follow. Opens nothing.
    pub fn start(&self) -> Result<()> {
        self.0.open()?;
        if self.0.state.lock().thread.is_some() {
            return Ok(());
        }
        let follower: Weak<Follower> = Arc::downgrade(&self.0);
        self.0.store.watch_edges(follower);
        let mut state = self.0.state.lock();
        // It may have been closed meanwhile.
        self.0.open()?;
        if state.thread.is_none() {
            let follower = Arc::clone(&self.0);
            state.thread = Some(threads::spawn("seerflow-graph", move || follower.run())?);
        }
        Ok(())
    }

    /// Returns the server, with all that this process committed before.
    fn server(&self, control: &Control) -> Result<&dyn GraphBackend> {
        self.start()?;
        self.0.catch_up(control)?;
        Ok(&*self.0.server)
    }

    /// Removes edges from the server and then from the table, while nothing that was read before is sent. When only the first
    /// was done, a comparison brings them back.
    fn remove(
        &self,
        control: &Control,
        on_server: impl FnOnce(&dyn GraphBackend) -> Result<()>,
        in_store: impl FnOnce(&dyn Store) -> Result<()>,
    ) -> Result<()> {
        self.start()?;
        let _comparing = control.lock(&self.0.comparing)?;
        let sending = control.lock(&self.0.sending)?;
        self.0.send_locked(&sending, control)?;
        threads::catch_panic(BACK_END, || {
            on_server(&*self.0.server)?;
            in_store(&*self.0.store)
        })
        .inspect_err(|_| self.0.must_compare())
    }
}

impl Drop for FollowedGraph {
    fn drop(&mut self) {
        self.close();
    }
}

impl GraphBackend for FollowedGraph {
    fn add_edges(&self, edges: &[Edge], control: &Control) -> Result<()> {
        check_edges(edges)?;
        self.start()?;
        self.0.store.upsert_edges(edges, control)
    }

    fn merge_edges(&self, edges: &[Edge], control: &Control) -> Result<()> {
        check_edges(edges)?;
        self.start()?;
        self.0.store.merge_edges(edges, control)
    }

    fn remove_edges(&self, edges: &[Edge], control: &Control) -> Result<()> {
        self.remove(
            control,
            |server| server.remove_edges(edges, control),
            |store| store.remove_edges(edges, control),
        )
    }

    fn neighbours(
        &self,
        entity: &str,
        depth: u32,
        rel_types: &[String],
        control: &Control,
    ) -> Result<Vec<Neighbour>> {
        self.server(control)?
            .neighbours(entity, depth, rel_types, control)
    }

    fn shortest_path(&self, from: &str, to: &str, control: &Control) -> Result<Vec<String>> {
        self.server(control)?.shortest_path(from, to, control)
    }

    fn subgraph(&self, entity: &str, depth: u32, control: &Control) -> Result<Subgraph> {
        self.server(control)?.subgraph(entity, depth, control)
    }

    fn related(&self, entity: &str, control: &Control) -> Result<Vec<RelatedEntity>> {
        self.server(control)?.related(entity, control)
    }

    fn edges(&self, control: &Control, each: &mut dyn FnMut(Edge) -> Result<()>) -> Result<()> {
        self.server(control)?.edges(control, each)
    }

    fn counts(&self, control: &Control) -> Result<GraphCounts> {
        self.server(control)?.counts(control)
    }

    fn clear(&self, control: &Control) -> Result<()> {
        self.remove(
            control,
            |server| server.clear(control),
            |store| store.clear_edges(control),
        )
    }

    fn health(&self, control: &Control) -> Result<()> {
        self.0.server.health(control)
    }

    fn location(&self) -> String {
        self.0.server.location()
    }

    fn follow(&self) -> Result<()> {
        self.start()
    }

    fn close(&self) {
        if !self.0.closed.load(Ordering::Acquire) && !self.0.state.lock().waiting.is_empty() {
            // Whoever closes may have little stack left.
            let _ = threads::run_on_own_stack("seerflow-graph", || self.0.send(&Control::within(LAST_TRY)));
        }
        let thread = {
            let mut state = self.0.state.lock();
            self.0.closed.store(true, Ordering::Release);
            self.0.stop.raise();
            state.thread.take()
        };
        self.0.wake.notify_all();
        if let Some(thread) = thread {
            threads::join(thread);
        }
        self.0.server.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_remembered_than_may_be() {
        let key = |n: usize| (n.to_string(), String::new(), String::new());
        let mut state = State::default();
        assert!(!state.has_work());
        state.remember((0..MOST_WAITING).map(key));
        assert_eq!(
            (state.waiting.len(), state.comparison),
            (MOST_WAITING, Comparison::Due)
        );
        // What is known already is nothing more.
        state.remember([key(0)]);
        assert_eq!(state.comparison, Comparison::Due);
        state.remember([key(MOST_WAITING)]);
        assert_eq!((state.waiting.len(), state.comparison), (0, Comparison::First));
        assert_eq!(state.begin_to_compare(), Some(true));
        assert!(state.comparison.is_first() && !state.has_work());
        // While the comparison runs, what comes is remembered, and may be too much again.
        state.remember((0..=MOST_WAITING).map(key));
        assert_eq!((state.waiting.len(), state.comparison), (0, Comparison::First));
    }
}
