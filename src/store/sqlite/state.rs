//! Alerts, models, Sigma rules and edges on SQLite: each call is one transaction between those of the event writer.

use std::sync::Weak;

use super::SqliteStore;
use super::conn::SqliteConn;
use crate::error::Result;
use crate::record::{
    Alert, AlertPage, AlertPattern, AlertQuery, Control, Edge, FeedbackEvent, FeedbackStats, Model,
    ModelEntry, RelatedEntity, SigmaMatches, SigmaRuleState, now_ns,
};
use crate::store::sql::alert::Written;
use crate::store::sql::model::Expected;
use crate::store::sql::{alert, edge, model, sigma};
use crate::store::{AlertStore, EdgeStore, EdgeWatcher, ModelStore, SigmaRuleStateStore};

impl AlertStore for SqliteStore {
    fn write_alerts(&self, alerts: &[Alert], window_ns: i64, control: &Control) -> Result<Vec<Written>> {
        self.opened()?.write(control, |conn| {
            alerts
                .iter()
                .map(|one| alert::write(conn, one, window_ns))
                .collect()
        })
    }

    fn query_alerts(&self, query: &AlertQuery, control: &Control) -> Result<AlertPage> {
        self.opened()?.read(control, |conn| alert::query(conn, query))
    }

    fn alert(&self, alert_id: &str, control: &Control) -> Result<Option<Alert>> {
        self.opened()?.read(control, |conn| alert::get(conn, alert_id))
    }

    fn update_feedback(&self, event: &FeedbackEvent, control: &Control) -> Result<bool> {
        self.opened()?
            .write(control, |conn| alert::update_feedback(conn, event))
    }

    fn append_feedback(&self, event: &FeedbackEvent, control: &Control) -> Result<()> {
        self.opened()?
            .write(control, |conn| alert::append_feedback(conn, event))
    }

    fn feedback_events(
        &self,
        alert_id: Option<&str>,
        page: u32,
        limit: u32,
        control: &Control,
    ) -> Result<Vec<FeedbackEvent>> {
        self.opened()?.read(control, |conn| {
            alert::feedback_events(conn, alert_id, page, limit)
        })
    }

    fn feedback_stats(&self, control: &Control) -> Result<FeedbackStats> {
        self.opened()?.read(control, alert::feedback_stats)
    }

    fn alert_patterns(&self, control: &Control) -> Result<Vec<AlertPattern>> {
        self.opened()?.read(control, alert::patterns)
    }

    fn alerts_by_time(
        &self,
        window: (i64, i64),
        bucket_ns: i64,
        control: &Control,
    ) -> Result<Vec<(i64, u64)>> {
        self.opened()?.read(control, |conn| {
            alert::counts_by_time(conn, window.0, window.1, bucket_ns)
        })
    }

    fn alerts_by_rule(&self, window: (i64, i64), control: &Control) -> Result<Vec<(String, u64)>> {
        self.opened()?
            .read(control, |conn| alert::counts_by_rule(conn, window.0, window.1))
    }

    fn alerts_by_severity(&self, window: (i64, i64), control: &Control) -> Result<Vec<(String, u64)>> {
        self.opened()?.read(control, |conn| {
            alert::counts_by_severity(conn, window.0, window.1)
        })
    }
}

impl ModelStore for SqliteStore {
    fn save_model(&self, key: &str, data: &[u8], expected: Expected, control: &Control) -> Result<i64> {
        self.opened()?
            .write(control, |conn| model::save(conn, key, data, expected, now_ns()))
    }

    fn load_model(&self, key: &str, control: &Control) -> Result<Option<Model>> {
        self.opened()?.read(control, |conn| model::load(conn, key))
    }

    fn delete_model(&self, key: &str, control: &Control) -> Result<bool> {
        self.opened()?.write(control, |conn| model::delete(conn, key))
    }

    fn models(&self, prefix: &str, control: &Control) -> Result<Vec<ModelEntry>> {
        self.opened()?.read(control, |conn| model::list(conn, prefix))
    }
}

impl SigmaRuleStateStore for SqliteStore {
    fn sigma_rules(&self, control: &Control) -> Result<Vec<SigmaRuleState>> {
        self.opened()?.read(control, sigma::list)
    }

    fn enable_sigma_rule(&self, rule_id: &str, enabled: bool, control: &Control) -> Result<()> {
        self.opened()?.write(control, |conn| {
            sigma::set_enabled(conn, rule_id, enabled, now_ns())
        })
    }

    fn add_sigma_matches(&self, matches: &[SigmaMatches], control: &Control) -> Result<()> {
        self.opened()?
            .write(control, |conn| sigma::add_matches(conn, matches, now_ns()))
    }
}

impl EdgeStore for SqliteStore {
    fn upsert_edges(&self, edges: &[Edge], control: &Control) -> Result<()> {
        let opened = self.opened()?;
        self.edge_feed.commit(
            || opened.write(control, |conn| edge::upsert(conn, edges)),
            |(), watcher| watcher.added(edges),
        )
    }

    fn merge_edges(&self, edges: &[Edge], control: &Control) -> Result<()> {
        self.change_edges(control, |conn| edge::merge(conn, edges))
    }

    fn remove_edges(&self, edges: &[Edge], control: &Control) -> Result<()> {
        self.change_edges(control, |conn| edge::remove(conn, edges))
    }

    fn clear_edges(&self, control: &Control) -> Result<()> {
        self.change_edges(control, |conn| edge::clear(conn))
    }

    fn load_edges(&self, control: &Control, each: &mut dyn FnMut(Edge) -> Result<()>) -> Result<()> {
        self.opened()?.read(control, |conn| edge::load(conn, each))
    }

    fn follow_edges(
        &self,
        watcher: Weak<dyn EdgeWatcher>,
        control: &Control,
        each: &mut dyn FnMut(Edge) -> Result<()>,
    ) -> Result<()> {
        self.opened()?.read(control, |conn| {
            // The first look at the table fixes the state that the rest sees.
            let look = || conn.query(&conn.statements().watermark, &[], &mut |_| Ok(false));
            self.edge_feed.follow(watcher, look)?;
            edge::load(conn, each)
        })
    }

    fn outside_changes(&self) -> Result<Option<u64>> {
        let opened = self.opened()?;
        // The number of the connection that makes all commits of this process: those of others change it.
        let Some(writer) = opened.writer.try_lock() else {
            return Ok(None);
        };
        let version = writer.conn.int("PRAGMA data_version")? as u64;
        let file = opened.identity.map_or(0, |(_, number)| number);
        Ok(Some(version ^ file.rotate_left(32)))
    }

    fn prune_edges(&self, before_ns: i64, control: &Control) -> Result<u64> {
        self.change_edges(control, |conn| edge::prune(conn, before_ns))
    }

    fn related_entities(&self, entity: &str, limit: u32, control: &Control) -> Result<Vec<RelatedEntity>> {
        self.opened()?
            .read(control, |conn| edge::related(conn, entity, limit))
    }
}

impl SqliteStore {
    fn change_edges<T>(&self, control: &Control, work: impl FnMut(&SqliteConn) -> Result<T>) -> Result<T> {
        let opened = self.opened()?;
        self.edge_feed
            .commit(|| opened.write(control, work), |_, watcher| watcher.changed())
    }
}
