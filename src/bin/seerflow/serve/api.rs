//! The answers to the page's requests. Everything is read through the engine: any back end, any graph.
//!
//! `search`: events and their counts. `entity`: an entity and its graph. `alerts`, `health`: the other two views.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use seerflow::Engine;
use seerflow::record::{Control, EventEntity};
use serde_json::Value;

use super::params::{Params, Refusal};

/// The longest time for an answer.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// The most names of entities that are remembered.
const NAMES: usize = 50_000;

/// The type and the text of a file of the page.
fn file(path: &str) -> Option<(&'static str, &'static str)> {
    const SCRIPT: &str = "text/javascript; charset=utf-8";
    Some(match path {
        "/" => ("text/html; charset=utf-8", include_str!("page/index.html")),
        "/style.css" => ("text/css; charset=utf-8", include_str!("page/style.css")),
        "/app.js" => (SCRIPT, include_str!("page/app.js")),
        "/dom.js" => (SCRIPT, include_str!("page/dom.js")),
        "/search.js" => (SCRIPT, include_str!("page/search.js")),
        "/chart.js" => (SCRIPT, include_str!("page/chart.js")),
        "/entity.js" => (SCRIPT, include_str!("page/entity.js")),
        "/reports.js" => (SCRIPT, include_str!("page/reports.js")),
        _ => return None,
    })
}

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
    pub(super) engine: Engine,
    pub(super) allows_verdicts: bool,
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
        if let Some((kind, text)) = file(path) {
            return Ok(Answer::File(kind, text));
        }
        let json = match path {
            "/api/store" => self.store(control),
            "/api/events" => self.events(params, control),
            "/api/tail" => self.tail(params, control),
            "/api/event" => self.event(params.required("id")?, control),
            "/api/histogram" => self.histogram(params, control),
            "/api/facets" => self.facets(params, control),
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

    /// Returns type and value of an entity, empty if no event names it.
    pub(super) fn named(&self, id: &str, control: &Control) -> Result<EventEntity, Refusal> {
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
}
