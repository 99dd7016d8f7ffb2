//! The store handle: a store, its write buffer, and the operations on them.

mod batcher;
mod call;
mod input;
mod metrics;
mod shared;
mod write;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

pub use input::{Input, WriteOptions};
use once_cell::sync::OnceCell;
pub use shared::SharedEngine;

use crate::buffer::{BufferOptions, BufferStats, CommitFailure, WriteBuffer};
use crate::codec::{self, Derive, Limits};
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::graph::{self, GraphBackend};
use crate::log::{Level, Logger};
use crate::record::{Control, Durability, Edge, EventPage, EventQuery};
use crate::store::{
    self, AggregateStore, AlertStore, DeadLetterStore, EdgeStore, EntityStore, EventWriter, Maintenance,
    ModelStore, SigmaRuleStateStore, Store, TemplateStore,
};
use crate::{fork, process};

/// The state of a handle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// Not used yet; nothing is open.
    Idle,
    /// Commits succeed.
    Ok,
    /// Commits fail for this reason; events stay queued and are retried.
    Degraded(CommitFailure),
    /// Closed.
    Closed,
}

/// Counters since the handle was created.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// The buffer's counters.
    pub buffer: BufferStats,
    /// Number of queries answered.
    pub queries: u64,
    /// The failure that a commit survives.
    pub durability: Durability,
    /// The bounds of the queue: events, and bytes.
    pub queue_limits: (u64, u64),
    /// Number of changed edges that a graph on a server does not have yet.
    pub graph_backlog: u64,
}

/// A handle to a store. Thread safe: all methods may be called concurrently.
#[derive(Debug)]
pub struct Engine {
    store: Arc<dyn Store>,
    buffer: Arc<WriteBuffer>,
    graph: OnceCell<Arc<dyn GraphBackend>>,
    /// Needed to create the graph, on first use.
    config: Config,
    limits: Limits,
    derive: Derive,
    logger: Logger,
    queries: AtomicU64,
    closed: AtomicBool,
    /// The process that first used the handle: its fork generation plus one; 0 before the first use.
    home: AtomicU64,
    #[cfg(feature = "fault-injection")]
    panic: String,
}

impl Engine {
    /// Creates a handle. Opens no file or connection and starts no thread before the first use. Relative paths of the configuration
    /// are resolved now, because the host may change its working directory later.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) and [`Invalid`](ErrorKind::Invalid) for an invalid configuration;
    /// [`Unsupported`](ErrorKind::Unsupported) for a back end that this build does not include.
    pub fn open(config: &Config, logger: Logger) -> Result<Self> {
        codec::prepare();
        let store = store::open(config, &logger)?;
        let events: Arc<dyn EventWriter> = Arc::<dyn Store>::clone(&store);
        let engine = Self {
            buffer: Arc::new(WriteBuffer::new(
                events,
                BufferOptions::from(config),
                logger.clone(),
            )),
            store,
            graph: OnceCell::new(),
            config: config.clone(),
            limits: Limits {
                event_bytes: config.int("storage.max_event_bytes") as usize,
            },
            derive: Derive {
                edges: config.flag("storage.infer_edges"),
                templates: config.flag("storage.track_templates"),
            },
            logger,
            queries: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            home: AtomicU64::new(0),
            #[cfg(feature = "fault-injection")]
            panic: config.value("debug.panic").to_owned(),
        };
        if graph::open::is_server(config) {
            engine.open_graph()?;
        }
        Ok(engine)
    }

    /// Opens the database for writing now instead of at the first write: creates missing tables and adopts a database made by
    /// Seerflow. Reading does neither. If the bounds of `control` end the call, opening continues in the background.
    pub fn start(&self, control: &Control) -> Result<()> {
        self.ensure_usable()?;
        self.store.start(control)
    }

    /// Checks that the handle may be used, and starts following the graph table if the graph is on a server. Opens nothing.
    fn ensure_usable(&self) -> Result<()> {
        self.check_usable()?;
        fork::mark_used()?;
        // A graph on a server receives the edges of events even if no query uses it.
        if graph::open::is_server(&self.config) {
            self.open_graph()?.start()?;
        }
        Ok(())
    }

    fn open_graph(&self) -> Result<&Arc<dyn GraphBackend>> {
        self.graph
            .get_or_try_init(|| graph::open::graph(&self.config, &self.store, &self.buffer, &self.logger))
    }

    /// Returns an error if the handle is closed, or if the parent process used it before fork().
    fn check_usable(&self) -> Result<()> {
        let here = fork::generation() + 1;
        let home = self
            .home
            .compare_exchange(0, here, Ordering::AcqRel, Ordering::Acquire)
            .unwrap_or_else(|home| home);
        if home != 0 && home != here {
            return Err(Error::new(
                ErrorKind::Forked,
                "the store was used before fork(): fork before the first use, or exec() after the fork",
            ));
        }
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::new(ErrorKind::Closed, "the store is closed"));
        }
        Ok(())
    }

    /// Returns true if the parent process used the handle before fork(). The child must not touch anything that belongs to it.
    pub fn is_forked(&self) -> bool {
        let home = self.home.load(Ordering::Acquire);
        home != 0 && home != fork::generation() + 1
    }

    /// Waits until everything accepted before the call, by any thread, is committed, including edges of the graph.
    pub fn flush(&self, control: &Control) -> Result<()> {
        self.check_usable()?;
        self.buffer.flush(control)
    }

    /// Returns one page of the committed events that match a query.
    pub fn query_events(&self, query: &EventQuery, control: &Control) -> Result<EventPage> {
        self.ensure_usable()?;
        #[cfg(feature = "fault-injection")]
        assert!(self.panic != "query", "debug.panic");
        self.queries.fetch_add(1, Ordering::Relaxed);
        self.store.query_events(query, control)
    }

    /// Returns a page with the event that has this id, a UUID; the page is empty if there is none.
    pub fn event(&self, event_id: &str, control: &Control) -> Result<EventPage> {
        self.ensure_usable()?;
        self.queries.fetch_add(1, Ordering::Relaxed);
        self.store.event(event_id, control)
    }

    /// Returns the counts of events.
    pub fn aggregates(&self) -> Result<&dyn AggregateStore> {
        self.ensure_usable().map(|()| &*self.store as _)
    }

    /// Returns the store of entities.
    pub fn entities(&self) -> Result<&dyn EntityStore> {
        self.ensure_usable().map(|()| &*self.store as _)
    }

    /// Returns the store of templates.
    pub fn templates(&self) -> Result<&dyn TemplateStore> {
        self.ensure_usable().map(|()| &*self.store as _)
    }

    /// Returns the store of dead letters.
    pub fn dead_letters(&self) -> Result<&dyn DeadLetterStore> {
        self.ensure_usable().map(|()| &*self.store as _)
    }

    /// Returns the store of alerts.
    pub fn alerts(&self) -> Result<&dyn AlertStore> {
        self.ensure_usable().map(|()| &*self.store as _)
    }

    /// Returns the store of models.
    pub fn models(&self) -> Result<&dyn ModelStore> {
        self.ensure_usable().map(|()| &*self.store as _)
    }

    /// Returns the store of Sigma rules' state.
    pub fn sigma_rules(&self) -> Result<&dyn SigmaRuleStateStore> {
        self.ensure_usable().map(|()| &*self.store as _)
    }

    /// Adds edges, or widens their time and adds to their counts, all of them or none. Queries of the graph see them when it
    /// returns. `durable` waits for their commit; otherwise the buffer commits them within `storage.flush_interval_ms`.
    ///
    /// # Errors
    /// Those of [`graph::check_edges`] and of [`WriteBuffer::add_edges`].
    pub fn write_edges(&self, edges: &[Edge], durable: bool, control: &Control) -> Result<()> {
        graph::check_edges(edges)?;
        self.ensure_usable()?;
        self.start_for_write(control)?;
        self.buffer.add_edges(edges, durable, control)
    }

    /// Returns the store of edges.
    pub fn edges(&self) -> Result<&dyn EdgeStore> {
        self.ensure_usable().map(|()| &*self.store as _)
    }

    /// Returns the maintenance of the database: prune, backup, checkpoint, check, summary.
    pub fn maintenance(&self) -> Result<&dyn Maintenance> {
        self.ensure_usable().map(|()| &*self.store as _)
    }

    /// Returns the entity graph in the back end that `storage.graph_backend` selects.
    ///
    /// # Errors
    /// Those of [`graph::open::graph`], at the first call.
    pub fn graph(&self) -> Result<&Arc<dyn GraphBackend>> {
        self.ensure_usable()?;
        self.open_graph()
    }

    /// Returns the size limit of an event, `storage.max_event_bytes`.
    #[cfg(feature = "cli")]
    pub(crate) fn max_event_bytes(&self) -> usize {
        self.limits.event_bytes
    }

    /// Returns where the database is: its file, or the server's address without the password.
    pub fn location(&self) -> String {
        self.store.location()
    }

    /// Returns the counters.
    pub fn stats(&self) -> Stats {
        Stats {
            buffer: self.buffer.stats(),
            queries: self.queries.load(Ordering::Relaxed),
            durability: self.store.durability(),
            queue_limits: (
                self.config.int("storage.queue_events"),
                self.config.int("storage.queue_bytes"),
            ),
            graph_backlog: self.graph.get().map_or(0, |graph| graph.backlog()),
        }
    }

    /// Returns the state of the handle, without using the database.
    pub fn health(&self) -> Health {
        if self.closed.load(Ordering::Acquire) {
            return Health::Closed;
        }
        match self.buffer.stats().stuck {
            Some(failure) => Health::Degraded(failure),
            None if self.store.is_open() => Health::Ok,
            None => Health::Idle,
        }
    }

    /// Returns which transaction of another program has kept the sums waiting for a while, for an operator. Commits succeed meanwhile.
    pub fn awaited(&self) -> Option<String> {
        self.store.awaited()
    }

    /// Flushes until the deadline, stops all threads, closes all files, and returns the number of accepted events and edges that
    /// could not be stored. Later calls return [`ErrorKind::Closed`]; a second close returns 0.
    pub fn close(&self, control: &Control) -> Result<u64> {
        match self.check_usable() {
            Err(error) if error.kind() == ErrorKind::Closed => return Ok(0),
            entered => entered?,
        }
        self.closed.store(true, Ordering::Release);
        let started = Instant::now();
        let lost = self.buffer.close(control);
        if let Some(graph) = self.graph.get() {
            graph.close();
        }
        self.store.close();
        if control.check().is_ok() {
            process::return_freed_memory();
        }
        self.logger
            .log(if lost == 0 { Level::Info } else { Level::Error }, || {
                format!(
                    "closed after {} ms, {lost} events not stored",
                    started.elapsed().as_millis()
                )
            });
        Ok(lost)
    }
}
