//! The answers about events: pages, the live tail, one event, counts, downloads.

use std::io;
use std::sync::Arc;

use seerflow::codec::msgpack;
use seerflow::record::{Control, CountBy, Counted, Cursor, EventPage, EventQuery, MAX_TEMPLATES, Order};
use seerflow::transfer::Format;
use serde_json::{Map, Value, json};

use super::api::{Answer, Api, Export};
use super::counts;
use super::params::{Params, Refusal};
use crate::args;
use crate::entity::name;
use crate::events::severity_name;
use crate::filter::Search;
use crate::marks;

/// The most events that are read for one page of a search with conditions.
const PAGE_BOUND: usize = 50_000;

/// The most events that are read for a histogram or facets, unless the request wants all.
const COUNT_BOUND: usize = 20_000;

/// The most characters of a message in a list.
pub const SHOWN: usize = 2_000;

impl Api {
    pub(super) fn events(&self, params: &Params, control: &Control) -> Result<Value, Refusal> {
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
    pub(super) fn tail(&self, params: &Params, control: &Control) -> Result<Value, Refusal> {
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

    pub(super) fn event(&self, id: &str, control: &Control) -> Result<Value, Refusal> {
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

    pub(super) fn histogram(&self, params: &Params, control: &Control) -> Result<Value, Refusal> {
        let bucket = params
            .int("bucket", 1, i64::MAX)?
            .ok_or_else(|| Refusal::bad("bucket is missing"))?;
        let search = params.search()?;
        Ok(counts::histogram(
            &self.engine,
            &search,
            bucket,
            bound(params),
            control,
        )?)
    }

    /// Returns for each property its most frequent values: the value of a filter, its text for people, and the number of events.
    pub(super) fn facets(&self, params: &Params, control: &Control) -> Result<Value, Refusal> {
        let mut facets = Map::new();
        for (by, values) in counts::facets(&self.engine, &params.search()?, bound(params), control)? {
            let templates = match by {
                CountBy::Template if !values.is_empty() => {
                    self.engine.templates()?.templates(MAX_TEMPLATES / 10, control)?
                }
                _ => Vec::new(),
            };
            let mut shown = Vec::new();
            for Counted { value, events } in values {
                let value = match by {
                    CountBy::Severity => severity_name(value.parse().unwrap_or_default()),
                    _ => value,
                };
                let label = match by {
                    CountBy::Entity => name(&self.named(&value, control)?),
                    _ => templates
                        .iter()
                        .find(|template| template.template_id.to_string() == value)
                        .map_or_else(|| value.clone(), |template| template.template_str.clone()),
                };
                shown.push(json!({ "value": value, "label": label, "count": events }));
            }
            facets.insert(by.name().to_owned(), shown.into());
        }
        Ok(facets.into())
    }

    /// Returns a download of all events of a search, newest first.
    pub(super) fn export(self: Arc<Self>, params: &Params) -> Result<Answer, Refusal> {
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

/// Returns the most events to read for counts.
fn bound(params: &Params) -> usize {
    params.get("all").map_or(COUNT_BOUND, |_| usize::MAX)
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
