//! Alerts: what detection found, deduplicated in time windows, judged by people.

use uuid::Uuid;

use super::{AlertCursor, EntityType, MAX_PAGE, Window, entity_id};
use crate::error::{Error, Result};

/// Kinds of alerts, in Seerflow's words.
pub const ALERT_TYPES: [&str; 5] = ["ml", "sigma", "correlation", "ueba", "ioc"];

/// Kinds of entities that an alert can be about, in Seerflow's words.
pub const ALERT_ENTITY_TYPES: [&str; 6] = ["user", "ip", "host", "process", "file", "domain"];

/// How long alerts with the same key are one alert unless told otherwise: 15 minutes, in nanoseconds.
pub const DEDUP_WINDOW_NS: i64 = 900 * super::NANOS_PER_SECOND;

/// The time of an alert that does not say: [`Alert::fill_in`] gives it one.
pub const TIME_ABSENT: i64 = i64::MIN;

fn absent() -> i64 {
    TIME_ABSENT
}

/// One alert. Names and defaults are Seerflow 0.7.0's; as JSON, a missing time is [`TIME_ABSENT`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Alert {
    /// Identity of this occurrence; changes when the alert occurs again.
    pub alert_id: String,
    /// One of [`ALERT_TYPES`].
    pub alert_type: String,
    /// When it occurred, in nanoseconds.
    #[serde(default = "absent")]
    pub timestamp_ns: i64,
    /// 0 to 6, as in events.
    pub severity_id: i64,
    /// The rule that fired.
    pub rule_name: String,
    /// What happened, for a person.
    pub description: String,
    /// Id of the entity that it is about.
    pub entity_uuid: String,
    /// The entity as it was written.
    pub entity_value: String,
    /// One of [`ALERT_ENTITY_TYPES`].
    pub entity_type: String,
    /// Ids of the events that led to it.
    pub contributing_events: Vec<Uuid>,
    /// MITRE ATT&CK tactics.
    pub mitre_tactics: Vec<String>,
    /// MITRE ATT&CK techniques.
    pub mitre_techniques: Vec<String>,
    /// Risk, 0 to 100 by convention.
    pub risk_score: f64,
    /// Alerts with the same key are one alert.
    pub dedup_key: String,
    /// How many occurrences the alert stands for.
    pub dedup_count: i64,
    /// Empty, `tp` or `fp`.
    pub feedback: String,
    /// Why.
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

/// Bytes that an alert's `alert_id`, `rule_name`, `entity_uuid` and `dedup_key` have at the most, in every back end: an index of
/// PostgreSQL takes no more than 2,704.
pub const MAX_ALERT_KEY: usize = 2_000;

/// Bytes that a tactic or a technique has at the most: an index holds it together with the `dedup_key`.
pub const MAX_ALERT_TAG: usize = 500;

impl Alert {
    /// Checks what Seerflow's decoder demands of an alert, where one that it cannot read makes every page that holds it fail, and
    /// what the indexes of every back end can take.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) naming the field.
    pub fn validate(&self) -> Result<()> {
        let bounded = |name: &str, value: &str, most: usize| match value.len() {
            bytes if bytes > most => Err(Error::invalid(format!(
                "{name} has {bytes} bytes, {most} are the most"
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
                "{name} {value:?} is none of {}",
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

    /// Fills in what whoever raised it left out: a time-ordered `alert_id`, the time, the `entity_uuid` of its entity, and a
    /// `dedup_key` of the form `type:rule:entity_uuid`, so that alerts of different rules or entities never count as one. An entity
    /// that has no id, such as an address that is none, is named by its type and value there.
    pub fn fill_in(&mut self, now_ns: i64) {
        if self.alert_id.is_empty() {
            self.alert_id = Uuid::now_v7().to_string();
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

/// What became of an alert that was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct AlertResult {
    /// Its id, as it was given or made.
    pub alert_id: String,
    /// Nobody was told of it yet: it is the first of its key, or the first in a new window.
    pub is_new: bool,
    /// Occurrences that the stored alert now stands for.
    pub dedup_count: i64,
}

/// Which alerts, newest first. All filters must hold together.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertQuery {
    /// The window of `timestamp_ns`.
    pub window: Window,
    /// Exactly this `alert_type`.
    pub alert_type: Option<String>,
    /// This `severity_id` or a higher one.
    pub min_severity: Option<i64>,
    /// About this entity.
    pub entity: Option<String>,
    /// With this tactic.
    pub tactic: Option<String>,
    /// With this technique; a parent technique (T1053) also finds its sub-techniques (T1053.005).
    pub technique: Option<String>,
    /// Alerts a page, 1 to [`super::MAX_PAGE`].
    pub limit: u32,
    /// Pages to skip, from 1.
    pub page: u32,
    /// Where to go on: the [`AlertPage::next`] of the page before. The filters must be the same.
    pub cursor: Option<AlertCursor>,
    /// Whether to count all.
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
    /// Makes the query for the alerts of a window.
    pub fn within(window: Window) -> Self {
        Self {
            window,
            ..Self::default()
        }
    }

    /// Tells whether the window is the only filter.
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

    /// Checks the bounds that this page states.
    pub fn validate(&self) -> Result<()> {
        if self.limit == 0 || self.limit > MAX_PAGE {
            return Err(Error::invalid(format!(
                "limit {} is outside 1..{MAX_PAGE}",
                self.limit
            )));
        }
        if self.page == 0 {
            return Err(Error::invalid("page 0: pages count from 1"));
        }
        if self.page > 1 && self.cursor.is_some() {
            return Err(Error::invalid("page and cursor exclude each other"));
        }
        self.validate_filters()
    }

    /// Checks the bounds of the filters.
    pub fn validate_filters(&self) -> Result<()> {
        if let Some(severity) = self.min_severity
            && !(0..=6).contains(&severity)
        {
            return Err(Error::invalid(format!("min_severity {severity} is outside 0..6")));
        }
        Ok(())
    }
}

/// The result of writing one alert.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AlertOutcome {
    /// The alert is the first with its `dedup_key`, or the first in a new window: time to notify somebody.
    pub is_new: bool,
    /// Number of occurrences that the stored alert now stands for.
    pub dedup_count: i64,
}

/// A page of alerts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AlertPage {
    /// The alerts, newest first; `dedup_count` and `feedback` as the columns have them.
    pub alerts: Vec<Alert>,
    /// Where the next page begins; `None` when this was the last.
    pub next: Option<AlertCursor>,
    /// How many alerts match in all, if it was asked for.
    pub total: Option<u64>,
}

/// One verdict on an alert, as the audit trail keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct FeedbackEvent {
    /// Its number.
    pub id: i64,
    /// The alert.
    pub alert_id: String,
    /// `tp` or `fp`.
    pub feedback: String,
    /// Why.
    pub note: String,
    /// `dashboard`, `cli` or `api`.
    pub origin: String,
    /// When, in nanoseconds.
    pub submitted_at_ns: i64,
}

/// How many alerts were judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FeedbackStats {
    /// True positives.
    pub tp: u64,
    /// False positives.
    pub fp: u64,
    /// Both.
    pub total: u64,
}

/// Which patterns of true positives.
#[derive(Clone, Debug, PartialEq)]
pub struct PatternQuery {
    /// The filters of the alerts. Limit, page, cursor and total have no effect.
    pub alerts: AlertQuery,
    /// The window of the time of the verdict.
    pub verdicts: Window,
    /// Patterns with this many true positives or more.
    pub min_count: u64,
    /// The most patterns.
    pub limit: u32,
    /// The most alerts that a pattern lists.
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

/// True positives that share type, rule and kind of entity, by the latest verdict of each alert.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AlertPattern {
    /// The type.
    pub alert_type: String,
    /// The rule.
    pub rule_name: String,
    /// The kind of entity.
    pub entity_type: String,
    /// How many.
    pub count: u64,
    /// When the latest of their verdicts was given, in nanoseconds.
    pub last_verdict_ns: i64,
    /// Ids of the alerts, those judged last first, as many as were asked for.
    pub alert_ids: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_without_an_id_are_told_apart() {
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
