//! Entities as people write and read them.

use std::cell::RefCell;
use std::collections::HashMap;

use seerflow::Engine;
use seerflow::graph::GraphBackend;
use seerflow::record::{Control, EntityType, EventEntity, entity_id};

use crate::failure::{Done, Failure};

/// An entity that the command line names.
#[derive(Clone, Debug)]
pub struct Named {
    /// Its id.
    pub id: String,
    /// As it was typed.
    pub typed: String,
}

impl Named {
    /// Refuses an entity that the graph does not have.
    pub fn must_be_in(&self, graph: &dyn GraphBackend, control: &Control) -> Done {
        if graph.subgraph(&self.id, 0, control)?.nodes.is_empty() {
            return Err(self.absent());
        }
        Ok(())
    }

    /// The error that the graph does not have it.
    pub fn absent(&self) -> Failure {
        Failure::Error(format!("{} is not in the graph", self.typed))
    }
}

/// Reads an entity: type:value, or an id. Ids of the graph are any text; UUIDs are written in lower case.
pub fn entity(text: &str) -> Result<Named, String> {
    if text.is_empty() {
        return Err("an id is wanted, or type:value such as ip:192.0.2.1".to_owned());
    }
    let known = text
        .split_once(':')
        .and_then(|(kind, value)| entity_id(EntityType::from_name(kind)?, value));
    // The other spellings of a UUID, such as one without hyphens, may be ids of their own.
    let spelled = || uuid::Uuid::try_parse(text).ok().filter(|_| text.len() == 36);
    Ok(Named {
        id: known
            .or_else(spelled)
            .map_or_else(|| text.to_owned(), |id| id.to_string()),
        typed: text.to_owned(),
    })
}

/// What entities are called, as far as events and alerts say.
pub struct Names<'e> {
    engine: &'e Engine,
    control: Control,
    known: RefCell<HashMap<String, EventEntity>>,
}

impl<'e> Names<'e> {
    /// Knows nobody yet.
    pub fn new(engine: &'e Engine, control: Control) -> Self {
        Self {
            engine,
            control,
            known: RefCell::default(),
        }
    }

    /// Finds out about an entity; type and value are empty when nothing is known.
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
