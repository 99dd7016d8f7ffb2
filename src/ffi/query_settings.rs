//! The settings of a `seerflow_query`, and their conversion to the queries of each kind of record.

use crate::error::{Error, Result};
use crate::record::{
    AlertCursor, AlertQuery, Cursor, DeadLetterCursor, EdgeCursor, EventQuery, FeedbackCursor, Order,
    PatternQuery, Total, Window,
};

/// The settings of a query.
#[derive(Clone, Debug, Default)]
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
    pub(super) limit: Option<u32>,
    pub(super) page: Option<u32>,
    pub(super) order: Option<Order>,
    pub(super) cursor: Option<String>,
    pub(super) total: Total,
}

impl Query {
    /// Returns the names of the settings that differ from the default, except for the limit.
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

    /// Returns an error if the query has a setting that is not in one of the lists.
    fn allow_only(&self, records: &str, known: &[&[&str]]) -> Result<()> {
        let is_known = |setting| known.iter().any(|list| list.contains(&setting));
        match self.filters().find(|filter| !is_known(filter)) {
            Some(filter) => Err(Error::invalid(format!("{filter} does not apply to {records}"))),
            None => Ok(()),
        }
    }

    /// Returns the query for a page of events.
    pub(crate) fn events(&self) -> Result<EventQuery> {
        self.allow_only("events", &[&EVENT_FILTERS, &["page", "cursor", "order", "total"]])?;
        let query = EventQuery {
            window: self.window.unwrap_or(Window::ALL),
            source_type: self.source_type.clone(),
            source_id: self.source_id.clone(),
            min_severity: self.min_severity,
            template_id: self.template_id,
            entity: self.entity_id.clone(),
            text: self.text.clone(),
            order: self.order.unwrap_or_default(),
            limit: self.limit(),
            page: self.page.unwrap_or(1),
            cursor: self.cursor.as_deref().map(Cursor::parse).transpose()?,
            total: self.total,
        };
        query.validate()?;
        Ok(query)
    }

    /// Returns the query for counts of events.
    pub(crate) fn counted_events(&self) -> Result<EventQuery> {
        self.allow_only("counts of events", &[&EVENT_FILTERS])?;
        self.events()
    }

    /// Returns the query for a page of alerts.
    pub(crate) fn alerts(&self) -> Result<AlertQuery> {
        self.allow_only("alerts", &[&ALERT_FILTERS, &["page", "cursor", "total"]])?;
        let query = AlertQuery {
            window: self.window.unwrap_or(Window::ALL),
            alert_type: self.alert_type.clone(),
            min_severity: self.min_severity,
            entity: self.entity_id.clone(),
            tactic: self.tactic.clone(),
            technique: self.technique.clone(),
            limit: self.limit(),
            page: self.page.unwrap_or(1),
            cursor: self.cursor.as_deref().map(AlertCursor::parse).transpose()?,
            total: self.total != Total::None,
        };
        query.validate()?;
        Ok(query)
    }

    /// Returns the query for counts of alerts.
    pub(crate) fn counted_alerts(&self) -> Result<AlertQuery> {
        self.allow_only("counts of alerts", &[&ALERT_FILTERS])?;
        self.alerts()
    }

    /// Returns the query for patterns of alerts.
    pub(crate) fn patterns(&self) -> Result<PatternQuery> {
        self.allow_only("patterns", &[&ALERT_FILTERS, &["min_count", "max_alerts"]])?;
        let alerts = Self {
            window: None,
            min_count: None,
            max_alerts: None,
            ..self.clone()
        };
        Ok(PatternQuery {
            alerts: alerts.alerts()?,
            verdicts: self.window.unwrap_or(Window::ALL),
            limit: self.limit(),
            min_count: self.min_count.unwrap_or(1),
            max_alerts: self.max_alerts.unwrap_or(100),
        })
    }
}

impl Query {
    /// Returns the largest number of templates to list.
    pub(crate) fn templates(&self) -> Result<u32> {
        self.allow_only("templates", &[])?;
        Ok(self.limit())
    }

    /// Returns the cursor and the limit of a list of dead letters.
    pub(crate) fn dead_letters(&self) -> Result<(Option<DeadLetterCursor>, u32)> {
        self.allow_only("dead letters", &[&["cursor"]])?;
        let after = self.cursor.as_deref().map(DeadLetterCursor::parse).transpose()?;
        Ok((after, self.limit()))
    }

    /// Returns the alert, the cursor, the page and the limit of a list of verdicts.
    pub(crate) fn feedback(&self) -> Result<(Option<&str>, Option<FeedbackCursor>, u32, u32)> {
        self.allow_only("verdicts", &[&["alert_id", "page", "cursor"]])?;
        let after = self.cursor.as_deref().map(FeedbackCursor::parse).transpose()?;
        Ok((
            self.alert_id.as_deref(),
            after,
            self.page.unwrap_or(1),
            self.limit(),
        ))
    }

    /// Returns the prefix of the keys of the models to list.
    pub(crate) fn models(&self) -> Result<&str> {
        self.allow_only("models", &[&["key_prefix"]])?;
        Ok(self.key_prefix.as_deref().unwrap_or_default())
    }

    /// Checks the query for a list of Sigma rules, which have no filters.
    pub(crate) fn sigma_rules(&self) -> Result<()> {
        self.allow_only("Sigma rules", &[])
    }

    /// Returns the cursor and the limit of a list of edges.
    pub(crate) fn edges(&self) -> Result<(Option<EdgeCursor>, u32)> {
        self.allow_only("edges", &[&["cursor"]])?;
        let after = self.cursor.as_deref().map(EdgeCursor::parse).transpose()?;
        Ok((after, self.limit()))
    }

    /// Returns the entity, the depth and the relations of a search for neighbours.
    pub(crate) fn neighbours(&self) -> Result<(&str, u32, &[String])> {
        self.allow_only("neighbours", &[&["entity_id", "depth", "relation"]])?;
        Ok((self.entity_id()?, self.depth.unwrap_or(1), &self.relations))
    }

    /// Returns the entity and the depth of a subgraph.
    pub(crate) fn subgraph(&self) -> Result<(&str, u32)> {
        self.allow_only("subgraphs", &[&["entity_id", "depth"]])?;
        Ok((self.entity_id()?, self.depth.unwrap_or(1)))
    }

    /// Returns the entity whose direct neighbours are listed.
    pub(crate) fn related(&self) -> Result<&str> {
        self.allow_only("related entities", &[&["entity_id"]])?;
        self.entity_id()
    }

    /// Returns the most records to return: 100 by default.
    fn limit(&self) -> u32 {
        self.limit.unwrap_or(100)
    }

    fn entity_id(&self) -> Result<&str> {
        let entity = self.entity_id.as_deref();
        entity.ok_or_else(|| Error::invalid("the query has no entity: call seerflow_query_set_entity_id"))
    }
}

/// The filters of events.
const EVENT_FILTERS: [&str; 7] = [
    "window",
    "source_type",
    "source_id",
    "min_severity",
    "template_id",
    "entity_id",
    "text",
];

/// The filters of alerts.
const ALERT_FILTERS: [&str; 6] = [
    "window",
    "alert_type",
    "min_severity",
    "entity_id",
    "tactic",
    "technique",
];
