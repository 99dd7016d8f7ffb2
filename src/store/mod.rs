//! Where events are stored: the interface that every back end implements.
//!
//! `open` names the back ends. `sql` implements the stores once for all databases; `sqlite` and `postgres` run its statements.

mod columns;
mod edge;
pub mod migrate;
mod open;
mod opener;
#[cfg(feature = "postgres")]
pub mod postgres;
mod report;
pub mod sql;
pub mod sqlite;
pub mod table;

use std::path::Path;

pub use edge::{EdgeChange, EdgeCommits, EdgeMark, EdgeObserver, EdgeSource, EdgeStore, EdgesSince};
pub use open::open;
pub use report::{CommitReport, PruneOptions, PruneReport, Refused, StoreSummary};
pub use table::TableStore;

use crate::codec::Batch;
use crate::error::Result;
use crate::record::{
    Alert, AlertOutcome, AlertPage, AlertPattern, AlertQuery, Bucket, Control, CountBy, Counted, DeadLetter,
    DeadLetterCursor, Durability, EventEntity, EventPage, EventQuery, ExpectedModel, FeedbackCursor,
    FeedbackEvent, FeedbackStats, Model, ModelEntry, PatternQuery, SigmaMatches, SigmaRuleState, Template,
};

/// Everything that a back end can do. Every method may be called by many threads at once; reads do not wait for writes.
///
/// A list of records ends with [`Limit`](crate::ErrorKind::Limit) if it takes more than `storage.page_bytes`; pages and lists with a
/// cursor end early instead. Writes return after their commit and run between the transactions of the event writer.
pub trait Store:
    EventWriter
    + LogStore
    + TemplateStore
    + DeadLetterStore
    + AggregateStore
    + AlertStore
    + ModelStore
    + EntityStore
    + SigmaRuleStateStore
    + EdgeSource
    + TableStore
    + Maintenance
    + Lifecycle
    + std::fmt::Debug
{
}

/// The right to start the next transaction; see [`EventWriter::write_in_turn`].
pub type Turn<'t> = crate::sync::MutexGuard<'t, ()>;

/// Asks whether the batches are still to be written. A transaction calls it after BEGIN and before its first write; if the answer is
/// yes, the batches belong to the transaction until the call ends.
pub type Claim<'c> = &'c dyn Fn() -> bool;

/// The write side of the event log, used by the write buffer.
pub trait EventWriter: Send + Sync {
    /// Commits batches in one transaction; returns `None` if `claim` answers no. On an error nothing is stored, unless the error is
    /// [in doubt](crate::Error::is_in_doubt): then the next call with the same batches finds out which were stored.
    ///
    /// The calling thread holds the turn. It gives the turn up as soon as the events of the next transaction are sure to get larger
    /// arrival numbers.
    fn write_in_turn(
        &self,
        batches: &[Batch],
        turn: &mut Option<Turn<'_>>,
        claim: Claim<'_>,
    ) -> Result<Option<CommitReport>>;
    /// Returns how many threads may usefully call [`write_in_turn`](Self::write_in_turn) at once.
    fn parallel_commits(&self) -> usize {
        1
    }
}

/// The event log.
pub trait LogStore: Send + Sync {
    /// Returns one page of the events that match a query.
    ///
    /// # Errors
    /// [`Busy`](crate::ErrorKind::Busy) for a page in the order of arrival that is empty because a transaction of another program has
    /// been writing for seconds.
    fn query_events(&self, query: &EventQuery, control: &Control) -> Result<EventPage>;
    /// Returns a page with the event of an id; an empty page if there is no such event.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) unless `event_id` is a UUID.
    fn event(&self, event_id: &str, control: &Control) -> Result<EventPage>;
}

/// Templates of messages and their statistics.
pub trait TemplateStore: Send + Sync {
    /// Inserts templates, or adds to the statistics of stored ones, in one transaction.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) for a negative `event_count`.
    fn write_templates(&self, templates: &[Template], control: &Control) -> Result<()>;
    /// Lists templates by their number of events, largest first. `limit` is 1 to [`MAX_TEMPLATES`](crate::record::MAX_TEMPLATES).
    fn templates(&self, limit: u32, control: &Control) -> Result<Vec<Template>>;
    /// Removes the templates with fewer than `min_count` events and returns their number. 0 removes nothing; a negative count is
    /// [`Invalid`](crate::ErrorKind::Invalid).
    fn prune_templates(&self, min_count: i64, control: &Control) -> Result<u64>;
    /// Removes all templates and returns their number.
    fn reset_templates(&self, control: &Control) -> Result<u64>;
}

/// Records that never became events.
pub trait DeadLetterStore: Send + Sync {
    /// Lists up to `limit` dead letters, newest first, from the first one or after a cursor. A list may end early at
    /// `storage.page_bytes`: only an empty list is the end.
    fn dead_letters(
        &self,
        after: Option<DeadLetterCursor>,
        limit: u32,
        control: &Control,
    ) -> Result<Vec<DeadLetter>>;
}

/// Counts of the events that a query matches, exact at any moment. The query's order, limit, page, cursor and total have no effect.
///
/// If the window is the only filter, the answer comes from sums, whatever the size of the store. With other filters every matching
/// event is read.
pub trait AggregateStore: Send + Sync {
    /// Counts events per bucket of time, optionally split by source or severity: in the order of time, then of the value. Empty
    /// buckets are left out. Buckets begin at multiples of their length.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) unless `bucket_ns` is positive, and for a split by another column.
    fn histogram(
        &self,
        split: Option<CountBy>,
        query: &EventQuery,
        bucket_ns: i64,
        control: &Control,
    ) -> Result<Vec<Bucket>>;
    /// Lists the values with most events; values with equal numbers are in their own order. `limit` is 1 to
    /// [`MAX_COUNTED`](crate::record::MAX_COUNTED).
    fn count_by(
        &self,
        by: CountBy,
        query: &EventQuery,
        limit: u32,
        control: &Control,
    ) -> Result<Vec<Counted>>;
    /// Counts the different values that events have.
    fn distinct(&self, by: CountBy, query: &EventQuery, control: &Control) -> Result<u64>;
}

/// Entities that events name.
pub trait EntityStore: AggregateStore {
    /// Returns one page of the events of [`EventQuery::entity`], oldest first, whatever the query's order. The limit is 1 to
    /// [`MAX_TIMELINE`](crate::record::MAX_TIMELINE).
    fn timeline(&self, query: &EventQuery, control: &Control) -> Result<EventPage>;
    /// Lists the entities of an event in the order of its `entity_refs`; an empty list if there is no such event.
    fn entities_of_event(&self, event_id: &str, control: &Control) -> Result<Vec<EventEntity>>;
    /// Returns type and value of an entity, from the newest event that names it, or else from the newest alert about it; `None` if
    /// neither exists.
    fn describe_entity(&self, entity: &str, control: &Control) -> Result<Option<EventEntity>>;
    /// Lists the entities with most events. `limit` is 1 to [`MAX_COUNTED`](crate::record::MAX_COUNTED).
    fn active_entities(&self, query: &EventQuery, limit: u32, control: &Control) -> Result<Vec<Counted>> {
        self.count_by(CountBy::Entity, query, limit, control)
    }
}

/// Alerts and the verdicts on them.
pub trait AlertStore: Send + Sync {
    /// Writes alerts in one transaction, all of them or none.
    ///
    /// An alert with the `dedup_key` of a stored one, within `window_ns` of its time in either direction, is another occurrence of it:
    /// the count goes up and the stored time stays. Outside the window the stored alert starts over with a count of 1. In both cases
    /// id and data are the new ones; the verdict and the columns that queries filter by stay. A negative window makes every occurrence
    /// new.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) if [`Alert::validate`] fails; [`Conflict`](crate::ErrorKind::Conflict) if an alert_id is
    /// stored with another dedup_key.
    fn write_alerts(&self, alerts: &[Alert], window_ns: i64, control: &Control) -> Result<Vec<AlertOutcome>>;
    /// Returns one page of the alerts that match a query, newest first.
    fn query_alerts(&self, query: &AlertQuery, control: &Control) -> Result<AlertPage>;
    /// Returns one alert; `None` if there is no such alert.
    fn alert(&self, alert_id: &str, control: &Control) -> Result<Option<Alert>>;
    /// Stores a verdict on an alert and in the audit trail, in one transaction. Returns false, and stores nothing, if there is no such
    /// alert.
    fn update_feedback(&self, event: &FeedbackEvent, control: &Control) -> Result<bool>;
    /// Adds a verdict to the audit trail only.
    fn append_feedback(&self, event: &FeedbackEvent, control: &Control) -> Result<()>;
    /// Lists the audit trail of one alert, or of all, newest first. Pages count from 1; a cursor requires page 1.
    fn feedback_events(
        &self,
        alert_id: Option<&str>,
        after: Option<FeedbackCursor>,
        page: u32,
        limit: u32,
        control: &Control,
    ) -> Result<Vec<FeedbackEvent>>;
    /// Counts the alerts that have a verdict.
    fn feedback_stats(&self, control: &Control) -> Result<FeedbackStats>;
    /// Groups the true positives by type, rule and kind of entity, by the latest verdict of each alert; largest groups first. The limit
    /// is 1 to [`MAX_PAGE`](crate::record::MAX_PAGE).
    fn alert_patterns(&self, query: &PatternQuery, control: &Control) -> Result<Vec<AlertPattern>>;
    /// Counts the matching alerts per bucket of time: pairs of a bucket's start and its number of alerts, in order, without empty
    /// buckets. Limit, page, cursor and total of the query have no effect on this count and the next two.
    fn alerts_by_time(
        &self,
        query: &AlertQuery,
        bucket_ns: i64,
        control: &Control,
    ) -> Result<Vec<(i64, u64)>>;
    /// Lists the rules with most of the matching alerts. `limit` is 1 to [`MAX_COUNTED`](crate::record::MAX_COUNTED).
    fn alerts_by_rule(&self, query: &AlertQuery, limit: u32, control: &Control)
    -> Result<Vec<(String, u64)>>;
    /// Counts the matching alerts per severity name, lowest first. Severities outside 0 to 6 count as `unknown`.
    fn alerts_by_severity(&self, query: &AlertQuery, control: &Control) -> Result<Vec<(String, u64)>>;
}

/// Models and other named state.
pub trait ModelStore: Send + Sync {
    /// Saves a model and returns the time under which it is saved, which is always later than before.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) if the stored model is not the expected one; [`Limit`](crate::ErrorKind::Limit) above
    /// [`MAX_MODEL`](crate::record::MAX_MODEL); [`Invalid`](crate::ErrorKind::Invalid) unless `key` is 1 to 256 ASCII characters.
    fn save_model(&self, key: &str, data: &[u8], expected: ExpectedModel, control: &Control) -> Result<i64>;
    /// Loads a model; `None` if there is no such model.
    fn load_model(&self, key: &str, control: &Control) -> Result<Option<Model>>;
    /// Removes a model; returns whether it existed.
    fn delete_model(&self, key: &str, control: &Control) -> Result<bool>;
    /// Lists the models whose keys begin with `prefix`, in the order of their keys.
    fn models(&self, prefix: &str, control: &Control) -> Result<Vec<ModelEntry>>;
}

/// State of Sigma rules.
pub trait SigmaRuleStateStore: Send + Sync {
    /// Lists the state of every rule, in the order of their ids.
    fn sigma_rules(&self, control: &Control) -> Result<Vec<SigmaRuleState>>;
    /// Enables or disables a rule.
    fn enable_sigma_rule(&self, rule_id: &str, enabled: bool, control: &Control) -> Result<()>;
    /// Adds matches to rules, in one transaction.
    fn add_sigma_matches(&self, matches: &[SigmaMatches], control: &Control) -> Result<()>;
}

/// Maintenance of a store.
pub trait Maintenance: Send + Sync {
    /// Removes old events in small transactions, between which other writes run.
    fn prune(&self, options: &PruneOptions, control: &Control) -> Result<PruneReport>;
    /// Writes a consistent copy to a new file while reads and writes continue. `progress` gets the pages done and all pages. The file
    /// appears under its name once it is complete and on the disk.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) if the name exists already, even as a symbolic link.
    fn backup(&self, target: &Path, control: &Control, progress: &mut dyn FnMut(u64, u64)) -> Result<()>;
    /// Copies the write-ahead log into the database file and empties the log, as far as no reader needs it.
    fn checkpoint(&self, control: &Control) -> Result<()>;
    /// Checks tables, the structure of the text index, and the summaries while writes continue. Returns the findings; an empty list
    /// means that all is well.
    fn check(&self, control: &Control) -> Result<Vec<String>>;
    /// Compares the text index with every message and returns the findings. Other writes wait meanwhile, also those of other programs:
    /// more than a second for a million events. A running Seerflow gives up after five seconds.
    fn check_text(&self, control: &Control) -> Result<Vec<String>>;
    /// Returns the contents of the store, in numbers.
    fn summary(&self, control: &Control) -> Result<StoreSummary>;
}

/// Opening and closing.
pub trait Lifecycle: Send + Sync {
    /// Returns the path of the file, or the address of the server without a password. Opens nothing.
    fn location(&self) -> String;
    /// Opens the database for writing now instead of at the first write: creates its tables, migrates them, or adopts those that
    /// Seerflow created. A file that may only be read is opened for reading, and so is a store with `storage.read_only`. If `control`
    /// ends the waiting, the opening continues.
    fn start(&self, control: &Control) -> Result<()>;
    /// Opens the database for writing like [`start`](Self::start), and fails if it may only be read.
    fn check_writable(&self, control: &Control) -> Result<()>;
    /// Returns whether the database is open.
    fn is_open(&self) -> bool;
    /// Returns which failures a commit survives.
    fn durability(&self) -> Durability;
    /// Returns which transaction of another program has kept the sums waiting for a while. Does not use the database.
    fn awaited(&self) -> Option<String> {
        None
    }
    /// Releases every connection and file.
    fn close(&self);
}
