//! A graph on a server that follows the relational store.
//!
//! The table of edges is the truth, and is written first; the server is brought up to date behind it:
//! - An edge that is added is committed in the relational store when the call returns, whether or not the server can be reached.
//! - What this process commits to the table, the events' edges included, is remembered by its key. A thread reads these edges from
//!   the table and raises the server's to the same values. That may be repeated, and done by several processes in any order:
//!   nothing is counted twice. While it fails it is tried again.
//! - Before the first of them, the thread compares the whole table with the server and sends what is missing: what an earlier
//!   process left behind when it was killed, or committed while the server was away.
//! - Questions wait until what this process committed before is there.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::{Condvar, Mutex, MutexGuard};

use super::migrate::{self, Side};
use super::{GraphBackend, GraphCounts, Neighbour, Subgraph, check_edges};
use crate::error::{Error, ErrorKind, Result};
use crate::log::{Level, Logger};
use crate::record::{Control, Edge, Interrupt, RelatedEntity};
use crate::store::{EdgeWatcher, Store};
use crate::threads;

/// Edges sent at once.
const BATCH: usize = 10_000;
/// The first and the longest pause after a failure.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(30));
/// How long closing tries to send what waits; it is in the table anyway.
const LAST_TRY: Duration = Duration::from_secs(2);
/// How often a waiting caller looks at its interrupt.
const GLANCE: Duration = Duration::from_millis(20);

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
    /// The whole table was compared.
    compared: bool,
    runs: bool,
}

impl std::fmt::Debug for Follower {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Follower")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

impl EdgeWatcher for Follower {
    fn added(&self, edges: &[Edge]) {
        self.remember(edges);
    }

    fn changed(&self) {
        self.state.lock().compared = false;
        self.wake.notify_one();
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
        self.state.lock().waiting.extend(keys);
        self.wake.notify_one();
    }

    fn lock_sending(&self, control: &Control) -> Result<MutexGuard<'_, ()>> {
        loop {
            if let Some(sending) = self.sending.try_lock_for(GLANCE) {
                return Ok(sending);
            }
            control.check()?;
        }
    }

    /// Sends what waits.
    fn send(&self, control: &Control) -> Result<()> {
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::new(ErrorKind::Closed, "the graph is closed"));
        }
        let _sending = self.lock_sending(control)?;
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
            let sent = self
                .store
                .edges_of(&edges, control)
                .and_then(|edges| self.server.merge_edges(&edges, control));
            if let Err(error) = sent {
                self.state.lock().waiting.extend(keys);
                // Another caller's failure: the thread may have gone to sleep while there was nothing.
                self.wake.notify_one();
                return Err(error);
            }
        }
    }

    /// Compares the whole table with the server, if that is due, and sends what is missing.
    fn compare(&self, control: &Control) -> Result<()> {
        if std::mem::replace(&mut self.state.lock().compared, true) {
            return Ok(());
        }
        let done = migrate::raise(
            Side::Store(&*self.store),
            Side::Graph(&*self.server),
            BATCH,
            control,
        );
        if done.is_err() {
            self.state.lock().compared = false;
        }
        done.map(|_| ())
    }

    /// What the thread does.
    fn run(&self) {
        let control = Control {
            deadline: None,
            interrupt: Some(self.stop.clone()),
        };
        let mut pause = BACK_OFF.0;
        loop {
            {
                let mut state = self.state.lock();
                while state.waiting.is_empty() && !self.stop.is_raised() {
                    self.wake.wait(&mut state);
                }
            }
            if self.stop.is_raised() {
                return;
            }
            match self.send(&control).and_then(|()| self.compare(&control)) {
                Ok(()) => pause = BACK_OFF.0,
                Err(_) if self.stop.is_raised() => return,
                Err(error) => {
                    self.logger.log(Level::Warning, || {
                        format!("edges wait in the relational store until the graph can be reached: {error}")
                    });
                    let mut state = self.state.lock();
                    // Woken by new edges or not: the server is left alone for a while.
                    let until = std::time::Instant::now() + pause;
                    while !self.stop.is_raised() && !self.wake.wait_until(&mut state, until).timed_out() {}
                    pause = (pause * 2).min(BACK_OFF.1);
                }
            }
        }
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
            sending: Mutex::default(),
            closed: AtomicBool::new(false),
            stop: Interrupt::new(),
        }))
    }

    /// Begins to follow. Opens nothing.
    pub fn start(&self) -> Result<()> {
        let mut state = self.0.state.lock();
        if self.0.closed.load(Ordering::Acquire) {
            return Err(Error::new(ErrorKind::Closed, "the graph is closed"));
        }
        if !state.runs {
            let follower: Weak<Follower> = Arc::downgrade(&self.0);
            drop(state);
            self.0.store.watch_edges(follower);
            state = self.0.state.lock();
        }
        if !state.runs {
            let follower = Arc::clone(&self.0);
            threads::spawn("seerflow-graph", move || follower.run())?;
            state.runs = true;
        }
        Ok(())
    }

    /// Returns the server, with all that this process committed before.
    fn server(&self, control: &Control) -> Result<&dyn GraphBackend> {
        self.start()?;
        self.0.send(control)?;
        Ok(&*self.0.server)
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
        self.0.store.merge_edges(edges, control)?;
        self.0.remember(edges);
        Ok(())
    }

    fn remove_edges(&self, edges: &[Edge], control: &Control) -> Result<()> {
        // What waits is sent first, so that it does not come back.
        self.server(control)?;
        self.0.store.remove_edges(edges, control)?;
        self.0.server.remove_edges(edges, control)
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
        self.server(control)?;
        self.0.store.clear_edges(control)?;
        self.0.server.clear(control)
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
            let _ = self.0.send(&Control::within(LAST_TRY));
        }
        self.0.closed.store(true, Ordering::Release);
        self.0.stop.raise();
        self.0.wake.notify_all();
        self.0.server.close();
    }
}
