//! Alerts: findings of detection, deduplicated in time windows, with analysts' verdicts.

use uuid::Uuid;

use super::id::new_id;
use super::query::{check_page, check_severity};
use super::{AlertCursor, EntityType, Window, entity_id};
use crate::error::{Error, Result};

/// Values of `alert_type`, as Seerflow spells them.
pub const ALERT_TYPES: [&str; 5] = ["ml", "sigma", "correlation", "ueba", "ioc"];

/// Values of `entity_type` of an alert, as Seerflow spells them.
pub const ALERT_ENTITY_TYPES: [&str; 6] = ["user", "ip", "host", "process", "file", "domain"];

/// The default deduplication window: alerts with the same key within 15 minutes are one alert. In nanoseconds.
pub const DEDUP_WINDOW_NS: i64 = 900 * super::NANOS_PER_SECOND;

/// Placeholder for an alert without a time; [`Alert::fill_in`] replaces it.
pub const TIME_ABSENT: i64 = i64::MIN;

fn absent() -> i64 {
    TIME_ABSENT
}

/// One alert. Names and defaults are those of Seerflow 0.7.0; in JSON, a missing time is read as [`TIME_ABSENT`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Alert {
    /// Id of the latest occurrence; changes when the alert occurs again.
    pub alert_id: String,
    /// One of [`ALERT_TYPES`].
    pub alert_type: String,
    /// Time of the occurrence, in nanoseconds.
    #[serde(default = "absent")]
    pub timestamp_ns: i64,
    /// Severity, 0 to 6, on the scale of events.
    pub severity_id: i64,
    /// The rule that fired.
    pub rule_name: String,
    /// Description for people.
    pub description: String,
    /// Id of the entity that the alert is about.
    pub entity_uuid: String,
    /// The entity's value, as the detector wrote it.
    pub entity_value: String,
    /// One of [`ALERT_ENTITY_TYPES`].
    pub entity_type: String,
    /// Ids of the events that caused the alert.
    pub contributing_events: Vec<Uuid>,
    /// MITRE ATT&CK tactics.
    pub mitre_tactics: Vec<String>,
    /// MITRE ATT&CK techniques.
    pub mitre_techniques: Vec<String>,
    /// Risk score, 0 to 100 by convention.
    pub risk_score: f64,
    /// Deduplication key: alerts with the same key within a window are one alert.
    pub dedup_key: String,
    /// Number of occurrences that the alert stands for.
    pub dedup_count: i64,
    /// The verdict: empty, `tp` or `fp`.
    pub feedback: String,
    /// The reason given with the verdict.
    pub feedback_note: String,
}

impl Default for Alert {
    fn default() -> Self {
        Self {
            alert_id: String::new(),
            alert_type: String::new(),
            timestamp_ns: 0,
            severity_id: 1,
            rule_name: String::new(),
            description: String::new(),
            entity_uuid: String::new(),
            entity_value: String::new(),
            entity_type: String::new(),
            contributing_events: Vec::new(),
            mitre_tactics: Vec::new(),
            mitre_techniques: Vec::new(),
            risk_score: 0.0,
            dedup_key: String::new(),
            dedup_count: 1,
            feedback: String::new(),
            feedback_note: String::new(),
        }
    }
}

/// The most bytes of an alert's `alert_id`, `rule_name`, `entity_uuid` and `dedup_key`, in every back end. An index row of
/// PostgreSQL holds no more than 2,704 bytes.
pub const MAX_ALERT_KEY: usize = 2_000;

/// The most bytes of a tactic or technique, which shares an index row with the `dedup_key`.
pub const MAX_ALERT_TAG: usize = 500;

impl Alert {
    /// Checks the bounds of every back end's indexes, and everything that Seerflow's decoder requires: one alert that it cannot
    /// decode makes the whole page fail.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) naming the field.
    pub fn validate(&self) -> Result<()> {
        let bounded = |name: &str, value: &str, most: usize| match value.len() {
            bytes if bytes > most => Err(Error::invalid(format!(
                "{name} has {bytes} bytes; the limit is {most}"
            ))),
            _ => Ok(()),
        };
        for (name, value) in [
            ("alert_id", &self.alert_id),
            ("rule_name", &self.rule_name),
            ("entity_uuid", &self.entity_uuid),
            ("dedup_key", &self.dedup_key),
        ] {
            bounded(name, value, MAX_ALERT_KEY)?;
        }
        for (name, values) in [
            ("mitre_tactics", &self.mitre_tactics),
            ("mitre_techniques", &self.mitre_techniques),
        ] {
            values
                .iter()
                .try_for_each(|value| bounded(name, value, MAX_ALERT_TAG))?;
        }
        let word = |name: &str, value: &str, words: &[&str]| {
            if words.contains(&value) {
                return Ok(());
            }
            Err(Error::invalid(format!(
                "{name} {value:?} is not one of {}",
                words.join(", ")
            )))
        };
        word("alert_type", &self.alert_type, &ALERT_TYPES)?;
        word("entity_type", &self.entity_type, &ALERT_ENTITY_TYPES)?;
        word("feedback", &self.feedback, &["", "tp", "fp"])?;
        if !(0..=6).contains(&self.severity_id) {
            return Err(Error::invalid(format!(
                "severity_id {} is outside 0..6",
                self.severity_id
            )));
        }
        if !self.risk_score.is_finite() {
            return Err(Error::invalid("risk_score is not a finite number"));
        }
        Ok(())
    }

    /// Fills in missing fields: a time-ordered `alert_id`, the time `now_ns`, the `entity_uuid`, and the `dedup_key`.
    ///
    /// The key has the form `type:rule:entity_uuid`, which keeps alerts of different rules or entities apart. For an entity whose
    /// value cannot be normalised, such as an invalid address, the key has its type and value instead of an id.
    pub fn fill_in(&mut self, now_ns: i64) {
        if self.alert_id.is_empty() {
            self.alert_id = new_id().to_string();
        }
        if self.timestamp_ns == TIME_ABSENT {
            self.timestamp_ns = now_ns;
        }
        if self.entity_uuid.is_empty() {
            let kind = EntityType::from_name(&self.entity_type);
            let id = kind.and_then(|kind| entity_id(kind, &self.entity_value));
            self.entity_uuid = id.map(|id| id.to_string()).unwrap_or_default();
        }
        if self.dedup_key.is_empty() {
            let entity = if self.entity_uuid.is_empty() && !self.entity_value.is_empty() {
                format!("{}:{}", self.entity_type, self.entity_value)
            } else {
                self.entity_uuid.clone()
            };
            self.dedup_key = format!("{}:{}:{entity}", self.alert_type, self.rule_name);
        }
    }
}

/// The result of writing one alert.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct AlertResult {
    /// The alert's id, given by the caller or assigned.
    pub alert_id: String,
    /// True if the alert is the first of its key or of a new window, which is when people are notified.
    pub is_new: bool,
    /// Number of occurrences that the stored alert now stands for.
    pub dedup_count: i64,
}

/// A query for alerts, newest first. An alert must match all filters.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertQuery {
    /// The window of `timestamp_ns`.
    pub window: Window,
    /// Exactly this `alert_type`.
    pub alert_type: Option<String>,
    /// This `severity_id` or higher.
    pub min_severity: Option<i64>,
    /// Exactly this `entity_uuid`.
    pub entity: Option<String>,
    /// Alerts with this tactic.
    pub tactic: Option<String>,
    /// Alerts with this technique; a technique such as T1053 also matches its sub-techniques, such as T1053.005.
    pub technique: Option<String>,
    /// The most alerts of a page, 1 to [`super::MAX_PAGE`].
    pub limit: u32,
    /// The page number, from 1.
    pub page: u32,
    /// Continues after a page: its [`AlertPage::next`]. The filters must be the same.
    pub cursor: Option<AlertCursor>,
    /// Whether to count all matching alerts.
    pub total: bool,
}

impl Default for AlertQuery {
    fn default() -> Self {
        Self {
            window: Window::ALL,
            alert_type: None,
            min_severity: None,
            entity: None,
            tactic: None,
            technique: None,
            limit: 100,
            page: 1,
            cursor: None,
            total: false,
        }
    }
}

impl AlertQuery {
    /// Returns the query for the alerts of a window.
    pub fn within(window: Window) -> Self {
        Self {
            window,
            ..Self::default()
        }
    }

    /// Returns true if the window is the only filter.
    pub fn has_only_window(&self) -> bool {
        let Self {
            alert_type,
            min_severity,
            entity,
            tactic,
            technique,
            ..
        } = self;
        [alert_type, entity, tactic, technique]
            .iter()
            .all(|filter| filter.is_none())
            && min_severity.is_none()
    }

    /// Checks the filters, the limit, the page number and the cursor.
    pub fn validate(&self) -> Result<()> {
        check_page(self.limit, self.page, self.cursor.is_some())?;
        self.validate_filters()
    }

    /// Checks the filters only.
    pub fn validate_filters(&self) -> Result<()> {
        check_severity(self.min_severity)
    }
}

/// The result of writing one alert.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AlertOutcome {
    /// The alert is the first with its `dedup_key`, or the first in a new window: people should be notified.
    pub is_new: bool,
    /// Number of occurrences that the stored alert now stands for.
    pub dedup_count: i64,
}

/// A page of alerts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AlertPage {
    /// The alerts, newest first. `dedup_count` and `feedback` are read from the columns.
    pub alerts: Vec<Alert>,
    /// Cursor of the next page; `None` on the last page.
    pub next: Option<AlertCursor>,
    /// Number of matching alerts, if the query asked for it.
    pub total: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fill_in_gives_entities_without_id_distinct_keys() {
        let key = |value: &str| {
            let mut alert = Alert {
                alert_type: "sigma".into(),
                rule_name: "scan".into(),
                entity_type: "ip".into(),
                entity_value: value.into(),
                ..Alert::default()
            };
            alert.fill_in(1);
            alert.dedup_key
        };
        assert_eq!(key("fe80::1%eth0"), "sigma:scan:ip:fe80::1%eth0");
        assert_ne!(key("fe80::1%eth0"), key("fe80::2%eth0"));
        assert_eq!(
            key("192.0.2.1"),
            format!("sigma:scan:{}", entity_id(EntityType::Ip, "192.0.2.1").unwrap())
        );
        assert_eq!(key(""), "sigma:scan:");
    }
}
