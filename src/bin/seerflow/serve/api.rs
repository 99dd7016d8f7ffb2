//! The answers to the page's requests. Everything is read through the engine: any back end, any graph.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use seerflow::codec::msgpack;
use seerflow::record::{
    AlertCursor, AlertQuery, Control, CountBy, Cursor, DeadLetterCursor, EventEntity, EventPage, EventQuery,
    FeedbackEvent, MAX_TEMPLATES, Order, now_ns,
};
use seerflow::transfer::Format;
use seerflow::{Engine, Health};
use serde_json::{Map, Value, json};

use super::counts::Counts;
use super::params::{Params, Refusal};
use crate::args;
use crate::entity::name;
use crate::events::severity_name;
use crate::filter::{self, Search};
use crate::graph::relations;
use crate::marks;

/// The longest time for an answer.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// The most events that are read for one page of a search with conditions.
const PAGE_BOUND: usize = 50_000;

/// The most events that are read for a histogram, unless the request wants all.
const COUNT_BOUND: usize = 20_000;

/// The most characters of a message in a list.
const SHOWN: usize = 2_000;

/// The most names of entities that are remembered.
const NAMES: usize = 50_000;

/// The entities around one that are looked at, and those that are drawn.
const NEAR: (usize, usize) = (200, 36);

/// Files of the page: path, type, contents.
const FILES: [(&str, &str, &str); 8] = [
    ("/", "text/html; charset=utf-8", include_str!("page/index.html")),
    (
        "/style.css",
        "text/css; charset=utf-8",
        include_str!("page/style.css"),
    ),
    (
        "/app.js",
        "text/javascript; charset=utf-8",
        include_str!("page/app.js"),
    ),
    (
        "/dom.js",
        "text/javascript; charset=utf-8",
        include_str!("page/dom.js"),
    ),
    (
        "/search.js",
        "text/javascript; charset=utf-8",
        include_str!("page/search.js"),
    ),
    (
        "/chart.js",
        "text/javascript; charset=utf-8",
        include_str!("page/chart.js"),
    ),
    (
        "/entity.js",
        "text/javascript; charset=utf-8",
        include_str!("page/entity.js"),
    ),
    (
        "/reports.js",
        "text/javascript; charset=utf-8",
        include_str!("page/reports.js"),
    ),
];

/// Writes a file piece by piece. The argument returns false if nobody takes the pieces any more.
pub type Export = Box<dyn FnOnce(&dyn Fn(io::Result<Bytes>) -> bool) + Send>;

/// An answer.
pub enum Answer {
    Json(Value),
    /// A file of the page: its type and text.
    File(&'static str, &'static str),
    /// A download: its type and name.
    Export(&'static str, String, Export),
}

/// The store and what the page may do with it.
pub struct Api {
    engine: Engine,
    allows_verdicts: bool,
    names: Mutex<HashMap<String, EventEntity>>,
}

impl Api {
    /// Creates the answers from a store.
    pub fn new(engine: Engine, allows_verdicts: bool) -> Self {
        Self {
            engine,
            allows_verdicts,
            names: Mutex::default(),
        }
    }

    /// Answers a request.
    ///
    /// # Errors
    /// The reason why it is refused.
    pub fn answer(
        self: Arc<Self>,
        path: &str,
        is_post: bool,
        params: &Params,
        control: &Control,
    ) -> Result<Answer, Refusal> {
        if let Some((_, kind, text)) = FILES.iter().find(|file| file.0 == path) {
            return Ok(Answer::File(kind, text));
        }
        let json = match path {
            "/api/store" => self.store(control),
            "/api/events" => self.events(params, control),
            "/api/tail" => self.tail(params, control),
            "/api/event" => self.event(params.required("id")?, control),
            "/api/counts" => self.counts(params, control),
            "/api/entity" => self.entity(params, control),
            "/api/path" => self.path(params, control),
            "/api/alerts" => self.alerts(params, control),
            "/api/alert" => self.alert(params.required("id")?, control),
            "/api/health" => self.health(control),
            "/api/dead-letters" => self.dead_letters(params, control),
            "/api/verdict" if is_post => self.verdict(params, control),
            "/api/export" => return self.export(params),
            _ => Err(Refusal(404, "there is no such page".to_owned())),
        };
        json.map(Answer::Json)
    }

    fn store(&self, control: &Control) -> Result<Value, Refusal> {
        let summary = self.engine.maintenance()?.summary(control)?;
        Ok(json!({
            "location": summary.location,
            "events": summary.events,
            "bytes": summary.bytes,
            "oldest": summary.oldest_ns.map(|ns| ns.to_string()),
            "newest": summary.newest_ns.map(|ns| ns.to_string()),
            "verdicts": self.allows_verdicts,
            "keys": filter::KEYS,
        }))
    }

    fn events(&self, params: &Params, control: &Control) -> Result<Value, Refusal> {
        let mut search = params.search()?;
        search.query.limit = params.int("limit", 1, 1_000)?.unwrap_or(100) as u32;
        search.query.cursor = params.parsed("cursor", args::cursor)?;
        if params.get("order") == Some("oldest") {
            search.query.order = Order::Oldest;
        }
        let page = search.page(&self.engine, PAGE_BOUND, control)?;
        Ok(json!({ "events": rows(&page, &search), "next": page.next.map(|next| next.token()) }))
    }

    /// Returns the events that arrived after a position, and the next position.
    fn tail(&self, params: &Params, control: &Control) -> Result<Value, Refusal> {
        let last_seq = self.engine.maintenance()?.summary(control)?.last_seq;
        let end = Cursor {
            timestamp_ns: 0,
            ingest_seq: last_seq,
        };
        let Some(after) = params.parsed("after", args::cursor)? else {
            return Ok(json!({ "events": [], "after": end.token() }));
        };
        let mut search = params.search()?;
        search.query = EventQuery {
            order: Order::Arrival,
            limit: 200,
            cursor: Some(after),
            ..search.query
        };
        let page = search.page(&self.engine, PAGE_BOUND, control)?;
        let at = match (page.next, page.last) {
            (None, last) => last.unwrap_or(after).ingest_seq.max(last_seq),
            (Some(next), _) => next.ingest_seq,
        };
        Ok(json!({ "events": rows(&page, &search), "after": Cursor { ingest_seq: at, ..end }.token() }))
    }

    fn event(&self, id: &str, control: &Control) -> Result<Value, Refusal> {
        let page = self.engine.event(id, control)?;
        let blob = page
            .blob(0)
            .ok_or_else(|| Refusal(404, "there is no such event".to_owned()))?;
        let mut text = Vec::new();
        Format::Ndjson.encode(blob, &mut text)?;
        let event: Map<String, Value> =
            serde_json::from_slice(&text).map_err(|error| Refusal(500, error.to_string()))?;
        let mut fields = Vec::new();
        for (key, value) in event.iter().filter(|(key, _)| *key != "message") {
            match value {
                Value::Object(inner) => {
                    fields.extend(inner.iter().map(|(name, value)| (name.clone(), plain(value))))
                }
                value => fields.push((key.clone(), plain(value))),
            }
        }
        let entities = self.engine.entities()?.entities_of_event(id, control)?;
        Ok(json!({
            "row": rows(&page, &Search::default())[0],
            "message": event.get("message"),
            "fields": fields,
            "entities": entities,
            "json": format!("{:#}", Value::Object(event)),
        }))
    }

    fn counts(&self, params: &Params, control: &Control) -> Result<Value, Refusal> {
        let bucket = params
            .int("bucket", 1, i64::MAX)?
            .ok_or_else(|| Refusal::bad("bucket is missing"))?;
        let bound = if params.get("all").is_some() {
            usize::MAX
        } else {
            COUNT_BOUND
        };
        let counts = Counts::of(&self.engine, &params.search()?, bucket, bound, control)?;
        let mut facets = Map::new();
        for (by, values) in &counts.facets {
            let mut shown = Vec::new();
            for counted in values {
                let (value, label) = self.facet(*by, &counted.value, control)?;
                shown.push(json!({ "value": value, "label": label, "count": counted.events }));
            }
            facets.insert(by.name().to_owned(), shown.into());
        }
        let mut json = counts.json();
        json["facets"] = facets.into();
        Ok(json)
    }

    /// Returns the value of a filter for a counted value, and its text for people.
    fn facet(&self, by: CountBy, value: &str, control: &Control) -> Result<(String, String), Refusal> {
        Ok(match by {
            CountBy::Severity => {
                let severity = severity_name(value.parse().unwrap_or_default());
                (severity.clone(), severity)
            }
            CountBy::Entity => {
                let entity = self.named(value, control)?;
                (value.to_owned(), name(&entity))
            }
            CountBy::Template => {
                let templates = self.engine.templates()?.templates(MAX_TEMPLATES / 10, control)?;
                let found = templates
                    .into_iter()
                    .find(|template| template.template_id.to_string() == value);
                (
                    value.to_owned(),
                    found.map_or_else(|| value.to_owned(), |template| template.template_str),
                )
            }
            CountBy::Source | CountBy::Host => (value.to_owned(), value.to_owned()),
        })
    }

    /// Returns type and value of an entity, empty if no event names it.
    fn named(&self, id: &str, control: &Control) -> Result<EventEntity, Refusal> {
        if let Some(known) = self.names.lock().get(id) {
            return Ok(known.clone());
        }
        let Some(found) = self.engine.entities()?.describe_entity(id, control)? else {
            return Ok(EventEntity {
                entity: id.to_owned(),
                ..EventEntity::default()
            });
        };
        let mut names = self.names.lock();
        if names.len() >= NAMES {
            names.clear();
        }
        names.insert(id.to_owned(), found.clone());
        Ok(found)
    }

    /// Returns an entity, its surroundings in the graph, and its number of alerts.
    fn entity(&self, params: &Params, control: &Control) -> Result<Value, Refusal> {
        let id = params.entity("entity")?.id;
        let depth = params.int("depth", 1, 4)?.unwrap_or(1) as u32;
        let graph = self.engine.graph()?;
        let mut found = graph.subgraph(&id, depth, control)?;
        let mut away = found.keep_nearest(&id, NEAR.0);
        let mut types = BTreeMap::<String, u64>::new();
        let mut nodes = HashMap::new();
        let hidden: Vec<&str> = params.get("without").unwrap_or_default().split(',').collect();
        for node in &found.nodes {
            let named = self.named(node, control)?;
            if *node != id {
                *types.entry(named.entity_type.clone()).or_default() += 1;
            }
            nodes.insert(node.clone(), named);
        }
        let is_shown = |node: &String| *node == id || !hidden.contains(&nodes[node].entity_type.as_str());
        found.nodes.retain(is_shown);
        found
            .edges
            .retain(|edge| is_shown(&edge.source_id) && is_shown(&edge.target_id));
        away += found.keep_nearest(&id, NEAR.1);
        let edges = found.edges.iter();
        let edges =
            edges.map(|edge| json!([edge.source_id, edge.target_id, edge.rel_type, edge.event_count]));
        let alerts = AlertQuery {
            entity: Some(id.clone()),
            total: true,
            limit: 1,
            ..AlertQuery::default()
        };
        Ok(json!({
            "entity": self.named(&id, control)?,
            "nodes": found.nodes.iter().map(|node| &nodes[node]).collect::<Vec<_>>(),
            "edges": edges.collect::<Vec<_>>(),
            "types": types,
            "away": away,
            "alerts": self.engine.alerts()?.query_alerts(&alerts, control)?.total,
        }))
    }

    fn path(&self, params: &Params, control: &Control) -> Result<Value, Refusal> {
        let graph = self.engine.graph()?;
        let path = graph.shortest_path(&params.entity("entity")?.id, &params.entity("to")?.id, control)?;
        let mut steps = Vec::new();
        for (at, here) in path.iter().enumerate() {
            let mut step = json!(self.named(here, control)?);
            if let Some(next) = path.get(at + 1) {
                step["relations"] = relations(&**graph, here, &[], control)?
                    .remove(next)
                    .unwrap_or_default()
                    .0
                    .into();
            }
            steps.push(step);
        }
        Ok(json!({ "path": steps }))
    }

    fn alerts(&self, params: &Params, control: &Control) -> Result<Value, Refusal> {
        let query = AlertQuery {
            window: params.window()?,
            min_severity: params.parsed("severity", args::severity)?,
            entity: params
                .get("entity")
                .map(|_| params.entity("entity"))
                .transpose()?
                .map(|entity| entity.id),
            technique: params.get("technique").map(str::to_owned),
            limit: 50,
            cursor: params.parsed("cursor", |text| {
                AlertCursor::parse(text).map_err(|error| error.to_string())
            })?,
            total: params.get("cursor").is_none(),
            ..AlertQuery::default()
        };
        let page = self.engine.alerts()?.query_alerts(&query, control)?;
        let mut alerts = json!(page.alerts);
        for (shown, alert) in alerts.as_array_mut().into_iter().flatten().zip(&page.alerts) {
            shown["timestamp_ns"] = alert.timestamp_ns.to_string().into();
        }
        Ok(json!({ "alerts": alerts, "next": page.next.map(|next| next.token()), "total": page.total }))
    }

    /// Returns the verdicts on an alert.
    fn alert(&self, id: &str, control: &Control) -> Result<Value, Refusal> {
        let verdicts = self
            .engine
            .alerts()?
            .feedback_events(Some(id), None, 1, 50, control)?;
        let shown = verdicts.iter().map(|verdict| {
            json!({ "feedback": verdict.feedback, "note": verdict.note, "origin": verdict.origin, "at": verdict.submitted_at_ns.to_string() })
        });
        Ok(json!({ "verdicts": shown.collect::<Vec<_>>() }))
    }

    fn verdict(&self, params: &Params, control: &Control) -> Result<Value, Refusal> {
        if !self.allows_verdicts {
            return Err(Refusal(
                403,
                "verdicts are not allowed: start `seerflow serve` with --allow-verdicts".to_owned(),
            ));
        }
        let feedback = params.required("feedback")?;
        if !matches!(feedback, "tp" | "fp") {
            return Err(Refusal::bad("feedback: expected tp or fp"));
        }
        let verdict = FeedbackEvent {
            alert_id: params.required("id")?.to_owned(),
            feedback: feedback.to_owned(),
            note: params.get("note").unwrap_or_default().to_owned(),
            origin: "dashboard".to_owned(),
            submitted_at_ns: now_ns(),
            ..FeedbackEvent::default()
        };
        match self.engine.alerts()?.update_feedback(&verdict, control)? {
            true => Ok(json!({})),
            false => Err(Refusal(
                404,
                "there is no such alert any more: it occurred again".to_owned(),
            )),
        }
    }

    fn health(&self, control: &Control) -> Result<Value, Refusal> {
        let summary = self.engine.maintenance()?.summary(control)?;
        let stats = self.engine.stats();
        let state = match self.engine.health() {
            Health::Degraded(failure) => failure.reason,
            Health::Closed => "closed".to_owned(),
            Health::Idle | Health::Ok => "ok".to_owned(),
        };
        let graph = self
            .engine
            .graph()
            .and_then(|graph| graph.health(control).map(|()| graph.location()));
        Ok(json!({
            "now": now_ns().to_string(),
            "state": state,
            "location": summary.location,
            "events": summary.events,
            "dead_letters": summary.dead_letters,
            "oldest": summary.oldest_ns.map(|ns| ns.to_string()),
            "newest": summary.newest_ns.map(|ns| ns.to_string()),
            "last_seq": summary.last_seq,
            "behind": summary.last_seq.saturating_sub(summary.watermark).max(0),
            "bytes": summary.bytes,
            "free_bytes": summary.free_bytes,
            "wal_bytes": summary.wal_bytes,
            "schema": format!("{}.{}", summary.schema_version, summary.migration),
            "queue": stats.buffer.queue_events,
            "graph": graph.as_deref().unwrap_or("unreachable"),
            "graph_backlog": stats.graph_backlog,
        }))
    }

    fn dead_letters(&self, params: &Params, control: &Control) -> Result<Value, Refusal> {
        let after = params.parsed("cursor", |text| {
            DeadLetterCursor::parse(text).map_err(|error| error.to_string())
        })?;
        let letters = self.engine.dead_letters()?.dead_letters(after, 50, control)?;
        let shown = letters.iter().map(|letter| {
            let payload: String = String::from_utf8_lossy(&letter.payload).chars().take(SHOWN).collect();
            json!({ "at": letter.received_ns.to_string(), "format": letter.format, "reason": letter.reason, "payload": payload })
        });
        let next = letters.last().map(|last| DeadLetterCursor::from(last).token());
        Ok(json!({ "letters": shown.collect::<Vec<_>>(), "next": next }))
    }

    /// Returns a download of all events of a search, newest first.
    fn export(self: Arc<Self>, params: &Params) -> Result<Answer, Refusal> {
        let (format, kind) = match params.get("format") {
            None | Some("ndjson") => (Format::Ndjson, "application/x-ndjson"),
            Some("csv") => (Format::Csv, "text/csv; charset=utf-8"),
            Some(_) => return Err(Refusal::bad("format: expected ndjson or csv")),
        };
        let mut search = params.search()?;
        search.query.limit = 1_000;
        let write: Export = Box::new(move |send| {
            let mut text = Vec::new();
            format.begin(&mut text);
            loop {
                let page = match search.page(&self.engine, PAGE_BOUND, &Control::unbounded()) {
                    Ok(page) => page,
                    Err(error) => {
                        send(Err(io::Error::other(Refusal::from(error).1)));
                        return;
                    }
                };
                for blob in page.blobs() {
                    // Events that cannot be decoded are not in the page's lists either.
                    let _ = format.encode(blob, &mut text);
                }
                search.query.cursor = page.next;
                if !send(Ok(std::mem::take(&mut text).into())) || page.next.is_none() {
                    return;
                }
            }
        });
        Ok(Answer::Export(kind, format!("events.{}", format.name()), write))
    }
}

/// Returns the events of a page as rows of a list. Every second part of a message matches the words of the search.
fn rows(page: &EventPage, search: &Search) -> Vec<Value> {
    let words = search.query.text.as_deref().unwrap_or_default();
    let events = page.blobs().filter_map(|blob| msgpack::decode_event(blob).ok());
    let rows = events.map(|event| {
        let end = event
            .message
            .char_indices()
            .nth(SHOWN)
            .map_or(event.message.len(), |(at, _)| at);
        let message = &event.message[..end];
        let (mut parts, mut done) = (Vec::new(), 0);
        for place in marks::marks(words, message) {
            parts.extend([&message[done..place.start], &message[place.clone()]]);
            done = place.end;
        }
        parts.push(&message[done..]);
        json!({
            "id": event.event_id,
            "at": event.timestamp_ns.unwrap_or_default().to_string(),
            "severity": event.severity_id,
            "source": event.source_type,
            "host": event.source_id,
            "parts": parts,
        })
    });
    rows.collect()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
