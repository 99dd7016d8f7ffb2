//! The filters of a `seerflow_query`, and the questions that they make.

use crate::error::{Error, Result};
use crate::record::{
    AlertCursor, AlertQuery, Cursor, DeadLetterCursor, EdgeCursor, EventQuery, FeedbackCursor, Order,
    PatternQuery, Total, Window,
};

/// The filters that a query sets, and its place in the answer.
#[derive(Clone, Debug)]
pub struct Query {
    pub(super) window: Option<Window>,
    pub(super) source_type: Option<String>,
    pub(super) source_id: Option<String>,
    pub(super) min_severity: Option<i64>,
    pub(super) template_id: Option<i64>,
    pub(super) entity_id: Option<String>,
    pub(super) text: Option<String>,
    pub(super) alert_type: Option<String>,
    pub(super) tactic: Option<String>,
    pub(super) technique: Option<String>,
    pub(super) alert_id: Option<String>,
    pub(super) key_prefix: Option<String>,
    pub(super) relations: Vec<String>,
    pub(super) depth: Option<u32>,
    pub(super) min_count: Option<u64>,
    pub(super) max_alerts: Option<u32>,
    pub(super) limit: u32,
    pub(super) page: Option<u32>,
    pub(super) order: Option<Order>,
    pub(super) cursor: Option<String>,
    pub(super) total: Total,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            window: None,
            source_type: None,
            source_id: None,
            min_severity: None,
            template_id: None,
            entity_id: None,
            text: None,
            alert_type: None,
            tactic: None,
            technique: None,
            alert_id: None,
            key_prefix: None,
            relations: Vec::new(),
            depth: None,
            min_count: None,
            max_alerts: None,
            limit: 100,
            page: None,
            order: None,
            cursor: None,
            total: Total::None,
        }
    }
}

impl Query {
    /// Names the filters that are set.
    fn filters(&self) -> impl Iterator<Item = &'static str> {
        [
            (self.window.is_some(), "window"),
            (self.source_type.is_some(), "source_type"),
            (self.source_id.is_some(), "source_id"),
            (self.min_severity.is_some(), "min_severity"),
            (self.template_id.is_some(), "template_id"),
            (self.entity_id.is_some(), "entity_id"),
            (self.text.is_some(), "text"),
            (self.alert_type.is_some(), "alert_type"),
            (self.tactic.is_some(), "tactic"),
            (self.technique.is_some(), "technique"),
            (self.alert_id.is_some(), "alert_id"),
            (self.key_prefix.is_some(), "key_prefix"),
            (!self.relations.is_empty(), "relation"),
            (self.depth.is_some(), "depth"),
            (self.min_count.is_some(), "min_count"),
            (self.max_alerts.is_some(), "max_alerts"),
            (self.page.is_some(), "page"),
            (self.order.is_some(), "order"),
            (self.cursor.is_some(), "cursor"),
            (self.total != Total::None, "total"),
        ]
        .into_iter()
        .filter_map(|(is_set, name)| is_set.then_some(name))
    }

    /// Refuses a query that sets another filter than these.
    fn only(&self, question: &str, known: &[&str]) -> Result<()> {
        match self.filters().find(|filter| !known.contains(filter)) {
            Some(filter) => Err(Error::invalid(format!(
                "{question} cannot be asked for by {filter}"
            ))),
            None => Ok(()),
        }
    }

    /// Returns the question about events.
    pub(crate) fn events(&self) -> Result<EventQuery> {
        self.only("events", &EVENT_PAGE)?;
        let query = EventQuery {
            window: self.window.unwrap_or(Window::ALL),
            source_type: self.source_type.clone(),
            source_id: self.source_id.clone(),
            min_severity: self.min_severity,
            template_id: self.template_id,
            entity: self.entity_id.clone(),
            text: self.text.clone(),
            order: self.order.unwrap_or_default(),
            limit: self.limit,
            page: self.page.unwrap_or(1),
            cursor: self.cursor.as_deref().map(Cursor::parse).transpose()?,
            total: self.total,
        };
        query.validate()?;
        Ok(query)
    }

    /// Returns the question about numbers of events.
    pub(crate) fn counted_events(&self) -> Result<EventQuery> {
        self.only("counts of events", &EVENT_FILTERS)?;
        self.events()
    }

    /// Returns the question about alerts.
    pub(crate) fn alerts(&self) -> Result<AlertQuery> {
        self.only("alerts", &ALERT_PAGE)?;
        let query = AlertQuery {
            window: self.window.unwrap_or(Window::ALL),
            alert_type: self.alert_type.clone(),
            min_severity: self.min_severity,
            entity: self.entity_id.clone(),
            tactic: self.tactic.clone(),
            technique: self.technique.clone(),
            limit: self.limit,
            page: self.page.unwrap_or(1),
            cursor: self.cursor.as_deref().map(AlertCursor::parse).transpose()?,
            total: self.total != Total::None,
        };
        query.validate()?;
        Ok(query)
    }

    /// Returns the question about numbers of alerts.
    pub(crate) fn counted_alerts(&self) -> Result<AlertQuery> {
        self.only("counts of alerts", &ALERT_FILTERS)?;
        self.alerts()
    }

    /// Returns the question about patterns of alerts.
    pub(crate) fn patterns(&self) -> Result<PatternQuery> {
        self.only("patterns", &PATTERN_FILTERS)?;
        let alerts = Self {
            window: None,
            min_count: None,
            max_alerts: None,
            ..self.clone()
        };
        Ok(PatternQuery {
            alerts: alerts.alerts()?,
            verdicts: self.window.unwrap_or(Window::ALL),
            limit: self.limit,
            min_count: self.min_count.unwrap_or(1),
            max_alerts: self.max_alerts.unwrap_or(100),
        })
    }
}

impl Query {
    /// Returns the most templates to list.
    pub(crate) fn templates(&self) -> Result<u32> {
        self.only("templates", &[])?;
        Ok(self.limit)
    }

    /// Returns the place after which dead letters are listed, and the most of them.
    pub(crate) fn dead_letters(&self) -> Result<(Option<DeadLetterCursor>, u32)> {
        self.only("dead letters", &["cursor"])?;
        let after = self.cursor.as_deref().map(DeadLetterCursor::parse).transpose()?;
        Ok((after, self.limit))
    }

    /// Returns the alert whose verdicts are listed, the place after which they are, the page and the most verdicts of a page.
    pub(crate) fn feedback(&self) -> Result<(Option<&str>, Option<FeedbackCursor>, u32, u32)> {
        self.only("verdicts", &["alert_id", "page", "cursor"])?;
        let after = self.cursor.as_deref().map(FeedbackCursor::parse).transpose()?;
        Ok((
            self.alert_id.as_deref(),
            after,
            self.page.unwrap_or(1),
            self.limit,
        ))
    }

    /// Returns what the keys of models begin with.
    pub(crate) fn models(&self) -> Result<&str> {
        self.only("models", &["key_prefix"])?;
        Ok(self.key_prefix.as_deref().unwrap_or_default())
    }

    /// Refuses filters of Sigma rules, which have none.
    pub(crate) fn sigma_rules(&self) -> Result<()> {
        self.only("Sigma rules", &[])
    }

    /// Returns the place after which edges are listed, and the most of them.
    pub(crate) fn edges(&self) -> Result<(Option<EdgeCursor>, u32)> {
        self.only("edges", &["cursor"])?;
        let after = self.cursor.as_deref().map(EdgeCursor::parse).transpose()?;
        Ok((after, self.limit))
    }

    /// Returns the entity at which a walk over the graph begins, its depth and the relations it follows.
    pub(crate) fn around(&self) -> Result<(&str, u32, &[String])> {
        self.only("neighbours", &["entity_id", "depth", "relation"])?;
        Ok((self.start()?, self.depth.unwrap_or(1), &self.relations))
    }

    /// Returns the entity in the middle of a subgraph, and its depth.
    pub(crate) fn surroundings(&self) -> Result<(&str, u32)> {
        self.only("subgraphs", &["entity_id", "depth"])?;
        Ok((self.start()?, self.depth.unwrap_or(1)))
    }

    /// Returns the entity whose neighbours are listed.
    pub(crate) fn entity(&self) -> Result<&str> {
        self.only("related entities", &["entity_id"])?;
        self.start()
    }

    fn start(&self) -> Result<&str> {
        let entity = self.entity_id.as_deref();
        entity.ok_or_else(|| Error::invalid("the query names no entity: seerflow_query_set_entity_id"))
    }
}

/// The filters of events, and what pages of events take besides.
const EVENT_FILTERS: [&str; 7] = [
    "window",
    "source_type",
    "source_id",
    "min_severity",
    "template_id",
    "entity_id",
    "text",
];
const EVENT_PAGE: [&str; 11] = with(EVENT_FILTERS, ["page", "cursor", "order", "total"]);

/// The filters of alerts, and what pages of alerts take besides.
const ALERT_FILTERS: [&str; 6] = [
    "window",
    "alert_type",
    "min_severity",
    "entity_id",
    "tactic",
    "technique",
];
const ALERT_PAGE: [&str; 9] = with(ALERT_FILTERS, ["page", "cursor", "total"]);

/// What patterns of alerts take.
const PATTERN_FILTERS: [&str; 8] = with(ALERT_FILTERS, ["min_count", "max_alerts"]);

/// Joins two lists.
const fn with<const A: usize, const B: usize, const C: usize>(
    a: [&'static str; A],
    b: [&'static str; B],
) -> [&'static str; C] {
    assert!(A + B == C);
    let mut joined = [""; C];
    let mut at = 0;
    while at < C {
        joined[at] = if at < A { a[at] } else { b[at - A] };
        at += 1;
    }
    joined
}
