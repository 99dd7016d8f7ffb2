//! The handle: a store with its write buffer, and what a caller does with them.

mod input;
mod pour;
mod write;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

pub use input::{Input, WriteOptions};
use once_cell::sync::OnceCell;

use crate::buffer::{BufferOptions, BufferStats, WriteBuffer};
use crate::codec::{Derive, Limits};
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::fork;
use crate::graph::{self, GraphBackend};
use crate::log::{Level, Logger};
use crate::record::{
    AlertQuery, Control, DeadLetter, DeadLetterCursor, Durability, EventEntity, EventPage, EventQuery,
    Template,
};
use crate::store::{
    self, AggregateStore, AlertStore, EdgeStore, EntityStore, LogStore, ModelStore, PruneOptions,
    PruneReport, SigmaRuleStateStore, Store, StoreSummary,
};

/// How a handle is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// Not used yet: nothing is open.
    Idle,
    /// All is well.
    Ok,
    /// Commits fail at present, for this reason; events are kept and tried again.
    Degraded(String),
    /// Closed.
    Closed,
}

/// Counters since the handle was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// The buffer's counters.
    pub buffer: BufferStats,
    /// Queries answered.
    pub queries: u64,
    /// What a commit survives.
    pub durability: Durability,
}

/// An open store. All methods may be called by many threads at once.
#[derive(Debug)]
pub struct Engine {
    store: Arc<dyn Store>,
    buffer: WriteBuffer,
    graph: OnceCell<Arc<dyn GraphBackend>>,
    /// For the graph, which is made when it is first asked for.
    config: Config,
    limits: Limits,
    derive: Derive,
    logger: Logger,
    queries: AtomicU64,
    closed: AtomicBool,
    /// The process in which the handle was first used; 0 before, else the fork generation plus one.
    home: AtomicU64,
    #[cfg(feature = "fault-injection")]
    panic: String,
}

impl Engine {
    /// Makes a handle. Nothing is opened and no thread started before its first use. Relative paths of the configuration are
    /// resolved here: the host may change its working directory later.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) and [`Invalid`](ErrorKind::Invalid) for a configuration that cannot work;
    /// [`Unsupported`](ErrorKind::Unsupported) for a back end that this build does not have.
    pub fn open(config: &Config, logger: Logger) -> Result<Self> {
        let store = store::open(config, &logger)?;
        let events: Arc<dyn LogStore> = Arc::<dyn Store>::clone(&store);
        let engine = Self {
            buffer: WriteBuffer::new(events, BufferOptions::from(config), logger.clone()),
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
        if graph::is_server(config) {
            engine.open_graph()?;
        }
        Ok(engine)
    }

    /// Opens the database for writing now instead of at the first write: makes its tables if they are missing, and adopts a
    /// database that Seerflow made. Reading never does. When `control` ends the waiting, the opening goes on.
    pub fn start(&self, control: &Control) -> Result<()> {
        self.ready()?;
        self.store.start(control)
    }

    /// Makes sure that the handle may be used here. Opens nothing.
    fn ready(&self) -> Result<()> {
        self.enter()?;
        fork::enter()?;
        // A graph on a server learns of edges of events whether or not anybody asks for it.
        if graph::is_server(&self.config) {
            self.open_graph()?.follow()?;
        }
        Ok(())
    }

    fn open_graph(&self) -> Result<&Arc<dyn GraphBackend>> {
        self.graph
            .get_or_try_init(|| graph::open(&self.config, &self.store, &self.logger))
    }

    /// Refuses a handle that is closed, or that the parent process used before fork().
    fn enter(&self) -> Result<()> {
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

    /// Tells whether this process is a child of the one that used the handle: then nothing of it may be touched.
    pub fn is_forked(&self) -> bool {
        let home = self.home.load(Ordering::Acquire);
        home != 0 && home != fork::generation() + 1
    }

    /// Waits until everything that any thread had accepted before the call is committed, edges of the graph included.
    pub fn flush(&self, control: &Control) -> Result<()> {
        self.enter()?;
        self.buffer.flush(control)?;
        self.graph.get().map_or(Ok(()), |graph| graph.flush(control))
    }

    /// Answers a query with one page of what is committed.
    pub fn query_events(&self, query: &EventQuery, control: &Control) -> Result<EventPage> {
        self.ready()?;
        #[cfg(feature = "fault-injection")]
        assert!(self.panic != "query", "debug.panic");
        self.queries.fetch_add(1, Ordering::Relaxed);
        self.store.query_events(query, control)
    }

    /// Returns a page of the one event with an id, a UUID; an empty page when there is none.
    pub fn event(&self, event_id: &str, control: &Control) -> Result<EventPage> {
        self.ready()?;
        self.queries.fetch_add(1, Ordering::Relaxed);
        self.store.event(event_id, control)
    }

    /// Counts the events that a query matches per bucket of time: pairs of the bucket's start in nanoseconds and the number of
    /// events, in order, empty buckets left out; see [`AggregateStore::histogram`].
    pub fn histogram(
        &self,
        query: &EventQuery,
        bucket_ns: i64,
        control: &Control,
    ) -> Result<Vec<(i64, u64)>> {
        self.ready()?;
        self.queries.fetch_add(1, Ordering::Relaxed);
        let buckets = self.store.histogram(None, query, bucket_ns, control)?;
        Ok(buckets
            .iter()
            .map(|bucket| (bucket.start_ns, bucket.events))
            .collect())
    }

    /// Opens what is counted over events.
    pub fn aggregates(&self) -> Result<&dyn AggregateStore> {
        self.ready().map(|()| &*self.store as _)
    }

    /// Opens the store of entities.
    pub fn entities(&self) -> Result<&dyn EntityStore> {
        self.ready().map(|()| &*self.store as _)
    }

    /// Adds templates, or adds to their statistics; committed when it returns.
    pub fn write_templates(&self, templates: &[Template], control: &Control) -> Result<()> {
        self.ready()?;
        self.store.write_templates(templates, control)
    }

    /// Lists templates by their number of events, largest first; `limit` is 1 to 10,000.
    pub fn templates(&self, limit: u32, control: &Control) -> Result<Vec<Template>> {
        self.ready()?;
        self.store.templates(limit, control)
    }

    /// Removes templates with fewer events than `min_count` and returns how many.
    pub fn prune_templates(&self, min_count: i64, control: &Control) -> Result<u64> {
        self.ready()?;
        self.store.prune_templates(min_count, control)
    }

    /// Removes all templates and returns how many.
    pub fn reset_templates(&self, control: &Control) -> Result<u64> {
        self.ready()?;
        self.store.reset_templates(control)
    }

    /// Lists dead letters, newest first: those after a place, if one is given. A list may end early at `storage.page_bytes`: only an
    /// empty one is the end.
    pub fn dead_letters(
        &self,
        after: Option<DeadLetterCursor>,
        limit: u32,
        control: &Control,
    ) -> Result<Vec<DeadLetter>> {
        self.ready()?;
        self.store.dead_letters(after, limit, control)
    }

    /// Opens the store of alerts.
    pub fn alerts(&self) -> Result<&dyn AlertStore> {
        self.ready().map(|()| &*self.store as &dyn AlertStore)
    }

    /// Opens the store of models.
    pub fn models(&self) -> Result<&dyn ModelStore> {
        self.ready().map(|()| &*self.store as &dyn ModelStore)
    }

    /// Opens the state of Sigma rules.
    pub fn sigma_rules(&self) -> Result<&dyn SigmaRuleStateStore> {
        self.ready().map(|()| &*self.store as &dyn SigmaRuleStateStore)
    }

    /// Opens the store of edges.
    pub fn edges(&self) -> Result<&dyn EdgeStore> {
        self.ready().map(|()| &*self.store as &dyn EdgeStore)
    }

    /// Says what an entity is: by the newest event that names it, else by the newest alert about it; `None` if there is neither.
    pub fn describe_entity(&self, entity: &str, control: &Control) -> Result<Option<EventEntity>> {
        self.ready()?;
        let by_event = self.store.describe_entity(entity, control)?;
        if by_event.as_ref().is_some_and(|found| !found.value.is_empty()) {
            return Ok(by_event);
        }
        let newest = AlertQuery {
            entity: Some(entity.to_owned()),
            limit: 1,
            ..AlertQuery::default()
        };
        let alert = self.store.query_alerts(&newest, control)?.alerts.pop();
        let by_alert = alert.map(|alert| EventEntity {
            entity: entity.to_owned(),
            entity_type: alert.entity_type,
            value: alert.entity_value,
        });
        Ok(by_alert.or(by_event))
    }

    /// Returns the entity graph, which `storage.graph_backend` chooses.
    ///
    /// # Errors
    /// Those of [`graph::open`], at the first call.
    pub fn graph(&self) -> Result<&Arc<dyn GraphBackend>> {
        self.ready()?;
        self.open_graph()
    }

    /// Removes old events and frees their space: for the file system or, where the database keeps its size, for new events.
    pub fn prune(&self, options: &PruneOptions, control: &Control) -> Result<PruneReport> {
        self.ready()?;
        self.store.prune(options, control)
    }

    /// Writes a consistent copy to a new file while reads and writes go on. `progress` is told pages done and pages in all. The
    /// file has its name once it is complete and on the disk.
    ///
    /// # Errors
    /// [`Invalid`](ErrorKind::Invalid) if something has the name, a symbolic link included.
    pub fn backup(&self, target: &Path, control: &Control, mut progress: impl FnMut(u64, u64)) -> Result<()> {
        self.ready()?;
        self.store.backup(target, control, &mut progress)
    }

    /// Brings the write-ahead log into the database file.
    pub fn checkpoint(&self, control: &Control) -> Result<()> {
        self.ready()?;
        self.store.checkpoint(control)
    }

    /// Checks tables, the structure of the text index, and summaries; the findings, none if all is well. Writes go on.
    pub fn check(&self, control: &Control) -> Result<Vec<String>> {
        self.ready()?;
        self.store.check(control)
    }

    /// Compares the text index with every message; the findings, none if all is well. Other writes wait meanwhile, those of
    /// other programs too: more than a second for a million events. A running Seerflow waits for five at the most.
    pub fn check_text(&self, control: &Control) -> Result<Vec<String>> {
        self.ready()?;
        self.store.check_text(control)
    }

    /// Says what is in the store.
    pub fn summary(&self, control: &Control) -> Result<StoreSummary> {
        self.ready()?;
        self.store.summary(control)
    }

    /// Returns the bytes of the largest event, which `storage.max_event_bytes` is.
    #[cfg(feature = "cli")]
    pub(crate) fn max_event_bytes(&self) -> usize {
        self.limits.event_bytes
    }

    /// Says where the database is: its file, or the server without a password.
    pub fn location(&self) -> String {
        self.store.location()
    }

    /// Returns the counters.
    pub fn stats(&self) -> Stats {
        Stats {
            buffer: self.buffer.stats(),
            queries: self.queries.load(Ordering::Relaxed),
            durability: self.store.durability(),
        }
    }

    /// Tells how the handle is; asks nothing of the database.
    pub fn health(&self) -> Health {
        if self.closed.load(Ordering::Acquire) {
            return Health::Closed;
        }
        match self.buffer.stats().stuck {
            Some(reason) => Health::Degraded(reason),
            None if self.store.is_open() => Health::Ok,
            None => Health::Idle,
        }
    }

    /// Flushes until the deadline, stops every thread, releases every file, and returns how many accepted events (and edges
    /// of the graph) could not be stored. Calls that are made from now on answer [`ErrorKind::Closed`]; a second close returns 0.
    pub fn close(&self, control: &Control) -> Result<u64> {
        match self.enter() {
            Err(error) if error.kind() == ErrorKind::Closed => return Ok(0),
            entered => entered?,
        }
        self.closed.store(true, Ordering::Release);
        let started = Instant::now();
        let mut lost = self.buffer.close(control);
        if let Some(graph) = self.graph.get() {
            graph.settle();
            if let Err(error) = graph.flush(control) {
                self.logger.log(Level::Error, || error.to_string());
            }
            lost += graph.waiting();
            graph.close();
        }
        self.store.close();
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
