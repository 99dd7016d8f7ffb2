//! Verdicts on alerts, and patterns of true positives.

use super::{AlertQuery, FeedbackCursor, Window};

/// One verdict on an alert, an entry of the audit trail.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct FeedbackEvent {
    /// Its number in the audit trail.
    pub id: i64,
    /// Id of the alert.
    pub alert_id: String,
    /// `tp` or `fp`.
    pub feedback: String,
    /// The reason.
    pub note: String,
    /// Where it was given: `dashboard`, `cli` or `api`.
    pub origin: String,
    /// When it was given, in nanoseconds.
    pub submitted_at_ns: i64,
}

impl From<&FeedbackEvent> for FeedbackCursor {
    fn from(event: &FeedbackEvent) -> Self {
        Self {
            submitted_at_ns: event.submitted_at_ns,
            id: event.id,
        }
    }
}

/// Numbers of verdicts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FeedbackStats {
    /// True positives.
    pub tp: u64,
    /// False positives.
    pub fp: u64,
    /// The sum of both.
    pub total: u64,
}

/// A query for patterns of true positives.
#[derive(Clone, Debug, PartialEq)]
pub struct PatternQuery {
    /// Filters of the alerts. `limit`, `page`, `cursor` and `total` are ignored.
    pub alerts: AlertQuery,
    /// The window of the times at which verdicts were given.
    pub verdicts: Window,
    /// The fewest true positives of a pattern.
    pub min_count: u64,
    /// The most patterns to return.
    pub limit: u32,
    /// The most alert ids to list per pattern.
    pub max_alerts: u32,
}

impl Default for PatternQuery {
    fn default() -> Self {
        Self {
            alerts: AlertQuery::default(),
            verdicts: Window::ALL,
            min_count: 1,
            limit: 100,
            max_alerts: 100,
        }
    }
}

/// True positives, by each alert's latest verdict, that share `alert_type`, `rule_name` and `entity_type`.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AlertPattern {
    /// The alerts' `alert_type`.
    pub alert_type: String,
    /// The alerts' `rule_name`.
    pub rule_name: String,
    /// The alerts' `entity_type`.
    pub entity_type: String,
    /// Number of true positives.
    pub count: u64,
    /// When the latest of their verdicts was given, in nanoseconds.
    pub last_verdict_ns: i64,
    /// Ids of the alerts, latest verdict first, up to the number that the query allows.
    pub alert_ids: Vec<String>,
}
