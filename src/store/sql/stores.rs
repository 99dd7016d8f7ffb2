//! The stores on any database that runs SQL in transactions: each call is one of them.

use std::sync::Weak;

use super::aggregate::Question;
use super::log::{self, Layout};
use super::{Conn, aggregate, alert, edge, entity, feedback, maintain, model, sigma, template};
use crate::codec::Batch;
use crate::error::{Error, ErrorKind, Result};
use crate::memory::Room;
use crate::record::{
    Alert, AlertOutcome, AlertPage, AlertPattern, AlertQuery, Bucket, Control, CountBy, Counted, DeadLetter,
    DeadLetterCursor, Edge, EdgeCursor, EventEntity, EventPage, EventQuery, ExpectedModel, FeedbackCursor,
    FeedbackEvent, FeedbackStats, Model, ModelEntry, Order, PatternQuery, RelatedEntity, SigmaMatches,
    SigmaRuleState, Template, now_ns,
};
use crate::store::{
    AggregateStore, AlertStore, Claim, CommitReport, EdgeChange, EdgeFeed, EdgeMark, EdgeStore, EdgeWatcher,
    EdgesSince, EntityStore, LogStore, ModelStore, SigmaRuleStateStore, Turn,
};

/// What a driver does for the stores: transactions, and the bulk write.
pub trait Database: Send + Sync {
    /// Says what the planner of queries must know of the tables.
    fn layout(&self, control: &Control) -> Result<Layout>;
    /// Returns the room of one answer, which `storage.page_bytes` is.
    fn room(&self) -> Room;
    /// Commits batches; see [`LogStore::write_in_turn`].
    fn commit(
        &self,
        batches: &[Batch],
        turn: &mut Option<Turn<'_>>,
        claim: Claim<'_>,
    ) -> Result<Option<CommitReport>>;
    /// Returns how many commits may run side by side; see [`LogStore::parallel_commits`].
    fn parallel_commits(&self) -> usize {
        1
    }
    /// Runs `work` in a read transaction, so that all its statements see one state of the database; from its beginning again on
    /// another server where the first one could not answer.
    fn read<T>(&self, control: &Control, work: impl FnMut(&dyn Conn) -> Result<T>) -> Result<T>;
    /// Does what [`Database::read`] does, in a state that has all that this process committed before. Where nothing lags behind
    /// the database that is written to, that is every state.
    fn read_own<T>(&self, control: &Control, work: impl FnMut(&dyn Conn) -> Result<T>) -> Result<T> {
        self.read(control, work)
    }
    /// Does what [`Database::read`] does, where no event can appear any more with an arrival number up to the one that `work`
    /// is told.
    fn read_settled<T>(
        &self,
        control: &Control,
        mut work: impl FnMut(&dyn Conn, Settled) -> Result<T>,
    ) -> Result<T> {
        self.read(control, |conn| work(conn, Settled::ALL))
    }
    /// Runs `work` in a write transaction, once more when the transaction had to give way to another one.
    fn write<T>(&self, control: &Control, work: impl FnMut(&dyn Conn) -> Result<T>) -> Result<T>;
    /// Returns what tells the follower of the edges, if there is one.
    fn edge_feed(&self) -> &EdgeFeed;
    /// Answers a number that other programs' commits change; see [`EdgeStore::outside_changes`].
    fn outside_changes(&self, control: &Control) -> Result<Option<u64>>;
}

/// Up to which arrival number no event can appear any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The number.
    pub up_to: i64,
    /// No larger number was given out.
    pub is_all: bool,
}

impl Settled {
    /// Where transactions do not run side by side, and where numbers do not tell the order of arrival.
    pub const ALL: Self = Self {
        up_to: i64::MAX,
        is_all: true,
    };

    /// Tells of a page in the order of arrival that it is not the last one, where larger numbers were given out.
    ///
    /// # Errors
    /// [`Busy`](ErrorKind::Busy) when there is nothing before them: an empty page would be the end.
    fn limit(self, mut page: EventPage) -> Result<EventPage> {
        if self.is_all || page.next.is_some() {
            return Ok(page);
        }
        if page.is_empty() {
            return Err(Error::new(
                ErrorKind::Busy,
                "another program's transaction has been writing to events for seconds: what arrived since cannot be listed in order yet",
            ));
        }
        page.next = page.last;
        Ok(page)
    }
}

impl<D: Database> LogStore for D {
    fn write_in_turn(
        &self,
        batches: &[Batch],
        turn: &mut Option<Turn<'_>>,
        claim: Claim<'_>,
    ) -> Result<Option<CommitReport>> {
        self.commit(batches, turn, claim)
    }

    fn parallel_commits(&self) -> usize {
        Database::parallel_commits(self)
    }

    fn query_events(&self, query: &EventQuery, control: &Control) -> Result<EventPage> {
        let layout = self.layout(control)?;
        if query.order == Order::Arrival {
            return self.read_settled(control, |conn, settled| {
                let page = log::query_events(conn, layout, query, settled.up_to, self.room(), control)?;
                settled.limit(page)
            });
        }
        self.read(control, |conn| {
            log::query_events(conn, layout, query, i64::MAX, self.room(), control)
        })
    }

    fn event(&self, event_id: &str, control: &Control) -> Result<EventPage> {
        self.read(control, |conn| log::event(conn, event_id))
    }

    fn write_templates(&self, templates: &[Template], control: &Control) -> Result<()> {
        self.write(control, |conn| template::write(conn, templates))
    }

    fn templates(&self, limit: u32, control: &Control) -> Result<Vec<Template>> {
        self.read(control, |conn| template::list(conn, limit, self.room()))
    }

    fn prune_templates(&self, min_count: i64, control: &Control) -> Result<u64> {
        self.write(control, |conn| template::prune(conn, min_count))
    }

    fn reset_templates(&self, control: &Control) -> Result<u64> {
        self.write(control, |conn| template::reset(conn))
    }

    fn dead_letters(
        &self,
        after: Option<DeadLetterCursor>,
        limit: u32,
        control: &Control,
    ) -> Result<Vec<DeadLetter>> {
        self.read(control, |conn| {
            maintain::dead_letters(conn, after, limit, self.room())
        })
    }
}

impl<D: Database> AggregateStore for D {
    fn histogram(
        &self,
        split: Option<CountBy>,
        query: &EventQuery,
        bucket_ns: i64,
        control: &Control,
    ) -> Result<Vec<Bucket>> {
        ask(self, query, control, |question| {
            aggregate::histogram(question, split, bucket_ns, self.room())
        })
    }

    fn count_by(
        &self,
        by: CountBy,
        query: &EventQuery,
        limit: u32,
        control: &Control,
    ) -> Result<Vec<Counted>> {
        ask(self, query, control, |question| {
            aggregate::count_by(question, by, limit, self.room())
        })
    }

    fn distinct(&self, by: CountBy, query: &EventQuery, control: &Control) -> Result<u64> {
        ask(self, query, control, |question| aggregate::distinct(question, by))
    }
}

fn ask<D: Database, T>(
    database: &D,
    query: &EventQuery,
    control: &Control,
    mut answer: impl FnMut(Question<'_>) -> Result<T>,
) -> Result<T> {
    let layout = database.layout(control)?;
    database.read(control, |conn| {
        answer(Question {
            conn,
            layout,
            query,
            control,
        })
    })
}

impl<D: Database> EntityStore for D {
    fn timeline(&self, query: &EventQuery, control: &Control) -> Result<EventPage> {
        let layout = self.layout(control)?;
        self.read(control, |conn| {
            entity::timeline(conn, layout, query, self.room(), control)
        })
    }

    fn entities_of_event(&self, event_id: &str, control: &Control) -> Result<Vec<EventEntity>> {
        self.read(control, |conn| entity::entities_of_event(conn, event_id))
    }

    fn describe_entity(&self, entity: &str, control: &Control) -> Result<Option<EventEntity>> {
        let layout = self.layout(control)?;
        self.read(control, |conn| entity::describe(conn, layout, entity, control))
    }
}

impl<D: Database> AlertStore for D {
    fn write_alerts(&self, alerts: &[Alert], window_ns: i64, control: &Control) -> Result<Vec<AlertOutcome>> {
        self.write(control, |conn| {
            alerts
                .iter()
                .map(|one| alert::write(conn, one, window_ns))
                .collect()
        })
    }

    fn query_alerts(&self, query: &AlertQuery, control: &Control) -> Result<AlertPage> {
        self.read(control, |conn| alert::query(conn, query, self.room()))
    }

    fn alert(&self, alert_id: &str, control: &Control) -> Result<Option<Alert>> {
        self.read(control, |conn| alert::get(conn, alert_id))
    }

    fn update_feedback(&self, event: &FeedbackEvent, control: &Control) -> Result<bool> {
        self.write(control, |conn| feedback::update(conn, event))
    }

    fn append_feedback(&self, event: &FeedbackEvent, control: &Control) -> Result<()> {
        self.write(control, |conn| feedback::append(conn, event))
    }

    fn feedback_events(
        &self,
        alert_id: Option<&str>,
        after: Option<FeedbackCursor>,
        page: u32,
        limit: u32,
        control: &Control,
    ) -> Result<Vec<FeedbackEvent>> {
        self.read(control, |conn| {
            feedback::events(conn, alert_id, after, (page, limit), self.room())
        })
    }

    fn feedback_stats(&self, control: &Control) -> Result<FeedbackStats> {
        self.read(control, |conn| feedback::stats(conn, self.room()))
    }

    fn alert_patterns(&self, query: &PatternQuery, control: &Control) -> Result<Vec<AlertPattern>> {
        self.read(control, |conn| feedback::patterns(conn, query, self.room()))
    }

    fn alerts_by_time(
        &self,
        query: &AlertQuery,
        bucket_ns: i64,
        control: &Control,
    ) -> Result<Vec<(i64, u64)>> {
        self.read(control, |conn| {
            alert::counts_by_time(conn, query, bucket_ns, self.room())
        })
    }

    fn alerts_by_rule(
        &self,
        query: &AlertQuery,
        limit: u32,
        control: &Control,
    ) -> Result<Vec<(String, u64)>> {
        self.read(control, |conn| {
            alert::counts_by_rule(conn, query, limit, self.room())
        })
    }

    fn alerts_by_severity(&self, query: &AlertQuery, control: &Control) -> Result<Vec<(String, u64)>> {
        self.read(control, |conn| {
            alert::counts_by_severity(conn, query, self.room())
        })
    }
}

impl<D: Database> ModelStore for D {
    fn save_model(&self, key: &str, data: &[u8], expected: ExpectedModel, control: &Control) -> Result<i64> {
        self.write(control, |conn| model::save(conn, key, data, expected, now_ns()))
    }

    fn load_model(&self, key: &str, control: &Control) -> Result<Option<Model>> {
        self.read(control, |conn| model::load(conn, key))
    }

    fn delete_model(&self, key: &str, control: &Control) -> Result<bool> {
        self.write(control, |conn| model::delete(conn, key))
    }

    fn models(&self, prefix: &str, control: &Control) -> Result<Vec<ModelEntry>> {
        self.read(control, |conn| model::list(conn, prefix, self.room()))
    }
}

impl<D: Database> SigmaRuleStateStore for D {
    fn sigma_rules(&self, control: &Control) -> Result<Vec<SigmaRuleState>> {
        self.read(control, |conn| sigma::list(conn, self.room()))
    }

    fn enable_sigma_rule(&self, rule_id: &str, enabled: bool, control: &Control) -> Result<()> {
        self.write(control, |conn| {
            sigma::set_enabled(conn, rule_id, enabled, now_ns())
        })
    }

    fn add_sigma_matches(&self, matches: &[SigmaMatches], control: &Control) -> Result<()> {
        self.write(control, |conn| sigma::add_matches(conn, matches, now_ns()))
    }
}

impl<D: Database> EdgeStore for D {
    fn upsert_edges(&self, edges: &[Edge], control: &Control) -> Result<()> {
        self.edge_feed().commit(
            control,
            || self.write(control, |conn| edge::upsert(conn, edges)),
            |(), watcher| watcher.committed(EdgeChange::Added(edges)),
        )
    }

    fn merge_edges(&self, edges: &[Edge], control: &Control) -> Result<()> {
        change_edges(self, control, EdgeChange::Merged(edges), |conn| {
            edge::merge(conn, edges)
        })
    }

    fn remove_edges(&self, edges: &[Edge], control: &Control) -> Result<()> {
        change_edges(self, control, EdgeChange::Removed(edges), |conn| {
            edge::remove(conn, edges)
        })
    }

    fn clear_edges(&self, control: &Control) -> Result<()> {
        change_edges(self, control, EdgeChange::Cleared, |conn| edge::clear(conn))
    }

    fn edges_of(&self, keys: &[Edge], control: &Control) -> Result<Vec<Edge>> {
        self.read_own(control, |conn| edge::of(conn, keys))
    }

    fn edges(&self, after: Option<&EdgeCursor>, limit: u32, control: &Control) -> Result<Vec<Edge>> {
        self.read(control, |conn| edge::list(conn, after, limit, self.room()))
    }

    fn load_edges(&self, control: &Control, each: &mut dyn FnMut(Edge) -> Result<()>) -> Result<()> {
        self.read_own(control, |conn| edge::load(conn, self.room(), each))
    }

    fn follow_edges(
        &self,
        watcher: Weak<dyn EdgeWatcher>,
        control: &Control,
        each: &mut dyn FnMut(Edge) -> Result<()>,
    ) -> Result<Option<EdgeMark>> {
        self.read_own(control, |conn| {
            let mark = self
                .edge_feed()
                .follow(control, watcher.clone(), || edge::mark(conn))?;
            edge::load(conn, self.room(), each).map(|()| mark)
        })
    }

    fn follow_since(
        &self,
        since: &EdgeMark,
        watcher: Weak<dyn EdgeWatcher>,
        control: &Control,
    ) -> Result<Option<EdgesSince>> {
        self.read_own(control, |conn| {
            let now = self
                .edge_feed()
                .follow(control, watcher.clone(), || edge::mark(conn))?;
            now.map_or(Ok(None), |now| edge::since(conn, since, now))
        })
    }

    fn watch_edges(&self, watcher: Weak<dyn EdgeWatcher>) {
        self.edge_feed().watch(watcher);
    }

    fn outside_changes(&self, control: &Control) -> Result<Option<u64>> {
        Database::outside_changes(self, control)
    }

    fn prune_edges(&self, before_ns: i64, control: &Control) -> Result<u64> {
        self.edge_feed().commit(
            control,
            || self.write(control, |conn| edge::prune(conn, before_ns)),
            |_, watcher| watcher.committed(EdgeChange::Pruned),
        )
    }

    fn related_entities(&self, entity: &str, limit: u32, control: &Control) -> Result<Vec<RelatedEntity>> {
        self.read(control, |conn| edge::related(conn, entity, limit, self.room()))
    }
}

fn change_edges<D: Database>(
    database: &D,
    control: &Control,
    change: EdgeChange<'_>,
    work: impl FnMut(&dyn Conn) -> Result<()>,
) -> Result<()> {
    database.edge_feed().commit_alone(
        control,
        || database.write(control, work),
        |(), watcher| watcher.committed(change),
    )
}
