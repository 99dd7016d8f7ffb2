//! Parsing and display of entities.

use std::cell::RefCell;
use std::collections::HashMap;

use seerflow::Engine;
use seerflow::graph::GraphBackend;
use seerflow::record::{Control, EntityType, EventEntity, entity_id};

use crate::failure::{Done, Failure};

/// An entity named on the command line.
#[derive(Clone, Debug)]
pub struct Named {
    /// Its id.
    pub id: String,
    /// The text as typed.
    pub typed: String,
}

impl Named {
    /// Returns an error if the graph does not contain the entity.
    pub fn must_be_in(&self, graph: &dyn GraphBackend, control: &Control) -> Done {
        if graph.subgraph(&self.id, 0, control)?.nodes.is_empty() {
            return Err(self.absent());
        }
        Ok(())
    }

    /// Returns the error for an entity that the graph does not contain.
    pub fn absent(&self) -> Failure {
        Failure::Error(format!(
            "{} is not in the graph: no edge names it (`ingest` infers edges from events; other writers do with \
             storage.infer_edges=true)",
            self.typed
        ))
    }
}

/// Parses an entity: type:value, or an id. Ids of the graph are any text; UUIDs are converted to lower case.
pub fn entity(text: &str) -> Result<Named, String> {
    if text.is_empty() {
        return Err("expected an id, or type:value such as ip:192.0.2.1".to_owned());
    }
    let known = text
        .split_once(':')
        .and_then(|(kind, value)| entity_id(EntityType::from_name(kind)?, value));
    // Other spellings of a UUID, such as one without hyphens, are not converted: they may be ids of their own.
    let spelled = || uuid::Uuid::try_parse(text).ok().filter(|_| text.len() == 36);
    Ok(Named {
        id: known
            .or_else(spelled)
            .map_or_else(|| text.to_owned(), |id| id.to_string()),
        typed: text.to_owned(),
    })
}

/// Names of entities, looked up in events and alerts and cached.
pub struct Names<'e> {
    engine: &'e Engine,
    control: Control,
    known: RefCell<HashMap<String, EventEntity>>,
}

impl<'e> Names<'e> {
    /// Creates an empty cache.
    pub fn new(engine: &'e Engine, control: Control) -> Self {
        Self {
            engine,
            control,
            known: RefCell::default(),
        }
    }

    /// Looks up an entity; type and value are empty if unknown.
    pub fn of(&self, id: &str) -> Result<EventEntity, Failure> {
        if let Some(known) = self.known.borrow().get(id) {
            return Ok(known.clone());
        }
        let found = self.engine.entities()?.describe_entity(id, &self.control)?;
        let found = found.unwrap_or_else(|| EventEntity {
            entity: id.to_owned(),
            ..EventEntity::default()
        });
        self.known.borrow_mut().insert(id.to_owned(), found.clone());
        Ok(found)
    }
}
