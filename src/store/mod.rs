//! Where events live: the interface that every back end has, and the back ends.

pub mod migrate;
mod opening;
pub mod postgres;
pub mod sql;
pub mod sqlite;
pub mod table;
mod watch;

use opening::{Access, Opening};
pub use table::TableStore;
pub use watch::{EdgeChange, EdgeFeed, EdgeWatcher};

use std::path::Path;
use std::sync::{Arc, Weak};

use crate::codec::Batch;
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::log::Logger;
use crate::record::{
    Alert, AlertOutcome, AlertPage, AlertPattern, AlertQuery, Bucket, Control, CountBy, Counted, DeadLetter,
    DeadLetterCursor, Durability, Edge, EdgeCursor, EventEntity, EventPage, EventQuery, ExpectedModel,
    FeedbackCursor, FeedbackEvent, FeedbackStats, Model, ModelEntry, PatternQuery, RelatedEntity,
    SigmaMatches, SigmaRuleState, Template,
};

/// What became of the batches of one commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommitReport {
    /// For each batch, how many of its events had an event_id that was there already.
    pub duplicates: Vec<u64>,
    /// Events that were new.
    pub events: u64,
    /// Events that the database refused for what they are, kept as dead letters.
    pub refused: Vec<Refused>,
    /// The edges that were added with the events, those between the same entities joined.
    pub edges: Vec<Edge>,
    /// Bytes of the write-ahead log after the commit; 0 where there is none.
    pub wal_bytes: u64,
}

impl CommitReport {
    /// Adds the report of the commit of the batches behind these.
    pub fn append(&mut self, next: CommitReport) {
        let before = self.duplicates.len();
        self.duplicates.extend(next.duplicates);
        self.events += next.events;
        let moved = |refused: Refused| Refused {
            batch: before + refused.batch,
            ..refused
        };
        self.refused.extend(next.refused.into_iter().map(moved));
        self.edges.extend(next.edges);
        self.wal_bytes = next.wal_bytes;
    }
}

/// The right to be the next to write; see [`LogStore::write_in_turn`].
pub type Turn<'t> = parking_lot::MutexGuard<'t, ()>;

/// Asks, in a transaction that has begun and has written nothing, whether the batches are still to be written. From then on they
/// belong to the transaction until the call ends.
pub type Claim<'c> = &'c dyn Fn() -> bool;

/// An event that the database refused for what it is, such as by a constraint that another program added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// The position of its batch in the commit.
    pub batch: usize,
    /// The position of its row in the batch.
    pub row: usize,
    /// Why.
    pub reason: String,
}

/// All that a back end can do: the stores and what keeps them healthy.
pub trait Store:
    LogStore
    + AggregateStore
    + AlertStore
    + ModelStore
    + EntityStore
    + SigmaRuleStateStore
    + EdgeStore
    + TableStore
    + Maintenance
    + std::fmt::Debug
{
}

/// Makes the back end that `storage.backend` names. Nothing is opened before its first use. Reading changes nothing in a database and
/// makes none; the first write makes it, or adopts what Seerflow made.
///
/// # Errors
/// [`Config`](ErrorKind::Config) and [`Invalid`](ErrorKind::Invalid) for a configuration that cannot work;
/// [`Unsupported`](ErrorKind::Unsupported) for a back end that this build does not have.
pub fn open(config: &Config, logger: &Logger) -> Result<Arc<dyn Store>> {
    config.check_combinations()?;
    match config.value("storage.backend") {
        "sqlite" => Ok(Arc::new(sqlite::SqliteStore::new(
            sqlite::SqliteOptions {
                path: config.sqlite_path()?,
                durability: config.durability(),
                wal_limit: config.int("storage.wal_limit_bytes"),
                page_bytes: config.int("storage.page_bytes") as usize,
                longest_row: config.longest_row().try_into().unwrap_or(i32::MAX),
            },
            logger.clone(),
        )?)),
        "postgresql" => Ok(Arc::new(postgres::PostgresStore::new(
            postgres::PostgresOptions::new(config)?,
            logger.clone(),
        ))),
        other => Err(Error::new(
            ErrorKind::Unsupported,
            format!("storage.backend {other} is not in this build"),
        )),
    }
}

/// The event log and its templates.
///
/// Every method may be called by many threads at once. Reads do not wait for writes.
pub trait LogStore: Send + Sync {
    /// Commits batches in one transaction; `None` if `claim` says that they are not to be written. On an error nothing of them is stored;
    /// on one that is [in doubt](Error::is_in_doubt) what is stored is found again by the next call with the same batches.
    ///
    /// One of several threads calls it in turn. It gives the turn up as soon as whatever the next one writes will come after these
    /// events in the order of arrival.
    fn write_in_turn(
        &self,
        batches: &[Batch],
        turn: &mut Option<Turn<'_>>,
        claim: Claim<'_>,
    ) -> Result<Option<CommitReport>>;
    /// Returns how many threads may be in [`write_in_turn`](Self::write_in_turn) at once to its profit.
    fn parallel_commits(&self) -> usize {
        1
    }
    /// Answers a query with one page.
    fn query_events(&self, query: &EventQuery, control: &Control) -> Result<EventPage>;
    /// Returns the newest events whose messages match; see [`EventQuery::text`].
    fn search_text(&self, text: &str, limit: u32, control: &Control) -> Result<EventPage> {
        let query = EventQuery {
            text: Some(text.to_owned()),
            limit,
            ..EventQuery::default()
        };
        self.query_events(&query, control)
    }
    /// Returns a page of the one event with an id, a UUID; an empty page when there is none.
    fn event(&self, event_id: &str, control: &Control) -> Result<EventPage>;
    /// Adds templates, or adds to their statistics.
    fn write_templates(&self, templates: &[Template], control: &Control) -> Result<()>;
    /// Lists templates by their number of events, largest first; 1 to 10,000.
    fn templates(&self, limit: u32, control: &Control) -> Result<Vec<Template>>;
    /// Removes templates with fewer events than `min_count`; returns how many.
    fn prune_templates(&self, min_count: i64, control: &Control) -> Result<u64>;
    /// Removes all templates; returns how many.
    fn reset_templates(&self, control: &Control) -> Result<u64>;
    /// Lists dead letters, newest first: those after a place, if one is given; see [`sql::maintain::dead_letters`].
    fn dead_letters(
        &self,
        after: Option<DeadLetterCursor>,
        limit: u32,
        control: &Control,
    ) -> Result<Vec<DeadLetter>>;
}

/// Counts of the events that a query matches, exact at any moment. The filters of the query are all that counts of it: its order,
/// limit, page, cursor and total have no effect.
///
/// If the window is the only filter, the answer comes from sums, whatever the size of the store. With other filters every event
/// that matches is read.
pub trait AggregateStore: Send + Sync {
    /// Counts events per bucket of time, split by source or severity if it is asked for; see [`sql::aggregate::histogram`].
    fn histogram(
        &self,
        split: Option<CountBy>,
        query: &EventQuery,
        bucket_ns: i64,
        control: &Control,
    ) -> Result<Vec<Bucket>>;
    /// Lists the values with most events, 1 to 10,000; see [`sql::aggregate::count_by`].
    fn count_by(
        &self,
        by: CountBy,
        query: &EventQuery,
        limit: u32,
        control: &Control,
    ) -> Result<Vec<Counted>>;
    /// Counts how many values events have.
    fn distinct(&self, by: CountBy, query: &EventQuery, control: &Control) -> Result<u64>;
}

/// What events are about.
pub trait EntityStore: AggregateStore {
    /// Answers with the events of [`EventQuery::entity`], oldest first; see [`sql::entity::timeline`].
    fn timeline(&self, query: &EventQuery, control: &Control) -> Result<EventPage>;
    /// Lists the entities of an event in the order of its `entity_refs`; none when there is no such event.
    fn entities_of_event(&self, event_id: &str, control: &Control) -> Result<Vec<EventEntity>>;
    /// Says what an entity is, by the newest event that names it; `None` when no event does.
    fn describe_entity(&self, entity: &str, control: &Control) -> Result<Option<EventEntity>>;
    /// Lists the entities with most events, 1 to 10,000.
    fn active_entities(&self, query: &EventQuery, limit: u32, control: &Control) -> Result<Vec<Counted>> {
        self.count_by(CountBy::Entity, query, limit, control)
    }
}

/// Alerts and what people made of them.
///
/// Writes return after their commit. They run between the transactions of the event writer, never inside one.
pub trait AlertStore: Send + Sync {
    /// Writes alerts in one transaction; see [`sql::alert::write`].
    fn write_alerts(&self, alerts: &[Alert], window_ns: i64, control: &Control) -> Result<Vec<AlertOutcome>>;
    /// Answers a query with one page, newest first.
    fn query_alerts(&self, query: &AlertQuery, control: &Control) -> Result<AlertPage>;
    /// Returns one alert; `None` when there is none.
    fn alert(&self, alert_id: &str, control: &Control) -> Result<Option<Alert>>;
    /// Puts a verdict on an alert and into the audit trail, in one transaction; answers whether the alert is there.
    fn update_feedback(&self, event: &FeedbackEvent, control: &Control) -> Result<bool>;
    /// Adds a verdict to the audit trail only.
    fn append_feedback(&self, event: &FeedbackEvent, control: &Control) -> Result<()>;
    /// Lists the audit trail of one alert, or of all, newest first: those after a place, if one is given. Pages count from 1;
    /// a page and a place exclude each other.
    fn feedback_events(
        &self,
        alert_id: Option<&str>,
        after: Option<FeedbackCursor>,
        page: u32,
        limit: u32,
        control: &Control,
    ) -> Result<Vec<FeedbackEvent>>;
    /// Counts the alerts that were judged.
    fn feedback_stats(&self, control: &Control) -> Result<FeedbackStats>;
    /// Groups the true positives by type, rule and kind of entity, by the latest verdict of each alert; see
    /// [`sql::alert::patterns`].
    fn alert_patterns(&self, query: &PatternQuery, control: &Control) -> Result<Vec<AlertPattern>>;
    /// Counts the alerts that match per bucket of time; see [`sql::alert::counts_by_time`]. Limit, page, cursor and total of the
    /// query have no effect on this count and the next ones.
    fn alerts_by_time(
        &self,
        query: &AlertQuery,
        bucket_ns: i64,
        control: &Control,
    ) -> Result<Vec<(i64, u64)>>;
    /// Lists the rules with most of the alerts that match, 1 to 10,000.
    fn alerts_by_rule(&self, query: &AlertQuery, limit: u32, control: &Control)
    -> Result<Vec<(String, u64)>>;
    /// Counts the alerts that match per severity name.
    fn alerts_by_severity(&self, query: &AlertQuery, control: &Control) -> Result<Vec<(String, u64)>>;
}

/// Models and other named state.
pub trait ModelStore: Send + Sync {
    /// Saves a model and returns the time under which it is saved; see [`sql::model::save`].
    fn save_model(&self, key: &str, data: &[u8], expected: ExpectedModel, control: &Control) -> Result<i64>;
    /// Loads a model; `None` when there is none.
    fn load_model(&self, key: &str, control: &Control) -> Result<Option<Model>>;
    /// Removes a model; answers whether there was one.
    fn delete_model(&self, key: &str, control: &Control) -> Result<bool>;
    /// Lists the models whose keys begin with `prefix`.
    fn models(&self, prefix: &str, control: &Control) -> Result<Vec<ModelEntry>>;
}

/// State of Sigma rules.
pub trait SigmaRuleStateStore: Send + Sync {
    /// Lists the state of every rule.
    fn sigma_rules(&self, control: &Control) -> Result<Vec<SigmaRuleState>>;
    /// Switches a rule on or off.
    fn enable_sigma_rule(&self, rule_id: &str, enabled: bool, control: &Control) -> Result<()>;
    /// Adds matches to rules, in one transaction.
    fn add_sigma_matches(&self, matches: &[SigmaMatches], control: &Control) -> Result<()>;
}

/// A state of the edges that was read: the start of a later [`EdgeStore::follow_since`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EdgeMark {
    /// The table, and the start of its server, which begins to count transactions anew.
    pub(crate) place: String,
    /// The oldest transaction that the state may lack.
    pub(crate) oldest: u64,
}

/// The edges that changed since an [`EdgeMark`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EdgesSince {
    /// The edges that were added or changed, as they are now.
    pub edges: Vec<Edge>,
    /// The number of all edges now. A caller that has more knows that some were removed.
    pub total: u64,
    /// The state in which they were read.
    pub mark: EdgeMark,
}

/// Edges between entities.
pub trait EdgeStore: Send + Sync {
    /// Adds edges, or widens their time and adds to their counts, in one transaction.
    fn upsert_edges(&self, edges: &[Edge], control: &Control) -> Result<()>;
    /// Raises edges to at least what is given, in one transaction: of two counts the larger one stays.
    fn merge_edges(&self, edges: &[Edge], control: &Control) -> Result<()>;
    /// Removes the edges with these sources, targets and relations, in one transaction.
    fn remove_edges(&self, edges: &[Edge], control: &Control) -> Result<()>;
    /// Removes every edge.
    fn clear_edges(&self, control: &Control) -> Result<()>;
    /// Returns those of the edges with these sources, targets and relations that are there, with what is stored of them: at
    /// least what this process committed before.
    fn edges_of(&self, keys: &[Edge], control: &Control) -> Result<Vec<Edge>>;
    /// Returns up to `limit` edges that follow a place; see [`sql::edge::list`]. Nothing is held between two calls.
    fn edges(&self, after: Option<&EdgeCursor>, limit: u32, control: &Control) -> Result<Vec<Edge>>;
    /// Hands every edge to `each`, in the order of source, target and relation, out of one state of the store: with at least
    /// what this process committed before.
    fn load_edges(&self, control: &Control, each: &mut dyn FnMut(Edge) -> Result<()>) -> Result<()>;
    /// Does what [`load_edges`](Self::load_edges) does, and tells `watcher` of everything that this process commits to the
    /// edges behind that state, the events' edges included. It takes the place of an earlier watcher. Returns what
    /// [`follow_since`](Self::follow_since) needs, where the store can tell what changes.
    fn follow_edges(
        &self,
        watcher: Weak<dyn EdgeWatcher>,
        control: &Control,
        each: &mut dyn FnMut(Edge) -> Result<()>,
    ) -> Result<Option<EdgeMark>>;
    /// Does what [`follow_edges`](Self::follow_edges) does for the edges that anybody added or changed since a state, as they are
    /// now; some that did not change may be among them. `None` if all must be loaded to know. The watcher may be the new one all the same.
    fn follow_since(
        &self,
        since: &EdgeMark,
        watcher: Weak<dyn EdgeWatcher>,
        control: &Control,
    ) -> Result<Option<EdgesSince>>;
    /// Tells `watcher` of everything that this process commits to the edges from now on, the events' edges included. It takes the
    /// place of an earlier watcher. Opens nothing.
    fn watch_edges(&self, watcher: Weak<dyn EdgeWatcher>);
    /// Returns a number that is another one once another program has committed something, to edges or to anything else, and
    /// may be another one at any time; `None` if that cannot be told now. Costs microseconds, or a question to the server.
    fn outside_changes(&self, control: &Control) -> Result<Option<u64>>;
    /// Removes the edges that were last seen before a time; returns how many.
    fn prune_edges(&self, before_ns: i64, control: &Control) -> Result<u64>;
    /// Returns the neighbours of an entity, those seen most often first.
    fn related_entities(&self, entity: &str, limit: u32, control: &Control) -> Result<Vec<RelatedEntity>>;
}

/// What keeps a store healthy.
pub trait Maintenance: Send + Sync {
    /// Says where the store is: a path, or a redacted address. Opens nothing.
    fn location(&self) -> String;
    /// Opens the database for writing now instead of at the first write: makes its tables, brings them up to date, or adopts what
    /// Seerflow made. What may only be read is opened for reading. When `control` ends the waiting, the opening goes on.
    fn start(&self, control: &Control) -> Result<()>;
    /// Does what [`start`](Self::start) does, and refuses what can only be read.
    fn check_writable(&self, control: &Control) -> Result<()>;
    /// Tells whether it is open.
    fn is_open(&self) -> bool;
    /// Removes old events; see [`PruneOptions`]. Other writes go on in between.
    fn prune(&self, options: &PruneOptions, control: &Control) -> Result<PruneReport>;
    /// Writes a consistent copy to a new file while reads and writes go on.
    fn backup(&self, target: &Path, control: &Control, progress: &mut dyn FnMut(u64, u64)) -> Result<()>;
    /// Brings the write-ahead log into the database file and empties it where no reader needs it.
    fn checkpoint(&self, control: &Control) -> Result<()>;
    /// Checks tables, the structure of the text index, and summaries; the findings, none if all is well.
    fn check(&self, control: &Control) -> Result<Vec<String>>;
    /// Compares the text index with every message; the findings. Other writes wait meanwhile, those of other programs too.
    fn check_text(&self, control: &Control) -> Result<Vec<String>>;
    /// Says what is there.
    fn summary(&self, control: &Control) -> Result<StoreSummary>;
    /// Returns what a commit survives.
    fn durability(&self) -> Durability;
    /// Releases every connection and file.
    fn close(&self);
}

/// Which events to remove. Both bounds may be given; dead letters go by age. The event that arrived last may stay: its number in
/// the order of arrival must not be given out again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PruneOptions {
    /// Remove events (and dead letters) before this time.
    pub before_ns: Option<i64>,
    /// Remove the oldest events until the database takes no more than this, in bytes. In a SQLite file dead letters go before
    /// them: what never became an event does not push events out.
    pub max_bytes: Option<u64>,
}

/// What a prune did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PruneReport {
    /// Events removed.
    pub events: u64,
    /// Dead letters removed.
    pub dead_letters: u64,
    /// Size of the database before, in bytes.
    pub bytes_before: u64,
    /// Size of the database after, in bytes.
    pub bytes_after: u64,
}

/// What is in a store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreSummary {
    /// Where it is: a path, or a redacted address.
    pub location: String,
    /// Seerflow's schema version.
    pub schema_version: i64,
    /// The last of our own migrations.
    pub migration: i64,
    /// Whether Seerflow made the tables.
    pub made_by_seerflow: bool,
    /// Events.
    pub events: u64,
    /// Dead letters.
    pub dead_letters: u64,
    /// Templates.
    pub templates: u64,
    /// Time of the oldest event.
    pub oldest_ns: Option<i64>,
    /// Time of the newest event.
    pub newest_ns: Option<i64>,
    /// Up to which arrival number events are summed up.
    pub watermark: i64,
    /// The largest arrival number.
    pub last_seq: i64,
    /// Size of the database, in bytes.
    pub bytes: u64,
    /// Of these, bytes that are free for new rows.
    pub free_bytes: u64,
    /// Size of the write-ahead log, in bytes.
    pub wal_bytes: u64,
}
